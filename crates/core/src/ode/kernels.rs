//! Sums over stages, one pass each. Terms are (weight, vector) pairs; nothing is read that has no weight.

use crate::simd::madd;

/// A weighted vector of a sum.
pub(super) type Term<'a> = (f64, &'a [f64]);

const CHUNK: usize = 16;
/// Partial sums of an error norm: component j goes to lane j mod 8.
const LANES: usize = 8;

crate::dispatch! {
    /// out = y + sum_s a_s k_s.
    pub(super) fn combine(terms: &[Term<'_>], y: &[f64], out: &mut [f64]) = combine_kernel;
}

#[inline(always)]
fn combine_kernel<const FMA: bool>(terms: &[Term<'_>], y: &[f64], out: &mut [f64]) {
    for (c, (y, out)) in y.chunks(CHUNK).zip(out.chunks_mut(CHUNK)).enumerate() {
        let at = c * CHUNK..c * CHUNK + y.len();
        if let Some(y) = y.first_chunk::<CHUNK>() {
            let mut sum = *y;
            for (a, k) in terms {
                for (s, k) in sum.iter_mut().zip(&k[at.clone()]) {
                    *s = madd::<FMA>(*a, *k, *s);
                }
            }
            out.copy_from_slice(&sum);
        } else {
            out.copy_from_slice(y);
            for (a, k) in terms {
                for (s, k) in out.iter_mut().zip(&k[at.clone()]) {
                    *s = madd::<FMA>(*a, *k, *s);
                }
            }
        }
    }
}

crate::dispatch! {
    /// sum_j (h sum_s e_s k_s[j] / (atol + rtol max(|y_j|, |new_j|)))^2.
    pub(super) fn scaled_error(h: f64, atol: f64, rtol: f64, terms: &[Term<'_>], y: &[f64], new: &[f64]) -> f64 = scaled_error_kernel;
}

#[inline(always)]
fn scaled_error_kernel<const FMA: bool>(
    h: f64,
    atol: f64,
    rtol: f64,
    terms: &[Term<'_>],
    y: &[f64],
    new: &[f64],
) -> f64 {
    let mut lanes = [0.0; LANES];
    for (c, (y, new)) in y.chunks(LANES).zip(new.chunks(LANES)).enumerate() {
        let at = c * LANES..c * LANES + y.len();
        let mut e = [0.0; LANES];
        for (a, k) in terms {
            for (e, k) in e.iter_mut().zip(&k[at.clone()]) {
                *e = madd::<FMA>(*a, *k, *e);
            }
        }
        for j in 0..y.len() {
            let scaled = h * e[j] / madd::<FMA>(rtol, y[j].abs().max(new[j].abs()), atol);
            lanes[j] = madd::<FMA>(scaled, scaled, lanes[j]);
        }
    }
    lanes.iter().sum()
}

/// Coefficients c_1.. of a continuous extension at most.
pub(super) const COEFFICIENTS: usize = 7;

crate::dispatch! {
    /// out = y + theta (c_1 + rest (c_2 + theta (c_3 + rest (...)))), rest = 1 - theta.
    pub(super) fn evaluate(theta: f64, coefficients: &[&[f64]], y: &[f64], out: &mut [f64]) = evaluate_kernel;
}

#[inline(always)]
fn evaluate_kernel<const FMA: bool>(theta: f64, coefficients: &[&[f64]], y: &[f64], out: &mut [f64]) {
    let factors = [theta, 1.0 - theta];
    for (c, (y, out)) in y.chunks(CHUNK).zip(out.chunks_mut(CHUNK)).enumerate() {
        let at = c * CHUNK..c * CHUNK + y.len();
        let mut sum = [0.0; CHUNK];
        for (k, coefficient) in coefficients.iter().enumerate().rev() {
            let factor = factors[k & 1];
            for (s, c) in sum.iter_mut().zip(&coefficient[at.clone()]) {
                *s = factor * (c + *s);
            }
        }
        for ((out, y), s) in out.iter_mut().zip(y).zip(&sum) {
            *out = y + s;
        }
    }
}
