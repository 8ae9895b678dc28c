//! What is read off states of atoms with several levels each, and of atoms together with modes.
//!
//! Basis: atoms first (site 0 the least significant), each with the 2S + 1 states S^x = S, S - 1, .. -S in this order; then the modes, mode 0 the
//! least significant, by their number of photons. In the standard matrices of a spin whose J_z is diagonal S^x = J_z, S^z = J_x, S^y = -J_y: for
//! S = 1/2 the basis of [`crate::open_ising`].

use lightfall_core::operator::spin_axes;
use lightfall_linalg::{LinalgError, hermitian_eigenvalues};
use num_complex::Complex64;

/// Probability of the highest Fock state kept of a mode above which a run is refused.
pub const FOCK_BOUND: f64 = 1e-3;

/// A cut that leaves out too much.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "the highest of the {cut} Fock states of mode {mode} has the probability {population:.1e}, above {FOCK_BOUND:.0e}; raise device.cavity.fock"
)]
pub struct FockCutoff {
    /// Mode.
    pub mode: usize,
    /// Fock states kept.
    pub cut: usize,
    /// Probability of the last of them.
    pub population: f64,
}

/// Shape of a Hilbert space of atoms and modes.
#[derive(Clone, Debug, PartialEq)]
pub struct Composite {
    /// Sites N.
    pub sites: usize,
    /// States of a site, 2S + 1.
    pub states: usize,
    /// Fock states kept of each mode; empty without modes.
    pub cuts: Vec<usize>,
}

/// What has been read; also the workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reduced {
    /// <S_i>/S.
    pub(crate) spins: Vec<[f64; 3]>,
    /// <S^x_i S^x_j>/S^2, N x N; 1 on the diagonal.
    pub(crate) pairs: Vec<f64>,
    /// Probability of every pattern of signs of S^x, bit i set for a negative one; S^x = 0 counts half for either.
    pub(crate) signs: Vec<f64>,
    /// Entropy of each site in bits.
    pub(crate) entropies: Vec<f64>,
    /// Probability of the highest Fock state of each mode.
    pub(crate) tops: Vec<f64>,
    /// Probability of every configuration of the atoms.
    weights: Vec<f64>,
    /// Density matrix of every site.
    matrices: Vec<Complex64>,
}

impl Composite {
    /// Number of amplitudes of the atoms.
    pub fn atoms(&self) -> usize {
        self.states.pow(self.sites as u32)
    }

    /// Number of amplitudes.
    pub fn dim(&self) -> usize {
        self.atoms() * self.cuts.iter().product::<usize>()
    }

    /// S.
    pub fn spin(&self) -> f64 {
        0.5 * (self.states - 1) as f64
    }

    /// S^x of state `k` of a site.
    pub fn projection(&self, k: usize) -> f64 {
        self.spin() - k as f64
    }

    /// S^x, S^y or S^z (`axis` 0, 1, 2) of one site, row-major: Z/2, -Y/2 and X/2 of [`spin_axes`].
    pub fn spin_matrix(&self, axis: usize) -> Vec<Complex64> {
        let (of, scale) = [(2, 0.5), (1, -0.5), (0, 0.5)][axis];
        spin_axes(self.states)[of].iter().map(|v| scale * v).collect()
    }

    /// All spins down, S^z = -S, and no photons; split storage.
    pub fn all_down(&self) -> Vec<f64> {
        // The rotation of m = -S about y by a right angle: binomial amplitudes with alternating signs, from the largest outwards so that none overflows.
        let d = self.states;
        let middle = d / 2;
        let mut one = vec![1.0_f64; d];
        let ratio = |k: usize| -((d - k) as f64 / k as f64).sqrt();
        for k in middle + 1..d {
            one[k] = one[k - 1] * ratio(k);
        }
        for k in (1..=middle).rev() {
            one[k - 1] = one[k] / ratio(k);
        }
        let norm = one.iter().map(|v| v * v).sum::<f64>().sqrt();
        one.iter_mut().for_each(|v| *v /= norm);
        let (atoms, dim) = (self.atoms(), self.dim());
        let mut psi = vec![0.0; 2 * dim];
        for (x, p) in psi[..atoms].iter_mut().enumerate() {
            *p = (0..self.sites).map(|i| one[self.digit(x, i)]).product();
        }
        psi
    }

    fn digit(&self, x: usize, site: usize) -> usize {
        x / self.states.pow(site as u32) % self.states
    }

