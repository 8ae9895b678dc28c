//! Accuracy against photons.

use super::{Programmed, Spread, preview};
use crate::{Dataset, EngineError};
use lightfall_core::stats::{Estimate, Interval, wilson};
use serde::{Deserialize, Serialize};

/// Accuracy at one number of photons, with its errors apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// What the light of every layer is set by: detected photons per MAC, or exposures.
    pub setting: f64,
    /// Detected photons per MAC, of the arms that the engine counts, mean over layers and devices.
    pub photons_per_mac: f64,
    /// Mean over devices and noise seeds; the error shrinks with more of them.
    pub accuracy: Estimate,
    /// What devices and noise seeds differ by, where there are several devices.
    pub spread: Option<Spread>,
    /// The same by [`preview`](super::preview()), without drawing.
    pub preview: f64,
    /// Wilson interval of the samples, 95 %: what another test set of the same size may give.
    pub of_samples: Interval,
}

/// Accuracy on `data` at `setting` in all optical layers, over `seeds` noise seeds on every device; `go_on` is asked in between, `None` if it says no.
///
/// # Errors
///
/// As for [`Programmed::accuracy`].
pub fn curve(
    programmed: &Programmed,
    data: &Dataset,
    setting: f64,
    seeds: u64,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<CurvePoint>, EngineError> {
    let uniform = programmed.uniform(setting);
    let Some(runs) = programmed.accuracy_while(data, &uniform, 0..seeds, go_on)? else { return Ok(None) };
    let accuracy = runs.estimate();
    let right = (accuracy.mean * data.len() as f64).round() as u64;
    Ok(Some(CurvePoint {
        setting,
        photons_per_mac: programmed.mean_photons(&uniform),
        accuracy,
        spread: runs.spread(),
        preview: preview(programmed, data, &uniform),
        of_samples: wilson(right, data.len() as u64, 0.95),
    }))
}
