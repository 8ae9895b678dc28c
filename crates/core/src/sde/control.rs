//! The choice of steps.

use crate::ode::Tolerance;
use crate::unravel::Grid;

/// How long the steps are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Control {
    /// The steps of a grid, all of one length between two save times.
    Fixed(Grid),
    /// Halves, quarters, .. of the steps of a grid, where the tolerance asks for them.
    ///
    /// A step is accepted when the root mean square of e_k / (atol + rtol max|y_k|) is at most 1, with e the difference between one
    /// step and two of half its length on the same path; the two are kept. Smaller steps are tried longer again as soon as the
    /// difference allows. A difference counts as at least a quarter of what the comparison before lets expect, and one with none before
    /// it (the first, or after one above 1000) is followed by a second at half the step: one number can agree by accident. Steps always
    /// are nodes of the path's tree: the path is the same at any tolerance.
    ///
    /// Sound for strong order 1 and above. At order 1/2 the difference does not see the Levy area that the step leaves out,
    /// and the limit of small tolerance need not be the solution (Gaines and Lyons 1997).
    Adaptive {
        /// Longest steps; its refinement is not read.
        grid: Grid,
        /// Error allowed per step.
        tolerance: Tolerance,
    },
}

/// A choice of steps that cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// A step that is not positive.
    #[error("dt = {0}, expected a finite number above 0")]
    Step(f64),
    /// More halvings than the path has.
    #[error("refinement = {0}, expected at most 30 halvings of a step")]
    Refinement(u32),
    /// Adaptive steps with a stepper whose error they do not see.
    #[error(
        "{method} has strong order {order} on this equation, and adaptive steps need at least 1: \
         take a fixed dt, or a stepper of higher strong order"
    )]
    Order {
        /// The stepper.
        method: &'static str,
        /// Its declared strong order.
        order: f64,
    },
}

impl Control {
    /// Checks the numbers.
    ///
    /// # Errors
    ///
    /// [`ControlError`] for a step out of its range.
    pub fn check(&self) -> Result<(), ControlError> {
        let grid = self.grid();
        if !(grid.dt > 0.0 && grid.dt.is_finite()) {
            return Err(ControlError::Step(grid.dt));
        }
        if grid.refinement > 30 {
            return Err(ControlError::Refinement(grid.refinement));
        }
        Ok(())
    }

    pub(super) fn grid(&self) -> Grid {
        match self {
            Control::Fixed(grid) | Control::Adaptive { grid, .. } => *grid,
        }
    }
}