    /// Reads a normalised ket in split storage.
    pub(crate) fn read_ket(&self, psi: &[f64], out: &mut Reduced) -> Result<(), LinalgError> {
        let dim = self.dim();
        self.read(|a, b| Complex64::new(psi[a], psi[dim + a]) * Complex64::new(psi[b], -psi[dim + b]), out)
    }

    /// Reads a density matrix in split row-major storage.
    pub(crate) fn read_density(&self, rho: &[f64], out: &mut Reduced) -> Result<(), LinalgError> {
        let dim = self.dim();
        self.read(|a, b| Complex64::new(rho[a * dim + b], rho[dim * dim + a * dim + b]), out)
    }

    /// Reads a state by its elements rho_ab.
    fn read(&self, rho: impl Fn(usize, usize) -> Complex64, out: &mut Reduced) -> Result<(), LinalgError> {
        let (n, d, atoms, dim) = (self.sites, self.states, self.atoms(), self.dim());
        out.weights.clear();
        out.weights.resize(atoms, 0.0);
        out.matrices.clear();
        out.matrices.resize(n * d * d, Complex64::ZERO);
        for k in 0..dim {
            out.weights[k % atoms] += rho(k, k).re;
            let mut stride = 1;
            for matrix in out.matrices.chunks_exact_mut(d * d) {
                let own = k / stride % d;
                for other in 0..d {
                    matrix[own * d + other] += rho(k, k + other * stride - own * stride);
                }
                stride *= d;
            }
        }
        self.read_spins(out);
        self.read_pairs(out);
        out.entropies.clear();
        for matrix in out.matrices.chunks_exact(d * d) {
            let values = hermitian_eigenvalues(d, matrix)?;
            out.entropies.push(values.into_iter().map(|p| if p > 0.0 { -p * p.log2() } else { 0.0 }).sum());
        }
        out.tops.clear();
        let mut inner = atoms;
        for cut in &self.cuts {
            let top = (0..dim).filter(|k| k / inner % cut == cut - 1);
            out.tops.push(top.map(|k| rho(k, k).re).sum());
            inner *= cut;
        }
        Ok(())
    }

    fn read_spins(&self, out: &mut Reduced) {
        let (d, s) = (self.states, self.spin());
        let axes = [0, 1, 2].map(|axis| self.spin_matrix(axis));
        let Reduced { spins, matrices, .. } = out;
        spins.clear();
        for rho in matrices.chunks_exact(d * d) {
            let mean =
                |axis: &Vec<Complex64>| (0..d * d).map(|k| (axis[k] * rho[k % d * d + k / d]).re).sum::<f64>() / s;
            spins.push([mean(&axes[0]), mean(&axes[1]), mean(&axes[2])]);
        }
    }

    fn read_pairs(&self, out: &mut Reduced) {
        let (n, s) = (self.sites, self.spin());
        let Reduced { pairs, signs, weights, .. } = out;
        pairs.clear();
        pairs.resize(n * n, 0.0);
        signs.clear();
        signs.resize(1 << n, 0.0);
        for (x, w) in weights.iter().enumerate() {
            let value = |i: usize| self.projection(self.digit(x, i)) / s;
            for i in 0..n {
                for j in i + 1..n {
                    pairs[i * n + j] += w * value(i) * value(j);
                }
            }
            // A spin with S^x = 0 counts half for either sign.
            let pattern: usize = (0..n).filter(|i| value(*i) < 0.0).map(|i| 1 << i).sum();
            let free: usize = (0..n).filter(|i| value(*i) == 0.0).map(|i| 1 << i).sum();
            let share = w / f64::from(free.count_ones()).exp2();
            let mut part = free;
            loop {
                signs[pattern | part] += share;
                if part == 0 {
                    break;
                }
                part = (part - 1) & free;
            }
        }
        for i in 0..n {
            pairs[i * n + i] = 1.0;
            for j in 0..i {
                pairs[i * n + j] = pairs[j * n + i];
            }
        }
    }

    /// Refuses a state whose modes are cut too low.
    pub(crate) fn check_tops(&self, tops: &[f64]) -> Result<(), FockCutoff> {
        let over = tops.iter().enumerate().find(|(_, p)| p.is_nan() || **p > FOCK_BOUND);
        over.map_or(Ok(()), |(mode, population)| {
            Err(FockCutoff { mode, cut: self.cuts[mode], population: *population })
        })
    }
}
