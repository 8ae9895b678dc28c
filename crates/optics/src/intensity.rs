//! Weights as transmissions of a mask, inputs as intensities, products as counts of a detector (Wang et al. 2022).
//!
//! With kappa detected photons per unit of x_j w_ij, N_i ~ Poisson(kappa sum_j x_j w_ij) on each rail, and every encoding is
//!
//!   yhat_i = unit (N+_i - N-_i)/kappa + slope sum_j x_j,      Var_i = unit^2 (sum_j x_j (w+_ij + w-_ij))/kappa:
//!
//! * differential, W = W+ - W-: two rails, unit 1, slope 0, so Var_i = sum_j x_j |W_ij|/kappa;
//! * single rail, W >= 0: unit 1, slope 0;
//! * offset: w = (W - min W)/(max W - min W) on one rail, unit max W - min W, slope min W, the offset subtracted digitally.
//!
//! A mask of contrast C passes 1/C where it is dark: weights w in [0, w_max] become 1/C + (1 - 1/C) w/w_max, unit w_max/(1 - 1/C), and on one rail
//! the floor is subtracted too. Exposure: kappa = P m n/(light), the light of the sample or its mean over the training split; set into the mask, kappa = P_in m n/(rails m w_max sum_j x_j).
//!
//! Sources: Wang et al. (2022), Nat. Commun. 13, 123, and its notebook (offset encoding); the book's page on this engine.

use crate::engine::{
    Calibration, Engine, EngineError, Exposure, Multiplier, Sample, Scratch, Setting, Slopes, by_norms,
};
use crate::sums::{first, sum};
use crate::{Dense, Detector, WeightControl};
use lightfall_core::panels::Panels;
use lightfall_core::rng::Draws;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How signed weights become transmissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Two rails, W = W+ - W-.
    #[default]
    Differential,
    /// One rail, for weights of at least 0.
    SingleRail,
    /// One rail, the range of W stretched to [0, 1], its offset subtracted digitally.
    Offset,
}

/// Direct detection of intensities behind a mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Intensity {
    /// How signed weights become transmissions.
    pub encoding: Encoding,
    /// How the light is set.
    pub exposure: Exposure,
    /// Contrast of the mask, above 1; none: dark is dark.
    pub contrast: Option<f64>,
    /// How well the mask is set.
    pub weights: WeightControl,
    /// Electronics.
    pub detector: Detector,
}

impl Engine for Intensity {
    fn name(&self) -> &'static str {
        "intensity"
    }

    fn varies(&self) -> bool {
        self.weights.varies()
    }

    fn setting(&self) -> Setting {
        if self.exposure == Exposure::IntoMask { Setting::PhotonsIntoMask } else { Setting::PhotonsPerMac }
    }

    fn program(&self, layer: &Dense, fabrication: &mut Draws) -> Result<Box<dyn Multiplier>, EngineError> {
        self.detector.validate()?;
        self.weights.validate()?;
        if let Some(value) = self.contrast.filter(|c| c.is_nan() || *c <= 1.0) {
            return Err(EngineError::Number {
                key: "contrast",
                value,
                expected: "a number above 1; leave it out for a perfect mask",
            });
        }
        let n = layer.inputs;
        let range = |w: &[f64]| w.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
        let (low, high) = range(&layer.weights);
        if low == 0.0 && high == 0.0 {
            return Err(EngineError::Dark { layer: layer.name.clone() });
        }
        if self.encoding == Encoding::SingleRail && low < 0.0 {
            let remedy = "use encoding = \"differential\" or \"offset\"";
            let (layer, engine) = (layer.name.clone(), "encoding = \"single-rail\"");
            return Err(EngineError::Negative { layer, what: "weight", value: low, engine, remedy });
        }
        let mut w = self.weights.set(layer, fabrication);
        if self.encoding == Encoding::SingleRail {
            w.iter_mut().for_each(|w| *w = w.max(0.0));
        }
        let (low, high) = range(&w);
        // Weights that are all alike have no range: nothing passes, and the offset is all there is.
        let range = if high > low { high - low } else { 1.0 };
        let (shares, top): (Vec<Vec<f64>>, f64) = match self.encoding {
            Encoding::Differential => {
                let side = |sign: f64| w.iter().map(|v| (sign * v).max(0.0)).collect();
                (vec![side(1.0), side(-1.0)], high.max(-low))
            }
            Encoding::SingleRail => (vec![w], high),
            Encoding::Offset => (vec![w.iter().map(|v| (v - low) / range).collect()], 1.0),
        };
        // A transmission t in [0, top] becomes floor + (1 - floor) t/top on a real mask.
        let (floor, scale) = self.contrast.map_or((0.0, 1.0), |c| (1.0 / c, (1.0 - 1.0 / c) / top));
        let open = if self.contrast.is_some() { 1.0 } else { top };
        let rails: Vec<Vec<f64>> = shares.iter().map(|t| t.iter().map(|t| floor + scale * t).collect()).collect();
        let weights = Panels::stacked(n, &rails);
        let (unit, slope) = match self.encoding {
            Encoding::Differential => (1.0 / scale, 0.0),
            Encoding::SingleRail => (1.0 / scale, -floor / scale),
            Encoding::Offset => (range / scale, low - floor * range / scale),
        };
        let (name, rails) = (layer.name.clone(), rails.len());
        let (engine, exposure, detector) = (self.name(), self.exposure, self.detector);
        // With a fixed gain the light of a sample is not that of its own sum.
        let signed = self.encoding == Encoding::Differential && exposure == Exposure::PerSample;
        let open = Some(open);
        Ok(Box::new(Masked { name, engine, weights, rails, unit, slope, open, signed, inputs: n, exposure, detector }))
    }
}

