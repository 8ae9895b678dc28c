//! What sixteen soft replicas come to as spins.

use crate::lanes::{LANES, Lane, Real, add_rows};
use crate::{Network, Trial};

/// The signs of sixteen replicas, their fields, and the lowest energy that each of them has had.
pub struct Readout {
    /// s_i = sign(x_i), +1 at 0.
    pub signs: Vec<Lane<f32>>,
    /// sum_j J_ij s_j.
    pub fields: Vec<Lane<f32>>,
    /// Lowest energies so far.
    pub lowest: [f64; LANES],
    /// Energies at the last readout.
    pub last: [f64; LANES],
    /// Spins that change at this readout in any replica come first.
    spins: Vec<u32>,
    /// What they change by.
    by: Vec<Lane<f32>>,
    /// Readouts since the fields were computed from scratch.
    age: u32,
}

/// Readouts between two computations of the fields from scratch, which take off the rounding errors of real couplings.
const REFRESH: u32 = 200;

/// Fields follow the changes if at most this part of the spins changes, which takes longer than a product above.
const PART: f64 = 0.8;

impl Readout {
    /// For the network `network` without fields.
    pub fn new(network: &Network) -> Self {
        let zeros = vec![[0.0; LANES]; network.n];
        Self {
            signs: zeros.clone(),
            fields: zeros.clone(),
            lowest: [f64::INFINITY; LANES],
            last: [0.0; LANES],
            spins: vec![0; network.n],
            by: zeros,
            age: REFRESH,
        }
    }

    /// Reads `x` out: a product of J with the signs, or with what has changed of them.
    pub fn look(&mut self, trial: &Trial<'_>, network: &Network, x: &[Lane<f32>]) {
        self.follow(network, x);
        let mut energies = [0.0; LANES];
        energies_of(&self.signs, &self.fields, &mut energies);
        for (lowest, energy) in self.lowest.iter_mut().zip(&energies) {
            *lowest = lowest.min(*energy);
        }
        self.last = energies;
        trial.offer_replicas(&energies, |r| self.replica(trial, r));
    }

    /// Signs and fields of `x`.
    fn follow(&mut self, network: &Network, x: &[Lane<f32>]) {
        let changed = signs(x, &mut self.signs, &mut self.spins, &mut self.by);
        if self.age < REFRESH && changed as f64 <= PART * x.len() as f64 {
            self.age += 1;
            add_rows(&network.rows, &self.spins[..changed], &self.by[..changed], &mut self.fields);
        } else {
            self.age = 0;
            f32::product(&network.rows, &self.signs, &mut self.fields);
        }
    }

    /// The spins of replica r; with fields, in the frame where the spin that stands for them is +1.
    pub fn replica(&self, trial: &Trial<'_>, r: usize) -> Vec<i8> {
        let n = trial.problem.len();
        let frame = self.signs.get(n).map_or(1.0, |s| s[r]);
        self.signs[..n].iter().map(|s| if s[r] * frame > 0.0 { 1 } else { -1 }).collect()
    }
}

lightfall_core::dispatch! {
    /// s = sign(x). Returns how many spins changed; which, and by how much, at the beginning of `spins` and `by`.
    fn signs(x: &[Lane<f32>], s: &mut [Lane<f32>], spins: &mut [u32], by: &mut [Lane<f32>]) -> usize = signs_kernel;
}

#[inline(always)]
fn signs_kernel<const FMA: bool>(
    x: &[Lane<f32>],
    s: &mut [Lane<f32>],
    spins: &mut [u32],
    by: &mut [Lane<f32>],
) -> usize {
    let mut changed = 0;
    for (i, (x, s)) in x.iter().zip(s).enumerate() {
        let mut any = false;
        for l in 0..LANES {
            let sign = if x[l] < 0.0 { -1.0 } else { 1.0 };
            by[changed][l] = sign - s[l];
            any |= sign != s[l];
            s[l] = sign;
        }
        spins[changed] = i as u32;
        changed += usize::from(any);
    }
    changed
}

lightfall_core::dispatch! {
    /// E = -(1/2) sum_i s_i f_i.
    fn energies_of(s: &[Lane<f32>], f: &[Lane<f32>], out: &mut [f64; LANES]) = energies_kernel;
}

#[inline(always)]
fn energies_kernel<const FMA: bool>(s: &[Lane<f32>], f: &[Lane<f32>], out: &mut [f64; LANES]) {
    // Single precision within a block, double from block to block.
    const BLOCK: usize = 64;
    let mut sums = [0.0; LANES];
    for (s, f) in s.chunks(BLOCK).zip(f.chunks(BLOCK)) {
        let mut part = [0.0f32; LANES];
        for (s, f) in s.iter().zip(f) {
            for l in 0..LANES {
                part[l] += s[l] * f[l];
            }
        }
        for l in 0..LANES {
            sums[l] -= 0.5 * f64::from(part[l]);
        }
    }
    *out = sums;
}

#[cfg(test)]
mod tests {
    use super::*;
    use lightfall_core::rng::{LaneWords, Purpose, Streams};
    use lightfall_couplings::{Dense, Sparse};

    #[test]
    fn fields_that_follow_the_signs_are_the_products() {
        // 203 spins, real couplings: full, and three neighbours on either side.
        let n = 203;
        let value = |i: usize, j: usize| (1.3 * (i.min(j) * n + i.max(j)) as f64).sin();
        let full: Vec<f64> = (0..n * n).map(|k| if k / n == k % n { 0.0 } else { value(k / n, k % n) }).collect();
        let pairs: Vec<_> = (0..3 * n).map(|k| (k / 3, (k / 3 + 1 + k % 3) % n)).collect();
        let pairs: Vec<_> = pairs.into_iter().map(|(i, j)| (i, j, value(i, j))).collect();
        let networks = [
            Network::new(&Dense::new(n, full).unwrap(), &[]),
            Network::new(&Sparse::from_pairs(n, &pairs).unwrap(), &[]),
        ];
        for network in networks {
            let mut words = LaneWords::new(&Streams::new(1, 0), Purpose::Search, 0);
            let mut out = Readout::new(&network);
            let mut x = crate::amplitudes::small(n, &mut words);
            let mut exact = vec![[0.0; LANES]; n];
            let mut followed = 0;
            for round in 0..2 * REFRESH as usize {
                // Some spins turn, in some replicas.
                for k in 0..round % 40 {
                    let word = words.words()[0] as usize;
                    x[(word + k) % n][word % LANES] *= -1.0;
                }
                out.follow(&network, &x);
                followed += usize::from(out.age > 0);
                f32::product(&network.rows, &out.signs, &mut exact);
                for (a, b) in out.fields.iter().flatten().zip(exact.iter().flatten()) {
                    assert!((a - b).abs() < 2e-4, "{a} {b}");
                }
            }
            assert!(followed > REFRESH as usize, "{followed}");
        }
    }
}
