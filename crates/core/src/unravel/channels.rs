//! The jump operators of a diffusive unravelling: their means and the exponential of a weighted sum of them.

use crate::lindblad::Lindbladian;
use crate::operator::sites::{exp2x2, product_gate};
use crate::operator::{Operator, SiteSum, norm_sqr, site_expectations};
use num_complex::Complex64;
use std::sync::Arc;

/// Relative size at which the series of an exponential is cut.
pub(super) const SERIES_TOLERANCE: f64 = 1e-9;

/// Jump operators that are sums over sites act as products of 2 x 2 gates, O(N 2^N) for all of them together; others go
/// through a series of sparse applications.
#[derive(Debug)]
pub(super) enum Channels {
    Sites { sums: Vec<SiteSum>, transverse: bool, spins: Vec<[f64; 3]>, gates: Vec<[Complex64; 4]> },
    General { jumps: Vec<Arc<dyn Operator>>, term: Vec<f64>, next: Vec<f64> },
}

impl Channels {
    pub(super) fn new(system: &Lindbladian) -> Self {
        let jumps = system.jumps();
        let sums: Option<Vec<SiteSum>> = jumps.iter().map(|l| l.site_sum().cloned()).collect();
        match sums {
            Some(sums) if !sums.is_empty() => {
                let sites = sums[0].matrices.len();
                Channels::Sites {
                    transverse: !sums.iter().all(SiteSum::is_diagonal),
                    sums,
                    spins: vec![[0.0; 3]; sites],
                    gates: vec![[Complex64::ZERO; 4]; sites],
                }
            }
            _ => {
                let buffer = || vec![0.0; 2 * system.dim()];
                Channels::General { jumps: jumps.to_vec(), term: buffer(), next: buffer() }
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Channels::Sites { sums, .. } => sums.len(),
            Channels::General { jumps, .. } => jumps.len(),
        }
    }

    /// <L_k> of the ket `psi` divided by its squared norm, which is returned.
    pub(super) fn means(&mut self, psi: &[f64], out: &mut [Complex64]) -> f64 {
        match self {
            Channels::Sites { sums, transverse, spins, .. } => {
                let norm = site_expectations(psi, *transverse, spins);
                for (l, o) in sums.iter().zip(out) {
                    *o = l.mean(spins);
                }
                norm
            }
            Channels::General { jumps, term, .. } => {
                let norm = norm_sqr(psi);
                for (l, o) in jumps.iter().zip(out) {
                    *o = crate::operator::expectation(l.as_ref(), psi, term) / norm;
                }
                norm
            }
        }
    }

    /// psi <- exp(sum_k w_k L_k) psi.
    pub(super) fn kick(&mut self, weights: &[Complex64], psi: &mut [f64]) {
        match self {
            Channels::Sites { sums, gates, .. } => {
                for (site, gate) in gates.iter_mut().enumerate() {
                    let mut m = [Complex64::ZERO; 4];
                    for (w, l) in weights.iter().zip(sums.iter()) {
                        for (m, l) in m.iter_mut().zip(&l.matrices[site]) {
                            *m += w * l;
                        }
                    }
                    *gate = exp2x2(&m);
                }
                product_gate(gates, psi);
            }
            Channels::General { jumps, term, next } => {
                exponential_series(psi, term, next, |x, y| {
                    for (w, l) in weights.iter().zip(jumps.iter()) {
                        l.apply_add(*w, x, y, 1);
                    }
                });
            }
        }
    }
}

/// Orders after which a series that has not converged is cut all the same: its step is far too long.
const MAX_ORDER: u32 = 60;

/// psi <- exp(A) psi by its Taylor series; `apply(x, y)` adds A x to y. `term` and `next` are overwritten.
pub(super) fn exponential_series(
    psi: &mut [f64],
    term: &mut Vec<f64>,
    next: &mut Vec<f64>,
    apply: impl Fn(&[f64], &mut [f64]),
) {
    term.copy_from_slice(psi);
    let limit = SERIES_TOLERANCE * SERIES_TOLERANCE * norm_sqr(psi);
    for order in 1..=MAX_ORDER {
        next.fill(0.0);
        apply(term, next);
        let size = add_scaled(1.0 / f64::from(order), next, psi);
        std::mem::swap(term, next);
        if size <= limit {
            break;
        }
    }
}

crate::dispatch! {
    /// term <- s term, psi <- psi + term; returns |term|^2.
    fn add_scaled(s: f64, term: &mut [f64], psi: &mut [f64]) -> f64 = add_scaled_kernel;
}

#[inline(always)]
fn add_scaled_kernel<const FMA: bool>(s: f64, term: &mut [f64], psi: &mut [f64]) -> f64 {
    let mut lanes = [0.0; 4];
    for (t, p) in term.chunks_exact_mut(4).zip(psi.chunks_exact_mut(4)) {
        for l in 0..4 {
            t[l] *= s;
            p[l] += t[l];
            lanes[l] = crate::simd::madd::<FMA>(t[l], t[l], lanes[l]);
        }
    }
    let done = psi.len() / 4 * 4;
    for (t, p) in term[done..].iter_mut().zip(&mut psi[done..]) {
        *t *= s;
        *p += *t;
        lanes[0] += *t * *t;
    }
    lanes.iter().sum()
}
