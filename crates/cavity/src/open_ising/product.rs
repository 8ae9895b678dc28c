//! Product-state (Gutzwiller) trajectories: heterodyne quantum state diffusion on a product of single-spin states.
//!
//! Every spin sees the others through their means. In Bloch vectors s_i = <sigma_i>, |s_i| = 1, with l_ki = lambda_ki . sigma_i the
//! part of L_k on site i, e_ki = lambda_ki . s_i and E_k = sum_i e_ki, the Stratonovich equation is
//!
//!   ds_i = 2 h_i x s_i + 2 (r_i - s_i (r_i . s_i)),
//!   h_i dt = (-g sum_j J_ij s^x_j, 0, wz/2) dt - sum_k Im(E_k^* lambda_ki) dt - sum_k Im(lambda_ki dxi_k),
//!   r_i dt = sum_k ( Re(e_ki^* lambda_ki) + Re lambda_ki x Im lambda_ki ) dt + sum_k Re(lambda_ki dxi_k),
//!
//! with M[dxi_k dxi_l^*] = delta_kl dt and M[dxi_k dxi_l] = 0, the same dxi_k for all spins. -sum_k Im((E_k - e_ki)^* lambda_ki) is the
//! dissipative mean field. Its Ito drift is d<sigma_i>/dt = Tr(sigma_i L[rho]) on the product state; the correction between the
//! two calculi only changes the norm of the spinors. Exact where spins do not interact.
//!
//! Source: cavity-qed section 5b of the book, from the factorised Lindblad equation.

use super::bloch::Bloch;
use super::generators::{Generators, to_length};
use super::{Glass, LevelKind};
use lightfall_core::rng::Rng;
use lightfall_core::schedule::CompiledSchedule;
use lightfall_core::sde::{Calculus, NoiseKind, Sde};
use num_complex::Complex64;

pub(super) type Lambda = [Complex64; 3];

/// The equation of the module; the state holds s^x_i, s^y_i, s^z_i for each site in turn, one number a trajectory each.
#[derive(Clone, Debug)]
pub struct ProductState {
    sites: usize,
    /// wz of each site.
    fields: Vec<f64>,
    pump: CompiledSchedule,
    couplings: Vec<f64>,
    /// Q of [`ProductState::with_mixed`], N x N; empty if there is none.
    mixed: Vec<f64>,
    /// x and y components of lambda_ki of the collective channels, K x N.
    collective: Vec<[Complex64; 2]>,
    /// z component of sum_k Re lambda_ki x Im lambda_ki over the collective channels, all there is of it.
    chirality: Vec<f64>,
    /// lambda of the channels that every spin has by itself.
    local: Vec<Lambda>,
    /// Workspace: h_i and r_i of each site, E_k.
    generators: Generators,
}

impl ProductState {
    /// The equation of `glass`.
    pub fn new(glass: &Glass) -> Self {
        let zero = Complex64::ZERO;
        let mut local = Vec::new();
        if glass.decay > 0.0 {
            // sqrt(gamma) sigma^- = sqrt(gamma) (sigma^x - i sigma^y)/2.
            let root = 0.5 * glass.decay.sqrt();
            local.push([Complex64::from(root), Complex64::new(0.0, -root), zero]);
        }
        if glass.dephasing > 0.0 {
            local.push([zero, zero, Complex64::from((0.5 * glass.dephasing).sqrt())]);
        }
        let collective: Vec<[Complex64; 2]> =
            glass.jumps.iter().flat_map(|l| l.u.iter().zip(&l.v).map(|(u, v)| [0.5 * u, 0.5 * v])).collect();
        let of_site = |i: usize| collective.iter().skip(i).step_by(glass.sites);
        let chirality = |i| of_site(i).map(|[x, y]| x.re * y.im - y.re * x.im).sum();
        Self {
            sites: glass.sites,
            fields: vec![glass.wz; glass.sites],
            mixed: Vec::new(),
            pump: glass.pump.clone(),
            couplings: glass.couplings.clone(),
            chirality: (0..glass.sites).map(chirality).collect(),
            collective,
            local,
            generators: Generators::new(glass.sites, glass.jumps.len()),
        }
    }

    /// The same with -sum_{i != j} Q_ij S^x_i S^y_j + sum_i d_i S^z_i more in the Hamiltonian, S = sigma/2, not multiplied by the pump:
    /// what an adiabatically eliminated cavity adds. `mixed` is Q, N x N row-major, its diagonal not read; `shifts` is d.
    pub fn with_mixed(mut self, mixed: Vec<f64>, shifts: &[f64]) -> Self {
        self.mixed = mixed;
        self.fields.iter_mut().zip(shifts).for_each(|(f, d)| *f += d);
        self
    }

    /// Number of spins.
    pub(super) fn sites(&self) -> usize {
        self.sites
    }

    /// Number of complex noises: collective channels, then each local channel on every spin.
    pub(super) fn channels(&self) -> usize {
        self.generators.channels() + self.local.len() * self.sites
    }

    /// The all-down state.
    pub fn initial(&self) -> Vec<f64> {
        [0.0, 0.0, -1.0].repeat(self.sites)
    }

