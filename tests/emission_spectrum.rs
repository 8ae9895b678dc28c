//! The spectrum of the light that leaves: regression against a formula, heterodyne trajectories against regression.

mod systems;

use lightfall_cavity::open_ising::{LevelKind, Observable, Selection, Settings, build_level};
use lightfall_core::ensemble::{BlockRunner, Plan, Silent, StopRule, run};
use lightfall_core::lindblad::{Lindbladian, SpectrumEquation, pack, pure_density};
use lightfall_core::ode::{Dop853, Tolerance};
use lightfall_core::operator::{Axis, PauliSum};
use lightfall_core::rng::Streams;
use lightfall_core::schedule::CompiledSchedule;
use lightfall_core::unravel::{Detection, Detector, Output};
use num_complex::Complex64;
use std::f64::consts::PI;
use std::sync::Arc;
use systems::three_spins;

/// sqrt(8/3) sin^2(pi t/T).
fn window(t: f64, length: f64) -> f64 {
    (8.0_f64 / 3.0).sqrt() * (PI * t / length).sin().powi(2)
}

#[test]
fn an_atom_that_decays_has_the_spectrum_of_its_damped_dipole() {
    // H = w0 sigma^z/2, L = sqrt(gamma) sigma^-, excited at 0: <L^dag(t) L(s)> = gamma e^{-gamma (t + s)/2 + i w0 (t - s)}, so that
    // S(nu) = (gamma/T) |int w(t) e^{i (nu - w0) t - gamma t/2} dt|^2, here by the midpoint rule.
    let (w0, gamma, span) = (1.7, 0.6_f64, 9.0);
    let lower = 0.5 * &PauliSum::site(Axis::X, 0) + Complex64::new(0.0, -0.5) * &PauliSum::site(Axis::Y, 0);
    let hamiltonian = 0.5 * w0 * &PauliSum::site(Axis::Z, 0);
    let system =
        Lindbladian::spins(1, vec![(CompiledSchedule::constant(1.0), hamiltonian)], vec![gamma.sqrt() * &lower]);
    let frequencies: Vec<f64> = (-4..=16).map(|k| 0.3 * f64::from(k)).collect();
    let mut equation = SpectrumEquation::new(&system, &frequencies);
    let mut state = vec![0.0; equation.size()];
    equation.open(0.0, span, &mut state);
    // Bit 0 of the Pauli algebra is the eigenvalue +1.
    pack(&pure_density(&[1.0, 0.0, 0.0, 0.0]), &mut state[..4]);
    let mut solver = Dop853::new(state.len(), Tolerance::norm(1e-10, state.len()).unwrap());
    solver.integrate(&mut |t, y, dy| equation.rhs(t, y, dy), 0.0, span, &mut state).unwrap();
    let steps = 20_000;
    let h = span / f64::from(steps);
    for (nu, found) in frequencies.iter().zip(equation.spectrum(&state)) {
        let sum: Complex64 = (0..steps)
            .map(|k| (f64::from(k) + 0.5) * h)
            .map(|t| window(t, span) * h * (Complex64::new(-0.5 * gamma, nu - w0) * t).exp())
            .sum();
        let expected = gamma / span * sum.norm_sqr();
        assert!((found - expected).abs() < 1e-7, "nu = {nu}: {found}, {expected}");
    }
    // The line stands at +w0.
    let highest = frequencies.iter().zip(equation.spectrum(&state)).max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    assert!((highest.0 - w0).abs() < 0.16, "{highest:?}");
}

fn selection(frequencies: &[f64]) -> Selection {
    Selection {
        observables: vec![Observable::Emission, Observable::Spectrum],
        frequencies: frequencies.to_vec(),
        ..Selection::default()
    }
}

