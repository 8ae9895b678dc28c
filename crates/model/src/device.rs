//! The devices a model file may describe.

use lightfall_cavity::multimode::{Cavity, CavityError, Limit, Multimode, Ramp};
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

    /// True unless it says itself how its elements are coupled.
    pub(crate) fn needs_couplings(&self) -> bool {
        !matches!(self, Device::Cavity(Cavity { mode_couplings: Some(_), .. }))
    }

    /// What is given over time, where there is a choice.
    pub fn ramp(&self) -> Option<&'static str> {
        match self {
            Device::OpenIsing(_) => None,
            Device::Cavity(d) => Some(match d.ramp {
                Ramp::J(_) => "J(t) is given, g(t) follows from each cavity",
                Ramp::G(_) => "g(t) is given, J(t) follows from each cavity",
            }),
        }
    }

    /// The spins of an instance with the given couplings, which a device that needs them has.
    pub(crate) fn build(
        &self,
        couplings: Option<&dyn Couplings>,
        streams: &Streams,
        folder: &Path,
    ) -> Result<Glass, DeviceProblem> {
        Ok(match self {
            Device::OpenIsing(d) => match couplings {
                Some(couplings) => d.build(couplings, streams, folder)?,
                None => return Err(CavityError::Uncoupled.into()),
            },
            Device::Cavity(d) => d.build(couplings, folder)?.atom_only(Limit::None),
        })
    }

    /// The cavity of an instance with the Fock states kept of its modes, if there is one.
    pub(crate) fn cavity(
        &self,
        couplings: Option<&dyn Couplings>,
        folder: &Path,
    ) -> Result<Option<(Multimode, Vec<usize>)>, DeviceProblem> {
        let Device::Cavity(d) = self else { return Ok(None) };
        let cavity = d.build(couplings, folder)?;
        let cuts = d.cuts(cavity.modes.len())?;
        Ok(Some((cavity, cuts)))
    }
}
