//! Local correction: every interferometer does what the ideal one would, up to phases that the next ones take over.
//!
//! With chi_1 = arg T_11 and chi_2 = arg T_12 of the real interferometer at phi = 0, and theta_0, phi_0 of the ideal one,
//!
//!   T(theta, phi) = diag(e^{i psi_1}, e^{i psi_2}) T_0(theta_0, phi_0),      phi = phi_0 + chi_2 - chi_1,
//!   psi_1 = chi_2 - theta_0/2 - pi/2,      psi_2 = theta - chi_1 - theta_0/2 + pi/2,
//!
//! if theta gives the same |T_11|, which is possible for 2 |alpha + beta| <= theta_0 <= pi - 2 |alpha - beta|. Beyond, theta goes to the end of the
//! range and the phases stay as above: those of all four elements are right then, which is as close as it gets in the Frobenius norm.
//!
//! Source: Bandyopadhyay, Hamerly and Englund (2021), Optica 8, 1247.

use super::{Imperfections, Mesh, MeshError};
use std::f64::consts::{FRAC_PI_2, TAU};

impl Mesh {
    /// The same mesh with every interferometer corrected for its own errors, device by device, in the order of light. O(N^2), with crosstalk O(N^4).
    ///
    /// The phases of this mesh are taken for those of ideal interferometers. The result is exact if every theta is within the range of its splitters.
    /// Otherwise, with splitter errors alone on Haar-random matrices, eps^2 = (2/3)(N^2 - 1) sigma^4 + 4 (1 - 1/N) sigma^4 in either layout:
    /// from the densities r cos^(2r - 2)(theta/2) of sin^2(theta/2), N - r interferometers of rank r = 1 ... N - 1. The first term is the lower end of the
    /// range, the second the upper one, where only r = 1 counts; eps tends to sqrt(2/3) N sigma^2.
    ///
    /// Errors of theta and phi and crosstalk are taken out too, by phases that may be negative. Loss is not corrected.
    ///
    /// # Errors
    ///
    /// [`MeshError::Modes`], [`MeshError::Length`], [`MeshError::Number`] or [`MeshError::Crosstalk`].
    ///
    /// Source: Bandyopadhyay, Hamerly and Englund (2021); densities: Russell et al. (2017), New J. Phys. 19, 033007.
    pub fn corrected(&self, imperfections: &Imperfections) -> Result<Self, MeshError> {
        imperfections.check(self.modes)?;
        let mut mesh = self.clone();
        // Phases by which the light in a mode is ahead of that in the ideal mesh.
        let mut ahead = vec![0.0; self.modes];
        for (mzi, errors) in mesh.mzis.iter_mut().zip(&imperfections.mzis) {
            let splitters = errors.splitters();
            let half = 0.5 * mzi.theta;
            let theta = splitters.theta(half.sin(), half.cos());
            let [chi_1, chi_2] = splitters.row(theta).map(|t| t.arg());
            let (upper, lower) = (ahead[mzi.mode], ahead[mzi.mode + 1]);
            ahead[mzi.mode] = (lower + chi_2 - half - FRAC_PI_2).rem_euclid(TAU);
            ahead[mzi.mode + 1] = (lower + theta - chi_1 - half + FRAC_PI_2).rem_euclid(TAU);
            mzi.phi = (mzi.phi + chi_2 - chi_1 - upper + lower).rem_euclid(TAU);
            mzi.theta = theta;
        }
        mesh.outputs.iter_mut().zip(ahead).for_each(|(p, ahead)| *p = (*p - ahead).rem_euclid(TAU));
        imperfections.commanded(mesh)
    }
}
