//! What every machine has in common: its settings, one run of it, and the names of all.

use crate::incumbent::Offer;
use crate::{Clock, History, Incumbent, Problem};
use lightfall_core::rng::{Draws, LaneWords, Purpose, Streams};
use std::cell::Cell;

/// A setting of a machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its value unless another is given.
    pub default: f64,
    /// Smallest value that makes sense.
    pub low: f64,
    /// Largest value that makes sense.
    pub high: f64,
    /// What it means.
    pub about: &'static str,
}

/// The values of a machine's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    values: Vec<(&'static str, f64)>,
}

impl Settings {
    /// The defaults of `machine`.
    pub fn of(machine: &dyn Machine) -> Self {
        Self { values: machine.parameters().iter().map(|p| (p.name, p.default)).collect() }
    }

    /// The value of `name`.
    ///
    /// # Panics
    ///
    /// If the machine has no such setting.
    pub fn get(&self, name: &str) -> f64 {
        let found = self.values.iter().find(|(n, _)| *n == name);
        found.unwrap_or_else(|| panic!("no setting `{name}`")).1
    }

    /// Sets `name` of `machine`.
    ///
    /// # Errors
    ///
    /// If there is no such setting, or the value is out of its range.
    pub fn set(&mut self, machine: &dyn Machine, name: &str, value: f64) -> Result<(), SearchError> {
        let Some(p) = machine.parameters().iter().find(|p| p.name == name) else {
            let names = machine.parameters().iter().map(|p| p.name).collect();
            return Err(SearchError::UnknownSetting { machine: machine.name(), name: name.to_owned(), names });
        };
        if !(p.low..=p.high).contains(&value) {
            return Err(SearchError::Setting { machine: machine.name(), parameter: *p, value });
        }
        for (n, v) in &mut self.values {
            if *n == name {
                *v = value;
            }
        }
        Ok(())
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        self.values.iter().copied()
    }
}

/// Why a search cannot start, or a run of it failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// A machine that does not exist.
    #[error("unknown machine `{name}`; {near}machines: {}", names.join(", "))]
    UnknownMachine {
        /// The name given.
        name: String,
        /// `did you mean ..? `, or nothing.
        near: String,
        /// All names.
        names: Vec<&'static str>,
    },
    /// A setting that the machine does not have.
    #[error("{machine} has no setting `{name}`; it has {}", if names.is_empty() { "none".into() } else { names.join(", ") })]
    UnknownSetting {
        /// The machine.
        machine: &'static str,
        /// The name given.
        name: String,
        /// Its settings.
        names: Vec<&'static str>,
    },
    /// A setting out of its range.
    #[error("{machine}: {} = {value}, expected {} to {} ({})", parameter.name, parameter.low, parameter.high, parameter.about)]
    Setting {
        /// The machine.
        machine: &'static str,
        /// The setting.
        parameter: Parameter,
        /// The value given.
        value: f64,
    },
    /// A time step beyond the stability of the machine on these couplings.
    #[error("{machine}: {reason}")]
    Unstable {
        /// The machine.
        machine: &'static str,
        /// The limit and how it comes about.
        reason: String,
    },
    /// Too many spins for the machine.
    #[error("{machine} takes at most {limit} spins, the instance has {n}")]
    TooLarge {
        /// The machine.
        machine: &'static str,
        /// The limit.
        limit: usize,
        /// Number of spins.
        n: usize,
    },
    /// An enumeration that failed.
    #[error("the ground state could not be enumerated: {0}")]
    Enumeration(String),
    /// Couplings whose spectrum could not be found.
    #[error("the extreme eigenvalues of J could not be found: {0}")]
    Spectrum(String),
}

/// One run of a machine: what it works on, its random numbers, its length.
pub struct Trial<'a> {
    /// The problem.
    pub problem: &'a Problem,
    /// Values of the machine's settings.
    pub settings: &'a Settings,
    /// Streams of the search.
    pub streams: Streams,
    /// Number of the run, which fixes its random numbers.
    pub index: u64,
    /// Sweeps, steps or moves, as the machine counts.
    pub steps: u64,
    /// When to stop.
    pub clock: &'a Clock<'a>,
    /// Energy at or below which the search ends.
    pub target: Option<f64>,
    /// Best state of all runs.
    pub incumbent: &'a Incumbent,
    /// Lowest energy that the run has offered.
    pub offered: Cell<Option<f64>>,
    /// Energies along the run.
    pub history: History,
}

