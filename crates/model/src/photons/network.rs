//! The network of a photon model: from an npz archive, an ONNX file, or numbers in the model file itself.

use lightfall_optics::{
    Activation, Dense, Layer, Network, NetworkError, Npz, NpzError, OnnxError, Patches, Step, Window, read_onnx,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Weights and layers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkTable {
    /// ONNX file with the whole network, relative to the model file: then `weights`, `layers` and `input` are left out.
    pub onnx: Option<PathBuf>,
    /// Layers of an ONNX file that are not optical.
    pub digital: Vec<String>,
    /// npz file with the arrays of the layers, relative to the model file.
    pub weights: Option<PathBuf>,
    /// Shape of a sample; by default that of the first layer. Images are [channels, rows, columns].
    pub input: Option<Vec<usize>>,
    /// Layers, first to last.
    pub layers: Vec<LayerTable>,
}

/// What a layer does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// W x + b of all numbers.
    #[default]
    Dense,
    /// W times every patch of an image, plus b.
    Convolution,
    /// A function of every number.
    Activation,
    /// e^y over its sum.
    Softmax,
    /// The largest number of a window.
    MaxPool,
    /// The mean over a window.
    AveragePool,
    /// (y - mean)/sqrt(variance + epsilon) scale + shift of every channel.
    BatchNorm,
    /// All numbers in a row.
    Flatten,
    /// Another shape.
    Reshape,
}

impl Kind {
    fn has_weights(self) -> bool {
        matches!(self, Self::Dense | Self::Convolution)
    }
}

/// Numbers: the name of an array of the archive, or written out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected the name of an array, or a list of numbers")]
pub enum Numbers {
    /// Array of the archive.
    Name(String),
    /// Numbers.
    List(Vec<f64>),
    /// Rows of a matrix.
    Rows(Vec<Vec<f64>>),
}

/// A layer. Dense layers and convolutions have weights; the other kinds stand after one of them, or before the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerTable {
    /// What it does.
    #[serde(default)]
    pub kind: Kind,
    /// Name for tables and messages; that of its array by default.
    #[serde(default)]
    pub name: Option<String>,
    /// W, outputs x inputs; of a convolution channels out x channels in x rows x columns.
    #[serde(default)]
    pub weights: Option<Numbers>,
    /// b; none: 0.
    #[serde(default)]
    pub bias: Option<Numbers>,
    /// What follows.
    #[serde(default)]
    pub activation: Activation,
    /// Whether the product is made with light; bias and activation are digital.
    #[serde(default = "yes")]
    pub optical: bool,
    /// Rows and columns of a window; those of the weights of a convolution.
    #[serde(default)]
    pub kernel: Option<[usize; 2]>,
    /// Pixels that a window moves by; 1 for a convolution, its size for a pool.
    #[serde(default)]
    pub stride: Option<[usize; 2]>,
    /// Pixels around the image: top, left, bottom, right.
    #[serde(default)]
    pub padding: Option<[usize; 4]>,
    /// Distance of neighbours in a window.
    #[serde(default)]
    pub dilation: Option<[usize; 2]>,
    /// Shape of `reshape`.
    #[serde(default)]
    pub shape: Option<Vec<usize>>,
    /// Scale of a batch norm; none: 1.
    #[serde(default)]
    pub scale: Option<Numbers>,
    /// Shift of a batch norm; none: 0.
    #[serde(default)]
    pub shift: Option<Numbers>,
    /// Mean of a batch norm.
    #[serde(default)]
    pub mean: Option<Numbers>,
    /// Variance of a batch norm.
    #[serde(default)]
    pub variance: Option<Numbers>,
    /// Added to the variance.
    #[serde(default = "small")]
    pub epsilon: f64,
}

fn yes() -> bool {
    true
}

fn small() -> f64 {
    1e-5
}

/// Why a network cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error(transparent)]
    Npz(#[from] NpzError),
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error("{0}")]
    Table(String),
}

impl Unreadable {
    /// The key of [network] that it belongs to.
    pub(super) fn key(&self) -> &'static str {
        match self {
            Self::Npz(NpzError::Archive { .. }) => "weights",
            Self::Onnx(_) => "onnx",
            _ => "layers",
        }
    }
}

fn wrong<T>(message: impl Into<String>) -> Result<T, Unreadable> {
    Err(Unreadable::Table(message.into()))
}

