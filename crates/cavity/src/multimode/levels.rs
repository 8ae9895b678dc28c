//! Levels of atoms with modes, and of sites of more than one atom.

use super::{Limit, Multimode, SpinFlipLevel, WignerFields};
use crate::level_name::{Description, LevelName};
use crate::open_ising::{
    BlochLevel, Glass, KetLevel, LevelError, LevelKind, MasterLevel, Probe, Reader, Selection, Settings,
};
use lightfall_core::ensemble::Level;
use lightfall_couplings::GroundState;

/// Builds a level of `device` that is not one of spins 1/2 alone: with modes, of which `cuts` are kept, with several atoms a site, or made of the modes' rates.
/// `glass` has the couplings that energies are measured with.
///
/// # Errors
///
/// [`LevelError::Composite`] for a level without amplitudes or a filter, [`LevelError::Detectors`] for mixed detection without detectors.
pub fn build_composite(
    device: &Multimode,
    cuts: &[usize],
    glass: &Glass,
    level: LevelName,
    settings: &Settings,
    selection: &Selection,
    ground: Option<&GroundState>,
) -> Result<Box<dyn Level>, LevelError> {
    let kind = level.kind;
    if kind == LevelKind::Wigner {
        return Ok(Box::new(BlochLevel::new(WignerFields::new(device), glass, settings, selection, ground)?));
    }
    if kind == LevelKind::SpinFlip {
        return Ok(Box::new(SpinFlipLevel::new(device, settings, selection, ground)));
    }
    if !(kind.has_ket() || kind == LevelKind::Master) {
        return Err(LevelError::Composite);
    }
    let (system, shape) = match level.description {
        Description::Full => {
            let full = device.full(cuts);
            (full.lindbladian, full.shape)
        }
        Description::Atom => (device.collective(Limit::None), device.shape(&[])),
        Description::X => (device.collective(Limit::X), device.shape(&[])),
    };
    let initial = shape.all_down();
    let reader = Reader::composite(Probe::new(glass, kind, selection, ground), shape);
    Ok(match kind {
        LevelKind::Master => Box::new(MasterLevel::of(system, initial, reader, settings)),
        _ => Box::new(KetLevel::of(system, initial, reader, kind, settings).ok_or(LevelError::Detectors)?),
    })
}
