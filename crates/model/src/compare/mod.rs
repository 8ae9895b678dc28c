//! One device, several levels of description: energies with errors, differences, step errors.

mod checks;
mod driver;
mod estimate;
mod instance;
mod level;
mod memory;
mod output;
mod paired;
mod replicas;
mod report;
mod step_error;
mod summary;
mod sweep;

pub use driver::compare;
pub use estimate::{Estimated, estimate, settings_of};
pub use memory::available_memory;
pub use output::{read_comparison, remove_record};
pub use replicas::{Overlaps, Replicas, overlaps};
pub use report::{Comparison, Figure, Final, LevelReport, PairedBy, PairedReport, Samples, StepError};
pub use sweep::{Axis, FailedPoint, Swept, SweptPoint, last_part, sweep};

use crate::ModelError;
use lightfall_cavity::LevelName;
use lightfall_cavity::composite::FockCutoff;
use lightfall_core::ensemble::{EnsembleError, Stopped, Target};
use lightfall_core::record::RecordError;
use lightfall_core::unravel::recording::RecordingError;
use std::path::PathBuf;
use std::time::Duration;

/// How trajectories of different levels are matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pairing {
    /// By instance where there are several, else not at all.
    #[default]
    Auto,
    /// By noise: the general path is forced, so that heterodyne and product trajectories share their Wiener path.
    Noise,
}

/// What the caller asks for beyond the model file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Seed instead of the model's.
    pub seed: Option<u64>,
    /// Trajectories instead of the model's.
    pub trajectories: Option<u64>,
    /// Levels instead of the model's.
    pub levels: Option<Vec<LevelName>>,
    /// Worker threads; 0 means one per processor.
    pub threads: usize,
    /// Folder of the record; `None` keeps nothing on disk.
    pub record: Option<PathBuf>,
    /// Continue an unfinished record.
    pub resume: bool,
    /// Replace a record of another model.
    pub force: bool,
    /// Level the others are compared with; homodyne by default, or the first one there is.
    pub reference: Option<LevelName>,
    /// How levels are matched.
    pub pairing: Pairing,
    /// Stop a level once this scalar has this standard error.
    pub target: Option<Target>,
    /// Stop a level after this time.
    pub wall_clock: Option<Duration>,
}

/// What happens while a comparison runs.
pub trait Watch {
    /// A level starts.
    fn level(&self, name: &str, instance: u64, instances: u64);
    /// Trajectories of the level done and planned.
    fn progress(&self, done: u64, planned: u64);
    /// Something worth a line.
    fn note(&self, text: &str);
    /// Whether the user wants to stop.
    fn interrupted(&self) -> bool;
}

/// Why a comparison did not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A level asked for cannot run.
    #[error("level {level}: {reason}")]
    Level {
        /// Level.
        level: &'static str,
        /// Why.
        reason: String,
    },
    /// The stated step error is not reached.
    #[error("level {level}: step_error = {bound:e} is not reached: {reason}")]
    StepError {
        /// Level.
        level: &'static str,
        /// The error that is stated.
        bound: f64,
        /// What was found, and what would do.
        reason: String,
    },
    /// An option that does not fit the model.
    #[error("{0}")]
    Option(String),
    /// The run does not fit in memory.
    #[error(
        "level {level} with N = {sites} needs {needed:.1} GiB but {available:.1} GiB are free; the largest N that fits is {largest}; \
         leave the level out with --levels or use fewer --threads"
    )]
    Memory {
        /// Level.
        level: &'static str,
        /// Spins.
        sites: usize,
        /// Estimate.
        needed: f64,
        /// Free memory.
        available: f64,
        /// Largest N that fits.
        largest: usize,
    },
    /// The run of a level with modes, or with large spins, does not fit in memory.
    #[error(
        "level {level} has {amplitudes:.3e} amplitudes and needs {needed:.1} GiB but {available:.1} GiB are free; leave it out with --levels, keep \
         fewer Fock states or use fewer --threads"
    )]
    CompositeMemory {
        /// Level.
        level: &'static str,
        /// Amplitudes of a ket.
        amplitudes: f64,
        /// Estimate.
        needed: f64,
        /// Free memory.
        available: f64,
    },
    /// There is something else where the record should go.
    #[error("{path} holds {what}; {remedy}")]
    Occupied {
        /// The folder.
        path: PathBuf,
        /// What is there.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The measurement record that a filter is given.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// A level failed.
    #[error("level {level}, instance {instance} (seed {seed}): {source}")]
    Ensemble {
        /// Level.
        level: &'static str,
        /// Instance.
        instance: u64,
        /// Seed.
        seed: u64,
        /// What happened.
        source: EnsembleError,
    },
}

impl CompareError {
    /// True if it came up while trajectories ran, and need not come up for another device: a step too long, a cut too low, a step error not reached.
    pub fn is_of_the_run(&self) -> bool {
        matches!(self, Self::Ensemble { .. } | Self::StepError { .. })
    }

    /// True if the input was wrong, not the run.
    pub fn is_bad_input(&self) -> bool {
        match self {
            // A run with more Fock states would do.
            Self::Ensemble { source: EnsembleError::Trajectory { source, .. }, .. } => {
                source.downcast_ref::<FockCutoff>().is_some()
            }
            Self::Ensemble { .. } => false,
            Self::Record(e) => !matches!(e, RecordError::Array { .. }),
            _ => true,
        }
    }
}

/// The outcome of a comparison: what was found, and whether it was interrupted.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The report.
    pub comparison: Comparison,
    /// Scalars at the end of every trajectory, for histograms.
    pub samples: Samples,
    /// `Interrupted` if the user stopped the run.
    pub stopped: Stopped,
}

/// Watches nothing and never stops.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Watch for Quiet {
    fn level(&self, _: &str, _: u64, _: u64) {}
    fn progress(&self, _: u64, _: u64) {}
    fn note(&self, _: &str) {}
    fn interrupted(&self) -> bool {
        false
    }
}
