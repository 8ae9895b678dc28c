//! The density matrix given a recording: the stochastic master equation, solved for one record.
//!
//! Between the clicks, with dY_k = sqrt(eta) e^{-i phi} dI_k (homodyne) or sqrt(eta) dJ_k (heterodyne), in Stratonovich form,
//!
//!   d rho~ = K rho~ dt + sum_k ( L_k rho~ o dY_k + h.c. ),
//!   K rho = (A rho + h.c.) + sum_k (1 - eta_k) L_k rho L_k^dag,  A = -iH - (1/2) sum_k (L_k^dag L_k + eta_k z_k L_k^2),
//!
//! z_k = e^{-2 i phi_k} for homodyne and 0 otherwise; eta_k = 0 where nothing watches. A click of channel k takes rho to
//! eta_k L_k rho L_k^dag + d_k rho, d_k the rate of dark counts. rho = rho~ / tr rho~ at all times, so that the constant damping by
//! dark counts that did not come drops out.
//!
//! A step is exp(K h/2), rho -> E rho E^dag with E = exp(sum_k L_k dY_k), exp(K h/2). Each factor is a completely positive map:
//! rho stays positive to the 1e-13 to which the series of exp(K h) is summed, whatever the step. Without anything watched only
//! exp(K h) is left, the master equation. The record is known at the ends of steps only: strong order 1 in h where the jump operators of
//! the currents commute, 1/2 where they do not, the best there is for increments alone (Clark and Cameron 1980).
//!
//! Source of the equation: Wiseman and Milburn, Quantum Measurement and Control (2010), chapter 4.

use super::channels::{DENSITY_TOLERANCE, DensityKick, exponential_series};
use super::detection::{Detection, Detector, Port};
use super::player::Player;
use super::recording::Recording;
use super::step::{Conditioned, DARK};
use super::{Grid, UnravelError};
use crate::lindblad::{Lindbladian, MasterEquation, adjoint_into, pure_density};
use num_complex::Complex64;

/// The conditional density matrix of a system.
#[derive(Debug)]
pub struct Filter<'a> {
    state: DensityStep<'a>,
    player: Player<'a>,
}

/// A density matrix under a record, in split row-major storage.
#[derive(Debug)]
struct DensityStep<'a> {
    system: &'a Lindbladian,
    generator: MasterEquation<'a>,
    kick: DensityKick,
    /// Efficiency and dark rate of each channel.
    counters: Vec<[f64; 2]>,
    rho: Vec<f64>,
    drifted: f64,
    term: Vec<f64>,
    next: Vec<f64>,
}

impl<'a> Filter<'a> {
    /// The filter of `system` under `detection`, which has one output per jump operator, for `recording`. `grid` has the steps where
    /// the recording has no currents.
    pub fn new(system: &'a Lindbladian, detection: &Detection, grid: Grid, recording: &'a Recording) -> Self {
        let ports = Port::all(detection).0;
        let squares: Vec<Complex64> = ports.iter().map(Port::square).collect();
        let lost: Vec<f64> = detection.outputs().iter().map(|o| 1.0 - o.seen()).collect();
        let counter = |o: &super::Output| match o.detector {
            Detector::Counting { dark_rate } => [o.efficiency, dark_rate],
            _ => [0.0, 0.0],
        };
        let dim = system.dim();
        let buffer = || vec![0.0; 2 * dim * dim];
        let state = DensityStep {
            system,
            generator: system.conditional(&lost, system.weighted_squares(&squares)),
            kick: DensityKick::new(system),
            counters: detection.outputs().iter().map(counter).collect(),
            rho: buffer(),
            drifted: 0.0,
            term: buffer(),
            next: buffer(),
        };
        Self { state, player: Player::new(recording, detection, grid) }
    }

    /// Starts in the pure state `psi`.
    pub fn start(&mut self, psi: &[f64]) {
        self.start_mixed(&pure_density(psi));
    }

    /// Starts in `rho`, of trace 1, in split row-major storage.
    pub fn start_mixed(&mut self, rho: &[f64]) {
        self.state.rho.copy_from_slice(rho);
        self.player.rewind();
    }

    /// Plays the record from time `from` to time `to`; rho has trace 1 at `to`.
    pub fn advance(&mut self, from: f64, to: f64) -> Result<(), UnravelError> {
        self.state.drifted = from;
        self.player.play(&mut self.state, from, to)?;
        self.state.settle(to)
    }

    /// rho after the last `advance`.
    pub fn state(&self) -> &[f64] {
        &self.state.rho
    }

    /// tr rho^2: 1 for a pure state.
    pub fn purity(&self) -> f64 {
        // rho is Hermitian: tr rho^2 is the sum of its squared entries.
        crate::operator::norm_sqr(&self.state.rho)
    }
}

impl DensityStep<'_> {
    fn trace(&self) -> f64 {
        let dim = self.system.dim();
        (0..dim).map(|k| self.rho[k * dim + k]).sum()
    }

    /// Scales rho to trace 1; returns the trace it had.
    fn settle(&mut self, t: f64) -> Result<(), UnravelError> {
        let trace = self.trace();
        if !trace.is_finite() || trace <= 0.0 {
            return Err(UnravelError::Norm { norm: trace, t });
        }
        let scale = 1.0 / trace;
        self.rho.iter_mut().for_each(|v| *v *= scale);
        Ok(())
    }
}

impl Conditioned for DensityStep<'_> {
    fn drift_to(&mut self, t: f64) {
        let h = t - self.drifted;
        if h <= 0.0 {
            return;
        }
        let (generator, middle) = (&mut self.generator, self.drifted + 0.5 * h);
        exponential_series(DENSITY_TOLERANCE, &mut self.rho, &mut self.term, &mut self.next, |x, y| {
            generator.rhs(middle, x, y);
            h
        });
        self.drifted = t;
    }

    fn kick(&mut self, weights: &[Complex64]) -> Result<(), UnravelError> {
        let (dim, amplitude) = (self.system.dim(), self.system.amplitude(self.drifted));
        self.kick.kick(amplitude, weights, &mut self.rho, &mut self.term, &mut self.next, dim);
        self.settle(self.drifted)
    }

    fn click(&mut self, channel: usize, t: f64, h: f64) -> Result<(), UnravelError> {
        self.settle(t)?;
        let (dim, l) = (self.system.dim(), &self.system.jumps()[channel]);
        let [eta, dark] = self.counters[channel];
        // L (L rho)^dag = L rho L^dag for Hermitian rho.
        self.term.fill(0.0);
        l.apply_add(Complex64::from(eta * self.system.intensity(t)), &self.rho, &mut self.term, dim);
        adjoint_into(dim, &self.term, &mut self.next);
        self.rho.iter_mut().for_each(|v| *v *= dark);
        l.apply_add(Complex64::ONE, &self.next, &mut self.rho, dim);
        if self.trace() * h <= DARK {
            return Err(UnravelError::ImpossibleClick { channel, t });
        }
        self.settle(t)
    }
}
