//! The hot kernel of the split step: multiply by an exponential of a quadratic form in the spins and turn every spin.
//!
//! psi(x) <- exp( sum_{i<j} q_ij s_i s_j + sum_i b_i s_i ) psi(x), then psi <- prod_i (1 - i t X_i) psi, s_i = 1 - 2 bit_i.
//!
//! Turns of the low and mid sites run on a tile that stays in the first cache, the next ones on a row of tiles in the second,
//! and those of the top sites on strips of columns through all rows, gathered into a buffer: the ket is read and written twice
//! per step whatever N. Rows are padded by one line, or the lines of a strip would all fall into one cache set. Floor
//! per amplitude and step: 2 N + 12 fused multiply-adds and 64 bytes.

use super::walk::{Walk, gray};
use crate::simd::vector::{LANES, Vector, dispatch_vector, prefetch};

/// Sites in the low block.
pub(super) const LOW: usize = 5;
/// Amplitudes of a block.
pub(super) const BLOCK: usize = 1 << LOW;
/// Amplitudes over which weights are summed for the two-stage draw of a configuration.
pub(super) const BIN: usize = 64;
/// Fewest sites this kernel handles.
pub(super) const MIN_SITES: usize = 6;
/// Doubles of a cache line.
const LINE: usize = 8;

/// Low and mid sites together: those turned inside one tile, in the first cache.
pub(super) fn tile_sites(sites: usize) -> usize {
    sites.min(11)
}

/// Sites of a row: those turned inside the second cache.
fn row_sites(sites: usize) -> usize {
    sites.min(13)
}

/// Columns of a strip through all rows: 16 KB of amplitudes, and at least four cache lines of each row.
fn strip_columns(rows: usize) -> usize {
    ((1 << FIRST_CACHE) / rows).clamp(4 * LINE, 4 * BIN)
}

/// Sites whose amplitudes take half the first cache.
const FIRST_CACHE: usize = 10;

/// A ket in padded rows.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// Sites of a tile, and of a row.
    tile: usize,
    row: usize,
    stride: usize,
    re: Vec<f64>,
    im: Vec<f64>,
    strip: Vec<f64>,
}

impl Rows {
    pub(super) fn new(sites: usize) -> Self {
        let (tile, row) = (tile_sites(sites), row_sites(sites));
        let (stride, rows) = ((1 << row) + LINE, 1 << (sites - row));
        let strip = if rows > 1 { 2 * rows * strip_columns(rows) } else { 0 };
        let part = || vec![0.0; stride * rows];
        Self { tile, row, stride, re: part(), im: part(), strip: vec![0.0; strip] }
    }

    fn columns(&self) -> usize {
        1 << self.row
    }

    fn rows(&self) -> usize {
        self.re.len() / self.stride
    }

    /// Reads a ket in split storage.
    pub(super) fn load(&mut self, psi: &[f64]) {
        let (re, im) = psi.split_at(psi.len() / 2);
        for (half, own) in [(re, &mut self.re), (im, &mut self.im)] {
            for (from, to) in half.chunks_exact(1 << self.row).zip(own.chunks_exact_mut(self.stride)) {
                to[..from.len()].copy_from_slice(from);
            }
        }
    }

    /// Writes a ket in split storage.
    pub(super) fn store(&self, psi: &mut [f64]) {
        let (re, im) = psi.split_at_mut(psi.len() / 2);
        for (half, own) in [(re, &self.re), (im, &self.im)] {
            for (to, from) in half.chunks_exact_mut(1 << self.row).zip(own.chunks_exact(self.stride)) {
                to.copy_from_slice(&from[..to.len()]);
            }
        }
    }

    /// |psi_x|^2.
    pub(super) fn weight(&self, x: usize) -> f64 {
        let at = (x >> self.row) * self.stride + (x & (self.columns() - 1));
        self.re[at] * self.re[at] + self.im[at] * self.im[at]
    }

    /// Multiplies by the factors of `walk`, turns every spin by `t` and sums the weights per bin.
    ///
    /// The norm is not kept: a turn by the angle whose tangent is t multiplies it by 1/cos^N.
    pub(super) fn step(&mut self, walk: &mut Walk, t: f64, bins: &mut [f64]) {
        multiply_and_turn(walk, t, self.row, &mut self.re, &mut self.im);
        self.finish(t, bins);
    }

    /// The same without factors: only turns.
    pub(super) fn turn(&mut self, t: f64, bins: &mut [f64]) {
        turn_rows(self.tile, self.row, t, &mut self.re, &mut self.im);
        self.finish(t, bins);
    }

