//! Matrix Market exchange format.

use std::collections::HashMap;

use num_complex::Complex64;

use super::text::{Line, lines};
use super::{Contents, Values};
use crate::FileError;

/// What the first line starts with, in any case.
pub(super) const BANNER: &str = "%%MatrixMarket";

const HEADER: &str = "`%%MatrixMarket matrix coordinate|array real|integer|pattern|complex \
                      general|symmetric|skew-symmetric|hermitian`";

#[derive(Clone, Copy, PartialEq)]
enum Field {
    Real,
    Pattern,
    Complex,
}

#[derive(Clone, Copy, PartialEq)]
enum Symmetry {
    General,
    Symmetric,
    Skew,
    Hermitian,
}

impl Symmetry {
    /// The entry at (j, i) that follows from `value` at (i, j).
    fn mirror(self, value: Complex64) -> Option<Complex64> {
        match self {
            Self::General => None,
            Self::Symmetric => Some(value),
            Self::Skew => Some(-value),
            Self::Hermitian => Some(value.conj()),
        }
    }
}

/// Parses a coordinate or array file; a pattern entry is 1; symmetric files are completed.
///
/// Source: Boisvert, Pozo and Remington, The Matrix Market exchange formats, NISTIR 5935 (1996).
pub(super) fn parse(text: &str) -> Result<Contents, FileError> {
    let Some(first) = text.lines().next().filter(|_| !text.trim().is_empty()) else {
        return Err(FileError::Empty { expected: HEADER });
    };
    let header = Line { number: 1, text: first.trim() };
    let words = header.text.to_ascii_lowercase();
    let words: Vec<&str> = words.split_whitespace().collect();
    let [banner, "matrix", layout, field, symmetry] = words[..] else {
        return Err(header.wrong(HEADER));
    };
    let field = match field {
        "real" | "integer" | "double" => Field::Real,
        "pattern" => Field::Pattern,
        "complex" => Field::Complex,
        _ => return Err(header.wrong(HEADER)),
    };
    let symmetry = match symmetry {
        "general" => Symmetry::General,
        "symmetric" => Symmetry::Symmetric,
        "skew-symmetric" => Symmetry::Skew,
        "hermitian" => Symmetry::Hermitian,
        _ => return Err(header.wrong(HEADER)),
    };
    if banner != BANNER.to_ascii_lowercase() {
        return Err(header.wrong(HEADER));
    }
    // Comments start with %, and so does the header.
    let mut lines = lines(text, '%');
    match layout {
        "coordinate" => coordinate(&mut lines, field, symmetry),
        "array" if field != Field::Pattern => array(&mut lines, field, symmetry),
        _ => Err(header.wrong(HEADER)),
    }
}

/// The line of sizes.
fn sizes<'a, const N: usize>(
    lines: &mut impl Iterator<Item = Line<'a>>,
    expected: &'static str,
    symmetry: Symmetry,
) -> Result<(Line<'a>, [usize; N]), FileError> {
    let line = lines.next().ok_or(FileError::Empty { expected })?;
    let fields: [&str; N] = line.fields(expected)?;
    let mut sizes = [0; N];
    for (at, field) in fields.iter().enumerate() {
        sizes[at] = line.count(at, field)?;
    }
    let (rows, columns) = (sizes[0], sizes[1]);
    if rows == 0 || columns == 0 {
        return Err(line.wrong("at least one row and one column"));
    }
    if symmetry != Symmetry::General && rows != columns {
        return Err(FileError::NotSquare { rows, columns });
    }
    Ok((line, sizes))
}

/// The value in `fields`, which start at field index `offset` of `line`, for the matrix entry at `place`.
fn value(line: Line<'_>, fields: &[&str], offset: usize, place: (usize, usize)) -> Result<Complex64, FileError> {
    let mut parts = [0.0; 2];
    for (at, field) in fields.iter().enumerate() {
        parts[at] = line.real(offset + at, field, place)?;
    }
    Ok(Complex64::new(parts[0], parts[1]))
}

