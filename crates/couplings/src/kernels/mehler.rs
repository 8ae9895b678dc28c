//! The Mehler kernel of transverse modes, by residue class of the mode number.

use num_complex::Complex64;

use super::{Kernel, Place};

/// Modes n = l + m of a residue class: n = `class` mod `modulus`, `modulus` at least 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residue {
    /// Modulus q.
    pub modulus: u32,
    /// Class, below the modulus.
    pub class: u32,
}

/// Sum over the transverse modes of a residue class at two positions.
///
/// K(r, r') = sum_n z^n sum_{l+m=n} u_lm(r) u_lm(r'), n = `class` mod `modulus`, with the Hermite-Gauss modes of 1/e^2
/// intensity radius w0 and z = rho < 1 the finite resolution, in units 1/length^2. It is
/// (1/q) sum_k e^(2 pi i k class/q) M(rho e^(-2 pi i k/q)) with Mehler's formula
///
/// M(z) = 2/(pi w0^2 (1 - z^2)) exp[-((u.u + v.v)/2)(1 + z^2)/(1 - z^2) + 2 z u.v/(1 - z^2)], u = sqrt2 r/w0, v = sqrt2 r'/w0.
///
/// Without rho (rho -> 1) the terms with z = +-1 are delta functions and are left out: the nonlocal part.
///
/// Source: Mehler, J. reine angew. Math. 66, 161 (1866); Vaidya et al., Phys. Rev. X 8, 011002 (2018), for the cavity.
#[derive(Clone, Debug, PartialEq)]
pub struct ModeKernel {
    terms: Vec<Term>,
}

/// amplitude exp(-alpha.re S - beta.re D) cos(phase - alpha.im S - beta.im D), S = |u|^2 + |v|^2, D = |u - v|^2 or |u + v|^2.
///
/// Mehler's exponent is -alpha S - beta D with alpha = (1 - z)/(2 (1 + z)), beta = z/(1 - z^2), D = |u - v|^2, and with
/// alpha = (1 + z)/(2 (1 - z)), beta = -z/(1 - z^2), D = |u + v|^2. The first is free of cancellation near z = 1, the second near
/// z = -1.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Term {
    amplitude: f64,
    phase: f64,
    alpha: Complex64,
    beta: Complex64,
    /// Whether D = |u + v|^2.
    sum: bool,
}

impl ModeKernel {
    /// The kernel of `residue` for modes of radius `w0` above 0, cut off by `rho` in (0, 1) or ideal.
    pub fn new(residue: Residue, w0: f64, rho: Option<f64>) -> Self {
        let q = residue.modulus;
        let mut terms = Vec::new();
        // The term of q - k is the complex conjugate of that of k.
        for k in 0..=q / 2 {
            let own_partner = 2 * k == q || k == 0;
            if own_partner && rho.is_none() {
                continue;
            }
            let angle = std::f64::consts::TAU * f64::from(k) / f64::from(q);
            let z = match k {
                0 => Complex64::ONE,
                _ if own_partner => -Complex64::ONE,
                _ => Complex64::cis(-angle),
            } * rho.unwrap_or(1.0);
            let rest = 1.0 - z * z;
            let count = if own_partner { 1.0 } else { 2.0 };
            let factor = count / f64::from(q)
                * Complex64::cis(angle * f64::from(residue.class))
                * (2.0 / (std::f64::consts::PI * w0 * w0) / rest);
            let sum = z.re < 0.0;
            let (alpha, beta) =
                if sum { (0.5 * (1.0 + z) / (1.0 - z), -z / rest) } else { (0.5 * (1.0 - z) / (1.0 + z), z / rest) };
            // u.u = 2 r.r/w0^2.
            let unit = 2.0 / (w0 * w0);
            let mut term =
                Term { amplitude: factor.norm(), phase: factor.arg(), alpha: alpha * unit, beta: beta * unit, sum };
            if rho.is_none() {
                // |z| = 1: pure phases, up to rounding.
                (term.alpha.re, term.beta.re) = (0.0, 0.0);
            }
            terms.push(term);
        }
        Self { terms }
    }

    /// K(r, r').
    pub fn at(&self, r: (f64, f64), s: (f64, f64)) -> f64 {
        self.value(r, s)
    }
}

impl Kernel for ModeKernel {
    fn value(&self, a: Place, b: Place) -> f64 {
        let squares = (a.0 * a.0 + a.1 * a.1) + (b.0 * b.0 + b.1 * b.1);
        let square = |x: f64, y: f64| x * x + y * y;
        let (apart, together) = (square(a.0 - b.0, a.1 - b.1), square(a.0 + b.0, a.1 + b.1));
        let mut value = 0.0;
        for term in &self.terms {
            let d = if term.sum { together } else { apart };
            let angle = term.phase - (term.alpha.im * squares + term.beta.im * d);
            let decay = term.alpha.re * squares + term.beta.re * d;
            // A decay of exactly 0 is the ideal kernel: no exponential.
            let envelope = if decay == 0.0 { 1.0 } else { (-decay).exp() };
            value += term.amplitude * envelope * angle.cos();
        }
        value
    }
}
