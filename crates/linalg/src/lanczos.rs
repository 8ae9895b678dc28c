//! Lanczos' method for the ends of a symmetric spectrum.

use crate::{LinalgError, symmetric_eigen};

/// Ends of the spectrum of a symmetric matrix A from its Krylov space K_k(A, b).
///
/// Each `lowest` and `highest` is a Rayleigh quotient: the spectrum reaches at least as far. The residual |A y - theta y| of its
/// unit vector y bounds its distance to the nearest eigenvalue of A. Neither bounds the distance to the last eigenvalue, which an
/// unlucky start vector may hide; [`Lanczos::interval`] bounds that in probability.
///
/// Source: Golub and Van Loan, Matrix Computations, 4th ed., section 10.1; full reorthogonalisation as in section 10.3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lanczos {
    /// Smallest Ritz value.
    pub lowest: f64,
    /// Largest Ritz value.
    pub highest: f64,
    /// Norm of the residual of the smallest Ritz pair.
    pub lowest_residual: f64,
    /// Norm of the residual of the largest Ritz pair.
    pub highest_residual: f64,
    /// Dimension k of the Krylov space.
    pub steps: usize,
    /// Whether the Krylov space is invariant: it holds an eigenvector of every eigenvalue that b has a part in.
    pub exhausted: bool,
    /// Order of the matrix.
    pub order: usize,
}

/// A Krylov space is taken for invariant once the next vector has this part of the norm of A.
const INVARIANT: f64 = 1e-13;

impl Lanczos {
    /// Runs `steps` steps (at least 1, at most n) from `start`, a vector of n normal numbers; `apply(x, y)` writes A x over y.
    ///
    /// Every new vector is orthogonalised against all before, twice. O(steps) products with A, O(n steps^2) time, n (steps + 1) numbers.
    ///
    /// # Errors
    ///
    /// [`LinalgError::NoConvergence`] if A or `start` is not finite, `start` is zero, or the tridiagonal eigenvalues do not converge.
    pub fn run(start: &[f64], steps: usize, apply: impl FnMut(&[f64], &mut [f64])) -> Result<Self, LinalgError> {
        Self::with_vector(start, steps, apply).map(|(found, _)| found)
    }

    /// The same with the unit Ritz vector of the largest Ritz value.
    ///
    /// # Errors
    ///
    /// As [`Lanczos::run`].
    pub fn with_vector(
        start: &[f64],
        steps: usize,
        mut apply: impl FnMut(&[f64], &mut [f64]),
    ) -> Result<(Self, Vec<f64>), LinalgError> {
        let n = start.len();
        let steps = steps.clamp(1, n.max(1));
        let failed = || LinalgError::NoConvergence { what: "the Lanczos iteration", n };
        let norm = dot(start, start).sqrt();
        if !(norm > 0.0 && norm.is_finite()) {
            return Err(failed());
        }
        let mut basis: Vec<f64> = Vec::with_capacity(n * steps);
        basis.extend(start.iter().map(|x| x / norm));
        let mut next = vec![0.0; n];
        let (mut alpha, mut beta): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        let (mut scale, mut rest): (f64, f64) = (0.0, 0.0);
        for k in 0..steps {
            let last = &basis[k * n..(k + 1) * n];
            apply(last, &mut next);
            let own = dot(last, &next);
            let length = dot(&next, &next).sqrt();
            // `max` would drop a NaN.
            if !length.is_finite() {
                return Err(failed());
            }
            scale = scale.max(length);
            alpha.push(own);
            for _ in 0..2 {
                for unit in basis.chunks_exact(n) {
                    let along = dot(unit, &next);
                    next.iter_mut().zip(unit).for_each(|(x, u)| *x -= along * u);
                }
            }
            rest = dot(&next, &next).sqrt();
            if rest <= INVARIANT * scale || k + 1 == steps {
                break;
            }
            beta.push(rest);
            basis.extend(next.iter().map(|x| x / rest));
        }
        let k = alpha.len();
        let exhausted = k == n || rest <= INVARIANT * scale;
        let mut tridiagonal = vec![0.0; k * k];
        for i in 0..k {
            tridiagonal[i * k + i] = alpha[i];
            if i + 1 < k {
                tridiagonal[i * k + i + 1] = beta[i];
                tridiagonal[(i + 1) * k + i] = beta[i];
            }
        }
        let (values, vectors) = symmetric_eigen(k, &tridiagonal)?;
        // The residual of a Ritz pair is the next off-diagonal times the last component of its vector.
        let residual = |at: usize| rest * vectors[(k - 1) * k + at].abs();
        let mut highest = vec![0.0; n];
        for (m, unit) in basis.chunks_exact(n).take(k).enumerate() {
            let weight = vectors[m * k + k - 1];
            highest.iter_mut().zip(unit).for_each(|(x, u)| *x += weight * u);
        }
        let found = Self {
            lowest: values[0],
            highest: values[k - 1],
            lowest_residual: residual(0),
            highest_residual: residual(k - 1),
            steps: k,
            exhausted,
            order: n,
        };
        Ok((found, highest))
    }

