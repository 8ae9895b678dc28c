//! Every closed formula of an optical multiplier against Monte Carlo of its own counts: 4e5 draws, |z| < 4.

mod optics_harness;

use lightfall_core::rng::{Draws, Purpose, Streams};
use lightfall_optics::budget::Programmed;
use lightfall_optics::{
    Activation, Dataset, Dense, Detector, Encoding, Engine, Exposure, Homodyne, Intensity, Layer, Microrings, Network,
    Receiver,
};
use optics_harness::{DRAWS, layer, row};
use rand::RngExt;

/// Engines whose mean is the product.
fn check(name: &str, engine: &dyn Engine, d: &Dense, x: &[f64], photons: f64, by_hand: Option<&dyn Fn(usize) -> f64>) {
    let product = |i: usize| row(d, i).iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
    optics_harness::check(name, engine, d, x, photons, Some(&product), by_hand);
}

#[test]
fn counts_behind_masks_have_their_variances() {
    let (d, x) = layer(3, 20, false);
    let macs = (d.outputs * d.inputs) as f64;
    let sum = |i: usize, f: &dyn Fn(f64) -> f64| row(&d, i).iter().zip(&x).map(|(w, x)| x * f(*w)).sum::<f64>();
    let all = |f: &dyn Fn(f64) -> f64| (0..3).map(|i| sum(i, f)).sum::<f64>();
    // Differential: Var_i = sum_j x_j |W_ij|/kappa, kappa = P m n/sum_ij x_j |W_ij|.
    let kappa = 0.5 * macs / all(&f64::abs);
    check("differential", &Intensity::default(), &d, &x, 0.5, Some(&|i| sum(i, &f64::abs) / kappa));
    // Offset: (max - min) sum_j x_j (W_ij - min)/kappa.
    let (low, high) = d.weights.iter().fold((f64::MAX, f64::MIN), |(a, b), w| (a.min(*w), b.max(*w)));
    let open = |w: f64| (w - low) / (high - low);
    let kappa = 0.5 * macs / all(&open);
    let offset = Intensity { encoding: Encoding::Offset, ..Intensity::default() };
    check("offset", &offset, &d, &x, 0.5, Some(&|i| (high - low) * sum(i, &|w| w - low) / kappa));
    // Single rail: y/kappa; with contrast C: (w_max/(1 - 1/C))^2 sum_j x_j wt_j/kappa.
    let (d, x) = layer(2, 20, true);
    let sum = |i: usize, f: &dyn Fn(f64) -> f64| row(&d, i).iter().zip(&x).map(|(w, x)| x * f(*w)).sum::<f64>();
    let single = Intensity { encoding: Encoding::SingleRail, ..Intensity::default() };
    let kappa = 0.5 * 40.0 / (sum(0, &|w| w) + sum(1, &|w| w));
    check("single rail", &single, &d, &x, 0.5, Some(&|i| sum(i, &|w| w) / kappa));
    let (contrast, top) = (20.0, d.weights.iter().copied().fold(0.0, f64::max));
    let mask = |w: f64| 1.0 / contrast + (1.0 - 1.0 / contrast) * w / top;
    let kappa = 0.5 * 40.0 / (sum(0, &mask) + sum(1, &mask));
    let real = Intensity { contrast: Some(contrast), ..single };
    let unit = top / (1.0 - 1.0 / contrast);
    check("contrast 20", &real, &d, &x, 0.5, Some(&|i| unit * unit * sum(i, &mask) / kappa));
}

