//! The driver of embedded Runge-Kutta pairs: step size, landing on the end of an interval, continuous extension.

use super::kernels::{COEFFICIENTS, Term, combine, evaluate, scaled_error};
use super::root::{Bracket, illinois};
use super::tableau::{Pair, Row, Tableau};
use super::{OdeError, STRETCH, Tolerance};
use std::marker::PhantomData;

/// Fewer steps than this to the end of an interval are made equal.
const EQUAL: f64 = 16.0;

/// The most terms a row has.
const TERMS: usize = 13;
const NO_TERM: Term<'static> = (0.0, &[]);

/// An embedded pair with its stages, controller and continuous extension. Allocates when made, never in a step.
///
/// The controller is proportional-integral where the pair says so. Source: Hairer, Norsett, Wanner, Solving Ordinary Differential
/// Equations I (1993), section II.4; Hairer and Wanner, Solving Ordinary Differential Equations II (1996), section IV.2.
#[derive(Clone, Debug)]
pub struct Embedded<P: Pair> {
    tolerance: Tolerance,
    stages: Vec<Vec<f64>>,
    trial: Vec<f64>,
    /// State at the start of the last accepted step.
    before: Vec<f64>,
    /// Slot that holds the derivative at the state the last step ended in.
    derivative: Option<usize>,
    pub(super) step: Option<f64>,
    last_h: f64,
    last_error: f64,
    evaluations: u64,
    pair: PhantomData<P>,
}

impl<P: Pair> Embedded<P> {
    const TABLEAU: Tableau = P::TABLEAU;

    /// An integrator of `dim` real components.
    pub fn new(dim: usize, tolerance: Tolerance) -> Self {
        let zero = || vec![0.0; dim];
        Self {
            tolerance,
            stages: (0..Self::TABLEAU.slots).map(|_| zero()).collect(),
            trial: zero(),
            before: zero(),
            derivative: None,
            step: None,
            last_h: 0.0,
            last_error: 1e-4,
            evaluations: 0,
            pair: PhantomData,
        }
    }

    /// Forgets the cached derivative: to be called after any edit of the state. The step size is kept.
    pub fn reset(&mut self) {
        self.derivative = None;
    }

    /// Forgets derivative and step size: to be called before an unrelated initial state, so that a trajectory does not
    /// depend on the one before it.
    pub fn restart(&mut self) {
        self.reset();
        self.step = None;
        self.last_error = 1e-4;
    }

    /// Number of evaluations of the derivative so far.
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// Length of the last accepted step.
    pub fn last_step(&self) -> f64 {
        self.last_h
    }

    /// Integrates `y` from `from` to `to`; `rhs(t, y, dy)` overwrites `dy`.
    ///
    /// # Errors
    /// As [`Embedded::advance`].
    pub fn integrate(
        &mut self,
        rhs: &mut impl FnMut(f64, &[f64], &mut [f64]),
        from: f64,
        to: f64,
        y: &mut [f64],
    ) -> Result<(), OdeError> {
        let mut t = from;
        while t < to {
            t = self.advance(rhs, t, to, y)?;
        }
        Ok(())
    }

