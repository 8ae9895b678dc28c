//! Questions about a network on a device: accuracy against photons, photons for an accuracy, which layer is weak, how to share the light out.
//!
//! Photons are detected ones per MAC, both arms, of the samples as the engine counts them. Inference k of the noise seed s draws from a stream of its own for every
//! layer, whatever the photons are: two numbers of photons are compared under the same noise.

mod allocate;
mod curve;
mod preview;
mod required;
mod sensitivity;

pub use allocate::{Allocation, allocate};
pub use curve::{CurvePoint, curve};
pub use preview::preview;
pub use required::{Required, RequiredError, required};
pub use sensitivity::{Sensitivity, sensitivities};

use crate::engine::{Calibration, Engine, EngineError, Multiplier, Sample, Scratch};
use crate::network::largest;
use crate::photons::Work;
use crate::{DataError, Dataset, Network};
use lightfall_core::rng::{Draws, Purpose, Streams};
use lightfall_core::stats::{Estimate, Moments, merge_tree};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::ops::Range;

/// Samples that one piece of work takes: fixed, so that threads do not decide what stands side by side.
const CHUNK: usize = 64;

/// A network with its optical layers on the hardware.
#[derive(Debug)]
pub struct Programmed {
    network: Network,
    /// Hardware of each layer, `None` for one that is digital.
    layers: Vec<Option<Box<dyn Multiplier>>>,
    calibrations: Vec<Calibration>,
    streams: Streams,
    /// Workers; the process's own where none are asked for.
    pool: Option<ThreadPool>,
}

/// Accuracy over noise seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Accuracy {
    /// Share of samples classified correctly under each noise seed.
    pub seeds: Vec<f64>,
    /// Samples.
    pub samples: usize,
}

impl Accuracy {
    /// Mean over the noise seeds, with the error that more seeds would shrink.
    pub fn estimate(&self) -> Estimate {
        estimate(&self.seeds)
    }
}

/// Mean and standard error of numbers.
pub(super) fn estimate(values: &[f64]) -> Estimate {
    let leaves: Vec<Moments> = values.iter().map(|v| Moments::leaf(&[*v])).collect();
    let empty = Estimate { mean: f64::NAN, stderr: None, n: 0 };
    merge_tree(&leaves).map_or(empty, |m| m.estimate(0))
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
}

