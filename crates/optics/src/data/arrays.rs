//! Labelled samples from pairs of arrays: one of samples, one of labels.

use super::{DataError, Dataset};
use lightfall_core::npy::{self, NpyArray, NpyError, NpyValues};
use lightfall_core::npz::{Npz, NpzError};
use std::path::Path;

/// Most bytes of a file of one array.
const MOST_BYTES: u64 = 1 << 32;
/// Largest label: far more classes than a network has outputs.
const LARGEST_LABEL: f64 = 4294967295.0;

/// An array with a name for messages.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedArray {
    /// Name, such as that of its file.
    pub name: String,
    /// Length of each dimension.
    pub shape: Vec<usize>,
    /// The numbers, the last index fastest.
    pub values: Vec<f64>,
}

impl NamedArray {
    fn check(&self, fits: bool, expected: &'static str) -> Result<(), DataError> {
        let size = self.shape.iter().try_fold(1_usize, |a, n| a.checked_mul(*n));
        if fits && size == Some(self.values.len()) && size != Some(0) {
            return Ok(());
        }
        let (array, shape, found) = (self.name.clone(), self.shape.clone(), self.values.len());
        Err(DataError::Shape { array, shape, found, expected })
    }
}

/// The classes of an array of n or n x 1 numbers.
fn classes(labels: &NamedArray) -> Result<Vec<usize>, DataError> {
    let fits = matches!(labels.shape[..], [_] | [_, 1]);
    labels.check(fits, "a label for each sample, n or n x 1, and as many numbers")?;
    let class = |(sample, value): (usize, &f64)| {
        if value.fract() == 0.0 && (0.0..=LARGEST_LABEL).contains(value) {
            // Exact: a whole number of 32 bits.
            Ok(*value as usize)
        } else {
            Err(DataError::Class { array: labels.name.clone(), sample, value: *value })
        }
    };
    labels.values.iter().enumerate().map(class).collect()
}

impl Dataset {
    /// Samples of shape n x .. times `scale`, with n labels.
    ///
    /// # Errors
    ///
    /// [`DataError`] if lengths differ, a label is no class, or a number is not finite.
    pub fn from_arrays(samples: NamedArray, labels: NamedArray, scale: f64) -> Result<Self, DataError> {
        let n = samples.shape.first().copied().unwrap_or(0);
        samples.check(n > 0, "samples x numbers, or samples x channels x rows x columns, and as many numbers")?;
        let inputs = samples.values.len() / n;
        let classes = classes(&labels)?;
        if classes.len() != n {
            let (array, labels, found) = (samples.name, labels.name, classes.len());
            return Err(DataError::Lengths { array, samples: n, labels, found });
        }
        let mut values = samples.values;
        for (k, v) in values.iter_mut().enumerate() {
            let scaled = scale * *v;
            if !v.is_finite() || !scaled.is_finite() {
                let (array, sample, index) = (samples.name, k / inputs, k % inputs);
                return Err(DataError::NotFinite { array, sample, index, value: *v, scale });
            }
            *v = scaled;
        }
        Ok(Self { inputs, values, labels: classes })
    }
}

fn named(path: &Path, (shape, values): (Vec<usize>, Vec<f64>)) -> NamedArray {
    NamedArray { name: path.display().to_string(), shape, values }
}

/// Samples times `scale` and labels of two IDX files, as those of MNIST, plain or compressed by gzip.
///
/// # Errors
///
/// [`DataError`].
pub fn read_idx_pair(samples: &Path, labels: &Path, scale: f64) -> Result<Dataset, DataError> {
    let read = |path: &Path| Ok::<_, DataError>(named(path, crate::idx::read_idx(path)?));
    Dataset::from_arrays(read(samples)?, read(labels)?, scale)
}

/// The real numbers of an npy file.
fn read_npy(path: &Path) -> Result<NamedArray, DataError> {
    let unreadable = |reason: String| DataError::Unreadable { path: path.to_owned(), reason };
    let size = std::fs::metadata(path).map_err(|e| unreadable(e.to_string()))?.len();
    if size > MOST_BYTES {
        return Err(unreadable(format!("it has {size} bytes, expected at most {MOST_BYTES}")));
    }
    let bytes = std::fs::read(path).map_err(|e| unreadable(e.to_string()))?;
    match npy::parse(&bytes).map_err(|e| unreadable(e.to_string()))? {
        NpyArray { shape, values: NpyValues::Real(values) } => Ok(named(path, (shape, values))),
        NpyArray { .. } => Err(unreadable(NpyError::ElementType { found: "complex".into() }.to_string())),
    }
}

/// Samples times `scale` and labels of two npy files of at most 2^32 bytes.
///
/// # Errors
///
/// [`DataError`].
pub fn read_npy_pair(samples: &Path, labels: &Path, scale: f64) -> Result<Dataset, DataError> {
    Dataset::from_arrays(read_npy(samples)?, read_npy(labels)?, scale)
}

