//! An optical engine of one's own: `cargo run --release --example custom_engine`.
//!
//! A receiver that sums in time: one detector sees the n products of an output one after the other, each behind a modulator of limited extinction, so that every product
//! brings its own dark light. What differs from a mask is in [`Multiplier::expose`]; the rest is handed on. Every question of a photon budget can be asked of it.

use lightfall::core::rng::{Draws, Streams};
use lightfall::model::photons::PhotonModel;
use lightfall::optics::budget::{Programmed, required};
use lightfall::optics::{Dense, Detector, Engine, EngineError, Intensity, Multiplier, Sample, Scratch};
use std::error::Error;
use std::path::Path;

/// Products in time, a share `leak` of full light in every slot.
#[derive(Clone, Copy, Debug)]
struct InTime {
    leak: f64,
}

impl Engine for InTime {
    fn name(&self) -> &'static str {
        "in-time"
    }

    fn program(&self, layer: &Dense, fabrication: &mut Draws) -> Result<Box<dyn Multiplier>, EngineError> {
        // Two rails, as behind a mask: that part is not written again.
        let rails = Intensity::default().program(layer, fabrication)?;
        let brightest = layer.weights.iter().fold(0.0_f64, |a, w| a.max(w.abs()));
        Ok(Box::new(Slots { rails, inputs: layer.inputs, dark: self.leak * brightest }))
    }
}

#[derive(Debug)]
struct Slots {
    rails: Box<dyn Multiplier>,
    inputs: usize,
    /// Light of a dark slot.
    dark: f64,
}

impl Multiplier for Slots {
    fn width(&self) -> usize {
        self.rails.width()
    }

    fn expose(&self, x: &[f64], light: &mut [f64]) {
        self.rails.expose(x, light);
        // Every slot of a sample leaks as if its input were the mean one.
        for (x, light) in x.chunks_exact(self.inputs).zip(light.chunks_exact_mut(self.width())) {
            let leaked = self.dark * x.iter().sum::<f64>();
            light.iter_mut().for_each(|rate| *rate += leaked);
        }
    }

    fn total(&self, light: &[f64]) -> f64 {
        self.rails.total(light)
    }

    fn accepts(&self, x: &[f64]) -> Result<(), EngineError> {
        self.rails.accepts(x)
    }

    fn read(&self, sample: Sample<'_>, photons: f64, draws: &mut Draws, scratch: &mut Scratch, out: &mut [f64]) -> f64 {
        // The leak is the same on both rails: their difference has its noise, not its mean.
        self.rails.read(sample, photons, draws, scratch, out)
    }

    fn decode(&self, x: &[f64], gain: f64, readout: &mut [f64]) {
        self.rails.decode(x, gain, readout);
    }

    fn mean(&self, sample: Sample<'_>, photons: f64, out: &mut [f64]) {
        self.rails.mean(sample, photons, out);
    }

    fn variance(&self, sample: Sample<'_>, photons: f64, out: &mut [f64]) {
        self.rails.variance(sample, photons, out);
    }

    fn detector(&self) -> &Detector {
        self.rails.detector()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let model = PhotonModel::read(Path::new("models/optics/digits-differential.toml"), &[])?;
    let loaded = model.load(1)?;
    for leak in [0.0, 0.01, 0.1] {
        let network = loaded.programmed.network().clone();
        let optical = vec![true; network.layers().len()];
        let device = Programmed::new(network, &InTime { leak }, &optical, &loaded.training, Streams::new(1, 0))?;
        let needed = required(&device, &loaded.test, 0.9, 8, 1.0, &|| true)?;
        println!(
            "leak {leak:<4}  90 % at {:.2} photons per MAC [{:.2}, {:.2}]",
            needed.photons_per_mac,
            needed.low.unwrap_or(0.0),
            needed.high.unwrap_or(f64::INFINITY)
        );
    }
    Ok(())
}
