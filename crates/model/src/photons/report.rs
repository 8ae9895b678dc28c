//! The answers to a photon model.

use super::PhotonModel;
use crate::ModelError;
use lightfall_optics::EngineError;
use lightfall_optics::budget::{
    Allocation, CurvePoint, Programmed, Required, RequiredError, Sensitivity, allocate, curve, required, sensitivities,
};
use lightfall_optics::photons::{Arms, PhotonCount, Plane};
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
    /// Noise seeds of every figure.
    pub seeds: u64,
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
    /// Light from the wall to the detectors, at the photons of the last target, or at `at`.
    pub energy: Vec<Energy>,
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
    /// Whether its product is made with light.
    pub optical: bool,
}

/// Light at one plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Energy {
    /// What passed it on from the plane before; empty for the detectors.
    pub stage: String,
    /// Share that passed.
    pub transmission: f64,
    /// The plane.
    pub plane: String,
    /// Photons per MAC there.
    pub photons_per_mac: f64,
    /// J per MAC there.
    pub joules_per_mac: f64,
    /// J per inference there.
    pub joules_per_inference: f64,
}

/// Why a budget has no answer.
#[derive(Debug, thiserror::Error)]
pub enum PhotonsError {
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A target.
    #[error(transparent)]
    Required(#[from] RequiredError),
    /// The device.
    #[error(transparent)]
    Engine(#[from] EngineError),
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

/// Answers what `model` asks, with all noise under `seed` and `threads` workers; `watch` is told what is done next and how much is left, as (name, done, of), and says whether to go on.
///
/// # Errors
///
/// [`PhotonsError`].
pub fn budget(
    model: &PhotonModel,
    seed: u64,
    threads: usize,
    watch: &dyn Fn(&str, usize, usize) -> bool,
) -> Result<PhotonReport, PhotonsError> {
    let mut loaded = model.load(seed)?;
    let few = loaded.programmed.set_threads(threads);
    few.map_err(|e| PhotonsError::Threads { threads, reason: e.to_string() })?;
    let (programmed, test, question) = (&loaded.programmed, &loaded.test, &model.question);
    // Known before any light is drawn.
    let ceiling = programmed.noiseless(test);
    if let Some(&target) = question.targets.iter().find(|t| **t > ceiling) {
        let error = RequiredError::Ceiling { target, ceiling };
        return Err(model.error(&["photons", "targets"], error.to_string()).into());
    }
    let go_on = |name: &str, done, of| if watch(name, done, of) { Ok(()) } else { Err(PhotonsError::Interrupted) };
    let photons = question.photons();
    let points = curve(programmed, test, &photons, question.seeds, &|k| watch("accuracy", k, photons.len()))?;
    if points.len() < photons.len() {
        return Err(PhotonsError::Interrupted);
    }
    let mut reached = Vec::new();
    for (k, target) in question.targets.iter().enumerate() {
        go_on("photons for a target", k, question.targets.len())?;
        let go_on = || watch("photons for a target", k, question.targets.len());
        reached.push(required(programmed, test, *target, question.seeds, &go_on).map_err(|e| match e {
            RequiredError::Interrupted => PhotonsError::Interrupted,
            RequiredError::Chance { .. } | RequiredError::Unreached { .. } => {
                model.error(&["photons", "targets"], e.to_string()).into()
            }
            e => e.into(),
        })?);
    }
    let (mut slopes, mut allocation) = (Vec::new(), None);
    if let Some(at) = question.at {
        go_on("layers", 0, 1)?;
        slopes = sensitivities(programmed, test, &programmed.uniform(at), question.seeds)?;
        go_on("split of the light", 0, 1)?;
        let seeds = [question.search_seeds, question.seeds];
        let searching = || watch("split of the light", 0, 1);
        allocation = allocate(programmed, &loaded.training, test, at, seeds, &searching)?;
        if allocation.is_none() {
            return Err(PhotonsError::Interrupted);
        }
    }
    go_on("", 1, 1)?;
    let arms = model.device.arms();
    let layers = programmed.network().layers().iter().enumerate();
    let light = reached.last().map(|r| r.photons_per_mac).or(question.at);
    Ok(PhotonReport {
        schema: "lightfall/photons/1".into(),
        model: model.source.name.clone(),
        title: model.title.clone(),
        seed,
        version: env!("CARGO_PKG_VERSION").into(),
        engine: model.device.engine().name().into(),
        plane: Plane::Detected.name().into(),
        arms: arms.name().into(),
        seeds: question.seeds,
        samples: test.len(),
        noiseless: ceiling,
        curve: points,
        required: reached,
        layers: layers
            .map(|(l, layer)| LayerReport {
                name: layer.dense.name.clone(),
                outputs: layer.dense.outputs,
                inputs: layer.dense.inputs,
                optical: programmed.is_optical(l),
            })
            .collect(),
        at: question.at,
        sensitivities: slopes,
        allocation,
        // The light of an arm that is not counted is not known.
        energy: light.filter(|_| arms == Arms::Both).map_or_else(Vec::new, |p| energies(model, programmed, p)),
    })
}

/// Light at every plane for `photons` detected ones per MAC.
fn energies(model: &PhotonModel, programmed: &Programmed, photons: f64) -> Vec<Energy> {
    let (link, count) = (&model.link, PhotonCount::detected_per_mac(photons));
    let macs = programmed.work().macs as f64;
    let at = |stage: String, transmission: f64, plane: Plane| {
        let photons_per_mac = link.at(count, plane).value;
        let joules_per_mac = photons_per_mac * link.photon_energy();
        let plane = plane.name().into();
        Energy {
            stage,
            transmission,
            plane,
            photons_per_mac,
            joules_per_mac,
            joules_per_inference: macs * joules_per_mac,
        }
    };
    let first = at(String::new(), 1.0, Plane::Detected);
    let others = link.stages().into_iter().map(|s| at(s.name, s.transmission, s.plane));
    std::iter::once(first).chain(others).collect()
}
