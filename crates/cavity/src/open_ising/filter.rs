//! The state given a recorded measurement: a ket where every output is seen in full, a density matrix otherwise.

use super::levels::Refused;
use super::probe::Probe;
use super::{Glass, LevelKind, PathChoice, Selection, Settings};
use lightfall_core::ensemble::{Layout, Level, Process, ProcessError};
use lightfall_core::lindblad::Lindbladian;
use lightfall_core::ode::OdeError;
use lightfall_core::rng::{Purpose, Rng};
use lightfall_core::unravel::split::{Split, SplitSystem, Watch};
use lightfall_core::unravel::{Counting, Detection, Filter, KetFilter, Recording, Unravelling};
use lightfall_couplings::GroundState;
use std::sync::Arc;

/// How the conditional state is found.
#[derive(Debug)]
enum Engine {
    Split(SplitSystem, Watch),
    Ket(Box<Lindbladian>, Option<Watch>),
    Strang(Box<Lindbladian>),
    Density(Box<Lindbladian>),
}

/// The level `filter`.
#[derive(Debug)]
pub struct FilterLevel {
    engine: Engine,
    detection: Arc<Detection>,
    recording: Arc<Recording>,
    initial: Vec<f64>,
    probe: Probe,
    settings: Settings,
}

impl FilterLevel {
    /// The filter of `glass` for the recording and the detectors of `settings`: `None` without them, or if the split step is asked for
    /// and does not apply.
    pub fn new(
        glass: &Glass,
        settings: &Settings,
        selection: &Selection,
        ground: Option<&GroundState>,
    ) -> Option<Self> {
        let (detection, recording) = (settings.detection.clone()?, settings.recording.clone()?);
        let watch = settings.watch(LevelKind::Filter);
        let engine = if settings.takes_split(glass, LevelKind::Filter) {
            Engine::Split(glass.split_system()?, watch?)
        } else if settings.path == PathChoice::Split {
            return None;
        } else if settings.takes_strang(glass, LevelKind::Filter) {
            Engine::Strang(Box::new(glass.lindbladian()))
        } else if detection.is_perfect() {
            Engine::Ket(Box::new(glass.lindbladian()), watch)
        } else {
            Engine::Density(Box::new(glass.lindbladian()))
        };
        let probe = Probe::new(glass, LevelKind::Filter, selection, ground);
        let (initial, settings) = (glass.initial_ket(), settings.clone());
        Some(Self { engine, detection, recording, initial, probe, settings })
    }

    fn state(&self) -> Result<State<'_>, OdeError> {
        let Settings { grid, tolerance, .. } = self.settings;
        let (recording, detection): (&Recording, &Detection) = (&self.recording, &self.detection);
        let density = |system| State::Density(Box::new(Filter::new(system, detection, grid, recording)));
        Ok(match &self.engine {
            Engine::Split(system, watch) => State::Ket(Box::new(Split::filter(system, *watch, grid, recording))),
            Engine::Ket(system, Some(Watch::Counting)) => {
                State::Ket(Box::new(Counting::filter(system, tolerance, recording)?))
            }
            Engine::Strang(system) => match KetFilter::strang(system, detection, grid, recording) {
                Some(filter) => State::Ket(Box::new(filter)),
                None => density(system),
            },
            Engine::Ket(system, _) => match KetFilter::new(system, detection, grid, recording) {
                Some(filter) => State::Ket(Box::new(filter)),
                None => density(system),
            },
            Engine::Density(system) => density(system),
        })
    }
}

impl Level for FilterLevel {
    fn layout(&self) -> &Layout {
        &self.probe.layout
    }

    fn is_deterministic(&self) -> bool {
        true
    }

    fn process(&self) -> Box<dyn Process + '_> {
        let spins = vec![[0.0; 3]; self.initial.len().ilog2() as usize - 1];
        match self.state() {
            Ok(state) => {
                let sampler = self.settings.streams.open(Purpose::Sampling, 0);
                Box::new(Conditional { level: self, state, spins, sampler })
            }
            Err(error) => Box::new(Refused(error)),
        }
    }
}

enum State<'a> {
    Ket(Box<dyn Unravelling + 'a>),
    Density(Box<Filter<'a>>),
}

struct Conditional<'a> {
    level: &'a FilterLevel,
    state: State<'a>,
    spins: Vec<[f64; 3]>,
    sampler: Rng,
}

impl Process for Conditional<'_> {
    fn start(&mut self, trajectory: u64, _: usize) {
        let psi = &self.level.initial;
        match &mut self.state {
            State::Ket(ket) => ket.start(&self.level.settings.streams, trajectory, psi),
            State::Density(filter) => filter.start(psi),
        }
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), ProcessError> {
        match &mut self.state {
            State::Ket(ket) => ket.advance(from, to)?,
            State::Density(filter) => filter.advance(from, to)?,
        }
        Ok(())
    }

    fn observe(&mut self, _: usize, row: &mut [f64]) -> Result<(), ProcessError> {
        match &self.state {
            State::Ket(ket) => {
                self.level.probe.ket(ket.state(), &mut self.spins, |c| c.fill(0.0), &mut self.sampler, row)
            }
            State::Density(filter) => self.level.probe.density(filter.state(), row),
        }
    }
}
