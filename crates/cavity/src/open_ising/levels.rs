//! The levels with amplitudes (master equation, trajectories), and the choice among all levels.

use super::light::{Light, Listener, master_with_spectrum};
use super::probe::Probe;
use super::reader::{Reader, Workspace};
use super::{
    BlochLevel, FilterLevel, Glass, LevelKind, MeanFieldLevel, Observable, PathChoice, PhaseSpace, ProductState,
    Selection, Settings,
};
use lightfall_core::ensemble::{Layout, Level, Process, ProcessError};
use lightfall_core::lindblad::{Lindbladian, MasterEquation, pack, pure_density, unpack};
use lightfall_core::ode::{Dop853, OdeError, Tolerance};
use lightfall_core::sde::BindError;
use lightfall_core::unravel::split::{Split, SplitSystem, Watch};
use lightfall_core::unravel::{Counting, Detection, Measured, Monitored, Unravelling};
use lightfall_couplings::GroundState;
use std::sync::Arc;

/// Bytes a run of `level` holds with `workers` workers at `sites` spins: kets or matrices, and shared tables. `pure` is whether
/// a filter has a ket.
pub fn memory_bytes(level: LevelKind, path_is_split: bool, pure: bool, sites: usize, workers: usize) -> f64 {
    let ket = 16.0 * 2.0_f64.powi(sites as i32);
    let energies = 0.5 * ket;
    // Vectors per worker: split 2; the general path of any detection 5, and two tables by parts; Dopri5 9 and a scratch.
    let per_worker = match level {
        LevelKind::Product | LevelKind::Dtwa | LevelKind::Wigner | LevelKind::MeanField | LevelKind::SpinFlip => {
            return 1e6;
        }
        LevelKind::Master => return 14.0 * ket * 2.0_f64.powi(sites as i32),
        LevelKind::Filter if !pure => return 8.0 * ket * 2.0_f64.powi(sites as i32),
        _ if path_is_split => 2.0,
        LevelKind::Counting => 11.0,
        _ => 7.0,
    };
    energies + ket * (per_worker * workers as f64 + if path_is_split { 1.0 } else { 3.0 })
}

/// Why a level cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LevelError {
    /// A path is asked for that does not apply.
    #[error(
        "path = \"split\" needs jump operators that commute with the couplings, path = \"strang\" six spins or more; leave path at auto, or set it to general"
    )]
    Path,
    /// A level that is made of modes.
    #[error("the level is made of the modes of a cavity, and the device has none")]
    Modes,
    /// A level that the full model and sites of several atoms do not have.
    #[error(
        "only the master equation and the trajectories counting, homodyne, heterodyne and monitored know modes, or sites of several atoms"
    )]
    Composite,
    /// A level of mixed detection without detectors.
    #[error("the level needs detectors, one per jump operator; add [run.detection] with watch = [..]")]
    Detectors,
    /// A filter without a measurement.
    #[error("the level needs a record; add [run.filter] with record = \"current.csv\"")]
    Recording,
    /// The stepper does not integrate the equation of the level.
    #[error(transparent)]
    Stepper(#[from] BindError),
}

/// Builds `level` of `glass`.
///
/// # Errors
///
/// [`LevelError`] if the path or the stepper of `settings` does not apply, if a level of mixed detection has no detectors, or a filter
/// no recording.
pub fn build_level(
    glass: &Glass,
    level: LevelKind,
    settings: &Settings,
    selection: &Selection,
    ground: Option<&GroundState>,
) -> Result<Box<dyn Level>, LevelError> {
    Ok(match level {
        LevelKind::Master => Box::new(MasterLevel::new(glass, settings, selection, ground)),
        LevelKind::Filter => {
            Box::new(FilterLevel::new(glass, settings, selection, ground).ok_or(LevelError::Recording)?)
        }
        LevelKind::Product => Box::new(BlochLevel::new(ProductState::new(glass), glass, settings, selection, ground)?),
        LevelKind::Dtwa => Box::new(BlochLevel::new(PhaseSpace::new(glass), glass, settings, selection, ground)?),
        LevelKind::MeanField => Box::new(MeanFieldLevel::new(glass, settings, selection, ground)),
        LevelKind::Wigner | LevelKind::SpinFlip => return Err(LevelError::Modes),
        _ => {
            let undetected = level == LevelKind::Monitored && settings.detection.is_none();
            let reason = if undetected { LevelError::Detectors } else { LevelError::Path };
            Box::new(KetLevel::new(glass, level, settings, selection, ground).ok_or(reason)?)
        }
    })
}

