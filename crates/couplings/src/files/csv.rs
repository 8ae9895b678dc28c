//! Rows of numbers separated by commas or white space.

use super::text::{Line, lines};
use super::{Contents, Values};
use crate::FileError;

/// Parses one row per line; a line with a comma is split at commas, any other at white space; `#` starts a comment.
pub(super) fn parse(text: &str) -> Result<Contents, FileError> {
    let mut values = Vec::new();
    let mut rows = 0;
    let mut first: Option<(usize, usize)> = None;
    for line in lines(text, '#') {
        let before = values.len();
        for (at, field) in fields(line).enumerate() {
            let value = line.real(at, field, (rows, at)).map_err(|error| hint_at_header(error, rows))?;
            values.push(value);
        }
        let found = values.len() - before;
        let (first, expected) = *first.get_or_insert((line.number, found));
        if found != expected {
            return Err(FileError::Ragged { line: line.number, found, expected, first });
        }
        rows += 1;
    }
    let Some((_, columns)) = first else {
        let expected = "one row of values per line";
        return Err(FileError::Empty { expected });
    };
    Ok(Contents::Full { rows, columns, values: Values::Real(values) })
}

/// Whether the first line with contents is a list of numbers.
pub(super) fn looks_like(text: &str) -> bool {
    lines(text, '#').next().is_some_and(|line| fields(line).all(|field| field.parse::<f64>().is_ok()))
}

fn fields(line: Line<'_>) -> impl Iterator<Item = &str> {
    let commas = line.text.contains(',');
    let split = move |letter: char| {
        if commas { letter == ',' } else { letter.is_whitespace() }
    };
    let fields = line.text.split(split).map(str::trim);
    // Several blanks are one separator; an empty field between commas is a mistake and is kept.
    fields.filter(move |field| commas || !field.is_empty())
}

/// A first line that is no numbers is most likely a line of column names.
fn hint_at_header(error: FileError, rows: usize) -> FileError {
    match error {
        FileError::Field { line, field, found, .. } if rows == 0 => {
            FileError::Field { line, field, found, expected: "a number (start a line of column names with #)" }
        }
        error => error,
    }
}
