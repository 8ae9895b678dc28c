//! Figures of a run as they are found, so that one that was cut off can go on.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What a run is fixed by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Header {
    schema: String,
    version: String,
    /// The model file, with its overrides.
    model: String,
    seed: u64,
}

/// One figure, on a line of its own.
#[derive(Serialize, Deserialize)]
struct Line {
    name: String,
    value: serde_json::Value,
}

/// Figures that are known, and the file that new ones are added to. The file is made with the first of them: a run that is refused leaves none.
#[derive(Debug, Default)]
pub struct Journal {
    known: HashMap<String, serde_json::Value>,
    /// Where figures are kept, and the first line.
    place: Option<(PathBuf, Header)>,
    file: Option<File>,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file that cannot be written or read.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Figures of another run.
    #[error("{path} has the figures of another run: {what} differs; leave out --resume to start anew")]
    Other {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
    },
}

impl Journal {
    /// A journal in `path` of the run of `model` (its text with overrides) under `seed`. With `resume` the figures in it are taken over; otherwise it starts anew.
    ///
    /// # Errors
    ///
    /// [`JournalError`] for a file that cannot be used, or one of another run.
    pub fn open(path: &Path, model: &str, seed: u64, resume: bool) -> Result<Self, JournalError> {
        let failed = |e: std::io::Error| JournalError::File { path: path.to_owned(), reason: e.to_string() };
        let header = Header {
            schema: "lightfall/photons-journal/1".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            model: model.to_owned(),
            seed,
        };
        let mut known = HashMap::new();
        if resume && path.exists() {
            let text = std::fs::read_to_string(path).map_err(failed)?;
            let mut lines = text.lines();
            let found: Option<Header> = lines.next().and_then(|l| serde_json::from_str(l).ok());
            let other = |what| JournalError::Other { path: path.to_owned(), what };
            let found = found.ok_or_else(|| other("its first line"))?;
            for (what, same) in [
                (
                    "the layout or the version of lightfall",
                    (&found.schema, &found.version) == (&header.schema, &header.version),
                ),
                ("the model", found.model == header.model),
                ("the seed", found.seed == header.seed),
            ] {
                if !same {
                    return Err(other(what));
                }
            }
            // A line that was cut off is a figure that is not known.
            known.extend(lines.filter_map(|l| serde_json::from_str::<Line>(l).ok()).map(|l| (l.name, l.value)));
        }
        Ok(Self { known, place: Some((path.to_owned(), header)), file: None })
    }

    /// The file, with the first line and all that is known.
    fn start(&self) -> Result<Option<File>, JournalError> {
        let Some((path, header)) = &self.place else { return Ok(None) };
        let failed = |e: std::io::Error| JournalError::File { path: path.clone(), reason: e.to_string() };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut text = serde_json::to_string(header).map_err(|e| failed(e.into()))?;
        let mut names: Vec<&String> = self.known.keys().collect();
        names.sort();
        for name in names {
            let line = Line { name: name.clone(), value: self.known[name].clone() };
            text.push('\n');
            text.push_str(&serde_json::to_string(&line).map_err(|e| failed(e.into()))?);
        }
        let mut file = File::create(path).map_err(failed)?;
        writeln!(file, "{text}").map_err(failed)?;
        Ok(Some(file))
    }

    /// Figures that are known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// True without figures.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The figure `name`: the one that is known, or what `find` finds, which is kept.
    pub(super) fn figure<T, E>(&mut self, name: &str, find: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        E: From<JournalError>,
    {
        if let Some(value) = self.known.get(name).and_then(|v| serde_json::from_value(v.clone()).ok()) {
            return Ok(value);
        }
        let found = find()?;
        let value = serde_json::to_value(&found).unwrap_or_default();
        if self.file.is_none() {
            self.file = self.start()?;
        }
        if let (Some(file), Some((path, _))) = (&mut self.file, &self.place) {
            let failed = |e: std::io::Error| JournalError::File { path: path.clone(), reason: e.to_string() };
            let line = serde_json::to_string(&Line { name: name.to_owned(), value: value.clone() });
            let line = line.map_err(|e| failed(e.into()))?;
            writeln!(file, "{line}").and_then(|()| file.flush()).map_err(failed)?;
        }
        self.known.insert(name.to_owned(), value);
        Ok(found)
    }

    /// Takes the file away: the run is at its end.
    ///
    /// # Errors
    ///
    /// [`JournalError::File`].
    pub fn finish(self) -> Result<(), JournalError> {
        drop(self.file);
        match self.place {
            Some((path, _)) if path.exists() => {
                std::fs::remove_file(&path).map_err(|e| JournalError::File { path, reason: e.to_string() })
            }
            _ => Ok(()),
        }
    }
}
