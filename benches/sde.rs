//! What a step of a stochastic differential equation costs on one thread, and the path under it.
//!
//! `step/*` times whole fixed-step trajectories of 1024 steps: divide by them for a step, or read the throughput. Floor: the
//! normals of the path, some 5 ns each (`floor/normal`): one a process and step for dW and one for the area H, so 20 ns a step
//! for the two components of `geometric` and 640 ns for the 64 of `wells`.
//! `path/split` halves a node: two normals a process by Box and Muller, whose logarithm, sine and cosine set its cost.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lightfall::core::rng::{Purpose, Streams};
use lightfall::core::sde::{BrownianTree, Calculus, Control, Driver, METHODS, Node, NoiseKind, Sde, bind};
use lightfall::core::unravel::Grid;
use rand_distr::{Distribution, StandardNormal};
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

/// Trajectories of `equation`, if the stepper takes it.
fn step<S: Sde + Send + Clone>(c: &mut Criterion, name: &str, stepper: &str, equation: &S) {
    let Ok(bound) = bind(stepper, equation.clone()) else { return };
    let control = Control::Fixed(Grid::new(1.0 / f64::from(STEPS)));
    let mut driver = Driver::new(bound, control).expect("valid steps");
    let (streams, start) = (Streams::new(3, 0), vec![1.0; equation.dim()]);
    let mut group = c.benchmark_group(format!("step/{name}"));
    group.sample_size(10).throughput(Throughput::Elements(u64::from(STEPS)));
    let mut k = 0;
    group.bench_function(BenchmarkId::from_parameter(stepper), |b| {
        b.iter(|| {
            k += 1;
            driver.start(&streams, k, &start);
            driver.advance(0.0, 1.0).expect("a finite state");
            black_box(driver.state()[0])
        });
    });
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
        // In order along the path, as a driver does: the stream is read on, not sought.
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

/// Normals and nothing else.
fn floor(c: &mut Criterion) {
    let mut rng = Streams::new(3, 0).open(Purpose::Noise, 0);
    let mut group = c.benchmark_group("floor");
    group.throughput(Throughput::Elements(1024));
    group.bench_function("normal", |b| {
        b.iter(|| {
            let mut sum = 0.0;
            for _ in 0..1024 {
                let z: f64 = StandardNormal.sample(&mut rng);
                sum += z;
            }
            black_box(sum)
        });
    });
}

criterion_group!(benches, floor, path, steps);
criterion_main!(benches);
