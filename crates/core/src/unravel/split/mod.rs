//! Unravellings by an exact split step, for spin systems whose coupling and jump operators are all diagonal in one product
//! basis: H(t) = w sum_i X_i / 2 - g(t) sum_{i<j} J_ij Z_i Z_j and s(t) L_k, L_k = sum_i u_ki Z_i (here Z is the common axis). Below, s is in l_k.
//!
//! Strang splitting: half a turn of every spin, the diagonal part with its measurement back-action exactly, half a turn. In the
//! diagonal part the record has a closed law: with a configuration x* drawn from |psi(x)|^2 and l_k = sum_i u_ki s_i,
//! * homodyne: dI_k = 2 Re(l_k(x*) e^{-i phi}) h + dW_k, psi(x) *= exp(l_k e^{-i phi} dI_k - (|l_k|^2 + e^{-2 i phi} l_k^2) h/2);
//! * heterodyne: dJ_k = l_k(x*)^* h + dxi_k, psi(x) *= exp(l_k dJ_k - |l_k|^2 h/2);
//! * counting: n_k Poisson clicks of mean |l_k(x*)|^2 h at uniform times, psi(x) *= l_k^{n_k} exp(-|l_k|^2 h/2).
//!
//! These are the exact marginal laws of the record over a step, so there is no noise error: the only error is the
//! splitting, of second order in dt. sum_k l_k dI_k is linear in the spins and sum_k |l_k|^2 quadratic, so the factors are those
//! of a quadratic form (see `kernel`). O(N 2^N) per step, memory one ket and O(N^2) numbers a worker.

mod channel;
mod kernel;
mod measure;
mod plain;
mod walk;

#[cfg(test)]
mod tests;

pub use channel::averaged_channel;

use super::player::SLACK;
use super::{Click, Diffusion, Grid, Measured, Recording, UnravelError, Unravelling, WienerPath};
use crate::rng::{Purpose, Rng, Streams};
use crate::schedule::CompiledSchedule;
use kernel::Rows;
use num_complex::Complex64;
use walk::{Pair, Walk};

/// A spin system with commuting coupling and jump operators; see the module for H and L_k.
#[derive(Clone, Debug)]
pub struct SplitSystem {
    /// Number of spins N.
    pub sites: usize,
    /// Transverse field w: every spin turns by exp(-i w t X / 2).
    pub field: f64,
    /// Coupling matrix J, N x N row-major, symmetric; the diagonal is not read.
    pub couplings: Vec<f64>,
    /// Pump g(t).
    pub pump: CompiledSchedule,
    /// Rows u_k of the jump operators, K x N row-major.
    pub jumps: Vec<Complex64>,
    /// Amplitude s(t) of the jump operators.
    pub amplitude: CompiledSchedule,
}

/// How the outputs of a split system are watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Watch {
    /// Clicks.
    Counting,
    /// One or both quadratures.
    Diffusive(Diffusion),
}

impl SplitSystem {
    /// Number of jump operators K.
    pub fn channels(&self) -> usize {
        self.jumps.len() / self.sites.max(1)
    }

    /// l_k, without the amplitude, at the configuration with bits `x` (bit i set means s_i = -1).
    pub fn eigenvalue(&self, channel: usize, x: usize) -> Complex64 {
        let row = &self.jumps[channel * self.sites..(channel + 1) * self.sites];
        row.iter().enumerate().map(|(i, u)| if x >> i & 1 == 0 { *u } else { -u }).sum()
    }

    /// Dissipative part of q_ij per unit time: -sum_k (Re(u_ki u_kj^*) + z u_ki u_kj), z = e^{-2 i phi} for homodyne, else 0.
    fn decay(&self, watch: Watch) -> Vec<Complex64> {
        let n = self.sites;
        let z = match watch {
            Watch::Diffusive(Diffusion::Homodyne { phase }) => Complex64::from_polar(1.0, -2.0 * phase),
            _ => Complex64::ZERO,
        };
        let mut decay = vec![Complex64::ZERO; n * n];
        for u in self.jumps.chunks_exact(n.max(1)) {
            for i in 0..n {
                for j in 0..n {
                    decay[i * n + j] -= (u[i] * u[j].conj()).re + z * u[i] * u[j];
                }
            }
        }
        decay
    }
}

/// Largest real exponent for which the running factors of the kernel cannot over- or underflow.
const SAFE_EXPONENT: f64 = 300.0;

