//! Numerical settings of the levels, and which path they lead to.

use super::{Glass, LevelKind};
use lightfall_core::rng::Streams;
use lightfall_core::unravel::split::Watch;
use lightfall_core::unravel::{Detection, Detector, Diffusion, Grid, Recording, STRANG_SITES};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How trajectories are integrated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PathChoice {
    /// The exact split step where the jump operators commute with the couplings, else by parts from six spins on, else the general path.
    #[default]
    Auto,
    /// The exact split step; refused where it does not apply.
    Split,
    /// The drift by parts; refused where it does not apply.
    Strang,
    /// The general path.
    General,
}

/// Numerical settings of a level.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Steps of the diffusive levels, of the split step and of the product states.
    pub grid: Grid,
    /// Error allowed per step of the adaptive levels: norm of the ket or of rho, or of a Bloch vector.
    pub tolerance: f64,
    /// Local-oscillator phase of homodyne detection, where `detection` does not say otherwise.
    pub homodyne_phase: f64,
    /// Detectors, one per jump operator; without them every output is seen in full in the way of the level.
    pub detection: Option<Arc<Detection>>,
    /// The measurement that the level `filter` is given.
    pub recording: Option<Arc<Recording>>,
    /// Path of the trajectories.
    pub path: PathChoice,
    /// Stepper of the stochastic equations (product, dtwa), by name.
    pub stepper: &'static str,
    /// Keep diffusive measurement records.
    pub keep_record: bool,
    /// Random streams of the instance.
    pub streams: Streams,
}

/// Whether the exact split step applies to `glass` where every output is seen in full and in one way.
pub fn split_path_applies(glass: &Glass) -> bool {
    glass.split_system().is_some()
}

impl Settings {
    /// Steps of length `dt` and the numbers of `streams`; the rest as a model file has it by default.
    pub fn new(dt: f64, streams: Streams) -> Self {
        Self {
            grid: Grid::new(dt),
            tolerance: 1e-7,
            homodyne_phase: 0.0,
            detection: None,
            recording: None,
            path: PathChoice::Auto,
            stepper: "stochastic-heun",
            keep_record: false,
            streams,
        }
    }

    /// The one way in which all outputs are watched in full; `None` where there are several or something is lost.
    pub(super) fn watch(&self, level: LevelKind) -> Option<Watch> {
        let detector = match (&self.detection, level) {
            (Some(d), _) if d.outputs().is_empty() => Some(Detector::Heterodyne),
            (Some(d), _) => d.common_detector().filter(|_| d.is_perfect()),
            (None, LevelKind::Homodyne) => Some(Detector::Homodyne { phase: self.homodyne_phase }),
            (None, LevelKind::Heterodyne) => Some(Detector::Heterodyne),
            (None, LevelKind::Counting) => Some(Detector::Counting { dark_rate: 0.0 }),
            (None, _) => None,
        }?;
        Some(match detector {
            Detector::Homodyne { phase } => Watch::Diffusive(Diffusion::Homodyne { phase }),
            Detector::Heterodyne => Watch::Diffusive(Diffusion::Heterodyne),
            Detector::Counting { .. } => Watch::Counting,
            Detector::None => return None,
        })
    }

    /// The detectors of a level of kets.
    pub fn detectors(&self, level: LevelKind, glass: &Glass) -> Option<Arc<Detection>> {
        let uniform = |w: Watch| Arc::new(Detection::uniform(w.into(), glass.channels()));
        self.detection.clone().or_else(|| self.watch(level).map(uniform))
    }

    /// Whether `level` of `glass` takes the exact split step: where it applies and is not ruled out, and every output is seen in full
    /// and in one way. A filter also needs a record of equal steps.
    pub fn takes_split(&self, glass: &Glass, level: LevelKind) -> bool {
        let equal = |r: &Arc<Recording>| r.has_equal_steps();
        let may = level.has_ket() || (level == LevelKind::Filter && self.recording.as_ref().is_some_and(equal));
        let ruled_out = matches!(self.path, PathChoice::General | PathChoice::Strang);
        may && !ruled_out && self.watch(level).is_some() && split_path_applies(glass)
    }

    /// Whether `level`, one of kets, takes the drift by parts where the system allows it.
    pub fn takes_parts(&self, level: LevelKind) -> bool {
        let ruled_out = matches!(self.path, PathChoice::General | PathChoice::Split);
        !ruled_out && self.watch(level) != Some(Watch::Counting)
    }

    /// Whether `level` of `glass` takes the drift by parts: kets of enough spins with a current or with losses, where neither the
    /// exact split step nor the general path is taken.
    pub fn takes_strang(&self, glass: &Glass, level: LevelKind) -> bool {
        let may = level.has_ket() || (level == LevelKind::Filter && self.filter_is_pure());
        may && self.takes_parts(level) && glass.sites >= STRANG_SITES && !self.takes_split(glass, level)
    }

    /// Whether the step of `level` follows from the tolerance.
    pub fn is_adaptive(&self, glass: &Glass, level: LevelKind) -> bool {
        match level {
            LevelKind::Master | LevelKind::MeanField => true,
            _ => self.watch(level) == Some(Watch::Counting) && level.has_ket() && !self.takes_split(glass, level),
        }
    }

    /// Whether the conditional state of the level `filter` is a ket.
    pub fn filter_is_pure(&self) -> bool {
        self.detection.as_ref().is_some_and(|d| d.is_perfect())
    }
}
