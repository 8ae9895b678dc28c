//! The family of Runge-Kutta steps of strong order 3/2 for additive noise.
//!
//! With I_10/h = dW/2 + H the mean of W - W(t) over the step,
//!   Y_i = y + h sum_j a_ij f(t + c_j h, Y_j) + sum_k (sum_j b_ij g_k(t + d_j h)) I_10k / h,
//!   y+  = y + h sum_i alpha_i f(t + c_i h, Y_i) + sum_k (sum_i beta_i g_k(t + d_i h)) dW_k + (sum_i beta'_i g_k(t + d_i h)) I_10k / h.
//!
//! Source: Roessler (2010), SIAM J. Numer. Anal. 48, 922, section 6.

use super::stepper::add_scaled;
use super::{Increments, Sde};

/// Most stages of a tableau.
const STAGES: usize = 3;

/// Coefficients of a step of this family; trailing stages of a shorter one are zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tableau {
    pub(super) stages: usize,
    pub(super) c: [f64; STAGES],
    pub(super) d: [f64; STAGES],
    pub(super) a: [[f64; STAGES]; STAGES],
    pub(super) b: [[f64; STAGES]; STAGES],
    pub(super) alpha: [f64; STAGES],
    pub(super) beta: [[f64; STAGES]; 2],
}

/// A step of the family.
#[derive(Clone, Debug)]
pub(super) struct Sra {
    tableau: Tableau,
    slopes: [Vec<f64>; STAGES],
    state: Vec<f64>,
    /// I_10 / h.
    mean: Vec<f64>,
    weights: Vec<f64>,
}

impl Sra {
    pub(super) fn new<S: Sde>(sde: &S, tableau: Tableau) -> Self {
        let buffer = || vec![0.0; sde.dim()];
        let noise = || vec![0.0; sde.noises()];
        Self { tableau, slopes: std::array::from_fn(|_| buffer()), state: buffer(), mean: noise(), weights: noise() }
    }

    pub(super) fn step<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) {
        let Tableau { stages, c, d, a, b, alpha, beta } = self.tableau;
        for (m, (dw, area)) in self.mean.iter_mut().zip(path.dw.iter().zip(path.area)) {
            *m = 0.5 * dw + area;
        }
        for i in 0..stages {
            self.state.copy_from_slice(y);
            for j in 0..i {
                add_scaled(h * a[i][j], &self.slopes[j], &mut self.state);
                if b[i][j] != 0.0 {
                    scale_into(b[i][j], &self.mean, &mut self.weights);
                    sde.diffuse(t + d[j] * h, y, &self.weights, &mut self.state);
                }
            }
            sde.drift(t + c[i] * h, &self.state, &mut self.slopes[i]);
        }
        self.state.copy_from_slice(y);
        for i in 0..stages {
            add_scaled(h * alpha[i], &self.slopes[i], y);
            for (w, (dw, m)) in self.weights.iter_mut().zip(path.dw.iter().zip(&self.mean)) {
                *w = beta[0][i] * dw + beta[1][i] * m;
            }
            sde.diffuse(t + d[i] * h, &self.state, &self.weights, y);
        }
    }
}

/// y = a x.
fn scale_into(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = a * x;
    }
}
