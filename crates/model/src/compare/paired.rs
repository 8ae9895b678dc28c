//! Differences of levels to a reference level.

use super::report::{PairedBy, PairedReport};
use lightfall_core::stats::{Estimate, difference, paired_difference};

/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// A scalar of a level at the last time.
pub(super) struct Scalar {
    pub(super) level: &'static str,
    pub(super) observable: &'static str,
    /// Estimate over everything.
    pub(super) estimate: Estimate,
    /// Mean of each instance.
    pub(super) instances: Vec<f64>,
    /// Value of each trajectory, if its noise path can be shared.
    pub(super) trajectories: Option<Vec<f64>>,
}

/// Level minus reference: paired by noise if both share it, by instance if there are several, else not.
pub(super) fn compare(level: &Scalar, reference: &Scalar) -> PairedReport {
    let by_noise = || paired_difference(level.trajectories.as_ref()?, reference.trajectories.as_ref()?, CONFIDENCE);
    let by_instance = || paired_difference(&level.instances, &reference.instances, CONFIDENCE);
    let (paired_by, d) = if let Some(d) = by_noise() {
        (PairedBy::Noise, d)
    } else if let Some(d) = by_instance() {
        (PairedBy::Instance, d)
    } else {
        (PairedBy::None, difference(level.estimate, reference.estimate, CONFIDENCE))
    };
    PairedReport {
        level: level.level.into(),
        reference: reference.level.into(),
        observable: level.observable.into(),
        paired_by,
        difference: d.difference,
        interval: [d.interval.low, d.interval.high],
        confidence: CONFIDENCE,
    }
}
