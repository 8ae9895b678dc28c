//! Operators of spins that touch at most two sites at once; a site may have any number of states.
//!
//! X, Y, Z are twice the matrices J_x, J_y, J_z of a spin with J_z diagonal, its largest value first: the Pauli matrices for two states.

use super::PauliSum;
use super::small::product_into;
use num_complex::Complex64;

/// A = c + sum_i m_i + sum_{i<j} ( a_ij Z_i Z_j + b_ij Y_i Y_j ) + sum_{i != j} e_ij Z_i Y_j.
#[derive(Clone, Debug, PartialEq)]
pub struct SpinPairs {
    /// Sites N.
    pub(crate) sites: usize,
    /// States d of a site.
    pub(crate) states: usize,
    /// c.
    pub(crate) constant: Complex64,
    /// m_i, d x d row-major.
    pub(crate) site: Vec<Vec<Complex64>>,
    /// a, N x N row-major, symmetric, zeros on the diagonal.
    pub(crate) zz: Vec<Complex64>,
    /// b, as a.
    pub(crate) yy: Vec<Complex64>,
    /// e, row i for Z_i.
    pub(crate) zy: Vec<Complex64>,
}

/// sum_i ( z_i Z_i + y_i Y_i ).
#[derive(Clone, Debug, PartialEq)]
pub struct SpinVector {
    /// z, one a site.
    pub z: Vec<Complex64>,
    /// y, one a site.
    pub y: Vec<Complex64>,
}

/// X, Y and Z of a site of `states` states, row-major.
pub fn spin_axes(states: usize) -> [Vec<Complex64>; 3] {
    let spin = 0.5 * (states as f64 - 1.0);
    let mut axes = [(); 3].map(|()| vec![Complex64::ZERO; states * states]);
    for k in 0..states {
        let m = spin - k as f64;
        axes[2][k * (states + 1)] = Complex64::from(2.0 * m);
        if k + 1 < states {
            // 2 J_x has the element of J_- beside its diagonal.
            let element = (spin * (spin + 1.0) - m * (m - 1.0)).max(0.0).sqrt();
            let (above, below) = (k * states + k + 1, (k + 1) * states + k);
            (axes[0][above], axes[0][below]) = (Complex64::from(element), Complex64::from(element));
            (axes[1][above], axes[1][below]) = (Complex64::new(0.0, -element), Complex64::new(0.0, element));
        }
    }
    axes
}

impl SpinVector {
    /// z_i Z + y_i Y of every site, of `states` states each.
    pub(crate) fn matrices(&self, states: usize) -> Vec<Vec<Complex64>> {
        let [_, y, z] = spin_axes(states);
        let of = |(a, b): (&Complex64, &Complex64)| z.iter().zip(&y).map(|(z, y)| a * z + b * y).collect();
        self.z.iter().zip(&self.y).map(of).collect()
    }
}

impl SpinPairs {
    /// The zero operator on `sites` sites of `states` states.
    pub fn zero(sites: usize, states: usize) -> Self {
        let square = || vec![Complex64::ZERO; sites * sites];
        let site = vec![vec![Complex64::ZERO; states * states]; sites];
        Self { sites, states, constant: Complex64::ZERO, site, zz: square(), yy: square(), zy: square() }
    }

    /// `scale` sum_i X_i.
    pub fn field(sites: usize, states: usize, scale: f64) -> Self {
        let mut out = Self::zero(sites, states);
        let [x, _, _] = spin_axes(states);
        out.site.iter_mut().for_each(|m| *m = x.iter().map(|v| scale * v).collect());
        out
    }

    /// A^dag B of two vectors of spins.
    pub fn product(states: usize, a: &SpinVector, b: &SpinVector) -> Self {
        let sites = a.z.len();
        let mut out = Self::zero(sites, states);
        let (left, right) = (a.matrices(states), b.matrices(states));
        for i in 0..sites {
            let adjoint: Vec<Complex64> =
                (0..states * states).map(|k| left[i][k % states * states + k / states].conj()).collect();
            product_into(states, &adjoint, &right[i], &mut out.site[i]);
            for j in (0..sites).filter(|j| *j != i) {
                // Z_i Z_j comes from both orders.
                out.zz[i * sites + j] += a.z[i].conj() * b.z[j] + a.z[j].conj() * b.z[i];
                out.yy[i * sites + j] += a.y[i].conj() * b.y[j] + a.y[j].conj() * b.y[i];
                out.zy[i * sites + j] += a.z[i].conj() * b.y[j] + a.y[j].conj() * b.z[i];
            }
        }
        out
    }

    /// `sum` in this form, or `None` if it has another string: three spins, or X with another spin.
    pub(crate) fn of_paulis(sites: usize, sum: &PauliSum) -> Option<Self> {
        let mut out = Self::zero(sites, 2);
        let mut single = PauliSum::zero();
        for (x, z, c) in sum.terms() {
            let touched = x | z;
            let (i, j) = (touched.trailing_zeros() as usize, 63 - touched.leading_zeros().min(63) as usize);
            // Y = i X Z.
            match (touched.count_ones(), x.count_ones(), (x & z).count_ones()) {
                (0, ..) => out.constant += c,
                (1, ..) => single.add_scaled(Complex64::ONE, &PauliSum::string(x, z, c)),
                (2, 0, 0) => add_symmetric(&mut out.zz, sites, i, j, c),
                (2, 2, 2) => add_symmetric(&mut out.yy, sites, i, j, -c),
                (2, 1, 1) => {
                    let flipped = x.trailing_zeros() as usize;
                    out.zy[(i + j - flipped) * sites + flipped] += -Complex64::I * c;
                }
                _ => return None,
            }
        }
        out.site = single.as_site_sum(sites)?.into_iter().map(|m| m.to_vec()).collect();
        Some(out)
    }

    /// The Hermitian adjoint.
    pub fn adjoint(&self) -> Self {
        let d = self.states;
        let mut out = self.clone();
        out.constant = self.constant.conj();
        for (m, own) in out.site.iter_mut().zip(&self.site) {
            *m = (0..d * d).map(|k| own[k % d * d + k / d].conj()).collect();
        }
        for matrix in [&mut out.zz, &mut out.yy, &mut out.zy] {
            matrix.iter_mut().for_each(|c| *c = c.conj());
        }
        out
    }

    /// Sets this to 0.
    pub(crate) fn clear(&mut self) {
        self.constant = Complex64::ZERO;
        self.site.iter_mut().for_each(|m| m.fill(Complex64::ZERO));
        for matrix in [&mut self.zz, &mut self.yy, &mut self.zy] {
            matrix.fill(Complex64::ZERO);
        }
    }

    /// Adds `scale` times `other`.
    pub fn add_scaled(&mut self, scale: Complex64, other: &SpinPairs) {
        self.constant += scale * other.constant;
        let of_sites = self.site.iter_mut().zip(&other.site);
        let matrices = [(&mut self.zz, &other.zz), (&mut self.yy, &other.yy), (&mut self.zy, &other.zy)];
        for (matrix, other) in of_sites.chain(matrices) {
            matrix.iter_mut().zip(other).for_each(|(m, o)| *m += scale * o);
        }
    }
}

fn add_symmetric(matrix: &mut [Complex64], n: usize, i: usize, j: usize, c: Complex64) {
    matrix[i * n + j] += c;
    matrix[j * n + i] += c;
}
