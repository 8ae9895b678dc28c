//! `solve` on real graphs, its files, and what it refuses.

mod support;

use serde_json::Value;
use std::path::Path;
use support::Folder;

fn gset(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../models/cim/gset/{name}.txt")).display().to_string()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_best_cut_of_a_torus_is_found_written_and_verified() {
    let folder = Folder::new();
    let file = gset("G11");
    let ran =
        folder.lightfall(&["solve", &file, "--target", "564", "-t", "60", "--out", "g", "--format", "json"]).done();
    let found = json(&ran.stdout);
    assert_eq!((&found["best"]["cut"], &found["best"]["energy"]), (&564.0.into(), &(34.0 - 2.0 * 564.0).into()));
    assert_eq!((&found["target_reached"], &found["n"]), (&true.into(), &800.into()));
    assert_eq!(std::fs::read_to_string(folder.path("g/solve.json")).unwrap(), ran.stdout.trim_end());
    assert!(folder.path("g/solve.svg").exists() && folder.path("g/solve.png").exists());
    let ran = folder.lightfall(&["solve", &file, "--verify", "g/spins.txt"]).done();
    assert!(ran.stdout.starts_with("cut 564\nenergy -1094\nno single flip lowers the energy"), "{}", ran.stdout);
    // A spin changed: the cut is no longer the one stated.
    let text = std::fs::read_to_string(folder.path("g/spins.txt")).unwrap();
    let (head, last) = text.trim_end().rsplit_once('\n').unwrap();
    folder.write("bad.txt", &format!("{head}\n{}\n", if last == "1" { "-1" } else { "1" }));
    folder.lightfall(&["solve", &file, "--verify", "bad.txt"]).refused(&["bad.txt: states cut 564, its spins have 56"]);
    folder.write("short.txt", head);
    folder.lightfall(&["solve", &file, "--verify", "short.txt"]).refused(&["short.txt: holds 799 spins, expected 800"]);
}

#[test]
fn so_many_runs_give_the_same_result_on_any_number_of_threads() {
    let folder = Folder::new();
    let run = |threads: &str| {
        let arguments = ["solve", &gset("G43"), "-m", "sa,dsb", "--runs", "12", "--steps", "800", "--seed", "3"];
        let more = ["--threads", threads, "--format", "json", "--out", "o", "-q"];
        let mut found = json(&folder.lightfall(&[&arguments[..], &more[..]].concat()).done().stdout);
        let map = found.as_object_mut().unwrap();
        for timing in ["threads", "history", "cpu_seconds", "wall_seconds", "success", "time_to_target"] {
            map.remove(timing);
        }
        map["best"].as_object_mut().unwrap().remove("seconds");
        for run in map["runs"].as_array_mut().unwrap() {
            run.as_object_mut().unwrap().remove("seconds");
        }
        (found, std::fs::read_to_string(folder.path("o/spins.txt")).unwrap())
    };
    let (one, spins) = run("1");
    // Several runs come to the best cut: of equal states that of the first run is written.
    let best = |run: &&Value| run["best"] == one["best"]["cut"];
    assert!(one["runs"].as_array().unwrap().iter().filter(best).count() > 1, "{one}");
    assert_eq!(one["runs"].as_array().unwrap().len(), 12);
    assert_eq!(one["runs"][1]["machine"], "dsb");
    let (two, other) = run("3");
    assert_eq!(one, two);
    assert_eq!(spins, other);
}

#[test]
fn a_run_cut_off_inside_its_ramp_says_so_and_is_no_worse_than_random() {
    // At dt = 1 the uniform mode of this graph swings far, and half-way up the ramp the signs cut 7329 edges, less than at random (9995).
    let folder = Folder::new();
    let arguments = ["solve", &gset("G22"), "-m", "dsb", "--set", "dsb.dt=1.0", "--steps", "100000000", "-t", "0.2"];
    let ran = folder.lightfall(&[&arguments[..], &["--format", "json", "--out", "o"]].concat()).done();
    let found = json(&ran.stdout);
    assert!(found["best"]["cut"].as_f64().unwrap() > 12_000.0, "{}", found["best"]);
    assert!(found["warnings"][0].as_str().unwrap().starts_with("no run came to its end"), "{}", found["warnings"]);
    assert!(ran.stderr.contains("warning: no run came to its end: the longest, of dsb, was cut off after"));
    let arguments = ["solve", &gset("G22"), "-m", "dsb", "--set", "dsb.dt=1.2", "-t", "1"];
    folder.lightfall(&arguments).refused(&["dsb: dt = 1.2 is unstable on these couplings", "use --set dsb.dt="]);
}

