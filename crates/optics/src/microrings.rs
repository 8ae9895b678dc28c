//! Banks of microring resonators (Tait et al. 2017): a weight is what a ring drops of its wavelength less what it lets through.
//!
//! A critically coupled add-drop ring detuned by d half-widths drops T = 1/(1 + d^2) and passes 1 - T, so w = 2 T - 1 = (1 - d^2)/(1 + d^2) in (-1, 1]. Inputs are intensities x_j >= 0 on
//! channels s full widths apart; ring k also takes 1/(1 + (d_k + 2 s (k - j))^2) of channel j, and what comes through all of them is the product of what each passes:
//!
//!   w_j = 1 - 2 prod_k (1 - T_k(j)),      N_drop - N_through ~ kappa sum_j x_j w_j,      Var_i = unit^2 sum_j x_j/kappa,
//!
//! since all light reaches one of the two detectors. Weights are W/unit with unit = max |W|/w_max. No ring is detuned by more than half the spacing, where neighbours would change places; with all rings there,
//! prod_k (1 - T_k(j)) = 1/cosh^2(pi/(2 s)), so w_max = 2/cosh^2(pi/(2 s)) - 1 can be had whatever the neighbours do. The slope |dw/dd| is at most 3 sqrt3/4 = 1.299,
//! at d = 1/sqrt3: drift of a ring by dT shifts d by 2 (dlambda/dT) Q/lambda dT, 1.03 a kelvin at 0.08 nm/K, Q = 1e4 and 1550 nm.
//!
//! Sources: Tait et al. (2017), Sci. Rep. 7, 7430; the book's page on this engine.

use crate::detector::normal;
use crate::engine::{Engine, EngineError, Exposure, Multiplier};
use crate::intensity::Masked;
use crate::weights::check_bits;
use crate::{Dense, Detector};
use lightfall_core::rng::Draws;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Rings further away than this many channels are not seen: at s = 3 they take 1e-4.
const NEIGHBOURS: usize = 16;
/// Turns of the calibration against neighbours.
const TURNS: usize = 40;

/// A bank of add-drop rings for every output.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Microrings {
    /// Spacing s of neighbouring channels in full widths of a resonance, at least 2.
    pub spacing: f64,
    /// Whether rings are set with their neighbours in view, so that crosstalk is no error by itself.
    pub calibrated: bool,
    /// Bits of a weight: steps of 2^(1 - bits) in w. None: any value.
    pub bits: Option<u32>,
    /// rms drift of the temperature of a ring since it was set, K, drawn once per device.
    pub drift_kelvin: f64,
    /// Shift of a resonance, nm/K.
    pub shift_nm_per_kelvin: f64,
    /// Quality factor: the full width is lambda/Q.
    pub quality_factor: f64,
    /// Wavelength, nm.
    pub wavelength_nm: f64,
    /// How the light is set.
    pub exposure: Exposure,
    /// Electronics.
    pub detector: Detector,
}

impl Default for Microrings {
    fn default() -> Self {
        Self {
            spacing: 10.0,
            calibrated: true,
            bits: None,
            drift_kelvin: 0.0,
            shift_nm_per_kelvin: 0.08,
            quality_factor: 1e4,
            wavelength_nm: 1550.0,
            exposure: Exposure::default(),
            detector: Detector::default(),
        }
    }
}

/// What a ring detuned by `d` half-widths drops.
fn dropped(d: f64) -> f64 {
    1.0 / (1.0 + d * d)
}

impl Microrings {
    /// The detuning, in half-widths, of the weight `w` in (-1, 1].
    pub fn detuning(w: f64) -> f64 {
        ((1.0 - w) / (1.0 + w)).sqrt()
    }

    /// The weight at a detuning of `d` half-widths.
    pub fn weight(d: f64) -> f64 {
        2.0 * dropped(d) - 1.0
    }

    /// Half-widths of detuning for a kelvin.
    pub fn detuning_per_kelvin(&self) -> f64 {
        2.0 * self.shift_nm_per_kelvin * self.quality_factor / self.wavelength_nm
    }

    /// The largest |w|, 2/cosh^2(pi/(2 s)) - 1.
    pub fn reach(&self) -> f64 {
        2.0 / (0.5 * PI / self.spacing).cosh().powi(2) - 1.0
    }

