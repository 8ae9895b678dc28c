//! `photons` and `train`: other devices, files of other kinds, what was cut off, and refusals.

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};
use support::Folder;

fn repository(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    path.canonicalize().unwrap_or_else(|_| PathBuf::from(name)).display().to_string()
}

/// The digits on `device`, with `more` at the end.
fn model(device: &str, more: &str) -> String {
    format!(
        "{device}\n[network]\nweights = \"{}\"\nlayers = [\n{{ weights = \"w1\", bias = \"b1\", activation = \"relu\" }},\n{{ weights = \"w2\", bias = \"b2\", activation = \"relu\" }},\n{{ weights = \"w3\", bias = \"b3\" }},\n]\n[data]\nfile = \"{}\"\nscale = 0.0625\ntest_rows = \"{}\"\n{more}",
        repository("models/optics/digits-mlp-64-100-100-10.npz"),
        repository("models/optics/digits.csv"),
        repository("models/optics/digits-test-rows.txt"),
    )
}

fn report(folder: &Folder, more: &[&str]) -> Value {
    let mut all = vec!["photons", "model.toml", "--out", "out", "--format", "json", "--quiet"];
    all.extend(more);
    folder.lightfall(&all).done().json()
}

#[test]
fn a_budget_that_was_cut_off_goes_on_to_the_same_bits() {
    let text = model(
        "[device.intensity]",
        "[photons]\nper_mac = [0.3, 1, 3]\ntargets = [0.9]\nat = 0.3\nseeds = 3\nsearch_seeds = 1\n",
    );
    let folder = Folder::with(&text);
    let whole = report(&folder, &[]);
    assert!(!folder.path("out/photons.partial").exists());
    // A journal with the first figures, cut in the middle of a line.
    let journal =
        folder.lightfall(&["photons", "model.toml", "--out", "out", "--quiet", "--set", "photons.targets=[0.999]"]);
    journal.refused(&["is above the accuracy without noise"]);
    assert!(!folder.path("out/photons.partial").exists());
    let header = serde_json::json!({"schema": "lightfall/photons-journal/1", "version": env!("CARGO_PKG_VERSION"), "model": text, "seed": 0});
    // A figure that no run finds: it shows that figures are taken over.
    let mut first = whole["curve"][0].clone();
    first["accuracy"]["mean"] = 0.125.into();
    let line = serde_json::json!({"name": "curve  0.3", "value": first});
    folder.write("out/photons.partial", &format!("{header}\n{line}\n{{\"name\": \"curve  1\", \"val"));
    let resumed = report(&folder, &["--resume"]);
    assert_eq!(resumed["curve"][0]["accuracy"]["mean"], 0.125);
    assert_eq!((&resumed["curve"][1], &resumed["required"]), (&whole["curve"][1], &whole["required"]));
    assert!(!folder.path("out/photons.partial").exists());
    folder.write("out/photons.partial", &format!("{header}\n"));
    folder
        .lightfall(&["photons", "model.toml", "--out", "out", "--resume", "--seed", "7"])
        .refused(&["has the figures of another run: the seed differs"]);
}

#[test]
fn devices_that_differ_have_a_spread_and_all_engines_run() {
    let asked = "[photons]\nper_mac = [3, 300]\nseeds = 2\n";
    let rings = "[device.microring]\ndrift_kelvin = 0.1\n[alternatives.masks.intensity]\nweights = { error = 0.05 }\n[alternatives.chip.mzi-mesh]\n[alternatives.bits.fan-out]\n";
    let folder = Folder::with(&model(
        rings,
        &format!("{asked}at = 300\ndevices = 3\nsearch_seeds = 1\n[energy]\npreset = \"microring\"\n"),
    ));
    let r = report(&folder, &[]);
    assert_eq!(r["devices"], 3);
    let spread = &r["curve"][1]["spread"];
    let (worst, best) = (spread["worst_device"].as_f64().unwrap(), spread["best_device"].as_f64().unwrap());
    let mean = r["curve"][1]["accuracy"]["mean"].as_f64().unwrap();
    assert!(worst < mean && mean < best && spread["of_devices"].as_f64().unwrap() > 0.0);
    let names: Vec<&str> = r["alternatives"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["bits", "chip", "masks"]);
    // Energy by component: shares of one whole.
    let share: f64 = r["energy"].as_array().unwrap().iter().map(|e| e["share"].as_f64().unwrap()).sum();
    assert!((share - 1.0).abs() < 1e-12);
    assert!(r["required"].as_array().unwrap().is_empty());
}

#[test]
fn converters_with_few_bits_need_more_light() {
    let asked =
        "[photons]\nper_mac = [1]\ntargets = [0.8]\nbits = [4, 8]\nadaptive = true\nseeds = 3\nsearch_seeds = 1\n";
    let folder = Folder::with(&model("[device.intensity]", asked));
    let r = report(&folder, &[]);
    let photons = |k: usize| r["bits"][k]["required"][0]["photons_per_mac"].as_f64().unwrap();
    assert!(photons(0) > 1.1 * photons(1) && (photons(1) / photons(2) - 1.0).abs() < 0.15);
    assert!(r["adaptive"]["photons_per_mac"]["mean"].as_f64().unwrap() > 0.0);
}

