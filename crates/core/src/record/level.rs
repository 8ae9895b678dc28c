//! The group of one level: its arrays, its blocks, its summary.

use super::{RecordError, write_group};
use crate::ensemble::{Block, Layout, Sink, Tracks};
use crate::stats::Moments;
use crate::unravel::Click;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use zarrs::array::codec::Crc32cCodec;
use zarrs::array::{Array, ArrayBuilder, Element, ElementOwned, data_type};
use zarrs::filesystem::FilesystemStore;
use zarrs::group::Group;

/// Clicks per chunk of the click arrays; the arrays grow by this much.
const CLICKS: u64 = 64;

/// Kind of measurement record a level keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackSpec {
    /// None.
    None,
    /// Click times and channels.
    Clicks,
    /// Increments: steps per trajectory and numbers per step.
    Increments {
        /// Steps of a trajectory.
        steps: u64,
        /// Numbers per step.
        width: u64,
    },
    /// Both.
    Both {
        /// Steps of a trajectory.
        steps: u64,
        /// Numbers per step.
        width: u64,
    },
}

impl TrackSpec {
    /// Clicks or not, and increments if `width` is not zero.
    pub fn new(clicks: bool, steps: u64, width: u64) -> Self {
        match (clicks, width) {
            (true, 0) => TrackSpec::Clicks,
            (true, _) => TrackSpec::Both { steps, width },
            (false, 0) => TrackSpec::None,
            (false, _) => TrackSpec::Increments { steps, width },
        }
    }

    fn clicks(self) -> bool {
        matches!(self, TrackSpec::Clicks | TrackSpec::Both { .. })
    }

    /// Steps and numbers per step, if there are increments.
    fn increments(self) -> Option<(u64, u64)> {
        match self {
            TrackSpec::Increments { steps, width } | TrackSpec::Both { steps, width } => Some((steps, width)),
            TrackSpec::None | TrackSpec::Clicks => None,
        }
    }
}

/// What the group of a level holds.
#[derive(Clone, Debug)]
pub struct LevelSpec {
    /// Name of the level, the path of its group.
    pub name: String,
    /// Save times.
    pub times: Vec<f64>,
    /// Quantities.
    pub layout: Layout,
    /// Device instances.
    pub instances: u64,
    /// Trajectories per instance.
    pub trajectories: u64,
    /// Trajectories per block.
    pub block: u64,
    /// Measurement records.
    pub tracks: TrackSpec,
    /// Where the steps of the increments start; empty without increments.
    pub step_starts: Vec<f64>,
    /// Attributes of the group.
    pub attributes: Map<String, Value>,
}

/// One level of a record, open for writing the blocks of one instance at a time.
#[derive(Debug)]
pub struct LevelRecord {
    path: PathBuf,
    store: Arc<FilesystemStore>,
    spec: LevelSpec,
    instance: u64,
    clicks: u64,
}

impl LevelRecord {
    pub(super) fn open(path: PathBuf, store: Arc<FilesystemStore>, spec: LevelSpec) -> Result<Self, RecordError> {
        let mut record = Self { path, store, spec, instance: 0, clicks: CLICKS };
        // Arrays of an earlier run may already have grown.
        if let Ok(array) = record.open_array("click_time") {
            record.clicks = array.shape().last().copied().unwrap_or(CLICKS).max(CLICKS);
        }
        record.make()?;
        Ok(record)
    }

    /// Moves to the blocks of `instance`.
    pub fn at_instance(&mut self, instance: u64) {
        self.instance = instance;
    }

    fn at(&self, array: &str) -> String {
        format!("/{}/{array}", self.spec.name)
    }

    fn fail(&self, array: &str, reason: impl ToString) -> RecordError {
        let array = format!("{}/{array}", self.spec.name);
        RecordError::Array { path: self.path.clone(), array, reason: reason.to_string() }
    }

