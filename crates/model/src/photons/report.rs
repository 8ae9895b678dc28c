//! What a photon budget reports.

use super::energy::EnergyPart;
use super::journal::JournalError;
use crate::ModelError;
use lightfall_optics::EngineError;
use lightfall_optics::budget::{Adaptive, Allocation, CurvePoint, LayerNoise, Required, Sensitivity};
use serde::{Deserialize, Serialize};

/// What a budget reports, in the layout of `--format json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotonReport {
    /// Name and version of this layout.
    pub schema: String,
    /// Name of the model file.
    pub model: String,
    /// Title of the model.
    pub title: String,
    /// Seed of all noise.
    pub seed: u64,
    /// Version of lightfall.
    pub version: String,
    /// Name of the engine.
    pub engine: String,
    /// Where the photons of every number without another plane are counted.
    pub plane: String,
    /// In which arms.
    pub arms: String,
    /// What the light of a layer is set by: `photons-per-mac` or `shots`.
    pub setting: String,
    /// Noise seeds of every figure.
    pub seeds: u64,
    /// Devices, each with errors of its making.
    pub devices: usize,
    /// Samples of the test split.
    pub samples: usize,
    /// Accuracy without noise.
    pub noiseless: f64,
    /// Accuracy against photons.
    pub curve: Vec<CurvePoint>,
    /// Photons for the targets.
    pub required: Vec<Required>,
    /// The layers.
    pub layers: Vec<LayerReport>,
    /// Photons per MAC around which layers are compared and light is shared out.
    pub at: Option<f64>,
    /// What more light in one layer does.
    pub sensitivities: Vec<Sensitivity>,
    /// A better split of the same light.
    pub allocation: Option<Allocation>,
    /// Where the noise of each optical layer comes from, at the photons of the last target, or at `at`.
    pub noise: Vec<LayerNoise>,
    /// Photons for the targets with other converters.
    pub bits: Vec<WithBits>,
    /// The same network on other devices.
    pub alternatives: Vec<Choice>,
    /// Uncertain inputs measured again.
    pub adaptive: Option<Adaptive>,
    /// Light from the wall to the detectors, at the photons of the last target, or at `at`.
    pub link: Vec<PlaneLight>,
    /// Energy of an inference by component, at the same photons.
    pub energy: Vec<EnergyPart>,
}

/// A layer of the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerReport {
    /// Name.
    pub name: String,
    /// m.
    pub outputs: usize,
    /// n.
    pub inputs: usize,
    /// Vectors that it multiplies for one sample.
    pub vectors: usize,
    /// Whether its product is made with light.
    pub optical: bool,
}

/// Light at one plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaneLight {
    /// What passed it on from the plane before; empty for the detectors.
    pub stage: String,
    /// Share that passed.
    pub transmission: f64,
    /// The plane.
    pub plane: String,
    /// Photons per MAC there.
    pub photons_per_mac: f64,
    /// Photons per output there.
    pub photons_per_output: f64,
    /// Photons per inference there.
    pub photons_per_inference: f64,
    /// J per MAC there.
    pub joules_per_mac: f64,
    /// J per inference there.
    pub joules_per_inference: f64,
}

/// Photons for the targets with converters of some bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WithBits {
    /// Bits; `None`: not converted (16 bits for the operands of a fan-out).
    pub bits: Option<u32>,
    /// Photons for each target, `None` where it is not reached.
    pub required: Vec<Option<Required>>,
    /// Whether no choice of fewer bits needs as few photons, for the first target: a point of the front of bits and photons.
    pub on_front: bool,
    /// Whether more bits save less light than the error of the figure, for the first target: they are wasted.
    pub enough: bool,
}

/// The same network on one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Name.
    pub name: String,
    /// Its engine.
    pub engine: String,
    /// Arms that its photons are counted in.
    pub arms: String,
    /// What the light of a layer is set by.
    pub setting: String,
    /// Accuracy against photons.
    pub curve: Vec<CurvePoint>,
    /// Photons for each target, `None` where it is not reached.
    pub required: Vec<Option<Required>>,
}

/// Why a budget has no answer.
#[derive(Debug, thiserror::Error)]
pub enum PhotonsError {
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The device.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The figures of an earlier run.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The threads.
    #[error("--threads {threads}: {reason}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system says.
        reason: String,
    },
    /// The user stopped it.
    #[error("interrupted")]
    Interrupted,
}
