//! Levels whose state is one real vector s_i a spin: product states and phase space.

use super::probe::Probe;
use super::{Glass, LevelKind, Selection, Settings};
use lightfall_core::ensemble::{Layout, Level, Process, ProcessError};
use lightfall_core::rng::{Purpose, Rng, Streams};
use lightfall_core::sde::{Advance, BindError, Increments, Sde, bind, columns_of, get_column, set_column};
use lightfall_core::unravel::{Grid, WienerPath};
use lightfall_couplings::GroundState;

/// Halvings of a run's step: a spin costs little, and a step must resolve its precession.
const HALVINGS: u32 = 3;

/// An equation for the vectors s_i, three numbers a site, and what may come after them.
pub trait Bloch: Sde + Clone + Send + Sync {
    /// The level it describes.
    const LEVEL: LevelKind;

    /// 2S: what s_i is divided by where it is read.
    fn length(&self) -> f64 {
        1.0
    }

    /// Writes the initial vectors of a trajectory, over zeros.
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
            state: Vec::new(),
            columns: if E::COLUMNS { columns_of(dim) } else { 1 },
            count: 1,
            one: vec![0.0; dim],
            spins: vec![[0.0; 3]; self.probe.sites()],
            samplers: Vec::new(),
        })
    }
}

struct BlochProcess<'a, E> {
    level: &'a BlochLevel<E>,
    integrator: Result<Box<dyn Advance + 'a>, BindError>,
    path: WienerPath,
    /// The vectors of `count` trajectories, in columns.
    state: Vec<f64>,
    columns: usize,
    count: usize,
    /// Those of one of them.
    one: Vec<f64>,
    spins: Vec<[f64; 3]>,
    /// What draws configurations, one a trajectory.
    samplers: Vec<Rng>,
}

impl<E: Bloch> Process for BlochProcess<'_, E> {
    fn columns(&self) -> usize {
        self.columns
    }

    fn start(&mut self, first: u64, count: usize) {
        let level = self.level;
        self.count = count;
        self.path.start_columns(&level.streams, first, count);
        if let Ok(integrator) = &mut self.integrator {
            integrator.set_columns(count);
        }
        self.state.resize(self.one.len() * count, 0.0);
        self.samplers.clear();
        self.samplers.extend((0..count as u64).map(|k| level.streams.open(Purpose::Sampling, first + k)));
        for column in 0..count {
            let mut rng = level.streams.open(Purpose::InitialState, first + column as u64);
            self.one.fill(0.0);
            level.equation.start(&mut rng, &mut self.one);
            set_column(&mut self.state, count, column, &self.one);
        }
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), ProcessError> {
        let integrator = self.integrator.as_mut().map_err(|e| e.clone())?;
        let (steps, coarse) = self.level.grid.steps(from, to);
        let rows = self.path.rows();
        let h = coarse / rows as f64;
        let width = self.path.channels() * self.count;
        for step in 0..steps {
            let increments = self.path.next_step(coarse);
            for row in 0..rows {
                let t = from + (step * rows + row) as f64 * h;
                let path = Increments { dw: &increments[row * width..(row + 1) * width], area: &[] };
                integrator.advance(t, h, path, &mut self.state)?;
            }
        }
        Ok(())
    }

    fn observe(&mut self, column: usize, row: &mut [f64]) -> Result<(), ProcessError> {
        get_column(&self.state, self.count, column, &mut self.one);
        let length = self.level.equation.length();
        self.one.iter_mut().for_each(|v| *v /= length);
        let bloch = &self.one[..3 * self.spins.len()];
        self.level.probe.product(bloch, &mut self.spins, &mut self.samplers[column], row)
    }
}
