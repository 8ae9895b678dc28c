//! Training of the network of a photon model with the noise of its device.

use super::network::Numbers;
use super::report::PhotonsError;
use super::{Loaded, PhotonModel};
use lightfall_core::rng::Streams;
use lightfall_core::stats::Estimate;
use lightfall_optics::budget::{Programmed, TrainError, train};
use lightfall_optics::{Activation, NamedArray, Network, Step};

/// Instance of the streams that a training draws from: those of devices count from 0.
const INSTANCE: u64 = 1 << 32;

/// A trained network, and what its training changed.
#[derive(Clone, Debug)]
pub struct Trained {
    /// Arrays for an npz file.
    pub arrays: Vec<NamedArray>,
    /// The table `[network]` of a model that uses them, but for the name of the file.
    pub layers: String,
    /// Photons per MAC, accuracy before, accuracy after on the test split.
    pub points: Vec<(f64, Estimate, Estimate)>,
    /// Accuracy without noise before and after.
    pub noiseless: [f64; 2],
}

/// Trains the network of `model` on its training split as `[training]` says, and compares it with the one before on the test split; `watch` as for [`super::budget`].
///
/// # Errors
///
/// [`PhotonsError`].
pub fn train_model(
    model: &PhotonModel,
    seed: u64,
    watch: &dyn Fn(&str, usize, usize) -> bool,
) -> Result<Trained, PhotonsError> {
    let loaded = model.load(seed)?;
    let settings = model.training.unwrap_or_default();
    let Loaded { programmed, optical, training, test } = &loaded;
    let streams = Streams::new(seed, INSTANCE);
    let told = |done: u32, of: u32, loss: f64| watch(&format!("training, loss {loss:.4}"), done as usize, of as usize);
    let engine = model.device.engine();
    let trained = train(programmed.network(), engine, optical, training, &settings, streams, &told);
    let trained = trained.map_err(|e| match &e {
        TrainError::Program(e) => model.program_error(&["device"], &model.device, e),
        TrainError::Number { key, .. } => model.error(&["training", key], e.to_string()),
        TrainError::Layer { .. } | TrainError::Network(_) => model.error(&["network"], e.to_string()),
        _ => model.error(&["training"], e.to_string()),
    })?;
    let network = trained.ok_or(PhotonsError::Interrupted)?;
    let after = model.program(&model.device, &network, optical, training, seed);
    let after = after.map_err(|e| model.program_error(&["device"], &model.device, &e))?;
    let mut points = Vec::new();
    let photons = model.question.settings(programmed.setting());
    for (k, p) in photons.iter().enumerate() {
        let go_on = || watch("accuracy", k, photons.len());
        let at = |programmed: &Programmed| -> Result<Estimate, PhotonsError> {
            let found = programmed.accuracy_while(test, &programmed.uniform(*p), 0..model.question.seeds, &go_on)?;
            Ok(found.ok_or(PhotonsError::Interrupted)?.estimate())
        };
        points.push((*p, at(programmed)?, at(&after)?));
    }
    let (arrays, layers) = written(model, &network, optical);
    Ok(Trained { arrays, layers, points, noiseless: [programmed.noiseless(test), after.noiseless(test)] })
}

/// Arrays of `network`, by the names they have in the model if it has any, and the layers that use them.
fn written(model: &PhotonModel, network: &Network, optical: &[bool]) -> (Vec<NamedArray>, String) {
    let (mut arrays, mut text) = (Vec::new(), "layers = [\n".to_owned());
    for (l, layer) in network.layers().iter().enumerate() {
        let table = model.network.layers.get(l);
        let name = |numbers: Option<&Option<Numbers>>, letter: char| match numbers {
            Some(Some(Numbers::Name(name))) => name.clone(),
            _ => format!("{letter}{}", l + 1),
        };
        let (w, b) = (name(table.map(|t| &t.weights), 'w'), name(table.map(|t| &t.bias), 'b'));
        let activation = match layer.then.first() {
            Some(Step::Activation(a)) => *a,
            _ => Activation::None,
        };
        let d = &layer.dense;
        arrays.push(NamedArray { name: w.clone(), shape: vec![d.outputs, d.inputs], values: d.weights.clone() });
        arrays.push(NamedArray { name: b.clone(), shape: vec![d.outputs], values: d.bias.clone() });
        let digital = if optical[l] { "" } else { ", optical = false" };
        text.push_str(&format!(
            "    {{ weights = \"{w}\", bias = \"{b}\", activation = \"{}\"{digital} }},\n",
            activation.name()
        ));
    }
    text.push_str("]\n");
    (arrays, text)
}
