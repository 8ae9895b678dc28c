//! Photon counting by the general path: evolution without jumps until the squared norm falls below a uniform number.
//!
//! The jump time is found on the step's continuous extension, never by shrinking the step. Source: Dalibard, Castin,
//! Molmer (1992); waiting-time form as in Dum, Zoller, Ritsch (1992).

use super::step::DARK;
use super::{Click, Measured, Recording, UnravelError, Unravelling};
use crate::lindblad::Lindbladian;
use crate::ode::{Bracket, Dopri5, OdeError, Tolerance};
use crate::operator::{norm_sqr, normalise};
use crate::rng::{Purpose, Rng, Streams};
use num_complex::Complex64;
use rand::RngExt;

/// Relative accuracy of the squared norm at a jump.
const NORM_TOLERANCE: f64 = 1e-10;

/// Fraction of a step to which a jump is located where the squared norm is too flat for its accuracy.
const NARROW: f64 = 1e-14;

/// Quantum-jump trajectories of a Lindbladian.
#[derive(Debug)]
pub struct Counting<'a> {
    system: &'a Lindbladian,
    solver: Dopri5,
    rng: Rng,
    psi: Vec<f64>,
    scratch: Vec<f64>,
    weights: Vec<f64>,
    /// The next jump happens when the squared norm reaches this.
    threshold: f64,
    clicks: Vec<Click>,
    recording: Option<&'a Recording>,
    /// Clicks of the recording that have been played.
    played: usize,
}

impl<'a> Counting<'a> {
    /// Trajectories of `system` with at most `tolerance` of error in the norm of the ket per step.
    ///
    /// # Errors
    /// [`OdeError::Tolerance`] if `tolerance` is not finite and positive.
    pub fn new(system: &'a Lindbladian, tolerance: f64) -> Result<Self, OdeError> {
        let len = 2 * system.dim();
        Ok(Self {
            system,
            solver: Dopri5::new(len, Tolerance::norm(tolerance, len)?),
            rng: Streams::new(0, 0).open(Purpose::Clicks, 0),
            psi: vec![0.0; len],
            scratch: vec![0.0; len],
            weights: vec![0.0; system.jumps().len()],
            threshold: 0.0,
            clicks: Vec::new(),
            recording: None,
            played: 0,
        })
    }

    /// The ket given the clicks of `recording`, by the same steps as the trajectory that left them: they agree to rounding.
    ///
    /// # Errors
    /// As [`Counting::new`].
    pub fn filter(system: &'a Lindbladian, tolerance: f64, recording: &'a Recording) -> Result<Self, OdeError> {
        Ok(Self { recording: Some(recording), ..Self::new(system, tolerance)? })
    }

    /// Moves `psi` back from `end`, where the step ended, to the moment at which its squared norm passed the threshold; returns
    /// the fraction of the step.
    fn locate_jump(&mut self, end: f64, norm_before: f64, norm_after: f64) -> f64 {
        let Self { system, solver, psi, scratch, threshold, .. } = self;
        solver.prepare_interpolation(&mut no_jump(system), end, psi);
        // ln |psi|^2 is close to linear in time.
        let goal = threshold.ln();
        let bracket = Bracket { at: [0.0, 1.0], values: [norm_before.ln() - goal, norm_after.ln() - goal] };
        let theta = solver.locate(|_, psi| norm_sqr(psi).ln() - goal, bracket, NARROW, NORM_TOLERANCE, scratch);
        std::mem::swap(psi, scratch);
        theta
    }

    /// Draws the channel with probability |L_k psi|^2 / sum, applies L_k and normalises.
    fn jump(&mut self, t: f64) -> Result<(), UnravelError> {
        let system = self.system;
        let mut total = 0.0;
        for (l, w) in system.jumps().iter().zip(&mut self.weights) {
            self.scratch.fill(0.0);
            l.apply_add(Complex64::ONE, &self.psi, &mut self.scratch, 1);
            *w = norm_sqr(&self.scratch);
            total += *w;
        }
        let intensity = system.intensity(t);
        if !total.is_finite() {
            return Err(UnravelError::Norm { norm: total, t });
        }
        if intensity * total * self.solver.last_step() <= DARK {
            // A dark state loses norm by the solver's error only. Waiting for a click has no memory: start to wait anew.
            normalise(&mut self.psi);
            self.threshold = draw_threshold(&mut self.rng);
            self.solver.reset();
            return Ok(());
        }
        let mut left = self.rng.random::<f64>() * total;
        // Falls through to the last channel that can click if rounding leaves a remainder.
        let mut channel = self.weights.iter().rposition(|w| *w > 0.0).unwrap_or(0);
        for (k, w) in self.weights.iter().enumerate() {
            left -= w;
            if left < 0.0 && *w > 0.0 {
                channel = k;
                break;
            }
        }
        self.apply_jump(channel);
        self.clicks.push(Click { time: t, channel: channel as u32 });
        self.threshold = draw_threshold(&mut self.rng);
        Ok(())
    }

