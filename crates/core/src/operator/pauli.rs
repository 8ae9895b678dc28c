//! Sums of products of Pauli matrices on up to 62 spins: the algebra in which spin Hamiltonians and jumps are written.
//!
//! Site i is bit i of a basis index (site 0 is the least significant bit); bit 0 means eigenvalue +1 of the matrix
//! called Z here. A string is X^x Z^z with bit masks x, z, so Y = i X Z carries its factor in the coefficient.

use num_complex::Complex64;
use std::collections::BTreeMap;
use std::ops::{Add, Mul};

/// A linear combination of Pauli strings X^x Z^z, keyed by (x, z).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PauliSum {
    terms: BTreeMap<(u64, u64), Complex64>,
}

/// The axes of a spin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Off-diagonal, real.
    X,
    /// Off-diagonal, imaginary.
    Y,
    /// Diagonal in the computational basis.
    Z,
}

impl PauliSum {
    /// The zero operator.
    pub fn zero() -> Self {
        Self::default()
    }

    /// `coefficient` times the identity.
    pub fn identity(coefficient: Complex64) -> Self {
        Self::string(0, 0, coefficient)
    }

    /// The Pauli matrix of `axis` on `site` (< 62).
    pub fn site(axis: Axis, site: usize) -> Self {
        let bit = 1u64 << site;
        match axis {
            Axis::X => Self::string(bit, 0, Complex64::ONE),
            Axis::Y => Self::string(bit, bit, Complex64::I),
            Axis::Z => Self::string(0, bit, Complex64::ONE),
        }
    }

    /// `coefficient` X^x Z^z.
    pub fn string(x: u64, z: u64, coefficient: Complex64) -> Self {
        let mut sum = Self::zero();
        sum.add_string(x, z, coefficient);
        sum
    }

    fn add_string(&mut self, x: u64, z: u64, coefficient: Complex64) {
        *self.terms.entry((x, z)).or_default() += coefficient;
    }

    /// Adds `scale * other` in place.
    pub fn add_scaled(&mut self, scale: Complex64, other: &PauliSum) {
        for (&(x, z), &c) in &other.terms {
            self.add_string(x, z, scale * c);
        }
    }

    /// The Hermitian adjoint: (X^x Z^z)^dag = Z^z X^x = (-1)^|x & z| X^x Z^z.
    pub fn adjoint(&self) -> Self {
        let mut out = Self::zero();
        for (&(x, z), &c) in &self.terms {
            out.add_string(x, z, c.conj() * parity_sign(x & z));
        }
        out
    }

    /// Terms as (x, z, coefficient), ordered by (x, z), zeros left out.
    pub fn terms(&self) -> impl Iterator<Item = (u64, u64, Complex64)> + '_ {
        self.terms.iter().filter(|(_, c)| **c != Complex64::ZERO).map(|(&(x, z), &c)| (x, z, c))
    }

    /// True if every term is diagonal in the computational basis.
    pub fn is_diagonal(&self) -> bool {
        self.terms().all(|(x, _, _)| x == 0)
    }

    /// The single-site 2 x 2 matrices m_i with `self = sum_i m_i`, or `None` if a term touches two sites or none.
    pub fn as_site_sum(&self, sites: usize) -> Option<Vec<[Complex64; 4]>> {
        let mut matrices = vec![[Complex64::ZERO; 4]; sites];
        for (x, z, c) in self.terms() {
            let touched = x | z;
            if touched.count_ones() != 1 {
                return None;
            }
            let m = matrices.get_mut(touched.trailing_zeros() as usize)?;
            match (x != 0, z != 0) {
                (false, _) => {
                    m[0] += c;
                    m[3] -= c;
                }
                (true, false) => {
                    m[1] += c;
                    m[2] += c;
                }
                // X Z = [[0, -1], [1, 0]]
                (true, true) => {
                    m[1] -= c;
                    m[2] += c;
                }
            }
        }
        Some(matrices)
    }
}

/// (-1)^popcount(mask).
pub(crate) fn parity_sign(mask: u64) -> f64 {
    if mask.count_ones().is_multiple_of(2) { 1.0 } else { -1.0 }
}

impl Mul for &PauliSum {
    type Output = PauliSum;

    /// Product: X^a Z^b X^c Z^d = (-1)^|b & c| X^(a^c) Z^(b^d).
    fn mul(self, other: &PauliSum) -> PauliSum {
        let mut out = PauliSum::zero();
        for (a, b, p) in self.terms() {
            for (c, d, q) in other.terms() {
                out.add_string(a ^ c, b ^ d, p * q * parity_sign(b & c));
            }
        }
        out
    }
}

impl Mul<&PauliSum> for Complex64 {
    type Output = PauliSum;

    fn mul(self, sum: &PauliSum) -> PauliSum {
        let mut out = PauliSum::zero();
        out.add_scaled(self, sum);
        out
    }
}

impl Mul<&PauliSum> for f64 {
    type Output = PauliSum;

    fn mul(self, sum: &PauliSum) -> PauliSum {
        Complex64::from(self) * sum
    }
}

impl Add for PauliSum {
    type Output = PauliSum;

    fn add(mut self, other: PauliSum) -> PauliSum {
        self.add_scaled(Complex64::ONE, &other);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauli_products_follow_the_algebra() {
        let [x, y, z] = [Axis::X, Axis::Y, Axis::Z].map(|a| PauliSum::site(a, 0));
        assert_eq!(&x * &y, Complex64::I * &z);
        assert_eq!(&y * &z, Complex64::I * &x);
        assert_eq!(&z * &x, Complex64::I * &y);
        assert_eq!(&y * &y, PauliSum::identity(Complex64::ONE));
        assert_eq!(y.adjoint(), y);
    }

    #[test]
    fn site_sum_of_the_lowering_operator_is_its_matrix() {
        let lower = 0.5 * &(PauliSum::site(Axis::X, 1) + Complex64::new(0.0, -1.0) * &PauliSum::site(Axis::Y, 1));
        let m = lower.as_site_sum(2).unwrap();
        let (zero, one) = (Complex64::ZERO, Complex64::ONE);
        assert_eq!(m[0], [zero; 4]);
        assert_eq!(m[1], [zero, zero, one, zero]); // |1><0|, index 0 = spin up
        assert!((&lower * &PauliSum::site(Axis::Z, 0)).as_site_sum(2).is_none());
    }
}
