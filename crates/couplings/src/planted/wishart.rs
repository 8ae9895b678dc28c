//! The Wishart planted ensemble.

use std::sync::Arc;

use lightfall_core::rng::Purpose;
use rand::RngExt;
use rand_distr::StandardNormal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Planted, signs};
use crate::low_rank::LowRank;
use crate::parameter::{one, positive, require};
use crate::storage::zeros;
use crate::{BuildSite, Couplings, CouplingsError, Dense, Topology};

/// Wishart planted ensemble: a complete graph with a known ground state t and tunable hardness.
///
/// J = -(scale/n) (W W^T - its diagonal), W of n rows and m = round(alpha n) columns, each column Gaussian of covariance
/// (n I - t t^T)/(n - 1), so that W^T t = 0. E(s) = scale (|W^T s|^2 - |W|^2)/(2n) is lowest at s = t and -t. Small alpha below 1 is
/// hard, with many states near the ground state; large alpha is easy.
///
/// t is fair signs, then W column by column, from the couplings stream. `apply` costs O(m n) per column if m < n/2, O(n^2)
/// otherwise.
///
/// Source: Hamze, Raymond, Pattison, Biswas and Katzgraber, Phys. Rev. E 101, 052102 (2020), arXiv:1906.00275, section II.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wishart {
    /// Number of elements, at least 2.
    #[schemars(range(min = 2))]
    pub n: usize,
    /// Columns of W per element, above 0; at least one column is drawn.
    #[schemars(range(min = 0.0))]
    pub alpha: f64,
    /// Factor on every coupling, above 0.
    #[serde(default = "one")]
    pub scale: f64,
}

impl Topology for Wishart {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let Self { n, alpha, scale } = *self;
        crate::parameter::elements(n)?;
        require("n", n as f64, n >= 2, "at least 2 elements")?;
        positive("alpha", alpha)?;
        positive("scale", scale)?;
        // A conversion of a float saturates.
        let m = ((alpha * n as f64).round() as usize).max(1);
        // Row i of `w` holds W_i0 .. W_i(m-1).
        let mut w: Vec<f64> = Vec::new();
        let cells = n.checked_mul(m).filter(|&cells| w.try_reserve_exact(cells).is_ok());
        let cells = cells.ok_or(CouplingsError::Memory { n, bytes: 8.0 * n as f64 * m as f64 })?;
        w.resize(cells, 0.0);
        let mut rng = site.streams.open(Purpose::Couplings, 0);
        let spins = signs(n, &mut rng);
        let stretch = (n as f64 / (n as f64 - 1.0)).sqrt();
        for column in 0..m {
            for row in w.chunks_exact_mut(m) {
                row[column] = stretch * rng.sample::<f64, _>(StandardNormal);
            }
            // Projects the column off t: its covariance becomes n/(n - 1) (I - t t^T/n).
            let along: f64 = w.chunks_exact(m).zip(&spins).map(|(row, &t)| row[column] * f64::from(t)).sum();
            for (row, &t) in w.chunks_exact_mut(m).zip(&spins) {
                row[column] -= f64::from(t) * along / n as f64;
            }
        }
        let low_rank = LowRank::new(n, m, w, -scale / n as f64, true)?;
        let couplings: Arc<dyn Couplings> = if 2 * m < n {
            Arc::new(low_rank)
        } else {
            let mut values = zeros(n)?;
            values.chunks_exact_mut(n).enumerate().for_each(|(i, row)| low_rank.row(i, row));
            Arc::new(Dense::new(n, values)?)
        };
        Ok(Arc::new(Planted { couplings, spins }))
    }

    fn is_random(&self) -> bool {
        true
    }

    fn example() -> Option<&'static str> {
        Some("n = 32\nalpha = 0.75")
    }
}
