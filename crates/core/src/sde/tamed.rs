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
}

impl<S: Sde> Stepper<S> for TamedEuler {
    const METHOD: Method = TAMED_EULER;

    fn new(sde: &S) -> Self {
        Self { change: vec![0.0; sde.dim()] }
    }

    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        sde.drift(t, y, &mut self.change);
        let size = self.change.iter().map(|f| f * f).sum::<f64>().sqrt();
        let tamed = h / (1.0 + h * size);
        for f in &mut self.change {
            *f *= tamed;
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
