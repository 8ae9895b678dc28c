//! The electronics behind a photodiode, in electrons per readout.

use crate::EngineError;
use crate::weights::check_bits;
use lightfall_core::rng::Draws;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Var_e = N + N_dark + sigma_read^2 + (RIN B) N^2 + step^2/12 with N detected photons: shot noise, dark counts, read noise, intensity noise of
/// the laser, converter. The efficiency is that of the [`crate::photons::Link`]; counts here are detected ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Detector {
    /// Mean dark counts of each detector per readout.
    pub dark_counts: f64,
    /// Read noise of each detector, electrons rms; kTC noise is sqrt(k T C)/q, 12.7 at 1 fF and 300 K.
    pub read_noise: f64,
    /// Relative intensity noise times bandwidth, RIN B: the relative variance of the light of an inference, the same on all detectors.
    pub intensity_noise: f64,
    /// Bits of the converter of a readout: mid-tread, 2^bits - 1 levels, full scale the largest readout of the batch. None: not converted.
    pub adc_bits: Option<u32>,
    /// Bits of the converter that sets the inputs, full scale the largest input of a sample: 2^bits levels from 0 on, or 2^bits - 1 about 0 where some are negative. None: not converted.
    pub dac_bits: Option<u32>,
}

/// Boltzmann's constant over the square of the elementary charge, 1/(F K).
const BOLTZMANN_OVER_CHARGE_SQUARED: f64 = 1.380_649e-23 / (1.602_176_634e-19 * 1.602_176_634e-19);

/// A draw of N(0, 1).
pub(crate) fn normal(draws: &mut Draws) -> f64 {
    StandardNormal.sample(draws)
}

impl Detector {
    /// Checks the numbers.
    ///
    /// # Errors
    ///
    /// [`EngineError::Number`].
    pub fn validate(&self) -> Result<(), EngineError> {
        let expected = "a finite number of at least 0";
        let numbers = [
            ("dark_counts", self.dark_counts),
            ("read_noise", self.read_noise),
            ("intensity_noise", self.intensity_noise),
        ];
        if let Some((key, value)) = numbers.into_iter().find(|(_, v)| !(*v >= 0.0 && v.is_finite())) {
            return Err(EngineError::Number { key, value, expected });
        }
        check_bits("dac_bits", self.dac_bits)?;
        check_bits("adc_bits", self.adc_bits)
    }

    /// Checks that no electronics are asked for behind a strong local oscillator.
    pub(crate) fn outweighed(&self) -> Result<(), EngineError> {
        let keys = [("read_noise", self.read_noise), ("dark_counts", self.dark_counts)];
        let expected = "0 with a strong local oscillator, which outweighs the electronics";
        let wrong = keys.into_iter().find(|(_, v)| *v > 0.0);
        wrong.map_or(Ok(()), |(key, value)| Err(EngineError::Number { key, value, expected }))
    }

    /// sqrt(k T C)/q electrons on a capacitance, F, at a temperature, K.
    pub fn ktc_noise(capacitance: f64, temperature: f64) -> f64 {
        (BOLTZMANN_OVER_CHARGE_SQUARED * temperature * capacitance).sqrt()
    }

    /// The light of one inference over its mean, 1 + sqrt(RIN B) g with g ~ N(0, 1): the same on all detectors. Cut at 0, where light ends.
    pub fn flash(&self, draws: &mut Draws) -> f64 {
        if self.intensity_noise == 0.0 {
            return 1.0;
        }
        (1.0 + self.intensity_noise.sqrt() * normal(draws)).max(0.0)
    }

    /// Adds the read noise of `detectors` detectors to every readout.
    pub(crate) fn add_read_noise(
        &self,
        detectors: f64,
        draws: &mut Draws,
        numbers: &mut Vec<f64>,
        readouts: &mut [f64],
    ) {
        if self.read_noise == 0.0 {
            return;
        }
        let scale = self.read_noise * detectors.sqrt();
        numbers.resize(readouts.len(), 0.0);
        draws.normals(numbers);
        readouts.iter_mut().zip(numbers).for_each(|(v, g)| *v += scale * *g);
    }

    /// Rounds the inputs of one sample to the levels of the converter that sets them.
    pub fn set_inputs(&self, x: &mut [f64]) {
        let Some(bits) = self.dac_bits else { return };
        let (low, top) = x.iter().fold((0.0_f64, 0.0_f64), |(low, top), v| (low.min(*v), top.max(v.abs())));
        let steps = if low < 0.0 { (1_u64 << (bits - 1)) - 1 } else { (1_u64 << bits) - 1 };
        let step = top / steps as f64;
        if step > 0.0 && step.is_finite() {
            x.iter_mut().for_each(|v| *v = (*v / step).round_ties_even() * step);
        }
    }

    /// Rounds readouts to the levels of the converter, whose full scale is the largest size of a readout of the batch. Levels are symmetric about 0, also for
    /// readouts of one rail, which use half of them: a bit is lost there.
    pub fn convert(&self, full_scale: f64, readouts: &mut [f64]) {
        let Some(bits) = self.adc_bits else { return };
        if full_scale == 0.0 {
            return;
        }
        let step = 2.0 * full_scale / ((1_u64 << bits) - 2) as f64;
        readouts.iter_mut().for_each(|v| *v = (*v / step).round_ties_even() * step);
    }
}
