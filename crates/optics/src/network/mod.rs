//! Networks: layers with weights one after the other, some of them optical, and digital steps between them.

mod error;
mod step;
mod window;

pub use error::NetworkError;
pub(crate) use step::pool;
pub use step::{Activation, Step};
pub use window::{Patches, Window};

use lightfall_core::panels::Panels;
use step::size;

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

/// A layer of a network: a product, and what follows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The product. That of a convolution takes a patch (channels x kernel, in this order) to the channels that come out.
    pub dense: Dense,
    /// The patches of a convolution; none: the layer takes all numbers at once.
    pub patches: Option<Patches>,
    /// Digital steps after it.
    pub then: Vec<Step>,
}

impl Layer {
    /// A layer that takes all numbers at once, with an activation.
    pub fn dense(dense: Dense, activation: Activation) -> Self {
        let then = if activation == Activation::None { Vec::new() } else { vec![Step::Activation(activation)] };
        Self { dense, patches: None, then }
    }
}

/// Most layers: their number is part of a stream's.
const MOST_LAYERS: usize = 1 << 8;

/// What is known of the numbers at a layer.
#[derive(Clone, Debug)]
struct Place {
    /// Numbers of a sample that come in.
    inputs: usize,
    /// Rows and columns of places of the window; one without one.
    places: [usize; 2],
    /// Shape in front of each step of `then`, and after the last.
    shapes: Vec<Vec<usize>>,
}

/// A checked network.
#[derive(Clone, Debug)]
pub struct Network {
    shape: Vec<usize>,
    first: Vec<Step>,
    first_shapes: Vec<Vec<usize>>,
    layers: Vec<Layer>,
    places: Vec<Place>,
    /// W of each layer, column by column.
    columns: Vec<Panels>,
}

impl Network {
    /// The network of `layers`, for samples whose shape is that of the first layer.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] if there is none, shapes do not fit, or a number is not finite.
    pub fn new(layers: Vec<Layer>) -> Result<Self, NetworkError> {
        let shape = layers.first().map(|l| match &l.patches {
            Some(p) => vec![p.channels, p.image[0], p.image[1]],
            None => vec![l.dense.inputs],
        });
        Self::with_input(shape.ok_or(NetworkError::Empty)?, Vec::new(), layers)
    }

    /// The network that does the steps `first`, then `layers`, for samples of `shape`.
    ///
    /// # Errors
    ///
    /// As for [`Network::new`].
    pub fn with_input(shape: Vec<usize>, first: Vec<Step>, layers: Vec<Layer>) -> Result<Self, NetworkError> {
        let Some(name) = layers.first().map(|l| l.dense.name.clone()) else { return Err(NetworkError::Empty) };
        if layers.len() > MOST_LAYERS {
            return Err(NetworkError::TooMany { what: "layers", found: layers.len(), most: MOST_LAYERS });
        }
        if size(&shape).is_none() {
            return Err(NetworkError::Reshape { layer: name, from: shape.clone(), to: shape });
        }
        check_steps(&name, &first)?;
        let first_shapes = shapes(&name, &first, shape.clone())?;
        let mut before = first_shapes[first_shapes.len() - 1].clone();
        let mut before_name = "the data".to_owned();
        let mut places = Vec::new();
        for layer in &layers {
            check(layer)?;
            let place = place(layer, &before_name, &before)?;
            before.clone_from(&place.shapes[place.shapes.len() - 1]);
            before_name.clone_from(&layer.dense.name);
            places.push(place);
        }
        let of = |l: &Layer| Panels::stacked(l.dense.inputs, std::slice::from_ref(&l.dense.weights));
        Ok(Self { columns: layers.iter().map(of).collect(), shape, first, first_shapes, layers, places })
    }

    /// The layers.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Shape of a sample.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Numbers that go in.
    pub fn inputs(&self) -> usize {
        self.shape.iter().product()
    }

    /// Classes.
    pub fn outputs(&self) -> usize {
        self.places[self.places.len() - 1].outputs()
    }

