//! Couplings of a confocal cavity.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kernel, ModeKernel, Place, Residue, network};
use crate::parameter::{finite, one, positive, require};
use crate::{BuildSite, Couplings, CouplingsError, Positions, Topology};

/// Interaction that a confocal cavity mediates between atoms at its midplane.
///
/// K_ij = scale cos(2 r_i.r_j/w0^2) for i != j, and K_ii = `beta`. r and `w0`, the 1/e^2 intensity radius of the lowest mode, are in
/// one unit of length. Over positions drawn with x = sigma/w0 the moments are E K_ij = 1/(1 + 4 x^4) and
/// E K_ij^2 = (1 + 1/(1 + 16 x^4))/2: a ferromagnet for small x, a glass for large x. K is positive semidefinite if `beta` is at
/// least -lambda_min of the rest. `kernel` chooses the same interaction in physical units or with finite resolution.
///
/// Source: Vaidya et al., Phys. Rev. X 8, 011002 (2018); Guo et al., Phys. Rev. Lett. 122, 193601 (2019), arXiv:1810.11086.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confocal {
    /// Number of elements; may be absent if the positions come from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub n: Option<usize>,
    /// Positions of the elements, in the unit of `w0`.
    pub positions: Positions,
    /// 1/e^2 intensity radius of the lowest mode, above 0.
    #[serde(default = "one")]
    pub w0: f64,
    /// The kernel.
    #[serde(default)]
    pub kernel: ConfocalKernel,
    /// Self term K_ii; the kernel at r_j = r_i, without delta functions, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beta: Option<f64>,
    /// Factor on every coupling but `beta`.
    #[serde(default = "one")]
    pub scale: f64,
}

/// Kernel of the confocal cavity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ConfocalKernel {
    /// cos(2 r.r'/w0^2), no dimension.
    #[default]
    Cosine,
    /// The part of (1/4)(1 + F + F^2 + F^3), F the Fourier operator of the plane, that is not a delta function:
    /// cos(2 r.r'/w0^2)/(2 pi w0^2), and its negative in the other quadrature.
    Nonlocal {
        /// Quadrature of the field.
        #[serde(default)]
        quadrature: Quadrature,
    },
    /// All modes n = 0 mod 4 (cosine quadrature) or 2 mod 4 (sine), each weighted by rho^n.
    Finite {
        /// Weight of successive modes, above 0 and below 1.
        #[schemars(range(min = 0.0, max = 1.0))]
        rho: f64,
        /// Quadrature of the field.
        #[serde(default)]
        quadrature: Quadrature,
    },
}

/// Longitudinal profile of the modes that couple.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Quadrature {
    /// (l + m) mod 4 = 0.
    #[default]
    Cosine,
    /// (l + m) mod 4 = 2.
    Sine,
}

impl Quadrature {
    fn residue(self) -> Residue {
        Residue { modulus: 4, class: if self == Self::Cosine { 0 } else { 2 } }
    }
}

/// scale cos(2 r.r'/w0^2).
struct Cosine {
    scale: f64,
    /// 2/w0^2.
    factor: f64,
}

impl Kernel for Cosine {
    fn value(&self, a: Place, b: Place) -> f64 {
        self.scale * (self.factor * (a.0 * b.0 + a.1 * b.1)).cos()
    }
}

/// A kernel times a factor.
pub(super) struct Scaled(pub(super) f64, pub(super) ModeKernel);

impl Kernel for Scaled {
    fn value(&self, a: Place, b: Place) -> f64 {
        self.0 * self.1.value(a, b)
    }
}

/// Refuses a cut-off of the modes that is none.
pub(super) fn resolution(rho: f64) -> Result<(), CouplingsError> {
    require("rho", rho, rho > 0.0 && rho < 1.0, "a number above 0 and below 1")
}

impl Topology for Confocal {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let Self { w0, scale, beta, .. } = *self;
        positive("w0", w0)?;
        finite("scale", scale)?;
        beta.map_or(Ok(()), |beta| finite("beta", beta))?;
        if let ConfocalKernel::Finite { rho, .. } = self.kernel {
            resolution(rho)?;
        }
        let places = self.positions.place(self.n, site)?;
        match self.kernel {
            ConfocalKernel::Cosine => network(places, Cosine { scale, factor: 2.0 / (w0 * w0) }, beta),
            ConfocalKernel::Nonlocal { quadrature } => {
                network(places, Scaled(scale, ModeKernel::new(quadrature.residue(), w0, None)), beta)
            }
            ConfocalKernel::Finite { rho, quadrature } => {
                network(places, Scaled(scale, ModeKernel::new(quadrature.residue(), w0, Some(rho))), beta)
            }
        }
    }

    fn is_random(&self) -> bool {
        self.positions.is_random()
    }

    fn example() -> Option<&'static str> {
        Some("n = 32\npositions = { drawn = { sigma = 1.0 } }\nw0 = 1.0\nbeta = 1.0")
    }
}
