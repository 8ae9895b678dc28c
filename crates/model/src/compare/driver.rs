//! The driver of a comparison.

use super::estimate::settings_of_run;
use super::instance::Instance;
use super::level::Anew;
use super::paired::Scalar;
use super::replicas::{Collect, Collected};
use super::report::{Comparison, LevelReport, Samples, StepError};
use super::step_error::sharpened;
use super::summary::{LevelRun, level_attributes};
use super::{CompareError, Compared, Options, Pairing, Quiet, Watch, output, paired, replicas, step_error};
use crate::Model;
use lightfall_cavity::LevelName;
use lightfall_cavity::open_ising::{LevelKind, Observable, PathChoice, Selection, Settings};
use lightfall_core::ensemble::{self, Layout, Monitor, Plan, Sink, StopRule, Stopped};
use lightfall_core::record::{LevelRecord, Record};
use lightfall_core::simd::isa;
use lightfall_core::unravel::{Detection, Recording};
use lightfall_couplings::ground_state;
use serde_json::Value;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// Most spins whose ground state is enumerated: seconds on two cores.
const GROUND_STATE_SITES: usize = 28;

/// What the levels of one comparison share.
pub(super) struct Context<'a> {
    pub(super) model: &'a Model,
    pub(super) options: &'a Options,
    pub(super) times: Vec<f64>,
    pub(super) instances: Vec<Instance>,
    /// Those of the first instance, without detectors.
    pub(super) settings: Settings,
    pub(super) selection: Selection,
    pub(super) plan: Plan,
    /// Step errors of the split step where its averaged channel is evolved, by refinement: the same for all unravellings.
    channel_errors: RefCell<BTreeMap<u32, Option<StepError>>>,
    pub(super) recording: OnceCell<(Arc<Detection>, Arc<Recording>)>,
    pub(super) watch: &'a dyn Watch,
}

/// Runs `model` at its levels and compares them.
pub fn compare(model: &Model, options: &Options, watch: &dyn Watch) -> Result<Compared, CompareError> {
    let seed = options.seed.unwrap_or(model.run.seed);
    let levels = options.levels.clone().unwrap_or_else(|| model.run.levels.clone());
    let mut context = Context::new(model, options, seed, watch)?;
    context.check(&levels)?;
    if let Some(path) = &options.record {
        output::standing(model, seed, options, path)?;
    }
    if let Some(remark) = context.first().remark() {
        watch.note(remark);
    }
    context.find_ground_states();
    // Before anything is written: an error that cannot be kept is bad input.
    let steps = levels.iter().map(|&l| context.choose_step(l, seed)).collect::<Result<Vec<_>, _>>()?;
    let mut record = match &options.record {
        Some(path) => Some(output::open(model, seed, options, path)?),
        None => None,
    };
    let mut comparison = context.empty_report(seed);
    let mut samples = Samples::default();
    let mut scalars = Vec::new();
    let mut stopped = Stopped::Complete;
    for (&level, step) in levels.iter().zip(steps) {
        let (done, interrupted) = context.run_level(level, step, seed, record.as_ref())?;
        if interrupted {
            stopped = Stopped::Interrupted;
        }
        let Some((report, run)) = done else { break };
        samples.energies.push((level.name().into(), run.finals(Observable::Energy).unwrap_or_default()));
        scalars.extend(run.scalars(&report, options.pairing));
        comparison.levels.push(report);
        if interrupted {
            break;
        }
    }
    comparison.paired = context.differences(&levels, &scalars);
    if let (Some(record), Stopped::Complete) = (&mut record, stopped) {
        let value = serde_json::to_value(&comparison).unwrap_or(Value::Null);
        record.set_attribute("comparison", value)?;
    }
    Ok(Compared { comparison, samples, stopped })
}

/// Refuses what cannot run, before anything is computed.
pub(super) fn check(model: &Model, options: &Options) -> Result<(), CompareError> {
    let levels = options.levels.as_ref().unwrap_or(&model.run.levels);
    Context::new(model, options, options.seed.unwrap_or(model.run.seed), &Quiet)?.check(levels)
}

