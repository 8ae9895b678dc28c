//! The rectangular mesh: antidiagonals are nulled by turns from the right and from the left.
//!
//! L_q ... L_1 U R_1^H ... R_p^H = D, so U = L_1^H ... L_q^H D R_p ... R_1. The phases of D are then moved to the outputs, L^H D = D' T:
//!
//!   theta' = theta,      e^{i phi'} = d_1/d_2,      d'_1 = -e^{-i(theta + phi)} d_2,      d'_2 = -e^{-i theta} d_2.
//!
//! Source: Clements et al. (2016), Optica 3, 1460; the order of the eliminations is that of its algorithm.

use super::mzi::Splitters;
use super::unitary::{rotate, shares};
use super::{Layout, Mesh};
use num_complex::Complex64;
use std::f64::consts::{PI, TAU};

/// An interferometer: upper mode, theta, phi.
type Placed = (usize, f64, f64);

/// The rectangular mesh of a unitary `n` x `n` matrix. O(n^3).
pub(super) fn decomposed(unitary: &[Complex64], n: usize) -> Mesh {
    let mut u = unitary.to_vec();
    let (mut right, mut left): (Vec<Placed>, Vec<Placed>) = (Vec::new(), Vec::new());
    for diagonal in 0..n - 1 {
        for k in 0..=diagonal {
            if diagonal % 2 == 0 {
                right.push(from_right(&mut u, n, n - 1 - k, diagonal - k));
            } else {
                left.push(from_left(&mut u, n, n - 1 - diagonal + k, k));
            }
        }
    }
    let mut outputs: Vec<f64> = (0..n).map(|k| u[k * n + k].arg()).collect();
    for (mode, theta, phi) in left.into_iter().rev() {
        let (upper, lower) = (outputs[mode], outputs[mode + 1]);
        right.push((mode, theta, upper - lower));
        // Wrapped at once: a sum over many columns would lose digits.
        outputs[mode] = (lower - theta - phi + PI).rem_euclid(TAU);
        outputs[mode + 1] = (lower - theta + PI).rem_euclid(TAU);
    }
    Mesh::scheduled(Layout::Clements, n, right, outputs)
}

/// Nulls (`row`, `mode`) by columns `mode` and `mode + 1`.
fn from_right(u: &mut [Complex64], n: usize, row: usize, mode: usize) -> Placed {
    let (first, second) = (u[row * n + mode], u[row * n + mode + 1]);
    let (bar, cross) = shares(second, first);
    let ideal = Splitters::ideal();
    let (theta, phi) = (ideal.theta(bar, cross), (first * second.conj()).arg() + PI);
    let t = ideal.matrix(theta, phi).map(|row| row.map(|t| t.conj()));
    for row in u.chunks_exact_mut(n) {
        let (x, y) = (row[mode], row[mode + 1]);
        (row[mode], row[mode + 1]) = (t[0][0] * x + t[0][1] * y, t[1][0] * x + t[1][1] * y);
    }
    (mode, theta, phi)
}

/// Nulls (`row`, `column`) by rows `row - 1` and `row`.
fn from_left(u: &mut [Complex64], n: usize, row: usize, column: usize) -> Placed {
    let (mode, first, second) = (row - 1, u[(row - 1) * n + column], u[row * n + column]);
    let (bar, cross) = shares(first, second);
    let ideal = Splitters::ideal();
    let (theta, phi) = (ideal.theta(bar, cross), (second * first.conj()).arg());
    rotate(u, n, mode, &ideal.matrix(theta, phi));
    (mode, theta, phi)
}
