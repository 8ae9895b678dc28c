//! The step-size error of the final energy.

use super::StepError;
use super::instance::Instance;
use lightfall_cavity::LevelName;
use lightfall_cavity::open_ising::{Glass, LevelKind, Observable, Selection, Settings};
use lightfall_core::ensemble::{self, EnsembleError, Monitor, Plan, StopRule};
use lightfall_core::lindblad::pure_density;
use lightfall_core::stats::{Moments, merge_tree};
use lightfall_core::unravel::Grid;
use lightfall_core::unravel::split::averaged_channel;

/// Most spins for which the noise-averaged channel is evolved: beyond, 4^N is no longer small.
pub(super) const CHANNEL_SITES: usize = 8;

/// Samples the step error of `level`: energy with `settings` minus energy at half the step on the same noise path refined, or at a
/// tenth of the tolerance, over the first `trajectories`.
pub(super) fn sampled(
    instance: &Instance,
    level: LevelName,
    settings: &Settings,
    times: &[f64],
    [trajectories, threads]: [u64; 2],
    monitor: &dyn Monitor,
) -> Result<Option<StepError>, EnsembleError> {
    let threads = threads as usize;
    let (finer, method) = if settings.is_adaptive(instance.glass(level), level.kind) {
        (Settings { tolerance: 0.1 * settings.tolerance, ..settings.clone() }, "tighter tolerance")
    } else {
        let grid = Grid { refinement: settings.grid.refinement + 1, ..settings.grid };
        (Settings { grid, ..settings.clone() }, "half step")
    };
    let n = if level.kind == LevelKind::Master { 1 } else { trajectories };
    let selection = Selection { observables: vec![Observable::Energy], store: vec![] };
    let plan = Plan { trajectories: n, block: 1, threads, stop: StopRule::default(), keep_tracks: false };
    let energies = |settings: &Settings| -> Result<Vec<f64>, EnsembleError> {
        let Ok(level) = instance.build(level, settings, &selection) else { return Ok(vec![]) };
        Ok(ensemble::run(level.as_ref(), times, &plan, &mut (), monitor)?.finals)
    };
    let (coarse, fine) = (energies(settings)?, energies(&finer)?);
    // An interrupt leaves fewer of them: pairs are still pairs.
    let leaves: Vec<Moments> = coarse.iter().zip(&fine).map(|(a, b)| Moments::leaf(&[a - b])).collect();
    Ok(merge_tree(&leaves).map(|m| {
        let e = m.estimate(0);
        StepError { mean: e.mean, stderr: e.stderr, n: e.n, method: method.into() }
    }))
}

/// The step error of the split step through its noise-averaged channel, without sampling; `None` where it does not apply.
pub(super) fn of_channel(glass: &Glass, grid: Grid, times: &[f64]) -> Option<StepError> {
    let system = glass.split_system()?;
    let dim = 1usize << glass.sites;
    let energy = |refinement: u32| -> f64 {
        let mut rho = pure_density(&glass.initial_ket());
        for t in times.windows(2) {
            averaged_channel(&system, Grid { refinement, ..grid }, t[0], t[1], &mut rho);
        }
        (0..dim).map(|x| glass.energy(x) * rho[x * dim + x]).sum()
    };
    let mean = energy(grid.refinement) - energy(grid.refinement + 1);
    Some(StepError { mean, stderr: None, n: 1, method: "averaged channel".into() })
}