/// A layer whose weights are transmissions between inputs and detectors, on one rail or two.
#[derive(Debug)]
pub(crate) struct Masked {
    name: String,
    engine: &'static str,
    /// Transmissions, those of the second rail below those of the first.
    weights: Panels,
    rails: usize,
    unit: f64,
    slope: f64,
    /// The number that lets all light through; `None` where weights are no mask.
    open: Option<f64>,
    /// Whether rails are the positive and the negative weights.
    signed: bool,
    inputs: usize,
    exposure: Exposure,
    detector: Detector,
}

impl Masked {
    /// y = unit (N+ - N-)/kappa with the transmissions `rails`, m x n each.
    pub(crate) fn balanced(
        engine: &'static str,
        layer: &Dense,
        rails: &[Vec<f64>; 2],
        unit: f64,
        exposure: Exposure,
        detector: Detector,
    ) -> Self {
        let weights = Panels::stacked(layer.inputs, rails);
        let (name, inputs) = (layer.name.clone(), layer.inputs);
        let (rails, slope, open, signed) = (2, 0.0, None, false);
        Self { name, engine, weights, rails, unit, slope, open, signed, inputs, exposure, detector }
    }

    fn outputs(&self) -> usize {
        self.weights.outputs() / self.rails
    }

    /// The light on the mask at unit gain: every input goes to all weights of its column, on all rails.
    fn on_mask(&self, x: &[f64]) -> f64 {
        self.weights.outputs() as f64 * self.open.unwrap_or(1.0) * sum(x)
    }

    /// Photons per unit of light.
    fn kappa(&self, photons: f64, sample: Sample<'_>) -> f64 {
        let light = match (self.exposure, sample.calibration.mean_light) {
            (Exposure::Fixed, Some(mean)) => mean,
            (Exposure::IntoMask, _) => self.on_mask(sample.x),
            _ => self.total(sample.light),
        };
        if light > 0.0 { photons * (self.outputs() * self.inputs) as f64 / light } else { 0.0 }
    }
}

impl Multiplier for Masked {
    fn width(&self) -> usize {
        self.weights.outputs()
    }

    fn expose(&self, x: &[f64], light: &mut [f64]) {
        self.weights.apply(x, light);
    }

    fn total(&self, light: &[f64]) -> f64 {
        sum(light)
    }

    fn through_mask(&self, x: &[f64], light: &[f64]) -> Option<[f64; 2]> {
        let (behind, before) = (self.total(light), self.on_mask(x));
        self.open.filter(|_| behind > 0.0).map(|_| match self.exposure {
            Exposure::PerSample => [1.0, before / behind],
            Exposure::Fixed => [behind, before],
            Exposure::IntoMask => [behind / before, 1.0],
        })
    }

    fn photons_per_mac(&self, setting: f64, calibration: &Calibration) -> f64 {
        let passed = calibration.mean_transmission.filter(|_| self.exposure == Exposure::IntoMask);
        setting * passed.unwrap_or(1.0)
    }