    fn finish(&mut self, t: f64, bins: &mut [f64]) {
        let (columns, rows) = (self.columns(), self.rows());
        if rows == 1 {
            weigh(&self.re[..columns], &self.im[..columns], bins);
        } else {
            turn_top(columns, t, [&mut self.re, &mut self.im], &mut self.strip, bins);
        }
    }
}

dispatch_vector! {
    fn multiply_and_turn(walk: &mut Walk, t: f64, row: usize, re: &mut [f64], im: &mut [f64]) = multiply_and_turn_kernel;
}

#[inline(always)]
fn multiply_and_turn_kernel<V: Vector>(walk: &mut Walk, t: f64, row: usize, re: &mut [f64], im: &mut [f64]) {
    let tile = walk.tile;
    let mid = tile - LOW;
    let blocks = 1usize << mid;
    let t = V::splat(t);
    let stride = (1 << row) + LINE;
    // The Gray code over tiles goes through one row after the other.
    let tiles = 1usize << (row - tile);
    for k in 0..re.len() / stride {
        let (first, at) = (k * tiles, gray(k) * stride);
        let (r, i) = (&mut re[at..at + (1 << row)], &mut im[at..at + (1 << row)]);
        for visit in first..first + tiles {
            // Over the blocks of a tile forwards or backwards in turn.
            let backwards = visit % 2 == 1;
            if visit > 0 {
                let bit = visit.trailing_zeros() as usize;
                // The tile before this one ended with its last mid site turned over.
                let state = gray(visit - 1) << mid;
                walk.end_tile(!backwards);
                walk.flip_top::<V>(tile + bit, state);
            }
            let at = (gray(visit) & (tiles - 1)) << tile;
            let (r, i) = (&mut r[at..at + (1 << tile)], &mut i[at..at + (1 << tile)]);
            for local in 0..blocks {
                if local > 0 {
                    walk.flip_mid::<V>(local, backwards);
                }
                let block = gray(if backwards { blocks - 1 - local } else { local });
                let (r, _) = r[block * BLOCK..].as_chunks_mut::<BLOCK>();
                let (i, _) = i[block * BLOCK..].as_chunks_mut::<BLOCK>();
                multiply_block::<V>(&walk.factors, &mut r[0], &mut i[0]);
                turn_block::<V>(t, &mut r[0], &mut i[0]);
            }
            turn_range::<V>(LOW, tile, t, r, i);
        }
        turn_range::<V>(tile, row, t, r, i);
    }
}

/// psi *= factors on one block of 32 amplitudes.
#[inline(always)]
fn multiply_block<V: Vector>(factors: &[[f64; BLOCK]; 2], r: &mut [f64; BLOCK], i: &mut [f64; BLOCK]) {
    let ((vr, _), (vi, _)) = (factors[0].as_chunks::<LANES>(), factors[1].as_chunks::<LANES>());
    let ((r, _), (i, _)) = (r.as_chunks_mut::<LANES>(), i.as_chunks_mut::<LANES>());
    for k in 0..BLOCK / LANES {
        let (fr, fi, a, b) = (V::load(&vr[k]), V::load(&vi[k]), V::load(&r[k]), V::load(&i[k]));
        fi.nmadd(b, fr.times(a)).store(&mut r[k]);
        fi.madd(a, fr.times(b)).store(&mut i[k]);
    }
}

/// Turns of the five low sites on 32 amplitudes.
#[inline(always)]
fn turn_block<V: Vector>(t: V, r: &mut [f64; BLOCK], i: &mut [f64; BLOCK]) {
    {
        let ((r, _), (i, _)) = (r.as_chunks_mut::<LANES>(), i.as_chunks_mut::<LANES>());
        for k in (0..BLOCK / LANES).step_by(2) {
            let (a0, b0) = turn_lanes(t, V::load(&r[k]), V::load(&i[k]));
            let (a1, b1) = turn_lanes(t, V::load(&r[k + 1]), V::load(&i[k + 1]));
            // The third site tells the two vectors apart.
            t.madd(b1, a0).store(&mut r[k]);
            t.nmadd(a1, b0).store(&mut i[k]);
            t.madd(b0, a1).store(&mut r[k + 1]);
            t.nmadd(a0, b1).store(&mut i[k + 1]);
        }
    }
    quad(t, r, i);
}

/// Turns of the two sites inside a vector.
#[inline(always)]
fn turn_lanes<V: Vector>(t: V, a: V, b: V) -> (V, V) {
    let (c, d) = (t.madd(b.swap1(), a), t.nmadd(a.swap1(), b));
    (t.madd(d.swap2(), c), t.nmadd(c.swap2(), d))
}