    /// One accepted step from `t` towards `end` (never past it); returns the time reached.
    ///
    /// # Errors
    /// [`OdeError::StepTooSmall`] where no step that changes the time meets the tolerance, [`OdeError::NotFinite`] where the
    /// state or its derivative is not finite for any such step.
    pub fn advance(
        &mut self,
        rhs: &mut impl FnMut(f64, &[f64], &mut [f64]),
        t: f64,
        end: f64,
        y: &mut [f64],
    ) -> Result<f64, OdeError> {
        let Tableau { name: integrator, exponent, memory, .. } = Self::TABLEAU;
        match self.derivative.take() {
            Some(slot) => self.stages.swap(0, slot),
            None => self.evaluate(rhs, t, y),
        }
        let mut h = self.step.unwrap_or_else(|| self.first_step(y, end - t));
        let mut rejected = false;
        let mut finite = true;
        loop {
            // The last few steps to the end are made equal: none is a sliver, whose evaluations would buy nothing.
            let steps = ((end - t) / (h * (1.0 + STRETCH))).ceil();
            let lands = steps <= 1.0;
            let used = if steps < EQUAL { (end - t) / steps.max(1.0) } else { h };
            if used <= 4.0 * f64::EPSILON * t.abs().max(f64::MIN_POSITIVE) && !lands {
                return Err(match finite {
                    true => OdeError::StepTooSmall { integrator, t, h: used },
                    false => OdeError::NotFinite { integrator, t },
                });
            }
            self.stages_of(rhs, t, used, y);
            let error = self.error(used, y);
            finite = error.is_finite();
            if !finite {
                if self.stages[0].iter().chain(y.iter()).any(|v| !v.is_finite()) {
                    return Err(OdeError::NotFinite { integrator, t });
                }
                h = 0.1 * used;
                rejected = true;
                continue;
            }
            let factor = 0.9 * error.max(1e-10).powf(-exponent) * self.last_error.powf(memory);
            if error <= 1.0 {
                self.before.copy_from_slice(y);
                y.copy_from_slice(&self.trial);
                self.last_h = used;
                self.last_error = error.max(1e-4);
                self.derivative = Self::TABLEAU.first_same_as_last.then_some(Self::TABLEAU.end_slot);
                let grown = used * factor.clamp(0.2, if rejected { 1.0 } else { 10.0 });
                // A step cut short by the end of the interval says nothing against the step size.
                self.step = Some(if lands { grown.max(h) } else { grown });
                return Ok(if lands { end } else { t + used });
            }
            rejected = true;
            h = used * factor.clamp(0.1, 0.9);
        }
    }

    /// f(t, y) into slot 0.
    fn evaluate(&mut self, rhs: &mut impl FnMut(f64, &[f64], &mut [f64]), t: f64, y: &[f64]) {
        rhs(t, y, &mut self.stages[0]);
        self.evaluations += 1;
    }

    /// All stages that the error needs, and the solution at t + h in `trial`.
    fn stages_of(&mut self, rhs: &mut impl FnMut(f64, &[f64], &mut [f64]), t: f64, h: f64, y: &[f64]) {
        let tableau = Self::TABLEAU;
        for stage in tableau.stages {
            self.sum(h, stage.row, y);
            rhs(t + stage.node * h, &self.trial, &mut self.stages[stage.slot]);
        }
        self.evaluations += tableau.stages.len() as u64;
        if !tableau.first_same_as_last {
            self.sum(h, tableau.weights, y);
        }
    }

    /// trial = y + h sum a_j k_j.
    fn sum(&mut self, h: f64, row: Row, y: &[f64]) {
        let mut terms = [NO_TERM; TERMS];
        let terms = gather(&self.stages, row, h, &mut terms);
        combine(terms, y, &mut self.trial);
    }

    /// Scaled error norm of the trial step.
    fn error(&self, h: f64, y: &[f64]) -> f64 {
        let Tolerance { relative, absolute } = self.tolerance;
        let squared = |row: Row| {
            let mut terms = [NO_TERM; TERMS];
            let terms = gather(&self.stages, row, 1.0, &mut terms);
            scaled_error(h, absolute, relative, terms, y, &self.trial) / y.len().max(1) as f64
        };
        match Self::TABLEAU.errors {
            [high, low] => {
                let (high, low) = (squared(high), squared(low));
                let total = high + 0.01 * low;
                if total > 0.0 { high / total.sqrt() } else { total }
            }
            rows => rows.iter().map(|row| squared(row)).sum::<f64>().sqrt(),
        }
    }

    /// Hairer's first guess without a second evaluation: 1 % of |y|/|y'| in the scaled norm.
    fn first_step(&self, y: &[f64], span: f64) -> f64 {
        let Tolerance { relative, absolute } = self.tolerance;
        let scaled = |v: &[f64]| -> f64 {
            v.iter().zip(y).map(|(v, y)| (v / (absolute + relative * y.abs())).powi(2)).sum::<f64>().sqrt()
        };
        let (d0, d1) = (scaled(y), scaled(&self.stages[0]));
        let h = if d0 < 1e-5 || d1 < 1e-5 { 1e-6 } else { 0.01 * d0 / d1 };
        h.min(span)
    }

