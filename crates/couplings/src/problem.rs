//! Optimisation problems in files: couplings with fields, whatever way their numbers are meant.

use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::file::{Unusable, couplings, in_context, real, reals, square};
use crate::files::{self, Contents};
use crate::storage::from_pairs;
use crate::{Couplings, CouplingsError, FileError, FileFormat, Measure};

/// What the numbers of a matrix or graph mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reading {
    /// Couplings J of E(s) = -(1/2) sum_{i != j} J_ij s_i s_j, to be made small.
    Ising,
    /// Weights w of a graph whose cut sum_{i<j} w_ij (1 - s_i s_j)/2 is to be made large: J = -w.
    MaxCut,
    /// A matrix Q, symmetric or not, of x^T Q x with x_i = 0 or 1, to be made small; x_i = (1 + s_i)/2.
    Qubo,
}

/// A problem of spins: E(s) = -(1/2) sum_{i != j} J_ij s_i s_j - sum_i h_i s_i, each pair once.
#[derive(Clone)]
pub struct ProblemFile {
    /// J.
    pub couplings: Arc<dyn Couplings>,
    /// h_i, n of them.
    pub fields: Vec<f64>,
    /// What the file counts.
    pub measure: Measure,
    /// Whether its variables are 0 and 1, v = (1 + s)/2, instead of spins.
    pub binary: bool,
}

/// Couplings of pairs, fields and a constant: objective = offset - sum_{i<j} J_ij s_i s_j - sum_i h_i s_i.
pub(crate) struct Quadratic {
    pub(crate) fields: Vec<f64>,
    pub(crate) pairs: Vec<(usize, usize, f64)>,
    pub(crate) offset: f64,
}

impl Quadratic {
    /// The objective sum_i a_i v_i + sum_{i<j} b_ij v_i v_j.
    ///
    /// Of spins, J = -b and h = -a. Of variables 0 and 1, v = (1 + s)/2: J = -b/4, h_i = -a_i/2 - sum_j b_ij/4, and the constant is sum a/2 + sum b/4.
    pub(crate) fn of_objective(linear: Vec<f64>, mut pairs: Vec<(usize, usize, f64)>, binary: bool) -> Self {
        if !binary {
            pairs.iter_mut().for_each(|pair| pair.2 = -pair.2);
            return Self { fields: linear.iter().map(|a| -a).collect(), pairs, offset: 0.0 };
        }
        let mut offset: f64 = linear.iter().map(|a| 0.5 * a).sum();
        let mut fields: Vec<f64> = linear.iter().map(|a| -0.5 * a).collect();
        for (i, j, value) in &mut pairs {
            let quarter = 0.25 * *value;
            fields[*i] -= quarter;
            fields[*j] -= quarter;
            offset += quarter;
            *value = -quarter;
        }
        Self { fields, pairs, offset }
    }

    fn problem(self, binary: bool) -> Result<ProblemFile, CouplingsError> {
        let couplings = from_pairs(self.fields.len(), &self.pairs)?;
        Ok(ProblemFile { couplings, fields: self.fields, measure: Measure::Objective { offset: self.offset }, binary })
    }
}

/// Reads a problem. The format is guessed if it is `None`; numbers of a graph are weights of a cut and those of a matrix are couplings unless `reading` says otherwise.
///
/// The sign of dimod's spins is turned: its E = sum h_i s_i + sum_{i<j} J_ij s_i s_j gives J = -J_dimod and h = -h_dimod. Its text holds no offset, so that
/// the objective is that of dimod less its offset.
///
/// # Errors
///
/// [`CouplingsError::File`] with the path, the place, what was found and what would be right.
pub fn read_problem(
    path: &Path,
    format: Option<FileFormat>,
    reading: Option<Reading>,
) -> Result<ProblemFile, CouplingsError> {
    let contents = files::read(path, format).map_err(|problem| files::in_file(path, problem))?;
    problem(contents, reading).map_err(|e| in_context(path, e))
}

