//! The same bits for any number of threads, block size, number of trajectories, and after any interruption.

#![cfg(unix)]

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;
use support::{Folder, GLASS, LEVELS, Ran, assert_same_files, edited, record_files, without_timings};

/// `GLASS` with measurement records, 100 trajectories in blocks of `block`.
fn glass(path: &str, block: u32) -> Folder {
    let run =
        format!("trajectories = 100\nblock = {block}\nrecord = true\npath = \"{path}\"\nstep_error_trajectories = 8");
    let edits = [("trajectories = 8", run.as_str()), ("store = [\"energy\", \"sx\"]", "store = [\"energy\"]")];
    // The levels without a ket have one path only.
    let last = if path == "general" { ", \"product\", \"mean-field\"" } else { "" };
    Folder::with(&edited(&edited(GLASS, &edits), &[(last, "")]))
}

const LEVELS_OF_GLASS: &str = "levels = [\"counting\", \"homodyne\", \"heterodyne\", \"product\", \"mean-field\"]";

fn record(folder: &Folder, out: &str) -> BTreeMap<String, Vec<u8>> {
    record_files(&folder.path(out).join("record.zarr"))
}

/// JSON without timings and without the name of the model, which holds the overrides.
fn result(folder: &Folder, out: &str, more: &[&str]) -> Value {
    let mut value = without_timings(folder.json(out, more));
    value.as_object_mut().unwrap().remove("model");
    value
}

fn threads_do_not_matter(path: &str) {
    let folder = glass(path, 16);
    let one = result(&folder, "one", &["--threads", "1"]);
    let two = result(&folder, "two", &["--threads", "2"]);
    assert_eq!(one, two);
    let (one, two) = (record(&folder, "one"), record(&folder, "two"));
    // Seven blocks of stored energies, final scalars and, where the level has them, measurement records.
    for (level, track) in [("counting", "click_time"), ("homodyne", "record"), ("heterodyne", "record")] {
        for array in ["energy", "final", track] {
            let start = format!("{level}/{array}/c/0/");
            assert!(one.keys().filter(|k| k.starts_with(&start)).count() >= 7, "{start}");
        }
    }
    assert_same_files(&one, &two);
}

#[test]
fn one_and_two_threads_give_the_same_bytes_on_the_split_path() {
    threads_do_not_matter("split");
}

#[test]
fn one_and_two_threads_give_the_same_bytes_on_the_general_path() {
    threads_do_not_matter("general");
}

#[test]
fn blocks_of_1_and_64_give_the_same_numbers() {
    let folder = Folder::with(GLASS);
    let single = result(&folder, "single", &["--trajectories", "70", "--set", "run.block=1", "--set", "run.store=[]"]);
    let many = result(&folder, "many", &["--trajectories", "70", "--set", "run.block=64", "--set", "run.store=[]"]);
    assert_eq!(single["levels"][0]["trajectories"], 70);
    assert_eq!(single, many);
}

/// Product states and phase space in columns: only sums, products, quotients and roots, none of them fused.
#[test]
fn stochastic_equations_give_the_same_numbers_on_every_instruction_set() {
    let folder = Folder::with(&edited(GLASS, &[(LEVELS_OF_GLASS, "levels = [\"product\", \"dtwa\"]")]));
    let numbers = |isa: Option<&str>, block: u32| {
        let mut command =
            folder.command(&["compare", "model.toml", "--format", "json", "--quiet", "--trajectories", "70"]);
        let out = format!("{}-{block}", isa.unwrap_or("widest"));
        command.args(["--set", "run.store=[]", "--set", &format!("run.block={block}"), "--out", &out]);
        isa.map(|isa| command.env("LIGHTFALL_ISA", isa));
        let mut json = without_timings(Ran::new(&["compare"], command.output().unwrap()).done().json());
        json["levels"].take()
    };
    let widest = numbers(None, 64);
    assert!(widest[1]["observables"].is_object(), "{widest}");
    for other in [numbers(Some("baseline"), 64), numbers(None, 1)] {
        assert_eq!(widest, other);
    }
}

