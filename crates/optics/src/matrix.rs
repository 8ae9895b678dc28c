//! Products of a matrix with several vectors, each the same to the last bit whatever stands beside it.

use lightfall_core::dispatch;
use lightfall_core::simd::madd;

/// A matrix stored column by column: m numbers for each of n inputs.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) outputs: usize,
    inputs: usize,
    values: Vec<f64>,
}

impl Columns {
    /// The columns of row-major `outputs` x `inputs` matrices that stand below each other.
    pub(crate) fn stacked(outputs: usize, inputs: usize, matrices: &[Vec<f64>]) -> Self {
        let column = |j: usize| matrices.iter().flat_map(move |m| m.iter().skip(j).step_by(inputs).copied());
        Self { outputs: outputs * matrices.len(), inputs, values: (0..inputs).flat_map(column).collect() }
    }

    /// out = A x for every one of the vectors `x`, one after the other.
    pub(crate) fn apply(&self, x: &[f64], out: &mut [f64]) {
        product([self.outputs, self.inputs], &self.values, x, out);
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

/// Columns that are added together: an output is loaded and stored once for all of them.
const TOGETHER: usize = 4;

/// out += the `TOGETHER` columns times `x`. The order of the sums does not depend on what stands beside it.
#[inline(always)]
fn add<const FMA: bool>(columns: [&[f64]; TOGETHER], x: [f64; TOGETHER], out: &mut [f64]) {
    let [a, b, c, d] = columns;
    let [p, q, r, s] = x;
    for ((((y, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *y = madd::<FMA>(s, *d, madd::<FMA>(r, *c, madd::<FMA>(q, *b, madd::<FMA>(p, *a, *y))));
    }
}

/// The same for two vectors: every column is loaded once.
#[inline(always)]
fn add_two<const FMA: bool>(columns: [&[f64]; TOGETHER], x: [[f64; TOGETHER]; 2], out: [&mut [f64]; 2]) {
    let ([a, b, c, d], [first, second]) = (columns, out);
    let [[p, q, r, s], [e, f, g, h]] = x;
    for (((((y, z), a), b), c), d) in first.iter_mut().zip(second).zip(a).zip(b).zip(c).zip(d) {
        *y = madd::<FMA>(s, *d, madd::<FMA>(r, *c, madd::<FMA>(q, *b, madd::<FMA>(p, *a, *y))));
        *z = madd::<FMA>(h, *d, madd::<FMA>(g, *c, madd::<FMA>(f, *b, madd::<FMA>(e, *a, *z))));
    }
}

#[inline(always)]
fn product_kernel<const FMA: bool>([outputs, inputs]: [usize; 2], columns: &[f64], x: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    let column = |j: usize| &columns[j * outputs..(j + 1) * outputs];
    let whole = inputs / TOGETHER * TOGETHER;
    // A group of columns stays in the cache nearest by while all vectors take it.
    for j in (0..whole).step_by(TOGETHER) {
        let group = [column(j), column(j + 1), column(j + 2), column(j + 3)];
        let of = |x: &[f64]| [x[j], x[j + 1], x[j + 2], x[j + 3]];
        for (x, out) in x.chunks(2 * inputs).zip(out.chunks_mut(2 * outputs)) {
            let (here, there) = x.split_at(inputs);
            let (first, second) = out.split_at_mut(outputs);
            // Light that is not there, units that are off.
            match (of(here), (!there.is_empty()).then(|| of(there)).filter(|v| *v != [0.0; TOGETHER])) {
                (a, None) if a == [0.0; TOGETHER] => {}
                (a, None) => add::<FMA>(group, a, first),
                (a, Some(b)) if a == [0.0; TOGETHER] => add::<FMA>(group, b, second),
                (a, Some(b)) => add_two::<FMA>(group, [a, b], [first, second]),
            }
        }
    }
    for j in whole..inputs {
        for (x, out) in x.chunks_exact(inputs).zip(out.chunks_exact_mut(outputs)) {
            out.iter_mut().zip(column(j)).for_each(|(y, w)| *y = madd::<FMA>(x[j], *w, *y));
        }
    }
}

dispatch! {
    /// out = A x of every vector, A of [outputs, inputs] column by column.
    fn product(shape: [usize; 2], columns: &[f64], x: &[f64], out: &mut [f64]) = product_kernel;
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
