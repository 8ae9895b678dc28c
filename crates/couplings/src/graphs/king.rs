//! King's graph.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Edges, Weights, volume};
use crate::{BuildSite, Couplings, CouplingsError, Topology};

/// King's graph: a square lattice whose elements are coupled to all eight around them, as a chess king moves.
///
/// Element row * `columns` + column. With `periodic`, opposite edges of the board meet; no bond is double. This is the
/// connectivity of CMOS annealing chips.
///
/// Source: Okuyama et al., Phys. Rev. E 100, 012111 (2019), for its use as Ising hardware.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct King {
    /// Rows of the board, at least 1.
    #[schemars(range(min = 1))]
    pub rows: usize,
    /// Columns of the board, at least 1.
    #[schemars(range(min = 1))]
    pub columns: usize,
    /// Whether opposite edges of the board meet.
    #[serde(default)]
    pub periodic: bool,
    /// Couplings on the edges.
    #[serde(default)]
    pub weights: Weights,
}

impl Topology for King {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let Self { rows, columns, periodic, .. } = *self;
        crate::parameter::require("rows", rows as f64, rows > 0, "at least 1")?;
        crate::parameter::require("columns", columns as f64, columns > 0, "at least 1")?;
        self.weights.check()?;
        let n = volume(&[rows, columns])?;
        let mut edges = Edges::new(n, 4.0 * n as f64)?;
        let next = |x: usize, side: usize| match x + 1 {
            y if y < side => Some(y),
            _ if periodic => Some(0),
            _ => None,
        };
        for r in 0..rows {
            for c in 0..columns {
                let (i, below, right) = (r * columns + c, next(r, rows), next(c, columns));
                if let Some(c) = right {
                    edges.add(i, r * columns + c);
                }
                if let Some(r) = below {
                    edges.add(i, r * columns + c);
                }
                if let (Some(below), Some(right)) = (below, right) {
                    edges.add(i, below * columns + right);
                    edges.add(r * columns + right, below * columns + c);
                }
            }
        }
        edges.weighted(&self.weights, site)
    }

    fn is_random(&self) -> bool {
        self.weights.is_random()
    }

    fn example() -> Option<&'static str> {
        Some("rows = 6\ncolumns = 6\nweights = { plus-minus = { positive = 0.5 } }")
    }
}