#[test]
fn problems_go_out_and_come_back_in_every_format() {
    let folder = Folder::new();
    // x^T Q x of three variables, not symmetric: -1 x0 - 2 x1 + 3 x0 x1 - x1 x2.
    folder.write("q.csv", "-1,2,0\n1,-2,-1\n0,0,0\n");
    let solve = |file: &str, more: &[&str]| {
        let all = [&["solve", file, "--format", "json", "--out", "o", "-q"][..], more].concat();
        json(&folder.lightfall(&all).done().stdout)
    };
    // By hand: x = (0, 1, 1) gives -3.
    let found = solve("q.csv", &["--reading", "qubo"]);
    assert_eq!((&found["best"]["objective"], &found["best"]["machine"]), (&(-3.0).into(), &"exact".into()));
    let spins = std::fs::read_to_string(folder.path("o/spins.txt")).unwrap();
    assert_eq!(spins.lines().filter(|l| !l.starts_with('#')).collect::<Vec<_>>(), ["0", "1", "1"]);
    for (file, offset) in [("out.qubo", 0.0), ("out.coo", -1.5 + 0.75 - 0.25)] {
        let ran = folder.lightfall(&["solve", "q.csv", "--reading", "qubo", "--export", file]).done();
        assert!(ran.stdout.starts_with(&format!("{file}: objective = value of the file + {offset}")), "{}", ran.stdout);
        assert_eq!(solve(file, &[])["best"]["objective"].as_f64().unwrap() + offset, -3.0, "{file}");
    }
    folder
        .lightfall(&["solve", "q.csv", "--reading", "qubo", "--export", "out.mtx"])
        .refused(&["out.mtx: Matrix Market has no place for the fields h; write .qubo or .coo"]);
    folder
        .lightfall(&["solve", "q.csv", "--reading", "qubo", "--export", "out.xyz"])
        .refused(&["`xyz` names no format"]);
    // A graph without fields: the triangle of weights 1, 2, 4.
    folder.write("g.txt", "3 3\r\n1 2 1\r\n2 3 2\r\n1 3 4\r\n\r\n");
    assert_eq!(solve("g.txt", &[])["best"]["cut"], 6.0);
    for (file, more, name, value) in [
        ("g.mtx", &[][..], "energy", -5.0),
        ("g2.txt", &[], "cut", 6.0),
        ("g.coo", &[], "objective", -5.0),
        ("g.mtx", &["--reading", "max-cut"], "cut", 0.0),
    ] {
        folder.lightfall(&["solve", "g.txt", "--export", file]).done();
        assert_eq!(solve(file, more)["best"][name], value, "{file} {more:?}");
    }
    // The same topologies as in model files.
    folder.write("sk.toml", "[couplings.sk]\nn = 12\n");
    let by_model = solve("sk.toml", &["--set", "couplings.sk.n=14", "--seed", "4"]);
    assert_eq!(by_model["n"], 14);
}

