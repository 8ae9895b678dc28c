//! Questions about a network on a device: accuracy against photons, photons for an accuracy, which layer is weak, how to share the light out.
//!
//! Photons are detected ones per MAC, of the arms that the engine counts. What is drawn once per device (errors of its making) and what is drawn in every inference (shots) have streams of
//! their own. Inference k of the noise seed s draws from a stream of its own for every layer, whatever the photons are: two numbers of photons are compared under the same noise.

mod accuracy;
mod adaptive;
mod allocate;
mod curve;
mod inference;
mod noise;
mod preview;
mod required;
mod sensitivity;
mod train;

pub use accuracy::{Accuracy, Spread};
pub use adaptive::{Adaptive, adaptive};
pub use allocate::{Allocation, allocate};
pub use curve::{CurvePoint, curve};
pub use noise::{LayerNoise, NoiseShare, noise_shares};
pub use preview::preview;
pub use required::{Required, RequiredError, required};
pub use sensitivity::{Sensitivity, sensitivities};
pub use train::{Optimiser, TrainError, Training, train};

use crate::engine::{Calibration, Engine, EngineError, Multiplier, Setting};
use crate::network::largest;
use crate::photons::Work;
use crate::{Activation, DataError, Dataset, Layer, Network, Step};
use accuracy::nested;
use inference::{Pass, first_light};
use lightfall_core::rng::{Draws, Purpose, Streams};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::ops::Range;

/// Most samples: their number is part of a stream's.
const MOST_SAMPLES: usize = 1 << 24;

/// A network with its optical layers on the hardware.
#[derive(Debug)]
pub struct Programmed {
    network: Network,
    devices: Vec<Device>,
    setting: Setting,
    /// Workers; the process's own where none are asked for.
    pool: Option<ThreadPool>,
}

/// One piece of hardware.
#[derive(Debug)]
struct Device {
    /// Hardware of each layer, `None` for one that is digital.
    layers: Vec<Option<Box<dyn Multiplier>>>,
    calibrations: Vec<Calibration>,
    streams: Streams,
    /// What the hardware does after the product.
    activation: Option<Activation>,
}

/// Why a network cannot be put on a device.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProgramError {
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// No layer is optical.
    #[error("no layer is optical: there is no light to count")]
    Digital,
    /// More devices than there may be, or none.
    #[error("devices = {devices}, expected {expected}")]
    Devices {
        /// How many.
        devices: usize,
        /// What would be right.
        expected: &'static str,
    },
}

impl Programmed {
    /// `network` with the layers for which `optical` holds on one device of `engine`; `training` sets gains that are fixed.
    ///
    /// # Errors
    ///
    /// [`ProgramError`] for weights, inputs or numbers that the engine does not take, and data that do not fit the network.
    pub fn new(
        network: Network,
        engine: &dyn Engine,
        optical: &[bool],
        training: &Dataset,
        streams: Streams,
    ) -> Result<Self, ProgramError> {
        Self::on_devices(network, engine, optical, training, streams, 1)
    }

    /// The same on `devices` devices, device k with the errors of its making and the noise of instance k of `streams` (and those that follow it).
    ///
    /// # Errors
    ///
    /// As for [`Programmed::new`], and for more devices than one of an engine that makes them all alike.
    pub fn on_devices(
        network: Network,
        engine: &dyn Engine,
        optical: &[bool],
        training: &Dataset,
        streams: Streams,
        devices: usize,
    ) -> Result<Self, ProgramError> {
        if !optical.contains(&true) {
            return Err(ProgramError::Digital);
        }
        if !(1..=1 << 16).contains(&devices) {
            return Err(ProgramError::Devices { devices, expected: "1 to 65536" });
        }
        if devices > 1 && !engine.varies() {
            let expected = "1: nothing in this device differs from one to the next";
            return Err(ProgramError::Devices { devices, expected });
        }
        check_data(&network, training)?;
        for (layer, _) in network.layers().iter().zip(optical).filter(|(_, o)| **o) {
            check_activation(engine, layer)?;
        }
        let make = |k: usize| {
            let streams = Streams { instance: streams.instance + k as u64, ..streams };
            Device::make(&network, engine, optical, training, streams)
        };
        let devices = (0..devices).map(make).collect::<Result<_, _>>()?;
        Ok(Self { network, devices, setting: engine.setting(), pool: None })
    }

    /// Works with `threads` workers; 0 means one per processor.
    ///
    /// # Errors
    ///
    /// If the system does not give that many.
    pub fn set_threads(&mut self, threads: usize) -> Result<(), ThreadPoolBuildError> {
        self.pool = Some(ThreadPoolBuilder::new().num_threads(threads).build()?);
        Ok(())
    }

