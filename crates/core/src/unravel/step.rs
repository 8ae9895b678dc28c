//! One step of a conditional evolution, given the record: the same for trajectories, which make their record, and for filters,
//! which are given one.
//!
//! A step from a to b without clicks is drift to its middle, the noise exp(sum_k w_k L_k), drift to its end. The second half of
//! the drift is left until it is needed, so that halves of neighbouring steps become one. A click at c cuts the step: the two parts
//! share the increments of the step in proportion to their lengths, as if the current were constant over the step.

use super::channels::{Channels, SERIES_TOLERANCE, exponential_series};
use super::detection::Port;
use super::strang::Strang;
use super::{Click, UnravelError};
use crate::lindblad::Lindbladian;
use crate::operator::{Operator, norm_sqr, normalise};
use num_complex::Complex64;
use std::sync::Arc;

/// Rate of a click times the length of the step below which the click cannot have been: rounding leaves dark states as much.
pub(super) const DARK: f64 = 1e-12;

/// A state that evolves under a record.
pub(super) trait Conditioned {
    /// The state at time `t`, all drift up to there done.
    fn drift_to(&mut self, t: f64);
    /// exp(s sum_k w_k L_k) on the state, normalised; s is the amplitude at the time up to which the drift is done.
    fn kick(&mut self, weights: &[Complex64]) -> Result<(), UnravelError>;
    /// The click of a counter at time `t`, at the end of a part of length `h`.
    fn click(&mut self, channel: usize, t: f64, h: f64) -> Result<(), UnravelError>;

    /// The part [from, to] of a step without clicks; `weights` are its share. The last drift is left to be done.
    fn part(&mut self, from: f64, to: f64, weights: &[Complex64]) -> Result<(), UnravelError> {
        if weights.is_empty() {
            self.drift_to(to);
            return Ok(());
        }
        self.drift_to(0.5 * (from + to));
        self.kick(weights)
    }

    /// The step [from, to] with `clicks` in it and the weights of its whole increments; `share` is overwritten.
    fn through(
        &mut self,
        from: f64,
        to: f64,
        weights: &[Complex64],
        share: &mut [Complex64],
        clicks: &[Click],
    ) -> Result<(), UnravelError> {
        if clicks.is_empty() {
            return self.part(from, to, weights);
        }
        let mut at = from;
        for click in clicks {
            let end = click.time.clamp(at, to);
            self.part(at, end, shared(weights, (end - at) / (to - from), share))?;
            self.drift_to(end);
            self.click(click.channel as usize, end, to - from)?;
            at = end;
        }
        self.part(at, to, shared(weights, (to - at) / (to - from), share))
    }
}

/// `weights` times `fraction`, in `share`.
pub(super) fn shared<'a>(weights: &[Complex64], fraction: f64, share: &'a mut [Complex64]) -> &'a [Complex64] {
    for (s, w) in share.iter_mut().zip(weights) {
        *s = fraction * w;
    }
    &share[..weights.len()]
}

/// How exp(A h) acts.
#[derive(Debug)]
enum Drift {
    /// By its series; with sum_k -(1/2) eta_k e^{-2 i phi_k} L_k^2 of the homodyne channels.
    Series(Option<Arc<dyn Operator>>),
    /// By parts.
    Strang(Box<Strang>),
}

/// A ket under a record.
#[derive(Debug)]
pub(super) struct KetStep<'a> {
    system: &'a Lindbladian,
    channels: Channels,
    drift: Drift,
    pub(super) psi: Vec<f64>,
    /// Time up to which the drift is done.
    pub(super) drifted: f64,
    term: Vec<f64>,
    next: Vec<f64>,
}

impl<'a> KetStep<'a> {
    pub(super) fn new(system: &'a Lindbladian, ports: &[Port]) -> Self {
        let weights: Vec<Complex64> = ports.iter().map(Port::square).collect();
        Self::with(system, Drift::Series(system.weighted_squares(&weights)))
    }

