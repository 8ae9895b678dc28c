//! The Euler-Maruyama step. Source: Maruyama (1955); Kloeden and Platen (1992), section 10.2.

use super::method::orders;
use super::{Calculus, Increments, Method, Sde, SdeError, Stepper};

/// y + f h + sum_k g_k dW_k. Ito; strong order 1/2 (1 for additive noise), weak order 1.
#[derive(Clone, Debug)]
pub struct EulerMaruyama {
    slope: Vec<f64>,
    noise: Vec<f64>,
}

impl<S: Sde> Stepper<S> for EulerMaruyama {
    const METHOD: Method = EULER_MARUYAMA;

    fn new(sde: &S) -> Self {
        Self { slope: vec![0.0; sde.dim()], noise: vec![0.0; sde.dim()] }
    }

    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        sde.drift(t, y, &mut self.slope);
        self.noise.fill(0.0);
        sde.diffuse(t, y, path.dw, &mut self.noise);
        for (y, (f, g)) in y.iter_mut().zip(self.slope.iter().zip(&self.noise)) {
            *y += h * f + g;
        }
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