/// Turns of the two sites that tell four amplitudes (a_k + i b_k) of each lane apart.
#[inline(always)]
fn turn_four<V: Vector>(t: V, [a0, a1, a2, a3]: [V; 4], [b0, b1, b2, b3]: [V; 4]) -> ([V; 4], [V; 4]) {
    let (c0, c1, c2, c3) = (t.madd(b1, a0), t.madd(b0, a1), t.madd(b3, a2), t.madd(b2, a3));
    let (d0, d1, d2, d3) = (t.nmadd(a1, b0), t.nmadd(a0, b1), t.nmadd(a3, b2), t.nmadd(a2, b3));
    (
        [t.madd(d2, c0), t.madd(d3, c1), t.madd(d0, c2), t.madd(d1, c3)],
        [t.nmadd(c2, d0), t.nmadd(c3, d1), t.nmadd(c0, d2), t.nmadd(c1, d3)],
    )
}

/// Turns of the two sites that tell the four quarters of an array apart.
#[inline(always)]
fn quad<V: Vector>(t: V, r: &mut [f64], i: &mut [f64]) {
    let n = r.len() / 4;
    let ((r01, r23), (i01, i23)) = (r.split_at_mut(2 * n), i.split_at_mut(2 * n));
    let ((r0, r1), (r2, r3)) = (r01.split_at_mut(n), r23.split_at_mut(n));
    let ((i0, i1), (i2, i3)) = (i01.split_at_mut(n), i23.split_at_mut(n));
    quad_of(t, [r0, r1, r2, r3], [i0, i1, i2, i3]);
}

/// The same for four arrays of equal length.
#[inline(always)]
fn quad_of<V: Vector>(t: V, r: [&mut [f64]; 4], i: [&mut [f64]; 4]) {
    let [r0, r1, r2, r3] = r.map(|part| part.as_chunks_mut::<LANES>().0);
    let [i0, i1, i2, i3] = i.map(|part| part.as_chunks_mut::<LANES>().0);
    let n = r0.len();
    let (r1, r2, r3) = (&mut r1[..n], &mut r2[..n], &mut r3[..n]);
    let (i0, i1, i2, i3) = (&mut i0[..n], &mut i1[..n], &mut i2[..n], &mut i3[..n]);
    for k in 0..n {
        let a = [V::load(&r0[k]), V::load(&r1[k]), V::load(&r2[k]), V::load(&r3[k])];
        let b = [V::load(&i0[k]), V::load(&i1[k]), V::load(&i2[k]), V::load(&i3[k])];
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = turn_four(t, a, b);
        a0.store(&mut r0[k]);
        a1.store(&mut r1[k]);
        a2.store(&mut r2[k]);
        a3.store(&mut r3[k]);
        b0.store(&mut i0[k]);
        b1.store(&mut i1[k]);
        b2.store(&mut i2[k]);
        b3.store(&mut i3[k]);
    }
}

/// Turn of the site that tells the two halves of an array apart.
#[inline(always)]
fn pair<V: Vector>(t: V, r: &mut [f64], i: &mut [f64]) {
    let n = r.len() / 2;
    let ((r0, r1), (i0, i1)) = (r.split_at_mut(n), i.split_at_mut(n));
    pair_of(t, [r0, r1], [i0, i1]);
}

/// The same for two arrays of equal length.
#[inline(always)]
fn pair_of<V: Vector>(t: V, r: [&mut [f64]; 2], i: [&mut [f64]; 2]) {
    let [r0, r1] = r.map(|part| part.as_chunks_mut::<LANES>().0);
    let [i0, i1] = i.map(|part| part.as_chunks_mut::<LANES>().0);
    let n = r0.len();
    let (r1, i0, i1) = (&mut r1[..n], &mut i0[..n], &mut i1[..n]);
    for k in 0..n {
        let (a0, a1, b0, b1) = (V::load(&r0[k]), V::load(&r1[k]), V::load(&i0[k]), V::load(&i1[k]));
        t.madd(b1, a0).store(&mut r0[k]);
        t.madd(b0, a1).store(&mut r1[k]);
        t.nmadd(a1, b0).store(&mut i0[k]);
        t.nmadd(a0, b1).store(&mut i1[k]);
    }
}

/// Turns of sites `from..to` (stride 2^from up) on one array whose length is a multiple of 2^to.
#[inline(always)]
fn turn_range<V: Vector>(from: usize, to: usize, t: V, r: &mut [f64], i: &mut [f64]) {
    let mut site = from;
    while site + 1 < to {
        let size = 4usize << site;
        for (r, i) in r.chunks_exact_mut(size).zip(i.chunks_exact_mut(size)) {
            quad(t, r, i);
        }
        site += 2;
    }
    if site < to {
        let size = 2usize << site;
        for (r, i) in r.chunks_exact_mut(size).zip(i.chunks_exact_mut(size)) {
            pair(t, r, i);
        }
    }
}

