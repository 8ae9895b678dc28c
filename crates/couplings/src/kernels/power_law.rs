//! Couplings that fall as a power of the distance.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kernel, Place, network};
use crate::graphs::Weights;
use crate::parameter::positive;
use crate::storage::zeros;
use crate::{BuildSite, Couplings, CouplingsError, Dense, Positions, Topology};

/// J_ij = w_ij/r_ij^alpha over the distance of the elements, zero diagonal.
///
/// `alpha` = 3 is dipolar. With Gaussian weights of std sigma on a line or circle this is the one-dimensional long-range glass; on a
/// circle r is the chord. Uniform weights keep J free of memory for large n; drawn weights are stored. Positions draw from the
/// couplings stream 0, weights from stream 1, one per pair, the upper triangle row by row.
///
/// Source: Kotliar, Anderson and Stein, Phys. Rev. B 27, 602 (1983); the ring: Katzgraber and Young, Phys. Rev. B 67, 134410
/// (2003).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PowerLaw {
    /// Number of elements; may be absent if the positions come from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub n: Option<usize>,
    /// Exponent, above 0.
    #[schemars(range(min = 0.0))]
    pub alpha: f64,
    /// Positions of the elements; a line of spacing 1 if absent.
    #[serde(default = "line")]
    pub positions: Positions,
    /// Factors w_ij.
    #[serde(default)]
    pub weights: Weights,
}

fn line() -> Positions {
    Positions::Line { spacing: 1.0 }
}

struct Power {
    alpha: f64,
    weight: f64,
}

impl Kernel for Power {
    fn value(&self, a: Place, b: Place) -> f64 {
        // |a - b| has the bits of |b - a|: hypot depends on magnitudes only.
        self.weight * (a.0 - b.0).hypot(a.1 - b.1).powf(-self.alpha)
    }
}

impl Topology for PowerLaw {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        positive("alpha", self.alpha)?;
        self.weights.check()?;
        let places = self.positions.place(self.n, site)?;
        let n = places.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| places[i].0.total_cmp(&places[j].0).then(places[i].1.total_cmp(&places[j].1)));
        if let Some(pair) = order.windows(2).find(|pair| places[pair[0]] == places[pair[1]]) {
            return Err(CouplingsError::SamePlace { i: pair[0].min(pair[1]), j: pair[0].max(pair[1]) });
        }
        let Weights::Uniform(weight) = self.weights else {
            let kernel = Power { alpha: self.alpha, weight: 1.0 };
            let mut values = zeros(n)?;
            let mut rng = Weights::stream(site);
            for i in 0..n {
                for j in i + 1..n {
                    let value = self.weights.draw(&mut rng) * kernel.value(places[i], places[j]);
                    (values[i * n + j], values[j * n + i]) = (value, value);
                }
            }
            return Ok(Arc::new(Dense::new(n, values)?));
        };
        network(places, Power { alpha: self.alpha, weight }, Some(0.0))
    }

    fn is_random(&self) -> bool {
        self.weights.is_random() || self.positions.is_random()
    }

    fn example() -> Option<&'static str> {
        Some("n = 32\nalpha = 1.5\npositions = { circle = { radius = 5.0 } }\nweights = { gaussian = {} }")
    }
}
