//! Networks: layers one after the other, some of them optical.

use crate::matrix::Columns;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is done to every output of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// Nothing.
    #[default]
    None,
    /// max(0, y).
    Relu,
    /// tanh y.
    Tanh,
    /// 1/(1 + e^-y).
    Sigmoid,
}

impl Activation {
    /// Applied to every number.
    pub fn apply(self, y: &mut [f64]) {
        match self {
            Self::None => {}
            Self::Relu => y.iter_mut().for_each(|v| *v = v.max(0.0)),
            Self::Tanh => y.iter_mut().for_each(|v| *v = v.tanh()),
            Self::Sigmoid => y.iter_mut().for_each(|v| *v = 1.0 / (1.0 + (-*v).exp())),
        }
    }
}

/// y = W x + b, the product by the device, the bias digital.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Name for messages.
    pub name: String,
    /// m.
    pub outputs: usize,
    /// n.
    pub inputs: usize,
    /// W, m x n row-major.
    pub weights: Vec<f64>,
    /// b, m numbers.
    pub bias: Vec<f64>,
}

/// A layer of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The product.
    pub dense: Dense,
    /// What follows it.
    pub activation: Activation,
}

/// Why layers do not make a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// No layer.
    #[error("the network has no layer")]
    Empty,
    /// A layer that does not fit the one before it.
    #[error("layer {layer} has {inputs} inputs but {before} has {outputs} outputs")]
    Shapes {
        /// Layer.
        layer: String,
        /// Its inputs.
        inputs: usize,
        /// The layer before.
        before: String,
        /// Its outputs.
        outputs: usize,
    },
    /// A bias that does not fit its weights.
    #[error("layer {layer} has {outputs} outputs but a bias of {found} numbers")]
    Bias {
        /// Layer.
        layer: String,
        /// Outputs.
        outputs: usize,
        /// Length of the bias.
        found: usize,
    },
    /// A number that is none.
    #[error("layer {layer} has a {what} that is not finite ({value}, at index {index})")]
    NotFinite {
        /// Layer.
        layer: String,
        /// Weight or bias.
        what: &'static str,
        /// The value.
        value: f64,
        /// Where.
        index: usize,
    },
}

/// A checked network.
#[derive(Clone, Debug)]
pub struct Network {
    layers: Vec<Layer>,
    /// W of each layer, column by column.
    columns: Vec<Columns>,
}

impl Network {
    /// The network of `layers`.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] if there is none, shapes do not fit, or a number is not finite.
    pub fn new(layers: Vec<Layer>) -> Result<Self, NetworkError> {
        if layers.is_empty() {
            return Err(NetworkError::Empty);
        }
        for Layer { dense: d, .. } in &layers {
            if d.bias.len() != d.outputs {
                return Err(NetworkError::Bias { layer: d.name.clone(), outputs: d.outputs, found: d.bias.len() });
            }
            for (what, values) in [("weight", &d.weights), ("bias", &d.bias)] {
                if let Some(index) = values.iter().position(|v| !v.is_finite()) {
                    return Err(NetworkError::NotFinite { layer: d.name.clone(), what, value: values[index], index });
                }
            }
        }
        for pair in layers.windows(2) {
            let (a, b) = (&pair[0].dense, &pair[1].dense);
            if a.outputs != b.inputs {
                let (before, outputs) = (a.name.clone(), a.outputs);
                return Err(NetworkError::Shapes { layer: b.name.clone(), inputs: b.inputs, before, outputs });
            }
        }
        let of = |l: &Layer| Columns::stacked(l.dense.outputs, l.dense.inputs, std::slice::from_ref(&l.dense.weights));
        Ok(Self { columns: layers.iter().map(of).collect(), layers })
    }

    /// The layers.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Numbers that go in.
    pub fn inputs(&self) -> usize {
        self.layers[0].dense.inputs
    }

    /// Classes.
    pub fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].dense.outputs
    }

    /// m n of each layer.
    pub fn macs(&self) -> Vec<u64> {
        self.layers.iter().map(|l| (l.dense.outputs * l.dense.inputs) as u64).collect()
    }

    /// The products of layer `l` without noise, of several samples.
    pub(crate) fn product(&self, l: usize, x: &[f64], out: &mut [f64]) {
        self.columns[l].apply(x, out);
    }

    /// Bias and activation of layer `l`.
    pub(crate) fn finish(&self, l: usize, y: &mut [f64]) {
        let layer = &self.layers[l];
        y.iter_mut().zip(&layer.dense.bias).for_each(|(y, b)| *y += b);
        layer.activation.apply(y);
    }

    /// Inputs of every layer, then the outputs, without noise.
    pub fn trace(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let mut all = vec![x.to_vec()];
        for l in 0..self.layers.len() {
            let mut y = vec![0.0; self.layers[l].dense.outputs];
            self.product(l, &all[l], &mut y);
            self.finish(l, &mut y);
            all.push(y);
        }
        all
    }

    /// The class without noise: the first of the largest outputs.
    pub fn classify(&self, x: &[f64]) -> usize {
        self.trace(x).last().map_or(0, |y| largest(y))
    }
}

/// Index of the first of the largest numbers.
pub(crate) fn largest(y: &[f64]) -> usize {
    let mut best = 0;
    for (k, v) in y.iter().enumerate() {
        if *v > y[best] {
            best = k;
        }
    }
    best
}
