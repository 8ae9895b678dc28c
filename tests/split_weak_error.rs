//! The weak error of the split step, with no sampling noise: its averaged channel against the master equation.

mod systems;

use lightfall_core::lindblad::pure_density;
use lightfall_core::unravel::Grid;
use lightfall_core::unravel::split::averaged_channel;
use systems::four_spins::{few_observed, glass};
use systems::{master, means};

/// Largest error of <sigma^z_i> and <sigma^x_0 sigma^x_1> over 21 save times for each step.
fn errors(steps: &[f64]) -> Vec<f64> {
    let (glass, observed) = (glass(), few_observed());
    let (system, psi) = (glass.split_system().unwrap(), glass.initial_ket());
    let times: Vec<f64> = (1..=20).map(f64::from).collect();
    let exact = means(
        &observed,
        &master(&glass.lindbladian(), &psi, &times, 1e-12),
    );
    let error = |&dt: &f64| {
        let mut rho = pure_density(&psi);
        let states: Vec<Vec<f64>> = times
            .iter()
            .map(|&to| {
                averaged_channel(&system, Grid::new(dt), to - 1.0, to, &mut rho);
                rho.clone()
            })
            .collect();
        means(&observed, &states)
            .iter()
            .zip(&exact)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max)
    };
    steps.iter().map(error).collect()
}

#[test]
fn split_step_has_weak_order_two_and_its_known_error() {
    let steps = [0.5, 0.25, 0.2, 0.1, 0.05, 0.025];
    let errors = errors(&steps);
    println!("{errors:?}");
    for pair in steps[2..]
        .iter()
        .zip(&errors[2..])
        .collect::<Vec<_>>()
        .windows(2)
    {
        let order = (pair[0].1 / pair[1].1).log2();
        assert!(
            (order - 2.0).abs() < 0.1,
            "order {order} from dt = {} to {}",
            pair[0].0,
            pair[1].0
        );
    }
}
