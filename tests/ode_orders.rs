//! Measured orders, errors against tolerances, and refusals of the deterministic integrators.

mod systems;

use lightfall_cavity::open_ising::{LevelKind, Observable, PathChoice, Selection, Settings, build_level};
use lightfall_core::ensemble::BlockRunner;
use lightfall_core::ode::{DormandPrince54, DormandPrince853, Embedded, Generator, Magnus, OdeError, Pair, Tolerance};
use lightfall_core::rng::Streams;
use lightfall_core::unravel::Counting;
use systems::four_spins;
use systems::rabi::{Rabi, distance};

const SPIN: Rabi = Rabi { wz: 1.3, rabi: 0.9, drive: 2.1 };

/// A solver whose tolerance and step size leave every interval to one step.
fn one_step_per_interval<P: Pair>(dim: usize) -> Embedded<P> {
    let mut solver = Embedded::new(dim, Tolerance::new(0.0, 1e30).unwrap());
    // The step grows on an equation that has nothing to resolve.
    solver.integrate(&mut |_, _, dy| dy.fill(0.0), 0.0, 1e6, &mut vec![0.0; dim]).unwrap();
    solver.reset();
    solver
}

/// z' = -i w z for two modes, in split storage.
fn modes(_: f64, y: &[f64], dy: &mut [f64]) {
    let w = [1.0, -1.7];
    for k in 0..2 {
        (dy[k], dy[2 + k]) = (w[k] * y[2 + k], -w[k] * y[k]);
    }
}

fn modes_at(t: f64) -> [f64; 4] {
    [t.cos(), (1.7 * t).cos(), -t.sin(), (1.7 * t).sin()]
}

/// Error at t = 8 after `steps` equal steps.
fn global_error<P: Pair>(rhs: fn(f64, &[f64], &mut [f64]), exact: fn(f64) -> [f64; 4], steps: u32) -> f64 {
    let mut solver = one_step_per_interval::<P>(4);
    let before = solver.evaluations();
    let mut y = exact(0.0);
    let h = 8.0 / f64::from(steps);
    for k in 0..steps {
        solver.integrate(&mut { rhs }, f64::from(k) * h, f64::from(k + 1) * h, &mut y).unwrap();
    }
    let stages = P::TABLEAU.stages.len() as u64 + u64::from(!P::TABLEAU.first_same_as_last);
    assert!(solver.evaluations() - before <= stages * u64::from(steps) + 1);
    distance(&y, &exact(8.0))
}

/// Largest error inside the first step, of length h.
fn dense_error<P: Pair>(rhs: fn(f64, &[f64], &mut [f64]), exact: fn(f64) -> [f64; 4], h: f64) -> f64 {
    let mut solver = one_step_per_interval::<P>(4);
    let mut y = exact(0.0);
    solver.integrate(&mut { rhs }, 0.0, h, &mut y).unwrap();
    solver.prepare_interpolation(&mut { rhs }, h, &y);
    let mut inside = [0.0; 4];
    (1..20)
        .map(|k| {
            let theta = 0.05 * f64::from(k);
            solver.interpolate(theta, &mut inside);
            distance(&inside, &exact(theta * h))
        })
        .fold(0.0, f64::max)
}

fn orders_of<P: Pair>(steps: u32, length: f64) {
    let tableau = P::TABLEAU;
    let spin: fn(f64, &[f64], &mut [f64]) = |t, y, dy| SPIN.rhs(t, y, dy);
    for (name, rhs, exact) in [
        ("two modes", modes as fn(f64, &[f64], &mut [f64]), modes_at as fn(f64) -> [f64; 4]),
        ("spin in a rotating field", spin, |t| SPIN.exact(t)),
    ] {
        let errors = [steps, 2 * steps, 4 * steps].map(|n| global_error::<P>(rhs, exact, n));
        let order = (errors[1] / errors[2]).log2();
        println!("{} on {name}: global errors {errors:?}, order {order:.2}", tableau.name);
        assert!((order - f64::from(tableau.order)).abs() < 0.2, "{}, {name}: {order}", tableau.name);
        let errors = [length, 0.5 * length].map(|h| dense_error::<P>(rhs, exact, h));
        let order = (errors[0] / errors[1]).log2();
        println!("{} on {name}: errors inside a step {errors:?}, order {order:.2}", tableau.name);
        // Inside one step the error is local: one power of h more.
        assert!((order - f64::from(tableau.dense_order + 1)).abs() < 0.3, "{}, {name}: {order}", tableau.name);
    }
}

