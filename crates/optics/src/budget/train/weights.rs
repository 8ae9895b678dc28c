//! The weights of a layer in training.

use super::{Optimiser, TrainError};
use crate::{Activation, Layer, Step};

/// Numbers of a layer that are trained, with what the optimiser keeps of their gradients.
pub(super) struct Trained {
    pub(super) values: Vec<f64>,
    pub(super) gradient: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Trained {
    pub(super) fn new(values: Vec<f64>) -> Self {
        let zeros = vec![0.0; values.len()];
        Self { values, gradient: zeros.clone(), first: zeros.clone(), second: zeros }
    }

    /// One step down the gradient, which is set to 0; `step` counts from 1.
    pub(super) fn advance(&mut self, optimiser: Optimiser, rate: f64, step: i32) {
        let (one, two) = (1.0 - 0.9_f64.powi(step), 1.0 - 0.999_f64.powi(step));
        for k in 0..self.values.len() {
            let g = std::mem::take(&mut self.gradient[k]);
            if optimiser == Optimiser::Sgd {
                self.values[k] -= rate * g;
                continue;
            }
            self.first[k] += 0.1 * (g - self.first[k]);
            self.second[k] += 0.001 * (g * g - self.second[k]);
            self.values[k] -= rate * (self.first[k] / one) / ((self.second[k] / two).sqrt() + 1e-8);
        }
    }
}

/// A layer that is trained.
pub(super) struct Weights {
    layer: Layer,
    pub(super) activation: Activation,
    pub(super) weights: Trained,
    pub(super) bias: Trained,
}

impl Weights {
    /// The layer with the first `deciding` of its steps: a softmax at the end belongs to the loss.
    pub(super) fn new(layer: &Layer, deciding: usize) -> Result<Self, TrainError> {
        let wrong = |what| Err(TrainError::Layer { layer: layer.dense.name.clone(), what });
        if layer.patches.is_some() {
            return wrong("a convolution");
        }
        let activation = match &layer.then[..deciding] {
            [] => Activation::None,
            [Step::Activation(a)] => *a,
            _ => return wrong("what follows it"),
        };
        if !matches!(activation, Activation::None | Activation::Relu | Activation::Tanh | Activation::Sigmoid) {
            return wrong("its activation");
        }
        let (weights, bias) = (Trained::new(layer.dense.weights.clone()), Trained::new(layer.dense.bias.clone()));
        Ok(Self { layer: layer.clone(), activation, weights, bias })
    }

    /// The layer with the weights as they are.
    pub(super) fn now(&self) -> Layer {
        let mut layer = self.layer.clone();
        layer.dense.weights.clone_from(&self.weights.values);
        layer.dense.bias.clone_from(&self.bias.values);
        layer
    }

    /// From gradients of the outputs `y` after the activation to those before it.
    pub(super) fn before_activation(&self, y: &[f64], d: &mut [f64]) {
        for (d, y) in d.iter_mut().zip(y) {
            *d *= match self.activation {
                Activation::Relu => f64::from(u8::from(*y > 0.0)),
                Activation::Tanh => 1.0 - y * y,
                Activation::Sigmoid => y * (1.0 - y),
                _ => 1.0,
            };
        }
    }

    /// Adds gradients of weights and bias from those before the activation, `d`, for one sample; returns those of the inputs.
    pub(super) fn back(&mut self, x: &[f64], d: &[f64]) -> Vec<f64> {
        let n = x.len();
        let mut dx = vec![0.0; n];
        for (i, d) in d.iter().enumerate().filter(|(_, d)| **d != 0.0) {
            self.bias.gradient[i] += d;
            let row = i * n..(i + 1) * n;
            for (g, x) in self.weights.gradient[row.clone()].iter_mut().zip(x) {
                *g += d * x;
            }
            for (dx, w) in dx.iter_mut().zip(&self.weights.values[row]) {
                *dx += d * w;
            }
        }
        dx
    }
}
