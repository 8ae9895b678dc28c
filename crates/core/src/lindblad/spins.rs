//! What a Lindbladian keeps of spins: the sums that its operators were compiled from.

use crate::operator::{PauliSum, SpinPairs, SpinVector};
use num_complex::Complex64;

/// A system of spins of any length.
#[derive(Clone, Debug)]
pub(super) struct CollectiveSpins {
    pub(super) sites: usize,
    pub(super) states: usize,
    pub(super) hamiltonian: Vec<SpinPairs>,
    pub(super) jumps: Vec<SpinVector>,
}

impl CollectiveSpins {
    /// sum_k L_k^dag L_k.
    pub(super) fn damping(&self) -> SpinPairs {
        let mut sum = SpinPairs::zero(self.sites, self.states);
        for l in &self.jumps {
            sum.add_scaled(Complex64::ONE, &SpinPairs::product(self.states, l, l));
        }
        sum
    }
}

/// A system of spins 1/2.
#[derive(Clone, Debug)]
pub(super) struct Paulis {
    pub(super) sites: usize,
    pub(super) hamiltonian: Vec<PauliSum>,
    pub(super) jumps: Vec<PauliSum>,
}

impl Paulis {
    /// sum_k L_k^dag L_k.
    pub(super) fn damping(&self) -> PauliSum {
        self.jumps.iter().fold(PauliSum::zero(), |sum, l| sum + &l.adjoint() * l)
    }
}
