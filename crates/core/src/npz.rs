//! Arrays of numbers from npz files.

use crate::npy::{self, NpyArray, NpyError, NpyValues};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// Most bytes of one array: a small archive can hold a large one.
const LARGEST: u64 = 1 << 32;

/// Why an archive of arrays cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpzError {
    /// A file that is no archive, or a damaged one.
    #[error("{path} is no npz archive that can be read: {reason}")]
    Archive {
        /// File.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// No array of that name.
    #[error("{path} has no array `{name}`; it has {}", names.join(", "))]
    Missing {
        /// File.
        path: PathBuf,
        /// Name asked for.
        name: String,
        /// Names there are.
        names: Vec<String>,
    },
    /// An array that cannot be read.
    #[error("{path}: array `{name}`: {error}")]
    Array {
        /// File.
        path: PathBuf,
        /// Name.
        name: String,
        /// Reason.
        error: NpyError,
    },
    /// An array of another shape.
    #[error("{path}: array `{name}` has the shape {shape:?}, expected {expected}")]
    Shape {
        /// File.
        path: PathBuf,
        /// Name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// What would be right.
        expected: &'static str,
    },
}

/// An archive of named arrays.
#[derive(Debug)]
pub struct Npz {
    path: PathBuf,
    archive: ZipArchive<File>,
}

impl Npz {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// [`NpzError::Archive`].
    pub fn open(path: &Path) -> Result<Self, NpzError> {
        let failed = |reason: String| NpzError::Archive { path: path.to_owned(), reason };
        let file = File::open(path).map_err(|e| failed(e.to_string()))?;
        let archive = ZipArchive::new(file).map_err(|e| failed(e.to_string()))?;
        Ok(Self { path: path.to_owned(), archive })
    }

    /// Names of the arrays.
    pub fn names(&self) -> Vec<String> {
        let plain = |n: std::borrow::Cow<'_, str>| n.strip_suffix(".npy").unwrap_or(&n).to_owned();
        self.archive.file_names().flatten().map(plain).collect()
    }

    /// The array `name` and its real numbers.
    ///
    /// # Errors
    ///
    /// [`NpzError`] if there is none, its bytes are damaged or more than 2^32, or its numbers are complex.
    pub fn array(&mut self, name: &str) -> Result<(Vec<usize>, Vec<f64>), NpzError> {
        let path = self.path.clone();
        let names = self.names();
        let member = match self.archive.by_name(&format!("{name}.npy")) {
            Ok(member) => member,
            Err(zip::result::ZipError::FileNotFound) => {
                return Err(NpzError::Missing { path, name: name.into(), names });
            }
            Err(e) => return Err(NpzError::Archive { path, reason: e.to_string() }),
        };
        let damaged =
            |reason: String| NpzError::Archive { path: path.clone(), reason: format!("array `{name}`: {reason}") };
        if member.size() > LARGEST {
            return Err(damaged(format!("{} bytes, expected at most {LARGEST}", member.size())));
        }
        let mut bytes = Vec::new();
        member.take(LARGEST).read_to_end(&mut bytes).map_err(|e| damaged(e.to_string()))?;
        let failed = |error| NpzError::Array { path: path.clone(), name: name.into(), error };
        match npy::parse(&bytes).map_err(failed)? {
            NpyArray { shape, values: NpyValues::Real(values) } => Ok((shape, values)),
            NpyArray { .. } => Err(failed(NpyError::ElementType { found: "complex".into() })),
        }
    }

    /// A matrix: rows, columns, numbers row by row.
    ///
    /// # Errors
    ///
    /// As for [`Npz::array`], and for another number of dimensions.
    pub fn matrix(&mut self, name: &str) -> Result<(usize, usize, Vec<f64>), NpzError> {
        match self.array(name)? {
            (shape, values) if shape.len() == 2 => Ok((shape[0], shape[1], values)),
            (shape, _) => Err(self.shape(name, shape, "a matrix, outputs x inputs")),
        }
    }

    /// A vector.
    ///
    /// # Errors
    ///
    /// As for [`Npz::array`], and for another number of dimensions.
    pub fn vector(&mut self, name: &str) -> Result<Vec<f64>, NpzError> {
        match self.array(name)? {
            (shape, values) if shape.len() == 1 => Ok(values),
            (shape, _) => Err(self.shape(name, shape, "a vector")),
        }
    }

    fn shape(&self, name: &str, shape: Vec<usize>, expected: &'static str) -> NpzError {
        NpzError::Shape { path: self.path.clone(), name: name.into(), shape, expected }
    }
}
