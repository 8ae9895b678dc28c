//! Counts of means below one, by inversion, side by side.

use lightfall_core::dispatch;
use lightfall_core::simd::madd;

/// Stands for a count that 32 bits do not settle.
pub(super) const UNSETTLED: f64 = -1.0;

/// Counts that are told apart in the fast path; more have a chance of 4e-3 on average.
const COUNTS: usize = 4;

/// 2^-32.
const ULP: f64 = 1.0 / 4_294_967_296.0;

/// Terms of the series.
const TERMS: usize = 12;

/// (-1)^k/k! e^{-1/2}: the series of e^{-x} about 1/2, to 4e-13 on [0, 1).
const SERIES: [f64; TERMS] = series();

/// More than the cumulative probabilities are wrong by: nearer ones are unsettled.
const MARGIN: f64 = 4e-12;

const fn series() -> [f64; TERMS] {
    let mut all = [0.606_530_659_712_633_4; TERMS];
    let mut k = 1;
    while k < TERMS {
        all[k] = -all[k - 1] / k as f64;
        k += 1;
    }
    all
}

#[inline(always)]
fn rests_kernel<const FMA: bool>(means: &[f64], words: &[u64], out: &mut [f64], wholes: &mut [u32]) {
    for (((mean, word), out), whole) in means.iter().zip(words).zip(out).zip(wholes) {
        *whole = *mean as u32;
        let rest = mean - mean.floor();
        let x = rest - 0.5;
        let mut probability = SERIES[TERMS - 1];
        for c in SERIES[..TERMS - 1].iter().rev() {
            probability = madd::<FMA>(probability, x, *c);
        }
        let low = (*word as u32) as f64 * ULP - MARGIN;
        let high = low + (ULP + 2.0 * MARGIN);
        // The uniform number is in [low, high): below and above every cumulative probability, or unsettled.
        let (mut sum, mut below, mut above) = (0.0, 0.0, 0.0);
        for k in 0..COUNTS {
            sum += probability;
            below += if low >= sum { 1.0 } else { 0.0 };
            above += if high > sum { 1.0 } else { 0.0 };
            probability *= rest * (1.0 / (k + 1) as f64);
        }
        *out = if below == above && above < COUNTS as f64 { below } else { UNSETTLED };
    }
}

dispatch! {
    /// out = Poisson counts of the fractions of `means`, with the low halves of `words` for uniform numbers; `UNSETTLED` where they do not decide. `wholes` takes the
    /// whole parts, as far as they fit.
    pub(super) fn rests(means: &[f64], words: &[u64], out: &mut [f64], wholes: &mut [u32]) = rests_kernel;
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
