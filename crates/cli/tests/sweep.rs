//! `compare --sweep`, levels of a cavity, replicas: what a user gets and what is refused.

mod support;

use serde_json::Value;
use support::{Folder, edited, level, without_timings};

/// Two drawn instances of four atoms in a confocal cavity.
const CAVITY: &str = r#"title = "Cavity"
[device.cavity]
ramp = { j = { linear = { to = 2.0, end = 4.0 } } }
detuning = 8.0
kappa = 1.0
self_term = { margin = 1.1 }
normalise = "largest"

[couplings.confocal]
n = 4
positions = { drawn = { sigma = 1.5 } }

[run]
end = 5.0
save_at = 5
dt = 0.1
trajectories = 6
instances = 2
seed = 3
levels = ["heterodyne", "product"]
block = 2
step_error_trajectories = 0
"#;

const SWEEP: [&str; 2] = ["--sweep", "device.cavity.kappa=0.5:2:3:log"];

#[test]
fn every_point_of_a_sweep_is_the_comparison_at_that_point() {
    let folder = Folder::with(CAVITY);
    let json = folder.json("out", &SWEEP);
    assert_eq!((json["schema"].as_str(), json["seed"].as_u64()), (Some("lightfall/sweep/1"), Some(3)));
    assert!(json["ramp"].as_str().unwrap().starts_with("J(t) is given"), "{}", json["ramp"]);
    let points = json["sweep"].as_array().unwrap();
    assert_eq!(points.len(), 3);
    for (k, point) in points.iter().enumerate() {
        let kappa = point["at"]["device.cavity.kappa"].as_f64().unwrap();
        assert!((kappa - 0.5 * 2.0_f64.powi(k as i32)).abs() < 1e-12);
        let alone = folder.json(&format!("alone-{k}"), &["--set", &format!("device.cavity.kappa={kappa}")]);
        assert_eq!(point["instances"], alone["instances"]);
        assert_eq!(without_timings(point["paired"].clone()), without_timings(alone["paired"].clone()));
        for name in ["heterodyne", "product"] {
            assert_eq!(level(point, name)["final"], level(&alone, name)["final"], "{name} at {kappa}");
            assert!(level(point, name)["final"]["energy"]["stderr_instances"].is_number());
        }
        let energy = &point["paired"][0];
        assert!(energy["stderr"].is_number() && energy["stderr_instances"].is_number(), "{energy}");
    }
    // The points differ: kappa is what is swept.
    assert_ne!(points[0]["levels"][0]["final"]["energy"], points[2]["levels"][0]["final"]["energy"]);
    // Figures, and again from the result.
    for file in ["sweep.svg", "sweep.png", "sweep.json"] {
        assert!(folder.path("out").join(file).is_file(), "{file}");
    }
    folder.lightfall(&["plot", "out", "--out", "again"]).done();
    let read = |path: &str| std::fs::read(folder.path(path)).unwrap();
    assert_eq!(read("out/sweep.svg"), read("again/sweep.svg"));
    // The records of the points are continued, not run again, and say the same.
    let again = folder.json("out", &SWEEP);
    assert_eq!(without_timings(again), without_timings(json));
}

#[test]
fn a_grid_has_a_row_for_every_point_and_level() {
    let folder = Folder::with(CAVITY);
    let sweeps = ["--sweep", "device.cavity.detuning=6,12", "--sweep", "couplings.confocal.n=3:4:2"];
    let text = folder.compare(&sweeps).done().stdout;
    for row in ["6 3 heterodyne", "6 4 product", "12 3 product", "12 4 heterodyne"] {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.lines().any(|l| words(l).starts_with(row)), "no `{row}` in\n{text}");
    }
    // N is no longer one number.
    assert!(text.contains("\n2 instances, seed 3"), "{text}");
    assert!(text.contains("standard error over instances") && text.contains("product - heterodyne"), "{text}");
    let csv =
        folder.lightfall(&["compare", "model.toml", "--out", "csv", "--format", "csv", sweeps[0], sweeps[1]]).done();
    let mut lines = csv.stdout.lines();
    assert_eq!(lines.next(), Some("device.cavity.detuning,level,observable,mean,stderr,stderr_instances,n"));
    assert!(lines.all(|l| l.split(',').count() == 7));
}

#[test]
fn a_sweep_that_cannot_be_is_refused_before_anything_runs() {
    let folder = Folder::with(CAVITY);
    for (sweep, said) in [
        ("device.cavity.kappa=1:2", "FROM:TO has no N"),
        ("device.cavity.kappa=0:2:3:log", "equal ratios need both ends above 0"),
        ("device.cavity.kapa=1,2", "did you mean `kappa`"),
        ("device.cavity.kappa=1,-2", "kappa = -2, expected a finite rate of at least 0"),
        ("device.cavity.self_term.margin=1.1,0.2", "K has an eigenvalue of -"),
    ] {
        folder.compare(&["--sweep", sweep]).refused(&[said]);
        folder.assert_nothing_written();
    }
    folder.compare(&["--sweep", "run.dt=0.1,0.2", "--sweep", "run.dt=0.3,0.4"]).refused(&["run.dt is swept twice"]);
}

