//! A mesh as built: the matrices of its interferometers with all imperfections in them.

use super::mzi::Two;
use super::unitary::{identity, rotate};
use super::{Imperfections, Mesh, MeshError};
use num_complex::Complex64;

/// The interferometers of one device, ready to multiply.
///
/// An interferometer multiplies both amplitudes by 10^(-L/20), L in dB. Unpadded, light that passes a column beside its interferometers loses
/// nothing there; padded, every path loses that of all columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Circuit {
    mzis: Vec<(usize, Two)>,
    outputs: Vec<Complex64>,
}

impl Circuit {
    pub(super) fn new(mesh: &Mesh, imperfections: &Imperfections) -> Result<Self, MeshError> {
        imperfections.check(mesh.modes())?;
        let amplitude = 10.0_f64.powf(-imperfections.loss_db / 20.0);
        let all = amplitude.powf(mesh.depth() as f64);
        let (each, behind) = if imperfections.padded { (1.0, all) } else { (amplitude, 1.0) };
        let phases = imperfections.effective(mesh);
        let of = |((mzi, errors), p): ((&super::Mzi, &super::MziErrors), &[f64])| {
            let t = errors.splitters().matrix(p[0], p[1]);
            (mzi.mode, t.map(|row| row.map(|t| each * t)))
        };
        let mzis = mesh.mzis().iter().zip(&imperfections.mzis).zip(phases.chunks_exact(2)).map(of).collect();
        let outputs = mesh.outputs().iter().map(|p| Complex64::from_polar(behind, *p)).collect();
        Ok(Self { mzis, outputs })
    }

    /// Number of modes N.
    pub fn modes(&self) -> usize {
        self.outputs.len()
    }

    /// x = U_hw x, N amplitudes. O(N^2), allocates nothing.
    ///
    /// # Errors
    ///
    /// [`MeshError::Length`].
    pub fn apply(&self, x: &mut [Complex64]) -> Result<(), MeshError> {
        if x.len() != self.modes() {
            return Err(MeshError::Length { what: "x", got: x.len(), expected: self.modes() });
        }
        for (mode, t) in &self.mzis {
            rotate(x, 1, *mode, t);
        }
        x.iter_mut().zip(&self.outputs).for_each(|(x, phase)| *x *= phase);
        Ok(())
    }

    /// U_hw, row-major N x N. O(N^3).
    pub fn matrix(&self) -> Vec<Complex64> {
        let n = self.modes();
        let mut u = identity(n);
        for (mode, t) in &self.mzis {
            rotate(&mut u, n, *mode, t);
        }
        for (row, phase) in u.chunks_exact_mut(n).zip(&self.outputs) {
            row.iter_mut().for_each(|x| *x *= phase);
        }
        u
    }
}
