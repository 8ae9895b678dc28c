//! What a level reads its states with.

use super::probe::Probe;
use crate::composite::{Composite, Reduced};
use lightfall_core::ensemble::{Layout, ProcessError, Quantity, Shape};

/// Reads kets and density matrices.
#[derive(Debug)]
pub(crate) enum Reader {
    /// Of spins 1/2.
    Spins(Probe),
    /// Of atoms with modes, or with more than two states each.
    Composite(Probe, Composite),
}

/// Workspace of a reader.
#[derive(Clone, Debug, Default)]
pub(crate) struct Workspace {
    spins: Vec<[f64; 3]>,
    reduced: Reduced,
}

impl Reader {
    /// A reader of `shape`; where there are modes it also gives the probabilities of their highest Fock states.
    pub(crate) fn composite(mut probe: Probe, shape: Composite) -> Self {
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
        Workspace { spins: vec![[0.0; 3]; self.probe().sites()], reduced: Reduced::default() }
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
            Reader::Spins(probe) => probe.ket(psi, &mut work.spins, clicks, row),
            Reader::Composite(probe, shape) => {
                shape.read_ket(psi, &mut work.reduced)?;
                let half = shape.states.pow(shape.sites as u32 / 2);
                probe.reduced(&work.reduced, &|| super::probe::half_entropy(half, psi), clicks, 1.0, row)?;
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
                probe.reduced(&work.reduced, &|| Ok(0.0), |c| c.fill(0.0), purity, row)?;
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
