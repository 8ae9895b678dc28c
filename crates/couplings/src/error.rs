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
    /// Positions have two coordinates, and the number of their instance where there are several.
    #[error("{} has {found} values per line, expected {expected}", path.display())]
    PositionColumns {
        /// The file of positions.
        path: PathBuf,
        /// Values on a line.
        found: usize,
        /// What they should be.
        expected: &'static str,
    },
    /// More instances than the file has.
    #[error("{} has positions for {found} instances, and instance {wanted} (from 0) is asked for; set instances = {found}", path.display())]
    PositionInstances {
        /// The file of positions.
        path: PathBuf,
        /// Instances in the file.
        found: usize,
        /// The instance asked for.
        wanted: u64,
    },
    /// A file that cannot be used.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: FileError,
    },
    /// Sides of a lattice that are missing or zero.
    #[error("sizes = {sizes:?}, expected at least one side and no side of 0")]
    Sides {
        /// Sides given.
        sizes: Vec<usize>,
    },
    /// Sides of a lattice that do not give the number of elements.
    #[error("sizes = {sizes:?} give {product} elements, expected n = {n}; remove n or correct sizes")]
    SizesProduct {
        /// Sides given.
        sizes: Vec<usize>,
        /// Their product.
        product: usize,
        /// Number of elements asked for.
        n: usize,
    },
    /// A degree that no regular graph of this size has.
    #[error(
        "degree = {degree}: no graph of {n} elements has this degree everywhere, for n * degree must be even and degree \
         below n; {}",
        nearest_degrees(nearest)
    )]
    Degree {
        /// Number of elements.
        n: usize,
        /// Degree asked for.
        degree: usize,
        /// The nearest degrees that work.
        nearest: Vec<usize>,
    },
    /// Two keys of which one, and one only, is needed.
    #[error("expected exactly one of {first} and {second}, found {}", if *both { "both" } else { "neither" })]
    OneOf {
        /// First key.
        first: &'static str,
        /// Second key.
        second: &'static str,
        /// Whether both are there.
        both: bool,
    },
    /// More values than distances.
    #[error(
        "values has {found} entries, expected at most {most}: J_ij is values[d] at the distance d = 0 .. floor(n/2) on a \
         ring of n = {n}, and 0 beyond the list"
    )]
    RingValues {
        /// Values given.
        found: usize,
        /// Number of distances.
        most: usize,
        /// Number of elements.
        n: usize,
    },
    /// A list of couplings on a torus of several sides.
    #[error("values lists couplings on a ring, but sizes = {sizes:?} has {} sides; use entry", sizes.len())]
    ValuesOnTorus {
        /// Sides of the torus.
        sizes: Vec<usize>,
    },
    /// Two elements at one place, where a power of the distance has no value.
    #[error("elements {i} and {j} stand at the same place, where 1/r^alpha is infinite; move one of them")]
    SamePlace {
        /// First element.
        i: usize,
        /// Second element.
        j: usize,
    },
    /// A factor of J of the wrong length.
    #[error("F has {found} values, expected {} for n = {n} and rank {rank}", (*n as u128) * (*rank as u128))]
    Factors {
        /// Number of elements.
        n: usize,
        /// Columns of F.
        rank: usize,
        /// Values given.
        found: usize,
    },
    /// Patterns of another length than the network.
    #[error("{} has {found} values per line, expected n = {n}, one pattern per line; remove n or correct it", path.display())]
    PatternLength {
        /// The file of patterns.
        path: PathBuf,
        /// Values on a line.
        found: usize,
        /// Number of elements.
        n: usize,
    },
    /// A decomposition failed.
    #[error(transparent)]
    Decomposition(#[from] lightfall_linalg::LinalgError),
    /// Too many spins to enumerate.
    #[error("the ground state of {n} spins cannot be enumerated; the limit is {limit}")]
    TooManySpins {
        /// Number of spins.
        n: usize,
        /// The largest number.
        limit: usize,
    },
}

impl CouplingsError {
    /// The key of the model file that the error is about, if it is about one.
    pub fn key(&self) -> Option<&'static str> {
        match self {
            Self::Parameter { name, .. } => Some(name),
            Self::Sides { .. } | Self::SizesProduct { .. } => Some("sizes"),
            Self::Degree { .. } => Some("degree"),
            Self::RingValues { .. } | Self::ValuesOnTorus { .. } => Some("values"),
            Self::NoElements => Some("n"),
            Self::PositionCount { .. }
            | Self::PositionColumns { .. }
            | Self::PositionInstances { .. }
            | Self::SamePlace { .. } => Some("positions"),
            Self::PatternLength { .. } => Some("patterns"),
            _ => None,
        }
    }
}

/// "the nearest degrees that work are 2 and 4".
fn nearest_degrees(nearest: &[usize]) -> String {
    match nearest {
        [below, above] => format!("the nearest degrees that work are {below} and {above}"),
        [only] => format!("the nearest degree that works is {only}"),
        _ => "no degree works".to_owned(),
    }
}
