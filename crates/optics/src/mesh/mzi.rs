//! One Mach-Zehnder interferometer: a phase, a splitter, a phase, a splitter.
//!
//! The upper arm carries both phases. With a = pi/4 + alpha for the first splitter and b = pi/4 + beta for the second,
//!
//!   T = S(b) diag(e^{i theta}, 1) S(a) diag(e^{i phi}, 1),      S(a) = [[cos a, i sin a], [i sin a, cos a]].
//!
//! Ideal splitters:
//!
//!   T = i e^{i theta/2} [[e^{i phi} sin(theta/2), cos(theta/2)], [e^{i phi} cos(theta/2), -sin(theta/2)]]:
//!
//! the cross state at theta = 0, the bar state at theta = pi. Real ones reach |T_11| from |sin(alpha + beta)| to |cos(alpha - beta)|.
//!
//! Source: Bandyopadhyay, Hamerly and Englund (2021), Optica 8, 1247 (convention and range).

use num_complex::Complex64;
use std::f64::consts::FRAC_PI_4;

/// A 2 x 2 matrix, row by row.
pub(super) type Two = [[Complex64; 2]; 2];

/// An interferometer of a mesh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mzi {
    /// Its upper mode; the lower one is the next.
    pub mode: usize,
    /// Its column: as far to the left as the interferometers before it allow.
    pub column: usize,
    /// Internal phase, rad.
    pub theta: f64,
    /// External phase, before the first splitter, rad.
    pub phi: f64,
}

/// The splitters of an interferometer, as cosines and sines of their angles a and b.
#[derive(Clone, Copy, Debug)]
pub(super) struct Splitters {
    a: [f64; 2],
    b: [f64; 2],
}

impl Splitters {
    /// Splitters of angles pi/4 + alpha and pi/4 + beta.
    pub(super) fn new(alpha: f64, beta: f64) -> Self {
        let of = |error: f64| [(FRAC_PI_4 + error).cos(), (FRAC_PI_4 + error).sin()];
        Self { a: of(alpha), b: of(beta) }
    }

    /// 50:50.
    pub(super) fn ideal() -> Self {
        Self::new(0.0, 0.0)
    }

    /// (T_11, T_12) at phi = 0. The other two follow: T_21 = -e^{i theta} conj(T_12), T_22 = e^{i theta} conj(T_11).
    pub(super) fn row(&self, theta: f64) -> [Complex64; 2] {
        let ([ca, sa], [cb, sb]) = (self.a, self.b);
        let phase = Complex64::cis(theta);
        [phase * (ca * cb) - sa * sb, Complex64::I * (phase * (sa * cb) + ca * sb)]
    }

    /// T.
    pub(super) fn matrix(&self, theta: f64, phi: f64) -> Two {
        let ([bar, cross], inner, outer) = (self.row(theta), Complex64::cis(theta), Complex64::cis(phi));
        [[outer * bar, cross], [-outer * inner * cross.conj(), inner * bar.conj()]]
    }

    /// theta in [0, pi] at which |T_11| : |T_12| = `bar` : `cross`, of unit norm; where out of range, the nearest end.
    ///
    /// |T_11|^2 = cos^2(a + b) + 4 p sin^2(theta/2) and |T_12|^2 = sin^2(a - b) + 4 p cos^2(theta/2), p = cos a cos b sin a sin b.
    pub(super) fn theta(&self, bar: f64, cross: f64) -> f64 {
        let ([ca, sa], [cb, sb]) = (self.a, self.b);
        let (darkest, leak) = ((ca * cb - sa * sb).abs(), (sa * cb - ca * sb).abs());
        // Differences of squares as products: an arccosine would lose half of the digits near 0 and pi.
        let part = |amplitude: f64, least: f64| ((amplitude - least) * (amplitude + least)).max(0.0).sqrt();
        2.0 * part(bar, darkest).atan2(part(cross, leak))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(x: Two, y: Two) -> Two {
        [0, 1].map(|i| [0, 1].map(|j| x[i][0] * y[0][j] + x[i][1] * y[1][j]))
    }

    fn distance(x: Two, y: Two) -> f64 {
        (0..4).map(|k| (x[k / 2][k % 2] - y[k / 2][k % 2]).norm()).fold(0.0, f64::max)
    }

    #[test]
    fn an_interferometer_is_the_product_of_its_parts() {
        let splitter = |a: f64| {
            let (c, s) = (Complex64::from(a.cos()), Complex64::new(0.0, a.sin()));
            [[c, s], [s, c]]
        };
        let phase = |p: f64| [[Complex64::cis(p), 0.0.into()], [0.0.into(), 1.0.into()]];
        for (alpha, beta, theta, phi) in [(0.1, -0.03, 0.7, 2.9), (0.0, 0.0, 3.0, 5.0), (-0.2, -0.4, 0.0, 1.0)] {
            let parts = [splitter(FRAC_PI_4 + beta), phase(theta), splitter(FRAC_PI_4 + alpha), phase(phi)];
            let expected = parts.into_iter().reduce(product).unwrap();
            assert!(distance(Splitters::new(alpha, beta).matrix(theta, phi), expected) < 1e-15);
        }
    }

    #[test]
    fn ideal_splitters_give_the_form_of_the_documentation() {
        let (theta, phi) = (0.9_f64, 4.0);
        let (s, c) = (Complex64::from((0.5 * theta).sin()), Complex64::from((0.5 * theta).cos()));
        let (front, outer) = (Complex64::I * Complex64::cis(0.5 * theta), Complex64::cis(phi));
        let expected = [[front * outer * s, front * c], [front * outer * c, -front * s]];
        assert!(distance(Splitters::ideal().matrix(theta, phi), expected) < 1e-15);
    }

    #[test]
    fn theta_meets_a_splitting_within_the_range_and_its_end_beyond() {
        let (alpha, beta) = (0.07_f64, -0.02_f64);
        let splitters = Splitters::new(alpha, beta);
        let reached = |half: f64| splitters.row(splitters.theta(half.sin(), half.cos()))[0].norm();
        let (low, high) = ((alpha + beta).abs(), std::f64::consts::FRAC_PI_2 - (alpha - beta).abs());
        for k in 0..=200 {
            let half = std::f64::consts::FRAC_PI_2 * f64::from(k) / 200.0;
            assert!((reached(half) - half.clamp(low, high).sin()).abs() < 1e-14, "{half}");
        }
    }
}