/// Trajectories by the split step.
#[derive(Debug)]
pub struct Split<'a> {
    system: &'a SplitSystem,
    watch: Watch,
    grid: Grid,
    decay: Vec<Complex64>,
    path: WienerPath,
    back_action: [Rng; 2],
    clicks_rng: Rng,
    psi: Vec<f64>,
    bins: Vec<f64>,
    /// The fast kernel, for six spins or more: the ket while it steps, and the factors.
    fast: Option<(Rows, Walk)>,
    /// s^2 h and g h of the step whose pair factors are set, and exp(-2 decay s^2 h) with its inverse.
    cached: (f64, f64),
    cached_decay: Vec<Pair>,
    linear: Vec<Complex64>,
    fields: Vec<Pair>,
    keep_record: bool,
    record: Vec<f64>,
    clicks: Vec<Click>,
    step_clicks: Vec<Click>,
    replay: Option<Replay<'a>>,
}

/// A recording that stands in for what would be drawn, and where it has been played up to.
#[derive(Debug)]
struct Replay<'a> {
    recording: &'a Recording,
    step: usize,
    click: usize,
}

impl<'a> Split<'a> {
    /// Trajectories of `system` on `grid`; the diffusive record is kept if `keep_record` (clicks always are).
    pub fn new(system: &'a SplitSystem, watch: Watch, grid: Grid, keep_record: bool) -> Self {
        let n = system.sites;
        let dim = 1usize << n;
        let noises = match watch {
            Watch::Counting => 0,
            Watch::Diffusive(d) => system.channels() * d.noises_per_channel(),
        };
        let unused = |purpose| Streams::new(0, 0).open(purpose, 0);
        Self {
            system,
            watch,
            grid,
            decay: system.decay(watch),
            path: WienerPath::new(noises, grid.refinement),
            back_action: [unused(Purpose::BackAction), unused(Purpose::BackActionFine)],
            clicks_rng: unused(Purpose::Clicks),
            psi: vec![0.0; 2 * dim],
            bins: vec![0.0; dim.div_ceil(kernel::BIN)],
            fast: (n >= kernel::MIN_SITES).then(|| (Rows::new(n), Walk::new(n))),
            cached: (f64::NAN, f64::NAN),
            cached_decay: vec![[Complex64::ONE; 2]; n * n],
            linear: vec![Complex64::ZERO; n],
            fields: vec![[Complex64::ONE; 2]; n],
            keep_record,
            record: Vec::new(),
            clicks: Vec::new(),
            step_clicks: Vec::new(),
            replay: None,
        }
    }

    /// The ket given `recording`, by the same steps as the trajectory that left it: they agree to rounding. Between two times at
    /// which the ket is wanted the steps of the currents must be equal; clicks are taken on the steps of `grid`, not refined.
    pub fn filter(system: &'a SplitSystem, watch: Watch, grid: Grid, recording: &'a Recording) -> Self {
        let replay = Some(Replay { recording, step: 0, click: 0 });
        Self { replay, ..Self::new(system, watch, Grid::new(grid.dt), false) }
    }

    /// Number of steps from `from` to `to` and their length.
    fn steps(&self, from: f64, to: f64) -> Result<(usize, f64), UnravelError> {
        match (&self.replay, self.watch) {
            (Some(r), Watch::Diffusive(_)) => {
                let steps = r.recording.steps_until(r.step, to, SLACK)? - r.step;
                Ok((steps, (to - from) / steps as f64))
            }
            _ => Ok(self.grid.steps(from, to)),
        }
    }

    /// Turns every spin by exp(-i w h X / 2) up to the norm; the bins hold the weights afterwards.
    fn turn(&mut self, h: f64) {
        let (parts, t) = tangent(self.system.field * h);
        for _ in 0..parts {
            self.turn_once(t);
        }
    }

    fn turn_once(&mut self, t: f64) {
        match &mut self.fast {
            Some((rows, _)) => rows.turn(t, &mut self.bins),
            None => plain::turn(self.system.sites, t, &mut self.psi, &mut self.bins),
        }
    }

