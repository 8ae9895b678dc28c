//! What a run will take, measured on a little of it.

use super::CompareError;
use crate::Model;
use lightfall_cavity::open_ising::{Glass, LevelKind, Selection, Settings, build_level};
use lightfall_core::ensemble::BlockRunner;
use lightfall_core::rng::Streams;
use lightfall_core::unravel::Grid;
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
    Ok(Settings {
        grid: Grid::new(run.dt),
        tolerance: run.tolerance,
        homodyne_phase: run.homodyne_phase,
        detection,
        recording,
        path: run.path,
        stepper: run.stepper.name(),
        keep_record: false,
        streams: Streams::new(run.seed, 0),
    })
}

/// Seconds one trajectory of `level` takes on one thread, from the first step of length dt of those that run together, scaled to the whole time.
///
/// Adaptive levels slow down as a pump rises, so this is a rough estimate for them. To be called for levels that fit in memory.
pub fn time_of_one(model: &Model, level: LevelKind) -> Result<f64, CompareError> {
    let run = &model.run;
    let (_, glass) = model.glass(run.seed, 0)?;
    let settings = settings_of(model, level, &glass)?;
    let selection = Selection { observables: run.observables.clone(), store: vec![] };
    let built = build_level(&glass, level, &settings, &selection, None)
        .map_err(|e| CompareError::Level { level: level.name(), reason: e.to_string() })?;
    // A filter goes by the steps of its record.
    let first = run.times()[1];
    let times = [0.0, if level == LevelKind::Filter { first } else { run.dt.min(first) }];
    let begin = Instant::now();
    let mut runner = BlockRunner::new(built.as_ref(), &times, false);
    let together = runner.columns().min(usize::try_from(run.trajectories.min(run.block)).unwrap_or(usize::MAX));
    runner.block(0, 0, together as u64).map_err(|source| CompareError::Ensemble {
        level: level.name(),
        instance: 0,
        seed: run.seed,
        source,
    })?;
    Ok(begin.elapsed().as_secs_f64() / together as f64 * run.end / times[1])
}
