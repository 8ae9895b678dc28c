//! Arrays of numbers from IDX files, the format of MNIST, plain or compressed by gzip.

use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Most bytes of an array.
const MOST_BYTES: u64 = 1 << 32;
/// First bytes of a file of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why a file is no IDX array.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IdxError {
    /// A file that cannot be read, or is no gzip although it begins like one.
    #[error("{path} cannot be read: {reason}")]
    Unreadable {
        /// File.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// A file that begins in another way.
    #[error(
        "{path} begins with the bytes {found:02x?}, expected 00 00 of IDX, then the type 08, 09, 0b, 0c, 0d or 0e, then 1 or more dimensions"
    )]
    Magic {
        /// File.
        path: PathBuf,
        /// Its first bytes, at most 4.
        found: Vec<u8>,
    },
    /// Fewer bytes than the header promises.
    #[error("{path} has {found} bytes after the first 4, expected {promised}: the file is cut short")]
    CutShort {
        /// File.
        path: PathBuf,
        /// Bytes of its dimensions and numbers.
        promised: u64,
        /// Bytes found.
        found: u64,
    },
    /// More bytes than the header promises.
    #[error("{path} has more than {promised} bytes after the first 4, the size of its shape {shape:?}")]
    Trailing {
        /// File.
        path: PathBuf,
        /// Bytes of its dimensions and numbers.
        promised: u64,
        /// Length of each dimension.
        shape: Vec<u32>,
    },
    /// A dimension of 0, or too many numbers.
    #[error("{path} has the shape {shape:?}, expected dimensions of 1 or more and at most {most} bytes of numbers")]
    Shape {
        /// File.
        path: PathBuf,
        /// Length of each dimension.
        shape: Vec<u32>,
        /// Most bytes there may be.
        most: u64,
    },
}

/// Bytes of a number, by the third byte of a file.
fn width(kind: u8) -> Option<u64> {
    match kind {
        0x08 | 0x09 => Some(1),
        0x0b => Some(2),
        0x0c | 0x0d => Some(4),
        0x0e => Some(8),
        _ => None,
    }
}

/// Numbers of `N` bytes, the highest first.
fn numbers<const N: usize>(bytes: &[u8], of: fn([u8; N]) -> f64) -> Vec<f64> {
    bytes.as_chunks::<N>().0.iter().map(|b| of(*b)).collect()
}

/// Shape and numbers of an IDX file, the last index fastest.
///
/// The numbers are u8 (08), i8 (09), i16 (0b), i32 (0c), f32 (0d) or f64 (0e), the highest byte first. A file that begins as gzip does is
/// decompressed. At most 2^32 bytes are read, and no more than the header promises.
///
/// # Errors
///
/// [`IdxError`] with what was found.
///
/// Source: LeCun, Cortes, Burges, The MNIST database, "File formats".
pub fn read_idx(path: &Path) -> Result<(Vec<usize>, Vec<f64>), IdxError> {
    let unreadable = |e: std::io::Error| IdxError::Unreadable { path: path.to_owned(), reason: e.to_string() };
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    if file.fill_buf().map_err(unreadable)?.starts_with(&GZIP) {
        parse(path, MultiGzDecoder::new(file))
    } else {
        parse(path, file)
    }
}

/// At most `count` bytes.
fn bytes(path: &Path, from: &mut impl Read, count: u64) -> Result<Vec<u8>, IdxError> {
    let mut bytes = Vec::new();
    let read = from.take(count).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|e| IdxError::Unreadable { path: path.to_owned(), reason: e.to_string() })
}

