//! The tables of a photon model.

use lightfall_optics::photons::Arms;
use lightfall_optics::{Activation, Engine, Homodyne, Intensity, Receiver};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A device that multiplies with light.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum OpticalDevice {
    /// Masks and direct detection.
    Intensity(Intensity),
    /// Homodyne photoelectric multiplication.
    Homodyne(Homodyne),
}

impl OpticalDevice {
    /// Its engine.
    pub fn engine(&self) -> &dyn Engine {
        match self {
            Self::Intensity(d) => d,
            Self::Homodyne(d) => d,
        }
    }

    /// Which arms its photons are counted in: a strong local oscillator is not.
    pub fn arms(&self) -> Arms {
        match self {
            Self::Homodyne(d) if d.receiver == Receiver::SignalStarved => Arms::One,
            _ => Arms::Both,
        }
    }
}

/// Weights and layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkTable {
    /// npz file with the arrays of the layers, relative to the model file.
    pub weights: PathBuf,
    /// Layers, first to last.
    pub layers: Vec<LayerTable>,
}

/// A layer y = activation(W x + b).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerTable {
    /// Array of W, outputs x inputs.
    pub weights: String,
    /// Array of b; none: 0.
    #[serde(default)]
    pub bias: Option<String>,
    /// What follows.
    #[serde(default)]
    pub activation: Activation,
    /// Whether the product is made with light; bias and activation are digital.
    #[serde(default = "yes")]
    pub optical: bool,
}

fn yes() -> bool {
    true
}

/// Samples with their classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataTable {
    /// CSV file whose first line names its columns, relative to the model file.
    pub file: PathBuf,
    /// Column of the classes 0, 1, ..
    #[serde(default = "label")]
    pub label: String,
    /// What the numbers of a sample are multiplied by.
    #[serde(default = "one")]
    pub scale: f64,
    /// File of the rows of the test split, counted from 0, one a line; the others are the training split. Without it both are all samples.
    #[serde(default)]
    pub test_rows: Option<PathBuf>,
}

fn label() -> String {
    "label".into()
}

fn one() -> f64 {
    1.0
}

/// Numbers of photons per MAC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected { from = .., to = .., points = .. } or a list of numbers")]
pub enum PerMac {
    /// In equal ratios.
    Range {
        /// First.
        from: f64,
        /// Last.
        to: f64,
        /// How many.
        points: usize,
    },
    /// One by one.
    List(Vec<f64>),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Detected photons per MAC, both arms, at which the accuracy is found.
    #[serde(default = "decades")]
    pub per_mac: PerMac,
    /// Accuracies to reach.
    #[serde(default)]
    pub targets: Vec<f64>,
    /// Photons per MAC around which layers are compared and light is shared out; none: neither is done.
    #[serde(default)]
    pub at: Option<f64>,
    /// Noise seeds of every figure.
    #[serde(default = "forty")]
    pub seeds: u64,
    /// Devices, each with errors of its own making; every one is used under every noise seed.
    #[serde(default = "single")]
    pub devices: usize,
    /// Noise seeds of every split that is tried.
    #[serde(default = "four")]
    pub search_seeds: u64,
    /// Seed of all noise.
    #[serde(default)]
    pub seed: u64,
}

fn decades() -> PerMac {
    PerMac::Range { from: 0.03, to: 30.0, points: 13 }
}

fn single() -> usize {
    1
}

fn forty() -> u64 {
    40
}

fn four() -> u64 {
    4
}

impl Question {
    /// The numbers of photons.
    pub fn photons(&self) -> Vec<f64> {
        match &self.per_mac {
            PerMac::List(all) => all.clone(),
            PerMac::Range { from, to, points } => {
                let last = (*points - 1) as f64;
                (0..*points)
                    .map(|k| if k + 1 == *points { *to } else { from * (to / from).powf(k as f64 / last) })
                    .collect()
            }
        }
    }

    /// What is wrong, as (key, message).
    pub(super) fn problem(&self) -> Option<(&'static str, String)> {
        // Beyond, nothing is left of the noise.
        let light = |p: f64| p > 0.0 && p <= 1e9;
        let dark =
            |p: f64| Some(("per_mac", format!("per_mac has {p} photons, expected numbers above 0 and at most 1e9")));
        let by_grid = match &self.per_mac {
            PerMac::List(all) if all.is_empty() => {
                Some(("per_mac", "per_mac is empty, expected a number of photons".into()))
            }
            PerMac::List(all) => all.iter().find(|p| !light(**p)).and_then(|p| dark(*p)),
            PerMac::Range { from, to, .. } if !light(*from) || !light(*to) => {
                dark(if light(*from) { *to } else { *from })
            }
            PerMac::Range { points, .. } if !(2..=1000).contains(points) => {
                Some(("per_mac", format!("per_mac has {points} points, expected 2 to 1000")))
            }
            PerMac::Range { .. } => None,
        };
        by_grid
            .or_else(|| {
                let bad = self.targets.iter().find(|t| !(**t > 0.0 && **t <= 1.0))?;
                Some(("targets", format!("targets has {bad}, expected accuracies above 0 and at most 1")))
            })
            .or_else(|| {
                let at = self.at.filter(|p| !light(*p))?;
                Some(("at", format!("at = {at} photons, expected a number above 0 and at most 1e9")))
            })
            .or_else(|| {
                let counts = [("seeds", self.seeds), ("search_seeds", self.search_seeds)];
                let (key, n) = counts.into_iter().find(|(_, n)| !(1..=1 << 20).contains(n))?;
                Some((key, format!("{key} = {n}, expected at least 1 and at most {}", 1 << 20)))
            })
            .or_else(|| {
                let blind = self.seeds == 1 && !self.targets.is_empty();
                blind.then(|| {
                    (
                        "seeds",
                        "seeds = 1, but the photons for a target are an interval over noise seeds; give at least 2"
                            .into(),
                    )
                })
            })
    }
}
