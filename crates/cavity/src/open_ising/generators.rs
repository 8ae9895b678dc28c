//! Rotations and pulls of Bloch vectors: ds_i = 2 h_i x s_i + 2 (r_i - s_i (r_i . s_i)), for many trajectories side by side.

use num_complex::Complex64;
use std::f64::consts::FRAC_1_SQRT_2;

/// Row by row.
pub(super) type Matrix = [[f64; 3]; 3];

/// h_i and r_i of every spin, one number a trajectory: rows of `columns` numbers.
#[derive(Clone, Debug)]
pub(super) struct Generators {
    sites: usize,
    columns: usize,
    /// Rows 3 i + a: component a of spin i.
    h: Vec<f64>,
    r: Vec<f64>,
    /// A row.
    row: Vec<f64>,
}

/// y += a x.
#[inline(always)]
fn add_scaled(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

/// Row `k` of rows of `columns` numbers.
#[inline(always)]
fn row(y: &[f64], k: usize, columns: usize) -> &[f64] {
    &y[k * columns..(k + 1) * columns]
}

/// The three rows of spin `i`.
#[inline(always)]
fn spin(y: &mut [f64], i: usize, columns: usize) -> [&mut [f64]; 3] {
    let (x, rest) = y[3 * i * columns..3 * (i + 1) * columns].split_at_mut(columns);
    let (y, z) = rest.split_at_mut(columns);
    [x, y, z]
}

/// Scales every s_i of every column to |s_i| = `length`.
#[inline(always)]
pub(super) fn to_length(length: f64, sites: usize, y: &mut [f64]) {
    let columns = y.len() / (3 * sites);
    for i in 0..sites {
        let [x, y, z] = spin(y, i, columns);
        for c in 0..columns {
            let scale = length / (x[c] * x[c] + y[c] * y[c] + z[c] * z[c]).sqrt();
            (x[c], y[c], z[c]) = (scale * x[c], scale * y[c], scale * z[c]);
        }
    }
}

/// Adds factor m s_i to the vector of spin `i` in `to`.
#[inline(always)]
fn add_product(factor: f64, m: &Matrix, i: usize, columns: usize, y: &[f64], to: &mut [f64]) {
    for (m, to) in m.iter().zip(spin(to, i, columns)) {
        for (b, m) in m.iter().enumerate().filter(|(_, m)| **m != 0.0) {
            add_scaled(factor * m, row(y, 3 * i + b, columns), to);
        }
    }
}

impl Generators {
    /// For `sites` spins.
    pub(super) fn new(sites: usize) -> Self {
        Self { sites, columns: 0, h: vec![], r: vec![], row: vec![] }
    }

    /// h = r = 0 for `columns` trajectories.
    #[inline(always)]
    pub(super) fn clear(&mut self, columns: usize) {
        if columns != self.columns {
            self.columns = columns;
            self.h.resize(3 * self.sites * columns, 0.0);
            self.r.resize(3 * self.sites * columns, 0.0);
            self.row.resize(columns, 0.0);
        }
        self.h.fill(0.0);
        self.r.fill(0.0);
    }

    /// h_i += `value` in component `a`.
    #[inline(always)]
    pub(super) fn turn(&mut self, i: usize, a: usize, value: f64) {
        spin(&mut self.h, i, self.columns)[a].iter_mut().for_each(|h| *h += value);
    }

    /// h_i += factor sum (weight times row of y) in component `a`, over the pairs (weight, row) of `terms`.
    #[inline(always)]
    pub(super) fn turn_by(&mut self, i: usize, a: usize, factor: f64, terms: &[(f64, usize)], y: &[f64]) {
        if terms.is_empty() {
            return;
        }
        self.row.fill(0.0);
        for (weight, k) in terms {
            add_scaled(*weight, row(y, *k, self.columns), &mut self.row);
        }
        add_scaled(factor, &self.row, spin(&mut self.h, i, self.columns)[a]);
    }

    /// h_i += factor m s_i.
    #[inline(always)]
    pub(super) fn turn_own(&mut self, i: usize, factor: f64, m: &Matrix, y: &[f64]) {
        add_product(factor, m, i, self.columns, y, &mut self.h);
    }

    /// r_i += factor (m s_i + `shift`).
    #[inline(always)]
    pub(super) fn pull_own(&mut self, i: usize, factor: f64, m: &Matrix, shift: &[f64; 3], y: &[f64]) {
        add_product(factor, m, i, self.columns, y, &mut self.r);
        for (r, shift) in spin(&mut self.r, i, self.columns).into_iter().zip(shift) {
            r.iter_mut().for_each(|r| *r += factor * shift);
        }
    }

    /// h_i -= a Im(lambda dxi), r_i += b Re(lambda dxi) with dxi = (dW + i dW')/sqrt(2) of noise `noise`, over the first D components.
    #[inline(always)]
    pub(super) fn add_noise<const D: usize>(
        &mut self,
        noise: usize,
        i: usize,
        lambda: &[Complex64; D],
        [a, b]: [f64; 2],
        dw: &[f64],
    ) {
        let n = self.columns;
        let (re, im) = (row(dw, 2 * noise, n), row(dw, 2 * noise + 1, n));
        let (h, r) = (spin(&mut self.h, i, n), spin(&mut self.r, i, n));
        for k in 0..D {
            let [l, m] = [FRAC_1_SQRT_2 * lambda[k].re, FRAC_1_SQRT_2 * lambda[k].im];
            for c in 0..n {
                h[k][c] -= a * (re[c] * m + im[c] * l);
                r[k][c] += b * (re[c] * l - im[c] * m);
            }
        }
    }

    /// out_i += 2 h_i x s_i + 2 (r_i - s_i (r_i . s_i)).
    #[inline(always)]
    pub(super) fn add_flow(&self, y: &[f64], out: &mut [f64]) {
        let n = self.columns;
        for i in 0..self.sites {
            let [h, r, s] = [&self.h[..], &self.r[..], y].map(|v| [0, 1, 2].map(|a| row(v, 3 * i + a, n)));
            let [ox, oy, oz] = spin(out, i, n);
            for c in 0..n {
                let along = r[0][c] * s[0][c] + r[1][c] * s[1][c] + r[2][c] * s[2][c];
                ox[c] += 2.0 * (h[1][c] * s[2][c] - h[2][c] * s[1][c] + r[0][c] - s[0][c] * along);
                oy[c] += 2.0 * (h[2][c] * s[0][c] - h[0][c] * s[2][c] + r[1][c] - s[1][c] * along);
                oz[c] += 2.0 * (h[0][c] * s[1][c] - h[1][c] * s[0][c] + r[2][c] - s[2][c] * along);
            }
        }
    }
}
