//! The tamed Euler step. Source: Hutzenthaler, Jentzen and Kloeden (2012), Ann. Appl. Probab. 22, 1611.

use super::method::orders;
use super::stepper::add_scaled;
use super::{Calculus, Increments, Method, Sde, SdeError, Stepper};

/// y + f h / (1 + h |f|) + sum_k g_k dW_k with the Euclidean |f|. Ito; strong order 1/2 (1 for additive noise), weak order 1.
///
/// For drifts that grow faster than linearly and pull inwards, such as -y^3: Euler-Maruyama diverges there in every moment at any
/// step. |f| grows with the number of components, so many weakly coupled elements are tamed more than they need.
#[derive(Clone, Debug)]
pub struct TamedEuler {
    change: Vec<f64>,
    /// |f|^2, then h / (1 + h |f|), of every column.
    factors: Vec<f64>,
}

impl<S: Sde> Stepper<S> for TamedEuler {
    const METHOD: Method = TAMED_EULER;

    fn new(sde: &S, columns: usize) -> Self {
        Self { change: vec![0.0; sde.dim() * columns], factors: vec![0.0; columns] }
    }

    #[inline(always)]
    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        sde.drift(t, y, &mut self.change);
        let columns = self.factors.len();
        self.factors.fill(0.0);
        for row in self.change.chunks_exact(columns) {
            for (s, f) in self.factors.iter_mut().zip(row) {
                *s += f * f;
            }
        }
        for s in &mut self.factors {
            *s = h / (1.0 + h * s.sqrt());
        }
        for row in self.change.chunks_exact_mut(columns) {
            for (f, s) in row.iter_mut().zip(&self.factors) {
                *f *= s;
            }
        }
        sde.diffuse(t, y, path.dw, &mut self.change);
        add_scaled(1.0, &self.change, y);
        Ok(())
    }
}

pub(super) const TAMED_EULER: Method = Method {
    name: "tamed-euler",
    calculus: Calculus::Ito,
    additive: orders(1.0, 1.0),
    diagonal: orders(0.5, 1.0),
    commutative: orders(0.5, 1.0),
    general: orders(0.5, 1.0),
    needs_area: false,
    about: "cubic drifts at the cost of Euler-Maruyama: finite moments at any step",
};
