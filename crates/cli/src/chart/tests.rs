//! The two outputs of whole figures.

use roxmltree::{Document, Node};
use tiny_skia::Pixmap;

use super::{Chart, ChartError, Figure, HeatMap, Histogram, Intervals, LineChart, Series, png, svg};

fn series(name: &str, y: &[f64]) -> Series {
    let x = (0..y.len()).map(|k| k as f64).collect();
    Series { name: name.into(), x, y: y.to_vec(), ..Series::default() }
}

fn line(series: Vec<Series>) -> Chart {
    Chart::Line(LineChart { title: "curves".into(), series, ..LineChart::default() })
}

fn figure(panels: Vec<Chart>) -> Figure {
    Figure { title: "figure".into(), panels, columns: 2, ..Figure::default() }
}

fn with_class<'a>(document: &'a Document, class: &str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|n| n.attribute("class") == Some(class)).collect()
}

fn texts(document: &Document) -> Vec<String> {
    let nodes = document.descendants().filter(|n| n.has_tag_name("text"));
    nodes.filter_map(|n| n.text().map(str::to_owned)).collect()
}

#[test]
fn a_series_is_one_path_and_its_name_stands_once_in_the_legend() {
    let names = ["master", "counting", "homodyne"];
    let band = Series { half_width: Some(vec![0.1; 3]), ..series(names[2], &[3.0, 1.0, 0.0]) };
    let all = vec![series(names[0], &[1.0, 0.0, -1.0]), series(names[1], &[2.0, 0.5, 0.0]), band];
    let text = svg(&figure(vec![line(all.clone()), line(all)])).unwrap();
    let document = Document::parse(&text).unwrap();
    assert_eq!(with_class(&document, "line").len(), 6);
    assert_eq!(with_class(&document, "band").len(), 2);
    for name in names {
        assert_eq!(texts(&document).iter().filter(|t| *t == name).count(), 1, "{name}");
    }
}

#[test]
fn one_name_has_one_colour_in_all_panels() {
    let rows = vec![("b".into(), 0.1, 0.0, 0.2), ("a".into(), 0.2, 0.1, 0.3)];
    let intervals = Chart::Intervals(Intervals { rows, ..Intervals::default() });
    let groups = vec![("b".into(), vec![1.0, 2.0])];
    let histogram = Chart::Histogram(Histogram { groups, bins: 4, ..Histogram::default() });
    let lines = line(vec![series("a", &[0.0, 1.0]), series("b", &[1.0, 2.0])]);
    let text = svg(&figure(vec![lines, histogram, intervals])).unwrap();
    let document = Document::parse(&text).unwrap();
    let stroke = |class| -> Vec<_> {
        with_class(&document, class).iter().filter_map(|n| n.attribute("stroke").map(str::to_owned)).collect()
    };
    let [a, b] = <[String; 2]>::try_from(stroke("line")).unwrap();
    assert_ne!(a, b);
    assert_eq!(stroke("outline"), std::slice::from_ref(&b));
    assert_eq!(stroke("interval"), [b, a]);
}

#[test]
fn missing_values_break_a_line_and_isolated_points_become_discs() {
    let y = [0.0, 1.0, f64::NAN, 2.0, f64::INFINITY, 1.0, 0.5, -1e301];
    let text = svg(&figure(vec![line(vec![series("gaps", &y)])])).unwrap();
    assert!(!text.contains("NaN") && !text.contains("inf"));
    let document = Document::parse(&text).unwrap();
    let lines = with_class(&document, "line");
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].attribute("d").unwrap().matches('M').count(), 2);
    assert_eq!(document.descendants().filter(|n| n.has_tag_name("circle")).count(), 1);
}

#[test]
fn text_is_escaped() {
    let name = "<J> & \"co\" \u{1}'";
    let mut drawn = figure(vec![line(vec![series(name, &[0.0, 1.0])])]);
    drawn.title = "</svg><J>\n&amp;".into();
    let text = svg(&drawn).unwrap();
    let document = Document::parse(&text).unwrap();
    assert!(texts(&document).contains(&name.replace('\u{1}', "\u{fffd}")));
    assert!(texts(&document).contains(&"</svg><J> &amp;".to_owned()));
}