impl Programmed {
    /// `network` with the layers for which `optical` holds on `engine`; `training` sets gains that are fixed.
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
        if !optical.contains(&true) {
            return Err(ProgramError::Digital);
        }
        let expected = network.inputs();
        if training.inputs != expected {
            let layer = network.layers()[0].dense.name.clone();
            return Err(DataError::Inputs { inputs: training.inputs, layer, expected }.into());
        }
        training.check_labels(network.outputs())?;
        let program = |(layer, optical): (&crate::Layer, &bool)| -> Result<Option<Box<dyn Multiplier>>, EngineError> {
            optical.then(|| engine.program(&layer.dense)).transpose()
        };
        let layers = network.layers().iter().zip(optical).map(program).collect::<Result<Vec<_>, _>>()?;
        let mut programmed =
            Self { calibrations: vec![Calibration::default(); layers.len()], network, layers, streams, pool: None };
        programmed.calibrate(training)?;
        Ok(programmed)
    }

    /// Mean light of every layer over the training split, without noise; checks that all inputs can be put on the hardware.
    fn calibrate(&mut self, training: &Dataset) -> Result<(), EngineError> {
        let mut light = Vec::new();
        let mut sums = vec![0.0; self.layers.len()];
        for k in 0..training.len() {
            let trace = self.network.trace(training.sample(k));
            for (l, layer) in self.layers.iter().enumerate() {
                if let Some(layer) = layer {
                    layer.accepts(&trace[l])?;
                    light.resize(layer.width(), 0.0);
                    layer.expose(&trace[l], &mut light);
                    sums[l] += layer.total(&light);
                }
            }
        }
        for (calibration, sum) in self.calibrations.iter_mut().zip(sums) {
            calibration.mean_light = Some(sum / training.len() as f64);
        }
        Ok(())
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

    /// Which layers are optical.
    pub fn is_optical(&self, layer: usize) -> bool {
        self.layers[layer].is_some()
    }

    /// MACs and outputs of the optical layers.
    pub fn work(&self) -> Work {
        let optical = self.network.layers().iter().zip(&self.layers).filter(|(_, o)| o.is_some());
        optical.fold(Work { macs: 0, outputs: 0 }, |w, (l, _)| Work {
            macs: w.macs + (l.dense.outputs * l.dense.inputs) as u64,
            outputs: w.outputs + l.dense.outputs as u64,
        })
    }

    /// The same photons per MAC in every optical layer.
    pub fn uniform(&self, photons: f64) -> Vec<Option<f64>> {
        self.layers.iter().map(|l| l.as_ref().map(|_| photons)).collect()
    }

    /// Mean over the optical MACs of the photons of the layers.
    pub fn mean_photons(&self, photons: &[Option<f64>]) -> f64 {
        let macs = self.network.macs();
        let total: f64 = photons.iter().zip(&macs).map(|(p, m)| p.unwrap_or(0.0) * *m as f64).sum();
        total / self.work().macs as f64
    }

    /// Share of samples that the network classifies correctly without noise.
    pub fn noiseless(&self, data: &Dataset) -> f64 {
        let right = |k: &usize| self.network.classify(data.sample(*k)) == data.labels[*k];
        (0..data.len()).filter(right).count() as f64 / data.len() as f64
    }

    /// Accuracy on `data` with `photons` in each layer (`None`: without noise) under each of `seeds`.
    ///
    /// # Errors
    ///
    /// [`EngineError::Negative`] where noise has made an input that light cannot carry.
    pub fn accuracy(
        &self,
        data: &Dataset,
        photons: &[Option<f64>],
        seeds: Range<u64>,
    ) -> Result<Accuracy, EngineError> {
        let one = |s| self.one_seed(data, photons, s);
        let seeds = self.on_workers(|| seeds.into_par_iter().map(one).collect::<Result<Vec<_>, _>>())?;
        Ok(Accuracy { seeds, samples: data.len() })
    }

    /// Accuracy under one noise seed: all samples through one layer after the other, as a converter spans their readouts.
    fn one_seed(&self, data: &Dataset, photons: &[Option<f64>], seed: u64) -> Result<f64, EngineError> {
        let mut x = data.values.clone();
        for (l, p) in photons.iter().enumerate() {
            x = self.layer(l, *p, &x, data.len(), seed)?;
        }
        let right = x.chunks_exact(self.network.outputs()).zip(&data.labels).filter(|(y, label)| largest(y) == **label);
        Ok(right.count() as f64 / data.len() as f64)
    }

    /// The outputs of layer `l` for `samples` inputs `x`.
    fn layer(
        &self,
        l: usize,
        photons: Option<f64>,
        x: &[f64],
        samples: usize,
        seed: u64,
    ) -> Result<Vec<f64>, EngineError> {
        let dense = &self.network.layers()[l].dense;
        let (m, n) = (dense.outputs, dense.inputs);
        let mut y = vec![0.0; samples * m];
        let (Some(layer), Some(photons)) = (&self.layers[l], photons) else {
            for (x, y) in x.chunks(CHUNK * n).zip(y.chunks_mut(CHUNK * m)) {
                self.network.product(l, x, y);
                y.chunks_exact_mut(m).for_each(|y| self.network.finish(l, y));
            }
            return Ok(y);
        };
        let calibration = &self.calibrations[l];
        let mut gains = vec![0.0; samples];
        let chunks = x.par_chunks(CHUNK * n).zip(y.par_chunks_mut(CHUNK * m)).zip(gains.par_chunks_mut(CHUNK));
        chunks.enumerate().try_for_each(|(c, ((x, y), gains))| -> Result<(), EngineError> {
            let mut scratch = Scratch::default();
            let width = layer.width();
            let mut light = vec![0.0; x.len() / n * width];
            layer.expose(x, &mut light);
            let first = stream(seed, (c * CHUNK) as u64, l);
            let mut rng = Draws::new(&self.streams, Purpose::Shots, first);
            let samples = x.chunks_exact(n).zip(light.chunks_exact(width));
            for (k, (((x, light), y), gain)) in samples.zip(y.chunks_exact_mut(m)).zip(gains).enumerate() {
                layer.accepts(x)?;
                rng.restart(stream(seed, (c * CHUNK + k) as u64, l));
                *gain = layer.read(Sample { x, light, calibration }, photons, &mut rng, &mut scratch, y);
            }
            Ok(())
        })?;
        layer.detector().convert(&mut y);
        for ((x, y), gain) in x.chunks_exact(n).zip(y.chunks_exact_mut(m)).zip(&gains) {
            layer.decode(x, *gain, y);
            if let Some(value) = y.iter().find(|v| !v.is_finite()) {
                return Err(EngineError::NotFinite { layer: dense.name.clone(), value: *value });
            }
            self.network.finish(l, y);
        }
        Ok(y)
    }
}

/// The stream of layer `layer` of sample `sample` under noise seed `seed`: 24 bits of seeds, 24 of samples, 8 of layers.
fn stream(seed: u64, sample: u64, layer: usize) -> u64 {
    seed << 32 | sample << 8 | layer as u64
}
