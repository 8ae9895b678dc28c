//! How well weights are set.

use crate::detector::normal;
use crate::{Dense, EngineError};
use lightfall_core::rng::Draws;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Errors of the weights of a device: W becomes the nearest of the levels it can be set to, plus top error g with g ~ N(0, 1), top the largest |W| of the layer. Drawn once per device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WeightControl {
    /// Bits of a weight: 2^bits - 1 levels from -top to top. None: any value.
    pub bits: Option<u32>,
    /// rms error of a weight over the largest of the layer.
    pub error: f64,
}

impl WeightControl {
    /// Checks the numbers.
    ///
    /// # Errors
    ///
    /// [`EngineError::Number`].
    pub fn validate(&self) -> Result<(), EngineError> {
        if !(self.error >= 0.0 && self.error.is_finite()) {
            let expected = "a finite number of at least 0";
            return Err(EngineError::Number { key: "error", value: self.error, expected });
        }
        check_bits("bits", self.bits)
    }

    /// Whether two devices differ.
    pub fn varies(&self) -> bool {
        self.error > 0.0
    }

    /// The weights as they are set.
    pub(crate) fn set(&self, layer: &Dense, fabrication: &mut Draws) -> Vec<f64> {
        let top = layer.weights.iter().fold(0.0_f64, |a, w| a.max(w.abs()));
        let mut weights = layer.weights.clone();
        if let Some(bits) = self.bits {
            let step = top / ((1_u64 << (bits - 1)) - 1) as f64;
            weights.iter_mut().filter(|_| step > 0.0).for_each(|w| *w = (*w / step).round_ties_even() * step);
        }
        if self.error > 0.0 {
            weights.iter_mut().for_each(|w| *w += top * self.error * normal(fabrication));
        }
        weights
    }
}

/// Checks a number of bits.
pub(crate) fn check_bits(key: &'static str, bits: Option<u32>) -> Result<(), EngineError> {
    match bits {
        Some(bits) if !(2..=24).contains(&bits) => {
            let expected = "2 to 24 bits; leave it out for values that are not rounded";
            Err(EngineError::Number { key, value: f64::from(bits), expected })
        }
        _ => Ok(()),
    }
}
