//! A node of the chain with its attributes and constants, each checked for its kind.

use super::constant::Constant;
use super::error::OnnxFault;
use super::graph::{Graph, Link, Origin, label, operator};
use super::messages::{AttributeProto, NodeProto, kind};

/// A node of the chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    graph: &'a Graph<'a>,
    node: &'a NodeProto,
    /// Which of its inputs is computed.
    pub(super) data: usize,
}

impl<'a> Call<'a> {
    /// A link of the chain of `graph`.
    pub(super) fn new(graph: &'a Graph<'a>, link: Link<'a>) -> Self {
        Self { graph, node: link.node, data: link.data }
    }

    /// Operator, with its domain if it is not ONNX's.
    pub(super) fn operator(&self) -> String {
        operator(self.node)
    }

    /// Name of the node for messages.
    pub(super) fn label(&self) -> String {
        label(self.node)
    }

    /// Version of the operators.
    pub(super) fn opset(&self) -> i64 {
        self.graph.opset
    }

    /// The constant at input `index`, if the node has one there.
    pub(super) fn constant(&self, index: usize) -> Result<Option<Constant>, OnnxFault> {
        let name = self.node.input.get(index).filter(|n| !n.is_empty());
        name.and_then(|n| self.graph.constant(n)).transpose()
    }

    /// The constant at input `index`, which is `what`.
    pub(super) fn required(&self, index: usize, what: &'static str) -> Result<Constant, OnnxFault> {
        let missing = || OnnxFault::Missing { node: self.label(), operator: self.operator(), what };
        self.constant(index)?.ok_or_else(missing)
    }

    /// Name for the layer of the weights at input `index`: theirs without `.weight`, or the node's where theirs is an exporter's number.
    pub(super) fn layer_name(&self, index: usize) -> String {
        let weights = self.node.input.get(index).and_then(|n| self.graph.origin(n));
        match weights {
            Some(Origin::Tensor(t)) if !t.name.is_empty() && !t.name.starts_with("onnx::") => {
                t.name.strip_suffix(".weight").unwrap_or(&t.name).to_owned()
            }
            _ => self.label(),
        }
    }

    fn attribute(&self, name: &str, of: i32, expected: &'static str) -> Result<Option<&'a AttributeProto>, OnnxFault> {
        match self.node.attribute.iter().find(|a| a.name == name) {
            // Old exporters leave the kind out.
            Some(a) if a.r#type != of && a.r#type != 0 => {
                Err(self.attribute_fault(name, format!("a value of the kind {}", a.r#type), expected))
            }
            found => Ok(found),
        }
    }

    /// An integer.
    pub(super) fn integer(&self, name: &str, default: i64) -> Result<i64, OnnxFault> {
        Ok(self.attribute(name, kind::INT, "an integer (kind 2)")?.map_or(default, |a| a.i))
    }

    /// A number.
    pub(super) fn number(&self, name: &str, default: f64) -> Result<f64, OnnxFault> {
        Ok(self.attribute(name, kind::FLOAT, "a float (kind 1)")?.map_or(default, |a| f64::from(a.f)))
    }

    /// A list of integers, if there is one.
    pub(super) fn integers(&self, name: &str) -> Result<Option<&'a [i64]>, OnnxFault> {
        Ok(self.attribute(name, kind::INTS, "integers (kind 7)")?.map(|a| a.ints.as_slice()))
    }

    /// A word.
    pub(super) fn word(&self, name: &str, default: &'static str) -> Result<String, OnnxFault> {
        let found = self.attribute(name, kind::STRING, "a string (kind 3)")?;
        Ok(found.map_or_else(|| default.to_owned(), |a| String::from_utf8_lossy(&a.s).into_owned()))
    }

    /// Refuses an integer that is not `wanted`.
    pub(super) fn only(&self, name: &str, default: i64, wanted: i64, expected: &'static str) -> Result<(), OnnxFault> {
        match self.integer(name, default)? {
            value if value == wanted => Ok(()),
            value => Err(self.attribute_fault(name, value.to_string(), expected)),
        }
    }

    /// Axes in an attribute, or at input 1 in later versions of the operators.
    pub(super) fn axes(&self) -> Result<Option<Vec<i64>>, OnnxFault> {
        if let Some(axes) = self.integers("axes")? {
            return Ok(Some(axes.to_vec()));
        }
        let Some(constant) = self.constant(1)? else { return Ok(None) };
        let found = || format!("the numbers {:?}", constant.values);
        constant.integers().map(Some).ok_or_else(|| self.constant_fault(1, found(), "whole numbers"))
    }

    /// An attribute that is not supported.
    pub(super) fn attribute_fault(&self, attribute: &str, value: String, expected: &'static str) -> OnnxFault {
        let (node, operator) = (self.label(), self.operator());
        OnnxFault::Attribute { node, operator, attribute: attribute.into(), value, expected }
    }

    /// An unsuitable constant at input `index`.
    pub(super) fn constant_fault(&self, index: usize, found: String, expected: impl Into<String>) -> OnnxFault {
        let tensor = self.node.input.get(index).cloned().unwrap_or_default();
        let (node, operator) = (self.label(), self.operator());
        OnnxFault::Constant { node, operator, tensor, found, expected: expected.into() }
    }

    /// An unsuitable shape of samples.
    pub(super) fn shape_fault(&self, shape: &[usize], expected: impl Into<String>) -> OnnxFault {
        let (node, operator) = (self.label(), self.operator());
        OnnxFault::Shape { node, operator, shape: shape.to_vec(), expected: expected.into() }
    }

    /// More numbers than `most`.
    pub(super) fn too_many(&self, what: String, most: usize) -> OnnxFault {
        OnnxFault::TooMany { node: self.label(), operator: self.operator(), what, most }
    }
}
