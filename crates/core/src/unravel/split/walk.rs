//! The factors exp( sum_{i<j} q_ij s_i s_j + sum_i b_i s_i ) of one step, produced block by block along a Gray code.
//!
//! Sites are split into 5 low, up to 6 mid and the top ones. A vector of 32 factors over the low sites is carried from block to
//! block; the flip of a higher site multiplies it by a vector over the low sites and a number. Inside a tile (low and mid
//! sites) that number is a part fixed for the step, tabulated over the tile's sequence of flips, times a part of the mid
//! site that only top sites change. So a block costs one complex product per amplitude and one more number, whatever N.

use super::kernel::{BLOCK, LOW, tile_sites};
use crate::simd::vector::{LANES, Vector};
use num_complex::Complex64;

/// A factor and its inverse.
pub(super) type Pair = [Complex64; 2];

/// Vectors over the low sites, split into real and imaginary parts.
type Low = [[f64; BLOCK]; 2];

/// Longest sequence of flips inside a tile, 2^mid.
const FLIPS: usize = 64;

/// What the Gray-code walk of one step needs: O(N^2) complex products to build.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    sites: usize,
    pub(super) tile: usize,
    /// exp(-2 q_ij) and its inverse, row-major N x N.
    pairs: Vec<Pair>,
    /// For each higher site: what its flip to -1, and back to +1, multiplies the low sites by.
    flips: Vec<[Low; 2]>,
    /// Fixed part of the number of flip l of a tile walked forwards, and its inverse; index 0 is not used.
    sequence: [Pair; FLIPS],
    /// For each higher site i: exp(-2 (b_i + sum q_ij s_j)) and its inverse, the sum over top sites (mid site i) or over all
    /// other higher sites (top site i), as the walk stands.
    fields: Vec<Pair>,
    /// The running factors.
    pub(super) factors: Low,
    start: [Complex64; BLOCK],
}

impl Walk {
    pub(super) fn new(sites: usize) -> Self {
        let unit = [Complex64::ONE; 2];
        Self {
            sites,
            tile: tile_sites(sites),
            pairs: vec![unit; sites * sites],
            flips: vec![[[[0.0; BLOCK]; 2]; 2]; sites],
            sequence: [unit; FLIPS],
            fields: vec![unit; sites],
            factors: [[0.0; BLOCK]; 2],
            start: [Complex64::ONE; BLOCK],
        }
    }

    /// Sets the pair factors from `pair(i, j)` = exp(-2 q_ij) and its inverse, i < j.
    pub(super) fn set_pairs(&mut self, pair: impl Fn(usize, usize) -> Pair) {
        let n = self.sites;
        for i in 0..n {
            for j in i + 1..n {
                let p = pair(i, j);
                self.pairs[i * n + j] = p;
                self.pairs[j * n + i] = p;
            }
        }
        for site in LOW..n {
            // prod_j exp(-2 q_ij s_j) over the low sites, by doubling.
            let (mut down, mut up) = ([Complex64::ONE; BLOCK], [Complex64::ONE; BLOCK]);
            for j in 0..LOW {
                let [f, inverse] = self.pairs[site * n + j];
                let half = 1 << j;
                for k in 0..half {
                    (down[k + half], up[k + half]) = (down[k] * inverse, up[k] * f);
                    (down[k], up[k]) = (down[k] * f, up[k] * inverse);
                }
            }
            self.flips[site] = [split(&down), split(&up)];
        }
        for flip in 1..1usize << (self.tile - LOW) {
            let (site, before) = (LOW + flip.trailing_zeros() as usize, gray(flip - 1));
            let down = before >> (site - LOW) & 1 == 0;
            let product = (LOW..self.tile).filter(|&j| j != site).fold([Complex64::ONE; 2], |p, j| {
                let up = before >> (j - LOW) & 1 == 0;
                let q = self.pairs[site * n + j];
                let [f, inverse] = if up { q } else { [q[1], q[0]] };
                [p[0] * f, p[1] * inverse]
            });
            self.sequence[flip] = if down { product } else { [product[1], product[0]] };
        }
    }

