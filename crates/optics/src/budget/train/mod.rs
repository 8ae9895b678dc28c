//! Training with the noise that the network will have.
//!
//! Products of optical layers carry the noise of the engine, y_i = (W x)_i + b_i + g_i sqrt(Var_i) with g ~ N(0, 1) and Var_i the engine's own variance of the weights as they are. Gradients are those of
//! y = W x + b, straight through what the hardware does to the weights, and those of the noise at fixed g, [`crate::Multiplier::back_variance`]: without the latter weights grow without bound, as though noise did
//! not grow with them, and nothing is gained. The loss is the cross entropy of the softmax of the outputs. Photons per MAC differ from batch to batch, in equal ratios at random: one network for a
//! range of light.
//!
//! Source of the optimiser: Kingma and Ba (2015), ICLR, algorithm 1.

mod weights;

use super::{ProgramError, check_data};
use crate::engine::{Calibration, Engine, EngineError, Multiplier, Sample, Setting, Slopes};
use crate::{Dataset, Network, NetworkError, Step};
use lightfall_core::rng::{Draws, Purpose, Streams};
use rand::RngExt;
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use weights::Weights;

/// How weights follow gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Optimiser {
    /// Adam with beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-8.
    #[default]
    Adam,
    /// Gradient descent.
    Sgd,
}

/// A training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// Passes over the training split.
    pub epochs: u32,
    /// Samples of a batch.
    pub batch: usize,
    /// Learning rate at the start; it falls to 0 as a quarter of a cosine.
    pub rate: f64,
    /// How weights follow gradients.
    pub optimiser: Optimiser,
    /// Least and most photons per MAC of a batch.
    pub per_mac: [f64; 2],
}

impl Default for Training {
    fn default() -> Self {
        Self { epochs: 120, batch: 32, rate: 2e-3, optimiser: Optimiser::Adam, per_mac: [0.1, 3.0] }
    }
}

/// Why a network cannot be trained.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A number out of range.
    #[error("{key} = {value}, expected {expected}")]
    Number {
        /// Key.
        key: &'static str,
        /// The value.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// A layer that gradients do not go through here.
    #[error(
        "layer {layer}: {what} is not trained here; dense layers with relu, tanh, sigmoid or nothing after them are"
    )]
    Layer {
        /// Layer.
        layer: String,
        /// A convolution, a pool, another activation.
        what: &'static str,
    },
    /// A device whose light is set by the weights.
    #[error("the light of {engine} is set by the weights: there are no photons per MAC to train at")]
    Shots {
        /// Engine.
        engine: &'static str,
    },
    /// Weights that have left all bounds.
    #[error("the loss is not finite in epoch {epoch}; lower the rate")]
    Diverged {
        /// Epoch, from 1.
        epoch: u32,
    },
    /// The device.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

impl From<EngineError> for TrainError {
    fn from(e: EngineError) -> Self {
        Self::Program(e.into())
    }
}

impl Training {
    /// Checks the numbers.
    ///
    /// # Errors
    ///
    /// [`TrainError::Number`].
    pub fn validate(&self) -> Result<(), TrainError> {
        let number = |key, value, good: bool, expected| {
            if good { Ok(()) } else { Err(TrainError::Number { key, value, expected }) }
        };
        number("epochs", f64::from(self.epochs), (1..=100_000).contains(&self.epochs), "1 to 100000")?;
        number("batch", self.batch as f64, self.batch >= 1, "at least 1")?;
        number("rate", self.rate, self.rate > 0.0 && self.rate <= 1.0, "a number above 0 and at most 1")?;
        let [low, high] = self.per_mac;
        let good = low > 0.0 && low <= high && high <= 1e9;
        number("per_mac", if low > 0.0 { high } else { low }, good, "[least, most] photons above 0 and at most 1e9")
    }
}

/// One sample on its way.
struct Trace {
    /// Numbers in front of every layer and after the last.
    values: Vec<Vec<f64>>,
    /// Light, noise and variances of every layer with light.
    noise: Vec<Option<Noise>>,
}

/// What was drawn in a layer.
struct Noise {
    light: Vec<f64>,
    drawn: Vec<f64>,
    variance: Vec<f64>,
}

/// Hardware of every layer.
type Hardware = [Option<Box<dyn Multiplier>>];

/// A network in training.
struct Trainer<'a> {
    layers: Vec<Weights>,
    engine: &'a dyn Engine,
    optical: &'a [bool],
    streams: Streams,
    noise: Draws,
}

