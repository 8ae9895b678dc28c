//! sum_{i != j} e_ij Z_i Y_j on a ket: every flip of spin j comes with a weight that is linear in the other spins, O(N 2^N).

use crate::simd::vector::{LANES, Vector, dispatch_vector};
use num_complex::Complex64;

/// Sites of the low table; the lowest two of them are lanes.
const LOW: usize = 6;
const BLOCK: usize = 1 << LOW;
/// Blocks whose amplitudes take half the first cache.
const STRETCH: usize = 8;

/// w_j(x) = sum_{i != j} e_ij s_i(x) of every spin j, as a sum over the low and over the high sites;
/// (Y_j psi)(x) = -i s_j(x) psi(x with bit j flipped).
#[derive(Clone, Debug)]
pub(super) struct Mixed {
    sites: usize,
    /// For each j, 64 numbers as [re, im].
    low: Vec<[[f64; BLOCK]; 2]>,
    /// For each j, 2^(N - 6) numbers.
    high: Vec<Vec<Complex64>>,
    is_zero: bool,
}

impl Mixed {
    /// For `sites` spins, at least LOW.
    pub(super) fn new(sites: usize) -> Self {
        let high = Vec::with_capacity(1 << (sites.max(LOW) - LOW));
        Self { sites, low: vec![[[0.0; BLOCK]; 2]; sites], high: vec![high; sites], is_zero: true }
    }

    /// Sets e, N x N row-major, row i for Z_i.
    pub(super) fn set(&mut self, e: &[Complex64]) {
        let n = self.sites;
        self.is_zero = e.iter().all(|e| *e == Complex64::ZERO);
        if self.is_zero {
            return;
        }
        for j in 0..n {
            let weight = |i: usize| if i == j { Complex64::ZERO } else { e[i * n + j] };
            let high = &mut self.high[j];
            high.clear();
            high.push(Complex64::ZERO);
            for w in (LOW..n).map(weight) {
                for k in 0..high.len() {
                    high.push(high[k] - w);
                    high[k] += w;
                }
            }
            let mut low = [Complex64::ZERO; BLOCK];
            for (i, w) in (0..LOW).map(|i| (i, weight(i))) {
                for (k, l) in low.iter_mut().enumerate() {
                    *l += if k >> i & 1 == 0 { w } else { -w };
                }
            }
            for (k, l) in low.iter().enumerate() {
                (self.low[j][0][k], self.low[j][1][k]) = (l.re, l.im);
            }
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.is_zero
    }

    /// y += scale A x.
    pub(super) fn apply_add(&self, scale: f64, x: &[f64], y: &mut [f64]) {
        let blocks = self.high[0].len();
        // All flips of one stretch of y while it is in the first cache.
        for at in (0..blocks).step_by(STRETCH).map(|first| [first, blocks.min(first + STRETCH)]) {
            for j in 0..self.sites {
                flip(scale, at, j, &self.low[j], &self.high[j], x, y);
            }
        }
    }
}

dispatch_vector! {
    /// y += s w_j Y_j x for j = `site` on the blocks of `at`.
    fn flip(
        s: f64,
        at: [usize; 2],
        site: usize,
        low: &[[f64; BLOCK]; 2],
        high: &[Complex64],
        x: &[f64],
        y: &mut [f64],
    ) = flip_kernel;
}

#[inline(always)]
fn flip_kernel<V: Vector>(
    s: f64,
    at: [usize; 2],
    site: usize,
    low: &[[f64; BLOCK]; 2],
    high: &[Complex64],
    x: &[f64],
    y: &mut [f64],
) {
    match site {
        0 => flip_site::<V, 0>(s, at, site, low, high, x, y),
        1 => flip_site::<V, 1>(s, at, site, low, high, x, y),
        _ => flip_site::<V, 2>(s, at, site, low, high, x, y),
    }
}

/// `KIND` is the site inside a vector, or 2.
#[inline(always)]
fn flip_site<V: Vector, const KIND: usize>(
    s: f64,
    [first, end]: [usize; 2],
    site: usize,
    low: &[[f64; BLOCK]; 2],
    high: &[Complex64],
    x: &[f64],
    y: &mut [f64],
) {
    let half = x.len() / 2;
    let ((xr, xi), (yr, yi)) = (x.split_at(half), y.split_at_mut(half));
    let ((xr, _), (xi, _)) = (xr.as_chunks::<BLOCK>(), xi.as_chunks::<BLOCK>());
    let ((yr, _), (yi, _)) = (yr.as_chunks_mut::<BLOCK>(), yi.as_chunks_mut::<BLOCK>());
    let ((lr, _), (li, _)) = (low[0].as_chunks::<LANES>(), low[1].as_chunks::<LANES>());
    // A flip moves whole blocks, vectors inside a block, or lanes.
    let across = if site < LOW { 0 } else { 1 << (site - LOW) };
    let inside = if (2..LOW).contains(&site) { 1 << (site - 2) } else { 0 };
    let lanes = match KIND {
        0 => [s, -s, s, -s],
        1 => [s, s, -s, -s],
        _ => [s; LANES],
    };
    let (plus, minus) = (V::load(&lanes), V::load(&lanes.map(|v| -v)));
    for block in first..end {
        let (a, b) = (&xr[block ^ across], &xi[block ^ across]);
        let ((a, _), (b, _)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
        let ((r, _), (i, _)) = (yr[block].as_chunks_mut::<LANES>(), yi[block].as_chunks_mut::<LANES>());
        let (hr, hi) = (V::splat(high[block].re), V::splat(high[block].im));
        for k in 0..BLOCK / LANES {
            let from = k ^ inside;
            let (mut fa, mut fb) = (V::load(&a[from]), V::load(&b[from]));
            if KIND == 0 {
                (fa, fb) = (fa.swap1(), fb.swap1());
            } else if KIND == 1 {
                (fa, fb) = (fa.swap2(), fb.swap2());
            }
            let sign = if block & across == 0 && k & inside == 0 { plus } else { minus };
            let (wr, wi) = (sign.times(V::load(&lr[k]).plus(hr)), sign.times(V::load(&li[k]).plus(hi)));
            // -i (a + i b) = b - i a.
            wr.madd(fb, wi.madd(fa, V::load(&r[k]))).store(&mut r[k]);
            wr.nmadd(fa, wi.madd(fb, V::load(&i[k]))).store(&mut i[k]);
        }
    }
}
