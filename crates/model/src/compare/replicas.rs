//! Trajectories as replicas: overlaps of their final states, ultrametricity, when they froze and in how many configurations.
//!
//! Overlap of trajectories a != b of one instance: q_ab = (1/N) sum_i s^a_i s^b_i, with s_i = <sigma^x_i> (kind `expectation`) or the configuration drawn from the
//! state (kind `sampled`); the two have different laws. Not divided by q_EA, which is given beside it.
//!
//! Ultrametricity: of three trajectories, |q1| >= |q2| >= |q3|; flipping trajectories as a whole makes two overlaps positive, and the sign of the smallest that of
//! q_ab q_bc q_ca. K = (|q2| - sign |q3|)/sigma with sigma^2 = <q^2> - <|q|>^2 over the pairs of the instance: 0 where the three distances are those of an ultrametric
//! space. Triples are those of the first 64 trajectories of an instance.

use super::report::Figure;
use lightfall_core::ensemble::{Block, Layout, Sink};
use lightfall_core::record::RecordError;
use lightfall_core::stats::{Moments, merge_tree};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Bins of an overlap from -1 to 1.
const BINS: usize = 41;

/// Below this |<sigma^x>| a spin has no sign.
const UNDECIDED: f64 = 1e-9;

/// Spread of overlaps below which they are all the same, and K is 0.
const SAME: f64 = 1e-9;

/// Trajectories whose triples are looked at.
const TRIPLED: usize = 64;

/// What trajectories of a level have in common at the last time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replicas {
    /// (1/N) sum_i <sigma^x_i>^2.
    pub q_ea: Figure,
    /// Distinct configurations sign(<sigma^x_i>) of an instance, a configuration and its mirror image being one.
    pub distinct: Figure,
    /// First save time from which on the configuration of a trajectory stays.
    pub frozen_at: Figure,
    /// Overlaps of expectation values.
    pub expectation: Overlaps,
    /// Overlaps of drawn configurations, where the level has them.
    pub sampled: Option<Overlaps>,
}

/// The law of the overlaps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overlaps {
    /// Middles of the bins.
    pub q: Vec<f64>,
    /// P(q) in each bin, averaged over instances.
    pub density: Vec<Figure>,
    /// <q^2>.
    pub q_squared: Figure,
    /// Mean K of the triples.
    pub ultrametricity: Figure,
    /// Fraction of triples with q_ab q_bc q_ca < 0.
    pub frustrated: Figure,
}

/// One trajectory.
#[derive(Clone, Debug)]
struct Replica {
    spins: Vec<f64>,
    sample: Vec<f64>,
    frozen_at: f64,
    pattern: Vec<bool>,
}

/// Passes blocks on and keeps what replicas are compared by.
pub(super) struct Collect<'a> {
    pub(super) inner: &'a mut dyn Sink,
    pub(super) times: &'a [f64],
    pub(super) layout: &'a Layout,
    pub(super) found: Collected,
}

/// The replicas of an instance, by block.
#[derive(Default)]
pub(super) struct Collected(BTreeMap<u64, Vec<Replica>>);

impl Collect<'_> {
    fn look(&mut self, block: &Block) {
        let stored: Vec<&str> = self.layout.quantities.iter().filter(|q| q.store).map(|q| q.name.as_str()).collect();
        let of = |name: &str| stored.iter().position(|s| *s == name).map(|k| &block.stored[k]);
        let Some(spins) = of("sx") else { return };
        let (count, times) = (block.moments.count as usize, self.times.len());
        let sites = spins.len() / (count * times).max(1);
        let row = |all: &[f64], k: usize, t: usize| -> Vec<f64> {
            let at = (k * times + t) * sites;
            all[at..at + sites].to_vec()
        };
        // Spins without a sign, which parity keeps at 0 along counting trajectories, count as up: their rounding is no configuration.
        let pattern = |s: &[f64]| -> Vec<bool> { s.iter().map(|v| *v < -UNDECIDED).collect() };
        let replica = |k: usize| {
            let last = row(spins, k, times - 1);
            let end = pattern(&last);
            let changed = (0..times).rev().find(|t| pattern(&row(spins, k, *t)) != end);
            Replica {
                sample: of("sample").map_or_else(Vec::new, |s| row(s, k, times - 1)),
                frozen_at: self.times[changed.map_or(0, |t| t + 1)],
                // Spin 0 up: of a configuration and its mirror image one.
                pattern: if end.first() == Some(&true) { end.iter().map(|b| !b).collect() } else { end },
                spins: last,
            }
        };
        self.found.0.insert(block.index, (0..count).map(replica).collect());
    }
}

