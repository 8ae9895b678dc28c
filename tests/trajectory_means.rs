//! The average over trajectories is the master equation: Hotelling's T^2 on 36 numbers for every unravelling and both paths.

mod systems;

use lightfall_core::stats::hotelling;
use lightfall_core::unravel::split::{Split, Watch};
use lightfall_core::unravel::{Counting, Diffusion, Diffusive, Grid, Unravelling};
use systems::four_spins::{glass, observed};
use systems::{Ensemble, master, means};

const TIMES: [f64; 3] = [5.0, 10.0, 20.0];
const N: u64 = 2000;
/// The slow tests take eight times as many trajectories, so errors 2.8 times smaller, at half the step.
const MANY: u64 = 16_000;
/// The weak error of the split step is 2e-3 (dt/0.1)^2, here 5e-4, against standard errors of 5e-3 to 2e-2.
const SPLIT_DT: f64 = 0.05;
/// The weak error of the general path, of order 2 here, is below 2e-3 at dt = 0.2: paired with steps of 0.025 on 1500 paths, the twelve
/// differences are zero within their errors of 8e-4.
const GENERAL_DT: f64 = 0.1;

/// 12 observables at 3 times. p > 1e-4 for each of six tests, and of six slow ones: false alarm 6e-4 in each set.
fn check(name: &str, trajectories: u64, unravelling: &mut dyn Unravelling, directions: usize) {
    let (glass, observed) = (glass(), observed());
    let psi = glass.initial_ket();
    let exact = means(&observed, &master(&glass.lindbladian(), &psi, &TIMES, 1e-11));
    let ensemble = Ensemble { seed: 12, trajectories, psi: &psi, times: &TIMES, observed: &observed };
    let sample = ensemble.run(unravelling, |_, _| {});
    let test = hotelling(&sample, &exact, 1e-12).unwrap();
    println!(
        "{name}: T^2 = {:.1} in {} directions, p = {:.3}, residual {:.1e}",
        test.t2, test.directions, test.p_value, test.residual
    );
    assert!(test.p_value > 1e-4, "{name}: {test:?}");
    // Parity fixes sigma^x_1 = 0 under counting; nothing is fixed under diffusion.
    assert_eq!(test.directions, directions, "{name}");
    assert!(test.residual < 1e-6, "{name}: {test:?}");
}

fn check_split(watch: Watch, trajectories: u64, dt: f64, directions: usize) {
    let system = glass().split_system().unwrap();
    let mut split = Split::new(&system, watch, Grid::new(dt), false);
    check(&format!("split {watch:?}"), trajectories, &mut split, directions);
}

fn check_counting(trajectories: u64, tolerance: f64) {
    let system = glass().lindbladian();
    check("general counting", trajectories, &mut Counting::new(&system, tolerance).unwrap(), 33);
}

fn check_diffusive(diffusion: Diffusion, trajectories: u64, dt: f64) {
    let system = glass().lindbladian();
    let mut general = Diffusive::new(&system, diffusion, Grid::new(dt), false);
    check(&format!("general {diffusion:?}"), trajectories, &mut general, 36);
}

const HOMODYNE: Diffusion = Diffusion::Homodyne { phase: 0.3 };

#[test]
fn split_counting_averages_to_the_master_equation() {
    check_split(Watch::Counting, N, SPLIT_DT, 33);
}

#[test]
fn split_homodyne_averages_to_the_master_equation() {
    check_split(Watch::Diffusive(HOMODYNE), N, SPLIT_DT, 36);
}

#[test]
fn split_heterodyne_averages_to_the_master_equation() {
    check_split(Watch::Diffusive(Diffusion::Heterodyne), N, SPLIT_DT, 36);
}

#[test]
fn general_counting_averages_to_the_master_equation() {
    check_counting(N, 1e-6);
}

#[test]
fn general_homodyne_averages_to_the_master_equation() {
    check_diffusive(HOMODYNE, N, GENERAL_DT);
}

#[test]
fn general_heterodyne_averages_to_the_master_equation() {
    check_diffusive(Diffusion::Heterodyne, N, GENERAL_DT);
}

#[test]
#[ignore = "slow: 16 000 trajectories"]
fn split_counting_averages_to_the_master_equation_closely() {
    check_split(Watch::Counting, MANY, 0.5 * SPLIT_DT, 33);
}

#[test]
#[ignore = "slow: 16 000 trajectories"]
fn split_homodyne_averages_to_the_master_equation_closely() {
    check_split(Watch::Diffusive(HOMODYNE), MANY, 0.5 * SPLIT_DT, 36);
}

#[test]
#[ignore = "slow: 16 000 trajectories"]
fn split_heterodyne_averages_to_the_master_equation_closely() {
    check_split(Watch::Diffusive(Diffusion::Heterodyne), MANY, 0.5 * SPLIT_DT, 36);
}

#[test]
#[ignore = "slow: 16 000 trajectories"]
fn general_counting_averages_to_the_master_equation_closely() {
    check_counting(MANY, 1e-7);
}

#[test]
#[ignore = "slow: 16 000 trajectories"]
fn general_homodyne_averages_to_the_master_equation_closely() {
    check_diffusive(HOMODYNE, MANY, 0.5 * GENERAL_DT);
}

#[test]
#[ignore = "slow: 16 000 trajectories"]
fn general_heterodyne_averages_to_the_master_equation_closely() {
    check_diffusive(Diffusion::Heterodyne, MANY, 0.5 * GENERAL_DT);
}

#[test]
fn jump_operators_five_per_cent_too_strong_are_noticed() {
    let mut strong = glass();
    strong.jumps.iter_mut().flat_map(|l| l.u.iter_mut()).for_each(|u| *u *= 1.05);
    let (observed, psi) = (observed(), strong.initial_ket());
    let exact = means(&observed, &master(&glass().lindbladian(), &psi, &TIMES, 1e-11));
    let system = strong.split_system().unwrap();
    let ensemble = Ensemble { seed: 12, trajectories: N, psi: &psi, times: &TIMES, observed: &observed };
    let watch = Watch::Diffusive(Diffusion::Heterodyne);
    let sample = ensemble.run(&mut Split::new(&system, watch, Grid::new(SPLIT_DT), false), |_, _| {});
    let test = hotelling(&sample, &exact, 1e-12).unwrap();
    println!("p = {:.1e}", test.p_value);
    assert!(test.p_value < 1e-6, "{test:?}");
}
