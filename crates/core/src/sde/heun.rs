//! The stochastic Heun step. Source: Ruemelin (1982); Kloeden and Platen (1992), section 11.1.

use super::{Calculus, NoiseKind, Sde, Stepper};

/// Trapezoidal rule on drift and noise with an Euler predictor. Stratonovich.
///
/// Strong order 1 for additive, diagonal and commutative noise, 1/2 for general noise (it leaves out the Levy area);
/// weak order 1 (2 without noise).
#[derive(Clone, Debug)]
pub struct StochasticHeun {
    first: Vec<f64>,
    second: Vec<f64>,
    predicted: Vec<f64>,
}

impl StochasticHeun {
    /// out = h f + sum_k g_k dW_k.
    fn increment<S: Sde>(sde: &mut S, t: f64, h: f64, dw: &[f64], y: &[f64], out: &mut [f64]) {
        sde.drift(t, y, out);
        out.iter_mut().for_each(|v| *v *= h);
        sde.diffuse(t, y, dw, out);
    }
}

impl Stepper for StochasticHeun {
    const NAME: &'static str = "stochastic-heun";
    const CALCULUS: Calculus = Calculus::Stratonovich;

    fn strong_order(noise: NoiseKind) -> f64 {
        if noise == NoiseKind::General { 0.5 } else { 1.0 }
    }

    fn weak_order(_: NoiseKind) -> f64 {
        1.0
    }

    fn new(dim: usize) -> Self {
        Self { first: vec![0.0; dim], second: vec![0.0; dim], predicted: vec![0.0; dim] }
    }

    fn step<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, dw: &[f64], y: &mut [f64]) {
        Self::increment(sde, t, h, dw, y, &mut self.first);
        for k in 0..y.len() {
            self.predicted[k] = y[k] + self.first[k];
        }
        Self::increment(sde, t + h, h, dw, &self.predicted, &mut self.second);
        for k in 0..y.len() {
            y[k] += 0.5 * (self.first[k] + self.second[k]);
        }
    }
}
