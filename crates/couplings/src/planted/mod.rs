//! Networks with a ground state known by construction.

mod tile;
mod wishart;

use std::sync::Arc;

use lightfall_core::rng::Rng;
use rand::RngExt;

pub use tile::Tile;
pub use wishart::Wishart;

use crate::Couplings;

/// A network and the ground state it was built around.
struct Planted {
    couplings: Arc<dyn Couplings>,
    spins: Vec<i8>,
}

impl Couplings for Planted {
    fn len(&self) -> usize {
        self.couplings.len()
    }

    fn entry(&self, i: usize, j: usize) -> f64 {
        self.couplings.entry(i, j)
    }

    fn row(&self, i: usize, out: &mut [f64]) {
        self.couplings.row(i, out);
    }

    fn apply(&self, x: &[f64], y: &mut [f64], columns: usize) {
        self.couplings.apply(x, y, columns);
    }

    fn local_field(&self, i: usize, s: &[f64]) -> f64 {
        self.couplings.local_field(i, s)
    }

    fn energy(&self, s: &[f64]) -> f64 {
        self.couplings.energy(s)
    }

    fn to_dense(&self) -> Vec<f64> {
        self.couplings.to_dense()
    }

    fn spectral_bounds(&self) -> (f64, f64) {
        self.couplings.spectral_bounds()
    }

    fn planted(&self) -> Option<&[i8]> {
        Some(&self.spins)
    }

    fn check(&self) -> Result<(), crate::CouplingsError> {
        self.couplings.check()
    }
}

/// n fair signs.
fn signs(n: usize, rng: &mut Rng) -> Vec<i8> {
    (0..n).map(|_| if rng.random::<bool>() { 1 } else { -1 }).collect()
}
