//! Weak error of trajectories with clicks in the length of the step, against the master equation and the exact mean number of clicks.

mod systems;

use lightfall_core::lindblad::Lindbladian;
use lightfall_core::operator::{Axis, PauliSum};
use lightfall_core::rng::Streams;
use lightfall_core::schedule::CompiledSchedule;
use lightfall_core::stats::Covariance;
use lightfall_core::unravel::{Detection, Detector, Grid, Monitored, Output, Unravelling};
use num_complex::Complex64;
use systems::driven_atom::DrivenAtom;
use systems::{master, mean};

const SPAN: f64 = 1.6;

/// Mean errors of <sigma^x>, <sigma^y>, <sigma^z> at the end and of the number of clicks, with their standard errors.
fn errors(system: &Lindbladian, detection: &Detection, dt: f64, clicks: f64, n: u64) -> [[f64; 2]; 4] {
    let psi = DrivenAtom::ground();
    let rho = &master(system, &psi, &[SPAN], 1e-12)[0];
    let mut exact: Vec<f64> = DrivenAtom::observed().iter().map(|o| mean(o, rho)).collect();
    exact.push(clicks);
    let mut path = Monitored::new(system, detection, Grid::new(dt), false);
    let mut sample = Covariance::new(4);
    let mut spin = [[0.0; 3]];
    for k in 0..n {
        path.start(&Streams::new(51, 0), k, &psi);
        path.advance(0.0, SPAN).unwrap();
        lightfall_core::operator::site_expectations(path.state(), true, &mut spin);
        let [x, y, z] = spin[0];
        sample.push(&[x, y, z, path.measured().clicks().len() as f64]);
    }
    std::array::from_fn(|k| [sample.mean[k] - exact[k], (sample.matrix()[5 * k] / n as f64).sqrt()])
}

const N: u64 = 40_000;

/// The worst |error| over its bound of `coefficient` dt^`order` plus four standard errors of at most 0.004.
fn within(errors: [[f64; 2]; 4], numbers: usize, coefficient: f64, dt: f64, order: i32) -> f64 {
    let bound = coefficient * dt.powi(order);
    errors[..numbers].iter().map(|[e, s]| e.abs() / (bound + 4.0 * s)).fold(0.0, f64::max)
}

#[test]
fn counting_at_fixed_steps_has_errors_of_second_order() {
    let atom = DrivenAtom { rabi: 2.5, detuning: 0.0, gamma: 1.0 };
    for (eta, dts) in [(1.0, [0.4, 0.2]), (0.5, [0.4, 0.2])] {
        let counter = Output { detector: Detector::Counting { dark_rate: 0.0 }, efficiency: eta };
        let detection = Detection::new(vec![counter]).unwrap();
        let clicks = eta * atom.gamma * atom.integrated_population(SPAN);
        for dt in dts {
            let e = errors(&atom.system(), &detection, dt, clicks, N);
            println!("efficiency {eta}, dt = {dt}: {e:.4?}");
            // N = 40 000; the bound and 4 standard errors, sixteen numbers, false alarm 1e-3. Rates of first order would be off by
            // (dt/2)(R(T) - R(0)) clicks, 0.1 at dt = 0.4.
            assert!(within(e, 4, 0.1, dt, 2) < 1.0, "{e:?}");
        }
    }
}

#[test]
fn clicks_among_currents_that_do_not_commute_have_errors_of_first_order() {
    let [x, y, z] = [Axis::X, Axis::Y, Axis::Z].map(|a| PauliSum::site(a, 0));
    let lower = 0.5 * &x + (-0.5 * Complex64::I) * &y;
    let hamiltonian = vec![(CompiledSchedule::constant(1.0), 1.25 * &x + 0.15 * &z)];
    let system = Lindbladian::spins(1, hamiltonian, vec![lower, 0.7 * &z]);
    let detectors = [Detector::Counting { dark_rate: 0.0 }, Detector::Homodyne { phase: 0.0 }];
    let detection = Detection::new(detectors.map(Output::perfect).to_vec()).unwrap();
    for dt in [0.2, 0.1] {
        let e = errors(&system, &detection, dt, 0.0, N);
        println!("dt = {dt}: {e:.4?}");
        // N = 40 000; the bound and 4 standard errors, six numbers, false alarm 4e-4. <sigma^z> is off by 0.022 at dt = 0.4 and 0.010 at
        // 0.2: first order.
        assert!(within(e, 3, 0.05, dt, 1) < 1.0, "{e:?}");
    }
}
