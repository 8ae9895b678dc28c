//! What makes a mesh differ from its design, drawn once per device.

use super::mzi::Splitters;
use super::{Crosstalk, Mesh, MeshError};
use crate::detector::normal;
use lightfall_core::rng::Draws;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Spread of the errors of a mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tolerances {
    /// Rms error of the angle of a splitter, rad: alpha, beta ~ N(0, splitter^2).
    pub splitter: f64,
    /// Rms error of theta and of phi, rad.
    pub phase: f64,
    /// Loss of an interferometer, dB of intensity.
    pub loss_db: f64,
    /// Whether a waveguide that passes a column beside its interferometers has a dummy with their loss.
    pub padded: bool,
    /// Thermal crosstalk of the phase shifters; none: no crosstalk.
    pub crosstalk: Option<Crosstalk>,
}

impl Tolerances {
    /// Checks the numbers.
    ///
    /// # Errors
    ///
    /// [`MeshError::Number`].
    pub fn validate(&self) -> Result<(), MeshError> {
        let numbers = [("splitter", self.splitter), ("phase", self.phase), ("loss_db", self.loss_db)];
        let expected = "a finite number of at least 0";
        if let Some((key, value)) = numbers.into_iter().find(|(_, v)| !(*v >= 0.0 && v.is_finite())) {
            return Err(MeshError::Number { key, value, expected });
        }
        self.crosstalk.map_or(Ok(()), |crosstalk| crosstalk.validate())
    }
}

/// Errors of one interferometer, rad.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MziErrors {
    /// Of the first splitter, whose angle is pi/4 + alpha.
    pub alpha: f64,
    /// Of the second splitter.
    pub beta: f64,
    /// Of the internal phase, added to it.
    pub theta: f64,
    /// Of the external phase, added to it.
    pub phi: f64,
}

impl MziErrors {
    pub(super) fn splitters(&self) -> Splitters {
        Splitters::new(self.alpha, self.beta)
    }
}

/// Imperfections of one device on N modes, drawn or measured.
///
/// Effective phases are p + K p + errors, with p the phases of the mesh (theta and phi) and K the [`Crosstalk`].
#[derive(Clone, Debug, PartialEq)]
pub struct Imperfections {
    /// Modes of the mesh that they belong to.
    pub modes: usize,
    /// Errors of the N(N - 1)/2 interferometers in the order light passes them.
    pub mzis: Vec<MziErrors>,
    /// As [`Tolerances::loss_db`].
    pub loss_db: f64,
    /// As [`Tolerances::padded`].
    pub padded: bool,
    /// As [`Tolerances::crosstalk`].
    pub crosstalk: Option<Crosstalk>,
}

/// N(N - 1)/2.
fn count(modes: usize) -> usize {
    modes.saturating_mul(modes.saturating_sub(1)) / 2
}

impl Imperfections {
    /// A device as designed.
    pub fn none(modes: usize) -> Self {
        let mzis = vec![MziErrors::default(); count(modes)];
        Self { modes, mzis, loss_db: 0.0, padded: false, crosstalk: None }
    }

    /// A device with the spread of `tolerances`. Draws alpha, beta and the errors of theta and phi of one interferometer after the other, all
    /// four of them also where a spread is 0: one seed is one device, whatever the tolerances.
    ///
    /// # Errors
    ///
    /// As [`Tolerances::validate`].
    pub fn draw(modes: usize, tolerances: &Tolerances, draws: &mut Draws) -> Result<Self, MeshError> {
        tolerances.validate()?;
        let Tolerances { splitter, phase, loss_db, padded, crosstalk } = *tolerances;
        let mut one = |_| {
            let [alpha, beta, theta, phi] = [splitter, splitter, phase, phase].map(|rms| rms * normal(draws));
            MziErrors { alpha, beta, theta, phi }
        };
        let mzis = (0..count(modes)).map(&mut one).collect();
        Ok(Self { modes, mzis, loss_db, padded, crosstalk })
    }

    /// Checks the numbers, and that they belong to a mesh of `modes` modes.
    ///
    /// # Errors
    ///
    /// [`MeshError::Modes`], [`MeshError::Length`] or [`MeshError::Number`].
    pub fn check(&self, modes: usize) -> Result<(), MeshError> {
        if self.modes != modes {
            return Err(MeshError::Modes { what: "the device with imperfections", got: self.modes, expected: modes });
        }
        let (got, expected) = (self.mzis.len(), count(modes));
        if got != expected {
            return Err(MeshError::Length { what: "imperfections.mzis", got, expected });
        }
        let numbers = self
            .mzis
            .iter()
            .flat_map(|e| [("alpha", e.alpha), ("beta", e.beta), ("error of theta", e.theta), ("error of phi", e.phi)]);
        for (key, value) in numbers {
            if !value.is_finite() {
                return Err(MeshError::Number { key, value, expected: "a finite number" });
            }
        }
        let (loss_db, padded, crosstalk) = (self.loss_db, self.padded, self.crosstalk);
        Tolerances { loss_db, padded, crosstalk, ..Tolerances::default() }.validate()
    }

    /// Effective phases of a mesh, theta before phi of each interferometer.
    pub(super) fn effective(&self, mesh: &Mesh) -> Vec<f64> {
        let mut phases = mesh.phases();
        if let Some(crosstalk) = &self.crosstalk {
            phases = crosstalk.suffered(mesh, &phases);
        }
        phases.iter_mut().zip(self.errors()).for_each(|(p, error)| *p += error);
        phases
    }

    /// `mesh` with phases such that the effective ones are those that it has now.
    pub(super) fn commanded(&self, mesh: Mesh) -> Result<Mesh, MeshError> {
        let mut phases = mesh.phases();
        phases.iter_mut().zip(self.errors()).for_each(|(p, error)| *p -= error);
        if let Some(crosstalk) = &self.crosstalk {
            phases = crosstalk.undone(&mesh, &phases)?;
        }
        Ok(mesh.with_phases(&phases))
    }

    fn errors(&self) -> impl Iterator<Item = f64> {
        self.mzis.iter().flat_map(|e| [e.theta, e.phi])
    }
}
