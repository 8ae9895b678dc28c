//! Unravellings: stochastic evolutions of a normalised ket whose average over trajectories is the master equation.
//!
//! Conventions (all Ito, psi normalised; M[..] marks the mean over the noise):
//! * heterodyne: dJ_k = <L_k>^* dt + dxi_k, M[dxi_k dxi_l^*] = delta_kl dt, M[dxi_k dxi_l] = 0;
//! * homodyne of L e^{-i phi} + h.c.: dI_k = <L_k e^{-i phi} + h.c.> dt + dW_k, M[dW^2] = dt;
//! * counting: a click in channel k with rate <L_k^dag L_k>.

mod channels;
mod counters;
mod counting;
mod detection;
mod diffusive;
mod filter;
mod monitored;
mod player;
pub mod recording;
mod spectrometer;
pub mod split;
mod step;
mod strang;
mod vectors;
mod wiener;

pub use counting::Counting;
pub use detection::{Detection, DetectionError, Detector, Output};
pub use diffusive::{Diffusion, Diffusive};
pub use filter::Filter;
pub use monitored::Monitored;
pub use player::KetFilter;
pub use recording::Recording;
pub use spectrometer::{Amplitudes, Spectrometer};
pub use strang::STRANG_SITES;
pub use wiener::{Grid, WienerPath};

use crate::ode::OdeError;
use crate::rng::Streams;

/// One detection event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Click {
    /// Time of the click.
    pub time: f64,
    /// Channel k of the jump operator.
    pub channel: u32,
}

/// What the detectors saw along one trajectory so far.
#[derive(Clone, Copy, Debug)]
pub enum Measured<'a> {
    /// Clicks in order of time.
    Clicks(&'a [Click]),
    /// Record increments, one row per step: dI_k (homodyne), or Re dJ_k, Im dJ_k in turn (heterodyne).
    Increments {
        /// Numbers per row.
        width: usize,
        /// Rows, one after the other.
        rows: &'a [f64],
    },
    /// Both, where some outputs are counted and others not. The increments are those of the outputs that have a current.
    Both {
        /// Clicks in order of time.
        clicks: &'a [Click],
        /// Numbers per row.
        width: usize,
        /// Rows, one after the other.
        rows: &'a [f64],
    },
}

impl<'a> Measured<'a> {
    fn of(width: usize, rows: &'a [f64], uncounted: bool, clicks: &'a [Click]) -> Self {
        match (width, uncounted) {
            (0, _) => Measured::Clicks(clicks),
            (_, true) => Measured::Increments { width, rows },
            (_, false) => Measured::Both { clicks, width, rows },
        }
    }

    /// The clicks; empty where nothing is counted.
    pub fn clicks(&self) -> &'a [Click] {
        match self {
            Measured::Clicks(clicks) | Measured::Both { clicks, .. } => clicks,
            Measured::Increments { .. } => &[],
        }
    }

    /// Numbers per row, and the rows.
    pub fn increments(&self) -> (usize, &'a [f64]) {
        match self {
            Measured::Increments { width, rows } | Measured::Both { width, rows, .. } => (*width, rows),
            Measured::Clicks(_) => (0, &[]),
        }
    }
}

/// Why a trajectory failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnravelError {
    /// The no-jump evolution failed.
    #[error(transparent)]
    Ode(#[from] OdeError),
    /// The ket has a norm that is zero or not finite.
    #[error("the state has squared norm {norm} at t = {t:.6e}; use a smaller dt")]
    Norm {
        /// Squared norm.
        norm: f64,
        /// Time reached.
        t: f64,
    },
    /// A recorded click that the state cannot have caused.
    #[error(
        "the record has a click in channel {channel} at t = {t:.6e}, where its rate is zero; does the record belong to this device?"
    )]
    ImpossibleClick {
        /// Channel.
        channel: usize,
        /// Time of the click.
        t: f64,
    },
    /// A record that ends too early.
    #[error("the record ends at t = {end}, expected at least {wanted}")]
    RecordEnds {
        /// End of the record.
        end: f64,
        /// Time asked for.
        wanted: f64,
    },
    /// A time inside a step of the record.
    #[error("t = {t} lies inside a step of the record, from {before} to {after}; save at ends of its steps")]
    OffGrid {
        /// Time asked for.
        t: f64,
        /// Start of the step.
        before: f64,
        /// End of the step.
        after: f64,
    },
}

/// One trajectory at a time, with its workspace: allocates when made, never while it runs.
pub trait Unravelling: Send {
    /// Starts trajectory `trajectory` of `streams` in the normalised ket `psi` (split storage).
    fn start(&mut self, streams: &Streams, trajectory: u64, psi: &[f64]);

    /// Evolves from time `from` to time `to`; the ket is normalised at `to`.
    fn advance(&mut self, from: f64, to: f64) -> Result<(), UnravelError>;

    /// The normalised ket after the last `advance`.
    fn state(&self) -> &[f64];

    /// The measurement record since `start`.
    fn measured(&self) -> Measured<'_>;
}
