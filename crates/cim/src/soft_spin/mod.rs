//! The network of soft spins that a coherent Ising machine is above threshold.
//!
//! E(x) = sum_i [x_i^4/4 - a x_i^2/2] - (1/2) sum_ij J_ij x_i x_j,   grad_i = x_i^3 - a x_i - (J x)_i
//!
//! J is symmetric with zero diagonal and both orders of a pair are summed, halved; a is the pump. For couplings of spectrum [-2, 2] the origin is unstable above a = -2. Other couplings are multiplied by
//! [`normalisation`], so that pumps mean the same for all.

mod adiabatic;
mod dmft;
mod kernels;
mod langevin;
mod schedule;

pub use adiabatic::{Adiabatic, Adiabats, Ramp};
pub use dmft::{MeanField, PathSampler, Scheme};
pub use kernels::SoftReal;
pub use langevin::{Langevin, LangevinMachine, langevin_step, schedule, stable_step};
pub use schedule::AnnealingSchedule;

use crate::lanes::{LANES, Lane, Real};
use crate::{Problem, Rows, SearchError};

/// 2/lambda_max(J): the factor on J that puts the edge of its spectrum at 2.
///
/// # Errors
///
/// If the spectrum cannot be found.
pub fn normalisation(problem: &Problem) -> Result<f64, SearchError> {
    Ok(2.0 / problem.spectrum()?.0)
}

/// E(x) of every replica with couplings `factor` J; `fields` is overwritten by J x.
pub fn energies<T: SoftReal>(
    rows: &Rows<T>,
    factor: f64,
    pump: f64,
    x: &[Lane<T>],
    fields: &mut [Lane<T>],
) -> [f64; LANES] {
    T::product(rows, x, fields);
    let mut out = [0.0; LANES];
    for (x, f) in x.iter().zip(&*fields) {
        for l in 0..LANES {
            let (x, f) = (x[l].double(), f[l].double());
            let square = x * x;
            out[l] += 0.25 * square * square - 0.5 * pump * square - 0.5 * factor * x * f;
        }
    }
    out
}

/// q = |x|^2/N of every replica.
pub fn overlaps<T: Real>(x: &[Lane<T>]) -> [f64; LANES] {
    let mut out = [0.0; LANES];
    for x in x {
        for l in 0..LANES {
            out[l] += x[l].double() * x[l].double();
        }
    }
    out.map(|sum| sum / x.len() as f64)
}
