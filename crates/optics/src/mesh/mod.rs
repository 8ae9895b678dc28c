//! Meshes of Mach-Zehnder interferometers: a unitary matrix by interference of coherent light.
//!
//! A [`Mesh`] on N modes is U = D T_K ... T_1 with K = N(N - 1)/2 interferometers ([`Mzi`]) and N output phases D. What is built differs from it by
//! [`Imperfections`], drawn once per device; the matrix of the device is [`Mesh::matrix`]. With eps = |U_hw - U|_F/sqrt N, on Haar-random U:
//!
//! | errors | eps^2 |
//! |---|---|
//! | splitters, rms sigma | 2 (N - 1) sigma^2 |
//! | phases theta and phi, rms sigma | (N - 1) sigma^2 |
//! | splitters, each interferometer corrected ([`Mesh::corrected`]) | (2/3)(N^2 - 1) sigma^4 + 4 (1 - 1/N) sigma^4 |
//! | splitters, configured by nulling ([`Mesh::self_configured`]) | (2/9)(N - 1)(2 N + 5) sigma^4 |
//!
//! A real matrix that is not unitary goes on two meshes, a [`Chip`].
//!
//! Sources: Reck et al. (1994), Phys. Rev. Lett. 73, 58; Clements et al. (2016), Optica 3, 1460; Bandyopadhyay, Hamerly and Englund (2021), Optica 8,
//! 1247; Hamerly, Bandyopadhyay and Englund (2022), Phys. Rev. Appl. 18, 024018 and 024019.

mod chip;
mod circuit;
mod clements;
mod crosstalk;
mod error;
mod imperfections;
mod local;
mod mzi;
mod reck;
#[cfg(test)]
mod tests;
mod unitary;

pub use chip::Chip;
pub use circuit::Circuit;
pub use crosstalk::Crosstalk;
pub use error::MeshError;
pub use imperfections::{Imperfections, MziErrors, Tolerances};
pub use mzi::Mzi;

use mzi::Splitters;
use num_complex::Complex64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// How the interferometers are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// A triangle of 2N - 3 columns.
    Reck,
    /// A rectangle of N columns (1 for N = 2).
    #[default]
    Clements,
}

/// A mesh with its phases as they are commanded: U = D T_K ... T_1, light passes T_1 first.
///
/// ```
/// use lightfall_optics::mesh::{Imperfections, Layout, Mesh};
/// use num_complex::Complex64;
///
/// // A beam splitter with a transmission of 1/4: |T_11| = sin(theta/2) = 1/2, so theta = pi/3.
/// let (t, r) = (0.5, 0.75_f64.sqrt());
/// let unitary = [t, -r, r, t].map(Complex64::from);
/// let mesh = Mesh::decompose(&unitary, 2, Layout::Clements)?;
/// assert!((mesh.mzis()[0].theta - std::f64::consts::FRAC_PI_3).abs() < 1e-15);
/// let built = mesh.matrix(&Imperfections::none(2))?;
/// assert!(built.iter().zip(&unitary).all(|(a, b)| (a - b).norm() < 1e-15));
/// # Ok::<(), lightfall_optics::mesh::MeshError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    layout: Layout,
    modes: usize,
    mzis: Vec<Mzi>,
    outputs: Vec<f64>,
}

impl Mesh {
    /// The mesh of a row-major unitary `n` x `n` matrix, exact: theta in [0, pi], phi and the output phases in [0, 2 pi]. O(n^3).
    ///
    /// The rebuilt matrix is off by some 1e-14 at n = 64, or by as much as the given one is off from a unitary. An interferometer without light to
    /// null, as in sparse matrices, is in the bar state (theta = pi).
    ///
    /// # Errors
    ///
    /// [`MeshError::Length`] or [`MeshError::Empty`] for another shape, [`MeshError::NotUnitary`] if |U U^H - 1| exceeds 1e-9 anywhere.
    ///
    /// Source: Reck et al. (1994); Clements et al. (2016).
    pub fn decompose(unitary: &[Complex64], n: usize, layout: Layout) -> Result<Self, MeshError> {
        unitary::check(unitary, n)?;
        Ok(match layout {
            Layout::Reck => reck::nulled(unitary, n, |_| Splitters::ideal()),
            Layout::Clements => clements::decomposed(unitary, n),
        })
    }

