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

crate::dispatch! {
    /// out_k = v_k . w.
    pub(super) fn dots(vectors: &[Vec<f64>], w: &[f64], out: &mut [f64]) = dots_kernel;
}

/// Numbers of w that stay in the first cache while all vectors pass.
const BLOCK: usize = 1024;

#[inline(always)]
fn dots_kernel<const FMA: bool>(vectors: &[Vec<f64>], w: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (b, w) in w.chunks(BLOCK).enumerate() {
        let at = b * BLOCK..b * BLOCK + w.len();
        for (v, out) in vectors.iter().zip(out.iter_mut()) {
            let mut lanes = [0.0; CHUNK];
            let (pairs, left) = (v[at.clone()].chunks_exact(CHUNK), w.chunks_exact(CHUNK));
            for (v, w) in pairs.remainder().iter().zip(left.remainder()) {
                lanes[0] += v * w;
            }
            for (v, w) in pairs.zip(left) {
                for l in 0..CHUNK {
                    lanes[l] = madd::<FMA>(v[l], w[l], lanes[l]);
                }
            }
            *out += lanes.iter().sum::<f64>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of three binary digits, so that sums are exact in any order.
    fn vector(seed: usize, len: usize) -> Vec<f64> {
        (0..len).map(|k| ((seed * 31 + k * k * 17 + 5 * k) % 64) as f64 / 8.0 - 4.0).collect()
    }

    #[test]
    fn sums_are_those_of_plain_loops_at_every_length() {
        for len in (0..40).chain([1023, 1040, 2051]) {
            let (y, new) = (vector(1, len), vector(2, len));
            let vectors = vec![vector(3, len), vector(4, len), vector(5, len)];
            let weights = [0.5, -2.0, 0.25];
            let terms: Vec<Term<'_>> = weights.into_iter().zip(vectors.iter().map(Vec::as_slice)).collect();
            let sum = |k: usize| (0..3).map(|v| weights[v] * vectors[v][k]).sum::<f64>();
            let mut out = vec![f64::NAN; len];
            combine(&terms, &y, &mut out);
            assert!((0..len).all(|k| out[k] == y[k] + sum(k)), "{len}");
            // The scale is a power of two.
            let error = scaled_error(0.5, 4.0, 0.0, &terms, &y, &new);
            assert_eq!(error, (0..len).map(|k| (sum(k) / 8.0).powi(2)).sum::<f64>(), "{len}");
            let mut products = [f64::NAN; 3];
            dots(&vectors, &y, &mut products);
            for (v, product) in vectors.iter().zip(products) {
                assert_eq!(product, v.iter().zip(&y).map(|(a, b)| a * b).sum::<f64>(), "{len}");
            }
            let coefficients: Vec<&[f64]> = vectors.iter().map(Vec::as_slice).collect();
            evaluate(0.25, &coefficients, &y, &mut out);
            let [a, b, c] = &vectors[..] else { unreachable!() };
            let expected = |k: usize| y[k] + 0.25 * (a[k] + 0.75 * (b[k] + 0.25 * c[k]));
            assert!((0..len).all(|k| out[k] == expected(k)), "{len}");
        }
    }

    #[test]
    fn the_scaled_error_weighs_the_larger_of_two_states() {
        let terms: [Term<'_>; 1] = [(1.0, &[3.0, -6.0])];
        let error = scaled_error(1.0, 1.0, 0.5, &terms, &[4.0, -2.0], &[1.0, 10.0]);
        assert_eq!(error, 1.0 + 1.0);
    }
}
