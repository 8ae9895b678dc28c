//! Truncated Wigner approximation of atoms and modes: classical fields with vacuum noise, classical spins with sampled starts.
//!
//!   da_m = [ -(kappa_m + i Delta_m) a_m - i g sum_i G_im S^x_i ] dt + sqrt(kappa_m) dzeta_m,  M[|dzeta|^2] = dt, M[dzeta^2] = 0,
//!   dS_i/dt = ( 2 g sum_m G_im Re a_m, 0, wz ) x S_i,
//!
//! a_m(0) complex normal with M[|a|^2] = 1/2. The noise is additive: both calculi agree. It holds the action of a spin on itself, -J_ii (S^x_i)^2: true of large
//! spins, spurious for S = 1/2. Spins start as those of the level `dtwa`; the state holds 2 S_i.
//!
//! Source: Huber, Kirton and Rabl (2021), arXiv 2011.10049, for the method; the equations are those of the full model.

use super::Multimode;
use crate::open_ising::{Bloch, LevelKind, draw_down};
use lightfall_core::rng::Rng;
use lightfall_core::sde::{Calculus, NoiseKind, Sde};
use rand_distr::{Distribution, StandardNormal};

/// The equation of the module: rows 3 i + axis of the spins, then Re a_m and Im a_m in turn, one number a trajectory each.
#[derive(Clone, Debug)]
pub struct WignerFields {
    device: Multimode,
    /// Workspace: one number a trajectory.
    row: Vec<f64>,
}

impl WignerFields {
    /// The equation of `device`.
    pub fn new(device: &Multimode) -> Self {
        Self { device: device.clone(), row: Vec::new() }
    }

    /// row <- sum_k w_k y_k over the pairs (weight, row).
    fn sum(row: &mut Vec<f64>, columns: usize, terms: impl Iterator<Item = (f64, usize)>, y: &[f64]) {
        row.clear();
        row.resize(columns, 0.0);
        for (weight, k) in terms {
            let from = &y[k * columns..(k + 1) * columns];
            row.iter_mut().zip(from).for_each(|(r, v)| *r += weight * v);
        }
    }
}

impl Sde for WignerFields {
    const CALCULUS: Calculus = Calculus::Stratonovich;
    const NOISE: NoiseKind = NoiseKind::Additive;
    const COLUMNS: bool = true;

    fn dim(&self) -> usize {
        3 * self.device.sites + 2 * self.device.modes.len()
    }

    fn noises(&self) -> usize {
        2 * self.device.modes.len()
    }

    fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        let Self { device, row } = self;
        let columns = y.len() / (3 * device.sites + 2 * device.modes.len());
        let (sites, modes, g) = (device.sites, device.modes.len(), device.g.value(t));
        let field = |m: usize, part: usize| 3 * sites + 2 * m + part;
        let coupling = |i: usize, m: usize| g * device.coupling[i * modes + m];
        for i in 0..sites {
            Self::sum(row, columns, (0..modes).map(|m| (2.0 * coupling(i, m), field(m, 0))), y);
            for (c, b) in row.iter().enumerate() {
                let [x, y, z] = [0, 1, 2].map(|a| y[(3 * i + a) * columns + c]);
                out[3 * i * columns + c] = -device.wz * y;
                out[(3 * i + 1) * columns + c] = device.wz * x - b * z;
                out[(3 * i + 2) * columns + c] = b * y;
            }
        }
        for (m, mode) in device.modes.iter().enumerate() {
            Self::sum(row, columns, (0..sites).map(|i| (0.5 * coupling(i, m), 3 * i)), y);
            for (c, drive) in row.iter().enumerate() {
                let [re, im] = [0, 1].map(|part| y[field(m, part) * columns + c]);
                out[field(m, 0) * columns + c] = mode.detuning * im - mode.kappa * re;
                out[field(m, 1) * columns + c] = -mode.detuning * re - mode.kappa * im - drive;
            }
        }
    }

    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        let columns = y.len() / self.dim();
        let at = 3 * self.device.sites * columns;
        for (k, (o, w)) in out[at..].chunks_exact_mut(columns).zip(dw.chunks_exact(columns)).enumerate() {
            let amplitude = (0.5 * self.device.modes[k / 2].kappa).sqrt();
            o.iter_mut().zip(w).for_each(|(o, w)| *o += amplitude * w);
        }
    }
}

impl Bloch for WignerFields {
    const LEVEL: LevelKind = LevelKind::Wigner;

    fn length(&self) -> f64 {
        self.device.atoms as f64
    }

    fn start(&self, rng: &mut Rng, y: &mut [f64]) {
        let (spins, fields) = y.split_at_mut(3 * self.device.sites);
        draw_down(self.device.atoms, rng, spins);
        fields.iter_mut().for_each(|a| *a = 0.5 * <StandardNormal as Distribution<f64>>::sample(&StandardNormal, rng));
    }
}
