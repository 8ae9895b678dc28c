//! Driven-dissipative cavity-QED spin glasses.
//!
//! Two devices: the open Ising glass ([`open_ising`]), spins 1/2 with Ising couplings that a pump ramps up, a transverse field, and collective
//! jump operators that are linear in the spins; and atoms in a multimode cavity ([`multimode`]), which becomes such a glass where the cavity is
//! fast. hbar = 1; S = sigma / 2.

#![forbid(unsafe_code)]

pub mod composite;
mod level_name;
pub mod multimode;
pub mod open_ising;

pub use level_name::{Description, LevelName};
