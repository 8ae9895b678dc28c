//! The +-J glass on the complete graph.

use std::sync::Arc;

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::complete;
use crate::graphs::half;
use crate::parameter::{elements, not_negative, one, probability};
use crate::{BuildSite, Couplings, CouplingsError, Topology};

/// Couplings of one magnitude and random sign between all pairs: J_ij = +-scale/sqrt(n).
///
/// The sign is positive with probability `positive`. With `positive` = 1/2 the variance is that of the Sherrington-Kirkpatrick glass, and so is the
/// large-n limit. One uniform number per pair, the upper triangle row by row.
///
/// Source: Toulouse, Commun. Phys. 2, 115 (1977), for +-J; the universality: Carmona and Hu, Ann. Inst. H. Poincare PR 42, 215
/// (2006).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlusMinus {
    /// Number of elements, at least 1.
    #[schemars(range(min = 1))]
    pub n: usize,
    /// |J_ij| times sqrt(n), at least 0.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0))]
    pub scale: f64,
    /// Probability of a positive coupling.
    #[serde(default = "half")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub positive: f64,
}

impl Topology for PlusMinus {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let Self { n, scale, positive } = *self;
        elements(n)?;
        not_negative("scale", scale)?;
        probability("positive", positive)?;
        let magnitude = scale / (n as f64).sqrt();
        complete(n, site, |rng| if rng.random::<f64>() < positive { magnitude } else { -magnitude })
    }

    fn is_random(&self) -> bool {
        true
    }

    fn example() -> Option<&'static str> {
        Some("n = 32\npositive = 0.5")
    }
}
