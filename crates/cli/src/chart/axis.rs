//! Ranges of values and round tick values.

/// Magnitude above which a value counts as missing, so that the width of a range stays finite.
const HUGE: f64 = 1e300;

/// Whether `v` can be drawn: finite and at most 1e300 in magnitude.
pub(super) fn usable(v: f64) -> bool {
    v.abs() <= HUGE
}

/// Closed interval of values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Range {
    /// Smallest range with all usable values; `None` without one.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        values.into_iter().filter(|v| usable(*v)).fold(None, |range, v| match range {
            None => Some(Self { low: v, high: v }),
            Some(Self { low, high }) => Some(Self { low: low.min(v), high: high.max(v) }),
        })
    }

    /// Wider by `fraction` of the width at both ends. A range without width is widened by 5 % of its value, or by
    /// 1 about zero: ticks need a width of at least 1e-12 of the magnitude to be told apart in f64.
    pub(super) fn padded(self, fraction: f64) -> Self {
        let width = self.high - self.low;
        let magnitude = self.low.abs().max(self.high.abs());
        let pad = if magnitude < 1e-280 {
            1.0
        } else if width <= 1e-12 * magnitude {
            0.05 * magnitude
        } else {
            fraction * width
        };
        Self { low: self.low - pad, high: self.high + pad }
    }

    /// Position of `v`: 0 at the lower end, 1 at the upper end.
    pub(super) fn position(self, v: f64) -> f64 {
        (v - self.low) / (self.high - self.low)
    }
}

/// Round values inside a range with their labels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticks {
    pub(super) values: Vec<f64>,
    pub(super) labels: Vec<String>,
    /// Power of ten taken out of all labels, written once at the end of the axis.
    pub(super) power: Option<String>,
}

impl Ticks {
    /// Multiples of 1, 2 or 5 times a power of ten inside `range`, about `target` intervals or fewer.
    pub(super) fn new(range: Range, target: usize) -> Self {
        // Next to nothing is nothing: powers of ten beyond 1e308 do not exist.
        let range = if range.high - range.low < 1e-290 { range.padded(0.0) } else { range };
        let (digit, exponent) = round_step((range.high - range.low) / target.max(1) as f64);
        let step = times_power(digit, exponent);
        // A tick that rounding puts just outside the range still belongs to it.
        let first = (range.low / step - 1e-9).ceil();
        let last = (range.high / step + 1e-9).floor();
        // The step gives at most `target` + 1 ticks; counting them by an integer ends for any input.
        let count = (last - first).clamp(0.0, 1000.0) as usize + 1;
        // Integer multiples keep 0.30000000000000004 away: a tick is n * 10^exponent, n an integer.
        let multiples: Vec<f64> = (0..count).map(|k| (first + k as f64) * digit).collect();

        let largest = multiples.iter().fold(0.0, |a: f64, n| a.max(n.abs()));
        let magnitude = if largest > 0.0 { largest.log10().floor() as i32 + exponent } else { 0 };
        let power = if (-3..5).contains(&magnitude) { 0 } else { magnitude };
        let shift = exponent - power;
        let decimals = usize::try_from(-shift).unwrap_or(0);
        let label = |n: &f64| {
            let sign = if *n < 0.0 { "\u{2212}" } else { "" };
            format!("{sign}{:.decimals$}", times_power(n.abs(), shift))
        };
        Self {
            labels: multiples.iter().map(label).collect(),
            values: multiples.iter().map(|n| times_power(*n, exponent)).collect(),
            power: (power != 0).then(|| format!("\u{d7}10{}", superscript(power))),
        }
    }
}

/// Smallest 1, 2 or 5 times a power of ten that is at least `width`, as digit and exponent.
fn round_step(width: f64) -> (f64, i32) {
    let exponent = width.log10().floor() as i32;
    // 1e-9 keeps a width of 0.2 computed as 0.2 + 1 ulp at the digit 2.
    let lead = times_power(width, -exponent) * (1.0 - 1e-9);
    [1.0, 2.0, 5.0].into_iter().find(|digit| lead <= *digit).map_or((1.0, exponent + 1), |digit| (digit, exponent))
}

