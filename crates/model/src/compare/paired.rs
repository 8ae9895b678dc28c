//! Differences of levels to a reference level.

use super::report::{PairedBy, PairedReport};
use lightfall_core::stats::{Estimate, Moments, difference, merge_tree, paired_difference};

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
        stderr: (paired_by != PairedBy::Noise)
            .then(|| level.estimate.stderr.unwrap_or(0.0).hypot(reference.estimate.stderr.unwrap_or(0.0))),
        stderr_instances: (paired_by == PairedBy::Instance).then(|| over_instances(level, reference)).flatten(),
        interval: [d.interval.low, d.interval.high],
        confidence: CONFIDENCE,
    }
}

/// Standard error of the mean difference over instances.
fn over_instances(level: &Scalar, reference: &Scalar) -> Option<f64> {
    let pairs = level.instances.iter().zip(&reference.instances);
    let leaves: Vec<Moments> = pairs.map(|(a, b)| Moments::leaf(&[a - b])).collect();
    merge_tree(&leaves)?.estimate(0).stderr
}
