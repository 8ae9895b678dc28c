//! Numbers at the edge of what can be meant, and damaged records: refused with a reason, or run; never a panic, never for ever.

mod support;

use serde_json::{Value, json};
use std::path::Path;
use support::{Folder, GLASS, level};

#[track_caller]
fn refused_when_set(set: &str, more: &[&str], said: &[&str]) {
    let folder = Folder::with(GLASS);
    folder.compare(&[&["--set", set], more].concat()).refused(said);
    folder.assert_nothing_written();
}

#[test]
fn numbers_beyond_any_machine_are_refused() {
    refused_when_set("run.save_at=20000000000", &[], &["save_at = 20000000000", "at most 1000000 intervals"]);
    refused_when_set("run.dt=1e-20", &[], &["dt = 1e-20", "at most 1e9"]);
    refused_when_set("run.instances=9000000000000000000", &[], &["instances = 9000000000000000000", "at most 100000"]);
    refused_when_set(
        "device.open-ising.jumps={drawn={gamma=0.1,channels=9000000000000000000}}",
        &[],
        &["jumps.drawn.channels = 9000000000000000000", "at most 4096"],
    );
    refused_when_set(
        "device.open-ising.jumps={drawn={gamma=1e300}}",
        &["--levels", "counting"],
        &["level counting: photons leave at a rate of", "at most 1e6 in a step"],
    );
    refused_when_set(
        "run.detection={watch=\"counting\",dark_counts=1e300}",
        &["--levels", "monitored"],
        &["dark counts come at a rate of", "at most 1e6 in a step"],
    );
    refused_when_set(
        "device.open-ising.wz=1e18",
        &["--levels", "homodyne"],
        &["the field wz turns at a rate of 1.0e18"],
    );
    refused_when_set(
        "run.seed=1",
        &["--trajectories", "100000000000"],
        &["--trajectories 100000000000", "at most 1000000000"],
    );
    let deep = format!("{}=1", ["a"; 30].join("."));
    refused_when_set(&deep, &[], &["the key has 30 parts", "at most 16"]);
    let axis = |key: &str| format!("device.open-ising.{key}=0.1:1:1000");
    let [a, b] = [axis("wz"), axis("decay")];
    refused_when_set("run.seed=1", &["--sweep", &a, "--sweep", &b], &["1000000 points", "at most 10000"]);
}

#[test]
fn what_does_not_fit_in_memory_is_refused() {
    let spectrum = "run.spectrum={from=-1.0,to=1.0,points=100000}";
    refused_when_set(
        "run.save_at=100000",
        &[
            "--levels",
            "heterodyne",
            "--set",
            spectrum,
            "--set",
            "run.observables=[\"energy\",\"spectrum\"]",
            "--set",
            "run.store=[]",
        ],
        &["level heterodyne: its observables take", "GiB are free"],
    );
    refused_when_set(
        "run.record=true",
        &["--levels", "heterodyne", "--set", "run.dt=5e-9"],
        &["its records", "GiB are free", "a longer dt"],
    );
}

#[test]
fn a_device_that_emits_nothing_has_no_clicks() {
    let folder = Folder::with(GLASS);
    let set = [
        "--set",
        "device.open-ising.jumps=none",
        "--set",
        "run.observables=[\"energy\",\"jumps\"]",
        "--set",
        "run.store=[]",
        "--levels",
        "counting",
    ];
    let json = folder.json("out", &set);
    let energy = &level(&json, "counting")["final"]["energy"];
    // All trajectories are the same one.
    assert_eq!(energy["stderr"].as_f64(), Some(0.0));
    assert!(energy["mean"].as_f64().unwrap() < 0.0);
}

#[test]
fn a_level_without_scalars_is_kept_and_recalled() {
    for observables in ["[\"sx\"]", "[\"purity\"]", "[]"] {
        let folder = Folder::with(GLASS);
        let set = format!("run.observables={observables}");
        let run = ["--set", &set, "--set", "run.store=[]", "--levels", "homodyne"];
        let first = folder.json("out", &run);
        let again = folder.json("out", &run);
        assert_eq!(
            support::without_timings(first["levels"].clone()),
            support::without_timings(again["levels"].clone()),
            "{observables}"
        );
        folder.lightfall(&["plot", "out"]).done();
    }
}

/// Edits a file of JSON.
fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    change(&mut value);
    std::fs::write(path, value.to_string()).unwrap();
}

#[test]
fn a_record_whose_shapes_are_damaged_is_refused() {
    let record = |damage: &dyn Fn(&Path)| {
        let folder = Folder::with(GLASS);
        folder.json("out", &["--set", "run.record=true", "--levels", "homodyne"]);
        damage(&folder.path("out/record.zarr/homodyne"));
        folder
    };
    let folder = record(&|level| {
        std::fs::copy(level.join("step_start/zarr.json"), level.join("record/zarr.json")).unwrap();
    });
    folder.lightfall(&["record", "out", "--level", "homodyne"]).refused(&["homodyne", "has 1 dimensions"]);
    let folder = record(&|level| edit(&level.join("time/zarr.json"), |v| v["shape"] = json!([1_u64 << 63])));
    folder.lightfall(&["record", "out", "--level", "homodyne"]).refused(&["homodyne/time claims"]);
    let folder = record(&|level| edit(&level.join("final/zarr.json"), |v| v["shape"][1] = json!(1_u64 << 50)));
    folder.lightfall(&["plot", "out"]).refused(&["homodyne/final", "does not fit its names"]);
    let names = json!(["a", "b", "c", "d", "e", "f", "g", "h", "energy"]);
    let folder =
        record(&|level| edit(&level.join("zarr.json"), |v| v["attributes"]["final_quantities"] = names.clone()));
    folder.lightfall(&["plot", "out"]).refused(&["homodyne/final", "does not fit its names"]);
}

#[test]
fn couplings_with_more_patterns_than_elements_are_solved_by_the_smaller_matrix() {
    let text = GLASS
        .replace("[couplings.sk]\nn = 4", "[couplings.low-rank]\nn = 4\npatterns = { drawn = { count = 300000 } }");
    assert_ne!(text, GLASS);
    Folder::with(&text).lightfall(&["topologies", "model.toml", "--out", "figures"]).done();
}
