//! Fields on a beam splitter: homodyne photoelectric multiplication (Hamerly et al. 2019).
//!
//! a_j = s_x x_j and b_ij = s_w W_ij in sqrt(photons) meet on a 50:50 splitter, N+-_i ~ Poisson(sum_j (a_j +- b_ij)^2/2) and
//!
//!   yhat_i = (N+_i - N-_i)/(2 s_x s_w),      Var_i = |x|^2/(4 s_w^2) + |W_i|^2/(4 s_x^2).
//!
//! A share r of the detected photons P m n is in the weight arm: s_x^2 = (1 - r) P n/|x|^2 (the input is fanned out to m splitters), s_w^2 = r P m n/|W|_F^2, and the mean of Var_i over the
//! outputs is |W|_F^2 |x|^2/(4 r (1 - r) m n P), the standard quantum limit at r = 1/2. Both arms are counted. Where the weight arm is a strong local oscillator
//! (signal-starved, r -> 1) and P counts the signal alone, Var = |W|_F^2 |x|^2/(4 m n P): four times less at the same number. Inputs and weights have any sign.
//!
//! Source: Hamerly, Bernstein, Sludds, Soljacic and Englund (2019), Phys. Rev. X 9, 021032; the book's page on this engine.

use crate::engine::{Engine, EngineError, Multiplier, Sample, Scratch};
use crate::photons::Arms;
use crate::sums::square;
use crate::{Dense, Detector, WeightControl};
use lightfall_core::panels::Panels;
use lightfall_core::rng::Draws;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the two detectors of a splitter are described.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Receiver {
    /// One Gaussian for all outputs, the mean variance: the standard quantum limit as it is usually written.
    #[default]
    Gaussian,
    /// Exact counts of both detectors.
    Poisson,
    /// A strong local oscillator in the weight arm, the signal arm counted alone.
    SignalStarved,
}

/// Homodyne photoelectric multiplication.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Homodyne {
    /// How the detectors are described.
    pub receiver: Receiver,
    /// Share r of the light in the weight arm.
    pub weight_share: f64,
    /// How well the weight arm is set.
    pub weights: WeightControl,
    /// Electronics.
    pub detector: Detector,
}

impl Default for Homodyne {
    fn default() -> Self {
        let (weights, detector) = (WeightControl::default(), Detector::default());
        Self { receiver: Receiver::Gaussian, weight_share: 0.5, weights, detector }
    }
}

impl Engine for Homodyne {
    fn name(&self) -> &'static str {
        "homodyne"
    }

    fn varies(&self) -> bool {
        self.weights.varies()
    }

    fn arms(&self) -> Arms {
        if self.receiver == Receiver::SignalStarved { Arms::One } else { Arms::Both }
    }

    fn program(&self, layer: &Dense, fabrication: &mut Draws) -> Result<Box<dyn Multiplier>, EngineError> {
        self.detector.validate()?;
        self.weights.validate()?;
        if !(self.weight_share > 0.0 && self.weight_share < 1.0) {
            let expected = "a share between 0 and 1, both excluded";
            return Err(EngineError::Number { key: "weight_share", value: self.weight_share, expected });
        }
        if self.receiver == Receiver::SignalStarved {
            self.detector.outweighed()?;
        }
        let n = layer.inputs;
        let weights = self.weights.set(layer, fabrication);
        let rows: Vec<f64> = weights.chunks_exact(n).map(|row| row.iter().map(|w| w * w).sum()).collect();
        let total = rows.iter().sum();
        if total == 0.0 {
            return Err(EngineError::Dark { layer: layer.name.clone() });
        }
        Ok(Box::new(Splitters { device: *self, weights: Panels::stacked(n, &[weights]), inputs: n, rows, total }))
    }
}

/// A layer on beam splitters.
#[derive(Debug)]
struct Splitters {
    device: Homodyne,
    weights: Panels,
    inputs: usize,
    /// |W_i|^2 of each output.
    rows: Vec<f64>,
    /// |W|_F^2.
    total: f64,
}

