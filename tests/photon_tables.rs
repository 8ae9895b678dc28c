//! Accuracy of the digits network against photons: values of an independent program (optical-matmul section 3 of the notes), five encodings and the electronics.

use lightfall_core::rng::Streams;
use lightfall_model::Override;
use lightfall_model::photons::PhotonModel;
use lightfall_optics::budget::{Programmed, allocate, preview, required};
use lightfall_optics::{Dataset, Detector, Encoding, Engine, Exposure, Homodyne, Intensity, Receiver};
use std::path::Path;

struct Digits {
    model: PhotonModel,
    training: Dataset,
    test: Dataset,
}

fn digits() -> Digits {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/optics/digits-differential.toml");
    let model = PhotonModel::read(&path, &[]).unwrap();
    let loaded = model.load(0).unwrap();
    Digits { model, training: loaded.training, test: loaded.test }
}

impl Digits {
    fn on(&self, engine: &dyn Engine, seed: u64) -> Programmed {
        let network = self.model.load(seed).unwrap().programmed.network().clone();
        Programmed::new(network, engine, &[true; 3], &self.training, Streams::new(seed, 0)).unwrap()
    }
}

fn differential(detector: Detector) -> Intensity {
    Intensity { detector, ..Intensity::default() }
}

/// Within four combined standard errors; `theirs` of 0 stands for a figure without one, which is taken to 0.005.
#[track_caller]
fn assert_is(what: &str, found: lightfall_core::stats::Estimate, expected: f64, theirs: f64) {
    let ours = found.stderr.unwrap_or(0.0);
    let slack = if theirs == 0.0 { 0.005 + 4.0 * ours } else { 4.0 * ours.hypot(theirs) };
    println!("{what}: {:.4}({:.4}), known {expected}({theirs})", found.mean, ours);
    assert!((found.mean - expected).abs() < slack, "{what}: {} +- {ours}, known {expected}", found.mean);
}

#[test]
fn the_network_and_its_data_are_those_of_the_notes() {
    let d = digits();
    let programmed = d.on(&Intensity::default(), 0);
    assert_eq!((d.training.len(), d.test.len()), (1297, 500));
    assert_eq!((programmed.noiseless(&d.test) * 500.0).round(), 489.0);
    assert_eq!(programmed.noiseless(&d.training), 1.0);
    assert_eq!(programmed.work().macs, 17_400);
}

#[test]
#[ignore = "slow: 35 accuracies over 40 noise seeds"]
fn five_encodings_have_the_known_accuracies() {
    let d = digits();
    let fixed = Intensity { exposure: Exposure::Fixed, ..Intensity::default() };
    let offset = Intensity { encoding: Encoding::Offset, ..Intensity::default() };
    let poisson = Homodyne { receiver: Receiver::Poisson, ..Homodyne::default() };
    let sql = Homodyne::default();
    let engines: [(&str, &dyn Engine); 5] = [
        ("differential", &Intensity::default()),
        ("fixed gain", &fixed),
        ("offset", &offset),
        ("homodyne, Gaussian", &sql),
        ("homodyne, Poisson", &poisson),
    ];
    // Accuracy and its standard error, in 1e-4, of 40 noise seeds; 35 entries of which 33 can vary: a false alarm in 500.
    let table: [(f64, [(f64, f64); 5]); 7] = [
        (0.1, [(3414.0, 36.0), (3824.0, 39.0), (1028.0, 23.0), (1454.0, 29.0), (1405.0, 23.0)]),
        (0.3, [(7009.0, 26.0), (7150.0, 32.0), (1181.0, 24.0), (3134.0, 32.0), (3109.0, 32.0)]),
        (0.5, [(8344.0, 22.0), (8327.0, 24.0), (1409.0, 20.0), (4817.0, 38.0), (4701.0, 36.0)]),
        (1.0, [(9196.0, 17.0), (9230.0, 17.0), (1996.0, 29.0), (7310.0, 28.0), (7242.0, 25.0)]),
        (3.0, [(9647.0, 7.0), (9673.0, 11.0), (4606.0, 30.0), (9223.0, 15.0), (9230.0, 16.0)]),
        (10.0, [(9770.0, 7.0), (9778.0, 7.0), (8358.0, 22.0), (9691.0, 7.0), (9668.0, 10.0)]),
        (100.0, [(9782.0, 4.0), (9790.0, 5.0), (9748.0, 7.0), (9785.0, 4.0), (9778.0, 6.0)]),
    ];
    for (k, (name, engine)) in engines.iter().enumerate() {
        let programmed = d.on(*engine, 3);
        for (photons, row) in &table {
            let found = programmed.accuracy(&d.test, &programmed.uniform(*photons), 0..40).unwrap().estimate();
            assert_is(&format!("{name}, P = {photons}"), found, 1e-4 * row[k].0, 1e-4 * row[k].1);
        }
    }
}

