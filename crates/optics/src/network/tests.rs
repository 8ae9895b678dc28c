use super::*;

fn number(k: usize) -> f64 {
    (1.7 * k as f64 + 0.3).sin()
}

fn dense(name: &str, outputs: usize, inputs: usize) -> Dense {
    let weights = (0..outputs * inputs).map(number).collect();
    Dense { name: name.into(), outputs, inputs, weights, bias: (0..outputs).map(|k| number(k + 50)).collect() }
}

#[test]
fn a_convolution_is_the_sum_over_its_window() {
    // 2 channels of 5 x 4 pixels, kernel 3 x 2, stride (2, 1), dilation (1, 2), padding top 1, left 0, bottom 1, right 1.
    let window = Window { kernel: [3, 2], stride: [2, 1], padding: [1, 0, 1, 1], dilation: [1, 2] };
    let patches = Patches { channels: 2, image: [5, 4], window };
    let layer = Layer { dense: dense("c", 3, 12), patches: Some(patches), then: Vec::new() };
    let network = Network::new(vec![layer.clone()]).unwrap();
    assert_eq!((network.vectors(0), network.outputs(), network.macs()), (9, 27, vec![3 * 12 * 9]));
    let x: Vec<f64> = (0..40).map(|k| number(k + 9)).collect();
    let y = network.trace(&x).pop().unwrap();
    let pixel = |c: usize, r: i64, s: i64| {
        if (0..5).contains(&r) && (0..4).contains(&s) { x[c * 20 + r as usize * 4 + s as usize] } else { 0.0 }
    };
    for o in 0..3 {
        for r in 0..3 {
            for s in 0..3 {
                let mut expected = layer.dense.bias[o];
                for c in 0..2 {
                    for i in 0..3 {
                        for j in 0..2 {
                            let at = pixel(c, (2 * r + i) as i64 - 1, (s + 2 * j) as i64);
                            expected += layer.dense.weights[o * 12 + c * 6 + i * 2 + j] * at;
                        }
                    }
                }
                assert!((y[o * 9 + r * 3 + s] - expected).abs() < 1e-13, "{o} {r} {s}");
            }
        }
    }
}

#[test]
fn pools_scales_and_softmax_do_what_their_names_say() {
    let shape = [2, 3, 4];
    let x: Vec<f64> = (0..24).map(number).collect();
    let window = Window { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 1, 0], dilation: [1, 1] };
    let run = |step: &Step| {
        let mut y = x.clone();
        step.run(&shape, &mut y);
        assert_eq!(y.len(), step.shape("p", &shape).unwrap().iter().product::<usize>());
        y
    };
    let largest = run(&Step::MaxPool(window));
    let (counted, not) = (
        run(&Step::AveragePool { window, count_padding: true }),
        run(&Step::AveragePool { window, count_padding: false }),
    );
    // The last row of places sees one row of the image: rows 2 and 3, of which 3 is padding.
    for c in 0..2 {
        for s in 0..2 {
            let at = |r: usize, k: usize| x[c * 12 + r * 4 + 2 * s + k];
            let (top, bottom) = ([at(0, 0), at(0, 1), at(1, 0), at(1, 1)], [at(2, 0), at(2, 1)]);
            let max = |v: &[f64]| v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            assert_eq!([largest[c * 4 + s], largest[c * 4 + 2 + s]], [max(&top), max(&bottom)]);
            assert!((counted[c * 4 + s] - top.iter().sum::<f64>() / 4.0).abs() < 1e-15);
            assert!((counted[c * 4 + 2 + s] - bottom.iter().sum::<f64>() / 4.0).abs() < 1e-15);
            assert!((not[c * 4 + 2 + s] - bottom.iter().sum::<f64>() / 2.0).abs() < 1e-15);
        }
    }
    let scaled = run(&Step::Scale { scale: vec![2.0, -1.0], shift: vec![0.5, 0.25] });
    assert!((scaled[5] - (2.0 * x[5] + 0.5)).abs() < 1e-15 && (scaled[17] - (0.25 - x[17])).abs() < 1e-15);
    let soft = run(&Step::Softmax);
    let sum: f64 = x.iter().map(|v| v.exp()).sum();
    assert!(soft.iter().zip(&x).all(|(p, x)| (p - x.exp() / sum).abs() < 1e-15));
}

#[test]
fn what_does_not_fit_is_named() {
    let error = |layers: Vec<Layer>| Network::new(layers).unwrap_err().to_string();
    let two = vec![Layer::dense(dense("a", 3, 4), Activation::Relu), Layer::dense(dense("b", 2, 5), Activation::None)];
    assert_eq!(error(two), "layer b has 5 inputs but a has 3 outputs");
    let short = Dense { weights: vec![0.0; 5], ..dense("a", 3, 4) };
    assert_eq!(error(vec![Layer::dense(short, Activation::None)]), "layer a of 3 outputs and 4 inputs has 5 weights");
    let pool = Step::MaxPool(Window::tiles([2, 2]));
    let flat = Layer { then: vec![pool.clone()], ..Layer::dense(dense("a", 3, 4), Activation::None) };
    assert!(error(vec![flat]).contains("a pool needs an image of channels x rows x columns, found the shape [3]"));
    let large =
        Layer { then: vec![Step::Reshape(vec![1, 1, 3]), pool], ..Layer::dense(dense("a", 3, 4), Activation::None) };
    assert!(error(vec![large]).contains("a window of [2, 2] pixels"));
    let scale = Step::Scale { scale: vec![1.0; 2], shift: vec![0.0; 2] };
    let two = Layer { then: vec![scale], ..Layer::dense(dense("a", 3, 4), Activation::None) };
    assert_eq!(error(vec![two]), "layer a: a scale for 2 channels, found 3");
    let huge = Step::Reshape(vec![usize::MAX, 3]);
    let layer = Layer { then: vec![huge], ..Layer::dense(dense("a", 3, 4), Activation::None) };
    assert!(error(vec![layer]).contains("cannot become"));
}
