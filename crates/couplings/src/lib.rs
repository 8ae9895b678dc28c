//! Couplings between the elements of a network: what they are, where they come from, and their exact ground states.
//!
//! A network is a symmetric matrix J. The energy of spins s_i = +-1 is E(s) = -(1/2) sum_{i != j} J_ij s_i s_j, each pair
//! once, so a positive J_ij favours equal spins. Diagonal entries never enter the energy or a local field;
//! [`Couplings::apply`] includes them. A [`Topology`] is a named way to make couplings, with its parameters as they
//! stand in a model file. Indices count from 0.

#![forbid(unsafe_code)]

mod circulant;
mod couplings;
mod dense;
mod error;
mod fft;
mod file;
mod files;
mod formula;
mod glasses;
mod graphs;
mod ground_state;
mod inline;
mod kernels;
mod low_rank;
mod measure;
mod parameter;
mod planted;
mod positions;
mod problem;
mod problem_write;
mod sk;
mod sparse;
mod spectrum;
mod storage;
#[cfg(test)]
mod tests;
mod topology;

pub use circulant::CirculantTopology;
pub use couplings::{Couplings, SYMMETRY_TOLERANCE};
pub use dense::Dense;
pub use error::{Asymmetry, CouplingsError};
pub use file::File;
pub use files::{FileError, FileFormat, Matrix, read_matrix};
pub use formula::FormulaTopology;
pub use glasses::{Gaussian, Levy, PlusMinus};
pub use graphs::{Chimera, ErdosRenyi, King, Lattice, RandomRegular, SmallWorld, Weights};
pub use ground_state::{CONFIGURATION_LIMIT, GroundState, SPIN_LIMIT, ground_state};
pub use inline::{InlineMatrix, InlinePairs};
pub use kernels::{Confocal, ConfocalKernel, FourSevenths, ModeKernel, PowerLaw, Quadrature, Residue};
pub use low_rank::{LowRank, LowRankTopology, Patterns, StorageRule};
pub use measure::Measure;
pub use planted::{Tile, Wishart};
pub use positions::Positions;
pub use problem::{ProblemFile, Reading, read_problem};
pub use problem_write::{WriteError, write_problem};
pub use sk::Sk;
pub use sparse::Sparse;
pub use spectrum::{Extremes, eigenvalues, extreme_eigenvalues, top_eigenvector};
pub use topology::{BuildSite, Topology};
