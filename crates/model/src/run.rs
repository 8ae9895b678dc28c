//! The `[run]` table: how long, how often, how many, what is observed.

use crate::detection::{DetectionTable, FilterTable};
use lightfall_cavity::LevelName;
use lightfall_cavity::open_ising::{LevelKind, Observable, PathChoice, Selection};
use lightfall_core::sde::{BindError, Calculus, METHODS, Method, NoiseKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Numerical settings of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// End of the evolution; it starts at t = 0.
    pub end: f64,
    /// Save times.
    #[serde(default)]
    pub save_at: SaveTimes,
    /// Longest step of the fixed-step levels; it need not divide the save grid. With `step_error` the longest that is tried.
    #[serde(default = "Run::default_dt")]
    pub dt: f64,
    /// Error allowed per step of the adaptive levels.
    #[serde(default = "Run::default_tolerance")]
    pub tolerance: f64,
    /// Trajectories per level and instance.
    #[serde(default = "Run::default_trajectories")]
    #[schemars(range(min = 1))]
    pub trajectories: u64,
    /// Instances of the device: draws of its disorder.
    #[serde(default = "Run::default_instances")]
    #[schemars(range(min = 1))]
    pub instances: u64,
    /// Seed of all random streams.
    #[serde(default)]
    pub seed: u64,
    /// Levels of description, in the order of the table.
    #[serde(default = "Run::default_levels")]
    pub levels: Vec<LevelName>,
    /// Observables.
    #[serde(default = "Run::default_observables")]
    pub observables: Vec<Observable>,
    /// Observables kept for every trajectory in the record; the others leave means and errors.
    #[serde(default = "Run::default_store")]
    pub store: Vec<Observable>,
    /// Compare the trajectories of an instance with each other: overlaps, ultrametricity, distinct configurations, freezing.
    #[serde(default)]
    pub replicas: bool,
    /// Keep the measurement records (homodyne and heterodyne currents, click times).
    #[serde(default)]
    pub record: bool,
    /// Path of the quantum trajectories: auto, split or general.
    #[serde(default)]
    pub path: PathChoice,
    /// Stepper of the stochastic equations of the levels product and dtwa.
    #[serde(default)]
    pub stepper: Stepper,
    /// Local-oscillator phase of homodyne detection, radians.
    #[serde(default)]
    pub homodyne_phase: f64,
    /// Detectors; without the table every output is seen in full.
    pub detection: Option<DetectionTable>,
    /// Frequencies of the observable `spectrum`.
    pub spectrum: Option<Frequencies>,
    /// The record that the level `filter` is given.
    pub filter: Option<FilterTable>,
    /// Trajectories per block of work and checkpoint: 1, 2, 4, .. 64. It does not change results.
    #[serde(default = "Run::default_block")]
    pub block: u64,
    /// Step error allowed of the final energy, in units of the ground energy: each level halves `dt`, or takes a tenth of `tolerance`, until its measured change
    /// and twice its standard error are below it on the first instance.
    pub step_error: Option<f64>,
    /// Trajectories repeated at half the step for the step-size error; 0 for none.
    #[serde(default = "Run::default_step_error")]
    pub step_error_trajectories: u64,
}

/// What a filter without a record is told.
pub(crate) const FILTER_WITHOUT_RECORD: &str = "the level filter needs a record: add [run.filter] with record = \"current.csv\", or the folder of a run with level and trajectory";

/// A stepper by name: any of [`METHODS`]; a run refuses those that do not integrate its equations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stepper(String);

impl Default for Stepper {
    fn default() -> Self {
        Stepper("stochastic-heun".into())
    }
}

impl Stepper {
    fn method(&self) -> Option<&'static Method> {
        METHODS.iter().find(|m| m.name == self.0)
    }

    /// The name; the default's if there is none such, which [`Run`] refuses.
    pub fn name(&self) -> &'static str {
        self.method().map_or("stochastic-heun", |m| m.name)
    }

    /// The equations of spin vectors are Stratonovich with general noise.
    fn problem(&self) -> Option<String> {
        let Some(method) = self.method() else {
            return Some(BindError::Unknown { name: self.0.clone() }.to_string());
        };
        method.check(Calculus::Stratonovich, NoiseKind::General).err().map(|e| e.to_string())
    }
}

