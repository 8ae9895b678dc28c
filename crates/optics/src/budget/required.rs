//! Photons for an accuracy.

use super::Programmed;
use crate::{Dataset, EngineError};
use lightfall_core::stats::{Estimate, wilson};
use serde::{Deserialize, Serialize};

/// Photons that reach a target, as an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Required {
    /// Accuracy to reach.
    pub target: f64,
    /// Detected photons per MAC at which the mean over the noise seeds reaches it.
    pub photons_per_mac: f64,
    /// Below this it is missed by more than two standard errors of the seeds.
    pub low: f64,
    /// Above this it is passed by more than two standard errors of the seeds.
    pub high: f64,
    /// As `low`, with the samples as a draw from more: the 95 % interval of the test set.
    pub low_of_samples: f64,
    /// As `high`, with the samples as a draw from more; `None` where the noiseless accuracy leaves no room.
    pub high_of_samples: Option<f64>,
}

/// Why there is no such number.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RequiredError {
    /// A target above what the network reaches without noise.
    #[error(
        "target = {target} is above the accuracy without noise, {ceiling:.4}, which no number of photons is sure to pass; ask for {ceiling:.4} or less"
    )]
    Ceiling {
        /// Target.
        target: f64,
        /// Accuracy without noise.
        ceiling: f64,
    },
    /// A target that chance reaches.
    #[error("target = {target} is reached at {photons:.0e} photons per MAC already; ask for more")]
    Chance {
        /// Target.
        target: f64,
        /// Fewest photons tried.
        photons: f64,
    },
    /// A target that is not reached though the noiseless network reaches it: electronics in the way.
    #[error(
        "target = {target} is not reached with {photons:.0e} photons per MAC, though it is without noise: read noise, intensity noise or converters are in the way"
    )]
    Unreached {
        /// Target.
        target: f64,
        /// Most photons tried.
        photons: f64,
    },
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Range of photons that is searched.
const RANGE: [f64; 2] = [1e-4, 1e7];
/// Relative width at which a bisection ends.
const WIDTH: f64 = 0.002;

/// Photons per MAC, the same in all optical layers, at which the accuracy on `data` over `seeds` noise seeds is `target`: bisection in the logarithm under common random
/// numbers.
///
/// # Errors
///
/// [`RequiredError`], which says what is in the way.
pub fn required(programmed: &Programmed, data: &Dataset, target: f64, seeds: u64) -> Result<Required, RequiredError> {
    let ceiling = programmed.noiseless(data);
    if target > ceiling {
        return Err(RequiredError::Ceiling { target, ceiling });
    }
    let n = data.len() as u64;
    let mut known: Vec<(f64, Estimate)> = Vec::new();
    let mut at = |photons: f64| -> Result<Estimate, RequiredError> {
        if let Some((_, e)) = known.iter().find(|(p, _)| *p == photons) {
            return Ok(*e);
        }
        let e = programmed.accuracy(data, &programmed.uniform(photons), 0..seeds)?.estimate();
        known.push((photons, e));
        Ok(e)
    };
    let mut reach = |value: &dyn Fn(Estimate) -> f64| -> Result<Option<f64>, RequiredError> {
        let (mut low, mut high) = (1.0, 1.0);
        while value(at(high)?) < target {
            high *= 4.0;
            if high > RANGE[1] {
                return Ok(None);
            }
        }
        while value(at(low)?) >= target {
            low *= 0.25;
            if low < RANGE[0] {
                return Err(RequiredError::Chance { target, photons: RANGE[0] });
            }
        }
        while high > low * (1.0 + WIDTH) {
            let middle = f64::sqrt(low * high);
            if value(at(middle)?) < target { low = middle } else { high = middle }
        }
        Ok(Some(f64::sqrt(low * high)))
    };
    let unreached = RequiredError::Unreached { target, photons: RANGE[1] };
    let photons_per_mac = reach(&|e| e.mean)?.ok_or(unreached.clone())?;
    let two = |e: Estimate| 2.0 * e.stderr.unwrap_or(0.0);
    let low = reach(&|e| e.mean + two(e))?.ok_or(unreached)?;
    let high = reach(&|e| e.mean - two(e))?.unwrap_or(f64::INFINITY);
    let samples = |e: Estimate| wilson((e.mean * n as f64).round() as u64, n, 0.95);
    let low_of_samples = reach(&|e| samples(e).high)?.unwrap_or(low);
    let high_of_samples = reach(&|e| samples(e).low)?;
    Ok(Required { target, photons_per_mac, low, high, low_of_samples, high_of_samples })
}
