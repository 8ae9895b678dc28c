//! Windows that slide over the rows and columns of an image: those of convolutions and of pools.

use super::NetworkError;

/// A window of `kernel` pixels, `dilation` apart, moved by `stride`, over an image with `padding` pixels around it (top, left, bottom, right). Pairs are (rows, columns).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Pixels of the window.
    pub kernel: [usize; 2],
    /// Pixels that it moves by.
    pub stride: [usize; 2],
    /// Pixels around the image: top, left, bottom, right.
    pub padding: [usize; 4],
    /// Distance of neighbours in the window.
    pub dilation: [usize; 2],
}

impl Window {
    /// A window that touches every pixel once.
    pub fn tiles(kernel: [usize; 2]) -> Self {
        Self { kernel, stride: kernel, padding: [0; 4], dilation: [1; 2] }
    }

    /// Rows and columns of places of the window on an image, (size + padding - dilation (kernel - 1) - 1)/stride + 1 rounded down.
    ///
    /// # Errors
    ///
    /// [`NetworkError::Window`] if the window is larger than the image, or has a size or stride of 0.
    pub fn places(&self, layer: &str, image: [usize; 2]) -> Result<[usize; 2], NetworkError> {
        let one = |k: usize| {
            let padded = image[k].checked_add(self.padding[k])?.checked_add(self.padding[k + 2])?;
            let reach = self.kernel[k].checked_sub(1)?.checked_mul(self.dilation[k])?.checked_add(1)?;
            Some(padded.checked_sub(reach)?.checked_div(self.stride[k])? + 1)
        };
        match (one(0), one(1)) {
            (Some(rows), Some(columns)) => Ok([rows, columns]),
            _ => Err(NetworkError::Window { layer: layer.into(), window: *self, image }),
        }
    }

    /// The rows (`axis` 0) or columns (1) that the window sees at `place`, `None` for padding, in the order of the kernel.
    pub(super) fn seen(self, axis: usize, place: usize, size: usize) -> impl Iterator<Item = Option<usize>> {
        let from = place * self.stride[axis];
        (0..self.kernel[axis]).map(move |k| {
            let at = (from + k * self.dilation[axis]).checked_sub(self.padding[axis])?;
            (at < size).then_some(at)
        })
    }
}

/// The patches of a convolution: each is one vector of channels x kernel numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patches {
    /// Channels of the image.
    pub channels: usize,
    /// Its rows and columns.
    pub image: [usize; 2],
    /// The window.
    pub window: Window,
}

impl Patches {
    /// Numbers of a patch.
    pub fn len(&self) -> usize {
        self.channels * self.window.kernel[0] * self.window.kernel[1]
    }

    /// True for patches without numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers of the image.
    pub fn pixels(&self) -> usize {
        self.channels * self.image[0] * self.image[1]
    }

    /// Writes the patches of an image one after the other, row by row of places; padding is 0. `x` has [`Patches::pixels`] numbers.
    pub fn gather(&self, places: [usize; 2], x: &[f64], out: &mut [f64]) {
        let [rows, columns] = self.image;
        let mut next = out.iter_mut();
        for row in 0..places[0] {
            for column in 0..places[1] {
                for channel in x.chunks_exact(rows * columns) {
                    for r in self.window.seen(0, row, rows) {
                        for c in self.window.seen(1, column, columns) {
                            let value = r.zip(c).map_or(0.0, |(r, c)| channel[r * columns + c]);
                            if let Some(out) = next.next() {
                                *out = value;
                            }
                        }
                    }
                }
            }
        }
    }
}
