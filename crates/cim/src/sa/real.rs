//! Metropolis sweeps over sparse real couplings: 16 replicas side by side in single precision.

use crate::SparseRows;
use crate::numbers::exponentials;
use lightfall_core::rng::{LANES, LaneWords};

/// A number of each replica.
type Lane = [f32; LANES];

/// Replicas of all spins: replica r of spin i at `[i][r]`.
#[derive(Clone, Debug)]
pub struct RealState {
    /// s_i.
    pub spins: Vec<Lane>,
    /// h_i + sum_j J_ij s_j.
    pub fields: Vec<Lane>,
}

impl RealState {
    /// Random spins.
    pub fn random(rows: &SparseRows, h: &[f32], words: &mut LaneWords) -> Self {
        let random = |words: [u32; LANES]| -> Lane { words.map(|w| if w >> 31 == 0 { 1.0 } else { -1.0 }) };
        let spins = h.iter().map(|_| random(words.words())).collect();
        let mut state = Self { spins, fields: vec![[0.0; LANES]; h.len()] };
        state.refresh(rows, h);
        state
    }

    /// Computes the fields anew, without the rounding errors of many flips.
    pub fn refresh(&mut self, rows: &SparseRows, h: &[f32]) {
        refresh(rows, h, &self.spins, &mut self.fields);
    }

    /// Energies.
    pub fn energies(&self, h: &[f32]) -> [f64; LANES] {
        let mut twice = [0.0f64; LANES];
        for ((s, f), h) in self.spins.iter().zip(&self.fields).zip(h) {
            for r in 0..LANES {
                twice[r] -= f64::from(s[r]) * (f64::from(f[r]) + f64::from(*h));
            }
        }
        twice.map(|e| 0.5 * e)
    }

    /// The spins of replica r.
    pub fn replica(&self, r: usize) -> Vec<i8> {
        self.spins.iter().map(|s| s[r] as i8).collect()
    }

    /// Flips single spins, in order, until no flip lowers the energy of any replica by more than rounding.
    pub fn quench(&mut self, rows: &SparseRows, scale: f32) {
        while descend(rows, &mut self.spins, &mut self.fields, 1e-5 * scale) {}
    }

    /// One sweep: every spin in turn, in every replica, flips by Metropolis' rule at the replica's temperature.
    pub fn sweep(&mut self, rows: &SparseRows, temperatures: &Lane, words: &mut LaneWords) {
        sweep(rows, &mut self.spins, &mut self.fields, temperatures, words);
    }
}

lightfall_core::dispatch! {
    fn refresh(rows: &SparseRows, h: &[f32], spins: &[Lane], fields: &mut [Lane]) = refresh_kernel;
}

#[inline(always)]
fn refresh_kernel<const FMA: bool>(rows: &SparseRows, h: &[f32], spins: &[Lane], fields: &mut [Lane]) {
    for i in 0..fields.len() {
        let mut sum = [h[i]; LANES];
        for at in rows.starts[i] as usize..rows.starts[i + 1] as usize {
            let (s, value) = (&spins[rows.columns[at] as usize], rows.values[at]);
            for r in 0..LANES {
                sum[r] += value * s[r];
            }
        }
        fields[i] = sum;
    }
}

lightfall_core::dispatch! {
    fn sweep(rows: &SparseRows, spins: &mut [Lane], fields: &mut [Lane], temperatures: &Lane, words: &mut LaneWords) = sweep_kernel;
}

#[inline(always)]
fn sweep_kernel<const FMA: bool>(
    rows: &SparseRows,
    spins: &mut [Lane],
    fields: &mut [Lane],
    temperatures: &Lane,
    words: &mut LaneWords,
) {
    for i in 0..spins.len() {
        // u < exp(-2 s f/T) where s f is less than T/2 times an exponential number.
        let mut most = exponentials(words.words());
        for r in 0..LANES {
            most[r] *= 0.5 * temperatures[r];
        }
        flip(rows, spins, fields, i, &most);
    }
}

/// Flips spin i where s_i f_i is less than `most`; returns whether it did anywhere.
#[inline(always)]
fn flip(rows: &SparseRows, spins: &mut [Lane], fields: &mut [Lane], i: usize, most: &Lane) -> bool {
    let (s, f) = (&mut spins[i], &fields[i]);
    let mut change = [0.0; LANES];
    let mut any = false;
    for r in 0..LANES {
        let flips = s[r] * f[r] < most[r];
        change[r] = if flips { -2.0 * s[r] } else { 0.0 };
        any |= flips;
    }
    if !any {
        return false;
    }
    for r in 0..LANES {
        s[r] += change[r];
    }
    let range = rows.starts[i] as usize..rows.starts[i + 1] as usize;
    for (j, value) in rows.columns[range.clone()].iter().zip(&rows.values[range]) {
        let f = &mut fields[*j as usize];
        for r in 0..LANES {
            f[r] += *value * change[r];
        }
    }
    true
}

lightfall_core::dispatch! {
    fn descend(rows: &SparseRows, spins: &mut [Lane], fields: &mut [Lane], tolerance: f32) -> bool = descend_kernel;
}

#[inline(always)]
fn descend_kernel<const FMA: bool>(rows: &SparseRows, spins: &mut [Lane], fields: &mut [Lane], tolerance: f32) -> bool {
    let mut any = false;
    for i in 0..spins.len() {
        any |= flip(rows, spins, fields, i, &[-tolerance; LANES]);
    }
    any
}
