//! Measured weak orders of convergence of the general diffusive path.

mod systems;

use lightfall_core::lindblad::Lindbladian;
use lightfall_core::operator::{Axis, PauliSum, site_expectations};
use lightfall_core::rng::Streams;
use lightfall_core::schedule::CompiledSchedule;
use lightfall_core::stats::Covariance;
use lightfall_core::unravel::{Diffusion, Diffusive, Grid, Unravelling};
use rayon::prelude::*;
use systems::basis_ket;

/// How far the errors at the steps h and h/2 are from those of an order.
struct OrderTest {
    /// Order from their ratio.
    order: f64,
    /// |e(h) - ratio e(h/2)| in standard errors for the ratio of order 1 and of order 2.
    off: [f64; 2],
}

/// The weak order of the homodyne path of a spin with H = (0.9 sigma^x + 0.3 sigma^z) `turn` watched through `jumps`, from one Bloch
/// component at t = 1.6.
///
/// e(h) = E[O_h - O_ref] on the same Brownian paths, h, h/2 and the reference h/8: the scatter is that of a difference of paths.
/// With errors C h^p the reference makes the ratio e(h)/e(h/2) = (1 - 8^-p)/(2^-p - 8^-p).
fn weak_order(turn: f64, dt: f64, jumps: Vec<PauliSum>, component: usize) -> OrderTest {
    let [x, z] = [Axis::X, Axis::Z].map(|a| PauliSum::site(a, 0));
    let hamiltonian = vec![(CompiledSchedule::constant(1.0), 0.9 * turn * &x + 0.3 * turn * &z)];
    let system = Lindbladian::spins(1, hamiltonian, jumps);
    let at = |refinement| Diffusive::new(&system, Diffusion::Homodyne { phase: 0.0 }, Grid { dt, refinement }, false);
    let (streams, trajectories) = (Streams::new(16, 0), 30_000);
    let ratio = [1, 2].map(|p| (1.0 - 0.125_f64.powi(p)) / (0.5_f64.powi(p) - 0.125_f64.powi(p)));
    let mut sample = Covariance::new(4);
    let block = |block: u64| -> Vec<[f64; 4]> {
        let mut levels = [0, 1, 3].map(at);
        let one = |trajectory| {
            let [coarse, half, reference] = levels.each_mut().map(|path| {
                path.start(&streams, trajectory, &basis_ket(2, 0));
                path.advance(0.0, 1.6).unwrap();
                let mut spin = [[0.0; 3]];
                site_expectations(path.state(), true, &mut spin);
                spin[0][component]
            });
            let (e, e_half) = (coarse - reference, half - reference);
            [e, e_half, e - ratio[0] * e_half, e - ratio[1] * e_half]
        };
        (1000 * block..1000 * (block + 1)).map(one).collect()
    };
    let rows: Vec<[f64; 4]> = (0..trajectories / 1000).into_par_iter().flat_map_iter(block).collect();
    rows.iter().for_each(|row| sample.push(row));
    let error = |k: usize| (sample.matrix()[5 * k] / trajectories as f64).sqrt();
    println!("e = {:.5}({:.5}), {:.5}({:.5})", sample.mean[0], error(0), sample.mean[1], error(1));
    OrderTest { order: (sample.mean[0] / sample.mean[1]).log2(), off: [2, 3].map(|k| sample.mean[k].abs() / error(k)) }
}

#[test]
fn general_diffusive_path_has_weak_order_two_for_one_jump_operator() {
    let test = weak_order(0.7, 0.4, vec![1.3 * &PauliSum::site(Axis::Z, 0)], 1);
    println!(
        "order {:.2}, off order 1 by {:.1}, off order 2 by {:.1} standard errors",
        test.order, test.off[0], test.off[1]
    );
    // N = 30000. Order 2 within 4 standard errors (false alarm 6e-5), order 1 refused by as many.
    assert!(test.off[1] < 4.0 && test.off[0] > 4.0, "order {}, off by {:?}", test.order, test.off);
}

#[test]
fn general_diffusive_path_has_weak_order_one_where_jump_operators_do_not_commute() {
    // Without a Hamiltonian: one of the two alone would be stepped exactly, so all of the error is theirs together.
    let jumps = [Axis::Z, Axis::X].map(|a| 0.8 * &PauliSum::site(a, 0)).to_vec();
    let test = weak_order(0.0, 0.2, jumps, 2);
    println!(
        "order {:.2}, off order 1 by {:.1}, off order 2 by {:.1} standard errors",
        test.order, test.off[0], test.off[1]
    );
    // N = 30000. Order 1 within 4 standard errors (false alarm 6e-5), order 2 refused by as many.
    assert!(test.off[0] < 4.0 && test.off[1] > 4.0, "order {}, off by {:?}", test.order, test.off);
}
