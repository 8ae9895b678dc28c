//! Rackauckas and Nie's SOSRI.
//!
//! Source: Rackauckas and Nie (2018), arXiv 1804.04344; coefficients as in StochasticDiffEq.jl.

use super::method::orders;
use super::sri::{Coefficients, Sri, Tableau};
use super::{Calculus, Increments, Method, Sde, SdeError, Stepper};

/// Strong order 3/2, weak order 3/2 for diagonal Ito noise; a larger region of stability than SRIW1.
///
/// The documentation of StochasticDiffEq.jl gives weak order 2. Measured is 3/2, on geometric Brownian motion at steps of 1/32 to 1/256
/// (`tests/sde_orders.rs`): the coefficients meet the conditions of strong order only.
#[derive(Clone, Debug)]
pub struct Sosri(Sri);

impl<S: Sde> Stepper<S> for Sosri {
    const METHOD: Method = SOSRI;

    fn new(sde: &S, columns: usize) -> Self {
        Self(Sri::new(sde, columns))
    }

    #[inline(always)]
    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        self.0.step::<Self, S>(sde, t, h, path, y);
        Ok(())
    }
}

impl Coefficients for Sosri {
    const TABLEAU: Tableau = Tableau {
        c: [0.0, -0.04199224421316468, 0.7898405466170333, 3.7504010171562823],
        d: [0.0, 0.26204282091330466, 0.05879875232001766, 0.758661169101175],
        a: [
            [
                [0.0; 4],
                [-0.04199224421316468, 0.0, 0.0, 0.0],
                [2.842612915017106, -2.0527723684000727, 0.0, 0.0],
                [4.338237071435815, -2.8895936137439793, 2.3017575594644466, 0.0],
            ],
            [
                [0.0; 4],
                [0.26204282091330466, 0.0, 0.0, 0.0],
                [0.20903646383505375, -0.1502377115150361, 0.0, 0.0],
                [0.05836595312746999, 0.6149440396332373, 0.08535117634046772, 0.0],
            ],
        ],
        b: [
            [
                [0.0; 4],
                [-0.21641093549612528, 0.0, 0.0, 0.0],
                [1.5336352863679572, 0.26066223492647056, 0.0, 0.0],
                [-1.0536037558179159, 1.7015284721089472, -0.20725685784180017, 0.0],
            ],
            [
                [0.0; 4],
                [-0.5119011827621657, 0.0, 0.0, 0.0],
                [2.67767339866713, -4.9395031322250995, 0.0, 0.0],
                [0.15580956238299215, 3.2361551006624674, -1.4223118283355949, 0.0],
            ],
        ],
        alpha: [1.140099274172029, -0.6401334255743456, 0.4736296532772559, 0.026404498125060714],
        beta: [
            [-1.8453464565104432, 2.688764531100726, -0.2523866501071323, 0.40896857551684956],
            [0.4969658141589478, -0.5771202869753592, -0.12919702470322217, 0.2093514975196336],
            [2.8453464565104425, -2.688764531100725, 0.2523866501071322, -0.40896857551684945],
            [0.11522663875443433, -0.57877086147738, 0.2857851028163886, 0.17775911990655704],
        ],
    };
}

pub(super) const SOSRI: Method = Method {
    name: "sosri",
    calculus: Calculus::Ito,
    additive: None,
    diagonal: orders(1.5, 1.5),
    commutative: None,
    general: None,
    needs_area: true,
    about: "strong order 1.5 for diagonal Ito noise, stable at larger steps",
};
