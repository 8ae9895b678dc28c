//! The model file of a photon budget.

use crate::model::one_of;
use crate::{ModelError, Override, Source, keys};
use lightfall_core::rng::Streams;
use lightfall_optics::budget::{ProgramError, Programmed};
use lightfall_optics::photons::{Arms, Link};
use lightfall_optics::{
    Activation, DataError, Dataset, Dense, Engine, EngineError, Homodyne, Intensity, Layer, Network, NetworkError, Npz,
    NpzError, Receiver, read_csv, read_rows,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Keys at the top of a photon model.
const TOP: [&str; 7] = ["title", "about", "device", "link", "network", "data", "photons"];
/// Devices that multiply with light.
const DEVICES: [&str; 2] = ["intensity", "homodyne"];

/// A device that multiplies with light.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum OpticalDevice {
    /// Masks and direct detection.
    Intensity(Intensity),
    /// Homodyne photoelectric multiplication.
    Homodyne(Homodyne),
}

impl OpticalDevice {
    /// Its engine.
    pub fn engine(&self) -> &dyn Engine {
        match self {
            Self::Intensity(d) => d,
            Self::Homodyne(d) => d,
        }
    }
}

impl OpticalDevice {
    /// Which arms its photons are counted in: a strong local oscillator is not.
    pub fn arms(&self) -> Arms {
        match self {
            Self::Homodyne(d) if d.receiver == Receiver::SignalStarved => Arms::One,
            _ => Arms::Both,
        }
    }
}

/// Weights and layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkTable {
    /// npz file with the arrays of the layers, relative to the model file.
    pub weights: PathBuf,
    /// Layers, first to last.
    pub layers: Vec<LayerTable>,
}

/// A layer y = activation(W x + b).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerTable {
    /// Array of W, outputs x inputs.
    pub weights: String,
    /// Array of b; none: 0.
    #[serde(default)]
    pub bias: Option<String>,
    /// What follows.
    #[serde(default)]
    pub activation: Activation,
    /// Whether the product is made with light; bias and activation are digital.
    #[serde(default = "yes")]
    pub optical: bool,
}

fn yes() -> bool {
    true
}

/// Samples with their classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataTable {
    /// CSV file whose first line names its columns, relative to the model file.
    pub file: PathBuf,
    /// Column of the classes 0, 1, ..
    #[serde(default = "label")]
    pub label: String,
    /// What the numbers of a sample are multiplied by.
    #[serde(default = "one")]
    pub scale: f64,
    /// File of the rows of the test split, counted from 0, one a line; the others are the training split. Without it both are all samples.
    #[serde(default)]
    pub test_rows: Option<PathBuf>,
}

fn label() -> String {
    "label".into()
}

fn one() -> f64 {
    1.0
}

/// Numbers of photons per MAC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected { from = .., to = .., points = .. } or a list of numbers")]
pub enum PerMac {
    /// In equal ratios.
    Range {
        /// First.
        from: f64,
        /// Last.
        to: f64,
        /// How many.
        points: usize,
    },
    /// One by one.
    List(Vec<f64>),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Detected photons per MAC, both arms, at which the accuracy is found.
    #[serde(default = "decades")]
    pub per_mac: PerMac,
    /// Accuracies to reach.
    #[serde(default)]
    pub targets: Vec<f64>,
    /// Photons per MAC around which layers are compared and light is shared out; none: neither is done.
    #[serde(default)]
    pub at: Option<f64>,
    /// Noise seeds of every figure.
    #[serde(default = "forty")]
    pub seeds: u64,
    /// Noise seeds of every split that is tried.
    #[serde(default = "four")]
    pub search_seeds: u64,
    /// Seed of all noise.
    #[serde(default)]
    pub seed: u64,
}

fn decades() -> PerMac {
    PerMac::Range { from: 0.03, to: 30.0, points: 13 }
}

fn forty() -> u64 {
    40
}

fn four() -> u64 {
    4
}

impl Question {
    /// The numbers of photons.
    pub fn photons(&self) -> Vec<f64> {
        match &self.per_mac {
            PerMac::List(all) => all.clone(),
            PerMac::Range { from, to, points } => {
                let last = (*points - 1) as f64;
                (0..*points)
                    .map(|k| if k + 1 == *points { *to } else { from * (to / from).powf(k as f64 / last) })
                    .collect()
            }
        }
    }

