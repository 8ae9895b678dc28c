//! Atoms and modes together, the modes cut at a number of photons.
//!
//! Basis: atoms first (least significant), atom 0 the least significant among them with index 0 for S^x = +1/2, as in [`crate::open_ising`];
//! then the modes, mode 0 the least significant, by their number of photons.

use super::Multimode;
use lightfall_core::lindblad::Lindbladian;
use lightfall_core::operator::{Operator, Sparse};
use lightfall_core::schedule::CompiledSchedule;
use num_complex::Complex64;
use std::sync::Arc;

fn diagonal(entries: impl ExactSizeIterator<Item = f64>) -> Sparse {
    Sparse::from_entries(entries.len(), entries.enumerate().map(|(k, v)| (k, k, Complex64::from(v))))
}

/// The sum of `terms`, weighted.
fn sum<'a>(dim: usize, terms: impl Iterator<Item = (f64, &'a Sparse)>) -> Sparse {
    let entries: Vec<_> = terms.flat_map(|(w, a)| a.entries().map(move |(r, c, v)| (r, c, w * v))).collect();
    Sparse::from_entries(dim, entries)
}

/// `a` on factor `at` of factors of dimensions `dims`, the first the least significant.
fn on(dims: &[usize], at: usize, a: &Sparse) -> Sparse {
    let identity = |of: &[usize]| diagonal(vec![1.0; of.iter().product()].into_iter());
    identity(&dims[at + 1..]).kron(a).kron(&identity(&dims[..at]))
}

/// a on `levels` Fock states.
fn annihilation(levels: usize) -> Sparse {
    Sparse::from_entries(levels, (1..levels).map(|n| (n - 1, n, Complex64::from((n as f64).sqrt()))))
}

/// The device with modes cut, ready to be integrated.
#[derive(Clone, Debug)]
pub struct FullCavity {
    /// H(t) and the jump operators sqrt(2 kappa_m) a_m.
    pub lindbladian: Lindbladian,
    sites: usize,
    cuts: Vec<usize>,
}

impl Multimode {
    /// The full model with `cuts[m]` Fock states of mode m.
    pub fn full(&self, cuts: &[usize]) -> FullCavity {
        let (n, modes) = (self.sites, self.modes.len());
        let dims: Vec<usize> = std::iter::repeat_n(2, n).chain(cuts.iter().copied()).collect();
        let dim = dims.iter().product();
        let half = Complex64::from(0.5);
        // Index 0 is S^x = 1/2; S^z flips.
        let sx = diagonal([0.5, -0.5].into_iter());
        let sz = Sparse::from_entries(2, [(0, 1, half), (1, 0, half)]);
        let (sx, sz): (Vec<_>, Vec<_>) = (0..n).map(|i| (on(&dims, i, &sx), on(&dims, i, &sz))).unzip();
        let a: Vec<Sparse> = cuts.iter().enumerate().map(|(m, cut)| on(&dims, n + m, &annihilation(*cut))).collect();
        let photons: Vec<Sparse> =
            cuts.iter().enumerate().map(|(m, cut)| on(&dims, n + m, &diagonal((0..*cut).map(|k| k as f64)))).collect();
        let energies = self.modes.iter().zip(&photons).map(|(mode, p)| (mode.detuning, p));
        let free = sum(dim, energies.chain(sz.iter().map(|s| (self.wz, s))));
        let fields: Vec<Sparse> = (0..modes)
            .map(|m| {
                let quadrature = sum(dim, [(1.0, &a[m]), (1.0, &a[m].adjoint_matrix())].into_iter());
                quadrature.product(&sum(dim, (0..n).map(|i| (self.coupling[i * modes + m], &sx[i]))))
            })
            .collect();
        let coupling = sum(dim, fields.iter().map(|f| (1.0, f)));
        let jump = |(mode, a): (&super::Mode, &Sparse)| -> Arc<dyn Operator> {
            Arc::new(sum(dim, std::iter::once(((2.0 * mode.kappa).sqrt(), a))))
        };
        let jumps = self.modes.iter().zip(&a).map(jump).collect();
        let constant = CompiledSchedule::constant(1.0);
        let hamiltonian: Vec<(CompiledSchedule, Arc<dyn Operator>)> =
            vec![(constant, Arc::new(free)), (self.g.clone(), Arc::new(coupling))];
        let lindbladian = Lindbladian::new(dim, hamiltonian, jumps);
        FullCavity { lindbladian, sites: n, cuts: cuts.to_vec() }
    }
}

impl FullCavity {
    /// Number of amplitudes.
    pub fn dim(&self) -> usize {
        self.lindbladian.dim()
    }

    /// All spins down, no photons; split storage.
    pub fn initial_ket(&self) -> Vec<f64> {
        crate::open_ising::all_down(self.sites, self.dim())
    }

    /// The density matrix of the atoms, split row-major, from that of atoms and modes.
    pub fn atoms(&self, rho: &[f64]) -> Vec<f64> {
        let (atoms, dim) = (1usize << self.sites, self.dim());
        let mut out = vec![0.0; 2 * atoms * atoms];
        for block in 0..dim / atoms {
            for (k, entry) in out.iter_mut().enumerate() {
                let (part, r, c) = (k / (atoms * atoms), k / atoms % atoms, k % atoms);
                *entry += rho[part * dim * dim + (block * atoms + r) * dim + block * atoms + c];
            }
        }
        out
    }

    /// Probability of the highest Fock state kept of each mode: what the cut leaves out is of this order.
    pub fn top_populations(&self, rho: &[f64]) -> Vec<f64> {
        let dim = self.dim();
        let mut inner = 1usize << self.sites;
        let mut found = Vec::new();
        for cut in &self.cuts {
            let top = (0..dim).filter(|x| x / inner % cut == cut - 1);
            found.push(top.map(|x| rho[x * dim + x]).sum());
            inner *= cut;
        }
        found
    }
}