    /// Adds the unitary part of the mean field, (-g sum_{j != i} J_ij s^x_j, 0, wz/2) and that of Q, to h_i.
    #[inline(always)]
    fn add_couplings(&mut self, t: f64, y: &[f64]) {
        let (n, g) = (self.sites, self.pump.value(t));
        for i in 0..n {
            let couplings = self.couplings[i * n..(i + 1) * n].iter().enumerate().filter(|(j, _)| *j != i);
            self.generators.turn_by(i, 0, -g, couplings.map(|(j, v)| (*v, 3 * j)), y);
            self.generators.turn(i, 2, 0.5 * self.fields[i]);
        }
        for (k, q) in self.mixed.iter().enumerate().filter(|(k, _)| k / n != k % n) {
            let (i, j) = (k / n, k % n);
            self.generators.turn_by(i, 0, -0.25, [(*q, 3 * j + 1)].into_iter(), y);
            self.generators.turn_by(j, 1, -0.25, [(*q, 3 * i)].into_iter(), y);
        }
    }

    /// Adds -Im((E_k - w e_ki)^* lambda_ki) to h_i: all of E_k for w = 0, the field of the other spins for w = 1.
    #[inline(always)]
    fn add_dissipative_field(&mut self, y: &[f64], w: f64) {
        let (n, channels) = (self.sites, self.generators.channels());
        self.generators.sum_channels(&self.collective, y);
        for k in 0..channels {
            for i in 0..n {
                self.generators.add_channel(k, i, &self.collective[k * n + i], w, y);
            }
        }
    }

    /// ds_i/dt of the mean-field equation: h_i of the couplings and of the other spins, without noise, and Bloch damping of single
    /// spins (transverse gamma_down/2 + gamma_phi, longitudinal gamma_down towards down). One column.
    pub(super) fn mean_field(&mut self, t: f64, decay: f64, dephasing: f64, y: &[f64], out: &mut [f64]) {
        self.generators.clear(1);
        self.add_couplings(t, y);
        self.add_dissipative_field(y, 1.0);
        out.fill(0.0);
        self.generators.add_flow(y, out);
        for (s, d) in y.chunks_exact(3).zip(out.chunks_exact_mut(3)) {
            let transverse = 0.5 * decay + dephasing;
            d[0] -= transverse * s[0];
            d[1] -= transverse * s[1];
            d[2] -= decay * (s[2] + 1.0);
        }
    }

    /// h_i of the couplings and of all channels, the own part included; r_i is set to zero.
    #[inline(always)]
    fn add_fields(&mut self, t: f64, y: &[f64]) {
        self.generators.clear(y.len() / (3 * self.sites));
        self.add_couplings(t, y);
        self.add_dissipative_field(y, 0.0);
        for i in 0..self.sites {
            for l in &self.local {
                self.generators.add_own(i, l, [1.0, 0.0], y);
            }
        }
    }

    /// The flow of all fields without r_i: the drift of the phase-space level.
    #[inline(always)]
    pub(super) fn precession(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        self.add_fields(t, y);
        out.fill(0.0);
        self.generators.add_flow(y, out);
    }

    /// out += the flow of h_i = -a Im(sum_k lambda_ki dxi_k), r_i = b Re(sum_k lambda_ki dxi_k).
    #[inline(always)]
    pub(super) fn kick(&mut self, [a, b]: [f64; 2], y: &[f64], dw: &[f64], out: &mut [f64]) {
        let (n, channels) = (self.sites, self.generators.channels());
        self.generators.clear(y.len() / (3 * n));
        for k in 0..channels {
            for i in 0..n {
                self.generators.add_noise(k, i, &self.collective[k * n + i], [a, b], dw);
            }
        }
        for (m, l) in self.local.iter().enumerate() {
            for i in 0..n {
                self.generators.add_noise(channels + m * n + i, i, l, [a, b], dw);
            }
        }
        self.generators.add_flow(y, out);
    }
}

impl Sde for ProductState {
    const CALCULUS: Calculus = Calculus::Stratonovich;
    const NOISE: NoiseKind = NoiseKind::General;
    const COLUMNS: bool = true;

    fn dim(&self) -> usize {
        3 * self.sites
    }

    fn noises(&self) -> usize {
        2 * self.channels()
    }

    #[inline(always)]
    fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        self.add_fields(t, y);
        let n = self.sites;
        for i in 0..n {
            // Re(e^* lambda) of the collective channels, which have no z component, and Re lambda x Im lambda of all.
            for l in self.collective.iter().skip(i).step_by(n) {
                self.generators.add_own(i, l, [0.0, 1.0], y);
            }
            self.generators.pull(i, 2, self.chirality[i]);
            for l in &self.local {
                self.generators.add_own(i, l, [0.0, 1.0], y);
                for a in 0..3 {
                    let (b, c) = ((a + 1) % 3, (a + 2) % 3);
                    self.generators.pull(i, a, l[b].re * l[c].im - l[c].re * l[b].im);
                }
            }
        }
        out.fill(0.0);
        self.generators.add_flow(y, out);
    }

    #[inline(always)]
    fn diffuse(&mut self, _t: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        self.kick([1.0, 1.0], y, dw, out);
    }

    /// Bloch vectors of pure states have unit length.
    #[inline(always)]
    fn project(&self, y: &mut [f64]) {
        to_length(1.0, self.sites, y);
    }
}

impl Bloch for ProductState {
    const LEVEL: LevelKind = LevelKind::Product;

    /// All spins down.
    fn start(&self, _: &mut Rng, y: &mut [f64]) {
        for s in y.chunks_exact_mut(3) {
            s.copy_from_slice(&[0.0, 0.0, -1.0]);
        }
    }
}
