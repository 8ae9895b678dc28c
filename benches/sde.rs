//! What a step of a stochastic differential equation costs on one thread, and the path under it.
//!
//! `step/*` times whole fixed-step trajectories of 1024 steps: divide by them for a step, or read the throughput. `columns/*` does so for 64
//! trajectories side by side; its throughput counts the steps of all. Floor: the normals of the path (`floor/normal`), one a process and step for
//! dW and, for steppers that read it, one for the area H: two or four a step for the two components of `geometric_2`, up to 128 for the 64 of `wells_64`.
//! `path/root_and_split` also halves a node, by two normals a process more.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lightfall::core::rng::{Normals, Purpose, Streams};
use lightfall::core::sde::{BrownianTree, Calculus, Control, Driver, METHODS, Node, NoiseKind, Sde, bind};
use lightfall::core::unravel::Grid;
use std::hint::black_box;

const STEPS: u32 = 1024;

/// dy_k = 0.3 y_k dt + 0.5 y_k dW_k.
#[derive(Clone)]
struct Geometric<const ITO: bool>(usize);

/// dy_k = (1.5 y_k - y_k^3) dt + 0.5 dW_k, for steppers of additive noise.
#[derive(Clone)]
struct Wells(usize);

impl<const ITO: bool> Sde for Geometric<ITO> {
    const CALCULUS: Calculus = if ITO { Calculus::Ito } else { Calculus::Stratonovich };
    const NOISE: NoiseKind = NoiseKind::Diagonal;
    const COLUMNS: bool = true;

    fn dim(&self) -> usize {
        self.0
    }

    fn noises(&self) -> usize {
        self.0
    }

    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        for (out, y) in out.iter_mut().zip(y) {
            *out = 0.3 * y;
        }
    }

    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        for (out, (y, dw)) in out.iter_mut().zip(y.iter().zip(dw)) {
            *out += 0.5 * y * dw;
        }
    }
}

impl Sde for Wells {
    const CALCULUS: Calculus = Calculus::Ito;
    const NOISE: NoiseKind = NoiseKind::Additive;
    const COLUMNS: bool = true;

    fn dim(&self) -> usize {
        self.0
    }

    fn noises(&self) -> usize {
        self.0
    }

    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        for (out, y) in out.iter_mut().zip(y) {
            *out = (1.5 - y * y) * y;
        }
    }

    fn diffuse(&mut self, _: f64, _: &[f64], dw: &[f64], out: &mut [f64]) {
        for (out, dw) in out.iter_mut().zip(dw) {
            *out += 0.5 * dw;
        }
    }
}

/// Trajectories of `equation` alone and side by side, if the stepper takes it.
fn step<S: Sde + Send + Clone>(c: &mut Criterion, name: &str, stepper: &str, equation: &S) {
    let Ok(bound) = bind(stepper, equation.clone()) else { return };
    let control = Control::Fixed(Grid::new(1.0 / f64::from(STEPS)));
    let mut driver = Driver::new(bound, control).expect("valid steps");
    let streams = Streams::new(3, 0);
    for (kind, columns) in [("step", 1), ("columns", driver.columns())] {
        let start = vec![1.0; equation.dim() * columns];
        let mut group = c.benchmark_group(format!("{kind}/{name}"));
        group.sample_size(10).throughput(Throughput::Elements(u64::from(STEPS) * columns as u64));
        let mut k = 0;
        group.bench_function(BenchmarkId::from_parameter(stepper), |b| {
            b.iter(|| {
                k += columns as u64;
                driver.start(&streams, k, &start);
                driver.advance(0.0, 1.0).expect("a finite state");
                black_box(driver.state()[0])
            });
        });
    }
}

fn steps(c: &mut Criterion) {
    for method in &METHODS {
        step(c, "geometric_2", method.name, &Geometric::<true>(2));
        step(c, "geometric_2_stratonovich", method.name, &Geometric::<false>(2));
        step(c, "geometric_64", method.name, &Geometric::<true>(64));
        step(c, "geometric_64_stratonovich", method.name, &Geometric::<false>(64));
        step(c, "wells_64", method.name, &Wells(64));
    }
}

fn path(c: &mut Criterion) {
    let mut group = c.benchmark_group("path");
    for noises in [1, 2, 64] {
        let mut tree = BrownianTree::new(noises);
        tree.start(&Streams::new(3, 0), 0);
        group.bench_function(BenchmarkId::new("root", noises), |b| {
            b.iter(|| {
                tree.next_root(0.01);
                black_box(tree.over(Node::ROOT).dw[0])
            });
        });
        // In order along the path, as a driver does.
        group.bench_function(BenchmarkId::new("root_and_split", noises), |b| {
            b.iter(|| {
                tree.next_root(0.01);
                tree.split(Node::ROOT);
                black_box(tree.over(Node::ROOT.halves()[0]).dw[0])
            });
        });
        let mut k = 0;
        group.bench_function(BenchmarkId::new("start_and_root", noises), |b| {
            b.iter(|| {
                k += 1;
                tree.start(&Streams::new(3, 0), k);
                tree.next_root(0.01);
                black_box(tree.over(Node::ROOT).dw[0])
            });
        });
    }
    group.finish();
}

/// Normals and nothing else, of one trajectory and of 64.
fn floor(c: &mut Criterion) {
    let mut group = c.benchmark_group("floor/normal");
    group.throughput(Throughput::Elements(10 * 64));
    for columns in [1, 64] {
        let (mut normals, mut z) = (Normals::new(columns), vec![0.0; 10 * 64]);
        normals.start(&Streams::new(3, 0), Purpose::Noise, 0, 0);
        group.bench_function(BenchmarkId::from_parameter(columns), |b| {
            b.iter(|| {
                normals.fill(0.1, &mut z);
                black_box(z[0])
            });
        });
    }
    group.finish();
}

criterion_group!(benches, floor, path, steps);
criterion_main!(benches);
