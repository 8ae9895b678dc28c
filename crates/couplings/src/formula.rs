//! Couplings given by a formula.

use std::collections::BTreeMap;
use std::sync::Arc;

use lightfall_core::formula::{Formula, FormulaErrorKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::storage::{from_values, zeros};
use crate::{BuildSite, Couplings, CouplingsError, Positions, SYMMETRY_TOLERANCE, Topology};

/// Names that every entry formula has.
const INDICES: [&str; 3] = ["i", "j", "n"];

/// Names that an entry formula has if there are positions.
const PLACES: [&str; 5] = ["xi", "yi", "xj", "yj", "r"];

/// Couplings J_ij given by a formula in the indices and positions of the elements.
///
/// The formula may use the indices `i` and `j`, counted from 0, the number of elements `n`, the `parameters`, and, if
/// `positions` are given, the coordinates `xi` `yi` `xj` `yj` and the distance `r`. An example is
/// `entry = "cos(2*(xi*xj + yi*yj)/w^2)"` with `parameters = { w = 1.5 }`. The formula is evaluated for every ordered pair
/// and must be symmetric. O(n^2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormulaTopology {
    /// Number of elements; may be absent if the positions come from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub n: Option<usize>,
    /// The formula of J_ij.
    pub entry: String,
    /// Positions of the elements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positions: Option<Positions>,
    /// Whether J_ii follows from the formula, too; otherwise it is 0.
    #[serde(default)]
    pub diagonal: bool,
    /// Further names with their values.
    #[serde(default)]
    pub parameters: BTreeMap<String, f64>,
}

impl FormulaTopology {
    /// The formula over `INDICES`, `PLACES` if there are positions, and the parameters.
    fn formula(&self) -> Result<Formula, CouplingsError> {
        let mut names = INDICES.to_vec();
        if self.positions.is_some() {
            names.extend(PLACES);
        }
        names.extend(self.parameters.keys().map(String::as_str));
        Formula::parse(&self.entry, &names).map_err(|error| {
            let text = self.entry.clone();
            match error.kind() {
                FormulaErrorKind::UnknownName { name, .. } if PLACES.contains(&name.as_str()) => {
                    let name = name.clone();
                    CouplingsError::NeedsPositions { text, name, error }
                }
                _ => CouplingsError::Formula { text, error },
            }
        })
    }
}

impl Topology for FormulaTopology {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let formula = self.formula()?;
        let positions = match &self.positions {
            Some(positions) => Some(positions.place(self.n, site)?),
            None => None,
        };
        let n = match &positions {
            Some(positions) => positions.len(),
            None => self.n.ok_or(CouplingsError::MissingSize)?,
        };
        let mut arguments = vec![0.0; INDICES.len()];
        arguments[2] = n as f64;
        if positions.is_some() {
            arguments.resize(INDICES.len() + PLACES.len(), 0.0);
        }
        arguments.extend(self.parameters.values());
        let mut values = zeros(n)?;
        for i in 0..n {
            for j in 0..n {
                if i == j && !self.diagonal {
                    continue;
                }
                arguments[0] = i as f64;
                arguments[1] = j as f64;
                if let Some(positions) = &positions {
                    let ((xi, yi), (xj, yj)) = (positions[i], positions[j]);
                    let r = (xi - xj).hypot(yi - yj);
                    arguments[3..8].copy_from_slice(&[xi, yi, xj, yj, r]);
                }
                let value = formula.eval(&arguments);
                if !value.is_finite() {
                    let text = self.entry.clone();
                    return Err(CouplingsError::FormulaNotFinite { text, i, j, value });
                }
                values[i * n + j] = value;
            }
        }
        self.check_symmetric(n, &values)?;
        from_values(n, values)
    }

    fn is_random(&self) -> bool {
        self.positions.as_ref().is_some_and(Positions::is_random)
    }

    fn example() -> Option<&'static str> {
        Some("n = 32\nentry = \"exp(-r)*cos(3*r)\"\npositions = { grid = { columns = 8 } }")
    }
}

