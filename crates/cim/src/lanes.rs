//! Products of J with sixteen replicas side by side.
//!
//! A full matrix takes one pass for every sixteen replicas, eight rows at a time, so that their sums stay in registers: 2 n^2 16 operations, of which a core does 16 (f64) or
//! 32 (f32) a cycle with 256-bit multiply-adds. Sparse rows take one multiply-add of sixteen lanes per stored entry. Every replica's sums run in the same order whatever stands beside it.

use crate::{Rows, SparseRows};
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// Replicas side by side.
pub const LANES: usize = lightfall_core::rng::LANES;

/// A number of each of sixteen replicas.
pub type Lane<T> = [T; LANES];

/// Rows of a full matrix that go through the replicas together.
const ROWS: usize = 8;

/// Single or double precision.
pub trait Real:
    Copy
    + Send
    + Sync
    + PartialOrd
    + Default
    + std::fmt::Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + 'static
{
    /// From double precision.
    fn of(value: f64) -> Self;
    /// To double precision.
    fn double(self) -> f64;
    /// self * b + c, fused if `FMA`.
    fn madd<const FMA: bool>(self, b: Self, c: Self) -> Self;
    /// out = J x.
    fn product(rows: &Rows<Self>, x: &[Lane<Self>], out: &mut [Lane<Self>]);
}

