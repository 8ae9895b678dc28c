//! What a comparison needs to know of one level: its detectors, its record, its path.

use super::CompareError;
use super::driver::Context;
use lightfall_cavity::LevelName;
use lightfall_cavity::open_ising::{LevelKind, Observable, Settings};
use lightfall_core::ensemble::{Block, Layout, Sink};
use lightfall_core::record::{LevelRecord, LevelSpec, RecordError, TrackSpec};
use lightfall_core::rng::Streams;
use lightfall_core::unravel::{Detection, Recording};
use serde_json::{Map, json};
use std::sync::Arc;

impl Context<'_> {
    /// The settings of `level` on instance `k`, with its detectors.
    pub(super) fn settings(&self, level: LevelName, k: u64) -> Result<Settings, CompareError> {
        let (detection, recording) = if level.kind == LevelKind::Filter {
            let (detection, recording) = self.recording()?;
            (Some(detection), Some(recording))
        } else {
            (self.model.detection(level.kind, self.first().glass.channels())?.map(Arc::new), None)
        };
        let seed = self.settings.streams.seed;
        let settings = Settings { detection, recording, streams: Streams::new(seed, k), ..self.settings.clone() };
        Ok(self.first().settings_for(level, settings))
    }

    /// The record of the filter and its detectors, read once.
    fn recording(&self) -> Result<(Arc<Detection>, Arc<Recording>), CompareError> {
        if let Some(found) = self.recording.get() {
            return Ok(found.clone());
        }
        let (detection, recording) = self.model.recording(self.first().glass.channels())?;
        Ok(self.recording.get_or_init(|| (Arc::new(detection), Arc::new(recording))).clone())
    }

    /// What the group of `level` in the record holds.
    pub(super) fn level_spec(
        &self,
        level: LevelName,
        settings: &Settings,
        layout: &Layout,
        deterministic: bool,
    ) -> LevelSpec {
        let glass = self.first().glass(level);
        let mut attributes = Map::new();
        let mut tracks = TrackSpec::None;
        let mut step_starts = Vec::new();
        if let (true, true, Some(d)) =
            (self.model.run.record, level.kind.has_ket(), settings.detectors(level.kind, glass))
        {
            let parts = 1usize << settings.grid.refinement;
            for t in self.times.windows(2) {
                let (steps, h) = settings.grid.steps(t[0], t[1]);
                step_starts.extend((0..steps * parts).map(|k| t[0] + k as f64 * h / parts as f64));
            }
            tracks = TrackSpec::new(d.has_clicks(), step_starts.len() as u64, d.width() as u64);
            attributes.insert("currents".into(), json!(d.currents()));
        }
        if layout.column(Observable::Spectrum.name()).is_some() {
            attributes.insert("frequencies".into(), json!(self.selection.frequencies));
        }
        LevelSpec {
            name: level.name().into(),
            times: self.times.clone(),
            layout: layout.clone(),
            instances: self.instances.len() as u64,
            trajectories: if deterministic { 1 } else { self.plan.trajectories },
            block: self.plan.block,
            tracks,
            step_starts,
            attributes,
        }
    }
}

/// Keeps blocks but takes none from an earlier run: the record of a filter may have changed since.
pub(super) struct Anew<'a>(pub(super) &'a mut LevelRecord);

impl Sink for Anew<'_> {
    fn keep(&mut self, block: &Block) -> Result<(), RecordError> {
        self.0.keep(block)
    }
    fn recall(&mut self, _: u64, _: u64) -> Option<Block> {
        None
    }
}
