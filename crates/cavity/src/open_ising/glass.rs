//! One instance of the device: numbers, operators, initial state.

use lightfall_core::lindblad::Lindbladian;
use lightfall_core::operator::{Axis, PauliSum};
use lightfall_core::schedule::CompiledSchedule;
use lightfall_core::unravel::split::SplitSystem;
use num_complex::Complex64;

/// Most spins of a ket: beyond, an index times two no longer fits a machine of any size.
pub(crate) const SITE_LIMIT: usize = 40;

/// A collective jump operator L = sum_i (u_i S^x_i + v_i S^y_i), S = sigma/2.
#[derive(Clone, Debug, PartialEq)]
pub struct Jump {
    /// Weights of S^x.
    pub u: Vec<Complex64>,
    /// Weights of S^y.
    pub v: Vec<Complex64>,
}

/// An instance of the open Ising glass.
#[derive(Clone, Debug)]
pub struct Glass {
    /// Number of spins N.
    pub sites: usize,
    /// Transverse field.
    pub wz: f64,
    /// Pump g(t).
    pub pump: CompiledSchedule,
    /// J, N x N row-major, symmetric. The diagonal is not read: (sigma^x)^2 = 1.
    pub couplings: Vec<f64>,
    /// Collective jump operators.
    pub jumps: Vec<Jump>,
    /// Single-spin decay rate.
    pub decay: f64,
    /// Single-spin dephasing rate.
    pub dephasing: f64,
    /// What an eliminated cavity adds, if there is one.
    pub cavity: Option<EliminatedCavity>,
}

/// What a cavity that follows the spins adds to a glass, all of it in proportion to powers of the coupling s(t):
/// s^2 ( -sum_{i != j} Q_ij S^x_i S^y_j + sum_i d_i S^z_i ) in the Hamiltonian, and s as a factor of every jump operator.
#[derive(Clone, Debug)]
pub struct EliminatedCavity {
    /// s(t).
    pub amplitude: CompiledSchedule,
    /// Q, N x N row-major. The diagonal is not read: {S^x, S^y} = 0.
    pub mixed: Vec<f64>,
    /// d, one number a site.
    pub shifts: Vec<f64>,
    /// Atoms at each site, which act as one spin S = atoms/2. More than one is known to the levels `dtwa` and `mean-field` only, and the diagonals
    /// of J and Q are then read.
    pub atoms: usize,
    /// The couplings that energies are measured with, where they are not those of the Hamiltonian.
    pub measured: Option<Vec<f64>>,
}

/// sigma of `axis` on `site` in the basis of the module.
pub(super) fn sigma(axis: Axis, site: usize) -> PauliSum {
    match axis {
        Axis::X => PauliSum::site(Axis::Z, site),
        Axis::Y => -1.0 * &PauliSum::site(Axis::Y, site),
        Axis::Z => PauliSum::site(Axis::X, site),
    }
}

impl Glass {
    /// J_ij.
    pub fn coupling(&self, i: usize, j: usize) -> f64 {
        self.couplings[i * self.sites + j]
    }

