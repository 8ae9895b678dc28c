//! NumPy arrays.

use std::io;

use npyz::{DType, Deserialize, NpyFile, Order, TypeChar};
use num_complex::{Complex, Complex64};

use super::{Contents, Values};
use crate::FileError;

/// The first bytes of every NumPy array file.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

const MATRIX: &str = "an array of two dimensions";

/// Parses a two-dimensional array of reals, integers or complex numbers.
///
/// Integers beyond 2^53 are rounded to the nearest f64.
pub(super) fn parse(bytes: &[u8]) -> Result<Contents, FileError> {
    let data = check_header(bytes)?;
    let file = NpyFile::new(bytes).map_err(|error| FileError::NumpyHeader { error })?;
    let &[rows, columns] = file.shape() else {
        let shape = file.shape().to_vec();
        return Err(FileError::Dimensions { shape });
    };
    let lengths = usize::try_from(rows).ok().zip(usize::try_from(columns).ok());
    let Some((rows, columns)) = lengths.filter(|&(rows, columns)| rows > 0 && columns > 0) else {
        return Err(FileError::Empty { expected: MATRIX });
    };
    let dtype = file.dtype();
    let unsuitable = || FileError::ElementType { found: dtype.descr() };
    let DType::Plain(element) = &dtype else {
        return Err(unsuitable());
    };
    let size = element.num_bytes().unwrap_or(usize::MAX);
    let promised = (rows as f64) * (columns as f64) * (size as f64);
    if promised > data.len() as f64 {
        let found = data.len();
        return Err(FileError::CutShort { promised, found });
    }
    let order = file.order();
    let values = match (element.type_char(), size) {
        (TypeChar::Float, 8) => Values::Real(list::<f64, _>(file, |x| x)?),
        (TypeChar::Float, 4) => Values::Real(list::<f32, _>(file, f64::from)?),
        (TypeChar::Int, 1) => Values::Real(list::<i8, _>(file, f64::from)?),
        (TypeChar::Int, 2) => Values::Real(list::<i16, _>(file, f64::from)?),
        (TypeChar::Int, 4) => Values::Real(list::<i32, _>(file, f64::from)?),
        (TypeChar::Int, 8) => Values::Real(list::<i64, _>(file, |x| x as f64)?),
        (TypeChar::Uint, 1) => Values::Real(list::<u8, _>(file, f64::from)?),
        (TypeChar::Uint, 2) => Values::Real(list::<u16, _>(file, f64::from)?),
        (TypeChar::Uint, 4) => Values::Real(list::<u32, _>(file, f64::from)?),
        (TypeChar::Uint, 8) => Values::Real(list::<u64, _>(file, |x| x as f64)?),
        (TypeChar::Complex, 16) => Values::Complex(list::<Complex64, _>(file, |z| z)?),
        (TypeChar::Complex, 8) => {
            Values::Complex(list::<Complex<f32>, _>(file, |z| Complex64::new(f64::from(z.re), f64::from(z.im)))?)
        }
        _ => return Err(unsuitable()),
    };
    let values = match values {
        Values::Real(values) => Values::Real(by_rows(values, rows, columns, order)),
        Values::Complex(values) => Values::Complex(by_rows(values, rows, columns, order)),
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

/// All values in the order of the file.
fn list<T: Deserialize, U>(file: NpyFile<&[u8]>, convert: fn(T) -> U) -> Result<Vec<U>, FileError> {
    let wrap = |error| FileError::NumpyHeader { error };
    let values =
        file.data::<T>().map_err(|error| wrap(io::Error::new(io::ErrorKind::InvalidData, error.to_string())))?;
    values.map(|value| value.map(convert).map_err(|error| FileError::Read { error })).collect()
}

/// Row-major from the order of the file.
fn by_rows<T: Copy>(values: Vec<T>, rows: usize, columns: usize, order: Order) -> Vec<T> {
    match order {
        Order::C => values,
        Order::Fortran => (0..rows * columns).map(|at| values[(at % columns) * rows + at / columns]).collect(),
    }
}

/// Refuses headers that the NumPy reader would not survive: it multiplies the lengths unchecked and parses nested
/// literals recursively. The header of a plain array is one dictionary with one tuple. Returns the bytes after it.
fn check_header(bytes: &[u8]) -> Result<&[u8], FileError> {
    let refuse = |message: &'static str| {
        let error = io::Error::new(io::ErrorKind::InvalidData, message);
        Err(FileError::NumpyHeader { error })
    };
    if !bytes.starts_with(MAGIC) {
        return refuse("the file does not start with \\x93NUMPY");
    }
    let byte = |at: usize| bytes.get(at).copied().map_or(0, usize::from);
    let (start, length) = match byte(6) {
        1 => (10, byte(8) | byte(9) << 8),
        _ => (12, byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24),
    };
    let Some((header, data)) = bytes.get(start..).and_then(|rest| rest.split_at_checked(length)) else {
        return refuse("the file ends inside the header");
    };
    let count = |wanted: u8| header.iter().filter(|&&byte| byte == wanted).count();
    if count(b'[') > 0 || count(b'(') != 1 || count(b'{') != 1 {
        return refuse("expected a plain array: one dictionary with one shape, no record fields");
    }
    let shape = header.split(|&byte| byte == b'(').nth(1).unwrap_or_default();
    let shape = shape.split(|&byte| byte == b')').next().unwrap_or_default();
    let lengths = shape.split(|byte| !byte.is_ascii_digit());
    let lengths = lengths.filter_map(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let lengths: Vec<f64> = lengths.collect();
    if lengths.contains(&0.0) {
        return Err(FileError::Empty { expected: MATRIX });
    }
    // Every element takes a byte or more. Without lengths of 0 this bounds the partial products, too.
    let promised: f64 = lengths.iter().product();
    if promised > data.len() as f64 {
        let found = data.len();
        return Err(FileError::CutShort { promised, found });
    }
    Ok(data)
}
