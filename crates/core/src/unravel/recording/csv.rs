//! Records as text: `time` and one column per current, or `time,channel` of clicks.
//!
//! A current is the increment of the record over a step divided by the length of the step; `time` is the start of the step.
//! Lines that start with # are comments.

use super::{Flaw, Place, Recording, RecordingError, Spacing, equal_step};
use crate::unravel::{Click, Detection};
use std::fmt::Write;
use std::path::Path;

const CLICKS: &str = "time,channel";

/// Reads the record of `detection` from files: one with its currents, one with its clicks, or both.
///
/// Errors name file, line and column; see [`Recording::new`] for what is checked.
pub fn read<P: AsRef<Path>>(paths: &[P], detection: &Detection, spacing: Spacing) -> Result<Recording, RecordingError> {
    let mut currents: Option<Table> = None;
    let mut clicks: Option<Table> = None;
    for path in paths {
        let table = Table::read(path.as_ref(), detection)?;
        let (what, place) =
            if table.names.join(",") == CLICKS { ("clicks", &mut clicks) } else { ("the currents", &mut currents) };
        if place.is_some() {
            return Err(table.error(Place::Whole, Flaw::Twice { what }));
        }
        *place = Some(table);
    }
    let last = || paths.last().map(|p| p.as_ref().to_owned()).unwrap_or_default();
    let missing = |what, expected: String| RecordingError {
        path: last(),
        place: Place::Whole,
        flaw: Flaw::Missing { what, expected },
    };
    if detection.width() > 0 && currents.is_none() {
        return Err(missing("the currents", header(&detection.currents())));
    }
    if detection.has_clicks() && clicks.is_none() {
        return Err(missing("clicks", CLICKS.into()));
    }
    let (starts, rows) = currents.as_ref().map(|t| t.increments(spacing)).unwrap_or_default();
    let events = clicks.as_ref().map_or(Ok(Vec::new()), Table::clicks)?;
    Recording::new(detection, &starts, rows, spacing, events).map_err(|RecordingError { place, flaw, .. }| {
        let table = if matches!(place, Place::Click { .. }) { &clicks } else { &currents };
        match table {
            Some(t) => t.error(t.text_place(place), flaw),
            None => RecordingError { path: last(), place, flaw },
        }
    })
}

/// `time` and the names of the currents.
fn header(currents: &[String]) -> String {
    let names = std::iter::once("time").chain(currents.iter().map(String::as_str));
    names.collect::<Vec<_>>().join(",")
}

/// A file of numbers under a header.
struct Table<'a> {
    path: &'a Path,
    names: Vec<String>,
    values: Vec<f64>,
    /// Line of each row, and the column at which each of its fields starts.
    lines: Vec<usize>,
    columns: Vec<usize>,
}

