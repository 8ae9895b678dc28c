//! Thermal crosstalk: a heater warms the waveguides of the others.
//!
//! theta_eff = theta + K theta,      K_ij = k exp(-d_ij/d0) for i != j, K_ii = 0.
//!
//! Distances are in units of the pitch: one column along the light, the distance between neighbours of one column (two modes) across it. The
//! heater of phi stands at (column, mode/2), that of theta half a column behind. K_ii is 0, as a heater is calibrated with its own heat.

use super::{Mesh, MeshError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Strength and reach of the crosstalk.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crosstalk {
    /// k, in [0, 1).
    pub coupling: f64,
    /// d0 in units of the pitch, above 0.
    pub reach: f64,
}

/// Residual, over the phases, at which the iteration ends.
const RESIDUAL: f64 = 1e-14;

/// Places of the heaters of a mesh and what one degree of one does at a distance.
struct Heaters {
    /// (half columns, modes), in the order of the phases.
    places: Vec<(usize, usize)>,
    /// K at distances of (half columns, modes), row-major.
    coupling: Vec<f64>,
    modes: usize,
}

impl Heaters {
    fn new(mesh: &Mesh, crosstalk: &Crosstalk) -> Self {
        let (modes, halves) = (mesh.modes(), 2 * mesh.depth());
        let places = mesh.mzis().iter().flat_map(|t| [(2 * t.column + 1, t.mode), (2 * t.column, t.mode)]).collect();
        // Both are halves of the pitch.
        let distance = |k: usize| 0.5 * ((k / modes) as f64).hypot((k % modes) as f64);
        let mut coupling: Vec<f64> =
            (0..halves * modes).map(|k| crosstalk.coupling * (-distance(k) / crosstalk.reach).exp()).collect();
        if let Some(own) = coupling.first_mut() {
            *own = 0.0;
        }
        Self { places, coupling, modes }
    }

    /// (1 + K) p. O(N^4) for N modes.
    fn warmed(&self, p: &[f64]) -> Vec<f64> {
        let heat = |&(column, mode): &(usize, usize)| -> f64 {
            let from = |&(c, m): &(usize, usize)| self.coupling[column.abs_diff(c) * self.modes + mode.abs_diff(m)];
            self.places.iter().zip(p).map(|(place, p)| from(place) * p).sum()
        };
        self.places.iter().zip(p).map(|(place, p)| p + heat(place)).collect()
    }
}

impl Crosstalk {
    /// Checks the numbers.
    ///
    /// # Errors
    ///
    /// [`MeshError::Number`].
    pub fn validate(&self) -> Result<(), MeshError> {
        let wrong = |key, value, expected| Err(MeshError::Number { key, value, expected });
        if !(0.0..1.0).contains(&self.coupling) {
            return wrong("coupling", self.coupling, "a number from 0 to less than 1");
        }
        if !(self.reach > 0.0 && self.reach.is_finite()) {
            return wrong("reach", self.reach, "a finite number above 0");
        }
        Ok(())
    }

    /// (1 + K) p for the phases p of a mesh.
    pub(super) fn suffered(&self, mesh: &Mesh, phases: &[f64]) -> Vec<f64> {
        Heaters::new(mesh, self).warmed(phases)
    }

    /// p with (1 + K) p = `phases`, by conjugate gradients, to a residual of 1e-14 |phases|.
    ///
    /// exp(-d) is a positive definite function of the place, so 1 + K = (1 - k) 1 + k E is positive definite for every k < 1: the iteration converges
    /// where 1 - K + K^2 - ... need not.
    pub(super) fn undone(&self, mesh: &Mesh, phases: &[f64]) -> Result<Vec<f64>, MeshError> {
        let heaters = Heaters::new(mesh, self);
        let dot = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| x * y).sum() };
        let (mut p, mut residual) = (vec![0.0; phases.len()], phases.to_vec());
        let (mut direction, norm) = (residual.clone(), dot(phases, phases));
        let mut square = norm;
        // Exact arithmetic ends after one step per phase.
        for _ in 0..2 * phases.len() {
            if square <= RESIDUAL * RESIDUAL * norm {
                break;
            }
            let image = heaters.warmed(&direction);
            let step = square / dot(&direction, &image);
            p.iter_mut().zip(&direction).for_each(|(p, d)| *p += step * d);
            residual.iter_mut().zip(&image).for_each(|(r, i)| *r -= step * i);
            let next = dot(&residual, &residual);
            direction.iter_mut().zip(&residual).for_each(|(d, r)| *d = r + next / square * *d);
            square = next;
        }
        if square <= RESIDUAL * RESIDUAL * norm {
            return Ok(p);
        }
        Err(MeshError::Crosstalk { iterations: 2 * phases.len(), residual: (square / norm).sqrt() })
    }
}
