//! Exponential numbers, as many as a kernel has lanes.

use lightfall_core::rng::LANES;

/// -ln u for u of 24 bits from each word, within 2e-6 of it: numbers of mean 1, at most 17.3.
#[inline(always)]
pub(super) fn exponentials(words: [u32; LANES]) -> [f32; LANES] {
    let mut out = [0.0; LANES];
    for l in 0..LANES {
        // (k + 1/2)/2^24 is never 0; k + 1/2 is exact below 2^23 and rounds to even above.
        let bits = (((words[l] >> 8) as i32 as f32) + 0.5).to_bits();
        let exponent = (bits >> 23) as i32 - 127 - 24;
        let t = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000) - 1.0;
        // ln(1 + t) on [0, 1] by Chebyshev interpolation, error 1.7e-6.
        let mut ln = -0.017_029_61f32;
        for c in [0.081_523_18, -0.189_019_55, 0.315_041_28, -0.497_203_33, 0.999_832_6, 1.693_662_7e-6] {
            ln = ln * t + c;
        }
        out[l] = -(exponent as f32 * std::f32::consts::LN_2 + ln);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_minus_the_logarithm() {
        for word in [0u32, 1 << 8, 77 << 8, 0x1234_5678, 0x7fff_ffff, 0x8000_0000, 0xdead_beef, u32::MAX] {
            let u = (f64::from(word >> 8) + 0.5) / f64::from(1 << 24);
            let found = exponentials([word; LANES])[3];
            assert!((f64::from(found) + u.ln()).abs() < 4e-6, "{word:x}: {found} {}", -u.ln());
        }
    }
}
