//! The device as matrices: atoms and modes together, the modes cut at a number of photons; and atoms of more than two states, the cavity eliminated.
//!
//! The basis is that of [`Composite`].

use super::{Limit, Mode, Multimode};
use crate::composite::Composite;
use lightfall_core::lindblad::Lindbladian;
use lightfall_core::operator::{Operator, Sparse, SpinPairs, SpinVector};
use lightfall_core::schedule::CompiledSchedule;
use num_complex::Complex64;
use std::sync::Arc;

fn diagonal(entries: impl ExactSizeIterator<Item = f64>) -> Sparse {
    Sparse::from_entries(entries.len(), entries.enumerate().map(|(k, v)| (k, k, Complex64::from(v))))
}

/// The sum of `terms`, weighted.
fn sum<'a>(dim: usize, terms: impl Iterator<Item = (Complex64, &'a Sparse)>) -> Sparse {
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

/// S^x, S^y or S^z of every site.
fn spins(shape: &Composite, axis: usize) -> Vec<Sparse> {
    let d = shape.states;
    let entries = shape.spin_matrix(axis).into_iter().enumerate().filter(|(_, v)| *v != Complex64::ZERO);
    let one = Sparse::from_entries(d, entries.map(|(k, v)| (k / d, k % d, v)));
    let dims: Vec<usize> = std::iter::repeat_n(d, shape.sites).chain(shape.cuts.iter().copied()).collect();
    (0..shape.sites).map(|i| on(&dims, i, &one)).collect()
}

fn real(v: f64) -> Complex64 {
    Complex64::from(v)
}

impl Multimode {
    /// The shape of its states with `cuts[m]` Fock states of mode m, or without modes.
    pub fn shape(&self, cuts: &[usize]) -> Composite {
        Composite { sites: self.sites, states: self.atoms + 1, cuts: cuts.to_vec() }
    }

    /// The full model with `cuts[m]` Fock states of mode m.
    pub fn full(&self, cuts: &[usize]) -> FullCavity {
        let (n, modes) = (self.sites, self.modes.len());
        let shape = self.shape(cuts);
        let dim = shape.dim();
        let dims: Vec<usize> = std::iter::repeat_n(shape.states, n).chain(cuts.iter().copied()).collect();
        let (sx, sz) = (spins(&shape, 0), spins(&shape, 2));
        let a: Vec<Sparse> = cuts.iter().enumerate().map(|(m, cut)| on(&dims, n + m, &annihilation(*cut))).collect();
        let photons: Vec<Sparse> =
            cuts.iter().enumerate().map(|(m, cut)| on(&dims, n + m, &diagonal((0..*cut).map(|k| k as f64)))).collect();
        let energies = self.modes.iter().zip(&photons).map(|(mode, p)| (real(mode.detuning), p));
        let free = sum(dim, energies.chain(sz.iter().map(|s| (real(self.wz), s))));
        let fields: Vec<Sparse> = (0..modes)
            .map(|m| {
                let quadrature =
                    sum(dim, [(Complex64::ONE, &a[m]), (Complex64::ONE, &a[m].adjoint_matrix())].into_iter());
                quadrature.product(&self.of_mode(m, &sx, dim))
            })
            .collect();
        let coupling = sum(dim, fields.iter().map(|f| (Complex64::ONE, f)));
        let jump = |(mode, a): (&Mode, &Sparse)| -> Arc<dyn Operator> {
            Arc::new(sum(dim, std::iter::once((real((2.0 * mode.kappa).sqrt()), a))))
        };
        let jumps = self.modes.iter().zip(&a).map(jump).collect();
        let constant = CompiledSchedule::constant(1.0);
        let hamiltonian: Vec<(CompiledSchedule, Arc<dyn Operator>)> =
            vec![(constant, Arc::new(free)), (self.g.clone(), Arc::new(coupling))];
        FullCavity { lindbladian: Lindbladian::new(dim, hamiltonian, jumps), shape }
    }

    /// sum_i G_im a_i.
    fn of_mode(&self, m: usize, of_sites: &[Sparse], dim: usize) -> Sparse {
        let weight = |i: usize| real(self.coupling[i * self.modes.len() + m]);
        sum(dim, of_sites.iter().enumerate().map(|(i, s)| (weight(i), s)))
    }

    /// The atom-only Lindblad equation of sites of any spin, from H_eff = wz sum_i S^z_i + (1/2) sum_m (V_m B_m + B_m^dag V_m) as it stands: the terms
    /// of a site with itself are there.
    pub fn collective(&self, limit: Limit) -> Lindbladian {
        let (n, states, modes) = (self.sites, self.atoms + 1, self.modes.len());
        let mut coupling = SpinPairs::zero(n, states);
        let mut jumps = Vec::new();
        for (m, response) in self.responses(limit).iter().enumerate() {
            // S^x = Z/2 and S^y = -Y/2.
            let of = |z: Complex64, y: Complex64| -> SpinVector {
                let row = |w: Complex64| (0..n).map(|i| self.coupling[i * modes + m] * w).collect();
                SpinVector { z: row(z), y: row(y) }
            };
            let (u, v) = (0.25 * response.u, -0.25 * Complex64::I * response.v);
            let vb = SpinPairs::product(states, &of(real(0.5), Complex64::ZERO), &of(u, v));
            coupling.add_scaled(real(0.5), &vb);
            coupling.add_scaled(real(0.5), &vb.adjoint());
            let root = (2.0 * self.modes[m].kappa).sqrt();
            jumps.push(of(root * u, root * v));
        }
        let field = SpinPairs::field(n, states, 0.5 * self.wz);
        let hamiltonian = vec![(CompiledSchedule::constant(1.0), field), (self.g.squared(1.0), coupling)];
        Lindbladian::collective(n, states, hamiltonian, jumps).with_amplitude(self.g.clone())
    }
}

/// The device with modes cut, ready to be integrated.
#[derive(Clone, Debug)]
pub struct FullCavity {
    /// H(t) and the jump operators sqrt(2 kappa_m) a_m.
    pub lindbladian: Lindbladian,
    /// Its Hilbert space.
    pub shape: Composite,
}

impl FullCavity {
    /// Number of amplitudes.
    pub fn dim(&self) -> usize {
        self.lindbladian.dim()
    }

    /// All spins down, no photons; split storage.
    pub fn initial_ket(&self) -> Vec<f64> {
        self.shape.all_down()
    }

    /// The density matrix of the atoms, split row-major, from that of atoms and modes.
    pub fn atoms(&self, rho: &[f64]) -> Vec<f64> {
        let (atoms, dim) = (self.shape.atoms(), self.dim());
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
        let mut inner = self.shape.atoms();
        let mut found = Vec::new();
        for cut in &self.shape.cuts {
            let top = (0..dim).filter(|x| x / inner % cut == cut - 1);
            found.push(top.map(|x| rho[x * dim + x]).sum());
            inner *= cut;
        }
        found
    }
}
