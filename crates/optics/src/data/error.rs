//! Why there are no labelled samples.

use crate::IdxError;
use std::path::PathBuf;

/// Why a file holds no labelled samples.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file that cannot be read.
    #[error("{path} cannot be read: {reason}")]
    Unreadable {
        /// File.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// No column of that name.
    #[error("{path} has no column `{label}`; its columns are {}", shortened(columns))]
    NoLabel {
        /// File.
        path: PathBuf,
        /// Name asked for.
        label: String,
        /// Columns there are.
        columns: Vec<String>,
    },
    /// A line of another length than the header.
    #[error("{path}:{line}: {found} values, expected {expected} as in the first line")]
    Ragged {
        /// File.
        path: PathBuf,
        /// Line.
        line: usize,
        /// Values found.
        found: usize,
        /// Values of the header.
        expected: usize,
    },
    /// Text where a number should be.
    #[error("{path}:{line}: `{text}` in column `{column}`, expected {expected}")]
    Value {
        /// File.
        path: PathBuf,
        /// Line.
        line: usize,
        /// What was found.
        text: String,
        /// Column.
        column: String,
        /// What would be right.
        expected: &'static str,
    },
    /// No sample.
    #[error("{path} has no sample")]
    Empty {
        /// File.
        path: PathBuf,
    },
    /// A row that is not there.
    #[error("{path}:{line}: row {row}, but there are {samples} samples, counted from 0")]
    Row {
        /// File of row numbers.
        path: PathBuf,
        /// Line.
        line: usize,
        /// Row number.
        row: usize,
        /// Samples.
        samples: usize,
    },
    /// A label that the network has no output for.
    #[error("sample {sample} has the label {label}, but the network has {classes} outputs, classes 0 to {}", classes - 1)]
    Label {
        /// Sample.
        sample: usize,
        /// Its label.
        label: usize,
        /// Outputs.
        classes: usize,
    },
    /// No samples, or more than can be told apart.
    #[error("{samples} samples, expected 1 to {most}")]
    Samples {
        /// How many.
        samples: usize,
        /// How many there may be.
        most: usize,
    },
    /// Samples of another length than the network takes.
    #[error("samples have {inputs} numbers, but layer {layer} of the network has {expected} inputs")]
    Inputs {
        /// Numbers of a sample.
        inputs: usize,
        /// First layer.
        layer: String,
        /// Its inputs.
        expected: usize,
    },
    /// An array of an unsuitable shape.
    #[error("array {array} has the shape {shape:?} and {found} numbers, expected {expected}")]
    Shape {
        /// Name of the array.
        array: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Numbers found.
        found: usize,
        /// What would be right.
        expected: &'static str,
    },
    /// Samples without labels, or labels without samples.
    #[error("array {array} has {samples} samples but {labels} has {found} labels, expected as many")]
    Lengths {
        /// Name of the array of samples.
        array: String,
        /// Samples.
        samples: usize,
        /// Name of the array of labels.
        labels: String,
        /// Labels.
        found: usize,
    },
    /// A label that is no class.
    #[error("array {array} has the label {value} at sample {sample}, expected a class: 0, 1, 2, ..")]
    Class {
        /// Name of the array of labels.
        array: String,
        /// Sample.
        sample: usize,
        /// What was found.
        value: f64,
    },
    /// A number that is none.
    #[error(
        "array {array} has the number {value} at index {index} of sample {sample}, expected a finite one, also times {scale}"
    )]
    NotFinite {
        /// Name of the array of samples.
        array: String,
        /// Sample.
        sample: usize,
        /// Index in the sample.
        index: usize,
        /// What was found.
        value: f64,
        /// Factor.
        scale: f64,
    },
    /// No array of that name.
    #[error("{path} has no array `{name}`; it has {}", shortened(names))]
    NoArray {
        /// File.
        path: PathBuf,
        /// Name asked for.
        name: String,
        /// Names there are.
        names: Vec<String>,
    },
    /// A file that is no IDX array.
    #[error(transparent)]
    Idx(#[from] IdxError),
}

/// The first and the last of many names.
fn shortened(names: &[String]) -> String {
    match names {
        [a, b, .., y, z] if names.len() > 8 => format!("{a}, {b}, .., {y}, {z} ({} of them)", names.len()),
        _ => names.join(", "),
    }
}
