//! What can end a command early, and how it is told.

use lightfall_model::ModelError;
use lightfall_model::compare::CompareError;
use miette::{GraphicalReportHandler, LabeledSpan, MietteDiagnostic, NamedSource, Report};
use std::io::Write as _;

/// A command that did not finish.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input was wrong, with its place if known.
    Model(Box<ModelError>),
    /// The input was wrong.
    Input(String),
    /// The run failed.
    Run(String),
    /// The user stopped it; the text says how to go on.
    Interrupted(String),
}

impl Failure {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Failure::Model(_) | Failure::Input(_) => 2,
            Failure::Run(_) => 1,
            Failure::Interrupted(_) => 3,
        }
    }

    /// One report on stderr.
    pub(crate) fn print(&self) {
        match self {
            Failure::Model(e) => tell(&format!("error: {e}{}", excerpt(e).unwrap_or_default())),
            Failure::Input(text) | Failure::Run(text) | Failure::Interrupted(text) => tell(&format!("error: {text}")),
        }
    }
}

/// A line on stderr; one that is closed or full is no reason to end in another way.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The line the error is about, with a mark under it.
fn excerpt(e: &ModelError) -> Option<String> {
    let span = e.span.clone()?;
    if e.text.is_empty() {
        return None;
    }
    let end = span.end.min(e.text.len());
    // Marks stay on one line: a whole table would be drawn otherwise.
    let stop = e.text.get(span.start..end)?.find('\n').map_or(end, |n| span.start + n);
    let label = LabeledSpan::at(span.start..stop, "here");
    let diagnostic = MietteDiagnostic::new("").with_label(label);
    let report = Report::from(diagnostic).with_source_code(NamedSource::new(&e.file, e.text.clone()));
    let mut out = String::new();
    GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor())
        .render_report(&mut out, report.as_ref())
        .ok()?;
    // The first lines hold the empty message.
    let shown: Vec<&str> = out.lines().skip_while(|l| !l.contains('╭')).collect();
    Some(format!("\n{}", shown.join("\n").trim_end()))
}

impl From<ModelError> for Failure {
    fn from(e: ModelError) -> Self {
        Failure::Model(Box::new(e))
    }
}

impl From<CompareError> for Failure {
    fn from(e: CompareError) -> Self {
        match e {
            CompareError::Model(e) => e.into(),
            e if e.is_bad_input() => Failure::Input(e.to_string()),
            e => Failure::Run(e.to_string()),
        }
    }
}
