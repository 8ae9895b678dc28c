//! Matrices and graphs in files: the formats, and how they are told apart.

mod csv;
mod error;
mod matrix_market;
#[cfg(test)]
mod matrix_market_tests;
mod npy;
mod npz;
mod objective;
mod rudy;
#[cfg(test)]
mod tests;
mod text;

pub use error::FileError;

use std::path::Path;

use num_complex::Complex64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::CouplingsError;

/// Format of a matrix or graph file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FileFormat {
    /// NumPy array of two dimensions: reals, integers or complex numbers, C or Fortran order.
    Npy,
    /// Archive of NumPy arrays: `J` and perhaps fields `h`, or a sparse matrix as SciPy saves it.
    Npz,
    /// Matrix Market, coordinate or array; real, integer, pattern or complex; all four symmetries.
    MatrixMarket,
    /// One row per line, values separated by commas or white space; `#` starts a comment.
    Csv,
    /// Weighted graph ("rudy", as in Gset): `n m`, then m lines `i j w` with vertices counted from 1.
    Rudy,
    /// Quadratic objective of spins or binary variables as dimod writes it: `# vartype=SPIN`, then lines `i j value` counted from 0.
    DimodCoo,
    /// Quadratic objective of binary variables as qbsolv reads it: `p qubo 0 n linear quadratic`, then lines `i j value` counted from 0.
    Qubo,
}

/// A real or complex matrix of any shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// The entries row by row, `rows * columns` finite values.
    pub values: Vec<Complex64>,
}

/// What a file holds, as close to its own form as is useful.
pub(crate) enum Contents {
    /// All entries of a matrix, row by row.
    Full { rows: usize, columns: usize, values: Values },
    /// Some entries of a matrix, each at most once; the others are 0.
    Entries { rows: usize, columns: usize, entries: Vec<(usize, usize, Complex64)> },
    /// The edges of an undirected graph, each pair once, vertices counted from 0.
    Graph { n: usize, edges: Vec<(usize, usize, f64)> },
    /// A matrix and the fields h of its elements.
    WithFields { matrix: Box<Contents>, fields: Vec<f64> },
    /// sum_i a_i v_i + sum_{i<j} b_ij v_i v_j, to be made small, of spins or of variables 0 and 1; each pair once.
    Objective { linear: Vec<f64>, pairs: Vec<(usize, usize, f64)>, binary: bool },
}

/// Real or complex entries.
#[derive(Debug)]
pub(crate) enum Values {
    Real(Vec<f64>),
    Complex(Vec<Complex64>),
}

/// Reads a real or complex matrix of any shape; the format is guessed if it is `None`.
///
/// A graph is refused, because its sign depends on the use.
///
/// # Errors
///
/// [`CouplingsError::File`] with the path, the place, what was found and what would be right.
pub fn read_matrix(path: &Path, format: Option<FileFormat>) -> Result<Matrix, CouplingsError> {
    read(path, format).and_then(matrix).map_err(|problem| in_file(path, problem))
}

/// The error of a file with its path.
pub(crate) fn in_file(path: &Path, problem: FileError) -> CouplingsError {
    let path = path.to_owned();
    CouplingsError::File { path, problem }
}

/// Reads and parses a file.
pub(crate) fn read(path: &Path, format: Option<FileFormat>) -> Result<Contents, FileError> {
    let bytes = std::fs::read(path).map_err(|error| FileError::Read { error })?;
    let format = match format.or_else(|| detect(path, &bytes)) {
        Some(format) => format,
        None => return Err(FileError::UnknownFormat),
    };
    match format {
        FileFormat::Npy => npy::parse(&bytes),
        FileFormat::Npz => npz::parse(path),
        FileFormat::MatrixMarket => matrix_market::parse(text::decode(&bytes)?),
        FileFormat::Csv => csv::parse(text::decode(&bytes)?),
        FileFormat::Rudy => rudy::parse(text::decode(&bytes)?),
        FileFormat::DimodCoo => objective::parse_coo(text::decode(&bytes)?),
        FileFormat::Qubo => objective::parse_qubo(text::decode(&bytes)?),
    }
}

/// The format, by the magic bytes of the contents, then by the file's extension, then by the first lines.
fn detect(path: &Path, bytes: &[u8]) -> Option<FileFormat> {
    if bytes.starts_with(npy::MAGIC) {
        return Some(FileFormat::Npy);
    }
    if bytes.starts_with(npz::MAGIC) {
        return Some(FileFormat::Npz);
    }
    let banner = matrix_market::BANNER.as_bytes();
    if bytes.get(..banner.len()).is_some_and(|start| start.eq_ignore_ascii_case(banner)) {
        return Some(FileFormat::MatrixMarket);
    }
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("npy") => return Some(FileFormat::Npy),
        Some("npz") => return Some(FileFormat::Npz),
        Some("mtx" | "mm") => return Some(FileFormat::MatrixMarket),
        Some("csv" | "tsv") => return Some(FileFormat::Csv),
        Some("rud" | "rudy" | "gset" | "mc") => return Some(FileFormat::Rudy),
        Some("coo") => return Some(FileFormat::DimodCoo),
        Some("qubo") => return Some(FileFormat::Qubo),
        _ => {}
    }
    let contents = text::decode(bytes).ok()?;
    if objective::looks_like_coo(contents) {
        return Some(FileFormat::DimodCoo);
    }
    if rudy::looks_like(contents) {
        return Some(FileFormat::Rudy);
    }
    csv::looks_like(contents).then_some(FileFormat::Csv)
}

/// `contents` as a full complex matrix.
fn matrix(contents: Contents) -> Result<Matrix, FileError> {
    match contents {
        Contents::Full { rows, columns, values } => {
            let values = match values {
                Values::Real(values) => values.into_iter().map(Complex64::from).collect(),
                Values::Complex(values) => values,
            };
            Ok(Matrix { rows, columns, values })
        }
        Contents::Entries { rows, columns, entries } => {
            let mut values: Vec<Complex64> = Vec::new();
            let length = rows
                .checked_mul(columns)
                .filter(|&length| values.try_reserve_exact(length).is_ok())
                .ok_or(FileError::Memory { rows, columns })?;
            values.resize(length, Complex64::default());
            for (i, j, value) in entries {
                values[i * columns + j] = value;
            }
            Ok(Matrix { rows, columns, values })
        }
        Contents::WithFields { matrix: inner, .. } => matrix(*inner),
        Contents::Graph { .. } | Contents::Objective { .. } => Err(FileError::NotAMatrix),
    }
}