impl<'a> Context<'a> {
    fn new(model: &'a Model, options: &'a Options, seed: u64, watch: &'a dyn Watch) -> Result<Self, CompareError> {
        let run = &model.run;
        let count = if model.is_random() { run.instances } else { 1 };
        if count < run.instances {
            watch.note("nothing in this model is drawn at random: one instance is run");
        }
        let path = if options.pairing == Pairing::Noise { PathChoice::General } else { run.path };
        let instances = (0..count).map(|k| Instance::new(model, seed, k)).collect::<Result<Vec<_>, _>>()?;
        let settings = Settings { path, keep_record: run.record, ..settings_of_run(run, seed) };
        let plan = Plan {
            trajectories: options.trajectories.unwrap_or(run.trajectories),
            block: run.block,
            threads: options.threads,
            stop: StopRule { target: options.target.clone(), wall_clock: options.wall_clock },
            keep_tracks: run.record,
        };
        let mut selection = Selection { store: run.store.clone(), ..run.selection() };
        if run.replicas {
            for o in [Observable::Sx, Observable::Sample] {
                for list in [&mut selection.observables, &mut selection.store] {
                    if !list.contains(&o) {
                        list.push(o);
                    }
                }
            }
        }
        Ok(Self {
            model,
            options,
            times: run.times(),
            instances,
            settings,
            selection,
            plan,
            channel_errors: RefCell::default(),
            recording: OnceCell::new(),
            watch,
        })
    }

    /// The ground states of all instances, where they are asked for and few enough spins have them.
    fn find_ground_states(&mut self) {
        let run = &self.model.run;
        if run.step_error.is_none() && !run.observables.iter().any(|o| o.needs_ground_state()) {
            return;
        }
        if self.first().glass.sites > GROUND_STATE_SITES {
            self.watch
                .note("the ground state is not enumerated beyond 28 spins: energy_ratio and ground_* are left out");
            return;
        }
        for instance in &mut self.instances {
            // Nothing is a fraction of a ground energy of 0.
            instance.ground = ground_state(instance.couplings.as_ref()).ok().filter(|g| g.energy != 0.0);
        }
    }

    pub(super) fn first(&self) -> &Instance {
        &self.instances[0]
    }

    fn empty_report(&self, seed: u64) -> Comparison {
        let grounds: Option<Vec<f64>> = self.instances.iter().map(|i| i.ground.as_ref().map(|g| g.energy)).collect();
        Comparison {
            schema: "lightfall/compare/1".into(),
            model: self.model.source.name.clone(),
            title: self.model.title.clone(),
            seed,
            version: env!("CARGO_PKG_VERSION").into(),
            isa: isa().name().into(),
            ramp: self.model.device.ramp().map(str::to_owned),
            sites: self.first().glass.sites,
            instances: self.instances.len() as u64,
            ground_energy: grounds.map(|g| g.iter().sum::<f64>() / g.len() as f64),
            times: self.times.clone(),
            frequencies: self.selection.frequencies.clone(),
            levels: Vec::new(),
            paired: Vec::new(),
        }
    }

    /// Runs all instances of a level. The report is `None` if not even one instance has a trajectory.
    fn run_level(
        &self,
        level: LevelName,
        (halvings, step_error): (u32, Option<StepError>),
        seed: u64,
        record: Option<&Record>,
    ) -> Result<(Option<(LevelReport, LevelRun)>, bool), CompareError> {
        let name = level.name();
        let mut outcomes = Vec::new();
        let mut layout = Layout::default();
        let mut interrupted = false;
        let mut store: Option<LevelRecord> = None;
        let mut replicas = Vec::new();
        // What is left of an interrupted choice is no choice.
        if self.model.run.step_error.is_some() && self.watch.interrupted() {
            return Ok((None, true));
        }
        let begin = Instant::now();
        for (k, instance) in (0..).zip(&self.instances) {
            // A time limit is that of the level; every instance has a block at least.
            let wall_clock = self.plan.stop.wall_clock.map(|limit| limit.saturating_sub(begin.elapsed()));
            let plan = Plan { stop: StopRule { wall_clock, ..self.plan.stop.clone() }, ..self.plan.clone() };
            let failed = |source| CompareError::Ensemble { level: name, instance: k, seed, source };
            let settings = sharpened(instance, level, self.settings(level, k)?, halvings);
            let built = instance.build(level, &settings, &self.selection)?;
            layout = built.layout().clone();
            if let (Some(record), None) = (record, &store) {
                store = Some(record.level(self.level_spec(level, &settings, &layout, built.is_deterministic()))?);
            }
            self.watch.level(name, k, self.instances.len() as u64);
            let (mut nothing, mut anew);
            let sink: &mut dyn Sink = match &mut store {
                Some(s) => {
                    s.at_instance(k);
                    if level.kind == LevelKind::Filter {
                        anew = Anew(s);
                        &mut anew
                    } else {
                        s
                    }
                }
                None => {
                    nothing = ();
                    &mut nothing
                }
            };
            let monitor = Forward(self.watch);
            let mut collect = Collect { inner: sink, times: &self.times, layout: &layout, found: Collected::default() };
            let sink: &mut dyn Sink = if self.model.run.replicas { &mut collect } else { collect.inner };
            let outcome = ensemble::run(built.as_ref(), &self.times, &plan, sink, &monitor).map_err(failed)?;
            collect.found.truncate(outcome.moments.count);
            replicas.push(collect.found);
            interrupted |= outcome.stopped == Stopped::Interrupted;
            if outcome.moments.count == 0 {
                break;
            }
            if let Some(s) = &store {
                s.write_summary(k, &outcome.moments)?;
            }
            outcomes.push(outcome);
            if interrupted {
                break;
            }
        }
        if outcomes.is_empty() {
            return Ok((None, interrupted));
        }
        let run = LevelRun { level, layout, outcomes };
        let settings = sharpened(self.first(), level, self.settings(level, 0)?, halvings);
        let mut report = run.report(self.times.len(), &self.path(level, &settings));
        report.replicas = replicas::report(&replicas);
        // A record is known at its own steps only: there is nothing to refine.
        report.step_error = step_error;
        if !interrupted && level.kind != LevelKind::Filter && report.step_error.is_none() {
            report.step_error = self.step_error(level, &settings, seed)?;
        }
        if let Some(mut s) = store {
            s.set_attributes(level_attributes(&report))?;
        }
        Ok((Some((report, run)), interrupted))
    }

