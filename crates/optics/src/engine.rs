//! What an optical matrix multiplier must do: be programmed with the weights of a layer, and read out noisy products.

use crate::photons::Arms;
use crate::poisson::Shots;
use crate::{Activation, Dense, Detector};
use lightfall_core::rng::Draws;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// How the light of a layer is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// Every sample gets the same number of detected photons, P m n.
    #[default]
    PerSample,
    /// One gain for all samples, such that the mean over the training split is P m n.
    Fixed,
    /// Every sample gets the same number of photons into the mask, P_in m n, and P_in is what the light of a layer is set by: detected ones are P_in times the mean transmission.
    IntoMask,
}

/// What is known of the inputs of a layer before it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Calibration {
    /// Mean over the training split of sum_i rate_i, the light that all detectors see at unit gain: see [`Multiplier::total`].
    pub mean_light: Option<f64>,
    /// Light behind the weights over that in front of them, all samples of the training split together: see [`Multiplier::through_mask`].
    pub mean_transmission: Option<f64>,
}

/// Why a layer cannot be multiplied in this way.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// Light has no sign.
    #[error("layer {layer} has a negative {what} ({value}), and {engine} needs {what}s of at least 0; {remedy}")]
    Negative {
        /// Layer.
        layer: String,
        /// Input or weight.
        what: &'static str,
        /// The number.
        value: f64,
        /// Engine.
        engine: &'static str,
        /// What would do.
        remedy: &'static str,
    },
    /// A number of the device outside its range.
    #[error("{key} = {value}, expected {expected}")]
    Number {
        /// Key in the device file.
        key: &'static str,
        /// The value.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// A choice that does not go with another.
    #[error("{key} = \"{value}\", expected {expected}")]
    Choice {
        /// Key in the device file.
        key: &'static str,
        /// What was chosen.
        value: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// A mesh that cannot be set.
    #[error("layer {layer}: {error}")]
    Mesh {
        /// Layer.
        layer: String,
        /// Why.
        error: String,
    },
    /// A number that has grown out of range on its way through the layers.
    #[error(
        "layer {layer} has an output that is not finite ({value}); check the scale of data and weights, and the number of photons"
    )]
    NotFinite {
        /// Layer.
        layer: String,
        /// The value.
        value: f64,
    },
    /// Hardware that makes an activation of its own, in a layer that has another, or a bias.
    #[error("layer {layer}: {engine} makes {expected} itself, but the layer has {found}")]
    Activation {
        /// Layer.
        layer: String,
        /// Engine.
        engine: &'static str,
        /// What it makes.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// A layer without weights.
    #[error("layer {layer} has no weights other than 0: there is nothing to multiply with")]
    Dark {
        /// Layer.
        layer: String,
    },
}

/// A sample on its way through a layer.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Inputs, n.
    pub x: &'a [f64],
    /// Their light, [`Multiplier::width`].
    pub light: &'a [f64],
    /// What is known of the layer.
    pub calibration: &'a Calibration,
}

/// How something depends on the variances of the estimates.
#[derive(Clone, Copy, Debug)]
pub struct Slopes<'a> {
    /// W, m x n row-major.
    pub weights: &'a [f64],
    /// Photons per MAC.
    pub photons: f64,
    /// Var_i.
    pub variance: &'a [f64],
    /// Its derivative by Var_i.
    pub slopes: &'a [f64],
}

/// Memory of a worker, reused from sample to sample.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// Mean counts, then counts.
    pub counts: Vec<f64>,
    /// What draws them.
    pub shots: Shots,
    /// Operands as they are sent.
    pub codes: Vec<u32>,
}

/// A way to multiply with light.
pub trait Engine: Send + Sync + Debug {
    /// Name as in device files.
    fn name(&self) -> &'static str;

    /// The hardware with the weights of `layer` on it. What differs between two devices of the same kind is drawn from `fabrication`, once for all inferences.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the weights cannot be put on it, or a number of the device is out of range.
    fn program(&self, layer: &Dense, fabrication: &mut Draws) -> Result<Box<dyn Multiplier>, EngineError>;

    /// Whether two devices differ.
    fn varies(&self) -> bool {
        false
    }

    /// The activation that the hardware makes by itself: every optical layer must have it, and no bias. Its readouts are numbers after the activation.
    fn activation(&self) -> Option<Activation> {
        None
    }

