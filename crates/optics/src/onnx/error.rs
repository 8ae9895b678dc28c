//! Why an ONNX file is no network.

use super::SUPPORTED;
use crate::NetworkError;
use std::path::PathBuf;

/// Why an ONNX file is no network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{path}: {fault}")]
pub struct OnnxError {
    /// File.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: Box<OnnxFault>,
}

/// What is wrong with an ONNX file. Nodes without a name are called after their output.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OnnxFault {
    /// A file that cannot be read.
    #[error("the file cannot be read: {reason}")]
    Unreadable {
        /// Reason.
        reason: String,
    },
    /// A file that is too large.
    #[error("the file has {bytes} bytes, expected at most {most}")]
    TooLarge {
        /// Its bytes.
        bytes: u64,
        /// Most that are read.
        most: u64,
    },
    /// More nodes, attributes, tensors and names than are read.
    #[error("the file has {found} nodes, attributes, tensors and names of them, expected at most {most}")]
    Messages {
        /// How many.
        found: usize,
        /// Most that are read.
        most: usize,
    },
    /// Bytes that are no model.
    #[error("no ONNX file, or one that is damaged or cut short: {reason}")]
    Damaged {
        /// Reason.
        reason: String,
    },
    /// Operators of an old version.
    #[error(
        "the operators are of version {found}, expected {least} or later; export it again with a later opset_version"
    )]
    Opset {
        /// Version.
        found: i64,
        /// The first that is read.
        least: i64,
    },
    /// An input whose samples have no fixed shape.
    #[error("input {input:?} has the shape {found}, expected {expected}")]
    Input {
        /// Name.
        input: String,
        /// Its shape, names where they stand for sizes.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// Not one output of floats.
    #[error("the outputs that are tensors of floats are [{}], expected one; export the network with one such output, scikit-learn classifiers with zipmap=False", found.join(", "))]
    Outputs {
        /// Names of the outputs that are.
        found: Vec<String>,
    },
    /// An operator that is not supported.
    #[error("node {node:?} has the operator {operator}, which is not supported; supported are {}", SUPPORTED.join(", "))]
    Operator {
        /// Node.
        node: String,
        /// Operator, with its domain if it is not ONNX's.
        operator: String,
    },
    /// An attribute that is not supported.
    #[error("node {node:?} ({operator}) has {attribute} = {value}, expected {expected}")]
    Attribute {
        /// Node.
        node: String,
        /// Operator.
        operator: String,
        /// Attribute.
        attribute: String,
        /// Its value.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// Two branches that meet.
    #[error("node {node:?} ({operator}) joins the computed tensors {:?} and {:?}, but a network here is a chain: one of the two must be constant", tensors[0], tensors[1])]
    Branch {
        /// Node.
        node: String,
        /// Operator.
        operator: String,
        /// Names of the first two tensors.
        tensors: [String; 2],
    },
    /// A parameter that is computed.
    #[error("node {node:?} ({operator}) takes {tensor:?}, which is computed, expected {expected}")]
    Computed {
        /// Node.
        node: String,
        /// Operator.
        operator: String,
        /// Name of the tensor.
        tensor: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A node without a tensor that it needs.
    #[error("node {node:?} ({operator}) has no {what}")]
    Missing {
        /// Node.
        node: String,
        /// Operator.
        operator: String,
        /// What is missing.
        what: &'static str,
    },
    /// A tensor that nothing writes, or more than one node.
    #[error("tensor {tensor:?} is written by {writers} nodes or inputs, expected one")]
    Writers {
        /// Name.
        tensor: String,
        /// How many write it.
        writers: usize,
    },
    /// Another output of a node than its first.
    #[error("node {node:?} ({operator}) is read at {tensor:?}, expected its first output")]
    OtherOutput {
        /// Node.
        node: String,
        /// Operator.
        operator: String,
        /// Name of the output.
        tensor: String,
    },
    /// Nodes that do not begin at an input.
    #[error("output {output:?} does not depend on an input: the nodes behind it end at {node:?}")]
    Unconnected {
        /// Output.
        output: String,
        /// Node.
        node: String,
    },
    /// A constant of an unsuitable shape or value.
    #[error("node {node:?} ({operator}): the constant {tensor:?} has {found}, expected {expected}")]
    Constant {
        /// Node.
        node: String,
        /// Operator.
        operator: String,
        /// Name of the constant.
        tensor: String,
        /// What was found.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// Samples of an unsuitable shape.
    #[error("node {node:?} ({operator}) takes samples of the shape {shape:?} (without the batch), expected {expected}")]
    Shape {
        /// Node.
        node: String,
        /// Operator.
        operator: String,
        /// The shape.
        shape: Vec<usize>,
        /// What would be right.
        expected: String,
    },
    /// Weights in another file.
    #[error(
        "the numbers of tensor {tensor:?} are in another file; export them inside this one: torch.onnx.export(.., external_data=False), or onnx.save(onnx.load(file), file)"
    )]
    External {
        /// Name.
        tensor: String,
    },
    /// A constant that cannot be read.
    #[error("tensor {tensor:?} has {found}, expected {expected}")]
    Tensor {
        /// Name.
        tensor: String,
        /// What was found.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// More numbers than a network may have.
    #[error("node {node:?} ({operator}) leads to {what}, expected at most {most}")]
    TooMany {
        /// Node.
        node: String,
        /// Operator.
        operator: String,
        /// Of what there are too many.
        what: String,
        /// Most there may be.
        most: usize,
    },
    /// A step after the logarithm of a softmax.
    #[error(
        "node {node:?} ({operator}) comes after LogSoftmax, which is left out where it is last, for it changes no class, and is not supported elsewhere"
    )]
    AfterLogSoftmax {
        /// Node.
        node: String,
        /// Operator.
        operator: String,
    },
    /// Layers that do not make a network.
    #[error("{0}")]
    Network(#[from] NetworkError),
}