    /// Writes the metadata of an array: dimensions as (name, length, chunk length). There is no array of nothing: a level may have none of the
    /// observables, a device no channel.
    fn array(&self, name: &str, dims: &[(&str, u64, u64)], integer: bool) -> Result<(), RecordError> {
        if dims.iter().any(|d| d.1 == 0) {
            return Ok(());
        }
        let shape: Vec<u64> = dims.iter().map(|d| d.1).collect();
        let chunks: Vec<u64> = dims.iter().map(|d| d.2.max(1)).collect();
        let names: Vec<&str> = dims.iter().map(|d| d.0).collect();
        let mut builder = if integer {
            ArrayBuilder::new(shape, chunks, data_type::int64(), -1_i64)
        } else {
            ArrayBuilder::new(shape, chunks, data_type::float64(), f64::NAN)
        };
        let array = builder
            .bytes_to_bytes_codecs(vec![Arc::new(Crc32cCodec::new())])
            .dimension_names(Some(names))
            .build(self.store.clone(), &self.at(name))
            .map_err(|e| self.fail(name, e))?;
        array.store_metadata().map_err(|e| self.fail(name, e))
    }

    fn make(&self) -> Result<(), RecordError> {
        let s = &self.spec;
        // Groups above a nested level name, then the level and its checkpoint.
        let mut above = String::new();
        for part in s.name.split('/') {
            above = format!("{above}/{part}");
            let attributes = if above.len() > s.name.len() { s.attributes.clone() } else { Map::new() };
            write_group(&self.store, &self.path, &above, attributes)?;
        }
        write_group(&self.store, &self.path, &self.at("checkpoint"), Map::new())?;
        let times = s.times.len() as u64;
        let time = ("time", times, times);
        self.array("time", &[time], false)?;
        self.write("time", &[0], &s.times)?;
        for (_, q) in s.layout.columns() {
            let site: Vec<(&str, u64, u64)> =
                q.shape.dimensions().iter().map(|&(name, n)| (name, n as u64, n as u64)).collect();
            let with = |first: &[(&'static str, u64, u64)]| [first, &[time], site.as_slice()].concat();
            for suffix in ["mean", "stderr"] {
                self.array(&format!("{}_{suffix}", q.name), &with(&[("instance", s.instances, 1)]), false)?;
            }
            if q.store {
                let dims = with(&[("instance", s.instances, 1), ("trajectory", s.trajectories, s.block)]);
                self.array(&q.name, &dims, false)?;
            }
        }
        let each = [("instance", s.instances, 1), ("trajectory", s.trajectories, s.block)];
        let scalars = s.layout.scalars().len() as u64;
        self.array("final", &[&each[..], &[("quantity", scalars, scalars)]].concat(), false)?;
        if s.tracks.clicks() {
            self.make_click_arrays()?;
        }
        if let Some((steps, width)) = s.tracks.increments() {
            self.array("record", &[&each[..], &[("step", steps, steps), ("noise", width, width)]].concat(), false)?;
            self.array("step_start", &[("step", steps, steps)], false)?;
            self.write("step_start", &[0], &s.step_starts)?;
        }
        let blocks = s.trajectories.div_ceil(s.block);
        let width = s.layout.width() as u64;
        let per_block = [("instance", s.instances, 1), ("block", blocks, 1)];
        let moments = [("moment", 2, 2), ("time", times, times), ("column", width, width)];
        self.array("checkpoint/moments", &[&per_block[..], &moments].concat(), false)?;
        self.array("checkpoint/seconds", &per_block, false)?;
        if s.tracks.clicks() {
            self.array("checkpoint/click_chunks", &per_block, true)?;
        }
        self.array("checkpoint/count", &per_block, true)
    }

    fn make_click_arrays(&self) -> Result<(), RecordError> {
        let s = &self.spec;
        let dims =
            [("instance", s.instances, 1), ("trajectory", s.trajectories, s.block), ("click", self.clicks, CLICKS)];
        self.array("click_time", &dims, false)?;
        self.array("click_channel", &dims, true)
    }

    fn open_array(&self, name: &str) -> Result<Array<FilesystemStore>, RecordError> {
        Array::open(self.store.clone(), &self.at(name)).map_err(|e| self.fail(name, e))
    }

    /// Writes one whole chunk, unless it is empty.
    fn write<T: Element>(&self, name: &str, chunk: &[u64], values: &[T]) -> Result<(), RecordError> {
        if values.is_empty() {
            return Ok(());
        }
        let array = self.open_array(name)?;
        array.store_chunk(chunk, values).map_err(|e| self.fail(name, e))
    }

    /// Reads one whole chunk; `None` if it is missing or damaged.
    fn read<T: ElementOwned>(&self, name: &str, chunk: &[u64]) -> Option<Vec<T>> {
        self.open_array(name).ok()?.retrieve_chunk_if_exists::<Vec<T>>(chunk).ok()?
    }

    /// `values` of a short last block, filled up to a whole chunk.
    fn fill<T: Copy>(&self, mut values: Vec<T>, count: u64, empty: T) -> Vec<T> {
        let each = values.len() / count.max(1) as usize;
        values.resize(each * self.spec.block as usize, empty);
        values
    }

    fn write_tracks(&mut self, block: &Block) -> Result<(), RecordError> {
        let (i, b, count) = (self.instance, block.index, block.moments.count);
        if let (Tracks::Increments { rows, .. } | Tracks::Both { rows, .. }, Some(_)) =
            (&block.tracks, self.spec.tracks.increments())
        {
            self.write("record", &[i, b, 0, 0], &self.fill(rows.concat(), count, f64::NAN))?;
        }
        if let Tracks::Clicks(clicks) | Tracks::Both { clicks, .. } = &block.tracks {
            self.write_clicks(b, clicks)?;
        }
        Ok(())
    }

    fn write_clicks(&mut self, b: u64, clicks: &[Vec<Click>]) -> Result<(), RecordError> {
        let i = self.instance;
        let longest = clicks.iter().map(Vec::len).max().unwrap_or(0) as u64;
        let chunks = longest.div_ceil(CLICKS).max(1);
        if chunks * CLICKS > self.clicks {
            self.clicks = chunks * CLICKS;
            self.make_click_arrays()?;
        }
        for chunk in 0..chunks {
            let cell =
                |row: u64, k: u64| -> Option<&Click> { clicks.get(row as usize)?.get((chunk * CLICKS + k) as usize) };
            let cells = || (0..self.spec.block).flat_map(|r| (0..CLICKS).map(move |k| (r, k)));
            let times: Vec<f64> = cells().map(|(r, k)| cell(r, k).map_or(f64::NAN, |c| c.time)).collect();
            let channels: Vec<i64> = cells().map(|(r, k)| cell(r, k).map_or(-1, |c| i64::from(c.channel))).collect();
            self.write("click_time", &[i, b, chunk], &times)?;
            self.write("click_channel", &[i, b, chunk], &channels)?;
        }
        self.write("checkpoint/click_chunks", &[i, b], &[chunks as i64])
    }

    /// Chunk index of a stored quantity: (instance, block, 0, ..).
    fn stored_chunk(&self, rank: usize, block: u64) -> Vec<u64> {
        let mut chunk = vec![0; rank];
        chunk[..2].copy_from_slice(&[self.instance, block]);
        chunk
    }

    /// Name, rank and numbers of each stored quantity.
    fn stored(&self) -> Vec<(String, usize, usize)> {
        let stored = self.spec.layout.quantities.iter().filter(|q| q.store);
        stored.map(|q| (q.name.clone(), 3 + q.shape.dimensions().len(), q.shape.width())).collect()
    }

    /// Writes means and standard errors of an instance.
    pub fn write_summary(&self, instance: u64, moments: &Moments) -> Result<(), RecordError> {
        let layout = &self.spec.layout;
        let width = layout.width();
        for (first, q) in layout.columns() {
            let columns =
                || (0..self.spec.times.len()).flat_map(|t| (0..q.shape.width()).map(move |k| t * width + first + k));
            let mut chunk = vec![0; 2 + q.shape.dimensions().len()];
            chunk[0] = instance;
            let mean: Vec<f64> = columns().map(|c| moments.mean[c]).collect();
            let stderr: Vec<f64> = columns().map(|c| moments.estimate(c).stderr.unwrap_or(f64::NAN)).collect();
            self.write(&format!("{}_mean", q.name), &chunk, &mean)?;
            self.write(&format!("{}_stderr", q.name), &chunk, &stderr)?;
        }
        Ok(())
    }

    /// The scalar `quantity` at the end of the first `trajectories` trajectories of every instance, instance by instance.
    pub fn read_final(
        record: &super::Record,
        level: &str,
        quantity: &str,
        trajectories: u64,
    ) -> Result<Vec<f64>, RecordError> {
        let fail =
            |reason: String| RecordError::Array { path: record.path.clone(), array: format!("{level}/final"), reason };
        let group = Group::open(record.store.clone(), &format!("/{level}")).map_err(|e| fail(e.to_string()))?;
        let names = group.attributes().get("final_quantities").and_then(Value::as_array).cloned().unwrap_or_default();
        let Some(at) = names.iter().position(|n| n.as_str() == Some(quantity)) else {
            return Ok(Vec::new());
        };
        let array = Array::open(record.store.clone(), &format!("/{level}/final")).map_err(|e| fail(e.to_string()))?;
        let [_, stored, quantities] = array.shape()[..] else {
            return Err(fail("it has not three dimensions".into()));
        };
        if at as u64 >= quantities || !super::track::plausible(array.shape()) {
            return Err(fail(format!("its shape is {:?}, which does not fit its names", array.shape())));
        }
        let all: Vec<f64> = array.retrieve_array_subset(&array.subset_all()).map_err(|e| fail(e.to_string()))?;
        let per_instance = (stored * quantities) as usize;
        let kept = trajectories.min(stored) as usize;
        let rows = all.chunks_exact(per_instance.max(1)).flat_map(|i| i.chunks_exact(quantities as usize).take(kept));
        Ok(rows.map(|row| row[at]).collect())
    }

    /// Adds to the attributes of the group.
    pub fn set_attributes(&mut self, more: Map<String, Value>) -> Result<(), RecordError> {
        self.spec.attributes.extend(more);
        self.spec.attributes.insert(
            "final_quantities".into(),
            json!(self.spec.layout.scalars().iter().map(|s| &s.0).collect::<Vec<_>>()),
        );
        write_group(&self.store, &self.path, &format!("/{}", self.spec.name), self.spec.attributes.clone())
    }
}

impl Sink for LevelRecord {
    fn keep(&mut self, block: &Block) -> Result<(), RecordError> {
        let (i, b, count) = (self.instance, block.index, block.moments.count);
        for ((name, rank, _), values) in self.stored().iter().zip(&block.stored) {
            self.write(name, &self.stored_chunk(*rank, b), &self.fill(values.clone(), count, f64::NAN))?;
        }
        self.write("final", &[i, b, 0], &self.fill(block.finals.clone(), count, f64::NAN))?;
        self.write_tracks(block)?;
        let moments = [block.moments.mean.as_slice(), &block.moments.m2].concat();
        self.write("checkpoint/moments", &[i, b, 0, 0, 0], &moments)?;
        self.write("checkpoint/seconds", &[i, b], &[block.seconds])?;
        // Last: this marks the block as done.
        self.write("checkpoint/count", &[i, b], &[count as i64])
    }

    fn recall(&mut self, index: u64, count: u64) -> Option<Block> {
        let (i, b) = (self.instance, index);
        if self.read::<i64>("checkpoint/count", &[i, b])? != [count as i64] {
            return None;
        }
        let cut = |mut values: Vec<f64>| {
            values.truncate(values.len() / self.spec.block as usize * count as usize);
            values
        };
        let read = |name: &str, chunk: &[u64], width: usize| {
            if width == 0 { Some(Vec::new()) } else { self.read::<f64>(name, chunk) }
        };
        let mut mean = read("checkpoint/moments", &[i, b, 0, 0, 0], self.spec.layout.width())?;
        let m2 = mean.split_off(mean.len() / 2);
        let seconds = *self.read::<f64>("checkpoint/seconds", &[i, b])?.first()?;
        let finals = cut(read("final", &[i, b, 0], self.spec.layout.scalars().len())?);
        let mut stored = Vec::new();
        for (name, rank, width) in self.stored() {
            stored.push(cut(read(&name, &self.stored_chunk(rank, b), width)?));
        }
        // Records are not needed again, but a damaged one means the block must be redone.
        if self.spec.tracks.increments().is_some() {
            self.read::<f64>("record", &[i, b, 0, 0])?;
        }
        if self.spec.tracks.clicks() {
            let chunks = *self.read::<i64>("checkpoint/click_chunks", &[i, b])?.first()?;
            for chunk in 0..chunks as u64 {
                self.read::<f64>("click_time", &[i, b, chunk])?;
                self.read::<i64>("click_channel", &[i, b, chunk])?;
            }
        }
        let moments = Moments { count, mean, m2 };
        Some(Block { index, moments, stored, finals, tracks: Tracks::None, seconds })
    }
}
