//! The Levy glass.

use std::sync::Arc;

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::complete;
use crate::parameter::{elements, not_negative, one, require};
use crate::{BuildSite, Couplings, CouplingsError, Topology};

/// Heavy-tailed couplings between all pairs: P(|J_ij| > x) = (x/x_0)^-alpha for x above x_0 = scale n^(-1/alpha), random sign.
///
/// The density falls as alpha x_0^alpha/(2 |J|^(1 + alpha)), so each element has on average scale^alpha couplings larger than 1
/// whatever n is, and the largest coupling of an element is of order `scale`. The variance is infinite below alpha = 2; from
/// there on the glass is of the Gaussian kind. Per pair one uniform u and one fair sign, |J| = x_0 (1 - u)^(-1/alpha), the upper
/// triangle row by row.
///
/// Source: Cizeau and Bouchaud, J. Phys. A 26, L187 (1993).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Levy {
    /// Number of elements, at least 1.
    #[schemars(range(min = 1))]
    pub n: usize,
    /// Exponent of the tail, above 0 and below 2.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub alpha: f64,
    /// Factor on every coupling, at least 0.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0))]
    pub scale: f64,
}

impl Topology for Levy {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let Self { n, alpha, scale } = *self;
        elements(n)?;
        let expected = "a number above 0 and below 2; from 2 on use the topology gaussian";
        require("alpha", alpha, alpha > 0.0 && alpha < 2.0, expected)?;
        not_negative("scale", scale)?;
        let least = scale * (n as f64).powf(-1.0 / alpha);
        complete(n, site, |rng| {
            let u: f64 = rng.random();
            let magnitude = least * (1.0 - u).powf(-1.0 / alpha);
            if rng.random::<bool>() { magnitude } else { -magnitude }
        })
    }

    fn is_random(&self) -> bool {
        true
    }

    fn example() -> Option<&'static str> {
        Some("n = 32\nalpha = 1.2")
    }
}