fn parse(path: &Path, mut from: impl Read) -> Result<(Vec<usize>, Vec<f64>), IdxError> {
    let magic = bytes(path, &mut from, 4)?;
    let known = match magic[..] {
        [0, 0, kind, rank] if rank > 0 => width(kind).map(|w| (kind, w, u64::from(rank))),
        _ => None,
    };
    let Some((kind, width, rank)) = known else {
        return Err(IdxError::Magic { path: path.to_owned(), found: magic });
    };
    let header = bytes(path, &mut from, 4 * rank)?;
    let shape: Vec<u32> = header.as_chunks::<4>().0.iter().map(|b| u32::from_be_bytes(*b)).collect();
    let cut_short = |promised, found: usize| IdxError::CutShort {
        path: path.to_owned(),
        promised,
        // A usize has at most 64 bits.
        found: found as u64,
    };
    if header.len() as u64 != 4 * rank {
        return Err(cut_short(4 * rank, header.len()));
    }
    let size = shape.iter().try_fold(width, |a, n| a.checked_mul(u64::from(*n)));
    let Some(size) = size.filter(|n| (1..=MOST_BYTES).contains(n)) else {
        return Err(IdxError::Shape { path: path.to_owned(), shape, most: MOST_BYTES });
    };
    let data = bytes(path, &mut from, size + 1)?;
    let found = data.len() as u64;
    if found < size {
        return Err(cut_short(4 * rank + size, header.len() + data.len()));
    }
    if found > size {
        return Err(IdxError::Trailing { path: path.to_owned(), promised: 4 * rank + size, shape });
    }
    let values = match kind {
        0x08 => numbers(&data, |b: [u8; 1]| f64::from(u8::from_be_bytes(b))),
        0x09 => numbers(&data, |b: [u8; 1]| f64::from(i8::from_be_bytes(b))),
        0x0b => numbers(&data, |b: [u8; 2]| f64::from(i16::from_be_bytes(b))),
        0x0c => numbers(&data, |b: [u8; 4]| f64::from(i32::from_be_bytes(b))),
        0x0d => numbers(&data, |b: [u8; 4]| f64::from(f32::from_be_bytes(b))),
        _ => numbers(&data, f64::from_be_bytes),
    };
    // Each is at most MOST_BYTES.
    Ok((shape.iter().map(|n| *n as usize).collect(), values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn read(bytes: &[u8]) -> Result<(Vec<usize>, Vec<f64>), IdxError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("images");
        std::fs::write(&file, bytes).unwrap();
        read_idx(&file)
    }

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// 2 x 3 numbers of the type `kind`.
    fn file(kind: u8, numbers: &[&[u8]]) -> Vec<u8> {
        let mut file = vec![0, 0, kind, 2, 0, 0, 0, 2, 0, 0, 0, 3];
        numbers.iter().for_each(|n| file.extend_from_slice(n));
        file
    }

    fn small() -> Vec<u8> {
        file(8, &[&[0, 1, 2, 3, 128, 255]])
    }

    #[test]
    fn numbers_of_every_type_are_read_plain_and_compressed() {
        let values = [0.0, 1.0, -2.0, 3.0, 127.0, -128.0];
        let all = [
            file(0x09, &values.map(|v| (v as i8).to_be_bytes()).each_ref().map(|b| &b[..])),
            file(0x0b, &values.map(|v| (v as i16).to_be_bytes()).each_ref().map(|b| &b[..])),
            file(0x0c, &values.map(|v| (v as i32).to_be_bytes()).each_ref().map(|b| &b[..])),
            file(0x0d, &values.map(|v| (v as f32).to_be_bytes()).each_ref().map(|b| &b[..])),
            file(0x0e, &values.map(f64::to_be_bytes).each_ref().map(|b| &b[..])),
        ];
        for bytes in all {
            assert_eq!(read(&bytes).unwrap(), (vec![2, 3], values.to_vec()), "{:x}", bytes[2]);
            assert_eq!(read(&gz(&bytes)).unwrap(), (vec![2, 3], values.to_vec()), "{:x}", bytes[2]);
        }
        assert_eq!(read(&small()).unwrap(), (vec![2, 3], vec![0.0, 1.0, 2.0, 3.0, 128.0, 255.0]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let text = |bytes: &[u8]| {
            let error = read(bytes).unwrap_err().to_string();
            error.split_once("images ").map(|(_, rest)| rest.to_owned()).unwrap()
        };
        assert!(text(b"P5 28 28").starts_with("begins with the bytes [50, 35, 20, 32], expected 00 00 of IDX"));
        assert!(text(&[0, 0, 10, 1]).starts_with("begins with the bytes [00, 00, 0a, 01]"));
        assert!(text(&[0, 0, 8, 0]).starts_with("begins with"));
        assert_eq!(text(&small()[..17]), "has 13 bytes after the first 4, expected 14: the file is cut short");
        let long = [small(), vec![0]].concat();
        assert_eq!(text(&long), "has more than 14 bytes after the first 4, the size of its shape [2, 3]");
        assert!(text(&[0, 0, 8, 1, 0, 0, 0, 0]).starts_with("has the shape [0], expected dimensions of 1 or more"));
        // 2^32 x 2^32 numbers of 8 bytes in 12 bytes.
        assert!(text(&[&[0, 0, 14, 2][..], &[255; 8]].concat()).starts_with("has the shape [4294967295, 4294967295]"));
        assert!(matches!(read_idx(Path::new("no/such/file")), Err(IdxError::Unreadable { .. })));
    }

    #[test]
    fn files_cut_short_at_any_length_are_errors() {
        for bytes in [small(), gz(&small())] {
            (0..bytes.len()).for_each(|n| assert!(read(&bytes[..n]).is_err(), "{n} of {}", bytes.len()));
            assert!(read(&[&bytes[..], &[7]].concat()).is_err());
        }
    }

    proptest! {
        #[test]
        fn bytes_at_random_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), kind in 0..3) {
            let bytes = match kind {
                0 => bytes,
                1 => [&[0, 0, 8, 2, 0, 0, 0][..], &bytes].concat(),
                _ => gz(&[&[0, 0, 11, 1, 0, 0, 0][..], &bytes].concat()),
            };
            if let Ok((shape, values)) = read(&bytes) {
                prop_assert_eq!(shape.iter().product::<usize>(), values.len());
            }
        }

        #[test]
        fn changed_bytes_never_panic(at in 0..46_usize, value in any::<u8>(), compressed in any::<bool>()) {
            let mut bytes = if compressed { gz(&small()) } else { small() };
            let n = bytes.len();
            bytes[at % n] = value;
            let _ = read(&bytes);
        }
    }
}
