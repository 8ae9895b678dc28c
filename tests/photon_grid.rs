//! Accuracy of the digits network over a wide grid: five encodings, electronics, converters, light in some layers only, each against an independent program.

use lightfall_core::rng::Streams;
use lightfall_core::stats::Estimate;
use lightfall_model::photons::PhotonModel;
use lightfall_optics::budget::Programmed;
use lightfall_optics::{Detector, Encoding, Engine, Exposure, Homodyne, Intensity, Receiver};
use std::path::Path;

/// An accuracy of the other program, and what it belongs to.
struct Known {
    name: String,
    engine: Box<dyn Engine>,
    photons: Vec<Option<f64>>,
    accuracy: f64,
    stderr: f64,
}

fn engine(encoding: &str, detector: Detector) -> Box<dyn Engine> {
    let mask = Intensity { detector, ..Intensity::default() };
    match encoding {
        "differential" => Box::new(mask),
        "fixed" => Box::new(Intensity { exposure: Exposure::Fixed, ..mask }),
        "offset" => Box::new(Intensity { encoding: Encoding::Offset, ..mask }),
        "homodyne" => Box::new(Homodyne { detector, ..Homodyne::default() }),
        "homodyne-counts" => Box::new(Homodyne { receiver: Receiver::Poisson, detector, ..Homodyne::default() }),
        other => panic!("no encoding {other}"),
    }
}

fn known(line: &str) -> Known {
    let cells: Vec<&str> = line.split(',').collect();
    let number = |k: usize| cells[k].parse::<f64>().unwrap();
    let adc_bits = Some(number(5) as u32).filter(|b| *b > 0);
    let detector = Detector { read_noise: number(3), dark_counts: number(4), adc_bits, ..Detector::default() };
    Known {
        name: cells[..6].join(" "),
        engine: engine(cells[0], detector),
        photons: ["1", "2", "3"].map(|l| cells[1].contains(l).then(|| number(2))).into(),
        accuracy: number(6),
        stderr: number(7),
    }
}

#[test]
#[ignore = "slow: 184 accuracies over 40 noise seeds"]
fn accuracies_are_those_of_an_independent_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = PhotonModel::read(&root.join("models/optics/digits-differential.toml"), &[]).unwrap();
    let loaded = model.load(0).unwrap();
    let table = std::fs::read_to_string(root.join("tests/data/photons/accuracies.csv")).unwrap();
    let all: Vec<Known> = table.lines().filter(|l| !l.starts_with('#')).skip(1).map(known).collect();
    assert_eq!(all.len(), 184);
    let mut scores = Vec::new();
    for k in &all {
        let network = loaded.programmed.network().clone();
        let streams = Streams::new(17, 0);
        let programmed = Programmed::new(network, &*k.engine, &[true; 3], &loaded.training, streams).unwrap();
        let found: Estimate = programmed.accuracy(&loaded.test, &k.photons, 0..40).unwrap().estimate();
        // Where every seed gives the same, half a sample stands for the error.
        let error = k.stderr.hypot(found.stderr.unwrap_or(0.0)).max(0.001 / 40.0_f64.sqrt());
        let z = (found.mean - k.accuracy) / error;
        println!("{}: {:.4} known {:.4}, z {z:+.2}", k.name, found.mean, k.accuracy);
        // A false alarm in 90 for all of them.
        assert!(z.abs() < 4.0, "{}: {} known {}, z {z}", k.name, found.mean, k.accuracy);
        scores.push(z);
    }
    // Taken together: no common shift, and no more spread than chance. Their mean is within 4/sqrt(184), the mean square within 4 sqrt(2/184).
    let n = scores.len() as f64;
    let (mean, square) = (scores.iter().sum::<f64>() / n, scores.iter().map(|z| z * z).sum::<f64>() / n);
    println!("mean z {mean:+.3}, mean square {square:.3}");
    assert!(mean.abs() < 4.0 / n.sqrt() && square < 1.0 + 4.0 * (2.0 / n).sqrt());
}
