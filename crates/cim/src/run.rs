//! What is kept of a run.

use crate::{Outcome, Point};

/// One run as it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its number.
    pub index: u64,
    /// Place of its machine in [`crate::Search::entries`].
    pub entry: usize,
    /// Steps that it was to do.
    pub steps: u64,
    /// What it came to.
    pub outcome: Outcome,
    /// Processor time of its thread; where the system does not say, wall-clock time.
    pub seconds: f64,
    /// Wall-clock time.
    pub wall_seconds: f64,
    /// Energies along the run, if asked for.
    pub history: Vec<Point>,
}
