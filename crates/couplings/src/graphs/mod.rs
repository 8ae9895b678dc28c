//! Graphs with weighted edges: J_ij is the weight of the edge (i, j), 0 where there is none.

mod chimera;
mod erdos_renyi;
mod king;
mod lattice;
mod random_regular;
mod small_world;
mod weights;

use std::sync::Arc;

pub use chimera::Chimera;
pub use erdos_renyi::ErdosRenyi;
pub use king::King;
pub use lattice::Lattice;
pub use random_regular::RandomRegular;
pub use small_world::SmallWorld;
pub use weights::Weights;
pub(crate) use weights::half;

use crate::storage::from_pairs;
use crate::{BuildSite, Couplings, CouplingsError};

/// Edges of a graph on n elements, as found: in any order, either way round, some perhaps twice.
#[derive(Debug)]
pub(crate) struct Edges {
    n: usize,
    pairs: Vec<(usize, usize)>,
}

impl Edges {
    /// No edges yet, with memory for `expected` of them.
    ///
    /// Sparse rows take 32 bytes per edge on top of this list and of the weighted one.
    pub(crate) fn new(n: usize, expected: f64) -> Result<Self, CouplingsError> {
        crate::parameter::elements(n)?;
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        let bytes = 120.0 * expected + 8.0 * n as f64;
        // A conversion of a float saturates.
        if n > 1 << 48 || pairs.try_reserve(expected as usize).is_err() {
            return Err(CouplingsError::Memory { n, bytes });
        }
        Ok(Self { n, pairs })
    }

    /// Adds the edge (i, j); i = j is none.
    pub(crate) fn add(&mut self, i: usize, j: usize) {
        if i != j {
            self.pairs.push((i.min(j), i.max(j)));
        }
    }

    /// The network with a weight on each edge; an edge added twice counts once.
    pub(crate) fn weighted(
        mut self,
        weights: &Weights,
        site: &BuildSite<'_>,
    ) -> Result<Arc<dyn Couplings>, CouplingsError> {
        weights.check()?;
        self.pairs.sort_unstable();
        self.pairs.dedup();
        let mut rng = Weights::stream(site);
        let weighted: Vec<_> = self.pairs.into_iter().map(|(i, j)| (i, j, weights.draw(&mut rng))).collect();
        from_pairs(self.n, &weighted)
    }
}

/// The product of `sides`, all at least 1.
pub(crate) fn volume(sides: &[usize]) -> Result<usize, CouplingsError> {
    if sides.is_empty() || sides.contains(&0) {
        return Err(CouplingsError::Sides { sizes: sides.to_vec() });
    }
    let product = sides.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
    let bytes = || 8.0 * sides.iter().map(|&side| side as f64).product::<f64>();
    product.ok_or_else(|| CouplingsError::Memory { n: usize::MAX, bytes: bytes() })
}
