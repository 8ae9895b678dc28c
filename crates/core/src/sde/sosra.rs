//! Rackauckas and Nie's SOSRA.
//!
//! Source: Rackauckas and Nie (2018), arXiv 1804.04344; coefficients as in StochasticDiffEq.jl.

use super::method::orders;
use super::sra::{Sra, Tableau};
use super::{Calculus, Increments, Method, Sde, SdeError, Stepper};

/// Strong order 3/2, weak order 2 for additive noise; three stages, a larger region of stability than SRA1.
#[derive(Clone, Debug)]
pub struct Sosra(Sra);

impl<S: Sde> Stepper<S> for Sosra {
    const METHOD: Method = SOSRA;

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
    stages: 3,
    c: [0.0, 0.6923962376159507, 1.0],
    d: [0.0, 0.041248171110700504, 1.0],
    a: [[0.0; 3], [0.6923962376159507, 0.0, 0.0], [-3.1609142252828395, 4.1609142252828395, 0.0]],
    b: [[0.0; 3], [1.3371632704399763, 0.0, 0.0], [1.442371048468624, 1.8632741501139225, 0.0]],
    alpha: [0.2889874966892885, 0.6859880440839937, 0.025024459226717772],
    beta: [
        [-16.792534242221663, 17.514995785380226, 0.27753845684143835],
        [0.4237535769069274, 0.6010381474428539, -1.0247917243497813],
    ],
};

pub(super) const SOSRA: Method = Method {
    name: "sosra",
    calculus: Calculus::Ito,
    additive: orders(1.5, 2.0),
    diagonal: None,
    commutative: None,
    general: None,
    needs_area: true,
    about: "strong order 1.5 for additive noise, three stages, stable at larger steps",
};
