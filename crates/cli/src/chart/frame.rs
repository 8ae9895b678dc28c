//! Heading, axes and grid of one panel.

use super::axis::{Range, Ticks};
use super::canvas::{Anchor, Canvas, Pen, Type};
use super::error::ChartError;
use super::palette::{GREY, GRID, INK};
use super::text::{Ruler, Weight};

/// Rectangle in pixels from the upper left corner of the figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Rect {
    pub(super) fn right(self) -> f64 {
        self.left + self.width
    }

    pub(super) fn middle(self) -> (f64, f64) {
        (self.left + self.width / 2.0, self.top + self.height / 2.0)
    }

    pub(super) fn bottom(self) -> f64 {
        self.top + self.height
    }
}

/// Text of tick labels and rows, of axis labels, of remarks, and of titles.
pub(super) const TICK: Type = Type { size: 11.0, weight: Weight::Regular, colour: INK };
pub(super) const LABEL: Type = Type { size: 12.0, weight: Weight::Regular, colour: INK };
pub(super) const NOTE: Type = Type { size: 11.0, weight: Weight::Regular, colour: GREY };
const TITLE: Type = Type { size: 13.0, weight: Weight::Bold, colour: INK };

/// Distance from the middle of a line of text to its baseline, in units of the font size.
pub(super) const DROP: f64 = 0.36;
/// Height of a line of small text.
pub(super) const LEADING: f64 = 14.0;
/// Strip for tick labels and label of the x axis, and strip for the label of the y axis.
const X_STRIP: f64 = 44.0;
const Y_STRIP: f64 = 20.0;
/// Length of tick marks; distance from them to their labels.
const MARK: f64 = 4.0;
const SPACE: f64 = 4.0;
/// Room for the last tick label to the right of the plot.
const RIGHT: f64 = 14.0;

/// The plot area of a panel and its x axis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    cell: Rect,
    pub(super) plot: Rect,
    x: Range,
}

impl Frame {
    /// Draws title and note at the top of `cell` and leaves `label_width` for the tick or row labels at the left.
    pub(super) fn new(
        canvas: &mut Canvas,
        cell: Rect,
        (title, note): (&str, Option<&str>),
        label_width: f64,
        x: Range,
    ) -> Result<Self, ChartError> {
        let title = Ruler::new(TITLE.weight, TITLE.size)?.shorten(title.trim(), cell.width);
        canvas.text(cell.left, cell.top + TITLE.size, Anchor::Start, TITLE, &title);
        let mut top = cell.top + 18.0;
        for line in Ruler::new(NOTE.weight, NOTE.size)?.wrap(note.unwrap_or_default(), cell.width, 2) {
            canvas.text(cell.left, top + NOTE.size, Anchor::Start, NOTE, &line);
            top += LEADING;
        }
        let left = cell.left + Y_STRIP + label_width.min(0.4 * cell.width) + SPACE + MARK;
        // 20 px keep the power of ten above the y axis clear of the heading.
        let top = top + 20.0;
        let plot = Rect { left, top, width: cell.right() - RIGHT - left, height: cell.bottom() - X_STRIP - top };
        Ok(Self { cell, plot, x })
    }

    /// Lowers the upper edge of the plot by `height`.
    pub(super) fn lower_top(&mut self, height: f64) {
        self.plot.top += height;
        self.plot.height -= height;
    }

    /// Right end of the panel, beyond the plot.
    pub(super) fn right_limit(&self) -> f64 {
        self.cell.right()
    }

    /// Horizontal pixel of the value `v`.
    pub(super) fn x_at(&self, v: f64) -> f64 {
        self.plot.left + self.x.position(v) * self.plot.width
    }

