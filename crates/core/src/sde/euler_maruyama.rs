//! The Euler-Maruyama step. Source: Maruyama (1955); Kloeden and Platen (1992), section 10.2.

use super::{Calculus, NoiseKind, Sde, Stepper};

/// y + f h + sum_k g_k dW_k. Ito; strong order 1/2 (1 for additive noise), weak order 1.
#[derive(Clone, Debug)]
pub struct EulerMaruyama {
    slope: Vec<f64>,
    noise: Vec<f64>,
}

impl Stepper for EulerMaruyama {
    const NAME: &'static str = "euler-maruyama";
    const CALCULUS: Calculus = Calculus::Ito;

    fn strong_order(noise: NoiseKind) -> f64 {
        if noise == NoiseKind::Additive { 1.0 } else { 0.5 }
    }

    fn weak_order(_: NoiseKind) -> f64 {
        1.0
    }

    fn new(dim: usize) -> Self {
        Self { slope: vec![0.0; dim], noise: vec![0.0; dim] }
    }

    fn step<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, dw: &[f64], y: &mut [f64]) {
        sde.drift(t, y, &mut self.slope);
        self.noise.fill(0.0);
        sde.diffuse(t, y, dw, &mut self.noise);
        for (y, (f, g)) in y.iter_mut().zip(self.slope.iter().zip(&self.noise)) {
            *y += h * f + g;
        }
    }
}
