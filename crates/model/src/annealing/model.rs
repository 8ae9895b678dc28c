//! The model file of a coherent Ising machine above threshold.

use super::LEVELS;
use crate::{ModelError, Override, Registry, Source, keys, model};
use lightfall_cim::soft_spin::{AnnealingSchedule, Ramp};
use lightfall_core::rng::Streams;
use lightfall_couplings::{BuildSite, Couplings, Topology};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use toml::de::DeValue;

/// The device `[device.cim]`: a network of soft spins, E(x) = sum_i [x_i^4/4 - a x_i^2/2] - (1/2) sum_ij J_ij x_i x_j.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cim {
    /// Whether J is multiplied by 2/lambda_max(J), so that the origin is unstable above a = -2.
    pub normalise: bool,
    /// The pump of the adiabatic level.
    pub ramp: StageRamp,
    /// Standard deviation of the amplitudes from which the schedules start.
    pub start: f64,
    /// Schedules of the Langevin level, each by its name.
    pub schedules: BTreeMap<String, AnnealingSchedule>,
    /// A search for a better schedule, which becomes one more, `optimised`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimise: Option<Optimise>,
    /// Steps of gradient descent at the last pump of the ramp, from small random amplitudes.
    pub descent_steps: u64,
    /// Sweeps of simulated annealing.
    pub sweeps: u64,
    /// A relaxation at constant pump, for the theory of infinitely many spins.
    pub relaxation: Relaxation,
}

impl Default for Cim {
    fn default() -> Self {
        let langevin = AnnealingSchedule::linear(1000, [-2.0, 1.0], 0.1);
        Self {
            normalise: true,
            ramp: StageRamp::default(),
            start: 0.1,
            optimise: None,
            schedules: BTreeMap::from([("langevin".to_owned(), langevin)]),
            descent_steps: 1000,
            sweeps: 1000,
            relaxation: Relaxation::default(),
        }
    }
}

/// The stages of adiabatic evolution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StageRamp {
    /// First pump a.
    pub start: f64,
    /// Last pump a.
    pub end: f64,
    /// Stages after the first.
    pub stages: usize,
    /// Standard deviation of the kick at the start of a stage.
    pub kick: f64,
    /// Least steps of a stage.
    pub least_steps: usize,
    /// Most steps of a stage.
    pub most_steps: usize,
    /// Root mean square gradient that ends a stage.
    pub tolerance: f64,
}

impl Default for StageRamp {
    fn default() -> Self {
        let r = Ramp::default();
        Self {
            start: r.start,
            end: r.end,
            stages: r.stages,
            kick: r.kick,
            least_steps: r.least,
            most_steps: r.most,
            tolerance: r.tolerance,
        }
    }
}

impl StageRamp {
    pub(super) fn ramp(&self) -> Ramp {
        Ramp {
            start: self.start,
            end: self.end,
            stages: self.stages,
            kick: self.kick,
            least: self.least_steps,
            most: self.most_steps,
            tolerance: self.tolerance,
        }
    }
}

/// A search for a schedule: the pump in two lines that meet at half the time, a temperature that falls to 0, and the time step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Optimise {
    /// Steps of the schedule.
    pub steps: u64,
    /// Instances to search on: not those that are compared.
    pub instances: u64,
    /// Generations of seven schedules.
    pub generations: u64,
}

/// A relaxation at constant pump and temperature from independent Gaussian amplitudes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Relaxation {
    /// Pump a.
    pub pump: f64,
    /// Temperature T.
    pub temperature: f64,
    /// Steps; the theory needs steps^2 paths/2 numbers, and its paths scatter beyond a time of 6.
    pub steps: u64,
    /// Time step.
    pub dt: f64,
    /// Variance of the start.
    pub start_variance: f64,
    /// Paths of the theory.
    pub paths: usize,
}

impl Default for Relaxation {
    fn default() -> Self {
        Self { pump: 0.0, temperature: 0.0, steps: 40, dt: 0.1, start_variance: 0.25, paths: 20_000 }
    }
}

/// The table `[run]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AnnealingRun {
    /// Draws of the couplings.
    pub instances: u64,
    /// Seed.
    pub seed: u64,
    /// Levels, of adiabatic, langevin, descent, spectral, greedy, sa, dmft.
    pub levels: Vec<String>,
    /// Level that the others are compared with.
    pub reference: String,
}

impl Default for AnnealingRun {
    fn default() -> Self {
        Self { instances: 8, seed: 0, levels: LEVELS.map(str::to_owned).to_vec(), reference: "adiabatic".into() }
    }
}

/// A checked model.
#[derive(Debug)]
pub struct AnnealingModel {
    /// Where it came from.
    pub source: Source,
    /// Title, for figures.
    pub title: String,
    /// What it reproduces and where its numbers come from.
    pub about: String,
    /// The device.
    pub device: Cim,
    /// How to run it.
    pub run: AnnealingRun,
    topology_name: String,
    topology: Box<dyn Topology>,
}

impl AnnealingModel {
    /// Whether `source` is meant as a model of this kind: it has a table `[device.cim]`.
    pub fn is_meant(source: &Source) -> bool {
        source.has(&["device", "cim"])
    }

    /// Reads and checks a model file, with overrides.
    ///
    /// # Errors
    ///
    /// [`ModelError`] with the place.
    pub fn read(path: &Path, overrides: &[Override], registry: &Registry) -> Result<Self, ModelError> {
        let source = Source::read(path)?;
        if !overrides.is_empty() {
            Self::parse(source.clone(), registry)?;
        }
        Self::parse(source.with(overrides)?, registry)
    }

