//! The tables `[run.detection]` and `[run.filter]`: how the outputs are watched, and which record is given to the filter.

use crate::keys::suggestion;
use lightfall_cavity::open_ising::LevelKind;
use lightfall_core::record::Record;
use lightfall_core::unravel::recording::{self, Flaw, Place, RecordingError, Spacing};
use lightfall_core::unravel::{Detection, Detector, Output, Recording};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// One value for all channels, or a list with one per channel (jump operator).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected one value, or a list with one value per channel")]
pub enum PerChannel<T> {
    /// The same in all channels.
    All(T),
    /// One per channel.
    Each(Vec<T>),
}

impl<T> PerChannel<T> {
    fn values(&self) -> &[T] {
        match self {
            PerChannel::All(v) => std::slice::from_ref(v),
            PerChannel::Each(v) => v,
        }
    }

    /// The value of `channel`; the length of a list has been checked.
    fn at(&self, channel: usize) -> &T {
        match self {
            PerChannel::All(v) => v,
            PerChannel::Each(v) => &v[channel],
        }
    }
}

/// Ways of watching a channel.
const WAYS: [&str; 4] = ["none", "counting", "homodyne", "heterodyne"];

/// The schema of a way: names, as they are, so that a wrong one is told the nearest.
fn way_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [{"enum": WAYS}, {"type": "array", "items": {"enum": WAYS}}, {"type": "null"}]})
}

/// Detectors of the levels `counting`, `homodyne`, `heterodyne`, `monitored` and `filter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetectionTable {
    /// Fraction of the light of a channel that its detector sees, 0 to 1.
    #[serde(default = "seen")]
    pub efficiency: PerChannel<f64>,
    /// Local-oscillator phase of homodyne channels, radians; `homodyne_phase` by default.
    pub phase: Option<PerChannel<f64>>,
    /// How the level `monitored`, and `filter` with a text file, watch each channel: none, counting, homodyne or heterodyne.
    #[schemars(schema_with = "way_schema")]
    pub watch: Option<PerChannel<String>>,
    /// Rate of clicks without a photon in counted channels.
    #[serde(default = "silent")]
    pub dark_counts: PerChannel<f64>,
}

fn seen() -> PerChannel<f64> {
    PerChannel::All(1.0)
}

fn silent() -> PerChannel<f64> {
    PerChannel::All(0.0)
}

impl Default for DetectionTable {
    fn default() -> Self {
        Self { efficiency: seen(), phase: None, watch: None, dark_counts: silent() }
    }
}

/// A key of `[run]` and what is wrong with it.
pub(crate) type Problem = (&'static str, String);

impl DetectionTable {
    /// What is wrong whatever the device.
    pub(crate) fn problem(&self, homodyne_phase: f64) -> Option<Problem> {
        let bad = |key, name: &str, values: &PerChannel<f64>, right: &dyn Fn(f64) -> bool, expected: &str| {
            let v = *values.values().iter().find(|v| !right(**v))?;
            Some((key, format!("{name} = {v}, expected {expected}")))
        };
        let phase = self.phase.as_ref();
        bad(
            "detection.efficiency",
            "efficiency",
            &self.efficiency,
            &|v| (0.0..=1.0).contains(&v),
            "a number from 0 to 1",
        )
        .or_else(|| {
            let right = |v: f64| v >= 0.0 && v.is_finite();
            bad("detection.dark_counts", "dark_counts", &self.dark_counts, &right, "a finite rate of at least 0")
        })
        .or_else(|| bad("detection.phase", "phase", phase?, &f64::is_finite, "a finite number of radians"))
        .or_else(|| {
            let twice = phase.is_some() && homodyne_phase != 0.0;
            twice.then(|| ("homodyne_phase", "homodyne_phase and detection.phase are both given; give one".into()))
        })
        .or_else(|| {
            let way = self.watch.as_ref()?.values().iter().find(|w| !WAYS.contains(&w.as_str()))?;
            let message = format!("unknown way to watch `{way}`; {}", suggestion(way, &WAYS.map(str::to_owned)));
            Some(("detection.watch", message))
        })
    }

    /// The detectors of `level` with `channels` jump operators, each watched in the way of the level, or as the table says for
    /// `monitored`.
    pub(crate) fn detectors(
        &self,
        level: LevelKind,
        channels: usize,
        homodyne_phase: f64,
    ) -> Result<Detection, Problem> {
        let fits = |key, name: &str, found: Option<usize>| match found {
            Some(found) if found != channels => {
                Err((key, format!("{name} has {found} values, expected one number or {channels}, one per channel")))
            }
            _ => Ok(()),
        };
        let length = |v: &PerChannel<f64>| matches!(v, PerChannel::Each(_)).then(|| v.values().len());
        fits("detection.efficiency", "efficiency", length(&self.efficiency))?;
        fits("detection.dark_counts", "dark_counts", length(&self.dark_counts))?;
        fits("detection.phase", "phase", self.phase.as_ref().and_then(length))?;
        if let Some(PerChannel::Each(ways)) = &self.watch {
            fits("detection.watch", "watch", Some(ways.len()))?;
        }
        let detector = |k: usize| {
            let way = match level {
                LevelKind::Monitored => self.watch.as_ref().map(|w| w.at(k).as_str()).ok_or_else(|| {
                    let example = "watch = [\"homodyne\", \"counting\"]";
                    ("detection", format!("the level needs [run.detection] with watch, such as {example}"))
                })?,
                other => other.name(),
            };
            Ok(match way {
                "counting" => Detector::Counting { dark_rate: *self.dark_counts.at(k) },
                "homodyne" => Detector::Homodyne { phase: self.phase.as_ref().map_or(homodyne_phase, |p| *p.at(k)) },
                "heterodyne" => Detector::Heterodyne,
                _ => Detector::None,
            })
        };
        let output = |k| Ok(Output { detector: detector(k)?, efficiency: *self.efficiency.at(k) });
        let outputs: Result<Vec<Output>, Problem> = (0..channels).map(output).collect();
        Detection::new(outputs?).map_err(|e| ("detection", e.to_string()))
    }
}

/// One path or several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected the path of a record, or a list of paths")]
pub enum Paths {
    /// One.
    One(PathBuf),
    /// Several: currents and clicks.
    Several(Vec<PathBuf>),
}

/// How the steps of a text file lie in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Steps {
    /// All equal.
    #[default]
    Equal,
    /// Any lengths; the last step ends at `end`.
    Irregular,
}