    /// psi <- L_k psi, normalised; returns the squared norm before it was.
    fn apply_jump(&mut self, channel: usize) -> f64 {
        self.scratch.fill(0.0);
        self.system.jumps()[channel].apply_add(Complex64::ONE, &self.psi, &mut self.scratch, 1);
        std::mem::swap(&mut self.psi, &mut self.scratch);
        self.solver.reset();
        normalise(&mut self.psi)
    }

    /// Time of the next recorded click, if it comes by time `to`.
    fn recorded(&self, to: f64) -> Option<Click> {
        self.recording?.clicks().get(self.played).filter(|c| c.time <= to).copied()
    }

    /// Evolves under the recorded clicks.
    fn play(&mut self, from: f64, to: f64) -> Result<(), UnravelError> {
        let mut rhs = no_jump(self.system);
        let mut t = from;
        while t < to {
            // Clicks do not shorten steps here either: the steps are those of the trajectory.
            let after = self.solver.advance(&mut rhs, t, to, &mut self.psi)?;
            let Some(click) = self.recorded(after) else {
                t = after;
                continue;
            };
            let h = self.solver.last_step();
            self.solver.prepare_interpolation(&mut rhs, after, &self.psi);
            self.solver.interpolate(((click.time - t) / h).clamp(0.0, 1.0), &mut self.scratch);
            std::mem::swap(&mut self.psi, &mut self.scratch);
            let channel = click.channel as usize;
            let before = norm_sqr(&self.psi);
            let rate = self.system.intensity(click.time) * self.apply_jump(channel) / before;
            if rate * h <= DARK {
                return Err(UnravelError::ImpossibleClick { channel, t: click.time });
            }
            t = click.time;
            self.played += 1;
        }
        normalise(&mut self.psi);
        self.solver.reset();
        Ok(())
    }
}

/// The derivative of a ket without jumps.
fn no_jump(system: &Lindbladian) -> impl FnMut(f64, &[f64], &mut [f64]) {
    |t, y, dy| {
        dy.fill(0.0);
        system.no_jump(t, 1.0, y, dy, 1);
    }
}

/// Uniform in (0, 1].
fn draw_threshold(rng: &mut Rng) -> f64 {
    1.0 - rng.random::<f64>()
}

impl Unravelling for Counting<'_> {
    fn start(&mut self, streams: &Streams, trajectory: u64, psi: &[f64]) {
        self.psi.copy_from_slice(psi);
        self.rng = streams.open(Purpose::Clicks, trajectory);
        self.threshold = draw_threshold(&mut self.rng);
        self.clicks.clear();
        self.played = 0;
        self.solver.restart();
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), UnravelError> {
        if self.recording.is_some() {
            return self.play(from, to);
        }
        let mut rhs = no_jump(self.system);
        let mut t = from;
        let mut norm = 1.0;
        while t < to {
            let after = self.solver.advance(&mut rhs, t, to, &mut self.psi)?;
            let norm_after = norm_sqr(&self.psi);
            if norm_after > self.threshold {
                (t, norm) = (after, norm_after);
                continue;
            }
            let theta = self.locate_jump(after, norm, norm_after);
            t += theta * self.solver.last_step();
            self.jump(t)?;
            norm = 1.0;
        }
        // Normalised for the observer; the threshold is relative to the norm it started from.
        self.threshold /= normalise(&mut self.psi);
        self.solver.reset();
        Ok(())
    }

    fn state(&self) -> &[f64] {
        &self.psi
    }

    fn measured(&self) -> Measured<'_> {
        Measured::Clicks(self.recording.map_or(&self.clicks, Recording::clicks))
    }
}
