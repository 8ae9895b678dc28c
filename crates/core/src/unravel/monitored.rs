//! Trajectories under any detection by the general path: any Hamiltonian, any jump operators, each watched in its own way.
//!
//! With the amplitude s(t) of the jump operators in L_k, taken in the middle of each step, the linear Stratonovich form d psi = A psi dt + sum_k L_k psi o dY_k, A = -iH - (1/2) sum_k (L_k^dag L_k + eta_k z_k L_k^2), with
//! z_k = e^{-2 i phi_k} for homodyne and 0 otherwise, is split into half a step of exp(A h), the noise exp(sum_k L_k dY_k) with the
//! drift of the record taken by the trapezoidal rule, and half a step of exp(A h). dY_k is sqrt(eta) e^{-i phi} dI_k, sqrt(eta) dJ_k,
//! or 0 for a counter, plus sqrt(1 - eta) dJ'_k from what no detector sees: lost light is unravelled as if it met a perfect heterodyne
//! detector whose record is thrown away. The record kept has its exact law; the ket is one of a mixture that the record leaves open.
//!
//! Clicks come at the rate sum_k eta_k <L_k^dag L_k>, integrated by the trapezoidal rule over the step; a click is placed inside it.
//!
//! Weak order 2 where the jump operators commute with each other; otherwise their Levy area is left out, an error
//! O(h |[L_k, L_l]|^2). Exponentials are exact to 1e-9 per step, so there is no stability limit.

use super::counters::{Counters, crossing};
use super::detection::{Detection, Port};
use super::step::{Conditioned, KetStep, shared};
use super::{Click, Grid, Measured, UnravelError, Unravelling, WienerPath};
use crate::lindblad::Lindbladian;
use crate::rng::Streams;
use num_complex::Complex64;

/// Trajectories of a Lindbladian under a detection.
#[derive(Debug)]
pub struct Monitored<'a> {
    step: KetStep<'a>,
    grid: Grid,
    ports: Vec<Port>,
    path: WienerPath,
    discarded: WienerPath,
    means: [Vec<Complex64>; 2],
    /// Integral of <L_k> over the parts of a step that clicks cut.
    integral: Vec<Complex64>,
    /// Empty if no output is diffusive and nothing is lost.
    weights: Vec<Complex64>,
    share: Vec<Complex64>,
    /// The ket at the start and in the middle of the step.
    saved: [Vec<f64>; 2],
    counters: Counters,
    keep_record: bool,
    row: Vec<f64>,
    record: Vec<f64>,
    clicks: Vec<Click>,
}

impl<'a> Monitored<'a> {
    /// Trajectories of `system` under `detection`, which has one output per jump operator, on `grid`; the currents are kept if
    /// `keep_record` (clicks always are).
    pub fn new(system: &'a Lindbladian, detection: &Detection, grid: Grid, keep_record: bool) -> Self {
        let step = KetStep::new(system, &Port::all(detection).0);
        Self::with(step, system, detection, grid, keep_record)
    }

    /// The same with exp(A h) by parts, O(N 2^N) a step whatever the number of couplings, an error O(h^2): for six spins 1/2 or more given as Pauli
    /// sums, no term of A on more than two of them, X with none, and for [`Lindbladian::collective`]. `None` for other systems.
    pub fn strang(system: &'a Lindbladian, detection: &Detection, grid: Grid, keep_record: bool) -> Option<Self> {
        let step = KetStep::strang(system, &Port::all(detection).0)?;
        Some(Self::with(step, system, detection, grid, keep_record))
    }

    fn with(step: KetStep<'a>, system: &'a Lindbladian, detection: &Detection, grid: Grid, keep_record: bool) -> Self {
        let (ports, lost) = Port::all(detection);
        let channels = system.jumps().len();
        let buffer = || vec![0.0; 2 * system.dim()];
        let zeros = |n: usize| vec![Complex64::ZERO; n];
        // Without a diffusive output and without loss there is nothing to kick with.
        let kicked = if lost + detection.width() > 0 { channels } else { 0 };
        Self {
            step,
            grid,
            path: WienerPath::new(detection.width(), grid.refinement),
            discarded: WienerPath::new(lost, grid.refinement),
            means: [zeros(channels), zeros(channels)],
            integral: zeros(channels),
            weights: zeros(kicked),
            share: zeros(kicked),
            saved: [buffer(), buffer()],
            counters: Counters::new(system, detection),
            keep_record,
            row: vec![0.0; detection.width()],
            record: Vec::new(),
            clicks: Vec::new(),
            ports,
        }
    }

    /// Sets the record of the step and the weights, from the integral of <L_k> over the step.
    fn weigh(&mut self, h: f64, noise: [&[f64]; 2]) {
        for ((port, integral), k) in self.ports.iter().zip(&self.integral).zip(0..self.weights.len()) {
            let mean = integral / h;
            port.measure(mean, h, noise[0], &mut self.row);
            self.weights[k] = port.weight(&self.row) + port.discarded_weight(mean, h, noise[1]);
        }
    }

