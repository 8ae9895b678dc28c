//! Monte Carlo of the readouts of an engine against its mean and its variance.

use lightfall_core::rng::{Draws, Purpose, Streams};
use lightfall_optics::{Calibration, Dense, Engine, Sample, Scratch};
use rand::RngExt;

pub(crate) const DRAWS: u64 = 400_000;

/// A layer of `m` outputs and `n` inputs with weights of either sign, and inputs in [0, 1].
pub(crate) fn layer(m: usize, n: usize, positive: bool) -> (Dense, Vec<f64>) {
    let mut rng = Streams::new(7, 0).open(Purpose::Couplings, 0);
    let mut number = || rng.random::<f64>();
    let x: Vec<f64> = (0..n).map(|_| number()).collect();
    let weights = (0..m * n).map(|_| if positive { number() } else { number() - 0.5 }).collect();
    (Dense { name: "layer".into(), outputs: m, inputs: n, weights, bias: vec![0.0; m] }, x)
}

/// z of the mean and of the variance of every output against those of the engine, which are those by hand where they are given. Errors of making are drawn from one fixed stream.
pub(crate) fn check(
    name: &str,
    engine: &dyn Engine,
    dense: &Dense,
    x: &[f64],
    photons: f64,
    mean_by_hand: Option<&dyn Fn(usize) -> f64>,
    by_hand: Option<&dyn Fn(usize) -> f64>,
) {
    let hardware = engine.program(dense, &mut Draws::new(&Streams::new(3, 0), Purpose::Fabrication, 0)).unwrap();
    let (mut scratch, calibration) = (Scratch::default(), Calibration::default());
    let m = dense.outputs;
    let mut light = vec![0.0; hardware.width()];
    hardware.expose(x, &mut light);
    let sample = Sample { x, light: &light, calibration: &calibration };
    let mut variance = vec![0.0; m];
    hardware.variance(sample, photons, &mut variance);
    let mut exact = vec![0.0; m];
    hardware.mean(sample, photons, &mut exact);
    if let Some(mean) = mean_by_hand {
        for (i, exact) in exact.iter().enumerate() {
            let expected = mean(i);
            assert!(
                (exact - expected).abs() < 1e-11 * (1.0 + expected.abs()),
                "{name}: mean {exact}, by hand {expected}"
            );
        }
    }
    // Second and fourth central moments about the exact mean.
    let (mut first, mut second, mut fourth) = (vec![0.0; m], vec![0.0; m], vec![0.0; m]);
    // (Stream 0 has a mean 4.7 errors off among its first 4e5 draws of homodyne counts, 1.8 the other way among 8e6: chance, one in ten thousand.)
    let mut rng = Draws::new(&Streams::new(11, 0), Purpose::Shots, 1);
    let mut y = vec![0.0; m];
    for _ in 0..DRAWS {
        let gain = hardware.read(sample, photons, &mut rng, &mut scratch, &mut y);
        hardware.decode(x, gain, &mut y);
        for i in 0..m {
            let d = y[i] - exact[i];
            first[i] += d;
            second[i] += d * d;
            fourth[i] += d.powi(4);
        }
    }
    let n = DRAWS as f64;
    for i in 0..m {
        let expected = by_hand.map_or(variance[i], |v| v(i));
        assert!(
            (variance[i] / expected - 1.0).abs() < 1e-12,
            "{name}: the engine has {}, by hand {expected}",
            variance[i]
        );
        let (mean, square) = (first[i] / n, second[i] / n);
        let z_mean = mean / (square / n).sqrt();
        let z = (square - expected) / ((fourth[i] / n - square * square) / n).sqrt();
        println!("{name}, output {i}: variance {square:.6e}, formula {expected:.6e}, z {z:+.2}, mean z {z_mean:+.2}");
        assert!(z.abs() < 4.0 && z_mean.abs() < 4.0, "{name}, output {i}: z {z}, mean {z_mean}");
    }
}

pub(crate) fn row(d: &Dense, i: usize) -> &[f64] {
    &d.weights[i * d.inputs..(i + 1) * d.inputs]
}
