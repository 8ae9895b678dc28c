//! What is refused, and in which words.

use super::*;

fn weights() -> Vec<TensorProto> {
    vec![some("w", &[3, 3])]
}

#[test]
fn an_operator_that_is_not_supported_is_named_with_those_that_are() {
    let nodes = vec![
        node("MatMul", &["x", "w"], "m", vec![]),
        node("Gelu", &["m"], "g", vec![]),
        node("Erf", &["g"], "y", vec![]),
    ];
    let text = fault(&[-1, 3], nodes, weights());
    let expected = "node \"Gelu.g\" has the operator Gelu, which is not supported; supported are Add, AveragePool, ";
    assert!(text.starts_with(expected) && text.ends_with("Sub, Tanh, Unsqueeze"), "{text}");
    let classifier = NodeProto { domain: "ai.onnx.ml".into(), ..node("LinearClassifier", &["x"], "y", vec![]) };
    assert!(fault(&[-1, 3], vec![classifier], vec![]).contains("the operator ai.onnx.ml.LinearClassifier"));
}

#[test]
fn branches_and_computed_parameters_are_named() {
    let nodes = vec![
        node("MatMul", &["x", "w"], "m", vec![]),
        node("Relu", &["m"], "r", vec![]),
        node("Add", &["r", "m"], "y", vec![]),
    ];
    assert_eq!(
        fault(&[-1, 3], nodes, weights()),
        r#"node "Add.y" (Add) joins the computed tensors "r" and "m", but a network here is a chain: one of the two must be constant"#
    );
    let nodes = vec![node("Shape", &["x"], "s", vec![]), node("Reshape", &["x", "s"], "y", vec![])];
    assert_eq!(
        fault(&[-1, 3], nodes, weights()),
        r#"node "Reshape.y" (Reshape) takes "s", which is computed, expected a constant shape; write torch.flatten(x, 1) for x.view(x.size(0), -1)"#
    );
    let nodes = vec![node("MatMul", &["w", "x"], "y", vec![])];
    assert_eq!(
        fault(&[-1, 3], nodes, weights()),
        r#"node "MatMul.y" (MatMul): the constant "w" has its place on the left, expected the constant factor on the right: samples times weights"#
    );
}

#[test]
fn attributes_that_are_not_supported_are_named() {
    let conv = |attribute| vec![node("Conv", &["x", "k"], "y", vec![attribute])];
    let image = [-1, 1, 4, 4];
    let text = |attribute| fault(&image, conv(attribute), vec![some("k", &[1, 1, 2, 2])]);
    assert_eq!(
        text(int("group", 2)),
        r#"node "Conv.y" (Conv) has group = 2, expected 1: every output channel sees all channels of the image"#
    );
    assert!(text(ints("strides", &[0, 1])).contains("strides = [0, 1], expected two numbers of 1 or more"));
    assert!(text(ints("pads", &[0, -1, 0, 0])).contains("pads = [0, -1, 0, 0], expected four numbers of 0 or more"));
    assert!(text(ints("kernel_shape", &[3, 2])).contains("expected the last two dimensions of the weights"));
    assert!(text(word("auto_pad", "SAME")).contains("auto_pad = SAME, expected NOTSET, VALID"));
    assert!(text(int("dilations", 2)).contains("a value of the kind 2, expected integers (kind 7)"));
    let gemm = vec![node("Gemm", &["x", "w"], "y", vec![int("transA", 1)])];
    assert!(fault(&[-1, 3], gemm, weights()).contains("transA = 1, expected 0"));
    let pool = vec![node("MaxPool", &["x"], "y", vec![ints("kernel_shape", &[2, 2]), int("ceil_mode", 1)])];
    assert!(fault(&image, pool, vec![]).contains("ceil_mode = 1, expected 0"));
    let cast = vec![node("Cast", &["x"], "y", vec![int("to", 7)])];
    assert!(fault(&image, cast, vec![]).contains("to = 7, expected a float"));
    let mean = vec![node("ReduceMean", &["x"], "y", vec![ints("axes", &[1, 2])])];
    assert!(fault(&image, mean, vec![]).contains("axes = [1, 2], expected [2, 3]"));
}

#[test]
fn shapes_that_do_not_fit_are_named() {
    let sum = |c: TensorProto| {
        let nodes = vec![node("Add", &["x", "c"], "a", vec![]), node("MatMul", &["a", "w"], "y", vec![])];
        fault(&[-1, 3], nodes, vec![some("w", &[3, 3]), c])
    };
    let expected = "expected one number, one for each of the 3 channels, or the shape of a sample, [3]";
    for dims in [&[2][..], &[3, 1], &[4, 3], &[1, 1, 3], &[0]] {
        let text = sum(some("c", dims));
        assert!(text.contains(&format!("\"c\" has the shape {dims:?}, {expected}")), "{text}");
    }
    let product = |dims| fault(&[-1, 3], vec![node("MatMul", &["x", "w"], "y", vec![])], vec![some("w", dims)]);
    assert!(product(&[4, 2]).contains("the shape [3] (without the batch), expected vectors of 4 numbers"));
    assert!(product(&[3]).contains("has the shape [3], expected a matrix"));
    assert!(product(&[3, 0]).contains("expected a matrix with numbers"));
    let conv = vec![node("Conv", &["x", "k"], "y", vec![])];
    assert!(fault(&[-1, 3], conv, vec![some("k", &[1, 1, 2, 2])]).contains("expected an image"));
    let only_relu = vec![node("Relu", &["x"], "y", vec![])];
    assert_eq!(fault(&[-1, 3], only_relu, vec![]), "the network has no layer with weights");
}

