//! One trajectory of an equation: steps along the tree of its path, and what the halved steps say of the error.

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

/// Integrates one trajectory after another.
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
    /// Scaled difference below which a longer step is tried.
    small: f64,
    report: Report,
}

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
        let zero = || vec![0.0; equation.dim()];
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
            // The difference falls as h^(strong + 1/2); half of what doubling would allow.
            small: 0.5 * (-(strong + 0.5)).exp2(),
            equation,
            report: Report::default(),
        })
    }

    /// Fixed steps only: also runs with the steps of the grid, and the kept state with their halves.
    pub fn with_coarse(mut self) -> Self {
        if let Control::Fixed(_) = self.control {
            self.coarse = Some(vec![0.0; self.state.len()]);
            self.tree.set_bare(false);
        }
        self
    }

    /// Starts trajectory `trajectory` of `streams` in the state `y`.
    pub fn start(&mut self, streams: &Streams, trajectory: u64, y: &[f64]) {
        self.tree.start(streams, trajectory);
        self.state.copy_from_slice(y);
        if let Some(coarse) = &mut self.coarse {
            coarse.copy_from_slice(y);
        }
        (self.depth, self.report) = (0, Report::default());
    }

    /// Evolves from time `from` to time `to`.
    ///
    /// # Errors
    ///
    /// [`SdeError`] of a step, or if the state is not finite at `to`.
    pub fn advance(&mut self, from: f64, to: f64) -> Result<(), SdeError> {
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

    /// The state reached.
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
        if error <= 1.0 {
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
