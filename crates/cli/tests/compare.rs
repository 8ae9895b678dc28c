//! `lightfall compare`: its formats, its pairing of levels, its stop rules, its steps.

mod support;

use serde_json::Value;
use std::io::Read;
use support::{Folder, GLASS, IDENTITY, J, LEVELS, edited, glass_of_files, level, without_timings};

// Formats.

#[test]
fn csv_has_one_row_per_level_observable_index_and_time() {
    let folder = Folder::with(GLASS);
    let csv = folder.compare(&["--format", "csv", "--quiet"]).done().stdout;
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("level,observable,index,time,mean,stderr,n"));
    let rows: Vec<Vec<&str>> = lines.map(|l| l.split(',').collect()).collect();
    // 4 times of: energy 1, sign_energy 1, sx 4, sxsx 16; entropy 4 for kets, jumps 4 for counting.
    let expected = 4 * (5 * (1 + 1 + 4 + 16) + 3 * 4 + 4);
    assert_eq!(rows.len(), expected);
    assert!(rows.iter().all(|r| r.len() == 7 && r[6] == "8"));
    // The same numbers as in the JSON.
    let json = folder.json("out", &[]);
    let at_end = |r: &&Vec<&str>| r[0] == "product" && r[1] == "sxsx" && r[2] == "1 3" && r[3] == "5";
    let row = rows.iter().find(at_end).unwrap();
    let estimate = &level(&json, "product")["observables"]["sxsx"][3][1][3];
    assert_eq!(row[4].parse::<f64>().ok(), estimate["mean"].as_f64());
    assert_eq!(row[5].parse::<f64>().ok(), estimate["stderr"].as_f64());
}

/// Asserts that `value` is an object with a number under mean and n, and a number or null under stderr.
fn is_estimate(value: &Value) -> bool {
    value["mean"].is_f64() && value["n"].is_u64() && (value["stderr"].is_f64() || value["stderr"].is_null())
}

#[test]
fn json_has_the_layout_of_the_design() {
    let ground = "\"energy_ratio\", \"ground_probability\", \"ground_fraction\", \"jumps\"]";
    let folder = Folder::with(&edited(GLASS, &[("\"jumps\"]", ground)]));
    let mut names = vec!["master"];
    names.extend(LEVELS);
    let json = folder.json("out", &["--levels", &names.join(",")]);
    assert_eq!(json["schema"], "lightfall/compare/1");
    assert_eq!(json["model"], "model.toml");
    assert_eq!(json["seed"], 3);
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json["times"], serde_json::json!([0.0, 1.0, 2.5, 5.0]));
    let found: Vec<&Value> = json["levels"].as_array().unwrap().iter().map(|l| &l["name"]).collect();
    assert_eq!(found, names);
    for name in &names {
        let l = level(&json, name);
        assert!(l["path"].is_string() && l["cpu_seconds"].is_f64() && l["wall_seconds"].is_f64(), "{name}");
        assert_eq!(l["stopped"], "complete");
        assert!(l["step_error"]["mean"].is_f64() && l["step_error"]["method"].is_string(), "{name}");
        let trajectories = if *name == "master" { 1 } else { 8 };
        assert_eq!(l["trajectories"], trajectories);
        let observables = &l["observables"];
        for time in 0..4 {
            assert!(is_estimate(&observables["energy"][time]), "{name}");
            assert_eq!(observables["energy"][time]["n"], trajectories);
            assert!((0..4).all(|i| is_estimate(&observables["sx"][time][i])), "{name}");
            assert!((0..16).all(|k| is_estimate(&observables["sxsx"][time][k / 4][k % 4])), "{name}");
        }
        let last = &l["final"];
        assert_eq!(last["energy"], observables["energy"][3], "{name}");
        assert!(is_estimate(&last["energy_ratio"]) && is_estimate(&last["ground_probability"]), "{name}");
        // Sign configurations belong to trajectories: null for the master equation.
        let of_signs = [&last["sign_energy"], &last["ground_fraction"]];
        assert!(of_signs.iter().all(|e| if *name == "master" { e.is_null() } else { is_estimate(e) }), "{name}");
    }
    assert_eq!(level(&json, "counting")["path"], "split");
    let paired = json["paired"].as_array().unwrap();
    for name in names.iter().filter(|n| **n != "homodyne") {
        let p = paired.iter().find(|p| p["level"] == *name && p["observable"] == "energy").unwrap();
        assert_eq!(p["reference"], "homodyne");
        assert_eq!(p["paired_by"], "none");
        assert_eq!(p["confidence"], 0.95);
        let (low, high) = (p["interval"][0].as_f64().unwrap(), p["interval"][1].as_f64().unwrap());
        let mean = |name: &str| level(&json, name)["final"]["energy"]["mean"].as_f64().unwrap();
        let difference = p["difference"].as_f64().unwrap();
        assert!((difference - (mean(name) - mean("homodyne"))).abs() < 1e-12);
        assert!(low <= difference && difference <= high);
    }
    assert!(paired.iter().all(|p| p["level"] != "homodyne"));
}