    /// Parses and checks the text of a model.
    ///
    /// # Errors
    ///
    /// [`ModelError`] with the place.
    pub fn parse(source: Source, registry: &Registry) -> Result<Self, ModelError> {
        const TOP: [&str; 5] = ["title", "about", "device", "couplings", "run"];
        let (mut title, mut about, mut run) = (String::new(), String::new(), AnnealingRun::default());
        let (mut device, mut topology) = (None, None);
        for (key, value) in source.table()?.into_inner() {
            match key.get_ref().as_ref() {
                "title" => title = source.value(value)?,
                "about" => about = source.value(value)?,
                "run" => run = source.value(value)?,
                "couplings" => topology = Some(model::parse_topology(&source, value, registry)?),
                "device" => {
                    let (_, value) = model::one_of(&source, "device", &["cim".to_owned()], value)?;
                    device = Some(parse_device(&source, value)?);
                }
                other => {
                    let message =
                        format!("unknown key `{other}`; {}", keys::suggestion(other, &TOP.map(str::to_owned)));
                    return Err(source.error(Some(key.span()), message));
                }
            }
        }
        let missing = |what: &str| source.error(None, format!("[{what}] is missing"));
        let device = device.ok_or_else(|| missing("device.cim"))?;
        let (topology_name, topology) = topology.ok_or_else(|| missing("couplings.sk"))?;
        let model = Self { source, title, about, device, run, topology_name, topology };
        match model.problem() {
            Some((path, message)) => Err(model.source.error(model.source.span_of(&path), message)),
            None => Ok(model),
        }
    }

    /// The couplings of an instance.
    ///
    /// # Errors
    ///
    /// If they cannot be made.
    pub fn couplings(&self, seed: u64, instance: u64) -> Result<Arc<dyn Couplings>, ModelError> {
        let site = BuildSite { streams: Streams::new(seed, instance), folder: &self.source.folder };
        self.topology.build(&site).map_err(|e| model::couplings_error(&self.source, &self.topology_name, &e))
    }

    /// Name of the topology.
    pub fn topology_name(&self) -> &str {
        &self.topology_name
    }

    /// The path of a bad key, and what is wrong.
    fn problem(&self) -> Option<(Vec<&str>, String)> {
        let (d, run) = (&self.device, &self.run);
        let device = |table: &'static str, key: &'static str, message: String| {
            Some((vec!["device", "cim", table, key], message))
        };
        for (name, schedule) in &d.schedules {
            if let Some((key, message)) = schedule.problem() {
                return Some((vec!["device", "cim", "schedules", name, key], format!("schedule {name}: {message}")));
            }
            if LEVELS.contains(&name.as_str()) && name != "langevin" {
                return Some((
                    vec!["device", "cim", "schedules", name],
                    format!("a schedule may not be called {name}, which is a level"),
                ));
            }
        }
        if !(d.start > 0.0 && d.start <= 1000.0) {
            return Some((vec!["device", "cim", "start"], format!("start = {}, expected a number above 0", d.start)));
        }
        if let Some(o) = &d.optimise {
            for (key, value) in [("steps", o.steps), ("instances", o.instances), ("generations", o.generations)] {
                if value == 0 {
                    return device("optimise", key, format!("optimise: {key} = 0, expected at least 1"));
                }
            }
        }
        let r = &d.ramp;
        let numbers = [
            ("start", r.start, -1000.0),
            ("end", r.end, -1000.0),
            ("kick", r.kick, 0.0),
            ("tolerance", r.tolerance, 0.0),
        ];
        for (key, value, low) in numbers {
            if !(low..=1000.0).contains(&value) {
                return device("ramp", key, format!("ramp: {key} = {value}, expected a number from {low} to 1000"));
            }
        }
        if r.least_steps == 0 || r.most_steps < r.least_steps {
            let message = format!(
                "ramp: {} to {} steps a stage, expected at least 1 and not fewer at most than at least",
                r.least_steps, r.most_steps
            );
            return device("ramp", "most_steps", message);
        }
        let x = &d.relaxation;
        let in_range = [
            ("dt", x.dt, x.dt > 0.0 && x.dt <= 1.0, "a number above 0, at most 1"),
            ("pump", x.pump, x.pump.abs() <= 1000.0, "a number from -1000 to 1000"),
            ("temperature", x.temperature, (0.0..=1000.0).contains(&x.temperature), "a number from 0 to 1000"),
            (
                "start_variance",
                x.start_variance,
                x.start_variance > 0.0 && x.start_variance <= 1000.0,
                "a number above 0",
            ),
            ("steps", x.steps as f64, (1..=200).contains(&x.steps), "a number of steps from 1 to 200"),
            ("paths", x.paths as f64, (100..=1_000_000).contains(&x.paths), "a number of paths from 100 to 1000000"),
        ];
        for (key, value, good, expected) in in_range {
            if !good {
                return device("relaxation", key, format!("relaxation: {key} = {value}, expected {expected}"));
            }
        }
        let of_run = |key: &'static str, message: String| Some((vec!["run", key], message));
        if run.instances == 0 {
            return of_run("instances", "run: instances = 0, expected at least 1".into());
        }
        for level in run.levels.iter().chain([&run.reference]) {
            if !LEVELS.contains(&level.as_str()) {
                let message =
                    format!("unknown level `{level}`; {}", keys::suggestion(level, &LEVELS.map(str::to_owned)));
                return of_run(if level == &run.reference { "reference" } else { "levels" }, message);
            }
        }
        if run.levels.is_empty() {
            return of_run("levels", format!("run: no levels; levels: {}", LEVELS.join(", ")));
        }
        None
    }
}

/// `[device.cim]`; schedules that are given replace the default ones.
fn parse_device(source: &Source, value: toml::Spanned<DeValue<'_>>) -> Result<Cim, ModelError> {
    source.value(value)
}
