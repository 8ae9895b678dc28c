//! Events against problems whose crossing times are known in closed form.

use lightfall_core::ode::{Direction, DormandPrince54, DormandPrince853, Embedded, Event, OdeError, Pair, Tolerance};
use std::f64::consts::{PI, TAU};
use std::ops::ControlFlow::{Break, Continue};

fn oscillator(_: f64, y: &[f64], dy: &mut [f64]) {
    (dy[0], dy[1]) = (y[1], -y[0]);
}

fn solver<P: Pair>(dim: usize, tolerance: f64) -> Embedded<P> {
    Embedded::new(dim, Tolerance::new(tolerance, tolerance).unwrap())
}

/// Times at which cos(t) crosses `level` on [0, 20], with the number of evaluations.
fn crossings<P: Pair>(direction: Direction, level: f64, parts: u32) -> (Vec<f64>, u64) {
    let mut times = vec![];
    let mut event = Event::new(
        |_, y: &[f64]| y[0] - level,
        1e-12,
        |t, y: &[f64]| {
            assert!((y[0] - level).abs() < 1e-8);
            times.push(t);
            Continue(())
        },
    )
    .unwrap();
    (event.direction, event.parts) = (direction, parts);
    let (mut solver, mut y) = (solver::<P>(2, 1e-11), [1.0, 0.0]);
    let end = solver.integrate_with_event(&mut oscillator, &mut event, 0.0, 20.0, &mut y).unwrap();
    assert!(end == 20.0 && (y[0] - 20.0_f64.cos()).abs() < 1e-9);
    (times, solver.evaluations())
}

fn close(found: &[f64], expected: &[f64], within: f64) {
    assert_eq!(found.len(), expected.len(), "{found:?}, {expected:?}");
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < within), "{found:?}, {expected:?}");
}

fn zeros_of_the_cosine<P: Pair>() {
    let quarter = |k: i32| PI * (f64::from(k) + 0.5);
    let all: Vec<f64> = (0..6).map(quarter).collect();
    let (falling, rising): (Vec<f64>, Vec<f64>) =
        ((0..6).step_by(2).map(quarter).collect(), (1..6).step_by(2).map(quarter).collect());
    close(&crossings::<P>(Direction::Either, 0.0, 1).0, &all, 1e-9);
    close(&crossings::<P>(Direction::Falling, 0.0, 1).0, &falling, 1e-9);
    close(&crossings::<P>(Direction::Rising, 0.0, 3).0, &rising, 1e-9);
}

#[test]
fn an_oscillator_crosses_zero_at_odd_multiples_of_a_quarter_period() {
    zeros_of_the_cosine::<DormandPrince54>();
    zeros_of_the_cosine::<DormandPrince853>();
}

#[test]
fn two_crossings_in_one_step_are_seen_where_the_step_is_looked_at_in_parts() {
    // cos t > 0.999 lasts 0.0894 around every multiple of 2 pi, a small part of a step of this accuracy.
    let width = 0.999_f64.acos();
    let expected: Vec<f64> = [1.0, 2.0, 3.0].iter().flat_map(|k| [TAU * k - width, TAU * k + width]).collect();
    let expected = [vec![width], expected].concat();
    let (whole, _) = crossings::<DormandPrince853>(Direction::Either, 0.999, 1);
    assert!(whole.len() < expected.len(), "ends of steps are enough here: {whole:?}");
    let (parts, _) = crossings::<DormandPrince853>(Direction::Either, 0.999, 16);
    close(&parts, &expected, 1e-8);
}

#[test]
fn looking_for_events_leaves_the_steps_alone_and_costs_only_what_the_extension_needs() {
    let without = {
        let (mut solver, mut y) = (solver::<DormandPrince54>(2, 1e-11), [1.0, 0.0]);
        solver.integrate(&mut oscillator, 0.0, 20.0, &mut y).unwrap();
        solver.evaluations()
    };
    assert_eq!(crossings::<DormandPrince54>(Direction::Either, 0.0, 4).1, without);
}