#[test]
fn dopri5_has_order_5_and_order_4_inside_a_step() {
    orders_of::<DormandPrince54>(20, 0.2);
}

#[test]
fn dop853_has_order_8_and_order_7_inside_a_step() {
    orders_of::<DormandPrince853>(8, 0.5);
}

/// -iH(t) of the spin for the exponential integrator.
#[derive(Clone, Copy)]
struct Driven(Rabi);

impl Generator for Driven {
    fn apply(&mut self, mean: &[(f64, f64)], x: &[f64], out: &mut [f64]) {
        let mut one = [0.0; 4];
        out.fill(0.0);
        for (t, weight) in mean {
            self.0.rhs(*t, x, &mut one);
            out.iter_mut().zip(one).for_each(|(o, v)| *o += weight * v);
        }
    }

    fn is_skew(&self) -> bool {
        true
    }
}

#[test]
fn magnus_has_order_4() {
    // At t = 8, with steps given by the intervals: the error allowed is never met by less.
    let error = |steps: u32| {
        let mut solver = Magnus::new(4, 1e-2).unwrap();
        let mut y = Rabi::UP;
        let h = 8.0 / f64::from(steps);
        for k in 0..steps {
            solver.step_of_order_4(&mut Driven(SPIN), f64::from(k) * h, h, 1e-14, &mut y).unwrap();
        }
        SPIN.error(8.0, &y)
    };
    let errors = [16, 32, 64].map(error);
    let order = (errors[1] / errors[2]).log2();
    println!("magnus: errors {errors:?}, order {order:.2}");
    assert!((order - 4.0).abs() < 0.2, "{order}");
}

/// Errors at t = 20 over tolerances 1e-4 to 1e-12, one per decade.
fn errors_against_tolerance(name: &str, run: impl Fn(f64) -> (f64, u64)) {
    let mut last = f64::INFINITY;
    for decade in 4..=12 {
        let tolerance = 10.0_f64.powi(-decade);
        let (error, evaluations) = run(tolerance);
        println!("{name} at {tolerance:.0e}: error {error:.1e}, {evaluations} evaluations");
        // Every step is allowed its tolerance, a unitary flow keeps errors, and there are fewer steps than evaluations.
        assert!(error < evaluations as f64 * tolerance, "{name} at {tolerance:e}: {error:e}");
        assert!(error < last + 1e-13, "{name}: a tighter tolerance gave a larger error, {error:e} after {last:e}");
        last = error;
    }
    assert!(last < 1e-9, "{name}: {last:e}");
}

fn embedded_at<P: Pair>(tolerance: f64) -> (f64, u64) {
    let mut solver = Embedded::<P>::new(4, Tolerance::norm(tolerance, 4).unwrap());
    let mut y = Rabi::UP;
    solver.integrate(&mut |t, y, dy| SPIN.rhs(t, y, dy), 0.0, 20.0, &mut y).unwrap();
    (SPIN.error(20.0, &y), solver.evaluations())
}

#[test]
fn the_error_follows_the_tolerance_over_eight_decades() {
    errors_against_tolerance("dopri5", embedded_at::<DormandPrince54>);
    errors_against_tolerance("dop853", embedded_at::<DormandPrince853>);
    errors_against_tolerance("magnus", |tolerance| {
        let mut solver = Magnus::new(4, tolerance).unwrap();
        let mut y = Rabi::UP;
        solver.integrate(&mut Driven(SPIN), 0.0, 20.0, &mut y).unwrap();
        (SPIN.error(20.0, &y), solver.evaluations())
    });
}

#[test]
fn a_relative_tolerance_holds_for_a_solution_that_grows_to_nine_million() {
    for decade in [5, 8, 11] {
        let tolerance = 10.0_f64.powi(-decade);
        let mut solver = Embedded::<DormandPrince853>::new(1, Tolerance::new(tolerance, 0.0).unwrap());
        let mut y = [1.0];
        solver.integrate(&mut |t, y, dy| dy[0] = 2.0 * t * y[0], 0.0, 4.0, &mut y).unwrap();
        let off = (y[0] / 16.0_f64.exp() - 1.0).abs();
        assert!(off < 100.0 * tolerance, "{tolerance:e}: {off:e}");
    }
}

