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
use super::{Glass, LevelKind};
use lightfall_core::rng::Rng;
use lightfall_core::schedule::CompiledSchedule;
use lightfall_core::sde::{Calculus, NoiseKind, Sde};
use num_complex::Complex64;
use std::f64::consts::FRAC_1_SQRT_2;

pub(super) type Lambda = [Complex64; 3];

/// The equation of the module; the state holds s^x_i, s^y_i, s^z_i for each site in turn.
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
    /// Workspace: generators (h_i, r_i) of each site and E_k.
    generators: Vec<[[f64; 3]; 2]>,
    sums: Vec<Complex64>,
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
            generators: vec![[[0.0; 3]; 2]; glass.sites],
            sums: vec![zero; glass.jumps.len()],
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
        self.sums.len() + self.local.len() * self.sites
    }

    /// The all-down state.
    pub fn initial(&self) -> Vec<f64> {
        [0.0, 0.0, -1.0].repeat(self.sites)
    }

    /// Adds the unitary part of the mean field, (-g sum_{j != i} J_ij s^x_j, 0, wz/2) and that of Q, to h_i.
    fn add_couplings(&mut self, t: f64, y: &[f64]) {
        let (n, g) = (self.sites, self.pump.value(t));
        for i in 0..n {
            let row = &self.couplings[i * n..(i + 1) * n];
            let field: f64 = row.iter().enumerate().filter(|(j, _)| *j != i).map(|(j, v)| v * y[3 * j]).sum();
            self.generators[i][0][0] -= g * field;
            self.generators[i][0][2] += 0.5 * self.fields[i];
        }
        for (k, q) in self.mixed.iter().enumerate().filter(|(k, _)| k / n != k % n) {
            let (i, j) = (k / n, k % n);
            self.generators[i][0][0] -= 0.25 * q * y[3 * j + 1];
            self.generators[j][0][1] -= 0.25 * q * y[3 * i];
        }
    }

    /// Sums E_k = sum_i e_ki of the collective channels.
    fn sum_channels(&mut self, y: &[f64]) {
        for (row, sum) in self.collective.chunks_exact(self.sites).zip(&mut self.sums) {
            *sum = row.iter().zip(y.chunks_exact(3)).map(|(l, s)| l[0] * s[0] + l[1] * s[1]).sum();
        }
    }

    /// Adds -Im((E_k - w e_ki)^* lambda_ki) to h_i: all of E_k for w = 0, the field of the other spins for w = 1.
    fn add_dissipative_field(&mut self, y: &[f64], w: f64) {
        let n = self.sites;
        for (k, sum) in self.sums.iter().enumerate() {
            for i in 0..n {
                let l = self.collective[k * n + i];
                let own = l[0] * y[3 * i] + l[1] * y[3 * i + 1];
                let field = (sum - w * own).conj();
                self.generators[i][0][0] -= (field * l[0]).im;
                self.generators[i][0][1] -= (field * l[1]).im;
            }
        }
    }

    /// ds_i/dt of the mean-field equation: h_i of the couplings and of the other spins, without noise, and Bloch damping of single
    /// spins (transverse gamma_down/2 + gamma_phi, longitudinal gamma_down towards down).
    pub(super) fn mean_field(&mut self, t: f64, decay: f64, dephasing: f64, y: &[f64], out: &mut [f64]) {
        self.generators.fill([[0.0; 3]; 2]);
        self.add_couplings(t, y);
        self.sum_channels(y);
        self.add_dissipative_field(y, 1.0);
        out.fill(0.0);
        self.add_flow(y, out);
        for (s, d) in y.chunks_exact(3).zip(out.chunks_exact_mut(3)) {
            let transverse = 0.5 * decay + dephasing;
            d[0] -= transverse * s[0];
            d[1] -= transverse * s[1];
            d[2] -= decay * (s[2] + 1.0);
        }
    }

    /// h_i of the couplings and of all channels, the own part included; r_i is set to zero.
    fn add_fields(&mut self, t: f64, y: &[f64]) {
        self.generators.fill([[0.0; 3]; 2]);
        self.add_couplings(t, y);
        self.sum_channels(y);
        self.add_dissipative_field(y, 0.0);
        for (s, [h, _]) in y.chunks_exact(3).zip(&mut self.generators) {
            for l in &self.local {
                let own = (l[0] * s[0] + l[1] * s[1] + l[2] * s[2]).conj();
                h.iter_mut().zip(l).for_each(|(h, l)| *h -= (own * l).im);
            }
        }
    }

    /// The flow of all fields without r_i: the drift of the phase-space level.
    pub(super) fn precession(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        self.add_fields(t, y);
        out.fill(0.0);
        self.add_flow(y, out);
    }

    /// sum_k lambda_ki dxi_k of site `i`.
    pub(super) fn kick(&self, i: usize, dw: &[f64]) -> Lambda {
        let dxi = |c: usize| Complex64::new(dw[2 * c], dw[2 * c + 1]) * FRAC_1_SQRT_2;
        let n = self.sites;
        let mut kick: Lambda = [Complex64::ZERO; 3];
        for k in 0..self.sums.len() {
            let (d, l) = (dxi(k), self.collective[k * n + i]);
            kick[0] += d * l[0];
            kick[1] += d * l[1];
        }
        for (m, l) in self.local.iter().enumerate() {
            let d = dxi(self.sums.len() + m * n + i);
            kick.iter_mut().zip(l).for_each(|(k, l)| *k += d * l);
        }
        kick
    }

    /// out_i += 2 h_i x s_i + 2 (r_i - s_i (r_i . s_i)).
    fn add_flow(&self, y: &[f64], out: &mut [f64]) {
        for (([h, r], s), o) in self.generators.iter().zip(y.chunks_exact(3)).zip(out.chunks_exact_mut(3)) {
            let along = r[0] * s[0] + r[1] * s[1] + r[2] * s[2];
            o[0] += 2.0 * (h[1] * s[2] - h[2] * s[1] + r[0] - s[0] * along);
            o[1] += 2.0 * (h[2] * s[0] - h[0] * s[2] + r[1] - s[1] * along);
            o[2] += 2.0 * (h[0] * s[1] - h[1] * s[0] + r[2] - s[2] * along);
        }
    }
}

