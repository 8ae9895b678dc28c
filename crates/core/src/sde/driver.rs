//! Trajectories of an equation, one or several side by side: steps along the tree of their paths, and what halved steps say of the error.

use super::equation::columns_of;
use super::tree::{DEPTH, Node};
use super::{Advance, BrownianTree, Control, ControlError, Increments, SdeError};
use crate::ode::Tolerance;
use crate::rng::Streams;
use crate::unravel::Grid;

/// What a trajectory cost, and how far it may be off.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Steps whose result was kept.
    pub steps: u64,
    /// Steps that were tried and refined.
    pub rejected: u64,
    /// Shortest step kept; 0 before the first.
    pub shortest: f64,
}

/// Integrates one trajectory after another, or several side by side.
///
/// With fixed steps and [`Driver::with_coarse`] a second state takes the run's own steps while the first takes their halves on the same
/// path: their difference is some 2^strong - 1 times the error of the first. Adaptive steps compare step by step.
#[derive(Debug)]
pub struct Driver<A> {
    equation: A,
    tree: BrownianTree,
    control: Control,
    state: Vec<f64>,
    coarse: Option<Vec<f64>>,
    /// One step and the first of its halves, on trial.
    whole: Vec<f64>,
    half: Vec<f64>,
    both: Vec<f64>,
    /// Depth at which the next step is tried.
    depth: usize,
    /// Length and scaled difference of the last comparison; none at the start, or after one that says nothing of the next.
    known: Option<(f64, f64)>,
    /// Scaled difference below which a longer step is tried.
    small: f64,
    /// Order at which the scaled difference falls with the step.
    fall: f64,
    /// Why the state given to `start` cannot be advanced.
    refused: Option<SdeError>,
    report: Report,
}

/// Scaled differences above this are far from where they fall as the order says: they say nothing of the next.
const ROUGH: f64 = 1e3;

impl<A: Advance> Driver<A> {
    /// Steps of `equation` as `control` says.
    ///
    /// # Errors
    ///
    /// [`ControlError`] for numbers out of range, or adaptive steps with a stepper of strong order below 1.
    pub fn new(equation: A, control: Control) -> Result<Self, ControlError> {
        control.check()?;
        let strong = equation.orders().strong;
        if matches!(control, Control::Adaptive { .. }) && strong < 1.0 {
            return Err(ControlError::Order { method: equation.method().name, order: strong });
        }
        let zero = Vec::new;
        let mut tree = BrownianTree::new(equation.noises());
        tree.set_bare(!equation.method().needs_area && matches!(control, Control::Fixed(Grid { refinement: 0, .. })));
        Ok(Self {
            tree,
            control,
            state: zero(),
            coarse: None,
            whole: zero(),
            half: zero(),
            both: zero(),
            depth: 0,
            known: None,
            // Half of what doubling would allow.
            small: 0.5 * (-(strong + 0.5)).exp2(),
            fall: strong + 0.5,
            refused: None,
            equation,
            report: Report::default(),
        })
    }

    /// Fixed steps only: also runs with the steps of the grid, and the kept state with their halves.
    pub fn with_coarse(mut self) -> Self {
        if let Control::Fixed(_) = self.control {
            self.coarse = Some(Vec::new());
            self.tree.set_bare(false);
        }
        self
    }

    /// Trajectories worth starting at once: 1 for adaptive steps, which are each trajectory's own, and if the equation takes one at a time.
    pub fn columns(&self) -> usize {
        if matches!(self.control, Control::Adaptive { .. }) || !self.equation.takes_columns() {
            return 1;
        }
        columns_of(self.equation.dim())
    }

    /// Starts trajectory `trajectory` of `streams` in the state `y`; or, if `y` holds more columns than one, the trajectories from there on.
    /// More than one only where [`Driver::columns`] is above 1; what does not fit is refused by [`Driver::advance`].
    pub fn start(&mut self, streams: &Streams, trajectory: u64, y: &[f64]) {
        let dim = self.equation.dim();
        let columns = (y.len() / dim.max(1)).max(1);
        let fits = y.len() == dim * columns && (columns == 1 || self.columns() > 1);
        self.refused = (!fits).then_some(SdeError::StateLength { found: y.len(), expected: dim });
        if !fits {
            return;
        }
        self.tree.start_columns(streams, trajectory, columns);
        self.equation.set_columns(columns);
        let Self { state, coarse, whole, half, both, control, .. } = self;
        let trial = matches!(control, Control::Adaptive { .. }).then_some([whole, half, both]);
        for buffer in std::iter::once(state).chain(coarse).chain(trial.into_iter().flatten()) {
            buffer.resize(y.len(), 0.0);
            buffer.copy_from_slice(y);
        }
        (self.depth, self.known, self.report) = (0, None, Report::default());
    }

