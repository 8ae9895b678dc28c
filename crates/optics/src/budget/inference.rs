//! One pass of samples through a network on a device.
//!
//! Samples go through in pieces of a fixed size, each with streams of its own, so that neither threads nor neighbours change a number. Where a converter spans the readouts of
//! the whole batch, all pieces wait for each other after every layer that has one.

use super::{Device, Programmed};
use crate::engine::{EngineError, Multiplier, Sample, Scratch};
use crate::network::Network;
use crate::sums::first;
use lightfall_core::rng::{Draws, Purpose};
use rayon::prelude::*;

/// Samples that one piece of work takes.
const CHUNK: usize = 64;

/// Puts `x`, numbers of `samples` samples, through the converter of the inputs.
fn set_inputs(hardware: &dyn Multiplier, x: &mut [f64], samples: usize) {
    if hardware.detector().dac_bits.is_some() {
        x.chunks_exact_mut(x.len() / samples).for_each(|x| hardware.detector().set_inputs(x));
    }
}

/// What every piece of a pass shares.
#[derive(Clone, Copy)]
pub(super) struct Pass<'a> {
    pub(super) network: &'a Network,
    pub(super) device: &'a Device,
    /// Setting of the light of each layer; `None`: without noise.
    pub(super) settings: &'a [Option<f64>],
    pub(super) seed: u64,
    /// Light of the first layer of all samples, where it has been found before.
    pub(super) first_light: Option<&'a [f64]>,
}

/// Most numbers of the light of the first layer that are kept, of all devices: 128 MiB.
const MOST_LIGHT: usize = 1 << 24;

/// The light of the first layer of `values`, which no noise has changed: the same in every inference of a sample. `None` where the layer is not optical, or the light is too much to keep for `devices` of them.
pub(super) fn first_light(network: &Network, device: &Device, values: &[f64], devices: usize) -> Option<Vec<f64>> {
    let hardware = device.layers[0].as_deref()?;
    let (inputs, each) = (network.inputs(), hardware.width() * network.vectors(0));
    let samples = values.len() / inputs;
    if samples.checked_mul(each)?.checked_mul(devices)? > MOST_LIGHT {
        return None;
    }
    let mut light = vec![0.0; samples * each];
    let pieces = values.par_chunks(CHUNK * inputs).zip(light.par_chunks_mut(CHUNK * each));
    pieces.for_each(|(x, light)| {
        let (mut x, mut patches) = (x.to_vec(), Vec::new());
        network.begin(&mut x);
        set_inputs(hardware, &mut x, light.len() / each);
        hardware.expose(network.gather(0, &x, &mut patches), light);
    });
    Some(light)
}

/// Samples side by side, in front of a layer.
struct Piece {
    /// Number of the first sample.
    first: usize,
    samples: usize,
    x: Vec<f64>,
    /// Vectors of a convolution.
    patches: Vec<f64>,
    /// Readouts of the layer, and their gains.
    readouts: Vec<f64>,
    gains: Vec<f64>,
}

/// Memory of a worker.
#[derive(Default)]
struct Worker {
    scratch: Scratch,
    light: Vec<f64>,
}

/// The stream of layer `layer` of sample `sample` under noise seed `seed`: 24 bits of seeds, 24 of samples, 8 of layers.
fn stream(seed: u64, sample: usize, layer: usize) -> u64 {
    seed << 32 | (sample as u64) << 8 | layer as u64
}