#[test]
fn networks_come_from_onnx_and_samples_from_idx() {
    let folder = Folder::with("");
    // Ten images of 1 x 8 x 8, classes 0 to 9 in turn, as IDX files.
    let mut images = vec![0, 0, 8, 4];
    for n in [10_u32, 1, 8, 8] {
        images.extend(n.to_be_bytes());
    }
    images.extend((0..640_u32).map(|k| (k * 37 % 251) as u8));
    let mut labels = vec![0, 0, 8, 1, 0, 0, 0, 10];
    labels.extend(0..10_u8);
    std::fs::write(folder.path("images"), images).unwrap();
    std::fs::write(folder.path("labels"), labels).unwrap();
    let onnx = repository("tests/data/onnx/torch-cnn-legacy.onnx");
    let text = format!(
        "[device.homodyne]\n[network]\nonnx = \"{onnx}\"\n[data]\nsamples = \"images\"\nlabels = \"labels\"\nscale = 0.00392156862745098\n[photons]\nper_mac = [1, 1e8]\nseeds = 2\n"
    );
    folder.write("model.toml", &text);
    let r = report(&folder, &[]);
    // Without noise to speak of the accuracy is that of the network.
    assert_eq!(r["curve"][1]["accuracy"]["mean"], r["noiseless"]);
    let vectors: Vec<u64> = r["layers"].as_array().unwrap().iter().map(|l| l["vectors"].as_u64().unwrap()).collect();
    assert_eq!(vectors, [64, 16, 1]);
    folder.write("model.toml", &text.replace("onnx = ", "digital = [\"x\"]\nonnx = "));
    folder.lightfall(&["check", "model.toml"]).refused(&["digital has `x`, but the layers with weights are"]);
    let unsupported = repository("tests/data/onnx/torch-unsupported.onnx");
    folder.write("model.toml", &text.replace(&onnx, &unsupported));
    folder.lightfall(&["check", "model.toml"]).refused(&["LayerNormalization", "supported"]);
}

#[test]
fn training_writes_weights_that_a_model_takes() {
    let folder =
        Folder::with(&model("[device.intensity]", "[photons]\nper_mac = [0.1]\nseeds = 4\n[training]\nepochs = 4\n"));
    let said = folder.lightfall(&["train", "model.toml", "--out", "trained.npz"]).done().stdout;
    assert!(said.contains("weights = \"trained.npz\"") && said.contains("without noise"), "{said}");
    let before = report(&folder, &[]);
    let after = report(&folder, &["--set", "network.weights=trained.npz"]);
    let at = |r: &Value| r["curve"][0]["accuracy"]["mean"].as_f64().unwrap();
    assert!(at(&after) > at(&before) + 0.1, "{} {}", at(&before), at(&after));
    folder
        .lightfall(&["train", "model.toml", "--out", "trained.npz"])
        .refused(&["trained.npz exists; --force replaces it"]);
}

#[test]
fn what_does_not_go_together_is_said() {
    let refused = |device: &str, more: &str, said: &[&str]| {
        let folder = Folder::with(&model(device, more));
        folder.lightfall(&["photons", "model.toml", "--out", "out"]).refused(said);
        folder.assert_nothing_written();
    };
    let asked = "[photons]\nper_mac = [1]\nseeds = 2\n";
    refused(
        "[device.intensity]",
        "[photons]\nper_mac = [1]\nseeds = 2\ndevices = 3\n",
        &["devices = 3, expected 1: nothing in this device differs"],
    );
    refused(
        "[device.intensity]",
        "[photons]\nshots = [1]\n",
        &["shots belongs to devices whose weights set the light"],
    );
    refused("[device.single-photon]", asked, &["per_mac has no meaning here", "expected shots"]);
    refused(
        "[device.single-photon]",
        "[photons]\nshots = [1]\n",
        &["layer w1: single-photon makes click-coherent itself", "a bias"],
    );
    refused("[device.intensity]", "[photons]\nper_mac = { from = 1, to = 2, points = 3, step = 4 }\n", &["per_mac"]);
    refused(
        "[device.mzi-mesh]\nconfiguration = \"nulling\"",
        asked,
        &["layout = \"clements\", expected layout = \"reck\""],
    );
    refused("[device.microring]\nspacing = 1.0", asked, &["spacing = 1, expected a number of at least 2"]);
    refused("[device.intensity]\nweights = { bits = 1 }", asked, &["bits = 1, expected 2 to 24"]);
    refused(
        "[device.intensity]",
        &format!("{asked}[energy]\npreset = \"mesh\"\n"),
        &["preset = \"mesh\", expected one of intensity"],
    );
    refused(
        "[device.intensity]",
        &format!("{asked}[training]\nrate = 0.0\n"),
        &["rate = 0, expected a number above 0"],
    );
    refused("[device.intensity]", "[photons]\nbits = [4]\n", &["bits is asked for without targets"]);
}
