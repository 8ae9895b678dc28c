//! Ensembles: many trajectories of one level of a device, in blocks, in parallel, the same answer for any threads and blocks.
//!
//! A block of consecutive trajectories is the unit of work and of checkpoint; nothing in it depends on another block. Sums run
//! over a fixed tree of trajectory indices (see [`crate::stats::merge_tree`]).

mod block;
mod layout;
mod run;

pub use block::{Block, BlockRunner, Tracks};
pub use layout::{Layout, Quantity, Shape};
pub use run::{Monitor, Outcome, Plan, Silent, Sink, StopRule, Stopped, Target, run};

use crate::unravel::Measured;
use std::error::Error;

/// An error of a level, boxed: the ensemble adds which trajectory it was.
pub type ProcessError = Box<dyn Error + Send + Sync>;

/// One worker's machinery for one level of one device instance: a trajectory at a time, or several side by side as columns of one state.
pub trait Process: Send {
    /// Trajectories that it starts together at most. Each must come out as it would alone, bit for bit.
    fn columns(&self) -> usize {
        1
    }

    /// Starts the `count` trajectories from `first` on at the first save time, 1 <= `count` <= [`Process::columns`].
    fn start(&mut self, first: u64, count: usize);

    /// Evolves from time `from` to time `to`.
    fn advance(&mut self, from: f64, to: f64) -> Result<(), ProcessError>;

    /// Writes all quantities of the level at the time reached, in the order of its layout, for trajectory `first` + `column`.
    fn observe(&mut self, column: usize, row: &mut [f64]) -> Result<(), ProcessError>;

    /// The measurement record since `start`, if the level has one and runs one trajectory at a time.
    fn measured(&self) -> Option<Measured<'_>> {
        None
    }
}

/// A device at one level of description: what an ensemble runs.
pub trait Level: Sync {
    /// The quantities of a row.
    fn layout(&self) -> &Layout;

    /// A new worker.
    fn process(&self) -> Box<dyn Process + '_>;

    /// True if every trajectory is the same: one is run.
    fn is_deterministic(&self) -> bool {
        false
    }
}

/// Why an ensemble failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnsembleError {
    /// A trajectory failed.
    #[error("trajectory {trajectory} failed: {source}")]
    Trajectory {
        /// Index of the trajectory.
        trajectory: u64,
        /// What happened.
        source: ProcessError,
    },
    /// A quantity is not finite.
    #[error("trajectory {trajectory} has {quantity} = {value} at t = {t}; use a smaller dt")]
    NotFinite {
        /// Index of the trajectory.
        trajectory: u64,
        /// Name of the quantity.
        quantity: String,
        /// The value.
        value: f64,
        /// The save time.
        t: f64,
    },
    /// Block sizes must divide 64, so that stop rules and sums do not depend on them.
    #[error("block size {0} is not one of 1, 2, 4, 8, 16, 32, 64")]
    BlockSize(u64),
    /// Nothing to do.
    #[error("an ensemble needs at least one trajectory, got 0")]
    NoTrajectories,
    /// The worker threads could not be started.
    #[error("could not start {threads} threads: {source}")]
    Threads {
        /// Threads asked for.
        threads: usize,
        /// What happened.
        source: rayon::ThreadPoolBuildError,
    },
    /// A block could not be kept.
    #[error(transparent)]
    Sink(#[from] crate::record::RecordError),
}
