//! Colours and dashes of the series, one for each name of a figure.

use std::fmt;

use super::{Chart, Figure};

/// Opaque sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02X}{:02X}{:02X}", self.0, self.1, self.2)
    }
}

/// Okabe and Ito (2008), "Color Universal Design", in an order that keeps the first six apart on white; yellow is
/// replaced by grey, because it is not visible as a thin line.
const COLOURS: [Colour; 8] = [
    Colour(0x00, 0x72, 0xB2), // blue
    Colour(0xD5, 0x5E, 0x00), // vermilion
    Colour(0x00, 0x9E, 0x73), // bluish green
    Colour(0xE6, 0x9F, 0x00), // orange
    Colour(0xCC, 0x79, 0xA7), // reddish purple
    Colour(0x56, 0xB4, 0xE9), // sky blue
    Colour(0x00, 0x00, 0x00), // black
    Colour(0x7F, 0x7F, 0x7F),
];

/// Colour of axes and of text.
pub(super) const INK: Colour = Colour(0x22, 0x22, 0x22);
/// Colour of remarks.
pub(super) const GREY: Colour = Colour(0x66, 0x66, 0x66);
/// Colour of grid lines.
pub(super) const GRID: Colour = Colour(0xE4, 0xE4, 0xE4);

/// Colour of a cell without a value.
pub(super) const MISSING: Colour = Colour(0xB0, 0xB0, 0xB0);
/// Ends of the diverging scale: dark tones of the blue and the vermilion above, at equal lightness.
const ENDS: [Colour; 2] = [Colour(0x05, 0x3E, 0x78), Colour(0x9C, 0x2A, 0x00)];
/// Half way to the ends.
const HALVES: [Colour; 2] = [Colour(0x6B, 0xA6, 0xD6), Colour(0xF2, 0x98, 0x5C)];

/// Colour of `level` in -1 .. 1: blue, white at 0, vermilion.
pub(super) fn diverging(level: f64) -> Colour {
    let side = usize::from(level > 0.0);
    let position = 2.0 * level.abs().min(1.0);
    let white = Colour(0xFF, 0xFF, 0xFF);
    let (from, to, part) =
        if position < 1.0 { (white, HALVES[side], position) } else { (HALVES[side], ENDS[side], position - 1.0) };
    let mix = |a: u8, b: u8| (f64::from(a) + part * (f64::from(b) - f64::from(a))).round() as u8;
    Colour(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// Names of a figure in the order of their first occurrence, which gives the colour.
pub(super) struct Palette {
    entries: Vec<Entry>,
}

/// How a name is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) dashed: bool,
    pub(super) band: bool,
    /// Stands in the legend: a curve. Other charts write their names beside the rows.
    pub(super) curve: bool,
}

impl Palette {
    /// Collects the names over all panels.
    pub(super) fn of(figure: &Figure) -> Self {
        let mut palette = Self { entries: Vec::new() };
        for panel in &figure.panels {
            match panel {
                Chart::Line(chart) => {
                    for s in &chart.series {
                        palette.add(&s.name, Some((s.dashed, s.half_width.is_some())));
                    }
                }
                Chart::Histogram(chart) => chart.groups.iter().for_each(|(name, _)| palette.add(name, None)),
                Chart::Intervals(chart) => chart.rows.iter().for_each(|(name, ..)| palette.add(name, None)),
                Chart::HeatMap(_) => {}
            }
        }
        palette
    }

    /// Curves in the order of the colours; the legend.
    pub(super) fn curves(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.curve && !entry.name.trim().is_empty())
    }

    /// Colour of `name`; beyond eight names the colours repeat.
    pub(super) fn colour(&self, name: &str) -> Colour {
        let k = self.entries.iter().position(|entry| entry.name == name).unwrap_or(0);
        COLOURS[k % COLOURS.len()]
    }

    fn add(&mut self, name: &str, curve: Option<(bool, bool)>) {
        let (dashed, band) = curve.unwrap_or_default();
        match self.entries.iter_mut().find(|entry| entry.name == name) {
            Some(entry) => {
                // The legend shows the line of the first panel that has one, and a band if any panel has one.
                entry.dashed = if entry.curve { entry.dashed } else { dashed };
                entry.curve |= curve.is_some();
                entry.band |= band;
            }
            None => self.entries.push(Entry { name: name.to_owned(), dashed, band, curve: curve.is_some() }),
        }
    }
}