impl NetworkTable {
    /// The network, and which of its layers are optical.
    pub(super) fn read(&self, folder: &Path) -> Result<(Network, Vec<bool>), Unreadable> {
        let Some(onnx) = &self.onnx else {
            if !self.digital.is_empty() {
                return wrong("digital names layers of an ONNX file; here write optical = false in a layer");
            }
            return self.layers(folder);
        };
        if self.weights.is_some() || !self.layers.is_empty() || self.input.is_some() {
            return wrong("onnx = .. has the whole network: leave out weights, layers and input");
        }
        let network = read_onnx(&folder.join(onnx))?;
        let names: Vec<&String> = network.layers().iter().map(|l| &l.dense.name).collect();
        if let Some(unknown) = self.digital.iter().find(|d| !names.contains(d)) {
            let all = names.iter().map(|n| n.as_str()).collect::<Vec<_>>().join(", ");
            return wrong(format!("digital has `{unknown}`, but the layers with weights are {all}"));
        }
        let optical = names.iter().map(|n| !self.digital.contains(n)).collect();
        Ok((network, optical))
    }

    fn layers(&self, folder: &Path) -> Result<(Network, Vec<bool>), Unreadable> {
        let npz = self.weights.as_ref().map(|w| Npz::open(&folder.join(w))).transpose()?;
        let mut builder = Builder { npz, shape: self.input.clone(), first: Vec::new(), layers: Vec::new() };
        for (k, table) in self.layers.iter().enumerate() {
            builder.add(k, table)?;
        }
        let Some(first) = self.layers.iter().find(|l| l.kind.has_weights()) else {
            return wrong(
                "layers has none with weights, expected at least one, such as { weights = \"w1\", bias = \"b1\" }",
            );
        };
        let network = match (&self.input, builder.first.is_empty()) {
            (Some(input), _) => Network::with_input(input.clone(), builder.first, builder.layers)?,
            (None, true) if first.kind == Kind::Dense => Network::new(builder.layers)?,
            _ => return wrong("input is missing: the shape of a sample, such as [1, 28, 28]"),
        };
        let optical = self.layers.iter().filter(|l| l.kind.has_weights()).map(|l| l.optical).collect();
        Ok((network, optical))
    }
}

/// Layers so far.
struct Builder {
    npz: Option<Npz>,
    /// Shape of the numbers after them, where it is known.
    shape: Option<Vec<usize>>,
    first: Vec<Step>,
    layers: Vec<Layer>,
}

impl Builder {
    fn add(&mut self, k: usize, t: &LayerTable) -> Result<(), Unreadable> {
        let array = match &t.weights {
            Some(Numbers::Name(name)) => Some(name.clone()),
            _ => None,
        };
        let name = t.name.clone().or(array).unwrap_or_else(|| (k + 1).to_string());
        if t.kind.has_weights() {
            let layer = self.product(&name, t)?;
            self.shape = Some(match &layer.patches {
                Some(p) => {
                    let [rows, columns] = p.window.places(&name, p.image)?;
                    vec![layer.dense.outputs, rows, columns]
                }
                None => vec![layer.dense.outputs],
            });
            self.layers.push(layer);
        } else {
            if t.weights.is_some() || t.bias.is_some() {
                return wrong(format!("layer {name}: weights and bias belong to the kinds dense and convolution"));
            }
            let step = self.step(&name, t)?;
            self.shape = self.shape.take().map(|shape| step.shape(&name, &shape)).transpose()?;
            self.then(step);
        }
        if t.activation != Activation::None && t.kind != Kind::Activation {
            self.then(Step::Activation(t.activation));
        }
        Ok(())
    }

    fn then(&mut self, step: Step) {
        match self.layers.last_mut() {
            Some(layer) => layer.then.push(step),
            None => self.first.push(step),
        }
    }

    /// Shape and numbers.
    fn numbers(&mut self, layer: &str, numbers: &Numbers) -> Result<(Vec<usize>, Vec<f64>), Unreadable> {
        match numbers {
            Numbers::List(v) => Ok((vec![v.len()], v.clone())),
            Numbers::Rows(rows) => {
                let columns = rows.first().map_or(0, Vec::len);
                if let Some(k) = rows.iter().position(|r| r.len() != columns) {
                    let found = rows[k].len();
                    return wrong(format!(
                        "layer {layer}: row {k} has {found} numbers, expected {columns} as in the first"
                    ));
                }
                Ok((vec![rows.len(), columns], rows.concat()))
            }
            Numbers::Name(name) => match &mut self.npz {
                Some(npz) => Ok(npz.array(name)?),
                None => wrong(format!(
                    "layer {layer}: `{name}` is an array of an npz archive; name it in weights = \"..\" of [network]"
                )),
            },
        }
    }

    fn vector(&mut self, layer: &str, what: &str, numbers: &Numbers) -> Result<Vec<f64>, Unreadable> {
        match self.numbers(layer, numbers)? {
            (shape, values) if shape.len() == 1 => Ok(values),
            (shape, _) => wrong(format!("layer {layer}: {what} has the shape {shape:?}, expected a vector")),
        }
    }

