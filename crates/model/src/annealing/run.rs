//! All levels on all instances.

use super::model::AnnealingModel;
use super::report::AnnealingReport;
use super::summary::report;
use crate::ModelError;
use lightfall_cim::lanes::LANES;
use lightfall_cim::sa::SimulatedAnnealing;
use lightfall_cim::soft_spin::{
    Adiabats, AnnealingSchedule, Langevin, LangevinMachine, MeanField, PathSampler, Scheme, SoftReal, energies,
    langevin_step, normalisation, overlaps, schedule, stable_step,
};
use lightfall_cim::{
    Clock, History, Incumbent, Instance, LocalFields, Machine, Problem, SearchError, Settings, Trial, Tuning,
};
use lightfall_core::rng::{Draws, LaneWords, Purpose, Streams};
use lightfall_couplings::top_eigenvector;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnnealingError {
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A machine.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A spectrum.
    #[error("{0}")]
    Spectrum(String),
    /// A time step beyond the stability of the origin.
    #[error(
        "{name}: dt = {dt} is unstable on these couplings, whose eigenvalues (by Lanczos' method) allow less than {limit:.3}"
    )]
    Unstable {
        /// Schedule or level.
        name: String,
        /// Time step.
        dt: f64,
        /// The limit.
        limit: f64,
    },
    /// A descent that left the range of numbers.
    #[error(
        "adiabatic: the amplitudes overflow at a = {pump}: the ramp starts too far above the onset at -lambda_max(J); \
         set normalise = true, or a lower ramp.start"
    )]
    NotFinite {
        /// Pump.
        pump: f64,
    },
    /// The user stopped it before any instance was done.
    #[error("interrupted before an instance was done")]
    Interrupted,
    /// Threads that could not be started.
    #[error("cannot start the worker threads: {0}")]
    Threads(String),
}

type Schedules = BTreeMap<String, AnnealingSchedule>;

/// Name of the schedule that was searched for.
const OPTIMISED: &str = "optimised";

/// First of the instances that schedules are searched on: far from those that are compared.
const TRAINING: u64 = 1 << 40;

/// The better schedule, if one is asked for, from a search on instances of its own.
fn optimise(
    model: &AnnealingModel,
    seed: u64,
    threads: usize,
    watch: &(dyn Fn(u64, u64) -> bool + Sync),
) -> Result<Option<AnnealingSchedule>, AnnealingError> {
    let Some(o) = model.device.optimise.filter(|_| has(model, "langevin")) else { return Ok(None) };
    let problem = |k| Ok(Problem::new(Instance::new(model.couplings(seed, TRAINING + k)?)));
    let problems = (0..o.instances).map(problem).collect::<Result<Vec<_>, ModelError>>()?;
    let threads = if threads > 0 { threads } else { rayon::current_num_threads() };
    let tuning = Tuning {
        machine: &LangevinMachine,
        start: Settings::of(&LangevinMachine),
        steps: o.steps,
        seed,
        part: 1.0,
        generations: Some(o.generations),
        limit: None,
        threads,
    };
    let done = AtomicU64::new(0);
    let parts = parts(model);
    let on = || watch(done.load(Ordering::Relaxed), parts);
    let generation = |k: u64, _: f64| {
        done.store(k, Ordering::Relaxed);
        on();
    };
    let tuned = tuning.run(&problems, &generation, &|| !on())?;
    Ok(Some(schedule(&tuned.settings, o.steps)))
}

/// Generations of a search for a schedule.
fn generations(model: &AnnealingModel) -> u64 {
    model.device.optimise.filter(|_| has(model, "langevin")).map_or(0, |o| o.generations)
}

/// Parts of a run, as its progress counts them: generations of the search, and instances.
fn parts(model: &AnnealingModel) -> u64 {
    generations(model) + model.run.instances
}

/// Starts of every level on an instance.
pub(super) const REPLICAS: usize = LANES;

