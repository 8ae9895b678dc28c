//! A recorded measurement played into a conditional evolution, and the filter on a ket.

use super::detection::{Detection, Port};
use super::recording::Recording;
use super::step::{Conditioned, KetStep};
use super::{Grid, Measured, UnravelError, Unravelling};
use crate::lindblad::Lindbladian;
use crate::rng::Streams;
use num_complex::Complex64;

/// How far a save time may lie from the end of a step of the record, over the length of the step: the times of a record may be rounded.
pub(super) const SLACK: f64 = 2e-2;

/// Where a recording has been played up to.
#[derive(Debug)]
pub(super) struct Player<'a> {
    recording: &'a Recording,
    ports: Vec<Port>,
    /// Steps where the recording has no currents.
    grid: Grid,
    step: usize,
    click: usize,
    weights: Vec<Complex64>,
    share: Vec<Complex64>,
}

impl<'a> Player<'a> {
    pub(super) fn new(recording: &'a Recording, detection: &Detection, grid: Grid) -> Self {
        let channels = if detection.width() > 0 { detection.outputs().len() } else { 0 };
        let zeros = || vec![Complex64::ZERO; channels];
        let ports = Port::all(detection).0;
        Self { recording, ports, grid, step: 0, click: 0, weights: zeros(), share: zeros() }
    }

    pub(super) fn rewind(&mut self) {
        (self.step, self.click) = (0, 0);
    }

    /// Plays the recording from time `from` to time `to`, an end of one of its steps.
    pub(super) fn play(&mut self, state: &mut impl Conditioned, from: f64, to: f64) -> Result<(), UnravelError> {
        if self.weights.is_empty() {
            let (steps, h) = self.grid.steps(from, to);
            for k in 0..steps {
                let end = if k + 1 == steps { to } else { from + (k + 1) as f64 * h };
                self.one_step(state, from + k as f64 * h, end)?;
            }
        } else {
            let steps = self.step..self.recording.steps_until(self.step, to, SLACK)?;
            let mut at = from;
            for k in steps.clone() {
                let row = self.recording.row(k);
                for (w, p) in self.weights.iter_mut().zip(&self.ports) {
                    *w = p.weight(row);
                }
                let end = if k + 1 == steps.end { to } else { self.recording.times()[k + 1] };
                self.one_step(state, at, end)?;
                at = end;
            }
            self.step = steps.end;
        }
        state.drift_to(to);
        Ok(())
    }

    fn one_step(&mut self, state: &mut impl Conditioned, from: f64, to: f64) -> Result<(), UnravelError> {
        let left = &self.recording.clicks()[self.click..];
        let now = left.iter().take_while(|c| c.time <= to).count();
        self.click += now;
        state.through(from, to, &self.weights, &mut self.share, &left[..now])
    }
}

/// The ket given a recording of all outputs, each seen in full: the trajectory that left the record.
///
/// Fed with the record of a [`Monitored`](super::Monitored) trajectory it takes the same steps; they agree to rounding.
#[derive(Debug)]
pub struct KetFilter<'a> {
    step: KetStep<'a>,
    player: Player<'a>,
}

impl<'a> KetFilter<'a> {
    /// The filter of `system` under `detection`, which must be perfect: `None` if something is lost or a click may be dark.
    /// `grid` has the steps where the recording has no currents.
    pub fn new(system: &'a Lindbladian, detection: &Detection, grid: Grid, recording: &'a Recording) -> Option<Self> {
        let step = KetStep::new(system, &Port::all(detection).0);
        detection.is_perfect().then(|| Self { step, player: Player::new(recording, detection, grid) })
    }

    /// The same by the steps of [`Monitored::strang`](super::Monitored::strang); `None` also where that is.
    pub fn strang(
        system: &'a Lindbladian,
        detection: &Detection,
        grid: Grid,
        recording: &'a Recording,
    ) -> Option<Self> {
        let step = KetStep::strang(system, &Port::all(detection).0)?;
        detection.is_perfect().then(|| Self { step, player: Player::new(recording, detection, grid) })
    }
}

impl Unravelling for KetFilter<'_> {
    fn start(&mut self, _: &Streams, _: u64, psi: &[f64]) {
        self.step.restore(psi, 0.0);
        self.player.rewind();
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), UnravelError> {
        self.step.drifted = from;
        self.player.play(&mut self.step, from, to)?;
        self.step.settle(to)
    }

    fn state(&self) -> &[f64] {
        &self.step.psi
    }

    fn measured(&self) -> Measured<'_> {
        self.player.recording.measured()
    }
}
