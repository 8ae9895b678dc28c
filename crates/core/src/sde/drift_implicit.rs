//! The drift-implicit Euler step. Source: Kloeden and Platen (1992), section 12.2.

use super::method::orders;
use super::newton::Newton;
use super::{Calculus, Increments, Method, Sde, SdeError, Stepper, get_column, set_column};

/// y+ = y + h f(t + h, y+) + sum_k g_k(t, y) dW_k. Ito; strong order 1/2 (1 for additive noise), weak order 1.
///
/// For stiff drifts: no limit on the step where f is dissipative. Newton's method with GMRES applies the Jacobian by differences
/// and never forms it; a step costs some ten evaluations of the drift.
#[derive(Clone, Debug)]
pub struct DriftImplicitEuler {
    /// y + sum_k g_k dW_k of all columns, and of one with its solution.
    known: Vec<f64>,
    column: [Vec<f64>; 2],
    newton: Newton,
}

impl<S: Sde> Stepper<S> for DriftImplicitEuler {
    const METHOD: Method = DRIFT_IMPLICIT_EULER;

    fn new(sde: &S, columns: usize) -> Self {
        let column = std::array::from_fn(|_| vec![0.0; sde.dim()]);
        Self { known: vec![0.0; sde.dim() * columns], column, newton: Newton::new(sde.dim()) }
    }

    #[inline(always)]
    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        self.known.copy_from_slice(y);
        sde.diffuse(t, y, path.dw, &mut self.known);
        let [known, solution] = &mut self.column;
        let columns = y.len() / known.len().max(1);
        // Each column takes the iterations that it needs.
        for r in 0..columns {
            get_column(&self.known, columns, r, known);
            solution.copy_from_slice(known);
            if !self.newton.solve(sde, t + h, h, known, solution) {
                return Err(SdeError::Implicit { t, h });
            }
            set_column(y, columns, r, solution);
        }
        Ok(())
    }
}

pub(super) const DRIFT_IMPLICIT_EULER: Method = Method {
    name: "drift-implicit-euler",
    calculus: Calculus::Ito,
    additive: orders(1.0, 1.0),
    diagonal: orders(0.5, 1.0),
    commutative: orders(0.5, 1.0),
    general: orders(0.5, 1.0),
    needs_area: false,
    about: "stiff drifts: stable at any step where the drift is dissipative",
};
