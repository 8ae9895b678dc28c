//! A network stored as a full matrix.

use crate::couplings::{add_scaled, check_matrix, mean};
use crate::{Couplings, CouplingsError};

/// Full symmetric matrix: n^2 values, exactly symmetric and finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    n: usize,
    values: Vec<f64>,
}

impl Dense {
    /// The network with the row-major n x n matrix `values`.
    ///
    /// An asymmetry within [`SYMMETRY_TOLERANCE`](crate::SYMMETRY_TOLERANCE) is rounding: both entries become their mean.
    ///
    /// # Errors
    ///
    /// If n is 0, `values` does not have n^2 values, one of them is not finite, or J is not symmetric.
    pub fn new(n: usize, mut values: Vec<f64>) -> Result<Self, CouplingsError> {
        if n == 0 {
            return Err(CouplingsError::NoElements);
        }
        if n.checked_mul(n) != Some(values.len()) {
            let found = values.len();
            return Err(CouplingsError::Length { n, found });
        }
        check_matrix(n, |i, j| values[i * n + j])?;
        for i in 0..n {
            for j in i + 1..n {
                let (upper, lower) = (i * n + j, j * n + i);
                let mean = mean(values[upper], values[lower]);
                values[upper] = mean;
                values[lower] = mean;
            }
        }
        Ok(Self { n, values })
    }

    /// J row-major.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// J x of one vector: the sums of eight rows at a time, which a processor adds side by side, each in the order of [`Couplings::apply`].
    fn apply_one(&self, x: &[f64], y: &mut [f64]) {
        const ROWS: usize = 8;
        let n = self.n;
        for (block, y) in y.chunks_mut(ROWS).enumerate() {
            let first = block * ROWS;
            if y.len() < ROWS {
                for (r, y) in y.iter_mut().enumerate() {
                    *y = self.row_of(first + r).iter().zip(x).fold(0.0, |sum, (j, x)| sum + j * x);
                }
                return;
            }
            let rows: [&[f64]; ROWS] = std::array::from_fn(|r| &self.row_of(first + r)[..n]);
            let mut sums = [0.0; ROWS];
            for (j, x) in x[..n].iter().enumerate() {
                for r in 0..ROWS {
                    sums[r] += rows[r][j] * x;
                }
            }
            y.copy_from_slice(&sums);
        }
    }

    fn row_of(&self, i: usize) -> &[f64] {
        &self.values[i * self.n..(i + 1) * self.n]
    }
}

impl Couplings for Dense {
    fn len(&self) -> usize {
        self.n
    }

    fn entry(&self, i: usize, j: usize) -> f64 {
        self.row_of(i)[j]
    }

    fn row(&self, i: usize, out: &mut [f64]) {
        out.copy_from_slice(self.row_of(i));
    }

    fn visit_row(&self, i: usize, visit: &mut dyn FnMut(usize, f64)) {
        for (j, value) in self.row_of(i).iter().enumerate() {
            if *value != 0.0 {
                visit(j, *value);
            }
        }
    }

    fn apply(&self, x: &[f64], y: &mut [f64], columns: usize) {
        if columns == 0 {
            return;
        }
        if columns == 1 {
            return self.apply_one(x, y);
        }
        let rows = self.values.chunks_exact(self.n);
        for (y, row) in y.chunks_exact_mut(columns).zip(rows) {
            y.fill(0.0);
            for (x, value) in x.chunks_exact(columns).zip(row) {
                add_scaled(*value, x, y);
            }
        }
    }

    fn local_field(&self, i: usize, s: &[f64]) -> f64 {
        let row = self.row_of(i);
        let dot = |row: &[f64], s: &[f64]| -> f64 { row.iter().zip(s).map(|(j, s)| j * s).sum() };
        dot(&row[..i], &s[..i]) + dot(&row[i + 1..], &s[i + 1..])
    }

    fn to_dense(&self) -> Vec<f64> {
        self.values.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_matrices_are_refused_with_the_entry() {
        let message = |n, values: &[f64]| Dense::new(n, values.to_vec()).unwrap_err().to_string();
        assert_eq!(message(0, &[]), "the network has 0 elements, expected at least 1");
        assert_eq!(message(2, &[0.0, 1.0, 1.0]), "J has 3 values, expected 4 for n = 2");
        assert_eq!(
            message(2, &[0.0, f64::NAN, 1.0, 0.0]),
            "J[0,1] = NaN, expected a finite number (indices count from 0)"
        );
        assert_eq!(
            message(3, &[0.0, 1.0, 2.0, 1.0, 0.0, 0.5, 2.0, 0.75, 0.0]),
            "J is not symmetric: |J[1,2] - J[2,1]| = 0.25, from 0.5 and 0.75 (indices count from 0); \
             replace J by (J + J^T)/2 if that is meant"
        );
    }

    #[test]
    fn rounding_asymmetry_is_averaged() {
        let j = Dense::new(2, vec![0.0, 1.0, 1.0 + 4e-12, 0.0]).unwrap();
        assert_eq!(j.entry(0, 1), j.entry(1, 0));
        assert!((j.entry(0, 1) - (1.0 + 2e-12)).abs() < 1e-15);
        assert!(Dense::new(2, vec![0.0, 1.0, 1.0 + 4e-10, 0.0]).is_err());
    }
}