/// Confidence of differences.
pub(super) const CONFIDENCE: f64 = 0.95;

/// Ising energies over N of the starts of a level, of their signs and after descent, and the time they took.
#[derive(Clone, Debug, Default)]
pub(super) struct Energies {
    pub(super) signs: Vec<f64>,
    pub(super) greedy: Vec<f64>,
    pub(super) seconds: f64,
}

/// Everything of one instance.
pub(super) struct One {
    pub(super) n: usize,
    pub(super) levels: Vec<Energies>,
    /// Pump points: E/N, q, Ising energy.
    pub(super) ramp: Vec<[f64; 3]>,
    /// Times: E/N, q.
    pub(super) relaxation: Vec<[f64; 2]>,
}

/// Runs the levels of `model` on `threads` threads (0: one per processor). `watch(done, of)` counts generations of a search for a schedule and instances, and ends the run by returning false: the instances done by then are reported.
///
/// An instance and its numbers are fixed by the seed and its index, whatever the threads.
///
/// # Errors
///
/// If couplings cannot be made, a step is unstable, or nothing was done.
pub fn anneal(
    model: &AnnealingModel,
    seed: u64,
    threads: usize,
    watch: &(dyn Fn(u64, u64) -> bool + Sync),
) -> Result<AnnealingReport, AnnealingError> {
    let start = Instant::now();
    let optimised = optimise(model, seed, threads, watch)?;
    let mut schedules = model.device.schedules.clone();
    schedules.extend(optimised.clone().map(|schedule| (OPTIMISED.to_owned(), schedule)));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|e| AnnealingError::Threads(e.to_string()))?;
    let done = AtomicU64::new(generations(model));
    let of = parts(model);
    let one = |instance: u64| -> Result<Option<One>, AnnealingError> {
        if !watch(done.load(Ordering::Relaxed), of) {
            return Ok(None);
        }
        let found = run_instance(model, &schedules, seed, instance)?;
        watch(done.fetch_add(1, Ordering::Relaxed) + 1, of);
        Ok(Some(found))
    };
    let all: Vec<Option<One>> =
        pool.install(|| (0..model.run.instances).into_par_iter().map(one).collect::<Result<_, _>>())?;
    // Of an interrupted run the instances before the first gap.
    let all: Vec<One> = all.into_iter().map_while(|one| one).collect();
    if all.is_empty() {
        return Err(AnnealingError::Interrupted);
    }
    let theory = if has(model, "dmft") { theory(model, seed) } else { Vec::new() };
    let mut report = report(model, &names(model, &schedules), seed, (&all, &theory), start);
    report.optimised = optimised;
    Ok(report)
}

fn has(model: &AnnealingModel, level: &str) -> bool {
    model.run.levels.iter().any(|l| l == level)
}

/// Names of the rows: a Langevin level has one for each schedule, and the theory none.
fn names(model: &AnnealingModel, schedules: &Schedules) -> Vec<String> {
    let mut names = Vec::new();
    for level in &model.run.levels {
        match level.as_str() {
            "langevin" => names.extend(schedules.keys().cloned()),
            "dmft" => {}
            _ => names.push(level.clone()),
        }
    }
    names
}

