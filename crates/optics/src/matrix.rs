//! Products of a matrix with several vectors, each the same to the last bit whatever stands beside it.

use lightfall_core::dispatch;
use lightfall_core::simd::madd;

/// Bytes of a panel, which stay in the cache nearest by while all vectors go through.
const PANEL: usize = 24 << 10;

/// A matrix in panels of `width` outputs: of each panel the numbers of the first input, then those of the second, and so on; the last one is filled up with zeros.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) outputs: usize,
    inputs: usize,
    /// Outputs of a panel.
    tall: usize,
    panels: Vec<f64>,
}

impl Columns {
    /// Row-major `outputs` x `inputs` matrices that stand below each other.
    pub(crate) fn stacked(outputs: usize, inputs: usize, matrices: &[Vec<f64>]) -> Self {
        let rows: Vec<&[f64]> = matrices.iter().flat_map(|m| m.chunks_exact(inputs)).collect();
        // Whole registers; four of them at least, few sums are loaded and stored for nothing then.
        let width = (PANEL / 8 / inputs.max(1) / 8 * 8).clamp(32, 128).min(rows.len().next_multiple_of(8));
        let of = |j: usize, panel: &[&[f64]], k: usize| panel.get(k).map_or(0.0, |row| row[j]);
        let each = |panel: &[&[f64]]| -> Vec<f64> {
            (0..inputs).flat_map(|j| (0..width).map(move |k| of(j, panel, k))).collect()
        };
        let panels = rows.chunks(width).flat_map(each).collect();
        Self { outputs: outputs * matrices.len(), inputs, tall: width, panels }
    }

    /// out = A x for every one of the vectors `x`, one after the other. Inputs that are 0 cost nothing: light that is not there, units that are off.
    pub(crate) fn apply(&self, x: &[f64], out: &mut [f64]) {
        // Written in any case, kept if not 0: whether an input is lit cannot be foreseen.
        let (mut lit, mut ends) = (vec![(0.0, 0); x.len() + 1], Vec::with_capacity(x.len() / self.inputs));
        let mut kept = 0;
        for x in x.chunks_exact(self.inputs) {
            for (j, v) in (0_u32..).zip(x) {
                lit[kept] = (*v, j);
                kept += usize::from(*v != 0.0);
            }
            ends.push(kept);
        }
        product([self.inputs, self.outputs, self.tall], &self.panels, (&lit, &ends), out);
    }
}

/// The sum of numbers, in eight parts: one after the other would wait for every addition.
pub(crate) fn sum(x: &[f64]) -> f64 {
    let (parts, rest) = x.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(s, v)| *s += v);
    }
    sums.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

/// Inputs that are not 0 with their numbers, of all vectors, and where those of each vector end.
type Lit<'a> = (&'a [(f64, u32)], &'a [usize]);

/// sums += the columns of `lit` times their numbers, one after the other.
#[inline(always)]
fn add<const FMA: bool, const K: usize>(lit: &[(f64, u32)], panel: &[f64], sums: &mut [f64]) {
    let width = sums.len();
    let mut columns: [&[f64]; K] = [&[]; K];
    for k in 0..K {
        let from = lit[k].1 as usize * width;
        columns[k] = &panel[from..from + width];
    }
    for i in 0..width {
        let mut y = sums[i];
        for k in 0..K {
            y = madd::<FMA>(lit[k].0, columns[k][i], y);
        }
        sums[i] = y;
    }
}

#[inline(always)]
fn product_kernel<const FMA: bool>(sizes: [usize; 3], panels: &[f64], lit: Lit<'_>, out: &mut [f64]) {
    // Plain loops: a closure is compiled by itself, without the instructions that the kernel may use. Every sum runs over the inputs in their order, whatever stands beside it.
    let [inputs, outputs, width] = sizes;
    let mut room = [0.0; 128];
    for (p, panel) in panels.chunks_exact(width * inputs).enumerate() {
        let (from, to) = (p * width, ((p + 1) * width).min(outputs));
        let mut begin = 0;
        for (end, out) in lit.1.iter().zip(out.chunks_exact_mut(outputs)) {
            let sums = &mut room[..width];
            sums.fill(0.0);
            let (eights, rest) = lit.0[begin..*end].as_chunks::<8>();
            for lit in eights {
                add::<FMA, 8>(lit, panel, sums);
            }
            for lit in rest.as_chunks::<1>().0 {
                add::<FMA, 1>(lit, panel, sums);
            }
            out[from..to].copy_from_slice(&sums[..to - from]);
            begin = *end;
        }
    }
}

dispatch! {
    /// out = A x of every vector, with `sizes` the inputs, the outputs and the width of a panel.
    fn product(sizes: [usize; 3], panels: &[f64], lit: Lit<'_>, out: &mut [f64]) = product_kernel;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_sums_and_do_not_depend_on_their_neighbours() {
        let (m, n, samples) = (5, 11, 7);
        let number = |k: usize| (1.7 * k as f64 + 0.3).sin();
        let rows: Vec<f64> = (0..m * n).map(number).collect();
        // Some inputs are dark, some vectors too.
        let x: Vec<f64> =
            (0..samples * n).map(|k| if k % 3 == 0 || k / n == 2 { 0.0 } else { number(k + 99) }).collect();
        let columns = Columns::stacked(m, n, &[rows.clone(), rows.iter().map(|w| -w).collect()]);
        let mut all = vec![f64::NAN; samples * 2 * m];
        columns.apply(&x, &mut all);
        for (x, y) in x.chunks_exact(n).zip(all.chunks_exact(2 * m)) {
            for i in 0..m {
                let expected: f64 = rows[i * n..(i + 1) * n].iter().zip(x).map(|(w, x)| w * x).sum();
                assert!((y[i] - expected).abs() < 1e-14 && (y[m + i] + expected).abs() < 1e-14);
            }
            let mut alone = vec![0.0; 2 * m];
            columns.apply(x, &mut alone);
            assert_eq!(alone, y);
        }
    }
}
