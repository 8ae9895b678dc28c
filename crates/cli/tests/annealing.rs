//! `compare` of a coherent Ising machine: what it says, writes and refuses.

mod support;

use serde_json::Value;
use support::{Folder, edited};

const MODEL: &str = r#"title = "Small"

[device.cim]
normalise = false
ramp = { start = -2.0, end = 1.0, stages = 30 }
sweeps = 50
relaxation = { pump = 0.0, temperature = 0.1, steps = 10, dt = 0.1, paths = 500 }

[device.cim.schedules]
ramp = { steps = 100, pump = [[0.0, -2.0], [1.0, 0.5]] }
bath = { steps = 100, pump = [[0.0, 0.0]], temperature = [[0.0, 0.5], [1.0, 0.0]] }

[couplings.sk]
n = 70

[run]
instances = 3
seed = 2
levels = ["adiabatic", "langevin", "descent", "spectral", "greedy", "sa", "dmft"]
"#;

#[test]
fn every_level_has_its_row_and_the_same_numbers_on_any_number_of_threads() {
    let folder = Folder::with(MODEL);
    let run = |threads: &str| {
        let ran =
            folder.lightfall(&["compare", "model.toml", "--threads", threads, "--format", "json", "-o", "o"]).done();
        let mut found: Value = serde_json::from_str(&ran.stdout).unwrap();
        found["wall_seconds"] = Value::Null;
        found["levels"].as_array_mut().unwrap().iter_mut().for_each(|level| level["seconds"] = Value::Null);
        found
    };
    let one = run("1");
    assert_eq!(one, run("2"));
    let names: Vec<&str> = one["levels"].as_array().unwrap().iter().map(|l| l["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["adiabatic", "bath", "ramp", "descent", "spectral", "greedy", "sa"]);
    let energy = |k: usize, what: &str| one["levels"][k][what]["mean"].as_f64().unwrap();
    for k in 0..names.len() {
        // Descent lowers energies, the best start is not above the mean, and nothing is below a glass of this size.
        assert!(energy(k, "greedy_energy") <= energy(k, "sign_energy") + 1e-12, "{}", names[k]);
        assert!(energy(k, "best_energy") <= energy(k, "greedy_energy") + 1e-12, "{}", names[k]);
        assert!(energy(k, "best_energy") > -0.85 && energy(k, "greedy_energy") < -0.55, "{}", names[k]);
    }
    assert_eq!(one["ramp"].as_array().unwrap().len(), 31);
    assert_eq!(one["relaxation"].as_array().unwrap().len(), 11);
    assert!(folder.path("o/compare.svg").exists() && folder.path("o/compare.json").exists());
    let text = folder.lightfall(&["compare", "model.toml", "-o", "o"]).done().stdout;
    for said in ["Small\nN = 70, 3 instances, 16 starts each, seed 2", "N to infinity: ground state -0.76317", "theory"]
    {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let csv =
        folder.lightfall(&["compare", "model.toml", "--format", "csv", "--levels", "sa", "-o", "o"]).done().stdout;
    assert!(csv.lines().count() == 4 && csv.contains("\nsa,greedy_energy,,-0."), "{csv}");
    let ran = folder.lightfall(&["check", "model.toml"]).done();
    assert!(ran.stdout.starts_with("model.toml: ok\nN = 70, spectrum of J within ["), "{}", ran.stdout);
}

#[test]
fn bad_models_are_refused_at_their_key() {
    for (old, new, said) in [
        ("stages = 30", "stages = 30, kick = -1.0", "ramp: kick = -1, expected a number from 0 to 1000"),
        ("steps = 100, pump = [[0.0, -2.0]", "steps = 0, pump = [[0.0, -2.0]", "schedule ramp: steps = 0"),
        ("[1.0, 0.5]] }", "[2.0, 0.5]] }", "schedule ramp: pump: a knot at 2, expected a part of the run"),
        ("[[0.0, 0.5], [1.0, 0.0]]", "[[0.0, -0.5]]", "schedule bath: temperature: -0.5 at 0"),
        ("ramp = { steps", "sa = { steps", "a schedule may not be called sa, which is a level"),
        ("dt = 0.1, paths", "dt = 0.0, paths", "relaxation: dt = 0, expected a number above 0"),
        ("paths = 500", "paths = 5", "relaxation: paths = 5, expected a number of paths from 100"),
        ("\"greedy\", ", "\"greedi\", ", "unknown level `greedi`; did you mean `greedy`?"),
        ("instances = 3", "instances = 0", "run: instances = 0, expected at least 1"),
        ("sweeps = 50", "sweep = 50", "sweep"),
        ("normalise = false", "start = 0.0", "start = 0, expected a number above 0"),
        ("normalise = false", "optimise = { steps = 10, instances = 0, generations = 1 }", "optimise: instances = 0"),
        ("[couplings.sk]\nn = 70", "", "[couplings.sk] is missing"),
    ] {
        let folder = Folder::with(&edited(MODEL, &[(old, new)]));
        let ran = folder.lightfall(&["compare", "model.toml", "-o", "o"]).refused(&[said]);
        assert!(ran.stderr.starts_with("error: model.toml"), "{}", ran.stderr);
        assert!(!folder.path("o").exists());
    }
    let folder = Folder::with(MODEL);
    for (arguments, said) in [
        (&["--trajectories", "3"][..], "--trajectories does not apply to a model with [device.cim]"),
        (&["--resume"], "--resume does not apply"),
        (&["--levels", "homodyne"], "unknown level `homodyne`"),
        (&["--reference", "saa"], "unknown level `saa`; did you mean `sa`?"),
    ] {
        folder.lightfall(&[&["compare", "model.toml"][..], arguments].concat()).refused(&[said]);
    }
    // A star with all couplings negative: lambda_min = -10, at a = -2 a step below 2/12 is stable.
    let pairs: Vec<String> = (1..101).map(|i| format!("[0, {i}, -1.0]")).collect();
    let star = format!("[couplings.sparse]\nn = 101\npairs = [{}]", pairs.join(", "));
    let text = edited(MODEL, &[("[couplings.sk]\nn = 70", &star)]);
    let folder = Folder::with(&text);
    let langevin = ["compare", "model.toml", "--levels", "langevin", "-o", "o"];
    folder.lightfall(&langevin).refused(&["dt = 0.2 is unstable on these couplings"]);
    // A ramp that starts far above the onset at -10 is a quench of steps meant for a slow one: an error, not numbers.
    let arguments = ["compare", "model.toml", "--levels", "adiabatic", "-o", "o"];
    folder.lightfall(&arguments).refused(&["overflow at a = -2", "set normalise = true"]);
    // All pairs -1: lambda_min is 69 times lambda_max, and the steps have to follow. Balanced signs have E/N = -1/2.
    let uniform = edited(
        MODEL,
        &[("[couplings.sk]\nn = 70", "[couplings.formula]\nn = 70\nentry = \"-1\""), ("normalise = false", "")],
    );
    let folder = Folder::with(&uniform);
    let ran = folder.lightfall(&[&arguments[..], &["--format", "json"]].concat()).done();
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let energy = found["levels"][0]["sign_energy"]["mean"].as_f64().unwrap();
    assert!((-0.5..-0.45).contains(&energy), "{energy}");
}
