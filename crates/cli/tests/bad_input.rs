//! Wrong input ends with exit code 2 and one error that says where, what was found and what would be right; nothing is written.

mod support;

use serde_json::Value;
use support::{Folder, GLASS, IDENTITY, J, Ran, assert_same_files, edited, files, glass_of_files, level, place};
use support::{record_files, without_timings};

/// Runs `GLASS` with (old, new) replaced; expects a refusal at the place that `mark` marks in the edited text.
#[track_caller]
fn refuses(edit: (&str, &str), mark: &str, said: &[&str]) {
    let text = edited(GLASS, &[edit]);
    let folder = Folder::with(&text);
    let at = place(&text, mark);
    let ran = folder.compare(&[]).refused(said);
    assert!(ran.stderr.starts_with(&format!("error: {at}")), "should start with {at}\n{}", ran.stderr);
    // The line itself is shown under the message.
    let line = text.lines().find(|l| l.contains(mark.replace('|', "").trim())).unwrap();
    assert!(ran.stderr.lines().skip(1).any(|l| l.contains(line.trim())), "should show `{line}`\n{}", ran.stderr);
    folder.assert_nothing_written();
    // `check` finds the same.
    folder.lightfall(&["check", "model.toml"]).refused(said);
}

/// Runs `GLASS` with `arguments`; expects a refusal.
#[track_caller]
fn refuses_arguments(arguments: &[&str], said: &[&str]) {
    let folder = Folder::with(GLASS);
    folder.compare(arguments).refused(said);
    folder.assert_nothing_written();
}

/// Runs the model of files with `couplings` in J.csv and `jumps` in c.csv; expects a refusal at `mark`.
#[track_caller]
fn refuses_files(couplings: &str, jumps: &str, mark: &str, said: &[&str]) {
    let text = glass_of_files();
    let folder = Folder::with(&text);
    folder.write("J.csv", couplings);
    folder.write("c.csv", jumps);
    let at = place(&text, mark);
    folder.compare(&[]).refused(&[&[at.as_str()], said].concat());
    folder.assert_nothing_written();
}

const IN_COUPLINGS: &str = "[couplings.|file]";
const IN_JUMPS: &str = "|jumps = ";

// The model file.

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    refuses(
        ("trajectories = 8", "trajektories = 8"),
        "|trajektories",
        &["`trajektories`", "did you mean `trajectories`?"],
    );
    refuses(("wz = 1.0", "wzz = 1.0"), "|wzz", &["`wzz`", "did you mean `wz`?"]);
    refuses(("n = 4", "n = 4\nscael = 2.0"), "|scael", &["`scael`", "did you mean `scale`?"]);
    refuses(("title =", "titel ="), "|titel", &["`titel`", "did you mean `title`?"]);
    refuses(("{ to = 2.0", "{ too = 2.0"), "|too", &["`too`", "did you mean `to`?"]);
}

#[test]
fn a_value_of_the_wrong_type_is_refused_at_the_value() {
    refuses(("n = 4", "n = \"four\""), "n = |\"four\"", &["string \"four\"", "expected"]);
    refuses(("dt = 0.1", "dt = [0.1]"), "dt = |[0.1]", &["expected"]);
    refuses(("seed = 3", "seed = -3"), "seed = |-3", &["-3", "expected"]);
    refuses(("trajectories = 8", "trajectories = 8.5"), "trajectories = |8.5", &["8.5", "expected"]);
}

#[test]
fn zero_trajectories_are_refused_in_the_model() {
    refuses(("trajectories = 8", "trajectories = 0"), "trajectories = |0", &["trajectories = 0, expected at least 1"]);
}

#[test]
fn zero_trajectories_are_refused_on_the_command_line() {
    refuses_arguments(&["--trajectories", "0"], &["--trajectories 0", "at least 1"]);
}

