//! Matrices and their adjoints, in split row-major storage; Hermitian ones packed into half of it.

use crate::simd::vector::{LANES, Vector, dispatch_vector};

/// Packs a Hermitian matrix (split storage, length 2 D^2) into R = Re rho + Im rho, length D^2.
///
/// Re rho is symmetric and Im rho antisymmetric, so R holds both, and |R| = |rho| in the Frobenius norm. `rho` is assumed to
/// be Hermitian, not checked.
pub fn pack(rho: &[f64], packed: &mut [f64]) {
    let (re, im) = rho.split_at(rho.len() / 2);
    for ((p, re), im) in packed.iter_mut().zip(re).zip(im) {
        *p = re + im;
    }
}

/// The Hermitian matrix packed by [`pack`]: Re rho = (R + R^T)/2, Im rho = (R - R^T)/2, Hermitian to the last bit.
pub fn unpack(packed: &[f64], rho: &mut [f64]) {
    let dim = packed.len().isqrt();
    let (re, im) = rho.split_at_mut(packed.len());
    mix_transposed(dim, 0.5, 0.5, packed, re);
    mix_transposed(dim, 0.5, -0.5, packed, im);
}

dispatch_vector! {
    /// out = keep a + sign a^T for real matrices.
    fn mix_transposed(dim: usize, keep: f64, sign: f64, a: &[f64], out: &mut [f64]) = mix_transposed_kernel;
}

#[inline(always)]
fn mix_transposed_kernel<V: Vector>(dim: usize, keep: f64, sign: f64, a: &[f64], out: &mut [f64]) {
    let whole = dim / LANES * LANES;
    let (keep_all, sign_all) = (V::splat(keep), V::splat(sign));
    // A tile and its mirror image are read once and both written.
    for r0 in (0..whole).step_by(LANES) {
        for c0 in (r0..whole).step_by(LANES) {
            let (upper, lower) = (r0 * dim + c0, c0 * dim + r0);
            let (mine, mirror) = (load_tile::<V>(a, upper, dim), load_tile::<V>(a, lower, dim));
            let (turned, turned_mine) = (V::transposed(mirror), V::transposed(mine));
            for i in 0..LANES {
                if let Some(to) = out[upper + i * dim..].first_chunk_mut() {
                    keep_all.madd(mine[i], sign_all.times(turned[i])).store(to);
                }
                if let Some(to) = out[lower + i * dim..].first_chunk_mut() {
                    keep_all.madd(mirror[i], sign_all.times(turned_mine[i])).store(to);
                }
            }
        }
    }
    for r in 0..dim {
        let first = if r < whole { whole } else { 0 };
        for c in first..dim {
            out[r * dim + c] = keep * a[r * dim + c] + sign * a[c * dim + r];
        }
    }
}

#[inline(always)]
fn load_tile<V: Vector>(a: &[f64], at: usize, dim: usize) -> [V; LANES] {
    let (first, second) = (V::load_from(a, at), V::load_from(a, at + dim));
    [first, second, V::load_from(a, at + 2 * dim), V::load_from(a, at + 3 * dim)]
}

/// out = a^dag.
pub(crate) fn adjoint_into(dim: usize, a: &[f64], out: &mut [f64]) {
    let n = dim * dim;
    mix_transposed(dim, 0.0, 1.0, &a[..n], &mut out[..n]);
    mix_transposed(dim, 0.0, -1.0, &a[n..], &mut out[n..]);
}

/// out = a + a^dag.
pub(super) fn add_adjoint(dim: usize, a: &[f64], out: &mut [f64]) {
    let n = dim * dim;
    mix_transposed(dim, 1.0, 1.0, &a[..n], &mut out[..n]);
    mix_transposed(dim, 1.0, -1.0, &a[n..], &mut out[n..]);
}

/// The packed form of a + a^dag: (Re a + Im a) + (Re a - Im a)^T.
pub(super) fn pack_with_adjoint(dim: usize, a: &[f64], out: &mut [f64]) {
    let (re, im) = a.split_at(dim * dim);
    fold(dim, re, im, out);
}

dispatch_vector! {
    /// out = (a + b) + (a - b)^T for real matrices.
    fn fold(dim: usize, a: &[f64], b: &[f64], out: &mut [f64]) = fold_kernel;
}

#[inline(always)]
fn fold_kernel<V: Vector>(dim: usize, a: &[f64], b: &[f64], out: &mut [f64]) {
    let whole = dim / LANES * LANES;
    let minus = V::splat(-1.0);
    for r0 in (0..whole).step_by(LANES) {
        for c0 in (r0..whole).step_by(LANES) {
            let (upper, lower) = (r0 * dim + c0, c0 * dim + r0);
            let (a_up, b_up) = (load_tile::<V>(a, upper, dim), load_tile::<V>(b, upper, dim));
            let (a_low, b_low) = (load_tile::<V>(a, lower, dim), load_tile::<V>(b, lower, dim));
            let (mut up, mut low) = (a_up, a_low);
            for i in 0..LANES {
                (up[i], low[i]) = (minus.madd(b_up[i], a_up[i]), minus.madd(b_low[i], a_low[i]));
            }
            let (turned_low, turned_up) = (V::transposed(low), V::transposed(up));
            for i in 0..LANES {
                if let Some(to) = out[upper + i * dim..].first_chunk_mut() {
                    a_up[i].plus(b_up[i]).plus(turned_low[i]).store(to);
                }
                if let Some(to) = out[lower + i * dim..].first_chunk_mut() {
                    a_low[i].plus(b_low[i]).plus(turned_up[i]).store(to);
                }
            }
        }
    }
    for r in 0..dim {
        let first = if r < whole { whole } else { 0 };
        for c in first..dim {
            let (k, turned) = (r * dim + c, c * dim + r);
            out[k] = a[k] + b[k] + (a[turned] - b[turned]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every size takes whole tiles, a rim, or both; entries are multiples of 1/8, so that sums are exact.
    #[test]
    fn packing_keeps_hermitian_matrices_and_sums_with_adjoints() {
        for dim in [1, 2, 3, 4, 6, 8, 13] {
            let n = dim * dim;
            let a: Vec<f64> = (0..2 * n).map(|k| ((37 * k * k + 11 * k) % 64) as f64 / 8.0 - 4.0).collect();
            let turned = |j: usize| j % dim * dim + j / dim;
            let re = (0..n).map(|j| a[j] + a[turned(j)]);
            let plain: Vec<f64> = re.chain((0..n).map(|j| a[n + j] - a[n + turned(j)])).collect();
            let (mut packed, mut folded, mut back) = (vec![0.0; n], vec![0.0; n], vec![0.0; 2 * n]);
            pack(&plain, &mut packed);
            pack_with_adjoint(dim, &a, &mut folded);
            unpack(&packed, &mut back);
            assert_eq!(packed, folded, "dimension {dim}");
            assert_eq!(back, plain, "dimension {dim}");
        }
    }
}