fn run_instance(
    model: &AnnealingModel,
    schedules: &Schedules,
    seed: u64,
    instance: u64,
) -> Result<One, AnnealingError> {
    let couplings = model.couplings(seed, instance)?;
    let problem = Problem::new(Instance::new(couplings));
    let streams = Streams::new(seed, instance);
    let factor = if model.device.normalise { normalisation(&problem)? } else { 1.0 };
    let run = Bench { model, problem: &problem, streams, factor };
    let mut one = One { n: problem.len(), levels: Vec::new(), ramp: Vec::new(), relaxation: Vec::new() };
    for level in &model.run.levels {
        let start = Instant::now();
        let before = one.levels.len();
        match level.as_str() {
            "adiabatic" => one.levels.push(run.adiabatic(&mut one.ramp)?),
            "langevin" => {
                for (name, schedule) in schedules {
                    one.levels.push(run.langevin(name, schedule)?);
                }
            }
            "descent" => {
                let pump = model.device.ramp.end;
                let steps = model.device.descent_steps;
                one.levels.push(run.langevin(level, &AnnealingSchedule::linear(steps, [pump, pump], 0.0))?);
            }
            "spectral" => one.levels.push(run.spectral()?),
            "greedy" => one.levels.push(run.greedy()),
            "sa" => one.levels.push(run.annealing()?),
            _ => run.relax(&mut one.relaxation)?,
        }
        let share = (one.levels.len() - before).max(1) as f64;
        let seconds = start.elapsed().as_secs_f64() / share;
        one.levels[before..].iter_mut().for_each(|level| level.seconds = seconds);
    }
    Ok(one)
}

/// One instance on the bench.
struct Bench<'a> {
    model: &'a AnnealingModel,
    problem: &'a Problem,
    streams: Streams,
    factor: f64,
}

