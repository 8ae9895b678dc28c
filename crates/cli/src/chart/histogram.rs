//! Rows of distributions over a common axis.

use super::axis::{Range, round_up, usable};
use super::canvas::{Canvas, Pen};
use super::error::ChartError;
use super::frame::{Frame, Rect, draw_remark, widest};
use super::palette::{GRID, INK, Palette};
use super::{Histogram, marks};

/// Most bins; beyond it a bin is thinner than a pixel.
const MAX_BINS: usize = 500;
/// Part of the row height that the largest possible bar fills.
const FILL: f64 = 0.9;

/// Draws `chart` into `cell`.
pub(super) fn draw(canvas: &mut Canvas, chart: &Histogram, palette: &Palette, cell: Rect) -> Result<(), ChartError> {
    let samples = Range::of(chart.groups.iter().flat_map(|(_, samples)| samples.iter().copied()));
    let values = chart.marks.iter().map(|(_, v)| *v);
    let ends = samples.iter().map(|r| r.padded(0.0)).flat_map(|r| [r.low, r.high]);
    let axis = Range::of(ends.chain(values)).unwrap_or(Range { low: 0.0, high: 1.0 }).padded(0.02);

    let label_width = widest(chart.groups.iter().map(|(name, _)| name.as_str()))?;
    let mut frame = Frame::new(canvas, cell, (&chart.title, None), label_width, axis)?;
    let marks = marks::place(&frame, &chart.marks)?;
    frame.lower_top(marks::height(&marks));
    frame.draw_x_axis(canvas, &chart.x_label)?;

    let bins = chart.bins.clamp(1, MAX_BINS);
    let range = samples.unwrap_or(axis).padded(0.0);
    let shares: Vec<Option<Vec<f64>>> = chart.groups.iter().map(|(_, samples)| count(samples, range, bins)).collect();
    let tallest = shares.iter().flatten().flatten().fold(0.0, |a: f64, share| a.max(*share));
    let scale = if tallest > 0.0 { round_up(tallest) } else { 1.0 };
    frame.draw_y_label(canvas, &format!("share of samples, rows 0 to {scale}"))?;

    let row = frame.plot.height / chart.groups.len().max(1) as f64;
    let edge = |k: usize| frame.x_at(range.low + (range.high - range.low) * (k as f64 / bins as f64));
    for (k, ((name, _), shares)) in chart.groups.iter().zip(&shares).enumerate() {
        let bottom = frame.plot.top + (k as f64 + 1.0) * row;
        let middle = bottom - row / 2.0;
        canvas.line((frame.plot.left, bottom), (frame.plot.right(), bottom), Pen::solid(GRID, 1.0));
        frame.draw_row_name(canvas, middle, row, name)?;
        canvas.open_group("group", Some(name));
        if let Some(shares) = shares {
            let mut outline = vec![(edge(0), bottom)];
            for (bin, share) in shares.iter().enumerate() {
                let y = bottom - FILL * row * share / scale;
                outline.extend([(edge(bin), y), (edge(bin + 1), y)]);
            }
            outline.push((edge(bins), bottom));
            let colour = palette.colour(name);
            canvas.area("bars", vec![outline.clone()], colour, 0.3);
            canvas.path("outline", vec![outline], Pen::solid(colour, 1.2));
        } else {
            draw_remark(canvas, (frame.plot.middle().0, middle), "no data");
        }
        canvas.close_group();
    }
    if chart.groups.is_empty() {
        draw_remark(canvas, frame.plot.middle(), "no data");
    }
    let bottom = frame.plot.bottom();
    canvas.line((frame.plot.left, bottom), (frame.plot.right(), bottom), Pen::solid(INK, 1.0));
    frame.draw_left_edge(canvas);

    marks::draw(canvas, &frame, &marks);
    Ok(())
}

/// Share of the usable samples in each bin; `None` without samples.
fn count(samples: &[f64], range: Range, bins: usize) -> Option<Vec<f64>> {
    let mut counts = vec![0_u32; bins];
    let mut total = 0_u32;
    for v in samples.iter().filter(|v| usable(**v)) {
        // The upper end belongs to the last bin; the conversion saturates below at 0.
        let bin = ((range.position(*v) * bins as f64) as usize).min(bins - 1);
        counts[bin] += 1;
        total += 1;
    }
    (total > 0).then(|| counts.iter().map(|n| f64::from(*n) / f64::from(total)).collect())
}

#[cfg(test)]
mod tests {
    use super::{Range, count};

    #[test]
    fn shares_sum_to_one_and_both_ends_are_counted() {
        let range = Range { low: -1.0, high: 1.0 };
        let shares = count(&[-1.0, -0.6, 0.1, f64::NAN, 1.0], range, 4).unwrap();
        assert_eq!(shares, [0.5, 0.0, 0.25, 0.25]);
        assert_eq!(count(&[f64::NAN], range, 4), None);
    }
}