#[test]
fn layers_electronics_and_converters_have_the_known_accuracies() {
    let d = digits();
    let plain = d.on(&Intensity::default(), 5);
    for (layer, expected) in [(0, 0.801), (1, 0.920), (2, 0.653)] {
        let photons: Vec<Option<f64>> = (0..3).map(|l| (l == layer).then_some(0.1)).collect();
        let found = plain.accuracy(&d.test, &photons, 0..40).unwrap().estimate();
        assert_is(&format!("light in layer {} alone", layer + 1), found, expected, 0.0);
    }
    for (p, expected) in [(0.03, 0.3184), (0.1, 0.664), (0.3, 0.901)] {
        let found = plain.accuracy(&d.test, &[Some(p), Some(p), None], 0..40).unwrap().estimate();
        assert_is(&format!("last layer without noise, P = {p}"), found, expected, 0.0);
    }
    let with = |detector: Detector, p: f64| {
        let programmed = d.on(&differential(detector), 5);
        programmed.accuracy(&d.test, &programmed.uniform(p), 0..40).unwrap().estimate()
    };
    for (read_noise, p, expected) in [(12.7, 1.0, 0.593), (12.7, 3.0, 0.938), (3.0, 1.0, 0.903)] {
        let found = with(Detector { read_noise, ..Detector::default() }, p);
        assert_is(&format!("read noise {read_noise}, P = {p}"), found, expected, 0.0);
    }
    for (bits, expected) in [(Some(3), 0.865), (Some(4), 0.938), (Some(6), 0.965), (None, 0.969)] {
        let found = with(Detector { adc_bits: bits, ..Detector::default() }, 3.0);
        assert_is(&format!("{bits:?} bits, P = 3"), found, expected, 0.0);
    }
    // At P = 0.1 three bits cost nothing.
    let (few, all) = (with(Detector { adc_bits: Some(3), ..Detector::default() }, 0.1), with(Detector::default(), 0.1));
    assert!((few.mean - all.mean).abs() < 0.02, "{few:?} {all:?}");
}

#[test]
#[ignore = "slow: six bisections and a search"]
fn photons_for_a_target_and_the_better_split_are_as_known() {
    let d = digits();
    let offset = Intensity { encoding: Encoding::Offset, ..Intensity::default() };
    // Within 6 % for 90 % and 15 % for 95 %. The notes have 0.85 and 1.85, 2.42 and 4.8, 16.4 and 35, read off lines between the points of a coarse grid, which
    // lie below a curve that bends down. Their own program, run with 400 noise seeds at these numbers, has accuracies of 0.9000(6) and 0.9500(4).
    let engines: [(&dyn Engine, f64, f64); 3] =
        [(&Intensity::default(), 0.803, 1.65), (&Homodyne::default(), 2.35, 4.86), (&offset, 15.2, 31.5)];
    for (engine, ninety, ninety_five) in engines {
        let programmed = d.on(engine, 3);
        for (target, expected, within) in [(0.90, ninety, 0.06), (0.95, ninety_five, 0.15)] {
            let r = required(&programmed, &d.test, target, 40, 1.0, &|| true).unwrap();
            println!("{}: {r:?}, known {expected}", engine.name());
            assert!((r.photons_per_mac / expected - 1.0).abs() < within, "{target}: {r:?}, known {expected}");
            let (low, high) = (r.low.unwrap(), r.high.unwrap());
            assert!(low < r.photons_per_mac && r.photons_per_mac < high);
            assert!(r.low_of_samples.unwrap() < low && r.high_of_samples.is_none_or(|h| h > high));
        }
    }
    let programmed = d.on(&Intensity::default(), 3);
    let a = allocate(&programmed, &d.training, &d.test, 0.3, [4, 40], &|| true).unwrap().unwrap();
    println!("{a:?}");
    assert!((programmed.mean_photons(&a.photons_per_mac) - 0.3).abs() < 1e-12);
    assert!(a.allocated.mean >= 0.82 - 2.0 * a.allocated.stderr.unwrap() && a.uniform.mean < 0.72, "{a:?}");
    let ceiling = required(&programmed, &d.test, 0.985, 4, 1.0, &|| true).unwrap_err().to_string();
    assert!(ceiling.contains("above the accuracy without noise, 0.9780"), "{ceiling}");
}

#[test]
fn variances_through_the_layers_preview_the_accuracy() {
    // What is left out, correlations between outputs above all, moves it by less than 0.08.
    let d = digits();
    let noisy = differential(Detector { read_noise: 3.0, ..Detector::default() });
    let engines: [&dyn Engine; 3] = [&Intensity::default(), &noisy, &Homodyne::default()];
    for engine in engines {
        let programmed = d.on(engine, 2);
        for p in [0.1, 1.0, 10.0] {
            let found = preview(&programmed, &d.test, &programmed.uniform(p));
            let drawn = programmed.accuracy(&d.test, &programmed.uniform(p), 0..10).unwrap().estimate();
            println!("{}, P = {p}: preview {found:.4}, drawn {:.4}", engine.name(), drawn.mean);
            assert!((found - drawn.mean).abs() < 0.08 + 4.0 * drawn.stderr.unwrap(), "{p}: {found} {drawn:?}");
        }
        assert!((preview(&programmed, &d.test, &[None; 3]) - 0.978).abs() < 1e-7);
    }
}

#[test]
fn accuracies_are_the_same_on_any_number_of_threads() {
    let d = digits();
    let at = |threads: usize| {
        let mut programmed =
            d.on(&differential(Detector { read_noise: 1.0, adc_bits: Some(6), ..Detector::default() }), 1);
        programmed.set_threads(threads).unwrap();
        programmed.accuracy(&d.test, &programmed.uniform(0.5), 0..6).unwrap().runs
    };
    let one = at(1);
    assert_eq!(one, at(2));
    assert_eq!(one, at(3));
    assert!(one.windows(2).any(|w| w[0] != w[1]));
    let bad = Override::parse("photons.seeds=0").unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/optics/digits-differential.toml");
    assert!(PhotonModel::read(&path, &[bad]).unwrap_err().to_string().contains("seeds = 0"));
}
