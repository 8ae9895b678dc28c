//! The levels with amplitudes (master equation, trajectories), and the choice among all levels.

use super::probe::Probe;
use super::{BlochLevel, Glass, MeanFieldLevel, PhaseSpace, ProductState, Selection};
use lightfall_core::ensemble::{Layout, Level, Process, ProcessError};
use lightfall_core::lindblad::{Lindbladian, MasterEquation, pack, pure_density, unpack};
use lightfall_core::ode::{Dop853, OdeError, Tolerance};
use lightfall_core::rng::Streams;
use lightfall_core::sde::BindError;
use lightfall_core::unravel::split::{Split, SplitSystem, Watch};
use lightfall_core::unravel::{Counting, Diffusion, Diffusive, Grid, Measured, Unravelling};
use lightfall_couplings::GroundState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The levels of description of the open Ising glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LevelKind {
    /// The master equation.
    Master,
    /// Quantum-jump trajectories.
    Counting,
    /// Trajectories under homodyne detection.
    Homodyne,
    /// Trajectories under heterodyne detection.
    Heterodyne,
    /// Product-state trajectories under heterodyne detection.
    Product,
    /// Discrete truncated Wigner approximation.
    Dtwa,
    /// Deterministic mean field.
    MeanField,
}

impl LevelKind {
    /// All levels, from the most to the least quantum.
    pub const ALL: [LevelKind; 7] = [
        LevelKind::Master,
        LevelKind::Counting,
        LevelKind::Homodyne,
        LevelKind::Heterodyne,
        LevelKind::Product,
        LevelKind::Dtwa,
        LevelKind::MeanField,
    ];

    /// Name, the same everywhere.
    pub fn name(self) -> &'static str {
        match self {
            LevelKind::Master => "master",
            LevelKind::Counting => "counting",
            LevelKind::Homodyne => "homodyne",
            LevelKind::Heterodyne => "heterodyne",
            LevelKind::Product => "product",
            LevelKind::Dtwa => "dtwa",
            LevelKind::MeanField => "mean-field",
        }
    }

    /// The level named `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.name() == name)
    }

    /// True for trajectories of a ket.
    pub fn has_ket(self) -> bool {
        matches!(self, LevelKind::Counting | LevelKind::Homodyne | LevelKind::Heterodyne)
    }

    /// True for kets and density matrices.
    pub(super) fn has_amplitudes(self) -> bool {
        self.has_ket() || self == LevelKind::Master
    }
}

/// How trajectories are integrated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PathChoice {
    /// The exact split step where the jump operators commute with the couplings, else the general path.
    #[default]
    Auto,
    /// The exact split step; refused where it does not apply.
    Split,
    /// The general path.
    General,
}

/// Numerical settings of a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Steps of the diffusive levels, of the split step and of the product states.
    pub grid: Grid,
    /// Error allowed per step of the adaptive levels: norm of the ket or of rho, or of a Bloch vector.
    pub tolerance: f64,
    /// Local-oscillator phase of homodyne detection.
    pub homodyne_phase: f64,
    /// Path of the trajectories.
    pub path: PathChoice,
    /// Stepper of the stochastic equations (product, dtwa), by name.
    pub stepper: &'static str,
    /// Keep diffusive measurement records.
    pub keep_record: bool,
    /// Random streams of the instance.
    pub streams: Streams,
}

/// Whether the exact split step applies to `glass`.
pub fn split_path_applies(glass: &Glass) -> bool {
    glass.split_system().is_some()
}

/// Bytes a run of `level` holds with `workers` workers at `sites` spins: kets or matrices, and shared tables.
pub fn memory_bytes(level: LevelKind, path_is_split: bool, sites: usize, workers: usize) -> f64 {
    let ket = 16.0 * 2.0_f64.powi(sites as i32);
    let energies = 0.5 * ket;
    // Vectors per worker: split 2; the general diffusive path 3; Dopri5 9 and a scratch.
    let per_worker = match level {
        LevelKind::Product | LevelKind::Dtwa | LevelKind::MeanField => return 1e6,
        LevelKind::Master => return 14.0 * ket * 2.0_f64.powi(sites as i32),
        _ if path_is_split => 2.0,
        LevelKind::Counting => 11.0,
        _ => 3.0,
    };
    energies + ket * (per_worker * workers as f64 + if path_is_split { 1.0 } else { 3.0 })
}

/// Why a level cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LevelError {
    /// The split step is asked for where jump operators do not commute with the couplings.
    #[error(
        "the split step needs jump operators that commute with the couplings; leave path at auto, or set it to general"
    )]
    Split,
    /// The stepper does not integrate the equation of the level.
    #[error(transparent)]
    Stepper(#[from] BindError),
}

/// Builds `level` of `glass`.
///
/// # Errors
///
/// [`LevelError`] if the path or the stepper of `settings` does not apply.
pub fn build_level(
    glass: &Glass,
    level: LevelKind,
    settings: &Settings,
    selection: &Selection,
    ground: Option<&GroundState>,
) -> Result<Box<dyn Level>, LevelError> {
    Ok(match level {
        LevelKind::Master => Box::new(MasterLevel::new(glass, settings, selection, ground)),
        LevelKind::Product => Box::new(BlochLevel::new(ProductState::new(glass), glass, settings, selection, ground)?),
        LevelKind::Dtwa => Box::new(BlochLevel::new(PhaseSpace::new(glass), glass, settings, selection, ground)?),
        LevelKind::MeanField => Box::new(MeanFieldLevel::new(glass, settings, selection, ground)),
        _ => Box::new(KetLevel::new(glass, level, settings, selection, ground).ok_or(LevelError::Split)?),
    })
}

