//! Extreme eigenvalues of a network by Lanczos' method.

use lightfall_core::rng::{Purpose, Streams};
use lightfall_linalg::Lanczos;
use rand::RngExt;
use rand_distr::StandardNormal;

use crate::{Couplings, CouplingsError};

/// Most steps of the iteration; 100 leave 1.2 % of the width open at n = 10^6 and failure 1e-6.
const STEPS: usize = 100;

/// Most numbers kept as Lanczos vectors: 256 MB.
const KEPT: usize = 1 << 25;

/// Smallest and largest eigenvalue of a network with their errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremes {
    /// The estimate of the smallest eigenvalue, never below it.
    pub lowest: f64,
    /// The estimate of the largest eigenvalue, never above it.
    pub highest: f64,
    /// An eigenvalue lies within this of `lowest`.
    pub lowest_residual: f64,
    /// An eigenvalue lies within this of `highest`.
    pub highest_residual: f64,
    /// An interval that holds the whole spectrum, except with probability `failure` over the start vector.
    pub interval: (f64, f64),
    /// Steps of the iteration, each one product with J.
    pub steps: usize,
}

/// The extreme eigenvalues of J by Lanczos' method from one random start vector (stream `Lanczos` of seed 0).
///
/// Certain, up to rounding: the smallest eigenvalue is at most `lowest` and the largest at least `highest`, and each residual
/// interval holds an eigenvalue. Certain but for `failure`, the chance that the start vector was nearly orthogonal to an extreme
/// eigenvector: `interval` holds the spectrum. It is at least as wide as the residuals and never wider than
/// [`Couplings::spectral_bounds`], which always hold. If the iteration exhausts the space (always for n up to the number of steps)
/// it is exact up to rounding. min(n, 100) products with J, less for n above 335 000 to keep to 256 MB of vectors.
///
/// # Errors
///
/// If J is not finite, or the eigenvalues of the tridiagonal matrix do not converge.
///
/// # Panics
///
/// If `failure` is not in (0, 1).
pub fn extreme_eigenvalues(couplings: &dyn Couplings, failure: f64) -> Result<Extremes, CouplingsError> {
    let n = couplings.len();
    crate::parameter::elements(n)?;
    let mut rng = Streams::new(0, 0).open(Purpose::Lanczos, 0);
    let start: Vec<f64> = (0..n).map(|_| rng.sample(StandardNormal)).collect();
    let steps = n.min(STEPS).min((KEPT / n).max(2));
    let found = Lanczos::run(&start, steps, |x, y| couplings.apply(x, y, 1))?;
    // Each end fails with half the probability.
    let (lo, hi) = found.interval(0.5 * failure);
    let (least, most) = couplings.spectral_bounds();
    Ok(Extremes {
        lowest: found.lowest,
        highest: found.highest,
        lowest_residual: found.lowest_residual,
        highest_residual: found.highest_residual,
        interval: (lo.max(least), hi.min(most)),
        steps: found.steps,
    })
}

/// Residual of the top eigenvector, over the largest modulus of a Ritz value.
const RESIDUAL: f64 = 1e-8;

/// Most restarts: near the edge of a random matrix of n = 20 000, some 20 are needed.
const RESTARTS: usize = 200;

/// A unit vector v with J v = lambda v for the largest eigenvalue, by Lanczos' method restarted from its own Ritz vector until |J v - lambda v| < 1e-8 max |lambda|.
///
/// After 200 restarts of 100 steps the vector is returned as it is: eigenvalues that close count as one.
///
/// # Errors
///
/// As [`extreme_eigenvalues`].
pub fn top_eigenvector(couplings: &dyn Couplings) -> Result<Vec<f64>, CouplingsError> {
    let n = couplings.len();
    crate::parameter::elements(n)?;
    let mut rng = Streams::new(0, 0).open(Purpose::Lanczos, 0);
    let mut vector: Vec<f64> = (0..n).map(|_| rng.sample(StandardNormal)).collect();
    let steps = n.min(STEPS).min((KEPT / n).max(2));
    for _ in 0..RESTARTS {
        let (found, next) = Lanczos::with_vector(&vector, steps, |x, y| couplings.apply(x, y, 1))?;
        vector = next;
        let size = found.highest.abs().max(found.lowest.abs());
        if found.exhausted || found.highest_residual <= RESIDUAL * size {
            break;
        }
    }
    Ok(vector)
}

/// Every eigenvalue of J in nondecreasing order, from its dense form. O(n^3) time, 8 n^2 bytes.
///
/// # Errors
///
/// If J is not finite or the iteration does not converge.
pub fn eigenvalues(couplings: &dyn Couplings) -> Result<Vec<f64>, CouplingsError> {
    let n = couplings.len();
    crate::parameter::elements(n)?;
    Ok(lightfall_linalg::symmetric_eigen(n, &couplings.to_dense())?.0)
}
