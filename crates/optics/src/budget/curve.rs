//! Accuracy against photons.

use super::{Programmed, preview};
use crate::{Dataset, EngineError};
use lightfall_core::stats::{Estimate, Interval, wilson};
use serde::{Deserialize, Serialize};

/// Accuracy at one number of photons, with its two errors apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Detected photons per MAC, both arms.
    pub photons_per_mac: f64,
    /// Mean over noise seeds; the error shrinks with more of them.
    pub accuracy: Estimate,
    /// The same by [`preview`](super::preview()), without drawing.
    pub preview: f64,
    /// Wilson interval of the samples, 95 %: what another test set of the same size may give.
    pub of_samples: Interval,
}

/// Accuracy on `data` at each of `photons`, the same in all optical layers, over `seeds` noise seeds; `watch` is told of every point and says whether to go on.
///
/// # Errors
///
/// As for [`Programmed::accuracy`].
pub fn curve(
    programmed: &Programmed,
    data: &Dataset,
    photons: &[f64],
    seeds: u64,
    watch: &dyn Fn(usize) -> bool,
) -> Result<Vec<CurvePoint>, EngineError> {
    let mut points = Vec::new();
    for (k, p) in photons.iter().enumerate() {
        if !watch(k) {
            break;
        }
        let accuracy = programmed.accuracy(data, &programmed.uniform(*p), 0..seeds)?.estimate();
        let right = (accuracy.mean * data.len() as f64).round() as u64;
        points.push(CurvePoint {
            photons_per_mac: *p,
            accuracy,
            preview: preview(programmed, data, &programmed.uniform(*p)),
            of_samples: wilson(right, data.len() as u64, 0.95),
        });
    }
    Ok(points)
}