#[test]
fn a_negative_rate_is_refused() {
    let wanted = "expected a finite rate of at least 0";
    refuses(("wz = 1.0", "decay = -0.1"), "decay = |-0.1", &["decay = -0.1", wanted]);
    refuses(("wz = 1.0", "dephasing = -0.1"), "dephasing = |-0.1", &["dephasing = -0.1", wanted]);
    refuses(("gamma = 0.1", "gamma = -0.1"), IN_JUMPS, &["gamma = -0.1", wanted]);
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    refuses(("wz = 1.0", "wz = nan"), "wz = |nan", &["wz = NaN", "expected a finite number"]);
    refuses(("\nend = 5.0", "\nend = inf"), "\nend = |inf", &["end = inf", "finite number above 0"]);
    refuses(("dt = 0.1", "dt = 0.0"), "dt = |0.0", &["dt = 0", "finite number above 0"]);
}

#[test]
fn save_times_out_of_order_or_range_are_refused() {
    for times in ["[0.0, 2.5, 1.0]", "[0.0, 5.5]", "[0.0, nan]", "[]"] {
        let new = format!("save_at = {times}");
        let mark = format!("save_at = |{times}");
        refuses(("save_at = [0.0, 1.0, 2.5, 5.0]", &new), &mark, &["increasing times between 0 and end = 5"]);
    }
}

#[test]
fn an_unknown_level_in_the_model_is_refused_with_the_nearest_one() {
    refuses(("\"homodyne\"", "\"homodin\""), "|\"homodin\"", &["`homodin`", "did you mean `homodyne`?"]);
}

#[test]
fn an_unknown_topology_is_refused_with_the_nearest_one() {
    refuses(("[couplings.sk]", "[couplings.skk]"), "[couplings.|skk]", &["`skk`", "did you mean `sk`?", "`formula`"]);
    refuses(("[couplings.sk]", "[couplings.formulae]"), "[couplings.|formulae]", &["did you mean `formula`?"]);
}

#[test]
fn a_model_without_run_or_couplings_is_refused() {
    let without_run = &GLASS[..GLASS.find("[run]").unwrap()];
    let without_couplings = edited(GLASS, &[("[couplings.sk]\nn = 4", "")]);
    for (text, table) in [(without_run, "[run]"), (&without_couplings, "[couplings.sk]")] {
        let folder = Folder::with(text);
        folder.compare(&[]).refused(&["model.toml: ", &format!("{table} is missing"), "lightfall new open-ising"]);
        folder.assert_nothing_written();
    }
}

#[test]
fn a_toml_syntax_error_is_refused_at_its_place() {
    let text = edited(GLASS, &[("wz = 1.0", "wz = = 1.0")]);
    let folder = Folder::with(&text);
    folder.compare(&[]).refused(&[&place(&text, "wz = |= 1.0"), "wz = = 1.0"]);
    folder.assert_nothing_written();
}

#[test]
fn a_missing_model_file_is_refused() {
    let folder = Folder::new();
    folder.compare(&[]).refused(&["model.toml: cannot be read: No such file"]);
    folder.assert_nothing_written();
    folder.write("model.toml", "");
    folder.lightfall(&["compare", ".", "--out", "out"]).refused(&["cannot be read"]);
}

#[test]
fn a_path_that_does_not_apply_is_refused_at_its_line() {
    let text = edited(GLASS, &[("wz = 1.0", "wz = 1.0\ndecay = 0.1"), ("seed = 3", "seed = 3\npath = \"split\"")]);
    let folder = Folder::with(&text);
    folder.compare(&[]).refused(&["path = \"split\"", "path = \"auto\"", "counting"]);
    folder.assert_nothing_written();
}

// Formulas.

const FORMULA: &str = "[couplings.formula]\nn = 4\nentry = \"cos(2*xi*xk)\"\npositions = { line = { spacing = 1.0 } }";

#[test]
fn an_unknown_name_in_a_formula_is_refused_at_its_column() {
    let said = ["cos(2*xi*xk)", "column 10", "unknown name `xk`", "known here: "];
    refuses(("[couplings.sk]\nn = 4", FORMULA), "cos(2*xi*|xk)", &said);
}

#[test]
fn an_unknown_name_in_a_formula_of_three_quotes_is_refused_at_its_column() {
    let formula = FORMULA.replace('"', "'''");
    refuses(("[couplings.sk]\nn = 4", &formula), "cos(2*xi*|xk)", &["unknown name `xk`"]);
}

#[test]
fn a_formula_of_positions_without_positions_is_refused_at_the_first() {
    let formula = "[couplings.formula]\nn = 4\nentry = \"cos(2*xi*xj)\"";
    let said = ["uses `xi`, which needs positions", "file, drawn, line, grid, circle"];
    refuses(("[couplings.sk]\nn = 4", formula), "cos(2*|xi*xj)", &said);
}

