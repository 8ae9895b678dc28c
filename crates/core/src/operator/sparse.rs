//! Complex sparse matrices: the general case of an operator (a dense matrix is one with full rows).

use super::{Operator, diagonal::axpy};
use num_complex::Complex64;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A square matrix in compressed rows, columns in increasing order within a row.
#[derive(Clone, Debug)]
pub struct Sparse {
    starts: Vec<usize>,
    columns: Vec<usize>,
    values: Vec<Complex64>,
}

impl Sparse {
    /// The matrix with the given (row, column, value) entries, repeated entries summed, zeros dropped. Entries outside
    /// `dim` are ignored.
    pub fn from_entries(dim: usize, entries: impl IntoIterator<Item = (usize, usize, Complex64)>) -> Self {
        let mut map = BTreeMap::<(usize, usize), Complex64>::new();
        for (r, c, v) in entries {
            if r < dim && c < dim {
                *map.entry((r, c)).or_default() += v;
            }
        }
        let (mut starts, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
        let mut entries = map.into_iter().filter(|(_, v)| *v != Complex64::ZERO).peekable();
        for row in 0..dim {
            while let Some(((_, c), v)) = entries.next_if(|((r, _), _)| *r == row) {
                columns.push(c);
                values.push(v);
            }
            starts.push(columns.len());
        }
        Self { starts, columns, values }
    }

    /// The matrix of a dense row-major array of dim^2 entries.
    pub fn from_dense(dim: usize, entries: &[Complex64]) -> Self {
        Self::from_entries(dim, entries.iter().enumerate().map(|(k, &v)| (k / dim, k % dim, v)))
    }

    /// The matrix of `operator`, found column by column: O(D) applications.
    pub fn from_operator<O: Operator + ?Sized>(operator: &O) -> Self {
        let dim = operator.dim();
        let mut entries = Vec::new();
        let (mut x, mut y) = (vec![0.0; 2 * dim], vec![0.0; 2 * dim]);
        for c in 0..dim {
            x[c] = 1.0;
            y.fill(0.0);
            operator.apply_add(Complex64::ONE, &x, &mut y, 1);
            x[c] = 0.0;
            let column = (0..dim).map(|r| (r, c, Complex64::new(y[r], y[dim + r])));
            entries.extend(column.filter(|(.., v)| *v != Complex64::ZERO));
        }
        Self::from_entries(dim, entries)
    }

    /// Stored entries as (row, column, value), row by row.
    pub fn entries(&self) -> impl Iterator<Item = (usize, usize, Complex64)> + '_ {
        (0..self.starts.len() - 1)
            .flat_map(move |r| (self.starts[r]..self.starts[r + 1]).map(move |k| (r, self.columns[k], self.values[k])))
    }

    /// Dense row-major entries.
    pub fn to_dense(&self) -> Vec<Complex64> {
        let dim = self.dim();
        let mut out = vec![Complex64::ZERO; dim * dim];
        for (r, c, v) in self.entries() {
            out[r * dim + c] = v;
        }
        out
    }

    /// Matrix product `self * other`.
    pub fn product(&self, other: &Sparse) -> Sparse {
        let mut entries = Vec::new();
        for (r, k, a) in self.entries() {
            for j in other.starts[k]..other.starts[k + 1] {
                entries.push((r, other.columns[j], a * other.values[j]));
            }
        }
        Sparse::from_entries(self.dim(), entries)
    }

    /// The adjoint as a matrix.
    pub fn adjoint_matrix(&self) -> Sparse {
        Sparse::from_entries(self.dim(), self.entries().map(|(r, c, v)| (c, r, v.conj())))
    }

    /// The Kronecker product: `self` on the more significant factor, `other` on the less significant one.
    pub fn kron(&self, other: &Sparse) -> Sparse {
        let inner = other.dim();
        let entries: Vec<_> = self
            .entries()
            .flat_map(|(r, c, v)| other.entries().map(move |(p, q, w)| (r * inner + p, c * inner + q, v * w)))
            .collect();
        Sparse::from_entries(self.dim() * inner, entries)
    }
}

impl Operator for Sparse {
    fn dim(&self) -> usize {
        self.starts.len() - 1
    }

    fn gram(&self) -> Arc<dyn Operator> {
        Arc::new(self.adjoint_matrix().product(self))
    }

    fn square(&self) -> Arc<dyn Operator> {
        Arc::new(self.product(self))
    }

    fn apply_add(&self, scale: Complex64, x: &[f64], y: &mut [f64], columns: usize) {
        let half = self.dim() * columns;
        let (xr, xi) = x.split_at(half);
        let (yr, yi) = y.split_at_mut(half);
        if columns == 1 {
            for r in 0..self.dim() {
                let mut sum = Complex64::ZERO;
                for k in self.starts[r]..self.starts[r + 1] {
                    let c = self.columns[k];
                    sum += self.values[k] * Complex64::new(xr[c], xi[c]);
                }
                let sum = scale * sum;
                yr[r] += sum.re;
                yi[r] += sum.im;
            }
            return;
        }
        for (r, c, v) in self.entries() {
            let s = scale * v;
            let (to, from) = (r * columns..(r + 1) * columns, c * columns..(c + 1) * columns);
            axpy(s.re, s.im, &xr[from.clone()], &xi[from], &mut yr[to.clone()], &mut yi[to]);
        }
    }

    fn adjoint(&self) -> Arc<dyn Operator> {
        Arc::new(self.adjoint_matrix())
    }
}
