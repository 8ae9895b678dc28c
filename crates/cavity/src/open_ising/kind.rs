//! The names of the levels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The levels of description of the open Ising glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LevelKind {
    /// The master equation.
    Master,
    /// Quantum-jump trajectories.
    Counting,
    /// Trajectories under homodyne detection.
    Homodyne,
    /// Trajectories under heterodyne detection.
    Heterodyne,
    /// Trajectories under any mix of detectors.
    Monitored,
    /// The state given a recorded measurement.
    Filter,
    /// Product-state trajectories under heterodyne detection.
    Product,
    /// Discrete truncated Wigner approximation.
    Dtwa,
    /// Truncated Wigner approximation of spins and fields.
    Wigner,
    /// Deterministic mean field.
    MeanField,
    /// Spins that flip one at a time, at golden-rule rates.
    SpinFlip,
}

impl LevelKind {
    /// All levels, from the most to the least quantum.
    pub const ALL: [LevelKind; 11] = [
        LevelKind::Master,
        LevelKind::Counting,
        LevelKind::Homodyne,
        LevelKind::Heterodyne,
        LevelKind::Monitored,
        LevelKind::Filter,
        LevelKind::Product,
        LevelKind::Dtwa,
        LevelKind::Wigner,
        LevelKind::MeanField,
        LevelKind::SpinFlip,
    ];

    /// The levels that need nothing but the device: those a model runs if it names none.
    pub fn by_default() -> Vec<Self> {
        let asked_for = |l: &LevelKind| {
            matches!(l, LevelKind::Monitored | LevelKind::Filter | LevelKind::Wigner | LevelKind::SpinFlip)
        };
        Self::ALL.into_iter().filter(|l| !asked_for(l)).collect()
    }

    /// Name, the same everywhere.
    pub fn name(self) -> &'static str {
        match self {
            LevelKind::Master => "master",
            LevelKind::Counting => "counting",
            LevelKind::Homodyne => "homodyne",
            LevelKind::Heterodyne => "heterodyne",
            LevelKind::Monitored => "monitored",
            LevelKind::Filter => "filter",
            LevelKind::Product => "product",
            LevelKind::Dtwa => "dtwa",
            LevelKind::Wigner => "wigner",
            LevelKind::MeanField => "mean-field",
            LevelKind::SpinFlip => "spin-flip",
        }
    }

    /// The level named `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.name() == name)
    }

    /// True for trajectories of a ket.
    pub fn has_ket(self) -> bool {
        matches!(self, LevelKind::Counting | LevelKind::Homodyne | LevelKind::Heterodyne | LevelKind::Monitored)
    }

    /// True for kets and density matrices.
    pub(super) fn has_amplitudes(self) -> bool {
        self.has_ket() || matches!(self, LevelKind::Master | LevelKind::Filter)
    }
}
