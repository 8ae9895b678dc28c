//! The open Ising glass.
//!
//! H(t) = wz sum_i sigma^z_i / 2 - g(t) sum_{i<j} J_ij sigma^x_i sigma^x_j, jump operators
//! L_k = sum_i (u_ki S^x_i + v_ki S^y_i) with complex u, v, and on every spin sqrt(gamma_down) sigma^- and
//! sqrt(gamma_phi / 2) sigma^z (coherence decays at gamma_phi). All spins start down, sigma^z = -1.
//!
//! A cavity that follows the spins adds more to H and makes the jump operators follow its pump (see [`EliminatedCavity`]).
//!
//! Energies in output are E = -(1/2) sum_{i != j} J_ij <sigma^x_i sigma^x_j>: each pair once, without wz and g.
//!
//! Basis: index bit i belongs to site i and is 0 for sigma^x_i = +1. In the operator algebra of the core this is
//! sigma^x -> Z, sigma^z -> X, sigma^y -> -Y.

mod bloch;
mod device;
mod dtwa;
mod entanglement;
mod filter;
mod generators;
mod glass;
mod kind;
mod levels;
mod light;
mod mean_field;
mod observables;
mod pair_means;
mod probe;
mod product;
mod reader;
mod settings;

pub use bloch::{Bloch, BlochLevel};
pub use device::{DeviceError, DrawnJumps, JumpSource, MatrixJumps, OpenIsing, QuadratureJumps};
pub use dtwa::PhaseSpace;
pub(crate) use dtwa::draw_down;
pub use filter::FilterLevel;

pub(crate) use glass::SITE_LIMIT;
pub use glass::{EliminatedCavity, Glass, Jump};
pub use kind::LevelKind;
pub use levels::{KetLevel, LevelError, MasterLevel, build_level, memory_bytes};
pub use mean_field::MeanFieldLevel;
pub use observables::{Observable, Selection};
pub(crate) use probe::Probe;
pub use product::ProductState;
pub(crate) use reader::Reader;
pub use settings::{PathChoice, Settings, split_path_applies};
