//! Couplings read from a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use num_complex::Complex64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::couplings::{check_matrix, mean};
use crate::files::{self, Contents, Values};
use crate::parameter::{finite, one};
use crate::storage::{from_pairs, from_values};
use crate::{Asymmetry, BuildSite, Couplings, CouplingsError, FileError, FileFormat, SYMMETRY_TOLERANCE, Topology};

/// Couplings from a file: J itself, or a graph for MaxCut.
///
/// A NumPy (npy, npz), Matrix Market or CSV file holds J, square, real and symmetric, times `scale`. A rudy (Gset) file holds a weighted
/// graph, and J_ij = -`scale` w_ij, so that E = W - 2 cut for `scale` = 1, with W the sum of all weights. A
/// dimod or `.qubo` file holds an objective, whose quadratic part is turned into J; one with linear terms is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The file, relative to the folder of the model file.
    pub path: PathBuf,
    /// Format of the file; guessed from its contents and name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FileFormat>,
    /// Factor on every coupling.
    #[serde(default = "one")]
    pub scale: f64,
}

impl Topology for File {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let scale = self.scale;
        finite("scale", scale)?;
        let path = site.resolve(&self.path);
        let contents = files::read(&path, self.format).map_err(|problem| files::in_file(&path, problem))?;
        couplings(contents, scale).map_err(|e| in_context(&path, e))
    }

    fn example() -> Option<&'static str> {
        Some("path = \"couplings.csv\"")
    }
}

/// An error of a file's contents with its path.
pub(crate) fn in_context(path: &Path, error: Unusable) -> CouplingsError {
    match error {
        Unusable::Contents(problem) => files::in_file(path, problem),
        Unusable::Couplings(CouplingsError::Asymmetric(pair)) => files::in_file(path, FileError::Asymmetric(pair)),
        Unusable::Couplings(error) => error,
    }
}

/// What is wrong with contents, or with the couplings made of them.
pub(crate) enum Unusable {
    Contents(FileError),
    Couplings(CouplingsError),
}

impl From<FileError> for Unusable {
    fn from(problem: FileError) -> Self {
        Self::Contents(problem)
    }
}

impl From<CouplingsError> for Unusable {
    fn from(error: CouplingsError) -> Self {
        Self::Couplings(error)
    }
}

/// The couplings in a file: a matrix times `scale`, or the weights of a graph times -`scale`.
pub(crate) fn couplings(contents: Contents, scale: f64) -> Result<Arc<dyn Couplings>, Unusable> {
    Ok(match contents {
        Contents::Full { rows, columns, values } => {
            let n = square(rows, columns)?;
            let mut values = reals(n, values)?;
            check_matrix(n, |i, j| values[i * n + j])?;
            values.iter_mut().for_each(|value| *value *= scale);
            from_values(n, values)?
        }
        Contents::Entries { rows, columns, entries } => {
            let n = square(rows, columns)?;
            let mut pairs = symmetric_pairs(entries)?;
            pairs.iter_mut().for_each(|pair| pair.2 *= scale);
            from_pairs(n, &pairs)?
        }
        Contents::Graph { n, mut edges } => {
            edges.iter_mut().for_each(|edge| edge.2 *= -scale);
            from_pairs(n, &edges)?
        }
        Contents::WithFields { matrix, fields } => {
            if fields.iter().any(|h| *h != 0.0) {
                return Err(FileError::HasFields.into());
            }
            couplings(*matrix, scale)?
        }
        Contents::Objective { linear, pairs, binary } => {
            let quadratic = crate::problem::Quadratic::of_objective(linear, pairs, binary);
            if quadratic.fields.iter().any(|h| *h != 0.0) {
                return Err(FileError::HasFields.into());
            }
            let pairs: Vec<_> = quadratic.pairs.iter().map(|&(i, j, value)| (i, j, scale * value)).collect();
            from_pairs(quadratic.fields.len(), &pairs)?
        }
    })
}

/// The values of an n x n matrix as real numbers.
pub(crate) fn reals(n: usize, values: Values) -> Result<Vec<f64>, FileError> {
    match values {
        Values::Real(values) => Ok(values),
        Values::Complex(values) => {
            values.into_iter().enumerate().map(|(at, value)| real(at / n, at % n, value)).collect()
        }
    }
}

/// n of an n x n matrix.
pub(crate) fn square(rows: usize, columns: usize) -> Result<usize, FileError> {
    if rows == columns { Ok(rows) } else { Err(FileError::NotSquare { rows, columns }) }
}

/// The real value of an entry.
pub(crate) fn real(row: usize, column: usize, value: Complex64) -> Result<f64, FileError> {
    if value.im == 0.0 { Ok(value.re) } else { Err(FileError::NotReal { row, column, value }) }
}

/// Each pair once, from entries of which (i, j) and (j, i) must agree; an absent one is 0.
fn symmetric_pairs(entries: Vec<(usize, usize, Complex64)>) -> Result<Vec<(usize, usize, f64)>, FileError> {
    let mut largest: f64 = 0.0;
    // Upper-triangle pair -> (J_ij, J_ji); both are the one value on the diagonal.
    let mut pairs: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
    for (i, j, value) in entries {
        let value = real(i, j, value)?;
        largest = largest.max(value.abs());
        let pair = pairs.entry((i.min(j), i.max(j))).or_default();
        if i <= j {
            pair.0 = value;
        }
        if i >= j {
            pair.1 = value;
        }
    }
    let mut listed = Vec::with_capacity(pairs.len());
    for ((i, j), (forward, backward)) in pairs {
        if (forward - backward).abs() > SYMMETRY_TOLERANCE * largest {
            return Err(FileError::Asymmetric(Asymmetry { i, j, forward, backward }));
        }
        listed.push((i, j, mean(forward, backward)));
    }
    Ok(listed)
}
