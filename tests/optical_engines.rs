//! The formulas of meshes, microrings, clicking detectors and digital fan-out against Monte Carlo of their own readouts: 4e5 draws, |z| < 4.

mod optics_harness;

use lightfall_core::rng::{Draws, Purpose, Streams};
use lightfall_optics::mesh::{Layout, Tolerances};
use lightfall_optics::{
    Activation, Configuration, Dense, Engine, EngineError, FanOut, Intensity, Interferometers, Light, Microrings,
    Quadrature, SinglePhoton, WeightControl, fan_out_energy,
};
use optics_harness::{DRAWS, check, layer, row};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

fn product(d: &Dense, x: &[f64], i: usize) -> f64 {
    row(d, i).iter().zip(x).map(|(w, x)| w * x).sum()
}

fn fabrication() -> Draws {
    Draws::new(&Streams::new(3, 0), Purpose::Fabrication, 0)
}

#[test]
fn a_mesh_read_by_homodyne_has_a_quarter_of_a_photon_of_noise() {
    let (d, x) = layer(5, 8, false);
    let x: Vec<f64> = x.iter().map(|v| v - 0.3).collect();
    let y2: f64 = (0..5).map(|i| product(&d, &x, i).powi(2)).sum();
    let (p, macs) = (0.3, 40.0);
    let mean = |i: usize| product(&d, &x, i);
    for layout in [Layout::Reck, Layout::Clements] {
        let engine = Interferometers { layout, ..Interferometers::default() };
        check("mesh, homodyne", &engine, &d, &x, p, Some(&mean), Some(&|_| y2 / (4.0 * macs * p)));
        // |y|^2, counted: N_i ~ Poisson(s^2 y_i^2), s^2 = P m n/|y|^2.
        let counted = Interferometers { readout: Quadrature::Intensity, ..engine };
        let square = |i: usize| product(&d, &x, i).powi(2);
        check("mesh, intensity", &counted, &d, &x, p, Some(&square), Some(&|i| square(i) * y2 / (macs * p)));
    }
}

#[test]
fn a_lossy_mesh_computes_the_same_with_equal_paths_and_the_light_that_is_detected() {
    let (d, x) = layer(4, 6, false);
    let padded = Tolerances { loss_db: 0.5, padded: true, ..Tolerances::default() };
    let engine = Interferometers { tolerances: padded, ..Interferometers::default() };
    let y2: f64 = (0..4).map(|i| product(&d, &x, i).powi(2)).sum();
    let mean = |i: usize| product(&d, &x, i);
    check("lossy mesh", &engine, &d, &x, 0.7, Some(&mean), Some(&|_| y2 / (4.0 * 24.0 * 0.7)));
}

#[test]
fn errors_of_splitters_go_into_the_quadrature_that_is_not_read() {
    // rms over devices of |M - W|_F/|W|_F, real part and imaginary part, for a Gaussian W: two meshes.
    let n = 12;
    let mut rng = Streams::new(5, 0).open(Purpose::Couplings, 0);
    let weights: Vec<f64> = (0..n * n).map(|_| StandardNormal.sample(&mut rng)).collect();
    let norm = weights.iter().map(|w| w * w).sum::<f64>();
    let dense = Dense { name: "d".into(), outputs: n, inputs: n, weights, bias: vec![0.0; n] };
    let off = |engine: &Interferometers| -> [f64; 2] {
        let (mut sums, mut draws) = ([0.0; 2], fabrication());
        for k in 0..40 {
            draws.restart(k);
            let hardware = engine.program(&dense, &mut draws).unwrap();
            for j in 0..n {
                let x: Vec<f64> = (0..n).map(|k| f64::from(u8::from(k == j))).collect();
                let mut light = vec![0.0; hardware.width()];
                hardware.expose(&x, &mut light);
                sums[0] += (0..n).map(|i| (light[i] - dense.weights[i * n + j]).powi(2)).sum::<f64>();
                sums[1] += light[n..].iter().map(|v| v * v).sum::<f64>();
            }
        }
        sums.map(|s| (s / norm / 40.0).sqrt())
    };
    let of = |tolerances, configuration, layout| {
        off(&Interferometers { tolerances, configuration, layout, ..Interferometers::default() })
    };
    let splitters = Tolerances { splitter: 0.02, ..Tolerances::default() };
    let [real, imaginary] = of(splitters, Configuration::Ideal, Layout::Clements);
    // sqrt(2 (N - 1)) sigma of each mesh. A real interferometer times exp(i alpha X) is off by i times a real matrix, so the real part is off in second order.
    let law = f64::sqrt(4.0 * 11.0) * 0.02;
    println!("splitters: real {real}, imaginary {imaginary}, law {law}");
    assert!((imaginary / law - 1.0).abs() < 0.15 && real < 2.0 * law * law, "{real} {imaginary}");
    // Phases do not spare the real part; correction of every interferometer takes their errors out, as does nulling.
    let phases = Tolerances { phase: 0.05, ..Tolerances::default() };
    let [real, imaginary] = of(phases, Configuration::Ideal, Layout::Clements);
    let law = f64::sqrt(2.0 * 11.0) * 0.05;
    println!("phases: real {real}, imaginary {imaginary}, law {law}");
    assert!((f64::hypot(real, imaginary) / law - 1.0).abs() < 0.15 && real > 0.3 * law, "{real} {imaginary}");
    for (configuration, layout) in [
        (Configuration::Local, Layout::Clements),
        (Configuration::Local, Layout::Reck),
        (Configuration::Nulling, Layout::Reck),
    ] {
        let [real, imaginary] = of(phases, configuration, layout);
        assert!(real.max(imaginary) < 1e-12, "{configuration:?}: {real} {imaginary}");
    }
    let error = Interferometers { configuration: Configuration::Nulling, ..Interferometers::default() };
    assert!(error.program(&dense, &mut fabrication()).unwrap_err().to_string().contains("layout = \"clements\""));
}

