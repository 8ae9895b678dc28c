//! What a comparison reports, in the layout of `--format json`.

use super::Replicas;
use lightfall_core::stats::{Estimate, Interval};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A comparison of levels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Name and version of this layout.
    pub schema: String,
    /// Name of the model file.
    pub model: String,
    /// Title of the model.
    pub title: String,
    /// Seed.
    pub seed: u64,
    /// Version of lightfall.
    pub version: String,
    /// Instruction-set path of the kernels.
    pub isa: String,
    /// What is given over time, where the device leaves a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp: Option<String>,
    /// Number of spins.
    pub sites: usize,
    /// Instances of the device.
    pub instances: u64,
    /// Exact ground energy, averaged over instances; `None` where it is not enumerated.
    pub ground_energy: Option<f64>,
    /// Save times.
    pub times: Vec<f64>,
    /// Frequencies of the spectra, if there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frequencies: Vec<f64>,
    /// Levels in the order asked for.
    pub levels: Vec<LevelReport>,
    /// Differences to the reference level.
    pub paired: Vec<PairedReport>,
}

/// One level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelReport {
    /// Name.
    pub name: String,
    /// How it was integrated.
    pub path: String,
    /// Trajectories per instance.
    pub trajectories: u64,
    /// Why it ended: complete, target, wall-clock or interrupted.
    pub stopped: String,
    /// For each observable, per time: an estimate, an array over sites, or a matrix over pairs. Empty in a sweep.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub observables: BTreeMap<String, serde_json::Value>,
    /// The table's numbers.
    #[serde(rename = "final")]
    pub last: Final,
    /// Trajectories compared with each other, if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<Replicas>,
    /// Highest probability of the highest Fock state kept, over modes and times, of a level with modes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest_fock_state: Option<f64>,
    /// Step-size error of the final energy.
    pub step_error: Option<StepError>,
    /// Thread time, seconds.
    pub cpu_seconds: f64,
    /// Wall time, seconds.
    pub wall_seconds: f64,
}

/// Scalars at the last time; `None` where the level does not have them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Final {
    /// Energy.
    pub energy: Option<Figure>,
    /// Energy over the ground energy.
    pub energy_ratio: Option<Figure>,
    /// Energy of the sign configurations.
    pub sign_energy: Option<Figure>,
    /// Energy of the sign configurations over the ground energy.
    #[serde(default)]
    pub sign_ratio: Option<Figure>,
    /// Projective ground-state probability.
    pub ground_probability: Option<Figure>,
    /// Fraction of trajectories whose sign configuration is a ground state.
    pub ground_fraction: Option<Figure>,
    /// Wilson interval of the ground fraction.
    pub ground_fraction_interval: Option<Interval>,
}

/// A mean with its two errors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Mean over trajectories and instances.
    pub mean: f64,
    /// Standard error from the trajectories, for these instances; `None` where there is no sampling.
    pub stderr: Option<f64>,
    /// Standard error over instances, where there are several: what other instances would change, the error of the trajectories included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr_instances: Option<f64>,
    /// Trajectories.
    pub n: u64,
}

impl Figure {
    /// Mean and error of the trajectories.
    pub fn estimate(&self) -> Estimate {
        Estimate { mean: self.mean, stderr: self.stderr, n: self.n }
    }
}

/// The change of the final energy when the step is halved on the same noise path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepError {
    /// Energy at the run's step minus energy at half of it.
    pub mean: f64,
    /// Its standard error; `None` where there is no sampling.
    pub stderr: Option<f64>,
    /// Trajectories behind it.
    pub n: u64,
    /// `averaged channel`, `half step`, or `tighter tolerance`.
    pub method: String,
}

/// What a difference was paired by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PairedBy {
    /// The same Wiener path.
    Noise,
    /// The same instance of the device.
    Instance,
    /// Not paired: errors added in quadrature.
    None,
}

/// A difference to the reference level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedReport {
    /// Level.
    pub level: String,
    /// Reference level.
    pub reference: String,
    /// Observable.
    pub observable: String,
    /// What it was paired by.
    pub paired_by: PairedBy,
    /// Level minus reference at the last time.
    pub difference: f64,
    /// Standard error from the trajectories alone, for these instances; not known where noise is shared.
    #[serde(default)]
    pub stderr: Option<f64>,
    /// Standard error over instances, where there are several: it has that of the trajectories in it.
    #[serde(default)]
    pub stderr_instances: Option<f64>,
    /// Interval [low, high].
    pub interval: [f64; 2],
    /// Confidence of the interval.
    pub confidence: f64,
}

/// Final energies per level: all instances, all trajectories.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Level name and final energies.
    pub energies: Vec<(String, Vec<f64>)>,
}