#[test]
fn instances_are_paired_and_have_their_own_error() {
    let folder = Folder::with(&edited(GLASS, &[("seed = 3", "seed = 3\ninstances = 3")]));
    let json = folder.json("out", &["--levels", "product,mean-field", "--reference", "mean-field"]);
    assert_eq!(json["instances"], 3);
    let energy = &level(&json, "product")["final"];
    assert_eq!(energy["energy"]["n"], 24);
    assert!(energy["energy"]["stderr_instances"].as_f64().unwrap() > 0.0);
    let p = &json["paired"][0];
    assert_eq!([&p["level"], &p["reference"], &p["paired_by"]], ["product", "mean-field", "instance"]);
}

#[test]
fn text_says_the_results_and_where_the_files_are() {
    let folder = Folder::with(GLASS);
    let ran = folder.compare(&[]).done();
    assert!(!ran.stderr.contains("error"), "{}", ran.stderr);
    for name in LEVELS {
        assert!(ran.stdout.lines().any(|l| l.starts_with(name)), "{name}\n{}", ran.stdout);
    }
    for name in ["out/record.zarr", "out/compare.svg", "out/compare.png"] {
        assert!(ran.stdout.contains(name), "{name}\n{}", ran.stdout);
        assert!(folder.path(name).exists(), "{name}");
    }
    assert_eq!(folder.compare(&["--quiet"]).done().stderr, "");
    // Without --out: out/ and the name of the model.
    folder.lightfall(&["compare", "model.toml", "--levels", "product"]).done();
    assert!(folder.path("out/model/record.zarr/zarr.json").is_file());
}

#[test]
fn set_changes_what_the_model_says() {
    let folder = Folder::with(GLASS);
    let by_flag = folder.json("flag", &["--set", "device.open-ising.wz=1.5", "--set", "run.dt=0.05"]);
    folder.write("model.toml", &edited(GLASS, &[("wz = 1.0", "wz = 1.5"), ("dt = 0.1", "dt = 0.05")]));
    let by_file = folder.json("file", &[]);
    assert_eq!(without_timings(by_flag)["levels"], without_timings(by_file)["levels"]);
}

// Pairing, targets, time.

/// Without a pump the spins do not interact; with one output per spin a product state stays one, so that product trajectories
/// are heterodyne trajectories of the same noise up to the step error.
#[test]
fn pairing_by_noise_narrows_the_interval_of_spins_that_do_not_interact() {
    let model = edited(
        &glass_of_files(),
        &[
            ("g = { linear = { to = 2.0, end = 5.0 } }", "g = 0.0"),
            ("gamma = 0.1", "gamma = 0.3"),
            ("dt = 0.1", "dt = 0.01"),
            ("trajectories = 8", "trajectories = 64"),
        ],
    );
    let folder = Folder::with(&model);
    folder.write("J.csv", J);
    folder.write("c.csv", IDENTITY);
    let levels = ["--levels", "heterodyne,product", "--reference", "heterodyne"];
    let of = |json: &Value| -> (Value, f64, f64) {
        let paired = json["paired"].as_array().unwrap();
        let p = paired.iter().find(|p| p["level"] == "product" && p["observable"] == "energy").unwrap();
        let width = p["interval"][1].as_f64().unwrap() - p["interval"][0].as_f64().unwrap();
        (p["paired_by"].clone(), p["difference"].as_f64().unwrap(), width)
    };
    let noise = folder.json("noise", &[&levels[..], &["--pair", "noise"]].concat());
    let auto = folder.json("auto", &[&levels[..], &["--set", "run.path=general"]].concat());
    for json in [&noise, &auto] {
        assert_eq!(level(json, "heterodyne")["path"], "general");
    }
    let ((by_noise, difference, narrow), (by_none, _, wide)) = (of(&noise), of(&auto));
    assert_eq!((by_noise, by_none), ("noise".into(), "none".into()));
    // The energies themselves fluctuate, and the two levels agree trajectory by trajectory.
    let stderr = level(&noise, "heterodyne")["final"]["energy"]["stderr"].as_f64().unwrap();
    assert!(stderr > 0.02, "{stderr}");
    // Euler-Maruyama against Heun at dt = 0.01: paths differ by order sqrt(dt) = 0.1 of their fluctuation.
    assert!(narrow < 0.3 * wide, "{narrow} {wide}");
    assert!(difference.abs() < 0.3 * stderr, "{difference} {stderr}");
}

