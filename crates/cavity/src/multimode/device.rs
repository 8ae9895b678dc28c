//! The parameters of the device as a model file gives them.

use super::{CavityError, Mode, Multimode};
use crate::open_ising::SITE_LIMIT;
use lightfall_core::schedule::Schedule;
use lightfall_couplings::{Couplings, read_matrix};
use lightfall_linalg::symmetric_eigen;
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
    /// Delta = w_mode - w_pump: one number for all modes, or a list.
    pub detuning: PerMode,
    /// FIELD decay rate kappa, photon number decays at 2 kappa: one number for all modes, or a list.
    pub kappa: PerMode,
    /// G (atoms x modes) from a file: npy, Matrix Market or CSV, relative to the model file; instead of `[couplings]`. Without it the couplings of the
    /// model are K = G G^T, and the modes that are watched are the principal axes of K, strongest first.
    #[serde(default)]
    pub mode_couplings: Option<PathBuf>,
    /// What stands for K_ii.
    #[serde(default)]
    pub self_term: SelfTerm,
    /// What K_ij, i != j, is divided by.
    #[serde(default)]
    pub normalise: Normalise,
    /// Atoms of two levels at each site, symmetric under exchange: a spin S = atoms/2.
    #[serde(default = "one_atom")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub atoms: usize,
    /// Fock states kept of each mode by the levels `full/..`, 2 or more: one number for all modes, or a list.
    #[serde(default)]
    pub fock: FockStates,
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

/// A number of each mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a number, or a list of numbers, one a mode")]
pub enum PerMode {
    /// The same for all modes.
    All(f64),
    /// One by one.
    Each(Vec<f64>),
}

impl PerMode {
    fn values(&self) -> &[f64] {
        match self {
            Self::All(v) => std::slice::from_ref(v),
            Self::Each(all) => all,
        }
    }

