//! Erdos-Renyi graphs.

use std::sync::Arc;

use lightfall_core::rng::{Purpose, Rng};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Edges, Weights};
use crate::parameter::{elements, probability, require};
use crate::{BuildSite, Couplings, CouplingsError, Topology};

/// Random graph: each of the n(n - 1)/2 pairs is an edge with probability p, independently.
///
/// p is `probability`, or `mean_degree`/(n - 1). The pairs (1, 0), (2, 0), (2, 1), (3, 0), ... are passed in jumps: from one
/// edge to the next it is 1 + floor(ln(1 - u)/ln(1 - p)) pairs, u uniform, so that the time is O(n + edges). With Gaussian
/// weights this is the spin glass of Viana and Bray.
///
/// Source: Gilbert, Ann. Math. Stat. 30, 1141 (1959); the jumps: Batagelj and Brandes, Phys. Rev. E 71, 036113 (2005).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErdosRenyi {
    /// Number of elements, at least 1.
    #[schemars(range(min = 1))]
    pub n: usize,
    /// Probability of an edge; either this or `mean_degree`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: Option<f64>,
    /// Expected number of neighbours, from 0 to n - 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub mean_degree: Option<f64>,
    /// Couplings on the edges.
    #[serde(default)]
    pub weights: Weights,
}

impl ErdosRenyi {
    /// Probability of an edge.
    fn p(&self) -> Result<f64, CouplingsError> {
        match (self.probability, self.mean_degree) {
            (Some(p), None) => probability("probability", p).map(|()| p),
            (None, Some(c)) => {
                let most = self.n.saturating_sub(1) as f64;
                require("mean_degree", c, (0.0..=most).contains(&c), "a number from 0 to n - 1")?;
                Ok(if most > 0.0 { c / most } else { 0.0 })
            }
            (p, _) => Err(CouplingsError::OneOf { first: "probability", second: "mean_degree", both: p.is_some() }),
        }
    }
}

/// Calls `edge` for the edges, each pair being one with probability `p` above 0.
fn jump(n: usize, p: f64, rng: &mut Rng, mut edge: impl FnMut(usize, usize)) {
    // ln(1 - p), accurate for small p; -inf for p = 1 makes every jump 1.
    let scale = (-p).ln_1p();
    let (mut i, mut j) = (1, 0);
    loop {
        let u: f64 = rng.random();
        let mut skip = ((-u).ln_1p() / scale).floor();
        // Row i has the i pairs (i, 0) .. (i, i - 1).
        while i < n && skip >= (i - j) as f64 {
            skip -= (i - j) as f64;
            (i, j) = (i + 1, 0);
        }
        if i >= n {
            return;
        }
        j += skip as usize;
        edge(i, j);
        j += 1;
    }
}

impl Topology for ErdosRenyi {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let n = self.n;
        elements(n)?;
        let p = self.p()?;
        self.weights.check()?;
        let expected = 0.5 * p * n as f64 * (n as f64 - 1.0);
        let mut edges = Edges::new(n, expected + 4.0 * expected.sqrt())?;
        let mut rng = site.streams.open(Purpose::Couplings, 0);
        if p > 0.0 {
            jump(n, p, &mut rng, |i, j| edges.add(i, j));
        }
        edges.weighted(&self.weights, site)
    }

    fn is_random(&self) -> bool {
        true
    }

    fn example() -> Option<&'static str> {
        Some("n = 36\nmean_degree = 4.0\nweights = { gaussian = {} }")
    }
}
