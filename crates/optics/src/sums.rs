//! Sums and checks of many numbers, in parts: one after the other would wait for every step.

/// The sum of numbers, in eight parts.
pub(crate) fn sum(x: &[f64]) -> f64 {
    sum_of(x, |v| v)
}

/// The sum of their squares, in eight parts.
pub(crate) fn square(x: &[f64]) -> f64 {
    sum_of(x, |v| v * v)
}

#[inline(always)]
fn sum_of(x: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let (parts, rest) = x.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(s, v)| *s += of(*v));
    }
    sums.iter().sum::<f64>() + rest.iter().map(|v| of(*v)).sum::<f64>()
}

/// The first number for which `wrong` holds; all are looked at, many at a time, as mostly there is none.
pub(crate) fn first(x: &[f64], wrong: impl Fn(f64) -> bool) -> Option<f64> {
    let any = x.iter().fold(false, |any, v| any | wrong(*v));
    if any { x.iter().copied().find(|v| wrong(*v)) } else { None }
}
