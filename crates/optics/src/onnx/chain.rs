//! The network as it grows node by node.

use super::call::Call;
use super::error::OnnxFault;
use super::{MOST_BETWEEN, MOST_LAYERS, MOST_WEIGHTS};
use crate::network::{Dense, Layer, Network, NetworkError, Patches, Step};
use std::collections::HashSet;

/// Layers so far, and the shape of a sample after them.
#[derive(Debug)]
pub(super) struct Chain {
    input: Vec<usize>,
    /// Size of the batch, if the file fixes it.
    pub(super) batch: Option<i64>,
    /// Shape of a sample without the batch; empty for a single number without a dimension.
    pub(super) shape: Vec<usize>,
    first: Vec<Step>,
    layers: Vec<Layer>,
    names: HashSet<String>,
    /// Numbers of weights, biases and scales so far.
    numbers: usize,
    /// Whether a LogSoftmax was left out.
    pub(super) ended: bool,
}

/// The shape as a network has it: a single number is a vector of 1.
fn physical(shape: &[usize]) -> Vec<usize> {
    if shape.is_empty() { vec![1] } else { shape.to_vec() }
}

impl Chain {
    /// No layers yet, for samples of `shape`.
    pub(super) fn new(shape: Vec<usize>, batch: Option<i64>) -> Self {
        Self {
            input: shape.clone(),
            batch,
            shape,
            first: Vec::new(),
            layers: Vec::new(),
            names: HashSet::new(),
            numbers: 0,
            ended: false,
        }
    }

    /// Numbers of a sample.
    pub(super) fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Channels of a sample: its first dimension.
    pub(super) fn channels(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// Channels, rows and columns.
    pub(super) fn image(&self, call: &Call<'_>) -> Result<[usize; 3], OnnxFault> {
        let expected = "an image: channels x rows x columns";
        <[usize; 3]>::try_from(self.shape.as_slice()).map_err(|_| call.shape_fault(&self.shape, expected))
    }

    fn steps(&mut self) -> &mut Vec<Step> {
        self.layers.last_mut().map_or(&mut self.first, |l| &mut l.then)
    }

    /// Counts numbers that the network keeps, before they are allocated.
    pub(super) fn spend(&mut self, call: &Call<'_>, numbers: Option<usize>) -> Result<(), OnnxFault> {
        let sum = numbers.and_then(|n| self.numbers.checked_add(n)).filter(|n| *n <= MOST_WEIGHTS);
        let Some(sum) = sum else {
            return Err(call.too_many("more weights than are read".into(), MOST_WEIGHTS));
        };
        self.numbers = sum;
        Ok(())
    }

    /// Another shape after a step or product.
    fn goto(&mut self, call: &Call<'_>, shape: Vec<usize>) -> Result<(), OnnxFault> {
        let size = shape.iter().try_fold(1_usize, |a, n| a.checked_mul(*n));
        if size.is_none_or(|n| n > MOST_BETWEEN) {
            return Err(call.too_many(format!("samples of the shape {shape:?}"), MOST_BETWEEN));
        }
        self.shape = shape;
        Ok(())
    }

    /// A product. A reshape right before a product of all numbers is left out, since that takes them in any shape.
    pub(super) fn product(
        &mut self,
        call: &Call<'_>,
        dense: Dense,
        patches: Option<Patches>,
        shape: Vec<usize>,
    ) -> Result<(), OnnxFault> {
        if patches.is_none() && matches!(self.steps().last(), Some(Step::Reshape(_))) {
            self.steps().pop();
        }
        self.goto(call, shape)?;
        if self.layers.len() == MOST_LAYERS {
            return Err(call.too_many("more layers than are read".into(), MOST_LAYERS));
        }
        let mut dense = dense;
        let mut count = 2;
        while self.names.contains(&dense.name) {
            dense.name = format!("{}-{count}", call.layer_name(1));
            count += 1;
        }
        self.names.insert(dense.name.clone());
        self.layers.push(Layer { dense, patches, then: Vec::new() });
        Ok(())
    }

    /// A step after which samples have `shape`.
    pub(super) fn step(&mut self, call: &Call<'_>, step: Step, shape: Vec<usize>) -> Result<(), OnnxFault> {
        self.goto(call, shape)?;
        self.steps().push(step);
        Ok(())
    }

    /// The same numbers in another shape.
    pub(super) fn reshape(&mut self, shape: Vec<usize>) {
        let (before, after) = (physical(&self.shape), physical(&shape));
        self.shape = shape;
        if before == after {
            return;
        }
        match self.steps().last_mut() {
            Some(Step::Reshape(last)) => *last = after,
            _ => self.steps().push(Step::Reshape(after)),
        }
    }

    /// scale y + shift, channel by channel; one with the scale before, if there is one.
    pub(super) fn scale(&mut self, scale: Vec<f64>, shift: Vec<f64>) {
        match self.steps().last_mut() {
            Some(Step::Scale { scale: a, shift: b }) if a.len() == scale.len() && b.len() == shift.len() => {
                a.iter_mut().zip(&scale).for_each(|(a, s)| *a *= s);
                b.iter_mut().zip(&scale).zip(&shift).for_each(|((b, s), h)| *b = s * *b + h);
            }
            _ => self.steps().push(Step::Scale { scale, shift }),
        }
    }

    /// The bias of the last product, if nothing has followed it yet.
    pub(super) fn bias(&mut self) -> Option<&mut [f64]> {
        self.layers.last_mut().filter(|l| l.then.is_empty()).map(|l| l.dense.bias.as_mut_slice())
    }

    /// The network.
    pub(super) fn finish(self) -> Result<Network, NetworkError> {
        Network::with_input(self.input, self.first, self.layers)
    }
}
