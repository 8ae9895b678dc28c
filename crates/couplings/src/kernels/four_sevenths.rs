//! Couplings of a 4/7 cavity.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::confocal::{Scaled, resolution};
use super::{ModeKernel, Residue, network};
use crate::parameter::{finite, one, positive, require};
use crate::{BuildSite, Couplings, CouplingsError, Positions, Topology};

/// Interaction mediated by one family of a 4/7-degenerate cavity: the modes l + m = n0 + 7j.
///
/// With th_k = 2 pi k/7, u = sqrt2 r/w0, v = sqrt2 r'/w0 the nonlocal part is
/// K(r, r') = (2/7) Re sum_{k=1..3} e^(i th_k n0) 2/(pi w0^2 (1 - e^(-2 i th_k))) exp[(i/2)(u.u + v.v) cot th_k - i u.v/sin th_k],
/// in units 1/length^2. All modes of a family share their longitudinal parity, so one quadrature sees them: an Ising
/// interaction. With `rho` each mode n has the weight rho^n and the local part is finite and included.
///
/// Source: Marsh et al., Phys. Rev. X 11, 021048 (2021), arXiv:2009.01227, for multimode cavities as Ising machines; the family sum is
/// Mehler's formula by residue classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FourSevenths {
    /// Number of elements; may be absent if the positions come from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub n: Option<usize>,
    /// Positions of the elements, in the unit of `w0`.
    pub positions: Positions,
    /// Lowest mode of the family, 0 to 6.
    #[serde(default)]
    #[schemars(range(min = 0, max = 6))]
    pub n0: u32,
    /// 1/e^2 intensity radius of the lowest mode, above 0.
    #[serde(default = "one")]
    pub w0: f64,
    /// Weight of successive modes, above 0 and below 1; the ideal nonlocal part if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rho: Option<f64>,
    /// Self term K_ii; the kernel at r_j = r_i, without delta functions, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beta: Option<f64>,
    /// Factor on every coupling but `beta`.
    #[serde(default = "one")]
    pub scale: f64,
}

impl Topology for FourSevenths {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let Self { n0, w0, rho, beta, scale, .. } = *self;
        require("n0", f64::from(n0), n0 <= 6, "0 to 6: the family n0 + 7j has its lowest mode there")?;
        positive("w0", w0)?;
        finite("scale", scale)?;
        rho.map_or(Ok(()), resolution)?;
        beta.map_or(Ok(()), |beta| finite("beta", beta))?;
        let places = self.positions.place(self.n, site)?;
        network(places, Scaled(scale, ModeKernel::new(Residue { modulus: 7, class: n0 }, w0, rho)), beta)
    }

    fn is_random(&self) -> bool {
        self.positions.is_random()
    }

    fn example() -> Option<&'static str> {
        Some("n = 32\nn0 = 0\npositions = { drawn = { sigma = 1.0 } }\nw0 = 1.0")
    }
}
