//! What is done digitally between products.

use super::NetworkError;
use super::window::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A function of every number.
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
    /// y^2: the intensity of a field.
    Square,
    /// 1 - exp(-y^2): the chance that a detector clicks for a field of y, in square roots of photons.
    ClickCoherent,
    /// 1 - exp(-y), 0 for y < 0: the chance that a detector clicks for y photons.
    ClickIncoherent,
}

impl Activation {
    /// As written in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Relu => "relu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Square => "square",
            Self::ClickCoherent => "click-coherent",
            Self::ClickIncoherent => "click-incoherent",
        }
    }

    /// Applied to every number.
    pub fn apply(self, y: &mut [f64]) {
        match self {
            Self::None => {}
            Self::Relu => y.iter_mut().for_each(|v| *v = v.max(0.0)),
            Self::Tanh => y.iter_mut().for_each(|v| *v = v.tanh()),
            Self::Sigmoid => y.iter_mut().for_each(|v| *v = 1.0 / (1.0 + (-*v).exp())),
            Self::Square => y.iter_mut().for_each(|v| *v *= *v),
            Self::ClickCoherent => y.iter_mut().for_each(|v| *v = -(-*v * *v).exp_m1()),
            Self::ClickIncoherent => y.iter_mut().for_each(|v| *v = -(-v.max(0.0)).exp_m1()),
        }
    }
}

/// A digital step. Numbers are in row-major order of their shape: (channels, rows, columns) for images.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// A function of every number.
    Activation(Activation),
    /// e^y over the sum of e^y.
    Softmax,
    /// The largest number of a window; padding does not count.
    MaxPool(Window),
    /// The mean over a window.
    AveragePool {
        /// The window.
        window: Window,
        /// Whether padding counts as numbers that are 0.
        count_padding: bool,
    },
    /// scale_c y + shift_c for every channel c, or every number of a vector: normalisation over a batch, once it is trained.
    Scale {
        /// Factor of each channel.
        scale: Vec<f64>,
        /// What is added to each channel.
        shift: Vec<f64>,
    },
    /// The same numbers in another shape.
    Reshape(Vec<usize>),
}

/// Largest number of values that may stand between two layers.
const LARGEST: usize = 1 << 30;

/// Numbers of a shape; `None` if there are too many, or none.
pub(super) fn size(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |a, n| a.checked_mul(*n)).filter(|n| (1..=LARGEST).contains(n))
}

/// Channels, rows and columns of an image.
fn image(layer: &str, shape: &[usize], what: &'static str) -> Result<[usize; 3], NetworkError> {
    <[usize; 3]>::try_from(shape).map_err(|_| NetworkError::Image { layer: layer.into(), what, shape: shape.to_vec() })
}

impl Step {
    /// The shape after this step, which stands after layer `layer`.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] if numbers of `shape` cannot go through.
    pub fn shape(&self, layer: &str, shape: &[usize]) -> Result<Vec<usize>, NetworkError> {
        match self {
            Self::Activation(_) | Self::Softmax => Ok(shape.to_vec()),
            Self::MaxPool(window) | Self::AveragePool { window, .. } => {
                let [channels, rows, columns] = image(layer, shape, "a pool")?;
                let image = [rows, columns];
                let [rows, columns] = window.places(layer, image)?;
                let reach = |k: usize| window.kernel[k].saturating_sub(1).saturating_mul(window.dilation[k]) + 1;
                let sees_none = |k: usize| window.padding[k].max(window.padding[k + 2]) >= reach(k);
                let shape = vec![channels, rows, columns];
                if sees_none(0) || sees_none(1) || size(&shape).is_none() {
                    return Err(NetworkError::Window { layer: layer.into(), window: *window, image });
                }
                Ok(shape)
            }
            Self::Scale { scale, shift } => {
                let channels = shape[0];
                if scale.len() == channels && shift.len() == channels {
                    return Ok(shape.to_vec());
                }
                let found = if scale.len() == channels { shift.len() } else { scale.len() };
                Err(NetworkError::Channels { layer: layer.into(), found, channels })
            }
            Self::Reshape(to) if size(to) == size(shape) => Ok(to.clone()),
            Self::Reshape(to) => {
                Err(NetworkError::Reshape { layer: layer.into(), from: shape.to_vec(), to: to.clone() })
            }
        }
    }

    /// The step for samples of `shape` one after the other; `y` is replaced.
    pub(crate) fn run(&self, shape: &[usize], y: &mut Vec<f64>) {
        match self {
            Self::Activation(activation) => activation.apply(y),
            Self::Softmax => y.chunks_exact_mut(shape.iter().product()).for_each(softmax),
            Self::Scale { scale, shift } => {
                let each: usize = shape[1..].iter().product();
                for (k, channel) in y.chunks_exact_mut(each).enumerate() {
                    let c = k % scale.len();
                    channel.iter_mut().for_each(|v| *v = scale[c] * *v + shift[c]);
                }
            }
            Self::Reshape(_) => {}
            Self::MaxPool(window) => {
                pool(*window, shape, y, |seen| seen.iter().flatten().fold(f64::NEG_INFINITY, |a, v| a.max(*v)))
            }
            Self::AveragePool { window, count_padding } => pool(*window, shape, y, |seen| {
                let sum: f64 = seen.iter().flatten().sum();
                let n = if *count_padding { seen.len() } else { seen.iter().flatten().count() };
                sum / n.max(1) as f64
            }),
        }
    }
}

/// e^y over its sum, of one sample, the largest number taken out first.
fn softmax(y: &mut [f64]) {
    let top = y.iter().fold(f64::NEG_INFINITY, |a, v| a.max(*v));
    y.iter_mut().for_each(|v| *v = (*v - top).exp());
    let sum: f64 = y.iter().sum();
    y.iter_mut().for_each(|v| *v /= sum);
}

/// Replaces images by what `of` makes of the numbers under every place of the window.
pub(crate) fn pool<T: Copy>(window: Window, shape: &[usize], y: &mut Vec<T>, of: impl Fn(&[Option<T>]) -> T) {
    let (rows, columns) = (shape[1], shape[2]);
    // Checked when the network was made.
    let Ok(places) = window.places("", [rows, columns]) else { return };
    let mut out = Vec::with_capacity(y.len() / (rows * columns) * places[0] * places[1]);
    let mut seen = Vec::with_capacity(window.kernel[0] * window.kernel[1]);
    for channel in y.chunks_exact(rows * columns) {
        for row in 0..places[0] {
            for column in 0..places[1] {
                seen.clear();
                for r in window.seen(0, row, rows) {
                    seen.extend(
                        window.seen(1, column, columns).map(|c| r.zip(c).map(|(r, c)| channel[r * columns + c])),
                    );
                }
                out.push(of(&seen));
            }
        }
    }
    *y = out;
}