#[test]
fn png_has_the_size_of_the_svg_and_shows_the_curve_in_its_colour() {
    let drawn = figure(vec![line(vec![series("a", &[0.0, 2.0, 1.0])])]);
    let text = svg(&drawn).unwrap();
    let document = Document::parse(&text).unwrap();
    let side = |name| document.root_element().attribute(name).unwrap().parse::<f64>().unwrap();
    let image = Pixmap::decode_png(&png(&drawn, 1.5).unwrap()).unwrap();
    let expected = [side("width"), side("height")].map(|s| (1.5 * s).ceil());
    assert_eq!([image.width(), image.height()].map(f64::from), expected);
    let count = |r, g, b| image.pixels().iter().filter(|p| (p.red(), p.green(), p.blue()) == (r, g, b)).count();
    assert!(count(0x00, 0x72, 0xB2) > 500, "curve");
    assert!(count(0x22, 0x22, 0x22) > 500, "axes and text");
    assert!(count(255, 255, 255) > image.pixels().len() / 2, "background");
}

#[test]
fn a_character_of_any_script_gives_text_in_the_image() {
    let blank = png(&Figure::default(), 1.0).unwrap();
    for title in ["⟨E⟩ κt", "−0.5 × 10⁻⁵", "energy", "漢"] {
        let drawn = Figure { title: title.into(), ..Figure::default() };
        assert_ne!(png(&drawn, 1.0).unwrap(), blank, "{title}");
    }
}

#[test]
fn degenerate_figures_are_drawn() {
    let empty =
        Histogram { groups: vec![("none".into(), vec![]), ("nan".into(), vec![f64::NAN])], ..Histogram::default() };
    let equal = Histogram {
        groups: vec![("one".into(), vec![2.0; 30])],
        marks: vec![("a".into(), 2.0), ("b".into(), 2.0), ("nan".into(), f64::NAN)],
        ..Histogram::default()
    };
    let rows = vec![("nan".into(), f64::NAN, 0.0, f64::INFINITY), ("zero".into(), 0.0, 0.0, 0.0)];
    let flat = Series { half_width: Some(vec![0.0, f64::NAN]), ..series("flat", &[1e299, 1e299]) };
    let panels = vec![
        line(vec![]),
        line(vec![series("", &[])]),
        line(vec![series("nan", &[f64::NAN; 3])]),
        line(vec![series("point", &[4.0])]),
        line(vec![flat]),
        line(vec![series("wide", &[-1e300, 1e300])]),
        line(vec![series("tiny", &[0.0, 5e-324])]),
        Chart::Histogram(Histogram::default()),
        Chart::Histogram(empty),
        Chart::Histogram(equal),
        Chart::Intervals(Intervals::default()),
        Chart::Intervals(Intervals { rows, ..Intervals::default() }),
        Chart::HeatMap(HeatMap::default()),
        Chart::HeatMap(HeatMap { size: 1, values: vec![0.0], ..HeatMap::default() }),
        Chart::HeatMap(HeatMap {
            size: 2,
            values: vec![f64::NAN, 1e300, f64::INFINITY, -5e-324],
            ..HeatMap::default()
        }),
    ];
    for columns in [0, 1, 5, usize::MAX] {
        let all = Figure { panels: panels.clone(), columns, ..Figure::default() };
        let text = svg(&all).unwrap();
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        assert_eq!(with_class(&Document::parse(&text).unwrap(), "panel").len(), panels.len());
        assert!(!png(&all, 0.5).unwrap().is_empty());
    }
    assert!(!png(&Figure::default(), 1.0).unwrap().is_empty());
}

