//! Widths, wrapping and shortening of text in the embedded fonts.

use ttf_parser::Face;

use super::error::ChartError;

/// Subset of DejaVu Sans 2.37 without hinting.
const REGULAR: &[u8] = include_bytes!("fonts/DejaVuSans.subset.ttf");
/// Subset of DejaVu Sans Bold 2.37 without hinting.
const BOLD: &[u8] = include_bytes!("fonts/DejaVuSans-Bold.subset.ttf");

/// Weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// Embedded font of a weight.
pub(super) fn face(weight: Weight) -> Result<Face<'static>, ChartError> {
    let bytes = if weight == Weight::Bold { BOLD } else { REGULAR };
    Face::parse(bytes, 0).map_err(|e| ChartError::Font(e.to_string()))
}

/// Advance width of `c` in units of the font size. A character that the font lacks is drawn as glyph 0, a box.
pub(super) fn advance(face: &Face<'_>, c: char) -> f64 {
    let glyph = face.glyph_index(c).unwrap_or_default();
    f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) / f64::from(face.units_per_em())
}

/// Ruler for one face at one size.
pub(super) struct Ruler {
    face: Face<'static>,
    size: f64,
}

impl Ruler {
    /// Ruler for text of `size` pixels.
    pub(super) fn new(weight: Weight, size: f64) -> Result<Self, ChartError> {
        Ok(Self { face: face(weight)?, size })
    }

    /// Sum of the advance widths in pixels; kerning, below 1 % of a line, is left out.
    pub(super) fn width(&self, text: &str) -> f64 {
        text.chars().map(|c| advance(&self.face, c)).sum::<f64>() * self.size
    }

    /// `text` itself if it is no wider than `limit`, else its longest beginning that fits with an ellipsis.
    pub(super) fn shorten(&self, text: &str, limit: f64) -> String {
        if self.width(text) <= limit {
            return text.to_owned();
        }
        let room = limit - self.width("\u{2026}");
        let mut width = 0.0;
        let fits = |c: &char| {
            width += advance(&self.face, *c) * self.size;
            width <= room
        };
        let kept: String = text.chars().take_while(fits).collect();
        kept.trim_end().to_owned() + "\u{2026}"
    }

    /// Breaks `text` at spaces into at most `lines` lines no wider than `limit`; the last one is shortened.
    pub(super) fn wrap(&self, text: &str, limit: f64, lines: usize) -> Vec<String> {
        let mut wrapped: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            let room = wrapped.len() >= lines;
            match wrapped.last_mut() {
                Some(line) if room || self.width(line) + self.width(" ") + self.width(word) <= limit => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => wrapped.push(word.to_owned()),
            }
        }
        wrapped.iter().map(|line| self.shorten(line, limit)).collect()
    }
}
