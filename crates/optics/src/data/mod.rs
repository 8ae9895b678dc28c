//! Labelled samples.

mod arrays;
mod csv;
mod error;

pub use arrays::{NamedArray, read_idx_pair, read_npy_pair, read_npz_pair};
pub use csv::{read_csv, read_rows};
pub use error::DataError;

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