#[test]
fn an_unknown_name_in_the_pump_is_refused_with_its_column() {
    let said = ["column 3", "unknown name `tt`", "did you mean `t`?"];
    refuses(("{ linear = { to = 2.0, end = 5.0 } }", "{ formula = \"2*tt/5\" }"), "|g = ", &said);
}

// Matrix and graph files.

#[test]
fn nan_in_j_is_refused() {
    let j = edited(J, &[("-0.5, 0.25", "nan, 0.25")]);
    refuses_files(&j, IDENTITY, IN_COUPLINGS, &["J.csv: line 2", "row 1, column 2", "NaN", "expected a finite number"]);
}

#[test]
fn an_asymmetric_j_is_refused() {
    let j = edited(J, &[("0, 1, 0.5, 0", "0, 1.5, 0.5, 0")]);
    let said = ["J.csv: ", "not symmetric: |J[0,1] - J[1,0]| = 0.5", "1.5 and 1", "(J + J^T)/2"];
    refuses_files(&j, IDENTITY, IN_COUPLINGS, &said);
}

#[test]
fn a_j_that_is_not_square_is_refused() {
    let j: Vec<&str> = J.lines().take(3).collect();
    refuses_files(&j.join("\n"), IDENTITY, IN_COUPLINGS, &["J.csv is 3 x 4", "expected a square matrix"]);
}

#[test]
fn a_jump_matrix_that_does_not_fit_j_is_refused() {
    let said = ["c.csv has 3 columns", "4 spins", "one column per spin"];
    refuses_files(J, "1, 0, 0\n0, 1, 0\n", IN_JUMPS, &said);
}

#[test]
fn nan_in_the_jump_matrix_is_refused_at_jumps() {
    let c = edited(IDENTITY, &[("0, 1, 0, 0", "0, inf, 0, 0")]);
    refuses_files(J, &c, IN_JUMPS, &["c.csv: line 2", "row 1, column 1", "inf", "expected a finite number"]);
}

#[test]
fn an_empty_matrix_file_is_refused() {
    let said = ["J.csv: holds no numbers", "expected one row of values per line"];
    refuses_files("", IDENTITY, IN_COUPLINGS, &said);
    refuses_files("# nothing yet\n", IDENTITY, IN_COUPLINGS, &said);
    refuses_files(J, "", IN_JUMPS, &["c.csv: holds no numbers"]);
}

#[test]
fn a_ragged_matrix_file_is_refused_at_its_line() {
    let j = edited(J, &[("0.5, -0.5, 0, 1", "0.5, -0.5, 0")]);
    refuses_files(&j, IDENTITY, IN_COUPLINGS, &["J.csv: line 3: found 3 values, expected 4 as on line 1"]);
}

#[test]
fn a_word_in_a_matrix_file_is_refused_at_its_field() {
    let j = edited(J, &[("0.5, -0.5, 0, 1", "0.5, -0.5, O, 1")]);
    refuses_files(&j, IDENTITY, IN_COUPLINGS, &["J.csv: line 3, field 3: found `O`, expected a number"]);
}

#[test]
fn a_missing_matrix_file_is_refused() {
    let text = glass_of_files();
    let folder = Folder::with(&text);
    folder.write("c.csv", IDENTITY);
    folder.compare(&[]).refused(&[&place(&text, IN_COUPLINGS), "J.csv: cannot be read: No such file"]);
    folder.assert_nothing_written();
}

#[test]
fn a_gset_file_with_a_wrong_number_of_edges_is_refused() {
    let text = edited(&glass_of_files(), &[("J.csv", "G1")]);
    let folder = Folder::with(&text);
    folder.write("c.csv", IDENTITY);
    folder.write("G1", "4 5\n1 2 1\n2 3 1\n3 4 -1\n");
    folder.compare(&[]).refused(&[
        &place(&text, IN_COUPLINGS),
        "G1: line 1 promises 5 edges, the file holds 3",
        "cut short",
    ]);
    folder.write("G1", "4 3\n1 2 1\n2 5 1\n3 4 -1\n");
    folder.compare(&[]).refused(&["G1: line 3: index 5 lies outside 1 to 4"]);
    folder.assert_nothing_written();
}

