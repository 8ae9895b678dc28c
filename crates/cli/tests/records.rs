//! Records on disk: what stands where one should go, and what happens when it is damaged.

mod support;

use serde_json::Value;
use support::{
    Folder, GLASS, IDENTITY, J, assert_same_files, edited, files, glass_of_files, record_files, without_timings,
};

// Output.

#[test]
fn an_output_folder_that_cannot_be_made_is_refused() {
    let folder = Folder::with(GLASS);
    folder.write("taken", "a file");
    let compare = |out: &str| folder.lightfall(&["compare", "model.toml", "--out", out]);
    compare("taken/below").refused(&["cannot write taken/below", "directory"]);
    compare("taken").refused(&["cannot write taken", "exists"]);
    assert_eq!(std::fs::read_to_string(folder.path("taken")).unwrap(), "a file");
    std::fs::create_dir(folder.path("out")).unwrap();
    folder.write("out/record.zarr", "a file");
    compare("out").refused(&["out/record.zarr", "not a lightfall record", "--out"]);
    folder.compare(&["--force"]).refused(&["out/record.zarr", "not a lightfall record", "--out"]);
    assert_eq!(std::fs::read_to_string(folder.path("out/record.zarr")).unwrap(), "a file");
}

/// JSON of a run into `out` without timings.
fn result(folder: &Folder, out: &str, more: &[&str]) -> Value {
    without_timings(folder.json(out, more))
}

#[test]
fn the_record_of_another_model_is_kept_unless_forced() {
    let folder = Folder::with(GLASS);
    folder.compare(&[]).done();
    let record = folder.path("out/record.zarr");
    let before = files(&folder.path("out"));
    folder.write("model.toml", &edited(GLASS, &[("wz = 1.0", "wz = 1.5")]));
    let said = ["out/record.zarr", "other parameters", "--out", "--force"];
    folder.compare(&[]).refused(&said);
    folder.compare(&["--resume"]).refused(&said);
    assert_same_files(&files(&folder.path("out")), &before);
    let forced = result(&folder, "out", &["--force"]);
    assert_eq!(forced, result(&folder, "fresh", &[]));
    assert_same_files(&record_files(&record), &record_files(&folder.path("fresh/record.zarr")));
}

#[test]
fn the_record_of_another_seed_is_kept_unless_forced() {
    let folder = Folder::with(GLASS);
    folder.compare(&[]).done();
    let before = files(&folder.path("out"));
    folder.compare(&["--seed", "4"]).refused(&["out/record.zarr", "another seed", "--out", "--force"]);
    assert_same_files(&files(&folder.path("out")), &before);
}

#[test]
fn the_record_of_other_matrix_files_is_kept_unless_forced() {
    let folder = Folder::with(&glass_of_files());
    folder.write("J.csv", J);
    folder.write("c.csv", IDENTITY);
    folder.compare(&[]).done();
    let before = files(&folder.path("out"));
    folder.write("J.csv", &J.replace('1', "2"));
    folder.compare(&["--trajectories", "128"]).refused(&["out/record.zarr", "--out", "--force"]);
    assert_same_files(&files(&folder.path("out")), &before);
}

#[test]
fn a_record_that_is_not_ours_is_kept_even_if_forced() {
    let folder = Folder::with(GLASS);
    let record = folder.path("out/record.zarr");
    std::fs::create_dir_all(record.join("density")).unwrap();
    let group = r#"{"zarr_format": 3, "node_type": "group", "attributes": {"title": "of another program"}}"#;
    folder.write("out/record.zarr/zarr.json", group);
    folder.write("out/record.zarr/density/notes.txt", "five years of measurements");
    let before = files(&record);
    for more in [&[][..], &["--force"], &["--resume"], &["--resume", "--force"]] {
        folder.compare(more).refused(&["out/record.zarr", "not a lightfall record", "choose another --out"]);
        assert_same_files(&files(&record), &before);
    }
    // A folder without a zarr.json is not ours either.
    std::fs::remove_file(record.join("zarr.json")).unwrap();
    folder.compare(&["--force"]).refused(&["out/record.zarr", "not a lightfall record"]);
    assert!(record.join("density/notes.txt").is_file());
}

// Damage.

/// `GLASS` with measurement records and sixteen trajectories in blocks of four.
fn with_records() -> String {
    edited(GLASS, &[("trajectories = 8", "trajectories = 16\nblock = 4\nrecord = true")])
}

/// Counting alone with about 4 * 10 * 5 = 200 clicks a trajectory, 64 to a chunk: the arrays of clicks grow.
fn with_many_clicks() -> String {
    let others = ", \"homodyne\", \"heterodyne\", \"product\", \"mean-field\"";
    edited(&with_records(), &[("gamma = 0.1", "gamma = 10.0"), (others, "")])
}