impl Trainer<'_> {
    /// One sample through the network, with noise where `photons` says so.
    fn forward(&mut self, hardware: &Hardware, x: &[f64], photons: Option<f64>) -> Result<Trace, TrainError> {
        let mut trace = Trace { values: vec![x.to_vec()], noise: Vec::new() };
        for (l, layer) in self.layers.iter().enumerate() {
            let x = &trace.values[l];
            let mut y = layer.bias.values.clone();
            for (y, row) in y.iter_mut().zip(layer.weights.values.chunks_exact(x.len())) {
                *y += row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
            }
            let noise = match (&hardware[l], photons) {
                (Some(hardware), Some(photons)) => Some(drawn(&**hardware, x, photons, y.len(), &mut self.noise)?),
                _ => None,
            };
            if let Some(noise) = &noise {
                for ((y, g), v) in y.iter_mut().zip(&noise.drawn).zip(&noise.variance) {
                    *y += g * v.sqrt();
                }
            }
            layer.activation.apply(&mut y);
            trace.noise.push(noise);
            trace.values.push(y);
        }
        Ok(trace)
    }

    /// Adds the gradients of one sample; returns its loss.
    fn learn(&mut self, hardware: &Hardware, trace: &Trace, label: usize, photons: f64, share: f64) -> f64 {
        let y = &trace.values[self.layers.len()];
        let top = y.iter().fold(f64::NEG_INFINITY, |a, v| a.max(*v));
        let sum: f64 = y.iter().map(|v| (v - top).exp()).sum();
        let target = |k: usize| f64::from(u8::from(k == label));
        let mut d: Vec<f64> = y.iter().enumerate().map(|(k, v)| share * ((v - top).exp() / sum - target(k))).collect();
        for (l, layer) in self.layers.iter_mut().enumerate().rev() {
            let x = &trace.values[l];
            layer.before_activation(&trace.values[l + 1], &mut d);
            let mut dx = layer.back(x, &d);
            if let (Some(hardware), Some(noise)) = (&hardware[l], &trace.noise[l]) {
                // dy/dVar = g/(2 sqrt(Var)); outputs without light have no noise.
                let slope = |((d, g), v): ((&f64, &f64), &f64)| if *v > 0.0 { 0.5 * d * g / v.sqrt() } else { 0.0 };
                let slopes: Vec<f64> = d.iter().zip(&noise.drawn).zip(&noise.variance).map(slope).collect();
                let calibration = Calibration::default();
                let sample = Sample { x, light: &noise.light, calibration: &calibration };
                let weights = &layer.weights.values;
                let slopes = Slopes { weights, photons, variance: &noise.variance, slopes: &slopes };
                hardware.back_variance(sample, slopes, &mut layer.weights.gradient, &mut dx);
            }
            d = dx;
        }
        sum.ln() + top - y[label]
    }

    /// The hardware with the weights as they are, always of the same device.
    fn hardware(&self) -> Result<Vec<Option<Box<dyn Multiplier>>>, EngineError> {
        let mut fabrication = Draws::new(&self.streams, Purpose::Fabrication, 0);
        let program = |(l, optical): (usize, &bool)| {
            fabrication.restart(l as u64);
            optical.then(|| self.engine.program(&self.layers[l].now().dense, &mut fabrication)).transpose()
        };
        self.optical.iter().enumerate().map(program).collect()
    }
}

/// Light, variances and noise of a layer of `m` outputs.
fn drawn(
    hardware: &dyn Multiplier,
    x: &[f64],
    photons: f64,
    m: usize,
    noise: &mut Draws,
) -> Result<Noise, EngineError> {
    hardware.accepts(x)?;
    let mut all = Noise { light: vec![0.0; hardware.width()], drawn: vec![0.0; m], variance: vec![0.0; m] };
    hardware.expose(x, &mut all.light);
    let calibration = Calibration::default();
    hardware.variance(Sample { x, light: &all.light, calibration: &calibration }, photons, &mut all.variance);
    noise.normals(&mut all.drawn);
    Ok(all)
}

/// Trains `network`, whose `optical` layers are on `engine`, further on the samples of `training`; `watch` is told of every epoch (done, of all, mean loss) and says whether to go on. `None` if it
/// says no. One thread; the same bits from the same seed.
///
/// # Errors
///
/// [`TrainError`].
pub fn train(
    network: &Network,
    engine: &dyn Engine,
    optical: &[bool],
    training: &Dataset,
    settings: &Training,
    streams: Streams,
    watch: &dyn Fn(u32, u32, f64) -> bool,
) -> Result<Option<Network>, TrainError> {
    settings.validate()?;
    check_data(network, training).map_err(ProgramError::from)?;
    if engine.setting() == Setting::Shots {
        return Err(TrainError::Shots { engine: engine.name() });
    }
    let all = network.layers();
    if network.first().iter().any(|s| !matches!(s, Step::Reshape(_))) {
        return Err(TrainError::Layer { layer: all[0].dense.name.clone(), what: "what comes before it" });
    }
    let layers = all.iter().enumerate().map(|(l, layer)| Weights::new(layer, network.deciding(l)));
    let layers = layers.collect::<Result<Vec<_>, _>>()?;
    let mut draws = Draws::new(&streams, Purpose::Training, 0);
    let noise = Draws::new(&streams, Purpose::Shots, 0);
    let mut trainer = Trainer { layers, engine, optical, streams, noise };
    let mut order: Vec<usize> = (0..training.len()).collect();
    let mut step = 0;
    for epoch in 0..settings.epochs {
        draws.restart(u64::from(epoch));
        trainer.noise.restart(u64::from(epoch));
        order.shuffle(&mut draws);
        let done = f64::from(epoch) / f64::from(settings.epochs);
        let rate = settings.rate * (0.5 * std::f64::consts::PI * done).cos();
        let mut loss = 0.0;
        for batch in order.chunks(settings.batch) {
            let [low, high] = settings.per_mac;
            let photons = low * (high / low).powf(draws.random::<f64>());
            let hardware = trainer.hardware()?;
            for k in batch {
                let trace = trainer.forward(&hardware, training.sample(*k), Some(photons))?;
                let share = 1.0 / batch.len() as f64;
                loss += trainer.learn(&hardware, &trace, training.labels[*k], photons, share);
            }
            step += 1;
            for layer in &mut trainer.layers {
                layer.weights.advance(settings.optimiser, rate, step);
                layer.bias.advance(settings.optimiser, rate, step);
            }
        }
        loss /= training.len() as f64;
        if !loss.is_finite() {
            return Err(TrainError::Diverged { epoch: epoch + 1 });
        }
        if !watch(epoch + 1, settings.epochs, loss) {
            return Ok(None);
        }
    }
    let layers = trainer.layers.iter().map(Weights::now).collect();
    Ok(Some(Network::new(layers)?))
}

#[cfg(test)]
mod tests;
