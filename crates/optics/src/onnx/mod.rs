//! Networks from ONNX files.
//!
//! A file is read if its nodes are a chain from an input to one output of floats. Each product with constant weights is a layer: Gemm, MatMul,
//! Conv. What follows it becomes its bias and its digital steps; what precedes the first product becomes the first steps of the network. Nodes
//! that do not lead to the output are ignored, such as the label of scikit-learn's classifiers.

mod call;
mod chain;
mod constant;
mod count;
mod elementwise;
mod error;
mod graph;
mod messages;
mod pools;
mod products;
mod shapes;
mod window;

pub use error::{OnnxError, OnnxFault};

use crate::network::{Activation, Network};
use call::Call;
use chain::Chain;
use elementwise::Arithmetic;
use graph::Graph;
use messages::{ModelProto, ValueInfoProto};
use prost::Message;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Operators that are supported.
const SUPPORTED: [&str; 26] = [
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Constant",
    "Conv",
    "Div",
    "Dropout",
    "Flatten",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "Identity",
    "LogSoftmax",
    "MatMul",
    "MaxPool",
    "Mul",
    "ReduceMean",
    "Relu",
    "Reshape",
    "Sigmoid",
    "Softmax",
    "Squeeze",
    "Sub",
    "Tanh",
    "Unsqueeze",
];

/// Most bytes of a file.
const MOST_BYTES: u64 = 1 << 29;
/// Most nodes, attributes, tensors, names and other messages of a file.
const MOST_MESSAGES: usize = 1 << 17;
/// Most weights, biases and scales: those of the largest file in floats of 4 bytes.
const MOST_WEIGHTS: usize = 1 << 27;
/// Most numbers of a sample between two layers, and most that the windows over one see.
const MOST_BETWEEN: usize = 1 << 26;
/// Most products, as many as a [`Network`] may have.
const MOST_LAYERS: usize = 1 << 8;

/// The network of an ONNX file.
///
/// Samples have the shape of the file's input without the batch, its first dimension; all others must be fixed. Layers are named after their
/// weights, without `.weight`.
///
/// Supported are chains of Gemm, MatMul, Conv (of rows and columns, one group), Add, Sub, Mul and Div with a constant, BatchNormalization,
/// Relu, Tanh, Sigmoid, Softmax over all numbers of a sample, MaxPool, AveragePool, GlobalMaxPool, GlobalAveragePool, ReduceMean over rows and
/// columns, and Flatten, Reshape, Squeeze, Unsqueeze, Identity, Dropout, Cast to floats and Constant. LogSoftmax is left out where it is last:
/// the outputs are then its inputs, with the same order and so the same class. Weights are floats of 2, 4 or 8 bytes inside the file.
///
/// A file may have 2^29 bytes and 2^17 nodes, attributes, tensors and names of them, a network 2^27 weights and 2^26 numbers between two
/// layers. Memory is taken for what is there, not for what sizes in the file promise.
///
/// # Errors
///
/// [`OnnxError`] with the node, what it has and what would be right.
pub fn read_onnx(path: &Path) -> Result<Network, OnnxError> {
    let network = bytes(path).and_then(|b| parse(&b));
    network.map_err(|fault| OnnxError { path: path.to_owned(), fault: Box::new(fault) })
}

