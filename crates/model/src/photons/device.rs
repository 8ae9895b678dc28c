//! The device of a photon model.

use crate::model::one_of;
use crate::{ModelError, Source};
use lightfall_optics::{Detector, Engine, FanOut, Homodyne, Intensity, Interferometers, Microrings, SinglePhoton};
use toml::Spanned;
use toml::de::DeValue;

/// A device that multiplies with light.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum OpticalDevice {
    /// Masks and direct detection.
    Intensity(Intensity),
    /// Homodyne photoelectric multiplication.
    Homodyne(Homodyne),
    /// Meshes of interferometers.
    Interferometers(Interferometers),
    /// Banks of microrings.
    Microrings(Microrings),
    /// Detectors that click or not.
    SinglePhoton(SinglePhoton),
    /// Electronic multipliers whose operands come by light.
    FanOut(FanOut),
}

/// Names of devices in files.
pub(super) const DEVICES: [&str; 6] = ["intensity", "homodyne", "mzi-mesh", "microring", "single-photon", "fan-out"];

impl OpticalDevice {
    /// The device of the table `value`, which is called `what`.
    pub(super) fn parse(source: &Source, what: &str, value: Spanned<DeValue<'_>>) -> Result<Self, ModelError> {
        let (name, value) = one_of(source, what, &DEVICES.map(str::to_owned), value)?;
        Ok(match name.as_str() {
            "intensity" => Self::Intensity(source.value(value)?),
            "homodyne" => Self::Homodyne(source.value(value)?),
            "mzi-mesh" => Self::Interferometers(source.value(value)?),
            "microring" => Self::Microrings(source.value(value)?),
            "single-photon" => Self::SinglePhoton(source.value(value)?),
            _ => Self::FanOut(source.value(value)?),
        })
    }

    /// Its engine.
    pub fn engine(&self) -> &dyn Engine {
        match self {
            Self::Intensity(d) => d,
            Self::Homodyne(d) => d,
            Self::Interferometers(d) => d,
            Self::Microrings(d) => d,
            Self::SinglePhoton(d) => d,
            Self::FanOut(d) => d,
        }
    }

    /// The electronics behind its detectors, where readouts are analogue.
    pub fn detector(&self) -> Option<Detector> {
        match self {
            Self::Intensity(d) => Some(d.detector),
            Self::Homodyne(d) => Some(d.detector),
            Self::Interferometers(d) => Some(d.detector),
            Self::Microrings(d) => Some(d.detector),
            Self::SinglePhoton(_) | Self::FanOut(_) => None,
        }
    }

    /// The same device with other electronics.
    #[must_use]
    pub fn with_detector(mut self, detector: Detector) -> Self {
        match &mut self {
            Self::Intensity(d) => d.detector = detector,
            Self::Homodyne(d) => d.detector = detector,
            Self::Interferometers(d) => d.detector = detector,
            Self::Microrings(d) => d.detector = detector,
            Self::SinglePhoton(_) | Self::FanOut(_) => {}
        }
        self
    }

    /// The same device with readouts of `bits` bits, `None` for any number of them: those of the converter, or of the operands of a fan-out. `None` if its readouts are clicks.
    pub fn with_bits(self, bits: Option<u32>) -> Option<Self> {
        match self {
            Self::FanOut(d) => Some(Self::FanOut(FanOut { bits: bits.unwrap_or(16), ..d })),
            other => Some(other.with_detector(Detector { adc_bits: bits, ..other.detector()? })),
        }
    }
}
