//! Coherent light through meshes of interferometers (Shen et al. 2017): W = U S V^T on two meshes and a column of attenuators.
//!
//! Fields a_j = s x_j go in, s M x comes out, with M the matrix of the device as it is made, m x n, complex and in units of W once its mean gain is calibrated. Of a strong local
//! oscillator one quadrature is read, with a variance of 1/4 photon: yhat_i = Re (M x)_i + g/(2 s). Where intensities are read, N_i ~ Poisson(s^2 |M x|_i^2) and yhat_i = N_i/s^2 stands for y_i^2: the
//! layer has `square` for its activation. P m n detected photons of the signal a sample set s^2 = P m n/|M x|^2, so that
//!
//!   homodyne:  Var_i = |M x|^2/(4 m n P),      intensities:  Var_i = |M x|_i^2 |M x|^2/(m n P).
//!
//! Photons are those of the signal at the detectors: the local oscillator is not counted.
//!
//! Sources: Shen et al. (2017), Nat. Photon. 11, 441; [`crate::mesh`] for what is wrong with the meshes; the book's page on this engine.

use crate::engine::{Engine, EngineError, Multiplier, Sample, Scratch};
use crate::mesh::{Chip, Imperfections, Layout, Mesh, MeshError, Tolerances};
use crate::photons::Arms;
use crate::sums::square;
use crate::{Activation, Dense, Detector};
use lightfall_core::panels::Panels;
use lightfall_core::rng::Draws;
use num_complex::Complex64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How phases are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Configuration {
    /// As for perfect interferometers.
    #[default]
    Ideal,
    /// As for perfect interferometers, with the thermal crosstalk taken out.
    Compensated,
    /// Every interferometer corrected for its own errors.
    Local,
    /// By nulling with the interferometers as they are: a triangular mesh.
    Nulling,
}

/// What is read of the light that comes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Quadrature {
    /// The real part of the field, against a strong local oscillator.
    #[default]
    Homodyne,
    /// Its intensity: the square of the product.
    Intensity,
}

/// Meshes of Mach-Zehnder interferometers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Interferometers {
    /// Layout of both meshes.
    pub layout: Layout,
    /// How phases are found.
    pub configuration: Configuration,
    /// What is read.
    pub readout: Quadrature,
    /// Errors of making.
    pub tolerances: Tolerances,
    /// Electronics.
    pub detector: Detector,
}

impl Engine for Interferometers {
    fn name(&self) -> &'static str {
        "mzi-mesh"
    }

    fn arms(&self) -> Arms {
        Arms::One
    }

    fn varies(&self) -> bool {
        self.tolerances.splitter > 0.0 || self.tolerances.phase > 0.0
    }

    fn activation(&self) -> Option<Activation> {
        (self.readout == Quadrature::Intensity).then_some(Activation::Square)
    }

    fn program(&self, layer: &Dense, fabrication: &mut Draws) -> Result<Box<dyn Multiplier>, EngineError> {
        self.validate()?;
        if layer.weights.iter().all(|w| *w == 0.0) {
            return Err(EngineError::Dark { layer: layer.name.clone() });
        }
        let matrix = self.made(layer, fabrication).map_err(|error| match error {
            MeshError::Number { key, value, expected } => EngineError::Number { key, value, expected },
            error => EngineError::Mesh { layer: layer.name.clone(), error: error.to_string() },
        })?;
        let part = |of: fn(&Complex64) -> f64| matrix.iter().map(of).collect::<Vec<f64>>();
        let (real, imaginary) = (part(|z| z.re), part(|z| z.im));
        // What a calibration of the mean gain leaves: loss and a common loss of contrast are not errors.
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let gain = dot(&layer.weights, &real) / dot(&layer.weights, &layer.weights);
        let usual = |v: Vec<f64>| v.into_iter().map(|v| if gain > 0.0 { v / gain } else { v }).collect();
        let fields = Panels::stacked(layer.inputs, &[usual(real), usual(imaginary)]);
        let (outputs, inputs) = (layer.outputs, layer.inputs);
        Ok(Box::new(Meshes { fields, outputs, inputs, readout: self.readout, detector: self.detector }))
    }
}

impl Interferometers {
    fn validate(&self) -> Result<(), EngineError> {
        self.detector.validate()?;
        let number = |e| match e {
            MeshError::Number { key, value, expected } => EngineError::Number { key, value, expected },
            e => EngineError::Mesh { layer: String::new(), error: e.to_string() },
        };
        self.tolerances.validate().map_err(number)?;
        if self.readout == Quadrature::Homodyne {
            self.detector.outweighed()?;
        }
        if self.configuration == Configuration::Nulling && self.layout == Layout::Clements {
            let expected = "layout = \"reck\" for configuration = \"nulling\", which is that of a triangular mesh";
            return Err(EngineError::Choice { key: "layout", value: "clements", expected });
        }
        Ok(())
    }

