//! The Gaussian glass with a ferromagnetic bias.

use std::sync::Arc;

use rand::RngExt;
use rand_distr::StandardNormal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::complete;
use crate::parameter::{elements, finite, not_negative, one};
use crate::{BuildSite, Couplings, CouplingsError, Topology};

/// Independent Gaussian couplings between all pairs: mean J_0/n, variance J^2/n.
///
/// J_0 is `mean` and J is `std`. For large n the ground state turns ferromagnetic above J_0/J = 1.25 in the replica-symmetric
/// theory, 1 with broken symmetry. With J_0 = 0 this is the topology `sk`, with the same draws.
///
/// Source: Sherrington and Kirkpatrick, Phys. Rev. Lett. 35, 1792 (1975), eq. (2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gaussian {
    /// Number of elements, at least 1.
    #[schemars(range(min = 1))]
    pub n: usize,
    /// J_0: the mean coupling times n; positive favours equal spins.
    #[serde(default)]
    pub mean: f64,
    /// J: the standard deviation of a coupling times sqrt(n), at least 0.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0))]
    pub std: f64,
}

impl Topology for Gaussian {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let Self { n, mean, std } = *self;
        elements(n)?;
        finite("mean", mean)?;
        not_negative("std", std)?;
        let (mean, deviation) = (mean / n as f64, std / (n as f64).sqrt());
        complete(n, site, |rng| {
            let normal: f64 = rng.sample(StandardNormal);
            mean + deviation * normal
        })
    }

    fn is_random(&self) -> bool {
        true
    }

    fn example() -> Option<&'static str> {
        Some("n = 32\nmean = 1.5\nstd = 1.0")
    }
}
