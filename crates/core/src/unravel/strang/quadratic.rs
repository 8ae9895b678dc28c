//! Exponentials of quadratic forms in spins that are diagonal together.

use crate::simd::madd;
use num_complex::Complex64;

/// Sites of the low table.
const LOW: usize = 6;
/// Its length.
const BLOCK: usize = 1 << LOW;

/// exp(c + s sum_{i<j} a_ij s_i s_j) of every configuration, s_i = 1 - 2 bit_i, in split storage.
///
/// A site added on top multiplies by e^{+-phi}, phi = sum_{j below} a_ij s_j, a product over the sites below: six multiply-adds of
/// complex numbers an entry in all and no transcendental function.
#[derive(Clone, Debug)]
pub(super) struct Quadratic {
    sites: usize,
    /// 2^N real parts, then 2^N imaginary ones.
    values: Vec<f64>,
    /// prod_j e^{a_ij s_j} over the low sites and its inverse: [re, im] each.
    low: [[[f64; BLOCK]; 2]; 2],
    /// The same over the others.
    high: [Vec<Complex64>; 2],
}

impl Quadratic {
    /// For `sites` spins, at least LOW.
    pub(super) fn new(sites: usize) -> Self {
        let high = || Vec::with_capacity(1 << (sites.max(LOW) - LOW));
        Self { sites, values: vec![0.0; 2 << sites], low: [[[0.0; BLOCK]; 2]; 2], high: [high(), high()] }
    }

    /// Sets the table for `matrix`, N x N row-major, times `scale`.
    pub(super) fn set(&mut self, constant: Complex64, scale: f64, matrix: &[Complex64]) {
        let (n, dim) = (self.sites, 1usize << self.sites);
        let first = constant.exp();
        (self.values[0], self.values[dim]) = (first.re, first.im);
        for site in 0..n {
            let row = &matrix[site * n..site * n + site];
            self.products(scale, row);
            let Self { values, low, high, .. } = self;
            let (re, im) = values.split_at_mut(dim);
            let below = 1usize << site;
            let (r0, r1) = re[..2 * below].split_at_mut(below);
            let (i0, i1) = im[..2 * below].split_at_mut(below);
            let block = below.min(BLOCK);
            for (k, (plus, minus)) in high[0].iter().zip(&high[1]).enumerate() {
                let at = k * block..(k + 1) * block;
                let factors = [[plus.re, plus.im], [minus.re, minus.im]];
                split_off(low, &factors, &mut r0[at.clone()], &mut i0[at.clone()], &mut r1[at.clone()], &mut i1[at]);
            }
        }
    }

    /// prod_j e^{+-scale row_j s_j} over the low and the high sites of `row`.
    fn products(&mut self, scale: f64, row: &[Complex64]) {
        for (sign, (low, high)) in [scale, -scale].into_iter().zip(self.low.iter_mut().zip(&mut self.high)) {
            (low[0][0], low[1][0]) = (1.0, 0.0);
            for (j, a) in row.iter().take(LOW).enumerate() {
                let (up, down) = ((sign * a).exp(), (-sign * a).exp());
                for k in 0..1usize << j {
                    let v = Complex64::new(low[0][k], low[1][k]);
                    let (u, d) = (v * up, v * down);
                    (low[0][k], low[1][k]) = (u.re, u.im);
                    (low[0][k | 1 << j], low[1][k | 1 << j]) = (d.re, d.im);
                }
            }
            high.clear();
            high.push(Complex64::ONE);
            for a in row.iter().skip(LOW) {
                let (up, down) = ((sign * a).exp(), (-sign * a).exp());
                for k in 0..high.len() {
                    high.push(high[k] * down);
                    high[k] *= up;
                }
            }
        }
    }

    /// psi *= the table.
    pub(super) fn multiply(&self, psi: &mut [f64]) {
        multiply(&self.values, psi);
    }
}

crate::dispatch! {
    /// (f0, f1) <- (f0 p, f0 q) with p and q the low tables times `factors`.
    fn split_off(
        low: &[[[f64; BLOCK]; 2]; 2],
        factors: &[[f64; 2]; 2],
        r0: &mut [f64],
        i0: &mut [f64],
        r1: &mut [f64],
        i1: &mut [f64],
    ) = split_off_kernel;
}

#[inline(always)]
fn split_off_kernel<const FMA: bool>(
    low: &[[[f64; BLOCK]; 2]; 2],
    factors: &[[f64; 2]; 2],
    r0: &mut [f64],
    i0: &mut [f64],
    r1: &mut [f64],
    i1: &mut [f64],
) {
    let n = r0.len().min(BLOCK);
    let (r0, i0, r1, i1) = (&mut r0[..n], &mut i0[..n], &mut r1[..n], &mut i1[..n]);
    let [[pr, pi], [qr, qi]] = low;
    let [[ar, ai], [br, bi]] = *factors;
    for k in 0..n {
        let (r, i) = (r0[k], i0[k]);
        let (xr, xi) = (madd::<FMA>(ar, pr[k], -ai * pi[k]), madd::<FMA>(ar, pi[k], ai * pr[k]));
        let (yr, yi) = (madd::<FMA>(br, qr[k], -bi * qi[k]), madd::<FMA>(br, qi[k], bi * qr[k]));
        (r0[k], i0[k]) = (madd::<FMA>(xr, r, -xi * i), madd::<FMA>(xr, i, xi * r));
        (r1[k], i1[k]) = (madd::<FMA>(yr, r, -yi * i), madd::<FMA>(yr, i, yi * r));
    }
}

crate::dispatch! {
    /// psi <- f psi, entry by entry.
    pub(super) fn multiply(f: &[f64], psi: &mut [f64]) = multiply_kernel;
}

#[inline(always)]
fn multiply_kernel<const FMA: bool>(f: &[f64], psi: &mut [f64]) {
    let n = psi.len() / 2;
    let ((fr, fi), (r, i)) = (f.split_at(n), psi.split_at_mut(n));
    let (fi, i) = (&fi[..n], &mut i[..n]);
    for k in 0..n {
        let (a, b) = (r[k], i[k]);
        r[k] = madd::<FMA>(fr[k], a, -fi[k] * b);
        i[k] = madd::<FMA>(fr[k], b, fi[k] * a);
    }
}
