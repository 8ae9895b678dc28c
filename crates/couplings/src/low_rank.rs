//! Couplings of low rank: storage rules of associative memories.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use lightfall_core::rng::Purpose;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::files::FileError;
use crate::parameter::{elements, finite, one, require};
use crate::{BuildSite, Couplings, CouplingsError, Topology, files};

/// Columns of a batch that are summed together.
const LANES: usize = 8;

/// A pattern is dependent on others if less than this part of it is left beside their span.
const DEPENDENT: f64 = 1e-10;

/// Memory of P patterns x^mu: J of rank P.
///
/// Hebb's rule is J = (scale/n) sum_mu x^mu x^mu^T. The pseudoinverse rule is scale times the projector onto the span of the
/// patterns, X^T (X X^T)^-1 X for rows x^mu of X, of which independent patterns are eigenvectors; dependent patterns add nothing.
/// `apply` costs O(P n) per column and J is never formed.
///
/// Source: Hopfield, Proc. Natl. Acad. Sci. 79, 2554 (1982); Personnaz, Guyon and Dreyfus, J. Physique Lett. 46, L359 (1985).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LowRankTopology {
    /// Number of elements; may be absent if the patterns come from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub n: Option<usize>,
    /// Where the patterns come from.
    pub patterns: Patterns,
    /// How they are stored.
    #[serde(default)]
    pub rule: StorageRule,
    /// Factor on every coupling.
    #[serde(default = "one")]
    pub scale: f64,
    /// Whether J_ii is set to 0.
    #[serde(default)]
    pub zero_diagonal: bool,
}

/// Where patterns come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Patterns {
    /// A matrix file with one pattern per line, of any real values: npy, Matrix Market or CSV, relative to the folder of the
    /// model file.
    File(PathBuf),
    /// Fair signs, pattern by pattern, drawn anew for every instance.
    Drawn {
        /// Number of patterns, at least 1.
        #[schemars(range(min = 1))]
        count: usize,
    },
}

/// How patterns are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StorageRule {
    /// The sum of their outer products over n.
    #[default]
    Hebb,
    /// The projector onto their span.
    Pseudoinverse,
}

impl Topology for LowRankTopology {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        finite("scale", self.scale)?;
        let (n, mut patterns) = match &self.patterns {
            Patterns::File(path) => read(path, self.n, site)?,
            Patterns::Drawn { count } => {
                let n = self.n.ok_or(CouplingsError::MissingSize)?;
                elements(n)?;
                require("count", *count as f64, *count > 0, "at least 1")?;
                let mut rng = site.streams.open(Purpose::Couplings, 0);
                let mut patterns: Vec<f64> = Vec::new();
                let cells = n.checked_mul(*count).filter(|&cells| patterns.try_reserve_exact(cells).is_ok());
                let cells = cells.ok_or(CouplingsError::Memory { n, bytes: 8.0 * n as f64 * *count as f64 })?;
                patterns.extend((0..cells).map(|_| if rng.random::<bool>() { 1.0 } else { -1.0 }));
                (n, patterns)
            }
        };
        let factor = match self.rule {
            StorageRule::Hebb => self.scale / n as f64,
            StorageRule::Pseudoinverse => {
                patterns = orthonormal(n, patterns);
                self.scale
            }
        };
        let rank = patterns.len() / n;
        let mut factors = vec![0.0; patterns.len()];
        for (mu, pattern) in patterns.chunks_exact(n).enumerate() {
            pattern.iter().enumerate().for_each(|(i, &x)| factors[i * rank + mu] = x);
        }
        Ok(Arc::new(LowRank::new(n, rank, factors, factor, self.zero_diagonal)?))
    }

    fn is_random(&self) -> bool {
        matches!(self.patterns, Patterns::Drawn { .. })
    }

    fn example() -> Option<&'static str> {
        Some("n = 32\npatterns = { drawn = { count = 3 } }\nrule = \"hebb\"")
    }
}

/// n and the patterns of a file, one after the other.
fn read(path: &Path, n: Option<usize>, site: &BuildSite<'_>) -> Result<(usize, Vec<f64>), CouplingsError> {
    let path = site.resolve(path);
    let matrix = files::read_matrix(&path, None)?;
    let found = matrix.columns;
    if let Some(n) = n.filter(|&n| n != found) {
        return Err(CouplingsError::PatternLength { path, found, n });
    }
    elements(found)?;
    let mut values = Vec::with_capacity(matrix.values.len());
    for (k, value) in matrix.values.into_iter().enumerate() {
        let (row, column) = (k / found, k % found);
        if value.im != 0.0 {
            return Err(files::in_file(&path, FileError::NotReal { row, column, value }));
        }
        if !value.re.is_finite() {
            return Err(files::in_file(&path, FileError::NotFinite { row, column, value: value.re, line: None }));
        }
        values.push(value.re);
    }
    Ok((found, values))
}

