//! Annealing of soft spins on instances of couplings, beside solvers and theory.

mod model;
mod report;
mod run;
mod summary;

pub use model::{AnnealingModel, AnnealingRun, Cim, Optimise, Relaxation, StageRamp};
pub use report::{AnnealingReport, LevelResult, PumpPoint, RelaxationPoint};
pub use run::{AnnealingError, anneal};

/// Levels of a coherent Ising machine that `compare` knows, in the order of its tables.
pub const LEVELS: [&str; 7] = ["adiabatic", "langevin", "descent", "spectral", "greedy", "sa", "dmft"];
