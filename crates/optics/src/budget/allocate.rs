//! A better split of the same photons over the layers.

use super::Programmed;
use crate::{Dataset, EngineError};
use lightfall_core::stats::Estimate;
use serde::{Deserialize, Serialize};

/// Photons of each layer at a fixed total, and what they buy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Allocation {
    /// Mean detected photons per MAC, the same for both splits.
    pub mean_photons_per_mac: f64,
    /// Detected photons per MAC of each layer at the same setting everywhere; `None` for digital ones.
    pub uniform_photons_per_mac: Vec<Option<f64>>,
    /// Those of the split.
    pub photons_per_mac: Vec<Option<f64>>,
    /// Share of all photons of each layer.
    pub shares: Vec<f64>,
    /// Accuracy on the test split with the same photons per MAC everywhere.
    pub uniform: Estimate,
    /// Accuracy on the test split with this split.
    pub allocated: Estimate,
    /// Splits that were tried on the training split.
    pub tried: usize,
}

/// Factors by which the light of a layer is changed, in turn, while that helps.
const FACTORS: [f64; 3] = [2.0, 1.4, 1.15];

/// Shares the light out so that the accuracy on `training` is best with as much detected light as the setting `setting` makes in all layers, and reports both splits on `test`: one layer after the other is
/// given more or less and the rest scaled to keep the total, by ever smaller factors, under common random numbers of `search_seeds` noise seeds; `seeds` for the report. `go_on` is asked before every split; `None` if it says no.
///
/// # Errors
///
/// As for [`Programmed::accuracy`].
pub fn allocate(
    programmed: &Programmed,
    training: &Dataset,
    test: &Dataset,
    setting: f64,
    [search_seeds, seeds]: [u64; 2],
    go_on: &dyn Fn() -> bool,
) -> Result<Option<Allocation>, EngineError> {
    let uniform = programmed.uniform(setting);
    let mean = programmed.mean_photons(&uniform);
    let optical: Vec<usize> = (0..uniform.len()).filter(|l| uniform[*l].is_some()).collect();
    let mut tried = 0;
    let mut score = |photons: &[Option<f64>]| -> Result<Option<f64>, EngineError> {
        tried += 1;
        let found = programmed.accuracy_while(training, photons, 0..search_seeds, go_on)?;
        Ok(found.map(|a| a.estimate().mean))
    };
    let Some(mut value) = score(&uniform)? else { return Ok(None) };
    let mut best = uniform.clone();
    for factor in FACTORS {
        // Enough turns for a layer to move by a factor of a hundred, and an end in any case.
        for _ in 0..8 {
            let mut moved = false;
            for &l in &optical {
                for by in [factor, 1.0 / factor] {
                    let mut photons = best.clone();
                    photons[l] = photons[l].map(|p| p * by);
                    let scale = mean / programmed.mean_photons(&photons);
                    photons.iter_mut().flatten().for_each(|p| *p *= scale);
                    let Some(found) = score(&photons)? else { return Ok(None) };
                    if found > value {
                        (best, value, moved) = (photons, found, true);
                    }
                }
            }
            if !moved {
                break;
            }
        }
    }
    let detected = |(l, s): (usize, &Option<f64>)| s.map(|s| programmed.layer_photons(l, s));
    let all = |settings: &[Option<f64>]| settings.iter().enumerate().map(detected).collect::<Vec<_>>();
    let photons_per_mac = all(&best);
    let on_test = |photons: &[Option<f64>]| programmed.accuracy_while(test, photons, 0..seeds, go_on);
    let Some(plain) = on_test(&uniform)? else { return Ok(None) };
    let Some(allocated) = on_test(&best)? else { return Ok(None) };
    let macs = programmed.network().macs();
    let total = mean * programmed.work().macs as f64;
    Ok(Some(Allocation {
        mean_photons_per_mac: mean,
        shares: photons_per_mac.iter().zip(&macs).map(|(p, m)| p.unwrap_or(0.0) * *m as f64 / total).collect(),
        uniform: plain.estimate(),
        allocated: allocated.estimate(),
        uniform_photons_per_mac: all(&uniform),
        photons_per_mac,
        tried,
    }))
}