/// Takes the mark of a finished run away.
fn unfinish(folder: &Folder) {
    let path = folder.path("out/record.zarr/zarr.json");
    let mut root: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    root["attributes"].as_object_mut().unwrap().remove("comparison").unwrap();
    std::fs::write(&path, root.to_string()).unwrap();
}

/// Runs `model`, damages `chunks` of its record with `damage`, resumes; the record and the result must be as before, only the
/// damaged blocks run again.
#[track_caller]
fn mends(model: &str, chunks: &[&str], damage: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let folder = Folder::with(model);
    let whole = result(&folder, "out", &[]);
    let record = folder.path("out/record.zarr");
    let (intact, all) = (record_files(&record), files(&record));
    unfinish(&folder);
    for chunk in chunks {
        let path = record.join(chunk);
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{chunk}: {e}"));
        match damage(&bytes) {
            Some(damaged) => std::fs::write(&path, damaged).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
    }
    let before = files(&record);
    let resumed = result(&folder, "out", &["--resume"]);
    assert_eq!(resumed, whole);
    assert_same_files(&record_files(&record), &intact);
    // The time a block took is written when it is run: those of intact blocks are as before.
    let after = files(&record);
    let redone: Vec<&String> = before
        .keys()
        .filter(|name| name.contains("checkpoint/seconds/c/") && after.get(*name) != all.get(*name))
        .collect();
    assert_eq!(redone.len(), chunks.len(), "{redone:?}");
}

/// One chunk of every per-trajectory array and of the checkpoints, each in another block.
const CHUNKS: [&str; 9] = [
    "counting/checkpoint/click_chunks/c/0/0",
    "counting/energy/c/0/1/0",
    "counting/click_time/c/0/2/0",
    "counting/click_channel/c/0/3/0",
    "homodyne/record/c/0/1/0/0",
    "homodyne/final/c/0/3/0",
    "heterodyne/sx/c/0/0/0/0",
    "product/checkpoint/moments/c/0/2/0/0/0",
    "mean-field/checkpoint/count/c/0/1",
];

#[test]
fn blocks_with_flipped_bits_are_run_again() {
    mends(&with_records(), &CHUNKS, |bytes| {
        let mut damaged = bytes.to_vec();
        damaged[bytes.len() / 2] ^= 0x10;
        Some(damaged)
    });
}

#[test]
fn blocks_cut_short_are_run_again() {
    mends(&with_records(), &CHUNKS, |bytes| Some(bytes[..bytes.len() / 2].to_vec()));
}

#[test]
fn blocks_without_bytes_are_run_again() {
    mends(&with_records(), &CHUNKS, |_| Some(Vec::new()));
}

#[test]
fn blocks_with_a_missing_chunk_are_run_again() {
    mends(&with_records(), &CHUNKS, |_| None);
}

#[test]
fn a_block_with_a_damaged_later_click_chunk_is_run_again() {
    for chunk in ["counting/click_time/c/0/1/1", "counting/click_channel/c/0/1/1"] {
        mends(&with_many_clicks(), &[chunk], |bytes| Some(bytes[..bytes.len() / 2].to_vec()));
    }
}

#[test]
fn running_again_keeps_the_arrays_of_many_clicks() {
    let folder = Folder::with(&with_many_clicks());
    let whole = result(&folder, "out", &[]);
    let record = folder.path("out/record.zarr");
    let intact = record_files(&record);
    assert!(intact.contains_key("counting/click_time/c/0/0/2"));
    for more in [&[][..], &["--resume"]] {
        assert_eq!(result(&folder, "out", more), whole);
        assert_same_files(&record_files(&record), &intact);
    }
}

#[test]
fn damaged_summaries_are_written_again() {
    let folder = Folder::with(&with_records());
    let whole = result(&folder, "out", &[]);
    let record = folder.path("out/record.zarr");
    let intact = record_files(&record);
    unfinish(&folder);
    for chunk in ["counting/energy_mean/c/0/0", "product/sx_stderr/c/0/0/0", "homodyne/time/c/0"] {
        assert!(intact.contains_key(chunk), "{chunk}");
        std::fs::write(record.join(chunk), "damaged").unwrap();
    }
    assert_eq!(result(&folder, "out", &["--resume"]), whole);
    assert_same_files(&record_files(&record), &intact);
}

#[test]
fn a_damaged_final_array_is_told_by_plot() {
    let folder = Folder::with(&with_records());
    folder.compare(&[]).done();
    std::fs::write(folder.path("out/record.zarr/counting/final/c/0/1/0"), "damaged").unwrap();
    let ran = folder.lightfall(&["plot", "out"]);
    ran.refused(&["out/record.zarr", "counting/final"]);
}

#[test]
fn an_unfinished_record_is_not_plotted() {
    let folder = Folder::with(GLASS);
    folder.compare(&[]).done();
    unfinish(&folder);
    folder.lightfall(&["plot", "out"]).refused(&["out/record.zarr", "not finished", "--resume"]);
}
