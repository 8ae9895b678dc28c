//! Alias tables of the Poisson laws with whole means.

use super::rest::decoded;
use super::unusual;
use lightfall_core::rng::Draws;
use rand::Rng as _;
use std::sync::OnceLock;

/// Means 0, 1, .. below this have a table, and so have its multiples up to `TALL` of them.
pub(super) const TABLES: usize = 128;

/// Means from this on have none.
pub(super) const TALL: usize = 128 * TABLES;

/// Columns of a table of a mean below `TABLES`, for the counts 0, 1, ..
const COLUMNS: usize = 1 << BITS;
const BITS: u32 = 8;

/// Probabilities below this are left out: 64 bits do not resolve them.
const LEAST: f64 = 1e-21;

/// A column of an alias table: the count it stands for with a chance of threshold/2^64, else another.
#[derive(Clone, Copy, Debug)]
struct Column {
    threshold: u64,
    other: u32,
}

/// The table of a tall mean: 2^bits columns from `first` on, of the counts `lowest`, `lowest` + 1, ..
#[derive(Clone, Copy, Debug)]
struct Head {
    first: usize,
    bits: u32,
    lowest: u32,
}

/// All tables.
#[derive(Debug)]
pub(super) struct Tables {
    /// Of means below `TABLES`: the first byte of the threshold, then the other count. Two bytes: the tables in use stay in the cache nearest by.
    short: Vec<u16>,
    /// Their thresholds in full.
    exact: Vec<u64>,
    /// Those of the multiples of `TABLES`.
    heads: Vec<Head>,
    tall: Vec<Column>,
}

/// The tables, made once.
pub(super) fn tables() -> &'static Tables {
    static MADE: OnceLock<Tables> = OnceLock::new();
    MADE.get_or_init(Tables::make)
}

impl Tables {
    fn make() -> Self {
        let mut all = Self { short: Vec::new(), exact: Vec::new(), heads: Vec::new(), tall: Vec::new() };
        for mean in 0..TABLES {
            let (lowest, law) = law(mean);
            for c in columns([vec![0.0; lowest], law].concat(), BITS) {
                all.short.push((c.threshold >> 56 << 8) as u16 | c.other as u16);
                all.exact.push(c.threshold);
            }
        }
        for mean in (0..TALL).step_by(TABLES) {
            let (lowest, law) = law(mean);
            let bits = law.len().next_power_of_two().ilog2();
            all.heads.push(Head { first: all.tall.len(), bits, lowest: lowest as u32 });
            all.tall.extend(columns(law, bits));
        }
        all
    }

    /// Replaces every mean by a count, by the high half of its word and the code of its whole part and its rest.
    pub(super) fn draw(&self, means: &mut [f64], words: &[u64], codes: &[u32], draws: &mut Draws) {
        // A length that is known: no index is checked.
        let Some(short) = self.short.first_chunk::<{ TABLES * COLUMNS }>() else { return };
        for ((mean, word), code) in means.iter_mut().zip(words).zip(codes) {
            let (whole, rest) = decoded(*code);
            let (column, place) = ((*word >> 56) as usize, (*word >> 48) as u8);
            let found = short[(whole as usize * COLUMNS + column) % (TABLES * COLUMNS)];
            let threshold = (found >> 8) as u8;
            // Eight bits leave open whether the place is below a threshold with the same.
            *mean = if (whole as usize) < TABLES && place != threshold {
                let count = if place < threshold { column as u32 } else { u32::from(found & 0xff) };
                f64::from((count + rest) as i32)
            } else if (whole as usize) < TALL {
                f64::from(self.count(whole, *word, draws) + rest)
            } else {
                unusual(*mean, *word, draws)
            };
        }
    }

    /// A count of the whole mean `whole`, below `TALL`, by all bits.
    #[inline(never)]
    pub(super) fn count(&self, whole: u32, word: u64, draws: &mut Draws) -> u32 {
        let (low, high) = (whole as usize % TABLES, whole as usize / TABLES);
        let column = |k: usize| {
            let at = low * COLUMNS + k;
            Column { threshold: self.exact[at], other: u32::from(self.short[at] & 0xff) }
        };
        let count = settle(column, BITS, word, draws);
        if high == 0 {
            return count;
        }
        let head = self.heads[high];
        let word = draws.word();
        count + head.lowest + settle(|k| self.tall[head.first + k], head.bits, word, draws)
    }
}

/// The column or its other count, by the high half of `word`, and more bits where these do not decide.
#[inline(always)]
fn settle(columns: impl Fn(usize) -> Column, bits: u32, word: u64, draws: &mut Draws) -> u32 {
    let column = word.checked_shr(64 - bits).unwrap_or(0);
    let found = columns(column as usize);
    let place = (word >> 32 << 32) << bits;
    let left = u64::MAX >> (32 - bits);
    // The place is open by the bits that have not been drawn yet.
    let below = if found.threshold > place && found.threshold <= place | left {
        more(place, left, draws) < found.threshold
    } else {
        place < found.threshold
    };
    if below { column as u32 } else { found.other }
}

#[cold]
#[inline(never)]
fn more(place: u64, left: u64, draws: &mut Draws) -> u64 {
    place | (draws.next_u64() & left)
}

