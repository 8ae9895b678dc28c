//! Line charts, histograms, interval charts and heat maps as SVG text or PNG bytes, without system fonts.
//!
//! One list of shapes serves both: [`svg`] writes it as text, [`png`] paints it with two embedded fonts (subsets of
//! DejaVu Sans 2.37, licence in `fonts/LICENSE`). A series name has one colour in all panels of a figure. Values
//! that are NaN, infinite or larger than 1e300 in magnitude are left out: a line has a gap there.

mod axis;
mod canvas;
mod document;
mod error;
mod frame;
mod header;
mod heat_map;
mod histogram;
mod intervals;
mod line;
mod marks;
mod palette;
mod raster;
mod text;

#[cfg(test)]
mod tests;

pub use error::ChartError;

use canvas::Canvas;
use frame::Rect;
use header::Header;
use palette::Palette;

/// A named curve y(x), optionally with a band y(x) +- half_width(x).
///
/// `x`, `y` and `half_width` have one length. A band is drawn where its half width is finite.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// Name in the legend; it selects the colour.
    pub name: String,
    /// Abscissae, in the order in which the points are joined.
    pub x: Vec<f64>,
    /// Ordinates.
    pub y: Vec<f64>,
    /// Half width of the band around `y`, in the unit of `y`; the sign is ignored.
    pub half_width: Option<Vec<f64>>,
    /// Dashed instead of solid line.
    pub dashed: bool,
}

/// Curves over one pair of axes.
#[derive(Debug, Clone, Default)]
pub struct LineChart {
    /// Title above the panel.
    pub title: String,
    /// Quantity and unit along x.
    pub x_label: String,
    /// Quantity and unit along y.
    pub y_label: String,
    /// Curves, drawn in this order.
    pub series: Vec<Series>,
    /// Includes y = 0 in the range and draws a line there.
    pub zero_line: bool,
    /// Grey remark under the title.
    pub note: Option<String>,
}

/// Distributions of samples, one row for each group over a common axis.
///
/// A bar is the share of its group's finite samples in the bin. Bins and the height of a row are common to all
/// groups; the height is written along the y axis.
#[derive(Debug, Clone, Default)]
pub struct Histogram {
    /// Title above the panel.
    pub title: String,
    /// Quantity and unit of the samples.
    pub x_label: String,
    /// Name and samples of each group, from top to bottom.
    pub groups: Vec<(String, Vec<f64>)>,
    /// Number of bins between the smallest and the largest sample; 1 to 500, values outside are clamped.
    pub bins: usize,
    /// Labelled vertical reference lines; they widen the axis where needed.
    pub marks: Vec<(String, f64)>,
}

/// Centres with intervals, one row each, and a vertical line at zero unless there are marks.
#[derive(Debug, Clone, Default)]
pub struct Intervals {
    /// Title above the panel.
    pub title: String,
    /// Quantity and unit along x.
    pub x_label: String,
    /// Name, centre, lower and upper end of each row, from top to bottom.
    pub rows: Vec<(String, f64, f64, f64)>,
    /// Labelled vertical reference lines in place of the one at zero.
    pub marks: Vec<(String, f64)>,
}

/// A square matrix as coloured cells, row 0 at the top: blue below zero, white at zero, vermilion above.
///
/// Colours are linear between -c and c, c the largest usable magnitude. Values that cannot be drawn are grey.
#[derive(Debug, Clone, Default)]
pub struct HeatMap {
    /// Title above the panel.
    pub title: String,
    /// Grey remark under the title.
    pub note: Option<String>,
    /// Rows of the matrix.
    pub size: usize,
    /// The matrix row by row, `size` squared values.
    pub values: Vec<f64>,
}

/// One panel of a figure.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Chart {
    /// Curves with bands.
    Line(LineChart),
    /// Rows of distributions.
    Histogram(Histogram),
    /// Dots with intervals.
    Intervals(Intervals),
    /// A matrix.
    HeatMap(HeatMap),
}

/// Panels on a grid under a common title and legend.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    /// Title of the whole figure; empty for none.
    pub title: String,
    /// Second, grey line of the title.
    pub subtitle: Option<String>,
    /// Panels, row by row.
    pub panels: Vec<Chart>,
    /// Panels in a row; 0 counts as 1.
    pub columns: usize,
}