/// The record that the level `filter` is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterTable {
    /// CSV files (currents, clicks, or both), or the folder of a run; relative to the model file.
    pub record: Paths,
    /// Level of the folder whose record is taken.
    pub level: Option<LevelKind>,
    /// Trajectory of that level.
    pub trajectory: Option<u64>,
    /// Steps of a CSV file of currents.
    #[serde(default)]
    pub spacing: Steps,
}

/// Why a record cannot be given to the filter.
#[derive(Debug)]
pub(crate) enum FilterProblem {
    /// A key of `[run]`.
    Key(Problem),
    /// The record.
    Record(RecordingError),
}

impl From<Problem> for FilterProblem {
    fn from(p: Problem) -> Self {
        FilterProblem::Key(p)
    }
}

impl From<RecordingError> for FilterProblem {
    fn from(e: RecordingError) -> Self {
        // What is wrong with the file as a whole is a matter of the model that names it.
        match (e.place, &e.flaw) {
            (Place::Whole, Flaw::NoLevel { .. } | Flaw::NotKept) => FilterProblem::Key(("filter.level", e.to_string())),
            (Place::Whole, Flaw::Index { .. }) => FilterProblem::Key(("filter.trajectory", e.to_string())),
            (Place::Whole, Flaw::Unreadable { .. } | Flaw::Missing { .. } | Flaw::Twice { .. }) => {
                FilterProblem::Key(("filter.record", e.to_string()))
            }
            _ => FilterProblem::Record(e),
        }
    }
}

impl FilterTable {
    /// The recording and the detectors that left it.
    pub(crate) fn read(
        &self,
        folder: &Path,
        end: f64,
        detection: &DetectionTable,
        channels: usize,
        homodyne_phase: f64,
    ) -> Result<(Detection, Recording), FilterProblem> {
        let paths = match &self.record {
            Paths::One(path) => vec![folder.join(path)],
            Paths::Several(paths) => paths.iter().map(|p| folder.join(p)).collect(),
        };
        let as_key = |key, message: String| Err(FilterProblem::Key((key, message)));
        if let [run] = paths.as_slice()
            && run.is_dir()
        {
            let Some(level) = self.level else {
                let what = "level = \"homodyne\", trajectory = 0";
                return as_key(
                    "filter.record",
                    format!("{} is a folder: say which record of it, {what}", run.display()),
                );
            };
            if !level.has_ket() {
                return as_key("filter.level", format!("the level {} leaves no measurement record", level.name()));
            }
            let inner = run.join("record.zarr");
            let at = if inner.is_dir() { &inner } else { run };
            let record = Record::open(at).map_err(|e| ("filter.record", e.to_string()))?;
            let detectors = detection.detectors(level, channels, homodyne_phase)?;
            let track = record.track(level.name(), 0, self.trajectory.unwrap_or(0))?;
            let recording = track.recording(&detectors)?;
            return Ok((detectors, recording));
        }
        if let Some(key) = [(self.level.is_some(), "level"), (self.trajectory.is_some(), "trajectory")]
            .into_iter()
            .find_map(|(given, key)| given.then_some(key))
        {
            let what = format!("{key} belongs to the folder of a run; leave it out for a file, or check the path");
            return as_key("filter.record", what);
        }
        let detectors = detection.detectors(LevelKind::Monitored, channels, homodyne_phase)?;
        let spacing = match self.spacing {
            Steps::Equal => Spacing::Equal,
            Steps::Irregular => Spacing::Irregular { end },
        };
        let recording = recording::read(&paths, &detectors, spacing)?;
        Ok((detectors, recording))
    }
}
