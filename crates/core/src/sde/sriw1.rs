//! Roessler's SRIW1.
//!
//! Source: Roessler (2010), SIAM J. Numer. Anal. 48, 922, section 6 (there SRI1W1).

use super::method::orders;
use super::sri::{Coefficients, Sri, Tableau};
use super::{Calculus, Increments, Method, Sde, SdeError, Stepper};

/// Strong order 3/2, weak order 2 for diagonal Ito noise. The third stage of the drift is the first again, and is not evaluated anew.
#[derive(Clone, Debug)]
pub struct Sriw1(Sri);

impl<S: Sde> Stepper<S> for Sriw1 {
    const METHOD: Method = SRIW1;

    fn new(sde: &S, columns: usize) -> Self {
        Self(Sri::new(sde, columns))
    }

    #[inline(always)]
    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        self.0.step::<Self, S>(sde, t, h, path, y);
        Ok(())
    }
}

impl Coefficients for Sriw1 {
    const TABLEAU: Tableau = Tableau {
        c: [0.0, 0.75, 0.0, 0.0],
        d: [0.0, 0.25, 1.0, 0.25],
        a: [
            [[0.0; 4], [0.75, 0.0, 0.0, 0.0], [0.0; 4], [0.0; 4]],
            [[0.0; 4], [0.25, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.25, 0.0, 0.0, 0.0]],
        ],
        b: [
            [[0.0; 4], [1.5, 0.0, 0.0, 0.0], [0.0; 4], [0.0; 4]],
            [[0.0; 4], [0.5, 0.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [-5.0, 3.0, 0.5, 0.0]],
        ],
        alpha: [1.0 / 3.0, 2.0 / 3.0, 0.0, 0.0],
        beta: [
            [-1.0, 4.0 / 3.0, 2.0 / 3.0, 0.0],
            [-1.0, 4.0 / 3.0, -1.0 / 3.0, 0.0],
            [2.0, -4.0 / 3.0, -2.0 / 3.0, 0.0],
            [-2.0, 5.0 / 3.0, -2.0 / 3.0, 1.0],
        ],
    };
}

pub(super) const SRIW1: Method = Method {
    name: "sriw1",
    calculus: Calculus::Ito,
    additive: None,
    diagonal: orders(1.5, 2.0),
    commutative: None,
    general: None,
    needs_area: true,
    about: "strong order 1.5 for diagonal Ito noise",
};
