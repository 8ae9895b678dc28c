//! The exponential of a large matrix on a vector, by projection on a Krylov space.
//!
//! exp(tau A) y = |y| V exp(tau H) e_1 with the orthonormal basis V of y, A y, A^2 y, .. and the Hessenberg matrix H = V^T A V. With
//! the residual h_{m+1,m} as one more row, the last component of exp(tau H) e_1 is the correction of Saad (1992), eq. (33): it
//! is added to the result and serves as the estimate of its error. Everything is real: the complex structure of a ket
//! does not matter to a polynomial with real coefficients.

use super::kernels::{Term, combine, dots};
use crate::operator::norm_sqr;

/// The largest dimension of a Krylov space.
pub(super) const MOST: usize = 30;
/// Row length of the small matrix: the space, and the residual.
const WIDTH: usize = MOST + 1;
/// A residual this small, relative to the matrix, ends the space: it is invariant.
const INVARIANT: f64 = 1e-14;

/// Workspace of the exponential.
#[derive(Clone, Debug)]
pub(super) struct Krylov {
    basis: Vec<Vec<f64>>,
    next: Vec<f64>,
    /// H with the residual row, row-major.
    small: Vec<f64>,
    /// exp(tau H) e_1, and the terms of its series.
    image: [f64; WIDTH],
    term: [f64; WIDTH],
    /// The longest substep that the last exponential could take.
    reach: f64,
    pub(super) applications: u64,
}

impl Krylov {
    pub(super) fn new(dim: usize) -> Self {
        Self {
            basis: vec![vec![0.0; dim]; WIDTH],
            next: vec![0.0; dim],
            small: vec![0.0; WIDTH * WIDTH],
            image: [0.0; WIDTH],
            term: [0.0; WIDTH],
            reach: f64::INFINITY,
            applications: 0,
        }
    }

    pub(super) fn restart(&mut self) {
        self.reach = f64::INFINITY;
    }

