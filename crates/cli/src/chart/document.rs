//! SVG text of a canvas.

use std::fmt::Write as _;

use super::canvas::{Anchor, Canvas, DASH, Paint, Shape};
use super::text::Weight;

/// Fonts of the text elements; the first is the embedded one.
const FAMILY: &str = "DejaVu Sans, Helvetica, Arial, sans-serif";

/// SVG 1.1 document; coordinates are rounded to 0.01 pixels.
pub(super) fn svg(canvas: &Canvas) -> String {
    let (width, height) = (round(canvas.width), round(canvas.height));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FAMILY}\" stroke-linejoin=\"round\">\n\
         <title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#FFFFFF\"/>\n",
        escaped(&canvas.title)
    );
    for shape in &canvas.shapes {
        // Writing to a String cannot fail.
        let _ = write_shape(&mut out, shape);
        out.push('\n');
    }
    out.push_str("</svg>\n");
    out
}

fn write_shape(out: &mut String, shape: &Shape) -> std::fmt::Result {
    match shape {
        Shape::Open { class, title } => {
            write!(out, "<g class=\"{class}\">")?;
            title.iter().try_for_each(|title| write!(out, "<title>{}</title>", escaped(title)))
        }
        Shape::Close => write!(out, "</g>"),
        Shape::Text { at, anchor, look, text, upwards } => {
            let (x, y) = (round(at.0), round(at.1));
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            write!(out, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" font-size=\"{}\"", round(look.size))?;
            write!(out, " fill=\"{}\"", look.colour)?;
            if look.weight == Weight::Bold {
                write!(out, " font-weight=\"bold\"")?;
            }
            if *upwards {
                write!(out, " transform=\"rotate(-90 {x} {y})\"")?;
            }
            write!(out, ">{}</text>", escaped(text))
        }
        Shape::Path { class, runs, paint } => {
            write!(out, "<path class=\"{class}\" d=\"")?;
            for run in runs {
                for (k, (x, y)) in run.iter().enumerate() {
                    write!(out, "{}{} {}", if k == 0 { 'M' } else { 'L' }, round(*x), round(*y))?;
                }
                if matches!(paint, Paint::Fill(..)) && !run.is_empty() {
                    out.push('Z');
                }
            }
            match paint {
                Paint::Fill(colour, opacity) => {
                    write!(out, "\" fill=\"{colour}\" fill-opacity=\"{opacity}\"/>")
                }
                Paint::Stroke(pen) => {
                    write!(out, "\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"", pen.colour, pen.width)?;
                    if pen.dashed {
                        write!(out, " stroke-dasharray=\"{} {}\"", DASH[0], DASH[1])?;
                    }
                    write!(out, "/>")
                }
            }
        }
        Shape::Disc { centre, radius, colour } => {
            let (x, y) = (round(centre.0), round(centre.1));
            write!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\" fill=\"{colour}\"/>", round(*radius))
        }
    }
}

/// `v` to 0.01, without a negative zero.
fn round(v: f64) -> f64 {
    (v * 100.0).round() / 100.0 + 0.0
}

/// `text` for XML content: markup escaped, line breaks as spaces, characters that XML 1.0 forbids as U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}
