//! Tile planting on the square lattice.

use std::sync::Arc;

use lightfall_core::rng::Purpose;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Planted, signs};
use crate::parameter::{one, positive, probability, require};
use crate::storage::from_pairs;
use crate::{BuildSite, Couplings, CouplingsError, Topology};

/// Tile planting: a periodic square lattice cut into frustrated plaquettes that share a ground state.
///
/// The plaquettes whose corner (row, column) has row + column even hold every bond once. Each is of class C_k, k = 1 .. 4: k of
/// its four bonds, chosen uniformly, have magnitude 1 and the others 2; one of the k, uniform, is negative. Equal spins then
/// break only the negative bond, the cheapest way out of the frustration, so they are a ground state of every plaquette and of the
/// whole; C_k has 2k ground states. A random gauge t hides it: J_ij <- scale J_ij t_i t_j. Many C_1 are easy to solve for, C_2 hard.
///
/// From the couplings stream: t as fair signs; then plaquettes row by row, each one uniform for its class and a shuffle of its bonds
/// (top, right, bottom, left).
///
/// Source: Hamze, Jacob, Ochoa, Perera, Wang and Katzgraber, Phys. Rev. E 97, 043303 (2018); the classes: Perera, Hamze, Raymond,
/// Weigel and Katzgraber, Phys. Rev. E 101, 023316 (2020).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    /// Rows of the lattice: even, at least 4.
    #[schemars(range(min = 4))]
    pub rows: usize,
    /// Columns of the lattice: even, at least 4; as many as `rows` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 4))]
    pub columns: Option<usize>,
    /// Probabilities of the classes C_1, C_2, C_3; the rest is C_4. C_2 alone if absent.
    #[serde(default = "only_second")]
    pub classes: [f64; 3],
    /// Factor on every coupling, above 0.
    #[serde(default = "one")]
    pub scale: f64,
}

fn only_second() -> [f64; 3] {
    [0.0, 1.0, 0.0]
}

impl Tile {
    fn check(&self) -> Result<(usize, usize), CouplingsError> {
        let (rows, columns) = (self.rows, self.columns.unwrap_or(self.rows));
        for (name, side) in [("rows", rows), ("columns", columns)] {
            require(name, side as f64, side >= 4 && side.is_multiple_of(2), "an even number, at least 4")?;
        }
        self.classes.iter().try_for_each(|&p| probability("classes", p))?;
        let sum: f64 = self.classes.iter().sum();
        require("classes", sum, sum <= 1.0 + 1e-12, "probabilities with a sum of at most 1")?;
        positive("scale", self.scale)?;
        Ok((rows, columns))
    }
}

impl Topology for Tile {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let (rows, columns) = self.check()?;
        let n = crate::graphs::volume(&[rows, columns])?;
        let mut pairs: Vec<(usize, usize, f64)> = Vec::new();
        if n > 1 << 48 || pairs.try_reserve_exact(2 * n).is_err() {
            return Err(CouplingsError::Memory { n, bytes: 112.0 * n as f64 });
        }
        let mut rng = site.streams.open(Purpose::Couplings, 0);
        let spins = signs(n, &mut rng);
        let at = |row: usize, column: usize| (row % rows) * columns + column % columns;
        for row in 0..rows {
            for column in (row % 2..columns).step_by(2) {
                let corners = [at(row, column), at(row, column + 1), at(row + 1, column + 1), at(row + 1, column)];
                let u: f64 = rng.random();
                let mut below = 0.0;
                let weak = 1 + self
                    .classes
                    .iter()
                    .take_while(|&&p| {
                        below += p;
                        u >= below
                    })
                    .count();
                let mut bonds = [0, 1, 2, 3];
                for k in (1..4).rev() {
                    bonds.swap(k, rng.random_range(0..=k));
                }
                for (rank, bond) in bonds.into_iter().enumerate() {
                    let (i, j) = (corners[bond], corners[(bond + 1) % 4]);
                    let value = if rank == 0 {
                        -1.0
                    } else if rank < weak {
                        1.0
                    } else {
                        2.0
                    };
                    pairs.push((i, j, self.scale * value * f64::from(spins[i] * spins[j])));
                }
            }
        }
        Ok(Arc::new(Planted { couplings: from_pairs(n, &pairs)?, spins }))
    }

    fn is_random(&self) -> bool {
        true
    }

    fn example() -> Option<&'static str> {
        Some("rows = 6\nclasses = [0.2, 0.8, 0.0]")
    }
}
