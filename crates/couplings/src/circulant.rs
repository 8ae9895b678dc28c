//! Translation-invariant couplings on rings and tori.

use std::collections::BTreeMap;
use std::sync::Arc;

use lightfall_core::formula::Formula;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fft::Filter;
use crate::graphs::volume;
use crate::parameter::{elements, finite};
use crate::{BuildSite, Couplings, CouplingsError, Topology};

/// Names of the components of a distance, for up to three sides.
const COMPONENTS: [&str; 3] = ["d1", "d2", "d3"];

/// Couplings that depend on the distance only, on a ring or a torus: J_ij = c_(|i - j| mod n).
///
/// On a ring of `n` the distance is d = min(|i - j|, n - |i - j|). On a torus of `sizes` (last coordinate fastest) each component is
/// the shorter way round and d is their Euclidean length. c is a list, `values`, with c_d at d = 0, 1, ..., or a formula,
/// `entry`, of d, n, the `parameters` and on up to three sides the components d1, d2, d3 (at least 0). The eigenvalues are
/// the Fourier transform of c and `apply` costs O(n log n) per column.
///
/// Source: Davis, Circulant Matrices (Wiley, 1979), section 3.2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CirculantTopology {
    /// Elements of the ring; either this or `sizes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub n: Option<usize>,
    /// Sides of the torus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sizes: Option<Vec<usize>>,
    /// J at the distances 0, 1, ... on a ring, at most floor(n/2) + 1 of them and 0 beyond; either this or `entry`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<f64>>,
    /// The formula of J at the distance d, from the nearest distance on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// J_ii with a formula.
    #[serde(default)]
    pub diagonal: f64,
    /// Further names of the formula with their values.
    #[serde(default)]
    pub parameters: BTreeMap<String, f64>,
}

impl CirculantTopology {
    fn sides(&self) -> Result<Vec<usize>, CouplingsError> {
        match (self.n, &self.sizes) {
            (Some(n), None) => elements(n).map(|()| vec![n]),
            (None, Some(sizes)) => Ok(sizes.clone()),
            (n, _) => Err(CouplingsError::OneOf { first: "n", second: "sizes", both: n.is_some() }),
        }
    }

    /// c_d of a ring.
    fn listed(&self, values: &[f64], sides: &[usize]) -> Result<Vec<f64>, CouplingsError> {
        let &[n] = sides else {
            return Err(CouplingsError::ValuesOnTorus { sizes: sides.to_vec() });
        };
        let (found, most) = (values.len(), n / 2 + 1);
        if found > most {
            return Err(CouplingsError::RingValues { found, most, n });
        }
        values.iter().try_for_each(|&value| finite("values", value))?;
        let mut c = sequence(n)?;
        for (d, c) in c.iter_mut().enumerate() {
            *c = values.get(d.min(n - d)).copied().unwrap_or(0.0);
        }
        Ok(c)
    }

    /// c from the formula.
    fn evaluated(&self, text: &str, sides: &[usize]) -> Result<Vec<f64>, CouplingsError> {
        finite("diagonal", self.diagonal)?;
        let components = if sides.len() <= COMPONENTS.len() { sides.len() } else { 0 };
        let mut names = vec!["d", "n"];
        names.extend(&COMPONENTS[..components]);
        names.extend(self.parameters.keys().map(String::as_str));
        let formula =
            Formula::parse(text, &names).map_err(|error| CouplingsError::Formula { text: text.to_owned(), error })?;
        let n = volume(sides)?;
        let mut arguments = vec![0.0; 2 + components];
        arguments[1] = n as f64;
        arguments.extend(self.parameters.values());
        let mut c = sequence(n)?;
        for (j, c) in c.iter_mut().enumerate() {
            if j == 0 {
                *c = self.diagonal;
                continue;
            }
            let (mut stride, mut squared) = (n, 0.0);
            for (axis, &side) in sides.iter().enumerate() {
                stride /= side;
                let x = j / stride % side;
                let component = x.min(side - x) as f64;
                squared += component * component;
                if axis < components {
                    arguments[2 + axis] = component;
                }
            }
            // On a ring d is exact; the square root of a square is, too.
            arguments[0] = f64::sqrt(squared);
            *c = formula.eval(&arguments);
            if !c.is_finite() {
                return Err(CouplingsError::FormulaNotFinite { text: text.to_owned(), i: 0, j, value: *c });
            }
        }
        Ok(c)
    }
}

