//! Dots with horizontal intervals and a line at zero, or at marks.

use super::Intervals;
use super::axis::{Range, usable};
use super::canvas::{Canvas, Pen};
use super::error::ChartError;
use super::frame::{Frame, Rect, draw_remark, widest};
use super::marks;
use super::palette::{GRID, INK, Palette};

/// Radius of the dots and half the length of the caps, in pixels.
const DOT: f64 = 4.0;
const CAP: f64 = 4.5;

/// Draws `chart` into `cell`.
pub(super) fn draw(canvas: &mut Canvas, chart: &Intervals, palette: &Palette, cell: Rect) -> Result<(), ChartError> {
    let values = chart.rows.iter().flat_map(|(_, centre, low, high)| [*centre, *low, *high]);
    // Zero, or the marks, lie on the axis.
    let zero = chart.marks.is_empty().then_some(0.0);
    let axis = Range::of(values.chain(zero).chain(chart.marks.iter().map(|(_, v)| *v)))
        .unwrap_or(Range { low: -1.0, high: 1.0 })
        .padded(0.06);
    let label_width = widest(chart.rows.iter().map(|(name, ..)| name.as_str()))?;
    let mut frame = Frame::new(canvas, cell, (&chart.title, None), label_width, axis)?;
    let marks = marks::place(&frame, &chart.marks)?;
    frame.lower_top(marks::height(&marks));
    frame.draw_x_axis(canvas, &chart.x_label)?;
    frame.draw_left_edge(canvas);
    let (plot, zero) = (frame.plot, frame.x_at(0.0));

    let row = plot.height / chart.rows.len().max(1) as f64;
    for (k, (name, ..)) in chart.rows.iter().enumerate() {
        let y = plot.top + (k as f64 + 0.5) * row;
        canvas.line((plot.left, y), (plot.right(), y), Pen::solid(GRID, 1.0));
        frame.draw_row_name(canvas, y, row, name)?;
    }
    if chart.marks.is_empty() {
        let pen = Pen { colour: INK, width: 1.2, dashed: true };
        canvas.path("zero", vec![vec![(zero, plot.top), (zero, plot.bottom())]], pen);
    }
    marks::draw(canvas, &frame, &marks);
    for (k, (name, centre, low, high)) in chart.rows.iter().enumerate() {
        let (y, colour) = (plot.top + (k as f64 + 0.5) * row, palette.colour(name));
        canvas.open_group("row", Some(name));
        if usable(*low) && usable(*high) {
            let (a, b) = (frame.x_at(*low), frame.x_at(*high));
            let cap = CAP.min(0.4 * row);
            let ends = [a, b].map(|x| vec![(x, y - cap), (x, y + cap)]);
            canvas.path("interval", vec![vec![(a, y), (b, y)]], Pen::solid(colour, 2.0));
            canvas.path("cap", ends.to_vec(), Pen::solid(colour, 1.6));
        }
        if usable(*centre) {
            canvas.disc((frame.x_at(*centre), y), DOT.min(0.4 * row), colour);
        } else if !(usable(*low) && usable(*high)) {
            // In the wider half of the plot, beside the zero line and above the grid line.
            let edge = if zero > plot.middle().0 { plot.left } else { plot.right() };
            draw_remark(canvas, ((zero + edge) / 2.0, y - 8.0), "no value");
        }
        canvas.close_group();
    }
    if chart.rows.is_empty() {
        draw_remark(canvas, (plot.left + 0.25 * plot.width, plot.middle().1), "no data");
    }
    Ok(())
}
