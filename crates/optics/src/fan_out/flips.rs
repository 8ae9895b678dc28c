//! Bits that are read wrong: few of them from gap to gap, many of them 64 at a time.

use super::{BitErrors, Sent};
use lightfall_core::rng::Draws;
use rand::RngExt;

/// From this chance on, looking at every bit costs less than the gaps between wrong ones.
const MANY: f64 = 0.02;

/// Changes `readout` (m, sums over the inputs) by what bits read wrong with the chances `q` do to the products of `sent`.
pub(super) fn apply(sent: Sent<'_>, q: BitErrors, rng: &mut Draws, readout: &mut [f64]) {
    if q.zero.max(q.one) < MANY { few(sent, q, rng, readout) } else { many(sent, q, rng, readout) }
}

fn few(sent: Sent<'_>, q: BitErrors, rng: &mut Draws, readout: &mut [f64]) {
    let (most, each, n) = (q.zero.max(q.one), 2 * sent.bits as usize, sent.x.len());
    let mut gaps = Gaps { log: (-most).ln_1p(), at: 0, end: sent.w.len() * each };
    let mut next = gaps.next(rng);
    while let Some(first) = next {
        // All flips of one multiplier: its two operands are multiplied as they are received.
        let mac = first / each;
        let (word, mut flips) = (sent.word(mac, mac % n), 0);
        while let Some(at) = next.filter(|at| at / each == mac) {
            let bit = at % each;
            // Bits that are less often wrong than others are flipped back as often.
            let chance = if word >> bit & 1 == 1 { q.one } else { q.zero };
            if chance == most || rng.random::<f64>() * most < chance {
                flips |= 1 << bit;
            }
            next = gaps.next(rng);
        }
        if flips != 0 {
            readout[mac / n] += sent.change(word, flips);
        }
    }
}

fn many(sent: Sent<'_>, q: BitErrors, rng: &mut Draws, readout: &mut [f64]) {
    let each = 2 * sent.bits;
    let own = (1 << each) - 1;
    let n = sent.x.len();
    // Chances of a zero and of a one: 64 wrong bits of each at a time, used from the low end.
    let (mut wrong, mut left) = ([0; 2], 0);
    for (i, out) in readout.iter_mut().enumerate() {
        for j in 0..n {
            if left < each {
                (wrong, left) = ([hits(q.zero, rng), hits(q.one, rng)], 64);
            }
            let word = sent.word(i * n + j, j);
            let flips = (wrong[0] & !word | wrong[1] & word) & own;
            wrong = wrong.map(|w| w >> (each - 1) >> 1);
            left -= each;
            if flips != 0 {
                *out += sent.change(word, flips);
            }
        }
    }
}

/// 64 bits, each 1 with the chance `p`: uniform numbers are compared with it digit by digit, all at once, until none is left open.
fn hits(p: f64, rng: &mut Draws) -> u64 {
    let (mut hit, mut open, mut rest) = (0, u64::MAX, p);
    // No digits are left: what is still open is not below p.
    while open != 0 && rest > 0.0 {
        let word = rng.word();
        rest *= 2.0;
        if rest >= 1.0 {
            // Below where the digit is 0.
            rest -= 1.0;
            hit |= open & !word;
            open &= word;
        } else {
            open &= !word;
        }
    }
    hit
}

/// Places that are hit with a small chance each: gaps between them are geometric.
struct Gaps {
    /// ln(1 - q).
    log: f64,
    at: usize,
    end: usize,
}

impl Gaps {
    fn next(&mut self, rng: &mut Draws) -> Option<usize> {
        let gap = (1.0 - rng.random::<f64>()).ln() / self.log;
        // Saturates.
        let place = self.at.saturating_add(gap as usize);
        self.at = place.saturating_add(1);
        (place < self.end).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fan_out::Code;
    use lightfall_core::rng::{Purpose, Streams};

    #[test]
    fn hits_are_independent_and_have_their_chance() {
        let mut rng = Draws::new(&Streams::new(4, 0), Purpose::Shots, 0);
        let words = 20_000_u32;
        for p in [0.0, 1e-3, 0.02, 0.3, 0.5, 0.77, 1.0] {
            let (mut all, mut pairs) = (0.0, 0.0);
            for _ in 0..words {
                let word = hits(p, &mut rng);
                all += f64::from(word.count_ones());
                pairs += f64::from((word & word.rotate_left(1)).count_ones());
            }
            let n = 64.0 * f64::from(words);
            let error = (p * (1.0 - p) / n).sqrt();
            // False alarm 6e-5; neighbours are both hit with the chance p^2, with an error of at most p sqrt(3/n).
            assert!((all / n - p).abs() <= 4.0 * error, "{p}: {}", all / n);
            assert!((pairs / n - p * p).abs() <= 4.0 * p * (3.0 / n).sqrt(), "{p}: {}", pairs / n);
        }
    }

    #[test]
    fn few_and_many_have_the_same_law() {
        // Chances about the border, zeros and ones apart, operands of 3 and 16 bits.
        for bits in [3, 16] {
            let code = |low: f64, high: f64| Code::of(&[low, high], bits);
            let (inputs, weights) = (code(0.0, 2.0), code(-1.0, 1.5));
            let most = weights.most;
            let (x, w) = ([0, most / 3, most], [1, most / 2, most - 1, most, 0, most / 5]);
            let sent = Sent { inputs, x: &x, weights, w: &w, bits };
            let q = BitErrors { zero: 0.03, one: 0.011 };
            let mut rng = Draws::new(&Streams::new(6, 0), Purpose::Shots, u64::from(bits));
            let draws = 200_000;
            let mut moments = |way: fn(Sent<'_>, BitErrors, &mut Draws, &mut [f64])| {
                let mut sums = [[0.0; 3]; 2];
                for _ in 0..draws {
                    let mut out = [0.0; 2];
                    way(sent, q, &mut rng, &mut out);
                    for (sums, v) in sums.iter_mut().zip(out) {
                        sums.iter_mut().zip([v, v * v, v.powi(4)]).for_each(|(s, v)| *s += v);
                    }
                }
                sums.map(|s| s.map(|s| s / f64::from(draws)))
            };
            let (a, b) = (moments(few), moments(many));
            for (a, b) in a.iter().zip(&b) {
                let error = |second: f64, first: f64| (2.0 * (second - first * first) / f64::from(draws)).sqrt();
                assert!((a[0] - b[0]).abs() < 4.0 * error(a[1], a[0]), "{bits}: {a:?} {b:?}");
                assert!((a[1] - b[1]).abs() < 4.0 * error(a[2], a[1]), "{bits}: {a:?} {b:?}");
            }
        }
    }
}
