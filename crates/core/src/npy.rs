//! NumPy arrays: a header that is checked before it is trusted, then numbers row by row.

use npyz::{DType, Deserialize, NpyFile, Order, TypeChar};
use num_complex::{Complex, Complex64};
use std::io;

/// The first bytes of every NumPy array file.
pub const MAGIC: &[u8] = b"\x93NUMPY";

/// Numbers of an array.
#[derive(Clone, Debug, PartialEq)]
pub enum NpyValues {
    /// Reals and integers; integers beyond 2^53 are rounded to the nearest f64.
    Real(Vec<f64>),
    /// Complex numbers.
    Complex(Vec<Complex64>),
}

/// An array, the last index fastest whatever the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct NpyArray {
    /// Length of each dimension, none of them 0.
    pub shape: Vec<usize>,
    /// The numbers.
    pub values: NpyValues,
}

/// Why bytes are no array that can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpyError {
    /// A header that cannot be read.
    #[error("the NumPy header cannot be read: {error}")]
    Header {
        /// Reason.
        error: io::Error,
    },
    /// An array without elements.
    #[error("the array is empty")]
    Empty,
    /// Elements that are no numbers.
    #[error("the elements are {found}, expected floats of 4 or 8 bytes, integers or complex numbers")]
    ElementType {
        /// Type as NumPy writes it.
        found: String,
    },
    /// Fewer bytes than the header promises.
    #[error("the header promises {promised} bytes of data but {found} are there: the file is cut short")]
    CutShort {
        /// Bytes promised.
        promised: f64,
        /// Bytes found.
        found: usize,
    },
    /// An element that cannot be read.
    #[error("an element cannot be read: {error}")]
    Read {
        /// Reason.
        error: io::Error,
    },
}

/// Parses an array of reals, integers or complex numbers.
///
/// # Errors
///
/// [`NpyError`]; nothing is allocated beyond what the bytes can hold.
pub fn parse(bytes: &[u8]) -> Result<NpyArray, NpyError> {
    let data = check_header(bytes)?;
    let file = NpyFile::new(bytes).map_err(|error| NpyError::Header { error })?;
    let shape: Option<Vec<usize>> = file.shape().iter().map(|n| usize::try_from(*n).ok()).collect();
    let Some(shape) = shape.filter(|s| s.iter().all(|n| *n > 0)) else {
        return Err(NpyError::Empty);
    };
    let dtype = file.dtype();
    let unsuitable = || NpyError::ElementType { found: dtype.descr() };
    let DType::Plain(element) = &dtype else {
        return Err(unsuitable());
    };
    let size = element.num_bytes().unwrap_or(usize::MAX);
    let promised = shape.iter().map(|n| *n as f64).product::<f64>() * size as f64;
    if promised > data.len() as f64 {
        let found = data.len();
        return Err(NpyError::CutShort { promised, found });
    }
    let order = file.order();
    let values = match (element.type_char(), size) {
        (TypeChar::Float, 8) => NpyValues::Real(list::<f64, _>(file, |x| x)?),
        (TypeChar::Float, 4) => NpyValues::Real(list::<f32, _>(file, f64::from)?),
        (TypeChar::Int, 1) => NpyValues::Real(list::<i8, _>(file, f64::from)?),
        (TypeChar::Int, 2) => NpyValues::Real(list::<i16, _>(file, f64::from)?),
        (TypeChar::Int, 4) => NpyValues::Real(list::<i32, _>(file, f64::from)?),
        (TypeChar::Int, 8) => NpyValues::Real(list::<i64, _>(file, |x| x as f64)?),
        (TypeChar::Uint, 1) => NpyValues::Real(list::<u8, _>(file, f64::from)?),
        (TypeChar::Uint, 2) => NpyValues::Real(list::<u16, _>(file, f64::from)?),
        (TypeChar::Uint, 4) => NpyValues::Real(list::<u32, _>(file, f64::from)?),
        (TypeChar::Uint, 8) => NpyValues::Real(list::<u64, _>(file, |x| x as f64)?),
        (TypeChar::Complex, 16) => NpyValues::Complex(list::<Complex64, _>(file, |z| z)?),
        (TypeChar::Complex, 8) => {
            NpyValues::Complex(list::<Complex<f32>, _>(file, |z| Complex64::new(f64::from(z.re), f64::from(z.im)))?)
        }
        _ => return Err(unsuitable()),
    };
    let values = match values {
        NpyValues::Real(values) => NpyValues::Real(last_fastest(values, &shape, order)),
        NpyValues::Complex(values) => NpyValues::Complex(last_fastest(values, &shape, order)),
    };
    Ok(NpyArray { shape, values })
}

/// All values in the order of the file.
fn list<T: Deserialize, U>(file: NpyFile<&[u8]>, convert: fn(T) -> U) -> Result<Vec<U>, NpyError> {
    let wrap = |error| NpyError::Header { error };
    let values =
        file.data::<T>().map_err(|error| wrap(io::Error::new(io::ErrorKind::InvalidData, error.to_string())))?;
    values.map(|value| value.map(convert).map_err(|error| NpyError::Read { error })).collect()
}

/// The last index fastest, from the order of the file.
fn last_fastest<T: Copy>(values: Vec<T>, shape: &[usize], order: Order) -> Vec<T> {
    if order == Order::C {
        return values;
    }
    // Place of an element in the file: the first index fastest.
    let place = |mut at: usize| {
        let mut index = vec![0; shape.len()];
        for (i, n) in index.iter_mut().zip(shape).rev() {
            (*i, at) = (at % n, at / n);
        }
        index.iter().zip(shape).rev().fold(0, |sum, (i, n)| sum * n + i)
    };
    (0..values.len()).map(|at| values[place(at)]).collect()
}

/// Refuses headers that the NumPy reader would not survive: it multiplies the lengths unchecked and parses nested
/// literals recursively. The header of a plain array is one dictionary with one tuple. Returns the bytes after it.
fn check_header(bytes: &[u8]) -> Result<&[u8], NpyError> {
    let refuse = |message: &'static str| {
        let error = io::Error::new(io::ErrorKind::InvalidData, message);
        Err(NpyError::Header { error })
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
        return Err(NpyError::Empty);
    }
    // Every element takes a byte or more. Without lengths of 0 this bounds the partial products, too.
    let promised: f64 = lengths.iter().product();
    if promised > data.len() as f64 {
        let found = data.len();
        return Err(NpyError::CutShort { promised, found });
    }
    Ok(data)
}
