//! Glasses on the complete graph: every pair has a coupling drawn from one law.

mod gaussian;
mod levy;
mod plus_minus;

use std::sync::Arc;

use lightfall_core::rng::{Purpose, Rng};

pub use gaussian::Gaussian;
pub use levy::Levy;
pub use plus_minus::PlusMinus;

use crate::storage::zeros;
use crate::{BuildSite, Couplings, CouplingsError, Dense};

/// J_ij = J_ji = `draw` for every pair, J_ii = 0; from the couplings stream, the upper triangle row by row.
fn complete(
    n: usize,
    site: &BuildSite<'_>,
    mut draw: impl FnMut(&mut Rng) -> f64,
) -> Result<Arc<dyn Couplings>, CouplingsError> {
    let mut values = zeros(n)?;
    let mut rng = site.streams.open(Purpose::Couplings, 0);
    for i in 0..n {
        for j in i + 1..n {
            let value = draw(&mut rng);
            values[i * n + j] = value;
            values[j * n + i] = value;
        }
    }
    Ok(Arc::new(Dense::new(n, values)?))
}