    /// The matrix of a device.
    fn made(&self, layer: &Dense, fabrication: &mut Draws) -> Result<Vec<Complex64>, MeshError> {
        let chip = Chip::decompose(&layer.weights, layer.outputs, layer.inputs, self.layout)?;
        let draw = |modes, fabrication: &mut Draws| Imperfections::draw(modes, &self.tolerances, fabrication);
        let input = draw(layer.inputs, fabrication)?;
        let output = draw(layer.outputs, fabrication)?;
        let set = |mesh: &Mesh, errors: &Imperfections| match self.configuration {
            Configuration::Ideal => Ok(mesh.clone()),
            Configuration::Compensated => mesh.compensated(errors),
            Configuration::Local => mesh.corrected(errors),
            Configuration::Nulling => {
                let modes = mesh.modes();
                Mesh::self_configured(&mesh.matrix(&Imperfections::none(modes))?, modes, errors)
            }
        };
        let (first, last) = (set(chip.input(), &input)?, set(chip.output(), &output)?);
        chip.with_meshes(first, last)?.matrix(&input, &output)
    }
}

/// A layer on two meshes.
#[derive(Debug)]
struct Meshes {
    /// Real parts of M, its imaginary parts below them.
    fields: Panels,
    outputs: usize,
    inputs: usize,
    readout: Quadrature,
    detector: Detector,
}

impl Meshes {
    /// s^2, photons per unit of |M x|^2; 0 without light.
    fn scale(&self, light: &[f64], photons: f64) -> f64 {
        let total = self.total(light);
        if total > 0.0 { photons * (self.outputs * self.inputs) as f64 / total } else { 0.0 }
    }

    fn intensity(&self, light: &[f64], i: usize) -> f64 {
        light[i] * light[i] + light[self.outputs + i] * light[self.outputs + i]
    }
}

impl Multiplier for Meshes {
    fn width(&self) -> usize {
        2 * self.outputs
    }

    fn expose(&self, x: &[f64], light: &mut [f64]) {
        self.fields.apply(x, light);
    }

    fn total(&self, light: &[f64]) -> f64 {
        square(light)
    }

    fn accepts(&self, _: &[f64]) -> Result<(), EngineError> {
        Ok(())
    }

    fn read(
        &self,
        sample: Sample<'_>,
        photons: f64,
        rng: &mut Draws,
        scratch: &mut Scratch,
        readout: &mut [f64],
    ) -> f64 {
        let (d, light) = (&self.detector, sample.light);
        let scale = self.scale(light, photons);
        let flash = d.flash(rng);
        if self.readout == Quadrature::Intensity {
            scratch.counts.clear();
            let counts = &mut scratch.counts;
            counts.extend((0..self.outputs).map(|i| scale * flash * self.intensity(light, i) + d.dark_counts));
            scratch.shots.draw(counts, rng);
            readout.iter_mut().zip(counts).for_each(|(out, n)| *out = *n - d.dark_counts);
            d.add_read_noise(1.0, rng, &mut scratch.counts, readout);
            return scale;
        }
        // Quadratures in square roots of photons; electronics are outweighed by the local oscillator.
        let field = (scale * flash).sqrt();
        rng.normals(readout);
        readout.iter_mut().zip(light).for_each(|(out, y)| *out = field * y + 0.5 * *out);
        scale.sqrt()
    }

    fn decode(&self, _: &[f64], gain: f64, readout: &mut [f64]) {
        let per_electron = if gain > 0.0 { 1.0 / gain } else { 0.0 };
        readout.iter_mut().for_each(|v| *v *= per_electron);
    }

    fn mean(&self, sample: Sample<'_>, _: f64, out: &mut [f64]) {
        for (i, out) in out.iter_mut().enumerate() {
            let square = self.readout == Quadrature::Intensity;
            *out = if square { self.intensity(sample.light, i) } else { sample.light[i] };
        }
    }

    fn variance(&self, sample: Sample<'_>, photons: f64, out: &mut [f64]) {
        let (d, light) = (&self.detector, sample.light);
        let scale = self.scale(light, photons);
        for (i, out) in out.iter_mut().enumerate() {
            let y2 = self.intensity(light, i);
            *out = match self.readout {
                _ if scale == 0.0 => 0.0,
                // The flash is one of the intensity: half of it is one of the field.
                Quadrature::Homodyne => 0.25 / scale + 0.25 * d.intensity_noise * light[i] * light[i],
                Quadrature::Intensity => {
                    let electrons = scale * y2 + d.dark_counts + d.read_noise * d.read_noise;
                    electrons / (scale * scale) + d.intensity_noise * y2 * y2
                }
            };
        }
    }

    fn detector(&self) -> &Detector {
        &self.detector
    }
}
