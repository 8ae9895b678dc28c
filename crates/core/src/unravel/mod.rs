//! Unravellings: stochastic evolutions of a normalised ket whose average over trajectories is the master equation.
//!
//! Conventions (all Ito, psi normalised; M[..] marks the mean over the noise):
//! * heterodyne: dJ_k = <L_k>^* dt + dxi_k, M[dxi_k dxi_l^*] = delta_kl dt, M[dxi_k dxi_l] = 0;
//! * homodyne of L e^{-i phi} + h.c.: dI_k = <L_k e^{-i phi} + h.c.> dt + dW_k, M[dW^2] = dt;
//! * counting: a click in channel k with rate <L_k^dag L_k>.

mod channels;
mod counting;
mod diffusive;
pub mod split;
mod wiener;

pub use counting::Counting;
pub use diffusive::{Diffusion, Diffusive};
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
