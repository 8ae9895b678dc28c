//! Chimera graphs.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Edges, Weights, volume};
use crate::parameter::require;
use crate::{BuildSite, Couplings, CouplingsError, Topology};

/// Chimera graph: a grid of complete bipartite cells K_{shore,shore}.
///
/// Element ((row * `columns` + column) * 2 + side) * `shore` + k. Inside a cell every element of side 0 is coupled to every
/// element of side 1. Side 0 is coupled to the same k of side 0 in the cells above and below, side 1 to the same k of side 1
/// in the cells to the left and right. 2 rows columns shore elements, degree at most shore + 2.
///
/// Source: Bunyk et al., IEEE Trans. Appl. Supercond. 24, 1700110 (2014); shore = 4 in the D-Wave 2X.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chimera {
    /// Rows of cells, at least 1.
    #[schemars(range(min = 1))]
    pub rows: usize,
    /// Columns of cells, at least 1.
    #[schemars(range(min = 1))]
    pub columns: usize,
    /// Elements on each side of a cell, at least 1.
    #[serde(default = "four")]
    #[schemars(range(min = 1))]
    pub shore: usize,
    /// Couplings on the edges.
    #[serde(default)]
    pub weights: Weights,
}

fn four() -> usize {
    4
}

impl Topology for Chimera {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let Self { rows, columns, shore, .. } = *self;
        for (name, value) in [("rows", rows), ("columns", columns), ("shore", shore)] {
            require(name, value as f64, value > 0, "at least 1")?;
        }
        self.weights.check()?;
        let n = volume(&[rows, columns, 2, shore])?;
        let mut edges = Edges::new(n, n as f64 * (1.0 + 0.5 * shore as f64))?;
        let at = |row: usize, column: usize, side: usize, k: usize| ((row * columns + column) * 2 + side) * shore + k;
        for row in 0..rows {
            for column in 0..columns {
                for k in 0..shore {
                    for l in 0..shore {
                        edges.add(at(row, column, 0, k), at(row, column, 1, l));
                    }
                    if row + 1 < rows {
                        edges.add(at(row, column, 0, k), at(row + 1, column, 0, k));
                    }
                    if column + 1 < columns {
                        edges.add(at(row, column, 1, k), at(row, column + 1, 1, k));
                    }
                }
            }
        }
        edges.weighted(&self.weights, site)
    }

    fn is_random(&self) -> bool {
        self.weights.is_random()
    }

    fn example() -> Option<&'static str> {
        Some("rows = 2\ncolumns = 2\nshore = 4\nweights = { plus-minus = {} }")
    }
}
