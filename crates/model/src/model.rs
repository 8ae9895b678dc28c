//! A model: a device, its couplings, how to run them.

use crate::compare::CompareError;
use crate::detection::{DetectionTable, FilterProblem, Problem};
use crate::device::{DEVICES, Device, DeviceProblem};
use crate::run::FILTER_WITHOUT_RECORD;
use crate::{ModelError, Override, Registry, Run, Source, keys};
use lightfall_cavity::multimode::Multimode;
use lightfall_cavity::open_ising::{Glass, LevelKind};
use lightfall_core::rng::Streams;
use lightfall_core::unravel::{Detection, Recording, UnravelError};
use lightfall_couplings::{BuildSite, Couplings, CouplingsError, Dense, Topology};
use std::path::Path;
use std::sync::Arc;
use toml::Spanned;
use toml::de::DeValue;

/// Keys at the top of a model file.
const TOP: [&str; 5] = ["title", "about", "device", "couplings", "run"];

/// A checked model.
#[derive(Debug)]
pub struct Model {
    /// Where it came from.
    pub source: Source,
    /// Title, for figures.
    pub title: String,
    /// What it reproduces and where its numbers come from.
    pub about: String,
    /// The device.
    pub device: Device,
    /// Name and builder of the topology, unless the device says how its elements are coupled.
    topology: Option<(String, Box<dyn Topology>)>,
    /// How to run it.
    pub run: Run,
}

impl Model {
    /// Reads and checks a model file, with overrides.
    pub fn read(path: &Path, overrides: &[Override], registry: &Registry) -> Result<Self, ModelError> {
        let source = Source::read(path)?;
        if !overrides.is_empty() {
            // Errors of the file itself are reported with its own lines.
            Self::parse(source.clone(), registry)?;
        }
        Self::parse(source.with(overrides)?, registry)
    }

    /// Parses and checks the text of a model.
    pub fn parse(source: Source, registry: &Registry) -> Result<Self, ModelError> {
        let mut title = String::new();
        let mut about = String::new();
        let (mut device, mut topology, mut run) = (None, None, None);
        for (key, value) in source.table()?.into_inner() {
            match key.get_ref().as_ref() {
                "title" => title = source.value(value)?,
                "about" => about = source.value(value)?,
                "device" => device = Some(parse_device(&source, value)?),
                "couplings" => topology = Some(parse_topology(&source, value, registry)?),
                "run" => run = Some(source.value::<Run>(value)?),
                other => {
                    let valid = TOP.map(str::to_owned);
                    let message = format!("unknown key `{other}`; {}", keys::suggestion(other, &valid));
                    return Err(source.error(Some(key.span()), message));
                }
            }
        }
        let missing = |what: &str| {
            source.error(None, format!("[{what}] is missing; `lightfall new open-ising` writes a whole model"))
        };
        let device = device.ok_or_else(|| missing("device.open-ising"))?;
        if topology.is_none() && device.needs_couplings() {
            return Err(missing("couplings.sk"));
        }
        let run = run.ok_or_else(|| missing("run"))?;
        let model = Self { title, about, device, topology, run, source };
        model.check()?;
        Ok(model)
    }

    fn check(&self) -> Result<(), ModelError> {
        if let Some(problem) = self.run.problem() {
            return Err(self.run_error(problem));
        }
        self.device.validate(self.run.end).map_err(|e| self.device_error(&e))
    }

    /// True if instances differ: the couplings or the jump operators are drawn.
    pub fn is_random(&self) -> bool {
        self.topology.as_ref().is_some_and(|(_, t)| t.is_random()) || self.device.is_random()
    }

    /// Name of the topology; `None` where the device says how its elements are coupled.
    pub fn topology_name(&self) -> Option<&str> {
        self.topology.as_ref().map(|(name, _)| name.as_str())
    }

    /// The couplings of the file of an instance under `seed`, if there are any.
    pub fn couplings(&self, seed: u64, instance: u64) -> Result<Option<Arc<dyn Couplings>>, ModelError> {
        let site = BuildSite { streams: Streams::new(seed, instance), folder: &self.source.folder };
        let build = |(_, t): &(String, Box<dyn Topology>)| t.build(&site).map_err(|e| self.couplings_error(&e));
        self.topology.as_ref().map(build).transpose()
    }

