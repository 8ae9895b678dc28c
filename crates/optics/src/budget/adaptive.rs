//! Uncertain inputs measured again: few photons for all, more for those whose answer is close.

use super::required::{RequiredError, setting_for};
use super::{Programmed, nested};
use crate::network::largest;
use crate::{Dataset, EngineError};
use lightfall_core::stats::Estimate;
use serde::{Deserialize, Serialize};

/// A rule for measuring again, and what it saves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adaptive {
    /// Accuracy that the rule was chosen for, on the training split.
    pub target: f64,
    /// Detected photons per MAC of the first measurement.
    pub first: f64,
    /// Of the second.
    pub again: f64,
    /// Largest output less the second largest below which an input is measured again.
    pub threshold: f64,
    /// Share of the inputs of the test split that are.
    pub share_measured_again: f64,
    /// Mean photons per MAC on the test split.
    pub photons_per_mac: Estimate,
    /// Accuracy on the test split.
    pub accuracy: Estimate,
    /// Photons per MAC for that accuracy with the same light for all inputs.
    pub uniform_photons_per_mac: f64,
    /// How many times as many those are.
    pub saving: f64,
}

/// Second measurements draw the shots of this many noise seeds further on.
const AGAIN: u64 = 1 << 23;
/// Photons of the first measurement over those that all inputs alike need.
const FIRST: [f64; 5] = [0.2, 0.35, 0.5, 0.65, 0.8];
/// Photons of the second over those of the first.
const RATIOS: [f64; 4] = [1.0, 2.0, 4.0, 8.0];
/// Shares of inputs that are measured again.
const SHARES: [f64; 9] = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8];

/// Outputs of both measurements of every input, under one noise seed on one device.
struct Measured {
    once: Vec<f64>,
    twice: Vec<f64>,
}

/// Largest less second largest output.
fn margin(y: &[f64]) -> f64 {
    let top = largest(y);
    let second = y.iter().enumerate().filter(|(k, _)| *k != top).map(|(_, v)| *v).fold(f64::NEG_INFINITY, f64::max);
    y[top] - second
}

/// Accuracy, and share measured again.
type Run = [f64; 2];

impl Measured {
    fn new(
        programmed: &Programmed,
        data: &Dataset,
        photons: [f64; 2],
        device: usize,
        seed: u64,
    ) -> Result<Self, EngineError> {
        let at = |p: f64, seed: u64| programmed.outputs(&data.values, &programmed.uniform(p), device, seed);
        let (once, again) = (at(photons[0], seed)?, at(photons[1], seed + AGAIN)?);
        // Both measurements, by their light.
        let whole = photons[0] + photons[1];
        let twice = once.iter().zip(&again).map(|(a, b)| (photons[0] * a + photons[1] * b) / whole).collect();
        Ok(Self { once, twice })
    }

    fn margins(&self, classes: usize) -> Vec<f64> {
        self.once.chunks_exact(classes).map(margin).collect()
    }

    fn decide(&self, labels: &[usize], classes: usize, threshold: f64) -> Run {
        let (mut right, mut again) = (0.0, 0.0);
        let outputs = self.once.chunks_exact(classes).zip(self.twice.chunks_exact(classes));
        for ((once, twice), label) in outputs.zip(labels) {
            let uncertain = margin(once) < threshold;
            again += f64::from(u8::from(uncertain));
            right += f64::from(u8::from(largest(if uncertain { twice } else { once }) == *label));
        }
        [right, again].map(|v| v / labels.len() as f64)
    }
}