    fn validate(&self) -> Result<(), EngineError> {
        let number = |key, value: f64, good: bool, expected| {
            if good { Ok(()) } else { Err(EngineError::Number { key, value, expected }) }
        };
        number("spacing", self.spacing, self.spacing >= 2.0 && self.spacing.is_finite(), "a number of at least 2")?;
        let keys = [
            ("drift_kelvin", self.drift_kelvin, true),
            ("shift_nm_per_kelvin", self.shift_nm_per_kelvin, true),
            ("quality_factor", self.quality_factor, false),
            ("wavelength_nm", self.wavelength_nm, false),
        ];
        for (key, value, zero) in keys {
            let expected = if zero { "a finite number of at least 0" } else { "a finite number above 0" };
            number(key, value, value.is_finite() && (value > 0.0 || zero && value == 0.0), expected)?;
        }
        if self.exposure == Exposure::IntoMask {
            let expected =
                "\"per-sample\" or \"fixed\": a bank of rings is no mask, all light comes out on one rail or the other";
            return Err(EngineError::Choice { key: "exposure", value: "into-mask", expected });
        }
        check_bits("bits", self.bits)?;
        self.detector.validate()
    }

    /// Share of channel `j` that ring `k` at detuning `d` lets through.
    fn passed(&self, d: f64, k: usize, j: usize) -> f64 {
        1.0 - dropped(d + 2.0 * self.spacing * (k as f64 - j as f64))
    }

    /// Share of channel `j` that all rings but its own let through.
    fn others(&self, d: &[f64], j: usize) -> f64 {
        let near = j.saturating_sub(NEIGHBOURS)..(j + NEIGHBOURS + 1).min(d.len());
        near.filter(|k| *k != j).map(|k| self.passed(d[k], k, j)).product()
    }

    /// The weights that a bank set for `w` has, with errors of its making.
    fn bank(&self, w: &[f64], fabrication: &mut Draws) -> Vec<f64> {
        let set = |w: f64| match self.bits {
            Some(bits) => {
                let step = 2.0 / (1_u64 << bits) as f64;
                (w / step).round_ties_even() * step
            }
            None => w,
        };
        // From the share that comes through, d^2/(1 + d^2): no more than at half the spacing.
        let most = 1.0 - dropped(self.spacing);
        let own = |through: f64| ((1.0 - through.clamp(0.0, most)).recip() - 1.0).sqrt();
        let aims: Vec<f64> = w.iter().map(|w| 0.5 * (1.0 - set(*w))).collect();
        let mut d: Vec<f64> = aims.iter().map(|through| own(*through)).collect();
        if self.calibrated {
            for _ in 0..TURNS {
                for j in 0..d.len() {
                    d[j] = own(aims[j] / self.others(&d, j));
                }
            }
        }
        let per_kelvin = self.detuning_per_kelvin() * self.drift_kelvin;
        if per_kelvin > 0.0 {
            d.iter_mut().for_each(|d| *d += per_kelvin * normal(fabrication));
        }
        (0..d.len()).map(|j| 1.0 - 2.0 * self.passed(d[j], j, j) * self.others(&d, j)).collect()
    }
}

