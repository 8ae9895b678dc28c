//! Integrators, operators, unravellings, ensembles, statistics and records: everything of lightfall that knows no domain.
//!
//! hbar = 1. A ket of D amplitudes is stored split: D real parts, then D imaginary parts.

pub mod ensemble;
pub mod formula;
pub mod lindblad;
pub mod npy;
pub mod npz;
pub mod ode;
pub mod operator;
pub mod panels;
pub mod record;
pub mod rng;
pub mod schedule;
pub mod sde;
pub mod simd;
pub mod stats;
pub mod unravel;
