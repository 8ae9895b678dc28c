//! Adaptive steps: error against tolerance, one path for all tolerances, and what is refused.

mod systems;

use lightfall_core::ode::Tolerance;
use lightfall_core::rng::Streams;
use lightfall_core::sde::{Calculus, Control, ControlError, Driver, NoiseKind, Report, Sde, SdeError, bind};
use lightfall_core::unravel::Grid;
use rayon::prelude::*;
use systems::sde::{Problem, QuarticWell, cells};

const SEED: u64 = 31;

fn adaptive(dt: f64, tolerance: f64) -> Control {
    Control::Adaptive { grid: Grid::new(dt), tolerance: Tolerance::new(tolerance, tolerance).unwrap() }
}

fn message(control: Control, name: &str) -> String {
    Driver::new(bind(name, QuarticWell::<true>::default()).unwrap(), control).err().unwrap().to_string()
}

/// Root mean square error at t = 1 over 200 paths, with the mean numbers of steps kept and rejected.
fn error_at<P: Problem + 'static>(problem: &P, stepper: &str, tolerance: f64) -> (f64, f64, f64) {
    let one = |trajectory| {
        let mut driver = Driver::new(bind(stepper, problem.clone()).unwrap(), adaptive(1.0, tolerance)).unwrap();
        driver.start(&Streams::new(SEED, 0), trajectory, &problem.initial());
        driver.advance(0.0, 1.0).unwrap();
        let exact = problem.exact(&cells(&Streams::new(SEED, 0), problem.noises(), 1, 13, trajectory)).unwrap();
        let Report { steps, rejected, .. } = driver.report();
        [(driver.state()[0] - exact[0]).powi(2), steps as f64, rejected as f64]
    };
    let rows: Vec<[f64; 3]> = (0..200).into_par_iter().map(one).collect();
    let mean = |k: usize| rows.iter().map(|r| r[k]).sum::<f64>() / rows.len() as f64;
    (mean(0).sqrt(), mean(1), mean(2))
}

#[test]
fn error_follows_the_tolerance_over_four_decades() {
    // The well from its bottom, and the same cubic from far up its wall: rate 3 y^2 = 1200 at the start, against 3 later.
    let wells = [QuarticWell::<true>::default(), QuarticWell { start: 20.0, ..QuarticWell::default() }];
    for (well, name) in wells.iter().zip(["quartic well", "stiff cubic"]) {
        for stepper in ["sriw1", "sosri", "milstein"] {
            // Milstein's steps are a hundred times as many at the small end.
            let tolerances: &[f64] =
                if stepper == "milstein" { &[1e-1, 1e-2, 1e-3] } else { &[1e-1, 1e-2, 1e-3, 1e-4, 1e-5] };
            let mut errors = Vec::new();
            for &tolerance in tolerances {
                let (error, steps, rejected) = error_at(well, stepper, tolerance);
                println!(
                    "{name}, {stepper}, tolerance {tolerance:.0e}: error {error:.1e}, {steps:.0} steps, {rejected:.0} rejected"
                );
                assert!(error < 20.0 * tolerance, "{name}, {stepper}: {error:e} at {tolerance:e}");
                errors.push(error);
            }
            let decades = (tolerances.len() - 1) as f64;
            let fall = (errors[0] / errors[errors.len() - 1]).log10() / decades;
            assert!((0.6..1.3).contains(&fall), "{name}, {stepper}: {fall} decades a decade, {errors:?}");
            assert!(errors.windows(2).all(|pair| pair[1] < pair[0]), "{errors:?}");
        }
    }
}

#[test]
fn a_first_step_that_overshoots_by_far_is_recovered_from() {
    // A step of 1 from y = 100 ends near 1e30; without a relative tolerance its difference is as large.
    for (start, tolerance) in [(5.0, 1e-3), (20.0, 1e-3), (100.0, 1e-3), (5.0, 1e-6), (20.0, 1e-6)] {
        let well = QuarticWell::<true> { start, ..QuarticWell::default() };
        let control = Control::Adaptive { grid: Grid::new(1.0), tolerance: Tolerance::new(0.0, tolerance).unwrap() };
        let mut driver = Driver::new(bind("sriw1", well.clone()).unwrap(), control).unwrap();
        for trajectory in 0..10 {
            driver.start(&Streams::new(SEED, 0), trajectory, &well.initial());
            driver.advance(0.0, 1.0).unwrap();
            let exact = well.exact(&cells(&Streams::new(SEED, 0), 1, 1, 13, trajectory)).unwrap();
            let (y, Report { shortest, .. }) = (driver.state()[0], driver.report());
            // The exact solution's own cells of 2^-13 resolve the start less well from far out.
            assert!((y - exact[0]).abs() < 0.05, "{start} {tolerance:e}: {y}, {exact:?}");
            assert!(shortest > 1e-10, "{start} {tolerance:e}: a step of {shortest:e}");
        }
    }
}

