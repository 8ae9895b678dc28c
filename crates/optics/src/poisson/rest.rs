//! Counts of means below one, by inversion, side by side.

use lightfall_core::dispatch;

/// Bits of a code that hold the count of the rest; those above hold the whole part.
const SHIFT: u32 = 3;

/// Stands for a count that is not settled, or a mean too large for a code.
pub(super) const UNSETTLED: u32 = u32::MAX;

/// Counts that are told apart in the fast path; more have a chance of 6e-4 on average.
const COUNTS: usize = 5;

/// Terms of the series.
const TERMS: usize = 9;

/// (-1)^k/k! e^{-1/2}: the series of e^{-x} about 1/2, to 4e-9 on [0, 1).
const SERIES: [f32; TERMS] = series();

/// 2^-24.
const ULP: f32 = 1.0 / 16_777_216.0;

/// More than the cumulative probabilities are wrong by, rounding of 6e-8 in each of a dozen operations included: nearer uniform numbers are unsettled.
const MARGIN: f32 = 1e-6;

/// 2^52: a whole number below it stands in the last bits of their sum.
const TO_BITS: f64 = 4_503_599_627_370_496.0;

const fn series() -> [f32; TERMS] {
    let mut all = [0.0; TERMS];
    let (mut k, mut term) = (0, 0.606_530_659_712_633_4_f64);
    while k < TERMS {
        all[k] = term as f32;
        k += 1;
        term = -term / k as f64;
    }
    all
}

#[inline(always)]
fn codes_kernel<const FMA: bool>(means: &[f64], words: &[u64], out: &mut [u32]) {
    for ((mean, word), out) in means.iter().zip(words).zip(out) {
        // Not a number becomes the largest.
        let mean = mean.min((UNSETTLED >> SHIFT) as f64);
        let whole = mean.floor();
        let rest = (mean - whole) as f32;
        let x = rest - 0.5;
        let mut probability = SERIES[TERMS - 1];
        for k in (0..TERMS - 1).rev() {
            probability = if FMA { probability.mul_add(x, SERIES[k]) } else { probability * x + SERIES[k] };
        }
        // The uniform number is in [low, high): below and above every cumulative probability, or unsettled.
        let low = ((*word as u32) >> 8) as i32 as f32 * ULP - MARGIN;
        let high = low + (ULP + 2.0 * MARGIN);
        let (mut sum, mut below, mut above) = (0.0, 0, 0);
        for k in 0..COUNTS {
            sum += probability;
            below += u32::from(low >= sum);
            above += u32::from(high > sum);
            probability *= rest * (1.0 / (k + 1) as f32);
        }
        let settled = (below == above) & (below < COUNTS as u32);
        let whole = (whole + TO_BITS).to_bits() as u32;
        *out = if settled { whole << SHIFT | below } else { UNSETTLED };
    }
}

dispatch! {
    /// out = the codes of whole parts of `means` with Poisson counts of their rests, by the low halves of `words`; `UNSETTLED` where they do not decide.
    pub(super) fn codes(means: &[f64], words: &[u64], out: &mut [u32]) = codes_kernel;
}

/// The whole part and the count of the rest.
#[inline(always)]
pub(super) fn decoded(code: u32) -> (u32, u32) {
    (code >> SHIFT, code & ((1 << SHIFT) - 1))
}

/// The smallest count whose cumulative probability exceeds `uniform`, for a small mean.
pub(super) fn walk(mean: f64, uniform: f64) -> f64 {
    let mut probability = (-mean).exp();
    let (mut count, mut left) = (0.0, uniform - probability);
    // Rounding may leave a remainder that no probability covers.
    while left >= 0.0 && probability > 1e-30 {
        count += 1.0;
        probability *= mean / count;
        left -= probability;
    }
    count
}
