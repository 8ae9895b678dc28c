//! Ranges of parameters.

use crate::CouplingsError;

/// The default of a factor.
pub(crate) fn one() -> f64 {
    1.0
}

/// Refuses a parameter that is not in its range.
pub(crate) fn require(
    name: &'static str,
    value: f64,
    in_range: bool,
    expected: &'static str,
) -> Result<(), CouplingsError> {
    if in_range {
        return Ok(());
    }
    Err(CouplingsError::Parameter { name, value, expected })
}

/// Refuses a network without elements.
pub(crate) fn elements(n: usize) -> Result<(), CouplingsError> {
    if n == 0 { Err(CouplingsError::NoElements) } else { Ok(()) }
}

/// Refuses NaN and infinities.
pub(crate) fn finite(name: &'static str, value: f64) -> Result<(), CouplingsError> {
    require(name, value, value.is_finite(), "a finite number")
}

/// Refuses what is not a finite number of at least 0.
pub(crate) fn not_negative(name: &'static str, value: f64) -> Result<(), CouplingsError> {
    require(name, value, value.is_finite() && value >= 0.0, "a finite number, at least 0")
}

/// Refuses what is not a finite number above 0.
pub(crate) fn positive(name: &'static str, value: f64) -> Result<(), CouplingsError> {
    require(name, value, value.is_finite() && value > 0.0, "a finite number above 0")
}

/// Refuses what is not in [0, 1].
pub(crate) fn probability(name: &'static str, value: f64) -> Result<(), CouplingsError> {
    require(name, value, (0.0..=1.0).contains(&value), "a probability from 0 to 1")
}
