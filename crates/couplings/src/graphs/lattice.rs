//! Hypercubic lattices.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Edges, Weights, volume};
use crate::{BuildSite, Couplings, CouplingsError, Topology};

/// Nearest neighbours on a hypercubic lattice of any dimension (Edwards and Anderson with drawn weights).
///
/// Element i stands at the digits of i in the mixed base `sizes`, the last coordinate fastest: i = (x_1 L_2 + x_2) L_3 + ...
/// Two elements are coupled if they differ by 1 in one coordinate; on a `periodic` side of length L, 0 and L - 1 are
/// neighbours, too. No bond is double: a periodic side of length 2 has one bond, a side of length 1 has none.
///
/// Source: Edwards and Anderson, J. Phys. F 5, 965 (1975), for Gaussian weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lattice {
    /// Sides L_1, L_2, ..., each at least 1.
    pub sizes: Vec<usize>,
    /// Whether opposite ends of every side are neighbours.
    #[serde(default = "yes")]
    pub periodic: bool,
    /// Number of elements, if stated: the product of `sizes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<usize>,
    /// Couplings of neighbours.
    #[serde(default)]
    pub weights: Weights,
}

pub(super) fn yes() -> bool {
    true
}

impl Topology for Lattice {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let product = volume(&self.sizes)?;
        if let Some(n) = self.n.filter(|&n| n != product) {
            return Err(CouplingsError::SizesProduct { sizes: self.sizes.clone(), product, n });
        }
        self.weights.check()?;
        let mut edges = Edges::new(product, product as f64 * self.sizes.len() as f64)?;
        let mut stride = product;
        for &side in &self.sizes {
            stride /= side;
            for i in 0..product {
                let x = i / stride % side;
                if x + 1 < side {
                    edges.add(i, i + stride);
                } else if self.periodic {
                    edges.add(i, i - x * stride);
                }
            }
        }
        edges.weighted(&self.weights, site)
    }

    fn is_random(&self) -> bool {
        self.weights.is_random()
    }

    fn example() -> Option<&'static str> {
        Some("sizes = [6, 6]\nperiodic = true\nweights = { gaussian = { mean = 0.0, std = 1.0 } }")
    }
}
