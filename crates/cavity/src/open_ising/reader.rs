//! What a level reads its states with.

use super::Observable;
use super::entanglement::{half_entropy, half_spectrum, pure_trace_norm, trace_norm};
use super::probe::{Half, Probe};
use crate::composite::{Composite, Reduced};
use lightfall_core::ensemble::{Layout, ProcessError, Quantity, Shape};
use lightfall_core::lindblad::{Lindbladian, trace_product};
use lightfall_core::operator::{Operator, expectation};
use lightfall_core::rng::{Purpose, Rng, Streams};
use std::ops::Range;
use std::sync::Arc;

/// Reads kets and density matrices.
#[derive(Debug)]
pub(crate) struct Reader {
    shape: States,
    /// The light that leaves, if it is observed.
    emitted: Option<Emitted>,
}

/// What leaves through each channel.
#[derive(Debug)]
struct Emitted {
    system: Lindbladian,
    /// L_k^dag L_k.
    grams: Vec<Arc<dyn Operator>>,
    /// First column of the observable.
    column: usize,
}

/// Shape of what is read.
#[derive(Debug)]
enum States {
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
    /// The time reached.
    pub(crate) time: f64,
    scratch: Vec<f64>,
}

impl Workspace {
    /// For a new trajectory.
    pub(crate) fn start(&mut self, streams: &Streams, trajectory: u64) {
        self.rng = streams.open(Purpose::Sampling, trajectory);
        self.time = 0.0;
    }
}

impl Emitted {
    /// Writes s(t)^2 tr(L_k^dag L_k rho) of what `mean` reads operators with.
    fn write(&self, time: f64, row: &mut [f64], mut mean: impl FnMut(&dyn Operator) -> f64) {
        let intensity = self.system.amplitude(time).powi(2);
        for (value, gram) in row[self.column..].iter_mut().zip(&self.grams) {
            *value = intensity * mean(gram.as_ref());
        }
    }
}

impl Reader {
    /// A reader of spins 1/2.
    pub(crate) fn spins(probe: Probe) -> Self {
        Self { shape: States::Spins(probe), emitted: None }
    }

    /// The same for states of `system`, whose outputs it reads if they are observed.
    pub(crate) fn of(mut self, system: &Lindbladian) -> Self {
        self.emitted = self.layout().column(Observable::Emission.name()).map(|column| Emitted {
            grams: system.jumps().iter().map(|l| l.gram()).collect(),
            system: system.clone(),
            column,
        });
        self
    }

    /// A reader of `shape`; where there are modes it also gives the probabilities of their highest Fock states.
    pub(crate) fn composite(mut probe: Probe, shape: Composite) -> Self {
        // Its cuts are those of spins 1/2.
        probe.leave_out(Observable::CutEntropy);
        if !shape.cuts.is_empty() {
            let shape = Shape::Channel(shape.cuts.len());
            probe.layout.quantities.push(Quantity { name: "top_population".into(), shape, store: false });
        }
        Self { shape: States::Composite(probe, shape), emitted: None }
    }

    fn probe(&self) -> &Probe {
        match &self.shape {
            States::Spins(probe) | States::Composite(probe, _) => probe,
        }
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.probe().layout
    }

    /// Frequencies of the spectrum, if it is observed, and the columns of a row it stands in.
    pub(crate) fn spectrum(&self) -> Option<(&[f64], Range<usize>)> {
        let name = Observable::Spectrum.name();
        let (first, q) = self.layout().columns().find(|(_, q)| q.name == name)?;
        Some((&self.probe().frequencies, first..first + q.shape.width()))
    }

    pub(crate) fn workspace(&self) -> Workspace {
        let rng = Streams::new(0, 0).open(Purpose::Sampling, 0);
        Workspace {
            spins: vec![[0.0; 3]; self.probe().sites()],
            reduced: Reduced::default(),
            rng,
            time: 0.0,
            scratch: Vec::new(),
        }
    }

    /// Reads a normalised ket. `clicks` gives the clicks of each channel so far.
    pub(crate) fn ket(
        &self,
        psi: &[f64],
        work: &mut Workspace,
        clicks: impl FnMut(&mut [f64]),
        row: &mut [f64],
    ) -> Result<(), ProcessError> {
        match &self.shape {
            States::Spins(probe) => probe.ket(psi, &mut work.spins, clicks, &mut work.rng, row)?,
            States::Composite(probe, shape) => {
                shape.read_ket(psi, &mut work.reduced)?;
                let half = shape.states.pow(shape.sites as u32 / 2);
                let of_half: Half<'_> =
                    [&|| half_entropy(half, psi), &|| Ok(pure_trace_norm(&half_spectrum(half, psi)?))];
                probe.reduced(&work.reduced, of_half, clicks, 1.0, &mut work.rng, row)?;
                finish(shape, &work.reduced, row)?;
            }
        }
        if let Some(emitted) = &self.emitted {
            work.scratch.resize(psi.len(), 0.0);
            emitted.write(work.time, row, |l| expectation(l, psi, &mut work.scratch).re);
        }
        Ok(())
    }

    /// Reads a density matrix in split row-major storage.
    pub(crate) fn density(&self, rho: &[f64], work: &mut Workspace, row: &mut [f64]) -> Result<(), ProcessError> {
        match &self.shape {
            States::Spins(probe) => probe.density(rho, row)?,
            States::Composite(probe, shape) => {
                shape.read_density(rho, &mut work.reduced)?;
                let purity = lightfall_core::operator::norm_sqr(rho);
                let half = shape.states.pow(shape.sites as u32 / 2);
                // Entropies are those of trajectories: no master equation has them.
                let of_half: Half<'_> = [&|| Ok(0.0), &|| trace_norm(half, rho)];
                probe.reduced(&work.reduced, of_half, |c| c.fill(0.0), purity, &mut work.rng, row)?;
                finish(shape, &work.reduced, row)?;
            }
        }
        if let Some(emitted) = &self.emitted {
            work.scratch.resize(rho.len(), 0.0);
            emitted.write(work.time, row, |l| trace_product(l, rho, &mut work.scratch).re);
        }
        Ok(())
    }
}

/// Writes the highest Fock states, and refuses a cut that is too low.
fn finish(shape: &Composite, reduced: &Reduced, row: &mut [f64]) -> Result<(), ProcessError> {
    let at = row.len() - reduced.tops.len();
    row[at..].copy_from_slice(&reduced.tops);
    Ok(shape.check_tops(&reduced.tops)?)
}
