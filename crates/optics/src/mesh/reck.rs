//! The triangular mesh: the matrix is nulled from the right, row by row from the last.
//!
//! U T_1^H T_2^H ... T_K^H = D, so U = D T_K ... T_1. T on modes (m, m + 1) nulls element (r, m): with u = U_rm and v = U_r,m+1,
//!
//!   |T_11| : |T_12| = |v| : |u|,      phi = arg u - arg v + arg T_12 - arg T_11 + pi (T at phi = 0).
//!
//! The same sum serves real splitters, which cannot always null; what is left stays in the matrix.
//!
//! Source: Reck et al. (1994), Phys. Rev. Lett. 73, 58.

use super::mzi::Splitters;
use super::unitary::{rotate, shares, transposed};
use super::{Layout, Mesh};
use num_complex::Complex64;
use std::f64::consts::PI;

/// The mesh that nulls a unitary `n` x `n` matrix by interferometers whose splitters are `splitters(k)` for the k-th that light passes. O(n^3).
pub(super) fn nulled(unitary: &[Complex64], n: usize, splitters: impl Fn(usize) -> Splitters) -> Mesh {
    // Columns of the matrix are rows here.
    let mut u = transposed(unitary, n);
    let mut passed = Vec::with_capacity(n * (n - 1) / 2);
    for row in (1..n).rev() {
        for mode in 0..row {
            let (first, second) = (u[mode * n + row], u[(mode + 1) * n + row]);
            let splitters = splitters(passed.len());
            let (bar, cross) = shares(second, first);
            let theta = splitters.theta(bar, cross);
            let [t11, t12] = splitters.row(theta);
            let phi = (first * second.conj() * t12 * t11.conj()).arg() + PI;
            let inverse = splitters.matrix(theta, phi).map(|row| row.map(|t| t.conj()));
            rotate(&mut u, n, mode, &inverse);
            passed.push((mode, theta, phi));
        }
    }
    let outputs = (0..n).map(|k| u[k * n + k].arg()).collect();
    Mesh::scheduled(Layout::Reck, n, passed, outputs)
}
