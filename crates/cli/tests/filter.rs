//! Detectors in a model file, records out of a run and back into the filter, and what is refused on the way.

mod support;

use serde_json::Value;
use support::{Folder, GLASS, edited, level};

const ALL_LEVELS: &str = "levels = [\"counting\", \"homodyne\", \"heterodyne\", \"product\", \"mean-field\"]";

/// `GLASS` with one trajectory, its record kept, at `levels`, with more tables at the end.
fn model(levels: &str, tables: &str) -> String {
    let edits = [
        (ALL_LEVELS, format!("levels = {levels}\nrecord = true\npath = \"PATH\"\nstep_error_trajectories = 0")),
        ("trajectories = 8", "trajectories = 1".to_owned()),
        ("\"jumps\"]", "\"jumps\", \"purity\"]".to_owned()),
        ("gamma = 0.1", "gamma = 0.4".to_owned()),
    ];
    let edits: Vec<(&str, &str)> = edits.iter().map(|(a, b)| (*a, b.as_str())).collect();
    format!("{}{tables}", edited(GLASS, &edits)).replace("PATH", "auto")
}

/// Every mean in the nested arrays of an observable.
fn all_means(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(all_means).collect(),
        other => vec![other["mean"].as_f64().unwrap()],
    }
}

/// Largest difference of the means of `observable` between two levels; both have some.
fn difference(a: &Value, b: &Value, observable: &str) -> f64 {
    let [a, b] = [a, b].map(|l| all_means(&l["observables"][observable]));
    assert!(a.len() == b.len() && a.len() >= 4, "{observable}");
    a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn a_filter_on_the_record_of_a_run_is_its_trajectory() {
    let folder = Folder::new();
    for path in ["auto", "general"] {
        for (name, watch) in [("counting", "counting"), ("homodyne", "homodyne"), ("heterodyne", "heterodyne")] {
            let run = model(&format!("[\"{name}\"]"), "").replace("\"auto\"", &format!("\"{path}\""));
            folder.write("model.toml", &run);
            let out = format!("{name}-{path}");
            let whole = folder.json(&out, &[]);
            let trajectory = level(&whole, name);
            // Straight from the folder.
            let table = format!("\n[run.filter]\nrecord = \"{out}\"\nlevel = \"{name}\"\ntrajectory = 0\n");
            let filter = format!("{run}{table}").replace(&format!("levels = [\"{name}\"]"), "levels = [\"filter\"]");
            folder.write("model.toml", &filter);
            let direct = folder.json(&format!("{out}-direct"), &[]);
            // By way of a text file.
            folder.lightfall(&["record", &out, "--level", name, "--out", "record.csv"]).done();
            let table = format!("\n[run.detection]\nwatch = \"{watch}\"\n[run.filter]\nrecord = \"record.csv\"\n");
            let filter = format!("{run}{table}").replace(&format!("levels = [\"{name}\"]"), "levels = [\"filter\"]");
            folder.write("model.toml", &filter);
            let text = folder.json(&format!("{out}-text"), &[]);
            for (how, comparison) in [("folder", &direct), ("text", &text)] {
                let filter = level(comparison, "filter");
                let kind = if path == "auto" { "ket, split" } else { "ket, general" };
                assert_eq!(filter["path"], kind);
                assert_eq!(filter["trajectories"], 1);
                for observable in ["energy", "sx", "sxsx"] {
                    let off = difference(trajectory, filter, observable);
                    assert!(off < 1e-10, "{name}, {path}, {how}, {observable}: {off:e}");
                }
                assert_eq!(all_means(&filter["observables"]["purity"]), [1.0; 4]);
            }
        }
    }
}

const MIXED: &str = "
[run.detection]
efficiency = [1.0, 0.6, 0.3, 0.8]
phase = [0.0, 0.0, 0.0, 0.7]
watch = [\"heterodyne\", \"counting\", \"none\", \"homodyne\"]
dark_counts = 0.5
";

#[test]
fn a_mixed_record_goes_out_as_text_and_back_in() {
    let folder = Folder::with(&model("[\"monitored\", \"master\"]", MIXED));
    let run = folder.json("run", &[]);
    assert_eq!(level(&run, "monitored")["path"], "general");
    let clicks = all_means(&level(&run, "monitored")["observables"]["jumps"]);
    let export =
        |more: &[&str]| folder.lightfall(&[&["record", "run", "--level", "monitored"], more].concat()).done().stdout;
    let (currents, events) = (export(&[]), export(&["--clicks"]));
    assert_eq!(currents.lines().next(), Some("time,ReJ0,ImJ0,I3"));
    assert_eq!(currents.lines().count(), 51);
    assert_eq!(events.lines().next(), Some("time,channel"));
    // The last row of `jumps` is the number of clicks of each channel: all of them come from channel 1.
    assert_eq!(clicks[clicks.len() - 4..], [0.0, (events.lines().count() - 1) as f64, 0.0, 0.0]);
    assert!(events.lines().count() > 1);
    folder.write("current.csv", &currents);
    folder.write("clicks.csv", &events);
    let filter = "\n[run.filter]\nrecord = [\"current.csv\", \"clicks.csv\"]\n";
    folder.write("model.toml", &format!("{}{filter}", model("[\"filter\", \"master\"]", MIXED)));
    let text = folder.json("text", &[]);
    let filter = "\n[run.filter]\nrecord = \"run\"\nlevel = \"monitored\"\n";
    folder.write("model.toml", &format!("{}{filter}", model("[\"filter\", \"master\"]", MIXED)));
    let direct = folder.json("direct", &[]);
    let (text, direct, master) = (level(&text, "filter"), level(&direct, "filter"), level(&direct, "master"));
    assert_eq!(text["path"], "density matrix");
    assert!(difference(text, direct, "sx") < 1e-12 && difference(text, direct, "energy") < 1e-12);
    // Knowing the record leaves less open than knowing nothing.
    let [known, unknown] = [text, master].map(|l| *all_means(&l["observables"]["purity"]).last().unwrap());
    assert!(known > unknown + 0.05 && known < 1.0, "{known}, {unknown}");
}

#[test]
fn mixed_records_are_the_same_for_any_threads_and_when_a_run_is_extended() {
    let text = edited(&model("[\"monitored\"]", MIXED), &[("trajectories = 1", "trajectories = 12\nblock = 4")]);
    let folder = Folder::with(&text);
    let whole = folder.json("whole", &["--threads", "1"]);
    let files = |out: &str| support::record_files(&folder.path(out).join("record.zarr"));
    assert!(files("whole").contains_key("monitored/record/c/0/2/0/0"));
    assert!(files("whole").contains_key("monitored/click_time/c/0/2/0"));
    folder.json("parts", &["--threads", "2", "--trajectories", "4"]);
    let parts = folder.json("parts", &["--threads", "2"]);
    assert_eq!(parts["levels"][0]["observables"], whole["levels"][0]["observables"]);
    support::assert_same_files(&files("parts"), &files("whole"));
}

#[test]
fn a_changed_record_is_filtered_again() {
    let folder = Folder::with(&model("[\"homodyne\"]", ""));
    folder.json("run", &[]);
    folder.lightfall(&["record", "run", "--level", "homodyne", "--out", "current.csv"]).done();
    let tables = "\n[run.detection]\nefficiency = 0.5\nwatch = \"homodyne\"\n[run.filter]\nrecord = \"current.csv\"\n";
    folder.write("model.toml", &model("[\"filter\"]", tables));
    let first = folder.json("out", &[]);
    assert_eq!(folder.json("out", &[])["levels"][0]["observables"], first["levels"][0]["observables"]);
    let text = std::fs::read_to_string(folder.path("current.csv")).unwrap();
    folder.write("current.csv", &text.replace(",-", ","));
    assert_ne!(folder.json("out", &[])["levels"][0]["observables"], first["levels"][0]["observables"]);
}

#[test]
fn the_path_says_where_the_split_step_is_left() {
    for (efficiency, path) in [("1.0", "split"), ("[1.0, 1.0, 1.0, 1.0]", "split"), ("0.9", "general")] {
        let tables = format!("\n[run.detection]\nefficiency = {efficiency}\n");
        let folder = Folder::with(&model("[\"counting\", \"homodyne\", \"heterodyne\"]", &tables));
        let run = folder.json("out", &[]);
        for name in ["counting", "homodyne", "heterodyne"] {
            assert_eq!(level(&run, name)["path"], path, "{name}, efficiency {efficiency}");
        }
        let said = folder.lightfall(&["check", "model.toml"]).done().stdout;
        for name in ["counting", "homodyne", "heterodyne"] {
            assert!(said.contains(&format!("  {name:16} {path}: about")), "{said}");
        }
    }
    let phases = "\n[run.detection]\nphase = [0.0, 0.1, 0.2, 0.3]\n";
    let folder = Folder::with(&model("[\"homodyne\", \"heterodyne\"]", phases));
    let run = folder.json("out", &[]);
    // Phases that differ leave the split step only where there is a phase.
    assert_eq!(level(&run, "homodyne")["path"], "general");
    assert_eq!(level(&run, "heterodyne")["path"], "split");
}

// What is refused.

/// Expects a refusal of `model` with a message that begins at `at` (`model.toml:` or a file) and says all of `said`.
#[track_caller]
fn refused(files: &[(&str, &str)], model: &str, at: &str, said: &[&str]) {
    let folder = Folder::with(model);
    files.iter().for_each(|(name, text)| folder.write(name, text));
    let ran = folder.compare(&[]).refused(said);
    assert!(ran.stderr.starts_with(&format!("error: {at}")), "should start with {at}\n{}", ran.stderr);
    folder.assert_nothing_written();
}

/// The line and column, from 1, of `value` in the model.
fn place_of(model: &str, value: &str) -> String {
    let at = model.find(value).unwrap();
    let line = model[..at].matches('\n').count() + 1;
    let column = at - model[..at].rfind('\n').map_or(0, |n| n + 1) + 1;
    format!("model.toml:{line}:{column}: ")
}

#[test]
fn detectors_that_cannot_be_are_refused_at_their_place() {
    for (entry, value, said) in [
        ("efficiency = 1.5", "1.5", "efficiency = 1.5, expected a number from 0 to 1"),
        ("efficiency = [0.5, -0.1, 1, 1]", "[0.5", "efficiency = -0.1, expected a number from 0 to 1"),
        ("efficiency = nan", "nan", "efficiency = NaN"),
        ("efficiency = [0.5, 0.5]", "[0.5, 0.5]", "efficiency has 2 values, expected one number or 4, one per channel"),
        ("phase = [0.0, 0.1, 0.2]", "[0.0, 0.1, 0.2]", "phase has 3 values, expected one number or 4"),
        ("phase = inf", "inf", "phase = inf, expected a finite number of radians"),
        ("dark_counts = -1.0", "-1.0", "dark_counts = -1, expected a finite rate of at least 0"),
        ("watch = \"homodin\"", "\"homodin\"", "unknown way to watch `homodin`; did you mean `homodyne`?"),
        ("watch = [\"counting\"]", "[\"counting\"]", "watch has 1 values, expected one number or 4"),
        ("eficiency = 0.5", "eficiency", "did you mean `efficiency`?"),
    ] {
        let text = model("[\"homodyne\"]", &format!("\n[run.detection]\n{entry}\n"));
        refused(&[], &text, &place_of(&text, value), &[said]);
    }
    let text = model("[\"monitored\"]", "");
    refused(&[], &text, "model.toml:", &["needs [run.detection] with watch"]);
    let both = model("[\"homodyne\"]", "\n[run.detection]\nphase = 0.1\n")
        .replace("seed = 3", "seed = 3\nhomodyne_phase = 0.2");
    refused(&[], &both, &place_of(&both, "0.2"), &["homodyne_phase and detection.phase are both given"]);
    let split = model("[\"homodyne\"]", "\n[run.detection]\nefficiency = 0.5\n").replace("\"auto\"", "\"split\"");
    refused(&[], &split, "level homodyne", &["path = \"split\"", "in full and in one way", "path = \"auto\""]);
}

const FILTER: &str = "\n[run.detection]\nwatch = \"homodyne\"\n[run.filter]\nrecord = \"current.csv\"\n";

/// Currents of four homodyne channels over ten steps of 0.5, written by hand.
fn currents() -> String {
    let row = |k: usize| format!("{},0.1,-0.2,{},0\n", 0.5 * k as f64, k);
    format!("# by hand\ntime,I0,I1,I2,I3\n{}", (0..10).map(row).collect::<String>())
}

#[test]
fn a_record_by_hand_is_taken() {
    let folder = Folder::with(&model("[\"filter\"]", FILTER));
    folder.write("current.csv", &currents());
    let run = folder.json("out", &[]);
    assert_eq!(level(&run, "filter")["path"], "ket, split");
    // Times that somebody rounded are no gap; another step is one, unless it is said that steps differ.
    folder.write("current.csv", &currents().replace("4.5,", "4.499,"));
    folder.json("rounded", &[]);
    folder.write("current.csv", &currents().replace("4.5,", "4.25,"));
    folder.write("model.toml", &model("[\"filter\"]", &format!("{FILTER}spacing = \"irregular\"\n")));
    let run = folder.json("irregular", &[]);
    assert_eq!(level(&run, "filter")["path"], "ket, general");
}

#[test]
fn a_record_of_a_device_without_outputs_is_refused() {
    let text = model("[\"filter\"]", FILTER);
    let kept: Vec<&str> = text.lines().filter(|l| !l.starts_with("jumps")).collect();
    assert!(kept.len() < text.lines().count());
    let folder = Folder::with(&kept.join("\n"));
    folder.write("current.csv", &currents());
    folder.compare(&[]).refused(&["current.csv", "no output of the device is watched", "give it jump operators"]);
    folder.assert_nothing_written();
}

#[test]
fn records_that_do_not_fit_are_refused_with_file_line_and_column() {
    let text = model("[\"filter\"]", FILTER);
    for (old, new, at, said) in [
        ("2.5,0.1", "2.75,0.1", "current.csv:8:1: ", "t = 2.75 follows t = 2, expected 2.5: the record has a gap"),
        ("2.5,0.1,-0.2,5,0\n", "", "current.csv:8:1: ", "t = 3 follows t = 2, expected 2.5: the record has a gap"),
        ("2.5,0.1", "1.5,0.1", "current.csv:8:1: ", "t = 1.5 does not come after t = 2; times must increase"),
        ("\n0,0.1", "\n0.25,0.1", "current.csv:3:1: ", "starts at t = 0.25, expected 0"),
        (
            "I0,I1,I2,I3",
            "I0,I1,I2",
            "current.csv:2:1: ",
            "the columns are `time,I0,I1,I2`, expected `time,I0,I1,I2,I3`",
        ),
        ("I0,I1,I2,I3", "I0,I1,I3,I2", "current.csv:2:1: ", "expected `time,I0,I1,I2,I3`"),
        ("time,I0,I1,I2,I3\n", "", "current.csv:2:1: ", "the first line names the columns"),
        ("-0.2,5,0", "-0.2,five,0", "current.csv:8:14: ", "found `five` in `I2`, expected a number"),
        ("-0.2,5,0", "-0.2,nan,0", "current.csv:8:14: ", "I2 = NaN, expected a finite number"),
        ("-0.2,5,0", "-0.2,5", "current.csv:8:1: ", "found 4 fields, expected 5 as in the header"),
        ("4.5,0.1,-0.2,9,0\n", "", "model.toml:", "the record ends at t = 4.5, expected at least 5"),
    ] {
        let record = currents();
        assert!(record.contains(old), "{old}");
        let folder = Folder::with(&text);
        folder.write("current.csv", &record.replacen(old, new, 1));
        let ran = folder.compare(&[]).refused(&[said]);
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(at), "should name {at}\n{}", ran.stderr);
        folder.assert_nothing_written();
    }
    refused(&[("current.csv", "")], &text, "current.csv: ", &["is empty, expected a header such as `time,I0`"]);
}

#[test]
fn clicks_that_do_not_fit_are_refused() {
    let text = model("[\"filter\"]", &FILTER.replace("homodyne", "counting"));
    for (clicks, at, said) in [
        ("0.3,1\n0.7,4\n", "3:5: ", "channel 4 of a click, expected one that is counted: 0 to 3"),
        ("0.3,1\n0.7,-1\n", "3:5: ", "found `-1` in `channel`, expected the number of a channel"),
        ("0.3,1.5\n", "2:5: ", "found `1.5` in `channel`"),
        ("0.7,1\n0.3,2\n", "3:1: ", "t = 0.3 does not come after t = 0.7"),
        ("-0.3,1\n", "2:1: ", "a click at t = -0.3, expected a time of at least 0"),
    ] {
        let record = format!("time,channel\n{clicks}");
        refused(&[("current.csv", &record)], &text, &format!("current.csv:{at}"), &[said]);
    }
}

#[test]
fn records_that_are_not_there_are_refused_at_the_line_that_names_them() {
    let text = model("[\"filter\"]", FILTER);
    refused(&[], &text, &place_of(&text, "\"current.csv\""), &["current.csv", "cannot be read: No such file"]);
    let without = model("[\"filter\"]", "");
    refused(&[], &without, &place_of(&without, "[\"filter\"]"), &["filter needs a record", "[run.filter]"]);
    // On the command line, too.
    let folder = Folder::with(&model("[\"homodyne\"]", ""));
    folder.compare(&["--levels", "filter"]).refused(&["filter needs a record"]);
    let unwatched = model("[\"filter\"]", "\n[run.filter]\nrecord = \"current.csv\"\n");
    refused(&[("current.csv", &currents())], &unwatched, "model.toml:", &["needs [run.detection] with watch"]);
    let mixed = model("[\"filter\"]", &format!("{MIXED}\n[run.filter]\nrecord = \"current.csv\"\n"));
    let half = "time,ReJ0,ImJ0,I3\n0,1,1,1\n0.5,1,1,1\n";
    refused(
        &[("current.csv", half)],
        &mixed,
        &place_of(&mixed, "\"current.csv\""),
        &["no record holds clicks", "time,channel"],
    );
    let instances = edited(&text, &[("seed = 3", "seed = 3\ninstances = 2")]);
    refused(&[("current.csv", &currents())], &instances, "level filter", &["set instances = 1"]);
    let off_grid = edited(&text, &[("[0.0, 1.0, 2.5, 5.0]", "[0.0, 1.2, 2.5, 5.0]")]);
    let said = "t = 1.2 lies inside a step of the record, from 1 to 1.5";
    refused(&[("current.csv", &currents())], &off_grid, &place_of(&off_grid, "[0.0, 1.2"), &[said]);
}

#[test]
fn records_of_a_folder_that_are_not_there_are_refused() {
    let folder = Folder::with(&model("[\"homodyne\", \"product\"]", ""));
    folder.json("run", &[]);
    let filter = |keys: &str| {
        folder.write("model.toml", &model("[\"filter\"]", &format!("\n[run.filter]\nrecord = \"run\"\n{keys}\n")));
        folder.lightfall(&["compare", "model.toml", "--out", "out"])
    };
    filter("").refused(&["model.toml:", "run is a folder: say which record of it, level = \"homodyne\""]);
    filter("level = \"heterodyne\"").refused(&["model.toml:", "no level `heterodyne`; it has homodyne, product"]);
    filter("level = \"product\"").refused(&["model.toml:", "the level product leaves no measurement record"]);
    filter("level = \"homodyne\"\ntrajectory = 1")
        .refused(&["model.toml:", "trajectory = 1, expected a number below 1"]);
    folder.assert_nothing_written();
    let record = |more: &[&str]| folder.lightfall(&[&["record", "run"], more].concat());
    record(&["--level", "product"]).refused(&[
        "run/record.zarr/product",
        "kept no measurement record",
        "record = true",
    ]);
    record(&["--level", "homodyne", "--trajectory", "5"]).refused(&["trajectory = 5, expected a number below 1"]);
    record(&["--level", "homodyne", "--clicks"]).refused(&["nothing is counted", "--clicks"]);
    record(&["--level", "homodin"]).refused(&["did you mean `homodyne`?"]);
    folder.lightfall(&["record", "nowhere", "--level", "homodyne"]).refused(&["nowhere", "not a lightfall record"]);
}
