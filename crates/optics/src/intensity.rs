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
//! the floor is subtracted too. Exposure: kappa = P m n/(light), the light of the sample or its mean over the training split.
//!
//! Sources: Wang et al. (2022), Nat. Commun. 13, 123, and its notebook (offset encoding); optical-matmul section 2.1 of the book.

use crate::engine::{Calibration, Engine, EngineError, Exposure, Multiplier, Scratch};
use crate::matrix::Columns;
use crate::poisson::poisson;
use crate::{Dense, Detector};
use lightfall_core::rng::Rng;
use rand_distr::{Distribution, StandardNormal};
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
    /// Electronics.
    pub detector: Detector,
}

impl Engine for Intensity {
    fn name(&self) -> &'static str {
        "intensity"
    }

    fn program(&self, layer: &Dense) -> Result<Box<dyn Multiplier>, EngineError> {
        self.detector.validate()?;
        if let Some(value) = self.contrast.filter(|c| c.is_nan() || *c <= 1.0) {
            return Err(EngineError::Number {
                key: "contrast",
                value,
                expected: "a number above 1; leave it out for a perfect mask",
            });
        }
        let (m, n, w) = (layer.outputs, layer.inputs, layer.weights.as_slice());
        let (low, high) = w.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
        if low == 0.0 && high == 0.0 {
            return Err(EngineError::Dark { layer: layer.name.clone() });
        }
        if self.encoding == Encoding::SingleRail && low < 0.0 {
            let remedy = "use encoding = \"differential\" or \"offset\"";
            let (layer, engine) = (layer.name.clone(), "encoding = \"single-rail\"");
            return Err(EngineError::Negative { layer, what: "weight", value: low, engine, remedy });
        }
        // A transmission t in [0, top] becomes floor + (1 - floor) t/top on a real mask.
        let masked =
            |top: f64| -> (f64, f64) { self.contrast.map_or((0.0, 1.0), |c| (1.0 / c, (1.0 - 1.0 / c) / top)) };
        let rail = |floor: f64, scale: f64, map: &dyn Fn(f64) -> f64| Columns::new(m, n, w, |v| floor + scale * map(v));
        let (rails, unit, slope) = match self.encoding {
            Encoding::Differential => {
                let (floor, scale) = masked(high.max(-low));
                (vec![rail(floor, scale, &|v| v.max(0.0)), rail(floor, scale, &|v| (-v).max(0.0))], 1.0 / scale, 0.0)
            }
            Encoding::SingleRail => {
                let (floor, scale) = masked(high);
                (vec![rail(floor, scale, &|v| v)], 1.0 / scale, -floor / scale)
            }
            Encoding::Offset => {
                // Weights that are all alike have no range: the mask is open.
                let range = if high > low { high - low } else { 1.0 };
                let (floor, scale) = masked(1.0);
                (vec![rail(floor, scale, &|v| (v - low) / range)], range / scale, low - floor * range / scale)
            }
        };
        let name = layer.name.clone();
        let exposure = self.exposure;
        Ok(Box::new(Masked { name, rails, unit, slope, inputs: n, exposure, detector: self.detector }))
    }
}

/// A layer on masks.
#[derive(Debug)]
struct Masked {
    name: String,
    rails: Vec<Columns>,
    unit: f64,
    slope: f64,
    inputs: usize,
    exposure: Exposure,
    detector: Detector,
}

impl Masked {
    fn outputs(&self) -> usize {
        self.rails[0].outputs
    }

    /// Photons per unit of light.
    fn kappa(&self, photons: f64, calibration: &Calibration, rates: &[f64]) -> f64 {
        let light = match (self.exposure, calibration.mean_light) {
            (Exposure::Fixed, Some(mean)) => mean,
            _ => rates.iter().sum(),
        };
        if light > 0.0 { photons * (self.outputs() * self.inputs) as f64 / light } else { 0.0 }
    }
}

impl Multiplier for Masked {
    fn light(&self, x: &[f64], scratch: &mut Scratch) -> f64 {
        let m = self.outputs();
        scratch.rates.resize(m * self.rails.len(), 0.0);
        for (rail, rates) in self.rails.iter().zip(scratch.rates.chunks_exact_mut(m)) {
            rail.apply(x, rates);
        }
        scratch.rates.iter().sum()
    }

    fn accepts(&self, x: &[f64]) -> Result<(), EngineError> {
        x.iter().find(|v| **v < 0.0).map_or(Ok(()), |value| {
            let remedy = "let a ReLU or a shift of the data come before it, or use the engine homodyne";
            let (layer, engine) = (self.name.clone(), "intensity");
            Err(EngineError::Negative { layer, what: "input", value: *value, engine, remedy })
        })
    }

    fn read(
        &self,
        _: &[f64],
        photons: f64,
        calibration: &Calibration,
        rng: &mut Rng,
        scratch: &mut Scratch,
        readout: &mut [f64],
    ) -> f64 {
        let (d, m) = (&self.detector, self.outputs());
        let kappa = self.kappa(photons, calibration, &scratch.rates);
        let normal = |rng: &mut Rng| -> f64 { StandardNormal.sample(rng) };
        // Light does not become negative: strong intensity noise is cut there.
        let flash = if d.intensity_noise > 0.0 { (1.0 + d.intensity_noise.sqrt() * normal(rng)).max(0.0) } else { 1.0 };
        for (i, out) in readout.iter_mut().enumerate() {
            let mut sign = 1.0;
            *out = 0.0;
            for rates in scratch.rates.chunks_exact(m) {
                *out += sign * poisson(kappa * flash * rates[i] + d.dark_counts, rng);
                sign = -sign;
            }
            if d.read_noise > 0.0 {
                *out += d.read_noise * (self.rails.len() as f64).sqrt() * normal(rng);
            }
            if self.rails.len() == 1 {
                // The dark counts of a single rail are known on average.
                *out -= d.dark_counts;
            }
        }
        kappa / self.unit
    }

    fn decode(&self, x: &[f64], gain: f64, readout: &mut [f64]) {
        let offset = self.slope * x.iter().sum::<f64>();
        readout.iter_mut().for_each(|v| *v = if gain > 0.0 { *v / gain + offset } else { 0.0 });
    }

    fn variance(&self, _: &[f64], photons: f64, calibration: &Calibration, scratch: &mut Scratch, out: &mut [f64]) {
        let (d, m) = (&self.detector, self.outputs());
        let kappa = self.kappa(photons, calibration, &scratch.rates);
        let rails = self.rails.len() as f64;
        for (i, out) in out.iter_mut().enumerate() {
            let at = |k: usize| scratch.rates[k * m + i];
            let sum: f64 = (0..self.rails.len()).map(at).sum();
            // The flash is the same on both rails: it enters their difference.
            let signal = if self.rails.len() == 2 { at(0) - at(1) } else { at(0) };
            let shot = kappa * sum + rails * d.dark_counts;
            let electrons = shot + rails * d.read_noise.powi(2) + d.intensity_noise * (kappa * signal).powi(2);
            *out = if kappa > 0.0 { electrons * (self.unit / kappa).powi(2) } else { 0.0 };
        }
    }

    fn detector(&self) -> &Detector {
        &self.detector
    }
}