impl Trial<'_> {
    /// Sixteen generators of the run.
    pub fn lane_words(&self) -> LaneWords {
        LaneWords::new(&self.streams, Purpose::Search, self.index)
    }

    /// The words of the run in one sequence: the same stream as [`Trial::lane_words`], so that a run uses one of the two.
    pub fn draws(&self) -> Draws {
        Draws::new(&self.streams, Purpose::Search, self.index)
    }

    /// Steps until the end of the schedule or of the clock: `step(k, part)`, `part` going from 0 to 1. Returns how many were done.
    pub fn each_step(&self, mut step: impl FnMut(u64, f64)) -> u64 {
        for k in 0..self.steps {
            if self.clock.expired() {
                return k;
            }
            step(k, if self.steps > 1 { k as f64 / (self.steps - 1) as f64 } else { 1.0 });
        }
        self.steps
    }

    /// Offers a state of about `energy`, off by less than 1e-6 of the sum of the moduli of its terms, if the run has offered none as low. `spins` are asked for only if it may be the best of the search.
    pub fn offer(&self, energy: f64, spins: impl FnOnce() -> Vec<i8>) {
        if self.offered.get().is_some_and(|lowest| energy >= lowest) {
            return;
        }
        self.offered.set(Some(energy));
        let (problem, target, clock) = (self.problem, self.target, self.clock);
        self.incumbent.offer(&Offer { problem, run: self.index, energy, target, clock }, spins);
    }

    /// Offers the best of replicas with these energies; `spins(r)` are those of replica r.
    pub fn offer_replicas(&self, energies: &[f64], spins: impl Fn(usize) -> Vec<i8>) {
        let best = (0..energies.len()).min_by(|a, b| energies[*a].total_cmp(&energies[*b]));
        if let Some(r) = best {
            self.offer(energies[r], || spins(r));
        }
    }
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Energy of each replica at its readout.
    pub energies: Vec<f64>,
    /// Steps done.
    pub steps: u64,
    /// Whether the run came to the end of its schedule.
    pub finished: bool,
}

/// A way to low energies.
pub trait Machine: Send + Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;
    /// One line about it, with its source.
    fn about(&self) -> &'static str;
    /// What a step is: `sweep`, `step`, `move`.
    fn unit(&self) -> &'static str {
        "step"
    }
    /// Its settings.
    fn parameters(&self) -> &'static [Parameter];
    /// Steps of a first run.
    fn first_steps(&self) -> u64;
    /// Whether longer runs reach lower energies; otherwise every run has the same length.
    fn grows(&self) -> bool {
        true
    }
    /// Runs of one length before the next, which is twice as long: more where a run is one replica.
    fn repeats(&self, _problem: &Problem) -> u64 {
        2
    }
    /// Whether every run comes to the same: one is enough.
    fn once(&self) -> bool {
        false
    }
    /// Refuses an instance or settings that the machine cannot work with.
    ///
    /// # Errors
    ///
    /// With the reason and the remedy.
    fn check(&self, _problem: &Problem, _settings: &Settings) -> Result<(), SearchError> {
        Ok(())
    }
    /// One run: offers what it finds as it goes.
    ///
    /// # Errors
    ///
    /// If the run cannot be done.
    fn run(&self, trial: &Trial<'_>) -> Result<Outcome, SearchError>;
}

/// About a time step that may be left to the machine.
pub(crate) const AUTOMATIC: &str = "time step; 0 means one that suits the eigenvalues of J";

/// The time step set, or `safe` times the stability limit.
pub(crate) fn time_step(settings: &Settings, safe: f64, limit: f64) -> f64 {
    let dt = settings.get("dt");
    if dt > 0.0 { dt } else { safe * limit }
}

/// Refuses a time step that is not below `limit`.
pub(crate) fn need_stable(machine: &'static str, dt: f64, limit: f64) -> Result<(), SearchError> {
    if dt < limit {
        return Ok(());
    }
    Err(SearchError::Unstable {
        machine,
        reason: format!(
            "dt = {dt} is unstable on these couplings, whose eigenvalues (by Lanczos' method) allow less than {limit:.3}; \
             use --set {machine}.dt={:.2}",
            0.5 * limit
        ),
    })
}