#[test]
fn the_spectrum_adds_up_to_the_light_that_leaves() {
    // int S dnu/(2 pi) = (1/T) int w^2 s^2 <L^dag L> dt for every output: the sum over a grid of nu twice as fine as the window needs, to |nu| = 14, against trapezoids.
    // The tails beyond fall as nu^-6.
    let glass = three_spins::expanded();
    let (span, points) = (12.0, 141);
    let frequencies: Vec<f64> = (0..points).map(|k| -14.0 + 0.2 * f64::from(k)).collect();
    let settings = Settings { tolerance: 1e-9, ..Settings::new(0.02, Streams::new(1, 0)) };
    let of = |frequencies: &[f64], times: &[f64]| -> Vec<f64> {
        let mut chosen = selection(frequencies);
        if frequencies.is_empty() {
            chosen.observables.pop();
        }
        let level = build_level(&glass, LevelKind::Master, &settings, &chosen, None).unwrap();
        BlockRunner::new(level.as_ref(), times, false).trajectory(0).unwrap().to_vec()
    };
    let spectrum = of(&frequencies, &[0.0, span]);
    let last = &spectrum[spectrum.len() / 2..];
    let times: Vec<f64> = (0..=600).map(|k| 0.02 * f64::from(k)).collect();
    let emission = of(&[], &times);
    for k in 0..3 {
        let sum: f64 = last[3 + k * points as usize..][..points as usize].iter().sum::<f64>() * 0.2 / (2.0 * PI);
        let mean: f64 =
            times.iter().enumerate().map(|(t, at)| window(*at, span).powi(2) * emission[3 * t + k]).sum::<f64>() * 0.02
                / span;
        println!("output {k}: {sum:.6} in the spectrum, {mean:.6} emitted");
        assert!(mean > 1e-3 && (sum / mean - 1.0).abs() < 2e-3, "{k}: {sum}, {mean}");
    }
}

#[test]
fn heterodyne_trajectories_have_the_spectrum_of_the_regression_theorem() {
    // 4000 trajectories, second window of two (so that the first is forgotten), seen in full and with efficiencies .4, 1, .7; 3 outputs x 13 frequencies each. The largest
    // of 78 deviations from what is exact exceeds 4.5 standard errors with probability 5e-4; the step error of dt = 0.02 is below 5e-4.
    let glass = three_spins::expanded();
    let frequencies: Vec<f64> = (-6..=6).map(|k| 0.5 * f64::from(k)).collect();
    let times = [0.0, 2.0, 10.0];
    let chosen = selection(&frequencies);
    let exact = {
        let settings = Settings { tolerance: 1e-9, ..Settings::new(0.02, Streams::new(1, 0)) };
        let level = build_level(&glass, LevelKind::Master, &settings, &chosen, None).unwrap();
        BlockRunner::new(level.as_ref(), &times, false).trajectory(0).unwrap().to_vec()
    };
    let seen = [0.4, 1.0, 0.7].map(|efficiency| Output { detector: Detector::Heterodyne, efficiency });
    for detection in [None, Some(Arc::new(Detection::new(seen.to_vec()).unwrap()))] {
        let settings = Settings { detection, ..Settings::new(0.02, Streams::new(5, 0)) };
        let level = build_level(&glass, LevelKind::Heterodyne, &settings, &chosen, None).unwrap();
        let plan = Plan { trajectories: 4000, block: 64, threads: 2, stop: StopRule::default(), keep_tracks: false };
        let moments = run(level.as_ref(), &times, &plan, &mut (), &Silent).unwrap().moments;
        let width = level.layout().width();
        let (mut worst, mut strongest) = (0.0_f64, 0.0_f64);
        for column in 2 * width + 3..3 * width {
            let found = moments.estimate(column);
            worst = worst.max(((found.mean - exact[column]).abs() - 5e-4).max(0.0) / found.stderr.unwrap());
            strongest = strongest.max(exact[column] / found.stderr.unwrap());
        }
        println!("largest deviation {worst:.2} standard errors, strongest line {strongest:.0} of them");
        assert!(worst < 4.5, "{worst}");
        // The lines stand out, so that the comparison can fail.
        assert!(strongest > 20.0, "{strongest}");
    }
}
