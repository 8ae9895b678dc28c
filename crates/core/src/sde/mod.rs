//! Stochastic differential equations: what is integrated and how, kept apart.
//!
//! An [`Sde`] declares its calculus and the structure of its noise; a [`Stepper`] declares which calculus it integrates and
//! at what order. [`Integrator`] compares the two when the program is built: a Stratonovich stepper on an Ito equation
//! does not compile.

mod euler_maruyama;
mod heun;

pub use euler_maruyama::EulerMaruyama;
pub use heun::StochasticHeun;

/// The calculus of an equation or of a stepper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calculus {
    /// Noise is multiplied by its coefficient at the start of the step.
    Ito,
    /// Noise is multiplied by its coefficient at the midpoint.
    Stratonovich,
}

/// Structure of the noise, from the least demanding to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoiseKind {
    /// The coefficients do not depend on the state.
    Additive,
    /// Noise k drives component k only and its coefficient depends on component k only.
    Diagonal,
    /// The noise vector fields commute.
    Commutative,
    /// Anything: strong order above 1/2 needs Levy areas.
    General,
}

/// dy = f(t, y) dt + sum_k g_k(t, y) dW_k for real y, in the calculus it declares.
pub trait Sde {
    /// Calculus of the equation.
    const CALCULUS: Calculus;
    /// Structure of its noise.
    const NOISE: NoiseKind;

    /// Length of y.
    fn dim(&self) -> usize;

    /// Number of independent real Wiener processes.
    fn noises(&self) -> usize;

    /// out = f(t, y).
    fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]);

    /// out += sum_k g_k(t, y) dW_k: the diffusion applied, never formed.
    fn diffuse(&mut self, t: f64, y: &[f64], dw: &[f64], out: &mut [f64]);

    /// Called on every new state: brings it back to the manifold it must stay on (a normalisation), by default nothing.
    fn project(&self, _y: &mut [f64]) {}
}

/// One step of an [`Sde`].
pub trait Stepper {
    /// Name as written in tables.
    const NAME: &'static str;
    /// The calculus integrated.
    const CALCULUS: Calculus;

    /// Declared strong order of convergence for noise of kind `noise`.
    fn strong_order(noise: NoiseKind) -> f64;

    /// Declared weak order of convergence for noise of kind `noise`.
    fn weak_order(noise: NoiseKind) -> f64;

    /// A stepper with buffers for `dim` components.
    fn new(dim: usize) -> Self;

    /// Advances `y` from t to t + h under the increments `dw` (variance h each).
    fn step<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, dw: &[f64], y: &mut [f64]);
}

/// A stepper bound to an equation of its own calculus.
#[derive(Debug)]
pub struct Integrator<S, M> {
    /// The equation.
    pub sde: S,
    method: M,
}

impl<S: Sde, M: Stepper> Integrator<S, M> {
    const SAME_CALCULUS: () = assert!(
        matches!(
            (S::CALCULUS, M::CALCULUS),
            (Calculus::Ito, Calculus::Ito) | (Calculus::Stratonovich, Calculus::Stratonovich)
        ),
        "this stepper integrates the other calculus: an Ito equation needs an Ito stepper, a Stratonovich one a Stratonovich stepper"
    );

    /// Binds method `M` to `sde`. Fails to compile if their calculus differs.
    pub fn new(sde: S) -> Self {
        let () = Self::SAME_CALCULUS;
        Self { method: M::new(sde.dim()), sde }
    }

    /// Advances `y` from t to t + h and projects it.
    pub fn step(&mut self, t: f64, h: f64, dw: &[f64], y: &mut [f64]) {
        self.method.step(&mut self.sde, t, h, dw, y);
        self.sde.project(y);
    }
}

/// The Ito drift of a Stratonovich equation, f + (1/2) sum_k (g_k . grad) g_k, by central differences of width `epsilon`.
///
/// Exact up to rounding for any `epsilon` where every g_k is at most quadratic in y. O(noises) evaluations.
pub fn ito_drift<S: Sde>(sde: &mut S, t: f64, y: &[f64], epsilon: f64) -> Vec<f64> {
    let n = sde.dim();
    let mut total = vec![0.0; n];
    sde.drift(t, y, &mut total);
    if S::CALCULUS == Calculus::Ito {
        return total;
    }
    let mut dw = vec![0.0; sde.noises()];
    for k in 0..dw.len() {
        dw[k] = 1.0;
        let mut g = vec![0.0; n];
        sde.diffuse(t, y, &dw, &mut g);
        for sign in [1.0, -1.0] {
            let moved: Vec<f64> = y.iter().zip(&g).map(|(y, g)| y + sign * epsilon * g).collect();
            let mut there = vec![0.0; n];
            sde.diffuse(t, &moved, &dw, &mut there);
            total.iter_mut().zip(&there).for_each(|(d, v)| *d += sign * v / (4.0 * epsilon));
        }
        dw[k] = 0.0;
    }
    total
}
