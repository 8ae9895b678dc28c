use super::*;
use crate::{Activation, Dense, Detector, Homodyne, Intensity, Layer, Step};

fn network() -> Network {
    let number = |k: usize| 0.7 * (1.7 * k as f64 + 0.3).sin();
    let dense = |name: &str, m: usize, n: usize, from: usize| Dense {
        name: name.into(),
        outputs: m,
        inputs: n,
        weights: (0..m * n).map(|k| number(from + k)).collect(),
        bias: (0..m).map(|k| 0.1 * number(from + 7 * k)).collect(),
    };
    Network::new(vec![
        Layer::dense(dense("a", 5, 4, 1), Activation::Tanh),
        Layer::dense(dense("b", 4, 5, 40), Activation::Sigmoid),
        Layer::dense(dense("c", 3, 4, 80), Activation::None),
    ])
    .unwrap()
}

/// Sigmoids only: inputs that light can carry.
fn check_gradients(engine: &dyn Engine) {
    let mut layers = network().layers().to_vec();
    layers[0].then = vec![Step::Activation(Activation::Sigmoid)];
    layers[1].then = vec![Step::Activation(Activation::Sigmoid)];
    let network = Network::new(layers).unwrap();
    let x = [0.3, 0.8, 0.1, 0.6];
    // The same noise in all: that of the stream. The first layer by light, then one without, then light again.
    let make = || Trainer {
        layers: (0..3).map(|l| Weights::new(&network.layers()[l], network.deciding(l)).unwrap()).collect(),
        engine,
        optical: &[true, false, true],
        streams: Streams::new(0, 0),
        noise: Draws::new(&Streams::new(0, 0), Purpose::Shots, 0),
    };
    let loss = |trainer: &mut Trainer<'_>| {
        let hardware = trainer.hardware().unwrap();
        let trace = trainer.forward(&hardware, &x, Some(3.0)).unwrap();
        trainer.learn(&hardware, &trace, 1, 3.0, 1.0)
    };
    let mut exact = make();
    loss(&mut exact);
    for l in 0..3 {
        for k in 0..exact.layers[l].weights.values.len() {
            let at = |h: f64| {
                let mut moved = make();
                moved.layers[l].weights.values[k] += h;
                loss(&mut moved)
            };
            let found = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((found - exact.layers[l].weights.gradient[k]).abs() < 1e-9, "{l} {k}");
        }
        for k in 0..exact.layers[l].bias.values.len() {
            let at = |h: f64| {
                let mut moved = make();
                moved.layers[l].bias.values[k] += h;
                loss(&mut moved)
            };
            let found = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((found - exact.layers[l].bias.gradient[k]).abs() < 1e-9, "{l} {k}");
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences_with_the_noise_of_the_device() {
    check_gradients(&Intensity::default());
    let detector = Detector { read_noise: 1.5, ..Detector::default() };
    check_gradients(&Intensity { detector, ..Intensity::default() });
    check_gradients(&Homodyne::default());
}

#[test]
fn what_cannot_be_trained_is_named() {
    let data = Dataset { inputs: 4, values: vec![0.5; 4], labels: vec![0] };
    let run = |network: &Network, settings: Training| {
        let engine = Homodyne::default();
        let optical = vec![true; network.layers().len()];
        train(network, &engine, &optical, &data, &settings, Streams::new(0, 0), &|_, _, _| true)
    };
    let bad = Training { rate: 0.0, ..Training::default() };
    assert!(run(&network(), bad).unwrap_err().to_string().contains("rate = 0"));
    let mut layers = network().layers().to_vec();
    // At the end a softmax is part of the loss: the same weights come out without one.
    let few = Training { epochs: 2, ..Training::default() };
    let plain = run(&network(), few).unwrap().unwrap();
    let last = layers.len() - 1;
    layers[last].then.extend([Step::Softmax, Step::Reshape(vec![plain.outputs(), 1])]);
    let soft = run(&Network::new(layers.clone()).unwrap(), few).unwrap().unwrap();
    for (a, b) in plain.layers().iter().zip(soft.layers()) {
        assert_eq!((&a.dense.weights, &a.dense.bias), (&b.dense.weights, &b.dense.bias));
    }
    assert_ne!(plain.layers()[last].dense.weights, network().layers()[last].dense.weights);
    let scaled = vec![Step::Scale { scale: vec![2.0; 4], shift: vec![0.0; 4] }];
    let before = Network::with_input(vec![4], scaled, network().layers().to_vec()).unwrap();
    let error = run(&before, Training::default()).unwrap_err().to_string();
    assert!(error.contains("layer a: what comes before it"), "{error}");
    layers[0].then = vec![Step::Softmax];
    let soft = Network::new(layers).unwrap();
    assert!(run(&soft, Training::default()).unwrap_err().to_string().contains("layer a: what follows it"));
}