/// The level `master`.
#[derive(Debug)]
pub struct MasterLevel {
    system: Lindbladian,
    initial: Vec<f64>,
    probe: Probe,
    tolerance: f64,
}

impl MasterLevel {
    /// The master equation of `glass`.
    pub fn new(glass: &Glass, settings: &Settings, selection: &Selection, ground: Option<&GroundState>) -> Self {
        Self {
            system: glass.lindbladian(),
            initial: glass.initial_ket(),
            probe: Probe::new(glass, LevelKind::Master, selection, ground),
            tolerance: settings.tolerance,
        }
    }
}

impl Level for MasterLevel {
    fn layout(&self) -> &Layout {
        &self.probe.layout
    }

    fn is_deterministic(&self) -> bool {
        true
    }

    fn process(&self) -> Box<dyn Process + '_> {
        let rho = pure_density(&self.initial);
        let packed = vec![0.0; rho.len() / 2];
        // Frobenius norm of the error per step.
        match Tolerance::norm(self.tolerance, packed.len()) {
            Ok(tolerance) => {
                let solver = Dop853::new(packed.len(), tolerance);
                Box::new(Master { level: self, equation: self.system.master(), solver, packed, rho })
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
}

impl Process for Master<'_> {
    fn start(&mut self, _: u64) {
        pack(&pure_density(&self.level.initial), &mut self.packed);
        self.solver.restart();
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), ProcessError> {
        let equation = &mut self.equation;
        self.solver.integrate(&mut |t, y, dy| equation.packed_rhs(t, y, dy), from, to, &mut self.packed)?;
        Ok(())
    }

    fn observe(&mut self, row: &mut [f64]) -> Result<(), ProcessError> {
        unpack(&self.packed, &mut self.rho);
        self.level.probe.density(&self.rho, row)
    }
}

/// A process whose settings no integrator takes: it says so when it is run.
struct Refused(OdeError);

impl Process for Refused {
    fn start(&mut self, _: u64) {}

    fn advance(&mut self, _: f64, _: f64) -> Result<(), ProcessError> {
        Err(self.0.into())
    }

    fn observe(&mut self, _: &mut [f64]) -> Result<(), ProcessError> {
        Err(self.0.into())
    }
}

/// How the trajectories of a level are integrated, with what it needs.
#[derive(Debug)]
enum Engine {
    Split(SplitSystem),
    General(Box<Lindbladian>),
}

/// The levels `counting`, `homodyne` and `heterodyne`.
#[derive(Debug)]
pub struct KetLevel {
    engine: Engine,
    watch: Watch,
    initial: Vec<f64>,
    probe: Probe,
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
        let general = || Engine::General(Box::new(glass.lindbladian()));
        let engine = match settings.path {
            PathChoice::General => general(),
            PathChoice::Split => Engine::Split(glass.split_system()?),
            PathChoice::Auto => glass.split_system().map_or_else(general, Engine::Split),
        };
        let watch = match level {
            LevelKind::Homodyne => Watch::Diffusive(Diffusion::Homodyne { phase: settings.homodyne_phase }),
            LevelKind::Heterodyne => Watch::Diffusive(Diffusion::Heterodyne),
            _ => Watch::Counting,
        };
        let probe = Probe::new(glass, level, selection, ground);
        Some(Self { engine, watch, initial: glass.initial_ket(), probe, settings: *settings })
    }

    /// An unravelling on its own workspace, for use without an ensemble.
    ///
    /// # Errors
    /// [`OdeError::Tolerance`] if counting by the general path is given a tolerance that is not finite and positive.
    pub fn unravelling(&self) -> Result<Box<dyn Unravelling + '_>, OdeError> {
        let Settings { grid, tolerance, keep_record, .. } = self.settings;
        Ok(match (&self.engine, self.watch) {
            (Engine::Split(system), watch) => Box::new(Split::new(system, watch, grid, keep_record)),
            (Engine::General(system), Watch::Counting) => Box::new(Counting::new(system, tolerance)?),
            (Engine::General(system), Watch::Diffusive(diffusion)) => {
                Box::new(Diffusive::new(system, diffusion, grid, keep_record))
            }
        })
    }
}

impl Level for KetLevel {
    fn layout(&self) -> &Layout {
        &self.probe.layout
    }

    fn process(&self) -> Box<dyn Process + '_> {
        let spins = vec![[0.0; 3]; self.initial.len().ilog2() as usize - 1];
        match self.unravelling() {
            Ok(unravelling) => Box::new(Trajectory { level: self, unravelling, spins }),
            Err(error) => Box::new(Refused(error)),
        }
    }
}

struct Trajectory<'a> {
    level: &'a KetLevel,
    unravelling: Box<dyn Unravelling + 'a>,
    spins: Vec<[f64; 3]>,
}

impl Process for Trajectory<'_> {
    fn start(&mut self, trajectory: u64) {
        self.unravelling.start(&self.level.settings.streams, trajectory, &self.level.initial);
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), ProcessError> {
        Ok(self.unravelling.advance(from, to)?)
    }

    fn observe(&mut self, row: &mut [f64]) -> Result<(), ProcessError> {
        let measured = self.unravelling.measured();
        let clicks = |counts: &mut [f64]| {
            counts.fill(0.0);
            if let Measured::Clicks(all) = measured {
                all.iter().for_each(|c| counts[c.channel as usize] += 1.0);
            }
        };
        self.level.probe.ket(self.unravelling.state(), &mut self.spins, clicks, row)
    }

    fn measured(&self) -> Option<Measured<'_>> {
        Some(self.unravelling.measured())
    }
}
