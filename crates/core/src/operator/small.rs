//! Matrices of a single site, a few states wide: their exponential, their action on one factor of a ket.

use super::diagonal::axpy;
use num_complex::Complex64;

/// out = a b of d x d matrices.
pub(crate) fn product_into(d: usize, a: &[Complex64], b: &[Complex64], out: &mut [Complex64]) {
    out.fill(Complex64::ZERO);
    for r in 0..d {
        for m in 0..d {
            let factor = a[r * d + m];
            for c in 0..d {
                out[r * d + c] += factor * b[m * d + c];
            }
        }
    }
}

/// Workspace of [`exponential`].
#[derive(Clone, Debug)]
pub(crate) struct ExpWork([Vec<Complex64>; 3]);

impl ExpWork {
    /// For matrices of `d` rows.
    pub(crate) fn new(d: usize) -> Self {
        Self([(); 3].map(|()| vec![Complex64::ZERO; d * d]))
    }
}

/// a <- e^a of a d x d matrix, to rounding: its series after halving, squared back.
pub(crate) fn exponential(d: usize, a: &mut [Complex64], work: &mut ExpWork) {
    let ExpWork([term, next, sum]) = work;
    let row = |r: usize| a[r * d..(r + 1) * d].iter().map(|v| v.norm()).sum::<f64>();
    let norm = (0..d).map(row).fold(0.0, f64::max);
    let halvings = if norm > 0.5 { (2.0 * norm).log2().ceil() as i32 } else { 0 };
    let scale = 0.5_f64.powi(halvings.min(1000));
    a.iter_mut().for_each(|v| *v *= scale);
    let identity = |m: &mut [Complex64]| {
        m.fill(Complex64::ZERO);
        (0..d).for_each(|k| m[k * (d + 1)] = Complex64::ONE);
    };
    identity(term);
    identity(sum);
    // |a| <= 1/2: the term of order 16 is below 1e-18.
    for order in 1..=16 {
        product_into(d, term, a, next);
        let weight = 1.0 / f64::from(order);
        for ((t, n), s) in term.iter_mut().zip(next.iter()).zip(sum.iter_mut()) {
            *t = weight * n;
            *s += *t;
        }
    }
    for _ in 0..halvings {
        product_into(d, sum, sum, next);
        std::mem::swap(sum, next);
    }
    a.copy_from_slice(sum);
}

/// psi <- g psi on the site of `stride` = d^i; `scratch` is as long as psi and overwritten.
pub(crate) fn apply(d: usize, g: &[Complex64], stride: usize, psi: &mut [f64], scratch: &mut [f64]) {
    let dim = psi.len() / 2;
    let (re, im) = psi.split_at_mut(dim);
    let length = stride * d;
    let (sr, si) = scratch[..2 * length].split_at_mut(length);
    for (r, i) in re.chunks_exact_mut(length).zip(im.chunks_exact_mut(length)) {
        sr.copy_from_slice(r);
        si.copy_from_slice(i);
        if stride == 1 {
            for (row, (r, i)) in r.iter_mut().zip(i.iter_mut()).enumerate() {
                let values = sr.iter().zip(si.iter()).map(|(a, b)| Complex64::new(*a, *b));
                let sum: Complex64 = g[row * d..(row + 1) * d].iter().zip(values).map(|(g, v)| g * v).sum();
                (*r, *i) = (sum.re, sum.im);
            }
            continue;
        }
        r.fill(0.0);
        i.fill(0.0);
        for (k, g) in g.iter().enumerate() {
            let (to, from) = (k / d * stride, k % d * stride);
            let (to, from) = (to..to + stride, from..from + stride);
            axpy(g.re, g.im, &sr[from.clone()], &si[from], &mut r[to.clone()], &mut i[to]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lightfall_linalg::expm;

    #[test]
    fn exponentials_agree_with_the_library() {
        for (d, size) in [(2, 0.1), (5, 3.0), (11, 20.0)] {
            let a: Vec<Complex64> = (0..d * d)
                .map(|k| size / d as f64 * Complex64::new((1.7 * k as f64).sin(), (0.6 * k as f64).cos()))
                .collect();
            let expected = expm(d, &a);
            let mut found = a;
            exponential(d, &mut found, &mut ExpWork::new(d));
            let largest = expected.iter().map(|v| v.norm()).fold(1.0, f64::max);
            let error = found.iter().zip(&expected).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
            assert!(error < 1e-11 * largest, "{d}: {error:e} of {largest:e}");
        }
    }
}
