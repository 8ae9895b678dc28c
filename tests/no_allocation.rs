//! Nothing allocates while it advances: a counting global allocator around every unravelling and integrator.
//!
//! Each is warmed up by one `advance`. Clicks and diffusive records are kept in growing vectors; the record is off, and a
//! counting trajectory is first run over the whole span with the seed that is counted, so that its list has the capacity.

mod systems;

use lightfall_cavity::multimode::{Limit, Mode, Multimode};
use lightfall_cavity::open_ising::{Glass, Jump, ProductState};
use lightfall_core::lindblad::{Lindbladian, pack, pure_density};
use lightfall_core::ode::{Dop853, Dopri5, Event, Magnus, Tolerance};
use lightfall_core::rng::{Draws, Purpose, Streams};
use lightfall_core::schedule::Schedule;
use lightfall_core::sde::{
    Advance, Baoab, Control, Driver, Increments, Integrator, METHODS, Sde, StochasticHeun, Underdamped, bind,
};
use lightfall_core::unravel::split::{Split, Watch};
use lightfall_core::unravel::{
    Counting, Detection, Detector, Diffusion, Diffusive, Filter, Grid, KetFilter, Monitored, Output, Unravelling,
    WienerPath,
};
use lightfall_optics::{
    Calibration, Dense, Detector as Photodiode, Engine, FanOut, Homodyne, Intensity, Interferometers, Microrings,
    Receiver, Sample, Scratch, SinglePhoton,
};
use num_complex::Complex64;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::ControlFlow;
use systems::damped_mode::DampedMode;
use systems::four_spins;
use systems::sde::{DoubleWell, NoisyPendulum, QuarticWell};
use systems::two_channels::NonCommuting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct CountingAllocator;

// SAFETY: every call is passed on unchanged to the system allocator; the counter is a thread-local cell without a destructor and does
// not allocate.
#[allow(unsafe_code, reason = "a global allocator is an unsafe trait")]
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are those of this call.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Allocations of this thread while `f` runs.
fn allocations(f: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    f();
    ALLOCATIONS.get() - before
}

/// Seven spins with complex jump rows: enough for the fast kernel of the split step.
fn glass(transverse: bool) -> Glass {
    let n = 7;
    let weight = |k: usize| Complex64::new((1.7 * k as f64).sin(), (0.9 * k as f64).cos()) * 0.3;
    let jumps = (0..3)
        .map(|k| Jump {
            u: (0..n).map(|i| weight(n * k + i)).collect(),
            v: (0..n).map(|i| if transverse { weight(50 + n * k + i) } else { Complex64::ZERO }).collect(),
        })
        .collect();
    let couplings = (0..n * n).map(|k| if k / n == k % n { 0.0 } else { ((k / n + k % n) as f64).sin() }).collect();
    let pump = Schedule::Formula("2*t/20".into()).compile().unwrap();
    Glass { sites: n, wz: 1.0, pump, couplings, jumps, decay: 0.0, dephasing: 0.0, cavity: None }
}

/// Allocations of a second run over the same span with the same seed, in two advances.
fn second_run(unravelling: &mut dyn Unravelling, psi: &[f64]) -> u64 {
    let streams = Streams::new(18, 0);
    let mut run = || {
        unravelling.start(&streams, 0, psi);
        unravelling.advance(0.0, 2.0).unwrap();
        unravelling.advance(2.0, 5.0).unwrap();
    };
    run();
    allocations(run)
}

const DIFFUSIONS: [Diffusion; 2] = [Diffusion::Homodyne { phase: 0.3 }, Diffusion::Heterodyne];

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1.0_f64; 100]))), 1);
}

#[test]
fn split_step_allocates_nothing() {
    for glass in [glass(false), four_spins::glass()] {
        let (system, psi) = (glass.split_system().unwrap(), glass.initial_ket());
        for watch in [Watch::Counting, Watch::Diffusive(DIFFUSIONS[0]), Watch::Diffusive(DIFFUSIONS[1])] {
            for refinement in [0, 1] {
                let mut split = Split::new(&system, watch, Grid { dt: 0.1, refinement }, false);
                assert_eq!(second_run(&mut split, &psi), 0, "{watch:?}, N = {}, refinement {refinement}", glass.sites);
            }
        }
    }
}

