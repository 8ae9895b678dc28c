//! Metropolis sweeps over a full matrix: one replica, sixteen spins looked at together, a row of J added at every flip.
//!
//! Floor: a flip reads a row, n/8 additions of eight numbers.

use crate::numbers::exponentials;
use lightfall_core::rng::{LANES, LaneWords};

/// One replica, filled up to a multiple of sixteen spins.
#[derive(Clone, Debug)]
pub struct DenseState {
    n: usize,
    /// s_i.
    spins: Vec<f32>,
    /// h_i + sum_j J_ij s_j; infinite past the end, where nothing flips.
    fields: Vec<f32>,
}

impl DenseState {
    /// Random spins. `rows` has n^2 values.
    pub fn random(rows: &[f32], h: &[f32], words: &mut LaneWords) -> Self {
        let n = h.len();
        let padded = n.next_multiple_of(LANES);
        let mut spins = Vec::with_capacity(padded);
        while spins.len() < padded {
            spins.extend(words.words().map(|w| if w >> 31 == 0 { 1.0 } else { -1.0 }));
        }
        spins[n..].fill(1.0);
        let mut state = Self { n, spins, fields: vec![f32::INFINITY; padded] };
        state.refresh(rows, h);
        state
    }

    /// Computes the fields anew, without the rounding errors of many flips.
    pub fn refresh(&mut self, rows: &[f32], h: &[f32]) {
        let s = &self.spins[..self.n];
        for ((f, h), row) in self.fields.iter_mut().zip(h).zip(rows.chunks_exact(self.n)) {
            *f = h + dot(row, s);
        }
    }

    /// Energy.
    pub fn energy(&self, h: &[f32]) -> f64 {
        let terms = self.spins.iter().zip(&self.fields).zip(h);
        -0.5 * terms.map(|((s, f), h)| f64::from(*s) * (f64::from(*f) + f64::from(*h))).sum::<f64>()
    }

    /// Its spins.
    pub fn spins(&self) -> Vec<i8> {
        self.spins[..self.n].iter().map(|s| *s as i8).collect()
    }

    /// s_i.
    pub fn spin(&self, i: usize) -> f32 {
        self.spins[i]
    }

    /// Flips spin i.
    pub fn flip(&mut self, rows: &[f32], i: usize) {
        self.spins[i] = -self.spins[i];
        let change = 2.0 * self.spins[i];
        let row = &rows[i * self.n..(i + 1) * self.n];
        self.fields.iter_mut().zip(row).for_each(|(f, j)| *f += change * j);
    }

    /// Flips single spins, in order, until no flip lowers the energy by more than rounding.
    pub fn quench(&mut self, rows: &[f32], scale: f32) {
        let most = [-1e-5 * scale; LANES];
        while visit(self.n, rows, &mut self.spins, &mut self.fields, None, &most) > 0 {}
    }

    /// One sweep: every spin in turn flips by Metropolis' rule. Returns the number of flips.
    pub fn sweep(&mut self, rows: &[f32], temperature: f32, words: &mut LaneWords) -> usize {
        let scale = [0.5 * temperature; LANES];
        visit(self.n, rows, &mut self.spins, &mut self.fields, Some(words), &scale)
    }
}

lightfall_core::dispatch! {
    fn dot(a: &[f32], b: &[f32]) -> f32 = dot_kernel;
}

#[inline(always)]
fn dot_kernel<const FMA: bool>(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for l in 0..LANES {
            sums[l] += a[l] * b[l];
        }
    }
    let mut sum = sums.iter().sum();
    for (a, b) in a_rest.iter().zip(b_rest) {
        sum += a * b;
    }
    sum
}

lightfall_core::dispatch! {
    /// Flips every spin, in order, whose s f is less than `bound`, times an exponential number if there are `words`.
    fn visit(n: usize, rows: &[f32], spins: &mut [f32], fields: &mut [f32], words: Option<&mut LaneWords>, bound: &[f32; LANES]) -> usize = visit_kernel;
}

#[inline(always)]
fn visit_kernel<const FMA: bool>(
    n: usize,
    rows: &[f32],
    spins: &mut [f32],
    fields: &mut [f32],
    mut words: Option<&mut LaneWords>,
    bound: &[f32; LANES],
) -> usize {
    let mut flips = 0;
    for block in 0..spins.len() / LANES {
        let mut most = *bound;
        if let Some(words) = &mut words {
            let drawn = exponentials(words.words());
            for l in 0..LANES {
                most[l] *= drawn[l];
            }
        }
        // Spins before the last flip had their turn.
        let mut turn = u32::MAX;
        loop {
            let at = block * LANES;
            let (s, f) = (&spins[at..at + LANES], &fields[at..at + LANES]);
            let mut lower = 0u32;
            for l in 0..LANES {
                lower |= u32::from(s[l] * f[l] < most[l]) << l;
            }
            lower &= turn;
            if lower == 0 {
                break;
            }
            let l = lower.trailing_zeros();
            turn = (u32::MAX << l) << 1;
            let i = at + l as usize;
            spins[i] = -spins[i];
            let change = 2.0 * spins[i];
            let row = &rows[i * n..(i + 1) * n];
            for (f, j) in fields.iter_mut().zip(row) {
                *f += change * j;
            }
            flips += 1;
        }
    }
    flips
}
