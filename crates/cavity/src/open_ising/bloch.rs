//! Levels whose state is one real vector s_i a spin: product states and phase space.

use super::probe::Probe;
use super::{Glass, LevelKind, Selection, Settings};
use lightfall_core::ensemble::{Layout, Level, Process, ProcessError};
use lightfall_core::rng::{Purpose, Rng, Streams};
use lightfall_core::sde::{Advance, BindError, Increments, Sde, bind};
use lightfall_core::unravel::{Grid, WienerPath};
use lightfall_couplings::GroundState;

/// Halvings of a run's step: a spin costs little, and a step must resolve its precession.
const HALVINGS: u32 = 3;

/// An equation for the vectors s_i, three numbers a site.
pub trait Bloch: Sde + Clone + Send + Sync {
    /// The level it describes.
    const LEVEL: LevelKind;

    /// Writes the initial vectors of a trajectory.
    fn start(&self, rng: &mut Rng, y: &mut [f64]);
}

/// A level of such an equation.
#[derive(Debug)]
pub struct BlochLevel<E> {
    equation: E,
    probe: Probe,
    grid: Grid,
    stepper: &'static str,
    streams: Streams,
}

impl<E: Bloch> BlochLevel<E> {
    /// Trajectories of `equation` for `glass`. Each step of `settings.grid` is cut into eight parts on the same noise path, the path that
    /// the general path of `heterodyne` sees.
    ///
    /// # Errors
    ///
    /// [`BindError`] if the stepper of `settings` cannot integrate the equation.
    pub fn new(
        equation: E,
        glass: &Glass,
        settings: &Settings,
        selection: &Selection,
        ground: Option<&GroundState>,
    ) -> Result<Self, BindError> {
        bind(settings.stepper, equation.clone())?;
        Ok(Self {
            probe: Probe::new(glass, E::LEVEL, selection, ground),
            equation,
            grid: Grid { dt: settings.grid.dt, refinement: settings.grid.refinement + HALVINGS },
            stepper: settings.stepper,
            streams: settings.streams,
        })
    }
}

impl<E: Bloch> Level for BlochLevel<E> {
    fn layout(&self) -> &Layout {
        &self.probe.layout
    }

    fn process(&self) -> Box<dyn Process + '_> {
        let dim = self.equation.dim();
        Box::new(BlochProcess {
            level: self,
            integrator: bind(self.stepper, self.equation.clone()),
            path: WienerPath::new(self.equation.noises(), self.grid.refinement),
            state: vec![0.0; dim],
            spins: vec![[0.0; 3]; dim / 3],
        })
    }
}

struct BlochProcess<'a, E> {
    level: &'a BlochLevel<E>,
    integrator: Result<Box<dyn Advance + 'a>, BindError>,
    path: WienerPath,
    state: Vec<f64>,
    spins: Vec<[f64; 3]>,
}

impl<E: Bloch> Process for BlochProcess<'_, E> {
    fn start(&mut self, trajectory: u64) {
        let level = self.level;
        self.path.start(&level.streams, trajectory);
        level.equation.start(&mut level.streams.open(Purpose::InitialState, trajectory), &mut self.state);
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), ProcessError> {
        let integrator = self.integrator.as_mut().map_err(|e| e.clone())?;
        let (steps, coarse) = self.level.grid.steps(from, to);
        let rows = self.path.rows();
        let h = coarse / rows as f64;
        let noises = self.path.channels();
        for step in 0..steps {
            let increments = self.path.next_step(coarse);
            for row in 0..rows {
                let t = from + (step * rows + row) as f64 * h;
                let path = Increments { dw: &increments[row * noises..(row + 1) * noises], area: &[] };
                integrator.advance(t, h, path, &mut self.state)?;
            }
        }
        Ok(())
    }

    fn observe(&mut self, row: &mut [f64]) -> Result<(), ProcessError> {
        self.level.probe.product(&self.state, &mut self.spins, row)
    }
}