fn problem(contents: Contents, reading: Option<Reading>) -> Result<ProblemFile, Unusable> {
    if let Contents::WithFields { matrix, fields } = contents {
        if let Some(reading) = reading.filter(|reading| *reading != Reading::Ising) {
            return Err(FileError::Meaning { reading: name(reading) }.into());
        }
        let problem = problem(*matrix, reading)?;
        let n = problem.couplings.len();
        if fields.len() != n {
            return Err(FileError::Archive { error: format!("{} fields h for {n} spins", fields.len()) }.into());
        }
        return Ok(ProblemFile { fields, ..problem });
    }
    let reading = match (&contents, reading) {
        (Contents::Objective { .. }, Some(reading)) => return Err(FileError::Meaning { reading: name(reading) }.into()),
        (Contents::Objective { .. }, None) => Reading::Qubo,
        (Contents::Graph { .. }, reading) => reading.unwrap_or(Reading::MaxCut),
        (_, reading) => reading.unwrap_or(Reading::Ising),
    };
    if let Contents::Objective { linear, pairs, binary } = contents {
        return Ok(Quadratic::of_objective(linear, pairs, binary).problem(binary)?);
    }
    if reading == Reading::Qubo {
        return Ok(objective(contents)?.problem(true)?);
    }
    // A graph's weights come out of `couplings` with their sign turned.
    let turned = matches!(contents, Contents::Graph { .. }) == (reading == Reading::Ising);
    let couplings = couplings(contents, if turned { -1.0 } else { 1.0 })?;
    let n = couplings.len();
    let measure = match reading {
        Reading::MaxCut => Measure::Cut { total_weight: -pair_sum(couplings.as_ref()) },
        _ => Measure::Energy,
    };
    Ok(ProblemFile { couplings, fields: vec![0.0; n], measure, binary: false })
}

/// sum_{i<j} J_ij.
fn pair_sum(couplings: &dyn Couplings) -> f64 {
    let mut sum = 0.0;
    for i in 0..couplings.len() {
        couplings.visit_row(i, &mut |j, value| {
            if i < j {
                sum += value;
            }
        });
    }
    sum
}

/// x^T Q x of the matrix or graph, with both entries of a pair added up.
fn objective(contents: Contents) -> Result<Quadratic, FileError> {
    let mut linear;
    let mut pairs: std::collections::BTreeMap<(usize, usize), f64> = std::collections::BTreeMap::new();
    let mut add = |linear: &mut Vec<f64>, i: usize, j: usize, value: f64| {
        if i == j {
            linear[i] += value;
        } else if value != 0.0 {
            *pairs.entry((i.min(j), i.max(j))).or_default() += value;
        }
    };
    match contents {
        Contents::Full { rows, columns, values } => {
            let n = square(rows, columns)?;
            linear = vec![0.0; n];
            let values = reals(n, values)?;
            values.iter().enumerate().for_each(|(at, value)| add(&mut linear, at / n, at % n, *value));
        }
        Contents::Entries { rows, columns, entries } => {
            linear = vec![0.0; square(rows, columns)?];
            for (i, j, value) in entries {
                add(&mut linear, i, j, real(i, j, value)?);
            }
        }
        Contents::Graph { n, edges } => {
            linear = vec![0.0; n];
            edges.iter().for_each(|&(i, j, value)| add(&mut linear, i, j, value));
        }
        Contents::WithFields { .. } | Contents::Objective { .. } => return Err(FileError::NotAMatrix),
    }
    let pairs = pairs.into_iter().map(|((i, j), value)| (i, j, value)).collect();
    Ok(Quadratic::of_objective(linear, pairs, true))
}

fn name(reading: Reading) -> &'static str {
    match reading {
        Reading::Ising => "ising",
        Reading::MaxCut => "max-cut",
        Reading::Qubo => "qubo",
    }
}