#[test]
fn a_target_stops_at_the_first_multiple_of_64_that_reaches_it() {
    let folder = Folder::with(&edited(GLASS, &[("trajectories = 8", "trajectories = 1024")]));
    let only = ["--levels", "product"];
    let wanted = 0.02;
    let target = ["--target", "energy=0.02"];
    let json = folder.json("target", &[&only[..], &target].concat());
    let found = level(&json, "product");
    assert_eq!(found["stopped"], "target");
    let n = found["trajectories"].as_u64().unwrap();
    assert!(n.is_multiple_of(64) && n > 64 && n < 1024, "{n}");
    let stderr = |json: &Value| level(json, "product")["final"]["energy"]["stderr"].as_f64().unwrap();
    assert!(stderr(&json) <= wanted);
    // A run of n gives the same, and one of n - 64 is not good enough.
    let (same, fewer) = (n.to_string(), (n - 64).to_string());
    let run = |out: &str, n: &str| folder.json(out, &[&only[..], &["--trajectories", n]].concat());
    let (same, fewer) = (run("same", &same), run("fewer", &fewer));
    assert_eq!(level(&same, "product")["observables"], found["observables"]);
    assert!(stderr(&fewer) > wanted, "{}", stderr(&fewer));
    // Blocks and threads do not matter.
    let small = ["--set", "run.block=8", "--threads", "1"];
    let blocks = folder.json("blocks", &[&only[..], &target, &small].concat());
    assert_eq!(level(&blocks, "product")["observables"], found["observables"]);
}

#[test]
fn a_time_limit_stops_a_level_and_its_number_of_trajectories_reproduces_it() {
    let folder =
        Folder::with(&edited(GLASS, &[("trajectories = 8", "trajectories = 200000"), ("dt = 0.1", "dt = 0.01")]));
    let only = ["--levels", "heterodyne"];
    let begin = std::time::Instant::now();
    let json = folder.json("limit", &[&only[..], &["--time-limit", "0.5s"]].concat());
    let seconds = begin.elapsed().as_secs_f64();
    // 200 000 trajectories of 500 steps take minutes; the rest is start, step error and figures.
    assert!(seconds < 20.0, "{seconds}");
    let found = level(&json, "heterodyne");
    assert_eq!(found["stopped"], "wall-clock");
    let n = found["trajectories"].as_u64().unwrap();
    assert!(n > 0 && n < 200_000, "{n}");
    assert!(found["wall_seconds"].as_f64().unwrap() >= 0.5);
    let again = folder.json("again", &[&only[..], &["--trajectories", &n.to_string()]].concat());
    assert_eq!(level(&again, "heterodyne")["observables"], found["observables"]);
}

#[test]
fn stdout_holds_json_alone_when_progress_is_shown() {
    let folder = Folder::with(GLASS);
    let mut child = folder.start(&["compare", "model.toml", "--out", "out", "--format", "json"]);
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success());
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema"], "lightfall/compare/1");
}

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

#[test]
fn a_stated_step_error_chooses_the_step_of_each_level() {
    // E_0 of the four spins is some -1.3: a loose bound keeps dt = 0.5, a tight one halves it.
    let run = |bound: &str| {
        let edits = [("dt = 0.1", &*format!("dt = 0.5\nstep_error = {bound}\nstep_error_trajectories = 32"))];
        let folder = Folder::with(&edited(GLASS, &edits));
        folder.json("out", &["--levels", "master,homodyne"])
    };
    let (loose, tight) = (run("0.5"), run("1e-4"));
    let path = |json: &Value, name: &str| level(json, name)["path"].as_str().unwrap().to_owned();
    assert_eq!(path(&loose, "homodyne"), "split, dt 0.5");
    assert_eq!(path(&loose, "master"), "dop853, tolerance 1e-7");
    let (name, dt) = path(&tight, "homodyne").split_once(", dt ").map(|(n, d)| (n.to_owned(), d.to_owned())).unwrap();
    let dt: f64 = dt.parse().unwrap();
    assert_eq!(name, "split");
    assert!(dt < 0.5 && (0.5 / dt).log2().fract() == 0.0, "{dt}");
    let ground = tight["ground_energy"].as_f64().unwrap().abs();
    for (json, bound) in [(&loose, 0.5), (&tight, 1e-4)] {
        let error = level(json, "homodyne")["step_error"]["mean"].as_f64().unwrap().abs();
        assert!(error <= bound * ground && error > 0.0, "{error}");
    }
    // One halving less is not enough: what was chosen is the longest step that will do.
    let folder = Folder::with(&edited(GLASS, &[("dt = 0.1", &format!("dt = {}", 2.0 * dt))]));
    let longer = folder.json("out", &["--levels", "homodyne"]);
    assert!(level(&longer, "homodyne")["step_error"]["mean"].as_f64().unwrap().abs() > 1e-4 * ground);
    assert_ne!(level(&loose, "homodyne")["final"], level(&tight, "homodyne")["final"]);
}