impl Splitters {
    /// s_x^2 and s_w^2, and the variance of the Gaussian receivers; zeros without light.
    fn scales(&self, x2: f64, photons: f64) -> [f64; 3] {
        if x2 == 0.0 || photons == 0.0 {
            return [0.0; 3];
        }
        let (m, n) = (self.rows.len() as f64, self.inputs as f64);
        let r = self.device.weight_share;
        let limit = self.total * x2 / (m * n * photons);
        let variance =
            if self.device.receiver == Receiver::SignalStarved { 0.25 * limit } else { limit / (4.0 * r * (1.0 - r)) };
        [(1.0 - r) * photons * n / x2, r * photons * m * n / self.total, variance]
    }
}

impl Multiplier for Splitters {
    fn width(&self) -> usize {
        self.rows.len()
    }

    fn expose(&self, x: &[f64], light: &mut [f64]) {
        self.weights.apply(x, light);
    }

    /// Light is set for every sample: nothing to calibrate.
    fn total(&self, _: &[f64]) -> f64 {
        0.0
    }

    fn accepts(&self, _: &[f64]) -> Result<(), EngineError> {
        Ok(())
    }

    fn read(
        &self,
        sample: Sample<'_>,
        photons: f64,
        rng: &mut Draws,
        scratch: &mut Scratch,
        readout: &mut [f64],
    ) -> f64 {
        let (d, x2) = (&self.device.detector, square(sample.x));
        let [sx2, sw2, variance] = self.scales(x2, photons);
        let gain = 2.0 * (sx2 * sw2).sqrt();
        let flash = d.flash(rng);
        if self.device.receiver == Receiver::Poisson {
            // N+ of all outputs, then N- of all.
            scratch.counts.clear();
            for side in [1.0, -1.0] {
                let mean = |(y, row): (&f64, &f64)| {
                    (0.5 * flash * (sx2 * x2 + sw2 * row + side * gain * y)).max(0.0) + d.dark_counts
                };
                scratch.counts.extend(sample.light.iter().zip(&self.rows).map(mean));
            }
            scratch.shots.draw(&mut scratch.counts, rng);
            let (plus, minus) = scratch.counts.split_at(readout.len());
            for ((out, plus), minus) in readout.iter_mut().zip(plus).zip(minus) {
                *out = plus - minus;
            }
            d.add_read_noise(2.0, rng, &mut scratch.counts, readout);
        } else {
            let width = (gain * gain * variance + 2.0 * (d.dark_counts + d.read_noise * d.read_noise)).sqrt();
            rng.normals(readout);
            for (out, y) in readout.iter_mut().zip(sample.light) {
                *out = gain * flash * y + width * *out;
            }
        }
        gain
    }

    fn decode(&self, _: &[f64], gain: f64, readout: &mut [f64]) {
        let per_electron = if gain > 0.0 { 1.0 / gain } else { 0.0 };
        readout.iter_mut().for_each(|v| *v *= per_electron);
    }

    fn mean(&self, sample: Sample<'_>, _: f64, out: &mut [f64]) {
        out.copy_from_slice(sample.light);
    }

    fn variance(&self, sample: Sample<'_>, photons: f64, out: &mut [f64]) {
        let (d, x2) = (&self.device.detector, square(sample.x));
        let [sx2, sw2, variance] = self.scales(x2, photons);
        let electronics = 2.0 * (d.dark_counts + d.read_noise * d.read_noise) / (4.0 * sx2 * sw2);
        for ((out, row), y) in out.iter_mut().zip(&self.rows).zip(sample.light) {
            let shot = if self.device.receiver == Receiver::Poisson { 0.25 * (x2 / sw2 + row / sx2) } else { variance };
            *out = if sx2 > 0.0 { shot + electronics + d.intensity_noise * y * y } else { 0.0 };
        }
    }

    fn detector(&self) -> &Detector {
        &self.device.detector
    }
}
