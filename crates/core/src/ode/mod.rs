//! Integration of real vectors; kets and density matrices are real vectors in split storage.
//!
//! [`Dopri5`] and [`Dop853`] are one driver ([`Embedded`]) on two sets of coefficients: adaptive steps, landing on the end
//! of the interval, continuous extension ([`Embedded::interpolate`]) and events ([`Embedded::integrate_with_event`]).

mod dop853;
mod dopri5;
mod embedded;
mod event;
mod kernels;
mod krylov;
mod magnus;
#[cfg(test)]
mod order_conditions;
mod root;
mod tableau;

pub use dop853::{Dop853, DormandPrince853};
pub use dopri5::{Dopri5, DormandPrince54};
pub use embedded::Embedded;
pub use event::{Direction, Event};
pub use magnus::{Generator, Magnus};
pub use root::Bracket;
pub use tableau::{Pair, Row, Stage, Tableau};

/// Relative stretch of the last step, so that a step lands on the end of its interval exactly.
const STRETCH: f64 = 1e-9;

/// Error tolerances: a step is accepted when the root mean square of e_k / (atol + rtol max|y_k|) is at most 1.
///
/// Both parts are finite and not negative, and one of them is positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    relative: f64,
    absolute: f64,
}

impl Tolerance {
    /// A part relative to the size of each component, and an absolute part.
    ///
    /// # Errors
    /// [`OdeError::Tolerance`] if a part is negative or not finite, or both are zero.
    pub fn new(relative: f64, absolute: f64) -> Result<Self, OdeError> {
        let valid = |part: f64| part.is_finite() && part >= 0.0;
        for (part, value) in [("relative", relative), ("absolute", absolute)] {
            if !valid(value) {
                return Err(OdeError::Tolerance { part, value });
            }
        }
        if relative == 0.0 && absolute == 0.0 {
            return Err(OdeError::Tolerance { part: "absolute", value: 0.0 });
        }
        Ok(Self { relative, absolute })
    }

    /// `relative`, with an absolute part a thousand times smaller. Errors as [`Tolerance::new`].
    pub fn relative(relative: f64) -> Result<Self, OdeError> {
        if relative == 0.0 {
            return Err(OdeError::Tolerance { part: "relative", value: 0.0 });
        }
        Self::new(relative, 1e-3 * relative)
    }

    /// At most `error` in the Euclidean norm of a vector of `len` components: with the absolute part error/sqrt(len) the
    /// scaled root mean square is |e|/error. Errors as [`Tolerance::new`].
    pub fn norm(error: f64, len: usize) -> Result<Self, OdeError> {
        Self::new(0.0, error / (len.max(1) as f64).sqrt())
            .map_err(|_| OdeError::Tolerance { part: "norm", value: error })
    }

    /// The error allowed in a component of size `size`.
    pub(crate) fn allowed(&self, size: f64) -> f64 {
        self.absolute + self.relative * size
    }
}

/// Why an integration was refused or stopped.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OdeError {
    /// A tolerance that no step can meet, or that means nothing.
    #[error(
        "the {part} tolerance is {value}; tolerances are finite and at least 0, and one of them is above 0, say 1e-8"
    )]
    Tolerance {
        /// Which one.
        part: &'static str,
        /// The value found.
        value: f64,
    },
    /// The controller asked for a step that no longer changes the time.
    #[error("step size fell below {h:.1e} at t = {t:.6e} ({integrator}); loosen the tolerance")]
    StepTooSmall {
        /// Name of the integrator.
        integrator: &'static str,
        /// Time reached.
        t: f64,
        /// Step asked for.
        h: f64,
    },
    /// The state or its derivative is not finite.
    #[error("the state or its derivative is not finite at t = {t:.6e} ({integrator})")]
    NotFinite {
        /// Name of the integrator.
        integrator: &'static str,
        /// Time reached.
        t: f64,
    },
    /// The accuracy asked for in the time of an event cannot be met, or means nothing.
    #[error("the tolerance of an event time is {value}; it must be finite and above 0, say 1e-9")]
    EventTolerance {
        /// The value found.
        value: f64,
    },
    /// The event function is not finite.
    #[error("the event function is {value} at t = {t:.6e}; it must be finite wherever the solution goes")]
    EventNotFinite {
        /// The value found.
        value: f64,
        /// Time of the evaluation.
        t: f64,
    },
}
