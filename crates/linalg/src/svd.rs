//! Singular values and vectors of a real matrix.

use crate::LinalgError;
use faer::Mat;

/// A = U S V^T of a real m x n matrix: U orthogonal m x m, V orthogonal n x n, S diagonal.
#[derive(Clone, Debug, PartialEq)]
pub struct Svd {
    /// U, row-major m x m; its columns are the left singular vectors.
    pub u: Vec<f64>,
    /// The min(m, n) singular values, at least 0, in nonincreasing order.
    pub values: Vec<f64>,
    /// V, row-major n x n (not transposed); its columns are the right singular vectors.
    pub v: Vec<f64>,
}

/// The full singular value decomposition of a row-major `m` x `n` matrix, of m n numbers. O(m n min(m, n) + m^3 + n^3).
///
/// # Errors
///
/// [`LinalgError::Rectangular`] if the iteration gives up or the matrix is not finite.
pub fn svd(m: usize, n: usize, a: &[f64]) -> Result<Svd, LinalgError> {
    let failed = LinalgError::Rectangular { what: "the singular value decomposition", rows: m, columns: n };
    if !a.iter().all(|v| v.is_finite()) {
        return Err(failed);
    }
    let decomposed = Mat::from_fn(m, n, |i, j| a[i * n + j]).svd().map_err(|_| failed)?;
    let (u, v) = (decomposed.U(), decomposed.V());
    Ok(Svd {
        u: (0..m * m).map(|k| u[(k / m, k % m)]).collect(),
        values: (0..m.min(n)).map(|k| decomposed.S()[k]).collect(),
        v: (0..n * n).map(|k| v[(k / n, k % n)]).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orthogonal_to(tolerance: f64, n: usize, q: &[f64]) {
        for k in 0..n * n {
            let product: f64 = (0..n).map(|r| q[r * n + k / n] * q[r * n + k % n]).sum();
            assert!((product - f64::from(k / n == k % n)).abs() < tolerance);
        }
    }

    #[test]
    fn singular_vectors_are_orthogonal_and_rebuild_matrices_of_every_shape() {
        for (m, n) in [(1, 1), (4, 9), (9, 4), (6, 6), (1, 5), (40, 3)] {
            let a: Vec<f64> = (0..m * n).map(|k| (1.3 * (k * k) as f64 + 0.4).sin()).collect();
            let Svd { u, values, v } = svd(m, n, &a).unwrap();
            orthogonal_to(1e-13, m, &u);
            orthogonal_to(1e-13, n, &v);
            assert!(values.is_sorted_by(|a, b| a >= b) && values.iter().all(|s| *s >= 0.0));
            for k in 0..m * n {
                let (i, j) = (k / n, k % n);
                let rebuilt: f64 = values.iter().enumerate().map(|(r, s)| u[i * m + r] * s * v[j * n + r]).sum();
                assert!((rebuilt - a[k]).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn singular_values_of_a_shear_are_the_golden_ratio_and_its_inverse() {
        let golden = 0.5 * (1.0 + 5.0_f64.sqrt());
        let values = svd(2, 2, &[1.0, 1.0, 0.0, 1.0]).unwrap().values;
        assert!((values[0] - golden).abs() < 1e-14 && (values[1] - 1.0 / golden).abs() < 1e-14);
    }

    #[test]
    fn a_matrix_without_numbers_is_an_error_and_one_of_zeros_is_not() {
        let message = svd(1, 2, &[1.0, f64::NAN]).unwrap_err().to_string();
        assert!(message.contains("1 x 2"), "{message}");
        let Svd { u, values, v } = svd(3, 2, &[0.0; 6]).unwrap();
        assert_eq!(values, [0.0; 2]);
        orthogonal_to(1e-15, 3, &u);
        orthogonal_to(1e-15, 2, &v);
    }
}
