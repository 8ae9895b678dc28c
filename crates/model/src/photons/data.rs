//! The samples of a photon model.

use lightfall_optics::{DataError, Dataset, read_csv, read_idx_pair, read_npy_pair, read_npz_pair, read_rows};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Samples with their classes: a CSV file; an npz file with two arrays; or two files of the IDX format (that of MNIST, gz too) or the npy format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataTable {
    /// CSV file whose first line names its columns, or npz file; relative to the model file, as all files.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// Column of the classes 0, 1, .. in a CSV file.
    #[serde(default = "label")]
    pub label: String,
    /// File of samples, IDX or npy; in an npz file the name of their array.
    #[serde(default)]
    pub samples: Option<PathBuf>,
    /// File of classes, IDX or npy; in an npz file the name of their array.
    #[serde(default)]
    pub labels: Option<PathBuf>,
    /// Samples of a test split that is apart: file or array.
    #[serde(default)]
    pub test_samples: Option<PathBuf>,
    /// Classes of the test split.
    #[serde(default)]
    pub test_labels: Option<PathBuf>,
    /// What the numbers of a sample are multiplied by.
    #[serde(default = "one")]
    pub scale: f64,
    /// File of the rows of the test split, counted from 0, one a line; the others are the training split. Without it both are all samples.
    #[serde(default)]
    pub test_rows: Option<PathBuf>,
    /// Only the first so many samples of the test split.
    #[serde(default)]
    pub first_test: Option<usize>,
    /// Only the first so many samples of the training split.
    #[serde(default)]
    pub first_training: Option<usize>,
}

fn label() -> String {
    "label".into()
}

fn one() -> f64 {
    1.0
}

/// Key and message.
type Wrong = (&'static str, String);

fn ends_with(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension))
}

impl DataTable {
    /// Training and test split; errors as (key, message).
    pub(super) fn read(&self, folder: &Path) -> Result<(Dataset, Dataset), Wrong> {
        if !self.scale.is_finite() {
            return Err(("scale", format!("scale = {}, expected a finite number", self.scale)));
        }
        let all = self.all(folder)?;
        let (mut training, mut test) = self.splits(folder, all)?;
        for (key, first, split) in
            [("first_test", self.first_test, &mut test), ("first_training", self.first_training, &mut training)]
        {
            match first {
                Some(0) => return Err((key, format!("{key} = 0, expected at least 1"))),
                Some(n) if n < split.len() => {
                    split.labels.truncate(n);
                    split.values.truncate(n * split.inputs);
                }
                _ => {}
            }
        }
        Ok((training, test))
    }

    /// All samples of the file, or the pair of files.
    fn all(&self, folder: &Path) -> Result<Dataset, Wrong> {
        match (&self.file, &self.samples, &self.labels) {
            (Some(file), samples, labels) if ends_with(file, "npz") => {
                let (Some(samples), Some(labels)) = (samples, labels) else {
                    return Err(("file", "an npz file needs samples and labels, the names of its arrays".into()));
                };
                self.pair(folder, samples, labels).map_err(|e| ("file", e.to_string()))
            }
            (Some(file), None, None) => read_csv(&folder.join(file), &self.label, self.scale).map_err(|e| {
                let key = if matches!(e, DataError::NoLabel { .. }) { "label" } else { "file" };
                (key, e.to_string())
            }),
            (None, Some(samples), Some(labels)) => {
                self.pair(folder, samples, labels).map_err(|e| ("samples", e.to_string()))
            }
            (Some(_), _, _) => Err(("samples", "samples and labels go with an npz file, or without file".into())),
            (None, None, None) => Err(("file", "file is missing: a CSV or npz file, or samples and labels".into())),
            (None, _, _) => Err(("samples", "samples and labels go together, expected both".into())),
        }
    }

    /// A pair of arrays: of the npz file, or two files.
    fn pair(&self, folder: &Path, samples: &Path, labels: &Path) -> Result<Dataset, DataError> {
        if let Some(file) = &self.file {
            let name = |p: &Path| p.to_string_lossy().into_owned();
            return read_npz_pair(&folder.join(file), &name(samples), &name(labels), self.scale);
        }
        let files = (folder.join(samples), folder.join(labels));
        if ends_with(samples, "npy") {
            return read_npy_pair(&files.0, &files.1, self.scale);
        }
        read_idx_pair(&files.0, &files.1, self.scale)
    }

    /// Training and test split of `all`.
    fn splits(&self, folder: &Path, all: Dataset) -> Result<(Dataset, Dataset), Wrong> {
        match (&self.test_samples, &self.test_labels, &self.test_rows) {
            (Some(samples), Some(labels), None) => {
                let test = self.pair(folder, samples, labels).map_err(|e| ("test_samples", e.to_string()))?;
                if test.inputs != all.inputs {
                    let message = format!("test samples have {} numbers, training samples {}", test.inputs, all.inputs);
                    return Err(("test_samples", message));
                }
                Ok((all, test))
            }
            (None, None, Some(rows)) => {
                let rows = read_rows(&folder.join(rows), all.len()).map_err(|e| ("test_rows", e.to_string()))?;
                let (test, training) = all.split(&rows);
                if training.is_empty() {
                    let message =
                        "all rows are of the test split: nothing is left to train or to calibrate with".to_owned();
                    return Err(("test_rows", message));
                }
                Ok((training, test))
            }
            (None, None, None) => Ok((all.clone(), all)),
            (Some(_), Some(_), Some(_)) => {
                Err(("test_rows", "test_rows and test_samples are two test splits, expected one".into()))
            }
            _ => Err(("test_samples", "test_samples and test_labels go together, expected both".into())),
        }
    }
}
