//! What a run will take, measured on a little of it.

use super::CompareError;
use super::checks::check_rates;
use super::instance::Instance;
use crate::{Model, Run};
use lightfall_cavity::LevelName;
use lightfall_cavity::open_ising::{Glass, LevelKind, Settings};
use lightfall_core::ensemble::BlockRunner;
use lightfall_core::rng::Streams;
use std::sync::Arc;
use std::time::Instant;

/// The settings of `level` on the first instance of `model`, `glass`, with its detectors and the record of a filter.
pub fn settings_of(model: &Model, level: LevelKind, glass: &Glass) -> Result<Settings, CompareError> {
    let run = &model.run;
    let (detection, recording) = if level == LevelKind::Filter {
        let (detection, recording) = model.recording(glass.channels())?;
        (Some(Arc::new(detection)), Some(Arc::new(recording)))
    } else {
        (model.detection(level, glass.channels())?.map(Arc::new), None)
    };
    Ok(Settings { detection, recording, ..settings_of_run(run, run.seed) })
}

/// The settings of the first instance of `run` under `seed`, without detectors.
pub(super) fn settings_of_run(run: &Run, seed: u64) -> Settings {
    Settings {
        tolerance: run.tolerance,
        homodyne_phase: run.homodyne_phase,
        path: run.path,
        stepper: run.stepper.name(),
        ..Settings::new(run.dt, Streams::new(seed, 0))
    }
}

/// What a run of a level will take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimated {
    /// How it is integrated.
    pub path: &'static str,
    /// Bytes.
    pub bytes: f64,
    /// Seconds of one trajectory on one thread.
    pub seconds: f64,
}

/// What `level` takes with `workers` workers: seconds from the first step of length dt of the trajectories that run together, scaled to the whole time.
///
/// Adaptive levels slow down as a pump rises, so this is a rough estimate for them.
///
/// # Errors
///
/// [`CompareError`] if the device does not have the level, or it does not fit in memory.
pub fn estimate(model: &Model, level: LevelName, workers: usize) -> Result<Estimated, CompareError> {
    let run = &model.run;
    let instance = Instance::new(model, run.seed, 0)?;
    if let Some(reason) = instance.refusal(level) {
        return Err(CompareError::Level { level: level.name(), reason });
    }
    let settings = instance.settings_for(level, settings_of(model, level.kind, instance.glass(level))?);
    let detection = settings.detectors(level.kind, instance.glass(level));
    check_rates(level, instance.glass(level), &run.times(), &settings, detection.as_deref())?;
    let bytes = instance.memory(level, &settings, workers)?;
    let selection = run.selection();
    let built = instance.build(level, &settings, &selection)?;
    // A filter goes by the steps of its record.
    let first = run.times()[1];
    let times = [0.0, if level.kind == LevelKind::Filter { first } else { run.dt.min(first) }];
    let begin = Instant::now();
    let mut runner = BlockRunner::new(built.as_ref(), &times, false);
    let together = runner.columns().min(usize::try_from(run.trajectories.min(run.block)).unwrap_or(usize::MAX));
    runner.block(0, 0, together as u64).map_err(|source| CompareError::Ensemble {
        level: level.name(),
        instance: 0,
        seed: run.seed,
        source,
    })?;
    let seconds = begin.elapsed().as_secs_f64() / together as f64 * run.end / times[1];
    Ok(Estimated { path: instance.path(level, &settings, run.stepper.name()), bytes, seconds })
}