#[test]
fn a_record_whose_normals_were_drawn_in_another_way_is_not_continued() {
    let folder = Folder::with(GLASS);
    folder.compare(&[]).done();
    let group = folder.path("out/record.zarr/zarr.json");
    let text = std::fs::read_to_string(&group).unwrap();
    let old = text.replacen("\"draws\": 2", "\"draws\": 1", 1);
    assert_ne!(old, text);
    std::fs::write(&group, old).unwrap();
    folder.compare(&["--trajectories", "16"]).refused(&["other parameters, another seed or another way of drawing"]);
}

#[test]
fn another_seed_gives_other_numbers() {
    let folder = Folder::with(GLASS);
    let (three, four) = (result(&folder, "three", &[]), result(&folder, "four", &["--seed", "4"]));
    for name in LEVELS {
        assert_ne!(support::level(&three, name)["final"], support::level(&four, name)["final"], "{name}");
    }
}

/// Chunks of the first `blocks` blocks of per-trajectory arrays and checkpoints.
fn chunks_of_blocks(files: &BTreeMap<String, Vec<u8>>, blocks: usize) -> BTreeMap<String, Vec<u8>> {
    let of_block = |name: &str| -> Option<usize> {
        let (array, chunk) = name.split_once("/c/0/")?;
        let (_, array) = array.split_once('/')?;
        let each = ["energy", "final", "record", "click_time", "click_channel"];
        (each.contains(&array) || array.starts_with("checkpoint/")).then_some(())?;
        chunk.split('/').next()?.parse().ok()
    };
    let kept = files.iter().filter(|(name, _)| of_block(name).is_some_and(|b| b < blocks));
    kept.map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
}

fn more_trajectories_extend(path: &str) {
    let folder = glass(path, 4);
    let short = result(&folder, "short", &[]);
    let long = result(&folder, "long", &["--trajectories", "200"]);
    let (of_short, of_long) = (record(&folder, "short"), record(&folder, "long"));
    let (all, first) = (chunks_of_blocks(&of_short, usize::MAX), chunks_of_blocks(&of_long, 25));
    // Three levels or more with energy, final, moments and count; clicks in two arrays; two levels with increments.
    assert!(all.len() >= 25 * (3 * 4 + 2 + 2), "{}", all.len());
    assert_same_files(&all, &first);
    // The same record goes on from 100 to 200, and gives what a run of 200 gives.
    let extended = result(&folder, "short", &["--trajectories", "200"]);
    assert_eq!(extended, long);
    assert_ne!(extended, short);
    assert_same_files(&record(&folder, "short"), &of_long);
}

#[test]
fn the_first_100_of_200_trajectories_are_a_run_of_100_on_the_split_path() {
    more_trajectories_extend("split");
}

#[test]
fn the_first_100_of_200_trajectories_are_a_run_of_100_on_the_general_path() {
    more_trajectories_extend("general");
}

fn kill(child: &Child, signal: &str) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Trajectories per block of the runs that are stopped.
const BLOCK: u32 = 16;

/// A run that was stopped in its middle.
struct Stopped {
    out: String,
    trajectories: String,
    ran: Ran,
}

/// Sends `signal` once `level` has a finished block, and sees that some block of the `levels` levels is left to do. A run
/// that gets further is repeated with more trajectories.
fn stop_in_the_middle(folder: &Folder, signal: &str, level: &str, levels: usize, more: &[&str]) -> Stopped {
    for trajectories in ["200", "800", "3200", "12800"] {
        let out = format!("stopped-{trajectories}");
        let first = ["compare", "model.toml", "--out", &out, "--trajectories", trajectories];
        let arguments = [&first[..], &["--threads", "2", "--quiet", "--format", "json"], more].concat();
        let mut child = folder.start(&arguments);
        let counts = folder.path(&out).join("record.zarr").join(level).join("checkpoint/count/c/0");
        let begun = || std::fs::read_dir(&counts).is_ok_and(|mut d| d.next().is_some());
        while child.try_wait().unwrap().is_none() && !begun() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if child.try_wait().unwrap().is_none() {
            kill(&child, signal);
        }
        let ran = Ran::new(&arguments, child.wait_with_output().unwrap());
        match ran.code {
            Some(0) => continue,
            Some(3) if signal == "-INT" => {}
            // No exit code: ended by the signal.
            None if signal == "-KILL" => {}
            code => panic!("{code:?}: {}", ran.stderr),
        }
        let planned = trajectories.parse::<usize>().unwrap().div_ceil(BLOCK as usize) * levels;
        let done = blocks_done(&folder.path(&out).join("record.zarr"));
        assert!(done > 0, "no block was kept");
        if done == planned {
            continue;
        }
        let root = std::fs::read_to_string(folder.path(&out).join("record.zarr/zarr.json")).unwrap();
        assert!(!root.contains("\"comparison\""), "a stopped run is marked as finished");
        return Stopped { out, trajectories: trajectories.into(), ran };
    }
    panic!("12800 trajectories were over before {signal} arrived: the test did not test an interruption");
}

