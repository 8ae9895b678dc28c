//! The devices a model file may describe.

use lightfall_cavity::multimode::{Cavity, CavityError};
use lightfall_cavity::open_ising::{DeviceError, Glass, JumpSource, OpenIsing};
use lightfall_core::rng::Streams;
use lightfall_couplings::Couplings;
use std::path::Path;

/// A device of any kind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Device {
    /// The open Ising glass.
    OpenIsing(OpenIsing),
    /// Atoms in a multimode cavity.
    Cavity(Cavity),
}

/// Names of devices.
pub(crate) const DEVICES: [&str; 2] = ["open-ising", "cavity"];

/// What is wrong with a device of any kind.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeviceProblem {
    #[error(transparent)]
    OpenIsing(#[from] DeviceError),
    #[error(transparent)]
    Cavity(#[from] CavityError),
}

impl DeviceProblem {
    /// The key of the device table it is about.
    pub(crate) fn key(&self) -> Option<&'static str> {
        match self {
            Self::OpenIsing(e) => e.key(),
            Self::Cavity(e) => e.key(),
        }
    }
}

impl Device {
    /// Its name in model files.
    pub fn name(&self) -> &'static str {
        match self {
            Device::OpenIsing(_) => DEVICES[0],
            Device::Cavity(_) => DEVICES[1],
        }
    }

    /// Checks what does not depend on the couplings, for a run up to time `end`.
    pub(crate) fn validate(&self, end: f64) -> Result<(), DeviceProblem> {
        match self {
            Device::OpenIsing(d) => d.validate()?,
            Device::Cavity(d) => {
                d.validate()?;
                d.check_until(end)?;
            }
        }
        Ok(())
    }

    /// True if it has parts that are drawn anew for every instance, beside the couplings.
    pub(crate) fn is_random(&self) -> bool {
        matches!(self, Device::OpenIsing(OpenIsing { jumps: JumpSource::Drawn(_), .. }))
    }

    /// The spins of an instance with the given couplings.
    pub(crate) fn build(
        &self,
        couplings: &dyn Couplings,
        streams: &Streams,
        folder: &Path,
    ) -> Result<Glass, DeviceProblem> {
        Ok(match self {
            Device::OpenIsing(d) => d.build(couplings, streams, folder)?,
            Device::Cavity(d) => d.build(couplings, folder)?.atom_only(d.limit),
        })
    }
}
