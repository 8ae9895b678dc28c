//! The window that spectra are taken with.

use std::f64::consts::PI;

/// The window of von Hann over `[start, end]`, with mean square 1.
///
/// A line far from the frequency asked for leaks into it as (distance x length)^-6, against ^-2 without a window: weak sidebands stand beside a strong
/// elastic line. Two lines are told apart from 4 pi / length on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    pub(crate) start: f64,
    pub(crate) length: f64,
}

impl Window {
    pub(crate) fn new(start: f64, end: f64) -> Self {
        Self { start, length: end - start }
    }

    /// w(t) = sqrt(8/3) sin^2(pi (t - start)/length).
    pub(crate) fn weight(&self, t: f64) -> f64 {
        (8.0_f64 / 3.0).sqrt() * (PI * (t - self.start) / self.length).sin().powi(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_square_is_one() {
        let w = Window::new(2.0, 5.0);
        let n = 64;
        let mean: f64 = (0..n).map(|k| w.weight(2.0 + 3.0 * (f64::from(k) + 0.5) / f64::from(n)).powi(2)).sum::<f64>()
            / f64::from(n);
        assert!((mean - 1.0).abs() < 1e-13, "{mean}");
        assert!(w.weight(2.0).abs() < 1e-15 && w.weight(5.0).abs() < 1e-15);
    }
}