    /// The step [from, to] of length `h`; `noise` holds the increments of what is watched and of what is lost.
    fn one_step(&mut self, from: f64, to: f64, h: f64, noise: [&[f64]; 2]) -> Result<(), UnravelError> {
        self.counters.of_step.clear();
        if self.counters.total.is_some() {
            self.saved[0].copy_from_slice(&self.step.psi);
        }
        let start = self.step.drifted;
        let kicked = !self.weights.is_empty();
        let (mut first_rate, mut drifted) = (0.0, start);
        if kicked {
            self.step.drift_to(0.5 * (from + to));
            drifted = self.step.drifted;
            self.saved[1].copy_from_slice(&self.step.psi);
            let norm = self.step.means(&mut self.means[0]);
            if !norm.is_finite() || norm <= 0.0 {
                return Err(UnravelError::Norm { norm, t: to });
            }
            first_rate = self.counters.rate(&mut self.step);
            for (i, m) in self.integral.iter_mut().zip(&self.means[0]) {
                *i = h * m;
            }
            self.weigh(h, noise);
            self.step.kick(&self.weights)?;
            self.step.means(&mut self.means[1]);
        } else {
            first_rate += self.counters.rate(&mut self.step);
            self.step.drift_to(to);
        }
        let last_rate = self.counters.rate(&mut self.step);
        let hazard = 0.5 * h * (first_rate + last_rate);
        if hazard >= self.counters.left {
            self.step.restore(&self.saved[0], start);
            self.draw_clicks(from, to)?;
            self.step.restore(&self.saved[0], start);
        } else {
            self.counters.left -= hazard;
            if !kicked {
                return Ok(());
            }
            // Corrector: the drift of the record by the trapezoidal rule.
            for ((i, a), b) in self.integral.iter_mut().zip(&self.means[0]).zip(&self.means[1]) {
                *i = 0.5 * h * (a + b);
            }
            self.step.restore(&self.saved[1], drifted);
        }
        self.weigh(h, noise);
        self.step.through(from, to, &self.weights, &mut self.share, &self.counters.of_step)
    }

    /// Draws the clicks of a step in which there is one, with the predicted weights, and integrates <L_k> between them.
    fn draw_clicks(&mut self, from: f64, to: f64) -> Result<(), UnravelError> {
        self.integral.fill(Complex64::ZERO);
        let kicked = !self.weights.is_empty();
        let mut at = from;
        loop {
            let (length, whole) = (to - at, to - from);
            let start = self.step.drifted;
            self.saved[1].copy_from_slice(&self.step.psi);
            if kicked {
                self.step.drift_to(0.5 * (at + to));
                self.step.means(&mut self.means[0]);
            }
            let first = self.counters.rate(&mut self.step);
            let weights = shared(&self.weights, length / whole, &mut self.share);
            self.step.part(at, to, weights)?;
            if kicked {
                self.step.means(&mut self.means[1]);
            }
            let last = self.counters.rate(&mut self.step);
            let hazard = 0.5 * length * (first + last);
            let clicked = hazard >= self.counters.left && length > 0.0;
            let part = if clicked { crossing(first, last, length, self.counters.left) } else { length };
            for ((i, a), b) in self.integral.iter_mut().zip(&self.means[0]).zip(&self.means[1]) {
                *i += 0.5 * part * (a + b);
            }
            if !clicked {
                self.counters.left -= hazard;
                return Ok(());
            }
            self.step.restore(&self.saved[1], start);
            let end = (at + part).min(to);
            let weights = shared(&self.weights, (end - at) / whole, &mut self.share);
            self.step.part(at, end, weights)?;
            self.step.drift_to(end);
            let channel = self.counters.draw_channel(&mut self.step, end, whole)?;
            self.step.click(channel as usize, end, whole)?;
            self.counters.of_step.push(Click { time: end, channel });
            at = end;
        }
    }

    fn all_steps(
        &mut self,
        from: f64,
        to: f64,
        noise: [&[f64]; 2],
        done: usize,
        total: usize,
    ) -> Result<(), UnravelError> {
        let h = (to - from) / total as f64;
        let rows = self.path.rows();
        let [width, lost] = [self.path.channels(), self.discarded.channels()];
        for row in 0..rows {
            let at = |k: usize| if k == total { to } else { from + k as f64 * h };
            let (start, end) = (at(done + row), at(done + row + 1));
            let of_row = [&noise[0][row * width..(row + 1) * width], &noise[1][row * lost..(row + 1) * lost]];
            self.one_step(start, end, h, of_row)?;
            self.counters.add_dark(end);
            self.clicks.extend_from_slice(&self.counters.of_step);
            if self.keep_record {
                self.record.extend_from_slice(&self.row);
            }
        }
        Ok(())
    }
}

impl Unravelling for Monitored<'_> {
    fn start(&mut self, streams: &Streams, trajectory: u64, psi: &[f64]) {
        self.step.restore(psi, 0.0);
        self.path.start(streams, trajectory);
        self.discarded.start_discarded(streams, trajectory);
        self.counters.start(streams, trajectory);
        self.record.clear();
        self.clicks.clear();
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), UnravelError> {
        let (steps, coarse) = self.grid.steps(from, to);
        let rows = self.path.rows();
        self.step.drifted = from;
        for step in 0..steps {
            self.path.next_step(coarse);
            self.discarded.next_step(coarse);
            let (watched, lost) = (self.path.lend(), self.discarded.lend());
            let outcome = self.all_steps(from, to, [&watched, &lost], step * rows, steps * rows);
            self.path.put_back(watched);
            self.discarded.put_back(lost);
            outcome?;
        }
        self.step.drift_to(to);
        self.step.settle(to)
    }

    fn state(&self) -> &[f64] {
        &self.step.psi
    }

    fn measured(&self) -> Measured<'_> {
        Measured::of(self.path.channels(), &self.record, self.counters.is_empty(), &self.clicks)
    }
}
