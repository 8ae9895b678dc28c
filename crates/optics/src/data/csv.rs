//! Labelled samples and row numbers from text.

use super::{DataError, Dataset};
use std::path::Path;

fn text_of(path: &Path) -> Result<String, DataError> {
    std::fs::read_to_string(path).map_err(|e| DataError::Unreadable { path: path.to_owned(), reason: e.to_string() })
}

/// Samples of a CSV file whose first line names its columns: the column `label` has the classes, all others the numbers of a sample, times `scale`.
///
/// # Errors
///
/// [`DataError`] with the line and the column.
pub fn read_csv(path: &Path, label: &str, scale: f64) -> Result<Dataset, DataError> {
    let text = text_of(path)?;
    let mut lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    let names: Vec<String> =
        lines.next().map_or_else(Vec::new, |(_, l)| l.split(',').map(|n| n.trim().to_owned()).collect());
    let Some(at) = names.iter().position(|n| n == label) else {
        return Err(DataError::NoLabel { path: path.to_owned(), label: label.into(), columns: names });
    };
    let mut data = Dataset { inputs: names.len() - 1, ..Dataset::default() };
    for (k, line) in lines {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        if cells.len() != names.len() {
            let (found, expected) = (cells.len(), names.len());
            return Err(DataError::Ragged { path: path.to_owned(), line: k + 1, found, expected });
        }
        for (c, cell) in cells.iter().enumerate() {
            let wrong = |expected| DataError::Value {
                path: path.to_owned(),
                line: k + 1,
                text: (*cell).to_owned(),
                column: names[c].clone(),
                expected,
            };
            if c == at {
                data.labels.push(cell.parse().map_err(|_| wrong("a class: 0, 1, 2, .."))?);
            } else {
                let value = cell.parse::<f64>().ok().filter(|v| v.is_finite());
                let value = value.map(|v| scale * v).filter(|v| v.is_finite());
                data.values.push(value.ok_or_else(|| wrong("a finite number, also when scaled"))?);
            }
        }
    }
    if data.is_empty() {
        return Err(DataError::Empty { path: path.to_owned() });
    }
    Ok(data)
}

/// Row numbers, counted from 0, one a line.
///
/// # Errors
///
/// [`DataError`] for what is no number, or no row of `samples`.
pub fn read_rows(path: &Path, samples: usize) -> Result<Vec<usize>, DataError> {
    let text = text_of(path)?;
    let mut rows = Vec::new();
    for (k, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let row: usize = line.trim().parse().map_err(|_| DataError::Value {
            path: path.to_owned(),
            line: k + 1,
            text: line.trim().into(),
            column: "row".into(),
            expected: "a row number: 0, 1, 2, ..",
        })?;
        if rows.contains(&row) {
            return Err(DataError::Value {
                path: path.to_owned(),
                line: k + 1,
                text: row.to_string(),
                column: "row".into(),
                expected: "every row once",
            });
        }
        if row >= samples {
            return Err(DataError::Row { path: path.to_owned(), line: k + 1, row, samples });
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(DataError::Empty { path: path.to_owned() });
    }
    Ok(rows)
}