/// An orthonormal basis of the span of the patterns, by Gram and Schmidt, each step twice.
fn orthonormal(n: usize, patterns: Vec<f64>) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let mut basis: Vec<f64> = Vec::with_capacity(patterns.len());
    for pattern in patterns.chunks_exact(n) {
        let mut rest = pattern.to_vec();
        let before = dot(&rest, &rest).sqrt();
        for _ in 0..2 {
            for unit in basis.chunks_exact(n) {
                let along = dot(unit, &rest);
                crate::couplings::add_scaled(-along, unit, &mut rest);
            }
        }
        let norm = dot(&rest, &rest).sqrt();
        if norm > DEPENDENT * before {
            basis.extend(rest.iter().map(|x| x / norm));
        }
    }
    basis
}

/// J = c F F^T, optionally without its diagonal; F has n rows and P columns.
///
/// Memory 8 P n bytes. `entry` O(P); `row`, `local_field`, `energy` O(P n); `apply` O(P n columns).
#[derive(Debug)]
pub struct LowRank {
    n: usize,
    rank: usize,
    /// F row-major.
    factors: Vec<f64>,
    scale: f64,
    /// c |F_i|^2 of each element.
    diagonal: Vec<f64>,
    zero_diagonal: bool,
    bounds: (f64, f64),
    /// Workspaces of P `columns` numbers, taken and given back by `apply`.
    spare: Mutex<Vec<Vec<f64>>>,
}

impl LowRank {
    /// J = `scale` F F^T with F row-major, n rows of `rank` values; without its diagonal if `zero_diagonal`.
    ///
    /// # Errors
    ///
    /// If n is 0, `factors` does not have n `rank` values, J is not finite, or the eigenvalues of the P x P matrix F^T F do not
    /// converge.
    pub fn new(
        n: usize,
        rank: usize,
        factors: Vec<f64>,
        scale: f64,
        zero_diagonal: bool,
    ) -> Result<Self, CouplingsError> {
        elements(n)?;
        if n.checked_mul(rank) != Some(factors.len()) {
            return Err(CouplingsError::Factors { n, rank, found: factors.len() });
        }
        let row = |i: usize| &factors[i * rank..(i + 1) * rank];
        let diagonal: Vec<f64> = (0..n).map(|i| scale * dot(row(i), row(i))).collect();
        if let Some(i) = diagonal.iter().position(|value| !value.is_finite()) {
            return Err(CouplingsError::NotFinite { i, j: i, value: diagonal[i] });
        }
        let bounds = bounds(n, rank, &factors, scale, zero_diagonal.then_some(&diagonal))?;
        Ok(Self { n, rank, factors, scale, diagonal, zero_diagonal, bounds, spare: Mutex::default() })
    }

    /// P, the number of columns of F.
    pub fn rank(&self) -> usize {
        self.rank
    }

    fn row_of(&self, i: usize) -> &[f64] {
        &self.factors[i * self.rank..(i + 1) * self.rank]
    }

