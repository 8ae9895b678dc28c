//! A two-level atom driven on resonance and damped: H = (Omega/2) sigma^x + (Delta/2) sigma^z, L = sqrt(gamma) sigma^-.
//!
//! Index 0 is the excited state. From the ground state, Delta = 0, a = 3 gamma/4, mu^2 = Omega^2 - gamma^2/16 > 0:
//! P(t) = Omega^2/(2 Omega^2 + gamma^2) (1 - e^{-a t} (cos mu t + (a/mu) sin mu t)),  <sigma^z> = 2 P - 1,
//! <sigma^y> = (2 dP/dt + 2 gamma P)/Omega,  <sigma^x> = 0. Source: Torrey (1949); Carmichael, Statistical Methods in Quantum
//! Optics 1, section 2.3.3.

use super::{Observed, basis_ket, spins};
use lightfall_core::lindblad::Lindbladian;
use lightfall_core::operator::{Axis, PauliSum};
use lightfall_core::schedule::CompiledSchedule;
use num_complex::Complex64;

/// The atom; energies and rates in units of one clock.
#[derive(Clone, Copy)]
pub(crate) struct DrivenAtom {
    pub(crate) rabi: f64,
    pub(crate) detuning: f64,
    pub(crate) gamma: f64,
}

impl DrivenAtom {
    pub(crate) fn system(&self) -> Lindbladian {
        let [x, y, z] = [Axis::X, Axis::Y, Axis::Z].map(|a| PauliSum::site(a, 0));
        let hamiltonian = 0.5 * self.rabi * &x + 0.5 * self.detuning * &z;
        let root = Complex64::from(0.5 * self.gamma.sqrt());
        let lower = root * &x + (-Complex64::I * root) * &y;
        Lindbladian::spins(1, vec![(CompiledSchedule::constant(1.0), hamiltonian)], vec![lower])
    }

    /// sigma^x, sigma^y, sigma^z.
    pub(crate) fn observed() -> Vec<Observed> {
        [Axis::X, Axis::Y, Axis::Z].map(|a| spins(1, PauliSum::site(a, 0))).to_vec()
    }

    pub(crate) fn ground() -> Vec<f64> {
        basis_ket(2, 1)
    }

    fn constants(&self) -> (f64, f64, f64) {
        let (g, w) = (self.gamma, self.rabi);
        (0.75 * g, (w * w - g * g / 16.0).sqrt(), w * w / (2.0 * w * w + g * g))
    }

    /// Excited population P(t).
    pub(crate) fn population(&self, t: f64) -> f64 {
        let (a, mu, steady) = self.constants();
        steady * (1.0 - (-a * t).exp() * ((mu * t).cos() + a / mu * (mu * t).sin()))
    }

    /// <sigma^x>, <sigma^y>, <sigma^z> at time t.
    pub(crate) fn bloch(&self, t: f64) -> [f64; 3] {
        let (a, mu, steady) = self.constants();
        let slope = steady * (-a * t).exp() * (mu + a * a / mu) * (mu * t).sin();
        let p = self.population(t);
        [0.0, (2.0 * slope + 2.0 * self.gamma * p) / self.rabi, 2.0 * p - 1.0]
    }

    /// The integral of P from 0 to t; times gamma it is the mean number of clicks.
    pub(crate) fn integrated_population(&self, t: f64) -> f64 {
        let (a, mu, steady) = self.constants();
        let r = a * a + mu * mu;
        // d/dt e^{-a t}(A cos mu t + B sin mu t) = e^{-a t}(cos mu t + (a/mu) sin mu t).
        let (cos, sin) = (-2.0 * a / r, (mu * mu - a * a) / (mu * r));
        steady * (t - ((-a * t).exp() * (cos * (mu * t).cos() + sin * (mu * t).sin()) - cos))
    }

    /// The integral of <sigma^y> from 0 to t: Omega <sigma^y> = 2 dP/dt + 2 gamma P.
    pub(crate) fn integrated_sigma_y(&self, t: f64) -> f64 {
        2.0 * (self.population(t) + self.gamma * self.integrated_population(t)) / self.rabi
    }

    /// Probability that the first click of an atom that starts in the ground state (as after a click) has come by `t`:
    /// the integral of gamma (Omega/nu)^2 e^{-gamma t/2} sin^2(nu t/2), nu^2 = Omega^2 - gamma^2/4.
    ///
    /// Source: Carmichael, Singh, Vyas, Rice (1989), Phys. Rev. A 39, 1200.
    pub(crate) fn first_click_by(&self, t: f64) -> f64 {
        let (b, w2) = (0.5 * self.gamma, self.rabi * self.rabi);
        let nu = (w2 - b * b).sqrt();
        let e = (-b * t).exp();
        let cosine = (e * (nu * (nu * t).sin() - b * (nu * t).cos()) + b) / w2;
        self.gamma * w2 / (2.0 * nu * nu) * ((1.0 - e) / b - cosine)
    }

    /// Excited population of the steady state: (Omega^2/4)/(Delta^2 + gamma^2/4 + Omega^2/2).
    pub(crate) fn steady_population(&self) -> f64 {
        let w2 = self.rabi * self.rabi;
        0.25 * w2 / (self.detuning.powi(2) + 0.25 * self.gamma.powi(2) + 0.5 * w2)
    }
}
