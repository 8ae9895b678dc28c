//! One replica of spins with its local fields, changed flip by flip.

use crate::{Network, Rows};

/// Spins +-1 and f_i = h_i + sum_j J_ij s_j.
#[derive(Clone, Debug)]
pub struct LocalFields<'a> {
    network: &'a Network,
    /// s_i.
    pub spins: Vec<f32>,
    /// f_i.
    pub fields: Vec<f32>,
}

/// A flip that lowers the energy by less than this part of the rms field is rounding.
const ROUNDING: f32 = 1e-5;

impl<'a> LocalFields<'a> {
    /// The state with these spins.
    pub fn new(network: &'a Network, spins: Vec<f32>) -> Self {
        let mut state = Self { network, fields: vec![0.0; spins.len()], spins };
        state.refresh();
        state
    }

    /// Computes the fields anew.
    pub fn refresh(&mut self) {
        let n = self.spins.len();
        for (i, h) in self.network.fields.iter().enumerate() {
            let sum: f64 = match &self.network.rows {
                Rows::Dense(rows) => {
                    rows[i * n..(i + 1) * n].iter().zip(&self.spins).map(|(j, s)| f64::from(j * s)).sum()
                }
                Rows::Sparse(rows) => {
                    let range = rows.starts[i] as usize..rows.starts[i + 1] as usize;
                    let entries = rows.columns[range.clone()].iter().zip(&rows.values[range]);
                    entries.map(|(j, value)| f64::from(value * self.spins[*j as usize])).sum()
                }
            };
            self.fields[i] = *h + sum as f32;
        }
    }

    /// Flips spin i. O(row).
    pub fn flip(&mut self, i: usize) {
        let n = self.spins.len();
        self.spins[i] = -self.spins[i];
        let change = 2.0 * self.spins[i];
        match &self.network.rows {
            Rows::Dense(rows) => add_row(&rows[i * n..(i + 1) * n], change, &mut self.fields),
            Rows::Sparse(rows) => {
                let range = rows.starts[i] as usize..rows.starts[i + 1] as usize;
                for (j, value) in rows.columns[range.clone()].iter().zip(&rows.values[range]) {
                    self.fields[*j as usize] += change * value;
                }
            }
        }
    }

    /// E(s).
    pub fn energy(&self) -> f64 {
        let terms = self.spins.iter().zip(&self.fields).zip(&self.network.fields);
        -0.5 * terms.map(|((s, f), h)| f64::from(*s) * (f64::from(*f) + f64::from(*h))).sum::<f64>()
    }

    /// Flips the spin that lowers the energy most, again and again, until none lowers it. Returns the number of flips.
    pub fn descend(&mut self) -> usize {
        let least = ROUNDING * self.network.scale as f32;
        let mut flips = 0;
        loop {
            let (i, lowest) = lowest_gain(&self.spins, &self.fields);
            if lowest >= -least {
                return flips;
            }
            self.flip(i);
            flips += 1;
        }
    }

    /// The spins as whole numbers.
    pub fn whole(&self) -> Vec<i8> {
        self.spins.iter().map(|s| *s as i8).collect()
    }
}

lightfall_core::dispatch! {
    /// f += change * row.
    fn add_row(row: &[f32], change: f32, f: &mut [f32]) = add_row_kernel;
}

#[inline(always)]
fn add_row_kernel<const FMA: bool>(row: &[f32], change: f32, f: &mut [f32]) {
    for (f, j) in f.iter_mut().zip(row) {
        *f += change * j;
    }
}

lightfall_core::dispatch! {
    /// The smallest s_i f_i and its place; the first of equals.
    fn lowest_gain(s: &[f32], f: &[f32]) -> (usize, f32) = lowest_gain_kernel;
}

#[inline(always)]
fn lowest_gain_kernel<const FMA: bool>(s: &[f32], f: &[f32]) -> (usize, f32) {
    const LANES: usize = 16;
    let (s_blocks, f_blocks) = (s.as_chunks::<LANES>(), f.as_chunks::<LANES>());
    let mut lowest = [f32::INFINITY; LANES];
    for (s, f) in s_blocks.0.iter().zip(f_blocks.0) {
        for l in 0..LANES {
            let gain = s[l] * f[l];
            lowest[l] = if gain < lowest[l] { gain } else { lowest[l] };
        }
    }
    let mut least = f32::INFINITY;
    for value in lowest {
        least = least.min(value);
    }
    for (s, f) in s_blocks.1.iter().zip(f_blocks.1) {
        least = least.min(s * f);
    }
    // A second look for the place is cheaper than places in lanes.
    for i in 0..s.len() {
        if s[i] * f[i] == least {
            return (i, least);
        }
    }
    (0, f32::INFINITY)
}

/// Random spins from the words of a run.
pub(crate) fn random_spins(n: usize, draws: &mut lightfall_core::rng::Draws) -> Vec<f32> {
    let mut spins = Vec::with_capacity(n + 63);
    while spins.len() < n {
        let word = draws.word();
        spins.extend((0..64).map(|k| if word >> k & 1 == 0 { 1.0 } else { -1.0 }));
    }
    spins.truncate(n);
    spins
}