fn coordinate<'a>(
    lines: &mut impl Iterator<Item = Line<'a>>,
    field: Field,
    symmetry: Symmetry,
) -> Result<Contents, FileError> {
    let (header, [rows, columns, promised]) = sizes(lines, "the sizes `rows columns entries`", symmetry)?;
    let mut entries = Vec::new();
    let mut seen: HashMap<(usize, usize), usize> = HashMap::new();
    let mut found = 0;
    for line in lines {
        let ([i, j], entry) = match field {
            Field::Pattern => (line.fields("an entry `i j`")?, Complex64::ONE),
            Field::Real => {
                let [i, j, x] = line.fields("an entry `i j value`")?;
                ([i, j], value(line, &[x], 2, place(i, j))?)
            }
            Field::Complex => {
                let [i, j, x, y] = line.fields("an entry `i j real imaginary`")?;
                ([i, j], value(line, &[x, y], 2, place(i, j))?)
            }
        };
        let (i, j) = (line.index(0, i, rows)?, line.index(1, j, columns)?);
        check_diagonal(line, symmetry, (i, j), entry)?;
        found += 1;
        let mirrored = symmetry.mirror(entry).filter(|_| i != j);
        for (i, j, entry) in [Some((i, j, entry)), mirrored.map(|entry| (j, i, entry))].into_iter().flatten() {
            if let Some(first) = seen.insert((i, j), line.number) {
                return Err(FileError::Repeated { line: line.number, first, i: i + 1, j: j + 1 });
            }
            entries.push((i, j, entry));
        }
    }
    if found != promised {
        return Err(FileError::Count { line: header.number, promised, found, what: "entries" });
    }
    Ok(Contents::Entries { rows, columns, entries })
}

/// Indices counted from 0, for the message about a bad value; a bad index is reported by its own check.
fn place(i: &str, j: &str) -> (usize, usize) {
    let index = |field: &str| field.parse().unwrap_or(0usize).saturating_sub(1);
    (index(i), index(j))
}

/// A skew-symmetric matrix has no diagonal, a Hermitian one a real diagonal.
fn check_diagonal(
    line: Line<'_>,
    symmetry: Symmetry,
    (i, j): (usize, usize),
    value: Complex64,
) -> Result<(), FileError> {
    match symmetry {
        Symmetry::Skew if i == j => Err(line.wrong("no diagonal entry, which is 0 in a skew-symmetric matrix")),
        Symmetry::Hermitian if i == j && value.im != 0.0 => {
            Err(line.wrong("a real diagonal entry in a hermitian matrix"))
        }
        _ => Ok(()),
    }
}

/// Values column by column; of a symmetric matrix the lower triangle only, of a skew-symmetric one without diagonal.
fn array<'a>(
    lines: &mut impl Iterator<Item = Line<'a>>,
    field: Field,
    symmetry: Symmetry,
) -> Result<Contents, FileError> {
    let (header, [rows, columns]) = sizes(lines, "the sizes `rows columns`", symmetry)?;
    let too_large = || FileError::Memory { rows, columns };
    let length = rows.checked_mul(columns).ok_or_else(too_large)?;
    let promised = match symmetry {
        Symmetry::General => length,
        Symmetry::Symmetric | Symmetry::Hermitian => (length - rows) / 2 + rows,
        Symmetry::Skew => (length - rows) / 2,
    };
    let mut listed = Vec::new();
    let (mut i, mut j) = (usize::from(symmetry == Symmetry::Skew), 0);
    for line in lines {
        let entry = match field {
            Field::Complex => {
                let fields: [&str; 2] = line.fields("a value `real imaginary`")?;
                value(line, &fields, 0, (i, j))?
            }
            _ => value(line, &line.fields::<1>("one value")?, 0, (i, j))?,
        };
        check_diagonal(line, symmetry, (i, j), entry)?;
        listed.push((i, j, entry));
        i += 1;
        if i == rows {
            j += 1;
            i = match symmetry {
                Symmetry::General => 0,
                Symmetry::Skew => j + 1,
                _ => j,
            };
        }
    }
    if listed.len() != promised {
        return Err(FileError::Count { line: header.number, promised, found: listed.len(), what: "values" });
    }
    // The count is that of the file's lines, so the memory is in proportion to the file.
    let mut values = vec![Complex64::default(); length];
    for (i, j, entry) in listed {
        values[i * columns + j] = entry;
        if let Some(mirrored) = symmetry.mirror(entry).filter(|_| i != j) {
            values[j * columns + i] = mirrored;
        }
    }
    let values = match field {
        Field::Complex => Values::Complex(values),
        _ => Values::Real(values.iter().map(|value| value.re).collect()),
    };
    Ok(Contents::Full { rows, columns, values })
}
