//! Why couplings could not be made.

use std::path::PathBuf;

use lightfall_core::formula::FormulaError;

use crate::FileError;

/// Two entries of J that should be equal.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "J is not symmetric: |J[{i},{j}] - J[{j},{i}]| = {}, from {forward} and {backward} (indices count from 0); \
     replace J by (J + J^T)/2 if that is meant", (forward - backward).abs()
)]
pub struct Asymmetry {
    /// Row of the first entry.
    pub i: usize,
    /// Column of the first entry.
    pub j: usize,
    /// J_ij.
    pub forward: f64,
    /// J_ji.
    pub backward: f64,
}

/// Why couplings, or their ground state, could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CouplingsError {
    /// A network without elements.
    #[error("the network has 0 elements, expected at least 1")]
    NoElements,
    /// A matrix of the wrong length.
    #[error("J has {found} values, expected {} for n = {n}", (*n as u128) * (*n as u128))]
    Length {
        /// Number of elements.
        n: usize,
        /// Number of values given.
        found: usize,
    },
    /// An entry that is NaN or infinite.
    #[error("J[{i},{j}] = {value}, expected a finite number (indices count from 0)")]
    NotFinite {
        /// Row.
        i: usize,
        /// Column.
        j: usize,
        /// The entry.
        value: f64,
    },
    /// Two entries that should be equal.
    #[error(transparent)]
    Asymmetric(Asymmetry),
    /// A pair that names an element that does not exist.
    #[error("the pair ({i}, {j}) lies outside a network of {n} elements (indices count from 0)")]
    Index {
        /// First element.
        i: usize,
        /// Second element.
        j: usize,
        /// Number of elements.
        n: usize,
    },
    /// A pair given twice.
    #[error("the pair ({i}, {j}) is given twice; list every pair once")]
    Repeated {
        /// First element.
        i: usize,
        /// Second element.
        j: usize,
    },
    /// A parameter out of its range.
    #[error("{name} = {value}, expected {expected}")]
    Parameter {
        /// Name in the model file.
        name: &'static str,
        /// Value given.
        value: f64,
        /// The range.
        expected: &'static str,
    },
    /// More memory than there is.
    #[error(
        "the couplings of {n} elements need {:.1} GiB, which could not be allocated; use fewer elements or a sparse file",
        bytes / (1u64 << 30) as f64
    )]
    Memory {
        /// Number of elements.
        n: usize,
        /// Bytes asked for.
        bytes: f64,
    },
    /// A formula that cannot be read.
    #[error("the formula `{text}` cannot be read: {error}")]
    Formula {
        /// The formula.
        text: String,
        /// The reason, with the place in `text`.
        error: FormulaError,
    },
    /// A formula that names positions where there are none.
    #[error(
        "the formula `{text}` uses `{name}`, which needs positions; set positions to one of file, drawn, line, grid, circle"
    )]
    NeedsPositions {
        /// The formula.
        text: String,
        /// The name used.
        name: String,
        /// The reason, with the place in `text`.
        error: FormulaError,
    },
    /// A formula with a value that is NaN or infinite.
    #[error("the formula `{text}` is {value} at i = {i}, j = {j}, expected a finite number")]
    FormulaNotFinite {
        /// The formula.
        text: String,
        /// Row.
        i: usize,
        /// Column.
        j: usize,
        /// The value.
        value: f64,
    },
    /// A formula that changes when i and j are exchanged.
    #[error(
        "the formula `{text}` is not symmetric: {forward} at i = {i}, j = {j} but {backward} at i = {j}, j = {i}; \
         write it so that exchanging i and j changes nothing"
    )]
    FormulaAsymmetric {
        /// The formula.
        text: String,
        /// First element.
        i: usize,
        /// Second element.
        j: usize,
        /// The value at (i, j).
        forward: f64,
        /// The value at (j, i).
        backward: f64,
    },
    /// Neither n nor a file of positions.
    #[error("n is missing; set n, or read the positions from a file with positions = {{ file = \"...\" }}")]
    MissingSize,
    /// As many positions as elements are needed.
    #[error("{} holds {found} positions, expected n = {n}; remove n or correct it", path.display())]
    PositionCount {
        /// The file of positions.
        path: PathBuf,
        /// Positions in the file.
        found: usize,
        /// Number of elements.
        n: usize,
    },
    /// Positions have two coordinates.
    #[error("{} has {found} values per line, expected 2, the position x, y", path.display())]
    PositionColumns {
        /// The file of positions.
        path: PathBuf,
        /// Values on a line.
        found: usize,
    },
    /// A file that cannot be used.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: FileError,
    },
    /// Too many spins to enumerate.
    #[error("the ground state of {n} spins cannot be enumerated; the limit is {limit}")]
    TooManySpins {
        /// Number of spins.
        n: usize,
        /// The largest number.
        limit: usize,
    },
}
