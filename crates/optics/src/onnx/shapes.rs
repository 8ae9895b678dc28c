//! Operators that change the shape only, or nothing.

use super::call::Call;
use super::chain::Chain;
use super::error::OnnxFault;
use super::messages::element;

/// An axis of `rank` dimensions counted from 0; negative ones count from the end.
pub(super) fn normalised(axis: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let axis = if axis < 0 { axis.checked_add(rank)? } else { axis };
    usize::try_from(axis).ok().filter(|_| axis < rank)
}

/// All numbers of a sample side by side.
pub(super) fn flatten(chain: &mut Chain, call: &Call<'_>) -> Result<(), OnnxFault> {
    let axis = call.integer("axis", 1)?;
    if normalised(axis, chain.shape.len() + 1) != Some(1) && !(axis == 1 && chain.shape.is_empty()) {
        return Err(call.attribute_fault("axis", axis.to_string(), "1: each sample by itself"));
    }
    chain.reshape(vec![chain.size()]);
    Ok(())
}

/// Another shape of the same numbers, the batch first.
pub(super) fn reshape(chain: &mut Chain, call: &Call<'_>) -> Result<(), OnnxFault> {
    let constant = call.required(1, "shape")?;
    let keep_zeros = call.integer("allowzero", 0)? != 0;
    let wanted = constant.integers();
    match wanted.as_deref().and_then(|w| sample_shape(chain, w, keep_zeros)) {
        Some(shape) => {
            chain.reshape(shape);
            Ok(())
        }
        None => {
            let batch = chain.batch.map_or_else(|| "-1, 0 or 1".to_owned(), |n| format!("-1, 0 or {n}"));
            let expected = format!(
                "{batch} for the batch, then a shape of the {} numbers of a sample of the shape {:?}",
                chain.size(),
                chain.shape
            );
            Err(call.constant_fault(1, format!("the numbers {:?}", constant.values), expected))
        }
    }
}

/// The shape of a sample after a reshape to `wanted`: 0 keeps a dimension, one -1 stands for what is left. `None` if numbers of a sample would leave it.
fn sample_shape(chain: &Chain, wanted: &[i64], keep_zeros: bool) -> Option<Vec<usize>> {
    let (first, rest) = wanted.split_first()?;
    let is_batch = match *first {
        -1 => true,
        0 => !keep_zeros,
        n => n == chain.batch.unwrap_or(1),
    };
    if !is_batch || rest.iter().filter(|n| **n == -1).count() > usize::from(*first != -1) {
        return None;
    }
    let mut known = 1_usize;
    let mut shape = Vec::new();
    for (k, n) in rest.iter().enumerate() {
        let n = match *n {
            -1 => 0,
            0 if !keep_zeros => chain.shape.get(k).copied()?,
            n => usize::try_from(n).ok().filter(|n| *n > 0)?,
        };
        if n > 0 {
            known = known.checked_mul(n)?;
        }
        shape.push(n);
    }
    let size = chain.size();
    let left = size / known;
    shape.iter_mut().filter(|n| **n == 0).for_each(|n| *n = left);
    let product = shape.iter().try_fold(1_usize, |a, n| a.checked_mul(*n));
    (product == Some(size)).then_some(shape)
}

/// Without dimensions of 1: those of the axes, or all of a sample.
pub(super) fn squeeze(chain: &mut Chain, call: &Call<'_>) -> Result<(), OnnxFault> {
    let rank = chain.shape.len() + 1;
    let axes = call.axes()?;
    let Some(axes) = axes else {
        let shape = chain.shape.iter().copied().filter(|n| *n != 1).collect();
        chain.reshape(shape);
        return Ok(());
    };
    let chosen = chosen(call, &axes, rank)?;
    let dims = chain.shape.iter().zip(chosen.iter().skip(1));
    if dims.clone().any(|(n, out)| *out && *n != 1) {
        let expected = format!("dimensions of 1 at the axes {axes:?}");
        return Err(call.shape_fault(&chain.shape, expected));
    }
    let shape = dims.filter(|(_, out)| !**out).map(|(n, _)| *n).collect();
    chain.reshape(shape);
    Ok(())
}

/// With dimensions of 1 at the axes of the result.
pub(super) fn unsqueeze(chain: &mut Chain, call: &Call<'_>) -> Result<(), OnnxFault> {
    let axes = call.axes()?.unwrap_or_default();
    let rank = chain.shape.len() + 1 + axes.len();
    let chosen = chosen(call, &axes, rank)?;
    let mut before = chain.shape.iter().copied();
    let shape = chosen.iter().skip(1).map(|new| if *new { 1 } else { before.next().unwrap_or(1) }).collect();
    chain.reshape(shape);
    Ok(())
}

/// Most dimensions: more are no model.
const MOST_DIMENSIONS: usize = 64;

/// Which of `rank` dimensions the axes name; each once, and never the batch.
fn chosen(call: &Call<'_>, axes: &[i64], rank: usize) -> Result<Vec<bool>, OnnxFault> {
    let fault = || call.attribute_fault("axes", format!("{axes:?}"), "each dimension once, and not that of the batch");
    if rank > MOST_DIMENSIONS {
        return Err(fault());
    }
    let mut chosen = vec![false; rank];
    for axis in axes {
        let at = normalised(*axis, rank).filter(|a| *a > 0).ok_or_else(fault)?;
        match chosen.get_mut(at) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err(fault()),
        }
    }
    Ok(chosen)
}

/// Nothing, of a node that is there for training.
pub(super) fn dropout(call: &Call<'_>) -> Result<(), OnnxFault> {
    match call.constant(2)?.and_then(|c| c.only()) {
        Some(mode) if mode != 0.0 => {
            Err(call.attribute_fault("training_mode", "1".into(), "0: export in the mode of inference, model.eval()"))
        }
        _ => Ok(()),
    }
}

/// Nothing, for numbers are floats of 8 bytes here.
pub(super) fn cast(call: &Call<'_>) -> Result<(), OnnxFault> {
    match call.integer("to", 0)? {
        to if element::is_float(to) => Ok(()),
        to => Err(call.attribute_fault("to", to.to_string(), "a float: FLOAT (1), FLOAT16 (10) or DOUBLE (11)")),
    }
}
