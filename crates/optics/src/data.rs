//! Labelled samples.

use std::path::{Path, PathBuf};

/// Samples with their classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dataset {
    /// Numbers of a sample.
    pub inputs: usize,
    /// Samples one after the other.
    pub values: Vec<f64>,
    /// Class of each sample.
    pub labels: Vec<usize>,
}

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
}

/// The first and the last of many names.
fn shortened(names: &[String]) -> String {
    match names {
        [a, b, .., y, z] if names.len() > 8 => format!("{a}, {b}, .., {y}, {z} ({} of them)", names.len()),
        _ => names.join(", "),
    }
}

impl Dataset {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True without samples.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Sample `k`.
    pub fn sample(&self, k: usize) -> &[f64] {
        &self.values[k * self.inputs..(k + 1) * self.inputs]
    }

    /// The samples `rows`, and all others, in their order.
    pub fn split(&self, rows: &[usize]) -> (Self, Self) {
        let mut chosen = vec![false; self.len()];
        rows.iter().for_each(|r| chosen[*r] = true);
        let others: Vec<usize> = (0..self.len()).filter(|k| !chosen[*k]).collect();
        (self.pick(rows), self.pick(&others))
    }

    fn pick(&self, rows: &[usize]) -> Self {
        Self {
            inputs: self.inputs,
            values: rows.iter().flat_map(|r| self.sample(*r).iter().copied()).collect(),
            labels: rows.iter().map(|r| self.labels[*r]).collect(),
        }
    }

    /// Checks labels against the classes of a network.
    ///
    /// # Errors
    ///
    /// [`DataError::Label`].
    pub fn check_labels(&self, classes: usize) -> Result<(), DataError> {
        let wrong = self.labels.iter().enumerate().find(|(_, l)| **l >= classes);
        wrong.map_or(Ok(()), |(sample, label)| Err(DataError::Label { sample, label: *label, classes }))
    }
}

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
