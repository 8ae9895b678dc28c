//! What sixteen soft replicas come to as spins.

use crate::lanes::{LANES, Lane, Real};
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
}

impl Readout {
    /// For the network `network` without fields.
    pub fn new(network: &Network) -> Self {
        let zeros = vec![[0.0; LANES]; network.n];
        Self { signs: zeros.clone(), fields: zeros, lowest: [f64::INFINITY; LANES], last: [0.0; LANES] }
    }

    /// Reads `x` out: a product with J.
    pub fn look(&mut self, trial: &Trial<'_>, network: &Network, x: &[Lane<f32>]) {
        signs(x, &mut self.signs);
        f32::product(&network.rows, &self.signs, &mut self.fields);
        self.take(trial);
    }

    /// Reads the signs and fields as they are.
    pub fn take(&mut self, trial: &Trial<'_>) {
        let mut energies = [0.0; LANES];
        energies_of(&self.signs, &self.fields, &mut energies);
        for (lowest, energy) in self.lowest.iter_mut().zip(&energies) {
            *lowest = lowest.min(*energy);
        }
        self.last = energies;
        trial.offer_replicas(&energies, |r| self.replica(trial, r));
    }

    /// The spins of replica r; with fields, in the frame where the spin that stands for them is +1.
    pub fn replica(&self, trial: &Trial<'_>, r: usize) -> Vec<i8> {
        let n = trial.problem.len();
        let frame = self.signs.get(n).map_or(1.0, |s| s[r]);
        self.signs[..n].iter().map(|s| if s[r] * frame > 0.0 { 1 } else { -1 }).collect()
    }
}

lightfall_core::dispatch! {
    /// s = sign(x).
    fn signs(x: &[Lane<f32>], s: &mut [Lane<f32>]) = signs_kernel;
}

#[inline(always)]
fn signs_kernel<const FMA: bool>(x: &[Lane<f32>], s: &mut [Lane<f32>]) {
    for (x, s) in x.iter().zip(s) {
        for l in 0..LANES {
            s[l] = if x[l] < 0.0 { -1.0 } else { 1.0 };
        }
    }
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
