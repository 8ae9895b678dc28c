//! Where the noise of a layer comes from.

use super::Programmed;
use crate::engine::{Multiplier, Sample, Scratch};
use crate::{Dataset, EngineError};
use lightfall_core::rng::{Draws, Purpose};
use serde::{Deserialize, Serialize};

/// Noise of a layer by its sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerNoise {
    /// Layer.
    pub layer: String,
    /// rms of what is wrong with a product, in units of y.
    pub rms: f64,
    /// rms of y itself.
    pub signal: f64,
    /// Shares of the mean square, all sources together 1.
    pub shares: Vec<NoiseShare>,
    /// The source with the largest share.
    pub limiting: String,
}

/// The share of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoiseShare {
    /// Source.
    pub source: String,
    /// Share of the mean square.
    pub share: f64,
}

/// Samples that are looked at.
const SAMPLES: usize = 200;

/// Mean squares of one layer, over vectors and outputs.
struct Squares {
    signal: f64,
    /// The engine's variance.
    variance: f64,
    /// What each of the devices without one source lacks.
    lacking: Vec<f64>,
    converter: f64,
    making: f64,
}

/// Sources of the noise of every optical layer at `settings`, with inputs as they are without noise, over the first 200 samples of `data`, on the first device.
///
/// Each of `without` is the same device without one source, called by its name; what its variance lacks is the share of that source, and the rest is of the shots. The converter adds
/// step^2/12 over the gain squared, with the largest readout of the batch for its full scale. Errors of making are the mean square of mean(yhat) - y.
///
/// # Errors
///
/// [`EngineError`] for inputs that light cannot carry.
pub fn noise_shares(
    full: &Programmed,
    without: &[(&str, Programmed)],
    data: &Dataset,
    settings: &[Option<f64>],
) -> Result<Vec<LayerNoise>, EngineError> {
    let samples = data.len().min(SAMPLES);
    let traces: Vec<Vec<Vec<f64>>> = (0..samples).map(|k| full.network().trace(data.sample(k))).collect();
    let mut all = Vec::new();
    for (l, setting) in settings.iter().enumerate() {
        let (Some(hardware), Some(setting)) = (full.devices[0].layers[l].as_deref(), *setting) else { continue };
        let lacking: Vec<&dyn Multiplier> =
            without.iter().filter_map(|(_, p)| p.devices.first()?.layers.get(l)?.as_deref()).collect();
        let inputs: Vec<&[f64]> = traces.iter().map(|t| t[l].as_slice()).collect();
        let squares = full.squares(l, hardware, &lacking, &inputs, setting)?;
        all.push(squares.named(full.network().layers()[l].dense.name.clone(), without));
    }
    Ok(all)
}

impl Squares {
    fn named(self, layer: String, without: &[(&str, Programmed)]) -> LayerNoise {
        let total = self.variance + self.converter + self.making;
        let shots = self.variance - self.lacking.iter().sum::<f64>();
        let mut parts = vec![("shot noise", shots)];
        parts.extend(without.iter().map(|(name, _)| *name).zip(self.lacking));
        parts.extend([("converter", self.converter), ("errors of making", self.making)]);
        let share = |v: f64| if total > 0.0 { v / total } else { 0.0 };
        let shares: Vec<NoiseShare> =
            parts.into_iter().map(|(name, v)| NoiseShare { source: name.into(), share: share(v) }).collect();
        let largest = shares.iter().max_by(|a, b| a.share.total_cmp(&b.share)).map(|s| s.source.clone());
        LayerNoise {
            layer,
            rms: total.sqrt(),
            signal: self.signal.sqrt(),
            shares,
            limiting: largest.unwrap_or_default(),
        }
    }
}

