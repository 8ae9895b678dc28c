//! Dense linear algebra with concrete element types: the one crate that knows faer.
//!
//! Matrices are row-major slices. Everything runs sequentially, so that it may be called from inside an ensemble.

#![forbid(unsafe_code)]

mod lanczos;
mod svd;

use faer::{Mat, Side};
use num_complex::Complex64;

pub use lanczos::Lanczos;
pub use svd::{Svd, svd};

/// A decomposition that did not converge, or a matrix with non-finite entries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinalgError {
    /// The iteration gave up.
    #[error("{what} of a {n} x {n} matrix did not converge; check the matrix for non-finite entries")]
    NoConvergence {
        /// Name of the decomposition.
        what: &'static str,
        /// Order of the matrix.
        n: usize,
    },
    /// The same for a matrix that need not be square.
    #[error("{what} of a {rows} x {columns} matrix did not converge; check the matrix for non-finite entries")]
    Rectangular {
        /// Name of the decomposition.
        what: &'static str,
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
}

fn failed<E>(what: &'static str, n: usize) -> impl Fn(E) -> LinalgError {
    move |_| LinalgError::NoConvergence { what, n }
}

/// Eigenvalues of a complex Hermitian matrix of order `n`, in nondecreasing order. Reads only the lower triangle. O(n^3).
pub fn hermitian_eigenvalues(n: usize, a: &[Complex64]) -> Result<Vec<f64>, LinalgError> {
    let m = Mat::from_fn(n, n, |i, j| a[i * n + j]);
    m.self_adjoint_eigenvalues(Side::Lower).map_err(failed("the Hermitian eigenvalues", n))
}

/// Eigenvalues in nondecreasing order and eigenvectors of a real symmetric matrix of order `n`. Reads only the lower
/// triangle. The vectors are the columns of the returned row-major matrix.
pub fn symmetric_eigen(n: usize, a: &[f64]) -> Result<(Vec<f64>, Vec<f64>), LinalgError> {
    let m = Mat::from_fn(n, n, |i, j| a[i * n + j]);
    let eigen = m.self_adjoint_eigen(Side::Lower).map_err(failed("the symmetric eigendecomposition", n))?;
    let values = (0..n).map(|k| eigen.S()[k]).collect();
    let vectors = (0..n * n).map(|k| eigen.U()[(k / n, k % n)]).collect();
    Ok((values, vectors))
}

/// Eigenvalues of a general complex matrix of order `n`, in no particular order.
pub fn eigenvalues(n: usize, a: &[Complex64]) -> Result<Vec<Complex64>, LinalgError> {
    let m = Mat::from_fn(n, n, |i, j| a[i * n + j]);
    m.eigenvalues().map_err(failed("the eigenvalues", n))
}

/// exp(a) of a complex matrix of order `n` by scaling and squaring of a Taylor series to order 18. O(n^3 log |a|).
pub fn expm(n: usize, a: &[Complex64]) -> Vec<Complex64> {
    let row_norm = |r: usize| a[r * n..(r + 1) * n].iter().map(|v| v.norm()).sum::<f64>();
    let norm = (0..n).map(row_norm).fold(0.0, f64::max);
    let squarings = norm.max(0.25).log2().ceil() as i32 + 2;
    let scale = 0.5_f64.powi(squarings);
    let scaled = Mat::from_fn(n, n, |i, j| a[i * n + j] * scale);
    let mut term = Mat::<Complex64>::identity(n, n);
    let mut sum = term.clone();
    for order in 1..=18 {
        term = &term * &scaled * faer::Scale(Complex64::from(1.0 / f64::from(order)));
        sum += &term;
    }
    for _ in 0..squarings {
        sum = &sum * &sum;
    }
    (0..n * n).map(|k| sum[(k / n, k % n)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvalues_of_a_pauli_y_mixture_are_known() {
        let c = Complex64::new;
        let a = [c(0.3, 0.0), c(0.0, -0.4), c(0.0, 0.4), c(-0.3, 0.0)];
        let values = hermitian_eigenvalues(2, &a).unwrap();
        assert!((values[0] + 0.5).abs() < 1e-14 && (values[1] - 0.5).abs() < 1e-14);
    }

    #[test]
    fn symmetric_eigenvectors_rebuild_the_matrix() {
        let n = 6;
        let a: Vec<f64> = (0..n * n).map(|k| ((k / n * k % n + k / n + k % n) as f64).cos()).collect();
        let a: Vec<f64> = (0..n * n).map(|k| a[k] + a[k % n * n + k / n]).collect();
        let (s, u) = symmetric_eigen(n, &a).unwrap();
        for k in 0..n * n {
            let rebuilt: f64 = (0..n).map(|m| s[m] * u[k / n * n + m] * u[k % n * n + m]).sum();
            assert!((rebuilt - a[k]).abs() < 1e-12);
        }
    }

    #[test]
    fn exponential_of_a_rotation_generator_is_the_rotation() {
        let c = |x| Complex64::from(x);
        let e = expm(2, &[c(0.0), c(-7.0), c(7.0), c(0.0)]);
        assert!((e[0] - c(7.0_f64.cos())).norm() < 1e-12 && (e[2] - c(7.0_f64.sin())).norm() < 1e-12);
        let mut values = eigenvalues(2, &[c(0.0), c(-7.0), c(7.0), c(0.0)]).unwrap();
        values.sort_by(|a, b| a.im.total_cmp(&b.im));
        assert!((values[1] - Complex64::new(0.0, 7.0)).norm() < 1e-12);
    }
}