/// Width and height of a panel of a grid, and of a panel alone, in SVG pixels.
const PANEL: (f64, f64) = (500.0, 350.0);
const SINGLE: (f64, f64) = (680.0, 440.0);
/// Blank border of the figure and gap between panels, in SVG pixels.
const MARGIN: f64 = 18.0;
const GAP: f64 = 22.0;

/// The figure as a self-contained SVG 1.1 document.
///
/// Text stays text, in DejaVu Sans or the viewer's sans-serif font. The result depends on `figure` only.
///
/// # Errors
///
/// [`ChartError::Length`] where the columns of a series differ in length, [`ChartError::Cells`] where a matrix is not
/// square, [`ChartError::Font`] if the embedded
/// font cannot be read.
pub fn svg(figure: &Figure) -> Result<String, ChartError> {
    Ok(document::svg(&draw(figure)?))
}

/// The figure as a PNG image, `scale` image pixels for one SVG pixel.
///
/// Width and height are those of the SVG times `scale`, rounded up. Characters that the embedded fonts lack are
/// drawn as empty boxes; they have Latin, Greek, Cyrillic, arrows and mathematical operators.
///
/// # Errors
///
/// Those of [`svg`], [`ChartError::Scale`] for a scale outside 0.1 to 10, [`ChartError::TooLarge`] if a side
/// would exceed 16384 pixels, and [`ChartError::Encode`] from the encoder.
pub fn png(figure: &Figure, scale: f32) -> Result<Vec<u8>, ChartError> {
    raster::png(&draw(figure)?, scale)
}

/// Lays out and draws the whole figure.
fn draw(figure: &Figure) -> Result<Canvas, ChartError> {
    validate(figure)?;
    let palette = Palette::of(figure);
    let columns = figure.columns.clamp(1, figure.panels.len().max(1));
    let (w, h) = if figure.panels.len() == 1 { SINGLE } else { PANEL };
    let width = 2.0 * MARGIN + columns as f64 * (w + GAP) - GAP;
    let header = Header::new(figure, &palette, width - 2.0 * MARGIN)?;
    let rows = figure.panels.len().div_ceil(columns);
    let height = 2.0 * MARGIN + header.height() + (rows as f64 * (h + GAP) - GAP).max(0.0);

    let mut canvas = Canvas::new(width, height, &figure.title);
    header.draw(&mut canvas, MARGIN, MARGIN);
    for (k, panel) in figure.panels.iter().enumerate() {
        let cell = Rect {
            left: MARGIN + (k % columns) as f64 * (w + GAP),
            top: MARGIN + header.height() + (k / columns) as f64 * (h + GAP),
            width: w,
            height: h,
        };
        canvas.open_group("panel", None);
        match panel {
            Chart::Line(chart) => line::draw(&mut canvas, chart, &palette, cell)?,
            Chart::Histogram(chart) => histogram::draw(&mut canvas, chart, &palette, cell)?,
            Chart::Intervals(chart) => intervals::draw(&mut canvas, chart, &palette, cell)?,
            Chart::HeatMap(chart) => heat_map::draw(&mut canvas, chart, cell)?,
        }
        canvas.close_group();
    }
    Ok(canvas)
}

/// Checks the lengths of all series and matrices.
fn validate(figure: &Figure) -> Result<(), ChartError> {
    for panel in &figure.panels {
        if let Chart::HeatMap(HeatMap { title, size, values, .. }) = panel
            && size.checked_mul(*size) != Some(values.len())
        {
            return Err(ChartError::Cells { chart: title.clone(), got: values.len(), size: *size });
        }
    }
    let lines = figure.panels.iter().filter_map(|panel| match panel {
        Chart::Line(chart) => Some(chart),
        _ => None,
    });
    for chart in lines {
        for series in &chart.series {
            let band = series.half_width.as_ref();
            for (column, got) in [("y", Some(series.y.len())), ("half_width", band.map(Vec::len))] {
                if let Some(got) = got.filter(|&n| n != series.x.len()) {
                    return Err(ChartError::Length {
                        chart: chart.title.clone(),
                        series: series.name.clone(),
                        column,
                        got,
                        expected: series.x.len(),
                    });
                }
            }
        }
    }
    Ok(())
}
