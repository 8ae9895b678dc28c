//! The step-size error of the final energy.

use super::driver::Context;
use super::instance::Instance;
use super::{CompareError, StepError};
use lightfall_cavity::LevelName;
use lightfall_cavity::open_ising::{Glass, LevelKind, Observable, Selection, Settings};
use lightfall_core::ensemble::{self, EnsembleError, Monitor, Plan, StopRule};
use lightfall_core::lindblad::pure_density;
use lightfall_core::stats::{Moments, merge_tree};
use lightfall_core::unravel::Grid;
use lightfall_core::unravel::split::averaged_channel;

/// Most spins for which the noise-averaged channel is evolved: beyond, 4^N is no longer small.
pub(super) const CHANNEL_SITES: usize = 8;

/// Halvings of dt, or tenths of the tolerance, that are tried for a stated error.
const HALVINGS: u32 = 5;

/// The settings of `level` of `instance` with `dt` halved `halvings` times on the same noise path, or as often a tenth of the tolerance.
pub(super) fn sharpened(instance: &Instance, level: LevelName, settings: Settings, halvings: u32) -> Settings {
    if settings.is_adaptive(instance.glass(level), level.kind) {
        return Settings { tolerance: settings.tolerance * 0.1_f64.powi(halvings as i32), ..settings };
    }
    let grid = Grid { refinement: settings.grid.refinement + halvings, ..settings.grid };
    Settings { grid, ..settings }
}

impl Context<'_> {
    /// How often the step of `level` is halved for the error that the model states, and the error then; 0 where it states none.
    pub(super) fn choose_step(&self, level: LevelName, seed: u64) -> Result<(u32, Option<StepError>), CompareError> {
        let Some(bound) = self.model.run.step_error.filter(|_| level.kind != LevelKind::Filter) else {
            return Ok((0, None));
        };
        let refused = |reason: String| CompareError::Level { level: level.name(), reason };
        let unreached = |reason| CompareError::StepError { level: level.name(), bound, reason };
        let Some(ground) = self.first().ground.as_ref().map(|g| g.energy.abs()) else {
            return Err(refused("step_error is in units of the ground energy, which is not known (more than 28 spins, or no couplings); leave it out and give dt".into()));
        };
        let mut found = None;
        let (mut last_error, mut stuck) = (f64::INFINITY, 0);
        for halvings in 0..=HALVINGS {
            let settings = sharpened(self.first(), level, self.settings(level, 0)?, halvings);
            found = self.step_error(level, &settings, seed)?;
            // Few trajectories or none are left then: the run ends before it takes a step.
            if self.watch.interrupted() {
                return Ok((halvings, None));
            }
            let Some(error) = &found else { break };
            if error.mean.abs() + 2.0 * error.stderr.unwrap_or(0.0) <= bound * ground {
                return Ok((halvings, found));
            }
            // Paths that part when the step is halved keep their spread: smaller steps will not do.
            let spread = error.stderr.unwrap_or(0.0);
            stuck = if 2.0 * spread > bound * ground && spread > 0.8 * last_error { stuck + 1 } else { 0 };
            last_error = spread;
            if stuck == 2 {
                return Err(unreached(format!(
                    "the energy changes by {:.1e} +- {:.1e} of the ground energy, and halving dt does not make the +- smaller; give more step_error_trajectories, \
                     some {:.0} of them, or a larger step_error",
                    error.mean / ground,
                    spread / ground,
                    // Twice the spread shall be half the bound.
                    error.n as f64 * (4.0 * spread / (bound * ground)).powi(2)
                )));
            }
        }
        let (mean, stderr) = found.map_or((f64::NAN, 0.0), |e| (e.mean / ground, e.stderr.unwrap_or(0.0) / ground));
        Err(unreached(format!(
            "with dt halved {HALVINGS} times (or a tolerance as many tenths) the energy still changes by {mean:.1e} +- {stderr:.1e} of the ground energy; \
             a large +- asks for more step_error_trajectories, a large change for a smaller dt"
        )))
    }
}

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
    let adaptive = settings.is_adaptive(instance.glass(level), level.kind);
    let method = if adaptive { "tighter tolerance" } else { "half step" };
    let finer = sharpened(instance, level, settings.clone(), 1);
    let n = if level.kind == LevelKind::Master { 1 } else { trajectories };
    let selection = Selection { observables: vec![Observable::Energy], ..Selection::default() };
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
