//! Sums of light.

/// The sum of numbers, in eight parts: one after the other would wait for every addition.
pub(crate) fn sum(x: &[f64]) -> f64 {
    let (parts, rest) = x.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(s, v)| *s += v);
    }
    sums.iter().sum::<f64>() + rest.iter().sum::<f64>()
}
