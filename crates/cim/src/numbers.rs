//! Exponential and normal numbers, as many as a kernel has lanes.

use lightfall_core::rng::LANES;

/// -ln u for u of 24 bits from each word, within 4e-6 of it: numbers of mean 1, from 0 to 17.3.
#[inline(always)]
pub(crate) fn exponentials(words: [u32; LANES]) -> [f32; LANES] {
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
        // Rounding may leave -2e-6 near u = 1.
        out[l] = (-(exponent as f32 * std::f32::consts::LN_2 + ln)).max(0.0);
    }
    out
}

/// Two numbers of N(0, 1) for each pair of words, by Box and Muller, at most 5.9: single precision, for searches.
#[inline(always)]
pub(crate) fn normals(first: [u32; LANES], second: [u32; LANES]) -> [[f32; LANES]; 2] {
    let radii = exponentials(first);
    let mut out = [[0.0; LANES]; 2];
    for l in 0..LANES {
        // An angle 2 pi t, t in [-1/2, 1/2).
        let t = second[l] as i32 as f32 * (1.0 / 4_294_967_296.0);
        let s = t * t;
        // sin(2 pi t)/t and cos(2 pi t) by Chebyshev interpolation in t^2, errors 4e-7 and 8e-7.
        let mut sine = -12.468_819f32;
        for c in [41.341_366, -76.614_14, 81.599_915, -41.341_587, std::f32::consts::TAU] {
            sine = sine * s + c;
        }
        let mut cosine = -21.065_43f32;
        for c in [58.786_94, -85.270_84, 64.928_59, -19.738_978, 0.999_999_2] {
            cosine = cosine * s + c;
        }
        let radius = (2.0 * radii[l]).sqrt();
        out[0][l] = radius * sine * t;
        out[1][l] = radius * cosine;
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
            assert!(found >= 0.0 && (f64::from(found) + u.ln()).abs() < 4e-6, "{word:x}: {found} {}", -u.ln());
            assert!(normals([word; LANES], [word; LANES]).iter().all(|lane| lane[0].is_finite()));
        }
    }

    #[test]
    fn normals_have_the_moments_of_their_law() {
        use lightfall_core::rng::{LaneWords, Purpose, Streams};
        let mut words = LaneWords::new(&Streams::new(4, 0), Purpose::Search, 0);
        let rounds = 20_000;
        let mut all = Vec::new();
        for _ in 0..rounds {
            let (first, second) = (words.words(), words.words());
            all.extend(normals(first, second).concat().into_iter().map(f64::from));
        }
        let n = all.len() as f64;
        // Variances of the powers: 1, 2, 15, 96. False alarm 6e-5 each.
        for (power, expected, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0f64)] {
            let mean = all.iter().map(|v| v.powi(power)).sum::<f64>() / n;
            let z = (mean - expected) / (variance / n).sqrt();
            assert!(z.abs() < 4.0, "power {power}: {z}");
        }
        // The two numbers of a pair of words, and neighbours.
        for lag in [1, 16] {
            let sum: f64 = all.iter().zip(&all[lag..]).map(|(a, b)| a * b).sum();
            assert!((sum / n.sqrt()).abs() < 4.0, "lag {lag}");
        }
    }
}
