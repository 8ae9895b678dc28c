//! Square complex matrices: are they unitary, and what an interferometer does to them.

use super::MeshError;
use super::mzi::Two;
use num_complex::Complex64;

/// Largest deviation of U U^H from 1 that a matrix may have; the mesh then differs from it by about as much.
const ALLOWED: f64 = 1e-9;

/// Checks that a row-major `n` x `n` matrix is unitary. O(n^3).
pub(super) fn check(u: &[Complex64], n: usize) -> Result<(), MeshError> {
    if n == 0 {
        return Err(MeshError::Empty { what: "the matrix" });
    }
    if n.checked_mul(n) != Some(u.len()) {
        return Err(MeshError::Length { what: "the matrix", got: u.len(), expected: n.saturating_mul(n) });
    }
    let wrong =
        |(row, column): (usize, usize), deviation| MeshError::NotUnitary { row, column, deviation, allowed: ALLOWED };
    if let Some(k) = u.iter().position(|v| !v.is_finite()) {
        return Err(wrong((k / n, k % n), f64::NAN));
    }
    let (mut deviation, mut at) = (0.0, (0, 0));
    for (i, left) in u.chunks_exact(n).enumerate() {
        for (j, right) in u.chunks_exact(n).enumerate().take(i + 1) {
            let product: Complex64 = left.iter().zip(right).map(|(a, b)| a * b.conj()).sum();
            let here = (product - f64::from(i == j)).norm();
            if here > deviation {
                (deviation, at) = (here, (i, j));
            }
        }
    }
    if deviation > ALLOWED { Err(wrong(at, deviation)) } else { Ok(()) }
}

/// The transpose of a row-major `n` x `n` matrix.
pub(super) fn transposed(u: &[Complex64], n: usize) -> Vec<Complex64> {
    (0..n).flat_map(|j| u.iter().skip(j).step_by(n).copied()).collect()
}

/// 1, row-major `n` x `n`.
pub(super) fn identity(n: usize) -> Vec<Complex64> {
    (0..n * n).map(|k| Complex64::from(f64::from(k / n == k % n))).collect()
}

/// Rows `mode` and `mode + 1` of a row-major matrix with rows of `n` numbers, multiplied from the left by `t`.
pub(super) fn rotate(u: &mut [Complex64], n: usize, mode: usize, t: &Two) {
    let (upper, lower) = u[mode * n..(mode + 2) * n].split_at_mut(n);
    for (x, y) in upper.iter_mut().zip(lower) {
        (*x, *y) = (t[0][0] * *x + t[0][1] * *y, t[1][0] * *x + t[1][1] * *y);
    }
}

/// Amplitudes up to this are rounding: without the cut, an interferometer that sees no light would be set to mix by the ratio of two of them.
const DARK: f64 = 1e-14;

/// The two amplitudes over their norm; (1, 0) if there is no light.
pub(super) fn shares(first: Complex64, second: Complex64) -> (f64, f64) {
    let (a, b) = (first.norm(), second.norm());
    let norm = a.hypot(b);
    if norm > DARK { (a / norm, b / norm) } else { (1.0, 0.0) }
}
