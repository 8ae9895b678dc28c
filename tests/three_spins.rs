//! Three spins in a multimode cavity through the general path, against published check values and the dense Liouvillian.

mod systems;

use lightfall_core::lindblad::Lindbladian;
use lightfall_core::operator::{Sparse, SpinOperator};
use lightfall_core::schedule::CompiledSchedule;
use lightfall_linalg::{eigenvalues, expm};
use num_complex::Complex64;
use systems::dense::Dense;
use systems::three_spins::{SLOWEST, TABLE, TIMES, dense, observed, operators};
use systems::{Ensemble, assert_within, basis_ket, general_paths, master, means};

const ALL_DOWN: usize = 7;

fn system() -> Lindbladian {
    let (hamiltonian, jumps) = operators();
    Lindbladian::spins(3, vec![(CompiledSchedule::constant(1.0), hamiltonian)], jumps)
}

#[test]
fn pauli_algebra_gives_the_dense_effective_hamiltonian_and_jumps() {
    let (h, jumps) = operators();
    let (dense_h, dense_jumps) = dense();
    for (sum, dense) in [h].into_iter().chain(jumps).zip([dense_h].into_iter().chain(dense_jumps)) {
        let found = Sparse::from_operator(&SpinOperator::new(3, sum)).to_dense();
        assert!(found.iter().zip(&dense.entries).all(|(a, b)| (a - b).norm() < 1e-14));
    }
}

#[test]
fn exact_means_have_the_printed_digits() {
    let states = master(&system(), &basis_ket(8, ALL_DOWN), &TIMES, 1e-11);
    let found = means(&observed(), &states);
    for (k, expected) in TABLE.iter().flatten().enumerate() {
        // Half a unit of the last printed digit, and the solver's error.
        assert!(
            (found[k] - expected).abs() < 5.1e-7,
            "t = {}, observable {}: {} {expected}",
            TIMES[k / 4],
            k % 4,
            found[k]
        );
    }
}

#[test]
fn master_equation_is_the_exponential_of_the_liouvillian() {
    let (h, jumps) = dense();
    let generator = Dense::liouvillian(&h, &jumps);
    let t = 2.0;
    let map = expm(64, &generator.entries.iter().map(|v| t * v).collect::<Vec<_>>());
    let states = master(&system(), &basis_ket(8, ALL_DOWN), &[t], 1e-12);
    let column = 8 * ALL_DOWN + ALL_DOWN;
    for k in 0..64 {
        let found = Complex64::new(states[0][k], states[0][64 + k]);
        assert!((found - map[64 * k + column]).norm() < 1e-10, "{k}");
    }
}

#[test]
fn slowest_liouvillian_eigenvalues_have_the_printed_digits() {
    let (h, jumps) = dense();
    let mut real: Vec<f64> =
        eigenvalues(64, &Dense::liouvillian(&h, &jumps).entries).unwrap().iter().map(|v| v.re).collect();
    real.sort_by(|a, b| b.total_cmp(a));
    for (found, expected) in real.iter().zip(SLOWEST) {
        assert!((found - expected).abs() < 5.1e-8, "{found} {expected}");
    }
}

/// Unravelling number `which` of the general paths at t = 6.
fn check_trajectories(which: usize) {
    let (system, psi, observed) = (system(), basis_ket(8, ALL_DOWN), observed());
    let ensemble = Ensemble { seed: 11, trajectories: 2000, psi: &psi, times: &TIMES[4..], observed: &observed };
    let (name, mut unravelling) = general_paths(&system, 0.05, false).swap_remove(which);
    let sample = ensemble.run(unravelling.as_mut(), |_, _| {});
    // N = 2000, 4 standard errors of 0.001 to 0.006, false alarm 4 x 6e-5 = 3e-4 each; no allowance for the step.
    assert_within(name, &sample, &TABLE[4], 4.0, 0.0);
}

#[test]
fn counting_means_are_the_check_values() {
    check_trajectories(0);
}

#[test]
fn homodyne_means_are_the_check_values_at_two_phases() {
    check_trajectories(1);
    check_trajectories(2);
}

#[test]
fn heterodyne_means_are_the_check_values() {
    check_trajectories(3);
}
