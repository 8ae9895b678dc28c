//! Linear equations with two channels, which commute or do not.

use super::sde::{Cells, Problem, calculus};
use lightfall_core::sde::{Calculus, NoiseKind, Sde};
use num_complex::Complex64;

/// Two channels that commute: dz = a z dt + b z dW_1 + c z dW_2 for complex z,
/// z = exp((a - (b^2 + c^2)/2) t + b W_1 + c W_2) (Ito), exp(a t + b W_1 + c W_2) (Stratonovich).
#[derive(Clone)]
pub(crate) struct Commuting<const ITO: bool>;

const TURN: [Complex64; 3] = [Complex64::new(-0.3, 0.9), Complex64::new(0.5, 0.3), Complex64::new(-0.2, 0.6)];

impl<const ITO: bool> Sde for Commuting<ITO> {
    const CALCULUS: Calculus = calculus(ITO);
    const NOISE: NoiseKind = NoiseKind::Commutative;
    const COLUMNS: bool = true;
    fn dim(&self) -> usize {
        2
    }
    fn noises(&self) -> usize {
        2
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        let columns = y.len() / 2;
        for r in 0..columns {
            let d = TURN[0] * Complex64::new(y[r], y[columns + r]);
            (out[r], out[columns + r]) = (d.re, d.im);
        }
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        let columns = y.len() / 2;
        for r in 0..columns {
            let s = columns + r;
            let d = (TURN[1] * dw[r] + TURN[2] * dw[s]) * Complex64::new(y[r], y[s]);
            (out[r], out[s]) = (out[r] + d.re, out[s] + d.im);
        }
    }
}

impl<const ITO: bool> Problem for Commuting<ITO> {
    const NAME: &'static str = if ITO { "two commuting channels, Ito" } else { "two commuting channels, Stratonovich" };
    fn initial(&self) -> Vec<f64> {
        vec![1.0, 0.0]
    }
    fn exact(&self, path: &Cells) -> Option<Vec<f64>> {
        let [a, b, c] = TURN;
        let shift = if ITO { 0.5 * (b * b + c * c) } else { Complex64::ZERO };
        let z = (a - shift + b * path.end(0) + c * path.end(1)).exp();
        Some(vec![z.re, z.im])
    }
}

/// Two channels that do not commute: dy = A y dt + B y dW_1 + C y dW_2 with B along sigma_z, C along sigma_x. No closed form on a path;
/// the first two moments obey linear equations, see [`NonCommuting::moments`].
#[derive(Clone)]
pub(crate) struct NonCommuting<const ITO: bool> {
    /// Factor on B and C.
    pub(crate) spread: f64,
}

/// A, B, C row-major.
const LINEAR: [[f64; 4]; 3] = [[-0.7, 2.2, -2.0, -0.4], [0.8, 0.0, 0.0, -0.8], [0.0, 0.7, 0.7, 0.0]];

fn multiply(m: &[f64; 4], y: [f64; 2]) -> [f64; 2] {
    [m[0] * y[0] + m[1] * y[1], m[2] * y[0] + m[3] * y[1]]
}

impl<const ITO: bool> Sde for NonCommuting<ITO> {
    const CALCULUS: Calculus = calculus(ITO);
    const NOISE: NoiseKind = NoiseKind::General;
    const COLUMNS: bool = true;
    fn dim(&self) -> usize {
        2
    }
    fn noises(&self) -> usize {
        2
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        let columns = y.len() / 2;
        for r in 0..columns {
            [out[r], out[columns + r]] = multiply(&LINEAR[0], [y[r], y[columns + r]]);
        }
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        let columns = y.len() / 2;
        for (m, dw) in LINEAR[1..].iter().zip(dw.chunks_exact(columns)) {
            for (r, dw) in dw.iter().enumerate() {
                let (d, w) = (multiply(m, [y[r], y[columns + r]]), self.spread * dw);
                (out[r], out[columns + r]) = (out[r] + w * d[0], out[columns + r] + w * d[1]);
            }
        }
    }
}

impl<const ITO: bool> Problem for NonCommuting<ITO> {
    const NAME: &'static str = if ITO { "two general channels, Ito" } else { "two general channels, Stratonovich" };
    fn initial(&self) -> Vec<f64> {
        vec![1.0, 0.5]
    }
}

impl<const ITO: bool> NonCommuting<ITO> {
    /// M[y_1], M[y_2], M[y_1^2], M[y_2^2] at t = 1, from the matrix exponentials of their linear equations.
    pub(crate) fn moments(&self) -> [f64; 4] {
        let c = |m: &[f64; 4]| m.map(Complex64::from);
        let [a, b1, b2] = LINEAR;
        let [b1, b2] = [b1, b2].map(|m| m.map(|v| self.spread * v));
        // The Ito drift of a Stratonovich equation has (B^2 + C^2)/2 more.
        let mut drift = a;
        if !ITO {
            for m in [b1, b2] {
                for (k, d) in drift.iter_mut().enumerate() {
                    *d += 0.5 * (m[k / 2 * 2] * m[k % 2] + m[k / 2 * 2 + 1] * m[2 + k % 2]);
                }
            }
        }
        let e = lightfall_linalg::expm(2, &c(&drift));
        let y = [1.0, 0.5];
        let mean = |r: usize| (e[2 * r] * y[0] + e[2 * r + 1] * y[1]).re;
        // d M[y (x) y] = (D (x) 1 + 1 (x) D + B (x) B + C (x) C) M[y (x) y].
        let mut generator = [Complex64::ZERO; 16];
        for (k, g) in generator.iter_mut().enumerate() {
            let (row, col) = ([k / 8, k / 4 % 2], [k / 2 % 2, k % 2]);
            let same = |side: usize| if row[side] == col[side] { 1.0 } else { 0.0 };
            let at = |m: &[f64; 4], side: usize| m[2 * row[side] + col[side]];
            *g =
                (at(&drift, 0) * same(1) + same(0) * at(&drift, 1) + at(&b1, 0) * at(&b1, 1) + at(&b2, 0) * at(&b2, 1))
                    .into();
        }
        let e = lightfall_linalg::expm(4, &generator);
        let pair = [y[0] * y[0], y[0] * y[1], y[1] * y[0], y[1] * y[1]];
        let second = |r: usize| (0..4).map(|k| (e[4 * r + k] * pair[k]).re).sum::<f64>();
        [mean(0), mean(1), second(0), second(3)]
    }
}