    /// Vertical grid, x axis with ticks, and its label.
    pub(super) fn draw_x_axis(&self, canvas: &mut Canvas, label: &str) -> Result<(), ChartError> {
        let ruler = Ruler::new(TICK.weight, TICK.size)?;
        let widest = |t: &Ticks| t.labels.iter().map(|l| ruler.width(l)).fold(0.0, f64::max);
        let spacing = |t: &Ticks| self.plot.width / t.values.len().max(1) as f64;
        let mut ticks = Ticks::new(self.x, 8);
        for target in (1..8).rev() {
            if widest(&ticks) + 18.0 <= spacing(&ticks) {
                break;
            }
            ticks = Ticks::new(self.x, target);
        }
        let plot = self.plot;
        for (v, text) in ticks.values.iter().zip(&ticks.labels) {
            let x = self.x_at(*v);
            canvas.line((x, plot.top), (x, plot.bottom()), Pen::solid(GRID, 1.0));
            canvas.line((x, plot.bottom()), (x, plot.bottom() + MARK), Pen::solid(INK, 1.0));
            let half = ruler.width(text) / 2.0;
            let x = x.min(self.cell.right() - half).max(self.cell.left + half);
            canvas.text(x, plot.bottom() + MARK + SPACE + 0.8 * TICK.size, Anchor::Middle, TICK, text);
        }
        canvas.line((plot.left, plot.bottom()), (plot.right(), plot.bottom()), Pen::solid(INK, 1.0));

        let baseline = self.cell.bottom() - 6.0;
        let power = ticks.power.unwrap_or_default();
        let room = plot.width - 2.0 * ruler.width(&power);
        let label = Ruler::new(LABEL.weight, LABEL.size)?.shorten(label.trim(), room);
        canvas.text(plot.left + plot.width / 2.0, baseline, Anchor::Middle, LABEL, &label);
        if !power.is_empty() {
            canvas.text(plot.right(), baseline, Anchor::End, TICK, &power);
        }
        Ok(())
    }

    /// Horizontal grid and y axis with `ticks`.
    pub(super) fn draw_y_axis(&self, canvas: &mut Canvas, ticks: &Ticks, y_at: impl Fn(f64) -> f64) {
        let plot = self.plot;
        for (v, text) in ticks.values.iter().zip(&ticks.labels) {
            let y = y_at(*v);
            canvas.line((plot.left, y), (plot.right(), y), Pen::solid(GRID, 1.0));
            canvas.line((plot.left - MARK, y), (plot.left, y), Pen::solid(INK, 1.0));
            canvas.text(plot.left - MARK - SPACE, y + DROP * TICK.size, Anchor::End, TICK, text);
        }
        if let Some(power) = &ticks.power {
            canvas.text(plot.left - MARK, plot.top - 6.0, Anchor::Start, TICK, power);
        }
        self.draw_left_edge(canvas);
    }

    /// Name of a row, shortened, at the height `y`.
    pub(super) fn draw_row_name(
        &self,
        canvas: &mut Canvas,
        y: f64,
        row_height: f64,
        name: &str,
    ) -> Result<(), ChartError> {
        let look = Type { size: TICK.size.min(row_height.max(4.0)), ..TICK };
        let x = self.plot.left - MARK - SPACE;
        let name = Ruler::new(look.weight, look.size)?.shorten(name.trim(), x - self.cell.left - Y_STRIP + SPACE);
        canvas.text(x, y + DROP * look.size, Anchor::End, look, &name);
        Ok(())
    }

    /// Label of the y axis, reading upwards.
    pub(super) fn draw_y_label(&self, canvas: &mut Canvas, label: &str) -> Result<(), ChartError> {
        let label = Ruler::new(LABEL.weight, LABEL.size)?.shorten(label.trim(), self.plot.height);
        let y = self.plot.top + self.plot.height / 2.0;
        canvas.text_upwards(self.cell.left + LABEL.size, y, LABEL, &label);
        Ok(())
    }

    /// Line at the left of the plot.
    pub(super) fn draw_left_edge(&self, canvas: &mut Canvas) {
        let plot = self.plot;
        canvas.line((plot.left, plot.top), (plot.left, plot.bottom()), Pen::solid(INK, 1.0));
    }
}

/// Width of the widest of the texts as tick labels.
pub(super) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<f64, ChartError> {
    let ruler = Ruler::new(TICK.weight, TICK.size)?;
    Ok(texts.into_iter().map(|text| ruler.width(text.trim())).fold(0.0, f64::max))
}

/// Grey remark centred at (x, y).
pub(super) fn draw_remark(canvas: &mut Canvas, (x, y): (f64, f64), remark: &str) {
    canvas.text(x, y + DROP * NOTE.size, Anchor::Middle, NOTE, remark);
}
