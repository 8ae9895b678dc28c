//! A driven, damped bosonic mode: H = Delta a^dag a + E a^dag + E^* a, L = sqrt(2 kappa) a (kappa is the field rate).
//!
//! d alpha/dt = -(kappa + i Delta) alpha - i E. A coherent state stays coherent and pure whatever is measured, since L acts on it
//! as a number: alpha(t) = alpha_s + (alpha_0 - alpha_s) e^{-(kappa + i Delta) t}, alpha_s = -i E/(kappa + i Delta).
//! Undriven, a Fock state n under counting has lost k photons by t with probability Binomial(n, 1 - e^{-2 kappa t}).

use super::{Observed, split};
use lightfall_core::lindblad::Lindbladian;
use lightfall_core::operator::{Diagonal, Ladder, Operator};
use lightfall_core::schedule::CompiledSchedule;
use num_complex::Complex64;
use std::sync::Arc;

/// The mode, cut at `levels` Fock states.
#[derive(Clone, Copy)]
pub(crate) struct DampedMode {
    pub(crate) kappa: f64,
    pub(crate) detuning: f64,
    pub(crate) drive: Complex64,
    pub(crate) levels: usize,
}

impl DampedMode {
    pub(crate) fn number(&self) -> Observed {
        Arc::new(Diagonal::new(&(0..self.levels).map(|n| Complex64::from(n as f64)).collect::<Vec<_>>()))
    }

    pub(crate) fn system(&self) -> Lindbladian {
        let once = CompiledSchedule::constant;
        let lower = Ladder::annihilation(self.drive.conj(), self.levels);
        let hamiltonian: Vec<(CompiledSchedule, Arc<dyn Operator>)> =
            vec![(once(self.detuning), self.number()), (once(1.0), lower.adjoint()), (once(1.0), Arc::new(lower))];
        let loss = Ladder::annihilation(Complex64::from((2.0 * self.kappa).sqrt()), self.levels);
        Lindbladian::new(self.levels, hamiltonian, vec![Arc::new(loss)])
    }

    /// alpha(t).
    pub(crate) fn amplitude(&self, start: Complex64, t: f64) -> Complex64 {
        let rate = Complex64::new(self.kappa, self.detuning);
        let steady = -Complex64::I * self.drive / rate;
        steady + (start - steady) * (-rate * t).exp()
    }

    /// The amplitudes e^{-|alpha|^2/2} alpha^n / sqrt(n!) of the coherent state.
    pub(crate) fn coherent(&self, alpha: Complex64) -> Vec<Complex64> {
        let mut amplitude = Complex64::from((-0.5 * alpha.norm_sqr()).exp());
        (0..self.levels)
            .map(|n| {
                let now = amplitude;
                amplitude *= alpha / ((n + 1) as f64).sqrt();
                now
            })
            .collect()
    }

    /// The same in split storage.
    pub(crate) fn coherent_ket(&self, alpha: Complex64) -> Vec<f64> {
        split(&self.coherent(alpha))
    }
}
