//! An optimisation problem: couplings, fields, and the measure in which its file counts.

use lightfall_couplings::{Couplings, Measure, ProblemFile};
use std::sync::Arc;

/// Spins s_i = +-1 with E(s) = -(1/2) sum_{i != j} J_ij s_i s_j - sum_i h_i s_i, each pair once.
#[derive(Clone)]
pub struct Instance {
    couplings: Arc<dyn Couplings>,
    fields: Vec<f64>,
    measure: Measure,
}

impl Instance {
    /// The instance with couplings J and no fields, counted by its energy.
    pub fn new(couplings: Arc<dyn Couplings>) -> Self {
        Self { couplings, fields: Vec::new(), measure: Measure::Energy }
    }

    /// The instance that a file holds.
    pub fn from_file(file: ProblemFile) -> Self {
        Self::new(file.couplings).with_fields(file.fields).counted_by(file.measure)
    }

    /// The same with fields h, n of them or none.
    ///
    /// # Panics
    ///
    /// If their number is neither.
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<f64>) -> Self {
        assert!(fields.is_empty() || fields.len() == self.len(), "{} fields for {} spins", fields.len(), self.len());
        self.fields = if fields.iter().all(|h| *h == 0.0) { Vec::new() } else { fields };
        self
    }

    /// The same, counted by `measure`.
    #[must_use]
    pub fn counted_by(mut self, measure: Measure) -> Self {
        self.measure = measure;
        self
    }

    /// Number of spins n.
    pub fn len(&self) -> usize {
        self.couplings.len()
    }

    /// Whether there are no spins.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// J.
    pub fn couplings(&self) -> &Arc<dyn Couplings> {
        &self.couplings
    }

    /// h_i; empty if there are none.
    pub fn fields(&self) -> &[f64] {
        &self.fields
    }

    /// What the instance counts.
    pub fn measure(&self) -> Measure {
        self.measure
    }

    /// E(s) in f64, for `spins` of length n. O(stored entries).
    pub fn energy(&self, spins: &[i8]) -> f64 {
        let s: Vec<f64> = spins.iter().map(|s| f64::from(*s)).collect();
        let h: f64 = self.fields.iter().zip(&s).map(|(h, s)| h * s).sum();
        self.couplings.energy(&s) - h
    }
}
