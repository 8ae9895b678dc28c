//! Streaming moments over a fixed tree, errors, intervals and tests.

mod bootstrap;
mod covariance;
mod hotelling;
mod interval;
mod moments;

pub use bootstrap::{block_error, bootstrap_interval};
pub use covariance::Covariance;
pub use hotelling::{Hotelling, hotelling};
pub use interval::{Difference, Interval, difference, paired_difference, wilson};
pub use moments::{Moments, merge_tree};

/// A number with its standard error and the size of the sample behind it; `stderr` is `None` for one sample.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Estimate {
    /// Mean.
    pub mean: f64,
    /// Standard error of the mean.
    pub stderr: Option<f64>,
    /// Sample size.
    pub n: u64,
}

/// Probability of the standard normal law: P(Z <= z).
pub fn normal_probability(z: f64) -> f64 {
    use statrs::distribution::{ContinuousCDF, Normal};
    Normal::standard().cdf(z)
}

/// Quantile of the standard normal law: z with P(Z <= z) = p.
pub fn normal_quantile(p: f64) -> f64 {
    use statrs::distribution::{ContinuousCDF, Normal};
    Normal::standard().inverse_cdf(p)
}
