//! Errors of correlated and of skewed samples: blocks and the bootstrap.

use super::{Interval, Moments, merge_tree};
use crate::rng::Rng;
use rand::RngExt;

/// Standard error of the mean of `samples` from the spread of the means of `blocks` equal consecutive blocks.
///
/// For samples correlated over less than a block. A remainder shorter than a block is left out. `None` for fewer than two
/// blocks or more blocks than samples.
pub fn block_error(samples: &[f64], blocks: usize) -> Option<f64> {
    if blocks < 2 || samples.len() < blocks {
        return None;
    }
    let size = samples.len() / blocks;
    let means: Vec<Moments> = samples
        .chunks_exact(size)
        .take(blocks)
        .map(|b| Moments::leaf(&[b.iter().sum::<f64>() / size as f64]))
        .collect();
    merge_tree(&means)?.estimate(0).stderr
}

/// Percentile bootstrap interval of `statistic`: `resamples` draws of indices with replacement from `rng`.
///
/// `statistic` gets the resampled indices, so that pairs stay paired. Source: Efron (1979).
pub fn bootstrap_interval(
    n: usize,
    resamples: usize,
    confidence: f64,
    rng: &mut Rng,
    statistic: impl Fn(&[usize]) -> f64,
) -> Interval {
    let mut indices = vec![0; n];
    let mut values: Vec<f64> = (0..resamples.max(1))
        .map(|_| {
            indices.iter_mut().for_each(|k| *k = rng.random_range(0..n.max(1)));
            statistic(&indices)
        })
        .collect();
    values.sort_by(f64::total_cmp);
    let at = |p: f64| values[((p * values.len() as f64) as usize).min(values.len() - 1)];
    Interval { low: at(0.5 * (1.0 - confidence)), high: at(0.5 * (1.0 + confidence)), confidence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn block_error_sees_correlation_that_the_plain_error_misses() {
        let mut rng = Streams::new(2, 0).open(Purpose::Noise, 0);
        // Autoregressive with memory 0.9: the variance of the mean is (1 + 0.9)/(1 - 0.9) = 19 times the plain one.
        let mut x = 0.0;
        let samples: Vec<f64> = (0..64_000)
            .map(|_| {
                let z: f64 = StandardNormal.sample(&mut rng);
                x = 0.9 * x + z;
                x
            })
            .collect();
        let plain = block_error(&samples, samples.len()).unwrap();
        let ratio = (block_error(&samples, 64).unwrap() / plain).powi(2);
        // Relative error of a variance from 64 blocks: sqrt(2/63) = 18 %; 4 standard errors.
        assert!((ratio / 19.0 - 1.0).abs() < 0.72, "{ratio}");
    }

    #[test]
    fn bootstrap_interval_of_a_mean_matches_the_normal_one() {
        let mut rng = Streams::new(3, 0).open(Purpose::Bootstrap, 0);
        let x: Vec<f64> = (0..400).map(|_| StandardNormal.sample(&mut rng)).collect();
        let mean = |k: &[usize]| k.iter().map(|&k| x[k]).sum::<f64>() / k.len() as f64;
        let interval = bootstrap_interval(400, 2000, 0.95, &mut rng, mean);
        let plain = block_error(&x, 400).unwrap();
        assert!(((interval.high - interval.low) / (2.0 * 1.96 * plain) - 1.0).abs() < 0.12);
    }
}