    /// Sets the linear factors from exp(-2 b_i) and its inverse, and goes to the start of the walk: all higher sites up.
    ///
    /// All factors are relative to the configuration with every spin up, whose factor is `scale`.
    pub(super) fn set_fields(&mut self, fields: &[Pair], scale: f64) {
        let n = self.sites;
        self.start[0] = Complex64::from(scale);
        for j in 0..LOW {
            let alone: Complex64 = (j + 1..n).map(|i| self.pairs[j * n + i][0]).product::<Complex64>() * fields[j][0];
            let half = 1 << j;
            for k in 0..half {
                let lower: Complex64 = (0..j).map(|l| self.pairs[j * n + l][k >> l & 1]).product();
                self.start[k + half] = self.start[k] * alone * lower;
            }
        }
        self.factors = split(&self.start);
        for i in LOW..n {
            let others = if i < self.tile { self.tile..n } else { LOW..n };
            self.fields[i] = others.filter(|&j| j != i).fold(fields[i], |[f, g], j| {
                let [p, inverse] = self.pairs[i * n + j];
                [f * p, g * inverse]
            });
        }
    }

    /// Flip number `local` (from 1) of a tile, walked forwards or backwards.
    #[inline(always)]
    pub(super) fn flip_mid<V: Vector>(&mut self, local: usize, backwards: bool) {
        let blocks = 1usize << (self.tile - LOW);
        // Walked backwards, the tile undoes the flips of the forward walk from the last to the first.
        let forward = if backwards { blocks - local } else { local };
        let bit = forward.trailing_zeros() as usize;
        let raises = (gray(forward - 1) >> bit & 1 == 1) != backwards;
        let fixed = self.sequence[forward][usize::from(backwards)];
        let site = LOW + bit;
        let number = fixed * self.fields[site][usize::from(raises)];
        multiply::<V>(number, &self.flips[site][usize::from(raises)], &mut self.factors);
    }

    /// Flips top site `site` of the configuration of higher sites `state` (site LOW at bit 0).
    #[inline(always)]
    pub(super) fn flip_top<V: Vector>(&mut self, site: usize, state: usize) {
        let raises = state >> (site - LOW) & 1 == 1;
        let number = self.fields[site][usize::from(raises)];
        multiply::<V>(number, &self.flips[site][usize::from(raises)], &mut self.factors);
        self.shift_fields(site, raises, LOW);
    }

    /// Tells the top sites that the last mid site has been flipped on the way through a tile; `raises` is the direction.
    #[inline(always)]
    pub(super) fn end_tile(&mut self, raises: bool) {
        let last = self.tile - 1;
        self.shift_fields(last, raises, self.tile);
    }

    /// exp(-2 q s_site) of every site from `from` up changes to its inverse: times exp(+-4 q).
    #[inline(always)]
    fn shift_fields(&mut self, site: usize, raises: bool, from: usize) {
        let n = self.sites;
        for j in from..n {
            if j != site {
                let q = self.pairs[site * n + j];
                // Down: exp(-2 q) becomes exp(+2 q).
                let [f, inverse] = if raises { q } else { [q[1], q[0]] };
                let [a, b] = self.fields[j];
                self.fields[j] = [a * f * f, b * inverse * inverse];
            }
        }
    }
}

/// The Gray code of `k`.
pub(super) fn gray(k: usize) -> usize {
    k ^ k >> 1
}

fn split(v: &[Complex64; BLOCK]) -> Low {
    [std::array::from_fn(|k| v[k].re), std::array::from_fn(|k| v[k].im)]
}

/// factors *= number * vector.
#[inline(always)]
fn multiply<V: Vector>(number: Complex64, vector: &Low, factors: &mut Low) {
    let (nr, ni) = (V::splat(number.re), V::splat(number.im));
    let [(tr, _), (ti, _)] = [vector[0].as_chunks::<LANES>(), vector[1].as_chunks::<LANES>()];
    let [vr, vi] = factors;
    let ((vr, _), (vi, _)) = (vr.as_chunks_mut::<LANES>(), vi.as_chunks_mut::<LANES>());
    for k in 0..BLOCK / LANES {
        let (a, b) = (V::load(&tr[k]), V::load(&ti[k]));
        let (fr, fi) = (ni.nmadd(b, nr.times(a)), ni.madd(a, nr.times(b)));
        let (r, i) = (V::load(&vr[k]), V::load(&vi[k]));
        fi.nmadd(i, fr.times(r)).store(&mut vr[k]);
        fi.madd(r, fr.times(i)).store(&mut vi[k]);
    }
}
