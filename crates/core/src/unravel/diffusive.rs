//! Homodyne and heterodyne detection by the general path: any Hamiltonian, any jump operators.
//!
//! The linear Stratonovich form d psi = A psi dt + sum_k L_k psi o dY_k, with A = -iH - (1/2) sum_k (L_k^dag L_k + z L_k^2)
//! (z = e^{-2 i phi} for homodyne, 0 for heterodyne, whose noise has M[dxi^2] = 0), is split into half a step of exp(A h),
//! the noise exp(sum_k L_k dY_k) with the drift of the record taken by the trapezoidal rule, and half a step of exp(A h).
//! Weak order 2 where the jump operators commute with each other and the weak error otherwise O(h |[L_k, L_l]|^2): their
//! Levy area is left out. Both exponentials are exact to 1e-9 per step, so there is no stability limit.

use super::channels::{Channels, exponential_series};
use super::{Grid, Measured, UnravelError, Unravelling, WienerPath};
use crate::lindblad::Lindbladian;
use crate::operator::normalise;
use crate::rng::Streams;
use num_complex::Complex64;

/// How the outputs are watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Diffusion {
    /// The quadrature L e^{-i phi} + h.c. of every channel.
    Homodyne {
        /// Local-oscillator phase phi in radians.
        phase: f64,
    },
    /// Both quadratures with half the light each.
    Heterodyne,
}

impl Diffusion {
    /// Real Wiener processes per channel.
    pub fn noises_per_channel(self) -> usize {
        match self {
            Diffusion::Homodyne { .. } => 1,
            Diffusion::Heterodyne => 2,
        }
    }
}

/// Diffusive trajectories of a Lindbladian.
#[derive(Debug)]
pub struct Diffusive<'a> {
    system: &'a Lindbladian,
    diffusion: Diffusion,
    grid: Grid,
    channels: Channels,
    path: WienerPath,
    psi: Vec<f64>,
    term: Vec<f64>,
    next: Vec<f64>,
    means: [Vec<Complex64>; 2],
    weights: Vec<Complex64>,
    keep_record: bool,
    record: Vec<f64>,
}

impl<'a> Diffusive<'a> {
    /// Trajectories of `system` on `grid`; the record is kept if `keep_record`.
    pub fn new(system: &'a Lindbladian, diffusion: Diffusion, grid: Grid, keep_record: bool) -> Self {
        let channels = Channels::new(system);
        let k = channels.len();
        let buffer = || vec![0.0; 2 * system.dim()];
        Self {
            system,
            diffusion,
            grid,
            path: WienerPath::new(k * diffusion.noises_per_channel(), grid.refinement),
            channels,
            psi: buffer(),
            term: buffer(),
            next: buffer(),
            means: [vec![Complex64::ZERO; k], vec![Complex64::ZERO; k]],
            weights: vec![Complex64::ZERO; k],
            keep_record,
            record: Vec::new(),
        }
    }

    /// psi <- exp(A(t) h) psi.
    fn drift(&mut self, t: f64, h: f64) {
        let system = self.system;
        let square = match self.diffusion {
            Diffusion::Homodyne { phase } => Some(-0.5 * h * Complex64::from_polar(1.0, -2.0 * phase)),
            Diffusion::Heterodyne => None,
        };
        exponential_series(&mut self.psi, &mut self.term, &mut self.next, |x, y| {
            system.no_jump(t, h, x, y, 1);
            if let Some(z) = square {
                system.add_squares(z, x, y);
            }
        });
    }

    /// The noise of one step of length `h` ending at time `t`; `row` indexes the increments of the coarse step.
    fn noise(&mut self, t: f64, h: f64, increments: &[f64]) -> Result<(), UnravelError> {
        let k = self.channels.len();
        let [first, second] = &mut self.means;
        self.channels.means(&self.psi, first);
        for c in 0..k {
            self.weights[c] =
                drift_of_record(self.diffusion, first[c], h) + noise_of_record(self.diffusion, increments, c);
        }
        self.channels.kick(&self.weights, &mut self.psi);
        let norm = self.channels.means(&self.psi, second);
        if !norm.is_finite() || norm <= 0.0 {
            return Err(UnravelError::Norm { norm, t });
        }
        for c in 0..k {
            // Corrector: half the change of the record's drift over the step.
            self.weights[c] = drift_of_record(self.diffusion, 0.5 * (second[c] - first[c]), h);
        }
        self.channels.kick(&self.weights, &mut self.psi);
        normalise(&mut self.psi);
        if self.keep_record {
            for c in 0..k {
                let mean = 0.5 * (first[c] + second[c]);
                match self.diffusion {
                    Diffusion::Homodyne { phase } => {
                        let x = 2.0 * (mean * Complex64::from_polar(1.0, -phase)).re;
                        self.record.push(x * h + increments[c]);
                    }
                    Diffusion::Heterodyne => {
                        let dj = mean.conj() * h + noise_of_record(self.diffusion, increments, c);
                        self.record.extend([dj.re, dj.im]);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The weight of L_k from the mean of the record: <X> h e^{-i phi}, or <L>^* h.
fn drift_of_record(diffusion: Diffusion, mean: Complex64, h: f64) -> Complex64 {
    match diffusion {
        Diffusion::Homodyne { phase } => {
            let turn = Complex64::from_polar(1.0, -phase);
            2.0 * (mean * turn).re * h * turn
        }
        Diffusion::Heterodyne => mean.conj() * h,
    }
}

/// The weight of L_k from its noise: dW e^{-i phi}, or dxi = (dW_1 + i dW_2)/sqrt(2).
fn noise_of_record(diffusion: Diffusion, increments: &[f64], channel: usize) -> Complex64 {
    match diffusion {
        Diffusion::Homodyne { phase } => Complex64::from_polar(1.0, -phase) * increments[channel],
        Diffusion::Heterodyne => {
            Complex64::new(increments[2 * channel], increments[2 * channel + 1]) * std::f64::consts::FRAC_1_SQRT_2
        }
    }
}

impl Unravelling for Diffusive<'_> {
    fn start(&mut self, streams: &Streams, trajectory: u64, psi: &[f64]) {
        self.psi.copy_from_slice(psi);
        self.path.start(streams, trajectory);
        self.record.clear();
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), UnravelError> {
        let (steps, coarse) = self.grid.steps(from, to);
        let rows = self.path.rows();
        let h = coarse / rows as f64;
        let total = steps * rows;
        let width = self.channels.len() * self.diffusion.noises_per_channel();
        self.drift(from + 0.25 * h, 0.5 * h);
        for step in 0..steps {
            self.path.next_step(coarse);
            let increments = self.path.lend();
            let mut outcome = Ok(());
            for row in 0..rows {
                let done = step * rows + row + 1;
                let t = from + done as f64 * h;
                outcome = self.noise(t, h, &increments[row * width..(row + 1) * width]);
                if outcome.is_err() {
                    break;
                }
                // Two halves meet between two kicks: one whole step centred on the boundary, of the same order.
                if done < total {
                    self.drift(t, h);
                } else {
                    self.drift(to - 0.25 * h, 0.5 * h);
                }
            }
            self.path.put_back(increments);
            outcome?;
        }
        normalise(&mut self.psi);
        Ok(())
    }

    fn state(&self) -> &[f64] {
        &self.psi
    }

    fn measured(&self) -> Measured<'_> {
        Measured::Increments { width: self.channels.len() * self.diffusion.noises_per_channel(), rows: &self.record }
    }
}
