//! Labelled vertical reference lines.

use super::axis::usable;
use super::canvas::{Anchor, Canvas, Pen};
use super::error::ChartError;
use super::frame::{Frame, LEADING, TICK};
use super::palette::INK;
use super::text::Ruler;

/// Rows of labels above the plot at most; further labels may overlap.
const MAX_ROWS: usize = 6;
/// Distance between a line and its label, and least distance between labels.
const SPACE: f64 = 4.0;

/// A reference line with its label beside its upper end.
#[derive(Debug)]
pub(super) struct Mark {
    x: f64,
    /// Ends of the label in pixels.
    span: (f64, f64),
    text: String,
    /// Row of the label, 0 next to the plot. The line reaches up to it.
    row: usize,
}

/// Places the labels of the usable marks so that no line crosses a label, as far as six rows allow.
///
/// A label stands at the right of its line, or at the left where the panel or the line of such a label limits it.
/// Labels at the right are placed from right to left: the line of each rises past the labels beyond it. Those at
/// the left mirror this.
pub(super) fn place(frame: &Frame, marks: &[(String, f64)]) -> Result<Vec<Mark>, ChartError> {
    let ruler = Ruler::new(TICK.weight, TICK.size)?;
    let mut sorted: Vec<&(String, f64)> = marks.iter().filter(|(_, v)| usable(*v)).collect();
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (mut right, mut left) = (Vec::new(), Vec::new());
    let mut limit = frame.right_limit();
    for (text, v) in sorted {
        let text = ruler.shorten(text.trim(), 0.5 * frame.plot.width);
        let (x, width) = (frame.x_at(*v), SPACE + ruler.width(&text));
        if x + width <= limit {
            right.push((x, (x, x + width), text));
        } else {
            left.push((x, (x - width, x), text));
            limit = x;
        }
    }
    let mut placed: Vec<Mark> = Vec::new();
    for (x, span, text) in right.into_iter().chain(left.into_iter().rev()) {
        let free = |row: &usize| placed.iter().all(|other| !collide(span, *row, other));
        let row = (0..MAX_ROWS).find(free).unwrap_or(MAX_ROWS - 1);
        placed.push(Mark { x, span, text, row });
    }
    Ok(placed)
}

/// Whether a label in `row` meets the label or the line of a placed mark. Its own line stands at the side away
/// from the marks placed before.
fn collide(span: (f64, f64), row: usize, other: &Mark) -> bool {
    let labels_meet = span.0 < other.span.1 + SPACE && other.span.0 < span.1 + SPACE;
    let crossed = span.0 < other.x && other.x < span.1 + SPACE;
    (row == other.row && labels_meet) || (row < other.row && crossed)
}

/// Height that the labels take above the plot.
pub(super) fn height(marks: &[Mark]) -> f64 {
    marks.iter().map(|mark| mark.row).max().unwrap_or(0) as f64 * LEADING
}

/// Draws lines and labels.
pub(super) fn draw(canvas: &mut Canvas, frame: &Frame, marks: &[Mark]) {
    for mark in marks {
        let baseline = frame.plot.top - 5.0 - mark.row as f64 * LEADING;
        let pen = Pen { colour: INK, width: 1.2, dashed: true };
        canvas.path("mark", vec![vec![(mark.x, frame.plot.bottom()), (mark.x, baseline - 8.0)]], pen);
        let (x, anchor) =
            if mark.span.0 < mark.x { (mark.x - SPACE, Anchor::End) } else { (mark.x + SPACE, Anchor::Start) };
        canvas.text(x, baseline, anchor, TICK, &mark.text);
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::Range;
    use super::super::canvas::Canvas;
    use super::super::frame::{Frame, Rect};
    use super::{MAX_ROWS, place};

    #[test]
    fn no_line_crosses_a_label_and_no_labels_meet() {
        let mut canvas = Canvas::new(500.0, 350.0, "");
        let cell = Rect { left: 0.0, top: 0.0, width: 500.0, height: 350.0 };
        let unit = Range { low: 0.0, high: 1.0 };
        let frame = Frame::new(&mut canvas, cell, ("", None), 40.0, unit).unwrap();
        let mut state = 1_u32;
        let mut draw = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let mut highest = 0;
        for _ in 0..500 {
            let mark = |_| ("w".repeat(1 + draw() as usize % 12), f64::from(draw() % 100) / 99.0);
            let marks: Vec<(String, f64)> = (0..4).map(mark).collect();
            let placed = place(&frame, &marks).unwrap();
            assert_eq!(placed.len(), marks.len());
            for (i, label) in placed.iter().enumerate() {
                assert!(label.span.0 >= cell.left && label.span.1 <= cell.right());
                assert!(label.row < MAX_ROWS - 1);
                highest = highest.max(label.row);
                for (_, other) in placed.iter().enumerate().filter(|(j, _)| *j != i) {
                    let crossed = label.span.0 < other.x && other.x < label.span.1 && other.row >= label.row;
                    let meet = label.span.0 < other.span.1 && other.span.0 < label.span.1 && other.row == label.row;
                    assert!(!crossed && !meet, "{placed:?}");
                }
            }
        }
        assert_eq!(highest, 3);
    }
}