    fn product(&mut self, name: &str, t: &LayerTable) -> Result<Layer, Unreadable> {
        let Some(numbers) = &t.weights else { return wrong(format!("layer {name} has no weights")) };
        let (shape, weights) = self.numbers(name, numbers)?;
        let (outputs, inputs, patches) = match (t.kind, shape.as_slice()) {
            (Kind::Dense, &[m, n]) => (m, n, None),
            (Kind::Convolution, &[m, channels, rows, columns]) => {
                (m, channels * rows * columns, Some(self.patches(name, t, channels, [rows, columns])?))
            }
            (Kind::Convolution, &[m, n]) if t.kernel.is_some() => {
                let kernel = t.kernel.unwrap_or([1, 1]);
                (m, n, Some(self.patches(name, t, n / (kernel[0] * kernel[1]).max(1), kernel)?))
            }
            (Kind::Convolution, _) => {
                return wrong(format!(
                    "layer {name}: weights have the shape {shape:?}, expected channels out x channels in x rows x columns, or outputs x (channels rows columns) with kernel = [rows, columns]"
                ));
            }
            _ => return wrong(format!("layer {name}: weights have the shape {shape:?}, expected outputs x inputs")),
        };
        let bias = match &t.bias {
            Some(numbers) => self.vector(name, "bias", numbers)?,
            None => vec![0.0; outputs],
        };
        let dense = Dense { name: name.to_owned(), outputs, inputs, weights, bias };
        Ok(Layer { dense, patches, then: Vec::new() })
    }

    fn patches(&self, name: &str, t: &LayerTable, channels: usize, kernel: [usize; 2]) -> Result<Patches, Unreadable> {
        let Some(&[found, rows, columns]) = self.shape.as_deref() else {
            return wrong(format!(
                "layer {name}: a convolution needs an image of channels x rows x columns; give input = [channels, rows, columns], or reshape"
            ));
        };
        if found != channels {
            return wrong(format!("layer {name}: weights for {channels} channels, but the image has {found}"));
        }
        let window = window(t, kernel, [1, 1]);
        Ok(Patches { channels, image: [rows, columns], window })
    }

    fn step(&mut self, name: &str, t: &LayerTable) -> Result<Step, Unreadable> {
        let kernel =
            || t.kernel.ok_or_else(|| Unreadable::Table(format!("layer {name}: kernel = [rows, columns] is missing")));
        Ok(match t.kind {
            Kind::Activation => Step::Activation(t.activation),
            Kind::Softmax => Step::Softmax,
            Kind::MaxPool => Step::MaxPool(window(t, kernel()?, kernel()?)),
            Kind::AveragePool => Step::AveragePool { window: window(t, kernel()?, kernel()?), count_padding: false },
            Kind::BatchNorm => self.batch_norm(name, t)?,
            Kind::Reshape => match &t.shape {
                Some(shape) => Step::Reshape(shape.clone()),
                None => return wrong(format!("layer {name}: shape = [..] is missing")),
            },
            Kind::Flatten | Kind::Dense | Kind::Convolution => match &self.shape {
                Some(shape) => Step::Reshape(vec![shape.iter().product()]),
                None => return wrong(format!("layer {name}: flatten needs input = [..], the shape of a sample")),
            },
        })
    }

    fn batch_norm(&mut self, name: &str, t: &LayerTable) -> Result<Step, Unreadable> {
        let mut all = Vec::new();
        for (what, numbers) in [("mean", &t.mean), ("variance", &t.variance), ("scale", &t.scale), ("shift", &t.shift)]
        {
            all.push(numbers.as_ref().map(|n| self.vector(name, what, n)).transpose()?);
        }
        let channels = all.iter().flatten().map(Vec::len).next().unwrap_or(0);
        if channels == 0 || all.iter().flatten().any(|v| v.len() != channels) {
            return wrong(format!(
                "layer {name}: mean, variance, scale and shift of a batch norm need one number a channel"
            ));
        }
        let at = |k: usize, c: usize, missing: f64| all[k].as_ref().map_or(missing, |v| v[c]);
        let slope = |c: usize| at(2, c, 1.0) / (at(1, c, 1.0 - t.epsilon) + t.epsilon).sqrt();
        let scale: Vec<f64> = (0..channels).map(slope).collect();
        let shift = (0..channels).map(|c| at(3, c, 0.0) - at(0, c, 0.0) * scale[c]).collect();
        Ok(Step::Scale { scale, shift })
    }
}

fn window(t: &LayerTable, kernel: [usize; 2], stride: [usize; 2]) -> Window {
    Window {
        kernel,
        stride: t.stride.unwrap_or(stride),
        padding: t.padding.unwrap_or([0; 4]),
        dilation: t.dilation.unwrap_or([1; 2]),
    }
}
