//! Why layers do not make a network.

use super::Window;

/// Why layers do not make a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// No layer.
    #[error("the network has no layer with weights")]
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
    /// Weights that do not fit the size of their layer.
    #[error("layer {layer} of {outputs} outputs and {inputs} inputs has {found} weights")]
    Weights {
        /// Layer.
        layer: String,
        /// Outputs.
        outputs: usize,
        /// Inputs.
        inputs: usize,
        /// Number of weights.
        found: usize,
    },
    /// A number that is none.
    #[error("layer {layer} has a {what} that is not finite ({value}, at index {index})")]
    NotFinite {
        /// Layer.
        layer: String,
        /// Weight, bias, scale or shift.
        what: &'static str,
        /// The value.
        value: f64,
        /// Where.
        index: usize,
    },
    /// A window that does not fit.
    #[error(
        "layer {layer}: a window of {:?} pixels (stride {:?}, dilation {:?}, padding {:?}) does not fit an image of {image:?}",
        window.kernel, window.stride, window.dilation, window.padding
    )]
    Window {
        /// Layer.
        layer: String,
        /// The window.
        window: Window,
        /// Rows and columns.
        image: [usize; 2],
    },
    /// Numbers that are no image where one is needed.
    #[error(
        "layer {layer}: {what} needs an image of channels x rows x columns, found the shape {shape:?}; reshape it first"
    )]
    Image {
        /// Layer.
        layer: String,
        /// A pool or a convolution.
        what: &'static str,
        /// The shape.
        shape: Vec<usize>,
    },
    /// A scale that does not fit.
    #[error("layer {layer}: a scale for {found} channels, found {channels}")]
    Channels {
        /// Layer.
        layer: String,
        /// Channels of the scale.
        found: usize,
        /// Channels there are.
        channels: usize,
    },
    /// A shape of another size.
    #[error("layer {layer}: the shape {from:?} cannot become {to:?}")]
    Reshape {
        /// Layer.
        layer: String,
        /// Shape found.
        from: Vec<usize>,
        /// Shape asked for.
        to: Vec<usize>,
    },
    /// More layers or numbers than can be told apart.
    #[error("{what} = {found}, expected at most {most}")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many there may be.
        most: usize,
    },
}