#[test]
fn a_microring_bank_sends_all_light_to_one_of_two_detectors() {
    let (d, x) = layer(3, 20, false);
    let rings = Microrings { spacing: 10.0, ..Microrings::default() };
    let top = d.weights.iter().fold(0.0_f64, |a, w| a.max(w.abs()));
    // w_max = 2/cosh^2(pi/20) - 1; all rails together carry m sum_j x_j.
    let unit = top / (2.0 / (std::f64::consts::PI / 20.0).cosh().powi(2) - 1.0);
    let (sum, p) = (x.iter().sum::<f64>(), 0.4);
    let kappa = p * 60.0 / (3.0 * sum);
    let mean = |i: usize| product(&d, &x, i);
    check("microrings", &rings, &d, &x, p, Some(&mean), Some(&|_| unit * unit * sum / kappa));
    let drifting = Microrings { drift_kelvin: 0.05, spacing: 4.0, calibrated: false, bits: Some(6), ..rings };
    check("microrings that drift", &drifting, &d, &x, p, None, None);
}

#[test]
fn clicks_are_bernoulli_numbers() {
    let (d, x) = layer(4, 10, false);
    for (shots, dark) in [(1.0, 0.0), (3.0, 0.02), (30.0, 0.0)] {
        let engine = SinglePhoton { dark_counts: dark, ..SinglePhoton::default() };
        let p = |i: usize| 1.0 - (-(product(&d, &x, i).powi(2) + dark)).exp();
        let variance = |i: usize| p(i) * (1.0 - p(i)) / shots;
        check(&format!("clicks, {shots} exposures"), &engine, &d, &x, shots, Some(&p), Some(&variance));
    }
    let (d, x) = layer(4, 10, true);
    let engine = SinglePhoton { light: Light::Incoherent, ..SinglePhoton::default() };
    let p = |i: usize| 1.0 - (-product(&d, &x, i)).exp();
    check("clicks, incoherent", &engine, &d, &x, 2.0, Some(&p), Some(&|i| 0.5 * p(i) * (1.0 - p(i))));
    assert_eq!(engine.activation(), Some(Activation::ClickIncoherent));
    let (signed, _) = layer(4, 10, false);
    assert!(matches!(engine.program(&signed, &mut fabrication()), Err(EngineError::Negative { what: "weight", .. })));
}

#[test]
fn bits_are_misread_at_the_rates_of_their_receivers() {
    // Ideal counter: a one without a count.
    let ideal = FanOut::default();
    assert!((ideal.bit_errors(3.0).one - (-3.0_f64).exp()).abs() < 1e-15 && ideal.bit_errors(3.0).zero == 0.0);
    // erfc(Q/sqrt 2)/2 at Q = 3: 1.349898e-3.
    let thermal = FanOut { read_noise: 5.0, ..ideal };
    let q = thermal.bit_errors(30.0);
    assert!((q.one / 1.349_898e-3 - 1.0).abs() < 1e-6 && (q.zero / q.one - 1.0).abs() < 1e-9);
    // Neighbours: counts drawn one by one.
    let crossed = FanOut { read_noise: 12.0, crosstalk: 0.1, neighbours: 4, ..ideal };
    let (electrons, q) = (50.0, crossed.bit_errors(50.0));
    let mut rng = Streams::new(8, 0).open(Purpose::Shots, 0);
    for (sent, expected) in [(0.0, q.zero), (1.0, q.one)] {
        let mut wrong = 0.0;
        for _ in 0..DRAWS {
            let ones = (0..4).filter(|_| rng.random::<bool>()).count() as f64;
            let noise: f64 = StandardNormal.sample(&mut rng);
            let seen = electrons * (sent + 0.1 * ones) + 12.0 * noise;
            wrong += f64::from(u8::from((seen > electrons * 0.7) != (sent == 1.0)));
        }
        let n = DRAWS as f64;
        let z = (wrong / n - expected) / (expected * (1.0 - expected) / n).sqrt();
        println!("crosstalk, bit {sent}: {} against {expected}, z {z:+.2}", wrong / n);
        assert!(z.abs() < 4.0);
    }
}

