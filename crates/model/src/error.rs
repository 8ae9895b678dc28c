//! Errors of model files: where, what was found, what would be right.

use std::ops::Range;

/// A model file that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}{message}", self.place())]
pub struct ModelError {
    /// Name of the file, or of the override.
    pub file: String,
    /// The text the span refers to.
    pub text: String,
    /// Bytes of `text` the error is about, if known.
    pub span: Option<Range<usize>>,
    /// What is wrong and what would be right.
    pub message: String,
}

impl ModelError {
    /// Line and column of the error, from 1.
    pub fn position(&self) -> Option<(usize, usize)> {
        let start = self.span.as_ref()?.start.min(self.text.len());
        let before = self.text.get(..start)?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        Some((line, column))
    }

    fn place(&self) -> String {
        match self.position() {
            Some((line, column)) => format!("{}:{line}:{column}: ", self.file),
            None => format!("{}: ", self.file),
        }
    }
}