fn bytes(path: &Path) -> Result<Vec<u8>, OnnxFault> {
    let unreadable = |e: std::io::Error| OnnxFault::Unreadable { reason: e.to_string() };
    let file = File::open(path).map_err(unreadable)?;
    let too_large = |bytes| OnnxFault::TooLarge { bytes, most: MOST_BYTES };
    let size = file.metadata().map_err(unreadable)?.len();
    if size > MOST_BYTES {
        return Err(too_large(size));
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match u64::try_from(bytes.len()) {
        Ok(size) if size <= MOST_BYTES => Ok(bytes),
        _ => Err(too_large(MOST_BYTES + 1)),
    }
}

fn parse(bytes: &[u8]) -> Result<Network, OnnxFault> {
    let damaged = |reason: String| OnnxFault::Damaged { reason };
    match count::messages(bytes) {
        Some(found) if found <= MOST_MESSAGES => {}
        Some(found) => return Err(OnnxFault::Messages { found, most: MOST_MESSAGES }),
        None => return Err(damaged("its fields do not end where its bytes do".into())),
    }
    let model = ModelProto::decode(bytes).map_err(|e| damaged(e.to_string()))?;
    if model.ir_version < 1 {
        return Err(damaged(format!("its ir_version is {}", model.ir_version)));
    }
    let graph = Graph::new(&model)?;
    let (input, links) = graph.chain()?;
    let (batch, shape) = sample_shape(input)?;
    let mut chain = Chain::new(shape, batch);
    for link in links {
        apply(&mut chain, &Call::new(&graph, link))?;
    }
    Ok(chain.finish()?)
}

/// Size of the batch, if it is fixed, and shape of a sample.
fn sample_shape(input: &ValueInfoProto) -> Result<(Option<i64>, Vec<usize>), OnnxFault> {
    let tensor = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let dims = tensor.and_then(|t| t.shape.as_ref()).map_or(&[][..], |s| s.dim.as_slice());
    let text = |d: &messages::DimensionProto| match (d.dim_value, &d.dim_param) {
        (Some(n), _) => n.to_string(),
        (None, name) => name.clone().unwrap_or_else(|| "?".into()),
    };
    let fault = |expected| {
        let found = format!("[{}]", dims.iter().map(text).collect::<Vec<_>>().join(", "));
        OnnxFault::Input { input: input.name.clone(), found, expected }
    };
    let Some((batch, sample)) = dims.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return Err(fault("the batch, then the shape of a sample: [N, n] or [N, channels, rows, columns]"));
    };
    let sizes: Option<Vec<usize>> =
        sample.iter().map(|d| usize::try_from(d.dim_value?).ok().filter(|n| *n > 0)).collect();
    let shape =
        sizes.ok_or_else(|| fault("fixed sizes after the batch; export it with dynamic sizes for the batch only"))?;
    let size = shape.iter().try_fold(1_usize, |a, n| a.checked_mul(*n));
    if size.is_none_or(|n| n > MOST_BETWEEN) {
        return Err(fault("samples of at most 2^26 numbers"));
    }
    Ok((batch.dim_value.filter(|n| *n > 0), shape))
}

/// Adds a node to the network.
fn apply(chain: &mut Chain, call: &Call<'_>) -> Result<(), OnnxFault> {
    let operator = call.operator();
    const KEEP_ORDER: [&str; 7] = ["Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"];
    if chain.ended && !KEEP_ORDER.contains(&operator.as_str()) {
        return Err(OnnxFault::AfterLogSoftmax { node: call.label(), operator });
    }
    match operator.as_str() {
        "Gemm" => products::gemm(chain, call),
        "MatMul" => products::matmul(chain, call),
        "Conv" => products::conv(chain, call),
        "Add" => elementwise::arithmetic(chain, call, Arithmetic::Add),
        "Sub" => elementwise::arithmetic(chain, call, Arithmetic::Sub),
        "Mul" => elementwise::arithmetic(chain, call, Arithmetic::Mul),
        "Div" => elementwise::arithmetic(chain, call, Arithmetic::Div),
        "BatchNormalization" => elementwise::batch_normalization(chain, call),
        "Relu" => elementwise::activation(chain, call, Activation::Relu),
        "Tanh" => elementwise::activation(chain, call, Activation::Tanh),
        "Sigmoid" => elementwise::activation(chain, call, Activation::Sigmoid),
        "Softmax" => elementwise::softmax(chain, call, false),
        "LogSoftmax" => elementwise::softmax(chain, call, true),
        "MaxPool" => pools::pool(chain, call, true),
        "AveragePool" => pools::pool(chain, call, false),
        "GlobalMaxPool" => pools::global(chain, call, true),
        "GlobalAveragePool" => pools::global(chain, call, false),
        "ReduceMean" => pools::mean(chain, call),
        "Flatten" => shapes::flatten(chain, call),
        "Reshape" => shapes::reshape(chain, call),
        "Squeeze" => shapes::squeeze(chain, call),
        "Unsqueeze" => shapes::unsqueeze(chain, call),
        "Dropout" => shapes::dropout(call),
        "Cast" => shapes::cast(call),
        "Identity" => Ok(()),
        _ => Err(OnnxFault::Operator { node: call.label(), operator }),
    }
}

#[cfg(test)]
mod tests;
