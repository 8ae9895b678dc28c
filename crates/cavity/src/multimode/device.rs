//! The parameters of the device as a model file gives them.

use super::{Mode, Multimode};
use lightfall_core::schedule::{Schedule, ScheduleError};
use lightfall_couplings::{Couplings, CouplingsError, read_matrix};
use lightfall_linalg::{LinalgError, symmetric_eigen};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Multimode cavity full of atoms: H = sum_m Delta_m a_m^dag a_m + wz sum_i S^z_i + g(t) sum_im G_im (a_m + a_m^dag) S^x_i with photon
/// loss L_m = sqrt(2 kappa_m) a_m, kappa_m the FIELD decay rates, S = sigma/2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cavity {
    /// Level splitting wz of the atoms in the frame of the pump.
    #[serde(default = "one")]
    pub wz: f64,
    /// How the pump rises: `{ g = .. }` is g(t), `{ j = .. }` is J(t) = g(t)^2 Delta/(Delta^2 + kappa^2).
    pub ramp: Ramp,
    /// The modes that the atoms couple to.
    pub modes: Modes,
    /// What stands for K_ii.
    #[serde(default)]
    pub self_term: SelfTerm,
    /// What K_ij, i != j, is divided by.
    #[serde(default)]
    pub normalise: Normalise,
    /// What is kept of the cavity.
    #[serde(default)]
    pub limit: Limit,
}

/// The pump over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ramp {
    /// The coupling g(t).
    G(Schedule),
    /// J(t) = g(t)^2 Delta/(Delta^2 + kappa^2), for degenerate modes: two cavities with one J(t) have the same couplings between spins at rest.
    J(Schedule),
}

/// The modes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Modes {
    /// All modes at one frequency: the couplings of the model are K = G G^T. The modes that are watched are the principal axes of K, strongest first.
    Degenerate {
        /// Delta = w_mode - w_pump.
        detuning: f64,
        /// Field decay rate kappa: photon number decays at 2 kappa.
        kappa: f64,
    },
    /// Modes one by one, with G (atoms x modes) from a file. The couplings of the model are then not read beyond their number of spins.
    Listed {
        /// Delta_m of each mode.
        detuning: Vec<f64>,
        /// Field decay rate kappa_m of each mode.
        kappa: Vec<f64>,
        /// File of G: npy, Matrix Market or CSV, relative to the model file.
        g: PathBuf,
    },
}

/// The diagonal of K: how strongly an atom sees its own image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SelfTerm {
    /// The diagonal of the couplings.
    #[default]
    Given,
    /// One value for all atoms.
    Value(f64),
    /// This times |lambda_min| of the rest of K: 1 is the least that a cavity can have.
    Margin(f64),
}

/// The scale of K.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Normalise {
    /// As given.
    #[default]
    None,
    /// The largest eigenvalue of the off-diagonal part becomes 1.
    Largest,
}

/// What is kept of the cavity's response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// The response to precessing spins: S^x and S^y in the jump operators, cooling included.
    #[default]
    None,
    /// The response to spins at rest: S^x only, which heats.
    X,
}

fn one() -> f64 {
    1.0
}

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
    #[error("ramp = {{ j = .. }} needs degenerate modes with a detuning above 0, {found}; give g(t) by {{ g = .. }}")]
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
    /// Lists of different lengths.
    #[error("detuning has {detuning} modes, kappa {kappa} and g {g} columns; give one of each per mode")]
    ModeCount {
        /// Detunings.
        detuning: usize,
        /// Rates.
        kappa: usize,
        /// Columns of G.
        g: usize,
    },
    /// G has another number of rows than there are atoms.
    #[error(
        "G in {path} has {rows} rows but the couplings have {sites} spins; give one row per atom (columns are modes)"
    )]
    Rows {
        /// File.
        path: PathBuf,
        /// Its rows.
        rows: usize,
        /// Spins.
        sites: usize,
    },
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
            Self::Number { key: key @ ("wz" | "self_term"), .. } => Some(key),
            Self::Number { .. } | Self::Resonance | Self::Driven { .. } => Some("modes"),
            Self::ModeCount { .. } | Self::Rows { .. } | Self::Complex { .. } | Self::File(_) => Some("modes"),
            Self::Ramp(_) | Self::NoAttraction { .. } | Self::Repulsive { .. } => Some("ramp"),
            Self::Indefinite { .. } => Some("self_term"),
            Self::Linalg(_) => None,
        }
    }
}