    /// The diagonal part over `h` around the time `t`, then turns by w `turned`.
    fn diagonal_then_turn(&mut self, t: f64, h: f64, turned: f64) {
        let n = self.system.sites;
        let gh = self.system.pump.value(t) * h;
        let sh = self.system.amplitude.value(t).powi(2) * h;
        let bound = self.exponent_bound(sh);
        let (parts, tangent) = tangent(self.system.field * turned);
        let scale = 1.0 / self.bins.iter().sum::<f64>().sqrt();
        match &mut self.fast {
            Some((rows, walk)) if bound < SAFE_EXPONENT => {
                if self.cached.0 != sh {
                    for (c, d) in self.cached_decay.iter_mut().zip(&self.decay) {
                        *c = [(-2.0 * sh * d).exp(), (2.0 * sh * d).exp()];
                    }
                }
                if self.cached != (sh, gh) {
                    let (j, decay) = (&self.system.couplings, &self.cached_decay);
                    walk.set_pairs(|a, b| {
                        let (sin, cos) = (-2.0 * gh * j[a * n + b]).sin_cos();
                        let [f, inverse] = decay[a * n + b];
                        [f * Complex64::new(cos, sin), inverse * Complex64::new(cos, -sin)]
                    });
                    self.cached = (sh, gh);
                }
                for (f, b) in self.fields.iter_mut().zip(&self.linear) {
                    *f = [(-2.0 * b).exp(), (2.0 * b).exp()];
                }
                // The all-up weight is left out of every factor; the norm is set anew from the bins.
                walk.set_fields(&self.fields, scale);
                rows.step(walk, tangent, &mut self.bins);
            }
            fast => {
                if let Some((rows, _)) = fast {
                    rows.store(&mut self.psi);
                }
                plain::multiply(self.system, gh, sh, &self.decay, &self.linear, &mut self.psi);
                plain::turn(n, tangent, &mut self.psi, &mut self.bins);
                if let Some((rows, _)) = fast {
                    rows.load(&self.psi);
                }
            }
        }
        for _ in 1..parts {
            self.turn_once(tangent);
        }
    }

    /// A bound on the modulus of the real part of any exponent of this step, relative to the all-up configuration; `h` is s^2 h.
    fn exponent_bound(&self, h: f64) -> f64 {
        let pairs: f64 = self.decay.iter().map(|d| d.re.abs()).sum();
        let linear: f64 = self.linear.iter().map(|b| b.re.abs()).sum();
        2.0 * (h * pairs + linear)
    }
}

/// A turn by exp(-i angle X / 2) as `parts` equal turns (1 - i tan X), each of at most 45 degrees.
fn tangent(angle: f64) -> (usize, f64) {
    let half = 0.5 * angle;
    let parts = (half.abs() / std::f64::consts::FRAC_PI_4).ceil().max(1.0);
    (parts as usize, (half / parts).tan())
}

impl Unravelling for Split<'_> {
    fn start(&mut self, streams: &Streams, trajectory: u64, psi: &[f64]) {
        self.psi.copy_from_slice(psi);
        if let Some((rows, _)) = &mut self.fast {
            rows.load(psi);
        }
        self.path.start(streams, trajectory);
        self.back_action =
            [Purpose::BackAction, Purpose::BackActionFine].map(|purpose| streams.open(purpose, trajectory));
        self.clicks_rng = streams.open(Purpose::Clicks, trajectory);
        self.record.clear();
        self.clicks.clear();
        if let Some(r) = &mut self.replay {
            (r.step, r.click) = (0, 0);
        }
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), UnravelError> {
        let (steps, coarse) = self.steps(from, to)?;
        let rows = self.path.rows();
        let h = coarse / rows as f64;
        let total = steps * rows;
        let noises = self.path.channels();
        self.turn(0.5 * h);
        for step in 0..steps {
            self.path.next_step(coarse);
            let increments = self.path.lend();
            for row in 0..rows {
                let done = step * rows + row;
                let t = from + (done as f64 + 0.5) * h;
                if self.replay.is_some() {
                    self.measure_again(t, h)?;
                } else {
                    let x = self.draw_configuration(row);
                    self.measure(x, t, h, &increments[row * noises..(row + 1) * noises]);
                }
                self.diagonal_then_turn(t, h, if done + 1 < total { h } else { 0.5 * h });
            }
            self.path.put_back(increments);
        }
        let norm: f64 = self.bins.iter().sum();
        if !norm.is_finite() || norm <= 0.0 {
            return Err(UnravelError::Norm { norm, t: to });
        }
        if let Some((rows, _)) = &self.fast {
            rows.store(&mut self.psi);
        }
        // The rows keep their norm: only ratios of weights are used while stepping.
        let scale = 1.0 / norm.sqrt();
        self.psi.iter_mut().for_each(|v| *v *= scale);
        Ok(())
    }

    fn state(&self) -> &[f64] {
        &self.psi
    }

    fn measured(&self) -> Measured<'_> {
        match self.watch {
            Watch::Counting => Measured::Clicks(&self.clicks),
            Watch::Diffusive(d) => {
                Measured::Increments { width: self.system.channels() * d.noises_per_channel(), rows: &self.record }
            }
        }
    }
}
