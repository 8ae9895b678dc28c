//! Accuracy over devices, noise seeds and samples.

use super::Programmed;
use crate::{Dataset, EngineError};
use lightfall_core::stats::{Estimate, Moments, merge_tree};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// MACs of a piece of work between two questions whether to go on: some seconds.
const PIECE: f64 = 2e10;

/// Accuracy of devices under noise seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Accuracy {
    /// Share of samples classified correctly: all noise seeds of the first device, then of the next.
    pub runs: Vec<f64>,
    /// Devices.
    pub devices: usize,
    /// Samples.
    pub samples: usize,
}

/// What runs differ by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Standard deviation between the mean accuracies of devices, the share of the noise seeds taken out.
    pub of_devices: f64,
    /// Standard deviation of the accuracy of one device between noise seeds.
    pub of_seeds: f64,
    /// Accuracy of the worst device, mean over its noise seeds.
    pub worst_device: f64,
    /// Of the best.
    pub best_device: f64,
}

impl Accuracy {
    /// Mean, with the error that more noise seeds would shrink; with several devices, that more devices would.
    pub fn estimate(&self) -> Estimate {
        nested(&self.runs, self.devices)
    }

    /// What two devices, and two noise seeds on one, differ by; `None` for one device or one seed.
    pub fn spread(&self) -> Option<Spread> {
        let seeds = self.runs.len() / self.devices;
        if self.devices < 2 || seeds < 2 {
            return None;
        }
        let devices: Vec<Estimate> = self.runs.chunks_exact(seeds).map(|runs| nested(runs, 1)).collect();
        let within = devices.iter().filter_map(|e| e.stderr).map(|e| e * e).sum::<f64>() / self.devices as f64;
        let means: Vec<f64> = devices.iter().map(|e| e.mean).collect();
        let between = nested(&means, 1).stderr.map_or(0.0, |e| e * e * self.devices as f64);
        Some(Spread {
            of_devices: (between - within).max(0.0).sqrt(),
            of_seeds: (within * seeds as f64).sqrt(),
            worst_device: means.iter().copied().fold(f64::INFINITY, f64::min),
            best_device: means.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}

impl Programmed {
    /// [`Programmed::accuracy`], some noise seeds at a time; `go_on` is asked in between. `None` if it says no.
    ///
    /// # Errors
    ///
    /// As for [`Programmed::accuracy`].
    pub fn accuracy_while(
        &self,
        data: &Dataset,
        settings: &[Option<f64>],
        seeds: Range<u64>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Accuracy>, EngineError> {
        let macs: u64 = self.network().macs().iter().sum();
        let each = (PIECE / (macs as f64 * data.len() as f64 * self.devices() as f64)).max(1.0) as u64;
        self.in_pieces(data, settings, seeds, each, go_on)
    }

    /// The same, `each` noise seeds at a time.
    fn in_pieces(
        &self,
        data: &Dataset,
        settings: &[Option<f64>],
        seeds: Range<u64>,
        each: u64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Accuracy>, EngineError> {
        let lights = self.first_lights(data, settings);
        let mut runs = vec![Vec::new(); self.devices()];
        for first in seeds.clone().step_by(each as usize) {
            if !go_on() {
                return Ok(None);
            }
            let piece = first..(first + each).min(seeds.end);
            let found = self.runs(data, settings, piece.clone(), &lights)?;
            let by_device = found.chunks_exact((piece.end - piece.start) as usize);
            runs.iter_mut().zip(by_device).for_each(|(all, found)| all.extend(found));
        }
        Ok(Some(Accuracy { runs: runs.concat(), devices: self.devices(), samples: data.len() }))
    }
}

/// Mean of runs, with its standard error: over the runs of one device, or over the means of several.
pub(super) fn nested(runs: &[f64], devices: usize) -> Estimate {
    let each = if devices > 1 { runs.len() / devices } else { 1 };
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let leaves: Vec<Moments> = runs.chunks(each).map(|of| Moments::leaf(&[mean(of)])).collect();
    let empty = Estimate { mean: f64::NAN, stderr: None, n: 0 };
    merge_tree(&leaves).map_or(empty, |m| m.estimate(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Activation, Dense, Detector, Homodyne, Intensity, Layer, Network, Patches, Step, WeightControl, Window,
    };
    use lightfall_core::rng::Streams;
    use std::cell::Cell;

    #[test]
    fn pieces_give_what_the_whole_gives_and_end_when_told() {
        let weights = (0..12).map(|k| f64::from(k % 5) - 1.5).collect();
        let dense = Dense { name: "d".into(), outputs: 3, inputs: 4, weights, bias: vec![0.0; 3] };
        let network = Network::new(vec![Layer::dense(dense, Activation::None)]).unwrap();
        let values = (0..80).map(|k| f64::from(k * 7 % 11)).collect();
        let data = Dataset { inputs: 4, values, labels: (0..20).map(|k| k % 3).collect() };
        let engine = Intensity { weights: WeightControl { bits: None, error: 0.1 }, ..Intensity::default() };
        let streams = Streams::new(1, 0);
        let programmed = Programmed::on_devices(network, &engine, &[true], &data, streams, 2).unwrap();
        let light = programmed.uniform(3.0);
        let whole = programmed.accuracy(&data, &light, 2..9).unwrap();
        assert!(whole.runs.iter().any(|a| *a != whole.runs[0]));
        for each in [1, 3, 7, 100] {
            assert_eq!(programmed.in_pieces(&data, &light, 2..9, each, &|| true).unwrap(), Some(whole.clone()));
        }
        let asked = Cell::new(0);
        let twice = || asked.replace(asked.get() + 1) < 2;
        assert_eq!(programmed.in_pieces(&data, &light, 2..9, 3, &twice).unwrap(), None);
        assert_eq!(asked.get(), 3);
    }

    #[test]
    fn inputs_are_set_in_the_steps_of_their_converter() {
        let weights = (0..9).map(|k| f64::from(u8::from(k % 4 == 0))).collect();
        let dense = Dense { name: "d".into(), outputs: 3, inputs: 3, weights, bias: vec![0.0; 3] };
        let network = Network::new(vec![Layer::dense(dense, Activation::None)]).unwrap();
        let values = vec![0.1, 0.4, 1.0, -2.0, 0.9, 1.2, 0.0, 0.0, 0.0];
        let data = Dataset { inputs: 3, values, labels: vec![0, 1, 2] };
        // Levels 0, 1/3, 2/3, 1 of the largest; -1, 0, 1 where there are negative ones.
        let detector = Detector { dac_bits: Some(2), ..Detector::default() };
        let engine = Homodyne { detector, ..Homodyne::default() };
        let programmed = Programmed::new(network, &engine, &[true], &data, Streams::new(1, 0)).unwrap();
        let found = programmed.outputs(&data.values, &[Some(1e9)], 0, 0).unwrap();
        let expected = [0.0, 1.0 / 3.0, 1.0, -2.0, 0.0, 2.0, 0.0, 0.0, 0.0];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3), "{found:?}");
        // The same where the light of the first layer serves several seeds.
        let light = programmed.uniform(0.5);
        let several = programmed.accuracy(&data, &light, 0..30).unwrap().runs;
        let single: Vec<f64> = (0..30).map(|s| programmed.accuracy(&data, &light, s..s + 1).unwrap().runs[0]).collect();
        assert_eq!(several, single);
    }

    #[test]
    fn light_that_is_kept_is_that_of_every_inference() {
        let number = |k: usize| (1.7 * k as f64 + 0.3).sin();
        let dense = |name: &str, outputs: usize, inputs: usize| Dense {
            name: name.into(),
            outputs,
            inputs,
            weights: (0..outputs * inputs).map(number).collect(),
            bias: vec![0.1; outputs],
        };
        let window = Window { kernel: [2, 2], stride: [1, 1], padding: [0, 1, 0, 0], dilation: [1, 1] };
        let patches = Some(Patches { channels: 1, image: [4, 4], window });
        let convolution = Layer { dense: dense("c", 3, 4), patches, then: vec![Step::Activation(Activation::Relu)] };
        let layers = vec![convolution, Layer::dense(dense("d", 3, 36), Activation::None)];
        let first = vec![Step::Scale { scale: vec![0.5], shift: vec![0.2] }];
        let network = Network::with_input(vec![1, 4, 4], first, layers).unwrap();
        // More than two pieces of work.
        let values = (0..150 * 16).map(|k| number(k) + 1.0).collect();
        let data = Dataset { inputs: 16, values, labels: (0..150).map(|k| k % 3).collect() };
        let detector = Detector { dac_bits: Some(3), ..Detector::default() };
        let engine = Intensity { detector, ..Intensity::default() };
        for optical in [[true, true], [false, true]] {
            let network = network.clone();
            let programmed = Programmed::new(network, &engine, &optical, &data, Streams::new(1, 0)).unwrap();
            let light = programmed.uniform(0.3);
            let several = programmed.accuracy(&data, &light, 0..6).unwrap().runs;
            let single = |s| programmed.accuracy(&data, &light, s..s + 1).unwrap().runs[0];
            assert_eq!(several, (0..6).map(single).collect::<Vec<_>>());
            assert!(several.iter().any(|a| *a != several[0]));
        }
    }

    #[test]
    fn devices_and_seeds_are_told_apart() {
        // Device k is off by d_k, seed s by e_s on all: within and between are known.
        let (d, e) = ([0.03, -0.01, -0.02], [0.01, -0.01, 0.02, -0.02]);
        let runs: Vec<f64> = d.iter().flat_map(|d| e.iter().map(move |e| 0.9 + d + e)).collect();
        let accuracy = Accuracy { runs, devices: 3, samples: 100 };
        let spread = accuracy.spread().unwrap();
        let variance = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>() / (v.len() - 1) as f64;
        assert!((spread.of_seeds - variance(&e).sqrt()).abs() < 1e-12);
        assert!((spread.of_devices - (variance(&d) - variance(&e) / 4.0).sqrt()).abs() < 1e-12);
        assert!((spread.worst_device - 0.88).abs() < 1e-12 && (spread.best_device - 0.93).abs() < 1e-12);
        let estimate = accuracy.estimate();
        assert!((estimate.mean - 0.9).abs() < 1e-12 && estimate.n == 3);
        assert!((estimate.stderr.unwrap() - (variance(&d) / 3.0).sqrt()).abs() < 1e-12);
    }
}
