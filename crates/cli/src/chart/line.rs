//! Curves with bands.

use super::axis::{Range, Ticks, usable};
use super::canvas::{Canvas, Pen};
use super::error::ChartError;
use super::frame::{Frame, Rect, draw_remark, widest};
use super::palette::{INK, Palette};
use super::{LineChart, Series};

/// Width of curves in pixels.
pub(super) const LINE_WIDTH: f64 = 1.8;
/// Opacity of bands: six of them stay readable where they overlap.
pub(super) const BAND_OPACITY: f64 = 0.18;
/// Radius of a point without neighbours.
const POINT: f64 = 2.6;

/// Points of the plot in pixels, joined within a run.
type Runs = Vec<Vec<(f64, f64)>>;

/// Draws `chart` into `cell`.
pub(super) fn draw(canvas: &mut Canvas, chart: &LineChart, palette: &Palette, cell: Rect) -> Result<(), ChartError> {
    let x = Range::of(chart.series.iter().flat_map(|s| points(s).map(|(_, x, _)| x)));
    let y = Range::of(
        chart
            .series
            .iter()
            .flat_map(|s| points(s).flat_map(|(i, _, y)| [y, y - half_width(s, i), y + half_width(s, i)]))
            .chain(chart.zero_line.then_some(0.0)),
    );
    let unit = Range { low: 0.0, high: 1.0 };
    let (x_range, y_range) = (x.map_or(unit, |r| r.padded(0.0)), y.map_or(unit, |r| r.padded(0.04)));

    // About one tick in 45 px of a usual plot height.
    let ticks = Ticks::new(y_range, ((cell.height - 90.0) / 45.0) as usize);
    let label_width = widest(ticks.labels.iter().map(String::as_str))?;
    let frame = Frame::new(canvas, cell, (&chart.title, chart.note.as_deref()), label_width, x_range)?;
    let y_at = |v: f64| frame.plot.bottom() - y_range.position(v) * frame.plot.height;
    frame.draw_x_axis(canvas, &chart.x_label)?;
    frame.draw_y_axis(canvas, &ticks, y_at);
    frame.draw_y_label(canvas, &chart.y_label)?;
    if chart.zero_line {
        let y = y_at(0.0);
        canvas.line((frame.plot.left, y), (frame.plot.right(), y), Pen::solid(INK, 1.0));
    }
    if x.is_none() {
        draw_remark(canvas, frame.plot.middle(), "no data");
    }

    // All bands lie below all curves.
    for series in chart.series.iter().filter(|s| s.half_width.is_some()) {
        let at = |sign: f64| {
            runs(series, |i, x, y| {
                let half = half_width(series, i);
                half.is_finite().then(|| (frame.x_at(x), y_at(y + sign * half)))
            })
        };
        let mut bands: Runs = at(1.0);
        for (band, lower) in bands.iter_mut().zip(at(-1.0)) {
            band.extend(lower.into_iter().rev());
        }
        canvas.area("band", bands, palette.colour(&series.name), BAND_OPACITY);
    }
    for series in &chart.series {
        let colour = palette.colour(&series.name);
        let curve = runs(series, |_, x, y| Some((frame.x_at(x), y_at(y))));
        canvas.open_group("series", Some(&series.name));
        let (points, lines): (Runs, Runs) = curve.into_iter().partition(|run| run.len() == 1);
        canvas.path("line", lines, Pen { colour, width: LINE_WIDTH, dashed: series.dashed });
        points.into_iter().flatten().for_each(|point| canvas.disc(point, POINT, colour));
        canvas.close_group();
    }
    Ok(())
}

/// Index and coordinates of the points that can be drawn.
fn points(series: &Series) -> impl Iterator<Item = (usize, f64, f64)> {
    let pairs = series.x.iter().zip(&series.y).enumerate().map(|(i, (x, y))| (i, *x, *y));
    pairs.filter(|(_, x, y)| usable(*x) && usable(*y))
}

/// Half width of the band at the point `i`; NaN where there is none.
fn half_width(series: &Series, i: usize) -> f64 {
    let half = series.half_width.as_ref().and_then(|h| h.get(i)).copied().unwrap_or(f64::NAN).abs();
    let y = series.y.get(i).copied().unwrap_or(f64::NAN);
    if usable(y - half) && usable(y + half) { half } else { f64::NAN }
}

/// Pixels of consecutive points, broken at points that cannot be drawn and where `pixel` gives `None`.
fn runs(series: &Series, pixel: impl Fn(usize, f64, f64) -> Option<(f64, f64)>) -> Runs {
    let mut runs: Runs = Vec::new();
    let mut previous = None;
    for (i, x, y) in points(series) {
        if let Some(point) = pixel(i, x, y) {
            match runs.last_mut() {
                Some(run) if previous == Some(i) => run.push(point),
                _ => runs.push(vec![point]),
            }
            previous = Some(i + 1);
        }
    }
    runs
}
