//! Which layer is the weak one.

use super::{Programmed, nested};
use crate::{Dataset, EngineError};
use lightfall_core::stats::Estimate;
use serde::{Deserialize, Serialize};

/// What more light in one layer does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Layer.
    pub layer: String,
    /// Its share of the optical MACs.
    pub share_of_macs: f64,
    /// d accuracy/d ln P_l, from P_l times e^(1/4) and e^(-1/4) under the same noise.
    pub per_log_photons: Estimate,
    /// Accuracy with light in this layer alone, the others without noise.
    pub alone: Estimate,
}

/// Half the change of ln P.
const STEP: f64 = 0.25;

/// The sensitivity of every optical layer around `photons` on `data` over `seeds` noise seeds on every device; `go_on` is asked in between, `None` if it says no.
///
/// # Errors
///
/// As for [`Programmed::accuracy`].
pub fn sensitivities(
    programmed: &Programmed,
    data: &Dataset,
    photons: &[Option<f64>],
    seeds: u64,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<Vec<Sensitivity>>, EngineError> {
    let (total, macs) = (programmed.work().macs as f64, programmed.network().macs());
    let mut all = Vec::new();
    for (l, layer) in programmed.network().layers().iter().enumerate() {
        let Some(p) = photons[l] else { continue };
        let at = |factor: f64| {
            let mut changed = photons.to_vec();
            changed[l] = Some(p * factor);
            programmed.accuracy_while(data, &changed, 0..seeds, go_on)
        };
        let Some(more) = at(STEP.exp())? else { return Ok(None) };
        let Some(less) = at((-STEP).exp())? else { return Ok(None) };
        let slopes: Vec<f64> = more.runs.iter().zip(&less.runs).map(|(a, b)| (a - b) / (2.0 * STEP)).collect();
        let alone: Vec<Option<f64>> = (0..photons.len()).map(|k| photons[k].filter(|_| k == l)).collect();
        let Some(alone) = programmed.accuracy_while(data, &alone, 0..seeds, go_on)? else { return Ok(None) };
        all.push(Sensitivity {
            layer: layer.dense.name.clone(),
            share_of_macs: macs[l] as f64 / total,
            per_log_photons: nested(&slopes, programmed.devices()),
            alone: alone.estimate(),
        });
    }
    Ok(Some(all))
}