/// The level `master`.
#[derive(Debug)]
pub struct MasterLevel {
    pub(super) system: Lindbladian,
    pub(super) initial: Vec<f64>,
    pub(super) reader: Reader,
    pub(super) tolerance: f64,
}

impl MasterLevel {
    /// The master equation of `glass`.
    pub fn new(glass: &Glass, settings: &Settings, selection: &Selection, ground: Option<&GroundState>) -> Self {
        let probe = Probe::new(glass, LevelKind::Master, selection, ground);
        Self::of(glass.lindbladian(), glass.initial_ket(), Reader::spins(probe), settings)
    }

    /// The master equation of `system`.
    pub(crate) fn of(system: Lindbladian, initial: Vec<f64>, reader: Reader, settings: &Settings) -> Self {
        Self { reader: reader.of(&system), system, initial, tolerance: settings.tolerance }
    }
}

impl Level for MasterLevel {
    fn layout(&self) -> &Layout {
        self.reader.layout()
    }

    fn is_deterministic(&self) -> bool {
        true
    }

    fn process(&self) -> Box<dyn Process + '_> {
        if let Some((frequencies, columns)) = self.reader.spectrum() {
            return master_with_spectrum(self, frequencies, columns);
        }
        let rho = pure_density(&self.initial);
        let packed = vec![0.0; rho.len() / 2];
        // Frobenius norm of the error per step.
        match Tolerance::norm(self.tolerance, packed.len()) {
            Ok(tolerance) => {
                let solver = Dop853::new(packed.len(), tolerance);
                let work = self.reader.workspace();
                Box::new(Master { level: self, equation: self.system.master(), solver, packed, rho, work })
            }
            Err(error) => Box::new(Refused(error)),
        }
    }
}

struct Master<'a> {
    level: &'a MasterLevel,
    equation: MasterEquation<'a>,
    solver: Dop853,
    /// The state; `rho` is unpacked where it is observed.
    packed: Vec<f64>,
    rho: Vec<f64>,
    work: Workspace,
}

impl Process for Master<'_> {
    fn start(&mut self, _: u64, _: usize) {
        pack(&pure_density(&self.level.initial), &mut self.packed);
        self.work.time = 0.0;
        self.solver.restart();
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), ProcessError> {
        let equation = &mut self.equation;
        self.solver.integrate(&mut |t, y, dy| equation.packed_rhs(t, y, dy), from, to, &mut self.packed)?;
        self.work.time = to;
        Ok(())
    }

    fn observe(&mut self, _: usize, row: &mut [f64]) -> Result<(), ProcessError> {
        unpack(&self.packed, &mut self.rho);
        self.level.reader.density(&self.rho, &mut self.work, row)
    }
}

/// A process whose settings no integrator takes: it says so when it is run.
pub(super) struct Refused(pub(super) OdeError);

impl Process for Refused {
    fn start(&mut self, _: u64, _: usize) {}

    fn advance(&mut self, _: f64, _: f64) -> Result<(), ProcessError> {
        Err(self.0.into())
    }

    fn observe(&mut self, _: usize, _: &mut [f64]) -> Result<(), ProcessError> {
        Err(self.0.into())
    }
}

/// How the trajectories of a level are integrated, with what it needs.
#[derive(Debug)]
enum Engine {
    Split(Box<SplitSystem>, Watch),
    Counting(Box<Lindbladian>),
    Monitored(Box<Lindbladian>, Arc<Detection>),
    Strang(Box<Lindbladian>, Arc<Detection>),
}

/// The levels `counting`, `homodyne`, `heterodyne` and `monitored`.
#[derive(Debug)]
pub struct KetLevel {
    engine: Engine,
    /// Where spectra are observed.
    light: Option<Light>,
    initial: Vec<f64>,
    reader: Reader,
    settings: Settings,
}

impl KetLevel {
    /// Trajectories of `glass`, or `None` if the split step is asked for and does not apply.
    pub fn new(
        glass: &Glass,
        level: LevelKind,
        settings: &Settings,
        selection: &Selection,
        ground: Option<&GroundState>,
    ) -> Option<Self> {
        let watch = settings.watch(level);
        let engine = if settings.takes_split(glass, level) {
            Engine::Split(Box::new(glass.split_system()?), watch?)
        } else if settings.takes_strang(glass, level) {
            Engine::Strang(Box::new(glass.lindbladian()), settings.detectors(level, glass)?)
        } else if matches!(settings.path, PathChoice::Split | PathChoice::Strang) {
            return None;
        } else if watch == Some(Watch::Counting) {
            Engine::Counting(Box::new(glass.lindbladian()))
        } else {
            Engine::Monitored(Box::new(glass.lindbladian()), settings.detectors(level, glass)?)
        };
        let mut reader = Reader::spins(Probe::new(glass, level, selection, ground));
        if selection.observables.contains(&Observable::Emission) {
            reader = reader.of(&glass.lindbladian());
        }
        let light = light(&reader, settings.detectors(level, glass), || glass.lindbladian());
        Some(Self { engine, light, initial: glass.initial_ket(), reader, settings: settings.clone() })
    }

