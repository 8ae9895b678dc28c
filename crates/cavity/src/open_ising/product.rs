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
//! two calculi only changes the norm of the spinors. Exact where spins do not interact. A cavity multiplies every lambda by s(t) and adds the
//! fields of Q and d (see [`EliminatedCavity`](super::EliminatedCavity)).
//!
//! Source: cavity-qed section 5b of the book, from the factorised Lindblad equation.

use super::bloch::Bloch;
use super::generators::{Generators, Matrix, to_length};
use super::{Glass, LevelKind};
use lightfall_core::rng::Rng;
use lightfall_core::schedule::CompiledSchedule;
use lightfall_core::sde::{Calculus, NoiseKind, Sde};
use num_complex::Complex64;

type Lambda = [Complex64; 3];

/// Weights and rows of y in a sum.
type Terms = Vec<(f64, usize)>;

/// The equation of the module; the state holds s^x_i, s^y_i, s^z_i for each site in turn, one number a trajectory each.
///
/// What the channels do to a mean is linear in s, and its coefficients are summed over the channels once: -Im(E_k^* lambda_ki) of the other
/// spins, and for the spin's own part two matrices of 3 x 3.
#[derive(Clone, Debug)]
pub struct ProductState {
    sites: usize,
    /// wz.
    field: f64,
    /// Weight of a spin's action on itself.
    own: f64,
    /// s(t), which multiplies all lambda.
    amplitude: CompiledSchedule,
    /// d of the cavity, one a site.
    shifts: Vec<f64>,
    pump: CompiledSchedule,
    /// J_ij s^x_j over j != i, for each site.
    couplings: Vec<Terms>,
    /// -sum_k Im(lambda_kj^* lambda_ki) s_j and the field of Q over j != i, for the x and the y component of each site; both follow s(t)^2.
    others: Vec<[Terms; 2]>,
    /// x and y components of lambda_ki of the collective channels, K x N.
    collective: Vec<[Complex64; 2]>,
    /// lambda of the channels that every spin has by itself.
    local: Vec<Lambda>,
    /// -sum Im(lambda_b^* lambda_a) and sum Re(lambda_b^* lambda_a) over the channels of each site.
    turns: Vec<Matrix>,
    pulls: Vec<Matrix>,
    /// sum Re lambda x Im lambda.
    chirality: Vec<[f64; 3]>,
    /// Workspace: h_i and r_i of each site.
    generators: Generators,
}

impl ProductState {
    /// The equation of `glass`.
    pub fn new(glass: &Glass) -> Self {
        Self::with_own(glass, 0.0)
    }

    /// The same with a spin's action on itself, through J, Q and (in [`ProductState::mean_field`]) its own light, times `own`: 0 for spins 1/2, which have no
    /// square.
    pub(super) fn with_own(glass: &Glass, own: f64) -> Self {
        let (n, zero) = (glass.sites, Complex64::ZERO);
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
        let coupled = |i: usize| {
            let row = glass.couplings[i * n..(i + 1) * n].iter().enumerate();
            let weight = |j: usize| if j == i { own } else { 1.0 };
            row.map(|(j, v)| (weight(j) * v, 3 * j)).filter(|(v, _)| *v != 0.0).collect()
        };
        let other = |i: usize, a: usize| -> Terms {
            // Of Q, -s^x_i s^y_j/4 turns spin i about x and spin j about y.
            let mixed = |j: usize, b: usize| match (&glass.cavity, a, b) {
                (Some(c), 0, 1) => -0.25 * c.mixed[i * n + j],
                (Some(c), 1, 0) => -0.25 * c.mixed[j * n + i],
                _ => 0.0,
            };
            let weight = |j: usize, b: usize| -> f64 {
                if j == i {
                    return own * mixed(j, b);
                }
                mixed(j, b) - collective.chunks_exact(n).map(|l| (l[j][b].conj() * l[i][a]).im).sum::<f64>()
            };
            let pairs = (0..n).flat_map(|j| [0, 1].map(|b| (weight(j, b), 3 * j + b)));
            pairs.filter(|(w, _)| *w != 0.0).collect()
        };
        let of_site = |i: usize| -> Vec<Lambda> {
            let own = collective.iter().skip(i).step_by(n).map(|l| [l[0], l[1], zero]);
            own.chain(local.iter().copied()).collect()
        };
        let matrix = |i: usize, part: fn(Complex64) -> f64| -> Matrix {
            let channels = of_site(i);
            let entry = |a: usize, b: usize| channels.iter().map(|l| part(l[b].conj() * l[a])).sum();
            [0, 1, 2].map(|a| [0, 1, 2].map(|b| entry(a, b)))
        };
        let chirality = |i: usize| -> [f64; 3] {
            let channels = of_site(i);
            let cross = |l: &Lambda, b: usize, c: usize| l[b].re * l[c].im - l[c].re * l[b].im;
            [0, 1, 2].map(|a| channels.iter().map(|l| cross(l, (a + 1) % 3, (a + 2) % 3)).sum())
        };
        Self {
            sites: n,
            field: glass.wz,
            own,
            amplitude: glass.amplitude(),
            shifts: glass.cavity.as_ref().map_or(vec![0.0; n], |c| c.shifts.clone()),
            pump: glass.pump.clone(),
            couplings: (0..n).map(coupled).collect(),
            others: (0..n).map(|i| [0, 1].map(|a| other(i, a))).collect(),
            turns: (0..n).map(|i| matrix(i, |z| -z.im)).collect(),
            pulls: (0..n).map(|i| matrix(i, |z| z.re)).collect(),
            chirality: (0..n).map(chirality).collect(),
            collective,
            local,
            generators: Generators::new(n),
        }
    }

