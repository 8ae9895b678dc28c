//! Small-world graphs.

use std::collections::HashSet;
use std::sync::Arc;

use lightfall_core::rng::Purpose;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Edges, Weights};
use crate::parameter::{elements, probability, require};
use crate::{BuildSite, Couplings, CouplingsError, Topology};

/// Small world: a ring of n elements, each coupled to its `neighbours` nearest, with some edges rewired.
///
/// Each edge (i, i + d mod n), d = 1, then 2, ..., then `neighbours`/2, i = 0 .. n - 1 in turn, keeps its end i and moves its other
/// end, with probability `rewire`, to an element chosen uniformly among those not yet coupled to i. The number of edges stays
/// n `neighbours`/2.
///
/// Source: Watts and Strogatz, Nature 393, 440 (1998).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmallWorld {
    /// Number of elements, at least 1.
    #[schemars(range(min = 1))]
    pub n: usize,
    /// Neighbours of each element before rewiring: even and below n.
    pub neighbours: usize,
    /// Probability that an edge is rewired.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rewire: f64,
    /// Couplings on the edges.
    #[serde(default)]
    pub weights: Weights,
}

impl Topology for SmallWorld {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let Self { n, neighbours, rewire, .. } = *self;
        elements(n)?;
        let sound = neighbours.is_multiple_of(2) && neighbours < n;
        require("neighbours", neighbours as f64, sound, "an even number below n")?;
        probability("rewire", rewire)?;
        self.weights.check()?;
        let half = neighbours / 2;
        let mut edges = Edges::new(n, n as f64 * half as f64)?;
        let pair = |i: usize, j: usize| (i.min(j), i.max(j));
        let mut present: HashSet<(usize, usize)> =
            (1..=half).flat_map(|d| (0..n).map(move |i| pair(i, (i + d) % n))).collect();
        let mut degree = Vec::new();
        if degree.try_reserve_exact(n).is_err() {
            return Err(CouplingsError::Memory { n, bytes: 8.0 * n as f64 });
        }
        degree.resize(n, neighbours);
        let mut rng = site.streams.open(Purpose::Couplings, 0);
        for d in 1..=half {
            for i in 0..n {
                let old = (i + d) % n;
                // An element coupled to all others has nowhere to go.
                if rng.random::<f64>() >= rewire || degree[i] == n - 1 {
                    edges.add(i, old);
                    continue;
                }
                let new = loop {
                    let j = rng.random_range(0..n);
                    if j != i && !present.contains(&pair(i, j)) {
                        break j;
                    }
                };
                present.remove(&pair(i, old));
                present.insert(pair(i, new));
                degree[old] -= 1;
                degree[new] += 1;
                edges.add(i, new);
            }
        }
        edges.weighted(&self.weights, site)
    }

    fn is_random(&self) -> bool {
        self.rewire > 0.0 || self.weights.is_random()
    }

    fn example() -> Option<&'static str> {
        Some("n = 36\nneighbours = 4\nrewire = 0.1")
    }
}
