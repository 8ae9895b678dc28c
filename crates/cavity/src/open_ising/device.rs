//! The parameters of the device as a model file gives them.

use super::{Glass, Jump};
use lightfall_core::rng::{Purpose, Streams};
use lightfall_core::schedule::{Schedule, ScheduleError};
use lightfall_couplings::{Couplings, CouplingsError, Matrix, read_matrix};
use num_complex::Complex64;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Open Ising glass: H(t) = wz sum sigma^z/2 - g(t) sum_{i<j} J_ij sigma^x_i sigma^x_j with collective jump operators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenIsing {
    /// Transverse field wz: a spin precesses about z at this angular frequency.
    #[serde(default = "one")]
    pub wz: f64,
    /// Pump g(t), multiplying the couplings.
    pub g: Schedule,
    /// Collective jump operators.
    #[serde(default)]
    pub jumps: JumpSource,
    /// Rate gamma_down of single-spin decay, L = sqrt(gamma_down) sigma^- on every spin.
    #[serde(default)]
    pub decay: f64,
    /// Rate gamma_phi at which single-spin coherence decays, L = sqrt(gamma_phi/2) sigma^z on every spin.
    #[serde(default)]
    pub dephasing: f64,
}

/// Where the collective jump operators come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum JumpSource {
    /// No collective jump operators.
    #[default]
    None,
    /// L_k = sqrt(gamma) sum_i c_ki sigma^x_i with c_ki drawn from N(0, 1/N), anew for every instance.
    Drawn(DrawnJumps),
    /// L_k = sqrt(gamma) sum_i c_ki sigma^x_i with c (K x N, real or complex) from a file.
    Matrix(MatrixJumps),
    /// L_k = sum_i (u_ki S^x_i + v_ki S^y_i), S = sigma/2, with u and v (K x N, real or complex) from files.
    Quadratures(QuadratureJumps),
}

/// Drawn jump operators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawnJumps {
    /// Rate gamma.
    pub gamma: f64,
    /// Number of jump operators; N by default.
    pub channels: Option<usize>,
}

/// Jump operators along sigma^x from a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixJumps {
    /// File of c: npy, Matrix Market or CSV, relative to the model file.
    pub c: PathBuf,
    /// Rate gamma.
    #[serde(default = "one")]
    pub gamma: f64,
}

/// Jump operators with both quadratures from files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuadratureJumps {
    /// File of u.
    pub u: PathBuf,
    /// File of v; zero by default.
    pub v: Option<PathBuf>,
}

fn one() -> f64 {
    1.0
}

/// What is wrong with a device.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// A rate below zero or not finite.
    #[error("{key} = {value}, expected a finite rate of at least 0")]
    Rate {
        /// Key in the model file, such as `decay`.
        key: &'static str,
        /// The value.
        value: f64,
    },
    /// A parameter that is not finite.
    #[error("{key} = {value}, expected a finite number")]
    NotFinite {
        /// Key in the model file.
        key: &'static str,
        /// The value.
        value: f64,
    },
    /// The pump.
    #[error("g: {0}")]
    Pump(#[from] ScheduleError),
    /// Too many jump operators are to be drawn.
    #[error("jumps.drawn.channels = {channels}, expected at most {CHANNEL_LIMIT}")]
    JumpCount {
        /// How many.
        channels: usize,
    },
    /// The jump matrix does not fit the couplings.
    #[error(
        "the jump matrix {path} has {columns} columns but the couplings have {sites} spins; give one column per spin (rows are channels)"
    )]
    JumpColumns {
        /// File of the matrix.
        path: PathBuf,
        /// Its columns.
        columns: usize,
        /// Number of spins.
        sites: usize,
    },
    /// u and v of different height.
    #[error("the jump matrices u and v have {u} and {v} rows; give one row per channel in both")]
    JumpRows {
        /// Rows of u.
        u: usize,
        /// Rows of v.
        v: usize,
    },
    /// The file of a jump matrix.
    #[error("{0}")]
    JumpFile(CouplingsError),
    /// The couplings.
    #[error(transparent)]
    Couplings(#[from] CouplingsError),
    /// Too many spins for an index.
    #[error("{sites} spins, expected at most {limit}: a basis index has that many bits")]
    TooManySpins {
        /// Spins asked for.
        sites: usize,
        /// Most spins.
        limit: usize,
    },
}

