//! Sums and products of single-spin operators on a ket: collective jump operators, their exponentials, their means.

use super::{Operator, diagonal::axpy};
use crate::simd::madd;
use num_complex::Complex64;
use std::sync::Arc;

/// A = sum_i m_i with m_i a 2 x 2 matrix on site i, row-major [m00, m01, m10, m11], index 0 = bit 0.
#[derive(Clone, Debug)]
pub struct SiteSum {
    /// One matrix per site.
    pub matrices: Vec<[Complex64; 4]>,
}

impl SiteSum {
    /// The sum of `matrices`, one per site.
    pub fn new(matrices: Vec<[Complex64; 4]>) -> Self {
        Self { matrices }
    }

    /// True if no site flips.
    pub fn is_diagonal(&self) -> bool {
        self.matrices.iter().all(|m| m[1] == Complex64::ZERO && m[2] == Complex64::ZERO)
    }

    /// `<A>` from the single-spin means (`<X>`, `<Y>`, `<Z>`) of a normalised state; O(N).
    pub fn mean(&self, spins: &[[f64; 3]]) -> Complex64 {
        self.matrices
            .iter()
            .zip(spins)
            .map(|(m, &[x, y, z])| {
                // m = (m00 + m11)/2 + (m01 + m10)/2 X + i (m01 - m10)/2 Y + (m00 - m11)/2 Z
                0.5 * (m[0] + m[3] + (m[1] + m[2]) * x + Complex64::I * (m[1] - m[2]) * y + (m[0] - m[3]) * z)
            })
            .sum()
    }
}

impl Operator for SiteSum {
    fn dim(&self) -> usize {
        1 << self.matrices.len()
    }

    fn apply_add(&self, scale: Complex64, x: &[f64], y: &mut [f64], columns: usize) {
        let half = self.dim() * columns;
        let (xr, xi) = x.split_at(half);
        let (yr, yi) = y.split_at_mut(half);
        for to in 0..self.dim() {
            for (site, m) in self.matrices.iter().enumerate() {
                let row = to >> site & 1;
                for column in 0..2 {
                    let s = scale * m[2 * row + column];
                    let from = to & !(1 << site) | column << site;
                    let (to, from) = (to * columns..(to + 1) * columns, from * columns..(from + 1) * columns);
                    axpy(s.re, s.im, &xr[from.clone()], &xi[from], &mut yr[to.clone()], &mut yi[to]);
                }
            }
        }
    }

    fn adjoint(&self) -> Arc<dyn Operator> {
        let flip = |m: &[Complex64; 4]| [m[0].conj(), m[2].conj(), m[1].conj(), m[3].conj()];
        Arc::new(SiteSum::new(self.matrices.iter().map(flip).collect()))
    }

    fn site_sum(&self) -> Option<&SiteSum> {
        Some(self)
    }
}

/// exp(m) of a 2 x 2 complex matrix: with m = a + n, n traceless, n^2 = q: e^a (cosh sqrt(q) + n sinh sqrt(q)/sqrt(q)).
pub(crate) fn exp2x2(m: &[Complex64; 4]) -> [Complex64; 4] {
    let a = 0.5 * (m[0] + m[3]);
    let d = 0.5 * (m[0] - m[3]);
    let q = d * d + m[1] * m[2];
    let (c, s) = if q.norm() < 1e-6 {
        // Series: the quotient loses digits near q = 0.
        (1.0 + q * (0.5 + q / 24.0), 1.0 + q * (1.0 / 6.0 + q / 120.0))
    } else {
        let r = q.sqrt();
        (r.cosh(), r.sinh() / r)
    };
    let e = a.exp();
    [e * (c + s * d), e * s * m[1], e * s * m[2], e * (c - s * d)]
}

/// a b of 2 x 2 matrices.
pub(crate) fn multiply2x2(a: &[Complex64; 4], b: &[Complex64; 4]) -> [Complex64; 4] {
    let entry = |r: usize, c: usize| a[2 * r] * b[c] + a[2 * r + 1] * b[2 + c];
    [entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)]
}

