//! Products of a matrix with one vector, the same to the last bit whatever stands beside it in a batch.

use lightfall_core::dispatch;
use lightfall_core::simd::madd;

/// A matrix stored column by column: m numbers for each of n inputs.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) outputs: usize,
    values: Vec<f64>,
}

impl Columns {
    /// The columns of a row-major `outputs` x `inputs` matrix, each entry through `map`.
    pub(crate) fn new(outputs: usize, inputs: usize, rows: &[f64], map: impl Fn(f64) -> f64) -> Self {
        let values = (0..inputs * outputs).map(|k| map(rows[k % outputs * inputs + k / outputs])).collect();
        Self { outputs, values }
    }

    /// out = A x. Inputs of 0 cost nothing: light that is not there, units that are off.
    pub(crate) fn apply(&self, x: &[f64], out: &mut [f64]) {
        product(self.outputs, &self.values, x, out);
    }
}

#[inline(always)]
fn product_kernel<const FMA: bool>(outputs: usize, columns: &[f64], x: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (x, column) in x.iter().zip(columns.chunks_exact(outputs)) {
        if *x != 0.0 {
            out.iter_mut().zip(column).for_each(|(y, w)| *y = madd::<FMA>(*x, *w, *y));
        }
    }
}

dispatch! {
    /// out = A x, A column by column.
    fn product(outputs: usize, columns: &[f64], x: &[f64], out: &mut [f64]) = product_kernel;
}
