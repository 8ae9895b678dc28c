//! Couplings written out in the model file.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::storage::{from_pairs, from_values};
use crate::{BuildSite, Couplings, CouplingsError, Topology};

/// A matrix written out row by row: symmetric, the diagonal is not used by machines without self-coupling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InlineMatrix {
    /// Rows of J, n rows of n numbers.
    pub values: Vec<Vec<f64>>,
}

impl Topology for InlineMatrix {
    fn build(&self, _site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let n = self.values.len();
        // A row that is too long and one that is too short must not make up for each other.
        match self.values.iter().find(|row| row.len() != n) {
            Some(row) => Err(CouplingsError::Length { n, found: n * (n - 1) + row.len() }),
            None => from_values(n, self.values.concat()),
        }
    }

    fn example() -> Option<&'static str> {
        Some("values = [[0.0, 0.5, -1.0], [0.5, 0.0, 2.0], [-1.0, 2.0, 0.0]]")
    }
}

/// Pairs written out: J_ij = J_ji = value for each, zero elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InlinePairs {
    /// Number of elements, at least 1.
    #[schemars(range(min = 1))]
    pub n: usize,
    /// i, j and J_ij of each pair, listed once; indices count from 0.
    pub pairs: Vec<(usize, usize, f64)>,
}

impl Topology for InlinePairs {
    fn build(&self, _site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        from_pairs(self.n, &self.pairs)
    }

    fn example() -> Option<&'static str> {
        Some("n = 4\npairs = [[0, 1, 1.0], [1, 2, -0.5], [2, 3, 1.0], [0, 3, 0.25]]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lightfall_core::rng::Streams;
    use std::path::Path;

    fn build(topology: &dyn Topology) -> Result<Arc<dyn Couplings>, CouplingsError> {
        topology.build(&BuildSite { streams: Streams::new(1, 0), folder: Path::new(".") })
    }

    #[test]
    fn a_matrix_and_its_pairs_are_the_same_network() {
        let values = vec![vec![0.0, 0.5, 0.0], vec![0.5, 0.0, -1.5], vec![0.0, -1.5, 0.0]];
        let matrix = build(&InlineMatrix { values: values.clone() }).unwrap();
        let pairs = build(&InlinePairs { n: 3, pairs: vec![(0, 1, 0.5), (2, 1, -1.5)] }).unwrap();
        for i in 0..3 {
            for j in 0..3 {
                assert_eq!(matrix.entry(i, j), values[i][j]);
                assert_eq!(pairs.entry(i, j), values[i][j]);
            }
        }
    }

    #[test]
    fn ragged_asymmetric_and_impossible_ones_are_refused() {
        let matrix = |values: &[&[f64]]| build(&InlineMatrix { values: values.iter().map(|r| r.to_vec()).collect() });
        assert!(matches!(matrix(&[]), Err(CouplingsError::NoElements)));
        // One row too short and one too long: four numbers all the same.
        assert!(matches!(matrix(&[&[0.0], &[1.0, 0.0, 1.0]]), Err(CouplingsError::Length { n: 2, found: 3 })));
        assert!(matches!(matrix(&[&[0.0, 1.0], &[2.0, 0.0]]), Err(CouplingsError::Asymmetric(_))));
        assert!(build(&InlinePairs { n: 2, pairs: vec![(0, 2, 1.0)] }).is_err());
        assert!(build(&InlinePairs { n: 2, pairs: vec![(0, 1, 1.0), (1, 0, 1.0)] }).is_err());
    }
}
