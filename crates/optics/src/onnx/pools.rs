//! Operators that pool pixels.

use super::call::Call;
use super::chain::Chain;
use super::error::OnnxFault;
use super::shapes::normalised;
use super::window::{kernel, sees_pixels, window};
use crate::network::{Step, Window};

/// The largest number or the mean of a window.
pub(super) fn pool(chain: &mut Chain, call: &Call<'_>, largest: bool) -> Result<(), OnnxFault> {
    call.only("ceil_mode", 0, 0, "0: windows that are not cut off at the edge; pad the image instead")?;
    let count_padding = match call.integer("count_include_pad", 0)? {
        0 => false,
        1 => true,
        other => return Err(call.attribute_fault("count_include_pad", other.to_string(), "0 or 1")),
    };
    let [channels, rows, columns] = chain.image(call)?;
    let (window, places) = window(call, kernel(call, None)?, channels, [rows, columns])?;
    if !sees_pixels(&window, [rows, columns], places) {
        let value = format!("{:?}", window.padding);
        return Err(call.attribute_fault("pads", value, "padding with which the window always sees a pixel"));
    }
    let step = if largest { Step::MaxPool(window) } else { Step::AveragePool { window, count_padding } };
    chain.step(call, step, vec![channels, places[0], places[1]])
}

/// The largest number or the mean of each channel.
pub(super) fn global(chain: &mut Chain, call: &Call<'_>, largest: bool) -> Result<(), OnnxFault> {
    let [channels, rows, columns] = chain.image(call)?;
    let window = Window::tiles([rows, columns]);
    let step = if largest { Step::MaxPool(window) } else { Step::AveragePool { window, count_padding: false } };
    chain.step(call, step, vec![channels, 1, 1])
}

/// The mean over rows and columns.
pub(super) fn mean(chain: &mut Chain, call: &Call<'_>) -> Result<(), OnnxFault> {
    let [channels, ..] = chain.image(call)?;
    let axes = call.axes()?.unwrap_or_default();
    let mut over: Vec<Option<usize>> = axes.iter().map(|a| normalised(*a, 4)).collect();
    over.sort_unstable();
    if over != [Some(2), Some(3)] {
        let expected = "[2, 3], the rows and columns of an image";
        return Err(call.attribute_fault("axes", format!("{axes:?}"), expected));
    }
    let keep = call.integer("keepdims", 1)?;
    global(chain, call, false)?;
    if keep == 0 {
        chain.reshape(vec![channels]);
    }
    Ok(())
}