/// Eigenvalues of K down to this times the largest count as zero.
const RANK: f64 = 1e-12;

fn finite(key: &'static str, value: f64) -> Result<(), CavityError> {
    if value.is_finite() { Ok(()) } else { Err(CavityError::Number { key, value, expected: "a finite number" }) }
}

impl Modes {
    /// Detunings and rates in pairs; one pair for degenerate modes.
    fn pairs(&self) -> Vec<Mode> {
        match self {
            Modes::Degenerate { detuning, kappa } => vec![Mode { detuning: *detuning, kappa: *kappa }],
            Modes::Listed { detuning, kappa, .. } => detuning
                .iter()
                .zip(kappa)
                .map(|(detuning, kappa)| Mode { detuning: *detuning, kappa: *kappa })
                .collect(),
        }
    }
}

impl Cavity {
    /// Checks the parameters that do not depend on the couplings.
    ///
    /// # Errors
    ///
    /// [`CavityError`] for a number out of its range.
    pub fn validate(&self) -> Result<(), CavityError> {
        finite("wz", self.wz)?;
        let expected = "a finite rate of at least 0";
        for mode in self.modes.pairs() {
            let Mode { detuning, kappa } = mode;
            finite("detuning", detuning)?;
            if !(kappa >= 0.0 && kappa.is_finite()) {
                return Err(CavityError::Number { key: "kappa", value: kappa, expected });
            }
            if detuning == 0.0 && kappa == 0.0 {
                return Err(CavityError::Resonance);
            }
            if kappa == 0.0 && detuning.abs() == self.wz.abs() {
                return Err(CavityError::Driven { detuning, wz: self.wz });
            }
        }
        if let SelfTerm::Value(value) | SelfTerm::Margin(value) = self.self_term {
            finite("self_term", value)?;
        }
        match &self.ramp {
            Ramp::G(g) => g.compile()?,
            Ramp::J(j) => {
                let found = match &self.modes {
                    Modes::Degenerate { detuning, .. } if *detuning > 0.0 => None,
                    Modes::Degenerate { detuning, .. } => Some(format!("and detuning = {detuning}")),
                    Modes::Listed { .. } => Some("and the modes are listed".to_owned()),
                };
                found.map_or(Ok(()), |found| Err(CavityError::NoAttraction { found }))?;
                j.compile()?
            }
        };
        Ok(())
    }

    /// Checks that J(t), if the ramp is given by it, is not negative up to time `end`, at a thousand times.
    ///
    /// # Errors
    ///
    /// [`CavityError::Repulsive`], or [`CavityError::Ramp`] if the schedule is none.
    pub fn check_until(&self, end: f64) -> Result<(), CavityError> {
        let Ramp::J(j) = &self.ramp else { return Ok(()) };
        let j = j.compile()?;
        let found = (0..=1000)
            .map(|k| 1e-3 * f64::from(k) * end)
            .map(|t| (t, j.value(t)))
            .find(|(_, v)| !(*v >= 0.0 && v.is_finite()));
        found.map_or(Ok(()), |(t, value)| Err(CavityError::Repulsive { value, t }))
    }

