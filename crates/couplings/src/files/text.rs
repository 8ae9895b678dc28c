//! Lines, fields and numbers of a text file.

use crate::FileError;

/// A line with its number, counted from 1, trimmed.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) number: usize,
    pub(super) text: &'a str,
}

/// `bytes` as text without a byte-order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, FileError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => Err(FileError::NotText { at: error.valid_up_to() }),
    }
}

/// The lines of `text` that hold something before the character `comment`; LF and CRLF end a line.
pub(super) fn lines(text: &str, comment: char) -> impl Iterator<Item = Line<'_>> {
    text.lines().enumerate().filter_map(move |(at, line)| {
        let text = line.split(comment).next().unwrap_or_default().trim();
        (!text.is_empty()).then_some(Line { number: at + 1, text })
    })
}

impl<'a> Line<'a> {
    /// The fields between white space, if there are exactly N of them.
    pub(super) fn fields<const N: usize>(self, expected: &'static str) -> Result<[&'a str; N], FileError> {
        let fields: Vec<&str> = self.text.split_whitespace().collect();
        fields.try_into().map_err(|_| self.wrong(expected))
    }

    /// The error that the whole line is not `expected`.
    pub(super) fn wrong(self, expected: &'static str) -> FileError {
        // A line of a large matrix would bury the message.
        let mut found: String = self.text.chars().take(60).collect();
        if found.len() < self.text.len() {
            found.push_str(" ...");
        }
        FileError::Line { line: self.number, found, expected }
    }

    /// The error that the field at index `at` is not `expected`.
    pub(super) fn wrong_field(self, at: usize, found: &str, expected: &'static str) -> FileError {
        FileError::Field { line: self.number, field: at + 1, found: found.to_owned(), expected }
    }

    /// A field as a whole number.
    pub(super) fn count(self, at: usize, field: &str) -> Result<usize, FileError> {
        let expected = "a whole number, at least 0";
        field.parse().map_err(|_| self.wrong_field(at, field, expected))
    }

    /// A field as an index from 1 to `limit`, counted from 0 in the result.
    pub(super) fn index(self, at: usize, field: &str, limit: usize) -> Result<usize, FileError> {
        let found = self.count(at, field)?;
        if found == 0 || found > limit {
            let line = self.number;
            return Err(FileError::Index { line, found, limit });
        }
        Ok(found - 1)
    }

    /// A field as the finite real number at (row, column) of a matrix.
    pub(super) fn real(self, at: usize, field: &str, (row, column): (usize, usize)) -> Result<f64, FileError> {
        let value: f64 = field.parse().map_err(|_| self.wrong_field(at, field, "a number"))?;
        if value.is_finite() {
            return Ok(value);
        }
        Err(FileError::NotFinite { row, column, value, line: Some(self.number) })
    }
}
