//! The model file of a photon budget.

use super::data::DataTable;
use super::device::OpticalDevice;
use super::energy::EnergyTable;
use super::network::NetworkTable;
use super::question::Question;
use crate::{ModelError, Override, Source, keys};
use lightfall_core::rng::Streams;
use lightfall_optics::budget::{ProgramError, Programmed, TrainError, Training};
use lightfall_optics::photons::Link;
use lightfall_optics::{DataError, Dataset, EngineError, Network, Setting};
use std::path::Path;
use toml::Spanned;
use toml::de::DeValue;

/// Keys at the top of a photon model.
const TOP: [&str; 10] =
    ["title", "about", "device", "link", "network", "data", "photons", "energy", "alternatives", "training"];

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
    /// Other devices for the same network.
    pub alternatives: Vec<Alternative>,
    /// What lies between wall and detector.
    pub link: Link,
    /// The network.
    pub network: NetworkTable,
    /// The samples.
    pub data: DataTable,
    /// What is asked.
    pub question: Question,
    /// Components that are not light.
    pub energy: EnergyTable,
    /// How the network is trained further; none: as by default.
    pub training: Option<Training>,
}

/// Another device for the same network.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// Name.
    pub name: String,
    /// The device.
    pub device: OpticalDevice,
}

/// A network on its device, and its samples.
#[derive(Debug)]
pub struct Loaded {
    /// The network on the device.
    pub programmed: Programmed,
    /// Which layers are optical.
    pub optical: Vec<bool>,
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
        let (mut energy, mut alternatives, mut training) = (EnergyTable::default(), Vec::new(), None);
        for (key, value) in source.table()?.into_inner() {
            match key.get_ref().as_ref() {
                "title" => title = source.value(value)?,
                "about" => about = source.value(value)?,
                "link" => link = source.value(value)?,
                "network" => network = Some(source.value(value)?),
                "data" => data = Some(source.value(value)?),
                "photons" => question = Some(source.value(value)?),
                "energy" => energy = source.value(value)?,
                "training" => training = Some(source.value(value)?),
                "device" => device = Some(OpticalDevice::parse(&source, "device", value)?),
                "alternatives" => alternatives = parse_alternatives(&source, value)?,
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
        let model =
            Self { title, about, device, alternatives, link, network, data, question, energy, training, source };
        if let Some((key, message)) = model.question.problem(model.device.engine().setting()) {
            return Err(model.error(&["photons", key], message));
        }
        if model.device.engine().setting() == Setting::PhotonsIntoMask {
            // Photons into the mask are those that would be detected behind an open one: the link must not count them in another way.
            let given = [
                ("efficiency", model.link.efficiency != 1.0),
                ("mask_transmission", model.link.mask_transmission.is_some()),
            ];
            if let Some((key, _)) = given.into_iter().find(|(_, given)| *given) {
                let message = format!(
                    "link: {key} beside exposure = \"into-mask\", expected none: light is set in front of the mask, of which weights and data say what passes, and every photon behind it counts"
                );
                return Err(model.error(&["link", key], message));
            }
        }
        model.link.validate().map_err(|e| model.error(&["link", e.key], format!("link: {e}")))?;
        model.training.unwrap_or_default().validate().map_err(|e| {
            let key = if let TrainError::Number { key, .. } = e { key } else { "" };
            model.error(&["training", key], e.to_string())
        })?;
        model.energy.resolve().map_err(|(key, message)| model.error(&["energy", key], message))?;
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
        let (network, optical) = self.network.read(&self.source.folder).map_err(|e| {
            let key = if self.network.onnx.is_some() { "onnx" } else { e.key() };
            self.error(&["network", key], e.to_string())
        })?;
        let data = self.data.read(&self.source.folder);
        let (training, test) = data.map_err(|(key, message)| self.error(&["data", key], message))?;
        let classes = network.outputs();
        let programmed = self.program(&self.device, &network, &optical, &training, seed);
        let programmed = programmed.map_err(|e| self.program_error(&["device"], &self.device, &e))?;
        let labels = test.check_labels(classes);
        labels.map_err(|e| self.program_error(&["device"], &self.device, &e.into()))?;
        Ok(Loaded { programmed, optical, training, test })
    }

    /// `network` on `device`, as many times as the question asks for if devices differ.
    pub(super) fn program(
        &self,
        device: &OpticalDevice,
        network: &Network,
        optical: &[bool],
        training: &Dataset,
        seed: u64,
    ) -> Result<Programmed, ProgramError> {
        let engine = device.engine();
        // One device stands for all of those that do not differ, where another of the model does.
        let alike = !engine.varies() && !self.alternatives.is_empty();
        let devices = if alike { 1 } else { self.question.devices };
        Programmed::on_devices(network.clone(), engine, optical, training, Streams::new(seed, 0), devices)
    }

    /// `e` at the key it belongs to, for `device` in the table `table`.
    pub(super) fn program_error(&self, table: &[&str], device: &OpticalDevice, e: &ProgramError) -> ModelError {
        let name = device.engine().name();
        let under = |keys: &[&'static str]| table.iter().copied().chain([name]).chain(keys.iter().copied()).collect();
        let path: Vec<&str> = match e {
            ProgramError::Data(DataError::Label { .. }) => vec!["data", "label"],
            ProgramError::Data(_) => vec!["data", "file"],
            ProgramError::Digital => vec!["network", "layers"],
            ProgramError::Devices { .. } => vec!["photons", "devices"],
            ProgramError::Engine(EngineError::Number { key, .. } | EngineError::Choice { key, .. }) => {
                // In one of the tables of the device, or in the device itself.
                let at = |keys: &[&'static str]| -> Vec<&str> { under(keys) };
                let device = self.source.span_of(&at(&[]));
                ["detector", "weights", "tolerances"]
                    .into_iter()
                    .map(|inner| (at(&[inner]), at(&[inner, key])))
                    .find(|(inner, path)| {
                        let span = self.source.span_of(path);
                        span.is_some() && span != device && span != self.source.span_of(inner)
                    })
                    .map_or_else(|| at(&[key]), |(_, path)| path)
            }
            ProgramError::Engine(_) => under(&[]),
        };
        self.error(&path, e.to_string())
    }
}

/// The devices of [alternatives].
fn parse_alternatives(source: &Source, value: Spanned<DeValue<'_>>) -> Result<Vec<Alternative>, ModelError> {
    let span = value.span();
    let DeValue::Table(table) = value.into_inner() else {
        let message = "alternatives is not a table, expected [alternatives.NAME.intensity] or another device";
        return Err(source.error(Some(span), message));
    };
    let one = |(name, value): (Spanned<_>, _)| {
        let name: &std::borrow::Cow<'_, str> = name.get_ref();
        let device = OpticalDevice::parse(source, &format!("alternatives.{name}"), value)?;
        Ok(Alternative { name: name.to_string(), device })
    };
    table.into_iter().map(one).collect()
}