macro_rules! real {
    ($t:ty, $sparse:ident, $sparse_kernel:ident, $dense:ident, $dense_kernel:ident) => {
        impl Real for $t {
            #[inline(always)]
            #[allow(clippy::cast_possible_truncation, reason = "single precision where it is asked for")]
            fn of(value: f64) -> Self {
                value as $t
            }
            #[inline(always)]
            fn double(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn madd<const FMA: bool>(self, b: Self, c: Self) -> Self {
                if FMA { self.mul_add(b, c) } else { self * b + c }
            }
            fn product(rows: &Rows<Self>, x: &[Lane<Self>], out: &mut [Lane<Self>]) {
                match rows {
                    Rows::Sparse(rows) => $sparse(rows, x, out),
                    Rows::Dense(rows) => $dense(rows, x, out),
                }
            }
        }

        lightfall_core::dispatch! {
            fn $sparse(rows: &SparseRows<$t>, x: &[Lane<$t>], out: &mut [Lane<$t>]) = $sparse_kernel;
        }
        #[inline(always)]
        fn $sparse_kernel<const FMA: bool>(rows: &SparseRows<$t>, x: &[Lane<$t>], out: &mut [Lane<$t>]) {
            sparse::<FMA, $t>(rows, x, out);
        }
        lightfall_core::dispatch! {
            fn $dense(rows: &[$t], x: &[Lane<$t>], out: &mut [Lane<$t>]) = $dense_kernel;
        }
        #[inline(always)]
        fn $dense_kernel<const FMA: bool>(rows: &[$t], x: &[Lane<$t>], out: &mut [Lane<$t>]) {
            dense::<FMA, $t>(rows, x, out);
        }
    };
}
real!(f32, sparse_single, sparse_single_kernel, dense_single, dense_single_kernel);
real!(f64, sparse_double, sparse_double_kernel, dense_double, dense_double_kernel);

/// out_j += sum_i J_ij `by`_i over the spins i = `spins`: what J x changes by when x does. J is symmetric.
pub fn add_rows(rows: &Rows, spins: &[u32], by: &[Lane<f32>], out: &mut [Lane<f32>]) {
    match rows {
        Rows::Sparse(rows) => add_sparse(rows, spins, by, out),
        Rows::Dense(rows) => add_dense(rows, spins, by, out),
    }
}

lightfall_core::dispatch! {
    fn add_sparse(rows: &SparseRows, spins: &[u32], by: &[Lane<f32>], out: &mut [Lane<f32>]) = add_sparse_kernel;
}

#[inline(always)]
fn add_sparse_kernel<const FMA: bool>(rows: &SparseRows, spins: &[u32], by: &[Lane<f32>], out: &mut [Lane<f32>]) {
    for (i, by) in spins.iter().zip(by) {
        let range = rows.starts[*i as usize] as usize..rows.starts[*i as usize + 1] as usize;
        for (j, value) in rows.columns[range.clone()].iter().zip(&rows.values[range]) {
            let out = &mut out[*j as usize];
            for l in 0..LANES {
                out[l] = value.madd::<FMA>(by[l], out[l]);
            }
        }
    }
}

lightfall_core::dispatch! {
    fn add_dense(rows: &[f32], spins: &[u32], by: &[Lane<f32>], out: &mut [Lane<f32>]) = add_dense_kernel;
}

#[inline(always)]
fn add_dense_kernel<const FMA: bool>(rows: &[f32], spins: &[u32], by: &[Lane<f32>], out: &mut [Lane<f32>]) {
    let n = out.len();
    let mut begin = 0;
    while begin < n {
        if begin + ROWS <= n {
            add_block::<FMA, ROWS>(&rows[begin * n..(begin + ROWS) * n], spins, by, &mut out[begin..begin + ROWS]);
            begin += ROWS;
        } else {
            add_block::<FMA, 1>(&rows[begin * n..(begin + 1) * n], spins, by, &mut out[begin..begin + 1]);
            begin += 1;
        }
    }
}

/// The sums are copied in and out whole: then they stay in registers.
#[inline(always)]
fn add_block<const FMA: bool, const R: usize>(rows: &[f32], spins: &[u32], by: &[Lane<f32>], out: &mut [Lane<f32>]) {
    let n = rows.len() / R;
    let mut each = [&rows[..0]; R];
    for r in 0..R {
        each[r] = &rows[r * n..][..n];
    }
    let mut sums = [[0.0; LANES]; R];
    sums.copy_from_slice(out);
    for (j, by) in spins.iter().zip(by) {
        for r in 0..R {
            let value = each[r][*j as usize];
            for l in 0..LANES {
                sums[r][l] = value.madd::<FMA>(by[l], sums[r][l]);
            }
        }
    }
    out.copy_from_slice(&sums);
}

#[inline(always)]
fn sparse<const FMA: bool, T: Real>(rows: &SparseRows<T>, x: &[Lane<T>], out: &mut [Lane<T>]) {
    for (range, out) in rows.starts.windows(2).zip(out) {
        let range = range[0] as usize..range[1] as usize;
        let mut sum = [T::default(); LANES];
        for (j, value) in rows.columns[range.clone()].iter().zip(&rows.values[range]) {
            let x = &x[*j as usize];
            for l in 0..LANES {
                sum[l] = value.madd::<FMA>(x[l], sum[l]);
            }
        }
        *out = sum;
    }
}

#[inline(always)]
fn dense<const FMA: bool, T: Real>(rows: &[T], x: &[Lane<T>], out: &mut [Lane<T>]) {
    let n = x.len();
    let mut begin = 0;
    while begin < n {
        if begin + ROWS <= n {
            block::<FMA, T, ROWS>(&rows[begin * n..(begin + ROWS) * n], x, &mut out[begin..begin + ROWS]);
            begin += ROWS;
        } else {
            block::<FMA, T, 1>(&rows[begin * n..(begin + 1) * n], x, &mut out[begin..begin + 1]);
            begin += 1;
        }
    }
}

#[inline(always)]
fn block<const FMA: bool, T: Real, const R: usize>(rows: &[T], x: &[Lane<T>], out: &mut [Lane<T>]) {
    let n = x.len();
    let mut each = [&rows[..0]; R];
    for r in 0..R {
        each[r] = &rows[r * n..][..n];
    }
    let mut sums = [[T::default(); LANES]; R];
    for j in 0..n {
        for r in 0..R {
            let value = each[r][j];
            for l in 0..LANES {
                sums[r][l] = value.madd::<FMA>(x[j][l], sums[r][l]);
            }
        }
    }
    out.copy_from_slice(&sums);
}
