//! ONNX files as PyTorch and scikit-learn write them give the outputs that those give; damaged ones give an error.
//!
//! The files are in `tests/data/onnx` of the repository, each with inputs and outputs in a CSV file; see its README.

use lightfall_optics::{Network, OnnxError, OnnxFault, read_onnx};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/onnx"))
}

fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "onnx")).collect();
    files.sort();
    assert!(files.len() >= 10, "{files:?}");
    files
}

fn is_supported(path: &Path) -> bool {
    path.file_stem().is_some_and(|s| s != "torch-unsupported")
}

/// Inputs and outputs of a CSV file with the columns x0, x1, .., y0, y1, ..
fn samples(path: &Path) -> Vec<(Vec<f64>, Vec<f64>)> {
    let text = std::fs::read_to_string(path.with_extension("csv")).unwrap();
    let inputs = text.lines().next().unwrap().split(',').filter(|n| n.starts_with('x')).count();
    let line = |l: &str| {
        let mut x: Vec<f64> = l.split(',').map(|v| v.parse().unwrap()).collect();
        let y = x.split_off(inputs);
        (x, y)
    };
    text.lines().skip(1).map(line).collect()
}

#[test]
fn outputs_are_those_of_the_exporting_library() {
    // Weights are f32 and fold to 3e-8 in some files; 1e-5 is what ONNX Runtime in f32 agrees to.
    for path in files().iter().filter(|p| is_supported(p)) {
        let network = read_onnx(path).unwrap();
        let samples = samples(path);
        assert!(!samples.is_empty());
        for (x, y) in samples {
            let found = network.trace(&x).pop().unwrap();
            assert_eq!(found.len(), y.len(), "{path:?}");
            let worst = found.iter().zip(&y).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-5, "{path:?}: {worst:e}");
        }
    }
}

fn described(name: &str) -> Vec<(String, usize, usize, usize)> {
    let network = read_onnx(&folder().join(name)).unwrap();
    network.layers().iter().map(|l| (l.dense.name.clone(), l.dense.outputs, l.dense.inputs, l.then.len())).collect()
}

#[test]
fn layers_have_the_names_and_sizes_of_the_weights() {
    let layer = |name: &str, outputs, inputs, steps| (name.to_owned(), outputs, inputs, steps);
    let mlp = [layer("0", 32, 64, 1), layer("2", 16, 32, 1), layer("4", 10, 16, 1)];
    assert_eq!(described("torch-mlp.onnx"), mlp);
    // Normalisation, activation, pool; activation, pool; nothing. The normalisation is folded in one of the files.
    let cnn = [layer("0", 4, 9, 3), layer("4", 6, 36, 2), layer("8", 10, 24, 0)];
    assert_eq!(described("torch-cnn.onnx"), cnn);
    assert_eq!(described("torch-cnn-legacy.onnx"), cnn);
    assert_eq!(described("torch-cnn-fused.onnx"), [layer("0", 4, 9, 2), cnn[1].clone(), cnn[2].clone()]);
    let sklearn = [layer("coefficient", 20, 64, 1), layer("coefficient1", 10, 20, 1)];
    assert_eq!(described("sklearn-mlp.onnx"), sklearn);
}

#[test]
fn what_is_not_supported_is_named() {
    let path = folder().join("torch-unsupported.onnx");
    let error = read_onnx(&path).unwrap_err();
    let expected = format!(
        "{}: node \"node_layer_norm\" has the operator LayerNormalization, which is not supported; supported are Add, AveragePool,",
        path.display()
    );
    assert!(error.to_string().starts_with(&expected), "{error}");
    let missing = read_onnx(Path::new("no/such/file.onnx")).unwrap_err();
    assert!(matches!(*missing.fault, OnnxFault::Unreadable { .. }), "{missing}");
}

/// Reads bytes as a file, and runs the network if it is not large.
fn read(name: &str, bytes: &[u8]) -> Result<Network, OnnxError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    let network = read_onnx(&file)?;
    if network.inputs() <= 1 << 20 && network.macs().iter().sum::<u64>() <= 1 << 26 {
        let x: Vec<f64> = (0..network.inputs()).map(|k| (k % 17) as f64 / 16.0).collect();
        assert_eq!(network.trace(&x).pop().unwrap().len(), network.outputs());
    }
    Ok(network)
}

#[test]
fn files_cut_short_are_errors_or_whole_networks() {
    for path in files() {
        let bytes = std::fs::read(&path).unwrap();
        // The graph ends the file but for its operators' versions and notes: cut inside it nothing can be read.
        for length in (0..bytes.len()).step_by(1 + bytes.len() / 800) {
            let result = read("cut.onnx", &bytes[..length]);
            assert!(result.is_err() || length > bytes.len() * 9 / 10, "{path:?} at {length}");
        }
    }
}

#[test]
fn every_byte_may_be_wrong() {
    // The smallest file: it has the most structure for its size.
    let mut bytes = std::fs::read(folder().join("torch-reshape-legacy.onnx")).unwrap();
    for at in 0..bytes.len() {
        let right = bytes[at];
        for wrong in [0xff, right ^ 1] {
            bytes[at] = wrong;
            let _ = read("changed.onnx", &bytes);
        }
        bytes[at] = right;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn files_with_wrong_bytes_never_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let files = files();
        let mut bytes = std::fs::read(&files[which.index(files.len())]).unwrap();
        if let Some(cut) = cut {
            bytes.truncate(1 + cut.index(bytes.len()));
        }
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        let _ = read("changed.onnx", &bytes);
    }

    #[test]
    fn bytes_at_random_are_no_network(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read("random.onnx", &bytes).is_err());
    }
}
