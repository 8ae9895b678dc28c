//! `photons`: what a user gets, and one error that says where for what cannot be.

mod support;

use serde_json::Value;
use std::path::Path;
use support::{Folder, edited};

/// The digits of the repository, few seeds.
fn model() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/optics").canonicalize().unwrap();
    let text = std::fs::read_to_string(folder.join("digits-differential.toml")).unwrap();
    let at = |name: &str| folder.join(name).display().to_string();
    edited(
        &text,
        &[
            ("\"digits-mlp-64-100-100-10.npz\"", &format!("\"{}\"", at("digits-mlp-64-100-100-10.npz"))),
            ("\"digits.csv\"", &format!("\"{}\"", at("digits.csv"))),
            ("\"digits-test-rows.txt\"", &format!("\"{}\"", at("digits-test-rows.txt"))),
            ("seeds = 40", "seeds = 2\nsearch_seeds = 1"),
            ("points = 13", "points = 3"),
            ("targets = [0.9, 0.95]", "targets = [0.9]"),
        ],
    )
}

#[test]
fn a_budget_has_its_curve_targets_layers_split_and_link() {
    let folder = Folder::with(&model());
    let text = folder.lightfall(&["photons", "model.toml", "--out", "out", "--seed", "3"]).done().stdout;
    for part in ["accuracy without noise 0.9780", "target", "dAcc/dlnP", "the same everywhere", "wall-plug"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(folder.path("out/photons.svg").is_file() && folder.path("out/photons.png").is_file());
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(folder.path("out/photons.json")).unwrap()).unwrap();
    let again = folder.lightfall(&[
        "photons",
        "model.toml",
        "--out",
        "two",
        "--seed",
        "3",
        "--threads",
        "1",
        "--format",
        "json",
    ]);
    assert_eq!(again.done().json(), kept);
    assert_eq!(
        (kept["plane"].as_str(), kept["arms"].as_str(), kept["samples"].as_u64()),
        (Some("detected"), Some("both"), Some(500))
    );
    let curve = kept["curve"].as_array().unwrap();
    assert_eq!(curve.len(), 3);
    let accuracy = |k: usize| curve[k]["accuracy"]["mean"].as_f64().unwrap();
    assert!(accuracy(0) < 0.25 && accuracy(2) > 0.96);
    let of = curve[1]["of_samples"]["low"].as_f64().unwrap()..curve[1]["of_samples"]["high"].as_f64().unwrap();
    assert!(of.contains(&accuracy(1)));
    // Every plane has the light of the one before it over what passes.
    let link = kept["link"].as_array().unwrap();
    for pair in link.windows(2) {
        let at = |e: &Value| e["photons_per_mac"].as_f64().unwrap();
        assert!((at(&pair[1]) * pair[1]["transmission"].as_f64().unwrap() / at(&pair[0]) - 1.0).abs() < 1e-12);
    }
    let csv = folder.lightfall(&["photons", "model.toml", "--out", "three", "--format", "csv"]).done().stdout;
    assert_eq!(csv.lines().count(), 4);
}

#[track_caller]
fn refused(edits: &[(&str, &str)], said: &[&str]) {
    let folder = Folder::with(&edited(&model(), edits));
    folder.lightfall(&["photons", "model.toml", "--out", "out"]).refused(said);
    folder.assert_nothing_written();
}

#[test]
fn numbers_out_of_range_are_refused_at_their_line() {
    refused(&[("efficiency = 0.8", "efficiency = 1.2")], &["efficiency = 1.2", "at most 1"]);
    refused(&[("from = 0.03", "from = 0.0")], &["per_mac has 0 photons", "above 0"]);
    refused(&[("at = 0.3", "at = 0")], &["at = 0 photons"]);
    refused(&[("seeds = 2", "seeds = 1")], &["seeds = 1", "give at least 2"]);
    refused(&[("targets = [0.9]", "targets = [0.99]")], &["target = 0.99 is above the accuracy without noise, 0.9780"]);
    refused(&[("targets = [0.9]", "targets = [1.5]")], &["targets has 1.5", "at most 1"]);
    refused(&[("exposure = \"per-sample\"", "contrast = 1.0")], &["contrast = 1, expected a number above 1"]);
    refused(&[("exposure = \"per-sample\"", "detector = { read_noise = -1.0 }")], &["read_noise = -1", "at least 0"]);
    refused(&[("exposure = \"per-sample\"", "detector = { adc_bits = 1 }")], &["adc_bits = 1, expected 2 to 24"]);
    refused(
        &[("encoding = \"differential\"", "encodng = \"differential\"")],
        &["`encodng`", "did you mean `encoding`?"],
    );
}

