//! Kernels of the Ising machines. Graph G22 has 2000 spins and 39 980 stored entries; the glass is full, N = 2000.
//!
//! On two cores of an EPYC with AVX-512, 3.7 GHz: dense products 107 to 111 billion operations a second in single precision on one core and 201 to 222 on two (floor: 2 x 8 multiply-adds a cycle, 118 and 237), 52 in double (59);
//! a product with G22 and 16 replicas 28 us (floor: two lines of 32 bytes and two multiply-adds an entry, 11 us at one entry a cycle; the amplitudes, 128 kB, lie in the second cache); 1000 steps of `bsb` 36 ms,
//! of `cac` 57 ms, of `dsb`, which reads every step out, 33 ms; 100 steps on the glass 124 to 128 ms of `bsb` (floor: the products, 115 ms) and 64 to 77 ms of `dsb`; the rows of half of the spins 0.59 ms (floor: half of a product);
//! an attempted flip on G22 1.3 ns hot and 0.9 ns cold (of 32 side by side), on the full glass 54 to 76 ns hot and 3.8 ns cold, where a flip reads a row of 8 kB from the third cache, and 35 ns and 3.6 ns with rows of 16 bits.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lightfall::cim::lanes::{LANES, Lane, Real, add_rows};
use lightfall::cim::sa::{DenseState, REPLICAS, WholeState, bounds};
use lightfall::cim::{Clock, History, Incumbent, Instance, Problem, Rows, Settings, Trial, machine};
use lightfall::core::rng::{LaneWords, Purpose, Streams};
use lightfall::couplings::{BuildSite, Sk, Topology, read_problem};
use rayon::prelude::*;
use std::hint::black_box;
use std::path::Path;

const N: usize = 2000;

fn graph() -> Problem {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/cim/gset/G22.txt");
    Problem::new(Instance::from_file(read_problem(&path, None, None).unwrap()))
}

fn glass() -> Problem {
    let site = BuildSite { streams: Streams::new(1, 0), folder: ".".as_ref() };
    Problem::new(Instance::new(Sk { n: N, scale: 1.0 }.build(&site).unwrap()))
}

fn lanes<T: Real>() -> Vec<Lane<T>> {
    (0..N).map(|i| std::array::from_fn(|l| T::of((1.3 * (i * LANES + l) as f64).sin()))).collect()
}

/// A run of `name` with so many steps.
fn run(problem: &Problem, name: &str, steps: u64) -> f64 {
    let m = machine(name).unwrap();
    let (settings, clock, incumbent) = (Settings::of(m), Clock::start(None, &|| false), Incumbent::default());
    let (streams, target) = (Streams::new(1, 0), None);
    let (clock, incumbent, settings) = (&clock, &incumbent, &settings);
    let (history, offered) = (History::default(), std::cell::Cell::default());
    let trial = Trial { problem, settings, streams, index: 0, steps, clock, target, incumbent, offered, history };
    m.run(&trial).unwrap().energies[0]
}

/// Products: floor 2 N^2 x 16 operations of a block of 16 replicas, 1.1 ms at 32 a cycle and 3.7 GHz (f32).
fn products(c: &mut Criterion) {
    let (graph, glass) = (graph(), glass());
    let mut group = c.benchmark_group("product");
    group.throughput(Throughput::Elements((2 * N * N * LANES) as u64));
    let (x, mut out) = (lanes::<f32>(), lanes::<f32>());
    group.bench_function("dense_f32_16_replicas", |b| {
        b.iter(|| f32::product(&glass.network().rows, black_box(&x), &mut out));
    });
    // What a step of a sign-coupled machine costs when half of the spins change: floor, half of a product.
    let half: Vec<u32> = (0..N as u32).step_by(2).collect();
    group.throughput(Throughput::Elements((N * N * LANES) as u64));
    group.bench_function("dense_f32_half_of_the_spins", |b| {
        b.iter(|| add_rows(&glass.network().rows, &half, black_box(&x[..half.len()]), &mut out));
    });
    group.throughput(Throughput::Elements((2 * N * N * LANES) as u64));
    let (double, x2, mut out2) = (glass.network().rows.double(), lanes::<f64>(), lanes::<f64>());
    group.bench_function("dense_f64_16_replicas", |b| b.iter(|| f64::product(&double, black_box(&x2), &mut out2)));
    // A batch of 128 replicas: eight blocks over two threads.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let mut blocks: Vec<[Vec<Lane<f32>>; 2]> = (0..8).map(|_| [lanes(), lanes()]).collect();
    group.throughput(Throughput::Elements((2 * N * N * 128) as u64));
    group.bench_function("dense_f32_128_replicas_two_threads", |b| {
        b.iter(|| {
            pool.install(|| {
                blocks.par_iter_mut().for_each(|[x, out]| f32::product(&glass.network().rows, x, out));
            });
        });
    });
    let Rows::Sparse(rows) = &graph.network().rows else { panic!("G22 is sparse") };
    group.throughput(Throughput::Elements((rows.columns.len() * LANES) as u64));
    group.bench_function("sparse_f32_16_replicas", |b| {
        b.iter(|| f32::product(&graph.network().rows, black_box(&x), &mut out));
    });
    group.finish();
}

