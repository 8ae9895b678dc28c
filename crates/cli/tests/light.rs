//! The observable `spectrum`: levels that have it agree, and what cannot be had is refused.

mod support;

use support::{Folder, GLASS, edited, level, refuses};

#[test]
fn the_spectrum_of_trajectories_is_that_of_the_master_equation() {
    let folder = Folder::with(&edited(
        GLASS,
        &[
            ("\"jumps\"]", "\"jumps\", \"spectrum\"]"),
            ("dt = 0.1", "dt = 0.05\nspectrum = { from = -4.0, to = 4.0, points = 9 }"),
            ("trajectories = 8", "trajectories = 256"),
        ],
    ));
    let json = folder.json("out", &["--levels", "master,heterodyne,product"]);
    let spectra = |name: &str| level(&json, name)["observables"]["spectrum"][3].clone();
    let (exact, found) = (spectra("master"), spectra("heterodyne"));
    assert_eq!(json["frequencies"], serde_json::json!([-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0]));
    let mut lit = 0;
    for (exact, found) in exact.as_array().unwrap().iter().zip(found.as_array().unwrap()) {
        assert_eq!(found.as_array().unwrap().len(), 9);
        for (exact, found) in exact.as_array().unwrap().iter().zip(found.as_array().unwrap()) {
            let (mean, stderr) = (found["mean"].as_f64().unwrap(), found["stderr"].as_f64().unwrap());
            let exact = exact["mean"].as_f64().unwrap();
            // 36 numbers; one beyond 5 standard errors of normal ones: 2e-5. The split step has an error of its own.
            assert!((mean - exact).abs() < 5.0 * stderr + 2e-3, "{mean} +- {stderr}, {exact}");
            lit += u32::from(exact > 5.0 * stderr);
        }
    }
    assert!(lit > 2, "{lit}");
    assert!(spectra("product").is_null());
}

#[test]
fn a_spectrum_that_the_step_does_not_resolve_and_one_of_light_that_is_not_seen_are_refused() {
    refuses(
        ("\"jumps\"]", "\"jumps\", \"spectrum\"]"),
        "observables = |[",
        &["spectrum needs frequencies", "points = 81"],
    );
    let with = |line: &'static str| ("dt = 0.1", line);
    refuses(
        with("dt = 0.1\nspectrum = { from = -40.0, to = 4.0, points = 9 }"),
        "|spectrum =",
        &["reaches 40", "pi/(2 dt) = 15.7080", "3.93e-2"],
    );
    refuses(
        with("dt = 0.1\nspectrum = { from = 4.0, to = -4.0, points = 9 }"),
        "|spectrum =",
        &["from 4 to -4, expected from < to"],
    );
    refuses(
        with("dt = 0.1\nspectrum = { from = -4.0, to = 4.0, points = 1 }"),
        "|spectrum =",
        &["points = 1, expected 2"],
    );
    let seen =
        "dt = 0.1\ndetection = { efficiency = [1.0, 0.0, 1.0, 1.0] }\nspectrum = { from = -4.0, to = 4.0, points = 9 }";
    let folder = Folder::with(&edited(GLASS, &[("dt = 0.1", seen), ("\"jumps\"]", "\"jumps\", \"spectrum\"]")]));
    folder.compare(&["--levels", "heterodyne"]).refused(&["level heterodyne", "not known where efficiency = 0"]);
    folder.assert_nothing_written();
    let much = "dt = 0.1\nspectrum = { from = -4.0, to = 4.0, points = 100000 }";
    let folder = Folder::with(&edited(
        GLASS,
        &[("n = 4", "n = 9"), ("dt = 0.1", much), ("\"jumps\"]", "\"jumps\", \"spectrum\"]")],
    ));
    folder.compare(&["--levels", "master"]).refused(&["level master", "its spectrum needs", "ask for fewer points"]);
    folder.assert_nothing_written();
}