impl Bench<'_> {
    fn words(&self, level: u64) -> LaneWords {
        LaneWords::new(&self.streams, Purpose::Search, level)
    }

    /// Energies of the signs of `x`, and after descent.
    fn read(&self, x: &[[f32; LANES]]) -> Energies {
        let mut out = Energies::default();
        for l in 0..LANES {
            out.add(self, x.iter().map(|x| if x[l] < 0.0 { -1.0 } else { 1.0 }).collect());
        }
        out
    }

    fn adiabatic(&self, points: &mut Vec<[f64; 3]>) -> Result<Energies, AnnealingError> {
        let network = self.problem.network();
        let (ramp, n) = (self.model.device.ramp.ramp(), network.n);
        let mut words = self.words(0);
        let mut state = Adiabats::<f32>::new(n, self.factor * self.problem.spectrum()?.1);
        let mut fields = vec![[0.0; LANES]; n];
        for k in 0..=ramp.stages {
            let pump = ramp.pump(k);
            state.stage(&network.rows, self.factor, pump, &ramp, &mut words, &|| false);
            let soft = energies(&network.rows, self.factor, pump, &state.x, &mut fields);
            let signs: Vec<[f32; LANES]> =
                state.x.iter().map(|x| x.map(|x| if x < 0.0 { -1.0 } else { 1.0 })).collect();
            // E of the signs: the soft energy at a = 0 less N/4.
            let hard = energies(&network.rows, 1.0, 0.0, &signs, &mut fields);
            let mean = |v: [f64; LANES]| v.iter().sum::<f64>() / LANES as f64;
            let overlap = mean(overlaps(&state.x));
            if !overlap.is_finite() {
                return Err(AnnealingError::NotFinite { pump });
            }
            points.push([mean(soft) / n as f64, overlap, mean(hard) / n as f64 - 0.25]);
        }
        Ok(self.read(&state.x))
    }

    /// Every schedule has the same start and the same noise.
    fn langevin(&self, name: &str, schedule: &AnnealingSchedule) -> Result<Energies, AnnealingError> {
        let network = self.problem.network();
        self.need_stable(name, schedule.dt, schedule.lowest_pump())?;
        let mut words = self.words(1);
        let mut x = vec![[0.0f32; LANES]; network.n];
        SoftReal::kick(&mut x, &mut words, self.model.device.start as f32);
        let mut fields = x.clone();
        for k in 0..schedule.steps {
            langevin_step(&network.rows, self.factor, &mut x, &mut fields, &mut words, schedule.step(k));
        }
        Ok(self.read(&x))
    }

    /// Refuses a time step beyond the stability of the origin.
    fn need_stable(&self, name: &str, dt: f64, pump: f64) -> Result<(), AnnealingError> {
        let limit = stable_step(self.problem, self.factor, pump)?;
        if dt < limit { Ok(()) } else { Err(AnnealingError::Unstable { name: name.to_owned(), dt, limit }) }
    }

    fn spectral(&self) -> Result<Energies, AnnealingError> {
        let couplings = self.problem.instance().couplings();
        let vector = top_eigenvector(couplings.as_ref()).map_err(|e| AnnealingError::Spectrum(e.to_string()))?;
        let mut out = Energies::default();
        out.add(self, vector.iter().map(|v| if *v < 0.0 { -1.0 } else { 1.0 }).collect());
        Ok(out)
    }

    fn greedy(&self) -> Energies {
        let n = self.problem.len();
        let mut draws = Draws::new(&self.streams, Purpose::Search, 2);
        let mut out = Energies::default();
        for _ in 0..REPLICAS {
            out.add(self, (0..n).map(|_| if draws.word() >> 63 == 0 { 1.0 } else { -1.0 }).collect());
        }
        // The energy of random spins says nothing.
        out.signs.clone_from(&out.greedy);
        out
    }

    fn annealing(&self) -> Result<Energies, AnnealingError> {
        let (clock, incumbent) = (Clock::start(None, &|| false), Incumbent::default());
        let settings = Settings::of(&SimulatedAnnealing);
        let n = self.problem.len() as f64;
        let mut out = Energies::default();
        for index in 3..3 + REPLICAS as u64 {
            let trial = Trial {
                problem: self.problem,
                settings: &settings,
                streams: self.streams,
                index,
                steps: self.model.device.sweeps,
                clock: &clock,
                target: None,
                incumbent: &incumbent,
                offered: std::cell::Cell::default(),
                history: History::default(),
            };
            out.greedy.extend(SimulatedAnnealing.run(&trial)?.energies.iter().map(|e| e / n));
            if out.greedy.len() >= REPLICAS {
                break;
            }
        }
        out.greedy.truncate(REPLICAS);
        out.signs.clone_from(&out.greedy);
        Ok(out)
    }

    /// The step of the theory: dt as it is.
    fn relax(&self, points: &mut Vec<[f64; 2]>) -> Result<(), AnnealingError> {
        let network = self.problem.network();
        let r = &self.model.device.relaxation;
        self.need_stable("relaxation", r.dt, r.pump)?;
        let step = relaxation_step(self.model);
        let mut words = self.words(3 + REPLICAS as u64);
        let mut x = vec![[0.0f32; LANES]; network.n];
        SoftReal::kick(&mut x, &mut words, r.start_variance.sqrt() as f32);
        let mut fields = x.clone();
        let step = Langevin { dt: step.dt * (1.0 + 0.25 * step.pump.max(0.0)), ..step };
        for k in 0..=r.steps {
            let mean = |v: [f64; LANES]| v.iter().sum::<f64>() / LANES as f64;
            let soft = energies(&network.rows, self.factor, r.pump, &x, &mut fields);
            points.push([mean(soft) / network.n as f64, mean(overlaps(&x))]);
            if k < r.steps {
                langevin_step(&network.rows, self.factor, &mut x, &mut fields, &mut words, step);
            }
        }
        Ok(())
    }
}

impl Energies {
    /// Adds a start with these spins.
    fn add(&mut self, bench: &Bench<'_>, spins: Vec<f32>) {
        let n = spins.len() as f64;
        let mut state = LocalFields::new(bench.problem.network(), spins);
        self.signs.push(state.energy() / n);
        state.descend();
        self.greedy.push(state.energy() / n);
    }
}

fn relaxation_step(model: &AnnealingModel) -> Langevin {
    let r = &model.device.relaxation;
    Langevin { dt: r.dt, pump: r.pump, temperature: r.temperature }
}

fn theory(model: &AnnealingModel, seed: u64) -> Vec<MeanField> {
    let r = &model.device.relaxation;
    let sampler = PathSampler { scheme: Scheme::SemiImplicit, paths: r.paths, start_variance: r.start_variance, seed };
    sampler.run(&vec![relaxation_step(model); r.steps as usize])
}
