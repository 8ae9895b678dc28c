//! A damped, driven bosonic mode: coherent states stay coherent on every trajectory, Fock states decay binomially.

mod systems;

use lightfall_core::rng::Streams;
use lightfall_core::unravel::{Counting, Diffusion, Diffusive, Grid, Measured, Unravelling, WienerPath};
use num_complex::Complex64;
use systems::damped_mode::DampedMode;
use systems::{Ensemble, assert_within, basis_ket, general_paths, infidelity, master, means};

const MODE: DampedMode = DampedMode { kappa: 0.4, detuning: 0.9, drive: Complex64::new(0.5, 0.3), levels: 26 };
/// |alpha|^2 stays below 1.7: the first state left out has weight 1.7^26/26! = 2e-21.
const START: Complex64 = Complex64::new(1.1, -0.4);
const TIMES: [f64; 3] = [0.4, 1.5, 5.0];

#[test]
fn master_equation_keeps_the_coherent_state_and_its_amplitude() {
    let system = MODE.system();
    let states = master(&system, &MODE.coherent_ket(START), &TIMES, 1e-12);
    for (rho, t) in states.iter().zip(TIMES) {
        let (alpha, psi) = (MODE.amplitude(START, t), MODE.coherent(MODE.amplitude(START, t)));
        let n = means(&[MODE.number()], std::slice::from_ref(rho))[0];
        assert!((n - alpha.norm_sqr()).abs() < 1e-9, "{n} at {t}");
        // Every entry of |alpha><alpha|.
        let d = MODE.levels;
        for k in 0..d * d {
            let exact = psi[k / d] * psi[k % d].conj();
            assert!((Complex64::new(rho[k], rho[d * d + k]) - exact).norm() < 1e-9);
        }
    }
}

#[test]
fn every_trajectory_of_a_coherent_state_stays_the_coherent_state() {
    let system = MODE.system();
    for (name, mut unravelling) in general_paths(&system, 0.02, false) {
        let mut worst = 0.0_f64;
        for trajectory in 0..10 {
            unravelling.start(&Streams::new(6, 0), trajectory, &MODE.coherent_ket(START));
            let mut from = 0.0;
            for to in TIMES {
                unravelling.advance(from, to).unwrap();
                from = to;
                worst = worst.max(infidelity(unravelling.state(), &MODE.coherent(MODE.amplitude(START, to))));
            }
        }
        println!("{name}: infidelity {worst:.1e}");
        // Splitting error of the amplitude, about dt^2, squared.
        assert!(worst < 1e-7, "{name}: {worst:e}");
    }
}

#[test]
fn record_of_a_coherent_state_is_its_amplitude_plus_the_noise() {
    let system = MODE.system();
    let (h, phase) = (0.02, 0.6);
    let root = (2.0 * MODE.kappa).sqrt();
    for diffusion in [Diffusion::Homodyne { phase }, Diffusion::Heterodyne] {
        let mut unravelling = Diffusive::new(&system, diffusion, Grid::new(h), true);
        unravelling.start(&Streams::new(7, 0), 3, &MODE.coherent_ket(START));
        unravelling.advance(0.0, 2.0).unwrap();
        let Measured::Increments { width, rows } = unravelling.measured() else { panic!("diffusion has increments") };
        assert_eq!(rows.len(), 100 * width);
        let mut path = WienerPath::new(width, 0);
        path.start(&Streams::new(7, 0), 3);
        for (step, row) in rows.chunks(width).enumerate() {
            let dw = path.next_step(h).to_vec();
            let l = root * MODE.amplitude(START, (step as f64 + 0.5) * h);
            let expected = match diffusion {
                Diffusion::Homodyne { .. } => {
                    vec![2.0 * (l * Complex64::from_polar(1.0, -phase)).re * h + dw[0]]
                }
                Diffusion::Heterodyne => vec![l.re * h + dw[0] / 2.0_f64.sqrt(), -l.im * h + dw[1] / 2.0_f64.sqrt()],
            };
            // The mean over a step is taken at its middle: h^3 in a step.
            for (found, expected) in row.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-5, "{diffusion:?}, step {step}: {found} {expected}");
            }
        }
    }
}

#[test]
fn fock_state_loses_photons_binomially() {
    let mode = DampedMode { kappa: 0.35, detuning: 0.0, drive: Complex64::ZERO, levels: 5 };
    let (system, start, t) = (mode.system(), 4_usize, 1.0);
    let psi = basis_ket(mode.levels, start);
    let trajectories = 5000;
    let ensemble = Ensemble { seed: 8, trajectories, psi: &psi, times: &[0.3, t], observed: &[mode.number()] };
    let mut lost = [0.0; 5];
    let sample = ensemble.run(&mut Counting::new(&system, 1e-9).unwrap(), |psi, measured| {
        let Measured::Clicks(clicks) = measured else { panic!("counting has clicks") };
        lost[clicks.len()] += 1.0;
        // The state is the Fock state left.
        assert!((psi[start - clicks.len()].abs() - 1.0).abs() < 1e-9);
    });
    let p = 1.0 - (-2.0 * mode.kappa * t).exp();
    let ways = [1.0, 4.0, 6.0, 4.0, 1.0];
    let chi2: f64 = (0..5)
        .map(|k| {
            let expected = trajectories as f64 * ways[k] * p.powi(k as i32) * (1.0 - p).powi((start - k) as i32);
            (lost[k] - expected).powi(2) / expected
        })
        .sum();
    println!("chi^2 = {chi2:.2} with 4 degrees of freedom");
    // N = 5000; P(chi^2_4 > 23.5) = 1e-4.
    assert!(chi2 < 23.5, "{chi2}, {lost:?}");
    let exact = [0.3, t].map(|t| 4.0 * (-2.0 * mode.kappa * t).exp());
    // 4 standard errors, false alarm 2 x 6e-5.
    assert_within("photons", &sample, &exact, 4.0, 0.0);
}

#[test]
fn photon_number_of_a_fock_state_decays_on_average_for_every_unravelling() {
    let mode = DampedMode { kappa: 0.35, detuning: 0.5, drive: Complex64::ZERO, levels: 4 };
    let (system, times) = (mode.system(), [0.3, 1.0, 2.0]);
    let psi = basis_ket(mode.levels, 3);
    let ensemble = Ensemble { seed: 9, trajectories: 3000, psi: &psi, times: &times, observed: &[mode.number()] };
    let exact = times.map(|t| 3.0 * (-2.0 * mode.kappa * t).exp());
    for (name, mut unravelling) in general_paths(&system, 0.04, false) {
        let sample = ensemble.run(unravelling.as_mut(), |_, _| {});
        // N = 3000, 4 standard errors of about 0.015, false alarm 12 x 6e-5 = 7e-4; the weak step error is 1e-3.
        assert_within(name, &sample, &exact, 4.0, 1e-3);
    }
}