    fn accepts(&self, x: &[f64]) -> Result<(), EngineError> {
        first(x, |v| v < 0.0).map_or(Ok(()), |value| {
            let remedy = "let a ReLU or a shift of the data come before it, or use the engine homodyne";
            let (layer, engine) = (self.name.clone(), self.engine);
            Err(EngineError::Negative { layer, what: "input", value, engine, remedy })
        })
    }

    fn read(
        &self,
        sample: Sample<'_>,
        photons: f64,
        rng: &mut Draws,
        scratch: &mut Scratch,
        readout: &mut [f64],
    ) -> f64 {
        let (d, m) = (&self.detector, self.outputs());
        let kappa = self.kappa(photons, sample);
        let flash = d.flash(rng);
        let scale = kappa * flash;
        scratch.counts.clear();
        scratch.counts.extend(sample.light.iter().map(|rate| scale * rate + d.dark_counts));
        scratch.shots.draw(&mut scratch.counts, rng);
        let (plus, minus) = scratch.counts.split_at(m);
        readout.copy_from_slice(plus);
        if self.rails == 2 {
            readout.iter_mut().zip(minus).for_each(|(v, minus)| *v -= minus);
        } else {
            // The dark counts of a single rail are known on average.
            readout.iter_mut().for_each(|v| *v -= d.dark_counts);
        }
        d.add_read_noise(self.rails as f64, rng, &mut scratch.counts, readout);
        kappa / self.unit
    }

    fn decode(&self, x: &[f64], gain: f64, readout: &mut [f64]) {
        let (offset, per_electron) = (self.slope * sum(x), if gain > 0.0 { 1.0 / gain } else { 0.0 });
        // Without light the offset is known all the same.
        readout.iter_mut().for_each(|v| *v = *v * per_electron + offset);
    }

    fn mean(&self, sample: Sample<'_>, _: f64, out: &mut [f64]) {
        let (m, offset) = (self.outputs(), self.slope * sum(sample.x));
        for (i, out) in out.iter_mut().enumerate() {
            let minus = if self.rails == 2 { sample.light[m + i] } else { 0.0 };
            *out = self.unit * (sample.light[i] - minus) + offset;
        }
    }

    fn variance(&self, sample: Sample<'_>, photons: f64, out: &mut [f64]) {
        let (d, m) = (&self.detector, self.outputs());
        let kappa = self.kappa(photons, sample);
        let rails = self.rails as f64;
        for (i, out) in out.iter_mut().enumerate() {
            let at = |k: usize| sample.light[k * m + i];
            let all: f64 = (0..self.rails).map(at).sum();
            // The flash is the same on both rails: it enters their difference.
            let signal = if self.rails == 2 { at(0) - at(1) } else { at(0) };
            let shot = kappa * all + rails * d.dark_counts;
            let electrons = shot + rails * d.read_noise.powi(2) + d.intensity_noise * (kappa * signal).powi(2);
            *out = if kappa > 0.0 { electrons * (self.unit / kappa).powi(2) } else { 0.0 };
        }
    }

    /// Differential rails: Var_i = u^2 (a_i S + e S^2/K)/K with a_i the light of both rails, S = sum_i a_i, K = P m n, u the unit and e the electronics, so that W_ij acts by sign(W_ij) x_j/u on a_i.
    fn back_variance(&self, sample: Sample<'_>, noise: Slopes<'_>, dw: &mut [f64], dx: &mut [f64]) {
        let (light, m, n) = (sample.light, self.outputs(), self.inputs);
        let total = self.total(light);
        if !self.signed || total == 0.0 {
            return by_norms(sample, noise, dw, dx);
        }
        let (macs, d) = (noise.photons * (m * n) as f64, &self.detector);
        let electronics = 2.0 * (d.dark_counts + d.read_noise * d.read_noise);
        let of_total = |(i, slope): (usize, &f64)| slope * (light[i] + light[m + i] + 2.0 * electronics * total / macs);
        let common: f64 = noise.slopes.iter().enumerate().map(of_total).sum();
        for (i, slope) in noise.slopes.iter().enumerate() {
            let by_light = self.unit * (slope * total + common) / macs;
            let row = i * n..(i + 1) * n;
            for (j, (w, dw)) in noise.weights[row.clone()].iter().zip(&mut dw[row]).enumerate() {
                if *w != 0.0 {
                    *dw += by_light * sample.x[j] * w.signum();
                    dx[j] += by_light * w.abs();
                }
            }
        }
    }

    fn detector(&self) -> &Detector {
        &self.detector
    }
}
