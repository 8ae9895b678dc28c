//! What a level reads its states with.

use super::Observable;
use super::entanglement::{half_entropy, half_spectrum, pure_trace_norm, trace_norm};
use super::probe::{Half, Probe};
use crate::composite::{Composite, Reduced};
use lightfall_core::ensemble::{Layout, ProcessError, Quantity, Shape};
use lightfall_core::rng::{Purpose, Rng, Streams};

/// Reads kets and density matrices.
#[derive(Debug)]
pub(crate) enum Reader {
    /// Of spins 1/2.
    Spins(Probe),
    /// Of atoms with modes, or with more than two states each.
    Composite(Probe, Composite),
}

/// Workspace of a reader.
#[derive(Debug)]
pub(crate) struct Workspace {
    spins: Vec<[f64; 3]>,
    reduced: Reduced,
    /// Draws configurations.
    rng: Rng,
}

impl Workspace {
    /// For a new trajectory.
    pub(crate) fn start(&mut self, streams: &Streams, trajectory: u64) {
        self.rng = streams.open(Purpose::Sampling, trajectory);
    }
}

impl Reader {
    /// A reader of `shape`; where there are modes it also gives the probabilities of their highest Fock states.
    pub(crate) fn composite(mut probe: Probe, shape: Composite) -> Self {
        // Its cuts are those of spins 1/2.
        probe.leave_out(Observable::CutEntropy);
        if !shape.cuts.is_empty() {
            let shape = Shape::Channel(shape.cuts.len());
            probe.layout.quantities.push(Quantity { name: "top_population".into(), shape, store: false });
        }
        Reader::Composite(probe, shape)
    }

    fn probe(&self) -> &Probe {
        match self {
            Reader::Spins(probe) | Reader::Composite(probe, _) => probe,
        }
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.probe().layout
    }

    pub(crate) fn workspace(&self) -> Workspace {
        let rng = Streams::new(0, 0).open(Purpose::Sampling, 0);
        Workspace { spins: vec![[0.0; 3]; self.probe().sites()], reduced: Reduced::default(), rng }
    }

    /// Reads a normalised ket. `clicks` gives the clicks of each channel so far.
    pub(crate) fn ket(
        &self,
        psi: &[f64],
        work: &mut Workspace,
        clicks: impl FnMut(&mut [f64]),
        row: &mut [f64],
    ) -> Result<(), ProcessError> {
        match self {
            Reader::Spins(probe) => probe.ket(psi, &mut work.spins, clicks, &mut work.rng, row),
            Reader::Composite(probe, shape) => {
                shape.read_ket(psi, &mut work.reduced)?;
                let half = shape.states.pow(shape.sites as u32 / 2);
                let of_half: Half<'_> =
                    [&|| half_entropy(half, psi), &|| Ok(pure_trace_norm(&half_spectrum(half, psi)?))];
                probe.reduced(&work.reduced, of_half, clicks, 1.0, &mut work.rng, row)?;
                finish(shape, &work.reduced, row)
            }
        }
    }

    /// Reads a density matrix in split row-major storage.
    pub(crate) fn density(&self, rho: &[f64], work: &mut Workspace, row: &mut [f64]) -> Result<(), ProcessError> {
        match self {
            Reader::Spins(probe) => probe.density(rho, row),
            Reader::Composite(probe, shape) => {
                shape.read_density(rho, &mut work.reduced)?;
                let purity = lightfall_core::operator::norm_sqr(rho);
                let half = shape.states.pow(shape.sites as u32 / 2);
                // Entropies are those of trajectories: no master equation has them.
                let of_half: Half<'_> = [&|| Ok(0.0), &|| trace_norm(half, rho)];
                probe.reduced(&work.reduced, of_half, |c| c.fill(0.0), purity, &mut work.rng, row)?;
                finish(shape, &work.reduced, row)
            }
        }
    }
}

/// Writes the highest Fock states, and refuses a cut that is too low.
fn finish(shape: &Composite, reduced: &Reduced, row: &mut [f64]) -> Result<(), ProcessError> {
    let at = row.len() - reduced.tops.len();
    row[at..].copy_from_slice(&reduced.tops);
    Ok(shape.check_tops(&reduced.tops)?)
}
