//! The model file of a photon budget.

use super::tables::{DataTable, NetworkTable, OpticalDevice, Question};
use crate::model::one_of;
use crate::{ModelError, Override, Source, keys};
use lightfall_core::rng::Streams;
use lightfall_optics::budget::{ProgramError, Programmed};
use lightfall_optics::photons::Link;
use lightfall_optics::{
    DataError, Dataset, Dense, EngineError, Layer, Network, NetworkError, Npz, NpzError, read_csv, read_rows,
};
use std::path::Path;

/// Keys at the top of a photon model.
const TOP: [&str; 7] = ["title", "about", "device", "link", "network", "data", "photons"];
/// Devices that multiply with light.
const DEVICES: [&str; 2] = ["intensity", "homodyne"];

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
        let programmed = Programmed::on_devices(
            network,
            self.device.engine(),
            &optical,
            &training,
            Streams::new(seed, 0),
            self.question.devices,
        );
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
            ProgramError::Devices { .. } => vec!["photons", "devices"],
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
            layers.push(Layer::dense(dense, table.activation));
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