impl JsonSchema for Stepper {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Stepper".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<&str> =
            METHODS.iter().filter(|m| m.accepts(Calculus::Stratonovich, NoiseKind::General)).map(|m| m.name).collect();
        schemars::json_schema!({ "type": "string", "enum": names })
    }
}

/// Equally spaced frequencies nu from that of the pump; light of higher frequency has nu > 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frequencies {
    /// The lowest.
    pub from: f64,
    /// The highest.
    pub to: f64,
    /// Their number.
    #[schemars(range(min = 2))]
    pub points: usize,
}

impl Frequencies {
    /// All of them.
    pub fn values(&self) -> Vec<f64> {
        let last = (self.points - 1) as f64;
        (0..self.points).map(|k| self.from + (self.to - self.from) * k as f64 / last).collect()
    }

    /// Most frequencies: more than a figure shows, and few enough to be held for every channel.
    const LIMIT: usize = 100_000;

    fn problem(&self, dt: f64) -> Option<String> {
        let Self { from, to, points } = *self;
        if !(from.is_finite() && to.is_finite() && from < to) {
            return Some(format!("spectrum goes from {from} to {to}, expected from < to, both finite"));
        }
        if !(2..=Self::LIMIT).contains(&points) {
            return Some(format!("spectrum has points = {points}, expected 2 to {}", Self::LIMIT));
        }
        // Light that turns by a quarter within a step: faster light cannot be told from slower.
        let highest = 0.5 * std::f64::consts::PI / dt;
        let widest = from.abs().max(to.abs());
        (widest > highest).then(|| {
            format!("spectrum reaches {widest}, but dt = {dt} resolves frequencies up to pi/(2 dt) = {highest:.4}; use dt = {:.2e} or less", 0.5 * std::f64::consts::PI / widest)
        })
    }
}

/// Save times: a number of equal intervals or a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a number of equal intervals, such as 20, or a list of times, such as [0.0, 5.0]"
)]
pub enum SaveTimes {
    /// This many equal intervals from 0 to `end`.
    Intervals(u64),
    /// These times, increasing, from 0 to `end`; 0 and `end` are added if missing.
    Times(Vec<f64>),
}

impl Default for SaveTimes {
    fn default() -> Self {
        SaveTimes::Intervals(20)
    }
}

/// Most trajectories, instances or steps of a run.
pub(crate) const MOST: u64 = 1_000_000_000;

/// Most instances: all of them are held.
const INSTANCES: u64 = 100_000;

/// Most intervals between save times.
const SAVES: u64 = 1_000_000;

impl Run {
    fn default_dt() -> f64 {
        0.1
    }
    fn default_tolerance() -> f64 {
        1e-7
    }
    fn default_trajectories() -> u64 {
        256
    }
    fn default_instances() -> u64 {
        1
    }
    fn default_levels() -> Vec<LevelName> {
        LevelKind::by_default().into_iter().map(LevelName::from).collect()
    }
    fn default_observables() -> Vec<Observable> {
        use Observable::*;
        vec![Energy, EnergyRatio, SignEnergy, SignRatio, GroundProbability, GroundFraction, Entropy]
    }
    fn default_store() -> Vec<Observable> {
        vec![Observable::Energy]
    }
    fn default_block() -> u64 {
        64
    }
    fn default_step_error() -> u64 {
        64
    }

    /// Times at which the state is observed, from 0 to `end`.
    pub fn times(&self) -> Vec<f64> {
        match &self.save_at {
            SaveTimes::Intervals(n) => (0..=*n).map(|k| self.end * k as f64 / *n as f64).collect(),
            SaveTimes::Times(t) => {
                let mut times = t.clone();
                if times.first() != Some(&0.0) {
                    times.insert(0, 0.0);
                }
                if times.last().is_some_and(|last| *last < self.end) {
                    times.push(self.end);
                }
                times
            }
        }
    }

    /// What is computed, nothing of it kept per trajectory.
    pub(crate) fn selection(&self) -> Selection {
        let frequencies = self.spectrum.map_or_else(Vec::new, |f| f.values());
        Selection { observables: self.observables.clone(), store: Vec::new(), frequencies }
    }

