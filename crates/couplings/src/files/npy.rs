//! NumPy arrays.

use super::{Contents, Values};
use crate::FileError;
use lightfall_core::npy::{self, NpyError, NpyValues};

pub(super) use lightfall_core::npy::MAGIC;

/// Parses a two-dimensional array of reals, integers or complex numbers.
///
/// Integers beyond 2^53 are rounded to the nearest f64.
pub(super) fn parse(bytes: &[u8]) -> Result<Contents, FileError> {
    let array = npy::parse(bytes).map_err(|e| match e {
        NpyError::Empty => FileError::Empty { expected: "an array of two dimensions" },
        NpyError::ElementType { found } => FileError::ElementType { found },
        NpyError::CutShort { promised, found } => FileError::CutShort { promised, found },
        NpyError::Read { error } => FileError::Read { error },
        NpyError::Header { error } => FileError::NumpyHeader { error },
        other => FileError::NumpyHeader { error: std::io::Error::other(other) },
    })?;
    let [rows, columns] = array.shape[..] else {
        let shape = array.shape.iter().map(|n| *n as u64).collect();
        return Err(FileError::Dimensions { shape });
    };
    let values = match array.values {
        NpyValues::Real(values) => Values::Real(values),
        NpyValues::Complex(values) => Values::Complex(values),
    };
    let bad = match &values {
        Values::Real(values) => values.iter().copied().enumerate().find(|(_, x)| !x.is_finite()),
        Values::Complex(values) => values
            .iter()
            .flat_map(|z| [z.re, z.im])
            .enumerate()
            .find(|(_, x)| !x.is_finite())
            .map(|(at, x)| (at / 2, x)),
    };
    if let Some((at, value)) = bad {
        return Err(FileError::NotFinite { row: at / columns, column: at % columns, value, line: None });
    }
    Ok(Contents::Full { rows, columns, values })
}
