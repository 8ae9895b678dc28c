//! The family of Runge-Kutta steps of strong order 3/2 for diagonal Ito noise.
//!
//! Component by component, with I_10 = h (dW/2 + H), I_11 = (dW^2 - h)/2, I_111 = (dW^3 - 3 h dW)/6,
//!   Y_i = y + h sum_j a_ij f(t + c_j h, Y_j) + sum_j b_ij g(t + d_j h, Z_j) I_10 / h,
//!   Z_i = y + h sum_j a'_ij f(t + c_j h, Y_j) + sqrt(h) sum_j b'_ij g(t + d_j h, Z_j),
//!   y+  = y + h sum_i alpha_i f(t + c_i h, Y_i)
//!           + sum_i (beta1_i dW + beta2_i I_11/sqrt(h) + beta3_i I_10/h + beta4_i I_111/h) g(t + d_i h, Z_i).
//!
//! Source: Roessler (2010), SIAM J. Numer. Anal. 48, 922, section 6.

use super::sra::add_scaled;
use super::{Increments, Sde};

const STAGES: usize = 4;
pub(super) type Matrix = [[f64; STAGES]; STAGES];

/// Coefficients of a step of this family.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tableau {
    pub(super) c: [f64; STAGES],
    pub(super) d: [f64; STAGES],
    /// a, a'.
    pub(super) a: [Matrix; 2],
    /// b, b'.
    pub(super) b: [Matrix; 2],
    pub(super) alpha: [f64; STAGES],
    /// beta1 to beta4.
    pub(super) beta: [[f64; STAGES]; 4],
}

/// A step of the family. Noise k must drive component k alone.
#[derive(Clone, Debug)]
pub(super) struct Sri {
    tableau: Tableau,
    /// f(Y_i).
    slopes: [Vec<f64>; STAGES],
    /// g(Z_i), one number a component.
    noises: [Vec<f64>; STAGES],
    state: Vec<f64>,
    ones: Vec<f64>,
    /// I_10 / h.
    mean: Vec<f64>,
}

impl Sri {
    pub(super) fn new<S: Sde>(sde: &S, tableau: Tableau) -> Self {
        let buffer = || vec![0.0; sde.dim()];
        let four = || std::array::from_fn(|_| buffer());
        let (ones, mean) = (vec![1.0; sde.noises()], vec![0.0; sde.noises()]);
        Self { tableau, slopes: four(), noises: four(), state: buffer(), ones, mean }
    }

    /// state = y + h sum_j a_ij f_j + sum_j b_ij g_j w, with w the mean of the path or sqrt(h).
    fn stage(&mut self, i: usize, kind: usize, h: f64, y: &[f64]) {
        let root = h.sqrt();
        self.state.copy_from_slice(y);
        for j in 0..i {
            let (a, b) = (self.tableau.a[kind][i][j], self.tableau.b[kind][i][j]);
            if a != 0.0 {
                add_scaled(h * a, &self.slopes[j], &mut self.state);
            }
            if b != 0.0 && kind == 1 {
                add_scaled(root * b, &self.noises[j], &mut self.state);
            } else if b != 0.0 {
                for k in 0..y.len() {
                    self.state[k] += b * self.noises[j][k] * self.mean[k];
                }
            }
        }
    }

    pub(super) fn step<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) {
        for (m, (dw, area)) in self.mean.iter_mut().zip(path.dw.iter().zip(path.area)) {
            *m = 0.5 * dw + area;
        }
        let Tableau { c, d, alpha, beta, .. } = self.tableau;
        for i in 0..STAGES {
            // A stage of the drift that nothing weighs is not evaluated: SRIW1 has one.
            if alpha[i] != 0.0 || self.tableau.a.iter().any(|a| a.iter().any(|row| row[i] != 0.0)) {
                self.stage(i, 0, h, y);
                sde.drift(t + c[i] * h, &self.state, &mut self.slopes[i]);
            }
            self.stage(i, 1, h, y);
            self.noises[i].fill(0.0);
            sde.diffuse(t + d[i] * h, &self.state, &self.ones, &mut self.noises[i]);
        }
        let root = h.sqrt();
        for i in 0..STAGES {
            if alpha[i] != 0.0 {
                add_scaled(h * alpha[i], &self.slopes[i], y);
            }
            for k in 0..y.len() {
                let (dw, mean) = (path.dw[k], self.mean[k]);
                let second = (dw * dw - h) / (2.0 * root);
                let third = dw * (dw * dw - 3.0 * h) / (6.0 * h);
                let weight = beta[0][i] * dw + beta[1][i] * second + beta[2][i] * mean + beta[3][i] * third;
                y[k] += weight * self.noises[i][k];
            }
        }
    }
}
