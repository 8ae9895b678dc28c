//! Driven-dissipative cavity-QED spin glasses.
//!
//! The first device is the open Ising glass ([`open_ising`]): spins 1/2 with Ising couplings that a pump ramps up, a
//! transverse field, and collective jump operators that are linear in the spins. hbar = 1; S = sigma / 2.

#![forbid(unsafe_code)]

pub mod open_ising;
