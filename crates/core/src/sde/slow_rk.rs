//! The SLOW-RK step of Foster, dos Reis and Strange for noise that commutes. Source: arXiv 2210.17543 (2023), eq. (6.2).
//!
//! With z = y + f h/2, D_i = sum_k g_k(s_i) dW_k and H the space-time Levy areas,
//!   s_1 = z,  s_2 = z + D_1/2,  s_3 = z + D_2/2,  s_4 = z + D_3,
//!   u = y + (3/4) (f h + D_3 + 2 sum_k g_k(s_3) H_k),  v = y + f h + D_2/2,
//!   y+ = y + (f + 2 f(u)) h/3 + (D_1 + 2 D_2 + 2 D_3 + D_4)/6 + 2 sum_k (g_k(s_3) - g_k(v)) H_k:
//! the step of Runge and Kutta along the noise, between two half steps of the drift.

use super::method::orders;
use super::stepper::scaled;
use super::{Calculus, Increments, Method, Sde, SdeError, Stepper};

/// Strong order 3/2, weak order 2 for additive, diagonal and commutative noise; Stratonovich. Two evaluations of the drift, six of the
/// noise. The only step of order 3/2 for noise that is neither diagonal nor additive. General noise would leave it at order 1/2 and is refused.
#[derive(Clone, Debug)]
pub struct SlowRk {
    slope: Vec<f64>,
    /// s_1 to s_4.
    stages: [Vec<f64>; 4],
    /// sum_k g_k(s_3) H_k.
    tilt: Vec<f64>,
    /// u, v and y+.
    late: Vec<f64>,
    end: Vec<f64>,
    weights: Vec<f64>,
}

impl SlowRk {
    /// s_{I+1} = z + part D_I; the weights hold part dW.
    #[inline(always)]
    fn stage<S: Sde, const I: usize>(&mut self, sde: &mut S, t: f64) {
        let (known, next) = self.stages.split_at_mut(I);
        next[0].copy_from_slice(&known[0]);
        sde.diffuse(t, &known[I - 1], &self.weights, &mut next[0]);
    }
}

impl<S: Sde> Stepper<S> for SlowRk {
    const METHOD: Method = SLOW_RK;

    fn new(sde: &S, columns: usize) -> Self {
        let buffer = || vec![0.0; sde.dim() * columns];
        let (slope, tilt, late, end) = (buffer(), buffer(), buffer(), buffer());
        let stages = std::array::from_fn(|_| buffer());
        Self { slope, stages, tilt, late, end, weights: vec![0.0; sde.noises() * columns] }
    }

    #[inline(always)]
    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        let n = y.len();
        let middle = t + 0.5 * h;
        sde.drift(t, y, &mut self.slope);
        for (z, (y, f)) in self.stages[0].iter_mut().zip(y.iter().zip(&self.slope)) {
            *z = y + 0.5 * h * f;
        }
        scaled(0.5, path.dw, &mut self.weights);
        self.stage::<S, 1>(sde, middle);
        self.stage::<S, 2>(sde, middle);
        self.weights.copy_from_slice(path.dw);
        self.stage::<S, 3>(sde, middle);
        self.tilt.fill(0.0);
        sde.diffuse(middle, &self.stages[2], path.area, &mut self.tilt);
        {
            let [z, s2, s3, s4] = self.stages.each_ref().map(|s| &s[..n]);
            let (f, tilt) = (&self.slope[..n], &self.tilt[..n]);
            let (late, end) = (&mut self.late[..n], &mut self.end[..n]);
            for k in 0..n {
                let along = (s2[k] - z[k]) + 2.0 * (s3[k] - z[k]) + (s4[k] - z[k]);
                end[k] = y[k] + (h * f[k] + along) / 3.0 + 2.0 * tilt[k];
                late[k] = y[k] + h * f[k] + (s3[k] - z[k]);
            }
        }
        scaled(-2.0, path.area, &mut self.weights);
        sde.diffuse(t + h, &self.late, &self.weights, &mut self.end);
        scaled(1.0 / 6.0, path.dw, &mut self.weights);
        sde.diffuse(middle, &self.stages[3], &self.weights, &mut self.end);
        for k in 0..n {
            self.late[k] =
                y[k] + 0.75 * (h * self.slope[k] + (self.stages[3][k] - self.stages[0][k]) + 2.0 * self.tilt[k]);
        }
        sde.drift(t + 0.75 * h, &self.late, &mut self.slope);
        for (y, (end, f)) in y.iter_mut().zip(self.end.iter().zip(&self.slope)) {
            *y = end + h * f / 1.5;
        }
        Ok(())
    }
}

pub(super) const SLOW_RK: Method = Method {
    name: "slow-rk",
    calculus: Calculus::Stratonovich,
    additive: orders(1.5, 2.0),
    diagonal: orders(1.5, 2.0),
    commutative: orders(1.5, 2.0),
    general: None,
    needs_area: true,
    about: "strong order 1.5 for Stratonovich noise that commutes",
};
