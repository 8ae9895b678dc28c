//! Noisy inference of the digits network, 500 samples, one thread. Floors: the product takes 17 400 multiplications with each rail, 1.45 us for both at eight a cycle and 3 GHz; the
//! differential engine then draws 420 exact counts, at 1.2 ns a random word 0.5 us.
//!
//! On two cores of an EPYC with AVX-512, samples a second, one call a batch: noiseless 990 000, differential 253 000, 244 000 and 134 000 at 0.1, 1 and 10 photons a MAC, homodyne Gaussian 490 000, counts
//! 260 000, differential on two threads 435 000. Eight noise seeds a call, as in a curve, whose light of the first layer is found once: 263 000, on two threads 511 000, homodyne Gaussian 558 000. In the same minutes
//! NumPy 2.4 at one photon: 39 600, homodyne 288 000 to 304 000; PyTorch 2.15 in single precision: 49 000, 720 000. Of 4.1 us at one photon products have 1.2 (half of the inputs are dark), whole parts from tables 0.6, rests 0.6,
//! random words 0.5, lists of lit inputs 0.2. Of 2.0 us by homodyne: products 0.6, normals 0.35, words 0.25, lists 0.2, the rest passes over few numbers.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lightfall_core::rng::Streams;
use lightfall_model::photons::PhotonModel;
use lightfall_optics::budget::Programmed;
use lightfall_optics::{Engine, Homodyne, Intensity, Receiver};
use std::hint::black_box;
use std::path::Path;

fn inference(c: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/optics/digits-differential.toml");
    let model = PhotonModel::read(&path, &[]).unwrap();
    let loaded = model.load(0).unwrap();
    let on = |engine: &dyn Engine, threads: usize| {
        let network = loaded.programmed.network().clone();
        let mut programmed =
            Programmed::new(network, engine, &[true; 3], &loaded.training, Streams::new(0, 0)).unwrap();
        programmed.set_threads(threads).unwrap();
        programmed
    };
    let poisson = Homodyne { receiver: Receiver::Poisson, ..Homodyne::default() };
    let mut group = c.benchmark_group("photons");
    let mut time_seeds = |name: &str, programmed: &Programmed, photons: Option<f64>, seeds: u64| {
        let photons = vec![photons; 3];
        let mut seed = 0;
        group.throughput(Throughput::Elements(seeds * loaded.test.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| {
                seed += seeds;
                black_box(programmed.accuracy(&loaded.test, &photons, seed..seed + seeds).unwrap())
            });
        });
    };
    // As a curve asks: the light of the first layer serves all seeds.
    time_seeds("differential_1_eight_seeds", &on(&Intensity::default(), 1), Some(1.0), 8);
    time_seeds("differential_1_eight_seeds_two_threads", &on(&Intensity::default(), 2), Some(1.0), 8);
    time_seeds("homodyne_gaussian_1_eight_seeds", &on(&Homodyne::default(), 1), Some(1.0), 8);
    let mut time = |name: &str, programmed: &Programmed, photons: Option<f64>| time_seeds(name, programmed, photons, 1);
    let differential = on(&Intensity::default(), 1);
    time("noiseless", &differential, None);
    for p in [0.1, 1.0, 10.0] {
        time(&format!("differential_{p}"), &differential, Some(p));
    }
    time("differential_1_two_threads", &on(&Intensity::default(), 2), Some(1.0));
    time("homodyne_gaussian_1", &on(&Homodyne::default(), 1), Some(1.0));
    time("homodyne_poisson_1", &on(&poisson, 1), Some(1.0));
    group.finish();
}

criterion_group!(benches, inference);
criterion_main!(benches);