    /// Trajectories of `system` by parts where they apply and are not ruled out, else by the general path; `None` for a level of mixed detection without detectors.
    pub(crate) fn of(
        system: Lindbladian,
        initial: Vec<f64>,
        reader: Reader,
        level: LevelKind,
        settings: &Settings,
    ) -> Option<Self> {
        let reader = reader.of(&system);
        let (system, watch) = (Box::new(system), settings.watch(level));
        let uniform = || Some(Arc::new(Detection::uniform(watch?.into(), system.jumps().len())));
        let detection = settings.detection.clone().or_else(uniform);
        let light = light(&reader, detection.clone(), || system.as_ref().clone());
        let engine = if watch == Some(Watch::Counting) {
            Engine::Counting(system)
        } else {
            let detection = detection?;
            let general = settings.path == PathChoice::General;
            if general { Engine::Monitored(system, detection) } else { Engine::Strang(system, detection) }
        };
        Some(Self { engine, light, initial, reader, settings: settings.clone() })
    }

    /// An unravelling on its own workspace, for use without an ensemble.
    ///
    /// # Errors
    /// [`OdeError::Tolerance`] if counting by the general path is given a tolerance that is not finite and positive.
    pub fn unravelling(&self) -> Result<Box<dyn Unravelling + '_>, OdeError> {
        let Settings { grid, tolerance, keep_record, .. } = self.settings;
        let keep_record = keep_record || self.light.is_some();
        Ok(match &self.engine {
            Engine::Split(system, watch) => Box::new(Split::new(system, *watch, grid, keep_record)),
            Engine::Counting(system) => Box::new(Counting::new(system, tolerance)?),
            Engine::Monitored(system, detection) => Box::new(Monitored::new(system, detection, grid, keep_record)),
            Engine::Strang(system, detection) => Box::new(
                Monitored::strang(system, detection, grid, keep_record)
                    .unwrap_or_else(|| Monitored::new(system, detection, grid, keep_record)),
            ),
        })
    }
}

/// What the spectra of a level are made with, if they are observed; `system` has the jump operators.
fn light(reader: &Reader, detection: Option<Arc<Detection>>, system: impl FnOnce() -> Lindbladian) -> Option<Light> {
    let (frequencies, columns) = reader.spectrum()?;
    Some(Light { system: system(), frequencies: frequencies.to_vec(), detection: detection?, columns })
}

impl Level for KetLevel {
    fn layout(&self) -> &Layout {
        self.reader.layout()
    }

    fn process(&self) -> Box<dyn Process + '_> {
        match self.unravelling() {
            Ok(unravelling) => {
                let listener = self.light.as_ref().map(|l| Listener::new(l, self.settings.grid));
                Box::new(Trajectory { level: self, unravelling, listener, work: self.reader.workspace() })
            }
            Err(error) => Box::new(Refused(error)),
        }
    }
}

struct Trajectory<'a> {
    level: &'a KetLevel,
    unravelling: Box<dyn Unravelling + 'a>,
    listener: Option<Listener<'a>>,
    work: Workspace,
}

impl Process for Trajectory<'_> {
    fn start(&mut self, trajectory: u64, _: usize) {
        self.unravelling.start(&self.level.settings.streams, trajectory, &self.level.initial);
        self.work.start(&self.level.settings.streams, trajectory);
        if let Some(listener) = &mut self.listener {
            listener.start();
        }
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), ProcessError> {
        match &mut self.listener {
            Some(listener) => listener.advance(self.unravelling.as_mut(), from, to)?,
            None => self.unravelling.advance(from, to)?,
        }
        self.work.time = to;
        Ok(())
    }

    fn observe(&mut self, _: usize, row: &mut [f64]) -> Result<(), ProcessError> {
        let measured = self.unravelling.measured();
        let clicks = |counts: &mut [f64]| {
            counts.fill(0.0);
            measured.clicks().iter().for_each(|c| counts[c.channel as usize] += 1.0);
        };
        self.level.reader.ket(self.unravelling.state(), &mut self.work, clicks, row)?;
        if let Some(listener) = &self.listener {
            listener.write(row);
        }
        Ok(())
    }

    fn measured(&self) -> Option<Measured<'_>> {
        Some(self.unravelling.measured())
    }
}
