//! Operators with weights: Gemm, MatMul, Conv.

use super::call::Call;
use super::chain::Chain;
use super::constant::Constant;
use super::elementwise::per_channel;
use super::error::OnnxFault;
use super::window::{kernel, window};
use crate::network::{Dense, Patches};

/// alpha x B' + beta C, with B or its transpose.
pub(super) fn gemm(chain: &mut Chain, call: &Call<'_>) -> Result<(), OnnxFault> {
    call.only("transA", 0, 0, "0: samples are the rows of the first factor")?;
    let transposed = match call.integer("transB", 0)? {
        0 => false,
        1 => true,
        other => return Err(call.attribute_fault("transB", other.to_string(), "0 or 1")),
    };
    let (alpha, beta) = (call.number("alpha", 1.0)?, call.number("beta", 1.0)?);
    let (mut dense, outputs) = matrix(chain, call, transposed)?;
    dense.weights.iter_mut().for_each(|w| *w *= alpha);
    if let Some(bias) = call.constant(2)? {
        dense.bias = per_channel(&bias, &[outputs]).ok_or_else(|| {
            call.constant_fault(2, format!("the shape {:?}", bias.shape), format!("a bias of {outputs} numbers or one"))
        })?;
        dense.bias.iter_mut().for_each(|b| *b *= beta);
    }
    chain.product(call, dense, None, vec![outputs])
}

/// x B.
pub(super) fn matmul(chain: &mut Chain, call: &Call<'_>) -> Result<(), OnnxFault> {
    if call.data != 0 {
        let expected = "the constant factor on the right: samples times weights";
        return Err(call.constant_fault(0, "its place on the left".into(), expected));
    }
    let (dense, outputs) = matrix(chain, call, false)?;
    chain.product(call, dense, None, vec![outputs])
}

/// The layer of the weights at input 1, which are inputs x outputs, or `transposed` outputs x inputs; no bias.
fn matrix(chain: &mut Chain, call: &Call<'_>, transposed: bool) -> Result<(Dense, usize), OnnxFault> {
    let Constant { shape, values } = call.required(1, "weights")?;
    let (inputs, outputs) = match shape[..] {
        [outputs, inputs] if transposed => (inputs, outputs),
        [inputs, outputs] => (inputs, outputs),
        _ => return Err(call.constant_fault(1, format!("the shape {shape:?}"), "a matrix")),
    };
    if values.is_empty() {
        return Err(call.constant_fault(1, format!("the shape {shape:?}"), "a matrix with numbers"));
    }
    if chain.shape != [inputs] {
        let expected = format!("vectors of {inputs} numbers, for weights of the shape {shape:?}");
        return Err(call.shape_fault(&chain.shape, expected));
    }
    chain.spend(call, values.len().checked_add(outputs))?;
    let weights = if transposed {
        values
    } else {
        (0..outputs).flat_map(|o| values.iter().skip(o).step_by(outputs).copied()).collect()
    };
    Ok((Dense { name: call.layer_name(1), outputs, inputs, weights, bias: vec![0.0; outputs] }, outputs))
}

/// A convolution over rows and columns.
pub(super) fn conv(chain: &mut Chain, call: &Call<'_>) -> Result<(), OnnxFault> {
    call.only("group", 1, 1, "1: every output channel sees all channels of the image")?;
    let [channels, rows, columns] = chain.image(call)?;
    let Constant { shape, values: weights } = call.required(1, "weights")?;
    let (outputs, size) = match shape[..] {
        [outputs, inputs, r, c] if inputs == channels && !weights.is_empty() => (outputs, [r, c]),
        _ => {
            let expected = format!("outputs x {channels} channels x rows x columns");
            return Err(call.constant_fault(1, format!("the shape {shape:?}"), expected));
        }
    };
    let (window, places) = window(call, kernel(call, Some(size))?, channels, [rows, columns])?;
    chain.spend(call, weights.len().checked_add(outputs))?;
    let bias = call.constant(2)?.unwrap_or_else(|| Constant::list(vec![0.0; outputs]));
    if bias.shape != [outputs] {
        return Err(call.constant_fault(2, format!("the shape {:?}", bias.shape), format!("[{outputs}]")));
    }
    let inputs = channels * size[0] * size[1];
    let dense = Dense { name: call.layer_name(1), outputs, inputs, weights, bias: bias.values };
    let patches = Patches { channels, image: [rows, columns], window };
    chain.product(call, dense, Some(patches), vec![outputs, places[0], places[1]])
}