#[test]
fn bad_files_are_refused_with_file_and_line() {
    let folder = Folder::new();
    let cases: [(&str, &str, &[&str]); 17] = [
        ("cut.txt", "3 3\n1 2 1\n2 3 1\n", &["line 1 promises 3 edges, the file holds 2; it is cut short"]),
        ("zero.txt", "3 1\n0 2 1\n", &["line 2: index 0 lies outside 1 to 3"]),
        ("beyond.txt", "3 1\n1 4 1\n", &["line 2: index 4 lies outside 1 to 3"]),
        ("twice.txt", "3 2\n1 2 1\n2 1 1\n", &["line 3: the pair 2 1 stands on line 2 already"]),
        ("loop.txt", "3 1\n2 2 1\n", &["line 2: the edge joins vertex 2 to itself"]),
        ("word.txt", "3 1\n1 2 one\n", &["line 2, field 3: found `one`, expected a number"]),
        ("nan.txt", "3 1\n1 2 nan\n", &["line 2: ", "is NaN, expected a finite number"]),
        ("empty.txt", "", &["format is not recognised"]),
        ("empty.gset", "", &["holds no numbers, expected the number of vertices and of edges"]),
        ("odd.csv", "0,1\n2,0\n", &["J is not symmetric: |J[0,1] - J[1,0]| = 1"]),
        ("coo.coo", "0 1 1\n", &["expected `# vartype=SPIN` or `# vartype=BINARY`"]),
        ("kind.coo", "# vartype=TERNARY\n0 1 1\n", &["line 1: found `# vartype=TERNARY`"]),
        ("twice.coo", "# vartype=SPIN\n0 1 1\n1 0 1\n", &["line 3: the pair 1 0 stands on line 2 already"]),
        ("head.qubo", "c hello\n0 0 1\n", &["line 2: found `0 0 1`, expected `p qubo 0 variables"]),
        ("count.qubo", "p qubo 0 2 1 1\n0 0 1\n", &["line 1 promises 1 quadratic terms, the file holds 0"]),
        ("beyond.qubo", "p qubo 0 2 1 0\n2 2 1\n", &["line 2: there is no variable 2 among the 2 announced"]),
        ("none.toml", "[run]\nseed = 1\n", &["[couplings.NAME] is missing"]),
    ];
    for (name, text, said) in cases {
        folder.write(name, text);
        let ran = folder.lightfall(&["solve", name, "-t", "1"]);
        ran.refused(&[&[name], said].concat());
    }
    folder.lightfall(&["solve", "absent.txt"]).refused(&["absent.txt", "cannot be read"]);
    folder.write("good.txt", "3 1\n1 2 1\n");
    for (arguments, said) in [
        (&["-t", "0"][..], "--time-limit 0: expected seconds"),
        (&["-t", "soon"], "--time-limit soon: expected seconds"),
        (&["-m", "simcin"], "unknown machine `simcin`; did you mean `simcim`?"),
        (&["-m", "sa", "--set", "sa.warm=1"], "sa has no setting `warm`; it has hot, cold"),
        (&["-m", "sa", "--set", "sa.hot=x"], "`x` is not a number"),
        (&["-m", "sa", "--set", "pt.hot=1"], "pt does not take part"),
        (&["-m", "sa", "--set", "hot=1"], "expected MACHINE.SETTING=VALUE"),
        (&["--runs", "0"], "--runs 0: expected at least 1"),
        (&["--steps", "0"], "--steps 0: expected at least 1"),
        (&["--reading", "qubo", "--input", "qubo"], "line 1: found `3 1`"),
    ] {
        folder.lightfall(&[&["solve", "good.txt"][..], arguments].concat()).refused(&[said]);
    }
}

#[test]
fn tuned_settings_are_written_and_read_again() {
    let folder = Folder::new();
    let arguments = ["solve", &gset("G43"), "-m", "cac", "--steps", "60", "--runs", "2", "--out", "o"];
    let ran = folder.lightfall(&[&arguments[..], &["--tune", "1s"]].concat()).done();
    let text = std::fs::read_to_string(folder.path("o/settings.toml")).unwrap();
    assert!(ran.stdout.starts_with(&text) && text.contains("[cac]\ndt = "), "{text}");
    let best = |more: &[&str]| {
        let all = [&arguments[..], &["--format", "json", "-q"], more].concat();
        let found = json(&folder.lightfall(&all).done().stdout);
        (found["machines"][0]["settings"].clone(), found["runs"][0]["mean"].as_f64().unwrap())
    };
    let (tuned, plain) = (best(&["--settings", "o/settings.toml"]), best(&[]));
    // Never worse on the numbers that decide; other runs scatter.
    assert!(tuned.1 > plain.1 - 40.0, "{tuned:?} {plain:?}");
    folder.write("bad.toml", "[cac]\ndt = \"fast\"\n");
    let with = |file: &str| folder.lightfall(&[&arguments[..], &["--settings", file]].concat());
    with("bad.toml").refused(&["bad.toml:2:", "dt"]);
    folder.write("bad.toml", "[casc]\ndt = 1\n");
    with("bad.toml").refused(&["bad.toml: unknown machine `casc`; did you mean `cac`?"]);
}