    /// The same with the drift by parts, where [`Strang`] takes it.
    pub(super) fn strang(system: &'a Lindbladian, ports: &[Port]) -> Option<Self> {
        let weights: Vec<Complex64> = ports.iter().map(Port::square).collect();
        Some(Self::with(system, Drift::Strang(Box::new(Strang::new(system, &weights)?))))
    }

    fn with(system: &'a Lindbladian, drift: Drift) -> Self {
        let buffer = || vec![0.0; 2 * system.dim()];
        Self {
            system,
            channels: Channels::new(system),
            drift,
            psi: buffer(),
            drifted: 0.0,
            term: buffer(),
            next: buffer(),
        }
    }

    /// Puts the ket back to an earlier one.
    pub(super) fn restore(&mut self, psi: &[f64], drifted: f64) {
        self.psi.copy_from_slice(psi);
        self.drifted = drifted;
    }

    /// s <L_k> of the ket divided by its squared norm, which is returned; s is the amplitude now.
    pub(super) fn means(&mut self, out: &mut [Complex64]) -> f64 {
        let amplitude = self.system.amplitude(self.drifted);
        let norm = self.channels.means(&self.psi, out);
        out.iter_mut().for_each(|m| *m *= amplitude);
        norm
    }

    /// s^2 now.
    pub(super) fn intensity(&self) -> f64 {
        self.system.intensity(self.drifted)
    }

    /// <A> of the ket divided by its norm, A Hermitian.
    pub(super) fn mean(&mut self, operator: &dyn Operator) -> f64 {
        crate::operator::expectation(operator, &self.psi, &mut self.term).re / norm_sqr(&self.psi)
    }

    /// s^2 |L_k psi|^2 / |psi|^2.
    pub(super) fn rate(&mut self, channel: usize) -> f64 {
        self.term.fill(0.0);
        self.system.jumps()[channel].apply_add(Complex64::ONE, &self.psi, &mut self.term, 1);
        self.intensity() * norm_sqr(&self.term) / norm_sqr(&self.psi)
    }

    /// Scales the ket to unit norm at time `t`.
    pub(super) fn settle(&mut self, t: f64) -> Result<(), UnravelError> {
        let norm = normalise(&mut self.psi);
        if norm.is_finite() && norm > 0.0 { Ok(()) } else { Err(UnravelError::Norm { norm, t }) }
    }
}

impl Conditioned for KetStep<'_> {
    fn drift_to(&mut self, t: f64) {
        let h = t - self.drifted;
        if h <= 0.0 {
            return;
        }
        let middle = self.drifted + 0.5 * h;
        let Self { system, drift, psi, term, next, .. } = self;
        match drift {
            Drift::Series(squares) => {
                let weight = Complex64::from(h * system.intensity(middle));
                exponential_series(SERIES_TOLERANCE, psi, term, next, |x, y| {
                    system.no_jump(middle, h, x, y, 1);
                    if let Some(s) = squares {
                        s.apply_add(weight, x, y, 1);
                    }
                    1.0
                });
            }
            Drift::Strang(parts) => parts.drift(system, middle, h, psi, term, next),
        }
        self.drifted = t;
    }

    fn kick(&mut self, weights: &[Complex64]) -> Result<(), UnravelError> {
        self.channels.kick(self.system.amplitude(self.drifted), weights, &mut self.psi);
        self.settle(self.drifted)
    }

    fn click(&mut self, channel: usize, t: f64, h: f64) -> Result<(), UnravelError> {
        let rate = self.rate(channel);
        if !rate.is_finite() {
            return Err(UnravelError::Norm { norm: rate, t });
        }
        if rate * h <= DARK {
            return Err(UnravelError::ImpossibleClick { channel, t });
        }
        // `rate` left L psi there.
        std::mem::swap(&mut self.psi, &mut self.term);
        normalise(&mut self.psi);
        Ok(())
    }
}
