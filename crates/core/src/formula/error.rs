//! Why a formula was refused, and where.

use std::fmt;
use std::ops::Range;

/// A refused formula: the reason and the place in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormulaError {
    // Boxed to keep every Result that may hold it small.
    kind: Box<FormulaErrorKind>,
    span: Range<usize>,
    column: usize,
}

/// What was found in a formula, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormulaErrorKind {
    /// Something that cannot stand here; `found` is `None` at the end of the text.
    Unexpected {
        /// The offending characters.
        found: Option<String>,
        /// What may stand here.
        expected: &'static str,
    },
    /// A parenthesis that is not closed.
    Unclosed {
        /// The offending characters, `None` at the end of the text.
        found: Option<String>,
        /// Column of the opening parenthesis, counted from 1.
        opened: usize,
    },
    /// A name that is neither a value nor a constant.
    UnknownName {
        /// The name as written.
        name: String,
        /// The known name it resembles.
        nearest: Option<String>,
        /// All values and constants.
        available: Vec<String>,
    },
    /// A name before `(` that is not a function.
    UnknownFunction {
        /// The name as written.
        name: String,
        /// The function it resembles.
        nearest: Option<String>,
        /// All functions.
        available: Vec<String>,
    },
    /// A value or constant followed by `(`: multiplication is written out.
    NotAFunction {
        /// The name of the value.
        name: String,
    },
    /// A function without its arguments.
    MissingArguments {
        /// The function.
        function: &'static str,
    },
    /// A function with too few or too many arguments.
    ArgumentCount {
        /// The function.
        function: &'static str,
        /// Arguments given.
        found: usize,
        /// Arguments needed.
        expected: usize,
    },
    /// A literal beyond the range of f64.
    NumberTooLarge {
        /// The literal as written.
        found: String,
    },
    /// More pending operands, or more nested parentheses, signs and powers, than are allowed.
    TooDeep {
        /// The limit that was passed.
        limit: usize,
    },
    /// A value name, given beside the formula, that cannot be used.
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: NameProblem,
    },
}

/// Why a value name cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameProblem {
    /// Not a letter or `_` followed by letters, digits and `_`.
    NotAnIdentifier,
    /// The name of a function or constant.
    Reserved,
    /// Given twice.
    Repeated,
}

impl FormulaError {
    /// An error about the bytes `span` of `text`.
    pub(super) fn new(kind: FormulaErrorKind, text: &str, span: Range<usize>) -> Self {
        Self { kind: Box::new(kind), column: column(text, span.start), span }
    }

    /// The reason.
    pub fn kind(&self) -> &FormulaErrorKind {
        &self.kind
    }

    /// The offending bytes of the formula's text, on character boundaries; empty at its end.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The column of the first offending character, counted in characters from 1.
    pub fn column(&self) -> usize {
        self.column
    }
}

/// The column of byte `offset` of `text`, counted in characters from 1.
pub(super) fn column(text: &str, offset: usize) -> usize {
    1 + text.char_indices().take_while(|(at, _)| *at < offset).count()
}

impl fmt::Display for FormulaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let FormulaErrorKind::Name { name, problem } = self.kind() {
            return match problem {
                NameProblem::NotAnIdentifier => {
                    write!(f, "`{name}` cannot name a value; use a letter followed by letters, digits and _")
                }
                NameProblem::Reserved => {
                    write!(f, "`{name}` cannot name a value, it is a function or constant; choose another name")
                }
                NameProblem::Repeated => {
                    write!(f, "`{name}` names two values; rename one of them")
                }
            };
        }
        write!(f, "column {}: {}", self.column, self.kind)
    }
}

impl fmt::Display for FormulaErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected { found, expected } => {
                write!(f, "found {}, expected {expected}", quoted(found))
            }
            Self::Unclosed { found, opened } => {
                write!(f, "found {}, expected an operator or `)` to close the `(` at column {opened}", quoted(found))
            }
            Self::UnknownName { name, nearest, available } => {
                write!(f, "unknown name `{name}`; ")?;
                list(f, nearest, available)
            }
            Self::UnknownFunction { name, nearest, available } => {
                write!(f, "unknown function `{name}`; ")?;
                list(f, nearest, available)
            }
            Self::NotAFunction { name } => {
                write!(f, "`{name}` is not a function; a product is written `{name}*(...)`")
            }
            Self::MissingArguments { function } => {
                write!(f, "`{function}` is a function; write `{function}(...)`")
            }
            Self::ArgumentCount { function, found, expected } => {
                let noun = if *expected == 1 { "argument" } else { "arguments" };
                write!(f, "`{function}` takes {expected} {noun}, found {found}")
            }
            Self::NumberTooLarge { found } => {
                write!(f, "`{found}` is too large; the largest number is about 1.8e308")
            }
            Self::TooDeep { limit } => {
                write!(f, "nested more than {limit} deep; split the formula or flatten its parentheses")
            }
            Self::Name { name, .. } => write!(f, "`{name}` cannot name a value"),
        }
    }
}

impl std::error::Error for FormulaError {}

/// `found` in backquotes, or the words for the end of the text.
fn quoted(found: &Option<String>) -> String {
    match found {
        Some(found) => format!("`{found}`"),
        None => "the end of the formula".to_owned(),
    }
}

/// The suggestion, if any, and the known names.
fn list(f: &mut fmt::Formatter<'_>, nearest: &Option<String>, available: &[String]) -> fmt::Result {
    if let Some(nearest) = nearest {
        write!(f, "did you mean `{nearest}`? ")?;
    }
    write!(f, "known here: {}", available.join(", "))
}
