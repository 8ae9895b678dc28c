//! Streaming mean and covariance matrix of a vector.

/// n, mean and C_kl = sum (x_k - mean_k)(x_l - mean_l) of a sample of vectors of width p. Memory O(p^2).
#[derive(Clone, Debug, PartialEq)]
pub struct Covariance {
    /// Sample size.
    pub count: u64,
    /// Means, length p.
    pub mean: Vec<f64>,
    scatter: Vec<f64>,
    delta: Vec<f64>,
}

impl Covariance {
    /// The empty sample of vectors of width `p`.
    pub fn new(p: usize) -> Self {
        Self { count: 0, mean: vec![0.0; p], scatter: vec![0.0; p * p], delta: vec![0.0; p] }
    }

    /// Adds one vector.
    pub fn push(&mut self, x: &[f64]) {
        self.count += 1;
        let n = self.count as f64;
        let p = self.mean.len();
        for k in 0..p {
            self.delta[k] = x[k] - self.mean[k];
            self.mean[k] += self.delta[k] / n;
        }
        let weight = (n - 1.0) / n;
        for k in 0..p {
            for l in 0..p {
                self.scatter[k * p + l] += weight * self.delta[k] * self.delta[l];
            }
        }
    }

    /// The unbiased covariance matrix, p x p row-major; zero for fewer than two samples.
    pub fn matrix(&self) -> Vec<f64> {
        let scale = if self.count > 1 { 1.0 / (self.count - 1) as f64 } else { 0.0 };
        self.scatter.iter().map(|c| c * scale).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covariance_equals_the_two_pass_formula() {
        let rows: Vec<[f64; 2]> = (0..50).map(|k| [(f64::from(k)).sin(), (0.7 * f64::from(k)).cos() + 5.0]).collect();
        let mut c = Covariance::new(2);
        rows.iter().for_each(|r| c.push(r));
        let mean = |k: usize| rows.iter().map(|r| r[k]).sum::<f64>() / 50.0;
        let cross: f64 = rows.iter().map(|r| (r[0] - mean(0)) * (r[1] - mean(1))).sum::<f64>() / 49.0;
        assert!((c.matrix()[1] - cross).abs() < 1e-14 && (c.matrix()[2] - cross).abs() < 1e-14);
    }
}
