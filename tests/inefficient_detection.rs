//! Detectors that miss photons and count what is not there: the law of the record, and that what is known never biases the mean.

mod systems;

use lightfall_core::rng::Streams;
use lightfall_core::stats::{Covariance, hotelling};
use lightfall_core::unravel::{Detection, Detector, Filter, Grid, Monitored, Output, Unravelling};
use num_complex::Complex64;
use systems::damped_mode::DampedMode;
use systems::driven_atom::DrivenAtom;
use systems::{Ensemble, all, assert_within, basis_ket, four_spins, master, means, recording, three_spins};

const ETA: f64 = 0.3;
const DARK: f64 = 0.7;

/// ln n! for the few n there are.
fn ln_factorial(n: usize) -> f64 {
    (1..=n).map(|k| (k as f64).ln()).sum()
}

#[test]
fn clicks_of_a_fock_state_are_thinned_and_joined_by_dark_counts() {
    let mode = DampedMode { kappa: 0.35, detuning: 0.0, drive: Complex64::ZERO, levels: 5 };
    let (system, photons, span) = (mode.system(), 4_usize, 1.0);
    let detection = all(Detector::Counting { dark_rate: DARK }, ETA, 1);
    let mut counting = Monitored::new(&system, &detection, Grid::new(0.02), false);
    let n = 5000;
    let mut seen = [0.0; 6];
    for k in 0..n {
        counting.start(&Streams::new(41, 0), k, &basis_ket(5, photons));
        counting.advance(0.0, span).unwrap();
        let clicks = counting.measured().clicks();
        assert!(clicks.windows(2).all(|w| w[0].time <= w[1].time) && clicks.iter().all(|c| c.time <= span));
        seen[clicks.len().min(5)] += 1.0;
    }
    // Each of 4 photons is lost by T and seen with probability eta (1 - e^{-2 kappa T}); dark counts are Poisson of mean d T.
    let p = ETA * (1.0 - (-2.0 * mode.kappa * span).exp());
    let thinned = |k: usize| {
        let ways = [1.0, 4.0, 6.0, 4.0, 1.0][k];
        ways * p.powi(k as i32) * (1.0 - p).powi((photons - k) as i32)
    };
    let dark = |k: usize| (-DARK * span + k as f64 * (DARK * span).ln() - ln_factorial(k)).exp();
    let mut law: Vec<f64> =
        (0..5).map(|total| (0..=total.min(photons)).map(|k| thinned(k) * dark(total - k)).sum()).collect();
    law.push(1.0 - law.iter().sum::<f64>());
    let chi2: f64 = seen.iter().zip(&law).map(|(s, p)| (s - n as f64 * p).powi(2) / (n as f64 * p)).sum();
    println!("chi^2 = {chi2:.2} with 5 degrees of freedom; {seen:?}");
    // N = 5000, least expected count above 40; P(chi^2_5 > 25.7) = 1e-4. The step error of the hazard is O(dt^2), 1e-4.
    assert!(chi2 < 25.7, "{chi2}, {seen:?}, {law:?}");
}

#[test]
fn records_of_a_driven_atom_have_their_rates_and_means() {
    let atom = DrivenAtom { rabi: 1.7, detuning: 0.0, gamma: 1.0 };
    let (system, span) = (atom.system(), 3.0);
    let output = |detector| Output { detector, efficiency: ETA };
    let counter = Detector::Counting { dark_rate: DARK };
    let detectors = [counter, Detector::Homodyne { phase: std::f64::consts::FRAC_PI_2 }, Detector::Heterodyne];
    let root = (ETA * atom.gamma).sqrt();
    // <sigma^-> = -i <sigma^y> / 2, so that X = -sqrt(gamma) <sigma^y> at phi = pi/2 and <L>^* = i sqrt(gamma) <sigma^y>/2.
    let y = atom.integrated_sigma_y(span);
    let exact = [
        vec![ETA * atom.gamma * atom.integrated_population(span) + DARK * span],
        vec![-root * y],
        vec![0.0, 0.5 * root * y],
    ];
    for (detector, exact) in detectors.into_iter().zip(exact) {
        let detection = Detection::new(vec![output(detector)]).unwrap();
        let mut path = Monitored::new(&system, &detection, Grid::new(0.05), true);
        let mut sample = Covariance::new(exact.len());
        for k in 0..4000 {
            path.start(&Streams::new(42, 0), k, &DrivenAtom::ground());
            path.advance(0.0, span).unwrap();
            let (width, rows) = path.measured().increments();
            let clicks = path.measured().clicks().len() as f64;
            let current = |c: usize| rows.iter().skip(c).step_by(width).sum::<f64>();
            let total = if width == 0 { vec![clicks] } else { (0..width).map(current).collect() };
            sample.push(&total);
        }
        // N = 4000, standard errors 0.02 to 0.03; 4 of them, four numbers, false alarm 3e-4. The step error is below 1e-3.
        assert_within(&format!("{detector:?}"), &sample, &exact, 4.0, 1e-3);
    }
}

#[test]
fn dark_counts_join_the_record_and_leave_the_ket_alone() {
    let atom = DrivenAtom { rabi: 1.7, detuning: 0.0, gamma: 1.0 };
    let system = atom.system();
    let run = |dark_rate| {
        let detection = all(Detector::Counting { dark_rate }, ETA, 1);
        let mut path = Monitored::new(&system, &detection, Grid::new(0.05), false);
        path.start(&Streams::new(46, 0), 3, &DrivenAtom::ground());
        path.advance(0.0, 20.0).unwrap();
        (path.state().to_vec(), path.measured().clicks().to_vec())
    };
    let ((ket, clicks), (ket_in_noise, more)) = (run(0.0), run(2.0));
    assert_eq!(ket, ket_in_noise);
    // About 40 dark counts are expected in t = 20; every true click is still there.
    assert!(!clicks.is_empty() && more.len() > clicks.len() + 15, "{} and {}", clicks.len(), more.len());
    assert!(clicks.iter().all(|c| more.contains(c)));
}

