//! The drift of a ket of spins by parts, where no term of it touches more than two sites: O(N d^(N+1)) a step for sites of d states, whatever the number
//! of couplings.
//!
//! A = c + D + M + F + Y: D of Z_i Z_j, diagonal; F of single spins, a product of gates; Y of Y_i Y_j, diagonal between two products of gates; M of
//! Z_i Y_j, which is small for the cooling of a cavity, to second order. A step is
//!
//!   e^{A h} = e^{D h/2} e^{M h/2} e^{F h/2} e^{Y h} e^{F h/2} e^{M h/2} e^{D h/2} + O(h^3),
//!
//! with A at its middle: order 2 (Strang 1968), exact where the parts commute.

mod mixed;
mod quadratic;
mod sites;

use crate::lindblad::Lindbladian;
use crate::operator::SpinPairs;
use crate::operator::sites::{exp2x2, multiply2x2, product_gate};
use mixed::Mixed;
use num_complex::Complex64;
use quadratic::Quadratic;
use sites::SiteParts;
use std::f64::consts::FRAC_1_SQRT_2;

/// Fewest spins whose drift is taken by parts: the tables have a low part of six sites.
pub const STRANG_SITES: usize = 6;

/// Turns Y into Z: Y = U^dag Z U.
const TO_Y: [Complex64; 4] = [
    Complex64::new(FRAC_1_SQRT_2, 0.0),
    Complex64::new(0.0, -FRAC_1_SQRT_2),
    Complex64::new(FRAC_1_SQRT_2, 0.0),
    Complex64::new(0.0, FRAC_1_SQRT_2),
];
const FROM_Y: [Complex64; 4] = [
    Complex64::new(FRAC_1_SQRT_2, 0.0),
    Complex64::new(FRAC_1_SQRT_2, 0.0),
    Complex64::new(0.0, FRAC_1_SQRT_2),
    Complex64::new(0.0, -FRAC_1_SQRT_2),
];

/// The drift of a system, by parts.
#[derive(Debug)]
pub(super) struct Strang {
    /// Terms of the Hamiltonian, in its order.
    hamiltonian: Vec<SpinPairs>,
    /// What follows the intensity s(t)^2.
    damping: SpinPairs,
    /// h A.
    total: SpinPairs,
    parts: Parts,
}

/// The parts of one step.
#[derive(Debug)]
enum Parts {
    /// Of spins 1/2.
    Halves(Box<HalfParts>),
    /// Of sites of more states.
    Sites(Box<SiteParts>),
}

/// Tables and gates of one step of spins 1/2.
#[derive(Debug)]
struct HalfParts {
    diagonal: Quadratic,
    across: Quadratic,
    mixed: Mixed,
    gates: [Vec<[Complex64; 4]>; 2],
}

impl Strang {
    /// The parts of -iH(t) + s(t)^2 (-(1/2) sum_k L_k^dag L_k + sum_k w_k L_k^2), w = `squares`; `None` if the system is not one of spins, a term
    /// touches more than two of them, or there are fewer than six spins 1/2.
    pub(super) fn new(system: &Lindbladian, squares: &[Complex64]) -> Option<Self> {
        let (hamiltonian, damping) = system.spin_pairs(squares)?;
        let (sites, states) = (damping.sites, damping.states);
        let parts = if states == 2 {
            if sites < STRANG_SITES {
                return None;
            }
            let gates = || vec![[Complex64::ZERO; 4]; sites];
            Parts::Halves(Box::new(HalfParts {
                diagonal: Quadratic::new(sites),
                across: Quadratic::new(sites),
                mixed: Mixed::new(sites),
                gates: [gates(), gates()],
            }))
        } else {
            Parts::Sites(Box::new(SiteParts::new(sites, states)?))
        };
        Some(Self { hamiltonian, damping, total: SpinPairs::zero(sites, states), parts })
    }

    /// psi <- e^{A h} psi with A at time `middle`. `term` and `next` are overwritten.
    pub(super) fn drift(
        &mut self,
        system: &Lindbladian,
        middle: f64,
        h: f64,
        psi: &mut [f64],
        term: &mut [f64],
        next: &mut [f64],
    ) {
        self.total.clear();
        for (g, part) in system.hamiltonian_at(middle).zip(&self.hamiltonian) {
            self.total.add_scaled(Complex64::new(0.0, -h * g), part);
        }
        self.total.add_scaled(Complex64::from(h * system.intensity(middle)), &self.damping);
        match &mut self.parts {
            Parts::Halves(parts) => parts.step(&self.total, psi, term, next),
            Parts::Sites(parts) => parts.step(&self.total, psi, term, next),
        }
    }
}

impl HalfParts {
    fn step(&mut self, total: &SpinPairs, psi: &mut [f64], term: &mut [f64], next: &mut [f64]) {
        let Self { diagonal, across, mixed, gates: [before, after] } = self;
        diagonal.set(0.5 * total.constant, 0.5, &total.zz);
        across.set(Complex64::ZERO, 1.0, &total.yy);
        mixed.set(&total.zy);
        for ((m, before), after) in total.site.iter().zip(before.iter_mut()).zip(after.iter_mut()) {
            let half = exp2x2(&[0, 1, 2, 3].map(|k| 0.5 * m[k]));
            (*before, *after) = (multiply2x2(&TO_Y, &half), multiply2x2(&half, &FROM_Y));
        }
        let mut mix =
            |psi: &mut [f64]| half_mixed(mixed.is_zero(), |s, x, y| mixed.apply_add(s, x, y), psi, term, next);
        diagonal.multiply(psi);
        mix(psi);
        product_gate(before, psi);
        across.multiply(psi);
        product_gate(after, psi);
        mix(psi);
        diagonal.multiply(psi);
    }
}

