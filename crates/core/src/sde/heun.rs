//! The stochastic Heun step. Source: Ruemelin (1982); Kloeden and Platen (1992), section 11.1.

use super::method::orders;
use super::stepper::increment;
use super::{Calculus, Increments, Method, Sde, SdeError, Stepper};

/// Trapezoidal rule on drift and noise with an Euler predictor. Stratonovich.
///
/// Strong order 1 for additive, diagonal and commutative noise, 1/2 for general noise (it leaves out the Levy area);
/// weak order 1, and 2 for additive noise.
#[derive(Clone, Debug)]
pub struct StochasticHeun {
    first: Vec<f64>,
    second: Vec<f64>,
    predicted: Vec<f64>,
}

impl<S: Sde> Stepper<S> for StochasticHeun {
    const METHOD: Method = STOCHASTIC_HEUN;

    fn new(sde: &S, columns: usize) -> Self {
        let buffer = || vec![0.0; sde.dim() * columns];
        Self { first: buffer(), second: buffer(), predicted: buffer() }
    }

    #[inline(always)]
    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        increment(sde, t, h, path.dw, y, &mut self.first);
        for k in 0..y.len() {
            self.predicted[k] = y[k] + self.first[k];
        }
        increment(sde, t + h, h, path.dw, &self.predicted, &mut self.second);
        for k in 0..y.len() {
            y[k] += 0.5 * (self.first[k] + self.second[k]);
        }
        Ok(())
    }
}

pub(super) const STOCHASTIC_HEUN: Method = Method {
    name: "stochastic-heun",
    calculus: Calculus::Stratonovich,
    additive: orders(1.0, 2.0),
    diagonal: orders(1.0, 1.0),
    commutative: orders(1.0, 1.0),
    general: orders(0.5, 1.0),
    needs_area: false,
    about: "the Stratonovich workhorse: two evaluations a step",
};
