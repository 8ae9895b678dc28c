//! The measurement record of one trajectory of a level, read back.

use super::Record;
use crate::unravel::recording::{Flaw, Place, RecordingError, Spacing, clicks_text, currents_text};
use crate::unravel::{Click, Detection, Recording};
use serde_json::Value;
use std::path::PathBuf;
use zarrs::array::{Array, ArraySubset, ElementOwned};
use zarrs::filesystem::FilesystemStore;
use zarrs::group::Group;

/// What one trajectory of a level measured, as the record holds it.
#[derive(Clone, Debug)]
pub struct Track {
    path: PathBuf,
    names: Vec<String>,
    starts: Vec<f64>,
    end: f64,
    rows: Vec<f64>,
    clicks: Option<Vec<Click>>,
}

impl Record {
    /// Reads what trajectory `trajectory` of `level` measured in `instance`.
    ///
    /// Errors: no such level or trajectory, a level that kept no record, damaged chunks.
    pub fn track(&self, level: &str, instance: u64, trajectory: u64) -> Result<Track, RecordingError> {
        let path = self.path.join(level);
        let error = |flaw| RecordingError { path: path.clone(), place: Place::Whole, flaw };
        let group = Group::open(self.store.clone(), &format!("/{level}")).map_err(|_| {
            let levels = self.levels().join(", ");
            let flaw = Flaw::NoLevel { level: level.into(), levels };
            RecordingError { path: self.path.clone(), place: Place::Whole, flaw }
        })?;
        let array = |name: &str| Array::open(self.store.clone(), &format!("/{level}/{name}")).ok();
        let reader = Reader { instance, trajectory, error: &error };
        let times: Vec<f64> = match array("time") {
            Some(a) => reader.all(&a)?,
            None => return Err(error(Flaw::Unreadable { reason: "there is no array `time`".into() })),
        };
        let mut track = Track {
            path: path.clone(),
            names: vec![],
            starts: vec![],
            end: times.last().copied().unwrap_or(0.0),
            rows: vec![],
            clicks: None,
        };
        if let (Some(record), Some(starts)) = (array("record"), array("step_start")) {
            track.starts = reader.all(&starts)?;
            track.rows = reader.row(&record)?;
            let names = group.attributes().get("currents").and_then(Value::as_array).cloned().unwrap_or_default();
            track.names = names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        if let (Some(times), Some(channels)) = (array("click_time"), array("click_channel")) {
            let (times, channels): (Vec<f64>, Vec<i64>) = (reader.row(&times)?, reader.row(&channels)?);
            let all = times.into_iter().zip(channels);
            let clicks = all.map_while(|(time, c)| Some(Click { time, channel: u32::try_from(c).ok()? }));
            track.clicks = Some(clicks.collect());
        }
        if track.starts.is_empty() && track.clicks.is_none() {
            return Err(error(Flaw::NotKept));
        }
        Ok(track)
    }

    /// Names of the groups at the root.
    fn levels(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.path).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter(|e| e.path().join("zarr.json").is_file())
            .filter_map(|e| e.file_name().into_string().ok())
            .collect();
        names.sort();
        names
    }
}

/// Whether a part of this shape can be meant: damaged metadata asks for more than fits into any memory.
pub(super) fn plausible(shape: &[u64]) -> bool {
    shape.iter().try_fold(1_u64, |all, n| all.checked_mul(*n)).is_some_and(|all| all < 1 << 36)
}

/// Reads the part of an array that belongs to one trajectory.
struct Reader<'a> {
    instance: u64,
    trajectory: u64,
    error: &'a dyn Fn(Flaw) -> RecordingError,
}

impl Reader<'_> {
    fn all(&self, array: &Array<FilesystemStore>) -> Result<Vec<f64>, RecordingError> {
        self.part(array, &array.subset_all())
    }

    fn part<T: ElementOwned>(
        &self,
        array: &Array<FilesystemStore>,
        subset: &ArraySubset,
    ) -> Result<Vec<T>, RecordingError> {
        let unreadable = |reason: String| (self.error)(Flaw::Unreadable { reason });
        if !plausible(subset.shape()) {
            return Err(unreadable(format!("array {} claims {:?} values", array.path(), subset.shape())));
        }
        array.retrieve_array_subset(subset).map_err(|e| unreadable(format!("array {}: {e}", array.path())))
    }

    fn row<T: ElementOwned>(&self, array: &Array<FilesystemStore>) -> Result<Vec<T>, RecordingError> {
        let shape = array.shape();
        let [_, _, rest @ ..] = shape else {
            let reason =
                format!("array {} has {} dimensions, not instances and trajectories", array.path(), shape.len());
            return Err((self.error)(Flaw::Unreadable { reason }));
        };
        for (what, found, limit) in [("instance", self.instance, shape[0]), ("trajectory", self.trajectory, shape[1])] {
            if found >= limit {
                return Err((self.error)(Flaw::Index { what, found, limit }));
            }
        }
        let rest = rest.iter().map(|n| 0..*n);
        let ranges: Vec<std::ops::Range<u64>> =
            [self.instance..self.instance + 1, self.trajectory..self.trajectory + 1].into_iter().chain(rest).collect();
        self.part(array, &ArraySubset::new_with_ranges(&ranges))
    }
}

impl Track {
    /// The track as the record of `detection`, checked.
    pub fn recording(&self, detection: &Detection) -> Result<Recording, RecordingError> {
        let error = |place, flaw| RecordingError { path: self.path.clone(), place, flaw };
        let columns = |names: &[String]| [&["time".to_owned()], names].concat().join(",");
        if self.names != detection.currents() {
            let (found, expected) = (columns(&self.names), columns(&detection.currents()));
            return Err(error(
                Place::Whole,
                Flaw::Columns { found, expected, hint: " from what watches the channels" },
            ));
        }
        if detection.has_clicks() && self.clicks.is_none() {
            let flaw = Flaw::Missing { what: "clicks", expected: "time,channel".into() };
            return Err(error(Place::Whole, flaw));
        }
        let clicks = if detection.has_clicks() { self.clicks.clone() } else { None };
        let spacing = Spacing::Irregular { end: self.end };
        Recording::new(detection, &self.starts, self.rows.clone(), spacing, clicks.unwrap_or_default())
            .map_err(|e| error(e.place, e.flaw))
    }

    /// The currents as text: `time` and one column each; `None` without any.
    pub fn currents_text(&self) -> Option<String> {
        let times = [self.starts.as_slice(), &[self.end]].concat();
        (!self.starts.is_empty()).then(|| currents_text(&self.names, &times, &self.rows))
    }

    /// The clicks as text: `time,channel`; `None` where nothing is counted.
    pub fn clicks_text(&self) -> Option<String> {
        self.clicks.as_deref().map(clicks_text)
    }

    /// True if the steps of the currents do not all have the same length.
    pub fn is_irregular(&self) -> bool {
        let Some(&first) = self.starts.get(1) else { return false };
        let ends = self.starts.iter().skip(1).chain([&self.end]);
        self.starts.iter().zip(ends).any(|(a, b)| (b - a - first).abs() > 1e-6 * first)
    }
}