impl FormulaTopology {
    /// Refuses an asymmetry beyond rounding, in terms of the formula.
    fn check_symmetric(&self, n: usize, values: &[f64]) -> Result<(), CouplingsError> {
        let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        for i in 0..n {
            for j in i + 1..n {
                let (forward, backward) = (values[i * n + j], values[j * n + i]);
                if (forward - backward).abs() > SYMMETRY_TOLERANCE * largest {
                    return Err(CouplingsError::FormulaAsymmetric {
                        text: self.entry.clone(),
                        i,
                        j,
                        forward,
                        backward,
                    });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lightfall_core::rng::Streams;
    use std::path::Path;

    fn site(instance: u64) -> BuildSite<'static> {
        BuildSite { streams: Streams::new(5, instance), folder: Path::new(".") }
    }

    fn build(toml: &str) -> Result<Arc<dyn Couplings>, CouplingsError> {
        toml::from_str::<FormulaTopology>(toml).unwrap().build(&site(0))
    }

    fn message(toml: &str) -> String {
        match build(toml) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn indices_count_from_zero_and_the_diagonal_is_off() {
        let j = build("n = 4\nentry = 'n + 10*(i + j) + a*i*j'\nparameters = { a = 0.25 }").unwrap();
        for i in 0..4 {
            for k in 0..4 {
                let formula = 4.0 + 10.0 * (i + k) as f64 + 0.25 * (i * k) as f64;
                let expected = if i == k { 0.0 } else { formula };
                assert_eq!(j.entry(i, k), expected);
            }
        }
        let j = build("n = 4\nentry = 'i + j'\ndiagonal = true").unwrap();
        assert_eq!(j.entry(3, 3), 6.0);
    }

    #[test]
    fn positions_on_line_grid_and_circle() {
        let r = |toml: &str| build(toml).unwrap();
        let line = r("n = 5\nentry = 'r'\npositions = { line = { spacing = 1.5 } }");
        let grid = r("n = 6\nentry = '100*r + (xi + xj) + 10*(yi + yj)'\npositions.grid.columns = 3");
        let circle = r("n = 8\nentry = 'r'\npositions.circle.radius = 2");
        for i in 0..5usize {
            for k in 0..5usize {
                assert_eq!(line.entry(i, k), 1.5 * i.abs_diff(k) as f64);
            }
        }
        // Elements 1 and 5 stand at (1, 0) and (2, 1).
        assert_eq!(grid.entry(1, 5), 100.0 * 2.0f64.sqrt() + 13.0);
        for i in 0..8usize {
            for k in 0..8usize {
                // Chord of the angle between the two.
                let half = std::f64::consts::PI * i.abs_diff(k) as f64 / 8.0;
                assert!((circle.entry(i, k) - 4.0 * half.sin()).abs() < 4e-15);
            }
        }
    }

    #[test]
    fn drawn_positions_follow_the_law_and_the_instance() {
        let (n, sigma) = (300, 2.0);
        let text = format!("n = {n}\nentry = 'r^2'\npositions.drawn.sigma = {sigma}");
        let topology: FormulaTopology = toml::from_str(&text).unwrap();
        assert!(topology.is_random());
        let j = topology.build(&site(0)).unwrap();
        assert_eq!(j.to_dense(), topology.build(&site(0)).unwrap().to_dense());
        assert_ne!(j.to_dense(), topology.build(&site(1)).unwrap().to_dense());
        // sum_{i<j} r_ij^2 = n sum_i |x_i - mean|^2, and sum |x_i - mean|^2 / sigma^2 is chi-squared with 2(n - 1) degrees
        // of freedom: mean 2(n - 1), variance 4(n - 1).
        let half: f64 = 0.5 * j.to_dense().iter().sum::<f64>();
        let chi = half / (n as f64 * sigma * sigma);
        let freedom = 2.0 * (n - 1) as f64;
        assert!((chi - freedom).abs() < 4.0 * (2.0 * freedom).sqrt());
    }

    #[test]
    fn positions_from_a_file_set_the_size() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("p.csv"), "# x, y\n0, 0\n3, 4\n6, 8\n").unwrap();
        std::fs::write(folder.path().join("q.csv"), "1 2 3\n").unwrap();
        let site = BuildSite { folder: folder.path(), ..site(0) };
        let build = |toml: &str| toml::from_str::<FormulaTopology>(toml).unwrap().build(&site);
        let j = build("entry = 'r'\npositions.file = 'p.csv'").unwrap();
        assert_eq!(j.to_dense(), [0.0, 5.0, 10.0, 5.0, 0.0, 5.0, 10.0, 5.0, 0.0]);
        let message = |toml: &str| build(toml).err().map(|error| error.to_string());
        let at = |file: &str| folder.path().join(file).display().to_string();
        assert_eq!(
            message("n = 4\nentry = 'r'\npositions.file = 'p.csv'").unwrap(),
            format!("{} holds 3 positions, expected n = 4; remove n or correct it", at("p.csv"))
        );
        assert_eq!(
            message("entry = 'r'\npositions.file = 'q.csv'").unwrap(),
            format!("{} has 3 values per line, expected 2, the position x, y", at("q.csv"))
        );
    }

    #[test]
    fn refusals_say_where_and_why() {
        for (toml, expected) in [
            (
                "n = 3\nentry = 'cos(2*i'",
                "the formula `cos(2*i` cannot be read: column 8: found the end of the formula, expected an operator or `)` \
                 to close the `(` at column 4",
            ),
            (
                "n = 3\nentry = 'xi*xj'",
                "the formula `xi*xj` uses `xi`, which needs positions; set positions to one of file, drawn, line, grid, \
                 circle",
            ),
            (
                "n = 3\nentry = '1'\nparameters = { i = 2.0 }",
                "the formula `1` cannot be read: `i` names two values; rename one of them",
            ),
            (
                "n = 3\nentry = '1/(i + j - 3)'",
                "the formula `1/(i + j - 3)` is inf at i = 1, j = 2, expected a finite number",
            ),
            (
                "n = 3\nentry = 'i - j'",
                "the formula `i - j` is not symmetric: -1 at i = 0, j = 1 but 1 at i = 1, j = 0; write it so that \
                 exchanging i and j changes nothing",
            ),
            (
                "entry = '1'",
                "n is missing; set n, or read the positions from a file with positions = { file = \"...\" }",
            ),
            ("n = 0\nentry = '1'", "the network has 0 elements, expected at least 1"),
            ("n = 2\nentry = 'r'\npositions.drawn.sigma = -1", "sigma = -1, expected a finite length, at least 0"),
            ("n = 2\nentry = 'r'\npositions.grid.columns = 0", "columns = 0, expected at least 1"),
            ("n = 2\nentry = 'r'\npositions.line.spacing = inf", "spacing = inf, expected a finite length"),
        ] {
            assert_eq!(message(toml), expected);
        }
        for typo in ["n = 3\nentri = '1'", "n = 3\nentry = '1'\npositions.drawn.sigmma = 1"] {
            assert!(toml::from_str::<FormulaTopology>(typo).is_err());
        }
    }
}
