//! Four doubles in a register: for the kernels that shuffle lanes, which a compiler does not vectorise by itself.

#![allow(unsafe_code, reason = "vendor intrinsics behind a safe interface; see the SAFETY notes")]

/// Lanes of a vector.
pub(crate) const LANES: usize = 4;

/// Four doubles. An implementation may need processor features: only [`crate::dispatch_vector!`] names one, after detection.
pub(crate) trait Vector: Copy {
    /// All lanes equal.
    fn splat(x: f64) -> Self;
    /// Reads four numbers.
    fn load(from: &[f64; LANES]) -> Self;
    /// Reads the four numbers from index `at` on; zeros past the end.
    #[inline(always)]
    fn load_from(from: &[f64], at: usize) -> Self {
        Self::load(from[at..].first_chunk().unwrap_or(&[0.0; LANES]))
    }
    /// Rows and columns of four vectors exchanged.
    fn transposed(rows: [Self; LANES]) -> [Self; LANES];
    /// Writes four numbers.
    fn store(self, to: &mut [f64; LANES]);
    /// Lanewise sum.
    fn plus(self, other: Self) -> Self;
    /// Lanewise product.
    fn times(self, other: Self) -> Self;
    /// self * b + c.
    fn madd(self, b: Self, c: Self) -> Self;
    /// c - self * b.
    fn nmadd(self, b: Self, c: Self) -> Self;
    /// Lane l from lane l ^ 1.
    fn swap1(self) -> Self;
    /// Lane l from lane l ^ 2.
    fn swap2(self) -> Self;
    /// Sum of the lanes.
    fn total(self) -> f64;
}

/// The portable implementation; products are rounded before they are added.
#[derive(Clone, Copy)]
pub(crate) struct Portable([f64; LANES]);

impl Portable {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let (a, b) = (self.0, other.0);
        Self([f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])])
    }
}

impl Vector for Portable {
    #[inline(always)]
    fn splat(x: f64) -> Self {
        Self([x; LANES])
    }
    #[inline(always)]
    fn load(from: &[f64; LANES]) -> Self {
        Self(*from)
    }
    #[inline(always)]
    fn transposed(rows: [Self; LANES]) -> [Self; LANES] {
        let [a, b, c, d] = rows;
        [0, 1, 2, 3].map(|k| Self([a.0[k], b.0[k], c.0[k], d.0[k]]))
    }
    #[inline(always)]
    fn store(self, to: &mut [f64; LANES]) {
        *to = self.0;
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
    #[inline(always)]
    fn madd(self, b: Self, c: Self) -> Self {
        self.times(b).plus(c)
    }
    #[inline(always)]
    fn nmadd(self, b: Self, c: Self) -> Self {
        c.zip(self.times(b), |c, p| c - p)
    }
    #[inline(always)]
    fn swap1(self) -> Self {
        let [a, b, c, d] = self.0;
        Self([b, a, d, c])
    }
    #[inline(always)]
    fn swap2(self) -> Self {
        let [a, b, c, d] = self.0;
        Self([c, d, a, b])
    }
    #[inline(always)]
    fn total(self) -> f64 {
        let [a, b, c, d] = self.0;
        (a + c) + (b + d)
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{LANES, Vector};
    use std::arch::x86_64::*;

    /// AVX2 with fused multiply-add.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx2(__m256d);

    // SAFETY (all blocks below): the type is named only by `dispatch_vector!`, inside a function compiled for AVX2 and FMA
    // that is entered after both were detected; loads and stores go through references to whole arrays, unaligned.
    impl Vector for Avx2 {
        #[inline(always)]
        fn splat(x: f64) -> Self {
            // SAFETY: see above.
            Self(unsafe { _mm256_set1_pd(x) })
        }
        #[inline(always)]
        fn load(from: &[f64; LANES]) -> Self {
            // SAFETY: see above.
            Self(unsafe { _mm256_loadu_pd(from.as_ptr()) })
        }
        #[inline(always)]
        fn transposed([a, b, c, d]: [Self; LANES]) -> [Self; LANES] {
            // SAFETY: see above.
            unsafe {
                let (ab0, ab1) = (_mm256_unpacklo_pd(a.0, b.0), _mm256_unpackhi_pd(a.0, b.0));
                let (cd0, cd1) = (_mm256_unpacklo_pd(c.0, d.0), _mm256_unpackhi_pd(c.0, d.0));
                [
                    Self(_mm256_permute2f128_pd::<0x20>(ab0, cd0)),
                    Self(_mm256_permute2f128_pd::<0x20>(ab1, cd1)),
                    Self(_mm256_permute2f128_pd::<0x31>(ab0, cd0)),
                    Self(_mm256_permute2f128_pd::<0x31>(ab1, cd1)),
                ]
            }
        }
        #[inline(always)]
        fn store(self, to: &mut [f64; LANES]) {
            // SAFETY: see above.
            unsafe { _mm256_storeu_pd(to.as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            // SAFETY: see above.
            Self(unsafe { _mm256_add_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn times(self, other: Self) -> Self {
            // SAFETY: see above.
            Self(unsafe { _mm256_mul_pd(self.0, other.0) })
        }
        #[inline(always)]
        fn madd(self, b: Self, c: Self) -> Self {
            // SAFETY: see above.
            Self(unsafe { _mm256_fmadd_pd(self.0, b.0, c.0) })
        }
        #[inline(always)]
        fn nmadd(self, b: Self, c: Self) -> Self {
            // SAFETY: see above.
            Self(unsafe { _mm256_fnmadd_pd(self.0, b.0, c.0) })
        }
        #[inline(always)]
        fn swap1(self) -> Self {
            // SAFETY: see above.
            Self(unsafe { _mm256_permute_pd::<0b0101>(self.0) })
        }
        #[inline(always)]
        fn swap2(self) -> Self {
            // SAFETY: see above.
            Self(unsafe { _mm256_permute4x64_pd::<0b01_00_11_10>(self.0) })
        }
        #[inline(always)]
        fn total(self) -> f64 {
            // SAFETY: see above.
            unsafe {
                let half = _mm_add_pd(_mm256_castpd256_pd128(self.0), _mm256_extractf128_pd::<1>(self.0));
                _mm_cvtsd_f64(_mm_add_sd(half, _mm_unpackhi_pd(half, half)))
            }
        }
    }
}

/// Asks for the cache line of `from[at]`, to be read soon; past the end it does nothing.
#[inline(always)]
pub(crate) fn prefetch(from: &[f64], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(line) = from.get(at) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a hint about a valid address; every x86-64 processor has it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(line).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (from, at);
}

/// Declares a function that runs a `#[inline(always)]` kernel, generic over [`Vector`], on the widest path. AVX-512
/// machines run the four-lane path, with their 32 registers.
macro_rules! dispatch_vector {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) = $kernel:ident;) => {
        $(#[$meta])*
        #[allow(unsafe_code, reason = "calls a target-feature copy of a safe kernel after detecting the feature")]
        $vis fn $name($($arg: $ty),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
                fn avx2($($arg: $ty),*) { $kernel::<$crate::simd::vector::Avx2>($($arg),*) }
                #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx512cd,avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
                fn avx512($($arg: $ty),*) { $kernel::<$crate::simd::vector::Avx2>($($arg),*) }
                match $crate::simd::isa() {
                    // SAFETY: `isa` returns a path only after detecting its features on this processor.
                    $crate::simd::Isa::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::simd::Isa::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::simd::Isa::Baseline => {}
                }
            }
            $kernel::<$crate::simd::vector::Portable>($($arg),*)
        }
    };
}
pub(crate) use dispatch_vector;
