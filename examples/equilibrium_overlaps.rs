//! Trajectories as replicas against thermal equilibrium on the same couplings: `cargo run --release --example equilibrium_overlaps -- MODEL [INSTANCES TRAJECTORIES]`.
//!
//! Runs heterodyne trajectories of the model (models/cavity/sk-8.toml if none is given) and prints, for configurations drawn from their final states, the moments
//! of their overlaps, K, the fraction of frustrated triples and P(|q|) (the book's page on replicas); then the same of configurations drawn from exp(-E/T) at
//! the T that has the same <q^2>, that is the same q_EA = sqrt<q^2>.

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

/// Of one instance: <q^2>, <q^4>, K, the fraction of frustrated triples, then the share of pairs at |q| = 1, 1 - 2/N, .. down to 0 or 1/N.
fn numbers(n: usize, states: &[Vec<f64>]) -> Vec<f64> {
    let all = overlaps(&states.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let (squares, k, frustrated, densities) = (all[0], all[1], all[2], &all[3..]);
    let mut shares = vec![0.0; n / 2 + 1];
    for (bin, density) in densities.iter().enumerate() {
        let width = 2.0 / densities.len() as f64;
        let q = (width * (bin as f64 + 0.5) - 1.0).abs();
        shares[((1.0 - q) * 0.5 * n as f64).round() as usize] += width * density;
    }
    let fourth = shares.iter().enumerate().map(|(d, share)| share * size(n, d).powi(4)).sum();
    [vec![squares, fourth, k, frustrated], shares].concat()
}

/// |q| of configurations that differ in `d` spins.
fn size(n: usize, d: usize) -> f64 {
    1.0 - 2.0 * d as f64 / n as f64
}

/// Mean and standard error over instances of each number.
fn over(instances: &[Vec<f64>]) -> Vec<(f64, f64)> {
    let n = instances.len() as f64;
    let of = |k: usize| {
        let mean = instances.iter().map(|v| v[k]).sum::<f64>() / n;
        let variance = instances.iter().map(|v| (v[k] - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, (variance / n).sqrt())
    };
    (0..instances[0].len()).map(of).collect()
}

fn print(name: &str, n: usize, numbers: &[(f64, f64)]) {
    let cell = |(mean, error): (f64, f64)| format!("{mean:.3}({error:.3})");
    let (squares, fourth) = (numbers[0], numbers[1]);
    println!("{name}: <q^2> {}, q_EA = sqrt<q^2> {:.3}", cell(squares), squares.0.sqrt());
    println!(
        "  <q^4>/<q^2>^2 {:.2}, K {}, frustrated {}",
        fourth.0 / squares.0.powi(2),
        cell(numbers[2]),
        cell(numbers[3])
    );
    let share = |(d, v): (usize, &(f64, f64))| format!("{:.3}: {}", size(n, d), cell(*v));
    println!("  P(|q|)  {}", numbers[4..].iter().enumerate().map(share).collect::<Vec<_>>().join("  "));
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
        found.push(numbers(glass.sites, &samples?));
        levels.push(energies(glass.sites, &glass.couplings));
        sites = glass.sites;
    }
    let mut rng = Streams::new(model.run.seed, 0).open(Purpose::Bootstrap, 0);
    let uniform: Vec<Vec<f64>> = levels.iter().map(|_| (0..trajectories).map(|_| rng.random()).collect()).collect();
    let thermal = |t: f64| -> Vec<Vec<f64>> {
        levels.iter().zip(&uniform).map(|(e, u)| numbers(sites, &thermal(sites, e, t, u))).collect()
    };
    let target = over(&found)[0].0;
    // <q^2> falls with the temperature.
    let (mut low, mut high) = (0.02, 10.0);
    for _ in 0..30 {
        let middle = f64::sqrt(low * high);
        if over(&thermal(middle))[0].0 > target { low = middle } else { high = middle }
    }
    println!("{path}: N = {sites}, {instances} instances, {trajectories} replicas each");
    print("heterodyne, sampled", sites, &over(&found));
    print(&format!("equilibrium, T = {low:.3}"), sites, &over(&thermal(low)));
    Ok(())
}