#[test]
fn models_of_another_form_are_refused() {
    let nodes = || vec![node("MatMul", &["x", "w"], "y", vec![])];
    let text = |change: fn(&mut ModelProto, &mut GraphProto)| {
        let mut model = model(&[-1, 3], nodes(), weights());
        let mut graph = model.graph.take().unwrap();
        change(&mut model, &mut graph);
        parse(&ModelProto { graph: Some(graph), ..model }.encode_to_vec())
            .map_or_else(|e| e.to_string(), |_| String::new())
    };
    assert_eq!(text(|_, _| ()), "");
    assert!(text(|m, _| m.opset_import[0].version = 6).starts_with("the operators are of version 6, expected 7"));
    assert!(text(|m, _| m.ir_version = 0).starts_with("no ONNX file, or one that is damaged"));
    assert_eq!(
        text(|_, g| g.input[0] = value("x", &[-1, 3, -1])),
        r#"input "x" has the shape [batch, 3, batch], expected fixed sizes after the batch; export it with dynamic sizes for the batch only"#
    );
    assert!(text(|_, g| g.input[0] = value("x", &[3])).contains("has the shape [3], expected the batch, then"));
    assert!(text(|_, g| g.input[0] = value("x", &[1, 1 << 40])).contains("at most 2^26 numbers"));
    let two = "the outputs that are tensors of floats are [y, z], expected one";
    assert!(text(|_, g| g.output.push(value("z", &[]))).starts_with(two));
    assert!(text(|_, g| g.output.clear()).starts_with("the outputs that are tensors of floats are [], expected one"));
    assert!(text(|_, g| g.initializer[0].data_location = 1).contains("\"w\" are in another file"));
    assert_eq!(
        text(|_, g| g.node[0].input[0] = "y".into()),
        r#"no ONNX file, or one that is damaged or cut short: its nodes go in a circle by "MatMul.y""#
    );
    assert!(text(|_, g| g.node[0].input[0] = "z".into()).contains("\"z\" is written by 0 nodes or inputs"));
    assert!(text(|_, g| g.node.push(g.node[0].clone())).contains("\"y\" is written by 2 nodes or inputs"));
    assert!(
        text(|_, g| g.node[0].output.insert(0, "z".into())).contains("is read at \"y\", expected its first output")
    );
    assert!(text(|_, g| g.node[0].input[0] = "w".into()).contains("output \"y\" does not depend on an input"));
    let unnamed = |_: &mut ModelProto, g: &mut GraphProto| {
        g.node[0].name.clear();
        g.node[0].op_type = "Gelu".into();
    };
    assert!(text(unnamed).starts_with("node \"y\" has the operator Gelu"));
}

#[test]
fn a_few_bytes_do_not_ask_for_much_memory() {
    let conv = |attributes: Vec<AttributeProto>| {
        fault(&[-1, 1, 4, 4], vec![node("Conv", &["x", "k"], "y", attributes)], vec![some("k", &[1, 1, 2, 2])])
    };
    let pads = |n| ints("pads", &[n, n, n, n]);
    assert!(conv(vec![pads(1 << 20)]).contains("expected at most 67108864"));
    assert!(conv(vec![pads(i64::MAX)]).contains("does not fit an image"));
    assert!(conv(vec![ints("dilations", &[i64::MAX, i64::MAX])]).contains("does not fit an image"));
    let pool = |k: i64| {
        let attributes = vec![ints("kernel_shape", &[k, k]), pads(k - 1)];
        fault(&[-1, 1, 4, 4], vec![node("AveragePool", &["x"], "y", attributes)], vec![])
    };
    assert!(pool(1 << 40).contains("expected at most 67108864"));
    // 2 bytes each; besides them graph, opset, weights, and 6 + 4 messages of the input and output.
    let empty = vec![NodeProto::default(); MOST_MESSAGES];
    assert!(fault(&[-1, 3], empty, weights()).starts_with("the file has 131085 nodes"));
    // One tensor of 1000 x 1000 as the weights of 200 layers.
    let names: Vec<String> = (0..=200).map(|k| if k == 0 { "x".into() } else { format!("m{k}") }).collect();
    let mut nodes: Vec<NodeProto> = names.windows(2).map(|n| node("MatMul", &[&n[0], "w"], &n[1], vec![])).collect();
    nodes.push(node("Identity", &["m200"], "y", vec![]));
    let text = fault(&[-1, 1000], nodes, vec![some("w", &[1000, 1000])]);
    assert!(text.contains("leads to more weights than are read, expected at most 134217728"), "{text}");
}