// Arguments.

#[test]
fn an_unknown_level_on_the_command_line_is_refused_with_the_nearest_one() {
    refuses_arguments(&["--levels", "counting,homodin"], &["`homodin`", "did you mean `homodyne`?", "mean-field"]);
    refuses_arguments(&["--reference", "homodin"], &["`homodin`", "did you mean `homodyne`?"]);
}

#[test]
fn a_reference_that_is_not_run_is_refused() {
    let arguments = ["--levels", "counting,product", "--reference", "master"];
    refuses_arguments(&arguments, &["--reference master", "--levels"]);
}

#[test]
fn an_unknown_key_in_set_is_refused_with_the_nearest_one() {
    let set = "device.open-ising.wzz=2.0";
    refuses_arguments(&["--set", set], &["model.toml", set, "`wzz`", "did you mean `wz`?"]);
    refuses_arguments(&["--set", "runn.dt=0.2"], &["runn.dt=0.2", "`runn`", "did you mean `run`?"]);
}

#[test]
fn a_set_that_is_no_key_and_value_is_refused() {
    refuses_arguments(&["--set", "run.dt"], &["--set run.dt", "expected key=value"]);
    refuses_arguments(&["--set", "run.dt="], &["--set run.dt=", "expected key=value"]);
    refuses_arguments(&["--set", "run.dt=[1"], &["--set run.dt=[1", "not TOML"]);
    refuses_arguments(&["--set", "run.dt=fast"], &["run.dt=fast", "\"fast\"", "expected"]);
}

#[test]
fn a_set_below_a_number_names_what_is_there_and_what_would_be_right() {
    let folder = Folder::with(GLASS);
    let ran = folder.compare(&["--set", "device.open-ising.wz.x=1"]).refused(&["device.open-ising.wz.x=1", "wz"]);
    // `wz` cannot be what was meant: it is what was written.
    assert!(!ran.stderr.contains("did you mean `wz`"), "{}", ran.stderr);
}

#[test]
fn a_pairing_that_is_unknown_is_refused() {
    refuses_arguments(&["--pair", "sideways"], &["--pair", "sideways", "auto", "noise"]);
}

#[test]
fn a_target_that_cannot_be_reached_is_refused() {
    for target in ["nonsense", "energy", "energy=", "energy=small", "energy=-1", "energy=0", "energy=nan"] {
        refuses_arguments(&["--target", target], &[&format!("--target {target}"), "such as energy=0.01"]);
    }
    refuses_arguments(&["--target", "enrgy=0.1"], &["--target", "`enrgy`", "`energy`"]);
}

#[test]
fn a_target_that_the_model_does_not_observe_is_refused() {
    refuses_arguments(&["--target", "half_entropy=0.1"], &["--target", "`half_entropy`", "observables"]);
    // A standard error of which site?
    refuses_arguments(&["--target", "sx=0.1"], &["--target", "`sx`"]);
}

#[test]
fn a_time_limit_that_is_no_time_is_refused() {
    for limit in ["soon", "0", "5x", "nan", "1e400"] {
        refuses_arguments(&["--time-limit", limit], &[&format!("--time-limit {limit}"), "30s"]);
    }
}

#[test]
fn flags_that_do_not_exist_are_refused() {
    refuses_arguments(&["--trajectory", "5"], &["--trajectory", "--trajectories"]);
    refuses_arguments(&["--trajectories", "many"], &["many", "--trajectories"]);
    let folder = Folder::new();
    folder.lightfall(&["compre", "model.toml"]).refused(&["compre", "compare"]);
    folder.lightfall(&["new", "closed-ising"]).refused(&["`closed-ising`", "open-ising"]);
    folder.lightfall(&["plot", "nowhere"]).refused(&["nowhere", "not a lightfall record"]);
}

// Size.