fn general_path_allocations(system: &Lindbladian, psi: &[f64]) -> Vec<u64> {
    let diffusive =
        DIFFUSIONS.map(|d| second_run(&mut Diffusive::new(system, d, Grid { dt: 0.1, refinement: 1 }, false), psi));
    [second_run(&mut Counting::new(system, 1e-6).unwrap(), psi)].into_iter().chain(diffusive).collect()
}

#[test]
fn general_path_allocates_nothing_with_transverse_jump_operators() {
    let glass = glass(true);
    assert_eq!(general_path_allocations(&glass.lindbladian(), &glass.initial_ket()), [0, 0, 0]);
}

#[test]
fn drift_by_parts_allocates_nothing() {
    let coupling: Vec<f64> = (0..12).map(|k| 0.4 * (1.3 * f64::from(k)).sin()).collect();
    let device = |sites: usize, atoms: usize| Multimode {
        sites,
        atoms,
        wz: 1.0,
        g: Schedule::Formula("0.3 + 0.1*t".into()).compile().unwrap(),
        modes: vec![Mode { detuning: 3.0, kappa: 0.8 }],
        coupling: coupling[..sites].to_vec(),
        energy: vec![0.0; sites * sites],
    };
    let (spins, large) = (device(7, 1).atom_only(Limit::None), device(3, 3));
    for (system, psi) in
        [(spins.lindbladian(), spins.initial_ket()), (large.collective(Limit::None), large.shape(&[]).all_down())]
    {
        for diffusion in DIFFUSIONS {
            let detection = Detection::uniform(diffusion.into(), 1);
            let grid = Grid { dt: 0.1, refinement: 0 };
            let mut trajectory = Monitored::strang(&system, &detection, grid, false).unwrap();
            assert_eq!(second_run(&mut trajectory, &psi), 0, "{} amplitudes, {diffusion:?}", system.dim());
        }
    }
}

#[test]
fn general_path_allocates_nothing_with_diagonal_jump_operators() {
    let glass = glass(false);
    assert_eq!(general_path_allocations(&glass.lindbladian(), &glass.initial_ket()), [0, 0, 0]);
}

#[test]
fn general_path_allocates_nothing_on_a_bosonic_mode() {
    let mode = DampedMode { kappa: 0.3, detuning: 0.5, drive: Complex64::new(0.8, 0.1), levels: 12 };
    assert_eq!(general_path_allocations(&mode.system(), &mode.coherent_ket(Complex64::ONE)), [0, 0, 0]);
}

#[test]
fn master_equation_step_allocates_nothing() {
    // Diagonal jump operators and others take different ways.
    for glass in [four_spins::glass(), Glass { decay: 0.2, dephasing: 0.1, ..four_spins::glass() }] {
        let system = glass.lindbladian();
        let mut equation = system.master();
        let mut rho = pure_density(&glass.initial_ket());
        let mut solver = Dopri5::new(rho.len(), Tolerance::new(0.0, 1e-8).unwrap());
        let mut advance =
            |from, to| solver.integrate(&mut |t, y, dy| equation.rhs(t, y, dy), from, to, &mut rho).unwrap();
        advance(0.0, 0.5);
        assert_eq!(allocations(|| advance(0.5, 5.0)), 0, "decay {}", glass.decay);
    }
}

/// Homodyne, counting, heterodyne in turn; `efficiency` below 1 also has dark counts and an output that nothing watches.
fn mixed(channels: usize, efficiency: f64) -> Detection {
    let counting = Detector::Counting { dark_rate: if efficiency < 1.0 { 0.5 } else { 0.0 } };
    let last = if efficiency < 1.0 { Detector::None } else { Detector::Heterodyne };
    let detectors = [Detector::Homodyne { phase: 0.3 }, counting, last];
    Detection::new((0..channels).map(|k| Output { detector: detectors[k % 3], efficiency }).collect()).unwrap()
}