/// Vose's construction with 2^bits columns: those with too little are filled up by those with too much.
fn columns(mut law: Vec<f64>, bits: u32) -> impl Iterator<Item = Column> {
    let n = 1_usize << bits;
    law.resize(n, 0.0);
    let mut scaled: Vec<f64> = law.iter().map(|p| p * n as f64).collect();
    let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..n).partition(|k| scaled[*k] < 1.0);
    let mut made: Vec<(f64, usize)> = (0..n).map(|k| (1.0, k)).collect();
    while let (Some(s), Some(l)) = (small.pop(), large.pop()) {
        made[s] = (scaled[s], l);
        scaled[l] -= 1.0 - scaled[s];
        if scaled[l] < 1.0 { small.push(l) } else { large.push(l) }
    }
    // Saturates at 1, where both are the same count.
    let column = |(t, other): (f64, usize)| Column { threshold: (t * TWO_64) as u64, other: other as u32 };
    made.into_iter().map(column)
}

/// 2^64.
const TWO_64: f64 = 18_446_744_073_709_551_616.0;

/// The smallest count and the probabilities from it on, of the law with mean `mean`; their sum is 1.
fn law(mean: usize) -> (usize, Vec<f64>) {
    if mean == 0 {
        return (0, vec![1.0]);
    }
    // From the mode outwards, then divided by their sum: no factorial, no cancellation.
    let m = mean as f64;
    let (mut up, mut down) = (vec![1.0], Vec::new());
    let mut p = 1.0;
    for k in mean + 1.. {
        p *= m / k as f64;
        if p < LEAST {
            break;
        }
        up.push(p);
    }
    p = 1.0;
    for k in (1..=mean).rev() {
        p *= k as f64 / m;
        if p < LEAST {
            break;
        }
        down.push(p);
    }
    let lowest = mean - down.len();
    let all: Vec<f64> = down.into_iter().rev().chain(up).collect();
    // Smallest first.
    let mut sorted = all.clone();
    sorted.sort_by(f64::total_cmp);
    let total: f64 = sorted.iter().sum();
    (lowest, all.into_iter().map(|p| p / total).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use lightfall_core::rng::{Purpose, Streams};

    #[test]
    fn tables_have_the_probabilities_of_their_laws() {
        let all = tables();
        for mean in [1, 7, 40, 127, 128, 768, 16_256] {
            let (columns, lowest) = if mean < TABLES {
                let own = mean * COLUMNS..(mean + 1) * COLUMNS;
                let column = |(t, s): (&u64, &u16)| Column { threshold: *t, other: u32::from(s & 0xff) };
                (all.exact[own.clone()].iter().zip(&all.short[own]).map(column).collect(), 0)
            } else {
                let head = all.heads[mean / TABLES];
                (all.tall[head.first..][..1 << head.bits].to_vec(), head.lowest as usize)
            };
            let n = columns.len();
            let mut found = vec![0.0; n];
            for (k, column) in columns.iter().enumerate() {
                let share = column.threshold as f64 / TWO_64;
                found[k] += share / n as f64;
                found[column.other as usize] += (1.0 - share) / n as f64;
            }
            let log_factorial = |k: usize| (2..=k).map(|j| (j as f64).ln()).sum::<f64>();
            for (k, p) in found.iter().enumerate() {
                let count = lowest + k;
                let expected = (count as f64 * (mean as f64).ln() - mean as f64 - log_factorial(count)).exp();
                assert!(
                    (p - expected).abs() < 1e-15 * mean as f64 + 1e-13
                        && (expected < 1e-12 || (p / expected - 1.0).abs() < 1e-3),
                    "{mean}: {count}: {p} {expected}"
                );
            }
        }
    }

    #[test]
    fn places_that_32_bits_leave_open_are_settled_by_more() {
        // A threshold half way through what the high half of the word leaves open: either side, equally often.
        let mut draws = Draws::new(&Streams::new(5, 0), Purpose::Shots, 0);
        for bits in [0, 8, 12] {
            let word = 0x1234_5678_9abc_def0_u64;
            let (column, place) = (word.checked_shr(64 - bits).unwrap_or(0) as u32, (word >> 32 << 32) << bits);
            let open = 1_u64 << (32 + bits);
            let mut below = |threshold: u64| {
                let found = |_| Column { threshold, other: 9999 };
                (0..10_000).filter(|_| settle(found, bits, word, &mut draws) == column).count()
            };
            // Decided at and outside the ends, whatever follows.
            assert_eq!([below(place), below(place + (open - 1) + 1)], [0, 10_000], "{bits}");
            // Binomial, standard deviation 50 and 43: a false alarm in 16 000.
            assert!(below(place + open / 2).abs_diff(5000) < 200, "{bits}");
            assert!(below(place + open / 4).abs_diff(2500) < 173, "{bits}");
        }
    }

    #[test]
    fn the_short_tables_decide_as_the_exact_ones() {
        let mut draws = Draws::new(&Streams::new(8, 0), Purpose::Shots, 0);
        let mut other = Draws::new(&Streams::new(9, 0), Purpose::Shots, 0);
        for whole in (0..TABLES as u32).cycle().take(50_000) {
            let word = draws.word();
            let mut mean = [f64::from(whole)];
            tables().draw(&mut mean, &[word], &[whole << 3 | 2], &mut other);
            // Bits that may follow the first 32 do not matter, but for one in some 2^24.
            let exact = [word >> 32 << 32, word | u64::from(u32::MAX)].map(|word| {
                let column = (word >> 56) as usize;
                let at = whole as usize * COLUMNS + column;
                let other = u32::from(tables().short[at] & 0xff);
                if word << 8 < tables().exact[at] { column as u32 } else { other }
            });
            assert_eq!(mean[0], f64::from(exact[0] + 2), "{whole} {word}");
            assert_eq!(exact[0], exact[1]);
        }
    }
}
