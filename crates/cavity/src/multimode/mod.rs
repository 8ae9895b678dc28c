//! Atoms in a multimode cavity.
//!
//! H = sum_m Delta_m a_m^dag a_m + wz sum_i S^z_i + g(t) sum_im G_im (a_m + a_m^dag) S^x_i,  L_m = sqrt(2 kappa_m) a_m,  S = sigma/2.
//!
//! kappa is the FIELD decay rate: photon number decays at 2 kappa. A source that writes L = sqrt(kappa) a has twice this kappa. Delta =
//! w_mode - w_pump, above 0 where the pump is red of the mode: attraction and cooling. Papers often use w_pump - w_mode.
//!
//! A cavity that is fast against the spins is eliminated ([`Multimode::atom_only`]): V_m = g sum_i G_im S^x_i, B_m its response
//! ([`response`](Response)), L_m = sqrt(2 kappa_m) B_m and H_eff = wz sum_i S^z_i + (1/2) sum_m (V_m B_m + B_m^dag V_m), or
//!
//!   H_eff = wz sum_i S^z_i - g^2 sum_{i != j} ( J_ij S^x_i S^x_j + Q_ij S^x_i S^y_j ) + g^2 sum_i d_i S^z_i + const,
//!   J_ij = -(1/2) sum_m G_im G_jm Re u_m,  Q_ij = (1/2) sum_m G_im G_jm Im v_m,  d_i = -(1/4) sum_m G_im^2 Re v_m,
//!
//! sums over both orders of a pair. Valid where wz, the energies that J makes and the rate at which g changes are small against |Delta - i
//! kappa|, and sum_m (g G_im)^2/|Delta_m - i kappa_m|^2 is small. Source: Jaeger, Schmit, Morigi, Holland and Betzholz (2022), Phys. Rev. Lett.
//! 129, 063601; derived anew, see the book.

mod atom_only;
mod device;
mod error;
mod flip_rate;
mod full;
mod levels;
mod response;
mod spin_flip;
mod wigner;

pub use atom_only::Multimode;
pub use device::{Cavity, FockStates, Normalise, PerMode, Ramp, SelfTerm};
pub use error::CavityError;
pub use flip_rate::FlipRate;
pub use full::FullCavity;
pub use levels::build_composite;
pub use response::{Limit, Mode, Response};
pub use spin_flip::SpinFlipLevel;
pub use wigner::WignerFields;