    /// The device with the given couplings; relative files are looked up in `folder`.
    ///
    /// # Errors
    ///
    /// [`CavityError`] if a number is out of range, K is not that of a cavity, or the file of G does not fit.
    pub fn build(&self, couplings: &dyn Couplings, folder: &Path) -> Result<Multimode, CavityError> {
        self.validate()?;
        let sites = couplings.len();
        match &self.modes {
            Modes::Degenerate { detuning, kappa } => {
                let mode = Mode { detuning: *detuning, kappa: *kappa };
                let kernel = self.kernel(couplings)?;
                let (coupling, modes) = root(sites, &kernel)?;
                let g = match &self.ramp {
                    Ramp::G(g) => g.compile()?,
                    Ramp::J(j) => j.compile()?.root(1.0 / mode.attraction()),
                };
                Ok(Multimode { sites, wz: self.wz, g, modes: vec![mode; modes], coupling, energy: kernel })
            }
            Modes::Listed { detuning, kappa, g: path } => {
                let g = read_matrix(&folder.join(path), None).map_err(CavityError::File)?;
                if g.rows != sites {
                    return Err(CavityError::Rows { path: path.clone(), rows: g.rows, sites });
                }
                if detuning.len() != g.columns || kappa.len() != g.columns {
                    let (detuning, kappa) = (detuning.len(), kappa.len());
                    return Err(CavityError::ModeCount { detuning, kappa, g: g.columns });
                }
                if g.values.iter().any(|v| v.im != 0.0) {
                    return Err(CavityError::Complex { path: path.clone() });
                }
                let Ramp::G(ramp) = &self.ramp else {
                    return Err(CavityError::NoAttraction { found: "and the modes are listed".into() });
                };
                let coupling: Vec<f64> = g.values.iter().map(|v| v.re).collect();
                let row = |i: usize| &coupling[i * g.columns..(i + 1) * g.columns];
                let dot = |k: usize| row(k / sites).iter().zip(row(k % sites)).map(|(a, b)| a * b).sum();
                let energy = (0..sites * sites).map(dot).collect();
                Ok(Multimode { sites, wz: self.wz, g: ramp.compile()?, modes: self.modes.pairs(), coupling, energy })
            }
        }
    }

    /// K, with its scale and its diagonal.
    fn kernel(&self, couplings: &dyn Couplings) -> Result<Vec<f64>, CavityError> {
        let n = couplings.len();
        let mut k = couplings.to_dense();
        let diagonal: Vec<f64> = (0..n).map(|i| std::mem::take(&mut k[i * (n + 1)])).collect();
        let (values, _) = symmetric_eigen(n, &k)?;
        let (lowest, highest) = (values.first().copied().unwrap_or(0.0), values.last().copied().unwrap_or(0.0));
        let scale = if self.normalise == Normalise::Largest && highest > 0.0 { 1.0 / highest } else { 1.0 };
        k.iter_mut().for_each(|v| *v *= scale);
        for i in 0..n {
            k[i * (n + 1)] = match self.self_term {
                SelfTerm::Given => scale * diagonal[i],
                SelfTerm::Value(value) => value,
                SelfTerm::Margin(margin) => margin * (scale * lowest).abs(),
            };
        }
        Ok(k)
    }
}

/// G = C^T of K = C^T C, N x M row-major: column m is sqrt(lambda_m) times an eigenvector, largest first, its largest component positive;
/// and M, the rank of K.
fn root(n: usize, k: &[f64]) -> Result<(Vec<f64>, usize), CavityError> {
    let (values, vectors) = symmetric_eigen(n, k)?;
    let (lowest, highest) = (values.first().copied().unwrap_or(0.0), values.last().copied().unwrap_or(0.0));
    if lowest < -RANK * highest.abs().max(f64::MIN_POSITIVE) * n as f64 {
        return Err(CavityError::Indefinite { lowest, shift: -lowest });
    }
    let kept: Vec<usize> = (0..n).rev().filter(|m| values[*m] > RANK * highest).collect();
    let column = |m: usize| -> Vec<f64> {
        let vector: Vec<f64> = (0..n).map(|i| vectors[i * n + m]).collect();
        let largest = vector.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
        vector.iter().map(|v| values[m].sqrt() * largest.signum() * v).collect()
    };
    let columns: Vec<Vec<f64>> = kept.iter().map(|m| column(*m)).collect();
    let coupling = (0..n).flat_map(|i| columns.iter().map(move |c| c[i])).collect();
    Ok((coupling, columns.len()))
}