    /// t <- F^T x.
    fn project(&self, x: &[f64], t: &mut [f64], columns: usize) {
        t.fill(0.0);
        for (j, x) in x.chunks_exact(columns).enumerate() {
            let row = self.row_of(j);
            if let [x] = x {
                crate::couplings::add_scaled(*x, row, t);
            } else {
                for (t, &f) in t.chunks_exact_mut(columns).zip(row) {
                    crate::couplings::add_scaled(f, x, t);
                }
            }
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// sum_mu f_mu t_mu of `L` columns from `at` on, in four sums over mu mod 4, the same for any `L`.
#[inline(always)]
fn gather<const L: usize>(f: &[f64], t: &[f64], columns: usize, at: usize) -> [f64; L] {
    let mut sums = [[0.0; L]; 4];
    for (mu, &f) in f.iter().enumerate() {
        let t = &t[mu * columns + at..mu * columns + at + L];
        let sum = &mut sums[mu % 4];
        for (sum, t) in sum.iter_mut().zip(t) {
            *sum += f * t;
        }
    }
    std::array::from_fn(|l| (sums[0][l] + sums[1][l]) + (sums[2][l] + sums[3][l]))
}

impl Couplings for LowRank {
    fn len(&self) -> usize {
        self.n
    }

    fn entry(&self, i: usize, j: usize) -> f64 {
        match i == j {
            true if self.zero_diagonal => 0.0,
            true => self.diagonal[i],
            false => self.scale * dot(self.row_of(i), self.row_of(j)),
        }
    }

    fn apply(&self, x: &[f64], y: &mut [f64], columns: usize) {
        if columns == 0 {
            return;
        }
        let spare = || self.spare.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut t = spare().pop().unwrap_or_default();
        t.resize(self.rank * columns, 0.0);
        self.project(x, &mut t, columns);
        for (i, (y, x)) in y.chunks_exact_mut(columns).zip(x.chunks_exact(columns)).enumerate() {
            let f = self.row_of(i);
            let own = if self.zero_diagonal { self.diagonal[i] } else { 0.0 };
            let whole = columns - columns % LANES;
            for at in (0..whole).step_by(LANES) {
                let sums: [f64; LANES] = gather(f, &t, columns, at);
                for (l, sum) in sums.into_iter().enumerate() {
                    y[at + l] = self.scale * sum - own * x[at + l];
                }
            }
            for at in whole..columns {
                let [sum] = gather(f, &t, columns, at);
                y[at] = self.scale * sum - own * x[at];
            }
        }
        spare().push(t);
    }

    fn local_field(&self, i: usize, s: &[f64]) -> f64 {
        let f = self.row_of(i);
        let field = |range: std::ops::Range<usize>| -> f64 { range.map(|j| dot(f, self.row_of(j)) * s[j]).sum() };
        self.scale * (field(0..i) + field(i + 1..self.n))
    }

    /// -(c/2) |F^T s|^2 and half the diagonal's part taken away. O(P n).
    fn energy(&self, s: &[f64]) -> f64 {
        let mut t = vec![0.0; self.rank];
        self.project(s, &mut t, 1);
        let own: f64 = self.diagonal.iter().zip(s).map(|(d, s)| d * s * s).sum();
        0.5 * (own - self.scale * dot(&t, &t))
    }

    /// The extreme eigenvalues of c F^T F, and 0 if P < n; shifted by Weyl's inequality if the diagonal is left out.
    fn spectral_bounds(&self) -> (f64, f64) {
        self.bounds
    }

    /// Nothing to find: the constructor admits only finite values and J is symmetric by construction.
    fn check(&self) -> Result<(), CouplingsError> {
        Ok(())
    }
}

/// Bounds of the spectrum of `scale` F F^T less `diagonal`, from the eigenvalues of F^T F or F F^T, whichever is smaller: with m = min(n, P), O(m n P + m^3).
fn bounds(
    n: usize,
    rank: usize,
    factors: &[f64],
    scale: f64,
    diagonal: Option<&Vec<f64>>,
) -> Result<(f64, f64), CouplingsError> {
    if rank == 0 {
        return Ok((0.0, 0.0));
    }
    let side = rank.min(n);
    let mut gram: Vec<f64> = Vec::new();
    let cells = side.checked_mul(side).filter(|&cells| gram.try_reserve_exact(cells).is_ok());
    gram.resize(cells.ok_or(CouplingsError::Memory { n, bytes: 8.0 * (side as f64).powi(2) })?, 0.0);
    let row = |i: usize| &factors[i * rank..(i + 1) * rank];
    if rank <= n {
        for row in (0..n).map(row) {
            for (gram, &f) in gram.chunks_exact_mut(rank).zip(row) {
                crate::couplings::add_scaled(f, row, gram);
            }
        }
    } else {
        gram.iter_mut().enumerate().for_each(|(k, g)| *g = dot(row(k / n), row(k % n)));
    }
    let (values, _) = lightfall_linalg::symmetric_eigen(side, &gram)?;
    let extremes = values.into_iter().chain((rank < n).then_some(0.0)).map(|value| scale * value);
    let (mut lo, mut hi) = extremes.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
    // Rounding of the Gram matrix and of its eigenvalues.
    let slack = 4.0 * f64::EPSILON * (n + rank) as f64 * lo.abs().max(hi.abs());
    if let Some(diagonal) = diagonal {
        let least = diagonal.iter().fold(f64::INFINITY, |a, &d| a.min(d));
        let most = diagonal.iter().fold(f64::NEG_INFINITY, |a, &d| a.max(d));
        (lo, hi) = (lo - most, hi - least);
    }
    Ok((lo - slack, hi + slack))
}