impl Sink for Collect<'_> {
    fn keep(&mut self, block: &Block) -> Result<(), RecordError> {
        self.look(block);
        self.inner.keep(block)
    }

    fn recall(&mut self, index: u64, count: u64) -> Option<Block> {
        let block = self.inner.recall(index, count)?;
        self.look(&block);
        Some(block)
    }
}

impl Collected {
    /// Keeps the first `count` trajectories: those that the outcome of a run that was stopped is about.
    pub(super) fn truncate(&mut self, count: u64) {
        let mut left = count as usize;
        for block in self.0.values_mut() {
            block.truncate(left);
            left -= block.len();
        }
    }
}

/// Numbers of a kind of overlap: <q^2>, K, frustrated, densities.
const NUMBERS: usize = 3 + BINS;

/// Numbers of the overlaps of the states of one instance, vectors of N numbers each: <q^2>, K, the fraction of frustrated triples, then P(q) in 41 bins from -1 to 1.
/// At least three states.
pub fn overlaps(states: &[&[f64]]) -> Vec<f64> {
    let overlap = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64;
    let mut out = vec![0.0; NUMBERS];
    let (mut squares, mut absolute, mut pairs) = (0.0, 0.0, 0.0);
    for (k, a) in states.iter().enumerate() {
        for b in &states[..k] {
            let q = overlap(a, b);
            (squares, absolute, pairs) = (squares + q * q, absolute + q.abs(), pairs + 1.0);
            let bin = ((q + 1.0) * 0.5 * BINS as f64) as usize;
            out[3 + bin.min(BINS - 1)] += 0.5 * BINS as f64;
        }
    }
    out[3..].iter_mut().for_each(|v| *v /= pairs);
    let (squares, absolute) = (squares / pairs, absolute / pairs);
    out[0] = squares;
    let sigma = (squares - absolute * absolute).max(0.0).sqrt();
    let few = &states[..states.len().min(TRIPLED)];
    let mut triples = 0.0;
    for (k, a) in few.iter().enumerate() {
        for (l, b) in few[..k].iter().enumerate() {
            for c in &few[..l] {
                let q = [overlap(a, b), overlap(b, c), overlap(c, a)];
                let mut size = q.map(f64::abs);
                size.sort_by(f64::total_cmp);
                // A product of -0 is none below 0.
                let below = q[0] * q[1] * q[2] < 0.0;
                let sign = if below { -1.0 } else { 1.0 };
                out[1] += if sigma > SAME { (size[1] - sign * size[0]) / sigma } else { 0.0 };
                out[2] += f64::from(u8::from(below));
                triples += 1.0;
            }
        }
    }
    if triples > 0.0 {
        (out[1], out[2]) = (out[1] / triples, out[2] / triples);
    }
    out
}

/// All numbers of one instance, and the number of its trajectories; `None` for fewer than three.
fn numbers(found: &Collected) -> Option<(Vec<f64>, u64, bool)> {
    let all: Vec<&Replica> = found.0.values().flatten().collect();
    if all.len() < 3 {
        return None;
    }
    let count = all.len() as f64;
    let mean = |f: &dyn Fn(&Replica) -> f64| all.iter().map(|r| f(r)).sum::<f64>() / count;
    let q_ea = mean(&|r| r.spins.iter().map(|s| s * s).sum::<f64>() / r.spins.len() as f64);
    let distinct = all.iter().map(|r| &r.pattern).collect::<BTreeSet<_>>().len() as f64;
    let mut out = vec![q_ea, distinct, mean(&|r| r.frozen_at)];
    out.extend(overlaps(&all.iter().map(|r| r.spins.as_slice()).collect::<Vec<_>>()));
    let sampled = !all[0].sample.is_empty();
    if sampled {
        out.extend(overlaps(&all.iter().map(|r| r.sample.as_slice()).collect::<Vec<_>>()));
    }
    Some((out, all.len() as u64, sampled))
}

