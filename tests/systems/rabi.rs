//! A spin 1/2 in a rotating field: H(t) = (wz/2) sigma^z + (rabi/2) (cos(drive t) sigma^x + sin(drive t) sigma^y), spin up at t = 0.
//!
//! In the frame that turns with the field H is constant: psi(t) = exp(-i drive t sigma^z/2) (cos(E t/2) - i (n.sigma) sin(E t/2)) psi(0) with
//! E n = (rabi, 0, wz - drive). Source: Rabi (1937).

use num_complex::Complex64;

#[derive(Clone, Copy)]
pub(crate) struct Rabi {
    pub(crate) wz: f64,
    pub(crate) rabi: f64,
    pub(crate) drive: f64,
}

impl Rabi {
    /// The ket of `spin up` in split storage.
    pub(crate) const UP: [f64; 4] = [1.0, 0.0, 0.0, 0.0];

    /// -i H(t) psi.
    pub(crate) fn rhs(&self, t: f64, y: &[f64], dy: &mut [f64]) {
        let minus_i = -Complex64::I;
        let (up, down) = (Complex64::new(y[0], y[2]), Complex64::new(y[1], y[3]));
        let turn = Complex64::from_polar(0.5 * self.rabi, -self.drive * t);
        let a = minus_i * (0.5 * self.wz * up + turn * down);
        let b = minus_i * (turn.conj() * up - 0.5 * self.wz * down);
        dy.copy_from_slice(&[a.re, b.re, a.im, b.im]);
    }

    /// The ket at time `t` in split storage.
    pub(crate) fn exact(&self, t: f64) -> [f64; 4] {
        let detuning = self.wz - self.drive;
        let e = self.rabi.hypot(detuning);
        let (s, c) = (0.5 * e * t).sin_cos();
        let turn = Complex64::from_polar(1.0, -0.5 * self.drive * t);
        let up = turn * Complex64::new(c, -s * detuning / e);
        let down = turn.conj() * Complex64::new(0.0, -s * self.rabi / e);
        [up.re, down.re, up.im, down.im]
    }

    pub(crate) fn error(&self, t: f64, y: &[f64]) -> f64 {
        distance(y, &self.exact(t))
    }
}

/// |a - b|.
pub(crate) fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}