    /// How `level` is integrated, with its step where a stated error has decided it.
    fn path(&self, level: LevelName, settings: &Settings) -> String {
        let path = self.first().path(level, settings, self.model.run.stepper.name());
        match self.model.run.step_error {
            None => path.into(),
            Some(_) if settings.is_adaptive(self.first().glass(level), level.kind) => {
                format!("{path}, tolerance {:.0e}", settings.tolerance)
            }
            Some(_) => format!("{path}, dt {}", settings.grid.dt / f64::from(1u32 << settings.grid.refinement)),
        }
    }

    /// Step error of a level on the first instance.
    pub(super) fn step_error(
        &self,
        level: LevelName,
        settings: &Settings,
        seed: u64,
    ) -> Result<Option<StepError>, CompareError> {
        let glass = self.first().glass(level);
        let wanted = self.model.run.step_error_trajectories;
        // Where they decide the step, they must not depend on how many are run.
        let trajectories =
            if self.model.run.step_error.is_some() { wanted } else { wanted.min(self.plan.trajectories) };
        if trajectories == 0 {
            return Ok(None);
        }
        if settings.takes_split(glass, level.kind) && glass.sites <= step_error::CHANNEL_SITES {
            let mut known = self.channel_errors.borrow_mut();
            let of_channel = || step_error::of_channel(glass, settings.grid, &self.times);
            return Ok(known.entry(settings.grid.refinement).or_insert_with(of_channel).clone());
        }
        let counts = [trajectories, self.plan.threads as u64];
        let monitor = Forward(self.watch);
        self.watch.level(&format!("{} dt/2", level.name()), 0, 1);
        let failed = |source| CompareError::Ensemble { level: level.name(), instance: 0, seed, source };
        step_error::sampled(self.first(), level, settings, &self.times, counts, &monitor).map_err(failed)
    }

    fn differences(&self, levels: &[LevelName], scalars: &[Scalar]) -> Vec<super::PairedReport> {
        // With shared noise the natural reference is the level that shares it.
        let preferred = LevelName::from(match self.options.pairing {
            Pairing::Noise => LevelKind::Heterodyne,
            Pairing::Auto => LevelKind::Homodyne,
        });
        let reference = self.options.reference.or_else(|| levels.contains(&preferred).then_some(preferred));
        let Some(reference) = reference.or_else(|| levels.first().copied()) else {
            return Vec::new();
        };
        scalars
            .iter()
            .filter(|s| s.level != reference.name())
            .filter_map(|s| {
                let r = scalars.iter().find(|r| r.level == reference.name() && r.observable == s.observable)?;
                Some(paired::compare(s, r))
            })
            .collect()
    }
}

/// Passes progress on.
struct Forward<'a>(&'a dyn Watch);

impl Monitor for Forward<'_> {
    fn progress(&self, done: u64, planned: u64) {
        self.0.progress(done, planned);
    }
    fn interrupted(&self) -> bool {
        self.0.interrupted()
    }
}