/// A ball dropped from height 1 with g = 1 that keeps 0.8 of its speed: t_k = sqrt(2) (1 + 2 (0.8 + .. + 0.8^k)).
fn bounces<P: Pair>() {
    let mut solver = solver::<P>(2, 1e-10);
    let (mut t, mut y) = (0.0, [1.0, 0.0]);
    let mut rhs = |_: f64, y: &[f64], dy: &mut [f64]| (dy[0], dy[1]) = (y[1], -1.0);
    let mut times = vec![];
    for _ in 0..12 {
        let mut event = Event::new(|_, y: &[f64]| y[0], 1e-13, |_, _: &[f64]| Break(())).unwrap();
        event.direction = Direction::Falling;
        t = solver.integrate_with_event(&mut rhs, &mut event, t, 100.0, &mut y).unwrap();
        assert!(y[0].abs() < 1e-10);
        times.push(t);
        y[1] *= -0.8;
        solver.reset();
    }
    let mut expected = vec![2.0_f64.sqrt()];
    (1..12).for_each(|k| expected.push(expected[k as usize - 1] + 2.0 * 2.0_f64.sqrt() * 0.8_f64.powi(k)));
    close(&times, &expected, 1e-10);
}

#[test]
fn a_ball_bounces_at_the_times_of_a_geometric_series() {
    bounces::<DormandPrince54>();
    bounces::<DormandPrince853>();
}

#[test]
fn a_pendulum_swings_with_the_period_of_the_elliptic_integral() {
    // Released at 2 rad: T = 2 pi / agm(1, cos(1)).
    let (mut a, mut b) = (1.0_f64, 1.0_f64.cos());
    for _ in 0..8 {
        (a, b) = (0.5 * (a + b), (a * b).sqrt());
    }
    let period = TAU / a;
    let mut tops = vec![];
    let mut event = Event::new(
        |_, y: &[f64]| y[1],
        1e-12,
        |t, _: &[f64]| {
            tops.push(t);
            if tops.len() < 5 { Continue(()) } else { Break(()) }
        },
    )
    .unwrap();
    event.direction = Direction::Falling;
    let mut rhs = |_: f64, y: &[f64], dy: &mut [f64]| (dy[0], dy[1]) = (y[1], -y[0].sin());
    let mut y = [2.0, 0.0];
    // The speed is zero at the start: leaving it is no event. No end: the fifth top ends the integration.
    let end = solver::<DormandPrince853>(2, 1e-12)
        .integrate_with_event(&mut rhs, &mut event, 0.0, f64::INFINITY, &mut y)
        .unwrap();
    let expected: Vec<f64> = (1..=5).map(|k| f64::from(k) * period).collect();
    close(&tops, &expected, 1e-9);
    assert!(end == tops[4] && (y[0] - 2.0).abs() < 1e-9);
}

#[test]
fn an_event_located_on_the_extension_is_as_accurate_as_the_tolerance_asked_for() {
    // g depends on time alone, so the only error is that of the locator.
    for tolerance in [1e-3, 1e-6, 1e-9] {
        let mut found = 0.0;
        let mut event = Event::new(
            |t: f64, _: &[f64]| (t - 1.234_567_89).powi(3),
            tolerance,
            |t, _: &[f64]| {
                found = t;
                Continue(())
            },
        )
        .unwrap();
        solver::<DormandPrince54>(2, 1e-6)
            .integrate_with_event(&mut oscillator, &mut event, 0.0, 3.0, &mut [1.0, 0.0])
            .unwrap();
        // On the far side, within the tolerance.
        assert!((-1e-15..=tolerance).contains(&(found - 1.234_567_89)), "{tolerance:e}: {found}");
    }
}

#[test]
fn an_event_that_cannot_be_located_is_refused() {
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = Event::new(|_, _: &[f64]| 1.0, value, |_, _: &[f64]| Continue(())).err().unwrap();
        let message = refused.to_string();
        assert!(message.starts_with(&format!("the tolerance of an event time is {value}; it must be")), "{message}");
    }
    let mut event = Event::new(|t: f64, _: &[f64]| (1.0 - t).sqrt(), 1e-9, |_, _: &[f64]| Continue(())).unwrap();
    let error = solver::<DormandPrince54>(2, 1e-6)
        .integrate_with_event(&mut oscillator, &mut event, 0.0, 3.0, &mut [1.0, 0.0])
        .unwrap_err();
    assert!(matches!(error, OdeError::EventNotFinite { t, .. } if t > 1.0), "{error}");
}
