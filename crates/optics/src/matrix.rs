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
        product(self.inputs, &self.values, x, out);
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

/// out += the columns times `x`, for one vector. The order of the sums does not depend on what stands beside it.
#[inline(always)]
fn add_one<const FMA: bool, const K: usize>(columns: [&[f64]; K], x: [f64; K], out: &mut [f64]) {
    let n = out.len();
    let columns = columns.map(|c| &c[..n]);
    for i in 0..n {
        let mut y = out[i];
        for k in 0..K {
            y = madd::<FMA>(x[k], columns[k][i], y);
        }
        out[i] = y;
    }
}

/// The same for two vectors: every column is loaded once.
#[inline(always)]
fn add_two<const FMA: bool, const K: usize>(columns: [&[f64]; K], x: [[f64; K]; 2], out: [&mut [f64]; 2]) {
    let [first, second] = out;
    let n = first.len();
    let (columns, second) = (columns.map(|c| &c[..n]), &mut second[..n]);
    for i in 0..n {
        let (mut y, mut z) = (first[i], second[i]);
        for k in 0..K {
            y = madd::<FMA>(x[0][k], columns[k][i], y);
            z = madd::<FMA>(x[1][k], columns[k][i], z);
        }
        (first[i], second[i]) = (y, z);
    }
}

/// out += `K` columns from `from` on times every vector: the columns stay in the cache nearest by meanwhile, and an output is loaded and stored once for all of them.
#[inline(always)]
fn group<const FMA: bool, const K: usize>(from: usize, inputs: usize, columns: &[f64], x: &[f64], out: &mut [f64]) {
    let outputs = columns.len() / inputs;
    let group: [&[f64]; K] = std::array::from_fn(|k| &columns[(from + k) * outputs..(from + k + 1) * outputs]);
    let of = |x: &[f64]| -> [f64; K] { std::array::from_fn(|k| x[from + k]) };
    for (x, out) in x.chunks(2 * inputs).zip(out.chunks_mut(2 * outputs)) {
        let (here, there) = x.split_at(inputs);
        let (first, second) = out.split_at_mut(outputs);
        // Light that is not there, units that are off.
        match (of(here), (!there.is_empty()).then(|| of(there)).filter(|v| *v != [0.0; K])) {
            (a, None) if a == [0.0; K] => {}
            (a, None) => add_one::<FMA, K>(group, a, first),
            (a, Some(b)) if a == [0.0; K] => add_one::<FMA, K>(group, b, second),
            (a, Some(b)) => add_two::<FMA, K>(group, [a, b], [first, second]),
        }
    }
}

#[inline(always)]
fn product_kernel<const FMA: bool>(inputs: usize, columns: &[f64], x: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    let whole = inputs / 4 * 4;
    // Plain loops: a closure is compiled by itself, without the instructions that the kernel may use.
    let mut j = 0;
    while j < whole {
        group::<FMA, 4>(j, inputs, columns, x, out);
        j += 4;
    }
    while j < inputs {
        group::<FMA, 1>(j, inputs, columns, x, out);
        j += 1;
    }
}

dispatch! {
    /// out = A x of every vector of `inputs` numbers, A column by column.
    fn product(inputs: usize, columns: &[f64], x: &[f64], out: &mut [f64]) = product_kernel;
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