    /// Runs `work` on the workers.
    fn on_workers<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Devices.
    pub fn devices(&self) -> usize {
        self.devices.len()
    }

    /// What the light of a layer is set by.
    pub fn setting(&self) -> Setting {
        self.setting
    }

    /// Which layers are optical.
    pub fn is_optical(&self, layer: usize) -> bool {
        self.devices[0].layers[layer].is_some()
    }

    /// MACs and outputs of the optical layers.
    pub fn work(&self) -> Work {
        let layers = self.network.layers().iter().zip(self.network.macs()).enumerate();
        layers.filter(|(l, _)| self.is_optical(*l)).fold(Work { macs: 0, outputs: 0 }, |w, (l, (layer, macs))| Work {
            macs: w.macs + macs,
            outputs: w.outputs + (layer.dense.outputs * self.network.vectors(l)) as u64,
        })
    }

    /// Detected photons per MAC in layer `l` at the setting `setting`, mean over the devices; 0 in a digital one.
    pub fn layer_photons(&self, l: usize, setting: f64) -> f64 {
        let of = |device: &Device| {
            device.layers[l].as_deref().map_or(0.0, |layer| layer.photons_per_mac(setting, &device.calibrations[l]))
        };
        self.devices.iter().map(of).sum::<f64>() / self.devices.len() as f64
    }

    /// Transmission of the weights of each layer, all samples of the training split together, mean over the devices; `None` where they are no mask.
    pub fn transmissions(&self) -> Vec<Option<f64>> {
        let of = |l: usize| {
            let each = self.devices.iter().map(|d| d.calibrations[l].mean_transmission);
            each.sum::<Option<f64>>().map(|sum| sum / self.devices.len() as f64)
        };
        (0..self.network.layers().len()).map(of).collect()
    }

    /// The same setting in every optical layer.
    pub fn uniform(&self, setting: f64) -> Vec<Option<f64>> {
        (0..self.network.layers().len()).map(|l| self.is_optical(l).then_some(setting)).collect()
    }

    /// Mean over the optical MACs and the devices of the detected photons per MAC of the layers.
    pub fn mean_photons(&self, settings: &[Option<f64>]) -> f64 {
        let layers = settings.iter().zip(self.network.macs()).enumerate();
        let of =
            |(l, (s, macs)): (usize, (&Option<f64>, u64))| s.map_or(0.0, |s| self.layer_photons(l, s) * macs as f64);
        layers.map(of).sum::<f64>() / self.work().macs as f64
    }

    /// Share of samples that the network classifies correctly without noise.
    pub fn noiseless(&self, data: &Dataset) -> f64 {
        let right = |k: &usize| self.network.classify(data.sample(*k)) == data.labels[*k];
        (0..data.len()).filter(right).count() as f64 / data.len() as f64
    }

    /// Accuracy on `data` with `settings` in each layer (`None`: without noise) under each of `seeds` on each device.
    ///
    /// # Errors
    ///
    /// [`EngineError`] where noise has made an input that light cannot carry, or a number is not finite.
    pub fn accuracy(
        &self,
        data: &Dataset,
        settings: &[Option<f64>],
        seeds: Range<u64>,
    ) -> Result<Accuracy, EngineError> {
        // Worth it where it is used more than once.
        let again = seeds.end.saturating_sub(seeds.start) > 1;
        let lights = if again { self.first_lights(data, settings) } else { Vec::new() };
        let runs = self.runs(data, settings, seeds, &lights)?;
        Ok(Accuracy { runs, devices: self.devices.len(), samples: data.len() })
    }

    /// The light of the first layer on every device, where it is to be kept.
    fn first_lights(&self, data: &Dataset, settings: &[Option<f64>]) -> Vec<Option<Vec<f64>>> {
        let of = |device| first_light(&self.network, device, &data.values, self.devices.len());
        match settings[0] {
            Some(_) => self.on_workers(|| self.devices.iter().map(of).collect()),
            None => Vec::new(),
        }
    }

