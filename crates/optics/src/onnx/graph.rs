//! The graph of a model: which node writes a tensor, which tensors are constant, and the chain of nodes from the input to the output.

use super::SUPPORTED;
use super::constant::Constant;
use super::error::OnnxFault;
use super::messages::{GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, element, kind};
use std::collections::HashMap;

/// First version of the operators in which Add and its like take shapes as NumPy does.
const LEAST_OPSET: i64 = 7;
/// Most nodes that pass a constant on unchanged.
const MOST_ALIASES: usize = 8;
/// Operators of which either side may be the constant.
const TWO_SIDED: [&str; 5] = ["Add", "Sub", "Mul", "Div", "MatMul"];

/// Where the numbers of a constant are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin<'a> {
    /// An initializer.
    Tensor(&'a TensorProto),
    /// A node Constant.
    Node(&'a NodeProto),
}

/// A node of the chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link<'a> {
    /// The node.
    pub(super) node: &'a NodeProto,
    /// Which of its inputs is computed; all others are constant.
    pub(super) data: usize,
}

/// A graph, its tensors by name.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    initializers: HashMap<&'a str, &'a TensorProto>,
    writers: HashMap<&'a str, &'a NodeProto>,
    inputs: HashMap<&'a str, &'a ValueInfoProto>,
    outputs: &'a [ValueInfoProto],
    /// Version of the operators.
    pub(super) opset: i64,
}

/// Name of a node for messages: that of its output if it has none.
pub(super) fn label(node: &NodeProto) -> String {
    if node.name.is_empty() { node.output.first().cloned().unwrap_or_default() } else { node.name.clone() }
}

/// Operator of a node, with its domain if it is not ONNX's own.
pub(super) fn operator(node: &NodeProto) -> String {
    match node.domain.as_str() {
        "" | "ai.onnx" => node.op_type.clone(),
        domain => format!("{domain}.{}", node.op_type),
    }
}

fn is(node: &NodeProto, op: &str) -> bool {
    node.op_type == op && operator(node) == op
}

impl<'a> Graph<'a> {
    /// The graph of a model, its tensors sorted by name.
    pub(super) fn new(model: &'a ModelProto) -> Result<Self, OnnxFault> {
        let Some(graph) = &model.graph else {
            return Err(OnnxFault::Damaged { reason: "it has no graph".into() });
        };
        let own = model.opset_import.iter().filter(|o| matches!(o.domain.as_str(), "" | "ai.onnx"));
        let opset = own.map(|o| o.version).max().unwrap_or(1);
        if opset < LEAST_OPSET {
            return Err(OnnxFault::Opset { found: opset, least: LEAST_OPSET });
        }
        let initializers: HashMap<_, _> = graph.initializer.iter().map(|t| (t.name.as_str(), t)).collect();
        // Before IR version 4 every initializer was listed as an input, too.
        let given = graph.input.iter().filter(|i| !initializers.contains_key(i.name.as_str()));
        Ok(Self {
            inputs: given.map(|i| (i.name.as_str(), i)).collect(),
            writers: writers(graph, &initializers)?,
            initializers,
            outputs: &graph.output,
            opset,
        })
    }

