//! Metropolis sweeps over a full matrix: one replica, sixteen spins looked at together, a row of J added at every flip.
//!
//! Rows are of f32, or of i16 in units of [`crate::ShortRows`]; fields and temperatures are then in these units too. Floor: a flip reads a row, n/16 additions of sixteen numbers.

use crate::numbers::exponentials;
use lightfall_core::rng::{LANES, LaneWords};

/// A stored coupling.
pub trait Entry: Copy + Send + Sync {
    /// Its value in units.
    fn real(self) -> f32;
    /// sum_j J_ij s_j of a row.
    fn dot(row: &[Self], s: &[f32]) -> f32;
    /// Flips every spin, in order, whose s f is less than `bound`, times an exponential number if there are `words`. Returns the number of flips.
    fn visit(rows: &[Self], at: At<'_>, words: Option<&mut LaneWords>, bound: &[f32; LANES]) -> usize;
}

/// n spins and their fields, filled up.
pub struct At<'a> {
    n: usize,
    spins: &'a mut [f32],
    fields: &'a mut [f32],
}

macro_rules! entry {
    ($t:ty, $dot:ident, $dot_kernel:ident, $visit:ident, $visit_kernel:ident) => {
        impl Entry for $t {
            #[inline(always)]
            fn real(self) -> f32 {
                f32::from(self)
            }
            fn dot(row: &[$t], s: &[f32]) -> f32 {
                $dot(row, s)
            }
            fn visit(rows: &[$t], at: At<'_>, words: Option<&mut LaneWords>, bound: &[f32; LANES]) -> usize {
                $visit(rows, at, words, bound)
            }
        }

        lightfall_core::dispatch! {
            fn $dot(row: &[$t], s: &[f32]) -> f32 = $dot_kernel;
        }
        #[inline(always)]
        fn $dot_kernel<const FMA: bool>(row: &[$t], s: &[f32]) -> f32 {
            dot(row, s)
        }
        lightfall_core::dispatch! {
            fn $visit(rows: &[$t], at: At<'_>, words: Option<&mut LaneWords>, bound: &[f32; LANES]) -> usize = $visit_kernel;
        }
        #[inline(always)]
        fn $visit_kernel<const FMA: bool>(rows: &[$t], at: At<'_>, words: Option<&mut LaneWords>, bound: &[f32; LANES]) -> usize {
            visit(rows, at, words, bound)
        }
    };
}
entry!(f32, dot_real, dot_real_kernel, visit_real, visit_real_kernel);
entry!(i16, dot_short, dot_short_kernel, visit_short, visit_short_kernel);

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
    pub fn random<E: Entry>(rows: &[E], h: &[f32], words: &mut LaneWords) -> Self {
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
    pub fn refresh<E: Entry>(&mut self, rows: &[E], h: &[f32]) {
        let s = &self.spins[..self.n];
        for ((f, h), row) in self.fields.iter_mut().zip(h).zip(rows.chunks_exact(self.n)) {
            *f = h + E::dot(row, s);
        }
    }

    fn at(&mut self) -> At<'_> {
        At { n: self.n, spins: &mut self.spins, fields: &mut self.fields }
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
    pub fn flip<E: Entry>(&mut self, rows: &[E], i: usize) {
        self.spins[i] = -self.spins[i];
        let change = 2.0 * self.spins[i];
        let row = &rows[i * self.n..(i + 1) * self.n];
        self.fields.iter_mut().zip(row).for_each(|(f, j)| *f += change * j.real());
    }

    /// Flips single spins, in order, until no flip lowers the energy by more than rounding.
    pub fn quench<E: Entry>(&mut self, rows: &[E], scale: f32) {
        let most = [-1e-5 * scale; LANES];
        while E::visit(rows, self.at(), None, &most) > 0 {}
    }

    /// One sweep: every spin in turn flips by Metropolis' rule. Returns the number of flips.
    pub fn sweep<E: Entry>(&mut self, rows: &[E], temperature: f32, words: &mut LaneWords) -> usize {
        let scale = [0.5 * temperature; LANES];
        E::visit(rows, self.at(), Some(words), &scale)
    }
}

#[inline(always)]
fn dot<E: Entry>(a: &[E], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for l in 0..LANES {
            sums[l] += a[l].real() * b[l];
        }
    }
    let mut sum = sums.iter().sum();
    for (a, b) in a_rest.iter().zip(b_rest) {
        sum += a.real() * b;
    }
    sum
}

#[inline(always)]
fn visit<E: Entry>(rows: &[E], at: At<'_>, mut words: Option<&mut LaneWords>, bound: &[f32; LANES]) -> usize {
    let At { n, spins, fields } = at;
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
                *f += change * j.real();
            }
            flips += 1;
        }
    }
    flips
}