    /// Share of samples classified correctly: all `seeds` of the first device, then of the next. `lights` as [`Programmed::first_lights`] gives them, or none.
    fn runs(
        &self,
        data: &Dataset,
        settings: &[Option<f64>],
        seeds: Range<u64>,
        lights: &[Option<Vec<f64>>],
    ) -> Result<Vec<f64>, EngineError> {
        let runs: Vec<(usize, u64)> =
            (0..self.devices.len()).flat_map(|d| seeds.clone().map(move |s| (d, s))).collect();
        let one = |&(device, seed): &(usize, u64)| {
            let first_light = lights.get(device).and_then(Option::as_deref);
            let pass = Pass { network: &self.network, device: &self.devices[device], settings, seed, first_light };
            let y = pass.run(data.inputs, &data.values)?;
            let right = y.chunks_exact(self.network.outputs()).zip(&data.labels);
            Ok(right.filter(|(y, label)| largest(y) == **label).count() as f64 / data.len() as f64)
        };
        let runs: Vec<Result<f64, EngineError>> = self.on_workers(|| runs.par_iter().map(one).collect());
        // The first error in the order of the runs, whichever came first in time.
        runs.into_iter().collect()
    }
}

impl Device {
    fn make(
        network: &Network,
        engine: &dyn Engine,
        optical: &[bool],
        training: &Dataset,
        streams: Streams,
    ) -> Result<Self, EngineError> {
        let mut fabrication = Draws::new(&streams, Purpose::Fabrication, 0);
        let mut program = |(l, optical): (usize, &bool)| -> Result<Option<Box<dyn Multiplier>>, EngineError> {
            fabrication.restart(l as u64);
            optical.then(|| engine.program(&network.layers()[l].dense, &mut fabrication)).transpose()
        };
        let layers = optical.iter().enumerate().map(&mut program).collect::<Result<Vec<_>, _>>()?;
        let calibrations = vec![Calibration::default(); layers.len()];
        let mut device = Self { layers, calibrations, streams, activation: engine.activation() };
        device.calibrate(network, training)?;
        Ok(device)
    }

    /// Mean light of every layer over the training split, without noise; checks that all inputs can be put on the hardware.
    fn calibrate(&mut self, network: &Network, training: &Dataset) -> Result<(), EngineError> {
        let (mut light, mut patches) = (Vec::new(), Vec::new());
        let mut sums = vec![0.0; self.layers.len()];
        let mut masks = vec![[0.0; 2]; self.layers.len()];
        for k in 0..training.len() {
            let trace = network.trace(training.sample(k));
            for (l, layer) in self.layers.iter().enumerate() {
                let Some(layer) = layer else { continue };
                let mut set = trace[l].to_vec();
                layer.detector().set_inputs(&mut set);
                for x in network.gather(l, &set, &mut patches).chunks_exact(network.layers()[l].dense.inputs) {
                    layer.accepts(x)?;
                    light.resize(layer.width(), 0.0);
                    layer.expose(x, &mut light);
                    sums[l] += layer.total(&light) / network.vectors(l) as f64;
                    if let Some([behind, before]) = layer.through_mask(x, &light) {
                        masks[l] = [masks[l][0] + behind, masks[l][1] + before];
                    }
                }
            }
        }
        for (calibration, (sum, [behind, before])) in self.calibrations.iter_mut().zip(sums.into_iter().zip(masks)) {
            calibration.mean_light = Some(sum / training.len() as f64);
            calibration.mean_transmission = (before > 0.0).then(|| behind / before);
        }
        Ok(())
    }
}

/// Checks that `data` are samples of `network`.
fn check_data(network: &Network, data: &Dataset) -> Result<(), DataError> {
    let expected = network.inputs();
    if data.inputs != expected {
        let layer = network.layers()[0].dense.name.clone();
        return Err(DataError::Inputs { inputs: data.inputs, layer, expected });
    }
    if data.is_empty() || data.len() > MOST_SAMPLES {
        return Err(DataError::Samples { samples: data.len(), most: MOST_SAMPLES });
    }
    data.check_labels(network.outputs())
}

/// Checks that an optical layer has the activation that `engine` makes.
fn check_activation(engine: &dyn Engine, layer: &Layer) -> Result<(), EngineError> {
    let Some(own) = engine.activation() else { return Ok(()) };
    let wrong = |found: String| EngineError::Activation {
        layer: layer.dense.name.clone(),
        engine: engine.name(),
        expected: own.name(),
        found,
    };
    if let Some(bias) = layer.dense.bias.iter().find(|b| **b != 0.0) {
        return Err(wrong(format!("a bias ({bias}): put it into the weights of an input that is always 1")));
    }
    match layer.then.first() {
        Some(Step::Activation(a)) if *a == own => Ok(()),
        Some(Step::Activation(a)) => Err(wrong(format!("activation = \"{}\"", a.name()))),
        _ => Err(wrong("no activation".into())),
    }
}