    /// Prepares the continuous extension of the last accepted step, which ended at time `t` in the state `after`.
    ///
    /// To be called once, before [`Embedded::interpolate`]. `rhs` is that of the step; evaluations: none for [`super::Dopri5`],
    /// four for [`super::Dop853`], one of which the next step saves.
    pub fn prepare_interpolation(&mut self, rhs: &mut impl FnMut(f64, &[f64], &mut [f64]), t: f64, after: &[f64]) {
        let tableau = Self::TABLEAU;
        let (h, end) = (self.last_h, tableau.end_slot);
        if !tableau.first_same_as_last {
            rhs(t, after, &mut self.stages[end]);
            self.evaluations += 1;
            self.derivative = Some(end);
        }
        for stage in tableau.dense_stages {
            let mut terms = [NO_TERM; TERMS];
            let terms = gather(&self.stages, stage.row, h, &mut terms);
            combine(terms, &self.before, &mut self.trial);
            rhs(t - (1.0 - stage.node) * h, &self.trial, &mut self.stages[stage.slot]);
        }
        self.evaluations += tableau.dense_stages.len() as u64;
        for k in 0..after.len() {
            let difference = after[k] - self.before[k];
            let slope = h * self.stages[0][k] - difference;
            let curvature = difference - h * self.stages[end][k] - slope;
            let mut coefficients = [difference, slope, curvature, 0.0, 0.0, 0.0, 0.0];
            for (c, row) in coefficients[3..].iter_mut().zip(tableau.dense) {
                *c = h * row.iter().map(|(slot, weight)| weight * self.stages[*slot][k]).sum::<f64>();
            }
            for (slot, c) in tableau.dense_slots.iter().zip(coefficients) {
                self.stages[*slot][k] = c;
            }
        }
    }

    /// State at the fraction `theta` in [0, 1] of the last accepted step, after [`Embedded::prepare_interpolation`].
    pub fn interpolate(&self, theta: f64, out: &mut [f64]) {
        let mut coefficients: [&[f64]; COEFFICIENTS] = [&[]; COEFFICIENTS];
        let slots = Self::TABLEAU.dense_slots;
        for (c, slot) in coefficients.iter_mut().zip(slots) {
            *c = &self.stages[*slot];
        }
        evaluate(theta, &coefficients[..slots.len()], &self.before, out);
    }

    /// The fraction of the last step at which `f(theta, state)` is zero, after [`Embedded::prepare_interpolation`].
    ///
    /// Ends when |f| <= `small`, or when the zero is known to `narrow`: then the fraction on the right of it is returned.
    /// `state` is overwritten by the state there. No evaluation of the derivative.
    pub fn locate(
        &self,
        mut f: impl FnMut(f64, &[f64]) -> f64,
        bracket: Bracket,
        narrow: f64,
        small: f64,
        state: &mut [f64],
    ) -> f64 {
        let mut value = f64::NAN;
        let root = illinois(
            |theta| {
                self.interpolate(theta, state);
                value = f(theta, state);
                value
            },
            bracket,
            narrow,
            small,
        );
        if value.abs() <= small {
            return root.last;
        }
        if root.last != root.right {
            self.interpolate(root.right, state);
        }
        root.right
    }

    /// Lends the vector of trial states; between steps it holds nothing.
    pub(super) fn lend_trial(&mut self) -> Vec<f64> {
        std::mem::take(&mut self.trial)
    }

    /// Takes the vector back.
    pub(super) fn put_back(&mut self, trial: Vec<f64>) {
        self.trial = trial;
    }
}

/// The terms of a row times `scale`, written into `terms`.
fn gather<'a, 'b>(stages: &'a [Vec<f64>], row: Row, scale: f64, terms: &'b mut [Term<'a>; TERMS]) -> &'b [Term<'a>] {
    for (term, (slot, weight)) in terms.iter_mut().zip(row) {
        *term = (scale * weight, &stages[*slot]);
    }
    &terms[..row.len()]
}
