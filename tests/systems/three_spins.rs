//! Three spins in three degenerate cavity modes: the check values of docs, cavity-qed sections 2 and 4.
//!
//! alpha_pm = -1/(Delta +- wz - i kappa), K = C^T C, G = C^T, V_k = g sum_i C_ki S^x_i,
//! B_k = (g/2) sum_i C_ki (alpha_+ S^+_i + alpha_- S^-_i), L_k = sqrt(2 kappa) B_k,
//! H_eff = wz sum_i S^z_i + (1/2) sum_k (V_k B_k + B_k^dag V_k). Delta = 4, kappa = 1, wz = 1, g = 1.5, all spins down at t = 0.
//! Basis of sigma^z, bit 0 = up.

use super::dense::Dense;
use super::{Observed, spins};
use lightfall_cavity::open_ising::{EliminatedCavity, Glass, Jump};
use lightfall_core::operator::{Axis, PauliSum};
use lightfall_core::schedule::CompiledSchedule;
use num_complex::Complex64;

const DELTA: f64 = 4.0;
const KAPPA: f64 = 1.0;
const WZ: f64 = 1.0;
const G: f64 = 1.5;
const K: [f64; 9] = [1.3, 0.6, -0.5, 0.6, 1.1, 0.4, -0.5, 0.4, 0.9];

/// Times of the table.
pub(crate) const TIMES: [f64; 5] = [0.5, 1.0, 2.0, 4.0, 6.0];
/// <S^z_1>, <S^x_1 S^x_2>, <S^x_1 S^x_3>, <S^x_2 S^x_3> at each time, exact Lindblad, six decimals.
pub(crate) const TABLE: [[f64; 4]; 5] = [
    [-0.462656, 0.018897, -0.015839, 0.012692],
    [-0.417658, 0.055191, -0.045436, 0.035131],
    [-0.374246, 0.069357, -0.050318, 0.028535],
    [-0.327710, 0.061387, -0.054166, 0.045271],
    [-0.308952, 0.049084, -0.033951, 0.015462],
];
/// Real parts of the slowest Liouvillian eigenvalues, seven decimals.
pub(crate) const SLOWEST: [f64; 6] = [0.0, -0.0881838, -0.1066254, -0.1066254, -0.1099668, -0.1099668];

/// A root C of K = C^T C: rows sqrt(lambda_k) u_k^T of its eigenvectors.
fn root() -> [f64; 9] {
    let (values, vectors) = lightfall_linalg::symmetric_eigen(3, &K).unwrap();
    std::array::from_fn(|at| values[at / 3].sqrt() * vectors[at % 3 * 3 + at / 3])
}

/// S^a of `site`.
fn spin(axis: Axis, site: usize) -> PauliSum {
    0.5 * &PauliSum::site(axis, site)
}

/// alpha_+, alpha_-.
fn response() -> [Complex64; 2] {
    [WZ, -WZ].map(|w| -1.0 / Complex64::new(DELTA + w, -KAPPA))
}

/// H_eff and the jump operators in the Pauli algebra.
pub(crate) fn operators() -> (PauliSum, Vec<PauliSum>) {
    let (c, [plus, minus]) = (root(), response());
    let mut hamiltonian = (0..3).fold(PauliSum::zero(), |sum, i| sum + WZ * &spin(Axis::Z, i));
    let mut jumps = Vec::new();
    for k in 0..3 {
        let (mut v, mut b) = (PauliSum::zero(), PauliSum::zero());
        for i in 0..3 {
            let weight = G * c[3 * k + i];
            v.add_scaled(Complex64::from(weight), &spin(Axis::X, i));
            // S^pm = S^x +- i S^y.
            b.add_scaled(0.5 * weight * (plus + minus), &spin(Axis::X, i));
            b.add_scaled(0.5 * weight * Complex64::I * (plus - minus), &spin(Axis::Y, i));
        }
        let half = Complex64::from(0.5);
        hamiltonian = hamiltonian + half * &(&v * &b) + half * &(&b.adjoint() * &v);
        jumps.push((2.0 * KAPPA).sqrt() * &b);
    }
    (hamiltonian, jumps)
}

/// The same as dense matrices made by hand.
pub(crate) fn dense() -> (Dense, Vec<Dense>) {
    let (c, [plus, minus]) = (root(), response());
    let half = Complex64::from(0.5);
    let spin = |axis, i| Dense::zero(8).plus(half, &Dense::sigma(axis, i, 3));
    let mut hamiltonian = (0..3).fold(Dense::zero(8), |sum, i| sum.plus(Complex64::from(WZ), &spin(2, i)));
    let mut jumps = Vec::new();
    for k in 0..3 {
        let (mut v, mut b) = (Dense::zero(8), Dense::zero(8));
        for i in 0..3 {
            let weight = Complex64::from(G * c[3 * k + i]);
            let raise = spin(0, i).plus(Complex64::I, &spin(1, i));
            v = v.plus(weight, &spin(0, i));
            b = b.plus(half * weight * plus, &raise).plus(half * weight * minus, &raise.adjoint());
        }
        hamiltonian = hamiltonian.plus(half, &v.times(&b)).plus(half, &b.adjoint().times(&v));
        jumps.push(Dense::zero(8).plus(Complex64::from((2.0 * KAPPA).sqrt()), &b));
    }
    (hamiltonian, jumps)
}

/// The same in expanded form, with u = alpha_+ + alpha_-, v = alpha_+ - alpha_-, S = sigma/2:
/// H_eff = wz sum S^z_i - sum_{i != j} (J_ij S^x_i S^x_j + Q_ij S^x_i S^y_j) + sum_i d_i S^z_i,
/// J = -(g^2/2) K Re u, Q = (g^2/2) K Im v, d_i = -(g^2/4) K_ii Re v, L_k = sqrt(2 kappa) (g/2) sum_i C_ki (u S^x_i + i v S^y_i).
pub(crate) fn expanded() -> Glass {
    let (c, [plus, minus]) = (root(), response());
    let (u, v) = (plus + minus, plus - minus);
    let scale = (2.0 * KAPPA).sqrt() * 0.5 * G;
    let row = |k: usize, w: Complex64| (0..3).map(|i| scale * c[3 * k + i] * w).collect();
    let cavity = EliminatedCavity {
        amplitude: CompiledSchedule::constant(1.0),
        mixed: K.iter().map(|k| 0.5 * G * G * k * v.im).collect(),
        shifts: (0..3).map(|i| -0.25 * G * G * K[4 * i] * v.re).collect(),
        atoms: 1,
        measured: None,
    };
    Glass {
        sites: 3,
        wz: WZ,
        pump: CompiledSchedule::constant(1.0),
        // Pairs once and sigma for S: half of J.
        couplings: K.iter().map(|k| -0.25 * G * G * k * u.re).collect(),
        jumps: (0..3).map(|k| Jump { u: row(k, u), v: row(k, Complex64::I * v) }).collect(),
        decay: 0.0,
        dephasing: 0.0,
        cavity: Some(cavity),
    }
}

/// The observables of the table.
pub(crate) fn observed() -> Vec<Observed> {
    let pair = |i, j| spins(3, &spin(Axis::X, i) * &spin(Axis::X, j));
    vec![spins(3, spin(Axis::Z, 0)), pair(0, 1), pair(0, 2), pair(1, 2)]
}