/// Whole runs of a thousand steps of sixteen replicas, readouts included.
fn machines(c: &mut Criterion) {
    let (graph, glass) = (graph(), glass());
    for problem in [&graph, &glass] {
        problem.extremes().unwrap();
    }
    let mut group = c.benchmark_group("machine");
    group.sample_size(10);
    for name in ["bsb", "dsb", "cac", "langevin"] {
        group.throughput(Throughput::Elements(1000 * LANES as u64));
        group.bench_function(format!("{name}_g22_1000_steps"), |b| b.iter(|| black_box(run(&graph, name, 1000))));
    }
    group.throughput(Throughput::Elements(100 * LANES as u64));
    for name in ["bsb", "dsb"] {
        group.bench_function(format!("{name}_sk2000_100_steps"), |b| b.iter(|| black_box(run(&glass, name, 100))));
    }
    group.finish();
}

/// Sweeps in the middle of an anneal. Elements are attempted flips.
fn annealing(c: &mut Criterion) {
    let (graph, glass) = (graph(), glass());
    let mut group = c.benchmark_group("anneal");
    let mut words = LaneWords::new(&Streams::new(1, 0), Purpose::Search, 0);
    let (Rows::Sparse(rows), Some(whole)) = (&graph.network().rows, &graph.network().whole) else {
        panic!("G22 is sparse and whole")
    };
    let mut state = WholeState::random(rows, whole, &mut words);
    let mut table = Vec::new();
    for (name, part) in [("hot", 0.8), ("cold", 0.2)] {
        bounds(&[part * graph.network().scale; REPLICAS], whole.unit, &mut table);
        (0..200).for_each(|_| state.sweep(rows, whole, &table, &mut words));
        group.throughput(Throughput::Elements((N * REPLICAS) as u64));
        group.bench_function(format!("g22_{name}"), |b| b.iter(|| state.sweep(rows, whole, &table, &mut words)));
    }
    let Rows::Dense(full) = &glass.network().rows else { panic!("the glass is full") };
    let mut state = DenseState::random(full, &glass.network().fields, &mut words);
    for (name, temperature) in [("hot", 0.8), ("cold", 0.2)] {
        for _ in 0..200 {
            state.sweep(full, temperature, &mut words);
        }
        group.throughput(Throughput::Elements(N as u64));
        group.bench_function(format!("sk2000_{name}"), |b| b.iter(|| state.sweep(full, temperature, &mut words)));
    }
    let short = glass.network().short.as_ref().unwrap();
    let mut state = DenseState::random(&short.values, &short.fields, &mut words);
    for (name, temperature) in [("hot", 0.8), ("cold", 0.2)] {
        let units = (temperature / short.unit) as f32;
        for _ in 0..200 {
            state.sweep(&short.values, units, &mut words);
        }
        group.bench_function(format!("sk2000_short_{name}"), |b| {
            b.iter(|| state.sweep(&short.values, units, &mut words));
        });
    }
    group.finish();
}

criterion_group!(benches, products, machines, annealing);
criterion_main!(benches);