/// psi <- (1 + M/2 + M^2/8) psi, where `add(s, x, y)` is y += s M x: what it leaves of e^{M/2} is of the third order, as the step is.
fn half_mixed(
    nothing: bool,
    add: impl Fn(f64, &[f64], &mut [f64]),
    psi: &mut [f64],
    term: &mut [f64],
    next: &mut [f64],
) {
    if !nothing {
        term.fill(0.0);
        add(0.5, psi, term);
        next.copy_from_slice(term);
        add(0.25, term, next);
        psi.iter_mut().zip(next).for_each(|(p, n)| *p += *n);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{Axis, PauliSum};
    use crate::schedule::CompiledSchedule;
    use crate::unravel::channels::exponential_series;

    const SITES: usize = 7;

    /// Some number of either sign for a pair.
    fn number(i: usize, j: usize) -> f64 {
        (1.3 * i as f64 - 2.1 * j as f64 + 0.4 * (i * j) as f64).sin()
    }

    /// Ising couplings, a field, and jump operators with both quadratures: all parts are there.
    fn system(field: f64, y: f64) -> Lindbladian {
        let pairs = || (0..SITES).flat_map(|i| (0..SITES).map(move |j| (i, j))).filter(|(i, j)| i != j);
        let site = |axis, i| PauliSum::site(axis, i);
        let (mut coupling, mut turn) = (PauliSum::zero(), PauliSum::zero());
        for (i, j) in pairs() {
            coupling.add_scaled(Complex64::from(0.3 * number(i, j)), &(&site(Axis::Z, i) * &site(Axis::Z, j)));
            turn.add_scaled(Complex64::from(y * number(j, i)), &(&site(Axis::Z, i) * &site(Axis::Y, j)));
        }
        (0..SITES).for_each(|i| turn.add_scaled(Complex64::from(field), &site(Axis::X, i)));
        let jump = |k: usize| {
            let mut sum = PauliSum::zero();
            for i in 0..SITES {
                sum.add_scaled(Complex64::new(0.2 * number(k, i), 0.1), &site(Axis::Z, i));
                sum.add_scaled(Complex64::new(0.05, y * number(i, k)), &site(Axis::Y, i));
            }
            if y == 0.0 { (0..SITES).fold(PauliSum::zero(), |s, i| s + number(k, i) * &site(Axis::Z, i)) } else { sum }
        };
        let one = CompiledSchedule::constant(1.0);
        Lindbladian::spins(SITES, vec![(one.clone(), coupling), (one, turn)], (0..3).map(jump).collect())
    }

    fn start() -> Vec<f64> {
        let mut psi: Vec<f64> = (0..2usize << SITES).map(|k| (0.7 * k as f64 + 0.2).sin()).collect();
        crate::operator::normalise(&mut psi);
        psi
    }

    /// Largest difference between `steps` steps over a time of 0.4 by parts and the series of the whole; homodyne adds L^2.
    fn error(system: &Lindbladian, steps: usize) -> f64 {
        let weights = [Complex64::new(-0.3, 0.2), Complex64::ZERO, Complex64::from(-0.5)];
        let squares = system.weighted_squares(&weights).unwrap();
        let mut strang = Strang::new(system, &weights).unwrap();
        let (mut psi, mut exact) = (start(), start());
        let (mut term, mut next) = (psi.clone(), psi.clone());
        let h = 0.4 / steps as f64;
        for _ in 0..steps {
            strang.drift(system, 0.0, h, &mut psi, &mut term, &mut next);
            exponential_series(1e-14, &mut exact, &mut term, &mut next, |x, y| {
                system.no_jump(0.0, h, x, y, 1);
                squares.apply_add(Complex64::from(h), x, y, 1);
                1.0
            });
        }
        psi.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn drift_by_parts_is_of_order_two() {
        let system = system(0.5, 0.1);
        let errors = [8, 16, 32].map(|n| error(&system, n));
        for pair in errors.windows(2) {
            let order = (pair[0] / pair[1]).log2();
            assert!((order - 2.0).abs() < 0.1, "errors {errors:?}");
        }
    }

    #[test]
    fn drift_by_parts_is_exact_where_the_parts_commute() {
        let error = error(&system(0.0, 0.0), 1);
        assert!(error < 1e-13, "{error:e}");
    }

    #[test]
    fn terms_on_three_spins_or_with_x_are_refused() {
        let site = |axis, i| PauliSum::site(axis, i);
        let zzz = &(&site(Axis::Z, 0) * &site(Axis::Z, 1)) * &site(Axis::Z, 2);
        for bad in [zzz, &site(Axis::X, 0) * &site(Axis::Z, 4), &site(Axis::X, 0) * &site(Axis::X, 1)] {
            let system = Lindbladian::spins(SITES, vec![(CompiledSchedule::constant(1.0), bad)], vec![]);
            assert!(Strang::new(&system, &[]).is_none());
        }
    }
}
