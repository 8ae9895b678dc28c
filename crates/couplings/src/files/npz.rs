//! Archives of NumPy arrays: J with fields h, or a sparse matrix as SciPy saves it.

use std::path::Path;

use lightfall_core::npz::{Npz, NpzError};
use num_complex::Complex64;

use super::{Contents, Values};
use crate::FileError;

/// What a zip archive starts with.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";

const KNOWN: &str =
    "`J` (and `h`), or `row`, `col`, `data`, `shape`, or `indices`, `indptr`, `data`, `shape` (scipy.sparse.save_npz)";

impl From<NpzError> for FileError {
    fn from(error: NpzError) -> Self {
        // The path stands in front of every message already.
        let error = match error {
            NpzError::Archive { reason, .. } => reason,
            NpzError::Missing { name, names, .. } => format!("no array `{name}`; it has {}", names.join(", ")),
            NpzError::Array { name, error, .. } => format!("array `{name}`: {error}"),
            NpzError::Shape { name, shape, expected, .. } => {
                format!("array `{name}` has the shape {shape:?}, expected {expected}")
            }
            other => other.to_string(),
        };
        Self::Archive { error }
    }
}

/// Reads `J` and, if it is there, `h`; or the coordinates, or the compressed rows or columns, of a sparse matrix.
pub(super) fn parse(path: &Path) -> Result<Contents, FileError> {
    let mut archive = Npz::open(path)?;
    let names = archive.names();
    let has = |name: &str| names.iter().any(|n| n == name);
    let matrix = if has("J") {
        let (rows, columns, values) = archive.matrix("J")?;
        if let Some((at, value)) = values.iter().enumerate().find(|(_, v)| !v.is_finite()) {
            return Err(FileError::NotFinite { row: at / columns, column: at % columns, value: *value, line: None });
        }
        Contents::Full { rows, columns, values: Values::Real(values) }
    } else if has("row") && has("col") {
        let (rows, columns) = (archive.vector("row")?, archive.vector("col")?);
        sparse(&mut archive, rows, columns)?
    } else if has("indptr") && has("indices") {
        let (starts, columns) = (archive.vector("indptr")?, archive.vector("indices")?);
        let counts = starts.windows(2).map(|w| (w[1] - w[0]).max(0.0) as usize);
        let rows = counts.enumerate().flat_map(|(i, count)| std::iter::repeat_n(i as f64, count.min(columns.len())));
        let rows = rows.take(columns.len() + 1).collect();
        sparse(&mut archive, rows, columns)?
    } else {
        return Err(FileError::Archive { error: format!("has {}, expected {KNOWN}", names.join(", ")) });
    };
    if !has("h") {
        return Ok(matrix);
    }
    let fields = archive.vector("h")?;
    if let Some((i, h)) = fields.iter().enumerate().find(|(_, h)| !h.is_finite()) {
        return Err(FileError::Archive { error: format!("h[{i}] = {h}, expected a finite number") });
    }
    Ok(Contents::WithFields { matrix: Box::new(matrix), fields })
}

/// The entries at (`rows`, `columns`); repeated ones are refused.
fn sparse(archive: &mut Npz, rows: Vec<f64>, columns: Vec<f64>) -> Result<Contents, FileError> {
    let wrong = |error: String| FileError::Archive { error };
    let (data, shape) = (archive.vector("data")?, archive.vector("shape")?);
    if rows.len() != data.len() || columns.len() != data.len() {
        return Err(wrong(format!("{} rows, {} columns and {} values", rows.len(), columns.len(), data.len())));
    }
    let [height, width] = shape[..] else {
        return Err(wrong(format!("`shape` has {} numbers, expected 2", shape.len())));
    };
    let index = |v: f64, limit: f64, what: &str| {
        if v >= 0.0 && v < limit && v.fract() == 0.0 {
            Ok(v as usize)
        } else {
            Err(wrong(format!("a {what} {v}, expected a whole number below {limit}")))
        }
    };
    let mut seen = std::collections::HashSet::new();
    let mut entries = Vec::with_capacity(data.len());
    for ((row, column), value) in rows.iter().zip(&columns).zip(&data) {
        let (i, j) = (index(*row, height, "row")?, index(*column, width, "column")?);
        if !value.is_finite() {
            return Err(FileError::NotFinite { row: i, column: j, value: *value, line: None });
        }
        if !seen.insert((i, j)) {
            return Err(wrong(format!("the entry ({i}, {j}) stands there twice; call sum_duplicates() before saving")));
        }
        entries.push((i, j, Complex64::from(*value)));
    }
    Ok(Contents::Entries { rows: height as usize, columns: width as usize, entries })
}
