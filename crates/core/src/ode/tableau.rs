//! Coefficients of an embedded pair of explicit Runge-Kutta methods, as data.

/// Weights that are not zero, each with the slot of its stage.
pub type Row = &'static [(usize, f64)];

/// One stage: k_slot = f(t + node h, y + h sum_j a_j k_j).
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    /// Where the derivative is kept.
    pub slot: usize,
    /// c.
    pub node: f64,
    /// The a_j.
    pub row: Row,
}

/// An embedded pair with its continuous extension.
///
/// A stage lives in a slot; a slot is used again once nothing reads its first stage. Slot 0 holds f(t, y).
#[derive(Clone, Copy, Debug)]
pub struct Tableau {
    /// Name in messages.
    pub name: &'static str,
    /// Global order of the solution that is kept.
    pub order: u32,
    /// Global order of the continuous extension.
    pub dense_order: u32,
    /// Number of slots.
    pub slots: usize,
    /// Stages after the first, up to those which the error needs.
    pub stages: &'static [Stage],
    /// b: the solution is y + h sum b_j k_j.
    pub weights: Row,
    /// Slot of f(t + h, y_new).
    pub end_slot: usize,
    /// That the last of `stages` is f(t + h, y_new): its row is b.
    pub first_same_as_last: bool,
    /// Differences e between b and the weights of a lower order. One: the error is h |sum e_j k_j|. Two, of orders 5 and 3:
    /// h |e5|^2 / sqrt(|e5|^2 + 0.01 |e3|^2).
    pub errors: &'static [Row],
    /// The step grows by 0.9 error^-exponent last_error^memory.
    pub exponent: f64,
    /// See `exponent`.
    pub memory: f64,
    /// Stages that only the continuous extension needs, after f(t + h, y_new).
    pub dense_stages: &'static [Stage],
    /// h times these sums are the last coefficients of the continuous extension.
    pub dense: &'static [Row],
    /// Slots that take the coefficients of the continuous extension.
    pub dense_slots: &'static [usize],
}

/// A type that names a [`Tableau`].
pub trait Pair: Clone + std::fmt::Debug + Send + 'static {
    /// The coefficients.
    const TABLEAU: Tableau;
}