    /// Evolves from time `from` to time `to`.
    ///
    /// # Errors
    ///
    /// [`SdeError`] of a step, or if the state is not finite at `to`, or if `start` was given a state of another length.
    pub fn advance(&mut self, from: f64, to: f64) -> Result<(), SdeError> {
        if let Some(refused) = self.refused {
            return Err(refused);
        }
        let (steps, h) = self.control.grid().steps(from, to);
        for step in 0..steps {
            self.tree.next_root(h);
            let t = from + step as f64 * h;
            match self.control {
                Control::Fixed(grid) => self.fixed(Node::ROOT, grid.refinement as usize, t, h)?,
                Control::Adaptive { tolerance, .. } => self.adapt(Node::ROOT, &tolerance, t, h, false)?,
            }
        }
        if self.state.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(SdeError::NotFinite { t: to }) }
    }

    /// The state reached, in columns as given to `start`.
    pub fn state(&self) -> &[f64] {
        &self.state
    }

    /// The state reached with the steps of the grid, if asked for by [`Driver::with_coarse`].
    pub fn coarse(&self) -> Option<&[f64]> {
        self.coarse.as_deref()
    }

    /// Steps since `start`.
    pub fn report(&self) -> Report {
        self.report
    }

    /// The equation with its stepper.
    pub fn equation(&self) -> &A {
        &self.equation
    }

    fn kept(&mut self, steps: u64, h: f64) {
        self.report.steps += steps;
        self.report.shortest = if self.report.shortest == 0.0 { h } else { self.report.shortest.min(h) };
    }

    /// Covers `node` with nodes of depth `leaf`, or of `leaf` + 1 with a coarse state that takes those of `leaf`.
    fn fixed(&mut self, node: Node, leaf: usize, t: f64, h: f64) -> Result<(), SdeError> {
        let Self { equation, tree, state, coarse, .. } = self;
        let last = leaf + usize::from(coarse.is_some());
        if node.depth == leaf
            && let Some(coarse) = coarse
        {
            equation.advance(t, h, tree.over(node), coarse)?;
        }
        if node.depth == last {
            equation.advance(t, h, tree.over(node), state)?;
            self.kept(1, h);
            return Ok(());
        }
        tree.split(node);
        let [left, right] = node.halves();
        self.fixed(left, leaf, t, 0.5 * h)?;
        self.fixed(right, leaf, t + 0.5 * h, 0.5 * h)
    }

    /// Covers `node` with steps that keep the tolerance; `tried` says that `whole` holds the result of one step over it.
    fn adapt(&mut self, node: Node, tolerance: &Tolerance, t: f64, h: f64, tried: bool) -> Result<(), SdeError> {
        if node.depth >= DEPTH || t + h == t {
            return Err(SdeError::StepTooSmall { t, h });
        }
        let [left, right] = node.halves();
        let middle = t + 0.5 * h;
        self.tree.split(node);
        if node.depth < self.depth {
            self.adapt(left, tolerance, t, 0.5 * h, false)?;
            return self.adapt(right, tolerance, middle, 0.5 * h, false);
        }
        let Self { equation, tree, state, whole, half, both, .. } = self;
        let mut step = |t, h, path: Increments<'_>, from: &[f64], to: &mut [f64]| {
            to.copy_from_slice(from);
            equation.advance(t, h, path, to)
        };
        // A step that has no solution is too long, like one whose result differs too much.
        let mut outcome = if tried { Ok(()) } else { step(t, h, tree.over(node), state, whole) };
        if outcome.is_ok() {
            outcome = step(t, 0.5 * h, tree.over(left), state, half);
        }
        let halved = outcome.is_ok();
        if halved {
            outcome = step(middle, 0.5 * h, tree.over(right), half, both);
        }
        let error = if outcome.is_ok() { scaled_difference(tolerance, state, whole, both) } else { f64::INFINITY };
        let (error, confirmed) = self.judged(error, h);
        if error <= 1.0 && confirmed {
            self.state.copy_from_slice(&self.both);
            self.kept(2, 0.5 * h);
            self.depth = if error < self.small { node.depth.saturating_sub(1) } else { node.depth };
            return Ok(());
        }
        self.report.rejected += 1;
        self.depth = node.depth + 1;
        // The first half already is the single step over the left node.
        std::mem::swap(&mut self.whole, &mut self.half);
        self.adapt(left, tolerance, t, 0.5 * h, halved)?;
        self.adapt(right, tolerance, middle, 0.5 * h, false)
    }
}

impl<A> Driver<A> {
    /// What to take for the scaled difference of a step of length `h`, and whether another one stands behind it.
    ///
    /// A single component can agree by accident, with a chance as large as the tolerance and an error as large as the state. So a
    /// difference counts as at least a quarter of what the last comparison lets expect, and one with none before it is looked at again.
    fn judged(&mut self, error: f64, h: f64) -> (f64, bool) {
        let expected = self.known.map(|(before, e)| 0.25 * e * (h / before).powf(self.fall));
        let judged = error.max(expected.unwrap_or(0.0));
        self.known = (judged <= ROUGH).then_some((h, judged));
        (judged, expected.is_some())
    }
}

/// Root mean square of (b - a) / (atol + rtol max(|y|, |b|)); infinite if anything is not finite.
fn scaled_difference(tolerance: &Tolerance, y: &[f64], a: &[f64], b: &[f64]) -> f64 {
    let mut total = 0.0;
    for k in 0..y.len() {
        let e = (b[k] - a[k]) / tolerance.allowed(y[k].abs().max(b[k].abs()));
        // 0/0 at rest with no absolute tolerance.
        total += if b[k] == a[k] { 0.0 } else { e * e };
    }
    let error = (total / y.len().max(1) as f64).sqrt();
    if error.is_finite() { error } else { f64::INFINITY }
}