/// psi <- (x)_i g_i psi: one 2 x 2 gate on every site, in place, O(N 2^N).
pub(crate) fn product_gate(gates: &[[Complex64; 4]], psi: &mut [f64]) {
    if gates.iter().all(|g| g[1] == Complex64::ZERO && g[2] == Complex64::ZERO) {
        return diagonal_gate(gates, psi);
    }
    apply_gates(gates, psi);
}

crate::dispatch! {
    /// psi <- (x)_i g_i psi. The gates of the first sites act on one stretch after the other, which stays in the first cache.
    fn apply_gates(gates: &[[Complex64; 4]], psi: &mut [f64]) = apply_gates_kernel;
}

#[inline(always)]
fn apply_gates_kernel<const FMA: bool>(gates: &[[Complex64; 4]], psi: &mut [f64]) {
    let (re, im) = psi.split_at_mut(psi.len() / 2);
    let parts = |g: &[Complex64; 4]| g.map(|c| [c.re, c.im]);
    let near = gates.len().min(CACHE_SITES);
    for (r, i) in re.chunks_exact_mut(1 << near).zip(im.chunks_exact_mut(1 << near)) {
        for (site, g) in gates[..near].iter().enumerate() {
            let g = parts(g);
            match site {
                _ if near < LANE_SITES => gate::<FMA>(&g, 1 << site, r, i),
                0 => gate_in_lanes::<FMA, 1>(&g, r, i),
                1 => gate_in_lanes::<FMA, 2>(&g, r, i),
                2 => gate_in_lanes::<FMA, 4>(&g, r, i),
                _ => gate::<FMA>(&g, 1 << site, r, i),
            }
        }
    }
    for (site, g) in (near..).zip(&gates[near..]) {
        gate::<FMA>(&parts(g), 1 << site, re, im);
    }
}