impl Engine for Microrings {
    fn name(&self) -> &'static str {
        "microring"
    }

    fn varies(&self) -> bool {
        self.drift_kelvin > 0.0 && self.shift_nm_per_kelvin > 0.0
    }

    fn program(&self, layer: &Dense, fabrication: &mut Draws) -> Result<Box<dyn Multiplier>, EngineError> {
        self.validate()?;
        let top = layer.weights.iter().fold(0.0_f64, |a, w| a.max(w.abs()));
        if top == 0.0 {
            return Err(EngineError::Dark { layer: layer.name.clone() });
        }
        let unit = top / self.reach();
        let mut rails = [Vec::new(), Vec::new()];
        for row in layer.weights.chunks_exact(layer.inputs) {
            let row: Vec<f64> = row.iter().map(|w| w / unit).collect();
            let made = self.bank(&row, fabrication);
            rails[0].extend(made.iter().map(|w| 0.5 * (1.0 + w)));
            rails[1].extend(made.iter().map(|w| 0.5 * (1.0 - w)));
        }
        Ok(Box::new(Masked::balanced(self.name(), layer, &rails, unit, self.exposure, self.detector)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lightfall_core::rng::{Purpose, Streams};

    fn draws(seed: u64) -> Draws {
        Draws::new(&Streams::new(seed, 0), Purpose::Fabrication, 0)
    }

    #[test]
    fn weights_and_detunings_are_inverse_and_steepest_at_one_over_root_three() {
        for w in [-0.97, -0.3, 0.0, 0.5, 1.0] {
            assert!((Microrings::weight(Microrings::detuning(w)) - w).abs() < 1e-15);
        }
        let slope = |d: f64| ((Microrings::weight(d + 1e-6) - Microrings::weight(d - 1e-6)) / 2e-6).abs();
        let steepest = 1.0 / f64::sqrt(3.0);
        assert!((slope(steepest) - 0.75 * f64::sqrt(3.0)).abs() < 1e-8);
        assert!((0..4000).all(|k| slope(0.001 * f64::from(k)) < slope(steepest) + 1e-8));
        // 1.03 half-widths a kelvin; 5.8 mK for a step of 2/256 at 1.299 a half-width.
        let rings = Microrings::default();
        assert!((rings.detuning_per_kelvin() - 1.032).abs() < 1e-3);
        let kelvin = 2.0 / 256.0 / (slope(steepest) * rings.detuning_per_kelvin());
        assert!((kelvin - 5.8e-3).abs() < 5e-5, "{kelvin}");
        // A ring on resonance takes 2.7 % of a neighbour three widths away.
        let rings = Microrings { spacing: 3.0, ..rings };
        assert!((1.0 - rings.passed(0.0, 0, 1) - 0.027).abs() < 1e-4);
    }

    #[test]
    fn a_calibrated_bank_has_the_weights_it_is_asked_for() {
        let rings = Microrings { spacing: 4.0, ..Microrings::default() };
        let w: Vec<f64> = (0..40).map(|k| rings.reach() * (1.9 * f64::from(k)).sin()).collect();
        let off = |rings: &Microrings| {
            let made = rings.bank(&w, &mut draws(0));
            made.iter().zip(&w).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
        };
        assert!(off(&rings) < 1e-12, "{}", off(&rings));
        // The reach is what is left with all rings half a spacing away.
        let all: f64 =
            (1..4000).step_by(2).map(|q| (4.0 * f64::from(q)).powi(2)).map(|v| (v / (1.0 + v)).powi(2)).product();
        assert!((rings.reach() - (2.0 * all - 1.0)).abs() < 1e-4);
        // By hand: every neighbour takes what its Lorentzian gives it.
        let raw = Microrings { calibrated: false, ..rings };
        let made = raw.bank(&w[..2], &mut draws(0));
        let d = [Microrings::detuning(w[0]), Microrings::detuning(w[1])];
        let through = d[0] * d[0] / (1.0 + d[0] * d[0]) * (1.0 - 1.0 / (1.0 + (d[1] + 8.0) * (d[1] + 8.0)));
        assert!((made[0] - (1.0 - 2.0 * through)).abs() < 1e-14);
        assert!(off(&raw) > 0.01);
    }

    #[test]
    fn drift_moves_weights_by_their_slope_and_bits_round_them() {
        let rings = Microrings { spacing: 50.0, drift_kelvin: 0.01, ..Microrings::default() };
        let w = vec![0.5; 4000];
        let made = rings.bank(&w, &mut draws(3));
        // d = 1/sqrt3: slope 1.299, 0.01032 half-widths rms.
        let rms = (made.iter().map(|v| (v - 0.5) * (v - 0.5)).sum::<f64>() / 4000.0).sqrt();
        let expected = 1.299 * 0.01032;
        assert!((rms / expected - 1.0).abs() < 4.0 / (8000.0_f64).sqrt(), "{rms} {expected}");
        let coarse = Microrings { spacing: 1e6, bits: Some(4), ..Microrings::default() };
        let made = coarse.bank(&[0.3, -0.71], &mut draws(0));
        assert!((made[0] - 0.25).abs() < 1e-9 && (made[1] + 0.75).abs() < 1e-9, "{made:?}");
    }
}
