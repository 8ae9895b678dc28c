//! The explicit stochastic midpoint step. Source: Kloeden and Platen (1992), section 11.1; Ruemelin (1982).

use super::method::orders;
use super::stepper::{add_scaled, increment};
use super::{Calculus, Increments, Method, Sde, SdeError, Stepper};

/// y + h f(m) + sum_k g_k(m) dW_k at the predicted midpoint m = y + (h f + sum_k g_k dW_k)/2. Stratonovich.
///
/// Orders as [`StochasticHeun`](super::StochasticHeun); a smaller error constant where the flow curves.
#[derive(Clone, Debug)]
pub struct StochasticMidpoint {
    change: Vec<f64>,
    middle: Vec<f64>,
}

impl<S: Sde> Stepper<S> for StochasticMidpoint {
    const METHOD: Method = STOCHASTIC_MIDPOINT;

    fn new(sde: &S, columns: usize) -> Self {
        Self { change: vec![0.0; sde.dim() * columns], middle: vec![0.0; sde.dim() * columns] }
    }

    #[inline(always)]
    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        increment(sde, t, h, path.dw, y, &mut self.change);
        for k in 0..y.len() {
            self.middle[k] = y[k] + 0.5 * self.change[k];
        }
        increment(sde, t + 0.5 * h, h, path.dw, &self.middle, &mut self.change);
        add_scaled(1.0, &self.change, y);
        Ok(())
    }
}

pub(super) const STOCHASTIC_MIDPOINT: Method = Method {
    name: "midpoint",
    calculus: Calculus::Stratonovich,
    additive: orders(1.0, 1.0),
    diagonal: orders(1.0, 1.0),
    commutative: orders(1.0, 1.0),
    general: orders(0.5, 1.0),
    needs_area: false,
    about: "as stochastic-heun, from the middle of the step",
};
