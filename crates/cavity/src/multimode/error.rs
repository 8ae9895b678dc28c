//! What can be wrong with a cavity.

use crate::open_ising::SITE_LIMIT;
use lightfall_core::schedule::ScheduleError;
use lightfall_couplings::CouplingsError;
use lightfall_linalg::LinalgError;
use std::path::PathBuf;

/// What is wrong with a cavity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CavityError {
    /// A parameter that is not finite, or a rate below zero.
    #[error("{key} = {value}, expected {expected}")]
    Number {
        /// Key in the model file.
        key: &'static str,
        /// The value.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// A mode on resonance that does not decay.
    #[error(
        "detuning = 0 and kappa = 0: a mode on resonance without loss never follows the atoms; make one of them larger than wz"
    )]
    Resonance,
    /// A mode that an atomic transition drives without loss.
    #[error(
        "detuning = {detuning}, kappa = 0 and wz = {wz}: the atoms drive the mode on resonance; make kappa larger than 0"
    )]
    Driven {
        /// Delta.
        detuning: f64,
        /// wz.
        wz: f64,
    },
    /// The ramp.
    #[error("ramp: {0}")]
    Ramp(#[from] ScheduleError),
    /// J(t) for modes without one detuning, or with a detuning that attracts nothing.
    #[error("ramp = {{ j = .. }} needs modes of one detuning above 0, {found}; give g(t) by {{ g = .. }}")]
    NoAttraction {
        /// What there is.
        found: String,
    },
    /// J(t) below zero: a pump red of the modes only attracts.
    #[error("ramp: J(t) = {value} at t = {t}, expected a finite number of at least 0")]
    Repulsive {
        /// J.
        value: f64,
        /// Time.
        t: f64,
    },
    /// K is not positive semidefinite.
    #[error(
        "K has an eigenvalue of {lowest:.6}, and a cavity makes only K = G G^T with none below 0; add at least {shift:.6} to its diagonal, \
         say self_term = {{ margin = 1.0 }}"
    )]
    Indefinite {
        /// Lowest eigenvalue.
        lowest: f64,
        /// What would mend it.
        shift: f64,
    },
    /// A list of another length than there are modes.
    #[error("{key} has {found} numbers but there are {modes} modes; give one number for all modes, or one a mode")]
    ModeCount {
        /// Key in the model file.
        key: &'static str,
        /// Its length.
        found: usize,
        /// Modes.
        modes: usize,
    },
    /// Lists without a G.
    #[error(
        "{key} is a list, but without mode_couplings all modes are alike; give one number, or G by mode_couplings = \"G.csv\""
    )]
    Alike {
        /// Key in the model file.
        key: &'static str,
    },
    /// Both G and K.
    #[error("mode_couplings and [couplings] both say how atoms are coupled; leave one of them out")]
    Twice,
    /// Too many sites for an index.
    #[error("{sites} sites, expected at most {SITE_LIMIT}: a basis index has that many bits")]
    TooManySites {
        /// Sites asked for.
        sites: usize,
    },
    /// Neither G nor K.
    #[error(
        "nothing says how atoms are coupled; add [couplings.confocal] or another topology, or mode_couplings = \"G.csv\""
    )]
    Uncoupled,
    /// A complex G.
    #[error("G in {path} has complex entries; only real mode functions leave the couplings those of an Ising model")]
    Complex {
        /// File.
        path: PathBuf,
    },
    /// The file of G.
    #[error("{0}")]
    File(CouplingsError),
    /// A decomposition of K.
    #[error(transparent)]
    Linalg(#[from] LinalgError),
}

impl CavityError {
    /// The key of the device table the error is about, for pointing at its line.
    pub fn key(&self) -> Option<&'static str> {
        match self {
            Self::Number { key, .. } | Self::ModeCount { key, .. } | Self::Alike { key } => Some(key),
            Self::Resonance | Self::Driven { .. } => Some("kappa"),
            Self::Twice | Self::Complex { .. } | Self::File(_) => Some("mode_couplings"),
            Self::Uncoupled | Self::TooManySites { .. } => None,
            Self::Ramp(_) | Self::NoAttraction { .. } | Self::Repulsive { .. } => Some("ramp"),
            Self::Indefinite { .. } => Some("self_term"),
            Self::Linalg(_) => None,
        }
    }
}
