//! Neurons that are a detector's click (Ma et al. 2025): the noise of single photons is part of what the network computes.
//!
//! With the product y_i = sum_j W_ij x_j, detector i sees lambda_i photons on average: y_i^2 for coherent light, whose field is y_i in square roots of detected photons, or y_i for incoherent
//! light. It clicks with the chance p_i = 1 - exp(-(lambda_i + d)), d its dark counts, and the readout is the share of clicks in K exposures: mean p_i, variance p_i (1 - p_i)/K.
//!
//! The weights set the light, so the light of a layer is a number of exposures. What comes out is after the activation: the layer has `click-coherent` or `click-incoherent` for its own, and no bias.
//!
//! Source: Ma et al. (2025), Nat. Commun. 16, 359; the book's page on this engine.

use crate::engine::{Calibration, Engine, EngineError, Multiplier, Sample, Scratch, Setting};
use crate::sums::sum;
use crate::{Activation, Dense, Detector};
use lightfall_core::panels::Panels;
use lightfall_core::rng::Draws;
use rand::RngExt;
use rand_distr::{Binomial, Distribution};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What adds up on the way to a detector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Light {
    /// Fields: lambda = (W x)^2.
    #[default]
    Coherent,
    /// Intensities: lambda = W x, with weights and inputs of at least 0.
    Incoherent,
}

/// Detectors that click or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SinglePhoton {
    /// What adds up.
    pub light: Light,
    /// Mean dark counts of each detector in one exposure.
    pub dark_counts: f64,
}

impl Engine for SinglePhoton {
    fn name(&self) -> &'static str {
        "single-photon"
    }

    fn activation(&self) -> Option<Activation> {
        Some(match self.light {
            Light::Coherent => Activation::ClickCoherent,
            Light::Incoherent => Activation::ClickIncoherent,
        })
    }

    fn setting(&self) -> Setting {
        Setting::Shots
    }

    fn program(&self, layer: &Dense, _: &mut Draws) -> Result<Box<dyn Multiplier>, EngineError> {
        let detector = Detector { dark_counts: self.dark_counts, ..Detector::default() };
        detector.validate()?;
        if layer.weights.iter().all(|w| *w == 0.0) {
            return Err(EngineError::Dark { layer: layer.name.clone() });
        }
        let negative = layer.weights.iter().find(|w| **w < 0.0);
        if let (Light::Incoherent, Some(value)) = (self.light, negative) {
            let remedy = "use light = \"coherent\", or a network trained with weights of at least 0";
            let (layer, engine) = (layer.name.clone(), "light = \"incoherent\"");
            return Err(EngineError::Negative { layer, what: "weight", value: *value, engine, remedy });
        }
        let weights = Panels::stacked(layer.inputs, std::slice::from_ref(&layer.weights));
        let (name, inputs) = (layer.name.clone(), layer.inputs);
        Ok(Box::new(Clicks { name, weights, inputs, light: self.light, detector }))
    }
}

/// A layer of clicking detectors.
#[derive(Debug)]
struct Clicks {
    name: String,
    weights: Panels,
    inputs: usize,
    light: Light,
    detector: Detector,
}

impl Clicks {
    /// Chance of a click for a mean of `lambda` photons.
    fn chance(&self, lambda: f64) -> f64 {
        -(-(lambda + self.detector.dark_counts)).exp_m1()
    }
}

/// A whole number of exposures, at least one.
fn shots(setting: f64) -> u64 {
    // Saturates.
    setting.round().max(1.0) as u64
}

/// Clicks of `shots` exposures.
fn clicks(shots: u64, p: f64, rng: &mut Draws) -> f64 {
    // Few exposures one by one; the law of more by the crate's sampler.
    if shots <= 8 {
        return (0..shots).filter(|_| rng.random::<f64>() < p).count() as f64;
    }
    Binomial::new(shots, p).map_or(f64::NAN, |law| law.sample(rng) as f64)
}

impl Multiplier for Clicks {
    fn width(&self) -> usize {
        self.weights.outputs()
    }

    fn expose(&self, x: &[f64], light: &mut [f64]) {
        self.weights.apply(x, light);
        if self.light == Light::Coherent {
            light.iter_mut().for_each(|y| *y *= *y);
        }
    }

    fn total(&self, light: &[f64]) -> f64 {
        sum(light)
    }

    fn accepts(&self, x: &[f64]) -> Result<(), EngineError> {
        let negative = x.iter().find(|v| **v < 0.0).filter(|_| self.light == Light::Incoherent);
        negative.map_or(Ok(()), |value| {
            let (layer, engine) = (self.name.clone(), "light = \"incoherent\"");
            let remedy = "shift the data, or use light = \"coherent\"";
            Err(EngineError::Negative { layer, what: "input", value: *value, engine, remedy })
        })
    }

    fn read(&self, sample: Sample<'_>, setting: f64, rng: &mut Draws, _: &mut Scratch, readout: &mut [f64]) -> f64 {
        let shots = shots(setting);
        for (out, lambda) in readout.iter_mut().zip(sample.light) {
            *out = clicks(shots, self.chance(*lambda), rng);
        }
        shots as f64
    }

    fn decode(&self, _: &[f64], gain: f64, readout: &mut [f64]) {
        readout.iter_mut().for_each(|v| *v /= gain);
    }

    fn mean(&self, sample: Sample<'_>, _: f64, out: &mut [f64]) {
        out.iter_mut().zip(sample.light).for_each(|(out, lambda)| *out = self.chance(*lambda));
    }

    fn variance(&self, sample: Sample<'_>, setting: f64, out: &mut [f64]) {
        for (out, lambda) in out.iter_mut().zip(sample.light) {
            let p = self.chance(*lambda);
            *out = p * (1.0 - p) / shots(setting) as f64;
        }
    }

    fn detector(&self) -> &Detector {
        &self.detector
    }

    /// Light of all exposures that reaches the detectors, of an average input.
    fn photons_per_mac(&self, setting: f64, calibration: &Calibration) -> f64 {
        let macs = (self.weights.outputs() * self.inputs) as f64;
        shots(setting) as f64 * calibration.mean_light.unwrap_or(0.0) / macs
    }
}
