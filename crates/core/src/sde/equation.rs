//! A stochastic differential equation as its author states it.

/// The calculus of an equation or of a stepper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calculus {
    /// Noise is multiplied by its coefficient at the start of the step.
    Ito,
    /// Noise is multiplied by its coefficient at the midpoint.
    Stratonovich,
}

impl Calculus {
    /// Name for messages and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Calculus::Ito => "Ito",
            Calculus::Stratonovich => "Stratonovich",
        }
    }
}

/// Structure of the noise, from the least demanding to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoiseKind {
    /// The coefficients do not depend on the state.
    Additive,
    /// Noise k drives component k only and its coefficient depends on component k only.
    Diagonal,
    /// The noise vector fields commute: (g_k . grad) g_l = (g_l . grad) g_k.
    Commutative,
    /// Anything: strong order above 1/2 needs Levy areas.
    General,
}

impl NoiseKind {
    /// All kinds.
    pub const ALL: [NoiseKind; 4] =
        [NoiseKind::Additive, NoiseKind::Diagonal, NoiseKind::Commutative, NoiseKind::General];

    /// Name for messages and tables.
    pub const fn name(self) -> &'static str {
        match self {
            NoiseKind::Additive => "additive",
            NoiseKind::Diagonal => "diagonal",
            NoiseKind::Commutative => "commutative",
            NoiseKind::General => "general",
        }
    }
}

/// dy = f(t, y) dt + sum_k g_k(t, y) dW_k for real y, in the calculus it declares.
///
/// Complex equations are written on real and imaginary parts. The declarations are trusted: an equation that calls its noise
/// diagonal and is not converges to something else.
///
/// An equation that sets [`Sde::COLUMNS`] is integrated for many trajectories at once, as columns of one state: component k of
/// trajectory r then stands at y[k * columns + r], noise k at dw[k * columns + r], and the number of columns is y.len() / dim. Where all
/// components obey one formula the loop over y is the same either way.
pub trait Sde {
    /// Calculus of the equation.
    const CALCULUS: Calculus;
    /// Structure of its noise.
    const NOISE: NoiseKind;
    /// Whether `drift`, `diffuse` and `project` take any number of columns. Each must come out as it would alone, bit for bit.
    const COLUMNS: bool = false;

    /// Length of y, of one trajectory.
    fn dim(&self) -> usize;

    /// Number of independent real Wiener processes; equal to `dim` for diagonal noise.
    fn noises(&self) -> usize;

    /// out = f(t, y).
    fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]);

    /// out += sum_k g_k(t, y) dW_k: the diffusion applied, never formed.
    fn diffuse(&mut self, t: f64, y: &[f64], dw: &[f64], out: &mut [f64]);

    /// Called on every new state: brings it back to the manifold it must stay on (a normalisation), by default nothing.
    fn project(&self, _y: &mut [f64]) {}
}

/// Numbers of a state up to which trajectories are put side by side: a step's buffers then stay in the second cache.
const STATE: usize = 4096;
/// Fewest and most trajectories side by side; the most is the largest block of an ensemble.
const COLUMNS: [usize; 2] = [8, 64];

/// Trajectories of `dim` numbers that are worth integrating side by side, for an equation that takes columns.
pub fn columns_of(dim: usize) -> usize {
    1 << (STATE / dim.max(1)).clamp(COLUMNS[0], COLUMNS[1]).ilog2()
}

/// Reads trajectory `column` of `columns` in `y` into `one`.
pub fn get_column(y: &[f64], columns: usize, column: usize, one: &mut [f64]) {
    for (one, y) in one.iter_mut().zip(y.iter().skip(column).step_by(columns)) {
        *one = *y;
    }
}

/// Writes `one` as trajectory `column` of `columns` in `y`.
pub fn set_column(y: &mut [f64], columns: usize, column: usize, one: &[f64]) {
    for (y, one) in y.iter_mut().skip(column).step_by(columns).zip(one) {
        *y = *one;
    }
}
