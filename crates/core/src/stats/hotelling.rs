//! Hotelling's T^2: is the mean of a vector what it should be, with the sample's own covariance?

use super::Covariance;
use lightfall_linalg::{LinalgError, symmetric_eigen};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

/// Outcome of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hotelling {
    /// n (mean - mu)^T S^-1 (mean - mu) over the directions kept.
    pub t2: f64,
    /// Number of directions with variance, p.
    pub directions: usize,
    /// Probability of a T^2 at least as large if the mean is mu: (n - p)/(p (n - 1)) T^2 is F(p, n - p).
    pub p_value: f64,
    /// Largest |component of mean - mu| along the directions without variance, which must vanish by itself.
    pub residual: f64,
}

/// Tests whether the sample behind `sample` has mean `mu`. Directions whose variance is below `relative_cut` times the largest
/// are dropped and reported as `residual`.
///
/// Source: Hotelling (1931); Anderson, An Introduction to Multivariate Statistical Analysis, section 5.2.
pub fn hotelling(sample: &Covariance, mu: &[f64], relative_cut: f64) -> Result<Hotelling, LinalgError> {
    let p = mu.len();
    let n = sample.count as f64;
    let (values, vectors) = symmetric_eigen(p, &sample.matrix())?;
    let top = values.last().copied().unwrap_or(0.0);
    let (mut t2, mut directions, mut residual) = (0.0, 0, 0.0_f64);
    for (m, value) in values.iter().enumerate() {
        let along: f64 = (0..p).map(|k| (sample.mean[k] - mu[k]) * vectors[k * p + m]).sum();
        if *value > relative_cut * top {
            t2 += n * along * along / value;
            directions += 1;
        } else {
            residual = residual.max(along.abs());
        }
    }
    let q = directions as f64;
    let f = (n - q) / (q * (n - 1.0)) * t2;
    let p_value = FisherSnedecor::new(q, n - q).map_or(f64::NAN, |law| law.sf(f));
    Ok(Hotelling { t2, directions, p_value, residual })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};
    use rand_distr::{Distribution, StandardNormal};

    /// 200 samples of 100 correlated normal vectors with one constant component.
    fn p_values(shift: f64) -> Vec<f64> {
        (0..200)
            .map(|trial| {
                let mut rng = Streams::new(1, 0).open(Purpose::Noise, trial);
                let mut sample = Covariance::new(4);
                for _ in 0..100 {
                    let [a, b, c]: [f64; 3] = std::array::from_fn(|_| StandardNormal.sample(&mut rng));
                    sample.push(&[a + shift, a + 0.1 * b, 3.0 * c - b, 2.0]);
                }
                let test = hotelling(&sample, &[0.0, 0.0, 0.0, 2.0], 1e-10).unwrap();
                assert_eq!(test.directions, 3);
                assert!(test.residual < 1e-12);
                test.p_value
            })
            .collect()
    }

    #[test]
    fn p_values_are_uniform_under_the_null_and_small_under_a_shift() {
        let null = p_values(0.0);
        // 200 uniform p: the number below 0.1 is 20 +- 4.2; 4 standard deviations (false alarm 6e-5).
        let below = null.iter().filter(|p| **p < 0.1).count();
        assert!((3..=37).contains(&below), "{below}");
        assert!(p_values(0.1).iter().all(|p| *p < 1e-4));
    }
}
