//! Wrong input ends with exit code 2 and one error that says where, what was found and what would be right; nothing is written.

mod support;

use support::{Folder, GLASS, edited, place, refuses};

const IN_JUMPS: &str = "|jumps = ";

/// Runs `GLASS` with `arguments`; expects a refusal.
#[track_caller]
fn refuses_arguments(arguments: &[&str], said: &[&str]) {
    let folder = Folder::with(GLASS);
    folder.compare(arguments).refused(said);
    folder.assert_nothing_written();
}

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
    refuses(("gamma = 0.1", "gama = 0.1"), "|gama", &["`gama`", "did you mean `gamma`?"]);
}

#[test]
fn a_value_of_the_wrong_type_is_refused_at_the_value() {
    refuses(("n = 4", "n = \"four\""), "n = |\"four\"", &["string \"four\"", "expected"]);
    refuses(("dt = 0.1", "dt = [0.1]"), "dt = |[0.1]", &["expected"]);
    refuses(("seed = 3", "seed = -3"), "seed = |-3", &["-3", "expected"]);
    refuses(("trajectories = 8", "trajectories = 8.5"), "trajectories = |8.5", &["8.5", "expected"]);
}

#[test]
fn a_stepper_that_does_not_integrate_spin_vectors_is_refused_with_those_that_do() {
    refuses(
        ("dt = 0.1", "dt = 0.1\nstepper = \"sosri\""),
        "stepper = |\"sosri\"",
        &[
            "sosri integrates Ito equations with diagonal noise",
            "this one is Stratonovich with general noise",
            "use stochastic-heun, midpoint",
        ],
    );
    refuses(
        ("dt = 0.1", "dt = 0.1\nstepper = \"heun\""),
        "stepper = |\"heun\"",
        &["unknown stepper `heun`", "stochastic-heun"],
    );
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
fn a_path_that_does_not_apply_is_refused_with_the_remedy() {
    let text = edited(GLASS, &[("wz = 1.0", "wz = 1.0\ndecay = 0.1"), ("seed = 3", "seed = 3\npath = \"split\"")]);
    let folder = Folder::with(&text);
    folder.compare(&[]).refused(&["path = \"split\"", "path = \"auto\"", "counting"]);
    folder.assert_nothing_written();
}

// Topologies.

/// `GLASS` with the couplings `table`; refused at `mark` in it.
#[track_caller]
fn refuses_couplings(table: &str, mark: &str, said: &[&str]) {
    refuses(("[couplings.sk]\nn = 4", table), mark, said);
}

#[test]
fn a_lattice_whose_sizes_do_not_multiply_to_n_is_refused_at_its_sizes() {
    let said = ["sizes = [2, 3] give 6 elements, expected n = 4; remove n or correct sizes"];
    refuses_couplings("[couplings.lattice]\nn = 4\nsizes = [2, 3]", "sizes = |[2, 3]", &said);
    refuses_couplings("[couplings.lattice]\nsizes = []", "sizes = |[]", &["at least one side"]);
    refuses_couplings(
        "[couplings.lattice]\nsizes = [2]\nperiodical = true",
        "|periodical",
        &["did you mean `periodic`?"],
    );
}

#[test]
fn a_degree_that_no_regular_graph_has_is_refused_with_the_nearest_ones() {
    let said = ["degree = 3: no graph of 5 elements", "the nearest degrees that work are 2 and 4"];
    refuses_couplings("[couplings.random-regular]\nn = 5\ndegree = 3", "degree = |3", &said);
    let said = ["degree = 7: no graph of 6 elements", "the nearest degree that works is 5"];
    refuses_couplings("[couplings.random-regular]\nn = 6\ndegree = 7", "degree = |7", &said);
}

#[test]
fn parameters_of_topologies_out_of_range_are_refused_at_their_value() {
    refuses_couplings("[couplings.sk]\nn = 0", "n = |0", &["the network has 0 elements"]);
    refuses_couplings("[couplings.sk]\nn = 4\nscale = -1.0", "scale = |-1.0", &["scale = -1, expected"]);
    refuses_couplings(
        "[couplings.levy]\nn = 4\nalpha = 0.0",
        "alpha = |0.0",
        &["alpha = 0, expected a number above 0"],
    );
    let family = "[couplings.four-sevenths]\nn = 4\nn0 = 7\npositions.drawn.sigma = 1";
    refuses_couplings(family, "n0 = |7", &["n0 = 7, expected 0 to 6"]);
    let weights = "[couplings.king]\nrows = 2\ncolumns = 2\nweights = { plus-minus = { positive = -0.5 } }";
    refuses_couplings(weights, "positive = |-0.5", &["positive = -0.5, expected a probability from 0 to 1"]);
    let ring = "[couplings.circulant]\nn = 4\nvalues = [0, 1, 2, 3]";
    refuses_couplings(ring, "values = |[0", &["values has 4 entries, expected at most 3"]);
    let formula = "[couplings.circulant]\nn = 4\nentry = \"1/dd\"";
    refuses_couplings(formula, "entry = \"1/|dd", &["unknown name `dd`", "did you mean `d`?"]);
    let both = "[couplings.erdos-renyi]\nn = 4";
    refuses_couplings(both, "[couplings.|erdos-renyi]", &["exactly one of probability and mean_degree, found neither"]);
}

#[test]
fn positions_with_wrong_columns_are_refused_at_the_positions() {
    let text = edited(GLASS, &[("[couplings.sk]\nn = 4", "[couplings.confocal]\npositions = { file = \"p.csv\" }")]);
    let folder = Folder::with(&text);
    folder.write("p.csv", "1, 2, 3\n4, 5, 6\n");
    let at = place(&text, "|positions = ");
    folder.compare(&[]).refused(&[&at, "p.csv has 3 values per line, expected 2, the position x, y"]);
    folder.assert_nothing_written();
}

#[test]
fn couplings_that_do_not_fit_in_memory_are_refused() {
    let table = "[couplings.lattice]\nsizes = [4000000000, 4000000000]";
    refuses_couplings(table, "[couplings.|lattice]", &["GiB, which could not be allocated"]);
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

/// Four atoms on a line in a confocal cavity.
const CAVITY: &str = r#"[device.cavity]
ramp = { j = { linear = { to = 2.0, end = 5.0 } } }
detuning = 4.0
kappa = 1.0
self_term = { margin = 1.1 }

[couplings.confocal]
n = 4
positions = { line = { spacing = 0.7 } }

[run]
end = 5.0
trajectories = 4
levels = ["heterodyne", "product"]
"#;

#[test]
fn a_cavity_that_cannot_be_is_refused_at_its_key() {
    let refuses = |edits: &[(&str, &str)], mark: &str, said: &[&str]| {
        let text = edited(CAVITY, edits);
        let folder = Folder::with(&text);
        let at = place(&text, mark);
        let ran = folder.compare(&[]).refused(said);
        assert!(ran.stderr.starts_with(&format!("error: {at}")), "should start with {at}\n{}", ran.stderr);
        folder.assert_nothing_written();
    };
    let (detuning, kappa) = ("detuning = 4.0", "kappa = 1.0");
    refuses(&[(detuning, "detuning = 0.0"), (kappa, "kappa = 0.0")], "kappa = |0.0", &["detuning = 0 and kappa = 0"]);
    refuses(&[(detuning, "detuning = 1.0"), (kappa, "kappa = 0.0")], "kappa = |0.0", &["wz = 1", "on resonance"]);
    refuses(&[(kappa, "kappa = -1.0")], "kappa = |-1.0", &["kappa = -1, expected a finite rate of at least 0"]);
    refuses(&[(kappa, "kappa = [1.0, 2.0]")], "kappa = |[", &["kappa is a list", "mode_couplings = \"G.csv\""]);
    refuses(&[(kappa, "kappa = \"1\"")], "kappa = |\"1\"", &["expected a number, or a list of numbers"]);
    refuses(&[(detuning, "detuning = -4.0")], "|ramp = {", &["detuning above 0", "detuning = -4"]);
    refuses(
        &[("to = 2.0", "to = -2.0")],
        "|ramp = {",
        &["J(t) = -0.002 at t = 0.005, expected a finite number of at least 0"],
    );
    let indefinite = ["K has an eigenvalue of -", "add at least 1.018945", "self_term = { margin = 1.0 }"];
    refuses(&[("margin = 1.1", "margin = 0.5")], "|self_term = {", &indefinite);
    refuses(&[("margin = 1.1", "value = nan")], "|self_term = {", &["self_term = NaN, expected a finite number"]);
    refuses(&[("kappa = 1.0", "kapa = 1.0")], "|kapa", &["unknown key `kapa`; did you mean `kappa`?"]);
    refuses(&[("n = 4", "n = 70")], "[device.|cavity]", &["70 sites, expected at most 40"]);
    let listed = "detuning = [4.0, 5.0]\nmode_couplings = \"G.csv\"";
    let text = edited(CAVITY, &[(detuning, listed), ("ramp = { j =", "ramp = { g =")]);
    let folder = Folder::with(&text);
    folder.write("G.csv", "1, 0\n0, 1\n1, 1\n1, 0\n");
    folder.compare(&[]).refused(&["model.toml:4:", "mode_couplings and [couplings] both say"]);
    let couplings = "[couplings.confocal]\nn = 4\npositions = { line = { spacing = 0.7 } }\n";
    let folder = Folder::with(&edited(&text, &[(couplings, "")]));
    folder.compare(&[]).refused(&["model.toml:4:", "G.csv"]);
    folder.write("G.csv", "1\n0\n1\n1\n");
    folder.compare(&[]).refused(&["model.toml:3:", "detuning has 2 numbers but there are 1 modes"]);
    folder.write("G.csv", "1, 0\n0, 1\n1, 1\n1, 0\n");
    folder.lightfall(&["check", "model.toml"]).done();
}

#[test]
fn positions_of_instances_that_are_not_there_are_refused() {
    let place = "positions = { instances = \"p.csv\" }";
    let folder = Folder::with(&edited(CAVITY, &[("positions = { line = { spacing = 0.7 } }", place), ("n = 4\n", "")]));
    folder.write("p.csv", "1, 0.1, 0.2\n1, 0.5, 0.2\n2, 0.3, 0.3\n2, 0.9, 0.8\n");
    folder.lightfall(&["check", "model.toml"]).done();
    folder
        .compare(&["--set", "run.instances=3"])
        .refused(&["p.csv has positions for 2 instances, and instance 2 (from 0) is asked for"]);
    folder.write("p.csv", "0.1, 0.2\n0.5, 0.2\n");
    folder
        .compare(&[])
        .refused(&["p.csv has 2 values per line, expected 3, the instance and the position: instance, x, y"]);
}

#[test]
fn a_step_error_that_is_zero_or_not_reached_is_refused() {
    refuses(
        ("dt = 0.1", "dt = 0.1\nstep_error = 0.0"),
        "step_error = |0.0",
        &["step_error = 0, expected a finite number above 0"],
    );
    refuses_arguments(
        &["--set", "run.step_error=1e-9", "--set", "run.step_error_trajectories=2", "--levels", "product"],
        &["level product", "step_error = 1e-9 is not reached", "of the ground energy"],
    );
}