    /// The arms that photons are counted in.
    fn arms(&self) -> Arms {
        Arms::Both
    }

    /// What the light of a layer is set by.
    fn setting(&self) -> Setting {
        Setting::PhotonsPerMac
    }
}

impl Setting {
    /// As written in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::PhotonsPerMac => "photons-per-mac",
            Self::PhotonsIntoMask => "photons-into-mask",
            Self::Shots => "shots",
        }
    }
}

/// What the light of a layer is set by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Setting {
    /// Detected photons per MAC.
    #[default]
    PhotonsPerMac,
    /// Photons into the mask per MAC.
    PhotonsIntoMask,
    /// Exposures that are averaged, a whole number: the weights set the light of each.
    Shots,
}

/// A layer on the hardware: y = W x, W of m outputs and n inputs.
pub trait Multiplier: Send + Sync + Debug {
    /// Numbers of light of a sample, such as those of every detector.
    fn width(&self) -> usize;

    /// The light of several samples at unit gain: `x` has n numbers a sample, `light` [`Multiplier::width`], overwritten. One sample does not depend on the others.
    fn expose(&self, x: &[f64], light: &mut [f64]);

    /// All light of a sample at unit gain: what a fixed exposure is set by.
    fn total(&self, light: &[f64]) -> f64;

    /// The light of a sample behind the weights and in front of them, for the inputs `x` with their `light`, in a unit that all samples share under the exposure of the device; `None` where weights are no
    /// mask, or without light. Their ratio is T = sum_ij t_ij x_j/(rails m sum_j x_j) with t_ij in [0, 1].
    fn through_mask(&self, _x: &[f64], _light: &[f64]) -> Option<[f64; 2]> {
        None
    }

    /// Checks that the inputs can be put on the hardware.
    ///
    /// # Errors
    ///
    /// [`EngineError::Negative`] where light would need a sign.
    fn accepts(&self, x: &[f64]) -> Result<(), EngineError>;

    /// Draws the readouts of one inference in electrons (m, overwritten) with the light set to `photons` (detected ones per MAC, or what [`Engine::setting`] says), for the inputs `x` with their `light`; returns the gain,
    /// electrons per unit of y, 0 without light.
    fn read(
        &self,
        sample: Sample<'_>,
        photons: f64,
        rng: &mut Draws,
        scratch: &mut Scratch,
        readout: &mut [f64],
    ) -> f64;

    /// Readouts to estimates of y, in place.
    fn decode(&self, x: &[f64], gain: f64, readout: &mut [f64]);

    /// Mean of every estimate on this device: y itself where nothing is wrong with it.
    fn mean(&self, sample: Sample<'_>, photons: f64, out: &mut [f64]);

    /// Variance of every estimate, in units of y squared, without the converter.
    fn variance(&self, sample: Sample<'_>, photons: f64, out: &mut [f64]);

    /// Adds what a change of the variances does: with `noise.slopes` the derivatives of something by Var_i, those by W_ij to `dw` (m n) and by x_j to `dx` (n). For training only. By default
    /// Var_i ~ |W|_F^2 |x|^2, the law of a homodyne receiver and of any device whose weights and inputs fill its range: dVar_i/dW = 2 Var_i W/|W|_F^2, dVar_i/dx = 2 Var_i x/|x|^2.
    fn back_variance(&self, sample: Sample<'_>, noise: Slopes<'_>, dw: &mut [f64], dx: &mut [f64]) {
        by_norms(sample, noise, dw, dx);
    }

    /// The electronics behind the detectors.
    fn detector(&self) -> &Detector;

    /// Detected photons per MAC at the setting `setting`, which is that number but where the weights set the light.
    fn photons_per_mac(&self, setting: f64, _: &Calibration) -> f64 {
        setting
    }
}

/// [`Multiplier::back_variance`] where the variance is that of the norms of weights and inputs.
pub(crate) fn by_norms(sample: Sample<'_>, noise: Slopes<'_>, dw: &mut [f64], dx: &mut [f64]) {
    let sum: f64 = noise.slopes.iter().zip(noise.variance).map(|(d, v)| d * v).sum();
    for (values, out) in [(noise.weights, dw), (sample.x, dx)] {
        let square: f64 = values.iter().map(|v| v * v).sum();
        if square > 0.0 {
            out.iter_mut().zip(values).for_each(|(out, v)| *out += 2.0 * sum / square * v);
        }
    }
}