impl Pass<'_> {
    /// Outputs of the network for samples of `inputs` numbers one after the other.
    ///
    /// # Errors
    ///
    /// [`EngineError`] where noise has made an input that light cannot carry, or a number is not finite.
    pub(super) fn run(&self, inputs: usize, values: &[f64]) -> Result<Vec<f64>, EngineError> {
        let chunks = values.par_chunks(CHUNK * inputs).enumerate();
        let piece = |(c, x): (usize, &[f64])| {
            let mut x = x.to_vec();
            let samples = x.len() / inputs;
            self.network.begin(&mut x);
            let (patches, readouts, gains) = (Vec::new(), Vec::new(), Vec::new());
            Piece { first: c * CHUNK, samples, x, patches, readouts, gains }
        };
        let last = self.settings.len();
        let mut pieces: Vec<Piece> = chunks.map(piece).collect();
        // From one converter to the next.
        let mut from = 0;
        while from < last {
            let to = (from..last).find(|l| self.converts(*l)).unwrap_or(last);
            self.each(&mut pieces, |piece, worker| {
                (from..to).try_for_each(|l| self.layer(l, piece, worker).and_then(|()| self.decode(l, piece)))?;
                if to < last { self.layer(to, piece, worker) } else { Ok(()) }
            })?;
            if to < last {
                self.convert(to, &mut pieces);
                self.each(&mut pieces, |piece, _| self.decode(to, piece))?;
            }
            from = to + 1;
        }
        Ok(pieces.into_iter().flat_map(|p| p.x).collect())
    }

    /// Whether the readouts of layer `l` are converted.
    fn converts(&self, l: usize) -> bool {
        self.lit(l).is_some_and(|(hardware, _)| hardware.detector().adc_bits.is_some())
    }

    /// The hardware of layer `l` and its setting, if it is used with light.
    fn lit(&self, l: usize) -> Option<(&dyn Multiplier, f64)> {
        self.device.layers[l].as_deref().zip(self.settings[l])
    }

    /// Does `work` on every piece; the error is that of the first one that has one.
    fn each(
        &self,
        pieces: &mut [Piece],
        work: impl Fn(&mut Piece, &mut Worker) -> Result<(), EngineError> + Sync,
    ) -> Result<(), EngineError> {
        let done: Vec<Result<(), EngineError>> =
            pieces.par_iter_mut().map_init(Worker::default, |worker, piece| work(piece, worker)).collect();
        done.into_iter().collect()
    }

    /// Readouts of layer `l`.
    fn layer(&self, l: usize, piece: &mut Piece, worker: &mut Worker) -> Result<(), EngineError> {
        let Some((hardware, setting)) = self.lit(l) else { return Ok(()) };
        let dense = &self.network.layers()[l].dense;
        let vectors = self.network.vectors(l);
        set_inputs(hardware, &mut piece.x, piece.samples);
        let x = self.network.gather(l, &piece.x, &mut piece.patches);
        let width = hardware.width();
        let lights = piece.samples * vectors * width;
        let light = match self.first_light.filter(|_| l == 0) {
            Some(light) => &light[piece.first * vectors * width..][..lights],
            None => {
                // Never shortened: what is cut off would be cleared when it comes back.
                if worker.light.len() < lights {
                    worker.light.resize(lights, 0.0);
                }
                let light = &mut worker.light[..lights];
                hardware.expose(x, light);
                light
            }
        };
        piece.readouts.resize(piece.samples * vectors * dense.outputs, 0.0);
        piece.gains.clear();
        let (mut x, mut light) = (x.chunks_exact(dense.inputs), light.chunks_exact(width));
        let mut y = piece.readouts.chunks_exact_mut(dense.outputs);
        let calibration = &self.device.calibrations[l];
        let mut rng = Draws::new(&self.device.streams, Purpose::Shots, 0);
        for k in 0..piece.samples {
            rng.restart(stream(self.seed, piece.first + k, l));
            for ((x, light), y) in x.by_ref().zip(light.by_ref()).zip(y.by_ref()).take(vectors) {
                hardware.accepts(x)?;
                let sample = Sample { x, light, calibration };
                piece.gains.push(hardware.read(sample, setting, &mut rng, &mut worker.scratch, y));
            }
        }
        Ok(())
    }

    /// Rounds the readouts of layer `l` to the levels of its converter, whose full scale is their largest.
    fn convert(&self, l: usize, pieces: &mut [Piece]) {
        let Some((hardware, _)) = self.lit(l) else { return };
        let largest = |p: &Piece| p.readouts.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
        let full_scale = pieces.iter().map(largest).fold(0.0, f64::max);
        pieces.par_iter_mut().for_each(|p| hardware.detector().convert(full_scale, &mut p.readouts));
    }

    /// From readouts of layer `l` to the numbers in front of the next.
    fn decode(&self, l: usize, piece: &mut Piece) -> Result<(), EngineError> {
        let Some((hardware, _)) = self.lit(l) else {
            piece.x = self.network.layer(l, &piece.x);
            return Ok(());
        };
        let dense = &self.network.layers()[l].dense;
        let x = if self.network.layers()[l].patches.is_some() { &piece.patches } else { &piece.x };
        let y = piece.readouts.chunks_exact_mut(dense.outputs);
        for ((x, y), gain) in x.chunks_exact(dense.inputs).zip(y).zip(&piece.gains) {
            hardware.decode(x, *gain, y);
        }
        if let Some(value) = first(&piece.readouts, |v| !v.is_finite()) {
            return Err(EngineError::NotFinite { layer: dense.name.clone(), value });
        }
        std::mem::swap(&mut piece.x, &mut piece.readouts);
        if self.device.activation.is_some() {
            // Bias and activation are in the readouts.
            self.network.finish(l, 1, &mut piece.x);
        } else {
            self.network.add_bias(l, &mut piece.x);
            self.network.finish(l, 0, &mut piece.x);
        }
        Ok(())
    }
}

impl Programmed {
    /// Outputs for samples one after the other on device `device` under noise seed `seed`, with `settings` in each layer (`None`: without noise).
    ///
    /// # Errors
    ///
    /// [`EngineError`] where noise has made an input that light cannot carry, or a number is not finite.
    pub fn outputs(
        &self,
        values: &[f64],
        settings: &[Option<f64>],
        device: usize,
        seed: u64,
    ) -> Result<Vec<f64>, EngineError> {
        let (network, device) = (self.network(), &self.devices[device]);
        let pass = Pass { network, device, settings, seed, first_light: None };
        self.on_workers(|| pass.run(self.network().inputs(), values))
    }
}
