//! Poisson counts.

use lightfall_core::rng::Rng;
use rand::RngExt;
use rand_distr::{Distribution, Poisson};

/// Mean below which the counts are found by walking up the law.
const SMALL: f64 = 10.0;

/// A count with mean `mean`, exact: no normal approximation at any mean. 0 for a mean of 0.
pub fn poisson(mean: f64, rng: &mut Rng) -> f64 {
    if mean < SMALL {
        return walk(mean, rng.random());
    }
    // Only a mean that is not finite is refused.
    Poisson::new(mean).map_or(f64::NAN, |law| law.sample(rng))
}

/// The smallest count whose cumulative probability exceeds `uniform`.
fn walk(mean: f64, uniform: f64) -> f64 {
    let mut probability = (-mean).exp();
    let (mut count, mut left) = (0.0, uniform - probability);
    // Rounding may leave a remainder that no probability covers.
    while left >= 0.0 && probability > 1e-30 {
        count += 1.0;
        probability *= mean / count;
        left -= probability;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use lightfall_core::rng::{Purpose, Streams};

    #[test]
    fn counts_have_the_law_of_poisson() {
        // Chi squared over the counts within 4 standard deviations of the mean, the tails together; 2e5 draws, a false alarm in 1e5 each.
        let mut rng = Streams::new(1, 0).open(Purpose::Shots, 0);
        for mean in [0.02, 0.7, 3.3, 9.99, 10.01, 31.4, 170.0, 4000.0] {
            let draws = 200_000;
            let reach = (4.0 * f64::sqrt(mean)).ceil();
            let (low, high) = ((mean - reach).max(0.0).floor() as usize, (mean + reach).ceil() as usize);
            let mut seen = vec![0.0; high - low + 3];
            for _ in 0..draws {
                let k = poisson(mean, &mut rng) as usize;
                seen[if k < low { 0 } else { (k - low + 1).min(high - low + 2) }] += 1.0;
            }
            let log_factorial = |k: usize| (2..=k).map(|j| (j as f64).ln()).sum::<f64>();
            let law = |k: usize| (k as f64 * mean.ln() - mean - log_factorial(k)).exp();
            let inside: Vec<f64> = (low..=high).map(law).collect();
            let below: f64 = (0..low).map(law).sum();
            let above = (1.0 - below - inside.iter().sum::<f64>()).max(0.0);
            let all = [vec![below], inside, vec![above]].concat();
            let (mut chi, mut cells, mut rest) = (0.0, 0.0, [0.0; 2]);
            for (p, n) in all.iter().zip(&seen) {
                let expected = p * f64::from(draws);
                if expected < 10.0 {
                    rest = [rest[0] + expected, rest[1] + n];
                } else {
                    chi += (n - expected).powi(2) / expected;
                    cells += 1.0;
                }
            }
            chi += (rest[1] - rest[0]).powi(2) / rest[0].max(1.0);
            // Wilson and Hilferty: the cube root of chi squared over its degrees is nearly normal.
            let z = ((chi / cells).cbrt() - (1.0 - 2.0 / (9.0 * cells))) / f64::sqrt(2.0 / (9.0 * cells));
            println!("mean {mean}: chi squared {chi:.1} over {cells} cells, z {z:.2}");
            assert!(z < 4.3, "mean {mean}: z {z}");
        }
        assert_eq!(poisson(0.0, &mut rng), 0.0);
    }
}
