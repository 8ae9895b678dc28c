//! A real matrix on two meshes with attenuators between them.
//!
//! W = U S V^T with W real, m x n: V^T on a mesh of n modes, then the attenuators S/s_max on min(m, n) of them, then U on a mesh of m modes. Modes beyond
//! min(m, n) end behind the first mesh, or enter the second one dark. Light carries W/s_max; s_max is multiplied digitally.
//!
//! Source: Shen et al. (2017), Nat. Photonics 11, 441.

use super::{Imperfections, Layout, Mesh, MeshError};
use lightfall_linalg::{Svd, svd};
use num_complex::Complex64;

/// Two meshes and attenuators.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    input: Mesh,
    output: Mesh,
    amplitudes: Vec<f64>,
    scale: f64,
}

impl Chip {
    /// The chip of a row-major real `m` x `n` matrix. O(m^3 + n^3).
    ///
    /// # Errors
    ///
    /// [`MeshError::Length`] or [`MeshError::Empty`] for another shape, [`MeshError::Linalg`] if the matrix is not finite.
    pub fn decompose(weights: &[f64], m: usize, n: usize, layout: Layout) -> Result<Self, MeshError> {
        if m == 0 || n == 0 {
            return Err(MeshError::Empty { what: "the matrix of weights" });
        }
        if m.checked_mul(n) != Some(weights.len()) {
            let (got, expected) = (weights.len(), m.saturating_mul(n));
            return Err(MeshError::Length { what: "the matrix of weights", got, expected });
        }
        let Svd { u, values, v } = svd(m, n, weights)?;
        let u: Vec<Complex64> = u.into_iter().map(Complex64::from).collect();
        let v_transposed: Vec<Complex64> = (0..n * n).map(|k| v[k % n * n + k / n].into()).collect();
        let scale = values.first().copied().unwrap_or(0.0);
        // A matrix of zeros has no scale: all attenuators are shut.
        let amplitudes = values.iter().map(|s| if scale > 0.0 { s / scale } else { 0.0 }).collect();
        let (input, output) = (Mesh::decompose(&v_transposed, n, layout)?, Mesh::decompose(&u, m, layout)?);
        Ok(Self { input, output, amplitudes, scale })
    }

    /// The mesh of V^T, n modes: light passes it first.
    pub fn input(&self) -> &Mesh {
        &self.input
    }

    /// The mesh of U, m modes.
    pub fn output(&self) -> &Mesh {
        &self.output
    }

    /// Transmissions of the min(m, n) attenuators in amplitude, S/s_max, nonincreasing from 1 (all 0 for W = 0).
    pub fn amplitudes(&self) -> &[f64] {
        &self.amplitudes
    }

    /// The largest singular value s_max, in units of the weights.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The same chip with other meshes, such as corrected ones.
    ///
    /// # Errors
    ///
    /// [`MeshError::Modes`] for another number of modes.
    pub fn with_meshes(self, input: Mesh, output: Mesh) -> Result<Self, MeshError> {
        let pairs =
            [("the mesh of the inputs", &input, &self.input), ("the mesh of the outputs", &output, &self.output)];
        for (what, new, old) in pairs {
            if new.modes() != old.modes() {
                return Err(MeshError::Modes { what, got: new.modes(), expected: old.modes() });
            }
        }
        Ok(Self { input, output, ..self })
    }

    /// The matrix of the device in units of the weights, row-major m x n: s_max U_hw (S/s_max) V_hw^T. The attenuators are exact. O(m n min(m, n) + m^3 + n^3).
    ///
    /// # Errors
    ///
    /// [`MeshError::Modes`], [`MeshError::Length`] or [`MeshError::Number`] for imperfections that do not belong to the meshes.
    pub fn matrix(&self, input: &Imperfections, output: &Imperfections) -> Result<Vec<Complex64>, MeshError> {
        let (m, n) = (self.output.modes(), self.input.modes());
        let (v, u) = (self.input.matrix(input)?, self.output.matrix(output)?);
        let mut w = vec![Complex64::ZERO; m * n];
        for (row, u) in w.chunks_exact_mut(n).zip(u.chunks_exact(m)) {
            for ((u, amplitude), v) in u.iter().zip(&self.amplitudes).zip(v.chunks_exact(n)) {
                let factor = self.scale * amplitude * u;
                row.iter_mut().zip(v).for_each(|(w, v)| *w += factor * v);
            }
        }
        Ok(w)
    }
}
