//! The zero of a function of one variable inside a bracket.

/// Two places with the values of the function there, of opposite sign or zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bracket {
    /// The places, the first one on the left.
    pub at: [f64; 2],
    /// The values.
    pub values: [f64; 2],
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Root {
    /// The place of the last evaluation.
    pub(super) last: f64,
    /// The right end of the bracket: there the function has the sign of the right end at the start, or is zero.
    pub(super) right: f64,
}

/// Evaluations by false position alone; from then on every other one halves the bracket.
const PATIENCE: u32 = 20;

/// Evaluations after which the bracket is taken as it is: a double has been halved to its last bit by then.
const MOST: u32 = 250;

/// The Illinois variant of false position (Dowell and Jarratt 1971): ends when |f| <= `small` or the bracket is at most `narrow`
/// wide.
pub(super) fn illinois(mut f: impl FnMut(f64) -> f64, bracket: Bracket, narrow: f64, small: f64) -> Root {
    let ([mut lo, mut hi], [mut f_lo, mut f_hi]) = (bracket.at, bracket.values);
    let side = if f_hi > f_lo { -1.0 } else { 1.0 };
    (f_lo, f_hi) = (side * f_lo, side * f_hi);
    let mut last = hi;
    for evaluation in 0..MOST {
        let halve = evaluation >= PATIENCE && evaluation % 2 == 0;
        last = if f_lo > f_hi && !halve { (lo * f_hi - hi * f_lo) / (f_hi - f_lo) } else { 0.5 * (lo + hi) };
        let value = side * f(last);
        if value > 0.0 {
            (lo, f_lo) = (last, value);
            f_hi *= 0.5;
        } else {
            (hi, f_hi) = (last, value);
            f_lo *= 0.5;
        }
        if value.abs() <= small || hi - lo <= narrow {
            break;
        }
    }
    Root { last, right: hi }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function, its bracket, its zero.
    type Case = (fn(f64) -> f64, [f64; 2], f64);

    /// Smooth, one-sided for false position, multiple, steep; the cubic is Wallis's.
    const CASES: [Case; 5] = [
        (|x| x.cos(), [1.0, 2.0], std::f64::consts::FRAC_PI_2),
        (|x| 2.0 - x.exp(), [0.0, 10.0], std::f64::consts::LN_2),
        (|x| (x - 0.3).powi(9), [0.0, 1.0], 0.3),
        (|x| (40.0 * (x - 0.7)).tanh(), [0.0, 1.0], 0.7),
        (|x| x * x * x - 2.0 * x - 5.0, [2.0, 3.0], 2.0945514815423265),
    ];

    #[test]
    fn zeros_of_five_functions_are_found_on_the_far_side() {
        for (k, (f, at, exact)) in CASES.into_iter().enumerate() {
            let values = at.map(f);
            let mut count = 0;
            let root = illinois(
                |x| {
                    count += 1;
                    f(x)
                },
                Bracket { at, values },
                1e-12,
                0.0,
            );
            assert!((root.right - exact).abs() <= 1.1e-12, "{k}: {root:?}");
            assert!(f(root.right) * values[1] >= 0.0, "{k}: {root:?}");
            assert!(count < 100, "{k}: {count} evaluations");
        }
    }

    #[test]
    fn a_small_value_ends_the_search_at_the_place_evaluated_last() {
        let f = |x: f64| x.ln() - 0.5;
        let root = illinois(f, Bracket { at: [1.0, 3.0], values: [f(1.0), f(3.0)] }, 0.0, 1e-10);
        assert!(f(root.last).abs() < 1e-10);
    }
}
