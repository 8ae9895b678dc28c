use super::messages::{
    AttributeProto, DimensionProto, GraphProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto,
    TensorTypeProto, TypeProto, element, kind,
};
use super::*;
use crate::network::{Step, Window};

fn floats(name: &str, dims: &[i64], values: &[f64]) -> TensorProto {
    let double_data = values.to_vec();
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: element::DOUBLE,
        double_data,
        ..Default::default()
    }
}

fn whole(name: &str, values: &[i64]) -> TensorProto {
    let (dims, int64_data) = (vec![values.len() as i64], values.to_vec());
    TensorProto { name: name.into(), dims, data_type: element::INT64, int64_data, ..Default::default() }
}

fn number(k: usize) -> f64 {
    (1.7 * k as f64 + 0.3).sin()
}

/// A tensor of numbers that are all different.
fn some(name: &str, dims: &[i64]) -> TensorProto {
    let n = dims.iter().product::<i64>() as usize;
    floats(name, dims, &(0..n).map(|k| number(k + 7 * name.len())).collect::<Vec<_>>())
}

fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.into(), i, r#type: kind::INT, ..Default::default() }
}

fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto { name: name.into(), ints: ints.to_vec(), r#type: kind::INTS, ..Default::default() }
}

fn word(name: &str, s: &str) -> AttributeProto {
    AttributeProto { name: name.into(), s: s.into(), r#type: kind::STRING, ..Default::default() }
}

/// A node that writes `output` and has its operator's name and its output's.
fn node(op: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(|i| (*i).to_owned()).collect(),
        output: vec![output.into()],
        name: format!("{op}.{output}"),
        op_type: op.into(),
        attribute,
        ..Default::default()
    }
}

fn value(name: &str, dims: &[i64]) -> ValueInfoProto {
    let dim = |d: &i64| match d {
        -1 => DimensionProto { dim_value: None, dim_param: Some("batch".into()) },
        d => DimensionProto { dim_value: Some(*d), dim_param: None },
    };
    let shape = Some(TensorShapeProto { dim: dims.iter().map(dim).collect() });
    let tensor_type = Some(TensorTypeProto { elem_type: element::FLOAT, shape });
    ValueInfoProto { name: name.into(), r#type: Some(TypeProto { tensor_type }) }
}

/// From the input x to the output y.
fn model(x: &[i64], node: Vec<NodeProto>, initializer: Vec<TensorProto>) -> ModelProto {
    let (input, output) = (vec![value("x", x)], vec![value("y", &[])]);
    ModelProto {
        ir_version: 8,
        graph: Some(GraphProto { node, initializer, input, output }),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 17 }],
    }
}

fn network(x: &[i64], node: Vec<NodeProto>, initializer: Vec<TensorProto>) -> Result<Network, OnnxFault> {
    parse(&model(x, node, initializer).encode_to_vec())
}

fn fault(x: &[i64], node: Vec<NodeProto>, initializer: Vec<TensorProto>) -> String {
    network(x, node, initializer).unwrap_err().to_string()
}

fn outputs(network: &Network, x: &[f64]) -> Vec<f64> {
    network.trace(x).pop().unwrap()
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-13, "{found:?} {expected:?}"));
}

