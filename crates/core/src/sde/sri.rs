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

/// A step of the family, its coefficients known to the compiler: terms without weight cost nothing.
pub(super) trait Coefficients: Send {
    const TABLEAU: Tableau;
}

/// Buffers of a step. Noise k must drive component k alone.
#[derive(Clone, Debug)]
pub(super) struct Sri {
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
    pub(super) fn new<S: Sde>(sde: &S, columns: usize) -> Self {
        let buffer = || vec![0.0; sde.dim() * columns];
        let four = || std::array::from_fn(|_| buffer());
        let noises = sde.noises() * columns;
        Self { slopes: four(), noises: four(), state: buffer(), ones: vec![1.0; noises], mean: vec![0.0; noises] }
    }

    /// state = y + h sum_j a_ij f_j + sum_j b_ij g_j w over the stages j < I, in one pass; w is sqrt(h) for Z, the mean of the path for Y.
    #[inline(always)]
    fn stage<const I: usize, C: Coefficients>(&mut self, kind: usize, h: f64, y: &[f64]) {
        let (a, b, root) = (C::TABLEAU.a[kind][I], C::TABLEAU.b[kind][I], h.sqrt());
        let n = y.len();
        let (state, mean) = (&mut self.state[..n], &self.mean[..n]);
        let slopes: [&[f64]; I] = std::array::from_fn(|j| &self.slopes[j][..n]);
        let noises: [&[f64]; I] = std::array::from_fn(|j| &self.noises[j][..n]);
        for k in 0..n {
            let (mut slope, mut noise) = (0.0, 0.0);
            for j in 0..I {
                if a[j] != 0.0 {
                    slope += a[j] * slopes[j][k];
                }
                if b[j] != 0.0 {
                    noise += b[j] * noises[j][k];
                }
            }
            state[k] = y[k] + h * slope + noise * if kind == 1 { root } else { mean[k] };
        }
    }

    /// f(Y_I) and g(Z_I).
    #[inline(always)]
    fn evaluate<const I: usize, C: Coefficients, S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, y: &[f64]) {
        let Tableau { c, d, a, alpha, .. } = C::TABLEAU;
        // A stage of the drift that nothing weighs is not evaluated: SRIW1 has two.
        if alpha[I] != 0.0 || a.iter().flatten().any(|row| row[I] != 0.0) {
            self.stage::<I, C>(0, h, y);
            sde.drift(t + c[I] * h, &self.state, &mut self.slopes[I]);
        }
        self.stage::<I, C>(1, h, y);
        self.noises[I].fill(0.0);
        sde.diffuse(t + d[I] * h, &self.state, &self.ones, &mut self.noises[I]);
    }

    #[inline(always)]
    pub(super) fn step<C: Coefficients, S: Sde>(
        &mut self,
        sde: &mut S,
        t: f64,
        h: f64,
        path: Increments<'_>,
        y: &mut [f64],
    ) {
        for (m, (dw, area)) in self.mean.iter_mut().zip(path.dw.iter().zip(path.area)) {
            *m = 0.5 * dw + area;
        }
        // The first stages are y itself.
        sde.drift(t, y, &mut self.slopes[0]);
        self.noises[0].fill(0.0);
        sde.diffuse(t, y, &self.ones, &mut self.noises[0]);
        self.evaluate::<1, C, S>(sde, t, h, y);
        self.evaluate::<2, C, S>(sde, t, h, y);
        self.evaluate::<3, C, S>(sde, t, h, y);
        let Tableau { alpha, beta, .. } = C::TABLEAU;
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
                let mut weight = 0.0;
                for m in 0..STAGES {
                    if beta[m][i] != 0.0 {
                        weight += beta[m][i] * integrals[m];
                    }
                }
                if alpha[i] != 0.0 {
                    slope += alpha[i] * slopes[i][k];
                }
                noise += weight * noises[i][k];
            }
            y[k] += h * slope + noise;
        }
    }
}