    /// Where the numbers of a tensor are, if it is constant.
    pub(super) fn origin(&self, name: &str) -> Option<Origin<'a>> {
        let mut name = name;
        for _ in 0..=MOST_ALIASES {
            if let Some(tensor) = self.initializers.get(name) {
                return Some(Origin::Tensor(tensor));
            }
            let node = self.writers.get(name)?;
            if is(node, "Constant") {
                return Some(Origin::Node(node));
            }
            if !(is(node, "Identity") || is(node, "Cast") && casts_to_float(node)) {
                return None;
            }
            name = node.input.first()?;
        }
        None
    }

    /// The numbers of a constant; `None` if the tensor is computed.
    pub(super) fn constant(&self, name: &str) -> Option<Result<Constant, OnnxFault>> {
        Some(match self.origin(name)? {
            Origin::Tensor(tensor) => Constant::read(tensor),
            Origin::Node(node) => of_node(node),
        })
    }

    /// The output of floats.
    fn output(&self) -> Result<&'a str, OnnxFault> {
        let float = |o: &&ValueInfoProto| {
            // Some exporters leave the type out.
            let Some(of) = &o.r#type else { return true };
            of.tensor_type.as_ref().is_some_and(|t| t.elem_type == 0 || element::is_float(i64::from(t.elem_type)))
        };
        let found: Vec<&str> = self.outputs.iter().filter(float).map(|o| o.name.as_str()).collect();
        match found[..] {
            [name] => Ok(name),
            _ => Err(OnnxFault::Outputs { found: found.into_iter().map(str::to_owned).collect() }),
        }
    }

    /// The input and the nodes that lead from it to the output, in this order. Nodes that do not lead there are ignored.
    ///
    /// Of operators that are not supported the first is named.
    pub(super) fn chain(&self) -> Result<(&'a ValueInfoProto, Vec<Link<'a>>), OnnxFault> {
        let output = self.output()?;
        let (mut at, mut links, mut unsupported) = (output, Vec::new(), None);
        loop {
            if let Some(input) = self.inputs.get(at) {
                links.reverse();
                return unsupported.map_or(Ok((*input, links)), Err);
            }
            let Some(node) = self.writers.get(at).copied() else {
                return Err(unsupported.unwrap_or(OnnxFault::Writers { tensor: at.into(), writers: 0 }));
            };
            // More nodes than there are: some came twice.
            if links.len() == self.writers.len() {
                return Err(OnnxFault::Damaged { reason: format!("its nodes go in a circle by {:?}", label(node)) });
            }
            let operator = operator(node);
            if node.output.first().is_none_or(|o| o != at) {
                return Err(OnnxFault::OtherOutput { node: label(node), operator, tensor: at.into() });
            }
            let known = SUPPORTED.contains(&operator.as_str());
            if !known {
                unsupported = Some(OnnxFault::Operator { node: label(node), operator });
            }
            let link = if known { self.link(node)? } else { self.first_computed(node) };
            let Some(link) = link else {
                let nowhere = || OnnxFault::Unconnected { output: output.into(), node: label(node) };
                return Err(unsupported.unwrap_or_else(nowhere));
            };
            links.push(link);
            at = node.input.get(link.data).map_or("", String::as_str);
        }
    }

    fn is_computed(&self, name: &str) -> bool {
        !name.is_empty() && self.origin(name).is_none()
    }

    fn first_computed(&self, node: &'a NodeProto) -> Option<Link<'a>> {
        let data = node.input.iter().position(|n| self.is_computed(n))?;
        Some(Link { node, data })
    }

    /// The node with its computed input, of which it may have one; `None` if it has none.
    fn link(&self, node: &'a NodeProto) -> Result<Option<Link<'a>>, OnnxFault> {
        let mut computed = node.input.iter().enumerate().filter(|(_, n)| self.is_computed(n));
        let first = computed.next();
        let two_sided = TWO_SIDED.contains(&node.op_type.as_str());
        if let (true, Some((_, a)), Some((_, b))) = (two_sided, first, computed.next()) {
            let (node, operator) = (label(node), operator(node));
            return Err(OnnxFault::Branch { node, operator, tensors: [a.clone(), b.clone()] });
        }
        let parameter = node.input.iter().skip(1).find(|n| !two_sided && self.is_computed(n));
        if let Some(tensor) = parameter {
            let expected = match node.op_type.as_str() {
                "Reshape" => "a constant shape; write torch.flatten(x, 1) for x.view(x.size(0), -1)",
                _ => "a constant there",
            };
            let (node, operator) = (label(node), operator(node));
            return Err(OnnxFault::Computed { node, operator, tensor: tensor.clone(), expected });
        }
        Ok(first.map(|(data, _)| Link { node, data }))
    }
}

/// The node behind each tensor that is written by one.
fn writers<'a>(
    graph: &'a GraphProto,
    initializers: &HashMap<&'a str, &'a TensorProto>,
) -> Result<HashMap<&'a str, &'a NodeProto>, OnnxFault> {
    let mut writers = HashMap::new();
    for node in &graph.node {
        for output in node.output.iter().filter(|o| !o.is_empty()) {
            let again = writers.insert(output.as_str(), node).is_some();
            if again || initializers.contains_key(output.as_str()) {
                return Err(OnnxFault::Writers { tensor: output.clone(), writers: 2 });
            }
        }
    }
    Ok(writers)
}

fn casts_to_float(node: &NodeProto) -> bool {
    node.attribute.iter().any(|a| a.name == "to" && element::is_float(a.i))
}

/// The numbers of a node Constant.
fn of_node(node: &NodeProto) -> Result<Constant, OnnxFault> {
    let tensor = label(node);
    let Some(a) = node.attribute.first() else {
        let expected = "a value".into();
        return Err(OnnxFault::Tensor { tensor, found: "no attribute".into(), expected });
    };
    let number = |value| Ok(Constant { shape: Vec::new(), values: vec![value] });
    match (a.name.as_str(), &a.t) {
        // Tensors inside nodes have no name of their own.
        ("value", Some(t)) => Constant::read(t).map_err(|fault| match fault {
            OnnxFault::Tensor { found, expected, .. } => OnnxFault::Tensor { tensor, found, expected },
            OnnxFault::External { .. } => OnnxFault::External { tensor },
            other => other,
        }),
        ("value_float", _) if a.r#type == kind::FLOAT => number(f64::from(a.f)),
        ("value_int", _) if a.r#type == kind::INT => number(a.i as f64),
        ("value_floats", _) => Ok(Constant::list(a.floats.iter().map(|v| f64::from(*v)).collect())),
        ("value_ints", _) => Ok(Constant::list(a.ints.iter().map(|v| *v as f64).collect())),
        _ => {
            let expected = "value, value_float, value_floats, value_int or value_ints".into();
            Err(OnnxFault::Tensor { tensor, found: format!("the attribute {:?}", a.name), expected })
        }
    }
}
