//! Discrete truncated Wigner approximation: classical spins of length sqrt(3) with sampled starts and the noise of the outputs.
//!
//! With s_i the phase-space variable of sigma_i, lambda_ki and E_k = sum_i lambda_ki . s_i as for product states, and classical fields H_k = i
//! (F_k^* L_k - F_k L_k^*), F_k dt = L_k[s] dt/2 + dbeta_k, the Stratonovich equation is
//!
//!   ds_i = 2 h_i x s_i,  h_i dt = (-g sum_{j != i} J_ij s^x_j, 0, wz/2) dt - sum_k Im(E_k^* lambda_ki) dt - sqrt(2) sum_k Im(lambda_ki dxi_k),
//!
//! with M[dxi_k dxi_l^*] = delta_kl dt, dbeta_k^* = dxi_k/sqrt(2): a measured spin is not projected, it only precesses in the noise. Means over
//! trajectories of s_i and of products of different spins stand for symmetrically ordered expectation values. A spin's action on
//! itself through J is dropped, since (sigma^x)^2 = 1; through the outputs it stays, and is the approximation's weakest part.
//! |s_i|^2 = 3 is conserved. Spins down start at s^z = -1, s^x and s^y = +-1 with equal chances. A site of M = 2S atoms starts with the sum of M such draws, so that
//! the mean of |s_i|^2 is 4 S(S + 1); its action on itself through J and Q is that of the Weyl symbols of (S^x)^2 and {S^x, S^y}, whose quadrupole is sqrt((2S - 1)(2S +
//! 3)/(4 S(S + 1))) times that of the vector: 0 for S = 1/2. The source of the symbols: Varilly and Gracia-Bondia (1989), Ann. Phys. 190, 107.
//!
//! Source: Schachenmayer, Pikovski and Rey (2015), Phys. Rev. X 5, 011022 (sampling); Huber, Kirton and Rabl (2021), arXiv 2011.10049, and Mink,
//! Petrosyan and Fleischhauer (2022), arXiv 2203.17120 (dissipation).

use super::bloch::Bloch;
use super::generators::to_length;
use super::product::ProductState;
use super::{Glass, LevelKind};
use lightfall_core::rng::Rng;
use lightfall_core::sde::{Calculus, NoiseKind, Sde};
use rand::RngExt;
use std::f64::consts::SQRT_2;

/// The equation of the module; the state holds s^x_i, s^y_i, s^z_i for each site in turn, one number a trajectory each.
#[derive(Clone, Debug)]
pub struct PhaseSpace {
    equation: ProductState,
    atoms: usize,
}

impl PhaseSpace {
    /// The equation of `glass`.
    pub fn new(glass: &Glass) -> Self {
        let m = glass.atoms();
        // The Weyl symbol of the quadrupole of a spin S against the square of its vector.
        let own = ((m - 1.0) * (m + 3.0) / (m * (m + 2.0))).sqrt();
        Self { equation: ProductState::with_own(glass, own), atoms: m as usize }
    }
}

impl Sde for PhaseSpace {
    const CALCULUS: Calculus = Calculus::Stratonovich;
    const NOISE: NoiseKind = NoiseKind::General;
    const COLUMNS: bool = true;

    fn dim(&self) -> usize {
        3 * self.equation.sites()
    }

    fn noises(&self) -> usize {
        2 * self.equation.channels()
    }

    #[inline(always)]
    fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        self.equation.precession(t, y, out);
    }

    #[inline(always)]
    fn diffuse(&mut self, t: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        self.equation.kick(t, [SQRT_2, 0.0], y, dw, out);
    }

    /// |s_i| = sqrt(3): an explicit step leaves the sphere in its second order. The lengths of larger spins are drawn at the start.
    #[inline(always)]
    fn project(&self, y: &mut [f64]) {
        if self.atoms == 1 {
            to_length(3.0_f64.sqrt(), self.equation.sites(), y);
        }
    }
}

impl Bloch for PhaseSpace {
    const LEVEL: LevelKind = LevelKind::Dtwa;

    fn length(&self) -> f64 {
        self.atoms as f64
    }

    fn start(&self, rng: &mut Rng, y: &mut [f64]) {
        draw_down(self.atoms, rng, y);
    }
}

/// Vectors of sites of `atoms` atoms down, three numbers a site.
pub(crate) fn draw_down(atoms: usize, rng: &mut Rng, y: &mut [f64]) {
    for s in y.chunks_exact_mut(3) {
        let mut signs = || (0..atoms).map(|_| if rng.random::<bool>() { 1.0 } else { -1.0 }).sum::<f64>();
        (s[0], s[1], s[2]) = (signs(), signs(), -(atoms as f64));
    }
}