    /// An interval whose ends each hold their end of the spectrum except with probability `failure`.
    ///
    /// For a start uniform on the sphere (normal numbers), P[(lambda_max - theta)/(lambda_max - lambda_min) > eps] is at most
    /// 1.648 sqrt(n) exp(-(2k - 1) sqrt(eps)), whatever the spectrum. Each end is moved outwards by eps of the width, and at
    /// least by its residual. An exhausted space is exact with probability 1; then rounding alone is added.
    /// A `failure` of 0, or none that is a number, leaves only the infinite interval unless the space is exhausted; above 1 counts as 1.
    ///
    /// Source: Kuczynski and Wozniakowski, SIAM J. Matrix Anal. Appl. 13, 1094 (1992), the probabilistic bound of section 4.
    pub fn interval(&self, failure: f64) -> (f64, f64) {
        let failure = failure.clamp(0.0, 1.0);
        let n = self.order as f64;
        let rounding = 8.0 * f64::EPSILON * n.max(8.0) * self.lowest.abs().max(self.highest.abs());
        let open = if self.exhausted {
            0.0
        } else {
            let root = (1.648 * n.sqrt() / failure).ln() / (2.0 * self.steps as f64 - 1.0);
            let eps = root * root;
            // The true width is at most the found one over 1 - 2 eps; a bound that says nothing is infinite.
            if eps < 0.5 { eps * (self.highest - self.lowest) / (1.0 - 2.0 * eps) } else { f64::INFINITY }
        };
        let below = open.max(self.lowest_residual) + rounding;
        let above = open.max(self.highest_residual) + rounding;
        (self.lowest - below, self.highest + above)
    }
}

/// a.b in eight sums, which a processor adds side by side.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Normal-like numbers of a fixed recipe.
    fn start(n: usize) -> Vec<f64> {
        let mut state = 1u64;
        let mut uniform = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        };
        (0..n).map(|_| (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()).collect()
    }

    /// The path of n elements: eigenvalues 2 cos(pi k/(n + 1)).
    fn path(x: &[f64], y: &mut [f64]) {
        let n = x.len();
        for i in 0..n {
            y[i] = if i > 0 { x[i - 1] } else { 0.0 } + if i + 1 < n { x[i + 1] } else { 0.0 };
        }
    }

    #[test]
    fn a_whole_krylov_space_gives_the_ends_to_rounding() {
        for n in [1, 2, 3, 17, 60] {
            let found = Lanczos::run(&start(n), n, path).unwrap();
            // The one element of n = 1 has the eigenvalue 0, not 1e-16.
            let edge = if n == 1 { 0.0 } else { 2.0 * (std::f64::consts::PI / (n as f64 + 1.0)).cos() };
            assert!(found.exhausted && (found.highest - edge).abs() < 1e-12 && (found.lowest + edge).abs() < 1e-12);
            let (lo, hi) = found.interval(1e-6);
            assert!(lo <= -edge && edge <= hi && hi - edge < 1e-11, "{n}: {hi} {edge}");
        }
    }

    #[test]
    fn a_small_krylov_space_lies_inside_and_its_interval_outside() {
        let n = 2000;
        let edge = 2.0 * (std::f64::consts::PI / (n as f64 + 1.0)).cos();
        for steps in [40, 80] {
            let found = Lanczos::run(&start(n), steps, path).unwrap();
            assert!(!found.exhausted && found.steps == steps && found.highest < edge);
            let (lo, hi) = found.interval(1e-6);
            assert!(lo < -edge && edge < hi && hi < 1.2 * edge, "{steps}: {found:?} {lo} {hi}");
            // An eigenvalue 2 cos(pi k/(n + 1)) lies within the residual of the Ritz value.
            let k = ((found.highest / 2.0).acos() * (n as f64 + 1.0) / std::f64::consts::PI).round();
            let nearest = 2.0 * (std::f64::consts::PI * k / (n as f64 + 1.0)).cos();
            assert!((nearest - found.highest).abs() <= found.highest_residual, "{steps}: {found:?}");
        }
    }

    #[test]
    fn few_distinct_eigenvalues_exhaust_the_space() {
        // diag(3, -1, -1, ..., 2): three distinct eigenvalues.
        let n = 50;
        let apply = |x: &[f64], y: &mut [f64]| {
            y.iter_mut().zip(x).enumerate().for_each(|(i, (y, x))| {
                *y = x * match i {
                    0 => 3.0,
                    49 => 2.0,
                    _ => -1.0,
                }
            });
        };
        let found = Lanczos::run(&start(n), 20, apply).unwrap();
        assert_eq!((found.steps, found.exhausted), (3, true));
        assert!((found.lowest + 1.0).abs() < 1e-13 && (found.highest - 3.0).abs() < 1e-13);
        let zero = Lanczos::run(&start(n), 20, |_: &[f64], y: &mut [f64]| y.fill(0.0)).unwrap();
        assert_eq!((zero.steps, zero.lowest, zero.highest), (1, 0.0, 0.0));
        assert!(Lanczos::run(&start(n), 5, |_: &[f64], y: &mut [f64]| y.fill(f64::NAN)).is_err());
        assert!(Lanczos::run(&[0.0; 3], 3, path).is_err());
    }
}
