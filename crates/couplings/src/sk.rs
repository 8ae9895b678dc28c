//! Sherrington-Kirkpatrick couplings.

use std::sync::Arc;

use lightfall_core::rng::Purpose;
use rand::RngExt;
use rand_distr::StandardNormal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::parameter::{elements, not_negative, one};
use crate::storage::zeros;
use crate::{BuildSite, Couplings, CouplingsError, Dense, Topology};

/// Independent Gaussian couplings between all pairs: mean 0, variance scale^2/n.
///
/// The diagonal is 0. The ground-state energy per element tends to -0.7632 scale for large n.
///
/// Values are drawn from the couplings stream of the instance, the upper triangle row by row: J_01, J_02, ..., J_12, ...
///
/// Source: Sherrington and Kirkpatrick, Phys. Rev. Lett. 35, 1792 (1975), with J_0 = 0 and J = scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sk {
    /// Number of elements, at least 1.
    #[schemars(range(min = 1))]
    pub n: usize,
    /// Standard deviation of a coupling times sqrt(n), at least 0.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0))]
    pub scale: f64,
}

impl Topology for Sk {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let Self { n, scale } = *self;
        elements(n)?;
        not_negative("scale", scale)?;
        let mut values = zeros(n)?;
        let deviation = scale / (n as f64).sqrt();
        let mut rng = site.streams.open(Purpose::Couplings, 0);
        for i in 0..n {
            for j in i + 1..n {
                let normal: f64 = rng.sample(StandardNormal);
                values[i * n + j] = deviation * normal;
                values[j * n + i] = deviation * normal;
            }
        }
        Ok(Arc::new(Dense::new(n, values)?))
    }

    fn is_random(&self) -> bool {
        true
    }

    fn example() -> Option<&'static str> {
        Some("n = 32\nscale = 1.0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lightfall_core::rng::Streams;
    use std::path::Path;

    fn build(n: usize, scale: f64, instance: u64) -> Arc<dyn Couplings> {
        let site = BuildSite { streams: Streams::new(11, instance), folder: Path::new(".") };
        Sk { n, scale }.build(&site).unwrap()
    }

    #[test]
    fn moments_match_the_gaussian_law() {
        let (n, scale) = (400, 1.5);
        let j = build(n, scale, 0);
        let pairs = n * (n - 1) / 2;
        let count = pairs as f64;
        let mut moments = [0.0; 4];
        for i in 0..n {
            assert_eq!(j.entry(i, i), 0.0);
            for k in i + 1..n {
                assert_eq!(j.entry(i, k), j.entry(k, i));
                let standard = j.entry(i, k) * (n as f64).sqrt() / scale;
                for (power, moment) in moments.iter_mut().enumerate() {
                    *moment += standard.powi(power as i32 + 1) / count;
                }
            }
        }
        // Moments 0, 1, 0, 3 of a standard normal; one draw has variances 1, 2, 15, 96.
        for (moment, (mean, variance)) in moments.iter().zip([(0.0, 1.0), (1.0, 2.0), (0.0, 15.0), (3.0, 96.0f64)]) {
            assert!((moment - mean).abs() < 4.0 * (variance / count).sqrt());
        }
    }

    #[test]
    fn instances_differ_repeat_and_scale() {
        let (first, again, other) = (build(20, 1.0, 0), build(20, 1.0, 0), build(20, 1.0, 1));
        assert_eq!(first.to_dense(), again.to_dense());
        assert_ne!(first.to_dense(), other.to_dense());
        let doubled = build(20, 2.0, 0);
        for (double, single) in doubled.to_dense().iter().zip(first.to_dense()) {
            assert!((double - 2.0 * single).abs() < 1e-15);
        }
    }

    #[test]
    fn defaults_and_refusals() {
        assert_eq!(toml::from_str::<Sk>("n = 3").unwrap(), Sk { n: 3, scale: 1.0 });
        assert!(toml::from_str::<Sk>("n = 3\nscael = 2.0").is_err());
        let site = BuildSite { streams: Streams::new(0, 0), folder: Path::new(".") };
        let message = |n, scale| match (Sk { n, scale }).build(&site) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        assert_eq!(message(3, -1.0), "scale = -1, expected a finite number, at least 0");
        assert_eq!(message(0, 1.0), "the network has 0 elements, expected at least 1");
        assert!(message(1 << 40, 1.0).ends_with("could not be allocated; use fewer elements or a sparse file"));
    }
}
