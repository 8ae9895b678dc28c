//! Platen's explicit step of weak order 2 for any Ito noise. Source: Kloeden and Platen (1992), eq. (15.1.3).
//!
//! With p = y + f h, U_j = y +- g_j sqrt(h), R_j = p +- g_j sqrt(h), q = p + sum_j g_j dW_j,
//!   y+ = y + (f(q) + f) h/2
//!      + (1/4) sum_j [ (g_j(R_j+) + g_j(R_j-) + 2 g_j) dW_j + (g_j(R_j+) - g_j(R_j-)) (dW_j^2 - h)/sqrt(h) ]
//!      + (1/4) sum_{j != r} [ (g_j(U_r+) + g_j(U_r-) - 2 g_j) dW_j + (g_j(U_r+) - g_j(U_r-)) (dW_j dW_r + V_rj)/sqrt(h) ],
//! V_rj = -V_jr = +-h with equal chances, independent of dW.

use super::method::orders;
use super::{Calculus, Increments, Method, NoiseKind, Sde, SdeError, Stepper};

/// Weak order 2; strong order 1 where the noise commutes, 1/2 otherwise.
///
/// V_rj = h sign(H_r H_j) for r < j, with the space-time areas H of the path: these signs are independent of dW and of each other in
/// pairs, which is all that weak order 2 asks (products of three are of order h^3), and a step remains a function of the path.
#[derive(Clone, Debug)]
pub struct Platen2 {
    slope: Vec<f64>,
    base: Vec<f64>,
    column: Vec<f64>,
    support: Vec<f64>,
    next: Vec<f64>,
    weights: Vec<f64>,
    columns: usize,
}

/// Which supports a pass runs over.
#[derive(Clone, Copy, PartialEq)]
enum Around {
    /// R = y + f h +- g sqrt(h), at the end of the step.
    Drifted,
    /// U = y +- g sqrt(h), at its start.
    State,
}

impl Platen2 {
    /// next += sum_j g_j(c + sign column) w_j, with c the centre of `around` and w the `weights`.
    #[inline(always)]
    fn add_support<S: Sde>(&mut self, sde: &mut S, t: f64, around: Around, sign: f64, y: &[f64]) {
        let centre = if around == Around::Drifted { &self.base[..] } else { y };
        for (s, (c, g)) in self.support.iter_mut().zip(centre.iter().zip(&self.column)) {
            *s = c + sign * g;
        }
        sde.diffuse(t, &self.support, &self.weights, &mut self.next);
    }

    /// All supports at once: noise k reaches component k alone, so the terms in U vanish.
    #[inline(always)]
    fn diagonal<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, dw: &[f64], y: &[f64]) {
        let root = h.sqrt();
        self.column.fill(0.0);
        self.weights.fill(root);
        sde.diffuse(t, y, &self.weights, &mut self.column);
        for sign in [1.0, -1.0] {
            for (w, d) in self.weights.iter_mut().zip(dw) {
                *w = 0.25 * (d + sign * (d * d - h) / root);
            }
            self.add_support(sde, t + h, Around::Drifted, sign, y);
        }
        for (w, d) in self.weights.iter_mut().zip(dw) {
            *w = 0.5 * d;
        }
    }

    #[inline(always)]
    fn general<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &[f64]) {
        let (dw, root, columns) = (path.dw, h.sqrt(), self.columns);
        let m = dw.len() / columns;
        for r in 0..m {
            let own = r * columns..(r + 1) * columns;
            self.weights.fill(0.0);
            self.weights[own.clone()].fill(root);
            self.column.fill(0.0);
            sde.diffuse(t, y, &self.weights, &mut self.column);
            for sign in [1.0, -1.0] {
                self.weights.fill(0.0);
                for k in own.clone() {
                    self.weights[k] = 0.25 * (dw[k] + sign * (dw[k] * dw[k] - h) / root);
                }
                self.add_support(sde, t + h, Around::Drifted, sign, y);
                if m == 1 {
                    continue;
                }
                for j in 0..m {
                    for (k, i) in own.clone().zip(j * columns..) {
                        let even = path.area[k] * path.area[i] >= 0.0;
                        let v = if even == (r < j) { h } else { -h };
                        self.weights[i] = 0.25 * (dw[i] + sign * (dw[i] * dw[k] + v) / root);
                    }
                }
                self.weights[own.clone()].fill(0.0);
                self.add_support(sde, t, Around::State, sign, y);
            }
        }
        for (w, d) in self.weights.iter_mut().zip(dw) {
            *w = 0.5 * d * (2.0 - m as f64);
        }
    }
}

impl<S: Sde> Stepper<S> for Platen2 {
    const METHOD: Method = PLATEN2;

    fn new(sde: &S, columns: usize) -> Self {
        let buffer = || vec![0.0; sde.dim() * columns];
        let (slope, base, column, support, next) = (buffer(), buffer(), buffer(), buffer(), buffer());
        Self { slope, base, column, support, next, weights: vec![0.0; sde.noises() * columns], columns }
    }

    #[inline(always)]
    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        sde.drift(t, y, &mut self.slope);
        for k in 0..y.len() {
            self.base[k] = y[k] + h * self.slope[k];
            self.next[k] = y[k] + 0.5 * h * self.slope[k];
        }
        match S::NOISE {
            NoiseKind::Additive => {
                for (w, d) in self.weights.iter_mut().zip(path.dw) {
                    *w = 0.5 * d;
                }
                sde.diffuse(t + h, &self.base, &self.weights, &mut self.next);
            }
            NoiseKind::Diagonal => self.diagonal(sde, t, h, path.dw, y),
            NoiseKind::Commutative | NoiseKind::General => self.general(sde, t, h, path, y),
        }
        // What multiplies g_j(y) itself; then the drift at the predicted end.
        sde.diffuse(t, y, &self.weights, &mut self.next);
        self.support.copy_from_slice(&self.base);
        sde.diffuse(t, y, path.dw, &mut self.support);
        sde.drift(t + h, &self.support, &mut self.slope);
        for k in 0..y.len() {
            y[k] = self.next[k] + 0.5 * h * self.slope[k];
        }
        Ok(())
    }
}

pub(super) const PLATEN2: Method = Method {
    name: "platen2",
    calculus: Calculus::Ito,
    additive: orders(1.0, 2.0),
    diagonal: orders(1.0, 2.0),
    commutative: orders(1.0, 2.0),
    general: orders(0.5, 2.0),
    needs_area: true,
    about: "means of weak order 2 for any Ito noise, 5 m + 2 evaluations of m noises",
};