impl Programmed {
    /// Mean squares of layer `l` on `hardware`.
    fn squares(
        &self,
        l: usize,
        hardware: &dyn Multiplier,
        lacking: &[&dyn Multiplier],
        inputs: &[&[f64]],
        setting: f64,
    ) -> Result<Squares, EngineError> {
        let (network, device) = (self.network(), &self.devices[0]);
        let dense = &network.layers()[l].dense;
        let (m, own) = (dense.outputs, device.activation.is_some());
        let mut patches = Vec::new();
        let (mut light, mut y, mut out) = (vec![0.0; hardware.width()], vec![0.0; m], vec![0.0; m]);
        let (mut scratch, mut readout) = (Scratch::default(), vec![0.0; m]);
        let mut draws = Draws::new(&device.streams, Purpose::Shots, 0);
        let mut squares =
            Squares { signal: 0.0, variance: 0.0, lacking: vec![0.0; lacking.len()], converter: 0.0, making: 0.0 };
        let (mut full_scale, mut per_electron, mut count) = (0.0_f64, 0.0, 0.0);
        let sum = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>();
        for (k, x) in inputs.iter().enumerate() {
            draws.restart((k as u64) << 8 | l as u64);
            for x in network.gather(l, x, &mut patches).chunks_exact(dense.inputs) {
                hardware.accepts(x)?;
                hardware.expose(x, &mut light);
                let sample = Sample { x, light: &light, calibration: &device.calibrations[l] };
                network.product(l, x, &mut y);
                squares.signal += sum(&y);
                hardware.variance(sample, setting, &mut out);
                let here = out.iter().sum::<f64>();
                squares.variance += here;
                for (sum, other) in squares.lacking.iter_mut().zip(lacking) {
                    other.variance(sample, setting, &mut out);
                    *sum += here - out.iter().sum::<f64>();
                }
                if !own {
                    hardware.mean(sample, setting, &mut out);
                    out.iter_mut().zip(&y).for_each(|(out, y)| *out -= y);
                    squares.making += sum(&out);
                }
                let gain = hardware.read(sample, setting, &mut draws, &mut scratch, &mut readout);
                full_scale = readout.iter().fold(full_scale, |a, v| a.max(v.abs()));
                per_electron += if gain > 0.0 { m as f64 / (gain * gain) } else { 0.0 };
                count += m as f64;
            }
        }
        if let Some(bits) = hardware.detector().adc_bits {
            let step = 2.0 * full_scale / ((1_u64 << bits) - 2) as f64;
            squares.converter = step * step / 12.0 * per_electron;
        }
        let parts = [&mut squares.signal, &mut squares.variance, &mut squares.converter, &mut squares.making];
        parts.into_iter().chain(&mut squares.lacking).for_each(|v| *v /= count);
        Ok(squares)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Dense, Detector, Intensity, Layer, Network};
    use lightfall_core::rng::Streams;

    #[test]
    fn shares_are_those_of_the_terms_of_the_variance() {
        let weights = vec![0.5, -0.25, 1.0, -1.0, 0.75, 0.5];
        let dense = Dense { name: "d".into(), outputs: 2, inputs: 3, weights: weights.clone(), bias: vec![0.1; 2] };
        let network = Network::new(vec![Layer::dense(dense, Activation::None)]).unwrap();
        let x = [0.3, 0.9, 0.6];
        let data = Dataset { inputs: 3, values: x.to_vec(), labels: vec![0] };
        let detector = Detector { read_noise: 4.0, intensity_noise: 0.01, ..Detector::default() };
        let on = |detector| {
            let engine = Intensity { detector, ..Intensity::default() };
            Programmed::new(network.clone(), &engine, &[true], &data, Streams::new(0, 0)).unwrap()
        };
        let without = [
            ("read noise", on(Detector { read_noise: 0.0, ..detector })),
            ("intensity noise", on(Detector { intensity_noise: 0.0, ..detector })),
        ];
        let found = noise_shares(&on(detector), &without, &data, &[Some(5.0)]).unwrap().remove(0);
        // a_i and y_i by hand; kappa = P m n/sum a_i.
        let row = |i: usize, f: fn(f64) -> f64| (0..3).map(|j| x[j] * f(weights[3 * i + j])).sum::<f64>();
        let (a, y) = ([row(0, f64::abs), row(1, f64::abs)], [row(0, |w| w), row(1, |w| w)]);
        let kappa = 5.0 * 6.0 / (a[0] + a[1]);
        let shot = (a[0] + a[1]) / kappa;
        let read = 2.0 * 2.0 * 16.0 / (kappa * kappa);
        let flash = 0.01 * (y[0] * y[0] + y[1] * y[1]);
        let total = shot + read + flash;
        let expected = [
            ("shot noise", shot),
            ("read noise", read),
            ("intensity noise", flash),
            ("converter", 0.0),
            ("errors of making", 0.0),
        ];
        for (share, (name, value)) in found.shares.iter().zip(expected) {
            assert_eq!(share.source, name);
            assert!((share.share - value / total).abs() < 1e-12, "{name}: {} {}", share.share, value / total);
        }
        assert!((found.rms - (0.5 * total).sqrt()).abs() < 1e-12 && found.limiting == "read noise");
        // Three bits: step of the largest readout, twice over 6.
        let coarse = on(Detector { adc_bits: Some(3), ..Detector::default() });
        let found = noise_shares(&coarse, &[], &data, &[Some(1e6)]).unwrap().remove(0);
        assert_eq!(found.limiting, "converter");
        let kappa = 1e6 * 6.0 / (a[0] + a[1]);
        let step = 2.0 * y[0].abs().max(y[1].abs()) / 6.0;
        let expected = step * step / 12.0 / (step * step / 12.0 + 0.5 * (a[0] + a[1]) / kappa);
        assert!((found.shares[1].share - expected).abs() < 1e-3);
    }
}