/// Accuracy and share measured again of every noise seed on every device, with `photons` for the first and the second measurement; `go_on` is asked before each.
///
/// # Errors
///
/// As for [`Programmed::accuracy`], and if `go_on` says no.
fn runs(
    programmed: &Programmed,
    data: &Dataset,
    photons: [f64; 2],
    threshold: f64,
    seeds: u64,
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<Run>, RequiredError> {
    let classes = programmed.network().outputs();
    let all = (0..programmed.devices()).flat_map(|d| (0..seeds).map(move |s| (d, s)));
    let one = |(d, s): (usize, u64)| -> Result<Run, RequiredError> {
        if !go_on() {
            return Err(RequiredError::Interrupted);
        }
        Ok(Measured::new(programmed, data, photons, d, s)?.decide(&data.labels, classes, threshold))
    };
    all.map(one).collect()
}

/// The cheapest rule that reaches `target` on `training`, of a grid about `uniform` photons per MAC, the need of all inputs alike: (photons, threshold).
fn choose(
    programmed: &Programmed,
    training: &Dataset,
    target: f64,
    uniform: f64,
    seeds: u64,
    go_on: &dyn Fn() -> bool,
) -> Result<([f64; 2], f64), RequiredError> {
    let classes = programmed.network().outputs();
    // Measuring everything once is always a rule.
    let mut best = (uniform, [uniform, uniform], 0.0);
    for first in FIRST {
        for ratio in RATIOS {
            if !go_on() {
                return Err(RequiredError::Interrupted);
            }
            let photons = [uniform * first, uniform * first * ratio];
            let measured = (0..seeds).map(|s| Measured::new(programmed, training, photons, 0, s));
            let measured = measured.collect::<Result<Vec<_>, _>>()?;
            let mut margins: Vec<f64> = measured.iter().flat_map(|m| m.margins(classes)).collect();
            margins.sort_unstable_by(f64::total_cmp);
            for share in SHARES {
                let threshold = margins[(share * margins.len() as f64) as usize];
                let runs: Vec<Run> = measured.iter().map(|m| m.decide(&training.labels, classes, threshold)).collect();
                let mean = |k: usize| runs.iter().map(|r| r[k]).sum::<f64>() / runs.len() as f64;
                let cost = photons[0] + mean(1) * photons[1];
                if mean(0) >= target && cost < best.0 {
                    best = (cost, photons, threshold);
                }
            }
        }
    }
    Ok((best.1, best.2))
}

/// The cheapest way to reach `target` on `training` by measuring uncertain inputs again, reported on `test`: photons of both measurements, the same in all optical layers, and the margin below which an
/// input counts as uncertain are chosen of a grid with `search_seeds` noise seeds; `seeds` for the report. Outputs of both are combined by their light. `go_on` is asked in between.
///
/// # Errors
///
/// [`RequiredError`], as for [`super::required`].
pub fn adaptive(
    programmed: &Programmed,
    training: &Dataset,
    test: &Dataset,
    target: f64,
    [search_seeds, seeds]: [u64; 2],
    go_on: &dyn Fn() -> bool,
) -> Result<Adaptive, RequiredError> {
    let need = setting_for(programmed, training, target, search_seeds, go_on)?;
    let (photons, threshold) = choose(programmed, training, target, need, search_seeds, go_on)?;
    let runs = runs(programmed, test, photons, threshold, seeds, go_on)?;
    let of = |f: &dyn Fn(&Run) -> f64| nested(&runs.iter().map(f).collect::<Vec<_>>(), programmed.devices());
    let accuracy = of(&|r| r[0]);
    let detected = |setting: f64| programmed.mean_photons(&programmed.uniform(setting));
    let mean = of(&|r| detected(photons[0]) + r[1] * detected(photons[1]));
    // The noiseless accuracy is no accuracy that noise is sure to pass.
    let reached = accuracy.mean.min(programmed.noiseless(test));
    let uniform = setting_for(programmed, test, reached, seeds, go_on)?;
    let [first, again, uniform] = [photons[0], photons[1], uniform].map(detected);
    Ok(Adaptive {
        target,
        first,
        again,
        threshold,
        share_measured_again: of(&|r| r[1]).mean,
        photons_per_mac: mean,
        accuracy,
        uniform_photons_per_mac: uniform,
        saving: uniform / mean.mean,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Dense, Intensity, Layer, Network};
    use lightfall_core::rng::{Draws, Purpose, Streams};

    /// Three classes, the one whose input is the largest; some samples are close.
    fn problem() -> (Programmed, Dataset) {
        let mut draws = Draws::new(&Streams::new(3, 0), Purpose::Couplings, 0);
        let mut data = Dataset { inputs: 6, ..Dataset::default() };
        let mut noise = [0.0; 6];
        for k in 0..240 {
            draws.normals(&mut noise);
            let gap = if k % 4 == 0 { 0.1 } else { 1.0 };
            let x = (0..6).map(|j| 0.5 + 0.02 * noise[j].abs() + if j % 3 == k % 3 { gap } else { 0.0 });
            data.values.extend(x);
            data.labels.push(k % 3);
        }
        let weights = (0..18).map(|k| if k % 6 % 3 == k / 6 { 1.0 } else { -0.5 }).collect();
        let dense = Dense { name: "d".into(), outputs: 3, inputs: 6, weights, bias: vec![0.0; 3] };
        let network = Network::new(vec![Layer::dense(dense, Activation::None)]).unwrap();
        let engine = Intensity::default();
        (Programmed::new(network, &engine, &[true], &data, Streams::new(0, 0)).unwrap(), data)
    }

    #[test]
    fn no_margin_is_one_measurement_and_any_margin_is_two() {
        let (programmed, data) = problem();
        let once = runs(&programmed, &data, [2.0, 6.0], 0.0, 3, &|| true).unwrap();
        let plain = programmed.accuracy(&data, &programmed.uniform(2.0), 0..3).unwrap().runs;
        assert_eq!(once, plain.iter().map(|a| [*a, 0.0]).collect::<Vec<_>>());
        let twice = runs(&programmed, &data, [2.0, 6.0], f64::INFINITY, 30, &|| true).unwrap();
        assert!(twice.iter().all(|r| r[1] == 1.0));
        // Two measurements are one with the light of both, for one linear layer.
        let of = |v: &[f64]| nested(v, 1);
        let combined = of(&twice.iter().map(|r| r[0]).collect::<Vec<_>>());
        let whole = of(&programmed.accuracy(&data, &programmed.uniform(8.0), 0..30).unwrap().runs);
        let error = combined.stderr.unwrap().hypot(whole.stderr.unwrap());
        assert!((combined.mean - whole.mean).abs() < 4.0 * error, "{combined:?} {whole:?}");
    }

    #[test]
    fn close_inputs_measured_again_save_light() {
        let (programmed, data) = problem();
        let found = adaptive(&programmed, &data, &data, 0.93, [4, 20], &|| true).unwrap();
        assert!(found.saving > 1.3, "{found:?}");
        assert!((found.accuracy.mean - 0.93).abs() < 0.02, "{found:?}");
        assert!(found.share_measured_again > 0.05 && found.share_measured_again < 0.7);
        let mean = found.first + found.share_measured_again * found.again;
        assert!((mean - found.photons_per_mac.mean).abs() < 1e-9);
    }
}