#[test]
fn cells_of_one_colour_are_one_path_and_cover_their_part_of_the_square() {
    // Row by row: +, +, 0 / +, -, 0 / 0, 0, 0.
    let values = vec![2.0, 2.0, 0.0, 2.0, -1.0, 0.0, 0.0, 0.0, 0.0];
    let map = |values: &[f64]| Chart::HeatMap(HeatMap { size: 3, values: values.to_vec(), ..HeatMap::default() });
    let text = svg(&figure(vec![map(&values)])).unwrap();
    let document = Document::parse(&text).unwrap();
    let cells = with_class(&document, "cell");
    assert_eq!(cells.len(), 2, "one negative and one positive colour; zero is the page");
    let numbers = |node: &Node| -> Vec<f64> {
        let d = node.attribute("d").unwrap();
        d.split(['M', 'L', 'Z', ' ']).filter(|s| !s.is_empty()).map(|s| s.parse().unwrap()).collect()
    };
    // Rectangles of four corners: their areas, in units of the single negative cell.
    let area = |node: &Node| -> f64 {
        let corners = numbers(node);
        corners.chunks_exact(8).map(|r| (r[2] - r[0]) * (r[5] - r[3])).sum()
    };
    assert!((area(&cells[1]) / area(&cells[0]) - 3.0).abs() < 1e-9);
    // Row 0 is at the top, column 0 at the left: the positive cells begin up there, the negative one is in the middle.
    let (positive, negative) = (numbers(&cells[1]), numbers(&cells[0]));
    assert!(positive[0] < negative[0] && positive[1] < negative[1]);
    assert_ne!(cells[0].attribute("fill"), cells[1].attribute("fill"));
    // The transposed matrix of another sign has other colours at the mirrored place.
    let mirrored: Vec<f64> = (0..9).map(|k| -values[k % 3 * 3 + k / 3]).collect();
    let text = svg(&figure(vec![map(&mirrored)])).unwrap();
    let document = Document::parse(&text).unwrap();
    let swapped = with_class(&document, "cell");
    assert!((area(&swapped[0]) / area(&swapped[1]) - 3.0).abs() < 1e-9);
}

#[test]
fn labels_of_close_marks_do_not_meet() {
    let marks = ["alpha", "beta", "gamma", "delta"].iter().zip([0.5, 0.501, 0.53, 1.0]);
    let chart = Histogram {
        groups: vec![("g".into(), vec![0.0, 0.2, 1.0])],
        bins: 5,
        marks: marks.map(|(name, v)| ((*name).into(), v)).collect(),
        ..Histogram::default()
    };
    let text = svg(&figure(vec![Chart::Histogram(chart)])).unwrap();
    let document = Document::parse(&text).unwrap();
    let height = |name: &str| {
        let node = document.descendants().find(|n| n.has_tag_name("text") && n.text() == Some(name));
        node.and_then(|n| n.attribute("y")).and_then(|y| y.parse::<f64>().ok()).unwrap()
    };
    // Each label stands at the right of its line, so the leftmost must be the highest.
    assert!(height("alpha") < height("beta") && height("beta") < height("gamma"));
    assert_eq!(height("gamma"), height("delta"));
}

#[test]
fn wrong_input_is_named() {
    let short = Series { y: vec![1.0], ..series("a", &[0.0, 1.0]) };
    let error = svg(&figure(vec![line(vec![short])])).unwrap_err();
    assert_eq!(error.to_string(), "chart \"curves\", series \"a\": y has length 1, expected 2 as x");
    let band = Series { half_width: Some(vec![]), ..series("a", &[0.0, 1.0]) };
    let error = svg(&figure(vec![line(vec![band])])).unwrap_err();
    assert!(matches!(error, ChartError::Length { column: "half_width", got: 0, expected: 2, .. }));
    let cells = Chart::HeatMap(HeatMap { title: "J".into(), size: 2, values: vec![0.0; 3], ..HeatMap::default() });
    let error = svg(&figure(vec![cells])).unwrap_err();
    assert_eq!(error.to_string(), "chart \"J\": the matrix has 3 values, expected 2 x 2");
    for scale in [0.0, -1.0, 11.0, f32::NAN] {
        assert!(matches!(png(&Figure::default(), scale), Err(ChartError::Scale(_))));
    }
    let tall = Figure { panels: vec![line(vec![]); 60], columns: 1, ..Figure::default() };
    assert!(matches!(png(&tall, 1.0), Err(ChartError::TooLarge { .. })));
}
