//! What came out.

use lightfall_cim::soft_spin::AnnealingSchedule;
use lightfall_core::stats::{Difference, Estimate};
use serde::Serialize;

/// Everything that a comparison of a coherent Ising machine found.
#[derive(Clone, Debug, Serialize)]
pub struct AnnealingReport {
    /// Version of the layout.
    pub schema: u32,
    /// Model file.
    pub model: String,
    /// Title.
    pub title: String,
    /// Seed.
    pub seed: u64,
    /// Version of lightfall.
    pub version: &'static str,
    /// Instruction-set path.
    pub isa: &'static str,
    /// Spins.
    pub n: usize,
    /// Instances done.
    pub instances: u64,
    /// Starts of each instance.
    pub replicas: usize,
    /// Levels, in the order of the model.
    pub levels: Vec<LevelResult>,
    /// The schedule that was searched for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimised: Option<AnnealingSchedule>,
    /// Along the ramp of the adiabatic level.
    pub ramp: Vec<PumpPoint>,
    /// Relaxation at constant pump and the theory of infinitely many spins.
    pub relaxation: Vec<RelaxationPoint>,
    /// Known limits for infinitely many spins: what, and E/N.
    pub limits: Vec<(String, f64)>,
    /// Wall-clock time.
    pub wall_seconds: f64,
}

/// A level.
#[derive(Clone, Debug, Serialize)]
pub struct LevelResult {
    /// Name of the level, or of its schedule.
    pub name: String,
    /// Ising energy of the signs over N, mean over instances of the mean over starts.
    pub sign_energy: Estimate,
    /// The same after descent by single flips.
    pub greedy_energy: Estimate,
    /// The best of all starts of an instance after descent.
    pub best_energy: Estimate,
    /// Mean over instances of greedy_energy less that of the reference.
    pub difference: Option<Difference>,
    /// Seconds of one core for all starts of an instance.
    pub seconds: f64,
}

/// Averages at a pump.
#[derive(Clone, Debug, Serialize)]
pub struct PumpPoint {
    /// Pump a.
    pub pump: f64,
    /// E(x)/N.
    pub energy: Estimate,
    /// q = |x|^2/N.
    pub overlap: Estimate,
    /// Ising energy of the signs over N.
    pub sign_energy: Estimate,
}

/// Averages at a time.
#[derive(Clone, Debug, Serialize)]
pub struct RelaxationPoint {
    /// Time.
    pub time: f64,
    /// E(x)/N of the instances.
    pub energy: Estimate,
    /// E/N of infinitely many spins.
    pub theory: Option<f64>,
    /// q of the instances.
    pub overlap: Estimate,
    /// q of infinitely many spins.
    pub theory_overlap: Option<f64>,
}
