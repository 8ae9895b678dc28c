//! The weak error of the split step, with no sampling noise: its averaged channel against the master equation.

mod systems;

use lightfall_core::lindblad::pure_density;
use lightfall_core::unravel::Grid;
use lightfall_core::unravel::split::averaged_channel;
use systems::four_spins::{few_observed, glass};
use systems::{master, means};

/// Largest error of <sigma^z_i> and <sigma^x_0 sigma^x_1> over [0, 20], compared every `interval`, a multiple of `dt`.
fn error(dt: f64, interval: f64) -> f64 {
    let (glass, observed) = (glass(), few_observed());
    let (system, psi) = (glass.split_system().unwrap(), glass.initial_ket());
    let count = (20.0 / interval).round() as u32;
    let times: Vec<f64> = (1..=count).map(|k| interval * f64::from(k)).collect();
    let exact = means(&observed, &master(&glass.lindbladian(), &psi, &times, 1e-12));
    let mut rho = pure_density(&psi);
    let states: Vec<Vec<f64>> = times
        .iter()
        .map(|&to| {
            averaged_channel(&system, Grid::new(dt), to - interval, to, &mut rho);
            rho.clone()
        })
        .collect();
    means(&observed, &states).iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn split_step_has_weak_order_two_and_its_reference_errors() {
    // Reference errors of this instance, two digits; the maximum over save times depends a little on them: 5 %.
    // 0.4 does not divide 1, so that row is compared every 2.
    let table = [(0.4, 2.0, 3.2e-2), (0.2, 1.0, 7.7e-3), (0.1, 1.0, 1.9e-3), (0.05, 1.0, 4.7e-4), (0.025, 1.0, 1.2e-4)];
    let errors = table.map(|(dt, interval, _)| error(dt, interval));
    for ((dt, _, known), found) in table.iter().zip(errors) {
        println!("dt = {dt}: {found:.3e}, known {known:e}");
        assert!((found / known - 1.0).abs() < 0.05, "dt = {dt}: {found:e}, known {known:e}");
    }
    for pair in errors.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        // Within the 0.2 of the house; the fourth-order term shows at dt = 0.4.
        assert!((order - 2.0).abs() < 0.2, "order {order} of {errors:?}");
    }
}