#[test]
fn monitored_trajectories_and_filters_allocate_nothing() {
    let mode = DampedMode { kappa: 0.3, detuning: 0.5, drive: Complex64::new(0.8, 0.1), levels: 12 };
    let decaying = Glass { decay: 0.6, ..four_spins::glass() };
    for (system, psi) in [
        (mode.system(), mode.coherent_ket(Complex64::ONE)),
        (glass(true).lindbladian(), glass(true).initial_ket()),
        (decaying.lindbladian(), decaying.initial_ket()),
    ] {
        let channels = system.jumps().len();
        for efficiency in [0.5, 1.0] {
            let (detection, grid) = (mixed(channels, efficiency), Grid { dt: 0.1, refinement: 0 });
            let mut trajectory = Monitored::new(&system, &detection, grid, false);
            assert_eq!(second_run(&mut trajectory, &psi), 0, "trajectory, efficiency {efficiency}");
            let mut trajectory = Monitored::new(&system, &detection, grid, true);
            second_run(&mut trajectory, &psi);
            if system.dim() > 16 {
                continue;
            }
            let recording = systems::recording(&detection, grid, &[2.0, 5.0], trajectory.measured());
            let mut filter = Filter::new(&system, &detection, grid, &recording);
            filter.start(&psi);
            filter.advance(0.0, 2.0).unwrap();
            assert_eq!(allocations(|| filter.advance(2.0, 5.0).unwrap()), 0, "filter, efficiency {efficiency}");
            if let Some(mut filter) = KetFilter::new(&system, &detection, grid, &recording) {
                assert_eq!(second_run(&mut filter, &psi), 0, "filter of a ket");
            }
        }
    }
}