impl DeviceError {
    /// The key of the device table the error is about, for pointing at its line.
    pub fn key(&self) -> Option<&'static str> {
        match self {
            Self::Rate { key, .. } | Self::NotFinite { key, .. } => Some(key),
            Self::Pump(_) => Some("g"),
            Self::JumpCount { .. } | Self::JumpColumns { .. } | Self::JumpRows { .. } | Self::JumpFile(_) => {
                Some("jumps")
            }
            _ => None,
        }
    }
}

impl OpenIsing {
    /// Checks the parameters that do not depend on the couplings.
    pub fn validate(&self) -> Result<(), DeviceError> {
        if !self.wz.is_finite() {
            return Err(DeviceError::NotFinite { key: "wz", value: self.wz });
        }
        let gamma = match self.jumps {
            JumpSource::Drawn(DrawnJumps { gamma, .. }) | JumpSource::Matrix(MatrixJumps { gamma, .. }) => gamma,
            _ => 0.0,
        };
        for (key, value) in [("decay", self.decay), ("dephasing", self.dephasing), ("gamma", gamma)] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(DeviceError::Rate { key, value });
            }
        }
        self.g.compile()?;
        Ok(())
    }

    /// The device with the given couplings. Drawn jump operators come from the streams of the instance; relative files are looked
    /// up in `folder`.
    pub fn build(&self, couplings: &dyn Couplings, streams: &Streams, folder: &Path) -> Result<Glass, DeviceError> {
        self.validate()?;
        couplings.check()?;
        let sites = couplings.len();
        let limit = super::glass::SITE_LIMIT;
        if sites > limit {
            return Err(DeviceError::TooManySpins { sites, limit });
        }
        Ok(Glass {
            sites,
            wz: self.wz,
            pump: self.g.compile()?,
            couplings: couplings.to_dense(),
            jumps: self.jumps.build(sites, streams, folder)?,
            decay: self.decay,
            dephasing: self.dephasing,
            cavity: None,
        })
    }
}

/// Most jump operators that are drawn.
pub(super) const CHANNEL_LIMIT: usize = 4096;

impl JumpSource {
    fn build(&self, sites: usize, streams: &Streams, folder: &Path) -> Result<Vec<Jump>, DeviceError> {
        let read = |path: &Path| -> Result<Matrix, DeviceError> {
            let m = read_matrix(&folder.join(path), None).map_err(DeviceError::JumpFile)?;
            if m.columns != sites {
                return Err(DeviceError::JumpColumns { path: path.to_owned(), columns: m.columns, sites });
            }
            Ok(m)
        };
        let zero = || vec![Complex64::ZERO; sites];
        // c sigma^x = 2 c S^x.
        let along_x = |gamma: f64, c: &[Complex64]| {
            let u = c.iter().map(|c| 2.0 * gamma.sqrt() * c).collect();
            Jump { u, v: zero() }
        };
        Ok(match self {
            JumpSource::None => Vec::new(),
            JumpSource::Drawn(DrawnJumps { channels: Some(channels), .. }) if *channels > CHANNEL_LIMIT => {
                return Err(DeviceError::JumpCount { channels: *channels });
            }
            JumpSource::Drawn(DrawnJumps { gamma, channels }) => {
                let mut rng = streams.open(Purpose::Jumps, 0);
                let scale = 1.0 / (sites as f64).sqrt();
                let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
                (0..channels.unwrap_or(sites))
                    .map(|_| (0..sites).map(|_| Complex64::from(scale * normal())).collect::<Vec<_>>())
                    .map(|c| along_x(*gamma, &c))
                    .collect()
            }
            JumpSource::Matrix(MatrixJumps { c, gamma }) => {
                read(c)?.values.chunks_exact(sites).map(|c| along_x(*gamma, c)).collect()
            }
            JumpSource::Quadratures(QuadratureJumps { u, v }) => {
                let u = read(u)?;
                let v = v.as_deref().map(read).transpose()?;
                if let Some(v) = v.as_ref().filter(|v| v.rows != u.rows) {
                    return Err(DeviceError::JumpRows { u: u.rows, v: v.rows });
                }
                let row = |m: &Matrix, k: usize| m.values[k * sites..(k + 1) * sites].to_vec();
                (0..u.rows).map(|k| Jump { u: row(&u, k), v: v.as_ref().map_or_else(zero, |v| row(v, k)) }).collect()
            }
        })
    }
}
