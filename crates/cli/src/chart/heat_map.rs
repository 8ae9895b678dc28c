//! Matrices as coloured cells with a scale.

use std::collections::BTreeMap;

use super::HeatMap;
use super::axis::{Range, Ticks, usable};
use super::canvas::{Anchor, Canvas, Pen};
use super::error::ChartError;
use super::frame::{DROP, Frame, LABEL, Rect, TICK, draw_remark, widest};
use super::palette::{INK, MISSING, diverging};

/// Steps of colour on either side of zero: finer ones are not told apart by eye.
const STEPS: f64 = 24.0;
/// Distance from the matrix to its scale, width of the scale, room for its labels.
const GAP: f64 = 18.0;
const BAR: f64 = 14.0;
const BAR_LABELS: f64 = 52.0;
/// Length of tick marks.
const MARK: f64 = 4.0;

/// Draws `chart` into `cell`.
pub(super) fn draw(canvas: &mut Canvas, chart: &HeatMap, cell: Rect) -> Result<(), ChartError> {
    let n = chart.size;
    let last = n.saturating_sub(1).to_string();
    let axis = Range { low: -0.5, high: n.max(1) as f64 - 0.5 };
    let mut frame = Frame::new(canvas, cell, (&chart.title, chart.note.as_deref()), widest([last.as_str()])?, axis)?;
    if n == 0 {
        draw_remark(canvas, frame.plot.middle(), "no data");
        return Ok(());
    }
    // Whole pixels for each cell, or neighbours would show a seam; the power of ten above the plot is not needed.
    let room = (frame.plot.height + 14.0).min(frame.plot.width - GAP - BAR - BAR_LABELS);
    let step = (room / n as f64).floor().max(1.0);
    let (side, bottom) = (step * n as f64, frame.plot.bottom().floor());
    frame.plot = Rect { left: frame.plot.left.ceil(), top: bottom - side, width: side, height: side };
    let plot = frame.plot;

    let largest = chart.values.iter().filter(|v| usable(**v)).fold(0.0, |a: f64, v| a.max(v.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    canvas.open_group("cells", None);
    for (level, runs) in runs(chart, scale) {
        let rects = runs.into_iter().map(|(row, from, to)| {
            let (top, left, right) =
                (plot.top + row as f64 * step, plot.left + from as f64 * step, plot.left + to as f64 * step);
            vec![(left, top), (right, top), (right, top + step), (left, top + step)]
        });
        let colour = level.map_or(MISSING, |level| diverging(f64::from(level) / STEPS));
        canvas.area("cell", rects.collect(), colour, 1.0);
    }
    canvas.close_group();
    outline(canvas, plot);

    let mut ticks = Ticks::new(axis, n.min(6));
    ticks.values.iter_mut().for_each(|v| *v = v.round());
    for (v, text) in ticks.values.iter().zip(&ticks.labels) {
        let at = (v + 0.5) * step;
        let (x, y) = (plot.left + at, plot.top + at);
        canvas.line((x, plot.bottom()), (x, plot.bottom() + MARK), Pen::solid(INK, 1.0));
        canvas.text(x, plot.bottom() + 2.0 * MARK + 0.8 * TICK.size, Anchor::Middle, TICK, text);
        canvas.line((plot.left - MARK, y), (plot.left, y), Pen::solid(INK, 1.0));
        canvas.text(plot.left - 2.0 * MARK, y + DROP * TICK.size, Anchor::End, TICK, text);
    }
    canvas.text(plot.left + 0.5 * side, cell.bottom() - 6.0, Anchor::Middle, LABEL, "column");
    frame.draw_y_label(canvas, "row")?;
    draw_scale(canvas, plot, scale);
    Ok(())
}

/// Runs (row, from, to) of cells of one colour, by level; `None` for what cannot be drawn. Zero is the page.
fn runs(chart: &HeatMap, scale: f64) -> BTreeMap<Option<i32>, Vec<(usize, usize, usize)>> {
    let mut found: BTreeMap<Option<i32>, Vec<(usize, usize, usize)>> = BTreeMap::new();
    // Rounded away from zero, so that a small value is not drawn as none.
    let level = |v: f64| usable(v).then(|| (v / scale * STEPS).abs().ceil().copysign(v) as i32);
    for (row, values) in chart.values.chunks_exact(chart.size).enumerate() {
        let mut from = 0;
        while from < chart.size {
            let own = level(values[from]);
            let to = (from..chart.size).find(|&k| level(values[k]) != own).unwrap_or(chart.size);
            if own != Some(0) {
                found.entry(own).or_default().push((row, from, to));
            }
            from = to;
        }
    }
    found
}

fn outline(canvas: &mut Canvas, r: Rect) {
    let corners =
        vec![(r.left, r.top), (r.right(), r.top), (r.right(), r.bottom()), (r.left, r.bottom()), (r.left, r.top)];
    canvas.path("outline", vec![corners], Pen::solid(INK, 1.0));
}

/// The colours from -scale to scale beside `plot`.
fn draw_scale(canvas: &mut Canvas, plot: Rect, scale: f64) {
    let bar = Rect { left: plot.right() + GAP, top: plot.top, width: BAR, height: plot.height };
    let steps = STEPS as i32;
    let count = f64::from(2 * steps + 1);
    for level in -steps..=steps {
        let at = |k: f64| bar.bottom() - k * bar.height / count;
        let k = f64::from(level + steps);
        // Half a pixel of overlap hides seams.
        let (low, high) = (at(k), at(k + 1.0) - if level < steps { 0.5 } else { 0.0 });
        let corners = vec![(bar.left, high), (bar.right(), high), (bar.right(), low), (bar.left, low)];
        canvas.area("scale", vec![corners], diverging(f64::from(level) / STEPS), 1.0);
    }
    outline(canvas, bar);
    let range = Range { low: -scale, high: scale };
    let ticks = Ticks::new(range, 5);
    for (v, text) in ticks.values.iter().zip(&ticks.labels) {
        let y = bar.bottom() - range.position(*v) * bar.height;
        canvas.line((bar.right(), y), (bar.right() + MARK, y), Pen::solid(INK, 1.0));
        canvas.text(bar.right() + 2.0 * MARK, y + DROP * TICK.size, Anchor::Start, TICK, text);
    }
    if let Some(power) = &ticks.power {
        canvas.text(bar.left, bar.top - 6.0, Anchor::Start, TICK, power);
    }
}
