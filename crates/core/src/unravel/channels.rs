//! The jump operators of a diffusive unravelling: their means and the exponential of a weighted sum of them.

use super::vectors::Vectors;
use crate::lindblad::{Lindbladian, adjoint_into};
use crate::operator::sites::{exp2x2, product_gate};
use crate::operator::{Operator, SiteSum, norm_sqr, site_expectations};
use num_complex::Complex64;
use std::sync::Arc;

/// Relative size at which the series of an exponential is cut.
pub(super) const SERIES_TOLERANCE: f64 = 1e-9;

/// The same for density matrices, whose positivity is good to as much.
pub(super) const DENSITY_TOLERANCE: f64 = 1e-13;

/// Jump operators that are sums over sites act as products of 2 x 2 gates, O(N 2^N) for all of them together; others go
/// through a series of sparse applications.
#[derive(Debug)]
pub(super) enum Channels {
    Sites {
        sums: Vec<SiteSum>,
        transverse: bool,
        spins: Vec<[f64; 3]>,
        gates: Vec<[Complex64; 4]>,
    },
    /// Vectors of spins on sites of more than two states: products of one gate a site.
    Vectors(Vectors),
    General {
        jumps: Vec<Arc<dyn Operator>>,
        term: Vec<f64>,
        next: Vec<f64>,
    },
}

/// Number of sites and the jump operators as sums over them, if there are any and all are.
fn site_sums(jumps: &[Arc<dyn Operator>]) -> Option<(usize, Vec<SiteSum>)> {
    let sums: Vec<SiteSum> = jumps.iter().map(|l| l.site_sum().cloned()).collect::<Option<_>>()?;
    Some((sums.first()?.matrices.len(), sums))
}

impl Channels {
    pub(super) fn new(system: &Lindbladian) -> Self {
        let jumps = system.jumps();
        match site_sums(jumps) {
            Some((sites, sums)) => Channels::Sites {
                transverse: !sums.iter().all(SiteSum::is_diagonal),
                sums,
                spins: vec![[0.0; 3]; sites],
                gates: vec![[Complex64::ZERO; 4]; sites],
            },
            None => Vectors::new(jumps).map_or_else(
                || {
                    let buffer = || vec![0.0; 2 * system.dim()];
                    Channels::General { jumps: jumps.to_vec(), term: buffer(), next: buffer() }
                },
                Channels::Vectors,
            ),
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
            Channels::Vectors(vectors) => vectors.means(psi, out),
            Channels::General { jumps, term, .. } => {
                let norm = norm_sqr(psi);
                for (l, o) in jumps.iter().zip(out) {
                    *o = crate::operator::expectation(l.as_ref(), psi, term) / norm;
                }
                norm
            }
        }
    }

    /// psi <- exp(s sum_k w_k L_k) psi.
    pub(super) fn kick(&mut self, s: f64, weights: &[Complex64], psi: &mut [f64]) {
        match self {
            Channels::Sites { sums, gates, .. } => {
                site_gates(sums, s, weights, gates);
                product_gate(gates, psi);
            }
            Channels::Vectors(vectors) => vectors.kick(s, weights, psi),
            Channels::General { jumps, term, next } => {
                exponential_series(SERIES_TOLERANCE, psi, term, next, |x, y| {
                    add_weighted(jumps, weights, x, y, 1);
                    s
                });
            }
        }
    }
}

/// g_i = exp(s sum_k w_k m_ki) on every site.
fn site_gates(sums: &[SiteSum], s: f64, weights: &[Complex64], gates: &mut [[Complex64; 4]]) {
    for (site, gate) in gates.iter_mut().enumerate() {
        let mut m = [Complex64::ZERO; 4];
        for (w, l) in weights.iter().zip(sums.iter()) {
            for (m, l) in m.iter_mut().zip(&l.matrices[site]) {
                *m += w * l;
            }
        }
        *gate = exp2x2(&m.map(|m| s * m));
    }
}

/// y += sum_k w_k L_k x.
fn add_weighted(jumps: &[Arc<dyn Operator>], weights: &[Complex64], x: &[f64], y: &mut [f64], columns: usize) {
    for (w, l) in weights.iter().zip(jumps) {
        if *w != Complex64::ZERO {
            l.apply_add(*w, x, y, columns);
        }
    }
}

/// The exponential of a weighted sum of jump operators on both sides of a density matrix in split row-major storage.
#[derive(Debug)]
pub(super) enum DensityKick {
    /// A density matrix of N spins is a ket of 2 N: bits 0 to N - 1 belong to the columns, the others to the rows.
    Sites {
        sums: Vec<SiteSum>,
        gates: Vec<[Complex64; 4]>,
    },
    General {
        jumps: Vec<Arc<dyn Operator>>,
    },
}

impl DensityKick {
    pub(super) fn new(system: &Lindbladian) -> Self {
        let jumps = system.jumps();
        match site_sums(jumps) {
            Some((sites, sums)) => DensityKick::Sites { sums, gates: vec![[Complex64::ZERO; 4]; 2 * sites] },
            None => DensityKick::General { jumps: jumps.to_vec() },
        }
    }

    /// rho <- E rho E^dag, E = exp(s sum_k w_k L_k), for Hermitian rho. `term` and `next` are as long as rho and overwritten.
    pub(super) fn kick(
        &mut self,
        s: f64,
        weights: &[Complex64],
        rho: &mut Vec<f64>,
        term: &mut Vec<f64>,
        next: &mut Vec<f64>,
        dim: usize,
    ) {
        match self {
            DensityKick::Sites { sums, gates } => {
                let (columns, rows) = gates.split_at_mut(sums[0].matrices.len());
                site_gates(sums, s, weights, rows);
                for (c, r) in columns.iter_mut().zip(rows.iter()) {
                    *c = r.map(|g| g.conj());
                }
                product_gate(gates, rho);
            }
            DensityKick::General { jumps } => {
                // E (E rho)^dag = E rho E^dag: the truncated series stands on both sides, so rho stays positive.
                for _ in 0..2 {
                    exponential_series(DENSITY_TOLERANCE, rho, term, next, |x, y| {
                        add_weighted(jumps, weights, x, y, dim);
                        s
                    });
                    adjoint_into(dim, rho, term);
                    std::mem::swap(rho, term);
                }
            }
        }
    }
}

/// Orders after which a series that has not converged is cut all the same: its step is far too long.
const MAX_ORDER: u32 = 60;

/// psi <- exp(s A) psi by its Taylor series; `apply(x, y)` adds A x to y, which is zero, and returns s. The series is cut at a term
/// of relative size `tolerance`. `term` and `next` are overwritten.
pub(super) fn exponential_series(
    tolerance: f64,
    psi: &mut [f64],
    term: &mut Vec<f64>,
    next: &mut Vec<f64>,
    mut apply: impl FnMut(&[f64], &mut [f64]) -> f64,
) {
    term.copy_from_slice(psi);
    let limit = tolerance * tolerance * norm_sqr(psi);
    for order in 1..=MAX_ORDER {
        next.fill(0.0);
        let scale = apply(term, next);
        let size = add_scaled(scale / f64::from(order), next, psi);
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