#[test]
fn light_set_into_the_mask_is_thinned_by_its_transmission() {
    let (d, x) = layer(3, 20, false);
    let sum =
        |x: &[f64], i: usize, f: &dyn Fn(f64) -> f64| row(&d, i).iter().zip(x).map(|(w, x)| x * f(*w)).sum::<f64>();
    let total: f64 = x.iter().sum();
    let (low, high) = d.weights.iter().fold((f64::MAX, f64::MIN), |(a, b), w| (a.min(*w), b.max(*w)));
    let (range, top) = (high - low, high.max(-low));
    // Two rails: kappa = P m n/(2 m max|W| sum_j x_j). One rail: kappa = P n/sum_j x_j, that of the notebook of Wang et al.
    let differential = Intensity { exposure: Exposure::IntoMask, ..Intensity::default() };
    let kappa = 1.5 * 20.0 / (2.0 * top * total);
    check("differential, into the mask", &differential, &d, &x, 1.5, Some(&|i| sum(&x, i, &f64::abs) / kappa));
    let offset = Intensity { encoding: Encoding::Offset, ..differential };
    let kappa = 1.5 * 20.0 / total;
    let variance = |i: usize| range * sum(&x, i, &|w| w - low) / kappa;
    check("offset, into the mask", &offset, &d, &x, 1.5, Some(&variance));
    // Transmissions: T = sum_ij t_ij x_j/(rails m sum_j x_j) of each sample, averaged plainly; a dark sample has none.
    let other: Vec<f64> = x.iter().rev().map(|v| v * v).collect();
    let values = [x.clone(), other.clone(), vec![0.0; 20]].concat();
    let data = Dataset { inputs: 20, values, labels: vec![0, 1, 2] };
    let of = |x: &[f64], rails: f64, open: &dyn Fn(f64) -> f64| {
        (0..3).map(|i| sum(x, i, open)).sum::<f64>() / (rails * 3.0 * x.iter().sum::<f64>())
    };
    let real = Intensity { contrast: Some(4.0), ..offset };
    let through = |w: f64| (w - low) / range;
    let holds = |engine: &Intensity, rails: f64, open: &dyn Fn(f64) -> f64| {
        let network = Network::new(vec![Layer::dense(d.clone(), Activation::None)]).unwrap();
        let programmed = Programmed::new(network, engine, &[true], &data, Streams::new(0, 0)).unwrap();
        let expected = 0.5 * (of(&x, rails, open) + of(&other, rails, open));
        let found = programmed.transmissions()[0].unwrap();
        assert!((found / expected - 1.0).abs() < 1e-12, "{engine:?}: {found}, by hand {expected}");
        // Detected photons are those into the mask times it.
        assert!((programmed.mean_photons(&programmed.uniform(0.7)) / (0.7 * expected) - 1.0).abs() < 1e-12);
    };
    holds(&differential, 2.0, &|w| w.abs() / top);
    holds(&offset, 1.0, &through);
    holds(&real, 1.0, &|w| 0.25 + 0.75 * through(w));
    // With the same light behind the mask for every sample the mean is harmonic; at one gain it is all light over all light.
    let whole = |engine: Intensity| {
        let network = Network::new(vec![Layer::dense(d.clone(), Activation::None)]).unwrap();
        Programmed::new(network, &engine, &[true], &data, Streams::new(0, 0)).unwrap().transmissions()[0].unwrap()
    };
    let t = [&x, &other].map(|x| of(x, 1.0, &through));
    let lit = [&x, &other].map(|x| x.iter().sum::<f64>());
    let per_sample = Intensity { exposure: Exposure::PerSample, ..offset };
    assert!((whole(per_sample) * (0.5 / t[0] + 0.5 / t[1]) - 1.0).abs() < 1e-12);
    let fixed = Intensity { exposure: Exposure::Fixed, ..offset };
    let expected = (t[0] * lit[0] + t[1] * lit[1]) / (lit[0] + lit[1]);
    assert!((whole(fixed) / expected - 1.0).abs() < 1e-12);
    assert!((whole(fixed) / whole(per_sample) - 1.0).abs() > 1e-6);
    let rings = Microrings { exposure: Exposure::IntoMask, ..Microrings::default() };
    let error = rings.program(&d, &mut Draws::new(&Streams::new(0, 0), Purpose::Fabrication, 0)).unwrap_err();
    assert!(error.to_string().starts_with("exposure = \"into-mask\", expected \"per-sample\" or \"fixed\""), "{error}");
    let homodyne = Network::new(vec![Layer::dense(d.clone(), Activation::None)]).unwrap();
    let programmed = Programmed::new(homodyne, &Homodyne::default(), &[true], &data, Streams::new(0, 0)).unwrap();
    assert_eq!(programmed.transmissions(), [None]);
}

#[test]
fn contrast_adds_its_floor_to_both_rails_and_to_an_offset() {
    let (d, x) = layer(3, 20, false);
    for encoding in [Encoding::Differential, Encoding::Offset] {
        let engine = Intensity { encoding, contrast: Some(10.0), ..Intensity::default() };
        check(&format!("{encoding:?}, contrast 10"), &engine, &d, &x, 0.7, None);
    }
}

#[test]
fn homodyne_counts_have_their_variances() {
    let (d, x) = layer(4, 16, false);
    let x: Vec<f64> = x.iter().map(|v| v - 0.4).collect();
    let square = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>();
    let (x2, total, p) = (square(&x), square(&d.weights), 0.7);
    for share in [0.5, 0.9] {
        // Var_i = |x|^2/(4 s_w^2) + |W_i|^2/(4 s_x^2).
        let (sx2, sw2) = ((1.0 - share) * p * 16.0 / x2, share * p * 64.0 / total);
        let counts = Homodyne { receiver: Receiver::Poisson, weight_share: share, ..Homodyne::default() };
        let variance = |i: usize| 0.25 * (x2 / sw2 + square(row(&d, i)) / sx2);
        check(&format!("homodyne counts, r = {share}"), &counts, &d, &x, p, Some(&variance));
        // Their mean over outputs is |W|^2 |x|^2/(m n P)/(4 r (1 - r)), that of the Gaussian.
        let mean = (0..4).map(variance).sum::<f64>() / 4.0;
        let limit = total * x2 / (64.0 * p) / (4.0 * share * (1.0 - share));
        assert!((mean / limit - 1.0).abs() < 1e-12);
        let gaussian = Homodyne { weight_share: share, ..Homodyne::default() };
        check(&format!("homodyne Gaussian, r = {share}"), &gaussian, &d, &x, p, Some(&|_| limit));
    }
    let starved = Homodyne { receiver: Receiver::SignalStarved, ..Homodyne::default() };
    check("signal-starved", &starved, &d, &x, p, Some(&|_| 0.25 * total * x2 / (64.0 * p)));
}

