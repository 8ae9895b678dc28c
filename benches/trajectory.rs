//! What a user pays for a trajectory of the open Ising glass: T = 20, dt = 0.1, N jump operators, 21 save times, one thread.
//!
//! Floors, per trajectory (2^N amplitudes, 200 steps). A core that retires two 4-lane fused multiply-adds a cycle at
//! 3 GHz does 24 scalar ones per ns; `floor/multiply_add` measures what this one does.
//! * split step: 2 N + 12 fused multiply-adds and 64 bytes per amplitude and step: 1.2 ms at N = 12, 24 ms at N = 16, 105 ms at
//!   N = 18, 450 ms at N = 20 (arithmetic at 24 per ns; the bytes take less beyond a second cache that moves 60 per ns);
//! * general path: an application of the generator is 2 N + 6 fused multiply-adds per amplitude, 11 applications a
//!   step at N = 12 and dt = 0.1 and one more step than intervals: 12 ms at N = 12;
//! * cooling, by parts: four products of gates and four applications of the mixed part are 4 N and 4 N passes of 8 and 10 fused multiply-adds per
//!   amplitude and step, and tables and products some 40 more, 72 N + 40 in all: 62 ms for 400 steps at N = 12 and 130 ms for 40 at N = 16, where the kets
//!   leave the first cache; measured on the validation machine 220 ms and 396 ms;
//! * master equation: 2 (N + 4) fused multiply-adds per entry of rho and evaluation, and 92 reads and 14 writes of the packed rho per
//!   twelve evaluations for the Runge-Kutta sums: at N = 6 these 32 KB arrays fill the second cache.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lightfall::cavity::multimode::{Cavity, FockStates, Limit, Normalise, PerMode, Ramp as PumpRamp, SelfTerm};
use lightfall::cavity::open_ising::{
    DrawnJumps, Glass, JumpSource, LevelKind, Observable, OpenIsing, PathChoice, Selection, Settings, build_level,
};
use lightfall::core::ensemble::BlockRunner;
use lightfall::core::schedule::{Ramp, Schedule};
use lightfall::core::unravel::{Detection, Detector, Grid, Monitored, Unravelling};
use lightfall::couplings::Sk;
use lightfall::prelude::{BuildSite, Streams, Topology, ground_state};
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

fn glass(n: usize) -> Glass {
    let streams = Streams::new(3, 0);
    let folder = Path::new(".");
    let couplings = Sk { n, scale: 1.0 }.build(&BuildSite { streams, folder }).expect("SK couplings");
    let device = OpenIsing {
        wz: 1.0,
        g: Schedule::Linear(Ramp { from: 0.0, to: 2.0, start: 0.0, end: 20.0 }),
        jumps: JumpSource::Drawn(DrawnJumps { gamma: 0.05, channels: None }),
        decay: 0.0,
        dephasing: 0.0,
    };
    device.build(couplings.as_ref(), &streams, folder).expect("a valid device")
}

fn settings(path: PathChoice, dt: f64) -> Settings {
    Settings { tolerance: 1e-5, path, ..Settings::new(dt, Streams::new(3, 0)) }
}

/// Times whole trajectories of one level.
fn trajectory(c: &mut Criterion, group: &str, n: usize, level: LevelKind, settings: &Settings) {
    let glass = glass(n);
    let selection = Selection { observables: vec![Observable::Energy, Observable::Sz], ..Selection::default() };
    let level = build_level(&glass, level, settings, &selection, None).expect("the path applies");
    let times: Vec<f64> = (0..=20).map(f64::from).collect();
    let mut runner = BlockRunner::new(level.as_ref(), &times, false);
    let mut k = 0;
    c.benchmark_group(group).sample_size(10).warm_up_time(Duration::from_millis(500)).bench_function(
        BenchmarkId::from_parameter(format!("n{n}")),
        |b| {
            b.iter(|| {
                k += 1;
                black_box(runner.trajectory(k).expect("a trajectory").last().copied())
            });
        },
    );
}

fn split(c: &mut Criterion) {
    let s = settings(PathChoice::Split, 0.1);
    for n in [12, 14, 16, 18, 20] {
        trajectory(c, "split/homodyne", n, LevelKind::Homodyne, &s);
    }
    for level in [LevelKind::Heterodyne, LevelKind::Counting] {
        trajectory(c, &format!("split/{}", level.name()), 12, level, &s);
    }
}

