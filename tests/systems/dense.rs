//! Dense matrices made by hand, independent of the operators of the library: row-major, site 0 the least significant factor.

use num_complex::Complex64;

/// A square complex matrix.
#[derive(Clone, Debug)]
pub(crate) struct Dense {
    pub(crate) n: usize,
    pub(crate) entries: Vec<Complex64>,
}

impl Dense {
    pub(crate) fn new(n: usize, entry: impl Fn(usize, usize) -> Complex64) -> Self {
        Self { n, entries: (0..n * n).map(|k| entry(k / n, k % n)).collect() }
    }

    pub(crate) fn zero(n: usize) -> Self {
        Self::new(n, |_, _| Complex64::ZERO)
    }

    pub(crate) fn identity(n: usize) -> Self {
        Self::new(n, |r, c| Complex64::from(f64::from(u8::from(r == c))))
    }

    pub(crate) fn at(&self, r: usize, c: usize) -> Complex64 {
        self.entries[r * self.n + c]
    }

    pub(crate) fn plus(&self, scale: Complex64, other: &Dense) -> Self {
        Self::new(self.n, |r, c| self.at(r, c) + scale * other.at(r, c))
    }

    pub(crate) fn times(&self, other: &Dense) -> Self {
        Self::new(self.n, |r, c| (0..self.n).map(|k| self.at(r, k) * other.at(k, c)).sum())
    }

    pub(crate) fn adjoint(&self) -> Self {
        Self::new(self.n, |r, c| self.at(c, r).conj())
    }

    pub(crate) fn transpose(&self) -> Self {
        Self::new(self.n, |r, c| self.at(c, r))
    }

    /// The Kronecker product, `self` the more significant factor.
    pub(crate) fn kron(&self, other: &Dense) -> Self {
        let m = other.n;
        Self::new(self.n * m, |r, c| self.at(r / m, c / m) * other.at(r % m, c % m))
    }

    pub(crate) fn trace(&self) -> Complex64 {
        (0..self.n).map(|k| self.at(k, k)).sum()
    }

    /// The Pauli matrix of `axis` (0, 1, 2 for x, y, z) on `site` of `sites`; bit 0 of a site is sigma^z = +1.
    pub(crate) fn sigma(axis: usize, site: usize, sites: usize) -> Self {
        let (one, i, zero) = (Complex64::ONE, Complex64::I, Complex64::ZERO);
        let pauli = [[zero, one, one, zero], [zero, -i, i, zero], [one, zero, zero, -one]][axis];
        let one_site = Self { n: 2, entries: pauli.to_vec() };
        (0..sites).fold(Self::identity(1), |product, k| {
            if k == site { one_site.kron(&product) } else { Self::identity(2).kron(&product) }
        })
    }

    /// -i[H, rho] + sum_k ( L rho L^dag - (1/2){L^dag L, rho} ) with `self` as rho.
    pub(crate) fn lindblad(&self, hamiltonian: &Dense, jumps: &[Dense]) -> Self {
        let commutator = hamiltonian.times(self).plus(-Complex64::ONE, &self.times(hamiltonian));
        jumps.iter().fold(Self::zero(self.n).plus(-Complex64::I, &commutator), |sum, l| {
            let gram = l.adjoint().times(l);
            sum.plus(Complex64::ONE, &l.times(self).times(&l.adjoint()))
                .plus(Complex64::from(-0.5), &gram.times(self))
                .plus(Complex64::from(-0.5), &self.times(&gram))
        })
    }

    /// The n^2 x n^2 matrix of rho -> L[rho] on row-major vectors: A rho B is A (x) B^T.
    pub(crate) fn liouvillian(hamiltonian: &Dense, jumps: &[Dense]) -> Self {
        let one = Self::identity(hamiltonian.n);
        let unitary = hamiltonian.kron(&one).plus(-Complex64::ONE, &one.kron(&hamiltonian.transpose()));
        jumps.iter().fold(Self::zero(unitary.n).plus(-Complex64::I, &unitary), |sum, l| {
            let gram = l.adjoint().times(l);
            sum.plus(Complex64::ONE, &l.kron(&l.adjoint().transpose()))
                .plus(Complex64::from(-0.5), &gram.kron(&one))
                .plus(Complex64::from(-0.5), &one.kron(&gram.transpose()))
        })
    }
}
