//! The trait of a symmetric network.

use crate::{Asymmetry, CouplingsError};

/// Largest |J_ij - J_ji| that counts as rounding, over the largest |J_ij|.
///
/// Products such as X X^T computed by a BLAS are symmetric only to rounding, some 1e-15 per summand.
pub const SYMMETRY_TOLERANCE: f64 = 1e-10;

/// Symmetric network J on n elements.
///
/// E(s) = -(1/2) sum_{i != j} J_ij s_i s_j (each pair once), s = +-1.
///
/// Only the size and the entries are required; an implementation overrides what it can do faster. Slices must have the
/// stated lengths; a wrong length is a bug of the caller and may panic.
pub trait Couplings: Send + Sync {
    /// Number of elements n.
    fn len(&self) -> usize;

    /// J_ij, for i and j below n.
    fn entry(&self, i: usize, j: usize) -> f64;

    /// Whether there are no elements.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes row i, the values J_i0 .. J_i(n-1), over `out` of length n.
    fn row(&self, i: usize, out: &mut [f64]) {
        for (j, value) in out.iter_mut().enumerate() {
            *value = self.entry(i, j);
        }
    }

    /// Calls `visit(j, J_ij)` for every entry of row i that is not 0, j ascending.
    fn visit_row(&self, i: usize, visit: &mut dyn FnMut(usize, f64)) {
        for j in 0..self.len() {
            let value = self.entry(i, j);
            if value != 0.0 {
                visit(j, value);
            }
        }
    }

    /// y <- J x for `columns` vectors at once, diagonal included.
    ///
    /// `x` and `y` are row-major n x `columns`: element i of vector k is at `i * columns + k`. `y` is overwritten. Each
    /// vector's sums run in the same order whatever `columns` is. O(n^2 columns) by default.
    fn apply(&self, x: &[f64], y: &mut [f64], columns: usize) {
        if columns == 0 {
            return;
        }
        for (i, y) in y.chunks_exact_mut(columns).enumerate() {
            y.fill(0.0);
            for (j, x) in x.chunks_exact(columns).enumerate() {
                add_scaled(self.entry(i, j), x, y);
            }
        }
    }

    /// sum_{j != i} J_ij s_j, for `s` of length n.
    ///
    /// Flipping a spin s_i = +-1 changes the energy by 2 s_i times this.
    fn local_field(&self, i: usize, s: &[f64]) -> f64 {
        let mut field = 0.0;
        for (j, s) in s.iter().enumerate() {
            if j != i {
                field += self.entry(i, j) * s;
            }
        }
        field
    }

    /// E(s) = -(1/2) sum_{i != j} J_ij s_i s_j, for `s` of length n and of any real values.
    fn energy(&self, s: &[f64]) -> f64 {
        let mut twice = 0.0;
        for (i, spin) in s.iter().enumerate() {
            twice -= spin * self.local_field(i, s);
        }
        0.5 * twice
    }

    /// J row-major, n^2 values.
    fn to_dense(&self) -> Vec<f64> {
        let n = self.len();
        let mut values = vec![0.0; n * n];
        if n > 0 {
            for (i, row) in values.chunks_exact_mut(n).enumerate() {
                self.row(i, row);
            }
        }
        values
    }

    /// An interval [lo, hi] that holds every eigenvalue of J, by Gershgorin's circles.
    ///
    /// lo = min_i (J_ii - sum_{j != i} |J_ij|), hi = max_i (J_ii + sum_{j != i} |J_ij|); (0, 0) if there are no elements.
    fn spectral_bounds(&self) -> (f64, f64) {
        let n = self.len();
        let mut row = vec![0.0; n];
        let mut bounds: Option<(f64, f64)> = None;
        for i in 0..n {
            self.row(i, &mut row);
            let centre = row[i];
            let radius: f64 = row.iter().map(|value| value.abs()).sum::<f64>() - centre.abs();
            let (lo, hi) = bounds.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
            bounds = Some((lo.min(centre - radius), hi.max(centre + radius)));
        }
        bounds.unwrap_or((0.0, 0.0))
    }

    /// Spins +-1 that are a ground state by construction, if the network was built around one.
    fn planted(&self) -> Option<&[i8]> {
        None
    }

    /// Checks that every entry is finite and that J is symmetric within [`SYMMETRY_TOLERANCE`].
    ///
    /// # Errors
    ///
    /// [`CouplingsError::NotFinite`] or [`CouplingsError::Asymmetric`] for the first such entry in row order.
    fn check(&self) -> Result<(), CouplingsError> {
        check_matrix(self.len(), |i, j| self.entry(i, j))
    }
}

/// [`Couplings::check`] of the n x n matrix with the entries `entry(i, j)`.
pub(crate) fn check_matrix(n: usize, entry: impl Fn(usize, usize) -> f64) -> Result<(), CouplingsError> {
    let mut largest: f64 = 0.0;
    for i in 0..n {
        for j in 0..n {
            let value = entry(i, j);
            if !value.is_finite() {
                return Err(CouplingsError::NotFinite { i, j, value });
            }
            largest = largest.max(value.abs());
        }
    }
    for i in 0..n {
        for j in i + 1..n {
            let (forward, backward) = (entry(i, j), entry(j, i));
            if (forward - backward).abs() > SYMMETRY_TOLERANCE * largest {
                return Err(CouplingsError::Asymmetric(Asymmetry { i, j, forward, backward }));
            }
        }
    }
    Ok(())
}

/// y += a x.
pub(crate) fn add_scaled(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

/// (a + b)/2; exactly a if they are equal.
pub(crate) fn mean(a: f64, b: f64) -> f64 {
    if a == b { a } else { 0.5 * a + 0.5 * b }
}
