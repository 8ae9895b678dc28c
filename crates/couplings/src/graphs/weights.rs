//! Weights of the edges of a graph.

use lightfall_core::rng::{Purpose, Rng};
use rand::RngExt;
use rand_distr::StandardNormal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::parameter::{finite, not_negative, one, probability};
use crate::{BuildSite, CouplingsError};

/// What J_ij is on an edge; it is 0 elsewhere.
///
/// Drawn weights take the couplings stream 1 of the instance, one draw per edge in the order of the pairs (i, j), i < j,
/// sorted. The graph itself draws from stream 0, so one graph may carry different weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Weights {
    /// The same on every edge; positive favours equal spins.
    Uniform(f64),
    /// +`magnitude` with probability `positive`, otherwise -`magnitude`.
    PlusMinus {
        /// |J_ij|.
        #[serde(default = "one")]
        magnitude: f64,
        /// Probability of a positive coupling.
        #[serde(default = "half")]
        #[schemars(range(min = 0.0, max = 1.0))]
        positive: f64,
    },
    /// Independent normal numbers.
    Gaussian {
        /// Mean, the ferromagnetic bias.
        #[serde(default)]
        mean: f64,
        /// Standard deviation, at least 0.
        #[serde(default = "one")]
        #[schemars(range(min = 0.0))]
        std: f64,
    },
}

pub(crate) fn half() -> f64 {
    0.5
}

impl Default for Weights {
    fn default() -> Self {
        Self::Uniform(1.0)
    }
}

impl Weights {
    /// Refuses parameters out of range.
    pub(crate) fn check(&self) -> Result<(), CouplingsError> {
        match *self {
            Self::Uniform(value) => finite("uniform", value),
            Self::PlusMinus { magnitude, positive } => {
                finite("magnitude", magnitude)?;
                probability("positive", positive)
            }
            Self::Gaussian { mean, std } => {
                finite("mean", mean)?;
                not_negative("std", std)
            }
        }
    }

    /// Whether instances differ.
    pub(crate) fn is_random(&self) -> bool {
        !matches!(self, Self::Uniform(_))
    }

    /// The stream that weights are drawn from.
    pub(crate) fn stream(site: &BuildSite<'_>) -> Rng {
        site.streams.open(Purpose::Couplings, 1)
    }

    /// The next weight.
    pub(crate) fn draw(&self, rng: &mut Rng) -> f64 {
        match *self {
            Self::Uniform(value) => value,
            Self::PlusMinus { magnitude, positive } => {
                if rng.random::<f64>() < positive {
                    magnitude
                } else {
                    -magnitude
                }
            }
            Self::Gaussian { mean, std } => {
                let normal: f64 = rng.sample(StandardNormal);
                mean + std * normal
            }
        }
    }
}