/// Number of blocks marked as done over all levels.
fn blocks_done(record: &Path) -> usize {
    support::files(record).keys().filter(|name| name.contains("/checkpoint/count/c/")).count()
}

fn resuming_equals_not_stopping(path: &str, signal: &str, level: &str) {
    let folder = glass(path, BLOCK);
    let levels = if path == "general" { 3 } else { LEVELS.len() };
    let Stopped { out, trajectories, ran } = stop_in_the_middle(&folder, signal, level, levels, &[]);
    let record_path = folder.path(&out).join("record.zarr");
    if signal == "-INT" {
        assert!(ran.stderr.contains("--resume") && ran.stderr.contains("record.zarr"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    }
    // Without --resume the unfinished record is refused and kept.
    let before = support::files(&record_path);
    let ran = folder.lightfall(&["compare", "model.toml", "--out", &out, "--trajectories", &trajectories]);
    ran.refused(&["unfinished run", "--resume", "--force"]);
    assert_same_files(&support::files(&record_path), &before);

    let resumed = result(&folder, &out, &["--resume", "--trajectories", &trajectories]);
    let whole = result(&folder, "whole", &["--trajectories", &trajectories]);
    assert_eq!(resumed, whole);
    assert_same_files(&record(&folder, &out), &record(&folder, "whole"));
    for figure in ["compare.svg", "compare.png"] {
        let read = |out: &str| std::fs::read(folder.path(out).join(figure)).unwrap();
        assert!(read(&out) == read("whole"), "{figure}");
    }
}

#[test]
fn resuming_after_ctrl_c_equals_an_uninterrupted_run_on_the_split_path() {
    resuming_equals_not_stopping("split", "-INT", "counting");
}

#[test]
fn resuming_after_ctrl_c_equals_an_uninterrupted_run_on_the_general_path() {
    resuming_equals_not_stopping("general", "-INT", "homodyne");
}

#[test]
fn resuming_after_a_kill_equals_an_uninterrupted_run_on_the_split_path() {
    resuming_equals_not_stopping("split", "-KILL", "homodyne");
}

#[test]
fn resuming_after_a_kill_equals_an_uninterrupted_run_on_the_general_path() {
    resuming_equals_not_stopping("general", "-KILL", "counting");
}

/// The command after `continue with`, without the program.
fn told_to_resume(stderr: &str) -> Vec<&str> {
    let line = stderr.lines().find(|l| l.trim_start().starts_with("lightfall compare"));
    let line = line.unwrap_or_else(|| panic!("no command to resume with in\n{stderr}"));
    line.split_whitespace().skip(1).collect()
}

#[test]
fn the_command_told_after_ctrl_c_finishes_the_run() {
    let folder = glass("auto", BLOCK);
    let flags = ["--seed", "7", "--set", "run.tolerance=1e-6", "--levels", "counting,product"];
    let Stopped { out, trajectories, ran } = stop_in_the_middle(&folder, "-INT", "counting", 2, &flags);
    folder.lightfall(&told_to_resume(&ran.stderr)).done();
    let whole = [&["--trajectories", &trajectories], &flags[..]].concat();
    folder.json("whole", &whole);
    assert_same_files(&record(&folder, &out), &record(&folder, "whole"));
}
