//! The choice between a full matrix and sparse rows.

use std::sync::Arc;

use crate::{Couplings, CouplingsError, Dense, Sparse};

/// Below this many elements a full matrix (at most 32 kB) is always the faster choice.
const SMALL: usize = 64;

/// A matrix is stored sparse if fewer than one entry in this many is not zero: sparse rows take twice the memory per
/// entry and gather their operands.
const SPARSENESS: usize = 8;

/// n^2 zeros.
pub(crate) fn zeros(n: usize) -> Result<Vec<f64>, CouplingsError> {
    let mut values: Vec<f64> = Vec::new();
    let length = n.checked_mul(n);
    match length.filter(|&length| values.try_reserve_exact(length).is_ok()) {
        Some(length) => {
            values.resize(length, 0.0);
            Ok(values)
        }
        None => Err(CouplingsError::Memory { n, bytes: 8.0 * (n as f64) * (n as f64) }),
    }
}

/// The network with the row-major matrix `values`, sparse if most of them are zero.
pub(crate) fn from_values(n: usize, values: Vec<f64>) -> Result<Arc<dyn Couplings>, CouplingsError> {
    let dense = Dense::new(n, values)?;
    let stored = dense.values().iter().filter(|&&value| value != 0.0).count();
    if !is_sparse(n, stored) {
        return Ok(Arc::new(dense));
    }
    let mut pairs = Vec::with_capacity(stored / 2 + 1);
    for i in 0..n {
        for j in i..n {
            let value = dense.entry(i, j);
            if value != 0.0 {
                pairs.push((i, j, value));
            }
        }
    }
    Ok(Arc::new(Sparse::from_pairs(n, &pairs)?))
}

/// The network with J_ij = J_ji = value for each pair, listed once; a full matrix if there are many.
pub(crate) fn from_pairs(n: usize, pairs: &[(usize, usize, f64)]) -> Result<Arc<dyn Couplings>, CouplingsError> {
    let sparse = Sparse::from_pairs(n, pairs)?;
    if is_sparse(n, sparse.stored()) {
        return Ok(Arc::new(sparse));
    }
    let mut values = zeros(n)?;
    for (i, row) in values.chunks_exact_mut(n).enumerate() {
        sparse.row(i, row);
    }
    Ok(Arc::new(Dense::new(n, values)?))
}

/// Whether `stored` non-zero entries of an n x n matrix are few.
fn is_sparse(n: usize, stored: usize) -> bool {
    n >= SMALL && stored < n.saturating_mul(n) / SPARSENESS
}
