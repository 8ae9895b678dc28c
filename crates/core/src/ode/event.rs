//! Events: where a function g(t, y) of the solution changes sign.
//!
//! The zero is located on the continuous extension of a step, which is neither shortened nor repeated for it.

use super::OdeError;
use super::embedded::Embedded;
use super::root::Bracket;
use super::tableau::Pair;
use std::ops::ControlFlow;

/// Fraction of the first step at which the sign of g is looked at besides, so that an integration which starts at a zero, as after
/// a bounce, has a sign to change.
const EARLY: f64 = 1e-6;

/// Which changes of sign count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From negative to positive.
    Rising,
    /// From positive to negative.
    Falling,
    /// Both.
    Either,
}

/// An event: g(t, y) = `function(t, y)` changes sign, and `found(t, y)` says whether to go on.
#[derive(Clone, Debug)]
pub struct Event<G, F> {
    /// g.
    pub function: G,
    /// Called at every event, in order of time; `Break` ends the integration there.
    pub found: F,
    /// Which changes of sign count.
    pub direction: Direction,
    /// Accuracy in time with which a zero of g on the continuous extension is located. Its own error comes on top.
    pub tolerance: f64,
    /// Equal parts of a step at whose ends the sign of g is looked at: 1 looks at the ends of steps only and costs nothing
    /// in a step without events. Of several changes within one part an odd number counts as one, an even number as none.
    pub parts: u32,
}

impl<G: FnMut(f64, &[f64]) -> f64, F: FnMut(f64, &[f64]) -> ControlFlow<()>> Event<G, F> {
    /// An event in either direction, looked for at the ends of steps.
    ///
    /// # Errors
    /// [`OdeError::EventTolerance`] if `tolerance` is not finite and positive.
    pub fn new(function: G, tolerance: f64, found: F) -> Result<Self, OdeError> {
        if !(tolerance.is_finite() && tolerance > 0.0) {
            return Err(OdeError::EventTolerance { value: tolerance });
        }
        Ok(Self { function, found, direction: Direction::Either, tolerance, parts: 1 })
    }

    fn value(&mut self, t: f64, y: &[f64]) -> Result<f64, OdeError> {
        let value = (self.function)(t, y);
        if value.is_finite() { Ok(value) } else { Err(OdeError::EventNotFinite { value, t }) }
    }

    fn counts(&self, left: f64, right: f64) -> bool {
        match self.direction {
            Direction::Rising => left < 0.0 && right >= 0.0,
            Direction::Falling => left > 0.0 && right <= 0.0,
            Direction::Either => left < 0.0 && right >= 0.0 || left > 0.0 && right <= 0.0,
        }
    }
}

impl<P: Pair> Embedded<P> {
    /// Integrates `y` from `from` to `to`, or to the first event at which `event.found` breaks; returns the time reached.
    ///
    /// The time of an event is on its far side: there g has its new sign or is zero. So an integration that goes on from
    /// a terminal event does not meet it again. If g is zero at `from`, the sign that it takes next is not an event.
    ///
    /// # Errors
    /// As [`Embedded::advance`], and [`OdeError::EventNotFinite`].
    pub fn integrate_with_event<G: FnMut(f64, &[f64]) -> f64, F: FnMut(f64, &[f64]) -> ControlFlow<()>>(
        &mut self,
        rhs: &mut impl FnMut(f64, &[f64], &mut [f64]),
        event: &mut Event<G, F>,
        from: f64,
        to: f64,
        y: &mut [f64],
    ) -> Result<f64, OdeError> {
        let mut t = from;
        let mut value = event.value(from, y)?;
        while t < to {
            let start = t;
            t = self.advance(rhs, start, to, y)?;
            // The vector of trial states is free between steps.
            let mut state = self.lend_trial();
            let outcome = self.look(rhs, event, [from, start, t], &mut value, y, &mut state);
            self.put_back(state);
            if let Some(time) = outcome? {
                self.reset();
                return Ok(time);
            }
        }
        Ok(t)
    }

    /// Reports the events of the last step, from `start` to `end` and from g = `value`; where one ends the integration, its state
    /// is left in `y` and its time returned. `from` is where the integration started.
    fn look<G: FnMut(f64, &[f64]) -> f64, F: FnMut(f64, &[f64]) -> ControlFlow<()>>(
        &mut self,
        rhs: &mut impl FnMut(f64, &[f64], &mut [f64]),
        event: &mut Event<G, F>,
        [from, start, end]: [f64; 3],
        value: &mut f64,
        y: &mut [f64],
        state: &mut Vec<f64>,
    ) -> Result<Option<f64>, OdeError> {
        let parts = event.parts.max(1);
        let h = self.last_step();
        let time = |theta: f64| if theta == 1.0 { end } else { start + theta * h };
        let mut prepared = false;
        let mut left = 0.0;
        let first = if start == from { 0 } else { 1 };
        for part in first..=parts {
            let right = if part == 0 { EARLY } else { f64::from(part) / f64::from(parts) };
            if part < parts && !prepared {
                self.prepare(rhs, end, y, state);
                prepared = true;
            }
            let next = if part == parts {
                event.value(end, y)?
            } else {
                self.interpolate(right, state);
                event.value(time(right), state)?
            };
            let ends = [left, right];
            left = right;
            let bracket = Bracket { at: ends, values: [*value, next] };
            let counts = event.counts(*value, next);
            *value = next;
            if !counts {
                continue;
            }
            if !prepared {
                self.prepare(rhs, end, y, state);
                prepared = true;
            }
            let function = &mut event.function;
            let theta = self.locate(|theta, y| function(time(theta), y), bracket, event.tolerance / h, 0.0, state);
            if (event.found)(time(theta), state).is_break() {
                y.copy_from_slice(state);
                return Ok(Some(time(theta)));
            }
        }
        Ok(None)
    }

    fn prepare(&mut self, rhs: &mut impl FnMut(f64, &[f64], &mut [f64]), end: f64, y: &[f64], trial: &mut Vec<f64>) {
        self.put_back(std::mem::take(trial));
        self.prepare_interpolation(rhs, end, y);
        *trial = self.lend_trial();
    }
}