#[test]
fn products_of_misread_operands_have_their_moments() {
    let (d, x) = layer(2, 6, false);
    for (bits, engine) in
        [(8.0, FanOut { read_noise: 10.0, ..FanOut::default() }), (3.0, FanOut { bits: 3, ..FanOut::default() })]
    {
        // 30 electrons a one: Q = 1.5; or 1.2 for the counter.
        let electrons = if bits == 8.0 { 30.0 } else { 1.2 };
        check("misread operands", &engine, &d, &x, electrons * bits, None, None);
    }
    // Without errors only rounding is left: half a step of either operand.
    let hardware = FanOut::default().program(&d, &mut fabrication()).unwrap();
    let mut light = vec![0.0; 2];
    hardware.expose(&x, &mut light);
    for i in 0..2 {
        assert!((light[i] - product(&d, &x, i)).abs() < 6.0 * 2.0 * 0.5 / 255.0);
    }
}

#[test]
fn light_pays_off_beyond_a_crossover() {
    // 16 bits: 5.1 fJ over 10 um of wire (0.2 fF/um, 0.8 V); 1.9 fJ at 850 nm, eta 0.5 and 0.1 fF; 19 pJ at 1 pF; crossover 3.6 um.
    let photon = 2.337e-19;
    assert!((fan_out_energy::wire(16.0, 2e-10, 10e-6, 0.8) / 5.12e-15 - 1.0).abs() < 1e-3);
    assert!((fan_out_energy::light(16.0, photon, 0.5, 1.0, 1e-16, 0.8) / 1.867e-15 - 1.0).abs() < 1e-3);
    assert!((fan_out_energy::light(16.0, photon, 0.5, 1.0, 1e-12, 0.8) / 1.867e-11 - 1.0).abs() < 1e-3);
    let length = fan_out_energy::crossover(photon, 0.5, 1.0, 1e-16, 0.8, 2e-10);
    assert!((length - 3.65e-6).abs() < 2e-8, "{length}");
    let (wire, light) =
        (fan_out_energy::wire(16.0, 2e-10, length, 0.8), fan_out_energy::light(16.0, photon, 0.5, 1.0, 1e-16, 0.8));
    assert!((wire / light - 1.0).abs() < 1e-12);
}

#[test]
fn errors_of_weights_are_drawn_once_and_have_their_size() {
    let (m, n) = (60, 50);
    let (d, _) = layer(m, n, false);
    let engine = Intensity { weights: WeightControl { bits: None, error: 0.02 }, ..Intensity::default() };
    let top = d.weights.iter().fold(0.0_f64, |a, w| a.max(w.abs()));
    let hardware = engine.program(&d, &mut fabrication()).unwrap();
    let (mut sum, mut y) = (0.0, vec![0.0; m]);
    for j in 0..n {
        let x: Vec<f64> = (0..n).map(|k| f64::from(u8::from(k == j))).collect();
        let mut light = vec![0.0; hardware.width()];
        hardware.expose(&x, &mut light);
        let calibration = lightfall_optics::Calibration::default();
        hardware.mean(lightfall_optics::Sample { x: &x, light: &light, calibration: &calibration }, 1.0, &mut y);
        sum += (0..m).map(|i| (y[i] - d.weights[i * n + j]).powi(2)).sum::<f64>();
    }
    let draws = (m * n) as f64;
    let (rms, expected) = ((sum / draws).sqrt(), 0.02 * top);
    assert!((rms / expected - 1.0).abs() < 4.0 / (2.0 * draws).sqrt(), "{rms} {expected}");
    assert!(engine.varies() && !Intensity::default().varies());
    let rounded = Intensity { weights: WeightControl { bits: Some(3), error: 0.0 }, ..Intensity::default() };
    let hardware = rounded.program(&d, &mut fabrication()).unwrap();
    let mut light = vec![0.0; hardware.width()];
    hardware.expose(&[1.0; 50], &mut light);
    // Seven levels: every rail is a whole number of thirds of the largest weight.
    assert!(light.iter().all(|v| (3.0 * v / top - (3.0 * v / top).round()).abs() < 1e-9));
}
