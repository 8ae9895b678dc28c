//! PNG bytes of a canvas, with anti-aliased outlines of the embedded fonts.

use tiny_skia::{FillRule, LineJoin, Path, PathBuilder, Pixmap, Stroke, StrokeDash, Transform};
use ttf_parser::{Face, OutlineBuilder};

use super::canvas::{Anchor, Canvas, DASH, Paint, Pen, Shape};
use super::error::ChartError;
use super::palette::Colour;
use super::text::{Weight, advance, face};

/// Largest accepted side of an image, in pixels: 1 GiB of RGBA for a square one.
const MAX_SIDE: f64 = 16_384.0;

/// Paints `canvas` on white at `scale` image pixels for one canvas pixel.
pub(super) fn png(canvas: &Canvas, scale: f32) -> Result<Vec<u8>, ChartError> {
    if !(0.1..=10.0).contains(&scale) {
        return Err(ChartError::Scale(scale));
    }
    let side = |length: f64| (length * f64::from(scale)).ceil();
    let (width, height) = (side(canvas.width), side(canvas.height));
    let too_large = ChartError::TooLarge { width, height };
    if width.max(height) > MAX_SIDE {
        return Err(too_large);
    }
    // Both sides are whole numbers from 1 to 16384 here.
    let pixmap = Pixmap::new(width as u32, height as u32).ok_or(too_large)?;
    let mut raster = Raster {
        pixmap,
        transform: Transform::from_scale(scale, scale),
        regular: face(Weight::Regular)?,
        bold: face(Weight::Bold)?,
    };
    raster.pixmap.fill(tiny_skia::Color::WHITE);
    canvas.shapes.iter().for_each(|shape| raster.paint(shape));
    raster.pixmap.encode_png().map_err(|e| ChartError::Encode(e.to_string()))
}

/// Image under construction.
struct Raster {
    pixmap: Pixmap,
    transform: Transform,
    regular: Face<'static>,
    bold: Face<'static>,
}

impl Raster {
    fn paint(&mut self, shape: &Shape) {
        match shape {
            Shape::Open { .. } | Shape::Close => {}
            Shape::Text { at, anchor, look, text, upwards } => {
                let face = if look.weight == Weight::Bold { &self.bold } else { &self.regular };
                let path = outline(face, look.size, *anchor, text);
                let at = self.transform.pre_translate(at.0 as f32, at.1 as f32);
                let turned = if *upwards { at.pre_rotate(-90.0) } else { at };
                self.fill(path, look.colour, 1.0, turned);
            }
            Shape::Path { runs, paint: Paint::Fill(colour, opacity), .. } => {
                self.fill(polygons(runs, true), *colour, *opacity, self.transform);
            }
            Shape::Path { runs, paint: Paint::Stroke(pen), .. } => self.stroke(polygons(runs, false), pen),
            Shape::Disc { centre, radius, colour } => {
                let path = PathBuilder::from_circle(centre.0 as f32, centre.1 as f32, *radius as f32);
                self.fill(path, *colour, 1.0, self.transform);
            }
        }
    }

    /// A path without extent is `None` in tiny-skia and paints nothing.
    fn fill(&mut self, path: Option<Path>, colour: Colour, opacity: f64, transform: Transform) {
        if let Some(path) = path {
            self.pixmap.fill_path(&path, &paint(colour, opacity), FillRule::Winding, transform, None);
        }
    }

    fn stroke(&mut self, path: Option<Path>, pen: &Pen) {
        let dash = if pen.dashed { StrokeDash::new(DASH.to_vec(), 0.0) } else { None };
        let stroke = Stroke { width: pen.width as f32, line_join: LineJoin::Round, dash, ..Stroke::default() };
        if let Some(path) = path {
            self.pixmap.stroke_path(&path, &paint(pen.colour, 1.0), &stroke, self.transform, None);
        }
    }
}

fn paint(colour: Colour, opacity: f64) -> tiny_skia::Paint<'static> {
    let mut paint = tiny_skia::Paint { anti_alias: true, ..tiny_skia::Paint::default() };
    paint.set_color_rgba8(colour.0, colour.1, colour.2, (opacity.clamp(0.0, 1.0) * 255.0).round() as u8);
    paint
}

fn polygons(runs: &[Vec<(f64, f64)>], close: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for run in runs {
        for (k, (x, y)) in run.iter().enumerate() {
            if k == 0 {
                builder.move_to(*x as f32, *y as f32);
            } else {
                builder.line_to(*x as f32, *y as f32);
            }
        }
        if close && !run.is_empty() {
            builder.close();
        }
    }
    builder.finish()
}

/// Outline of `text` with its anchor at the origin and y downwards.
fn outline(face: &Face<'_>, size: f64, anchor: Anchor, text: &str) -> Option<Path> {
    let length: f64 = text.chars().map(|c| advance(face, c) * size).sum();
    let start = match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -length / 2.0,
        Anchor::End => -length,
    };
    let unit = (size / f64::from(face.units_per_em())) as f32;
    let mut glyphs = Glyphs { path: PathBuilder::new(), unit, start: start as f32 };
    let mut x = start;
    for c in text.chars() {
        glyphs.start = x as f32;
        // A blank glyph has no outline; that is not an error.
        let _ = face.outline_glyph(face.glyph_index(c).unwrap_or_default(), &mut glyphs);
        x += advance(face, c) * size;
    }
    glyphs.path.finish()
}

/// Collects glyphs in font units, y upwards, into a path in pixels, y downwards.
struct Glyphs {
    path: PathBuilder,
    unit: f32,
    start: f32,
}

impl Glyphs {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.start + x * self.unit, -y * self.unit)
    }
}

impl OutlineBuilder for Glyphs {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
