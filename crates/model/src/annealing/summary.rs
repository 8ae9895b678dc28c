//! Means and errors over instances.

use super::model::AnnealingModel;
use super::report::{AnnealingReport, LevelResult, PumpPoint, RelaxationPoint};
use super::run::{CONFIDENCE, One, REPLICAS};
use lightfall_cim::soft_spin::MeanField;
use lightfall_core::stats::{Estimate, Moments, merge_tree, paired_difference};
use std::time::Instant;

fn estimate(values: impl Iterator<Item = f64>) -> Estimate {
    let leaves: Vec<Moments> = values.map(|v| Moments::leaf(&[v])).collect();
    merge_tree(&leaves).map_or(Estimate { mean: f64::NAN, stderr: None, n: 0 }, |m| m.estimate(0))
}

fn mean(v: &[f64]) -> f64 {
    v.iter().sum::<f64>() / v.len() as f64
}

/// The report of all instances.
pub(super) fn report(
    model: &AnnealingModel,
    names: &[String],
    seed: u64,
    (all, theory): (&[One], &[MeanField]),
    start: Instant,
) -> AnnealingReport {
    let greedy = |k: usize| -> Vec<f64> { all.iter().map(|one| mean(&one.levels[k].greedy)).collect() };
    let reference = names.iter().position(|name| *name == model.run.reference);
    let level = |(k, name): (usize, &String)| LevelResult {
        name: name.clone(),
        sign_energy: estimate(all.iter().map(|one| mean(&one.levels[k].signs))),
        greedy_energy: estimate(greedy(k).into_iter()),
        best_energy: estimate(all.iter().map(|one| one.levels[k].greedy.iter().copied().fold(f64::INFINITY, f64::min))),
        difference: reference.filter(|r| *r != k).and_then(|r| paired_difference(&greedy(k), &greedy(r), CONFIDENCE)),
        seconds: all.iter().map(|one| one.levels[k].seconds).sum::<f64>() / all.len() as f64,
    };
    let ramp = model.device.ramp.ramp();
    let point = |k: usize| {
        let of = |at: usize| estimate(all.iter().map(|one| one.ramp[k][at]));
        PumpPoint { pump: ramp.pump(k), energy: of(0), overlap: of(1), sign_energy: of(2) }
    };
    let relaxation = |k: usize| {
        let of = |at: usize| estimate(all.iter().map(|one| one.relaxation[k][at]));
        RelaxationPoint {
            time: k as f64 * model.device.relaxation.dt,
            energy: of(0),
            theory: theory.get(k).map(|m| m.energy),
            overlap: of(1),
            theory_overlap: theory.get(k).map(|m| m.overlap),
        }
    };
    AnnealingReport {
        schema: 1,
        model: model.source.name.clone(),
        title: model.title.clone(),
        seed,
        version: env!("CARGO_PKG_VERSION"),
        isa: lightfall_core::simd::isa().name(),
        n: all[0].n,
        instances: all.len() as u64,
        replicas: REPLICAS,
        levels: names.iter().enumerate().map(level).collect(),
        optimised: None,
        ramp: (0..all[0].ramp.len()).map(point).collect(),
        relaxation: (0..all[0].relaxation.len()).map(relaxation).collect(),
        limits: limits(model),
        wall_seconds: start.elapsed().as_secs_f64(),
    }
}

/// What is known of infinitely many spins with these couplings.
///
/// Sources: the ground state of the Sherrington-Kirkpatrick glass: Crisanti and Rizzo, Phys. Rev. E 65, 046137 (2002); the signs of the top eigenvector, with independent Gaussian components: -(1/2) 2 (2/pi).
fn limits(model: &AnnealingModel) -> Vec<(String, f64)> {
    if model.topology_name() != "sk" {
        return Vec::new();
    }
    vec![("ground state".into(), -0.763_17), ("signs of the top eigenvector".into(), -2.0 / std::f64::consts::PI)]
}
