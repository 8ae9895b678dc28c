//! Products of a matrix with many vectors, each the same to the last bit whatever stands beside it. Inputs that are 0 cost nothing: light that is not there, units that are off.
//!
//! The matrix stands in panels of up to 32 outputs, whose sums fill the registers while the inputs go by. Floor: 8 multiplications a cycle, two lines of 32 bytes from the nearest cache.

use crate::simd::vector::{LANES, Vector, dispatch_vector};
use std::cell::RefCell;

/// Registers of sums: enough of them to hide the latency of an addition.
const SUMS: usize = 8;

/// Vectors that go through a panel together.
const BLOCK: usize = 64;

/// Four numbers that lie in one line of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Four([f64; LANES]);

/// A matrix in panels: of each panel the numbers of the first input, then those of the second, and so on, filled up with zeros to a multiple of four.
#[derive(Clone, Debug)]
pub struct Panels {
    outputs: usize,
    inputs: usize,
    /// Fours of a panel, of the last one as many as are left.
    width: usize,
    fours: Vec<Four>,
}

/// An input that is not 0, and its place.
type Lit = (f64, u32);

thread_local! {
    /// The lit inputs of all vectors, and where those of each end.
    static LIT: RefCell<(Vec<Lit>, Vec<usize>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

impl Panels {
    /// The matrix with `rows`, of `inputs` numbers each.
    pub fn new(inputs: usize, rows: &[&[f64]]) -> Self {
        let all = rows.len().div_ceil(LANES);
        // Panels about alike: narrow ones would wait for their sums.
        let width = all.div_ceil(all.div_ceil(SUMS).max(1)).max(1);
        let number = |j: usize, i: usize| rows.get(i).map_or(0.0, |row| row[j]);
        let four = |j: usize, k: usize| Four(std::array::from_fn(|lane| number(j, k * LANES + lane)));
        let mut fours = Vec::with_capacity(all * inputs);
        for from in (0..all).step_by(width) {
            let to = (from + width).min(all);
            (0..inputs).for_each(|j| fours.extend((from..to).map(|k| four(j, k))));
        }
        Self { outputs: rows.len(), inputs, width, fours }
    }

    /// Row-major matrices with `inputs` columns, one below the other.
    pub fn stacked(inputs: usize, matrices: &[Vec<f64>]) -> Self {
        let rows: Vec<&[f64]> = matrices.iter().flat_map(|m| m.chunks_exact(inputs)).collect();
        Self::new(inputs, &rows)
    }

    /// Rows.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Columns.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// out = A x for every one of the vectors `x`, one after the other; every sum runs over the inputs in their order.
    pub fn apply(&self, x: &[f64], out: &mut [f64]) {
        // However many vectors there are, the list of lit inputs stays small.
        for (x, out) in x.chunks(BLOCK * self.inputs).zip(out.chunks_mut(BLOCK * self.outputs)) {
            self.apply_block(x, out);
        }
    }

    fn apply_block(&self, x: &[f64], out: &mut [f64]) {
        LIT.with_borrow_mut(|(lit, ends)| {
            ends.clear();
            if lit.len() <= x.len() {
                lit.resize(x.len() + 1, (0.0, 0));
            }
            let mut kept = 0;
            for x in x.chunks_exact(self.inputs) {
                // Written in any case, kept if not 0: whether an input is lit cannot be foreseen.
                for (j, v) in (0_u32..).zip(x) {
                    lit[kept] = (*v, j);
                    // Both zeros are dark: all bits but the sign.
                    kept += usize::from(v.to_bits() << 1 != 0);
                }
                ends.push(kept);
            }
            let mut at = 0;
            for from in (0..self.outputs.div_ceil(LANES)).step_by(self.width) {
                let width = self.width.min(self.outputs.div_ceil(LANES) - from);
                let panel = &self.fours[at..at + width * self.inputs];
                panel_of(width, panel, (lit, ends), out, [self.outputs, from * LANES]);
                at += panel.len();
            }
        });
    }
}

dispatch_vector! {
    /// The sums of one panel of `width` fours for all vectors, from output `place[1]` of `place[0]` on.
    fn panel_of(width: usize, panel: &[Four], lit: (&[Lit], &[usize]), out: &mut [f64], place: [usize; 2]) = panel_kernel;
}

#[inline(always)]
fn panel_kernel<V: Vector>(width: usize, panel: &[Four], lit: (&[Lit], &[usize]), out: &mut [f64], place: [usize; 2]) {
    match width {
        1 => sums::<V, 1>(panel, lit, out, place),
        2 => sums::<V, 2>(panel, lit, out, place),
        3 => sums::<V, 3>(panel, lit, out, place),
        4 => sums::<V, 4>(panel, lit, out, place),
        5 => sums::<V, 5>(panel, lit, out, place),
        6 => sums::<V, 6>(panel, lit, out, place),
        7 => sums::<V, 7>(panel, lit, out, place),
        _ => sums::<V, SUMS>(panel, lit, out, place),
    }
}

#[inline(always)]
fn sums<V: Vector, const W: usize>(panel: &[Four], lit: (&[Lit], &[usize]), out: &mut [f64], place: [usize; 2]) {
    let columns = panel.as_chunks::<W>().0;
    let mut begin = 0;
    // Plain loops: a closure is compiled by itself, without the instructions that the kernel may use.
    for (end, out) in lit.1.iter().zip(out.chunks_exact_mut(place[0])) {
        let mut sums = [V::splat(0.0); W];
        for (x, j) in &lit.0[begin..*end] {
            let (x, column) = (V::splat(*x), &columns[*j as usize]);
            for k in 0..W {
                sums[k] = x.madd(V::load(&column[k].0), sums[k]);
            }
        }
        let (fours, rest) = out[place[1]..].as_chunks_mut::<LANES>();
        for k in 0..W {
            if let Some(out) = fours.get_mut(k) {
                sums[k].store(out);
            } else {
                let mut last = [0.0; LANES];
                sums[k].store(&mut last);
                rest.copy_from_slice(&last[..rest.len()]);
            }
        }
        begin = *end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_sums_and_do_not_depend_on_their_neighbours() {
        // More than a block.
        let (n, samples) = (11, 70);
        let number = |k: usize| (1.7 * k as f64 + 0.3).sin();
        // Some inputs are dark, some vectors too.
        let x: Vec<f64> =
            (0..samples * n).map(|k| if k % 3 == 0 || k / n == 2 { 0.0 } else { number(k + 99) }).collect();
        for m in [1, 3, 4, 6, 9, 13, 17, 21, 25, 29, 32, 33, 50, 100] {
            let rows: Vec<f64> = (0..m * n).map(number).collect();
            let panels = Panels::stacked(n, &[rows.clone(), rows.iter().map(|w| -w).collect()]);
            assert_eq!((panels.outputs(), panels.inputs()), (2 * m, n));
            let mut all = vec![f64::NAN; samples * 2 * m];
            panels.apply(&x, &mut all);
            for (x, y) in x.chunks_exact(n).zip(all.chunks_exact(2 * m)) {
                for i in 0..m {
                    let expected: f64 = rows[i * n..(i + 1) * n].iter().zip(x).map(|(w, x)| w * x).sum();
                    assert!((y[i] - expected).abs() < 1e-14 && (y[m + i] + expected).abs() < 1e-14, "{m} {i}");
                }
                let mut alone = vec![0.0; 2 * m];
                panels.apply(x, &mut alone);
                assert_eq!(alone, y);
            }
        }
    }
}