    /// The device of an instance under `seed`, and the couplings that its energies are measured with: those of the file, or what a
    /// cavity makes of them.
    pub fn glass(&self, seed: u64, instance: u64) -> Result<(Arc<dyn Couplings>, Glass), ModelError> {
        let couplings = self.couplings(seed, instance)?;
        let glass = self
            .device
            .build(couplings.as_deref(), &Streams::new(seed, instance), &self.source.folder)
            .map_err(|e| self.device_error(&e))?;
        let couplings: Arc<dyn Couplings> = match (&self.device, couplings) {
            (Device::OpenIsing(_), Some(couplings)) => couplings,
            _ => Arc::new(Dense::new(glass.sites, glass.couplings.clone()).map_err(|e| self.couplings_error(&e))?),
        };
        Ok((couplings, glass))
    }

    /// The cavity of an instance under `seed` and the Fock states kept of its modes, if the device has one.
    pub(crate) fn cavity(&self, seed: u64, instance: u64) -> Result<Option<(Multimode, Vec<usize>)>, ModelError> {
        let couplings = self.couplings(seed, instance)?;
        self.device.cavity(couplings.as_deref(), &self.source.folder).map_err(|e| self.device_error(&e))
    }

    /// An error at a dotted key of `[run]`.
    pub(crate) fn run_error(&self, (key, message): Problem) -> ModelError {
        let path: Vec<&str> = std::iter::once("run").chain(key.split('.')).collect();
        self.source.error(self.source.span_of(&path), message)
    }

    /// The detectors of `level` with `channels` jump operators; `None` where every output is seen in full in the way of the level.
    pub(crate) fn detection(&self, level: LevelKind, channels: usize) -> Result<Option<Detection>, ModelError> {
        let table = match &self.run.detection {
            Some(table) if level.has_ket() => table.clone(),
            None if level == LevelKind::Monitored => DetectionTable::default(),
            _ => return Ok(None),
        };
        let detectors = table.detectors(level, channels, self.run.homodyne_phase);
        detectors.map(Some).map_err(|p| self.run_error(p))
    }

    /// The record the level `filter` is given, checked against the save times, and the detectors that left it.
    pub(crate) fn recording(&self, channels: usize) -> Result<(Detection, Recording), CompareError> {
        let Some(filter) = &self.run.filter else {
            return Err(self.run_error(("levels", FILTER_WITHOUT_RECORD.into())).into());
        };
        let (run, table) = (&self.run, self.run.detection.clone().unwrap_or_default());
        let read = filter.read(&self.source.folder, run.end, &table, channels, run.homodyne_phase);
        let (detection, recording) = read.map_err(|e| match e {
            FilterProblem::Key(problem) => self.run_error(problem).into(),
            FilterProblem::Record(e) => CompareError::Recording(e),
        })?;
        recording.covers(&run.times()).map_err(|e| {
            let key = if matches!(e, UnravelError::RecordEnds { .. }) { "end" } else { "save_at" };
            CompareError::from(self.run_error((key, format!("{key}: {e}"))))
        })?;
        Ok((detection, recording))
    }

    fn couplings_error(&self, e: &CouplingsError) -> ModelError {
        couplings_error(&self.source, self.topology_name().unwrap_or_default(), e)
    }

    fn device_error(&self, e: &DeviceProblem) -> ModelError {
        let (key, name) = (e.key().unwrap_or_default(), self.device.name());
        let path: &[&str] = match key {
            "gamma" => &["device", name, "jumps"],
            "" => &["device", name],
            // A key left at its default has no line: point at the table.
            _ if self.source.span_of(&["device", name, key]).is_none() => &["device", name],
            _ => &["device", name, key],
        };
        self.source.error(self.source.span_of(path), format!("device: {e}"))
    }

    /// The model without what may differ between runs that share trajectories: their number, the levels, the record of a filter, which
    /// is filtered anew each time.
    pub fn identity(&self) -> Option<toml::Table> {
        let mut table: toml::Table = toml::from_str(&self.source.text).ok()?;
        let run = table.get_mut("run")?.as_table_mut()?;
        for key in ["trajectories", "levels", "seed", "filter"] {
            run.remove(key);
        }
        // They decide the step where its error is stated.
        if !run.contains_key("step_error") {
            run.remove("step_error_trajectories");
        }
        table.remove("title");
        table.remove("about");
        Some(table)
    }
}