impl Sde for ProductState {
    const CALCULUS: Calculus = Calculus::Stratonovich;
    const NOISE: NoiseKind = NoiseKind::General;

    fn dim(&self) -> usize {
        3 * self.sites
    }

    fn noises(&self) -> usize {
        2 * self.channels()
    }

    fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        self.add_fields(t, y);
        let n = self.sites;
        for (i, ([_, r], s)) in self.generators.iter_mut().zip(y.chunks_exact(3)).enumerate() {
            // Re(e^* lambda) of the collective channels, which have no z component.
            for l in self.collective.iter().skip(i).step_by(n) {
                let e = (l[0] * s[0] + l[1] * s[1]).conj();
                r[0] += (e * l[0]).re;
                r[1] += (e * l[1]).re;
            }
            r[2] += self.chirality[i];
            for l in &self.local {
                measurement_drift(l, s, r);
            }
        }
        out.fill(0.0);
        self.add_flow(y, out);
    }

    fn diffuse(&mut self, _t: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        for i in 0..self.sites {
            let kick = self.kick(i, dw);
            self.generators[i] = [kick.map(|k| -k.im), kick.map(|k| k.re)];
        }
        self.add_flow(y, out);
    }

    /// Bloch vectors of pure states have unit length.
    fn project(&self, y: &mut [f64]) {
        for s in y.chunks_exact_mut(3) {
            let scale = 1.0 / (s[0] * s[0] + s[1] * s[1] + s[2] * s[2]).sqrt();
            s.iter_mut().for_each(|v| *v *= scale);
        }
    }
}

/// r += Re(e^* lambda) + Re lambda x Im lambda, e = lambda . s.
fn measurement_drift(l: &Lambda, s: &[f64], r: &mut [f64; 3]) {
    let e = (l[0] * s[0] + l[1] * s[1] + l[2] * s[2]).conj();
    for a in 0..3 {
        let (b, c) = ((a + 1) % 3, (a + 2) % 3);
        r[a] += (e * l[a]).re + l[b].re * l[c].im - l[c].re * l[b].im;
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