/// The report over instances; `None` if one of them has fewer than three trajectories.
pub(super) fn report(instances: &[Collected]) -> Option<Replicas> {
    let each: Vec<(Vec<f64>, u64, bool)> = instances.iter().map(numbers).collect::<Option<_>>()?;
    let leaves: Vec<Moments> = each.iter().map(|(v, ..)| Moments::leaf(v)).collect();
    let moments = merge_tree(&leaves)?;
    let (n, sampled) = (each.iter().map(|(_, n, _)| n).sum(), each[0].2);
    let figure = |k: usize| {
        let e = moments.estimate(k);
        Figure { mean: e.mean, stderr: None, stderr_instances: e.stderr, n }
    };
    let kind = |first: usize| Overlaps {
        q: (0..BINS).map(|k| (2 * k + 1) as f64 / BINS as f64 - 1.0).collect(),
        density: (0..BINS).map(|k| figure(first + 3 + k)).collect(),
        q_squared: figure(first),
        ultrametricity: figure(first + 1),
        frustrated: figure(first + 2),
    };
    Some(Replicas {
        q_ea: figure(0),
        distinct: figure(1),
        frozen_at: figure(2),
        expectation: kind(3),
        sampled: sampled.then(|| kind(3 + NUMBERS)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_in_a_tree_are_ultrametric_and_random_ones_are_not() {
        // Two families of two: inside a family q = 1/2, across q = 0.
        let tree: Vec<Vec<f64>> = vec![
            vec![1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
            vec![1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0],
            vec![1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0],
            vec![1.0, -1.0, 1.0, -1.0, 1.0, -1.0, -1.0, 1.0],
        ];
        let states: Vec<&[f64]> = tree.iter().map(Vec::as_slice).collect();
        let of_tree = overlaps(&states);
        // Pairs: two of 1/2, four of 0: <q^2> = 1/12, and every triple has its two smaller overlaps equal.
        assert!((of_tree[0] - 1.0 / 12.0).abs() < 1e-12 && of_tree[1].abs() < 1e-12 && of_tree[2] == 0.0);
        let total: f64 = of_tree[3..].iter().sum::<f64>() * 2.0 / BINS as f64;
        assert!((total - 1.0).abs() < 1e-12);
        let number = |k: usize| if (1.7 * (k * k) as f64 + 0.3).sin() > 0.0 { 1.0 } else { -1.0 };
        let random: Vec<Vec<f64>> = (0..20).map(|a| (0..8).map(|i| number(8 * a + i)).collect()).collect();
        let of_random = overlaps(&random.iter().map(Vec::as_slice).collect::<Vec<_>>());
        // Frustrated triples counted in whole numbers.
        let dot = |a: usize, b: usize| random[a].iter().zip(&random[b]).map(|(x, y)| (x * y) as i64).sum::<i64>();
        let triples: Vec<[usize; 3]> =
            (0..20).flat_map(|a| (0..a).flat_map(move |b| (0..b).map(move |c| [a, b, c]))).collect();
        let frustrated = triples.iter().filter(|[a, b, c]| dot(*a, *b) * dot(*b, *c) * dot(*c, *a) < 0).count();
        assert!((of_random[2] - frustrated as f64 / triples.len() as f64).abs() < 1e-12 && frustrated > 20);
        assert!(of_random[1] > 0.3, "{:?}", &of_random[..3]);
    }

    #[test]
    fn an_overlap_of_zero_frustrates_nothing() {
        // q = -1/2, 1/2 and 0: the product is -0.
        let states: [&[f64]; 3] = [&[1.0, 1.0, 1.0, 1.0], &[1.0, -1.0, -1.0, -1.0], &[1.0, 1.0, 1.0, -1.0]];
        let found = overlaps(&states);
        assert_eq!(found[2], 0.0, "{:?}", &found[..3]);
    }

    #[test]
    fn mirror_images_are_one_configuration() {
        let replica =
            |spins: [f64; 3]| Replica { spins: spins.to_vec(), sample: vec![], frozen_at: 1.0, pattern: vec![] };
        let mut found = Collected::default();
        let patterns = [[false, true], [false, true], [false, false]];
        let all = patterns.map(|p| Replica { pattern: p.to_vec(), ..replica([0.5, -0.5, 0.5]) });
        found.0.insert(0, all.to_vec());
        let report = report(&[found]).unwrap();
        assert_eq!((report.distinct.mean, report.frozen_at.mean, report.q_ea.mean), (2.0, 1.0, 0.25));
        assert!(report.sampled.is_none());
    }
}
