//! Damaged npz files give an error, or the arrays that they hold.

use lightfall_core::npy;
use lightfall_optics::Npz;
use proptest::prelude::*;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::sync::OnceLock;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The members of a network's weights, as NumPy wrote them, with a vector of 10 and a matrix of 10 x 4 numbers of its own.
fn members() -> &'static [(String, Vec<u8>)] {
    static MEMBERS: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    MEMBERS.get_or_init(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/optics/digits-mlp-64-100-100-10.npz");
        let mut archive = ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
        let mut read = |k| {
            let mut member = archive.by_index(k).unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            (member.name().unwrap().into_owned(), bytes)
        };
        let mut all: Vec<_> = (0..6).map(&mut read).collect();
        all.retain(|(_, bytes)| bytes.len() < 4000);
        assert!(!all.is_empty());
        let header = b"{'descr': '<f4', 'fortran_order': True, 'shape': (10, 4), }          \n";
        let start = [npy::MAGIC, &[1, 0, header.len() as u8, 0], header];
        all.push(("own.npy".into(), [start.concat(), vec![63; 160]].concat()));
        all
    })
}

fn archive(members: &[(String, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Reads all arrays of a file; the number that can be.
fn read(bytes: &[u8]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.npz");
    std::fs::write(&file, bytes).unwrap();
    read_file(&file)
}

fn read_file(file: &Path) -> usize {
    let Ok(mut npz) = Npz::open(file) else { return 0 };
    let arrays = npz.names().into_iter().filter_map(|name| npz.array(&name).ok());
    arrays.map(|(shape, values)| assert_eq!(shape.iter().product::<usize>(), values.len())).count()
}

#[test]
fn whole_files_are_read_and_cut_ones_are_not() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let bytes = archive(members(), method);
        assert_eq!(read(&bytes), members().len());
        // The list of members is at the end.
        for length in (0..bytes.len()).step_by(1 + bytes.len() / 500) {
            assert_eq!(read(&bytes[..length]), 0, "{method:?}, {length} of {}", bytes.len());
        }
    }
}

#[test]
fn arrays_cut_short_are_errors() {
    for (name, bytes) in members() {
        for length in (0..bytes.len()).step_by(1 + bytes.len() / 300) {
            assert!(npy::parse(&bytes[..length]).is_err(), "{name} at {length}");
        }
    }
}

#[test]
fn headers_that_promise_much_are_errors() {
    let of = |shape: &str, descr: &str| {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        npy::parse(&[npy::MAGIC, &[1, 0], &length, header.as_bytes(), &[0; 64]].concat())
    };
    assert!(of("(8,)", "<f8").is_ok());
    for shape in ["(1099511627776,)", "(4294967296, 4294967296)", "(18446744073709551616,)", "(9,)", "(2, 5)", "()"] {
        let result = of(shape, "<f8");
        assert!(result.is_err() || shape == "()", "{shape}: {result:?}");
    }
    for descr in ["<f99999999999999999999", "<f18446744073709551615", "|S99", "|V8", "<U3", "<f3", "<c32", ""] {
        assert!(of("(1,)", descr).is_err(), "{descr}");
    }
}

fn change(bytes: &mut [u8], changes: &[(prop::sample::Index, u8)]) {
    for (at, value) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *value;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn archives_with_wrong_bytes_never_panic(
        deflated in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        at_end in any::<bool>(),
    ) {
        let method = if deflated { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let mut bytes = archive(members(), method);
        // The list of members is what the reader trusts.
        let from = if at_end { bytes.len().saturating_sub(400) } else { 0 };
        change(&mut bytes[from..], &changes);
        read(&bytes);
    }

    #[test]
    fn arrays_with_wrong_bytes_never_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
        in_archive in any::<bool>(),
    ) {
        let (name, bytes) = &members()[which.index(members().len())];
        let mut bytes = bytes.clone();
        let header = bytes.len().min(140);
        change(&mut bytes[..header], &changes);
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if in_archive {
            // With the right checksum.
            read(&archive(&[(name.clone(), bytes)], CompressionMethod::Deflated));
        } else {
            let _ = npy::parse(&bytes);
        }
    }

    #[test]
    fn bytes_at_random_are_no_array(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(read(&bytes), 0);
        prop_assert!(npy::parse(&bytes).is_err());
    }
}
