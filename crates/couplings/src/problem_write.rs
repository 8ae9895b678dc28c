//! Problems as text of the formats that [`crate::read_problem`] reads.

use std::fmt::Write as _;
use std::path::Path;

use crate::{Couplings, Measure};

/// Why a problem cannot be written as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// An ending that names no format.
    #[error("an ending `{ending}` names no format; use .qubo, .coo, .mtx, or .txt for rudy")]
    Ending {
        /// The ending.
        ending: String,
    },
    /// Fields where the format has none.
    #[error("{format} has no place for the fields h; write .qubo or .coo")]
    Fields {
        /// The format.
        format: &'static str,
    },
}

/// The text of a problem in the format that the ending of `path` names, and what a reader must know of it. Numbers are written so that they come back to the bit.
///
/// `.qubo`: x_i = (1 + s_i)/2. `.coo`: spins in dimod's sign, J_dimod = -J and h_dimod = -h. `.mtx`: J, its lower triangle. `.txt`: a graph of weights -J.
///
/// # Errors
///
/// If the ending names no format, or the format has no fields and `fields` are not all 0.
pub fn write_problem(
    couplings: &dyn Couplings,
    fields: &[f64],
    measure: Measure,
    path: &Path,
) -> Result<(String, String), WriteError> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let bare = |format: &'static str| {
        if fields.iter().any(|h| *h != 0.0) { Err(WriteError::Fields { format }) } else { Ok(()) }
    };
    let n = couplings.len();
    let mut pairs = Vec::new();
    for i in 0..n {
        couplings.visit_row(i, &mut |j, value| {
            if i < j {
                pairs.push((i, j, value));
            }
        });
    }
    let offset = match measure {
        Measure::Objective { offset } => offset,
        _ => 0.0,
    };
    Ok(match ending.as_str() {
        "qubo" => qubo(fields, &pairs, offset),
        "coo" => {
            let mut out = String::from("# vartype=SPIN\n");
            terms(&mut out, fields.iter().map(|h| -h), pairs.iter().map(|&(i, j, v)| (i, j, -v)));
            (out, format!("objective = value of the file + {offset}"))
        }
        "mtx" => {
            bare("Matrix Market")?;
            let mut out = format!("%%MatrixMarket matrix coordinate real symmetric\n{n} {n} {}\n", pairs.len());
            for (i, j, value) in &pairs {
                let _ = writeln!(out, "{} {} {value}", j + 1, i + 1);
            }
            (out, "J, its lower triangle".into())
        }
        "txt" | "rudy" => {
            bare("rudy")?;
            let mut out = format!("{n} {}\n", pairs.len());
            for (i, j, value) in &pairs {
                let _ = writeln!(out, "{} {} {}", i + 1, j + 1, -value);
            }
            (out, "a graph of weights -J".into())
        }
        _ => return Err(WriteError::Ending { ending }),
    })
}

/// Linear terms that are not 0, then pairs.
fn terms(out: &mut String, linear: impl Iterator<Item = f64>, pairs: impl Iterator<Item = (usize, usize, f64)>) {
    for (i, value) in linear.enumerate() {
        if value != 0.0 {
            let _ = writeln!(out, "{i} {i} {value}");
        }
    }
    for (i, j, value) in pairs {
        let _ = writeln!(out, "{i} {j} {value}");
    }
}

/// s = 2 x - 1: b_ij = -4 J_ij, a_i = -2 h_i + 2 sum_j J_ij, and E = value + sum h - sum_{i<j} J.
fn qubo(fields: &[f64], pairs: &[(usize, usize, f64)], offset: f64) -> (String, String) {
    let mut linear: Vec<f64> = fields.iter().map(|h| -2.0 * h).collect();
    let mut constant = offset + fields.iter().sum::<f64>();
    for &(i, j, value) in pairs {
        linear[i] += 2.0 * value;
        linear[j] += 2.0 * value;
        constant -= value;
    }
    let count = linear.iter().filter(|a| **a != 0.0).count();
    let mut out = format!("p qubo 0 {} {count} {}\n", fields.len(), pairs.len());
    terms(&mut out, linear.into_iter(), pairs.iter().map(|&(i, j, v)| (i, j, -4.0 * v)));
    (out, format!("objective = value of the file + {constant}, x = (1 + s)/2"))
}
