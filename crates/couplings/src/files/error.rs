//! What can be wrong with a file.

use std::io;

use num_complex::Complex64;

use crate::Asymmetry;

/// What is wrong with a file. Lines and fields count from 1, rows and columns from 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file could not be read.
    #[error("cannot be read: {error}")]
    Read {
        /// The reason given by the system.
        error: io::Error,
    },
    /// The format can be told neither from the name nor from the contents.
    #[error("its format is not recognised; set format to one of npy, npz, matrix-market, csv, rudy, dimod-coo, qubo")]
    UnknownFormat,
    /// No numbers.
    #[error("holds no numbers, expected {expected}")]
    Empty {
        /// What the format starts with.
        expected: &'static str,
    },
    /// Bytes that are not text.
    #[error("is not UTF-8 text at byte {at}; set format = \"npy\" if it is a NumPy array")]
    NotText {
        /// Offset of the first bad byte.
        at: usize,
    },
    /// A field that is not what it should be.
    #[error("line {line}, field {field}: found `{found}`, expected {expected}")]
    Field {
        /// Line.
        line: usize,
        /// Field of the line.
        field: usize,
        /// The text.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A line that is not what it should be.
    #[error("line {line}: found `{found}`, expected {expected}")]
    Line {
        /// Line.
        line: usize,
        /// The text.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A value that is NaN or infinite.
    #[error("{}row {row}, column {column} (counted from 0) is {value}, expected a finite number", on_line(*line))]
    NotFinite {
        /// Row of the matrix.
        row: usize,
        /// Column of the matrix.
        column: usize,
        /// The value.
        value: f64,
        /// Line, in a text file.
        line: Option<usize>,
    },
    /// Rows of different lengths.
    #[error("line {line}: found {found} values, expected {expected} as on line {first}")]
    Ragged {
        /// Line.
        line: usize,
        /// Values on it.
        found: usize,
        /// Values on the first line.
        expected: usize,
        /// The first line.
        first: usize,
    },
    /// A rectangular matrix where couplings are needed.
    #[error("is {rows} x {columns}, expected a square matrix")]
    NotSquare {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// Two entries of J that should be equal.
    #[error(transparent)]
    Asymmetric(Asymmetry),
    /// A complex value where a real one is needed.
    #[error("row {row}, column {column} (counted from 0) is {value}, expected a real number")]
    NotReal {
        /// Row of the matrix.
        row: usize,
        /// Column of the matrix.
        column: usize,
        /// The value.
        value: Complex64,
    },
    /// More or fewer items than the file says.
    #[error("line {line} promises {promised} {what}, the file holds {found}; it is cut short or that line is wrong")]
    Count {
        /// Line with the promise.
        line: usize,
        /// Items promised.
        promised: usize,
        /// Items found.
        found: usize,
        /// What is counted.
        what: &'static str,
    },
    /// An index outside the matrix or graph.
    #[error("line {line}: index {found} lies outside 1 to {limit}")]
    Index {
        /// Line.
        line: usize,
        /// The index.
        found: usize,
        /// The largest index.
        limit: usize,
    },
    /// A variable that the first line does not announce.
    #[error("line {line}: there is no variable {found} among the {n} announced, counted from 0")]
    Variable {
        /// Line.
        line: usize,
        /// The variable.
        found: usize,
        /// Number of variables.
        n: usize,
    },
    /// A meaning given to numbers that have one already.
    #[error("says itself what its numbers mean; leave out `{reading}`")]
    Meaning {
        /// The meaning given.
        reading: &'static str,
    },
    /// More variables than an objective may have.
    #[error("line {line}: found {found} for a variable or their number, expected less than {limit}")]
    Large {
        /// Line.
        line: usize,
        /// The number.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// An archive of arrays that holds no problem.
    #[error("{error}")]
    Archive {
        /// The reason.
        error: String,
    },
    /// An objective with fields where couplings alone are needed.
    #[error("has linear terms, and couplings alone are needed; `lightfall solve` takes both")]
    HasFields,
    /// An edge from a vertex to itself.
    #[error("line {line}: the edge joins vertex {vertex} to itself; remove it, it adds no coupling")]
    SelfLoop {
        /// Line.
        line: usize,
        /// The vertex.
        vertex: usize,
    },
    /// An edge or entry given twice.
    #[error("line {line}: the pair {i} {j} stands on line {first} already; give it once")]
    Repeated {
        /// Line.
        line: usize,
        /// Line of the first occurrence.
        first: usize,
        /// First index, as in the file.
        i: usize,
        /// Second index, as in the file.
        j: usize,
    },
    /// A NumPy header that cannot be read.
    #[error("its NumPy header cannot be read: {error}")]
    NumpyHeader {
        /// The reason.
        error: io::Error,
    },
    /// A NumPy array that is not a matrix.
    #[error("has {} dimensions ({}), expected 2", shape.len(), lengths(shape))]
    Dimensions {
        /// Lengths of the dimensions.
        shape: Vec<u64>,
    },
    /// A NumPy array of an unsuitable type.
    #[error("holds values of NumPy type {found}, expected f4, f8, c8, c16, or integers (i1 to i8, u1 to u8)")]
    ElementType {
        /// The type as in the header.
        found: String,
    },
    /// A NumPy array with too few bytes.
    #[error("its header promises at least {promised} bytes of values, the file has {found}; it is cut short")]
    CutShort {
        /// Bytes that the shape implies.
        promised: f64,
        /// Bytes of values in the file.
        found: usize,
    },
    /// A graph where a matrix is needed.
    #[error("is a graph or an objective, expected a matrix (npy, matrix-market or csv)")]
    NotAMatrix,
    /// A matrix too large for memory.
    #[error("a full matrix of {rows} x {columns} values could not be allocated")]
    Memory {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
}

/// The start of a message about a line, empty if there is no line.
fn on_line(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}

/// The lengths of an array, `3 x 4 x 5`.
fn lengths(shape: &[u64]) -> String {
    let lengths: Vec<String> = shape.iter().map(u64::to_string).collect();
    lengths.join(" x ")
}
