//! Resonance fluorescence: the master equation, every unravelling and the statistics of the clicks against Torrey's solution.

mod systems;

use lightfall_core::rng::Streams;
use lightfall_core::stats::Covariance;
use lightfall_core::unravel::{Counting, Diffusion, Diffusive, Grid, Measured, Unravelling};
use systems::driven_atom::DrivenAtom;
use systems::{Ensemble, assert_within, general_paths, master, means};

const ATOM: DrivenAtom = DrivenAtom { rabi: 2.0, detuning: 0.0, gamma: 1.0 };
const TIMES: [f64; 4] = [0.5, 1.2, 2.5, 6.0];
const N: u64 = 4000;

#[test]
fn master_equation_follows_torreys_solution() {
    let states = master(&ATOM.system(), &DrivenAtom::ground(), &TIMES, 1e-11);
    let found = means(&DrivenAtom::observed(), &states);
    let exact: Vec<f64> = TIMES.iter().flat_map(|t| ATOM.bloch(*t)).collect();
    // 1e-11 per step, some hundred steps.
    for (found, exact) in found.iter().zip(&exact) {
        assert!((found - exact).abs() < 1e-9, "{found} {exact}");
    }
}

#[test]
fn detuned_steady_state_has_the_power_broadened_population() {
    for detuning in [0.0, 0.7, -2.0] {
        let atom = DrivenAtom { detuning, ..ATOM };
        let states = master(&atom.system(), &DrivenAtom::ground(), &[60.0], 1e-11);
        let excited = 0.5 * (1.0 + means(&DrivenAtom::observed(), &states)[2]);
        // The transient is e^{-30} and the solver's error below 1e-9.
        assert!((excited - atom.steady_population()).abs() < 1e-9, "detuning {detuning}: {excited}");
    }
}

#[test]
fn trajectory_means_follow_torreys_solution_for_every_unravelling() {
    let (system, psi, observed) = (ATOM.system(), DrivenAtom::ground(), DrivenAtom::observed());
    let ensemble = Ensemble { seed: 2, trajectories: N, psi: &psi, times: &TIMES, observed: &observed };
    let exact: Vec<f64> = TIMES.iter().flat_map(|t| ATOM.bloch(*t)).collect();
    for (name, mut unravelling) in general_paths(&system, 0.05, false) {
        let sample = ensemble.run(unravelling.as_mut(), |_, _| {});
        // N = 4000, 4 standard errors of at most 0.016, false alarm 48 x 6e-5 = 3e-3; the weak step error is 1e-3.
        assert_within(name, &sample, &exact, 4.0, 1e-3);
    }
}

#[test]
fn mean_number_of_clicks_is_gamma_times_the_integrated_population() {
    let system = ATOM.system();
    let psi = DrivenAtom::ground();
    let ensemble = Ensemble { seed: 3, trajectories: N, psi: &psi, times: &TIMES[3..], observed: &[] };
    let mut counts = Covariance::new(1);
    ensemble.run(&mut Counting::new(&system, 1e-8).unwrap(), |_, measured| {
        let Measured::Clicks(clicks) = measured else { panic!("counting has clicks") };
        assert!(
            clicks.windows(2).all(|w| w[0].time < w[1].time) && clicks.iter().all(|c| c.channel == 0 && c.time <= 6.0)
        );
        counts.push(&[clicks.len() as f64]);
    });
    let expected = ATOM.gamma * ATOM.integrated_population(6.0);
    // N = 4000, 4 standard errors of about 0.02 (antibunched: below sqrt(2.6/4000)), false alarm 6e-5.
    assert_within("clicks", &counts, &[expected], 4.0, 0.0);
    let variance = counts.matrix()[0];
    assert!(variance < 0.9 * expected, "sub-Poissonian: variance {variance} of mean {expected}");
}

#[test]
fn first_clicks_have_the_waiting_time_law() {
    let system = ATOM.system();
    let psi = DrivenAtom::ground();
    let ensemble = Ensemble { seed: 4, trajectories: N, psi: &psi, times: &[1.0, 3.5, 8.0], observed: &[] };
    let mut first = Vec::new();
    ensemble.run(&mut Counting::new(&system, 1e-8).unwrap(), |_, measured| {
        if let Measured::Clicks([click, ..]) = measured {
            first.push(click.time);
        }
    });
    first.sort_by(f64::total_cmp);
    // Kolmogorov's distance over [0, 8] from the law itself; trajectories without a click count as later.
    let n = N as f64;
    let distance = first
        .iter()
        .enumerate()
        .map(|(k, t)| {
            let law = ATOM.first_click_by(*t);
            (law - k as f64 / n).abs().max((law - (k + 1) as f64 / n).abs())
        })
        .fold(1.0 - first.len() as f64 / n - (1.0 - ATOM.first_click_by(8.0)), f64::max);
    println!("sqrt(N) D = {}", distance * n.sqrt());
    // N = 4000; P(sqrt(N) D > 2.23) = 2 exp(-2 2.23^2) = 1e-4.
    assert!(distance * n.sqrt() < 2.23, "{distance}");
}

#[test]
fn mean_records_are_the_integrated_quadratures() {
    let system = ATOM.system();
    let psi = DrivenAtom::ground();
    let ensemble = Ensemble { seed: 5, trajectories: 2000, psi: &psi, times: &[1.0, 6.0], observed: &[] };
    let integral = ATOM.integrated_sigma_y(6.0) * ATOM.gamma.sqrt();
    let (turned, tilted) = (-std::f64::consts::FRAC_PI_2, 0.4);
    // L e^{-i phi} + h.c. = sqrt(gamma) (cos phi sigma^x - sin phi sigma^y); dJ has the mean <L>^* = sqrt(gamma) (<sigma^x> + i <sigma^y>)/2.
    for (diffusion, expected) in [
        (Diffusion::Homodyne { phase: turned }, vec![integral]),
        (Diffusion::Homodyne { phase: tilted }, vec![-tilted.sin() * integral]),
        (Diffusion::Heterodyne, vec![0.0, 0.5 * integral]),
    ] {
        let mut totals = Covariance::new(expected.len());
        ensemble.run(&mut Diffusive::new(&system, diffusion, Grid::new(0.05), true), |_, measured| {
            let Measured::Increments { width, rows } = measured else { panic!("diffusion has increments") };
            assert_eq!(rows.len(), 120 * width);
            totals.push(&(0..width).map(|c| rows.iter().skip(c).step_by(width).sum()).collect::<Vec<f64>>());
        });
        // N = 2000, 4 standard errors of about sqrt(6/2000) = 0.055, false alarm 4 x 6e-5; the step error is below 5e-3.
        assert_within(&format!("{diffusion:?}"), &totals, &expected, 4.0, 5e-3);
    }
}

#[test]
fn an_undriven_atom_in_its_ground_state_never_clicks() {
    // L psi = 0: the norm falls only by the solver's error, up to 1e-3 a step, and some of 5000 thresholds lie that close to 1.
    let atom = DrivenAtom { rabi: 0.0, detuning: 6.0, gamma: 1.0 };
    let system = atom.system();
    let mut counting = Counting::new(&system, 1e-3).unwrap();
    for trajectory in 0..5000 {
        counting.start(&Streams::new(6, 0), trajectory, &DrivenAtom::ground());
        counting.advance(0.0, 100.0).unwrap_or_else(|e| panic!("trajectory {trajectory}: {e}"));
        assert!(matches!(counting.measured(), Measured::Clicks([])));
    }
}
