//! Windows of convolutions and pools.

use super::MOST_BETWEEN;
use super::call::Call;
use super::error::OnnxFault;
use crate::network::Window;

/// Two numbers of an attribute, 1 and 1 if it is left out.
fn pair(call: &Call<'_>, name: &'static str) -> Result<[usize; 2], OnnxFault> {
    let Some(found) = call.integers(name)? else { return Ok([1; 2]) };
    positive(found).ok_or_else(|| call.attribute_fault(name, format!("{found:?}"), "two numbers of 1 or more"))
}

fn positive(found: &[i64]) -> Option<[usize; 2]> {
    let &[rows, columns] = found else { return None };
    let one = |n: i64| usize::try_from(n).ok().filter(|n| *n > 0);
    Some([one(rows)?, one(columns)?])
}

/// The kernel that the attribute names, or that of weights.
pub(super) fn kernel(call: &Call<'_>, weights: Option<[usize; 2]>) -> Result<[usize; 2], OnnxFault> {
    let fault = |value: String, expected| call.attribute_fault("kernel_shape", value, expected);
    match (call.integers("kernel_shape")?, weights) {
        (None, Some(weights)) => Ok(weights),
        (None, None) => Err(fault("nothing".into(), "the rows and columns of the window")),
        (Some(found), Some(weights)) if positive(found) != Some(weights) => {
            Err(fault(format!("{found:?}"), "the last two dimensions of the weights"))
        }
        (Some(found), _) => {
            positive(found).ok_or_else(|| fault(format!("{found:?}"), "rows and columns of a window over an image"))
        }
    }
}

/// The window of a node over images of `channels` and rows x columns, and its places.
pub(super) fn window(
    call: &Call<'_>,
    kernel: [usize; 2],
    channels: usize,
    image: [usize; 2],
) -> Result<(Window, [usize; 2]), OnnxFault> {
    let [stride, dilation] = [pair(call, "strides")?, pair(call, "dilations")?];
    let mut window = Window { kernel, stride, padding: [0; 4], dilation };
    let auto = call.word("auto_pad", "NOTSET")?;
    window.padding = match auto.as_str() {
        "NOTSET" | "" => explicit(call)?,
        "VALID" => [0; 4],
        "SAME_UPPER" => same(&window, image, false),
        "SAME_LOWER" => same(&window, image, true),
        _ => return Err(call.attribute_fault("auto_pad", auto, "NOTSET, VALID, SAME_UPPER or SAME_LOWER")),
    };
    let places = window.places(&call.label(), image)?;
    let seen = [kernel[0], kernel[1], places[0], places[1]];
    let seen = seen.iter().try_fold(channels, |a, n| a.checked_mul(*n));
    if seen.is_none_or(|n| n > MOST_BETWEEN) {
        let what = format!("windows of {kernel:?} pixels at {places:?} places of {channels} channels");
        return Err(call.too_many(what, MOST_BETWEEN));
    }
    Ok((window, places))
}

/// Padding as the attribute has it: top, left, bottom, right.
fn explicit(call: &Call<'_>) -> Result<[usize; 4], OnnxFault> {
    let Some(found) = call.integers("pads")? else { return Ok([0; 4]) };
    let pads: Option<Vec<usize>> = found.iter().map(|n| usize::try_from(*n).ok()).collect();
    let pads = pads.and_then(|p| <[usize; 4]>::try_from(p).ok());
    pads.ok_or_else(|| call.attribute_fault("pads", format!("{found:?}"), "four numbers of 0 or more"))
}

/// Padding with which there are as many places as pixels over the stride, rounded up. An odd pixel goes to the bottom and right, or with `lower` to the top and left.
fn same(window: &Window, image: [usize; 2], lower: bool) -> [usize; 4] {
    let mut padding = [0; 4];
    for axis in 0..2 {
        let places = image[axis].div_ceil(window.stride[axis]);
        // Too large a window is refused by Window::places.
        let reach = (window.kernel[axis] - 1).saturating_mul(window.dilation[axis]).saturating_add(1);
        let covered = places.saturating_sub(1).saturating_mul(window.stride[axis]).saturating_add(reach);
        let pixels = covered.saturating_sub(image[axis]);
        let (less, more) = (pixels / 2, pixels - pixels / 2);
        (padding[axis], padding[axis + 2]) = if lower { (more, less) } else { (less, more) };
    }
    padding
}

/// True if the window sees a pixel at every place, so that a pool over it has a value.
pub(super) fn sees_pixels(window: &Window, image: [usize; 2], places: [usize; 2]) -> bool {
    (0..2).all(|axis| {
        (0..places[axis]).all(|place| {
            let from = place * window.stride[axis];
            // The first pixel of the window that is not in the padding before the image.
            let skipped = window.padding[axis].saturating_sub(from).div_ceil(window.dilation[axis]);
            let at = from + skipped * window.dilation[axis];
            skipped < window.kernel[axis] && at - window.padding[axis] < image[axis]
        })
    })
}
