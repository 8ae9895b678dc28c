//! What is refused before anything runs: options and levels that do not fit the model, what is too fast or too large.

use super::CompareError;
use super::driver::Context;
use super::memory::{GIB, available_memory, check_spectrum_memory};
use crate::run::MOST;
use lightfall_cavity::LevelName;
use lightfall_cavity::open_ising::{Glass, LevelKind, Observable, PathChoice, Settings, split_path_applies};
use lightfall_core::formula::nearest;
use lightfall_core::unravel::Detection;
use std::sync::Arc;

/// Most events of a step, on average: photons, dark counts, radians of a turn.
const EVENTS: f64 = 1e6;

impl Context<'_> {
    /// Refuses what cannot run at `levels`, before anything is computed.
    pub(super) fn check(&self, levels: &[LevelName]) -> Result<(), CompareError> {
        self.check_options(levels)?;
        levels.iter().try_for_each(|level| self.check_level(*level))
    }

    /// The target must be a scalar that is observed, the reference a level that is run.
    fn check_options(&self, levels: &[LevelName]) -> Result<(), CompareError> {
        if self.plan.trajectories > MOST {
            return Err(CompareError::Option(format!(
                "--trajectories {}: expected at most {MOST}",
                self.plan.trajectories
            )));
        }
        if let Some(reference) = self.options.reference.filter(|r| !levels.contains(r)) {
            let names: Vec<&str> = levels.iter().map(|l| l.name()).collect();
            let message = format!(
                "--reference {}: that level is not run; add it to --levels or name one of {}",
                reference.name(),
                names.join(", ")
            );
            return Err(CompareError::Option(message));
        }
        let Some(target) = &self.plan.stop.target else { return Ok(()) };
        let scalars = |observed: &[Observable]| -> Vec<&'static str> {
            observed.iter().filter(|o| o.is_scalar()).map(|o| o.name()).collect()
        };
        let valid = scalars(&self.selection.observables);
        if valid.contains(&target.quantity.as_str()) {
            return Ok(());
        }
        let near =
            nearest(&target.quantity, valid.iter().copied()).map_or(String::new(), |n| format!("did you mean `{n}`? "));
        let list = valid.iter().map(|v| format!("`{v}`")).collect::<Vec<_>>().join(", ");
        Err(CompareError::Option(format!(
            "--target names `{}`, which is no scalar among the observables of the model; {near}valid: {list}",
            target.quantity
        )))
    }

    fn check_level(&self, level: LevelName) -> Result<(), CompareError> {
        let wrong = |reason: &str| CompareError::Level { level: level.name(), reason: reason.into() };
        if let Some(reason) = self.first().refusal(level) {
            return Err(wrong(&reason));
        }
        if let Some(reason) = self.first().path_refusal(level, self.settings.path) {
            return Err(wrong(reason));
        }
        let glass = self.first().glass(level);
        let settings = self.settings(level, 0)?;
        let split = settings.takes_split(glass, level.kind);
        let (kets, filter) = (level.kind.has_ket(), level.kind == LevelKind::Filter);
        if filter && self.instances.len() > 1 {
            return Err(wrong("one record belongs to one instance; set instances = 1"));
        }
        if (kets || filter) && settings.path == PathChoice::Split && !split {
            return Err(wrong(if split_path_applies(glass) {
                "path = \"split\" needs all channels watched in full and in one way, and equal steps of a record; use path = \"auto\""
            } else {
                "path = \"split\" needs jump operators that commute with the couplings (no v, decay or dephasing); use path = \"auto\""
            }));
        }
        let strang = settings.takes_strang(glass, level.kind) || self.first().composite_dim(level).is_some();
        if (kets || filter) && settings.path == PathChoice::Strang && !strang {
            return Err(wrong(
                "path = \"strang\" needs six spins or more, and a current or light that is lost; use path = \"auto\"",
            ));
        }
        let workers = if self.plan.threads == 0 {
            std::thread::available_parallelism().map_or(1, usize::from)
        } else {
            self.plan.threads
        };
        let detection = settings.detectors(level.kind, glass);
        check_rates(level, glass, &self.times, &settings, detection.as_deref())?;
        let bytes = self.first().memory(level, &settings, workers)?;
        self.check_rows(level, &settings, detection.as_deref(), workers)?;
        if !self.selection.observables.contains(&Observable::Spectrum) {
            return Ok(());
        }
        let unseen = |d: Arc<Detection>| d.outputs().iter().any(|o| o.efficiency == 0.0);
        if level.kind == LevelKind::Heterodyne && detection.is_some_and(unseen) {
            return Err(wrong(
                "the spectrum of an output is not known where efficiency = 0; let it be seen, or take the spectrum of master",
            ));
        }
        check_spectrum_memory(level, bytes, self.selection.frequencies.len() * glass.channels())
    }

    /// Refuses rows of observables and records of currents that do not fit in memory.
    fn check_rows(
        &self,
        level: LevelName,
        settings: &Settings,
        detection: Option<&Detection>,
        workers: usize,
    ) -> Result<(), CompareError> {
        let (plan, glass) = (&self.plan, self.first().glass(level));
        let trajectories = if level.kind == LevelKind::Master { 1.0 } else { plan.trajectories as f64 };
        let block = trajectories.min(plan.block as f64);
        let row = 16.0 * (self.selection.width(glass, level.kind) * self.times.len()) as f64;
        // Mean and squares of every block, and of each trajectory of the blocks in flight.
        let moments = row * ((trajectories / block).ceil() + workers as f64 * (block + 1.0));
        let noises = detection.filter(|_| plan.keep_tracks && level.kind.has_ket()).map_or(0, |d| d.width() + 1);
        let steps = self.model.run.end / settings.grid.dt;
        let tracks = 8.0 * steps * noises as f64 * block * workers as f64;
        let free = available_memory().unwrap_or(f64::INFINITY);
        if moments + tracks <= free {
            return Ok(());
        }
        let [moments, tracks, free] = [moments, tracks, free].map(|bytes| bytes / GIB);
        let reason = format!(
            "its observables take {moments:.1} GiB and its records {tracks:.1} GiB but {free:.1} GiB are free; ask for fewer save times or frequencies, a smaller block, or a longer dt"
        );
        Err(CompareError::Level { level: level.name(), reason })
    }
}

/// Refuses rates that no step of length dt follows.
pub(super) fn check_rates(
    level: LevelName,
    glass: &Glass,
    times: &[f64],
    settings: &Settings,
    detection: Option<&Detection>,
) -> Result<(), CompareError> {
    let dt = settings.grid.dt;
    let dark = detection.map_or(0.0, Detection::dark_rate);
    let photons = if detection.is_some_and(Detection::has_clicks) { glass.emission_bound(times) } else { 0.0 };
    let named = [("the field wz turns", glass.wz.abs()), ("photons leave", photons), ("dark counts come", dark)];
    let Some((what, rate)) = named.into_iter().find(|(_, rate)| rate * dt > EVENTS) else { return Ok(()) };
    let reason = format!(
        "{what} at a rate of {rate:.1e}, {:.1e} in a step of dt = {dt}, expected at most {EVENTS:.0e} in a step; check the units of the device, or give a shorter dt",
        rate * dt
    );
    Err(CompareError::Level { level: level.name(), reason })
}
