//! Arrays of numbers into npz files.

use crate::NamedArray;
use std::io::{Cursor, Error, Write};
use std::path::Path;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Writes `arrays` of doubles as an npz file that numpy opens, in one piece: beside `path` first, then in its place.
///
/// # Errors
///
/// What the system says, and [`std::io::ErrorKind::InvalidInput`] for an array whose numbers do not fill its shape.
pub fn write_npz(path: &Path, arrays: &[NamedArray]) -> Result<(), Error> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for array in arrays {
        if array.shape.iter().product::<usize>() != array.values.len() {
            let what = format!("{}: {} numbers for the shape {:?}", array.name, array.values.len(), array.shape);
            return Err(Error::new(std::io::ErrorKind::InvalidInput, what));
        }
        zip.start_file(format!("{}.npy", array.name), SimpleFileOptions::default())?;
        zip.write_all(&npy(array))?;
    }
    let bytes = zip.finish()?.into_inner();
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}

/// Bytes of an npy file, version 1.0: a header padded to a multiple of 64, then the numbers.
fn npy(array: &NamedArray) -> Vec<u8> {
    let sizes: String = array.shape.iter().map(|n| format!("{n},")).collect();
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({sizes}), }}");
    let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
    header.push_str(&" ".repeat(padded - header.len() - 1));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    // Shapes of a handful of numbers: far below 2^16.
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(array.values.iter().flat_map(|v| v.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Npz;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.npz");
        let array = |name: &str, shape: &[usize]| {
            let n = shape.iter().product::<usize>();
            let values = (0..n).map(|k| (1.7 * k as f64).sin()).collect();
            NamedArray { name: name.into(), shape: shape.to_vec(), values }
        };
        let all = [array("w1", &[3, 4]), array("b1", &[3]), array("k", &[2, 1, 3, 3])];
        write_npz(&path, &all).unwrap();
        let mut npz = Npz::open(&path).unwrap();
        for a in &all {
            assert_eq!(npz.array(&a.name).unwrap(), (a.shape.clone(), a.values.clone()));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(npy(&all[1]).len() % 64, 24);
        let bad = NamedArray { values: vec![1.0], ..array("x", &[2]) };
        assert!(write_npz(&path, &[bad]).is_err());
    }
}