#[test]
fn networks_and_data_that_do_not_fit_are_refused() {
    refused(&[("\"w2\", bias", "\"w3\", bias")], &["layer w3 has 10 outputs but a bias of 100 numbers"]);
    refused(&[("\"w2\", bias = \"b2\"", "\"w1\", bias = \"b1\"")], &["layer w1 has 64 inputs but w1 has 100 outputs"]);
    refused(&[("weights = \"w1\"", "weights = \"w4\"")], &["has no array `w4`; it has"]);
    refused(&[("weights = \"w1\"", "weights = \"b1\"")], &["weights have the shape [100], expected outputs x inputs"]);
    refused(&[("label = \"label\"", "label = \"class\"")], &["has no column `class`", "p0, p1, .., p63, label"]);
    refused(
        &[("[device.intensity]\nencoding = \"differential\"", "[device.intensity]\nencoding = \"single-rail\"")],
        &["negative weight", "differential"],
    );
    let folder = Folder::with(&model());
    folder.write("cut.npz", "PK\u{3}\u{4} cut short");
    folder.write("data.csv", "a,label\n1,0\nx,1\n");
    folder.write("labels.csv", &format!("{},label\n{},17\n", ["p"; 64].join(","), ["1"; 64].join(",")));
    let set = |key: &str| folder.lightfall(&["photons", "model.toml", "--out", "out", "--set", key]);
    set("network.weights=cut.npz").refused(&["is no npz archive that can be read"]);
    set("data.file=data.csv").refused(&["data.csv:3: `x` in column `a`, expected a finite number"]);
    let labelled = |folder: &Folder, more: &[&str]| {
        let set = ["photons", "model.toml", "--out", "out", "--set", "data.file=labels.csv"];
        folder.lightfall(&[&set, more].concat())
    };
    let rows = ["--set", "data.test_rows=rows.txt"];
    labelled(&folder, &rows).refused(&["rows.txt cannot be read"]);
    let whole = Folder::with(&edited(&model(), &[("test_rows = ", "# ")]));
    whole.write("labels.csv", &format!("{},label\n{},17\n", ["p"; 64].join(","), ["1"; 64].join(",")));
    labelled(&whole, &[]).refused(&["sample 0 has the label 17", "10 outputs, classes 0 to 9"]);
    folder.write("rows.txt", "0\n5\n");
    labelled(&folder, &rows).refused(&["rows.txt:2: row 5, but there are 1 samples"]);
    folder.write("rows.txt", "0\n1\n0\n");
    set("data.test_rows=rows.txt").refused(&["rows.txt:3: `0`", "every row once"]);
    set("data.scale=1e308").refused(&["also when scaled"]);
    set("photons.per_mac=[1e16]").refused(&["per_mac has 10000000000000000 photons", "at most 1e9"]);
    let starved = "device={homodyne={receiver=\"signal-starved\",detector={read_noise=3.0}}}";
    set(starved).refused(&["read_noise = 3", "strong local oscillator"]);
}

#[test]
fn negative_light_is_refused_with_what_would_do() {
    // Without its ReLU the second layer would have negative inputs.
    let edit = [("weights = \"w1\", bias = \"b1\", activation = \"relu\"", "weights = \"w1\", bias = \"b1\"")];
    refused(&edit, &["layer w2 has a negative input", "needs inputs of at least 0", "ReLU"]);
}

#[test]
fn check_and_schema_know_photon_models() {
    let folder = Folder::with(&model());
    let text = folder.lightfall(&["check", "model.toml"]).done().stdout;
    for part in [
        "model.toml: ok",
        "1297 training and 500 test samples",
        "17400 optical MACs",
        "w3       10 x 100, optical",
        "0.9780",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    folder.lightfall(&["check", "model.toml", "--set", "photons.seeds=0"]).refused(&["seeds = 0"]);
    let schema = folder.lightfall(&["schema", "photons"]).done().json();
    let text = schema.to_string();
    for key in
        ["encoding", "weight_share", "read_noise", "wall_plug_efficiency", "test_rows", "search_seeds", "activation"]
    {
        assert!(text.contains(&format!("\"{key}\"")), "{key} is not in the schema");
    }
}

#[test]
fn light_into_the_mask_is_the_same_in_the_curve_and_in_the_link() {
    let into = ("exposure = \"per-sample\"", "exposure = \"into-mask\"");
    refused(&[into], &["efficiency beside exposure = \"into-mask\"", "expected none"]);
    let mask = ("efficiency = 0.8 ", "mask_transmission = 0.5 ");
    refused(&[into, mask], &["mask_transmission beside exposure = \"into-mask\""]);
    let text =
        edited(&model(), &[into, ("efficiency = 0.8 ", "efficiency = 1.0 "), ("targets = [0.9]", "targets = []")]);
    let folder = Folder::with(&edited(&text, &[("adaptive = true", "adaptive = false")]));
    let found = folder.lightfall(&["photons", "model.toml", "--out", "out", "--format", "json"]).done().json();
    // At [photons] at = 0.3.
    let row = found["link"].as_array().unwrap().iter().find(|row| row["plane"] == "into-mask").unwrap();
    assert!((row["photons_per_mac"].as_f64().unwrap() - 0.3).abs() < 1e-9, "{row}");
}
