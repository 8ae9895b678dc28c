//! The samples of a photon model.

use lightfall_optics::{DataError, Dataset, read_csv, read_rows};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Samples with their classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataTable {
    /// CSV file whose first line names its columns, relative to the model file.
    pub file: PathBuf,
    /// Column of the classes 0, 1, ..
    #[serde(default = "label")]
    pub label: String,
    /// What the numbers of a sample are multiplied by.
    #[serde(default = "one")]
    pub scale: f64,
    /// File of the rows of the test split, counted from 0, one a line; the others are the training split. Without it both are all samples.
    #[serde(default)]
    pub test_rows: Option<PathBuf>,
}

fn label() -> String {
    "label".into()
}

fn one() -> f64 {
    1.0
}

impl DataTable {
    /// Training and test split; errors as (key, message).
    pub(super) fn read(&self, folder: &Path) -> Result<(Dataset, Dataset), (&'static str, String)> {
        if !self.scale.is_finite() {
            return Err(("scale", format!("scale = {}, expected a finite number", self.scale)));
        }
        let data = read_csv(&folder.join(&self.file), &self.label, self.scale).map_err(|e| {
            let key = if matches!(e, DataError::NoLabel { .. }) { "label" } else { "file" };
            (key, e.to_string())
        })?;
        let Some(rows) = &self.test_rows else { return Ok((data.clone(), data)) };
        let rows = read_rows(&folder.join(rows), data.len()).map_err(|e| ("test_rows", e.to_string()))?;
        let (test, training) = data.split(&rows);
        if training.is_empty() {
            let message = "all rows are of the test split: nothing is left to train or to calibrate with".to_owned();
            return Err(("test_rows", message));
        }
        Ok((training, test))
    }
}
