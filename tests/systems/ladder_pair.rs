//! Two spins that exchange an excitation, H = (w/2)(XX + YY), watched through L = -ZZ.
//!
//! On |01>, |10> the jump operator is the number +1, so no measurement of it disturbs the exchange:
//! psi(t) = cos(w t)|01> - i sin(w t)|10> on every trajectory of every unravelling, up to a phase.

use super::basis_ket;
use lightfall_core::lindblad::Lindbladian;
use lightfall_core::operator::{Axis, PauliSum};
use lightfall_core::schedule::CompiledSchedule;
use num_complex::Complex64;

/// The pair with exchange rate `w` and jump operator `jump`.
pub(crate) fn system(w: f64, jump: PauliSum) -> Lindbladian {
    let pair = |axis| &PauliSum::site(axis, 0) * &PauliSum::site(axis, 1);
    let exchange = 0.5 * w * &(pair(Axis::X) + pair(Axis::Y));
    Lindbladian::spins(2, vec![(CompiledSchedule::constant(1.0), exchange)], vec![jump])
}

/// -ZZ.
pub(crate) fn parity() -> PauliSum {
    -1.0 * &(&PauliSum::site(Axis::Z, 0) * &PauliSum::site(Axis::Z, 1))
}

/// |01>: site 0 up, site 1 down (index 2), written most significant site last.
pub(crate) fn start() -> Vec<f64> {
    basis_ket(4, 2)
}

/// cos(w t)|01> - i sin(w t)|10>.
pub(crate) fn exact(w: f64, t: f64) -> [Complex64; 4] {
    let zero = Complex64::ZERO;
    [zero, Complex64::new(0.0, -(w * t).sin()), Complex64::from((w * t).cos()), zero]
}