    /// y <- exp(length A) y with at most `error` in its norm; `apply(x, out)` sets out = A x. `skew`: A^T = -A, so that two terms
    /// orthogonalise. None if a number is not finite.
    pub(super) fn exponential(
        &mut self,
        apply: &mut impl FnMut(&[f64], &mut [f64]),
        skew: bool,
        length: f64,
        error: f64,
        y: &mut [f64],
    ) -> Option<()> {
        let mut left = length;
        while left > 0.0 {
            let norm = norm_sqr(y).sqrt();
            if norm == 0.0 {
                return Some(());
            }
            if !norm.is_finite() {
                return None;
            }
            let tau = self.project(apply, skew, left, error / length / norm, y, norm)?;
            let size = self.size_of_image();
            let mut terms: [Term<'_>; WIDTH] = [(0.0, &[]); WIDTH];
            for (k, term) in terms[..size].iter_mut().enumerate() {
                *term = (norm * self.image[k], &self.basis[k]);
            }
            // y is |y| v_0 already.
            terms[0].0 -= norm;
            self.next.copy_from_slice(y);
            combine(&terms[..size], &self.next, y);
            left = if tau >= left { 0.0 } else { left - tau };
        }
        Some(())
    }

    /// Builds the space until the error per unit of time is `rate` relative to |y| over `left` or a shorter time, which is returned;
    /// `image` is set for it.
    fn project(
        &mut self,
        apply: &mut impl FnMut(&[f64], &mut [f64]),
        skew: bool,
        left: f64,
        rate: f64,
        y: &[f64],
        norm: f64,
    ) -> Option<f64> {
        self.small.fill(0.0);
        for (v, y) in self.basis[0].iter_mut().zip(y) {
            *v = y / norm;
        }
        let most = MOST.min(y.len());
        // tau^m prod h_{k+1,k} / m!: what the correction starts with.
        let mut tau = left.min(2.0 * self.reach);
        let mut leading = 1.0;
        let mut largest = 0.0_f64;
        for m in 1..=most {
            apply(&self.basis[m - 1], &mut self.next);
            self.applications += 1;
            let residual = self.orthogonalise(m, skew);
            if !residual.is_finite() {
                return None;
            }
            largest = largest.max(residual);
            if residual <= INVARIANT * largest || m == y.len() {
                self.exponential_of_small(m, left);
                self.reach = f64::INFINITY;
                return Some(left);
            }
            self.small[m * WIDTH + m - 1] = residual;
            self.basis[m].iter_mut().for_each(|v| *v /= residual);
            leading *= tau * residual / m as f64;
            if leading > 10.0 * rate * tau && m < most {
                continue;
            }
            let off = self.exponential_of_small(m, tau);
            if off <= rate * tau {
                self.reach = tau.max(self.reach.min(left));
                return Some(tau);
            }
        }
        loop {
            let off = self.exponential_of_small(most, tau);
            if off <= rate * tau {
                self.reach = tau;
                return Some(tau);
            }
            if !off.is_finite() {
                return None;
            }
            tau *= (0.9 * (rate * tau / off).powf(1.0 / most as f64)).clamp(0.1, 0.95);
        }
    }

    /// Column m - 1 of the small matrix from A v_{m-1} in `next`; v_m is its part orthogonal to the space, whose norm is returned.
    fn orthogonalise(&mut self, m: usize, skew: bool) -> f64 {
        let first = if skew { m.saturating_sub(2) } else { 0 };
        let (basis, new) = self.basis.split_at_mut(m);
        let basis = &basis[first..];
        let mut overlaps = [0.0; MOST];
        if skew {
            // v_{m-1} A v_{m-1} = 0, and v_{m-2} A v_{m-1} = -h_{m-1,m-2}.
            if m > 1 {
                overlaps[0] = -self.small[(m - 1) * WIDTH + m - 2];
            }
        } else {
            dots(basis, &self.next, &mut overlaps[..basis.len()]);
        }
        let mut terms: [Term<'_>; MOST] = [(0.0, &[]); MOST];
        let used = if skew { m.min(2) - 1 } else { m };
        for (k, term) in terms[..used].iter_mut().enumerate() {
            self.small[(first + k) * WIDTH + m - 1] = overlaps[k];
            *term = (-overlaps[k], &basis[k]);
        }
        combine(&terms[..used], &self.next, &mut new[0]);
        norm_sqr(&new[0]).sqrt()
    }

    fn size_of_image(&self) -> usize {
        self.image.iter().rposition(|v| *v != 0.0).map_or(1, |k| k + 1)
    }

    /// image = exp(tau H) e_1 for the space of dimension `m` with its residual row; returns the size of the last component.
    fn exponential_of_small(&mut self, m: usize, tau: f64) -> f64 {
        let width = m + 1;
        let column = |c: usize| (0..width).map(|r| self.small[r * WIDTH + c].abs()).sum::<f64>();
        let size = tau * (0..m).map(column).fold(0.0, f64::max);
        let parts = (size / 3.0).ceil().max(1.0);
        let h = tau / parts;
        self.image = [0.0; WIDTH];
        self.image[0] = 1.0;
        for _ in 0..parts as u64 {
            self.term = self.image;
            for order in 1..=60 {
                let mut next = [0.0; WIDTH];
                let scale = h / f64::from(order);
                let mut largest = 0.0_f64;
                for r in 0..width {
                    let from = r.saturating_sub(1);
                    let row = &self.small[r * WIDTH + from..r * WIDTH + m];
                    let sum: f64 = row.iter().zip(&self.term[from..m]).map(|(a, b)| a * b).sum();
                    next[r] = scale * sum;
                    largest = largest.max(next[r].abs());
                    self.image[r] += next[r];
                }
                self.term = next;
                if largest < 1e-17 {
                    break;
                }
            }
        }
        self.image[m].abs()
    }
}
