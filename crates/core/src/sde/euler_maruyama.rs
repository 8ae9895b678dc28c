//! The Euler-Maruyama step. Source: Maruyama (1955); Kloeden and Platen (1992), section 10.2.

use super::method::orders;
use super::stepper::{add_scaled, increment};
use super::{Calculus, Increments, Method, Sde, SdeError, Stepper};

/// y + f h + sum_k g_k dW_k. Ito; strong order 1/2 (1 for additive noise), weak order 1.
#[derive(Clone, Debug)]
pub struct EulerMaruyama {
    change: Vec<f64>,
}

impl<S: Sde> Stepper<S> for EulerMaruyama {
    const METHOD: Method = EULER_MARUYAMA;

    fn new(sde: &S, columns: usize) -> Self {
        Self { change: vec![0.0; sde.dim() * columns] }
    }

    #[inline(always)]
    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        increment(sde, t, h, path.dw, y, &mut self.change);
        add_scaled(1.0, &self.change, y);
        Ok(())
    }
}

pub(super) const EULER_MARUYAMA: Method = Method {
    name: "euler-maruyama",
    calculus: Calculus::Ito,
    additive: orders(1.0, 1.0),
    diagonal: orders(0.5, 1.0),
    commutative: orders(0.5, 1.0),
    general: orders(0.5, 1.0),
    needs_area: false,
    about: "one drift and one noise evaluation a step; the baseline",
};