/// Smallest of a finer set of round numbers that is at least `v` > 0: the height of a histogram row.
pub(super) fn round_up(v: f64) -> f64 {
    let exponent = v.log10().floor() as i32;
    let lead = times_power(v, -exponent) * (1.0 - 1e-9);
    let digits = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
    times_power(digits.into_iter().find(|digit| lead <= *digit).unwrap_or(10.0), exponent)
}

/// v * 10^exponent with one rounding where the power is exact: 3 / 10 is 0.3, 3 * 0.1 is not.
fn times_power(v: f64, exponent: i32) -> f64 {
    if exponent < 0 { v / 10f64.powi(-exponent) } else { v * 10f64.powi(exponent) }
}

/// `n` in superscript digits.
fn superscript(n: i32) -> String {
    let raised = |c| match c {
        '-' => '\u{207b}',
        '1' => '\u{b9}',
        '2' => '\u{b2}',
        '3' => '\u{b3}',
        '4' => '\u{2074}',
        '5' => '\u{2075}',
        '6' => '\u{2076}',
        '7' => '\u{2077}',
        '8' => '\u{2078}',
        '9' => '\u{2079}',
        _ => '\u{2070}',
    };
    n.to_string().chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::{Range, Ticks, round_up};

    fn labels(low: f64, high: f64, target: usize) -> (Vec<String>, Option<String>) {
        let ticks = Ticks::new(Range { low, high }, target);
        (ticks.labels, ticks.power)
    }

    #[test]
    fn ticks_are_round_and_labels_have_the_digits_of_the_step() {
        let plain = |l: &[&str]| (l.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>(), None);
        assert_eq!(labels(0.0, 20.0, 5), plain(&["0", "5", "10", "15", "20"]));
        assert_eq!(labels(-0.3, 0.3, 6), plain(&["−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2", "0.3"]));
        assert_eq!(labels(0.997, 1.004, 4), plain(&["0.998", "1.000", "1.002", "1.004"]));
        assert_eq!(labels(-14.2, -5.9, 5), plain(&["−14", "−12", "−10", "−8", "−6"]));
    }

    #[test]
    fn large_and_small_values_share_a_power_of_ten() {
        let (small, power) = labels(1.0e-5, 2.0e-5, 4);
        assert_eq!((small.join(" "), power.as_deref()), ("1.0 1.5 2.0".into(), Some("×10⁻⁵")));
        let (large, power) = labels(0.0, 3.0e6, 3);
        assert_eq!((large.join(" "), power.as_deref()), ("0 1 2 3".into(), Some("×10⁶")));
    }

    #[test]
    fn tick_values_lie_inside_any_usable_range() {
        for (low, high) in [(-1e300, 1e300), (1e-270, 2e-270), (1e9, 1e9 + 1e-2), (-3.0, 1e12), (0.0, 1e-200)] {
            let range = Range { low, high }.padded(0.04);
            let width = range.high - range.low;
            for target in 1..10 {
                let ticks = Ticks::new(range, target);
                assert!(ticks.values.len() <= target + 1, "{low} {high} {target}: {ticks:?}");
                for v in ticks.values {
                    assert!(v >= range.low - 1e-6 * width && v <= range.high + 1e-6 * width);
                }
            }
        }
    }

    #[test]
    fn a_range_without_width_is_widened_about_its_value() {
        for v in [0.0, 1e-295, -7.5, 1e299, 3e-12] {
            let range = Range::of([v, f64::NAN, v, f64::INFINITY]).unwrap().padded(0.0);
            assert!(range.low < v && v < range.high, "{v}: {range:?}");
        }
        assert_eq!(Range::of([f64::NAN, f64::NEG_INFINITY]), None);
    }

    #[test]
    fn row_heights_round_upwards() {
        assert_eq!([0.3, 0.31, 0.9, 1.0, 0.012].map(round_up), [0.3, 0.4, 1.0, 1.0, 0.015]);
    }
}