#[test]
fn packed_master_equation_allocates_nothing_with_dop853_magnus_and_events() {
    let glass = Glass { decay: 0.2, ..four_spins::glass() };
    let system = glass.lindbladian();
    let rho = pure_density(&glass.initial_ket());
    let mut start = vec![0.0; rho.len() / 2];
    pack(&rho, &mut start);
    let mut equation = system.master();
    let mut y = start.clone();
    let mut solver = Dop853::new(y.len(), Tolerance::norm(1e-8, y.len()).unwrap());
    let mut found = 0;
    let mut event = Event::new(
        |t: f64, _: &[f64]| (3.0 * t).sin(),
        1e-9,
        |_, _: &[f64]| {
            found += 1;
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    event.parts = 2;
    let mut advance = |from, to| {
        let mut rhs = |t: f64, y: &[f64], dy: &mut [f64]| equation.packed_rhs(t, y, dy);
        solver.integrate_with_event(&mut rhs, &mut event, from, to, &mut y).unwrap();
    };
    advance(0.0, 0.5);
    assert_eq!(allocations(|| advance(0.5, 9.0)), 0);
    assert!(found > 0, "no event was met");
    let mut magnus = Magnus::new(start.len(), 1e-5).unwrap();
    let mut advance = |from, to| magnus.integrate(&mut equation, from, to, &mut start).unwrap();
    advance(0.0, 0.5);
    assert_eq!(allocations(|| advance(0.5, 3.0)), 0);
}

#[test]
fn product_state_step_allocates_nothing() {
    let glass = Glass { decay: 0.2, dephasing: 0.1, ..glass(true) };
    let mut integrator = Integrator::<_, StochasticHeun>::new(ProductState::new(&glass));
    let noises = integrator.sde.noises();
    let mut path = WienerPath::new(noises, 2);
    path.start(&Streams::new(19, 0), 0);
    let mut s = integrator.sde.initial();
    let mut advance = |steps: u32| {
        for step in 0..steps {
            let increments = path.next_step(0.1);
            for (row, dw) in increments.chunks_exact(noises).enumerate() {
                let path = Increments { dw, area: &[] };
                integrator.advance(0.1 * f64::from(step) + 0.025 * row as f64, 0.025, path, &mut s).unwrap();
            }
        }
    };
    advance(1);
    assert_eq!(allocations(|| advance(50)), 0);
    assert!(s.iter().all(|v| v.is_finite()));
}

#[test]
fn steppers_and_adaptive_steps_allocate_nothing() {
    let steps = |name: &str, control: Control| {
        // Each on an equation it takes: diagonal, additive, general, Stratonovich.
        let equation: Box<dyn Advance> = bind(name, QuarticWell::<true>::default())
            .or_else(|_| bind(name, NoisyPendulum))
            .or_else(|_| bind(name, NonCommuting::<false> { spread: 1.0 }))
            .unwrap_or_else(|_| Box::new(Integrator::<_, Baoab>::new(Underdamped(DoubleWell))));
        let initial = vec![0.7; equation.dim()];
        let mut driver = Driver::new(equation, control).unwrap();
        driver.start(&Streams::new(20, 0), 0, &initial);
        driver.advance(0.0, 8.0).unwrap();
        driver.start(&Streams::new(20, 0), 0, &initial);
        allocations(|| driver.advance(0.0, 8.0).unwrap())
    };
    for method in METHODS {
        let fixed = Control::Fixed(Grid { dt: 0.05, refinement: 1 });
        assert_eq!(steps(method.name, fixed), 0, "{}", method.name);
    }
    let tolerance = Tolerance::relative(1e-3).unwrap();
    assert_eq!(steps("sriw1", Control::Adaptive { grid: Grid::new(1.0), tolerance }), 0);
}

#[test]
fn optical_readouts_allocate_nothing() {
    let detector = Photodiode { read_noise: 2.0, intensity_noise: 1e-4, ..Photodiode::default() };
    let counts = Homodyne { receiver: Receiver::Poisson, detector, ..Homodyne::default() };
    let engines: [Box<dyn Engine>; 8] = [
        Box::new(Intensity { detector, ..Intensity::default() }),
        Box::new(Homodyne { detector, ..Homodyne::default() }),
        Box::new(counts),
        Box::new(Interferometers::default()),
        Box::new(Microrings::default()),
        Box::new(SinglePhoton::default()),
        Box::new(FanOut { read_noise: 3.0, ..FanOut::default() }),
        Box::new(FanOut::default()),
    ];
    let (m, n, samples) = (24, 40, 16);
    let number = |k: usize| (0.7 * k as f64).sin();
    let weights = (0..m * n).map(number).collect();
    let dense = Dense { name: "d".into(), outputs: m, inputs: n, weights, bias: vec![0.0; m] };
    let x: Vec<f64> = (0..samples * n).map(|k| number(3 * k).max(0.0)).collect();
    for engine in engines {
        let streams = Streams::new(23, 0);
        let hardware = engine.program(&dense, &mut Draws::new(&streams, Purpose::Fabrication, 0)).unwrap();
        let (calibration, mut scratch) = (Calibration::default(), Scratch::default());
        let mut light = vec![0.0; samples * hardware.width()];
        let (mut readout, mut rng) = (vec![0.0; m], Draws::new(&streams, Purpose::Shots, 0));
        let mut pass = |first: u64| {
            hardware.expose(&x, &mut light);
            for (k, (x, light)) in x.chunks_exact(n).zip(light.chunks_exact(hardware.width())).enumerate() {
                rng.restart(first + k as u64);
                let sample = Sample { x, light, calibration: &calibration };
                let gain = hardware.read(sample, 40.0, &mut rng, &mut scratch, &mut readout);
                hardware.decode(x, gain, &mut readout);
            }
        };
        pass(0);
        // A fan-out rounds the inputs of a piece of work into memory of its own.
        let most = u64::from(engine.name() == "fan-out");
        let found = allocations(|| pass(100));
        assert!(found <= most, "{}: {found}", engine.name());
        assert!(readout.iter().all(|v| v.is_finite()));
    }
}