impl<'a> Table<'a> {
    fn read(path: &'a Path, detection: &Detection) -> Result<Self, RecordingError> {
        let mut table = Self { path, names: vec![], values: vec![], lines: vec![], columns: vec![] };
        let text = std::fs::read_to_string(path)
            .map_err(|e| table.error(Place::Whole, Flaw::Unreadable { reason: e.to_string() }))?;
        for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if table.names.is_empty() {
                table.names = line.split(',').map(|n| n.trim().to_owned()).collect();
                table.check_header(at + 1, detection)?;
            } else {
                table.parse(at + 1, line)?;
            }
        }
        if table.names.is_empty() {
            return Err(table.error(Place::Whole, Flaw::Empty { what: "a header such as `time,I0`" }));
        }
        Ok(table)
    }

    fn error(&self, place: Place, flaw: Flaw) -> RecordingError {
        RecordingError { path: self.path.to_owned(), place, flaw }
    }

    fn check_header(&self, line: usize, detection: &Detection) -> Result<(), RecordingError> {
        let found = self.names.join(",");
        let valid: Vec<String> =
            [(detection.width() > 0, header(&detection.currents())), (detection.has_clicks(), CLICKS.into())]
                .into_iter()
                .filter(|(wanted, _)| *wanted)
                .map(|(_, h)| h)
                .collect();
        if valid.contains(&found) {
            return Ok(());
        }
        if valid.is_empty() {
            return Err(self.error(Place::Whole, Flaw::Unwatched));
        }
        let hint = if self.names.iter().all(|n| n.parse::<f64>().is_ok()) {
            ": the first line names the columns"
        } else {
            " from what watches the channels"
        };
        Err(self.error(Place::Text { line, column: 1 }, Flaw::Columns { found, expected: valid.join("` or `"), hint }))
    }

    fn parse(&mut self, line: usize, text: &str) -> Result<(), RecordingError> {
        let found = text.split(',').count();
        if found != self.names.len() {
            let place = Place::Text { line, column: 1 };
            return Err(self.error(place, Flaw::Fields { found, expected: self.names.len() }));
        }
        let mut column = 1;
        for (k, field) in text.split(',').enumerate() {
            let start = column + field.chars().take_while(|c| c.is_whitespace()).count();
            let whole = self.names[k] == "channel";
            let value = field.trim().parse::<f64>().ok().filter(|v| !whole || (v.fract() == 0.0 && v.abs() < 1e9));
            let Some(value) = value else {
                let expected = if whole { "the number of a channel" } else { "a number" };
                let flaw = Flaw::NotANumber { found: field.trim().into(), column: self.names[k].clone(), expected };
                return Err(self.error(Place::Text { line, column: start }, flaw));
            };
            self.values.push(value);
            self.columns.push(start);
            column += field.chars().count() + 1;
        }
        self.lines.push(line);
        Ok(())
    }

    /// A place among the numbers as a place in the text.
    fn text_place(&self, place: Place) -> Place {
        let (row, field) = match place {
            Place::Step { index, column } => (index, column.map_or(0, |c| c + 1)),
            Place::Click { index, column } => (index, column),
            other => return other,
        };
        match (self.lines.get(row), self.columns.get(row * self.names.len() + field)) {
            (Some(&line), Some(&column)) => Place::Text { line, column },
            _ => Place::Whole,
        }
    }

    /// Starts of the steps, and the currents times the lengths of the steps. Times that are wrong are found later.
    fn increments(&self, spacing: Spacing) -> (Vec<f64>, Vec<f64>) {
        let width = self.names.len();
        let starts: Vec<f64> = self.values.iter().step_by(width).copied().collect();
        let mut rows = Vec::with_capacity(self.values.len());
        for (k, row) in self.values.chunks_exact(width).enumerate() {
            let h = match spacing {
                Spacing::Equal => equal_step(&starts),
                Spacing::Irregular { end } => starts.get(k + 1).copied().unwrap_or(end) - row[0],
            };
            // A step of no length would hide a number that is not finite.
            rows.extend(row[1..].iter().map(|v| if v.is_finite() { v * h } else { *v }));
        }
        (starts, rows)
    }

    fn clicks(&self) -> Result<Vec<Click>, RecordingError> {
        let click = |(index, row): (usize, &[f64])| {
            let channel = u32::try_from(row[1] as i64).map_err(|_| {
                let place = self.text_place(Place::Click { index, column: 1 });
                let flaw = Flaw::NotANumber {
                    found: row[1].to_string(),
                    column: "channel".into(),
                    expected: "the number of a channel",
                };
                self.error(place, flaw)
            })?;
            Ok(Click { time: row[0], channel })
        };
        self.values.chunks_exact(2).enumerate().map(click).collect()
    }
}

/// Currents `names` as text with every digit: increments `rows` over steps between `times`, divided by the lengths of the steps.
pub fn currents_text(names: &[String], times: &[f64], rows: &[f64]) -> String {
    let mut out = format!("{}\n", header(names));
    for (t, row) in times.windows(2).zip(rows.chunks_exact(names.len().max(1))) {
        let _ = write!(out, "{}", t[0]);
        for v in row {
            let _ = write!(out, ",{}", v / (t[1] - t[0]));
        }
        out.push('\n');
    }
    out
}

/// Clicks as text with every digit.
pub fn clicks_text(clicks: &[Click]) -> String {
    let mut out = format!("{CLICKS}\n");
    for c in clicks {
        let _ = writeln!(out, "{},{}", c.time, c.channel);
    }
    out
}
