//! The shapes of a figure, in drawing order.

use super::palette::Colour;
use super::text::Weight;

/// Dash and gap of dashed lines in pixels.
pub(super) const DASH: [f32; 2] = [7.0, 4.0];

/// Where a text lies relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Look of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) colour: Colour,
}

/// Look of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen {
    pub(super) colour: Colour,
    pub(super) width: f64,
    pub(super) dashed: bool,
}

impl Pen {
    /// Solid pen.
    pub(super) fn solid(colour: Colour, width: f64) -> Self {
        Self { colour, width, dashed: false }
    }
}

/// How a path is painted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Paint {
    /// Open polylines.
    Stroke(Pen),
    /// Closed polygons with an opacity from 0 to 1.
    Fill(Colour, f64),
}

/// One element of a figure. Coordinates are pixels from the upper left corner.
#[derive(Debug)]
pub(super) enum Shape {
    /// Begin of a group; a viewer shows the title as its tooltip.
    Open { class: &'static str, title: Option<String> },
    /// End of the group opened last.
    Close,
    /// Text with its baseline through `at`, read upwards instead of to the right if `upwards`.
    Text { at: (f64, f64), anchor: Anchor, look: Type, text: String, upwards: bool },
    /// Runs of joined points.
    Path { class: &'static str, runs: Vec<Vec<(f64, f64)>>, paint: Paint },
    /// Filled disc.
    Disc { centre: (f64, f64), radius: f64, colour: Colour },
}

/// A white page with shapes. Both output formats read it.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Name of the document.
    pub(super) title: String,
    pub(super) shapes: Vec<Shape>,
}

impl Canvas {
    /// Empty page.
    pub(super) fn new(width: f64, height: f64, title: &str) -> Self {
        Self { width, height, title: title.to_owned(), shapes: Vec::new() }
    }

    /// Opens a group.
    pub(super) fn open_group(&mut self, class: &'static str, title: Option<&str>) {
        self.shapes.push(Shape::Open { class, title: title.map(str::to_owned) });
    }

    /// Closes the group opened last.
    pub(super) fn close_group(&mut self) {
        self.shapes.push(Shape::Close);
    }

    /// Text with its baseline through (x, y).
    pub(super) fn text(&mut self, x: f64, y: f64, anchor: Anchor, look: Type, text: &str) {
        self.shapes.push(Shape::Text { at: (x, y), anchor, look, text: text.to_owned(), upwards: false });
    }

    /// Text reading upwards, its middle at the height `y`, its baseline at `x`.
    pub(super) fn text_upwards(&mut self, x: f64, y: f64, look: Type, text: &str) {
        let anchor = Anchor::Middle;
        self.shapes.push(Shape::Text { at: (x, y), anchor, look, text: text.to_owned(), upwards: true });
    }

    /// Straight line.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), pen: Pen) {
        self.path("rule", vec![vec![from, to]], pen);
    }

    /// Open polylines as one element; nothing if there is none.
    pub(super) fn path(&mut self, class: &'static str, runs: Vec<Vec<(f64, f64)>>, pen: Pen) {
        self.push_path(class, runs, Paint::Stroke(pen));
    }

    /// Filled polygons as one element; nothing if there is none.
    pub(super) fn area(&mut self, class: &'static str, runs: Vec<Vec<(f64, f64)>>, colour: Colour, opacity: f64) {
        self.push_path(class, runs, Paint::Fill(colour, opacity));
    }

    /// Filled disc.
    pub(super) fn disc(&mut self, centre: (f64, f64), radius: f64, colour: Colour) {
        self.shapes.push(Shape::Disc { centre, radius, colour });
    }

    fn push_path(&mut self, class: &'static str, runs: Vec<Vec<(f64, f64)>>, paint: Paint) {
        if !runs.is_empty() {
            self.shapes.push(Shape::Path { class, runs, paint });
        }
    }
}