#[test]
fn tolerances_that_mean_nothing_are_refused_with_the_valid_range() {
    let refused = |result: Result<Tolerance, OdeError>| result.unwrap_err().to_string();
    let range = "tolerances are finite and at least 0, and one of them is above 0";
    for (message, start) in [
        (refused(Tolerance::new(0.0, 0.0)), "the absolute tolerance is 0;"),
        (refused(Tolerance::new(-1e-3, 1.0)), "the relative tolerance is -0.001;"),
        (refused(Tolerance::new(1e-6, f64::NAN)), "the absolute tolerance is NaN;"),
        (refused(Tolerance::new(f64::INFINITY, 1.0)), "the relative tolerance is inf;"),
        (refused(Tolerance::relative(0.0)), "the relative tolerance is 0;"),
        (refused(Tolerance::norm(0.0, 7)), "the norm tolerance is 0;"),
        (refused(Tolerance::norm(-2.0, 7)), "the norm tolerance is -2;"),
        (Magnus::new(4, f64::NAN).unwrap_err().to_string(), "the norm tolerance is NaN;"),
        (Magnus::new(4, 0.0).unwrap_err().to_string(), "the norm tolerance is 0;"),
    ] {
        assert!(message.starts_with(start) && message.contains(range), "{message}");
    }
}

#[test]
fn a_level_with_a_tolerance_that_means_nothing_says_so_when_it_is_run() {
    let glass = four_spins::glass();
    let selection = Selection { observables: vec![Observable::Energy], ..Selection::default() };
    let settings =
        |tolerance| Settings { tolerance, path: PathChoice::General, ..Settings::new(0.1, Streams::new(1, 0)) };
    for level in [LevelKind::Master, LevelKind::Counting] {
        for tolerance in [0.0, -1e-6, f64::NAN] {
            let built = build_level(&glass, level, &settings(tolerance), &selection, None).unwrap();
            let error = BlockRunner::new(built.as_ref(), &[0.0, 1.0], false).trajectory(0).map(|_| ()).unwrap_err();
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            let message = format!("{error} {cause}");
            assert!(message.contains(&format!("the norm tolerance is {tolerance};")), "{message}");
        }
    }
    assert!(Counting::new(&glass.lindbladian(), 0.0).is_err());
}

fn refusals_of<P: Pair>() {
    let name = P::TABLEAU.name;
    let mut solver = Embedded::<P>::new(1, Tolerance::relative(1e-8).unwrap());
    // y = 1/(1 - t).
    let pole = solver.integrate(&mut |_, y, dy| dy[0] = y[0] * y[0], 0.0, 2.0, &mut [1.0]).unwrap_err();
    let OdeError::StepTooSmall { integrator, t, .. } = pole else { panic!("{pole}") };
    assert!(integrator == name && (t - 1.0).abs() < 1e-6, "{pole}");
    assert!(pole.to_string().contains(&format!("({name})")), "{pole}");
    // A derivative that is not a number from t = 0.7 on, or from the start.
    for from in [0.7, 0.0] {
        solver.restart();
        let mut rhs = |t: f64, _: &[f64], dy: &mut [f64]| dy[0] = if t > from || from == 0.0 { f64::NAN } else { 1.0 };
        let error = solver.integrate(&mut rhs, 0.0, 2.0, &mut [1.0]).unwrap_err();
        let OdeError::NotFinite { integrator, t } = error else { panic!("{error}") };
        assert!(integrator == name && (t - from).abs() < 1e-9, "{error}");
    }
}

#[test]
fn a_pole_and_a_derivative_that_is_not_finite_are_reported_with_the_integrator() {
    refusals_of::<DormandPrince54>();
    refusals_of::<DormandPrince853>();
    struct Broken;
    impl Generator for Broken {
        fn apply(&mut self, _: &[(f64, f64)], _: &[f64], out: &mut [f64]) {
            out.fill(f64::NAN);
        }
    }
    let error = Magnus::new(2, 1e-6).unwrap().integrate(&mut Broken, 0.5, 1.0, &mut [1.0, 0.0]).unwrap_err();
    assert_eq!(error, OdeError::NotFinite { integrator: "magnus", t: 0.5 });
}
