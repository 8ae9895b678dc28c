//! Operators diagonal in the computational (product) basis.

use super::Operator;
use crate::simd::madd;
use num_complex::Complex64;
use std::sync::Arc;

/// A = diag(d_0, .., d_{D-1}); the imaginary parts are kept only if one of them is not zero.
#[derive(Clone, Debug)]
pub struct Diagonal {
    re: Vec<f64>,
    im: Option<Vec<f64>>,
}

impl Diagonal {
    /// The diagonal operator with entries `entries`.
    pub fn new(entries: &[Complex64]) -> Self {
        let im = entries.iter().any(|d| d.im != 0.0).then(|| entries.iter().map(|d| d.im).collect());
        Self { re: entries.iter().map(|d| d.re).collect(), im }
    }

    /// The entry at basis index `index`.
    pub fn entry(&self, index: usize) -> Complex64 {
        Complex64::new(self.re[index], self.im.as_ref().map_or(0.0, |im| im[index]))
    }

    /// All entries.
    pub fn entries(&self) -> Vec<Complex64> {
        (0..self.re.len()).map(|k| self.entry(k)).collect()
    }

    fn map(&self, f: impl Fn(Complex64) -> Complex64) -> Self {
        Self::new(&self.entries().into_iter().map(f).collect::<Vec<_>>())
    }
}

crate::dispatch! {
    fn multiply_add(dr: &[f64], di: &[f64], x: &[f64], y: &mut [f64]) = multiply_add_kernel;
}

/// y += d x elementwise, complex, split storage.
#[inline(always)]
fn multiply_add_kernel<const FMA: bool>(dr: &[f64], di: &[f64], x: &[f64], y: &mut [f64]) {
    let n = dr.len();
    let (xr, xi) = x.split_at(n);
    let (yr, yi) = y.split_at_mut(n);
    let (di, xi, yi) = (&di[..n], &xi[..n], &mut yi[..n]);
    for k in 0..n {
        yr[k] = madd::<FMA>(dr[k], xr[k], madd::<FMA>(-di[k], xi[k], yr[k]));
        yi[k] = madd::<FMA>(dr[k], xi[k], madd::<FMA>(di[k], xr[k], yi[k]));
    }
}

crate::dispatch! {
    fn real_multiply_add(sr: f64, si: f64, d: &[f64], x: &[f64], y: &mut [f64]) = real_multiply_add_kernel;
}

/// y += (s d) x elementwise with real d and complex s, split storage.
#[inline(always)]
fn real_multiply_add_kernel<const FMA: bool>(sr: f64, si: f64, d: &[f64], x: &[f64], y: &mut [f64]) {
    let n = d.len();
    let (xr, xi) = x.split_at(n);
    let (yr, yi) = y.split_at_mut(n);
    let (xi, yi) = (&xi[..n], &mut yi[..n]);
    if sr == 0.0 {
        for k in 0..n {
            let c = si * d[k];
            yr[k] = madd::<FMA>(-c, xi[k], yr[k]);
            yi[k] = madd::<FMA>(c, xr[k], yi[k]);
        }
    } else {
        for k in 0..n {
            let (cr, ci) = (sr * d[k], si * d[k]);
            yr[k] = madd::<FMA>(cr, xr[k], madd::<FMA>(-ci, xi[k], yr[k]));
            yi[k] = madd::<FMA>(cr, xi[k], madd::<FMA>(ci, xr[k], yi[k]));
        }
    }
}

crate::dispatch! {
    /// y += s x for complex s, split storage given as halves of equal length.
    pub(super) fn axpy(sr: f64, si: f64, xr: &[f64], xi: &[f64], yr: &mut [f64], yi: &mut [f64]) = axpy_kernel;
}

#[inline(always)]
fn axpy_kernel<const FMA: bool>(sr: f64, si: f64, xr: &[f64], xi: &[f64], yr: &mut [f64], yi: &mut [f64]) {
    let n = xr.len();
    let (xi, yr, yi) = (&xi[..n], &mut yr[..n], &mut yi[..n]);
    for k in 0..n {
        yr[k] = madd::<FMA>(sr, xr[k], madd::<FMA>(-si, xi[k], yr[k]));
        yi[k] = madd::<FMA>(sr, xi[k], madd::<FMA>(si, xr[k], yi[k]));
    }
}

impl Operator for Diagonal {
    fn dim(&self) -> usize {
        self.re.len()
    }

    fn apply_add(&self, scale: Complex64, x: &[f64], y: &mut [f64], columns: usize) {
        let dim = self.dim();
        if columns == 1 && self.im.is_none() {
            real_multiply_add(scale.re, scale.im, &self.re, x, y);
        } else if columns == 1 && scale == Complex64::ONE {
            multiply_add(&self.re, self.im.as_deref().unwrap_or(&[]), x, y);
        } else {
            let (xr, xi) = x.split_at(dim * columns);
            let (yr, yi) = y.split_at_mut(dim * columns);
            for r in 0..dim {
                let s = scale * self.entry(r);
                let row = r * columns..(r + 1) * columns;
                axpy(s.re, s.im, &xr[row.clone()], &xi[row.clone()], &mut yr[row.clone()], &mut yi[row]);
            }
        }
    }

    fn adjoint(&self) -> Arc<dyn Operator> {
        Arc::new(self.map(|d| d.conj()))
    }

    fn gram(&self) -> Arc<dyn Operator> {
        Arc::new(self.map(|d| d.norm_sqr().into()))
    }

    fn square(&self) -> Arc<dyn Operator> {
        Arc::new(self.map(|d| d * d))
    }

    fn diagonal(&self) -> Option<&Diagonal> {
        Some(self)
    }
}
