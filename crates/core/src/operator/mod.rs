//! Operators that act on kets and density matrices without being formed where their structure allows.
//!
//! A vector of D complex amplitudes is stored split: D real parts, then D imaginary parts, so that flips and phases are
//! plain fused multiply-adds over contiguous lanes. `columns` vectors at once (a density matrix has D of them) are
//! stored row-major, amplitude by amplitude: entry (r, c) at `r * columns + c` of either half.

pub(crate) mod collective;
mod diagonal;
mod ladder;
pub(crate) mod pairs;
mod pauli;
mod rows;
pub(crate) mod sites;
pub(crate) mod small;
mod sparse;
mod spin;

pub use collective::Collective;
pub use diagonal::Diagonal;
pub use ladder::Ladder;
pub use pairs::{SpinPairs, SpinVector, spin_axes};
pub use pauli::{Axis, PauliSum};
pub use sites::{SiteSum, site_expectations};
pub use sparse::Sparse;
pub use spin::SpinOperator;

use num_complex::Complex64;
use std::fmt::Debug;
use std::sync::Arc;

/// A linear operator on D amplitudes.
pub trait Operator: Send + Sync + Debug {
    /// Number of amplitudes D.
    fn dim(&self) -> usize;

    /// y += scale A x for `columns` vectors in split storage (see the module). `x` and `y` have length 2 D `columns`.
    fn apply_add(&self, scale: Complex64, x: &[f64], y: &mut [f64], columns: usize);

    /// The Hermitian adjoint.
    fn adjoint(&self) -> Arc<dyn Operator>;

    /// A^dag A, in closed form where the operator has one. The default goes through a sparse matrix.
    fn gram(&self) -> Arc<dyn Operator> {
        let a = Sparse::from_operator(self);
        Arc::new(a.adjoint_matrix().product(&a))
    }

    /// A A, in closed form where the operator has one. The default goes through a sparse matrix.
    fn square(&self) -> Arc<dyn Operator> {
        let a = Sparse::from_operator(self);
        Arc::new(a.product(&a))
    }

    /// The diagonal, if the operator is diagonal in the computational basis.
    fn diagonal(&self) -> Option<&Diagonal> {
        None
    }

    /// The single-site matrices, if the operator is a sum of single-spin operators.
    fn site_sum(&self) -> Option<&SiteSum> {
        None
    }

    /// The states of a site and the vector of spins, if the operator was made of one.
    fn spin_vector(&self) -> Option<(usize, &SpinVector)> {
        None
    }
}

/// <psi|A|psi> of a ket in split storage; `scratch` (length 2 D) is overwritten. Not divided by the norm.
pub fn expectation(operator: &dyn Operator, psi: &[f64], scratch: &mut [f64]) -> Complex64 {
    scratch.fill(0.0);
    operator.apply_add(Complex64::ONE, psi, scratch, 1);
    inner(psi, scratch)
}

/// <a|b> of two kets in split storage.
pub fn inner(a: &[f64], b: &[f64]) -> Complex64 {
    let (ar, ai) = a.split_at(a.len() / 2);
    let (br, bi) = b.split_at(b.len() / 2);
    let mut sum = Complex64::ZERO;
    for k in 0..ar.len() {
        sum.re += ar[k] * br[k] + ai[k] * bi[k];
        sum.im += ar[k] * bi[k] - ai[k] * br[k];
    }
    sum
}

/// |psi|^2 of a ket in split storage.
pub fn norm_sqr(psi: &[f64]) -> f64 {
    sum_of_squares(psi)
}

crate::dispatch! {
    /// sum_k y_k^2, in eight interleaved partial sums.
    pub fn sum_of_squares(y: &[f64]) -> f64 = sum_of_squares_kernel;
}

#[inline(always)]
fn sum_of_squares_kernel<const FMA: bool>(y: &[f64]) -> f64 {
    let mut acc = [0.0; 16];
    let chunks = y.chunks_exact(16);
    let rest: f64 = chunks.remainder().iter().map(|v| v * v).sum();
    for c in chunks {
        for l in 0..16 {
            acc[l] = crate::simd::madd::<FMA>(c[l], c[l], acc[l]);
        }
    }
    acc.iter().sum::<f64>() + rest
}

/// Scales a ket to unit norm; returns the squared norm it had.
pub fn normalise(psi: &mut [f64]) -> f64 {
    let norm = norm_sqr(psi);
    let scale = 1.0 / norm.sqrt();
    for v in psi.iter_mut() {
        *v *= scale;
    }
    norm
}

/// A sum of operators, each applied in turn.
#[derive(Debug)]
pub struct Sum {
    dim: usize,
    parts: Vec<(Complex64, Arc<dyn Operator>)>,
}

impl Sum {
    /// `sum_k c_k A_k` on `dim` amplitudes.
    pub fn new(dim: usize, parts: Vec<(Complex64, Arc<dyn Operator>)>) -> Self {
        Self { dim, parts }
    }
}

impl Operator for Sum {
    fn dim(&self) -> usize {
        self.dim
    }

    fn apply_add(&self, scale: Complex64, x: &[f64], y: &mut [f64], columns: usize) {
        for (c, a) in &self.parts {
            a.apply_add(scale * c, x, y, columns);
        }
    }

    fn adjoint(&self) -> Arc<dyn Operator> {
        Arc::new(Sum::new(self.dim, self.parts.iter().map(|(c, a)| (c.conj(), a.adjoint())).collect()))
    }
}