/// Homodyne, heterodyne, counting with dark counts and nothing, in turn, of efficiency `eta`.
fn mixed(channels: usize, eta: f64) -> Detection {
    let detectors = [
        Detector::Homodyne { phase: 0.4 },
        Detector::Counting { dark_rate: 0.1 },
        Detector::Heterodyne,
        Detector::None,
    ];
    Detection::new((0..channels).map(|k| Output { detector: detectors[k % 4], efficiency: eta }).collect()).unwrap()
}

const TIMES: [f64; 2] = [5.0, 10.0];

/// Trajectories of `detection` on the pumped glass: twelve observables at two times.
fn ket_average(detection: &Detection, trajectories: u64, name: &str) {
    let (glass, observed) = (four_spins::glass(), four_spins::observed());
    let (system, psi) = (glass.lindbladian(), glass.initial_ket());
    let exact = means(&observed, &master(&system, &psi, &TIMES, 1e-11));
    let ensemble = Ensemble { seed: 43, trajectories, psi: &psi, times: &TIMES, observed: &observed };
    let sample = ensemble.run(&mut Monitored::new(&system, detection, Grid::new(0.1), false), |_, _| {});
    let test = hotelling(&sample, &exact, 1e-12).unwrap();
    println!("{name}: T^2 = {:.1} in {} directions, p = {:.3}", test.t2, test.directions, test.p_value);
    // N = 1500, p > 1e-4 for each of four tests: false alarm 4e-4. The weak error is below 2e-3, standard errors 5e-3 to 2e-2.
    assert!(test.p_value > 1e-4 && test.residual < 1e-6, "{name}: {test:?}");
}

#[test]
fn kets_under_inefficient_detection_average_to_the_master_equation() {
    for detector in [Detector::Homodyne { phase: 0.4 }, Detector::Heterodyne, Detector::Counting { dark_rate: 0.1 }] {
        ket_average(&all(detector, 0.5, 4), 1500, &format!("{detector:?}"));
    }
}

#[test]
fn kets_under_mixed_detection_average_to_the_master_equation() {
    ket_average(&mixed(4, 0.8), 1500, "mixed");
}

#[test]
fn kets_under_mixed_detection_of_operators_that_do_not_commute_have_the_check_values() {
    let (h, jumps) = three_spins::operators();
    let once = lightfall_core::schedule::CompiledSchedule::constant(1.0);
    let system = lightfall_core::lindblad::Lindbladian::spins(3, vec![(once, h)], jumps);
    let (psi, observed) = (basis_ket(8, 7), three_spins::observed());
    let ensemble =
        Ensemble { seed: 44, trajectories: 2500, psi: &psi, times: &three_spins::TIMES, observed: &observed };
    let sample = ensemble.run(&mut Monitored::new(&system, &mixed(3, 0.7), Grid::new(0.02), false), |_, _| {});
    // N = 2500; 4 standard errors of 1e-3 to 4e-3, twenty numbers, false alarm 1e-3.
    assert_within("mixed", &sample, &three_spins::TABLE.concat(), 4.0, 3e-4);
}

/// The filter of records of efficiency one half, averaged over the records.
fn filter_average(detection: &Detection, records: u64, name: &str) {
    let (glass, observed) = (four_spins::glass(), four_spins::observed());
    let (system, psi) = (glass.lindbladian(), glass.initial_ket());
    let exact = means(&observed, &master(&system, &psi, &TIMES, 1e-11));
    let grid = Grid::new(0.1);
    let mut trajectory = Monitored::new(&system, detection, grid, true);
    let mut sample = Covariance::new(exact.len());
    for k in 0..records {
        trajectory.start(&Streams::new(45, 0), k, &psi);
        trajectory.advance(0.0, TIMES[0]).unwrap();
        trajectory.advance(TIMES[0], TIMES[1]).unwrap();
        let recording = recording(detection, grid, &TIMES, trajectory.measured());
        let mut filter = Filter::new(&system, detection, grid, &recording);
        filter.start(&psi);
        let mut row = Vec::with_capacity(exact.len());
        let mut from = 0.0;
        for to in TIMES {
            filter.advance(from, to).unwrap();
            row.extend(observed.iter().map(|o| systems::mean(o, filter.state())));
            from = to;
        }
        sample.push(&row);
    }
    let test = hotelling(&sample, &exact, 1e-12).unwrap();
    println!("{name}: T^2 = {:.1} in {} directions, p = {:.3}", test.t2, test.directions, test.p_value);
    // N = 300, standard errors up to 0.02; p > 1e-4 for each of four tests: false alarm 4e-4.
    assert!(test.p_value > 1e-4, "{name}: {test:?}");
    let scatter = sample.matrix();
    let worst = (0..exact.len()).map(|k| (scatter[k * exact.len() + k] / records as f64).sqrt()).fold(0.0, f64::max);
    println!("largest standard error {worst:.4}");
}

#[test]
fn filters_of_half_efficient_records_average_to_the_master_equation() {
    for detector in [Detector::Homodyne { phase: 0.4 }, Detector::Heterodyne, Detector::Counting { dark_rate: 0.1 }] {
        filter_average(&all(detector, 0.5, 4), 300, &format!("{detector:?}"));
    }
}

#[test]
fn filters_of_mixed_half_efficient_records_average_to_the_master_equation() {
    filter_average(&mixed(4, 0.5), 300, "mixed");
}
