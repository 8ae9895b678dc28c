//! What can be wrong with a record, and where.

use std::fmt;
use std::path::PathBuf;

/// A place in a record, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// All of it.
    Whole,
    /// A step of the currents, and one of them; the time without one.
    Step {
        /// Step.
        index: usize,
        /// Current.
        column: Option<usize>,
    },
    /// A click.
    Click {
        /// Click.
        index: usize,
        /// 0 for its time, 1 for its channel.
        column: usize,
    },
    /// Line and column of a file, from 1.
    Text {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Whole => Ok(()),
            Place::Step { index, .. } => write!(f, " step {index}:"),
            Place::Click { index, .. } => write!(f, " click {index}:"),
            Place::Text { line, column } => write!(f, "{line}:{column}:"),
        }
    }
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// A record of a device none of whose outputs is watched.
    #[error(
        "no output of the device is watched, so nothing can be filtered; give it jump operators, or set watch in [run.detection]"
    )]
    Unwatched,
    /// The file cannot be read.
    #[error("cannot be read: {reason}")]
    Unreadable {
        /// What the system said.
        reason: String,
    },
    /// No such level in a folder.
    #[error("the record has no level `{level}`; it has {levels}")]
    NoLevel {
        /// The level.
        level: String,
        /// Those there are.
        levels: String,
    },
    /// A level without measurement records.
    #[error("the level kept no measurement record; run it with record = true")]
    NotKept,
    /// A trajectory or instance that was not run.
    #[error("{what} = {found}, expected a number below {limit}")]
    Index {
        /// What is counted.
        what: &'static str,
        /// The number.
        found: u64,
        /// How many there are.
        limit: u64,
    },
    /// Nothing in it.
    #[error("the record is empty, expected {what}")]
    Empty {
        /// What would be there.
        what: &'static str,
    },
    /// The header names other columns.
    #[error("the columns are `{found}`, expected `{expected}`{hint}")]
    Columns {
        /// As in the file.
        found: String,
        /// As the detection has them.
        expected: String,
        /// What a frequent mistake would be.
        hint: &'static str,
    },
    /// No file has what the detection leaves.
    #[error("no record holds {what}; name a file with the columns `{expected}`")]
    Missing {
        /// Currents or clicks.
        what: &'static str,
        /// Columns.
        expected: String,
    },
    /// Two files have it.
    #[error("a second record of {what}; name one")]
    Twice {
        /// Currents or clicks.
        what: &'static str,
    },
    /// More or fewer fields than the header.
    #[error("found {found} fields, expected {expected} as in the header")]
    Fields {
        /// Fields of the line.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// More or fewer increments than steps.
    #[error("{found} numbers in {steps} steps, expected {width} per step")]
    Numbers {
        /// Numbers.
        found: usize,
        /// Steps.
        steps: usize,
        /// Currents.
        width: usize,
    },
    /// Not a number.
    #[error("found `{found}` in `{column}`, expected {expected}")]
    NotANumber {
        /// The text.
        found: String,
        /// Name of the column.
        column: String,
        /// What would be right.
        expected: &'static str,
    },
    /// NaN or infinite.
    #[error("{column} = {value}, expected a finite number")]
    NotFinite {
        /// Name of the column.
        column: String,
        /// The value.
        value: f64,
    },
    /// The first step starts late or early.
    #[error("the record starts at t = {found}, expected 0: `time` is the start of each step")]
    Start {
        /// First time.
        found: f64,
    },
    /// Times that do not increase.
    #[error("t = {found} does not come after t = {before}; times must increase")]
    Order {
        /// The time.
        found: f64,
        /// The one before.
        before: f64,
    },
    /// A gap, or another step.
    #[error(
        "t = {found} follows t = {before}, expected {expected}: the record has a gap or changes its step; fill it, or say spacing = \"irregular\""
    )]
    Gap {
        /// The time.
        found: f64,
        /// The one before.
        before: f64,
        /// What would be right.
        expected: f64,
    },
    /// One step has no spacing.
    #[error("one step has no spacing; say spacing = \"irregular\"")]
    OneStep,
    /// A step that starts at or after the end.
    #[error("a step starts at t = {found}, expected a time before the end of the run, {end}")]
    AfterEnd {
        /// The time.
        found: f64,
        /// End of the record.
        end: f64,
    },
    /// A click before the start.
    #[error("a click at t = {found}, expected a time of at least 0")]
    Early {
        /// The time.
        found: f64,
    },
    /// A channel that does not exist or is not counted.
    #[error("channel {found} of a click, expected one that is counted: {}", list(counted, *channels))]
    Channel {
        /// The channel.
        found: i64,
        /// Number of channels.
        channels: usize,
        /// Those that are counted.
        counted: Vec<usize>,
    },
}

impl Flaw {
    pub(super) fn not_finite(column: &str, value: f64) -> Self {
        Flaw::NotFinite { column: column.into(), value }
    }
}

fn list(counted: &[usize], channels: usize) -> String {
    if counted.is_empty() {
        return "none is".into();
    }
    if counted.len() == channels {
        return format!("0 to {}", channels - 1);
    }
    counted.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

/// A record that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}:{place} {flaw}", path.display())]
pub struct RecordingError {
    /// The file or folder.
    pub path: PathBuf,
    /// Where in it.
    pub place: Place,
    /// What.
    pub flaw: Flaw,
}