/// A stiff cubic beside a plain Wiener process: the second component is the path itself.
#[derive(Clone)]
struct Beside;

impl Sde for Beside {
    const CALCULUS: Calculus = Calculus::Ito;
    const NOISE: NoiseKind = NoiseKind::Additive;
    fn dim(&self) -> usize {
        2
    }
    fn noises(&self) -> usize {
        2
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        (out[0], out[1]) = (30.0 * (y[0] - y[0].powi(3)), 0.0);
    }
    fn diffuse(&mut self, _: f64, _: &[f64], dw: &[f64], out: &mut [f64]) {
        (out[0], out[1]) = (out[0] + 2.0 * dw[0], out[1] + dw[1]);
    }
}

#[test]
fn the_path_is_the_same_at_any_tolerance() {
    let times = [0.0, 0.5, 0.8, 2.0, 3.0];
    let walk = |control: Control, trajectory: u64| -> (Vec<f64>, u64) {
        let mut driver = Driver::new(bind("sra1", Beside).unwrap(), control).unwrap();
        driver.start(&Streams::new(SEED, 0), trajectory, &[2.0, 0.0]);
        let path = times.windows(2).map(|t| {
            driver.advance(t[0], t[1]).unwrap();
            driver.state()[1]
        });
        (path.collect(), driver.report().steps)
    };
    for trajectory in 0..20 {
        let (reference, _) = walk(Control::Fixed(Grid { dt: 0.25, refinement: 7 }), trajectory);
        let mut steps = Vec::new();
        for tolerance in [1e-1, 1e-2, 1e-3, 1e-5] {
            let (path, count) = walk(adaptive(0.25, tolerance), trajectory);
            steps.push(count);
            for (a, b) in path.iter().zip(&reference) {
                assert!((a - b).abs() < 1e-12, "tolerance {tolerance:e}: {path:?}, {reference:?}");
            }
        }
        assert!(steps[3] > 3 * steps[0], "the tolerances did ask for other steps: {steps:?}");
    }
}

/// dy = y^2 dt + y dW runs away in finite time.
#[derive(Clone)]
struct Runaway;

impl Sde for Runaway {
    const CALCULUS: Calculus = Calculus::Ito;
    const NOISE: NoiseKind = NoiseKind::Diagonal;
    fn dim(&self) -> usize {
        1
    }
    fn noises(&self) -> usize {
        1
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        out[0] = y[0] * y[0];
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        out[0] += 0.1 * y[0] * dw[0];
    }
}

#[test]
fn what_cannot_be_integrated_is_an_error_with_its_time() {
    let run = |control: Control, name: &str| -> SdeError {
        let mut driver = Driver::new(bind(name, Runaway).unwrap(), control).unwrap();
        driver.start(&Streams::new(SEED, 0), 0, &[2.0]);
        driver.advance(0.0, 2.0).unwrap_err()
    };
    // Deterministically the pole is at t = 1/2.
    match run(adaptive(0.1, 1e-4), "sriw1") {
        SdeError::StepTooSmall { t, .. } => assert!((t - 0.5).abs() < 0.1, "{t}"),
        other => panic!("{other}"),
    }
    let implicit = run(Control::Fixed(Grid::new(0.1)), "drift-implicit-euler");
    assert!(matches!(implicit, SdeError::Implicit { t, .. } if t < 0.6), "{implicit}");
    let explicit = run(Control::Fixed(Grid::new(0.01)), "euler-maruyama");
    assert!(matches!(explicit, SdeError::NotFinite { .. }), "{explicit}");
}

#[test]
fn steps_and_tolerances_out_of_range_are_refused() {
    for (relative, absolute) in [(0.0, 0.0), (1e-3, -1.0), (f64::NAN, 0.0), (f64::INFINITY, 1e-3)] {
        let said = Tolerance::new(relative, absolute).unwrap_err().to_string();
        assert!(said.ends_with("tolerances are finite and at least 0, and one of them is above 0, say 1e-8"), "{said}");
    }
    assert_eq!(message(Control::Fixed(Grid::new(0.0)), "sriw1"), "dt = 0, expected a finite number above 0");
    let deep = Control::Fixed(Grid { dt: 0.1, refinement: 60 });
    assert_eq!(message(deep, "sriw1"), "refinement = 60, expected at most 30 halvings of a step");
    let refused =
        Driver::new(bind("euler-maruyama", QuarticWell::<true>::default()).unwrap(), adaptive(0.1, 1e-3)).err();
    assert!(matches!(refused, Some(ControlError::Order { method: "euler-maruyama", .. })), "{refused:?}");
    assert_eq!(
        refused.unwrap().to_string(),
        "euler-maruyama has strong order 0.5 on this equation, and adaptive steps need at least 1: take a fixed dt, or a \
         stepper of higher strong order"
    );
}
