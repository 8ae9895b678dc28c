//! Deterministic mean field: ds_i/dt = 2 h_i x s_i with the noise off and a seeded tilt of the start.
//!
//! h_i = (-g sum_j J_ij s^x_j, 0, wz/2) - sum_k Im((E_k - e_ki)^* lambda_ki): the couplings and the dissipative field of the other spins
//! (see `product`). Terms of a spin with itself are dropped, since (sigma^x)^2 = 1; for 2S atoms a site they are there times 1 - 1/2S,
//! and s_i has the length 2S. Otherwise |s_i| = 1 is conserved unless there is
//! single-spin decay or dephasing, which damp the Bloch vector. s^x = 0 is a fixed point: each spin starts down with a
//! Gaussian tilt of standard deviation 1e-3 in x and y, one draw per trajectory.

use super::probe::Probe;
use super::product::ProductState;
use super::{Glass, LevelKind, Selection, Settings};
use lightfall_core::ensemble::{Layout, Level, Process, ProcessError};
use lightfall_core::rng::{Purpose, Rng, Streams};
use lightfall_couplings::GroundState;
use ode_solvers::{DVector, Dopri5, OutputType, System};
use rand_distr::{Distribution, StandardNormal};
use std::cell::RefCell;

/// Standard deviation of the tilt.
const TILT: f64 = 1e-3;

/// The level `mean-field`.
#[derive(Debug)]
pub struct MeanFieldLevel {
    equation: ProductState,
    atoms: f64,
    rates: [f64; 2],
    probe: Probe,
    tolerance: f64,
    streams: Streams,
    sites: usize,
}

impl MeanFieldLevel {
    /// Mean-field trajectories of `glass` at the tolerance of `settings`.
    pub fn new(glass: &Glass, settings: &Settings, selection: &Selection, ground: Option<&GroundState>) -> Self {
        Self {
            // <S_a S_b> of a coherent state is (1 - 1/2S) <S_a><S_b> and a part that no field comes from.
            equation: ProductState::with_own(glass, 1.0 - 1.0 / glass.atoms()),
            atoms: glass.atoms(),
            rates: [glass.decay, glass.dephasing],
            probe: {
                let mut probe = Probe::new(glass, LevelKind::MeanField, selection, ground);
                probe.leave_out_of_large_spins(glass.atoms());
                probe
            },
            tolerance: settings.tolerance,
            streams: settings.streams,
            sites: glass.sites,
        }
    }
}

impl Level for MeanFieldLevel {
    fn layout(&self) -> &Layout {
        &self.probe.layout
    }

    fn process(&self) -> Box<dyn Process + '_> {
        let flow = Flow { equation: RefCell::new(self.equation.clone()), rates: self.rates };
        let (state, spins) = (self.equation.initial(), vec![[0.0; 3]; self.sites]);
        let sampler = self.streams.open(Purpose::Sampling, 0);
        Box::new(MeanField { level: self, flow, scaled: state.clone(), state, spins, sampler })
    }
}

#[derive(Clone)]
struct Flow {
    /// The solver hands out the system by shared reference, the equation needs its workspace.
    equation: RefCell<ProductState>,
    rates: [f64; 2],
}

impl System<f64, DVector<f64>> for Flow {
    fn system(&self, t: f64, y: &DVector<f64>, dy: &mut DVector<f64>) {
        let [decay, dephasing] = self.rates;
        self.equation.borrow_mut().mean_field(t, decay, dephasing, y.as_slice(), dy.as_mut_slice());
    }
}

struct MeanField<'a> {
    level: &'a MeanFieldLevel,
    flow: Flow,
    state: Vec<f64>,
    /// s_i over its length.
    scaled: Vec<f64>,
    spins: Vec<[f64; 3]>,
    sampler: Rng,
}

impl Process for MeanField<'_> {
    fn start(&mut self, trajectory: u64, _: usize) {
        self.sampler = self.level.streams.open(Purpose::Sampling, trajectory);
        let mut rng = self.level.streams.open(Purpose::InitialState, trajectory);
        for s in self.state.chunks_exact_mut(3) {
            let [x, y]: [f64; 2] = std::array::from_fn(|_| {
                TILT * <StandardNormal as Distribution<f64>>::sample(&StandardNormal, &mut rng)
            });
            let scale = self.level.atoms / (1.0 + x * x + y * y).sqrt();
            s.copy_from_slice(&[scale * x, scale * y, -scale]);
        }
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), ProcessError> {
        let tolerance = self.level.tolerance;
        let start = DVector::from_column_slice(&self.state);
        let mut solver = Dopri5::new(self.flow.clone(), from, to, to - from, start, tolerance, tolerance);
        // Its dense output returns a wrong last sample; sparse output ends with the state at `to`.
        solver.set_output(OutputType::Sparse);
        solver.integrate().map_err(|e| format!("mean field from t = {from} to {to}: {e}"))?;
        let end = solver.y_out().last().ok_or("the mean-field solver returned no state")?;
        self.state.copy_from_slice(end.as_slice());
        Ok(())
    }

    fn observe(&mut self, _: usize, row: &mut [f64]) -> Result<(), ProcessError> {
        self.scaled.iter_mut().zip(&self.state).for_each(|(s, v)| *s = v / self.level.atoms);
        self.level.probe.product(&self.scaled, &mut self.spins, &mut self.sampler, row)
    }
}
