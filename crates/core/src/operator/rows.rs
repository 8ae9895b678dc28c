//! Sums of rows of a matrix: a spin operator acting on a density matrix from the left.

use crate::simd::madd;
use num_complex::Complex64;

/// One row that is added, and its factor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    from: usize,
    re: f64,
    im: f64,
}

/// Terms added in one go; more are added in several.
const TERMS: usize = 32;
/// Numbers of a row held in registers.
const LANES: usize = 8;

/// Terms of one row of the result, collected without allocation.
#[derive(Debug)]
pub(super) struct RowSum<'a> {
    columns: usize,
    x: [&'a [f64]; 2],
    y: [&'a mut [f64]; 2],
    to: usize,
    terms: [Term; TERMS],
    filled: usize,
}

impl<'a> RowSum<'a> {
    /// Sums of rows of `x` into rows of `y`, both of `columns` columns in split storage.
    pub(super) fn new(x: &'a [f64], y: &'a mut [f64], columns: usize) -> Self {
        let (xr, xi) = x.split_at(x.len() / 2);
        let (yr, yi) = y.split_at_mut(x.len() / 2);
        let none = Term { from: 0, re: 0.0, im: 0.0 };
        Self { columns, x: [xr, xi], y: [yr, yi], to: 0, terms: [none; TERMS], filled: 0 }
    }

    /// Row `to` of y gains s times row `from` of x, now or when the row is left.
    #[inline]
    pub(super) fn add(&mut self, to: usize, from: usize, s: Complex64) {
        if to != self.to || self.filled == TERMS {
            self.flush();
            self.to = to;
        }
        self.terms[self.filled] = Term { from, re: s.re, im: s.im };
        self.filled += 1;
    }

    /// Adds what has been collected.
    pub(super) fn flush(&mut self) {
        let row = self.to * self.columns..(self.to + 1) * self.columns;
        let [yr, yi] = &mut self.y;
        combine(&self.terms[..self.filled], self.x, [&mut yr[row.clone()], &mut yi[row]]);
        self.filled = 0;
    }
}

crate::dispatch! {
    fn combine(terms: &[Term], x: [&[f64]; 2], y: [&mut [f64]; 2]) = combine_kernel;
}

#[inline(always)]
fn combine_kernel<const FMA: bool>(terms: &[Term], x: [&[f64]; 2], y: [&mut [f64]; 2]) {
    // The generator of a Schroedinger equation has imaginary factors only, damping real ones.
    match (terms.iter().any(|t| t.re != 0.0), terms.iter().any(|t| t.im != 0.0)) {
        (false, _) => combine_parts::<FMA, false, true>(terms, x, y),
        (true, false) => combine_parts::<FMA, true, false>(terms, x, y),
        (true, true) => combine_parts::<FMA, true, true>(terms, x, y),
    }
}

#[inline(always)]
fn combine_parts<const FMA: bool, const REAL: bool, const IMAGINARY: bool>(
    terms: &[Term],
    [xr, xi]: [&[f64]; 2],
    [yr, yi]: [&mut [f64]; 2],
) {
    let columns = yr.len();
    let ((yr, yr_rest), (yi, yi_rest)) = (yr.as_chunks_mut::<LANES>(), yi.as_chunks_mut::<LANES>());
    for (k, (yr, yi)) in yr.iter_mut().zip(yi).enumerate() {
        let (mut r, mut i) = (*yr, *yi);
        for t in terms {
            let from = t.from * columns + k * LANES;
            let (a, b) = (&xr[from..from + LANES], &xi[from..from + LANES]);
            for l in 0..LANES {
                if REAL {
                    r[l] = madd::<FMA>(t.re, a[l], r[l]);
                    i[l] = madd::<FMA>(t.re, b[l], i[l]);
                }
                if IMAGINARY {
                    r[l] = madd::<FMA>(-t.im, b[l], r[l]);
                    i[l] = madd::<FMA>(t.im, a[l], i[l]);
                }
            }
        }
        (*yr, *yi) = (r, i);
    }
    let done = columns - yr_rest.len();
    for t in terms {
        let from = t.from * columns + done;
        for (l, (r, i)) in yr_rest.iter_mut().zip(yi_rest.iter_mut()).enumerate() {
            let (a, b) = (xr[from + l], xi[from + l]);
            *r += t.re * a - t.im * b;
            *i += t.re * b + t.im * a;
        }
    }
}
