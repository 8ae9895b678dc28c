//! Generators of spins 1/2 that touch at most two spins at once.

use crate::operator::PauliSum;
use num_complex::Complex64;

/// A = c + sum_i m_i + sum_{i<j} ( a_ij Z_i Z_j + b_ij Y_i Y_j ) + sum_{i != j} e_ij Z_i Y_j.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PairSum {
    pub(super) sites: usize,
    /// c.
    pub(super) constant: Complex64,
    /// m_i, row-major.
    pub(super) site: Vec<[Complex64; 4]>,
    /// a, N x N row-major, symmetric, zeros on the diagonal.
    pub(super) zz: Vec<Complex64>,
    /// b, as a.
    pub(super) yy: Vec<Complex64>,
    /// e, row i for Z_i.
    pub(super) zy: Vec<Complex64>,
}

impl PairSum {
    /// The zero operator on `sites` spins.
    pub(super) fn zero(sites: usize) -> Self {
        let square = || vec![Complex64::ZERO; sites * sites];
        let site = vec![[Complex64::ZERO; 4]; sites];
        Self { sites, constant: Complex64::ZERO, site, zz: square(), yy: square(), zy: square() }
    }

    /// `sum` in this form, or `None` if it has another string: three spins, or X with another spin.
    pub(super) fn of(sites: usize, sum: &PauliSum) -> Option<Self> {
        let mut out = Self::zero(sites);
        let mut single = PauliSum::zero();
        for (x, z, c) in sum.terms() {
            let touched = x | z;
            let (i, j) = (touched.trailing_zeros() as usize, 63 - touched.leading_zeros().min(63) as usize);
            // Y = i X Z.
            match (touched.count_ones(), x.count_ones(), (x & z).count_ones()) {
                (0, ..) => out.constant += c,
                (1, ..) => single.add_scaled(Complex64::ONE, &PauliSum::string(x, z, c)),
                (2, 0, 0) => out.add_symmetric(|s| &mut s.zz, i, j, c),
                (2, 2, 2) => out.add_symmetric(|s| &mut s.yy, i, j, -c),
                (2, 1, 1) => {
                    let flipped = x.trailing_zeros() as usize;
                    out.zy[(i + j - flipped) * sites + flipped] += -Complex64::I * c;
                }
                _ => return None,
            }
        }
        out.site = single.as_site_sum(sites)?;
        Some(out)
    }

    fn add_symmetric(&mut self, of: impl Fn(&mut Self) -> &mut Vec<Complex64>, i: usize, j: usize, c: Complex64) {
        let n = self.sites;
        let matrix = of(self);
        matrix[i * n + j] += c;
        matrix[j * n + i] += c;
    }

    /// Sets this to 0.
    pub(super) fn clear(&mut self) {
        self.constant = Complex64::ZERO;
        self.site.fill([Complex64::ZERO; 4]);
        for matrix in [&mut self.zz, &mut self.yy, &mut self.zy] {
            matrix.fill(Complex64::ZERO);
        }
    }

    /// Adds `scale` times `other`.
    pub(super) fn add_scaled(&mut self, scale: Complex64, other: &PairSum) {
        self.constant += scale * other.constant;
        for (m, o) in self.site.iter_mut().zip(&other.site) {
            m.iter_mut().zip(o).for_each(|(m, o)| *m += scale * o);
        }
        let matrices = [(&mut self.zz, &other.zz), (&mut self.yy, &other.yy), (&mut self.zy, &other.zy)];
        for (matrix, other) in matrices {
            matrix.iter_mut().zip(other).for_each(|(m, o)| *m += scale * o);
        }
    }
}
