//! The cavity eliminated: what is left is a glass of spins.

use super::{Limit, Mode, Response};
use crate::open_ising::{EliminatedCavity, Glass, Jump};
use lightfall_core::schedule::CompiledSchedule;
use num_complex::Complex64;

/// An instance of the device: N sites of spin S and M modes.
#[derive(Clone, Debug)]
pub struct Multimode {
    /// Number of sites N.
    pub sites: usize,
    /// Atoms of two levels at each site, symmetric under exchange: a spin S = atoms/2.
    pub atoms: usize,
    /// Level splitting of the atoms.
    pub wz: f64,
    /// g(t).
    pub g: CompiledSchedule,
    /// The modes.
    pub modes: Vec<Mode>,
    /// G, N x M row-major.
    pub coupling: Vec<f64>,
    /// The couplings that energies are measured with, N x N row-major: K for degenerate modes.
    pub energy: Vec<f64>,
}

impl Multimode {
    /// The modes' responses to the spins.
    pub(super) fn responses(&self, limit: Limit) -> Vec<Response> {
        let of = |m: &Mode| if limit == Limit::X { m.static_response() } else { m.response(self.wz) };
        self.modes.iter().map(of).collect()
    }

    /// sum_m G_im G_jm w_m over all i, j.
    fn weighted(&self, weights: impl Fn(usize) -> f64) -> Vec<f64> {
        let (n, modes) = (self.sites, self.modes.len());
        let row = |i: usize| &self.coupling[i * modes..(i + 1) * modes];
        let entry = |k: usize| (0..modes).map(|m| row(k / n)[m] * row(k % n)[m] * weights(m)).sum();
        (0..n * n).map(entry).collect()
    }

    /// The atom-only Lindblad equation, or its S^x limit; one jump operator a mode. For several atoms a site see [`Multimode::collective`].
    ///
    /// Where all modes respond alike, J = -(1/2) Re u K and the pump of the glass is -(1/4) Re u g(t)^2: its Hamiltonian has each pair once and
    /// sigma for S. Otherwise its couplings are J, and the pump is g(t)^2/2.
    pub fn atom_only(&self, limit: Limit) -> Glass {
        let (n, modes) = (self.sites, self.modes.len());
        let responses = self.responses(limit);
        let degenerate = self.modes.windows(2).all(|m| m[0] == m[1]);
        let (couplings, pump) = match responses.first() {
            Some(r) if degenerate => (self.energy.clone(), self.g.squared(-0.25 * r.u.re)),
            _ => (self.weighted(|m| -0.5 * responses[m].u.re), self.g.squared(0.5)),
        };
        let jump = |m: usize| {
            let weight = 0.5 * (2.0 * self.modes[m].kappa).sqrt();
            let row = |w: Complex64| (0..n).map(|i| weight * self.coupling[i * modes + m] * w).collect();
            Jump { u: row(responses[m].u), v: row(Complex64::I * responses[m].v) }
        };
        let own = |i: usize, m: usize| self.coupling[i * modes + m].powi(2);
        let cavity = EliminatedCavity {
            amplitude: self.g.clone(),
            atoms: self.atoms,
            // One energy for both limits.
            measured: (limit == Limit::X && !degenerate).then(|| {
                let cooled = self.responses(Limit::None);
                self.weighted(|m| -0.5 * cooled[m].u.re)
            }),
            mixed: self.weighted(|m| 0.5 * responses[m].v.im),
            shifts: (0..n).map(|i| (0..modes).map(|m| -0.25 * own(i, m) * responses[m].v.re).sum()).collect(),
        };
        Glass {
            sites: n,
            wz: self.wz,
            pump,
            couplings,
            jumps: (0..modes).map(jump).collect(),
            decay: 0.0,
            dephasing: 0.0,
            cavity: Some(cavity),
        }
    }
}
