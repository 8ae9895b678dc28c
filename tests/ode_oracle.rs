//! Our Dormand-Prince integrators against the crate `ode_solvers`, and that crate's known faults.

mod systems;

use lightfall_core::lindblad::Lindbladian;
use lightfall_core::ode::{Dop853, Dopri5, DormandPrince54, DormandPrince853, Embedded, Pair, Tolerance};
use ode_solvers::dop_shared::{IntegrationError, OutputType};
use ode_solvers::{DVector, Dop853 as Oracle8, Dopri5 as Oracle, System};
use systems::four_spins::glass;
use systems::rabi::{Rabi, distance};

/// The evolution of a ket without jumps, d psi/dt = (-iH(t) - (1/2) sum L^dag L) psi, real and imaginary parts as reals.
struct NoJump<'a>(&'a Lindbladian);

impl System<f64, DVector<f64>> for NoJump<'_> {
    fn system(&self, t: f64, y: &DVector<f64>, dy: &mut DVector<f64>) {
        dy.fill(0.0);
        self.0.no_jump(t, 1.0, y.as_slice(), dy.as_mut_slice(), 1);
    }
}

#[test]
fn both_pairs_agree_with_ode_solvers_on_a_pumped_ket() {
    let glass = glass();
    let system = glass.lindbladian();
    let end = 12.0;
    let mut oracle = Oracle::new(NoJump(&system), 0.0, end, end, DVector::from_vec(glass.initial_ket()), 1e-11, 1e-11);
    oracle.set_output(OutputType::Sparse);
    oracle.integrate().unwrap();
    assert_eq!(oracle.x_out().last(), Some(&end));
    let expected = oracle.y_out().last().unwrap();
    let mut psi = glass.initial_ket();
    let mut rhs = |t: f64, y: &[f64], dy: &mut [f64]| {
        dy.fill(0.0);
        system.no_jump(t, 1.0, y, dy, 1);
    };
    let tolerance = Tolerance::new(1e-11, 1e-11).unwrap();
    Dopri5::new(psi.len(), tolerance).integrate(&mut rhs, 0.0, end, &mut psi).unwrap();
    let mut eight = glass.initial_ket();
    Dop853::new(psi.len(), tolerance).integrate(&mut rhs, 0.0, end, &mut eight).unwrap();
    let norm: f64 = psi.iter().map(|v| v * v).sum();
    for y in [&psi, &eight] {
        let worst = y.iter().zip(expected.iter()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        println!("difference {worst:.1e}, squared norm {norm:.3}");
        // 1e-11 per step of either, about a thousand steps.
        assert!(worst < 1e-9, "{worst:e}");
    }
    assert!(norm < 0.9, "the norm decays: {norm}");
}

/// Van der Pol's oscillator, mu = 3: nonlinear, with fast and slow parts.
#[derive(Clone, Copy)]
struct VanDerPol;

impl VanDerPol {
    fn rhs(y: &[f64], dy: &mut [f64]) {
        (dy[0], dy[1]) = (y[1], 3.0 * (1.0 - y[0] * y[0]) * y[1] - y[0]);
    }
}

impl System<f64, DVector<f64>> for VanDerPol {
    fn system(&self, _: f64, y: &DVector<f64>, dy: &mut DVector<f64>) {
        Self::rhs(y.as_slice(), dy.as_mut_slice());
    }
}

fn ours<P: Pair>(
    mut rhs: impl FnMut(f64, &[f64], &mut [f64]),
    start: &[f64],
    end: f64,
    tolerance: f64,
) -> (Vec<f64>, u64) {
    let mut y = start.to_vec();
    let mut solver = Embedded::<P>::new(y.len(), Tolerance::new(tolerance, tolerance).unwrap());
    solver.integrate(&mut rhs, 0.0, end, &mut y).unwrap();
    (y, solver.evaluations())
}

#[test]
fn both_pairs_agree_with_ode_solvers_on_van_der_pol() {
    let (start, end, tolerance) = ([2.0, 0.0], 20.0, 1e-11);
    let vector = || DVector::from_column_slice(&start);
    let mut five = Oracle::new(VanDerPol, 0.0, end, end, vector(), tolerance, tolerance);
    five.set_output(OutputType::Sparse);
    let five_evaluations = five.integrate().unwrap().num_eval;
    let mut eight = Oracle8::new(VanDerPol, 0.0, end, end, vector(), tolerance, tolerance);
    eight.set_output(OutputType::Sparse);
    let eight_evaluations = eight.integrate().unwrap().num_eval;
    let rhs = |_: f64, y: &[f64], dy: &mut [f64]| VanDerPol::rhs(y, dy);
    let cases = [
        (
            "dopri5",
            five.y_out().last().unwrap(),
            five_evaluations,
            ours::<DormandPrince54>(rhs, &start, end, tolerance),
        ),
        (
            "dop853",
            eight.y_out().last().unwrap(),
            eight_evaluations,
            ours::<DormandPrince853>(rhs, &start, end, tolerance),
        ),
    ];
    for (name, expected, theirs, (y, evaluations)) in cases {
        let off = distance(&y, expected.as_slice());
        println!("{name}: difference {off:.1e}, evaluations {evaluations} against {theirs}");
        assert!(off < 1e-8, "{name}: {off:e}");
        // The same coefficients, norm and controller but for the first and last step.
        assert!((evaluations as f64 / f64::from(theirs) - 1.0).abs() < 0.1, "{name}: {evaluations} against {theirs}");
    }
}

/// The driven spin of `systems::rabi`, with the time as a fifth component if `clock`.
#[derive(Clone, Copy)]
struct DrivenSpin {
    clock: bool,
}

const SPIN: Rabi = Rabi { wz: 1.3, rabi: 0.9, drive: 2.1 };

impl System<f64, DVector<f64>> for DrivenSpin {
    fn system(&self, t: f64, y: &DVector<f64>, dy: &mut DVector<f64>) {
        let t = if self.clock { y[4] } else { t };
        SPIN.rhs(t, &y.as_slice()[..4], &mut dy.as_mut_slice()[..4]);
        if self.clock {
            dy[4] = 1.0;
        }
    }
}

/// Error of the oracle's method of order 8 on the driven spin at t = 20, and its evaluations.
fn oracle_error(clock: bool) -> Result<(f64, u32), IntegrationError> {
    let start = if clock { vec![1.0, 0.0, 0.0, 0.0, 0.0] } else { Rabi::UP.to_vec() };
    let mut oracle = Oracle8::new(DrivenSpin { clock }, 0.0, 20.0, 20.0, DVector::from_vec(start), 1e-9, 1e-9);
    oracle.set_output(OutputType::Sparse);
    let evaluations = oracle.integrate()?.num_eval;
    Ok((SPIN.error(20.0, &oracle.y_out().last().unwrap().as_slice()[..4]), evaluations))
}

#[test]
fn our_dop853_agrees_with_ode_solvers_and_the_closed_form_on_a_driven_spin() {
    let (ours, evaluations) = ours::<DormandPrince853>(|t, y, dy| SPIN.rhs(t, y, dy), &Rabi::UP, 20.0, 1e-9);
    let (with_clock, theirs) = oracle_error(true).unwrap();
    let off = SPIN.error(20.0, &ours);
    println!("errors {off:.1e} ({evaluations} evaluations), ode_solvers {with_clock:.1e} ({theirs})");
    assert!(off < 2e-8 && with_clock < 2e-8);
}

#[test]
fn ode_solvers_evaluates_the_last_stage_of_order_8_at_the_wrong_time() {
    // Its table has c_12 = 0 in place of 1, which only equations that depend on time notice: it takes them to be stiff. So the
    // oracle above is given the time in its state. If this fails, ode_solvers is mended.
    assert!(
        matches!(oracle_error(false), Err(IntegrationError::StiffnessDetected { .. })),
        "{:?}",
        oracle_error(false)
    );
}

/// x'' = -x.
struct Harmonic;

impl System<f64, DVector<f64>> for Harmonic {
    fn system(&self, _: f64, y: &DVector<f64>, dy: &mut DVector<f64>) {
        (dy[0], dy[1]) = (y[1], -y[0]);
    }
}

#[test]
fn our_dense_output_is_right_where_that_of_ode_solvers_is_not() {
    // x(10) = cos 10 with a relative tolerance of 1e-8: the crate's last sample is extrapolated from the step of the sample before it.
    for (dx, known) in [(0.1, 9.5e-8), (0.5, 3.6e-5), (1.0, 1.3e-3), (2.0, 0.23), (10.0, 367.0)] {
        let mut theirs = Oracle::new(Harmonic, 0.0, 10.0, dx, DVector::from_vec(vec![1.0, 0.0]), 1e-8, 1e-10);
        theirs.set_output(OutputType::Dense);
        theirs.integrate().unwrap();
        let errors: Vec<f64> = theirs.x_out().iter().zip(theirs.y_out()).map(|(t, y)| (y[0] - t.cos()).abs()).collect();
        let (last, before) = errors.split_last().unwrap();
        let inside = before.iter().fold(0.0_f64, |a, b| a.max(*b));
        let ours = sampled::<DormandPrince54>(dx).max(sampled::<DormandPrince853>(dx));
        println!("dx {dx}: last sample {last:.1e}, the others {inside:.1e}, ours {ours:.1e}");
        assert!(inside < 1e-8 && ours < 2e-8, "{inside:e}, {ours:e}");
        assert!((last / known - 1.0).abs() < 0.05, "dx {dx}: {last:e}, known {known:e}");
    }
}

/// Largest error of our continuous extension at the multiples of `dx` up to t = 10.
fn sampled<P: Pair>(dx: f64) -> f64 {
    let mut rhs = |_: f64, y: &[f64], dy: &mut [f64]| (dy[0], dy[1]) = (y[1], -y[0]);
    let mut solver = Embedded::<P>::new(2, Tolerance::new(1e-8, 1e-10).unwrap());
    let (mut t, mut y, mut sample) = (0.0, [1.0, 0.0], [0.0; 2]);
    let (mut count, mut next, mut worst) = (1, dx, 0.0_f64);
    while t < 10.0 {
        let start = t;
        t = solver.advance(&mut rhs, start, 10.0, &mut y).unwrap();
        if next <= t {
            solver.prepare_interpolation(&mut rhs, t, &y);
        }
        while next <= t {
            solver.interpolate((next - start) / (t - start), &mut sample);
            worst = worst.max((sample[0] - next.cos()).abs());
            count += 1;
            next = f64::from(count) * dx;
        }
    }
    assert!(next > 10.0 - 1e-9);
    worst
}

/// y' = y.
struct Growth;

impl System<f64, DVector<f64>> for Growth {
    fn system(&self, _: f64, y: &DVector<f64>, dy: &mut DVector<f64>) {
        dy.copy_from(y);
    }
}

/// Error of the samples of y = e^t for t in [0, 1], every 0.1, in either output mode.
fn sample_errors(output: OutputType) -> Vec<(f64, f64)> {
    let mut solver = Oracle::new(Growth, 0.0, 1.0, 0.1, DVector::from_vec(vec![1.0]), 1e-10, 1e-10);
    solver.set_output(output);
    solver.integrate().unwrap();
    solver.x_out().iter().zip(solver.y_out()).map(|(t, y)| (*t, (y[0] - t.exp()).abs())).collect()
}

#[test]
fn ode_solvers_dense_output_still_returns_a_wrong_last_sample() {
    // Why the mean field uses sparse output. If this fails, ode_solvers is mended: drop the workaround.
    let dense = sample_errors(OutputType::Dense);
    println!("dense: {dense:?}");
    let (last, before) = dense.split_last().unwrap();
    // The other samples are within a few tolerances, the last one is off by more than a thousand.
    assert!(before.iter().all(|(_, error)| *error < 1e-9), "{dense:?}");
    assert!(last.0 == 1.0 && last.1 > 1e-7, "{dense:?}");
    assert!(sample_errors(OutputType::Sparse).iter().all(|(_, error)| *error < 1e-9));
}
