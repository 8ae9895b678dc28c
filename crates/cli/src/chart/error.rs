//! Errors of the chart module.

use std::fmt;

/// Why a figure could not be drawn.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ChartError {
    /// A column of a series is not as long as its `x`.
    Length {
        /// Title of the chart.
        chart: String,
        /// Name of the series.
        series: String,
        /// `y` or `half_width`.
        column: &'static str,
        /// Length of that column.
        got: usize,
        /// Length of `x`.
        expected: usize,
    },
    /// A matrix does not have as many values as cells.
    Cells {
        /// Title of the chart.
        chart: String,
        /// Number of values.
        got: usize,
        /// Rows of the matrix.
        size: usize,
    },
    /// The scale of a PNG lies outside 0.1 to 10.
    Scale(f32),
    /// A side of the PNG would exceed 16384 pixels.
    TooLarge {
        /// Pixels in a row.
        width: f64,
        /// Pixels in a column.
        height: f64,
    },
    /// The embedded font could not be read.
    Font(String),
    /// The PNG encoder failed.
    Encode(String),
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { chart, series, column, got, expected } => {
                write!(f, "chart \"{chart}\", series \"{series}\": {column} has length {got}, expected {expected} as x")
            }
            Self::Cells { chart, got, size } => {
                write!(f, "chart \"{chart}\": the matrix has {got} values, expected {size} x {size}")
            }
            Self::Scale(scale) => write!(f, "image scale is {scale}, expected 0.1 to 10"),
            Self::TooLarge { width, height } => {
                write!(
                    f,
                    "image of {width} x {height} pixels exceeds 16384 pixels; choose a smaller scale or more columns"
                )
            }
            Self::Font(cause) => write!(f, "embedded font could not be read: {cause}"),
            Self::Encode(cause) => write!(f, "PNG could not be encoded: {cause}"),
        }
    }
}

impl std::error::Error for ChartError {}
