//! Training with noise on the digits: what it buys where light is scarce.

use lightfall_core::rng::Streams;
use lightfall_model::photons::PhotonModel;
use lightfall_optics::Intensity;
use lightfall_optics::budget::{Optimiser, Programmed, Training, train};
use std::path::Path;

#[test]
#[ignore = "slow: 120 epochs of 1297 samples"]
fn training_with_noise_lifts_the_accuracy_at_a_tenth_of_a_photon() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/optics/digits-differential.toml");
    let model = PhotonModel::read(&path, &[]).unwrap();
    let loaded = model.load(0).unwrap();
    let engine = Intensity::default();
    let settings = Training { epochs: 120, rate: 2e-3, optimiser: Optimiser::Adam, ..Training::default() };
    let network = loaded.programmed.network();
    let trained = train(network, &engine, &[true; 3], &loaded.training, &settings, Streams::new(1, 1), &|_, _, _| true)
        .unwrap()
        .unwrap();
    let trained = Programmed::new(trained, &engine, &[true; 3], &loaded.training, Streams::new(0, 0)).unwrap();
    let at = |programmed: &Programmed, p: f64| {
        programmed.accuracy(&loaded.test, &programmed.uniform(p), 0..20).unwrap().estimate()
    };
    let (before, after) = (at(&loaded.programmed, 0.1), at(&trained, 0.1));
    println!("P = 0.1: {before:?} -> {after:?}; .03 {:?}, .3 {:?}", at(&trained, 0.03), at(&trained, 0.3));
    println!("clean {}", trained.noiseless(&loaded.test));
    // From 0.35 to at least 0.86; clean 0.98.
    assert!((before.mean - 0.345).abs() < 0.02);
    assert!(after.mean >= 0.86 && trained.noiseless(&loaded.test) >= 0.97);
}
