//! What a level has found: means over instances, values at the last time, the scalars that are compared.

use super::Pairing;
use super::paired::Scalar;
use super::report::{Figure, Final, LevelReport};
use lightfall_cavity::LevelName;
use lightfall_cavity::open_ising::{LevelKind, Observable};
use lightfall_core::ensemble::{Layout, Outcome, Stopped};
use lightfall_core::stats::{Estimate, Moments, merge_tree, wilson};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The outcomes of one level, one per instance.
pub(super) struct LevelRun {
    pub(super) level: LevelName,
    pub(super) layout: Layout,
    pub(super) outcomes: Vec<Outcome>,
}

impl LevelRun {
    /// The report on `times` save times, without a step error; there is at least one outcome.
    pub(super) fn report(&self, times: usize, path: &str) -> LevelReport {
        let Self { level, layout, outcomes } = self;
        let width = layout.width();
        let last = (times - 1) * width;
        let scalar = |o: Observable| layout.column(o.name()).map(|c| figure(outcomes, last + c));
        let ground_fraction = scalar(Observable::GroundFraction);
        let observables: BTreeMap<String, Value> = layout
            .columns()
            .map(|(first, q)| {
                let at = |t: usize, k: usize| json!(combine(outcomes, t * width + first + k));
                let shape: Vec<usize> = q.shape.dimensions().iter().map(|d| d.1).collect();
                let per_time = |t: usize| match shape.as_slice() {
                    [] => at(t, 0),
                    [n] => (0..*n).map(|k| at(t, k)).collect(),
                    [n, m, ..] => (0..*n).map(|r| (0..*m).map(|c| at(t, r * m + c)).collect::<Value>()).collect(),
                };
                (q.name.clone(), (0..times).map(per_time).collect())
            })
            .collect();
        LevelReport {
            name: level.name().into(),
            path: path.into(),
            trajectories: outcomes[0].moments.count,
            stopped: match outcomes.last().map(|o| o.stopped) {
                Some(Stopped::Target) => "target",
                Some(Stopped::WallClock) => "wall-clock",
                Some(Stopped::Interrupted) => "interrupted",
                _ => "complete",
            }
            .into(),
            observables,
            last: Final {
                energy: scalar(Observable::Energy),
                energy_ratio: scalar(Observable::EnergyRatio),
                sign_energy: scalar(Observable::SignEnergy),
                sign_ratio: scalar(Observable::SignRatio),
                ground_probability: scalar(Observable::GroundProbability),
                ground_fraction,
                ground_fraction_interval: ground_fraction
                    .map(|e| wilson((e.mean * e.n as f64).round() as u64, e.n, 0.95)),
            },
            replicas: None,
            highest_fock_state: layout.columns().find(|(_, q)| q.name == "top_population").map(|(first, q)| {
                let all = (0..times).flat_map(|t| (0..q.shape.width()).map(move |k| t * width + first + k));
                all.map(|c| combine(outcomes, c).mean).fold(0.0, f64::max)
            }),
            step_error: None,
            cpu_seconds: outcomes.iter().map(|o| o.cpu_seconds).sum(),
            wall_seconds: outcomes.iter().map(|o| o.wall_seconds).sum(),
        }
    }

    /// Values of a scalar at the last time, of every trajectory.
    pub(super) fn finals(&self, observable: Observable) -> Option<Vec<f64>> {
        let scalars = self.layout.scalars();
        let at = scalars.iter().position(|(name, _)| name == observable.name())?;
        let all = self.outcomes.iter().flat_map(|o| o.finals.chunks_exact(scalars.len()).map(move |row| row[at]));
        Some(all.collect())
    }

    /// The scalars that are compared between levels.
    pub(super) fn scalars(&self, report: &LevelReport, pairing: Pairing) -> Vec<Scalar> {
        let Self { level, outcomes, .. } = self;
        let shares_noise = pairing == Pairing::Noise
            && matches!(level.kind, LevelKind::Heterodyne | LevelKind::Product | LevelKind::Dtwa)
            && outcomes.len() == 1;
        let last = &report.last;
        [
            (Observable::Energy, last.energy),
            (Observable::SignEnergy, last.sign_energy),
            (Observable::EnergyRatio, last.energy_ratio),
            (Observable::SignRatio, last.sign_ratio),
            (Observable::GroundProbability, last.ground_probability),
        ]
        .into_iter()
        .filter_map(|(observable, estimate)| {
            let all = self.finals(observable)?;
            let scalars = self.layout.scalars();
            let at = scalars.iter().position(|(name, _)| name == observable.name())?;
            // Instances may have stopped after different numbers of trajectories.
            let mean = |o: &Outcome| {
                let values = o.finals.chunks_exact(scalars.len()).map(|row| row[at]);
                values.sum::<f64>() / (o.finals.len() / scalars.len()).max(1) as f64
            };
            Some(Scalar {
                level: level.name(),
                observable: observable.name(),
                estimate: estimate?.estimate(),
                instances: outcomes.iter().map(mean).collect(),
                trajectories: shares_noise.then_some(all),
            })
        })
        .collect()
    }
}

/// Mean over instances of the means, with the statistical errors combined.
fn combine(outcomes: &[Outcome], column: usize) -> Estimate {
    let count = outcomes.len() as f64;
    let each: Vec<Estimate> = outcomes.iter().map(|o| o.moments.estimate(column)).collect();
    let variance: Option<f64> = each.iter().map(|e| e.stderr.map(|s| s * s)).sum();
    Estimate {
        mean: each.iter().map(|e| e.mean).sum::<f64>() / count,
        stderr: variance.map(|v| v.sqrt() / count),
        n: each.iter().map(|e| e.n).sum(),
    }
}

/// The same with the error over instances beside it.
fn figure(outcomes: &[Outcome], column: usize) -> Figure {
    let Estimate { mean, stderr, n } = combine(outcomes, column);
    let means: Vec<Moments> = outcomes.iter().map(|o| Moments::leaf(&[o.moments.mean[column]])).collect();
    Figure { mean, stderr, n, stderr_instances: merge_tree(&means).and_then(|m| m.estimate(0).stderr) }
}

/// What the record says of a level.
pub(super) fn level_attributes(report: &LevelReport) -> Map<String, Value> {
    let mut a = Map::new();
    a.insert("path".into(), json!(report.path));
    a.insert("trajectories".into(), json!(report.trajectories));
    a.insert("step_error".into(), json!(report.step_error));
    a.insert("cpu_seconds".into(), json!(report.cpu_seconds));
    a.insert("wall_seconds".into(), json!(report.wall_seconds));
    a
}
