//! The annihilation operator of one bosonic mode inside a product of factors.

use super::{Diagonal, Operator, Sparse, diagonal::axpy};
use num_complex::Complex64;
use std::sync::Arc;

/// c a (or c a^dag) on the mode with `levels` Fock states; a|n> = sqrt(n)|n-1>, cut at n = levels - 1.
///
/// Basis index = outer * (levels * inner) + n * inner + rest, where `inner` is the dimension of the less significant
/// factors and `outer` that of the more significant ones.
#[derive(Clone, Debug)]
pub struct Ladder {
    /// Factor c.
    pub factor: Complex64,
    /// Number of Fock states kept.
    pub levels: usize,
    /// Dimension of the factors less significant than the mode.
    pub inner: usize,
    /// Dimension of the factors more significant than the mode.
    pub outer: usize,
    /// True for the creation operator.
    pub raising: bool,
}

impl Ladder {
    /// c a on a mode that is the whole space.
    pub fn annihilation(factor: Complex64, levels: usize) -> Self {
        Self { factor, levels, inner: 1, outer: 1, raising: false }
    }

    fn rows(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        (0..self.outer).flat_map(move |o| {
            (1..self.levels).flat_map(move |n| {
                (0..self.inner).map(move |k| {
                    let at = |level: usize| (o * self.levels + level) * self.inner + k;
                    let (to, from) = if self.raising { (at(n), at(n - 1)) } else { (at(n - 1), at(n)) };
                    (to, from, (n as f64).sqrt())
                })
            })
        })
    }
}

impl Operator for Ladder {
    fn dim(&self) -> usize {
        self.outer * self.levels * self.inner
    }

    fn apply_add(&self, scale: Complex64, x: &[f64], y: &mut [f64], columns: usize) {
        let half = self.dim() * columns;
        let (xr, xi) = x.split_at(half);
        let (yr, yi) = y.split_at_mut(half);
        for (to, from, root) in self.rows() {
            let s = scale * self.factor * root;
            let (to, from) = (to * columns..(to + 1) * columns, from * columns..(from + 1) * columns);
            axpy(s.re, s.im, &xr[from.clone()], &xi[from], &mut yr[to.clone()], &mut yi[to]);
        }
    }

    fn adjoint(&self) -> Arc<dyn Operator> {
        Arc::new(Self { factor: self.factor.conj(), raising: !self.raising, ..self.clone() })
    }

    fn gram(&self) -> Arc<dyn Operator> {
        let mut entries = vec![Complex64::ZERO; self.dim()];
        for (_, from, root) in self.rows() {
            entries[from] = Complex64::from(self.factor.norm_sqr() * root * root);
        }
        Arc::new(Diagonal::new(&entries))
    }

    fn square(&self) -> Arc<dyn Operator> {
        let a = Sparse::from_entries(self.dim(), self.rows().map(|(r, c, v)| (r, c, self.factor * v)));
        Arc::new(a.product(&a))
    }
}
