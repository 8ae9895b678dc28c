//! The text of a model, its overrides, and errors that point into it.

use crate::ModelError;
use crate::keys::with_nearest_key;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// A `key=value` given on the command line: a dotted key of the model and a TOML value.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// Dotted key, such as `device.open-ising.wz`.
    pub key: String,
    /// TOML value; a bare word counts as a string.
    pub value: String,
}

impl Override {
    /// Splits `key=value`.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let error =
            |message: String| ModelError { file: format!("--set {text}"), text: text.into(), span: None, message };
        let (key, value) =
            text.split_once('=').ok_or_else(|| error("expected key=value, such as device.open-ising.wz=2.0".into()))?;
        let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
        if key.is_empty() || value.is_empty() {
            return Err(error("the key or the value is empty; expected key=value".into()));
        }
        Ok(Self { key, value })
    }
}

/// Text of a model file with its name and folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Name for messages.
    pub name: String,
    /// Folder that relative file names refer to.
    pub folder: PathBuf,
    /// The text, overrides applied.
    pub text: String,
}

impl Source {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|e| ModelError {
            file: name.clone(),
            text: String::new(),
            span: None,
            message: format!("cannot be read: {e}"),
        })?;
        Ok(Self { name, folder: path.parent().unwrap_or(Path::new(".")).to_owned(), text })
    }

    /// An error at `span`.
    pub fn error(&self, span: Option<Range<usize>>, message: impl Into<String>) -> ModelError {
        ModelError { file: self.name.clone(), text: self.text.clone(), span, message: message.into() }
    }

    /// A TOML error, with the nearest valid key where it is about an unknown one.
    pub(crate) fn toml_error(&self, error: &toml::de::Error) -> ModelError {
        self.error(error.span(), with_nearest_key(error.message()))
    }

    /// The table of the whole text, with spans.
    pub(crate) fn table(&self) -> Result<Spanned<DeTable<'_>>, ModelError> {
        DeTable::parse(&self.text).map_err(|e| self.toml_error(&e))
    }

    /// Deserialises one value of the text.
    pub(crate) fn value<'a, T: serde::Deserialize<'a>>(&self, value: Spanned<DeValue<'a>>) -> Result<T, ModelError> {
        let span = value.span();
        T::deserialize(ValueDeserializer::from(value)).map_err(|e| {
            let e = self.toml_error(&e);
            ModelError { span: e.span.or(Some(span)), ..e }
        })
    }

    /// The bytes of the value of the dotted key `path`, or of the nearest table above it that exists.
    pub fn span_of(&self, path: &[&str]) -> Option<Range<usize>> {
        let table = self.table().ok()?;
        let mut span = None;
        let mut here: &DeTable<'_> = table.get_ref();
        for part in path {
            let Some((key, value)) = here.iter().find(|(k, _)| k.get_ref() == part) else {
                break;
            };
            span = Some(if value.get_ref().is_table() { key.span() } else { value.span() });
            match value.get_ref().as_table() {
                Some(t) => here = t,
                None => break,
            }
        }
        span
    }

    /// Whether the dotted key `path` exists.
    pub(crate) fn has(&self, path: &[&str]) -> bool {
        let Ok(table) = self.table() else { return false };
        let mut here: Option<&DeTable<'_>> = Some(table.get_ref());
        path.iter().all(|part| {
            let found = here.and_then(|t| t.iter().find(|(k, _)| k.get_ref() == part));
            here = found.and_then(|(_, value)| value.get_ref().as_table());
            found.is_some()
        })
    }

    /// The bytes of the value of the first key `name` below the table `path`, at any depth.
    pub(crate) fn span_below(&self, path: &[&str], name: &str) -> Option<Range<usize>> {
        fn find(table: &DeTable<'_>, name: &str) -> Option<Range<usize>> {
            if let Some((key, value)) = table.iter().find(|(k, _)| k.get_ref() == name) {
                return Some(if value.get_ref().is_table() { key.span() } else { value.span() });
            }
            table.iter().find_map(|(_, value)| find(value.get_ref().as_table()?, name))
        }
        let table = self.table().ok()?;
        let mut here: &DeTable<'_> = table.get_ref();
        for part in path {
            here = here.iter().find(|(k, _)| k.get_ref() == part)?.1.get_ref().as_table()?;
        }
        find(here, name)
    }

    /// The same source with `overrides` applied to its values; comments are lost.
    pub fn with(&self, overrides: &[Override]) -> Result<Self, ModelError> {
        if overrides.is_empty() {
            return Ok(self.clone());
        }
        let mut table: toml::Table = toml::from_str(&self.text).map_err(|e| self.toml_error(&e))?;
        for o in overrides {
            apply(&mut table, o)?;
        }
        let names: Vec<String> = overrides.iter().map(|o| format!("--set {}={}", o.key, o.value)).collect();
        let text = toml::to_string(&table).map_err(|e| self.error(None, e.to_string()))?;
        Ok(Self { name: format!("{} with {}", self.name, names.join(" ")), folder: self.folder.clone(), text })
    }
}

/// Most parts of a dotted key: no table of a model is nested deeper.
const DEEPEST: usize = 16;

fn apply(table: &mut toml::Table, o: &Override) -> Result<(), ModelError> {
    let error = |message: String| ModelError {
        file: format!("--set {}={}", o.key, o.value),
        text: String::new(),
        span: None,
        message,
    };
    let parsed: Result<toml::Table, _> = toml::from_str(&format!("value = {}", o.value));
    let value = match parsed {
        Ok(mut t) => t.remove("value").unwrap_or(toml::Value::String(o.value.clone())),
        // A bare word, such as a level name.
        Err(_) if o.value.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c)) => {
            toml::Value::String(o.value.clone())
        }
        Err(e) => return Err(error(format!("the value is not TOML: {}", e.message()))),
    };
    let parts: Vec<&str> = o.key.split('.').collect();
    if parts.len() > DEEPEST {
        return Err(error(format!("the key has {} parts, expected at most {DEEPEST}", parts.len())));
    }
    let Some((last, above)) = parts.split_last() else {
        return Err(error("the key is empty".into()));
    };
    let mut here = table;
    for part in above {
        let next = here.entry(part.to_string()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        here = match next.as_table_mut() {
            Some(t) => t,
            None => {
                return Err(error(format!("`{part}` is a value, not a table: it has no keys; set {part} itself")));
            }
        };
    }
    here.insert((*last).to_owned(), value);
    Ok(())
}
