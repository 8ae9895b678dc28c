//! Count, means and centred squares of a vector, merged over a fixed tree of sample indices.

use super::Estimate;

/// Moments of a sample of vectors: n, mean_k and M2_k = sum (x_k - mean_k)^2.
///
/// Merging follows Chan, Golub, LeVeque (1979). Merging is not associative to the last bit, so the order is part of a result:
/// see [`merge_tree`].
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Sample size.
    pub count: u64,
    /// Means.
    pub mean: Vec<f64>,
    /// Sums of squared deviations from the mean.
    pub m2: Vec<f64>,
}

impl Moments {
    /// The sample of one vector.
    pub fn leaf(x: &[f64]) -> Self {
        Self { count: 1, mean: x.to_vec(), m2: vec![0.0; x.len()] }
    }

    /// The union of this sample and `other`, which has the same width.
    pub fn merge(mut self, other: &Moments) -> Self {
        let (a, b) = (self.count as f64, other.count as f64);
        let n = a + b;
        for k in 0..self.mean.len() {
            let delta = other.mean[k] - self.mean[k];
            self.mean[k] += delta * (b / n);
            self.m2[k] += other.m2[k] + delta * delta * (a * b / n);
        }
        self.count += other.count;
        self
    }

    /// Mean and standard error of component `k`; the unbiased variance is M2 / (n - 1).
    pub fn estimate(&self, k: usize) -> Estimate {
        let n = self.count as f64;
        let stderr = (self.count > 1).then(|| (self.m2[k] / (n - 1.0) / n).sqrt());
        Estimate { mean: self.mean[k], stderr, n: self.count }
    }
}

/// Merges consecutive samples over the canonical tree: a range is split at the largest power of two below its length.
///
/// With samples of equal power-of-two size (the last may be short) the result is bit for bit that of the tree over single
/// vectors, so it does not depend on the block size. `None` for no samples.
pub fn merge_tree(samples: &[Moments]) -> Option<Moments> {
    match samples.len() {
        0 => None,
        1 => Some(samples[0].clone()),
        n => {
            let split = (n - 1).ilog2();
            let (left, right) = samples.split_at(1 << split);
            Some(merge_tree(left)?.merge(&merge_tree(right)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(n: usize) -> Vec<Moments> {
        (0..n).map(|k| Moments::leaf(&[(1.7 * k as f64).sin() * 1e3, (k as f64).cbrt()])).collect()
    }

    #[test]
    fn moments_equal_the_two_pass_formulas() {
        let all = leaves(101);
        let m = merge_tree(&all).unwrap();
        for k in 0..2 {
            let mean = all.iter().map(|l| l.mean[k]).sum::<f64>() / 101.0;
            let m2: f64 = all.iter().map(|l| (l.mean[k] - mean).powi(2)).sum();
            assert!((m.mean[k] - mean).abs() < 1e-12 * 1e3);
            assert!((m.m2[k] / m2 - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_tree_does_not_depend_on_the_block_size_to_the_last_bit() {
        for n in [1, 63, 64, 65, 100, 200, 333] {
            let all = leaves(n);
            let whole = merge_tree(&all).unwrap();
            for block in [1, 2, 16, 64] {
                let blocks: Vec<Moments> = all.chunks(block).filter_map(merge_tree).collect();
                assert_eq!(merge_tree(&blocks).unwrap(), whole, "n = {n}, block = {block}");
            }
        }
    }
}