/// Samples times `scale` and labels of the arrays of these names in an npz file.
///
/// # Errors
///
/// [`DataError`].
pub fn read_npz_pair(path: &Path, samples: &str, labels: &str, scale: f64) -> Result<Dataset, DataError> {
    let unreadable = |error: NpzError| match error {
        NpzError::Missing { path, name, names } => DataError::NoArray { path, name, names },
        NpzError::Archive { path, reason } => DataError::Unreadable { path, reason },
        NpzError::Array { path, name, error } => {
            DataError::Unreadable { path, reason: format!("array `{name}`: {error}") }
        }
        error => DataError::Unreadable { path: path.to_owned(), reason: error.to_string() },
    };
    let mut npz = Npz::open(path).map_err(unreadable)?;
    let mut read = |name: &str| {
        let (shape, values) = npz.array(name).map_err(unreadable)?;
        Ok::<_, DataError>(NamedArray { name: format!("`{name}` of {}", path.display()), shape, values })
    };
    Dataset::from_arrays(read(samples)?, read(labels)?, scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::path::PathBuf;

    fn array(name: &str, shape: &[usize], values: &[f64]) -> NamedArray {
        NamedArray { name: name.into(), shape: shape.to_vec(), values: values.to_vec() }
    }

    fn images() -> NamedArray {
        array("x", &[2, 1, 3], &[0.0, 2.0, 4.0, 6.0, 8.0, 10.0])
    }

    fn expected() -> Dataset {
        Dataset { inputs: 3, values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0], labels: vec![7, 1] }
    }

    #[test]
    fn arrays_that_do_not_belong_together_are_named() {
        assert_eq!(Dataset::from_arrays(images(), array("y", &[2], &[7.0, 1.0]), 0.5).unwrap(), expected());
        assert_eq!(Dataset::from_arrays(images(), array("y", &[2, 1], &[7.0, 1.0]), 0.5).unwrap(), expected());
        let text = |x, y, scale| Dataset::from_arrays(x, y, scale).unwrap_err().to_string();
        let labels = |values: &[f64]| array("y", &[values.len()], values);
        assert_eq!(
            text(images(), labels(&[1.0, 2.0, 3.0]), 1.0),
            "array x has 2 samples but y has 3 labels, expected as many"
        );
        for (wrong, shown) in [(0.5, "0.5"), (-1.0, "-1"), (f64::NAN, "NaN"), (1e10, "10000000000")] {
            assert_eq!(
                text(images(), labels(&[1.0, wrong]), 1.0),
                format!("array y has the label {shown} at sample 1, expected a class: 0, 1, 2, ..")
            );
        }
        assert!(text(images(), array("y", &[2, 3], &[0.0; 6]), 1.0).contains("array y has the shape [2, 3] and 6"));
        assert!(text(array("x", &[2, 3], &[0.0; 5]), labels(&[1.0]), 1.0).contains("the shape [2, 3] and 5 numbers"));
        assert!(text(array("x", &[], &[0.0]), labels(&[1.0]), 1.0).contains("the shape [] and 1 numbers"));
        assert!(text(array("x", &[2, 0], &[]), labels(&[1.0, 1.0]), 1.0).contains("the shape [2, 0]"));
        let infinite = array("x", &[2, 2], &[0.0, 1.0, 1.0, f64::INFINITY]);
        assert_eq!(
            text(infinite, labels(&[1.0, 1.0]), 1.0),
            "array x has the number inf at index 1 of sample 1, expected a finite one, also times 1"
        );
        assert!(text(images(), labels(&[1.0, 1.0]), 1e308).contains("the number 2 at index 1 of sample 0"));
    }

    fn npy(shape: &str, values: &[f64]) -> Vec<u8> {
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = npy::MAGIC.to_vec();
        bytes.extend([1, 0]);
        bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        bytes.extend(header.as_bytes());
        values.iter().for_each(|v| bytes.extend(v.to_le_bytes()));
        bytes
    }

    #[test]
    fn pairs_of_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| -> PathBuf {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let (x, y) = (npy("(2, 1, 3)", &images().values), npy("(2,)", &[7.0, 1.0]));
        let (images, labels) = (write("x.npy", &x), write("y.npy", &y));
        assert_eq!(read_npy_pair(&images, &labels, 0.5).unwrap(), expected());
        let idx = write("x.idx", &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 2, 4, 6, 8, 10]);
        let idx_labels = write("y.idx", &[0, 0, 8, 1, 0, 0, 0, 2, 7, 1]);
        assert_eq!(read_idx_pair(&idx, &idx_labels, 0.5).unwrap(), expected());
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in [("x.npy", &x), ("y.npy", &y)] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        let npz = write("both.npz", &zip.finish().unwrap().into_inner());
        assert_eq!(read_npz_pair(&npz, "x", "y", 0.5).unwrap(), expected());

        let text = read_npz_pair(&npz, "x", "z", 0.5).unwrap_err().to_string();
        assert!(text.ends_with("both.npz has no array `z`; it has x, y"), "{text}");
        let text = read_npy_pair(&idx, &labels, 1.0).unwrap_err().to_string();
        assert!(text.contains("x.idx cannot be read: the NumPy header"), "{text}");
        let text = read_idx_pair(&images, &idx_labels, 1.0).unwrap_err().to_string();
        assert!(text.contains("x.npy begins with the bytes"), "{text}");
        let text = read_npz_pair(&npz, "y", "x", 1.0).unwrap_err().to_string();
        assert!(text.contains("array `x` of ") && text.contains("the shape [2, 1, 3]"), "{text}");
    }
}