fn general(c: &mut Criterion) {
    for n in [10, 12] {
        trajectory(c, "general/heterodyne", n, LevelKind::Heterodyne, &settings(PathChoice::General, 0.1));
        trajectory(c, "general/counting", n, LevelKind::Counting, &settings(PathChoice::General, 0.1));
    }
    trajectory(c, "product", 12, LevelKind::Product, &settings(PathChoice::Auto, 0.1));
    trajectory(c, "mean-field", 12, LevelKind::MeanField, &settings(PathChoice::Auto, 0.1));
}

/// A cavity with one mode a site whose atoms cool: T = 20, heterodyne, by parts.
fn cooling(c: &mut Criterion) {
    let mut group = c.benchmark_group("cooling/heterodyne");
    group.sample_size(10).warm_up_time(Duration::from_millis(500));
    // Sites, atoms a site, end.
    for (sites, atoms, end) in [(10, 1, 20.0), (12, 1, 20.0), (16, 1, 2.0), (4, 6, 2.0)] {
        let streams = Streams::new(3, 0);
        let couplings = Sk { n: sites, scale: 1.0 }.build(&BuildSite { streams, folder: Path::new(".") }).expect("SK");
        let device = Cavity {
            wz: 1.0,
            ramp: PumpRamp::J(Schedule::Linear(Ramp { from: 0.0, to: 4.0 / atoms as f64, start: 0.0, end: 20.0 })),
            detuning: PerMode::All(10.0),
            kappa: PerMode::All(1.0),
            mode_couplings: None,
            self_term: SelfTerm::Margin(1.02),
            normalise: Normalise::Largest,
            atoms,
            fock: FockStates::default(),
        };
        let device = device.build(Some(couplings.as_ref()), Path::new(".")).expect("a cavity");
        let system =
            if atoms == 1 { device.atom_only(Limit::None).lindbladian() } else { device.collective(Limit::None) };
        let detection = Detection::uniform(Detector::Heterodyne, system.jumps().len());
        let mut trajectory = Monitored::strang(&system, &detection, Grid::new(0.05), false).expect("spins");
        let psi = device.shape(&[]).all_down();
        let mut k = 0;
        group.bench_function(BenchmarkId::from_parameter(format!("n{sites}_atoms{atoms}_t{end}")), |b| {
            b.iter(|| {
                k += 1;
                trajectory.start(&streams, k, &psi);
                trajectory.advance(0.0, end).expect("a trajectory");
                black_box(trajectory.state()[0])
            });
        });
    }
}

fn master(c: &mut Criterion) {
    trajectory(c, "master", 6, LevelKind::Master, &settings(PathChoice::Auto, 0.1));
}

fn ground(c: &mut Criterion) {
    let streams = Streams::new(3, 0);
    let couplings =
        Sk { n: 24, scale: 1.0 }.build(&BuildSite { streams, folder: Path::new(".") }).expect("SK couplings");
    c.benchmark_group("ground_state").sample_size(10).bench_function("n24", |b| {
        b.iter(|| black_box(ground_state(couplings.as_ref()).expect("a ground state").energy));
    });
}

/// Independent sums kept in registers.
const SUMS: usize = 48;

lightfall::core::dispatch! {
    fn multiply_adds(sums: &mut [f64; SUMS], times: usize) = multiply_adds_kernel;
}

#[inline(always)]
fn multiply_adds_kernel<const FMA: bool>(sums: &mut [f64; SUMS], times: usize) {
    let mut a = *sums;
    for _ in 0..times {
        for v in &mut a {
            *v = lightfall::core::simd::madd::<FMA>(*v, 0.999, 0.1);
        }
    }
    *sums = a;
}

/// Fused multiply-adds per second with nothing to load: the arithmetic floor of the kernels.
fn floor(c: &mut Criterion) {
    const TIMES: usize = 100_000;
    let mut group = c.benchmark_group("floor");
    group.throughput(Throughput::Elements((SUMS * TIMES) as u64));
    group.bench_function("multiply_add", |b| {
        let mut sums = [1.0; SUMS];
        b.iter(|| multiply_adds(black_box(&mut sums), TIMES));
    });
}

criterion_group!(benches, floor, split, general, cooling, master, ground);
criterion_main!(benches);