#[test]
fn levels_that_the_device_does_not_have_are_refused_with_those_it_has() {
    let folder = Folder::with(CAVITY);
    folder.compare(&["--levels", "full/product"]).refused(&["unknown level `full/product`", "full/homodyne"]);
    folder.compare(&["--levels", "wigner"]).refused(&["unknown level `wigner`; did you mean `full/wigner`?"]);
    let large = ["--set", "device.cavity.atoms=3", "--levels", "product"];
    folder.compare(&large).refused(&["sites of 3 atoms have the levels master", "needs device.cavity.atoms = 1"]);
    let split = ["--set", "run.path=split", "--levels", "full/homodyne"];
    folder.compare(&split).refused(&["path = \"split\" is for spins 1/2 without modes"]);
    let lossless = ["--set", "device.cavity.kappa=0.0", "--levels", "spin-flip"];
    folder.compare(&lossless).refused(&["no mode loses photons (kappa = 0)"]);
    let spins = Folder::with(support::GLASS);
    spins.compare(&["--levels", "full/master"]).refused(&["the device has no modes", "give `master`"]);
    spins.compare(&["--levels", "spin-flip"]).refused(&["come from the modes of a cavity", "[device.cavity]"]);
    for f in [folder, spins] {
        f.assert_nothing_written();
    }
}

#[test]
fn a_cut_of_too_few_fock_states_is_refused_and_a_good_one_reported() {
    let text = edited(
        CAVITY,
        &[("n = 4", "n = 2"), ("trajectories = 6", "trajectories = 2"), ("instances = 2", "instances = 1")],
    );
    let folder = Folder::with(&text);
    let full = ["--levels", "full/master,full/heterodyne"];
    let cut = ["compare", "model.toml", "--out", "cut", "--set", "device.cavity.fock=2"];
    let ran = folder.lightfall(&[&cut[..], &full[..]].concat());
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("Fock states of mode 0") && said.contains("raise device.cavity.fock"), "{said}");
    let json = folder.json("out", &full);
    let top = level(&json, "full/master")["highest_fock_state"].as_f64().unwrap();
    assert!(top > 0.0 && top < 1e-3, "{top}");
    assert!(folder.compare(&full).done().stdout.contains("full/master: the highest Fock state kept holds at most"));
}

#[test]
fn replicas_of_every_level_have_overlaps() {
    let folder = Folder::with(&edited(CAVITY, &[("block = 2", "block = 2\nreplicas = true")]));
    let json = folder.json("out", &["--levels", "heterodyne,product,dtwa,spin-flip"]);
    let mean = |v: &Value| v["mean"].as_f64().unwrap();
    for name in ["heterodyne", "product", "dtwa", "spin-flip"] {
        let r = &level(&json, name)["replicas"];
        let width = 2.0 / 41.0;
        for kind in ["expectation", "sampled"].iter().filter(|k| !r[**k].is_null()) {
            let total: f64 = r[*kind]["density"].as_array().unwrap().iter().map(mean).sum();
            assert!((total * width - 1.0).abs() < 1e-9, "{name} {kind}");
            let q = mean(&r[*kind]["q_squared"]);
            assert!((0.0..=1.0).contains(&q) || name == "dtwa", "{name} {q}");
        }
        assert!((1.0..=6.0).contains(&mean(&r["distinct"])) && mean(&r["frozen_at"]) <= 5.0);
    }
    // Flipping spins are configurations: what is drawn from them is themselves.
    let flips = &level(&json, "spin-flip")["replicas"];
    assert_eq!(flips["expectation"]["q_squared"], flips["sampled"]["q_squared"]);
    assert_eq!(mean(&flips["q_ea"]), 1.0);
    // A point of phase space is no state to draw from.
    assert!(level(&json, "dtwa")["replicas"]["sampled"].is_null());
    // Whatever the blocks, and again from the record.
    let blocks = folder
        .json("blocks", &["--set", "run.block=1", "--threads", "1", "--levels", "heterodyne,product,dtwa,spin-flip"]);
    let again = folder.json("out", &["--levels", "heterodyne,product,dtwa,spin-flip"]);
    for other in [blocks, again] {
        assert_eq!(without_timings(other["levels"].clone()), without_timings(json["levels"].clone()));
    }
}

#[test]
fn a_point_that_fails_while_it_runs_does_not_take_the_others_with_it() {
    let folder = Folder::with(&edited(CAVITY, &[("n = 4", "n = 2"), ("instances = 2", "instances = 1")]));
    let sweep = ["compare", "model.toml", "--out", "out", "--levels", "full/heterodyne", "--trajectories", "2"];
    let ran = folder.lightfall(&[&sweep[..], &["--sweep", "device.cavity.fock=2,6"]].concat());
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("1 of 2 points ended in an error") && ran.stderr.contains("fock=2: "),
        "{}",
        ran.stderr
    );
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(folder.path("out/sweep.json")).unwrap()).unwrap();
    assert_eq!(kept["sweep"].as_array().unwrap().len(), 1);
    assert_eq!(kept["failed"][0]["at"]["device.cavity.fock"], 2.0);
    assert!(folder.path("out/sweep.svg").is_file());
    // What can be known before is refused before: nothing runs.
    let other = Folder::with(&edited(CAVITY, &[("n = 4", "n = 2")]));
    let ran = other.compare(&["--levels", "spin-flip", "--sweep", "device.cavity.kappa=1,0"]);
    ran.refused(&["no mode loses photons"]);
    other.assert_nothing_written();
}
