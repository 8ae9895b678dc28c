//! Confidence intervals of proportions and of differences.

use super::{Estimate, Moments, merge_tree, normal_quantile};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Confidence, such as 0.95.
    pub confidence: f64,
}

/// Wilson's score interval of a proportion with `successes` out of `n`. Source: Wilson (1927).
pub fn wilson(successes: u64, n: u64, confidence: f64) -> Interval {
    if n == 0 {
        return Interval { low: 0.0, high: 1.0, confidence };
    }
    let (k, n) = (successes as f64, n as f64);
    let z = normal_quantile(0.5 * (1.0 + confidence));
    let (p, z2) = (k / n, z * z);
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0), confidence }
}

/// A difference with its interval.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Difference {
    /// The difference.
    pub difference: f64,
    /// Its interval.
    pub interval: Interval,
}

impl Difference {
    fn new(difference: f64, half: f64, confidence: f64) -> Self {
        let interval = Interval { low: difference - half, high: difference + half, confidence };
        Self { difference, interval }
    }
}

/// a - b of two independent estimates: normal interval with the errors added in quadrature (a missing error counts as zero).
pub fn difference(a: Estimate, b: Estimate, confidence: f64) -> Difference {
    let stderr = a.stderr.unwrap_or(0.0).hypot(b.stderr.unwrap_or(0.0));
    Difference::new(a.mean - b.mean, normal_quantile(0.5 * (1.0 + confidence)) * stderr, confidence)
}

/// Mean of a_k - b_k over pairs, with Student's interval (n - 1 degrees of freedom) from the differences themselves. `None` for
/// fewer than two pairs or unequal lengths.
pub fn paired_difference(a: &[f64], b: &[f64], confidence: f64) -> Option<Difference> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let leaves: Vec<Moments> = a.iter().zip(b).map(|(a, b)| Moments::leaf(&[a - b])).collect();
    let estimate = merge_tree(&leaves)?.estimate(0);
    let quantile = StudentsT::new(0.0, 1.0, (a.len() - 1) as f64).ok()?.inverse_cdf(0.5 * (1.0 + confidence));
    Some(Difference::new(estimate.mean, quantile * estimate.stderr?, confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_matches_its_published_values() {
        // Newcombe (1998), table I, method 3: 81/263 gives 0.2553 to 0.3662; 0/20 gives 0 to 0.1611; 15/148: 0.0624 to 0.1605.
        for (k, n, low, high) in [(81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (15, 148, 0.0624, 0.1605)] {
            let i = wilson(k, n, 0.95);
            assert!((i.low - low).abs() < 6e-5 && (i.high - high).abs() < 6e-5, "{i:?}");
        }
    }

    #[test]
    fn pairing_removes_the_common_part() {
        let common: Vec<f64> = (0..100).map(|k| (f64::from(k) * 0.37).sin() * 10.0).collect();
        let shifted: Vec<f64> = common.iter().enumerate().map(|(k, c)| c + 0.5 + 0.01 * (k % 2) as f64).collect();
        let d = paired_difference(&shifted, &common, 0.95).unwrap();
        assert!((d.difference - 0.505).abs() < 1e-12);
        assert!(d.interval.high - d.interval.low < 0.003);
        assert!(paired_difference(&shifted, &common[1..], 0.95).is_none());
        // Two pairs with differences 0 and 1: mean 1/2, standard error 1/2, Student's 12.706 at one degree of freedom.
        let two = paired_difference(&[1.0, 3.0], &[1.0, 2.0], 0.95).unwrap();
        assert!((two.interval.high - (0.5 + 0.5 * 12.7062)).abs() < 1e-4);
    }
}
