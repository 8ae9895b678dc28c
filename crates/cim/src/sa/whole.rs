//! Metropolis sweeps over whole-number couplings: 32 replicas side by side in sixteen bits.

use crate::{SparseRows, WholeRows};
use lightfall_core::rng::{LANES, LaneWords};

/// Replicas of a batch.
pub const REPLICAS: usize = 2 * LANES;

/// A number of each replica.
type Lane = [i16; REPLICAS];

/// Most fields k, in units, against which a flip can be accepted.
const MOST: usize = 64;

/// Replicas of all spins: replica r of spin i at `[i][r]`.
#[derive(Clone, Debug)]
pub struct WholeState {
    /// s_i.
    pub spins: Vec<Lane>,
    /// h_i + sum_j J_ij s_j in units.
    pub fields: Vec<Lane>,
}

/// For k = 1, 2, .. and every replica, the bound on sixteen random bits below which a flip against a field k is accepted: min(1, exp(-2 k unit/T)).
///
/// Probabilities are rounded to multiples of 2^-16. Writes over `out`.
pub fn bounds(temperatures: &[f64; REPLICAS], unit: f64, out: &mut Vec<Lane>) {
    out.clear();
    for k in 1..=MOST {
        let mut row = [0; REPLICAS];
        let mut any = false;
        for (bound, temperature) in row.iter_mut().zip(temperatures) {
            let accepted = (65536.0 * (-2.0 * unit * k as f64 / temperature).exp()).round();
            any |= accepted >= 1.0;
            *bound = (accepted - 32768.0).min(32767.0) as i16;
        }
        if !any {
            break;
        }
        out.push(row);
    }
}

impl WholeState {
    /// Random spins.
    pub fn random(rows: &SparseRows, whole: &WholeRows, words: &mut LaneWords) -> Self {
        let n = whole.fields.len();
        let random = |words: [u32; LANES]| -> Lane {
            std::array::from_fn(|r| if words[r % LANES] >> (8 * (r / LANES) + 7) & 1 == 0 { 1 } else { -1 })
        };
        let spins = (0..n).map(|_| random(words.words())).collect();
        let mut state = Self { spins, fields: vec![[0; REPLICAS]; n] };
        for i in 0..n {
            let mut field = [whole.fields[i]; REPLICAS];
            for at in rows.starts[i] as usize..rows.starts[i + 1] as usize {
                let s = &state.spins[rows.columns[at] as usize];
                field.iter_mut().zip(s).for_each(|(f, s)| *f += whole.values[at] * s);
            }
            state.fields[i] = field;
        }
        state
    }

    /// Energies.
    pub fn energies(&self, whole: &WholeRows) -> [f64; REPLICAS] {
        let mut twice = [0i64; REPLICAS];
        // |s (f + h)| is at most 32 000: so many of them fit 32 bits.
        const FIT: usize = 1 << 16;
        let blocks = self.spins.chunks(FIT).zip(self.fields.chunks(FIT)).zip(whole.fields.chunks(FIT));
        for ((s, f), h) in blocks {
            let mut sums = [0; REPLICAS];
            aligned(s, f, h, &mut sums);
            twice.iter_mut().zip(sums).for_each(|(twice, sum)| *twice -= i64::from(sum));
        }
        twice.map(|e| 0.5 * whole.unit * e as f64)
    }

    /// The spins of replica r.
    pub fn replica(&self, r: usize) -> Vec<i8> {
        self.spins.iter().map(|s| s[r] as i8).collect()
    }

    /// Flips single spins, in order, until no flip lowers the energy of any replica.
    pub fn quench(&mut self, rows: &SparseRows, whole: &WholeRows) {
        while descend(rows, &whole.values, &mut self.spins, &mut self.fields) {}
    }

    /// One sweep: every spin in turn, in every replica, flips by Metropolis' rule with `bounds`.
    pub fn sweep(&mut self, rows: &SparseRows, whole: &WholeRows, bounds: &[Lane], words: &mut LaneWords) {
        sweep(rows, &whole.values, &mut self.spins, &mut self.fields, bounds, words);
    }
}

lightfall_core::dispatch! {
    /// sum_i s_i (f_i + h_i).
    fn aligned(spins: &[Lane], fields: &[Lane], h: &[i16], out: &mut [i32; REPLICAS]) = aligned_kernel;
}

#[inline(always)]
fn aligned_kernel<const FMA: bool>(spins: &[Lane], fields: &[Lane], h: &[i16], out: &mut [i32; REPLICAS]) {
    let mut sums = [0i32; REPLICAS];
    for ((s, f), h) in spins.iter().zip(fields).zip(h) {
        for r in 0..REPLICAS {
            sums[r] += i32::from(s[r]) * (i32::from(f[r]) + i32::from(*h));
        }
    }
    *out = sums;
}

lightfall_core::dispatch! {
    fn sweep(rows: &SparseRows, values: &[i16], spins: &mut [Lane], fields: &mut [Lane], bounds: &[Lane], words: &mut LaneWords) = sweep_kernel;
}

#[inline(always)]
fn sweep_kernel<const FMA: bool>(
    rows: &SparseRows,
    values: &[i16],
    spins: &mut [Lane],
    fields: &mut [Lane],
    bounds: &[Lane],
    words: &mut LaneWords,
) {
    for i in 0..spins.len() {
        let made = words.words();
        let mut bits = [0; REPLICAS];
        for l in 0..LANES {
            bits[l] = made[l] as i16;
            bits[l + LANES] = (made[l] >> 16) as i16;
        }
        // The largest field against which each replica flips.
        let mut most = [0; REPLICAS];
        for bound in bounds {
            for r in 0..REPLICAS {
                most[r] += i16::from(bits[r] < bound[r]);
            }
        }
        flip(rows, values, spins, fields, i, &most);
    }
}

/// Flips spin i where s_i f_i is at most `most`; returns whether it did anywhere.
#[inline(always)]
fn flip(rows: &SparseRows, values: &[i16], spins: &mut [Lane], fields: &mut [Lane], i: usize, most: &Lane) -> bool {
    let (s, f) = (&mut spins[i], &fields[i]);
    let mut change = [0; REPLICAS];
    let mut any = 0;
    for r in 0..REPLICAS {
        let mask = -i16::from(s[r] * f[r] <= most[r]);
        change[r] = (-2 * s[r]) & mask;
        any |= mask;
    }
    if any == 0 {
        return false;
    }
    for r in 0..REPLICAS {
        s[r] += change[r];
    }
    let range = rows.starts[i] as usize..rows.starts[i + 1] as usize;
    for (j, value) in rows.columns[range.clone()].iter().zip(&values[range]) {
        let f = &mut fields[*j as usize];
        for r in 0..REPLICAS {
            f[r] += *value * change[r];
        }
    }
    true
}

lightfall_core::dispatch! {
    fn descend(rows: &SparseRows, values: &[i16], spins: &mut [Lane], fields: &mut [Lane]) -> bool = descend_kernel;
}

#[inline(always)]
fn descend_kernel<const FMA: bool>(rows: &SparseRows, values: &[i16], spins: &mut [Lane], fields: &mut [Lane]) -> bool {
    let mut any = false;
    for i in 0..spins.len() {
        any |= flip(rows, values, spins, fields, i, &[-1; REPLICAS]);
    }
    any
}