    /// Pairs i < j.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.sites).flat_map(|i| (i + 1..self.sites).map(move |j| (i, j)))
    }

    /// E of the configuration with bits `x` (bit i set: sigma^x_i = -1).
    pub fn energy(&self, x: usize) -> f64 {
        let spin = |i: usize| if x >> i & 1 == 0 { 1.0 } else { -1.0 };
        -self.pairs().map(|(i, j)| self.coupling(i, j) * spin(i) * spin(j)).sum::<f64>()
    }

    /// Number of jump operators: collective ones, then decay and dephasing of each spin where their rate is not zero.
    pub fn channels(&self) -> usize {
        self.jumps.len() + self.sites * (usize::from(self.decay > 0.0) + usize::from(self.dephasing > 0.0))
    }

    /// A bound on the rate at which photons leave through all channels at any of `times`: s^2 sum_k |L_k|^2 with |L_k| <= S sum_i (|u_ki| + |v_ki|), and decay
    /// and dephasing.
    pub fn emission_bound(&self, times: &[f64]) -> f64 {
        let amplitude = self.amplitude();
        let intensity = times.iter().map(|t| amplitude.value(*t).powi(2)).fold(0.0, f64::max);
        let norm = |l: &Jump| 0.5 * self.atoms() * l.u.iter().chain(&l.v).map(|z| z.norm()).sum::<f64>();
        let collective: f64 = self.jumps.iter().map(|l| norm(l).powi(2)).sum();
        intensity * (collective + self.sites as f64 * (self.decay + self.dephasing))
    }

    /// All jump operators, in the order of [`Glass::channels`].
    fn jump_operators(&self) -> Vec<PauliSum> {
        let half = Complex64::from(0.5);
        let collective = self.jumps.iter().map(|l| {
            let mut sum = PauliSum::zero();
            for i in 0..self.sites {
                sum.add_scaled(half * l.u[i], &sigma(Axis::X, i));
                sum.add_scaled(half * l.v[i], &sigma(Axis::Y, i));
            }
            sum
        });
        let mut all: Vec<PauliSum> = collective.collect();
        if self.decay > 0.0 {
            let root = Complex64::from(0.5 * self.decay.sqrt());
            all.extend((0..self.sites).map(|i| {
                // sigma^- = (sigma^x - i sigma^y)/2.
                root * &sigma(Axis::X, i) + (-Complex64::I * root) * &sigma(Axis::Y, i)
            }));
        }
        if self.dephasing > 0.0 {
            let root = Complex64::from((0.5 * self.dephasing).sqrt());
            all.extend((0..self.sites).map(|i| root * &sigma(Axis::Z, i)));
        }
        all
    }

    /// The device as a Lindbladian on 2^N amplitudes.
    pub fn lindbladian(&self) -> Lindbladian {
        let mut field = PauliSum::zero();
        for i in 0..self.sites {
            field.add_scaled(Complex64::from(0.5 * self.wz), &sigma(Axis::Z, i));
        }
        let mut coupling = PauliSum::zero();
        for (i, j) in self.pairs() {
            let pair = &sigma(Axis::X, i) * &sigma(Axis::X, j);
            coupling.add_scaled(Complex64::from(-self.coupling(i, j)), &pair);
        }
        let mut hamiltonian = vec![(CompiledSchedule::constant(1.0), field), (self.pump.clone(), coupling)];
        let Some(cavity) = &self.cavity else {
            return Lindbladian::spins(self.sites, hamiltonian, self.jump_operators());
        };
        let mut mixed = PauliSum::zero();
        for (k, q) in cavity.mixed.iter().enumerate().filter(|(k, q)| k / self.sites != k % self.sites && **q != 0.0) {
            let pair = &sigma(Axis::X, k / self.sites) * &sigma(Axis::Y, k % self.sites);
            mixed.add_scaled(Complex64::from(-0.25 * q), &pair);
        }
        for (i, d) in cavity.shifts.iter().enumerate() {
            mixed.add_scaled(Complex64::from(0.5 * d), &sigma(Axis::Z, i));
        }
        hamiltonian.push((cavity.amplitude.squared(1.0), mixed));
        Lindbladian::spins(self.sites, hamiltonian, self.jump_operators()).with_amplitude(cavity.amplitude.clone())
    }

    /// The device for the exact split step, if all jump operators commute with the couplings: no v, no single-spin decay or
    /// dephasing; and if the cavity adds nothing to the Hamiltonian.
    pub fn split_system(&self) -> Option<SplitSystem> {
        let zero = |v: &[f64]| v.iter().all(|x| *x == 0.0);
        let commutes = self.cavity.as_ref().is_none_or(|c| zero(&c.mixed) && zero(&c.shifts))
            && self.decay == 0.0
            && self.dephasing == 0.0
            && self.jumps.iter().all(|l| l.v.iter().all(|v| *v == Complex64::ZERO));
        commutes.then(|| SplitSystem {
            sites: self.sites,
            field: self.wz,
            couplings: self.couplings.clone(),
            pump: self.pump.clone(),
            jumps: self.jumps.iter().flat_map(|l| l.u.iter().map(|u| 0.5 * u)).collect(),
            amplitude: self.amplitude(),
        })
    }

    /// Atoms at each site.
    pub(super) fn atoms(&self) -> f64 {
        self.cavity.as_ref().map_or(1.0, |c| c.atoms as f64)
    }

    /// The couplings that energies are measured with.
    pub(super) fn measured(&self) -> &[f64] {
        self.cavity.as_ref().and_then(|c| c.measured.as_deref()).unwrap_or(&self.couplings)
    }

    /// The factor s(t) of every jump operator: 1 without a cavity.
    pub(super) fn amplitude(&self) -> CompiledSchedule {
        self.cavity.as_ref().map_or(CompiledSchedule::constant(1.0), |c| c.amplitude.clone())
    }

    /// The ket with all spins down: psi(x) = (-1)^popcount(x) / sqrt(2^N), split storage.
    pub fn initial_ket(&self) -> Vec<f64> {
        let dim = 1usize << self.sites;
        let amplitude = 1.0 / (dim as f64).sqrt();
        let mut psi = vec![0.0; 2 * dim];
        for (x, p) in psi[..dim].iter_mut().enumerate() {
            *p = if x.count_ones() % 2 == 0 { amplitude } else { -amplitude };
        }
        psi
    }
}
