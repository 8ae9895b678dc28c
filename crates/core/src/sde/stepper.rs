//! Steppers and their binding to equations.

use super::{Method, Orders, Refusal, Sde};
#[cfg(target_arch = "x86_64")]
use crate::simd::{Isa, isa};

/// The path over one step of length h: increments and space-time Levy areas of every Wiener process.
#[derive(Clone, Copy, Debug)]
pub struct Increments<'a> {
    /// dW_k = W_k(t + h) - W_k(t), variance h.
    pub dw: &'a [f64],
    /// H_k = (1/h) int (W_k(s) - W_k(t) - (s - t) dW_k / h) ds, variance h/12, independent of dW; so
    /// int (W_k(s) - W_k(t)) ds = h (dW_k/2 + H_k). May be empty for a stepper that does not need it.
    pub area: &'a [f64],
}

/// Why an integration stopped.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SdeError {
    /// The implicit equation of a step has no solution that Newton's method finds.
    #[error("the implicit step of length {h:.3e} at t = {t:.6e} did not converge; use a smaller dt")]
    Implicit {
        /// Start of the step.
        t: f64,
        /// Its length.
        h: f64,
    },
    /// The state is not finite.
    #[error(
        "the state is not finite at t = {t:.6e}; use a smaller dt, or a tamed or implicit stepper for a stiff drift"
    )]
    NotFinite {
        /// Time reached.
        t: f64,
    },
    /// The tolerance asks for steps below the resolution of the path.
    #[error("step size fell below {h:.1e} at t = {t:.6e}; loosen the tolerance")]
    StepTooSmall {
        /// Time reached.
        t: f64,
        /// Step asked for.
        h: f64,
    },
    /// A start state that is not one of the equation's.
    #[error(
        "the start state has {found} numbers, expected {expected} (or that many for each of several columns, where the equation and the steps take them)"
    )]
    StateLength {
        /// Numbers given.
        found: usize,
        /// Components of the equation.
        expected: usize,
    },
}

/// One step of the equation `S`.
pub trait Stepper<S: Sde>: Send + Sized {
    /// What it declares.
    const METHOD: Method;

    /// A stepper with buffers for `columns` trajectories of `sde`; 1 unless [`Sde::COLUMNS`] is set.
    fn new(sde: &S, columns: usize) -> Self;

    /// Advances `y` from t to t + h along the path. Numbers of the path stand as in [`Sde`], one a process and column.
    ///
    /// Best `#[inline(always)]`: [`Integrator`] compiles it for the widest vectors that the processor has.
    ///
    /// # Errors
    ///
    /// [`SdeError`] if the step has no solution; `y` is then undefined.
    fn step(&mut self, sde: &mut S, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError>;
}

/// out = h f + sum_k g_k dW_k.
#[inline(always)]
pub(super) fn increment<S: Sde>(sde: &mut S, t: f64, h: f64, dw: &[f64], y: &[f64], out: &mut [f64]) {
    sde.drift(t, y, out);
    for v in out.iter_mut() {
        *v *= h;
    }
    sde.diffuse(t, y, dw, out);
}

/// y += a x.
#[inline(always)]
pub(super) fn add_scaled(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

/// y = a x.
#[inline(always)]
pub(super) fn scaled(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = a * x;
    }
}

/// A stepper bound to an equation that it can integrate.
#[derive(Clone, Debug)]
pub struct Integrator<S, M> {
    /// The equation.
    pub sde: S,
    method: M,
    columns: usize,
}

/// An equation with its stepper: what a driver advances.
pub trait Advance: Send {
    /// What the stepper declares.
    fn method(&self) -> Method;

    /// Declared orders on this equation.
    fn orders(&self) -> Orders;

    /// Length of the state.
    fn dim(&self) -> usize;

    /// Number of Wiener processes.
    fn noises(&self) -> usize;

    /// Whether many trajectories may be advanced at once.
    fn takes_columns(&self) -> bool {
        false
    }

    /// Prepares for `columns` trajectories at once, more than one only if [`Advance::takes_columns`].
    fn set_columns(&mut self, _columns: usize) {}

    /// Advances `y`, dim numbers a column, from t to t + h and projects it.
    ///
    /// # Errors
    ///
    /// [`SdeError`] of the stepper; `y` is then undefined.
    fn advance(&mut self, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError>;
}

impl<S: Sde, M: Stepper<S>> Integrator<S, M> {
    const ACCEPTED: () = assert!(
        M::METHOD.accepts(S::CALCULUS, S::NOISE),
        "this stepper does not integrate equations of this calculus and noise; see its METHOD and sde::METHODS"
    );

    /// Binds the stepper `M` to `sde`. Fails to compile if it does not integrate such equations.
    pub fn new(sde: S) -> Self {
        let () = Self::ACCEPTED;
        Self { method: M::new(&sde, 1), sde, columns: 1 }
    }

    /// The same, refused while the program runs.
    ///
    /// # Errors
    ///
    /// [`Refusal`] if the stepper does not integrate such equations.
    pub fn checked(sde: S) -> Result<Self, Refusal> {
        M::METHOD.check(S::CALCULUS, S::NOISE)?;
        Ok(Self { method: M::new(&sde, 1), sde, columns: 1 })
    }
}

impl<S: Sde + Send, M: Stepper<S>> Integrator<S, M> {
    #[inline(always)]
    fn advance_inline(&mut self, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        self.method.step(&mut self.sde, t, h, path, y)?;
        self.sde.project(y);
        Ok(())
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn advance_avx2(&mut self, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        self.advance_inline(t, h, path, y)
    }
}

impl<S: Sde + Send, M: Stepper<S>> Advance for Integrator<S, M> {
    fn method(&self) -> Method {
        M::METHOD
    }

    fn orders(&self) -> Orders {
        // Both constructors have compared the two.
        M::METHOD.orders(S::NOISE).unwrap_or(Orders { strong: 0.0, weak: 0.0 })
    }

    fn dim(&self) -> usize {
        self.sde.dim()
    }

    fn noises(&self) -> usize {
        self.sde.noises()
    }

    fn takes_columns(&self) -> bool {
        S::COLUMNS
    }

    fn set_columns(&mut self, columns: usize) {
        if columns != self.columns {
            (self.method, self.columns) = (M::new(&self.sde, columns), columns);
        }
    }

    fn advance(&mut self, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        // No product is fused with its sum on either path: the results are the same bit for bit.
        #[cfg(target_arch = "x86_64")]
        if isa() != Isa::Baseline {
            // SAFETY: `isa` names a wider path only after detecting AVX2 on this processor.
            #[allow(unsafe_code, reason = "calls a copy of the step compiled for AVX2 after detecting it")]
            return unsafe { self.advance_avx2(t, h, path, y) };
        }
        self.advance_inline(t, h, path, y)
    }
}

impl Advance for Box<dyn Advance + '_> {
    fn method(&self) -> Method {
        self.as_ref().method()
    }

    fn orders(&self) -> Orders {
        self.as_ref().orders()
    }

    fn dim(&self) -> usize {
        self.as_ref().dim()
    }

    fn noises(&self) -> usize {
        self.as_ref().noises()
    }

    fn takes_columns(&self) -> bool {
        self.as_ref().takes_columns()
    }

    fn set_columns(&mut self, columns: usize) {
        self.as_mut().set_columns(columns);
    }

    fn advance(&mut self, t: f64, h: f64, path: Increments<'_>, y: &mut [f64]) -> Result<(), SdeError> {
        self.as_mut().advance(t, h, path, y)
    }
}
