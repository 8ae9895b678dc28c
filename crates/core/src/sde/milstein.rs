//! The derivative-free Milstein step. Source: Milstein (1974); Kloeden and Platen (1992), eqs. (11.1.3) and (11.1.7).

use super::method::orders;
use super::stepper::add_scaled;
use super::{Calculus, Increments, Method, NoiseKind, Sde, SdeError, Stepper};

/// Euler-Maruyama plus sum_jk (g_k . grad) g_j (dW_j dW_k - delta_jk h)/2, the derivatives by differences along the noise
/// fields from y to u_k = y + f h + g_k sqrt(h). Ito.
///
/// Strong order 1 for diagonal and commutative noise. For general noise the antisymmetric part (the Levy area) is left out and
/// the strong order is 1/2. Two evaluations of the noise for diagonal noise, 2 m + 1 for m commuting noises.
#[derive(Clone, Debug)]
pub struct Milstein {
    base: Vec<f64>,
    noise: Vec<f64>,
    column: Vec<f64>,
    support: Vec<f64>,
    weights: Vec<f64>,
    /// Sum of dW over the noises, column by column.
    total: Vec<f64>,
}

impl Milstein {
    /// Noise k drives component k alone: all supports are one vector.
    #[inline(always)]
    fn diagonal<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, dw: &[f64], y: &mut [f64]) {
        let root = h.sqrt();
        self.weights.fill(1.0);
        self.column.fill(0.0);
        sde.diffuse(t, y, &self.weights, &mut self.column);
        for k in 0..y.len() {
            self.support[k] = self.base[k] + root * self.column[k];
            self.base[k] += self.column[k] * dw[k];
            self.weights[k] = (dw[k] * dw[k] - h) / (2.0 * root);
            self.base[k] -= self.column[k] * self.weights[k];
        }
        sde.diffuse(t, &self.support, &self.weights, &mut self.base);
        y.copy_from_slice(&self.base);
    }

    #[inline(always)]
    fn commutative<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, dw: &[f64], y: &mut [f64]) {
        let (root, columns) = (h.sqrt(), self.total.len());
        // sum_k [ g_j(u_k) - g_j(y) ] (dW_j dW_k - delta_jk h) / (2 sqrt(h)); what multiplies g_j(y) is summed over k.
        self.total.fill(0.0);
        for row in dw.chunks_exact(columns) {
            add_scaled(1.0, row, &mut self.total);
        }
        self.noise.copy_from_slice(&self.base);
        for k in 0..dw.len() / columns {
            let own = k * columns..(k + 1) * columns;
            self.weights.fill(0.0);
            self.weights[own.clone()].fill(root);
            self.support.copy_from_slice(&self.base);
            sde.diffuse(t, y, &self.weights, &mut self.support);
            for (weights, row) in self.weights.chunks_exact_mut(columns).zip(dw.chunks_exact(columns)) {
                for (w, (d, dk)) in weights.iter_mut().zip(row.iter().zip(&dw[own.clone()])) {
                    *w = d * dk / (2.0 * root);
                }
            }
            for w in &mut self.weights[own] {
                *w -= 0.5 * root;
            }
            sde.diffuse(t, &self.support, &self.weights, &mut self.noise);
        }
        for (weights, row) in self.weights.chunks_exact_mut(columns).zip(dw.chunks_exact(columns)) {
            for (w, (d, total)) in weights.iter_mut().zip(row.iter().zip(&self.total)) {
                *w = d - (d * total - h) / (2.0 * root);
            }
        }
        sde.diffuse(t, y, &self.weights, &mut self.noise);
        y.copy_from_slice(&self.noise);
    }
}

impl<S: Sde> Stepper<S> for Milstein {
    const METHOD: Method = MILSTEIN;

    fn new(sde: &S, columns: usize) -> Self {
        let buffer = || vec![0.0; sde.dim() * columns];
        let (base, noise, column, support) = (buffer(), buffer(), buffer(), buffer());
        let (weights, total) = (vec![0.0; sde.noises() * columns], vec![0.0; columns]);
        Self { base, noise, column, support, weights, total }
    }

    #[inline(always)]
    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        sde.drift(t, y, &mut self.base);
        for (b, y) in self.base.iter_mut().zip(y.iter()) {
            *b = y + h * *b;
        }
        match S::NOISE {
            NoiseKind::Additive => {
                sde.diffuse(t, y, path.dw, &mut self.base);
                y.copy_from_slice(&self.base);
            }
            NoiseKind::Diagonal => self.diagonal(sde, t, h, path.dw, y),
            NoiseKind::Commutative | NoiseKind::General => self.commutative(sde, t, h, path.dw, y),
        }
        Ok(())
    }
}

pub(super) const MILSTEIN: Method = Method {
    name: "milstein",
    calculus: Calculus::Ito,
    additive: orders(1.0, 1.0),
    diagonal: orders(1.0, 1.0),
    commutative: orders(1.0, 1.0),
    general: orders(0.5, 1.0),
    needs_area: false,
    about: "strong order 1 for Ito noise that commutes, without derivatives",
};