dispatch_vector! {
    fn turn_rows(tile: usize, row: usize, t: f64, re: &mut [f64], im: &mut [f64]) = turn_rows_kernel;
}

#[inline(always)]
fn turn_rows_kernel<V: Vector>(tile: usize, row: usize, t: f64, re: &mut [f64], im: &mut [f64]) {
    let t = V::splat(t);
    let stride = (1 << row) + LINE;
    for (r, i) in re.chunks_exact_mut(stride).zip(im.chunks_exact_mut(stride)) {
        let (r, i) = (&mut r[..1 << row], &mut i[..1 << row]);
        for (r, i) in r.chunks_exact_mut(1 << tile).zip(i.chunks_exact_mut(1 << tile)) {
            let ((blocks, _), (other, _)) = (r.as_chunks_mut::<BLOCK>(), i.as_chunks_mut::<BLOCK>());
            for (r, i) in blocks.iter_mut().zip(other) {
                turn_block(t, r, i);
            }
            turn_range(LOW, tile, t, r, i);
        }
        turn_range(tile, row, t, r, i);
    }
}

dispatch_vector! {
    /// Turns of the top sites strip by strip, and the weights per bin.
    fn turn_top(columns: usize, t: f64, ket: [&mut [f64]; 2], strip: &mut [f64], bins: &mut [f64]) = turn_top_kernel;
}

#[inline(always)]
fn turn_top_kernel<V: Vector>(columns: usize, t: f64, [re, im]: [&mut [f64]; 2], strip: &mut [f64], bins: &mut [f64]) {
    let t = V::splat(t);
    let stride = columns + LINE;
    let (r, i) = strip.split_at_mut(strip.len() / 2);
    let width = r.len() / (re.len() / stride);
    let sites = r.len().trailing_zeros() as usize;
    let cached = sites.min(FIRST_CACHE);
    bins.fill(0.0);
    for column in (0..columns).step_by(width) {
        for (k, (r, i)) in r.chunks_exact_mut(1 << cached).zip(i.chunks_exact_mut(1 << cached)).enumerate() {
            let first = ((k << cached) / width) * stride;
            gather(column, width, stride, &re[first..], r);
            gather(column, width, stride, &im[first..], i);
            turn_range(width.trailing_zeros() as usize, cached, t, r, i);
        }
        turn_range(cached, sites, t, r, i);
        for (row, (r, i)) in r.chunks_exact(width).zip(i.chunks_exact(width)).enumerate() {
            let at = row * stride + column;
            re[at..at + width].copy_from_slice(r);
            im[at..at + width].copy_from_slice(i);
            // The same row of the next strip.
            for line in (at + width..at + 2 * width).step_by(LINE) {
                prefetch(re, line);
                prefetch(im, line);
            }
            for (k, (r, i)) in r.chunks(BIN).zip(i.chunks(BIN)).enumerate() {
                bins[(row * columns + column) / BIN + k] += weight_of::<V>(r, i);
            }
        }
    }
}

/// Copies the columns from `column` of every row.
#[inline(always)]
fn gather(column: usize, width: usize, stride: usize, from: &[f64], to: &mut [f64]) {
    for (to, row) in to.chunks_exact_mut(width).zip(from.chunks_exact(stride)) {
        to.copy_from_slice(&row[column..column + width]);
    }
}

#[inline(always)]
fn weight_of<V: Vector>(r: &[f64], i: &[f64]) -> f64 {
    let ((r, _), (i, _)) = (r.as_chunks::<LANES>(), i.as_chunks::<LANES>());
    r.iter().zip(i).fold(V::splat(0.0), |s, (r, i)| s.plus(square(V::load(r), V::load(i)))).total()
}

#[inline(always)]
fn square<V: Vector>(a: V, b: V) -> V {
    a.madd(a, b.times(b))
}

dispatch_vector! {
    /// Weights |psi|^2 per bin.
    fn weigh(re: &[f64], im: &[f64], bins: &mut [f64]) = weigh_kernel;
}

#[inline(always)]
fn weigh_kernel<V: Vector>(re: &[f64], im: &[f64], bins: &mut [f64]) {
    for ((r, i), bin) in re.chunks_exact(BIN).zip(im.chunks_exact(BIN)).zip(bins) {
        *bin = weight_of::<V>(r, i);
    }
}
