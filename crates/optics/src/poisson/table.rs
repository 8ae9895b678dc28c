//! Alias tables of the Poisson laws with whole means.

use lightfall_core::rng::Draws;
use rand::Rng as _;
use std::sync::OnceLock;

/// Means 0, 1, .. below this have a table, and so have its multiples up to `TALL` of them.
pub(super) const TABLES: usize = 256;

/// Means from this on have none.
pub(super) const TALL: usize = 64 * TABLES;

/// Probabilities below this are left out: 64 bits do not resolve them.
const LEAST: f64 = 1e-21;

/// One column of a table: its own count with a chance of threshold/2^32, else another.
#[derive(Clone, Copy, Debug, Default)]
struct Column {
    /// The high half of the exact threshold.
    threshold: u32,
    own: u16,
    other: u16,
}

/// Where the table of a mean stands.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    first: u32,
    length: u32,
}

/// All tables.
#[derive(Debug)]
pub(super) struct Tables {
    heads: Vec<Head>,
    columns: Vec<Column>,
    /// Thresholds in full, 2^64 as the largest number.
    exact: Vec<u64>,
}

/// The tables, made once.
pub(super) fn tables() -> &'static Tables {
    static MADE: OnceLock<Tables> = OnceLock::new();
    MADE.get_or_init(Tables::make)
}

impl Tables {
    fn make() -> Self {
        let mut all = Self { heads: Vec::new(), columns: Vec::new(), exact: Vec::new() };
        for mean in (0..TABLES).chain((TABLES..TALL).step_by(TABLES)) {
            let (lowest, law) = law(mean);
            all.heads.push(Head { first: all.columns.len() as u32, length: law.len() as u32 });
            all.add(lowest, &law);
        }
        all
    }

    /// Vose's construction: columns with too little are filled up by those with too much.
    fn add(&mut self, lowest: usize, law: &[f64]) {
        let n = law.len();
        let mut scaled: Vec<f64> = law.iter().map(|p| p * n as f64).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..n).partition(|k| scaled[*k] < 1.0);
        let mut made: Vec<(f64, usize)> = (0..n).map(|k| (1.0, k)).collect();
        while let (Some(s), Some(l)) = (small.pop(), large.pop()) {
            made[s] = (scaled[s], l);
            scaled[l] -= 1.0 - scaled[s];
            if scaled[l] < 1.0 { small.push(l) } else { large.push(l) }
        }
        // The largest count is 17 000 or so.
        let count = |k: usize| (lowest + k) as u16;
        for (k, (threshold, other)) in made.into_iter().enumerate() {
            // Saturates at 1, where both are the same count.
            let exact = (threshold * 18_446_744_073_709_551_616.0) as u64;
            self.exact.push(exact);
            self.columns.push(Column { threshold: (exact >> 32) as u32, own: count(k), other: count(other) });
        }
    }

    /// Replaces every whole mean by a count with that mean, by the high half of its word. Means of `TALL` and more are left alone.
    pub(super) fn draw(&self, means: &mut [u32], words: &[u64], draws: &mut Draws) {
        for (mean, word) in means.iter_mut().zip(words) {
            if (*mean as usize) < TABLES {
                *mean = self.column(*mean as usize, *word, draws);
            } else if (*mean as usize) < TALL {
                let tall = TABLES - 1 + *mean as usize / TABLES;
                let count = self.column(*mean as usize % TABLES, *word, draws);
                let word = draws.word();
                *mean = count + self.column(tall, word, draws);
            }
        }
    }

    /// A count of table `table`.
    #[inline(always)]
    fn column(&self, table: usize, word: u64, draws: &mut Draws) -> u32 {
        let head = self.heads[table];
        let product = (word >> 32) * u64::from(head.length);
        let (column, place) = ((product >> 32) as u32, product as u32);
        let found = self.columns[(head.first + column) as usize];
        // 32 bits leave the place open by `length` units: more bits where that may change the column or the side of the threshold.
        if found.threshold.wrapping_sub(place) < head.length || place > u32::MAX - head.length {
            return self.settle(head, word, draws);
        }
        // Either side is as likely as not: a choice by bits, not by a branch.
        let own = u32::from(place < found.threshold).wrapping_neg();
        let other = u32::from(found.other);
        other ^ ((other ^ u32::from(found.own)) & own)
    }

    #[cold]
    #[inline(never)]
    fn settle(&self, head: Head, word: u64, draws: &mut Draws) -> u32 {
        let word = word >> 32 << 32 | u64::from(draws.next_u32());
        let product = u128::from(word) * u128::from(head.length);
        let (column, place) = ((product >> 64) as u32, product as u64);
        let at = (head.first + column) as usize;
        u32::from(if place < self.exact[at] { self.columns[at].own } else { self.columns[at].other })
    }
}

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

    #[test]
    fn tables_have_the_probabilities_of_their_laws() {
        let all = tables();
        for (table, mean) in [(1, 1), (7, 7), (40, 40), (255, 255), (256, 256), (258, 768), (318, 16_128)] {
            let head = all.heads[table];
            let n = head.length as usize;
            let range = head.first as usize..head.first as usize + n;
            let lowest = usize::from(all.columns[head.first as usize].own);
            let mut found = vec![0.0; n];
            for (column, exact) in all.columns[range.clone()].iter().zip(&all.exact[range]) {
                let share = *exact as f64 / 18_446_744_073_709_551_616.0;
                found[usize::from(column.own) - lowest] += share / n as f64;
                found[usize::from(column.other) - lowest] += (1.0 - share) / n as f64;
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
}
