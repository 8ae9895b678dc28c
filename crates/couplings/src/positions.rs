//! Positions of elements in a plane.

use std::path::{Path, PathBuf};

use lightfall_core::rng::Purpose;
use rand::RngExt;
use rand_distr::StandardNormal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::parameter::{one, require};
use crate::{BuildSite, CouplingsError, FileFormat, files};

/// Where the elements stand in the plane, in any unit of length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Positions {
    /// A CSV file with one line `x, y` per element, relative to the folder of the model file.
    File(PathBuf),
    /// A CSV file with one line `instance, x, y` per element: device instance k stands at the lines with the k-th smallest number.
    Instances(PathBuf),
    /// Independent Gaussian coordinates about the origin, drawn anew for every instance.
    Drawn {
        /// Standard deviation of each coordinate, at least 0.
        #[schemars(range(min = 0.0))]
        sigma: f64,
    },
    /// On the x axis: element k at (k `spacing`, 0).
    Line {
        /// Distance of neighbours.
        #[serde(default = "one")]
        spacing: f64,
    },
    /// On a square grid, row by row: element k at ((k mod `columns`) `spacing`, floor(k / `columns`) `spacing`).
    Grid {
        /// Elements in a row, at least 1.
        #[schemars(range(min = 1))]
        columns: usize,
        /// Distance of neighbours.
        #[serde(default = "one")]
        spacing: f64,
    },
    /// Those of `of`, each coordinate displaced by an independent Gaussian number, drawn anew for every instance.
    Jittered {
        /// Where the elements are meant to stand.
        of: Box<Positions>,
        /// Standard deviation of the displacement, at least 0.
        #[schemars(range(min = 0.0))]
        sigma: f64,
    },
    /// Evenly on a circle about the origin: element k at the angle 2 pi k / n.
    Circle {
        /// Radius of the circle.
        #[serde(default = "one")]
        radius: f64,
    },
}

impl Positions {
    /// The positions (x, y) of `n` elements, or of all elements of the file if `n` is `None`.
    ///
    /// Drawn positions take the couplings stream of the instance from its start, in the order x_0, y_0, x_1, y_1, ...
    ///
    /// # Errors
    ///
    /// If a length is out of range, the file cannot be used or holds another number of positions, or `n` is `None` without
    /// a file.
    pub fn place(&self, n: Option<usize>, site: &BuildSite<'_>) -> Result<Vec<(f64, f64)>, CouplingsError> {
        match *self {
            Self::File(ref path) => read(path, n, site),
            Self::Instances(ref path) => read_instance(path, n, site),
            Self::Drawn { sigma } => {
                let expected = "a finite length, at least 0";
                require("sigma", sigma, sigma.is_finite() && sigma >= 0.0, expected)?;
                let mut rng = site.streams.open(Purpose::Couplings, 0);
                each(n, |_, _| {
                    let x: f64 = rng.sample(StandardNormal);
                    let y: f64 = rng.sample(StandardNormal);
                    (sigma * x, sigma * y)
                })
            }
            Self::Line { spacing } => {
                require("spacing", spacing, spacing.is_finite(), LENGTH)?;
                each(n, |k, _| (k as f64 * spacing, 0.0))
            }
            Self::Grid { columns, spacing } => {
                require("columns", columns as f64, columns > 0, "at least 1")?;
                require("spacing", spacing, spacing.is_finite(), LENGTH)?;
                let place = |k| k as f64 * spacing;
                each(n, |k, _| (place(k % columns), place(k / columns)))
            }
            Self::Jittered { ref of, sigma } => {
                let expected = "a finite length, at least 0";
                require("sigma", sigma, sigma.is_finite() && sigma >= 0.0, expected)?;
                // A stream of its own: drawn positions have the other.
                let mut rng = site.streams.open(Purpose::Couplings, 1);
                let mut places = of.place(n, site)?;
                for (x, y) in &mut places {
                    let [dx, dy]: [f64; 2] = std::array::from_fn(|_| rng.sample(StandardNormal));
                    (*x, *y) = (*x + sigma * dx, *y + sigma * dy);
                }
                Ok(places)
            }
            Self::Circle { radius } => {
                require("radius", radius, radius.is_finite(), LENGTH)?;
                each(n, |k, n| {
                    let angle = std::f64::consts::TAU * k as f64 / n as f64;
                    (radius * angle.cos(), radius * angle.sin())
                })
            }
        }
    }
}

impl Positions {
    /// Whether they differ between instances.
    pub(crate) fn is_random(&self) -> bool {
        matches!(self, Self::Drawn { .. } | Self::Instances(_) | Self::Jittered { .. })
    }
}

const LENGTH: &str = "a finite length";

/// `place(k, n)` for k = 0 .. n - 1.
fn each(
    n: Option<usize>,
    mut place: impl FnMut(usize, usize) -> (f64, f64),
) -> Result<Vec<(f64, f64)>, CouplingsError> {
    let n = n.ok_or(CouplingsError::MissingSize)?;
    let mut placed = Vec::new();
    if placed.try_reserve_exact(n).is_err() {
        return Err(CouplingsError::Memory { n, bytes: 16.0 * n as f64 });
    }
    placed.extend((0..n).map(|k| place(k, n)));
    Ok(placed)
}

/// Positions from a CSV file of two columns.
fn read(path: &Path, n: Option<usize>, site: &BuildSite<'_>) -> Result<Vec<(f64, f64)>, CouplingsError> {
    let path = site.resolve(path);
    let matrix = files::read_matrix(&path, Some(FileFormat::Csv))?;
    if matrix.columns != 2 {
        let found = matrix.columns;
        return Err(CouplingsError::PositionColumns { path, found, expected: "2, the position x, y" });
    }
    let places = matrix.values.chunks_exact(2).map(|row| (row[0].re, row[1].re)).collect();
    counted(path, places, n)
}

/// The positions of the instance of `site` from a CSV file of three columns.
fn read_instance(path: &Path, n: Option<usize>, site: &BuildSite<'_>) -> Result<Vec<(f64, f64)>, CouplingsError> {
    let path = site.resolve(path);
    let matrix = files::read_matrix(&path, Some(FileFormat::Csv))?;
    if matrix.columns != 3 {
        let found = matrix.columns;
        return Err(CouplingsError::PositionColumns {
            path,
            found,
            expected: "3, the instance and the position: instance, x, y",
        });
    }
    let rows = || matrix.values.chunks_exact(3).map(|row| (row[0].re, (row[1].re, row[2].re)));
    let mut numbers: Vec<f64> = rows().map(|(number, _)| number).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    let wanted = site.streams.instance;
    let Some(number) = usize::try_from(wanted).ok().and_then(|k| numbers.get(k)) else {
        return Err(CouplingsError::PositionInstances { path, found: numbers.len(), wanted });
    };
    counted(path, rows().filter(|(k, _)| k == number).map(|(_, place)| place).collect(), n)
}

/// `places`, if there are as many as asked for.
fn counted(path: PathBuf, places: Vec<(f64, f64)>, n: Option<usize>) -> Result<Vec<(f64, f64)>, CouplingsError> {
    match n {
        Some(n) if n != places.len() => Err(CouplingsError::PositionCount { path, found: places.len(), n }),
        _ => Ok(places),
    }
}
