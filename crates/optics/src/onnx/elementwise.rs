//! Operators that keep the shape: sums and products with constants, normalisation, activations.

use super::call::Call;
use super::chain::Chain;
use super::constant::Constant;
use super::error::OnnxFault;
use crate::network::{Activation, Step};

/// The numbers of a constant for every channel of samples of `shape`; `None` if it has others within a channel, or does not fit.
pub(super) fn per_channel(constant: &Constant, shape: &[usize]) -> Option<Vec<f64>> {
    let channels = shape.first().copied().unwrap_or(1);
    if constant.shape.len() > shape.len() + 1 {
        return None;
    }
    if let Some(value) = constant.only() {
        return Some(vec![value; channels]);
    }
    let rest = unit_free(&constant.shape);
    let (first, others) = rest.split_first()?;
    let fits = rest.len() == shape.len() && *first == channels && others.iter().all(|n| *n == 1);
    fits.then(|| constant.values.clone())
}

/// A shape without the dimensions of 1 that it begins with.
fn unit_free(shape: &[usize]) -> &[usize] {
    let units = shape.iter().take_while(|n| **n == 1).count();
    shape.get(units..).unwrap_or_default()
}

/// Which arithmetic with a constant c.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    /// y + c.
    Add,
    /// y - c, or c - y where the constant is first.
    Sub,
    /// c y.
    Mul,
    /// y/c.
    Div,
}

/// Arithmetic with a constant: the bias of the product before it where nothing stands between, else a scale.
pub(super) fn arithmetic(chain: &mut Chain, call: &Call<'_>, which: Arithmetic) -> Result<(), OnnxFault> {
    let at = 1 - call.data.min(1);
    let constant = call.required(at, "constant")?;
    let reversed = call.data == 1;
    if reversed && which == Arithmetic::Div {
        let expected = "the constant below the line: a sample over it";
        return Err(call.constant_fault(at, "its place above the line".into(), expected));
    }
    chain.spend(call, constant.values.len().max(chain.channels()).checked_mul(2))?;
    if let Some(values) = per_channel(&constant, &chain.shape) {
        match (chain.bias(), which, reversed) {
            (Some(bias), Arithmetic::Add, _) => bias.iter_mut().zip(&values).for_each(|(b, v)| *b += v),
            (Some(bias), Arithmetic::Sub, false) => bias.iter_mut().zip(&values).for_each(|(b, v)| *b -= v),
            _ => scale(chain, values, which, reversed),
        }
        return Ok(());
    }
    let fits = constant.shape.len() <= chain.shape.len() + 1 && unit_free(&constant.shape) == unit_free(&chain.shape);
    if !fits {
        let expected = format!(
            "one number, one for each of the {} channels, or the shape of a sample, {:?}",
            chain.channels(),
            chain.shape
        );
        return Err(call.constant_fault(at, format!("the shape {:?}", constant.shape), expected));
    }
    // A number for every pixel: a vector for the moment.
    let shape = chain.shape.clone();
    chain.reshape(vec![chain.size()]);
    scale(chain, constant.values, which, reversed);
    chain.reshape(shape);
    Ok(())
}

fn scale(chain: &mut Chain, values: Vec<f64>, which: Arithmetic, reversed: bool) {
    let n = values.len();
    match which {
        Arithmetic::Add => chain.scale(vec![1.0; n], values),
        Arithmetic::Sub if reversed => chain.scale(vec![-1.0; n], values),
        Arithmetic::Sub => chain.scale(vec![1.0; n], values.into_iter().map(|v| -v).collect()),
        Arithmetic::Mul => chain.scale(values, vec![0.0; n]),
        Arithmetic::Div => chain.scale(values.into_iter().map(|v| 1.0 / v).collect(), vec![0.0; n]),
    }
}

/// gamma (y - mean)/sqrt(variance + epsilon) + beta for every channel, with the mean and variance of training.
pub(super) fn batch_normalization(chain: &mut Chain, call: &Call<'_>) -> Result<(), OnnxFault> {
    call.only("training_mode", 0, 0, "0: export in the mode of inference, model.eval()")?;
    call.only("spatial", 1, 1, "1: one mean and variance for each channel")?;
    let epsilon = call.number("epsilon", 1e-5)?;
    let channels = chain.channels();
    chain.spend(call, channels.checked_mul(2))?;
    let read = |index, what| {
        let constant = call.required(index, what)?;
        if constant.shape != [channels] {
            return Err(call.constant_fault(index, format!("the shape {:?}", constant.shape), format!("[{channels}]")));
        }
        Ok(constant.values)
    };
    let (gamma, beta) = (read(1, "scale")?, read(2, "bias")?);
    let (mean, variance) = (read(3, "mean")?, read(4, "variance")?);
    if let Some(v) = variance.iter().find(|v| **v + epsilon <= 0.0) {
        return Err(call.constant_fault(4, format!("the number {v}"), format!("variances above -{epsilon:e}")));
    }
    let factors: Vec<f64> = gamma.iter().zip(&variance).map(|(g, v)| g / (v + epsilon).sqrt()).collect();
    let shift = beta.iter().zip(&mean).zip(&factors).map(|((b, m), f)| b - m * f).collect();
    chain.scale(factors, shift);
    Ok(())
}

/// A function of every number.
pub(super) fn activation(chain: &mut Chain, call: &Call<'_>, activation: Activation) -> Result<(), OnnxFault> {
    chain.step(call, Step::Activation(activation), chain.shape.clone())
}

/// Softmax over all numbers of a sample. Its logarithm is left out and must be last.
pub(super) fn softmax(chain: &mut Chain, call: &Call<'_>, logarithm: bool) -> Result<(), OnnxFault> {
    let rank = chain.shape.len() + 1;
    // Up to version 12 all dimensions from the axis on count as one.
    let together = call.opset() < 13;
    let axis = call.integer("axis", if together { 1 } else { -1 })?;
    let from = super::shapes::normalised(axis, rank).and_then(|a| a.checked_sub(1));
    let covered: Option<usize> = from.and_then(|a| {
        let rest = chain.shape.get(a..)?;
        if together { Some(rest.iter().product()) } else { rest.first().copied() }
    });
    if covered != Some(chain.size()) {
        return Err(call.attribute_fault("axis", axis.to_string(), "that of all numbers of a sample, 1 of a vector"));
    }
    if logarithm {
        chain.ended = true;
        return Ok(());
    }
    chain.step(call, Step::Softmax, chain.shape.clone())
}
