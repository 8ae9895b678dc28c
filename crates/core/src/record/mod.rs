//! Records: one Zarr v3 store per run, one group per level, chunked by block, opened by xarray without us.
//!
//! Layout of a level's group: `time`; for every quantity `NAME_mean` and `NAME_stderr` over (instance, time, ..); for stored
//! ones `NAME` over (instance, trajectory, time, ..); `final` over (instance, trajectory, quantity); measurement records
//! as `record` (instance, trajectory, step, noise) with `step_start` (step), or `click_time` and `click_channel` (instance, trajectory,
//! click), or both; and a group `checkpoint` with the moments of every block. Chunks carry a CRC-32C checksum: a block is done when its count, written
//! last, and all its chunks decode; anything else is run again.

mod level;
mod track;

pub use level::{LevelRecord, LevelSpec, TrackSpec};
pub use track::Track;

use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zarrs::filesystem::FilesystemStore;
use zarrs::group::{Group, GroupBuilder};

/// What went wrong with a record on disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The folder cannot be made or written.
    #[error("cannot write {path}: {reason}")]
    Unwritable {
        /// The path.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Not a record of ours.
    #[error("{path} is not a lightfall record: {reason}")]
    NotARecord {
        /// The path.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// An array of the record cannot be read or written.
    #[error("{path}: array {array}: {reason}")]
    Array {
        /// The record.
        path: PathBuf,
        /// The array.
        array: String,
        /// What happened.
        reason: String,
    },
}

/// A record on disk.
#[derive(Debug)]
pub struct Record {
    path: PathBuf,
    store: Arc<FilesystemStore>,
    attributes: Map<String, Value>,
}

impl Record {
    /// Makes a new record with `attributes` at its root; the folder must not hold one already.
    pub fn create(path: &Path, attributes: Map<String, Value>) -> Result<Self, RecordError> {
        let unwritable = |reason: String| RecordError::Unwritable { path: path.to_owned(), reason };
        std::fs::create_dir_all(path).map_err(|e| unwritable(e.to_string()))?;
        let store = Arc::new(FilesystemStore::new(path).map_err(|e| unwritable(e.to_string()))?);
        let record = Self { path: path.to_owned(), store, attributes };
        record.write_attributes()?;
        Ok(record)
    }

    /// Opens a record.
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let not = |reason: String| RecordError::NotARecord { path: path.to_owned(), reason };
        if !path.join("zarr.json").is_file() {
            return Err(not("there is no zarr.json in it".into()));
        }
        let store = Arc::new(FilesystemStore::new(path).map_err(|e| not(e.to_string()))?);
        let group = Group::open(store.clone(), "/").map_err(|e| not(e.to_string()))?;
        let attributes = group.attributes().clone();
        if !attributes.contains_key("lightfall") {
            return Err(not("its attributes have no key \"lightfall\"".into()));
        }
        Ok(Self { path: path.to_owned(), store, attributes })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Attributes at the root.
    pub fn attributes(&self) -> &Map<String, Value> {
        &self.attributes
    }

    /// Sets an attribute at the root.
    pub fn set_attribute(&mut self, key: &str, value: Value) -> Result<(), RecordError> {
        self.attributes.insert(key.into(), value);
        self.write_attributes()
    }

    fn write_attributes(&self) -> Result<(), RecordError> {
        write_group(&self.store, &self.path, "/", self.attributes.clone())
    }

    /// Opens the group of a level, making what is missing; arrays that exist are resized, their chunks kept.
    pub fn level(&self, spec: LevelSpec) -> Result<LevelRecord, RecordError> {
        LevelRecord::open(self.path.clone(), self.store.clone(), spec)
    }
}

fn write_group(
    store: &Arc<FilesystemStore>,
    path: &Path,
    at: &str,
    attributes: Map<String, Value>,
) -> Result<(), RecordError> {
    let unwritable = |reason: String| RecordError::Unwritable { path: path.to_owned(), reason };
    let group =
        GroupBuilder::new().attributes(attributes).build(store.clone(), at).map_err(|e| unwritable(e.to_string()))?;
    group.store_metadata().map_err(|e| unwritable(e.to_string()))
}