#[test]
fn constants_around_a_product_are_its_bias_or_scales() {
    let (mean, w, b, c) = (some("mean", &[1, 1, 2, 3]), some("w", &[6, 2]), some("b.", &[1, 2]), some("c..", &[2]));
    let nodes = vec![
        node("Sub", &["x", "mean"], "a", vec![]),
        node("Div", &["a", "two"], "b", vec![]),
        node("Flatten", &["b"], "f", vec![]),
        node("MatMul", &["f", "w"], "m", vec![]),
        node("Add", &["b.", "m"], "d", vec![]),
        node("Sub", &["d", "c.."], "e", vec![]),
        node("Mul", &["e", "c.."], "g", vec![]),
        node("Sub", &["two", "g"], "y", vec![]),
    ];
    let two = floats("two", &[], &[2.0]);
    let network = network(&[-1, 1, 2, 3], nodes, vec![mean.clone(), two, w.clone(), b.clone(), c.clone()]).unwrap();
    let x: Vec<f64> = (0..6).map(|k| number(k + 90)).collect();
    let input: Vec<f64> = x.iter().zip(&mean.double_data).map(|(x, m)| (x - m) / 2.0).collect();
    let expected: Vec<f64> = (0..2)
        .map(|o| {
            let product: f64 = (0..6).map(|i| input[i] * w.double_data[i * 2 + o]).sum();
            2.0 - (product + b.double_data[o] - c.double_data[o]) * c.double_data[o]
        })
        .collect();
    close(&outputs(&network, &x), &expected);
    close(&network.layers()[0].dense.bias, &[0, 1].map(|o| b.double_data[o] - c.double_data[o]));
    assert_eq!((network.shape(), network.layers()[0].then.len()), (&[1, 2, 3][..], 1));
}

#[test]
fn steps_after_an_activation_are_one_scale() {
    let (w, c, d) = (some("w", &[3, 2]), some("c.", &[2]), some("d..", &[1, 2]));
    let nodes = vec![
        node("MatMul", &["x", "w"], "m", vec![]),
        node("Relu", &["m"], "r", vec![]),
        node("Add", &["r", "c."], "a", vec![]),
        node("Mul", &["a", "d.."], "b", vec![]),
        node("Add", &["b", "c."], "y", vec![]),
    ];
    let network = network(&[-1, 3], nodes, vec![w.clone(), c.clone(), d.clone()]).unwrap();
    let x = [0.5, 1.0, -2.0];
    let expected = [0, 1].map(|o| {
        let product: f64 = (0..3).map(|i| x[i] * w.double_data[i * 2 + o]).sum();
        (product.max(0.0) + c.double_data[o]) * d.double_data[o] + c.double_data[o]
    });
    close(&outputs(&network, &x), &expected);
    assert_eq!((network.layers()[0].then.len(), &network.layers()[0].dense.bias[..]), (2, &[0.0; 2][..]));
}

#[test]
fn means_over_images_may_drop_their_dimensions() {
    let mean = |keep| {
        let attributes = vec![ints("axes", &[-1, 2]), int("keepdims", keep)];
        vec![node("ReduceMean", &["x"], "a", attributes), node("MatMul", &["a", "w"], "y", vec![])]
    };
    let x: Vec<f64> = (0..12).map(number).collect();
    let w = some("w", &[2, 1]);
    let sums = [0, 6].map(|from| x[from..from + 6].iter().sum::<f64>() / 6.0);
    let expected = sums[0] * w.double_data[0] + sums[1] * w.double_data[1];
    close(&outputs(&network(&[-1, 2, 2, 3], mean(0), vec![w.clone()]).unwrap(), &x), &[expected]);
    assert!(fault(&[-1, 2, 2, 3], mean(1), vec![w]).contains("the shape [2, 1, 1] (without the batch)"));
}

#[test]
fn a_softmax_of_old_versions_takes_all_dimensions_from_its_axis_on() {
    let nodes = vec![node("Conv", &["x", "k"], "c", vec![]), node("Softmax", &["c"], "y", vec![])];
    let mut model = model(&[-1, 1, 3, 3], nodes, vec![some("k", &[2, 1, 2, 2])]);
    let text = parse(&model.encode_to_vec()).unwrap_err().to_string();
    assert!(text.contains("has axis = -1, expected that of all numbers"), "{text}");
    model.opset_import[0].version = 12;
    let x: Vec<f64> = (0..9).map(number).collect();
    let sum: f64 = outputs(&parse(&model.encode_to_vec()).unwrap(), &x).iter().sum();
    assert!((sum - 1.0).abs() < 1e-14);
}

