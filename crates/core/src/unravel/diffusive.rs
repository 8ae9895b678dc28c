//! Homodyne and heterodyne detection of all outputs alike, by the general path (see [`Monitored`]).

use super::detection::Detection;
use super::{Grid, Measured, Monitored, UnravelError, Unravelling};
use crate::lindblad::Lindbladian;
use crate::rng::Streams;

/// How the outputs are watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Diffusion {
    /// The quadrature L e^{-i phi} + h.c. of every channel.
    Homodyne {
        /// Local-oscillator phase phi in radians.
        phase: f64,
    },
    /// Both quadratures with half the light each.
    Heterodyne,
}

impl Diffusion {
    /// Real Wiener processes per channel.
    pub fn noises_per_channel(self) -> usize {
        match self {
            Diffusion::Homodyne { .. } => 1,
            Diffusion::Heterodyne => 2,
        }
    }
}

/// Diffusive trajectories of a Lindbladian, every output seen in full.
#[derive(Debug)]
pub struct Diffusive<'a>(Monitored<'a>);

impl<'a> Diffusive<'a> {
    /// Trajectories of `system` on `grid`; the record is kept if `keep_record`.
    pub fn new(system: &'a Lindbladian, diffusion: Diffusion, grid: Grid, keep_record: bool) -> Self {
        let detection = Detection::uniform(diffusion.into(), system.jumps().len());
        Self(Monitored::new(system, &detection, grid, keep_record))
    }
}

impl Unravelling for Diffusive<'_> {
    fn start(&mut self, streams: &Streams, trajectory: u64, psi: &[f64]) {
        self.0.start(streams, trajectory, psi);
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), UnravelError> {
        self.0.advance(from, to)
    }

    fn state(&self) -> &[f64] {
        self.0.state()
    }

    fn measured(&self) -> Measured<'_> {
        self.0.measured()
    }
}