/// n zeros.
fn sequence(n: usize) -> Result<Vec<f64>, CouplingsError> {
    let mut c: Vec<f64> = Vec::new();
    // The transforms take 32 bytes per element on top of these 8.
    if n > 1 << 48 || c.try_reserve_exact(n).is_err() {
        return Err(CouplingsError::Memory { n, bytes: 40.0 * n as f64 });
    }
    c.resize(n, 0.0);
    Ok(c)
}

impl Topology for CirculantTopology {
    fn build(&self, _: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let sides = self.sides()?;
        volume(&sides)?;
        let c = match (&self.values, &self.entry) {
            (Some(values), None) => self.listed(values, &sides)?,
            (None, Some(text)) => self.evaluated(text, &sides)?,
            (values, _) => {
                return Err(CouplingsError::OneOf { first: "values", second: "entry", both: values.is_some() });
            }
        };
        Ok(Arc::new(Circulant::new(sides, c)))
    }

    fn example() -> Option<&'static str> {
        Some("n = 32\nentry = \"cos(k*d)/d\"\nparameters = { k = 1.2 }")
    }
}

/// J_ij = c_(j - i) on a torus; c even. Memory 8 n bytes for c and 24 n for the filter, `apply` O(n log n) per column.
struct Circulant {
    sides: Vec<usize>,
    c: Vec<f64>,
    filter: Filter,
    bounds: (f64, f64),
}

impl Circulant {
    fn new(sides: Vec<usize>, c: Vec<f64>) -> Self {
        let (filter, lambda) = Filter::new(&sides, &c);
        let lo = lambda.iter().fold(f64::INFINITY, |a, &v| a.min(v));
        let hi = lambda.iter().fold(f64::NEG_INFINITY, |a, &v| a.max(v));
        // Rounding of a transform is below a few eps log2(n) of the sum of magnitudes.
        let sum: f64 = c.iter().map(|c| c.abs()).sum();
        let slack = 4.0 * f64::EPSILON * (2.0 + (c.len() as f64).log2()) * sum;
        Self { sides, c, filter, bounds: (lo - slack, hi + slack) }
    }

    /// Index of the displacement from i to j.
    fn displacement(&self, i: usize, j: usize) -> usize {
        let (mut stride, mut at) = (self.c.len(), 0);
        for &side in &self.sides {
            stride /= side;
            let (x, y) = (i / stride % side, j / stride % side);
            at += if y >= x { y - x } else { y + side - x } * stride;
        }
        at
    }
}

impl Couplings for Circulant {
    fn len(&self) -> usize {
        self.c.len()
    }

    fn entry(&self, i: usize, j: usize) -> f64 {
        self.c[self.displacement(i, j)]
    }

    fn row(&self, i: usize, out: &mut [f64]) {
        let n = self.c.len();
        if self.sides.len() == 1 {
            out[i..].copy_from_slice(&self.c[..n - i]);
            out[..i].copy_from_slice(&self.c[n - i..]);
        } else {
            out.iter_mut().enumerate().for_each(|(j, value)| *value = self.entry(i, j));
        }
    }

    fn apply(&self, x: &[f64], y: &mut [f64], columns: usize) {
        self.filter.apply(x, y, columns);
    }

    /// O(n log n).
    fn energy(&self, s: &[f64]) -> f64 {
        let mut field = vec![0.0; s.len()];
        self.filter.apply(s, &mut field, 1);
        let sum: f64 = s.iter().zip(&field).map(|(s, field)| s * (field - self.c[0] * s)).sum();
        -0.5 * sum
    }

    /// The extreme eigenvalues, widened by their rounding.
    fn spectral_bounds(&self) -> (f64, f64) {
        self.bounds
    }

    /// Nothing to find: c is finite and even.
    fn check(&self) -> Result<(), CouplingsError> {
        Ok(())
    }
}