#[test]
fn archives_of_arrays_hold_couplings_and_fields_or_sparse_matrices() {
    let folder = Folder::new();
    let array = |name: &str, shape: &[usize], values: &[f64]| lightfall_model::photons::NamedArray {
        name: name.into(),
        shape: shape.to_vec(),
        values: values.to_vec(),
    };
    let energy = |file: &str| {
        let ran = folder.lightfall(&["solve", file, "--format", "json", "-o", "o", "-q"]).done();
        json(&ran.stdout)["best"]["energy"].as_f64().unwrap()
    };
    let write = |name: &str, arrays: &[lightfall_model::photons::NamedArray]| {
        lightfall_model::photons::write_npz(&folder.path(name), arrays).unwrap();
    };
    // Two spins that would rather differ, and a field that holds the first up: E = -1 - 0.5.
    let j = array("J", &[2, 2], &[0.0, -1.0, -1.0, 0.0]);
    write("dense.npz", &[j.clone(), array("h", &[2], &[0.5, 0.0])]);
    assert_eq!(energy("dense.npz"), -1.5);
    // A chain of three as SciPy saves its coordinates and its compressed rows.
    let (data, shape) = (array("data", &[4], &[1.0, 1.0, 2.0, 2.0]), array("shape", &[2], &[3.0, 3.0]));
    let (row, col) = (array("row", &[4], &[0.0, 1.0, 1.0, 2.0]), array("col", &[4], &[1.0, 0.0, 2.0, 1.0]));
    write("coo.npz", &[row, col, data.clone(), shape.clone()]);
    assert_eq!(energy("coo.npz"), -3.0);
    let compressed = [array("indptr", &[4], &[0.0, 1.0, 3.0, 4.0]), array("indices", &[4], &[1.0, 0.0, 2.0, 1.0])];
    write("csr.npz", &[&compressed[..], &[data.clone(), shape.clone()]].concat());
    assert_eq!(energy("csr.npz"), -3.0);
    for (name, arrays, said) in [
        ("none.npz", vec![array("K", &[1], &[0.0])], "none.npz: has K, expected `J` (and `h`)"),
        ("long.npz", vec![j.clone(), array("h", &[3], &[0.0; 3])], "long.npz: 3 fields h for 2 spins"),
        ("nan.npz", vec![array("J", &[1, 1], &[f64::NAN])], "nan.npz: row 0, column 0 (counted from 0) is NaN"),
        (
            "beyond.npz",
            vec![array("row", &[1], &[3.0]), array("col", &[1], &[0.0]), array("data", &[1], &[1.0]), shape],
            "beyond.npz: a row 3, expected a whole number below 3",
        ),
    ] {
        write(name, &arrays);
        folder.lightfall(&["solve", name]).refused(&[said]);
    }
    folder.write("broken.npz", "PK\u{3}\u{4}");
    folder.lightfall(&["solve", "broken.npz"]).refused(&["broken.npz: "]);
}

#[test]
fn the_energy_along_a_run_is_kept_where_asked_for() {
    let folder = Folder::new();
    let arguments = ["solve", &gset("G43"), "-m", "sa,dsb,pt", "--runs", "3", "--steps", "100", "--history", "10"];
    let found =
        json(&folder.lightfall(&[&arguments[..], &["--format", "json", "-o", "o", "-q"]].concat()).done().stdout);
    for run in found["runs"].as_array().unwrap() {
        let points = run["history"].as_array().unwrap();
        assert_eq!(points.len(), 10, "{run}");
        assert_eq!((&points[0][0], &points[9][0]), (&10.into(), &100.into()));
        let (first, last) = (points[0][2].as_f64().unwrap(), points[9][2].as_f64().unwrap());
        // Cuts rise along an anneal; tempering starts at random too.
        assert!(last > first, "{run}");
    }
    let plain = json(
        &folder.lightfall(&[&arguments[..6], &["--steps", "10", "--format", "json", "-q"]].concat()).done().stdout,
    );
    assert!(plain["runs"][0].get("history").is_none());
}