/// g on partners STRIDE apart within eight amplitudes.
#[inline(always)]
fn gate_in_lanes<const FMA: bool, const STRIDE: usize>(g: &[[f64; 2]; 4], re: &mut [f64], im: &mut [f64]) {
    const LANES: usize = 1 << LANE_SITES;
    let lane = |l: usize, own: bool| {
        let row = usize::from(l & STRIDE != 0);
        g[2 * row + if own { row } else { 1 - row }]
    };
    let (mut pr, mut pi, mut qr, mut qi) = ([0.0; LANES], [0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for l in 0..LANES {
        ([pr[l], pi[l]], [qr[l], qi[l]]) = (lane(l, true), lane(l, false));
    }
    let ((r_rows, _), (i_rows, _)) = (re.as_chunks_mut::<LANES>(), im.as_chunks_mut::<LANES>());
    for (r, i) in r_rows.iter_mut().zip(i_rows) {
        let (a, b) = (*r, *i);
        let (c, d): ([f64; LANES], [f64; LANES]) =
            (std::array::from_fn(|l| a[l ^ STRIDE]), std::array::from_fn(|l| b[l ^ STRIDE]));
        for l in 0..LANES {
            r[l] = madd::<FMA>(pr[l], a[l], madd::<FMA>(-pi[l], b[l], madd::<FMA>(qr[l], c[l], -qi[l] * d[l])));
            i[l] = madd::<FMA>(pr[l], b[l], madd::<FMA>(pi[l], a[l], madd::<FMA>(qr[l], d[l], qi[l] * c[l])));
        }
    }
}

/// g on the pairs of amplitudes `stride` apart.
#[inline(always)]
fn gate<const FMA: bool>(g: &[[f64; 2]; 4], stride: usize, re: &mut [f64], im: &mut [f64]) {
    for (r, i) in re.chunks_exact_mut(2 * stride).zip(im.chunks_exact_mut(2 * stride)) {
        let ((r0, r1), (i0, i1)) = (r.split_at_mut(stride), i.split_at_mut(stride));
        let ((r0, r0_rest), (r1, r1_rest)) = (r0.as_chunks_mut::<8>(), r1.as_chunks_mut::<8>());
        let ((i0, i0_rest), (i1, i1_rest)) = (i0.as_chunks_mut::<8>(), i1.as_chunks_mut::<8>());
        for (((r0, r1), i0), i1) in r0.iter_mut().zip(r1).zip(i0).zip(i1) {
            pairs::<FMA>(g, r0, r1, i0, i1);
        }
        pairs::<FMA>(g, r0_rest, r1_rest, i0_rest, i1_rest);
    }
}

#[inline(always)]
fn pairs<const FMA: bool>(g: &[[f64; 2]; 4], r0: &mut [f64], r1: &mut [f64], i0: &mut [f64], i1: &mut [f64]) {
    for k in 0..r0.len() {
        let (ar, ai, br, bi) = (r0[k], i0[k], r1[k], i1[k]);
        let row = |p: [f64; 2], q: [f64; 2]| {
            (
                madd::<FMA>(p[0], ar, madd::<FMA>(-p[1], ai, madd::<FMA>(q[0], br, -q[1] * bi))),
                madd::<FMA>(p[0], ai, madd::<FMA>(p[1], ar, madd::<FMA>(q[0], bi, q[1] * br))),
            )
        };
        (r0[k], i0[k]) = row(g[0], g[1]);
        (r1[k], i1[k]) = row(g[2], g[3]);
    }
}

/// Sites whose factors are tabulated once per call; the others give one factor per block of 2^LOW amplitudes.
const LOW: usize = 6;

/// psi_x <- psi_x prod_i g_i[bit_i(x), bit_i(x)].
fn diagonal_gate(gates: &[[Complex64; 4]], psi: &mut [f64]) {
    let factor = |g: &[Complex64; 4], x: usize, i: usize| g[3 * (x >> i & 1)];
    let low = gates.len().min(LOW);
    let block = 1 << low;
    let (mut table_r, mut table_i) = ([0.0; 1 << LOW], [0.0; 1 << LOW]);
    for k in 0..block {
        let f: Complex64 = (0..low).map(|i| factor(&gates[i], k, i)).product();
        (table_r[k], table_i[k]) = (f.re, f.im);
    }
    let dim = psi.len() / 2;
    let (re, im) = psi.split_at_mut(dim);
    for (b, (r, i)) in re.chunks_exact_mut(block).zip(im.chunks_exact_mut(block)).enumerate() {
        let f: Complex64 = gates[low..].iter().enumerate().map(|(i, g)| factor(g, b, i)).product();
        scale_block(f.re, f.im, &table_r[..block], &table_i[..block], r, i);
    }
}

crate::dispatch! {
    fn scale_block(fr: f64, fi: f64, tr: &[f64], ti: &[f64], r: &mut [f64], i: &mut [f64]) = scale_block_kernel;
}

/// psi <- f t psi elementwise on one block.
#[inline(always)]
fn scale_block_kernel<const FMA: bool>(fr: f64, fi: f64, tr: &[f64], ti: &[f64], r: &mut [f64], i: &mut [f64]) {
    let n = r.len();
    let (tr, ti, i) = (&tr[..n], &ti[..n], &mut i[..n]);
    for k in 0..n {
        let (cr, ci) = (madd::<FMA>(fr, tr[k], -fi * ti[k]), madd::<FMA>(fr, ti[k], fi * tr[k]));
        let (a, b) = (r[k], i[k]);
        r[k] = madd::<FMA>(cr, a, -ci * b);
        i[k] = madd::<FMA>(cr, b, ci * a);
    }
}

/// Single-spin means (<X_i>, <Y_i>, <Z_i>) of a ket in split storage, divided by its norm, which is returned squared.
///
/// `spins` has one row per site. With `transverse` false only <Z_i> is computed and the other two are left at 0: O(2^N)
/// instead of O(N 2^N).
pub fn site_expectations(psi: &[f64], transverse: bool, spins: &mut [[f64; 3]]) -> f64 {
    let sites = spins.len();
    let mut z = [0.0; 64];
    let norm = z_means(psi, &mut z[..sites]);
    let mut flips = [[0.0; 2]; 64];
    if transverse {
        coherences(psi, &mut flips[..sites]);
    }
    for (site, s) in spins.iter_mut().enumerate() {
        let [x, y] = flips[site];
        *s = [2.0 * x / norm, 2.0 * y / norm, z[site] / norm];
    }
    norm
}

crate::dispatch! {
    /// For every site, sum over x with its bit unset of conj(psi_x) psi_{x with it set}, as [re, im].
    fn coherences(psi: &[f64], out: &mut [[f64; 2]]) = coherences_kernel;
}

/// Sites whose partners lie within one vector of amplitudes.
const LANE_SITES: usize = 3;
/// Sites read off one stretch of the ket while it is in the first cache.
const CACHE_SITES: usize = 10;

#[inline(always)]
fn coherences_kernel<const FMA: bool>(psi: &[f64], out: &mut [[f64; 2]]) {
    let (re, im) = psi.split_at(psi.len() / 2);
    out.fill([0.0; 2]);
    let near = out.len().min(CACHE_SITES);
    let (inner, outer) = out.split_at_mut(near);
    for (r, i) in re.chunks_exact(1 << near).zip(im.chunks_exact(1 << near)) {
        for (site, sum) in inner.iter_mut().enumerate() {
            let [x, y] = match site {
                0 => coherence_in_lanes::<FMA, 1>(r, i),
                1 => coherence_in_lanes::<FMA, 2>(r, i),
                2 => coherence_in_lanes::<FMA, 4>(r, i),
                _ => coherence::<FMA>(r, i, 1 << site),
            };
            *sum = [sum[0] + x, sum[1] + y];
        }
    }
    for (site, sum) in (near..).zip(outer) {
        *sum = coherence::<FMA>(re, im, 1 << site);
    }
}

/// Partners STRIDE apart within eight amplitudes; every lane sums, the lower one of each pair counts.
#[inline(always)]
fn coherence_in_lanes<const FMA: bool, const STRIDE: usize>(re: &[f64], im: &[f64]) -> [f64; 2] {
    const LANES: usize = 1 << LANE_SITES;
    let (mut sum_r, mut sum_i) = ([0.0; LANES], [0.0; LANES]);
    let ((r_rows, r_rest), (i_rows, i_rest)) = (re.as_chunks::<LANES>(), im.as_chunks::<LANES>());
    for (r, i) in r_rows.iter().zip(i_rows) {
        let (s, j): ([f64; LANES], [f64; LANES]) =
            (std::array::from_fn(|l| r[l ^ STRIDE]), std::array::from_fn(|l| i[l ^ STRIDE]));
        for l in 0..LANES {
            sum_r[l] = madd::<FMA>(r[l], s[l], madd::<FMA>(i[l], j[l], sum_r[l]));
            sum_i[l] = madd::<FMA>(r[l], j[l], madd::<FMA>(-i[l], s[l], sum_i[l]));
        }
    }
    // Kets of fewer than eight amplitudes.
    for k in 0..r_rest.len() {
        if k & STRIDE == 0 {
            sum_r[k] += r_rest[k] * r_rest[k ^ STRIDE] + i_rest[k] * i_rest[k ^ STRIDE];
            sum_i[k] += r_rest[k] * i_rest[k ^ STRIDE] - i_rest[k] * r_rest[k ^ STRIDE];
        }
    }
    let lower = |v: &[f64; LANES]| (0..LANES).filter(|l| l & STRIDE == 0).map(|l| v[l]).sum();
    [lower(&sum_r), lower(&sum_i)]
}

/// Partners `stride` apart, a multiple of eight.
#[inline(always)]
fn coherence<const FMA: bool>(re: &[f64], im: &[f64], stride: usize) -> [f64; 2] {
    const LANES: usize = 1 << LANE_SITES;
    let (mut sum_r, mut sum_i) = ([0.0; LANES], [0.0; LANES]);
    for (r, i) in re.chunks_exact(2 * stride).zip(im.chunks_exact(2 * stride)) {
        let ((r0, r1), (i0, i1)) = (r.split_at(stride), i.split_at(stride));
        let ((r0, _), (r1, _)) = (r0.as_chunks::<LANES>(), r1.as_chunks::<LANES>());
        let ((i0, _), (i1, _)) = (i0.as_chunks::<LANES>(), i1.as_chunks::<LANES>());
        for (((r0, r1), i0), i1) in r0.iter().zip(r1).zip(i0).zip(i1) {
            for l in 0..LANES {
                sum_r[l] = madd::<FMA>(r0[l], r1[l], madd::<FMA>(i0[l], i1[l], sum_r[l]));
                sum_i[l] = madd::<FMA>(r0[l], i1[l], madd::<FMA>(-i0[l], r1[l], sum_i[l]));
            }
        }
    }
    [sum_r.iter().sum(), sum_i.iter().sum()]
}

crate::dispatch! {
    /// Unnormalised sum_x |psi_x|^2 s_i(x) for every site into `z`; returns |psi|^2.
    fn z_means(psi: &[f64], z: &mut [f64]) -> f64 = z_means_kernel;
}

#[inline(always)]
fn z_means_kernel<const FMA: bool>(psi: &[f64], z: &mut [f64]) -> f64 {
    let dim = psi.len() / 2;
    let (re, im) = psi.split_at(dim);
    z.fill(0.0);
    let low = z.len().min(LOW);
    let block = 1 << low;
    let mut lanes = [0.0; 1 << LOW];
    let mut total = 0.0;
    for (b, (r, i)) in re.chunks_exact(block).zip(im.chunks_exact(block)).enumerate() {
        let mut partial = [0.0; 8];
        for k in 0..block {
            let p = madd::<FMA>(r[k], r[k], i[k] * i[k]);
            lanes[k] += p;
            partial[k & 7] += p;
        }
        let weight: f64 = partial.iter().sum();
        total += weight;
        for (i, z) in z[low..].iter_mut().enumerate() {
            *z += if b >> i & 1 == 0 { weight } else { -weight };
        }
    }
    for (i, z) in z[..low].iter_mut().enumerate() {
        *z = (0..block).map(|k| if k >> i & 1 == 0 { lanes[k] } else { -lanes[k] }).sum();
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{Axis, PauliSum, SpinOperator, expectation, norm_sqr};

    fn ket(sites: usize) -> Vec<f64> {
        (0..2usize << sites).map(|k| (2.1 * k as f64 + 0.3).sin()).collect()
    }

    #[test]
    fn site_expectations_equal_pauli_expectations() {
        for sites in [1, 2, 3, 4, 8, 12] {
            let psi = ket(sites);
            let mut scratch = vec![0.0; psi.len()];
            let mut spins = vec![[0.0; 3]; sites];
            let norm = site_expectations(&psi, true, &mut spins);
            assert!((norm - norm_sqr(&psi)).abs() < 1e-12 * norm);
            for (site, s) in spins.iter().enumerate() {
                for (axis, value) in [Axis::X, Axis::Y, Axis::Z].into_iter().zip(s) {
                    let op = SpinOperator::new(sites, PauliSum::site(axis, site));
                    let reference = expectation(&op, &psi, &mut scratch).re / norm;
                    assert!((value - reference).abs() < 1e-13);
                }
            }
        }
    }

    #[test]
    fn product_gate_is_the_exponential_of_the_site_sum() {
        let m =
            |a: f64| [Complex64::new(a, 0.1), Complex64::new(0.2, a), Complex64::new(-a, 0.3), Complex64::new(0.1, -a)];
        for diagonal in [false, true] {
            let matrices: Vec<[Complex64; 4]> = (0..8)
                .map(|k| m(0.05 * k as f64 - 0.1))
                .map(|g| if diagonal { [g[0], Complex64::ZERO, Complex64::ZERO, g[3]] } else { g })
                .collect();
            let sum = SiteSum::new(matrices.clone());
            let mut psi = ket(8);
            // Taylor series of exp(sum) psi as the reference.
            let (mut reference, mut term) = (psi.clone(), psi.clone());
            for order in 1..40 {
                let mut next = vec![0.0; psi.len()];
                sum.apply_add(Complex64::from(1.0 / f64::from(order)), &term, &mut next, 1);
                reference.iter_mut().zip(&next).for_each(|(r, v)| *r += v);
                term = next;
            }
            let gates: Vec<_> = matrices.iter().map(exp2x2).collect();
            product_gate(&gates, &mut psi);
            let error = psi.iter().zip(&reference).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(error < 1e-12, "{error:e}");
        }
    }
}
