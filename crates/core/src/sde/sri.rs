//! The family of Runge-Kutta steps of strong order 3/2 for diagonal Ito noise.
//!
//! Component by component, with I_10 = h (dW/2 + H), I_11 = (dW^2 - h)/2, I_111 = (dW^3 - 3 h dW)/6,
//!   Y_i = y + h sum_j a_ij f(t + c_j h, Y_j) + sum_j b_ij g(t + d_j h, Z_j) I_10 / h,
//!   Z_i = y + h sum_j a'_ij f(t + c_j h, Y_j) + sqrt(h) sum_j b'_ij g(t + d_j h, Z_j),
//!   y+  = y + h sum_i alpha_i f(t + c_i h, Y_i)
//!           + sum_i (beta1_i dW + beta2_i I_11/sqrt(h) + beta3_i I_10/h + beta4_i I_111/h) g(t + d_i h, Z_i).
//!
//! Source: Roessler (2010), SIAM J. Numer. Anal. 48, 922, section 6.

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

    /// state = y + h sum_j a_ij f_j + sum_j b_ij g_j w over the stages j < I, in one pass; w is sqrt(h) for Z, the mean of the path for Y.
    fn stage<const I: usize>(&mut self, kind: usize, h: f64, y: &[f64]) {
        let (a, b, root) = (self.tableau.a[kind][I], self.tableau.b[kind][I], h.sqrt());
        let n = y.len();
        let (state, mean) = (&mut self.state[..n], &self.mean[..n]);
        let slopes: [&[f64]; I] = std::array::from_fn(|j| &self.slopes[j][..n]);
        let noises: [&[f64]; I] = std::array::from_fn(|j| &self.noises[j][..n]);
        for k in 0..n {
            let (mut slope, mut noise) = (0.0, 0.0);
            for j in 0..I {
                slope += a[j] * slopes[j][k];
                noise += b[j] * noises[j][k];
            }
            state[k] = y[k] + h * slope + noise * if kind == 1 { root } else { mean[k] };
        }
    }

    /// f(Y_I) and g(Z_I).
    fn evaluate<const I: usize, S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, y: &[f64]) {
        let (c, d) = (self.tableau.c[I], self.tableau.d[I]);
        // A stage of the drift that nothing weighs is not evaluated: SRIW1 has one.
        if self.tableau.alpha[I] != 0.0 || self.tableau.a.iter().flatten().any(|row| row[I] != 0.0) {
            self.stage::<I>(0, h, y);
            sde.drift(t + c * h, &self.state, &mut self.slopes[I]);
        }
        self.stage::<I>(1, h, y);
        self.noises[I].fill(0.0);
        sde.diffuse(t + d * h, &self.state, &self.ones, &mut self.noises[I]);
    }

    pub(super) fn step<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) {
        for (m, (dw, area)) in self.mean.iter_mut().zip(path.dw.iter().zip(path.area)) {
            *m = 0.5 * dw + area;
        }
        self.evaluate::<0, S>(sde, t, h, y);
        self.evaluate::<1, S>(sde, t, h, y);
        self.evaluate::<2, S>(sde, t, h, y);
        self.evaluate::<3, S>(sde, t, h, y);
        let Tableau { alpha, beta, .. } = self.tableau;
        let (n, second, third) = (y.len(), 0.5 / h.sqrt(), 1.0 / (6.0 * h));
        let slopes: [&[f64]; STAGES] = std::array::from_fn(|i| &self.slopes[i][..n]);
        let noises: [&[f64]; STAGES] = std::array::from_fn(|i| &self.noises[i][..n]);
        let (dw, mean) = (&path.dw[..n], &self.mean[..n]);
        for k in 0..n {
            // dW, I_11/sqrt(h), I_10/h, I_111/h.
            let w = dw[k];
            let integrals = [w, second * (w * w - h), mean[k], third * w * (w * w - 3.0 * h)];
            let (mut slope, mut noise) = (0.0, 0.0);
            for i in 0..STAGES {
                let weight: f64 = (0..STAGES).map(|m| beta[m][i] * integrals[m]).sum();
                slope += alpha[i] * slopes[i][k];
                noise += weight * noises[i][k];
            }
            y[k] += h * slope + noise;
        }
    }
}