    /// Vectors that layer `l` multiplies for one sample: 1, or the places of its window.
    pub fn vectors(&self, l: usize) -> usize {
        self.places[l].places.iter().product()
    }

    /// m n of each layer, times its vectors.
    pub fn macs(&self) -> Vec<u64> {
        let each = |(l, layer): (usize, &Layer)| (layer.dense.outputs * layer.dense.inputs * self.vectors(l)) as u64;
        self.layers.iter().enumerate().map(each).collect()
    }

    /// The steps after layer `l` with the shape in front of each.
    pub(crate) fn steps(&self, l: usize) -> impl Iterator<Item = (&Step, &[usize])> {
        self.layers[l].then.iter().zip(self.places[l].shapes.iter().map(Vec::as_slice))
    }

    /// How many of the steps after layer `l` matter for which output is the largest: a softmax at the end, or a change of shape, does not.
    pub(crate) fn deciding(&self, l: usize) -> usize {
        let then = &self.layers[l].then;
        if l + 1 < self.layers.len() {
            return then.len();
        }
        then.iter().rposition(|s| !matches!(s, Step::Softmax | Step::Reshape(_))).map_or(0, |k| k + 1)
    }

    /// The steps before the first layer.
    pub(crate) fn first(&self) -> &[Step] {
        &self.first
    }

    /// Does the steps before the first layer.
    pub(crate) fn begin(&self, x: &mut Vec<f64>) {
        self.first.iter().zip(&self.first_shapes).for_each(|(step, shape)| step.run(shape, x));
    }

    /// The vectors that layer `l` multiplies, of samples one after the other: `x` itself but for convolutions.
    pub(crate) fn gather<'a>(&self, l: usize, x: &'a [f64], patches: &'a mut Vec<f64>) -> &'a [f64] {
        let Some(p) = &self.layers[l].patches else { return x };
        let place = &self.places[l];
        let each = p.len() * self.vectors(l);
        patches.resize(x.len() / place.inputs * each, 0.0);
        for (x, out) in x.chunks_exact(place.inputs).zip(patches.chunks_exact_mut(each)) {
            p.gather(place.places, x, out);
        }
        patches
    }

    /// The products of layer `l` without noise, of vectors one after the other.
    pub(crate) fn product(&self, l: usize, x: &[f64], out: &mut [f64]) {
        self.columns[l].apply(x, out);
    }

    /// From the outputs of vectors to those of channels: a convolution has all places of a channel side by side.
    pub(crate) fn arrange<T: Copy>(&self, l: usize, y: &mut Vec<T>) {
        let (vectors, m) = (self.vectors(l), self.layers[l].dense.outputs);
        if vectors == 1 {
            return;
        }
        let of = |y: &[T]| (0..m).flat_map(|c| y.iter().skip(c).step_by(m).copied()).collect::<Vec<T>>();
        *y = y.chunks_exact(vectors * m).flat_map(of).collect();
    }

    /// Bias of layer `l`, on vectors of outputs one after the other.
    pub(crate) fn add_bias(&self, l: usize, y: &mut [f64]) {
        let bias = &self.layers[l].dense.bias;
        for y in y.chunks_exact_mut(bias.len()) {
            y.iter_mut().zip(bias).for_each(|(y, b)| *y += b);
        }
    }

    /// The steps after layer `l` from number `from` on; `y` is replaced.
    pub(crate) fn finish(&self, l: usize, from: usize, y: &mut Vec<f64>) {
        self.arrange(l, y);
        self.steps(l).skip(from).for_each(|(step, shape)| step.run(shape, y));
    }

    /// Layer `l` without noise, of samples one after the other.
    pub(crate) fn layer(&self, l: usize, x: &[f64]) -> Vec<f64> {
        let mut patches = Vec::new();
        let dense = &self.layers[l].dense;
        let x = self.gather(l, x, &mut patches);
        let mut y = vec![0.0; x.len() / dense.inputs * dense.outputs];
        self.product(l, x, &mut y);
        self.add_bias(l, &mut y);
        self.finish(l, 0, &mut y);
        y
    }