#[test]
fn electronics_add_their_variances() {
    let (d, x) = layer(2, 24, false);
    let detector =
        Detector { dark_counts: 2.0, read_noise: 3.0, intensity_noise: 1e-3, adc_bits: None, dac_bits: None };
    let engine = Intensity { detector, ..Intensity::default() };
    let sum = |i: usize, f: &dyn Fn(f64) -> f64| row(&d, i).iter().zip(&x).map(|(w, x)| x * f(*w)).sum::<f64>();
    let kappa = 2.0 * 48.0 / (sum(0, &f64::abs) + sum(1, &f64::abs));
    // Two detectors: twice the dark counts and the read noise; intensity noise is common to both and enters y.
    let variance = |i: usize| {
        let y = sum(i, &|w| w);
        (kappa * sum(i, &f64::abs) + 2.0 * (2.0 + 9.0)) / (kappa * kappa) + 1e-3 * y * y
    };
    check("differential with electronics", &engine, &d, &x, 2.0, Some(&variance));
    // On one rail the light of a readout is all there is, and intensity noise acts on it.
    let offset = Intensity { encoding: Encoding::Offset, ..engine };
    let (low, high) = d.weights.iter().fold((f64::MAX, f64::MIN), |(a, b), w| (a.min(*w), b.max(*w)));
    let light = |i: usize| sum(i, &|w| (w - low) / (high - low));
    let kappa = 2.0 * 48.0 / (light(0) + light(1));
    let variance = |i: usize| {
        let counts = kappa * light(i);
        ((high - low) / kappa).powi(2) * (counts + 2.0 + 9.0 + 1e-3 * counts * counts)
    };
    check("offset with electronics", &offset, &d, &x, 2.0, Some(&variance));
    // A homodyne receiver has two detectors as well.
    let square = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>();
    let (x2, total) = (square(&x), square(&d.weights));
    let (sx2, sw2) = (0.5 * 2.0 * 24.0 / x2, 0.5 * 2.0 * 48.0 / total);
    for receiver in [Receiver::Poisson, Receiver::Gaussian] {
        let homodyne = Homodyne { receiver, detector, ..Homodyne::default() };
        let variance = |i: usize| {
            let shot = if receiver == Receiver::Poisson {
                0.25 * (x2 / sw2 + square(row(&d, i)) / sx2)
            } else {
                total * x2 / (48.0 * 2.0)
            };
            shot + 2.0 * (2.0 + 9.0) / (4.0 * sx2 * sw2) + 1e-3 * sum(i, &|w| w).powi(2)
        };
        check(&format!("homodyne with electronics, {receiver:?}"), &homodyne, &d, &x, 2.0, Some(&variance));
    }
    // kTC noise at 300 K: 4.0, 12.7, 40 and 402 electrons.
    for (capacitance, expected) in [(1e-16, 4.0), (1e-15, 12.7), (1e-14, 40.2), (1e-12, 401.7)] {
        assert!((Detector::ktc_noise(capacitance, 300.0) / expected - 1.0).abs() < 0.01, "{capacitance}");
    }
}

#[test]
fn a_converter_adds_a_twelfth_of_its_step_squared() {
    // Readouts spread over many steps: uniform rounding error. 4e5 of them, full scale 127 steps.
    let mut rng = Streams::new(2, 0).open(Purpose::Shots, 0);
    let exact: Vec<f64> = (0..DRAWS).map(|_| 254.0 * (rng.random::<f64>() - 0.5)).collect();
    let mut rounded = exact.clone();
    let full = exact.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
    Detector { adc_bits: Some(8), ..Detector::default() }.convert(full, &mut rounded);
    let step = 2.0 * full / 254.0;
    let variance = exact.iter().zip(&rounded).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / DRAWS as f64;
    // Var of the square of a uniform error: step^4 (1/80 - 1/144).
    let z = (variance - step * step / 12.0) / (step * step * ((1.0 / 80.0 - 1.0 / 144.0) / DRAWS as f64).sqrt());
    println!("step {step}, variance {variance}, z {z:+.2}");
    assert!(z.abs() < 4.0);
    assert!(rounded.iter().all(|v| ((v / step).round() - v / step).abs() < 1e-9));
}