    /// What is wrong, as (key, message).
    pub(crate) fn problem(&self) -> Option<(&'static str, String)> {
        let positive = |key, v: f64| {
            (!(v > 0.0 && v.is_finite())).then(|| (key, format!("{key} = {v}, expected a finite number above 0")))
        };
        let at_least_one = |key, v: u64| {
            let sound = (1..=MOST).contains(&v);
            (!sound).then(|| (key, format!("{key} = {v}, expected at least 1 and at most {MOST}")))
        };
        positive("end", self.end)
            .or_else(|| positive("dt", self.dt))
            .or_else(|| positive("tolerance", self.tolerance))
            .or_else(|| positive("step_error", self.step_error?))
            .or_else(|| {
                let blind = self.step_error.is_some() && self.step_error_trajectories == 0;
                blind.then(|| {
                    let message = "step_error_trajectories = 0, but step_error asks for a step whose error is measured; give at least 1";
                    ("step_error_trajectories", message.into())
                })
            })
            .or_else(|| at_least_one("trajectories", self.trajectories))
            .or_else(|| at_least_one("instances", self.instances))
            .or_else(|| {
                let many = self.instances > INSTANCES;
                many.then(|| ("instances", format!("instances = {}, expected at most {INSTANCES}", self.instances)))
            })
            .or_else(|| {
                let many = self.step_error_trajectories > MOST;
                many.then(|| ("step_error_trajectories", format!("step_error_trajectories = {}, expected at most {MOST}", self.step_error_trajectories)))
            })
            .or_else(|| self.bad_times())
            .or_else(|| {
                let steps = self.end / self.dt;
                (steps > MOST as f64).then(|| ("dt", format!("dt = {:e} makes {steps:.1e} steps of end = {}, expected at most 1e9; give a longer dt", self.dt, self.end)))
            })
            .or_else(|| self.stepper.problem().map(|text| ("stepper", text)))
            .or_else(|| {
                let bad = !self.block.is_power_of_two() || self.block > 64;
                bad.then(|| ("block", format!("block = {}, expected one of 1, 2, 4, 8, 16, 32, 64", self.block)))
            })
            .or_else(|| {
                self.levels.is_empty().then(|| ("levels", "levels is empty, expected at least one level".into()))
            })
            .or_else(|| {
                let lost = self.store.iter().find(|o| !self.observables.contains(o))?;
                let name = lost.name();
                Some(("store", format!("store names `{name}`, which is not in observables; add it there")))
            })
            .or_else(|| {
                (!self.homodyne_phase.is_finite()).then(|| ("homodyne_phase", "homodyne_phase is not finite".into()))
            })
            .or_else(|| self.detection.as_ref()?.problem(self.homodyne_phase))
            .or_else(|| Some(("spectrum", self.spectrum?.problem(self.dt)?)))
            .or_else(|| {
                let missing = self.observables.contains(&Observable::Spectrum) && self.spectrum.is_none();
                missing.then(|| {
                    ("observables", "the observable spectrum needs frequencies: add spectrum = { from = -20.0, to = 20.0, points = 81 }".into())
                })
            })
            .or_else(|| {
                let lost = self.levels.iter().any(|l| l.kind == LevelKind::Filter) && self.filter.is_none();
                lost.then(|| ("levels", FILTER_WITHOUT_RECORD.to_owned()))
            })
    }

    fn bad_times(&self) -> Option<(&'static str, String)> {
        match &self.save_at {
            SaveTimes::Intervals(0) => Some(("save_at", "save_at = 0, expected at least 1 interval".into())),
            SaveTimes::Intervals(n) if *n > SAVES => {
                Some(("save_at", format!("save_at = {n}, expected at most {SAVES} intervals")))
            }
            SaveTimes::Intervals(_) => None,
            SaveTimes::Times(t) => {
                let ordered = t.windows(2).all(|w| w[0] < w[1]) && t.iter().all(|t| (0.0..=self.end).contains(t));
                let some = t.last().is_some_and(|t| *t > 0.0);
                (!ordered || !some)
                    .then(|| ("save_at", format!("save_at needs increasing times between 0 and end = {}", self.end)))
            }
        }
    }
}