    /// Inputs of every layer, then the outputs, without noise.
    pub fn trace(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let mut x = x.to_vec();
        self.begin(&mut x);
        let mut all = vec![x];
        for l in 0..self.layers.len() {
            all.push(self.layer(l, &all[l]));
        }
        all
    }

    /// The class without noise: the first of the largest outputs.
    pub fn classify(&self, x: &[f64]) -> usize {
        self.trace(x).last().map_or(0, |y| largest(y))
    }
}

impl Place {
    fn outputs(&self) -> usize {
        self.shapes[self.shapes.len() - 1].iter().product()
    }
}

/// Shapes in front of every step and after the last.
fn shapes(layer: &str, steps: &[Step], from: Vec<usize>) -> Result<Vec<Vec<usize>>, NetworkError> {
    let mut all = vec![from];
    for step in steps {
        all.push(step.shape(layer, &all[all.len() - 1])?);
    }
    Ok(all)
}

fn finite(layer: &str, what: &'static str, values: &[f64]) -> Result<(), NetworkError> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(NetworkError::NotFinite { layer: layer.into(), what, value: values[index], index }),
        None => Ok(()),
    }
}

fn check_steps(layer: &str, steps: &[Step]) -> Result<(), NetworkError> {
    steps.iter().try_for_each(|step| match step {
        Step::Scale { scale, shift } => finite(layer, "scale", scale).and_then(|()| finite(layer, "shift", shift)),
        _ => Ok(()),
    })
}

fn check(layer: &Layer) -> Result<(), NetworkError> {
    let d = &layer.dense;
    if d.outputs.checked_mul(d.inputs) != Some(d.weights.len()) || d.weights.is_empty() {
        let (outputs, inputs, found) = (d.outputs, d.inputs, d.weights.len());
        return Err(NetworkError::Weights { layer: d.name.clone(), outputs, inputs, found });
    }
    if d.bias.len() != d.outputs {
        return Err(NetworkError::Bias { layer: d.name.clone(), outputs: d.outputs, found: d.bias.len() });
    }
    finite(&d.name, "weight", &d.weights)?;
    finite(&d.name, "bias", &d.bias)?;
    check_steps(&d.name, &layer.then)
}

/// Where numbers of shape `before` go in `layer`.
fn place(layer: &Layer, before_name: &str, before: &[usize]) -> Result<Place, NetworkError> {
    let (d, name) = (&layer.dense, &layer.dense.name);
    let inputs = before.iter().product();
    let mismatch = |expected: usize| NetworkError::Shapes {
        layer: name.clone(),
        inputs: expected,
        before: before_name.to_owned(),
        outputs: inputs,
    };
    let Some(p) = &layer.patches else {
        // Images go in number by number.
        if d.inputs != inputs {
            return Err(mismatch(d.inputs));
        }
        return Ok(Place { inputs, places: [1; 2], shapes: shapes(name, &layer.then, vec![d.outputs])? });
    };
    if before != [p.channels, p.image[0], p.image[1]] {
        if before.len() != 3 {
            return Err(NetworkError::Image { layer: name.clone(), what: "a convolution", shape: before.to_vec() });
        }
        return Err(mismatch(p.pixels()));
    }
    if d.inputs != p.len() {
        let (outputs, found) = (d.outputs, d.weights.len());
        return Err(NetworkError::Weights { layer: name.clone(), outputs, inputs: p.len(), found });
    }
    let places = p.window.places(name, p.image)?;
    let shape = vec![d.outputs, places[0], places[1]];
    if size(&shape).is_none() || size(&[p.len(), places[0], places[1]]).is_none() {
        return Err(NetworkError::Reshape { layer: name.clone(), from: before.to_vec(), to: shape });
    }
    Ok(Place { inputs, places, shapes: shapes(name, &layer.then, shape)? })
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

#[cfg(test)]
mod tests;
