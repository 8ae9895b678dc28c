//! One device instance, and its levels.

use super::CompareError;
use super::memory::{check_composite_memory, check_memory};
use crate::{Model, ModelError};
use lightfall_cavity::multimode::{Limit, Multimode, build_composite};
use lightfall_cavity::open_ising::{Glass, LevelError, LevelKind, PathChoice, Selection, Settings, build_level};
use lightfall_cavity::{Description, LevelName};
use lightfall_core::ensemble::Level;
use lightfall_couplings::{Couplings, GroundState};
use std::sync::Arc;

/// One device instance with what was found about it.
pub(super) struct Instance {
    /// The spins, a cavity eliminated.
    pub(super) glass: Glass,
    /// The spins in the limit x/.
    still: Option<Glass>,
    /// The cavity and the Fock states kept of its modes.
    cavity: Option<(Multimode, Vec<usize>)>,
    /// What energies are measured with.
    pub(super) couplings: Arc<dyn Couplings>,
    pub(super) ground: Option<GroundState>,
}

impl Instance {
    /// Instance `k` of `model` under `seed`.
    pub(super) fn new(model: &Model, seed: u64, k: u64) -> Result<Self, ModelError> {
        let (couplings, glass) = model.glass(seed, k)?;
        let cavity = model.cavity(seed, k)?;
        let still = cavity.as_ref().map(|(c, _)| c.atom_only(Limit::X));
        Ok(Self { glass, still, cavity, couplings, ground: None })
    }

    /// The spins of `level`.
    pub(super) fn glass(&self, level: LevelName) -> &Glass {
        match (level.description, &self.still) {
            (Description::X, Some(still)) => still,
            _ => &self.glass,
        }
    }

    /// The cavity, if the states of `level` are not those of spins 1/2.
    fn composite(&self, level: LevelName) -> Option<&(Multimode, Vec<usize>)> {
        let amplitudes = level.kind.has_ket() || level.kind == LevelKind::Master;
        self.cavity.as_ref().filter(|(c, _)| amplitudes && (c.atoms > 1 || level.description == Description::Full))
    }

    /// The cavity, if `level` is built from it and not from its spins.
    fn built_from(&self, level: LevelName) -> Option<&(Multimode, Vec<usize>)> {
        let of_modes = matches!(level.kind, LevelKind::Wigner | LevelKind::SpinFlip);
        self.composite(level).or(self.cavity.as_ref().filter(|_| of_modes))
    }

    /// Number of amplitudes of `level`, if its states are not those of spins 1/2.
    pub(super) fn composite_dim(&self, level: LevelName) -> Option<f64> {
        let (cavity, cuts) = self.composite(level)?;
        let modes: f64 =
            if level.description == Description::Full { cuts.iter().map(|c| *c as f64).product() } else { 1.0 };
        Some(((cavity.atoms + 1) as f64).powi(cavity.sites as i32) * modes)
    }

    /// `settings` as `level` takes them: modes know the general path only, and larger spins no exact split step.
    pub(super) fn settings_for(&self, level: LevelName, settings: Settings) -> Settings {
        let path = match (self.composite(level), settings.path) {
            (None, path) => path,
            (Some(_), _) if level.description == Description::Full => PathChoice::General,
            (Some(_), PathChoice::General) => PathChoice::General,
            (Some(_), _) => PathChoice::Strang,
        };
        Settings { path, ..settings }
    }