    /// What is wrong, as (key, message).
    fn problem(&self) -> Option<(&'static str, String)> {
        // Beyond, nothing is left of the noise.
        let light = |p: f64| p > 0.0 && p <= 1e9;
        let dark =
            |p: f64| Some(("per_mac", format!("per_mac has {p} photons, expected numbers above 0 and at most 1e9")));
        let by_grid = match &self.per_mac {
            PerMac::List(all) if all.is_empty() => {
                Some(("per_mac", "per_mac is empty, expected a number of photons".into()))
            }
            PerMac::List(all) => all.iter().find(|p| !light(**p)).and_then(|p| dark(*p)),
            PerMac::Range { from, to, .. } if !light(*from) || !light(*to) => {
                dark(if light(*from) { *to } else { *from })
            }
            PerMac::Range { points, .. } if !(2..=1000).contains(points) => {
                Some(("per_mac", format!("per_mac has {points} points, expected 2 to 1000")))
            }
            PerMac::Range { .. } => None,
        };
        by_grid
            .or_else(|| {
                let bad = self.targets.iter().find(|t| !(**t > 0.0 && **t <= 1.0))?;
                Some(("targets", format!("targets has {bad}, expected accuracies above 0 and at most 1")))
            })
            .or_else(|| {
                let at = self.at.filter(|p| !light(*p))?;
                Some(("at", format!("at = {at} photons, expected a number above 0 and at most 1e9")))
            })
            .or_else(|| {
                let counts = [("seeds", self.seeds), ("search_seeds", self.search_seeds)];
                let (key, n) = counts.into_iter().find(|(_, n)| !(1..=1 << 20).contains(n))?;
                Some((key, format!("{key} = {n}, expected at least 1 and at most {}", 1 << 20)))
            })
            .or_else(|| {
                let blind = self.seeds == 1 && !self.targets.is_empty();
                blind.then(|| {
                    (
                        "seeds",
                        "seeds = 1, but the photons for a target are an interval over noise seeds; give at least 2"
                            .into(),
                    )
                })
            })
    }
}

/// A checked photon model.
#[derive(Clone, Debug)]
pub struct PhotonModel {
    /// Where it came from.
    pub source: Source,
    /// Title, for figures.
    pub title: String,
    /// What it reproduces and where its numbers come from.
    pub about: String,
    /// The device.
    pub device: OpticalDevice,
    /// What lies between wall and detector.
    pub link: Link,
    /// The network.
    pub network: NetworkTable,
    /// The samples.
    pub data: DataTable,
    /// What is asked.
    pub question: Question,
}

/// A network on its device, and its samples.
#[derive(Debug)]
pub struct Loaded {
    /// The network on the device.
    pub programmed: Programmed,
    /// Training split.
    pub training: Dataset,
    /// Test split.
    pub test: Dataset,
}

impl PhotonModel {
    /// Reads and checks a model file, with overrides.
    ///
    /// # Errors
    ///
    /// [`ModelError`] with the place.
    pub fn read(path: &Path, overrides: &[Override]) -> Result<Self, ModelError> {
        let source = Source::read(path)?;
        if !overrides.is_empty() {
            Self::parse(source.clone())?;
        }
        Self::parse(source.with(overrides)?)
    }

    /// Parses and checks the text of a model.
    ///
    /// # Errors
    ///
    /// [`ModelError`] with the place.
    pub fn parse(source: Source) -> Result<Self, ModelError> {
        let (mut title, mut about, mut link) = (String::new(), String::new(), Link::default());
        let (mut device, mut network, mut data, mut question) = (None, None, None, None);
        for (key, value) in source.table()?.into_inner() {
            match key.get_ref().as_ref() {
                "title" => title = source.value(value)?,
                "about" => about = source.value(value)?,
                "link" => link = source.value(value)?,
                "network" => network = Some(source.value(value)?),
                "data" => data = Some(source.value(value)?),
                "photons" => question = Some(source.value(value)?),
                "device" => {
                    let (name, value) = one_of(&source, "device", &DEVICES.map(str::to_owned), value)?;
                    device = Some(if name == DEVICES[0] {
                        OpticalDevice::Intensity(source.value(value)?)
                    } else {
                        OpticalDevice::Homodyne(source.value(value)?)
                    });
                }
                other => {
                    let message =
                        format!("unknown key `{other}`; {}", keys::suggestion(other, &TOP.map(str::to_owned)));
                    return Err(source.error(Some(key.span()), message));
                }
            }
        }
        let missing = |what: &str| {
            source.error(
                None,
                format!(
                    "[{what}] is missing; models/optics/digits-differential.toml is a whole model of a photon budget"
                ),
            )
        };
        let device = device.ok_or_else(|| missing("device.intensity"))?;
        let network = network.ok_or_else(|| missing("network"))?;
        let data = data.ok_or_else(|| missing("data"))?;
        let question: Question = question.ok_or_else(|| missing("photons"))?;
        let model = Self { title, about, device, link, network, data, question, source };
        if let Some((key, message)) = model.question.problem() {
            return Err(model.error(&["photons", key], message));
        }
        model.link.validate().map_err(|e| model.error(&["link", e.key], format!("link: {e}")))?;
        if !model.data.scale.is_finite() {
            return Err(
                model.error(&["data", "scale"], format!("scale = {}, expected a finite number", model.data.scale))
            );
        }
        Ok(model)
    }

