//! A network stored by its non-zero entries (compressed sparse rows).

use crate::{Couplings, CouplingsError};

/// Sparse symmetric matrix: both entries of every stored pair, row by row, columns ascending.
///
/// Memory is 16 bytes per stored entry and 8 per element. `entry` costs a binary search in the row, `local_field` O(degree),
/// `apply` O(entries x columns).
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse {
    starts: Vec<usize>,
    columns: Vec<usize>,
    values: Vec<f64>,
}

impl Sparse {
    /// The network on n elements with J_ij = J_ji = value for each `(i, j, value)`; every pair is listed once.
    ///
    /// A pair may have i > j, and i = j sets a diagonal entry. Zeros are stored as given.
    ///
    /// # Errors
    ///
    /// If n is 0 or too large for memory, an index is not below n, a value is not finite, or a pair is listed twice.
    pub fn from_pairs(n: usize, pairs: &[(usize, usize, f64)]) -> Result<Self, CouplingsError> {
        if n == 0 {
            return Err(CouplingsError::NoElements);
        }
        let mut starts: Vec<usize> = Vec::new();
        if n == usize::MAX || starts.try_reserve_exact(n + 1).is_err() {
            return Err(CouplingsError::Memory { n, bytes: 8.0 * n as f64 });
        }
        starts.resize(n + 1, 0);
        let mut entries = Vec::with_capacity(2 * pairs.len());
        for &(i, j, value) in pairs {
            if i >= n || j >= n {
                return Err(CouplingsError::Index { i, j, n });
            }
            if !value.is_finite() {
                return Err(CouplingsError::NotFinite { i, j, value });
            }
            entries.push((i, j, value));
            if i != j {
                entries.push((j, i, value));
            }
        }
        entries.sort_unstable_by_key(|&(i, j, _)| (i, j));
        if let Some(twice) = entries.windows(2).find(|w| (w[0].0, w[0].1) == (w[1].0, w[1].1)) {
            let (i, j, _) = twice[0];
            return Err(CouplingsError::Repeated { i, j });
        }
        for &(i, ..) in &entries {
            starts[i + 1] += 1;
        }
        for i in 0..n {
            starts[i + 1] += starts[i];
        }
        Ok(Self {
            starts,
            columns: entries.iter().map(|&(_, j, _)| j).collect(),
            values: entries.iter().map(|&(.., value)| value).collect(),
        })
    }

    /// The stored entries of row i as (column, value), columns ascending.
    pub fn neighbours(&self, i: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[i]..self.starts[i + 1];
        let columns = self.columns[range.clone()].iter().copied();
        columns.zip(self.values[range].iter().copied())
    }

    /// Number of stored entries, both of each pair.
    pub fn stored(&self) -> usize {
        self.values.len()
    }
}

impl Couplings for Sparse {
    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn entry(&self, i: usize, j: usize) -> f64 {
        let range = self.starts[i]..self.starts[i + 1];
        match self.columns[range.clone()].binary_search(&j) {
            Ok(at) => self.values[range.start + at],
            Err(_) => 0.0,
        }
    }

    fn row(&self, i: usize, out: &mut [f64]) {
        out.fill(0.0);
        for (j, value) in self.neighbours(i) {
            out[j] = value;
        }
    }

    fn visit_row(&self, i: usize, visit: &mut dyn FnMut(usize, f64)) {
        self.neighbours(i).filter(|&(_, value)| value != 0.0).for_each(|(j, value)| visit(j, value));
    }

    fn apply(&self, x: &[f64], y: &mut [f64], columns: usize) {
        if columns == 0 {
            return;
        }
        for (i, y) in y.chunks_exact_mut(columns).enumerate() {
            y.fill(0.0);
            for (j, value) in self.neighbours(i) {
                let x = &x[j * columns..(j + 1) * columns];
                crate::couplings::add_scaled(value, x, y);
            }
        }
    }

    fn local_field(&self, i: usize, s: &[f64]) -> f64 {
        let others = self.neighbours(i).filter(|&(j, _)| j != i);
        others.map(|(j, value)| value * s[j]).sum()
    }

    fn spectral_bounds(&self) -> (f64, f64) {
        let mut bounds = (f64::INFINITY, f64::NEG_INFINITY);
        for i in 0..self.len() {
            let (mut centre, mut radius) = (0.0, 0.0);
            for (j, value) in self.neighbours(i) {
                if i == j {
                    centre = value;
                } else {
                    radius += value.abs();
                }
            }
            bounds = (bounds.0.min(centre - radius), bounds.1.max(centre + radius));
        }
        bounds
    }

    /// Nothing to find: the constructor admits only finite values and stores both entries of a pair.
    fn check(&self) -> Result<(), CouplingsError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_pairs_are_refused_with_the_pair() {
        let message = |n, pairs: &[_]| Sparse::from_pairs(n, pairs).unwrap_err().to_string();
        assert_eq!(
            message(3, &[(0, 3, 1.0)]),
            "the pair (0, 3) lies outside a network of 3 elements (indices count from 0)"
        );
        assert_eq!(message(3, &[(0, 1, 1.0), (1, 0, 1.0)]), "the pair (0, 1) is given twice; list every pair once");
        assert_eq!(
            message(3, &[(2, 1, f64::INFINITY)]),
            "J[2,1] = inf, expected a finite number (indices count from 0)"
        );
        assert_eq!(message(0, &[]), "the network has 0 elements, expected at least 1");
        assert!(message(1 << 60, &[]).contains("GiB"));
    }
}