#[test]
fn a_run_that_does_not_fit_in_memory_is_refused_with_numbers() {
    let text = edited(GLASS, &[("n = 4", "n = 20"), ("\"counting\"", "\"master\", \"counting\"")]);
    let folder = Folder::with(&text);
    let ran = folder.compare(&[]).refused(&["master", "N = 20", "GiB", "largest N that fits", "--levels"]);
    folder.assert_nothing_written();
    let number_after = |what: &str| -> f64 {
        let (_, rest) = ran.stderr.split_once(what).unwrap();
        rest.trim().split([' ', ';', ',']).next().unwrap().parse().unwrap()
    };
    // One density matrix of 4^20 complex numbers is 16384 GiB.
    let (needed, largest) = (number_after("needs "), number_after("largest N that fits is "));
    assert!(needed >= 16384.0, "{needed}");
    assert!((1.0..20.0).contains(&largest), "{largest}");
    // What fits is smaller than what was refused by the ratio of the sizes.
    let free = number_after("GiB but ");
    assert!(needed * 4f64.powf(largest - 20.0) <= free, "{needed} GiB, {free} GiB free, {largest}");
    assert!(needed * 4f64.powf(largest + 1.0 - 20.0) > 0.9 * free, "{needed} GiB, {free} GiB free, {largest}");
}

#[test]
fn check_survives_a_model_that_does_not_fit_in_memory() {
    let text = edited(GLASS, &[("n = 4", "n = 20"), ("\"counting\"", "\"master\"")]);
    let folder = Folder::with(&edited(&text, &[(", \"homodyne\", \"heterodyne\", \"product\", \"mean-field\"", "")]));
    let ran = folder.lightfall(&["check", "model.toml"]);
    assert!(matches!(ran.code, Some(0 | 2)), "{ran:?}");
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("master") && said.contains("GiB"), "{said}");
}

// Steps.

#[test]
fn a_step_that_does_not_divide_the_save_times_hits_them() {
    // No jump operators: every level is the Schroedinger equation, homodyne by steps of at most 0.07, master adaptively.
    let text = edited(
        GLASS,
        &[
            ("{ linear = { to = 2.0, end = 5.0 } }", "1.0"),
            ("jumps = { drawn = { gamma = 0.1 } }\n", ""),
            ("[0.0, 1.0, 2.5, 5.0]", "[0.1, 0.25, 1.0, 5.0]"),
            ("dt = 0.1", "dt = 0.07"),
            ("\"sx\", \"sxsx\"", "\"sz\", \"sxsx\""),
            ("store = [\"energy\", \"sx\"]", "store = []"),
            ("trajectories = 8", "trajectories = 1"),
        ],
    );
    let folder = Folder::with(&text);
    let found = folder.json("out", &["--levels", "master,homodyne"]);
    assert_eq!(found["times"], serde_json::json!([0.0, 0.1, 0.25, 1.0, 5.0]));
    let sz = |name: &str, time: usize, site: usize| -> f64 {
        level(&found, name)["observables"]["sz"][time][site]["mean"].as_f64().unwrap()
    };
    let mut slowest: f64 = 0.0;
    for time in 0..5 {
        for site in 0..4 {
            let (exact, stepped) = (sz("master", time, site), sz("homodyne", time, site));
            // The splitting error is of order dt^2 = 5e-3; a step past the save time would be off by rates of 1 times 0.07.
            assert!((exact - stepped).abs() < 0.02, "time {time}, site {site}: {exact} {stepped}");
            slowest = slowest.max((sz("master", 2, site) - sz("master", 1, site)).abs());
        }
    }
    assert!(slowest > 0.02, "the spins hardly move: {slowest}");
}

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
const CHUNKS: [&str; 8] = [
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
    // About 4 * 10 * 5 = 200 clicks a trajectory, 64 to a chunk.
    let model = edited(&with_records(), &[("gamma = 0.1", "gamma = 10.0"), ("dt = 0.1", "dt = 0.01")]);
    for chunk in ["counting/click_time/c/0/1/1", "counting/click_channel/c/0/1/1"] {
        mends(&model, &[chunk], |bytes| Some(bytes[..bytes.len() / 2].to_vec()));
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
    let ran: Ran = folder.lightfall(&["plot", "out"]);
    ran.refused(&["out/record.zarr", "counting/final"]);
}

#[test]
fn an_unfinished_record_is_not_plotted() {
    let folder = Folder::with(GLASS);
    folder.compare(&[]).done();
    unfinish(&folder);
    folder.lightfall(&["plot", "out"]).refused(&["out/record.zarr", "not finished", "--resume"]);
}