    /// The triangular mesh of a row-major unitary `n` x `n` matrix that a device with these imperfections nulls itself to. O(n^3).
    ///
    /// Every interferometer, in the order of light, cancels the light of one matrix element with the splitters that it has. Where they do not
    /// reach the ratio that is needed, a residual stays in the matrix and the others are set with it there. With splitter errors alone, on
    /// Haar-random matrices,
    ///
    ///   eps^2 = (2/9)(N - 1)(2 N + 5) sigma^4 + (8/N)(1/2 + 1/3 + ... + 1/N) sigma^4,
    ///
    /// from 4 r sigma^4 of an interferometer of rank r at the lower end of its range, and 4 sigma^4 of rank 1 at the upper one, each times the
    /// mean light (r + 1)/(R + 1) that it has to null in the row of ranks 1 ... R. (4/9) N^2 sigma^4 for large N: less than [`Mesh::corrected`] leaves.
    ///
    /// Nulling sees the device: errors of theta and phi and crosstalk are taken out, by phases that may be negative. Loss is not corrected.
    ///
    /// # Errors
    ///
    /// As [`Mesh::decompose`]; [`MeshError::Modes`], [`MeshError::Number`] or [`MeshError::Crosstalk`] for imperfections that do not fit.
    ///
    /// Source: Hamerly, Bandyopadhyay and Englund (2022), Phys. Rev. Appl. 18, 024018, for the method; the law is ours, checked by Monte Carlo.
    pub fn self_configured(unitary: &[Complex64], n: usize, imperfections: &Imperfections) -> Result<Self, MeshError> {
        unitary::check(unitary, n)?;
        imperfections.check(n)?;
        let mesh = reck::nulled(unitary, n, |k| imperfections.mzis[k].splitters());
        imperfections.commanded(mesh)
    }

    /// The same mesh with phases that undo the crosstalk: (1 + K) p = phases of this mesh. O(n^4) per iteration of conjugate gradients.
    ///
    /// The effective phases are those of this mesh up to 1e-14 |p|, to the rounding of a product with K, and to the errors of theta and phi, which stay. Phases may become
    /// negative by about K times the phases: a heater has to be biased for that.
    ///
    /// # Errors
    ///
    /// [`MeshError::Modes`], [`MeshError::Number`] or [`MeshError::Crosstalk`].
    pub fn compensated(&self, imperfections: &Imperfections) -> Result<Self, MeshError> {
        imperfections.check(self.modes)?;
        match &imperfections.crosstalk {
            Some(crosstalk) => Ok(self.with_phases(&crosstalk.undone(self, &self.phases())?)),
            None => Ok(self.clone()),
        }
    }

    /// The mesh of interferometers in the order of light (mode, theta, phi), each put as far to the left as those before it allow.
    fn scheduled(layout: Layout, modes: usize, passed: Vec<(usize, f64, f64)>, mut outputs: Vec<f64>) -> Self {
        let mut free = vec![0; modes];
        let mut place = |(mode, theta, phi): (usize, f64, f64)| {
            let column: usize = free[mode].max(free[mode + 1]);
            free[mode..mode + 2].fill(column + 1);
            Mzi { mode, column, theta, phi: phi.rem_euclid(TAU) }
        };
        let mzis = passed.into_iter().map(&mut place).collect();
        outputs.iter_mut().for_each(|p| *p = p.rem_euclid(TAU));
        Self { layout, modes, mzis, outputs }
    }

    /// Layout.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Number of modes N.
    pub fn modes(&self) -> usize {
        self.modes
    }

    /// The N(N - 1)/2 interferometers in the order light passes them.
    pub fn mzis(&self) -> &[Mzi] {
        &self.mzis
    }

    /// The N output phases, rad. They stand outside of the mesh, as references of the receivers do: without errors, without crosstalk.
    pub fn outputs(&self) -> &[f64] {
        &self.outputs
    }

    /// Columns, which is the most interferometers on a path: 2N - 3 (Reck) or N (Clements, N > 2); 1 for two modes, 0 for one.
    pub fn depth(&self) -> usize {
        self.mzis.iter().map(|t| t.column + 1).max().unwrap_or(0)
    }

    /// The mesh as built, for many products.
    ///
    /// # Errors
    ///
    /// [`MeshError::Modes`] or [`MeshError::Number`] if the imperfections are not those of a mesh of this size.
    pub fn built(&self, imperfections: &Imperfections) -> Result<Circuit, MeshError> {
        Circuit::new(self, imperfections)
    }

    /// x = U_hw x, N amplitudes. O(N^2), with crosstalk O(N^4); [`Mesh::built`] keeps what does not depend on x.
    ///
    /// # Errors
    ///
    /// As [`Mesh::built`]; [`MeshError::Length`] for another number of amplitudes.
    pub fn apply(&self, x: &mut [Complex64], imperfections: &Imperfections) -> Result<(), MeshError> {
        self.built(imperfections)?.apply(x)
    }

    /// U_hw, row-major N x N. O(N^3), with crosstalk O(N^4).
    ///
    /// # Errors
    ///
    /// As [`Mesh::built`].
    pub fn matrix(&self, imperfections: &Imperfections) -> Result<Vec<Complex64>, MeshError> {
        Ok(self.built(imperfections)?.matrix())
    }

    /// Phases in the order of light, theta before phi of each interferometer.
    fn phases(&self) -> Vec<f64> {
        self.mzis.iter().flat_map(|t| [t.theta, t.phi]).collect()
    }

    /// The same mesh with other phases, in the order of [`Mesh::phases`].
    fn with_phases(&self, phases: &[f64]) -> Self {
        let mut mesh = self.clone();
        for (mzi, pair) in mesh.mzis.iter_mut().zip(phases.chunks_exact(2)) {
            (mzi.theta, mzi.phi) = (pair[0], pair[1]);
        }
        mesh
    }
}
