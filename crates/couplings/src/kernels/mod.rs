//! Couplings given by a kernel of two positions, recomputed where storing them would not pay.

mod confocal;
mod four_sevenths;
mod mehler;
mod power_law;

use std::sync::Arc;

pub use confocal::{Confocal, ConfocalKernel, Quadrature};
pub use four_sevenths::FourSevenths;
pub use mehler::{ModeKernel, Residue};
pub use power_law::PowerLaw;

use crate::storage::zeros;
use crate::{Couplings, CouplingsError, Dense};

/// Up to this many elements J is stored: 8 n^2 = 32 MB, read faster than a cosine is computed.
const STORED: usize = 2048;

/// A position in the plane.
pub(crate) type Place = (f64, f64);

/// A symmetric function of two positions; exchanging them changes no bit.
pub(crate) trait Kernel: Send + Sync {
    /// The value at (a, b).
    fn value(&self, a: Place, b: Place) -> f64;
}

/// J_ij = kernel(r_i, r_j), recomputed whenever it is asked for. Memory 24 n bytes, `apply` O(n^2) kernels whatever the columns.
struct KernelCouplings<K> {
    places: Vec<Place>,
    kernel: K,
    diagonal: Vec<f64>,
}

/// The network of a kernel over `places` with J_ii = `own`, or the kernel's value if that is absent.
///
/// # Errors
///
/// If there are no places or an entry is not finite.
pub(crate) fn network<K: Kernel + 'static>(
    places: Vec<Place>,
    kernel: K,
    own: Option<f64>,
) -> Result<Arc<dyn Couplings>, CouplingsError> {
    network_stored_to(STORED, places, kernel, own)
}

/// [`network`] with another limit of what is stored.
fn network_stored_to<K: Kernel + 'static>(
    stored: usize,
    places: Vec<Place>,
    kernel: K,
    own: Option<f64>,
) -> Result<Arc<dyn Couplings>, CouplingsError> {
    let n = places.len();
    crate::parameter::elements(n)?;
    let diagonal: Vec<f64> = places.iter().map(|&r| own.unwrap_or_else(|| kernel.value(r, r))).collect();
    let network = KernelCouplings { places, kernel, diagonal };
    network.check()?;
    if n > stored {
        return Ok(Arc::new(network));
    }
    let mut values = zeros(n)?;
    values.chunks_exact_mut(n).enumerate().for_each(|(i, row)| network.row(i, row));
    Ok(Arc::new(Dense::new(n, values)?))
}

impl<K: Kernel> Couplings for KernelCouplings<K> {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn entry(&self, i: usize, j: usize) -> f64 {
        if i == j { self.diagonal[i] } else { self.kernel.value(self.places[i], self.places[j]) }
    }

    fn apply(&self, x: &[f64], y: &mut [f64], columns: usize) {
        /// Entries of a row computed at a time, on the stack.
        const PIECE: usize = 256;
        if columns == 0 {
            return;
        }
        y.fill(0.0);
        let mut piece = [0.0; PIECE];
        for (i, y) in y.chunks_exact_mut(columns).enumerate() {
            for (block, x) in x.chunks(PIECE * columns).enumerate() {
                let piece = &mut piece[..x.len() / columns];
                for (k, value) in piece.iter_mut().enumerate() {
                    *value = self.entry(i, block * PIECE + k);
                }
                for (x, value) in x.chunks_exact(columns).zip(piece) {
                    crate::couplings::add_scaled(*value, x, y);
                }
            }
        }
    }

    /// Every entry is finite; a kernel is symmetric by construction.
    fn check(&self) -> Result<(), CouplingsError> {
        for i in 0..self.len() {
            for j in 0..=i {
                let value = self.entry(i, j);
                if !value.is_finite() {
                    return Err(CouplingsError::NotFinite { i, j, value });
                }
            }
        }
        Ok(())
    }
}
