//! Title, subtitle and the legend that all panels share.

use super::Figure;
use super::canvas::{Anchor, Canvas, Pen, Type};
use super::error::ChartError;
use super::frame::{DROP, LABEL};
use super::line::{BAND_OPACITY, LINE_WIDTH};
use super::palette::{Colour, Entry, GREY, INK, Palette};
use super::text::{Ruler, Weight};

const TITLE: Type = Type { size: 17.0, weight: Weight::Bold, colour: INK };
const SUBTITLE: Type = Type { size: 12.0, weight: Weight::Regular, colour: GREY };
/// Height of a line of title, subtitle and legend.
const TITLE_LINE: f64 = 23.0;
const SUBTITLE_LINE: f64 = 17.0;
const LEGEND_LINE: f64 = 20.0;
/// Length of the sample of a line, distance to its name, distance to the next sample.
const SAMPLE: f64 = 30.0;
const SAMPLE_GAP: f64 = 7.0;
const ENTRY_GAP: f64 = 22.0;

/// The top of a figure, laid out for its width.
pub(super) struct Header {
    title: Vec<String>,
    subtitle: Vec<String>,
    legend: Vec<Sample>,
    legend_lines: usize,
}

/// One legend entry; `x` and `line` place it.
struct Sample {
    entry: Entry,
    colour: Colour,
    text: String,
    x: f64,
    line: usize,
}

impl Header {
    /// Wraps the texts and the legend of `figure` to `width` pixels.
    pub(super) fn new(figure: &Figure, palette: &Palette, width: f64) -> Result<Self, ChartError> {
        let title = Ruler::new(TITLE.weight, TITLE.size)?.wrap(&figure.title, width, 3);
        let subtitle = figure.subtitle.as_deref().unwrap_or_default();
        let subtitle = Ruler::new(SUBTITLE.weight, SUBTITLE.size)?.wrap(subtitle, width, 3);
        let ruler = Ruler::new(LABEL.weight, LABEL.size)?;
        let mut legend: Vec<Sample> = Vec::new();
        let (mut x, mut line) = (0.0, 0);
        for entry in palette.curves() {
            let text = ruler.shorten(entry.name.trim(), width - SAMPLE - SAMPLE_GAP);
            let length = SAMPLE + SAMPLE_GAP + ruler.width(&text);
            if x > 0.0 && x + length > width {
                (x, line) = (0.0, line + 1);
            }
            legend.push(Sample { entry: entry.clone(), colour: palette.colour(&entry.name), text, x, line });
            x += length + ENTRY_GAP;
        }
        let legend_lines = if legend.is_empty() { 0 } else { line + 1 };
        Ok(Self { title, subtitle, legend, legend_lines })
    }

    /// Height in pixels with the distance to the first panel; 0 if there is nothing to show.
    pub(super) fn height(&self) -> f64 {
        let lines = self.text_height() + self.legend_lines as f64 * LEGEND_LINE;
        if lines > 0.0 { lines + 16.0 } else { 0.0 }
    }

    /// Draws at the upper left corner (left, top).
    pub(super) fn draw(&self, canvas: &mut Canvas, left: f64, top: f64) {
        canvas.open_group("header", None);
        let mut y = top;
        for (lines, look, height) in [(&self.title, TITLE, TITLE_LINE), (&self.subtitle, SUBTITLE, SUBTITLE_LINE)] {
            for line in lines {
                canvas.text(left, y + look.size, Anchor::Start, look, line);
                y += height;
            }
        }
        let top = top + self.text_height();
        for sample in &self.legend {
            let (x, y) = (left + sample.x, top + (sample.line as f64 + 0.5) * LEGEND_LINE);
            if sample.entry.band {
                let corners = vec![(x, y - 6.0), (x + SAMPLE, y - 6.0), (x + SAMPLE, y + 6.0), (x, y + 6.0)];
                canvas.area("sample", vec![corners], sample.colour, BAND_OPACITY);
            }
            let pen = Pen { colour: sample.colour, width: LINE_WIDTH, dashed: sample.entry.dashed };
            canvas.path("sample", vec![vec![(x, y), (x + SAMPLE, y)]], pen);
            let (x, y) = (x + SAMPLE + SAMPLE_GAP, y + DROP * LABEL.size);
            canvas.text(x, y, Anchor::Start, LABEL, &sample.text);
        }
        canvas.close_group();
    }

    fn text_height(&self) -> f64 {
        let text = self.title.len() as f64 * TITLE_LINE + self.subtitle.len() as f64 * SUBTITLE_LINE;
        if text > 0.0 { text + 4.0 } else { 0.0 }
    }
}
