//! Trajectories as replicas against thermal equilibrium on the same couplings: `cargo run --release --example equilibrium_overlaps -- MODEL [INSTANCES TRAJECTORIES]`.
//!
//! Runs heterodyne trajectories of the model (models/cavity/sk-8.toml if none is given) and prints, for configurations drawn from their final states, <q^2>,
//! K and the fraction of frustrated triples (the book's page on replicas); then the same of configurations drawn from exp(-E/T) at the T that has the same <q^2>.

use lightfall::cavity::open_ising::{LevelKind, Observable, Selection, build_level};
use lightfall::core::ensemble::{BlockRunner, EnsembleError};
use lightfall::core::rng::Purpose;
use lightfall::model::compare::{overlaps, settings_of};
use lightfall::model::{Model, Registry};
use lightfall::prelude::Streams;
use rand::RngExt;
use rayon::prelude::*;
use std::error::Error;
use std::path::Path;

/// Energies of all configurations of one instance.
fn energies(n: usize, j: &[f64]) -> Vec<f64> {
    let spin = |x: usize, i: usize| if x >> i & 1 == 0 { 1.0 } else { -1.0 };
    let pair = |x: usize| {
        (0..n)
            .flat_map(|i| (0..i).map(move |k| (i, k)))
            .map(move |(i, k)| j[i * n + k] * spin(x, i) * spin(x, k))
            .sum::<f64>()
    };
    (0..1usize << n).map(|x| -pair(x)).collect()
}

/// `count` configurations drawn from exp(-E/T), with the random numbers `uniform`.
fn thermal(n: usize, energies: &[f64], temperature: f64, uniform: &[f64]) -> Vec<Vec<f64>> {
    let lowest = energies.iter().copied().fold(f64::INFINITY, f64::min);
    let mut sums: Vec<f64> = Vec::with_capacity(energies.len());
    let mut total = 0.0;
    for e in energies {
        total += (-(e - lowest) / temperature).exp();
        sums.push(total);
    }
    let draw = |u: &f64| {
        let x = sums.partition_point(|s| *s < u * total).min(energies.len() - 1);
        (0..n).map(|i| if x >> i & 1 == 0 { 1.0 } else { -1.0 }).collect()
    };
    uniform.iter().map(draw).collect()
}

/// <q^2>, K and the frustrated fraction of one instance.
fn numbers(states: &[Vec<f64>]) -> [f64; 3] {
    let all = overlaps(&states.iter().map(Vec::as_slice).collect::<Vec<_>>());
    [all[0], all[1], all[2]]
}

/// Mean and standard error over instances of each number.
fn over(instances: &[[f64; 3]]) -> [(f64, f64); 3] {
    let n = instances.len() as f64;
    [0, 1, 2].map(|k| {
        let mean = instances.iter().map(|v| v[k]).sum::<f64>() / n;
        let variance = instances.iter().map(|v| (v[k] - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, (variance / n).sqrt())
    })
}

fn print(name: &str, [squares, k, frustrated]: [(f64, f64); 3]) {
    let cell = |(mean, error): (f64, f64)| format!("{mean:.3}({error:.3})");
    println!("{name:22} <q^2> {}  K {}  frustrated {}", cell(squares), cell(k), cell(frustrated));
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = arguments.first().map_or("models/cavity/sk-8.toml", String::as_str);
    let number = |k: usize, default: u64| arguments.get(k).map_or(Ok(default), |s| s.parse());
    let (instances, trajectories) = (number(1, 2)?, number(2, 8)?);
    let model = Model::read(Path::new(path), &[], &Registry::default())?;
    let (mut found, mut levels, mut sites) = (Vec::new(), Vec::new(), 0);
    for instance in 0..instances {
        let (_, glass) = model.glass(model.run.seed, instance)?;
        let mut settings = settings_of(&model, LevelKind::Heterodyne, &glass)?;
        settings.streams = Streams::new(model.run.seed, instance);
        let selection = Selection { observables: vec![Observable::Sample], ..Selection::default() };
        let level = build_level(&glass, LevelKind::Heterodyne, &settings, &selection, None)?;
        let times = [0.0, model.run.end];
        let last = |k: u64| -> Result<Vec<f64>, EnsembleError> {
            let mut runner = BlockRunner::new(level.as_ref(), &times, false);
            Ok(runner.trajectory(k)?[glass.sites..].to_vec())
        };
        let samples: Result<Vec<_>, _> = (0..trajectories).into_par_iter().map(last).collect();
        found.push(numbers(&samples?));
        levels.push(energies(glass.sites, &glass.couplings));
        sites = glass.sites;
    }
    let mut rng = Streams::new(model.run.seed, 0).open(Purpose::Bootstrap, 0);
    let uniform: Vec<Vec<f64>> = levels.iter().map(|_| (0..trajectories).map(|_| rng.random()).collect()).collect();
    let thermal = |t: f64| -> Vec<[f64; 3]> {
        levels.iter().zip(&uniform).map(|(e, u)| numbers(&thermal(sites, e, t, u))).collect()
    };
    let target = over(&found)[0].0;
    // <q^2> falls with the temperature.
    let (mut low, mut high) = (0.02, 10.0);
    for _ in 0..30 {
        let middle = f64::sqrt(low * high);
        if over(&thermal(middle))[0].0 > target { low = middle } else { high = middle }
    }
    println!("{path}: N = {sites}, {instances} instances, {trajectories} replicas each");
    print("heterodyne, sampled", over(&found));
    print(&format!("equilibrium, T = {low:.3}"), over(&thermal(low)));
    Ok(())
}
