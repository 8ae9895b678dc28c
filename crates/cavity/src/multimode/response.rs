//! What one mode of the cavity does to slow spins.
//!
//! A mode with detuning Delta = w_mode - w_pump and FIELD decay rate kappa (its mean amplitude obeys da/dt = -(kappa + i Delta) a, photon number decays at
//! 2 kappa) follows the spins. To first order in their motion under wz sum_i S^z_i its amplitude is the operator
//!
//!   B = (g/2) sum_i G_i (alpha_+ S^+_i + alpha_- S^-_i) = (g/2) sum_i G_i (u S^x_i + i v S^y_i),
//!   alpha_pm = -1/(Delta pm wz - i kappa),  u = alpha_+ + alpha_-,  v = alpha_+ - alpha_-.
//!
//! Keeping u at wz = 0 and no v is the S^x limit: no cooling.

use num_complex::Complex64;

/// One mode, in the frame of the pump.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mode {
    /// Delta = w_mode - w_pump, above 0 for a pump red of the mode: attraction and cooling.
    pub detuning: f64,
    /// Field decay rate kappa.
    pub kappa: f64,
}

/// u and v of a mode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Response {
    /// alpha_+ + alpha_-: the weight of S^x.
    pub u: Complex64,
    /// alpha_+ - alpha_-: i v is the weight of S^y.
    pub v: Complex64,
}

impl Mode {
    /// The response to spins that precess at `wz`.
    pub fn response(&self, wz: f64) -> Response {
        let alpha = |w: f64| -1.0 / Complex64::new(self.detuning + w, -self.kappa);
        let (plus, minus) = (alpha(wz), alpha(-wz));
        Response { u: plus + minus, v: plus - minus }
    }

    /// The response to spins at rest: the S^x limit.
    pub fn static_response(&self) -> Response {
        Response { u: -2.0 / Complex64::new(self.detuning, -self.kappa), v: Complex64::ZERO }
    }

    /// Whether spins that precess at `wz` see a J of the other sign than spins at rest: |Delta| is below wz, more or less.
    pub fn turns_sign(&self, wz: f64) -> bool {
        self.response(wz).u.re * self.static_response().u.re < 0.0
    }

    /// Delta/(Delta^2 + kappa^2): J/g^2 of spins at rest.
    pub fn attraction(&self) -> f64 {
        self.detuning / (self.detuning * self.detuning + self.kappa * self.kappa)
    }
}

/// What is kept of the response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limit {
    /// The response to precessing spins: S^x and S^y in the jump operators, cooling included.
    #[default]
    None,
    /// The response to spins at rest: S^x only, which heats.
    X,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driven_mode_follows_as_the_weights_say() {
        // da/dt = -(kappa + i Delta) a - i V with V = (S^+ e^{i wz t} + S^- e^{-i wz t}) G g/2: (pm i wz + kappa + i Delta) alpha_pm = -i.
        let (mode, wz) = (Mode { detuning: 3.0, kappa: 0.7 }, 1.3);
        let Response { u, v } = mode.response(wz);
        for (alpha, w) in [(0.5 * (u + v), wz), (0.5 * (u - v), -wz)] {
            assert!((Complex64::new(mode.kappa, mode.detuning + w) * alpha + Complex64::I).norm() < 1e-14, "{alpha}");
        }
        // The weight of S^- is the larger one, so that a pump red of the mode cools.
        assert!((u - v).norm() > (u + v).norm());
        let still = mode.response(0.0);
        assert!((still.u - mode.static_response().u).norm() < 1e-15 && still.v == Complex64::ZERO);
        assert!((-0.5 * still.u.re - mode.attraction()).abs() < 1e-15);
    }
}