#[test]
fn gemm_scales_its_weights_and_its_bias() {
    let attributes = |transposed| {
        let float = |name: &str, f| AttributeProto { name: name.into(), f, r#type: kind::FLOAT, ..Default::default() };
        vec![float("alpha", 0.5), float("beta", 2.0), int("transB", transposed)]
    };
    let (w, b) = (some("w", &[3, 2]), some("bias", &[2]));
    let turned: Vec<f64> = (0..6).map(|k| w.double_data[k % 3 * 2 + k / 3]).collect();
    let x = [0.5, -1.0, 2.0];
    let expected =
        [0, 1].map(|o| 2.0 * b.double_data[o] + 0.5 * (0..3).map(|i| x[i] * w.double_data[i * 2 + o]).sum::<f64>());
    for (transposed, w) in [(0, w), (1, floats("w", &[2, 3], &turned))] {
        let gemm = node("Gemm", &["x", "w", "bias"], "y", attributes(transposed));
        close(&outputs(&network(&[-1, 3], vec![gemm], vec![w, b.clone()]).unwrap(), &x), &expected);
    }
}

#[test]
fn automatic_padding_is_that_of_the_specification() {
    // Rows: ceil(5/2) = 3 places need 2 2 + 2 - 5 = 1 pixel. Columns: 4 places need 3 + 3 - 4 = 2.
    for (auto, padding, places) in
        [("SAME_UPPER", [0, 1, 1, 1], 12), ("SAME_LOWER", [1, 1, 0, 1], 12), ("VALID", [0; 4], 4)]
    {
        let attributes = vec![word("auto_pad", auto), ints("strides", &[2, 1]), ints("kernel_shape", &[2, 3])];
        let conv = node("Conv", &["x", "w"], "y", attributes);
        let network = network(&[-1, 1, 5, 4], vec![conv], vec![some("w", &[3, 1, 2, 3])]).unwrap();
        assert_eq!(network.layers()[0].patches.unwrap().window.padding, padding, "{auto}");
        assert_eq!(network.vectors(0), places, "{auto}");
    }
}

#[test]
fn shapes_follow_the_axes() {
    let w = || some("w", &[6, 2]);
    let to_image = |wanted: &[i64]| {
        let nodes = vec![
            node("Reshape", &["x", "s"], "a", vec![]),
            node("Unsqueeze", &["a", "axes"], "b", vec![]),
            node("GlobalMaxPool", &["b"], "c", vec![]),
            node("Squeeze", &["c"], "d", vec![]),
            node("Unsqueeze", &["d", "one"], "e", vec![]),
            node("MatMul", &["e", "v"], "y", vec![]),
        ];
        network(&[-1, 6], nodes, vec![whole("s", wanted), whole("axes", &[-3]), whole("one", &[1]), some("v", &[1, 2])])
    };
    let x = [1.0, 5.0, -2.0, 4.0, 0.0, 3.0];
    let v = some("v", &[1, 2]).double_data;
    for wanted in [[-1, 2, 3], [0, -1, 3], [1, 2, -1], [0, 2, 3]] {
        close(&outputs(&to_image(&wanted).unwrap(), &x), &[5.0 * v[0], 5.0 * v[1]]);
    }
    for wanted in [[-1, -1, 3], [2, -1, 3], [-1, 2, 2], [-1, 2, 0], [-2, 2, 3]] {
        let text = to_image(&wanted).unwrap_err().to_string();
        assert!(text.contains("expected -1, 0 or 1 for the batch, then a shape of the 6 numbers"), "{text}");
    }
    let squeeze = vec![node("Squeeze", &["x", "a"], "f", vec![]), node("MatMul", &["f", "w"], "y", vec![])];
    let text = fault(&[-1, 6], squeeze, vec![w(), whole("a", &[1])]);
    assert_eq!(
        text,
        r#"node "Squeeze.f" (Squeeze) takes samples of the shape [6] (without the batch), expected dimensions of 1 at the axes [1]"#
    );
}

#[test]
fn the_logarithm_of_a_softmax_is_left_out_at_the_end_only() {
    let nodes = |last: &str| {
        let log = node("LogSoftmax", &["m"], "l", vec![int("axis", 1)]);
        vec![node("MatMul", &["x", "w"], "m", vec![]), log, node(last, &["l"], "y", vec![])]
    };
    let w = || vec![some("w", &[3, 2])];
    assert!(network(&[-1, 3], nodes("Identity"), w()).unwrap().layers()[0].then.is_empty());
    let text = fault(&[-1, 3], nodes("Relu"), w());
    assert!(text.starts_with(r#"node "Relu.y" (Relu) comes after LogSoftmax"#), "{text}");
    let soft =
        |axis| vec![node("Conv", &["x", "k"], "c", vec![]), node("Softmax", &["c"], "y", vec![int("axis", axis)])];
    let kernel = || vec![some("k", &[2, 1, 3, 3])];
    let at_one = network(&[-1, 1, 3, 3], soft(1), kernel()).unwrap();
    assert_eq!(at_one.layers()[0].then, [Step::Softmax]);
    assert!(fault(&[-1, 1, 3, 3], soft(3), kernel()).contains("has axis = 3, expected that of all numbers"));
}

#[test]
fn weights_pass_through_identities_and_names_stay_apart() {
    let nodes = vec![
        node("Constant", &[], "five", vec![ints("value_ints", &[-1, 2])]),
        node("Identity", &["fc.weight"], "alias", vec![]),
        node("Reshape", &["x", "five"], "r", vec![]),
        node("MatMul", &["r", "fc.weight"], "a", vec![]),
        node("MatMul", &["a", "alias"], "b", vec![]),
        node("MatMul", &["b", "onnx::MatMul_7"], "y", vec![]),
    ];
    let network = network(&[-1, 2], nodes, vec![some("fc.weight", &[2, 2]), some("onnx::MatMul_7", &[2, 2])]).unwrap();
    let names: Vec<&str> = network.layers().iter().map(|l| l.dense.name.as_str()).collect();
    assert_eq!(names, ["fc", "fc-2", "MatMul.y"]);
}

#[test]
fn pools_have_a_pixel_in_every_window() {
    let pool = |pads: [i64; 4], dilation| {
        let attributes =
            vec![ints("kernel_shape", &[2, 2]), ints("pads", &pads), ints("dilations", &[dilation, dilation])];
        let nodes = vec![node("Conv", &["x", "k"], "c", vec![]), node("MaxPool", &["c"], "y", attributes)];
        network(&[-1, 1, 3, 3], nodes, vec![some("k", &[1, 1, 1, 1])])
    };
    let window = |network: Network| match network.layers()[0].then[..] {
        [Step::MaxPool(window)] => window,
        _ => panic!("{network:?}"),
    };
    let padded = Window { kernel: [2, 2], stride: [1, 1], padding: [1, 0, 0, 1], dilation: [1, 1] };
    assert_eq!(window(pool([1, 0, 0, 1], 1).unwrap()), padded);
    assert_eq!(window(pool([1, 1, 1, 1], 2).unwrap()).dilation, [2, 2]);
    for (pads, dilation) in [([2, 0, 0, 0], 1), ([0, 0, 0, 2], 1), ([3, 3, 3, 3], 5)] {
        let text = pool(pads, dilation).unwrap_err().to_string();
        assert!(text.contains("expected padding with which the window always sees a pixel"), "{pads:?}: {text}");
    }
}

#[test]
fn supported_operators_are_sorted_and_known() {
    assert!(SUPPORTED.is_sorted());
    for op in SUPPORTED.iter().filter(|op| **op != "Constant") {
        let nodes = vec![node(op, &["x", "w"], "y", vec![])];
        let result = network(&[-1, 3], nodes, vec![some("w", &[3, 3])]);
        assert!(!matches!(result, Err(OnnxFault::Operator { .. })), "{op}: {result:?}");
    }
}

mod faults;