    /// Number of spins.
    pub(super) fn sites(&self) -> usize {
        self.sites
    }

    /// Number of complex noises: collective channels, then each local channel on every spin.
    pub(super) fn channels(&self) -> usize {
        self.collective.len() / self.sites + self.local.len() * self.sites
    }

    /// The all-down state.
    pub fn initial(&self) -> Vec<f64> {
        [0.0, 0.0, -1.0].repeat(self.sites)
    }

    /// h_i of the other spins and of the transverse field, (-g sum_{j != i} J_ij s^x_j, 0, wz/2), that of Q and d and -sum_k Im((E_k - e_ki)^*
    /// lambda_ki); r_i is set to zero. Returns s(t)^2.
    #[inline(always)]
    fn mean_fields(&mut self, t: f64, y: &[f64]) -> f64 {
        let (n, g, generators) = (self.sites, self.pump.value(t), &mut self.generators);
        let intensity = self.amplitude.value(t).powi(2);
        generators.clear(y.len() / (3 * n));
        for i in 0..n {
            generators.turn_by(i, 0, -g, &self.couplings[i], y);
            generators.turn(i, 2, 0.5 * (self.field + intensity * self.shifts[i]));
            for a in 0..2 {
                generators.turn_by(i, a, intensity, &self.others[i][a], y);
            }
        }
        intensity
    }

    /// ds_i/dt of the mean-field equation: h_i of the couplings and of the other spins, without noise, and Bloch damping of single
    /// spins (transverse gamma_down/2 + gamma_phi, longitudinal gamma_down towards down). One column.
    pub(super) fn mean_field(&mut self, t: f64, decay: f64, dephasing: f64, y: &[f64], out: &mut [f64]) {
        let intensity = self.mean_fields(t, y);
        let (decay, dephasing) = (intensity * decay, intensity * dephasing);
        if self.own > 0.0 {
            for i in 0..self.sites {
                self.generators.turn_own(i, self.own * intensity, &self.turns[i], y);
            }
        }
        out.fill(0.0);
        self.generators.add_flow(y, out);
        for (s, d) in y.chunks_exact(3).zip(out.chunks_exact_mut(3)) {
            let transverse = 0.5 * decay + dephasing;
            d[0] -= transverse * s[0];
            d[1] -= transverse * s[1];
            d[2] -= decay * (s[2] + 1.0);
        }
    }

    /// The flow of all fields, the own part included, without r_i: the drift of the phase-space level.
    #[inline(always)]
    pub(super) fn precession(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        let intensity = self.mean_fields(t, y);
        for i in 0..self.sites {
            self.generators.turn_own(i, intensity, &self.turns[i], y);
        }
        out.fill(0.0);
        self.generators.add_flow(y, out);
    }

    /// out += the flow of h_i = -a s Im(sum_k lambda_ki dxi_k), r_i = b s Re(sum_k lambda_ki dxi_k), s = s(t).
    #[inline(always)]
    pub(super) fn kick(&mut self, t: f64, parts: [f64; 2], y: &[f64], dw: &[f64], out: &mut [f64]) {
        let (n, amplitude) = (self.sites, self.amplitude.value(t));
        let [a, b] = parts.map(|part| amplitude * part);
        let channels = self.collective.len() / n;
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
        let intensity = self.mean_fields(t, y);
        for i in 0..self.sites {
            self.generators.turn_own(i, intensity, &self.turns[i], y);
            self.generators.pull_own(i, intensity, &self.pulls[i], &self.chirality[i], y);
        }
        out.fill(0.0);
        self.generators.add_flow(y, out);
    }

    #[inline(always)]
    fn diffuse(&mut self, t: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        self.kick(t, [1.0, 1.0], y, dw, out);
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
