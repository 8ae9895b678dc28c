//! Couplings between the elements of a network: what they are, where they come from, and their exact ground states.
//!
//! A network is a symmetric matrix J. The energy of spins s_i = +-1 is E(s) = -(1/2) sum_{i != j} J_ij s_i s_j, each pair
//! once, so a positive J_ij favours equal spins. Diagonal entries never enter the energy or a local field;
//! [`Couplings::apply`] includes them. A [`Topology`] is a named way to make couplings, with its parameters as they
//! stand in a model file. Indices count from 0.

#![forbid(unsafe_code)]

mod couplings;
mod dense;
mod error;
mod file;
mod files;
mod formula;
mod ground_state;
mod inline;
mod positions;
mod sk;
mod sparse;
mod storage;
#[cfg(test)]
mod tests;
mod topology;

pub use couplings::{Couplings, SYMMETRY_TOLERANCE};
pub use dense::Dense;
pub use error::{Asymmetry, CouplingsError};
pub use file::File;
pub use files::{FileError, FileFormat, Matrix, read_matrix};
pub use formula::FormulaTopology;
pub use ground_state::{CONFIGURATION_LIMIT, GroundState, SPIN_LIMIT, ground_state};
pub use inline::{InlineMatrix, InlinePairs};
pub use positions::Positions;
pub use sk::Sk;
pub use sparse::Sparse;
pub use topology::{BuildSite, Topology};
