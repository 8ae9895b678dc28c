//! The family of Runge-Kutta steps of strong order 3/2 for additive noise.
//!
//! With I_10/h = dW/2 + H the mean of W - W(t) over the step,
//!   Y_i = y + h sum_j a_ij f(t + c_j h, Y_j) + sum_k (sum_j b_ij g_k(t + d_j h)) I_10k / h,
//!   y+  = y + h sum_i alpha_i f(t + c_i h, Y_i) + sum_k (sum_i beta_i g_k(t + d_i h)) dW_k + (sum_i beta'_i g_k(t + d_i h)) I_10k / h.
//!
//! Source: Roessler (2010), SIAM J. Numer. Anal. 48, 922, section 6.

use super::stepper::scaled;
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
    pub(super) fn new<S: Sde>(sde: &S, tableau: Tableau, columns: usize) -> Self {
        let buffer = || vec![0.0; sde.dim() * columns];
        let noise = || vec![0.0; sde.noises() * columns];
        Self { tableau, slopes: std::array::from_fn(|_| buffer()), state: buffer(), mean: noise(), weights: noise() }
    }

    #[inline(always)]
    pub(super) fn step<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) {
        let Tableau { stages, c, d, a, b, alpha, beta } = self.tableau;
        for (m, (dw, area)) in self.mean.iter_mut().zip(path.dw.iter().zip(path.area)) {
            *m = 0.5 * dw + area;
        }
        for i in 0..stages {
            match i {
                0 => self.add_slopes::<0>(&a[i], h, y),
                1 => self.add_slopes::<1>(&a[i], h, y),
                _ => self.add_slopes::<2>(&a[i], h, y),
            }
            for j in (0..i).filter(|j| b[i][*j] != 0.0) {
                scaled(b[i][j], &self.mean, &mut self.weights);
                sde.diffuse(t + d[j] * h, y, &self.weights, &mut self.state);
            }
            sde.drift(t + c[i] * h, &self.state, &mut self.slopes[i]);
        }
        if stages == 2 {
            self.add_slopes::<2>(&alpha, h, y)
        } else {
            self.add_slopes::<3>(&alpha, h, y)
        }
        for i in 0..stages {
            for (w, (dw, m)) in self.weights.iter_mut().zip(path.dw.iter().zip(&self.mean)) {
                *w = beta[0][i] * dw + beta[1][i] * m;
            }
            sde.diffuse(t + d[i] * h, y, &self.weights, &mut self.state);
        }
        y.copy_from_slice(&self.state);
    }

    /// state = y + h sum_j a_j f_j over the slopes j < I, in one pass.
    #[inline(always)]
    fn add_slopes<const I: usize>(&mut self, a: &[f64; STAGES], h: f64, y: &[f64]) {
        let n = y.len();
        let slopes: [&[f64]; I] = std::array::from_fn(|j| &self.slopes[j][..n]);
        let state = &mut self.state[..n];
        for k in 0..n {
            let mut slope = 0.0;
            for j in 0..I {
                slope += a[j] * slopes[j][k];
            }
            state[k] = y[k] + h * slope;
        }
    }
}