    /// The numbers of `modes` modes.
    fn of(&self, key: &'static str, modes: usize) -> Result<Vec<f64>, CavityError> {
        match self {
            Self::All(v) => Ok(vec![*v; modes]),
            Self::Each(all) if all.len() == modes => Ok(all.clone()),
            Self::Each(all) => Err(CavityError::ModeCount { key, found: all.len(), modes }),
        }
    }
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

/// Fock states of each mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a number of Fock states, or a list with one a mode")]
pub enum FockStates {
    /// The same for all modes.
    All(usize),
    /// One by one.
    Each(Vec<usize>),
}

impl Default for FockStates {
    fn default() -> Self {
        Self::All(6)
    }
}

impl FockStates {
    fn values(&self) -> &[usize] {
        match self {
            Self::All(v) => std::slice::from_ref(v),
            Self::Each(all) => all,
        }
    }
}

fn one_atom() -> usize {
    1
}

fn one() -> f64 {
    1.0
}

/// Most atoms of a site: starts of phase space are sums over them.
const ATOM_LIMIT: usize = 1_000_000;

/// Eigenvalues of K down to this times the largest count as zero.
const RANK: f64 = 1e-12;

fn finite(key: &'static str, value: f64) -> Result<(), CavityError> {
    if value.is_finite() { Ok(()) } else { Err(CavityError::Number { key, value, expected: "a finite number" }) }
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
        for value in self.detuning.values() {
            finite("detuning", *value)?;
        }
        if let Some(kappa) = self.kappa.values().iter().find(|k| !(**k >= 0.0 && k.is_finite())) {
            return Err(CavityError::Number { key: "kappa", value: *kappa, expected });
        }
        if self.mode_couplings.is_none() {
            for (key, of) in [("detuning", &self.detuning), ("kappa", &self.kappa)] {
                if matches!(of, PerMode::Each(_)) {
                    return Err(CavityError::Alike { key });
                }
            }
        }
        let longest = self.detuning.values().len().max(self.kappa.values().len());
        for m in 0..longest {
            let at = |of: &PerMode| of.values().get(m).or(of.values().last()).copied().unwrap_or(f64::NAN);
            let (detuning, kappa) = (at(&self.detuning), at(&self.kappa));
            if detuning == 0.0 && kappa == 0.0 {
                return Err(CavityError::Resonance);
            }
            if kappa == 0.0 && detuning.abs() == self.wz.abs() {
                return Err(CavityError::Driven { detuning, wz: self.wz });
            }
        }
        if !(1..=ATOM_LIMIT).contains(&self.atoms) {
            let expected = "at least 1 atom a site, and at most a million";
            return Err(CavityError::Number { key: "atoms", value: self.atoms as f64, expected });
        }
        if let Some(few) = self.fock.values().iter().find(|n| **n < 2) {
            return Err(CavityError::Number { key: "fock", value: *few as f64, expected: "at least 2 Fock states" });
        }
        if let SelfTerm::Value(value) | SelfTerm::Margin(value) = self.self_term {
            finite("self_term", value)?;
        }
        match &self.ramp {
            Ramp::G(g) => g.compile()?,
            Ramp::J(j) => {
                if let Some(detuning) = self.detuning.values().iter().find(|d| **d <= 0.0) {
                    return Err(CavityError::NoAttraction { found: format!("and detuning = {detuning}") });
                }
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

    /// The device with the given couplings, if `mode_couplings` does not say what they are; relative files are looked up in `folder`.
    ///
    /// # Errors
    ///
    /// [`CavityError`] if a number is out of range, K is not that of a cavity, or the file of G does not fit.
    pub fn build(&self, couplings: Option<&dyn Couplings>, folder: &Path) -> Result<Multimode, CavityError> {
        self.validate()?;
        if let Some(sites) = couplings.map(Couplings::len).filter(|n| *n > SITE_LIMIT) {
            return Err(CavityError::TooManySites { sites });
        }
        let (coupling, columns, kernel) = match (&self.mode_couplings, couplings) {
            (None, Some(couplings)) => {
                let kernel = self.kernel(couplings)?;
                let (coupling, modes) = root(couplings.len(), &kernel)?;
                (coupling, modes, kernel)
            }
            (Some(path), None) => read_g(&folder.join(path))?,
            (Some(_), Some(_)) => return Err(CavityError::Twice),
            (None, None) => return Err(CavityError::Uncoupled),
        };
        let (detuning, kappa) = (self.detuning.of("detuning", columns)?, self.kappa.of("kappa", columns)?);
        let modes: Vec<Mode> =
            detuning.into_iter().zip(kappa).map(|(detuning, kappa)| Mode { detuning, kappa }).collect();
        let g = match (&self.ramp, modes.first()) {
            (Ramp::G(g), _) => g.compile()?,
            (Ramp::J(j), Some(mode)) if modes.iter().all(|m| m == mode) => j.compile()?.root(1.0 / mode.attraction()),
            (Ramp::J(_), _) => return Err(CavityError::NoAttraction { found: "and the modes differ".into() }),
        };
        let sites = kernel.len().isqrt();
        Ok(Multimode { sites, atoms: self.atoms, wz: self.wz, g, modes, coupling, energy: kernel })
    }

    /// Fock states kept of each of `modes` modes.
    ///
    /// # Errors
    ///
    /// [`CavityError::ModeCount`] if it is a list of another length.
    pub fn cuts(&self, modes: usize) -> Result<Vec<usize>, CavityError> {
        match &self.fock {
            FockStates::All(n) => Ok(vec![*n; modes]),
            FockStates::Each(all) if all.len() == modes => Ok(all.clone()),
            FockStates::Each(all) => Err(CavityError::ModeCount { key: "fock", found: all.len(), modes }),
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

/// G (atoms x modes, row-major) of a file, its number of modes, and K = G G^T.
fn read_g(path: &Path) -> Result<(Vec<f64>, usize, Vec<f64>), CavityError> {
    let g = read_matrix(path, None).map_err(CavityError::File)?;
    if g.values.iter().any(|v| v.im != 0.0) {
        return Err(CavityError::Complex { path: path.to_owned() });
    }
    let (sites, modes) = (g.rows, g.columns);
    if sites > SITE_LIMIT {
        return Err(CavityError::TooManySites { sites });
    }
    let coupling: Vec<f64> = g.values.iter().map(|v| v.re).collect();
    let row = |i: usize| &coupling[i * modes..(i + 1) * modes];
    let dot = |k: usize| row(k / sites).iter().zip(row(k % sites)).map(|(a, b)| a * b).sum();
    let kernel = (0..sites * sites).map(dot).collect();
    Ok((coupling, modes, kernel))
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
