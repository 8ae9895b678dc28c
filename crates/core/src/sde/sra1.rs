//! Roessler's SRA1.
//!
//! Source: Roessler (2010), SIAM J. Numer. Anal. 48, 922, section 6.

use super::method::orders;
use super::sra::{Sra, Tableau};
use super::{Calculus, Increments, Method, Sde, SdeError, Stepper};

/// Strong order 3/2, weak order 2 for additive noise; two stages.
#[derive(Clone, Debug)]
pub struct Sra1(Sra);

impl<S: Sde> Stepper<S> for Sra1 {
    const METHOD: Method = SRA1;

    fn new(sde: &S, columns: usize) -> Self {
        Self(Sra::new(sde, TABLEAU, columns))
    }

    #[inline(always)]
    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        self.0.step(sde, t, h, path, y);
        Ok(())
    }
}

const TABLEAU: Tableau = Tableau {
    stages: 2,
    c: [0.0, 0.75, 0.0],
    d: [1.0, 0.0, 0.0],
    a: [[0.0; 3], [0.75, 0.0, 0.0], [0.0; 3]],
    b: [[0.0; 3], [1.5, 0.0, 0.0], [0.0; 3]],
    alpha: [1.0 / 3.0, 2.0 / 3.0, 0.0],
    beta: [[1.0, 0.0, 0.0], [-1.0, 1.0, 0.0]],
};

pub(super) const SRA1: Method = Method {
    name: "sra1",
    calculus: Calculus::Ito,
    additive: orders(1.5, 2.0),
    diagonal: None,
    commutative: None,
    general: None,
    needs_area: true,
    about: "strong order 1.5 for additive noise, two stages",
};