/// An error of the couplings of the topology `name`, at its key or inside its formula.
pub(crate) fn couplings_error(source: &Source, name: &str, e: &CouplingsError) -> ModelError {
    let table = ["couplings", name];
    let mut span = e.key().and_then(|key| source.span_below(&table, key)).or_else(|| source.span_of(&table));
    let inside = match e {
        CouplingsError::Formula { text, error } | CouplingsError::NeedsPositions { text, error, .. } => {
            Some((text, error))
        }
        _ => None,
    };
    // Points into the formula itself, wherever its quotes end.
    if let (Some((text, error)), Some(entry)) = (inside, source.span_of(&["couplings", name, "entry"]))
        && let Some(offset) = source.text.get(entry.clone()).and_then(|raw| raw.find(text.as_str()))
    {
        let start = entry.start + offset + error.span().start;
        span = Some(start..start + error.span().len().max(1));
    }
    source.error(span, format!("couplings: {e}"))
}

/// The couplings of instance 0 under `seed` in a TOML file that has a table `[couplings.NAME]`, whatever else it has.
///
/// # Errors
///
/// If the file cannot be read, has no such table, or the couplings cannot be made.
pub fn read_couplings(
    path: &Path,
    overrides: &[Override],
    seed: u64,
    registry: &Registry,
) -> Result<Arc<dyn Couplings>, ModelError> {
    let source = Source::read(path)?.with(overrides)?;
    let found = source.table()?.into_inner().into_iter().find(|(key, _)| key.get_ref() == "couplings");
    let Some((_, value)) = found else {
        return Err(source.error(None, "[couplings.NAME] is missing; `lightfall topologies` lists the names"));
    };
    let (name, topology) = parse_topology(&source, value, registry)?;
    let site = BuildSite { streams: Streams::new(seed, 0), folder: &source.folder };
    topology.build(&site).map_err(|e| couplings_error(&source, &name, &e))
}

/// The topology of a source that holds nothing but `[couplings.<name>]`.
pub(crate) fn lone_topology(source: &Source, registry: &Registry) -> Result<Box<dyn Topology>, ModelError> {
    match source.table()?.into_inner().into_iter().next() {
        Some((_, value)) => parse_topology(source, value, registry).map(|(_, topology)| topology),
        None => Err(source.error(None, "[couplings] is missing")),
    }
}

/// The one key of a table that names a kind, and its value.
pub(crate) fn one_of<'a>(
    source: &Source,
    what: &str,
    valid: &[String],
    value: Spanned<DeValue<'a>>,
) -> Result<(String, Spanned<DeValue<'a>>), ModelError> {
    let span = value.span();
    let DeValue::Table(table) = value.into_inner() else {
        return Err(source.error(Some(span), format!("{what} is not a table, expected [{what}.{}]", valid[0])));
    };
    let mut entries = table.into_iter();
    let (Some((key, value)), None) = (entries.next(), entries.next()) else {
        let list = valid.join("], [");
        return Err(source.error(Some(span), format!("expected exactly one table of [{what}.{list}]")));
    };
    let name = key.get_ref().to_string();
    if !valid.contains(&name) {
        let message = format!("unknown {what} `{name}`; {}", keys::suggestion(&name, valid));
        return Err(source.error(Some(key.span()), message));
    }
    Ok((name, value))
}

fn parse_device(source: &Source, value: Spanned<DeValue<'_>>) -> Result<Device, ModelError> {
    let (name, value) = one_of(source, "device", &DEVICES.map(str::to_owned), value)?;
    Ok(if name == DEVICES[0] { Device::OpenIsing(source.value(value)?) } else { Device::Cavity(source.value(value)?) })
}

pub(crate) fn parse_topology(
    source: &Source,
    value: Spanned<DeValue<'_>>,
    registry: &Registry,
) -> Result<(String, Box<dyn Topology>), ModelError> {
    let (name, value) = one_of(source, "couplings", &registry.names(), value)?;
    let entry = registry.topology(&name).ok_or_else(|| source.error(None, format!("no topology named {name}")))?;
    let topology = (entry.parse)(source, value)?;
    Ok((name, topology))
}
