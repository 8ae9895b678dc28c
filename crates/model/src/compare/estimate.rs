//! What a run will take, measured on a little of it.

use super::CompareError;
use crate::Model;
use lightfall_cavity::open_ising::{LevelKind, Selection, Settings, build_level};
use lightfall_core::ensemble::BlockRunner;
use lightfall_core::rng::Streams;
use lightfall_core::unravel::Grid;
use std::time::Instant;

/// Seconds one trajectory of `level` takes on one thread, from its first step of length dt scaled to the whole time.
///
/// Adaptive levels slow down as a pump rises, so this is a rough estimate for them. To be called for levels that fit in memory.
pub fn time_of_one(model: &Model, level: LevelKind) -> Result<f64, CompareError> {
    let run = &model.run;
    let (_, glass) = model.glass(run.seed, 0)?;
    let settings = Settings {
        grid: Grid::new(run.dt),
        tolerance: run.tolerance,
        homodyne_phase: run.homodyne_phase,
        path: run.path,
        stepper: run.stepper.name(),
        keep_record: false,
        streams: Streams::new(run.seed, 0),
    };
    let selection = Selection { observables: run.observables.clone(), store: vec![] };
    let built = build_level(&glass, level, &settings, &selection, None)
        .map_err(|e| CompareError::Level { level: level.name(), reason: e.to_string() })?;
    let times = [0.0, run.dt.min(run.times()[1])];
    let begin = Instant::now();
    BlockRunner::new(built.as_ref(), &times, false).trajectory(0).map_err(|source| CompareError::Ensemble {
        level: level.name(),
        instance: 0,
        seed: run.seed,
        source,
    })?;
    Ok(begin.elapsed().as_secs_f64() * run.end / times[1])
}
