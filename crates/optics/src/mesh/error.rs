//! What can be wrong with a mesh.

use lightfall_linalg::LinalgError;

/// A matrix that cannot be put on a mesh, or imperfections that do not belong to it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MeshError {
    /// A slice of the wrong length.
    #[error("{what} has length {got}, expected {expected}")]
    Length {
        /// What it is.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The right one.
        expected: usize,
    },
    /// No modes at all.
    #[error("{what} has no modes, expected at least 1")]
    Empty {
        /// What it is.
        what: &'static str,
    },
    /// Rows that are not orthonormal.
    #[error(
        "the matrix is not unitary: |(U U^H - 1)[{row},{column}]| = {deviation:.1e}, at most {allowed:.0e} is allowed; a general matrix is put on two meshes by Chip::decompose"
    )]
    NotUnitary {
        /// Row of the largest deviation.
        row: usize,
        /// Column of the largest deviation.
        column: usize,
        /// max |U U^H - 1|; NaN if the matrix is not finite.
        deviation: f64,
        /// The largest deviation that is allowed.
        allowed: f64,
    },
    /// A number out of range.
    #[error("{key} = {value}, expected {expected}")]
    Number {
        /// Its name.
        key: &'static str,
        /// The value.
        value: f64,
        /// What is possible.
        expected: &'static str,
    },
    /// Phases that undo the crosstalk were not found.
    #[error(
        "no phases found that undo the crosstalk: after {iterations} iterations the residual is {residual:.1e} of the phases; lower the coupling or the reach"
    )]
    Crosstalk {
        /// Iterations.
        iterations: usize,
        /// Norm of the residual over that of the phases.
        residual: f64,
    },
    /// Two meshes that do not fit.
    #[error("{what} has {got} modes, expected {expected}")]
    Modes {
        /// What it is.
        what: &'static str,
        /// Its modes.
        got: usize,
        /// The right number.
        expected: usize,
    },
    /// Singular values that were not found.
    #[error(transparent)]
    Linalg(#[from] LinalgError),
}
