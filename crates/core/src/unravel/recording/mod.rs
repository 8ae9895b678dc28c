//! A measurement record as input: currents over steps, clicks, or both; checked when it is made.

mod csv;
mod flaw;

pub use csv::{clicks_text, currents_text, read};
pub use flaw::{Flaw, Place, RecordingError};

use super::detection::Detection;
use super::{Click, Measured, UnravelError};

/// Relative deviation of a step from the first one that counts as rounding: files may have few digits, a gap is at least one step.
const ROUNDING: f64 = 1e-2;

/// How the steps of a record lie in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spacing {
    /// All equal; the last one as well.
    Equal,
    /// Any lengths; the last step ends at this time.
    Irregular {
        /// End of the record.
        end: f64,
    },
}

/// What the detectors of one run saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// Ends of the steps, 0 first; empty without currents.
    times: Vec<f64>,
    width: usize,
    /// Increments of each step.
    rows: Vec<f64>,
    clicks: Vec<Click>,
}

impl Recording {
    /// The record of `detection` with the increments `rows`, one after the other, over steps that start at `starts`, and `clicks`.
    ///
    /// Errors: a record that does not start at 0, steps out of order, a gap, numbers that are not finite, the wrong number of
    /// increments, clicks out of order, before 0, or of a channel that is not counted. An error names `record` as its path.
    pub fn new(
        detection: &Detection,
        starts: &[f64],
        rows: Vec<f64>,
        spacing: Spacing,
        clicks: Vec<Click>,
    ) -> Result<Self, RecordingError> {
        Self::checked(detection, starts, rows, spacing, clicks).map_err(|(place, flaw)| RecordingError {
            path: "record".into(),
            place,
            flaw,
        })
    }

    fn checked(
        detection: &Detection,
        starts: &[f64],
        rows: Vec<f64>,
        spacing: Spacing,
        clicks: Vec<Click>,
    ) -> Result<Self, (Place, Flaw)> {
        let width = detection.width();
        let names = detection.currents();
        if rows.len() != starts.len() * width {
            return Err((Place::Whole, Flaw::Numbers { found: rows.len(), steps: starts.len(), width }));
        }
        if let Some(bad) = rows.iter().position(|v| !v.is_finite()) {
            let (index, column) = (bad / width.max(1), bad % width.max(1));
            return Err((Place::Step { index, column: Some(column) }, Flaw::not_finite(&names[column], rows[bad])));
        }
        let times = if width == 0 { Vec::new() } else { ends(starts, spacing)? };
        check_clicks(detection, &clicks)?;
        Ok(Self { times, width, rows, clicks })
    }

    /// Times at which steps begin and end, 0 first; empty without currents.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// The clicks.
    pub fn clicks(&self) -> &[Click] {
        &self.clicks
    }

    /// True if all steps have the same length up to rounding; true without currents.
    pub fn has_equal_steps(&self) -> bool {
        let steps = || self.times.windows(2).map(|t| t[1] - t[0]);
        let first = steps().next().unwrap_or(0.0);
        steps().all(|h| (h - first).abs() <= 1e-9 * first.max(self.end().unwrap_or(0.0)))
    }

    /// The increments of step `k`.
    pub fn row(&self, k: usize) -> &[f64] {
        &self.rows[k * self.width..(k + 1) * self.width]
    }

    /// End of the currents; `None` without any.
    pub fn end(&self) -> Option<f64> {
        self.times.last().copied()
    }

    /// The first step after time `to`, which must be the end of a step after step `from`, within `slack` of its length.
    pub(super) fn steps_until(&self, from: usize, to: f64, slack: f64) -> Result<usize, UnravelError> {
        let steps = self.times.len().saturating_sub(1);
        let near = |k: usize| slack * (self.times[k] - self.times[k - 1]);
        let mut k = from;
        while k < steps && self.times[k + 1] <= to + near(k + 1) {
            k += 1;
        }
        if k > from && (self.times[k] - to).abs() <= near(k) {
            return Ok(k);
        }
        let at = self.times.get(k).copied().unwrap_or(0.0);
        Err(match self.times.get(k + 1) {
            None => UnravelError::RecordEnds { end: at, wanted: to },
            Some(&next) => UnravelError::OffGrid { t: to, before: at, after: next },
        })
    }

    /// Whether every one of `times` (increasing, 0 first) is the end of a step.
    pub fn covers(&self, times: &[f64]) -> Result<(), UnravelError> {
        if self.width > 0 {
            let later = times.iter().filter(|t| **t > 0.0);
            later.into_iter().try_fold(0, |from, t| self.steps_until(from, *t, super::player::SLACK))?;
        }
        Ok(())
    }

    pub(super) fn measured(&self) -> Measured<'_> {
        Measured::of(self.width, &self.rows, self.clicks.is_empty() && self.width > 0, &self.clicks)
    }
}

/// The ends of steps that start at `starts`, 0 first.
fn ends(starts: &[f64], spacing: Spacing) -> Result<Vec<f64>, (Place, Flaw)> {
    let at = |index: usize| Place::Step { index, column: None };
    let Some(&first) = starts.first() else {
        return Err((Place::Whole, Flaw::Empty { what: "one row per step" }));
    };
    if let Some(k) = starts.iter().position(|t| !t.is_finite()) {
        return Err((at(k), Flaw::not_finite("time", starts[k])));
    }
    if first != 0.0 {
        return Err((at(0), Flaw::Start { found: first }));
    }
    if let Some(k) = starts.windows(2).position(|w| w[1] <= w[0]) {
        return Err((at(k + 1), Flaw::Order { found: starts[k + 1], before: starts[k] }));
    }
    match (spacing, starts) {
        (Spacing::Irregular { end }, [.., last]) if end <= *last => {
            Err((at(starts.len() - 1), Flaw::AfterEnd { found: *last, end }))
        }
        (Spacing::Irregular { end }, _) => Ok([starts, &[end]].concat()),
        (Spacing::Equal, [_, second, ..]) => {
            let far = |w: &[f64]| (w[1] - w[0] - second).abs() > ROUNDING * second;
            if let Some(k) = starts.windows(2).position(far) {
                let (found, before) = (starts[k + 1], starts[k]);
                return Err((at(k + 1), Flaw::Gap { found, before, expected: before + second }));
            }
            let h = equal_step(starts);
            Ok((0..=starts.len()).map(|k| k as f64 * h).collect())
        }
        (Spacing::Equal, _) => Err((at(0), Flaw::OneStep)),
    }
}

/// The step of equally spaced times from 0, all of them looked at: each may be rounded.
fn equal_step(starts: &[f64]) -> f64 {
    starts.last().map_or(0.0, |last| last / (starts.len() - 1).max(1) as f64)
}

fn check_clicks(detection: &Detection, clicks: &[Click]) -> Result<(), (Place, Flaw)> {
    let mut before = 0.0;
    for (index, c) in clicks.iter().enumerate() {
        let at = |column| Place::Click { index, column };
        if !c.time.is_finite() {
            return Err((at(0), Flaw::not_finite("time", c.time)));
        }
        if c.time < before {
            return Err((
                at(0),
                if index == 0 { Flaw::Early { found: c.time } } else { Flaw::Order { found: c.time, before } },
            ));
        }
        before = c.time;
        let counted: Vec<usize> = detection.counted().collect();
        if !counted.contains(&(c.channel as usize)) {
            let channels = detection.outputs().len();
            return Err((at(1), Flaw::Channel { found: i64::from(c.channel), channels, counted }));
        }
    }
    Ok(())
}