    /// Why `level` does not take the path that is asked for, if its states are not those of spins 1/2.
    pub(super) fn path_refusal(&self, level: LevelName, path: PathChoice) -> Option<&'static str> {
        self.composite(level)?;
        let full = level.description == Description::Full;
        match path {
            PathChoice::Split => Some("path = \"split\" is for spins 1/2 without modes; use path = \"auto\""),
            PathChoice::Strang if full => Some("path = \"strang\" is for spins without modes; use path = \"auto\""),
            _ => None,
        }
    }

    /// What a user of the device should know.
    pub(super) fn remark(&self) -> Option<&'static str> {
        let (cavity, _) = self.cavity.as_ref()?;
        cavity.modes.iter().any(|m| m.turns_sign(cavity.wz)).then_some(
            "wz is above the detuning of a mode: precessing atoms see its J with the opposite sign, so that the dynamics seeks the highest energies of K (levels x/ and full/ have no such J)",
        )
    }

    /// Why the device does not have `level`, if it does not.
    pub(super) fn refusal(&self, level: LevelName) -> Option<String> {
        let kind = level.kind;
        match &self.cavity {
            None if kind == LevelKind::SpinFlip => Some(
                "the rates of its flips come from the modes of a cavity, and the device has none; describe a [device.cavity], or leave the level out"
                    .into(),
            ),
            Some((c, _)) if kind == LevelKind::SpinFlip && c.modes.iter().all(|m| m.kappa == 0.0) => Some(
                "no mode loses photons (kappa = 0), so that a flip has no width and no rate; make kappa larger than 0, or leave the level out".into(),
            ),
            None if level.description != Description::Atom => Some(format!(
                "the device has no modes, so nothing stands before the level; give `{}`, or describe a [device.cavity]",
                kind.name()
            )),
            Some((c, _)) if c.atoms > 1 && matches!(kind, LevelKind::Product | LevelKind::Filter) => Some(format!(
                "sites of {} atoms have the levels master, counting, homodyne, heterodyne, monitored, dtwa, mean-field, spin-flip and full/wigner; {} is made for spins 1/2, and needs \
                 device.cavity.atoms = 1",
                c.atoms,
                kind.name()
            )),
            _ => None,
        }
    }

    /// How `level` is integrated, for the table; `stepper` is that of stochastic equations.
    pub(super) fn path(&self, level: LevelName, settings: &Settings, stepper: &'static str) -> &'static str {
        let (glass, kind) = (self.glass(level), level.kind);
        let (split, strang) = (settings.takes_split(glass, kind), settings.takes_strang(glass, kind));
        match kind {
            LevelKind::Master => "dop853",
            LevelKind::MeanField => "ode_solvers dopri5",
            LevelKind::Product | LevelKind::Dtwa | LevelKind::Wigner => stepper,
            LevelKind::SpinFlip => "waiting times",
            LevelKind::Filter if !settings.filter_is_pure() => "density matrix",
            LevelKind::Filter if split => "ket, split",
            LevelKind::Filter if strang => "ket, strang",
            LevelKind::Filter => "ket, general",
            _ if split => "split",
            _ if strang || (self.composite(level).is_some() && settings.takes_parts(kind)) => "strang",
            _ => "general",
        }
    }

    /// Bytes that a run of `level` takes with `workers` workers, if they are free.
    pub(super) fn memory(&self, level: LevelName, settings: &Settings, workers: usize) -> Result<f64, CompareError> {
        match self.composite_dim(level) {
            Some(dim) => {
                let states = self.cavity.as_ref().map_or(2, |(c, _)| c.atoms + 1);
                check_composite_memory(level, dim, [self.glass.sites, states], workers)
            }
            None => {
                let glass = self.glass(level);
                let split = settings.takes_split(glass, level.kind);
                check_memory(level, split, settings.filter_is_pure(), glass.sites, workers)
            }
        }
    }

    /// Builds `level`.
    pub(super) fn build(
        &self,
        level: LevelName,
        settings: &Settings,
        selection: &Selection,
    ) -> Result<Box<dyn Level>, CompareError> {
        let (glass, ground) = (self.glass(level), self.ground.as_ref());
        let built: Result<_, LevelError> = match self.built_from(level) {
            Some((cavity, cuts)) => build_composite(cavity, cuts, glass, level, settings, selection, ground),
            None => build_level(glass, level.kind, settings, selection, ground),
        };
        built.map_err(|e| CompareError::Level { level: level.name(), reason: e.to_string() })
    }
}