    /// True if `source` asks for photons: a model of another kind has no such table.
    pub fn is_meant(source: &Source) -> bool {
        source.span_of(&["photons"]).is_some()
    }

    /// An error at a dotted key, or at the table above it.
    pub(super) fn error(&self, path: &[&str], message: String) -> ModelError {
        self.source.error(self.source.span_of(path), message)
    }

    /// Reads the files and puts the network on the device, with all noise under `seed`.
    ///
    /// # Errors
    ///
    /// [`ModelError`] at the key that the file or the number belongs to.
    pub fn load(&self, seed: u64) -> Result<Loaded, ModelError> {
        let network = self.read_network()?;
        let (training, test) = self.read_data()?;
        let optical: Vec<bool> = self.network.layers.iter().map(|l| l.optical).collect();
        let classes = network.outputs();
        let programmed = Programmed::new(network, self.device.engine(), &optical, &training, Streams::new(seed, 0));
        let programmed = programmed.map_err(|e| self.program_error(&e))?;
        test.check_labels(classes).map_err(|e| self.program_error(&e.into()))?;
        Ok(Loaded { programmed, training, test })
    }

    fn program_error(&self, e: &ProgramError) -> ModelError {
        let name = DEVICES[usize::from(matches!(self.device, OpticalDevice::Homodyne(_)))];
        let path: Vec<&str> = match e {
            ProgramError::Data(DataError::Label { .. }) => vec!["data", "label"],
            ProgramError::Data(_) => vec!["data", "file"],
            ProgramError::Digital => vec!["network", "layers"],
            ProgramError::Engine(EngineError::Number { key, .. }) => {
                let inside = ["device", name, "detector", key];
                if self.source.span_of(&inside) == self.source.span_of(&inside[..3]) {
                    vec!["device", name, key]
                } else {
                    inside.to_vec()
                }
            }
            ProgramError::Engine(_) => vec!["device", name],
        };
        self.error(&path, e.to_string())
    }

    fn read_network(&self) -> Result<Network, ModelError> {
        let at_file = |e: NpzError| {
            let path =
                if matches!(e, NpzError::Archive { .. }) { ["network", "weights"] } else { ["network", "layers"] };
            self.error(&path, e.to_string())
        };
        let mut npz = Npz::open(&self.source.folder.join(&self.network.weights)).map_err(at_file)?;
        let mut layers = Vec::new();
        for table in &self.network.layers {
            let (outputs, inputs, weights) = npz.matrix(&table.weights).map_err(at_file)?;
            let bias = match &table.bias {
                Some(name) => npz.vector(name).map_err(at_file)?,
                None => vec![0.0; outputs],
            };
            let dense = Dense { name: table.weights.clone(), outputs, inputs, weights, bias };
            layers.push(Layer { dense, activation: table.activation });
        }
        Network::new(layers).map_err(|e: NetworkError| self.error(&["network", "layers"], e.to_string()))
    }

    fn read_data(&self) -> Result<(Dataset, Dataset), ModelError> {
        let folder = &self.source.folder;
        let file = folder.join(&self.data.file);
        let data = read_csv(&file, &self.data.label, self.data.scale).map_err(|e| {
            let key = if matches!(e, DataError::NoLabel { .. }) { "label" } else { "file" };
            self.error(&["data", key], e.to_string())
        })?;
        let Some(rows) = &self.data.test_rows else { return Ok((data.clone(), data)) };
        let rows = read_rows(&folder.join(rows), data.len());
        let rows = rows.map_err(|e| self.error(&["data", "test_rows"], e.to_string()))?;
        let (test, training) = data.split(&rows);
        if training.is_empty() {
            let message = "all rows are of the test split: nothing is left to train or to calibrate with".to_owned();
            return Err(self.error(&["data", "test_rows"], message));
        }
        Ok((training, test))
    }
}
