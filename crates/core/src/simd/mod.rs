//! Run-time dispatch of hot kernels to the widest instruction set the processor has.
//!
//! A kernel is written once as portable Rust, generic over `const FMA: bool`; `dispatch!` compiles it three times
//! (baseline, AVX2 + FMA, AVX-512) and picks one per process. Results are bit-identical for one binary and one
//! instruction set; `LIGHTFALL_ISA=baseline` (or `avx2`) forces a narrower one.

pub(crate) mod vector;

use std::sync::OnceLock;

/// Instruction-set path of the hot kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// What the target triple guarantees; no fused multiply-add.
    Baseline,
    /// AVX2 with fused multiply-add.
    Avx2,
    /// AVX-512 (F, DQ, VL, BW, CD) with fused multiply-add.
    Avx512,
}

impl Isa {
    /// Name as written into records and accepted by `LIGHTFALL_ISA`.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Baseline => "baseline",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        }
    }
}

/// The path this process uses, found once; an unknown or unavailable `LIGHTFALL_ISA` falls back to what there is.
pub fn isa() -> Isa {
    static FOUND: OnceLock<Isa> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let have = detect();
        match std::env::var("LIGHTFALL_ISA").as_deref() {
            Ok("baseline") => Isa::Baseline,
            Ok("avx2") if have != Isa::Baseline => Isa::Avx2,
            _ => have,
        }
    })
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Isa {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512cd");
    match (avx2, avx512) {
        (true, true) => Isa::Avx512,
        (true, false) => Isa::Avx2,
        _ => Isa::Baseline,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Isa {
    Isa::Baseline
}

/// `a * b + c`, fused where the instruction set has it (a software `fma` would be far slower than two roundings).
#[inline(always)]
pub fn madd<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// Declares a function that runs a `#[inline(always)]` kernel, generic over `const FMA: bool`, on the widest path.
///
/// `dispatch! { /// doc  pub fn name(a: &[f64], b: f64) -> f64 = kernel; }`
#[macro_export]
macro_rules! dispatch {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? = $kernel:ident;) => {
        $(#[$meta])*
        #[allow(unsafe_code, reason = "calls a target-feature copy of a safe kernel after detecting the feature")]
        #[allow(clippy::too_many_arguments, reason = "kernels take slices and coefficients, not structs")]
        $vis fn $name($($arg: $ty),*) $(-> $ret)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
                fn avx2($($arg: $ty),*) $(-> $ret)? { $kernel::<true>($($arg),*) }
                #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx512cd,avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
                fn avx512($($arg: $ty),*) $(-> $ret)? { $kernel::<true>($($arg),*) }
                match $crate::simd::isa() {
                    // SAFETY: `isa` returns a path only after detecting its features on this processor.
                    $crate::simd::Isa::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::simd::Isa::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::simd::Isa::Baseline => {}
                }
            }
            $kernel::<false>($($arg),*)
        }
    };
}
