//! Meshes against the matrices they stand for, closed forms of a single interferometer, and the laws of their errors.

mod chip;
mod exact;
mod laws;
mod limits;

use super::*;
use crate::detector::normal;
use lightfall_core::rng::{Draws, Purpose, Streams};

pub(super) const LAYOUTS: [Layout; 2] = [Layout::Reck, Layout::Clements];

pub(super) fn draws(seed: u64, device: u64) -> Draws {
    Draws::new(&Streams::new(seed, device), Purpose::Couplings, 0)
}

/// A Haar-random matrix, unitary or orthogonal: normal numbers, rows orthonormalised twice.
pub(super) fn haar(n: usize, real: bool, draws: &mut Draws) -> Vec<Complex64> {
    let mut u: Vec<Complex64> =
        (0..n * n).map(|_| Complex64::new(normal(draws), if real { 0.0 } else { normal(draws) })).collect();
    for row in 0..n {
        let (before, rest) = u.split_at_mut(row * n);
        let own = &mut rest[..n];
        for _ in 0..2 {
            for other in before.chunks_exact(n) {
                let along: Complex64 = own.iter().zip(other).map(|(x, o)| x * o.conj()).sum();
                own.iter_mut().zip(other).for_each(|(x, o)| *x -= along * o);
            }
            let norm = own.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt();
            own.iter_mut().for_each(|x| *x /= norm);
        }
    }
    u
}

/// |a - b|_F^2/N, which is eps^2.
pub(super) fn error(a: &[Complex64], b: &[Complex64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).norm_sqr()).sum::<f64>() / (a.len() as f64).sqrt()
}

/// The largest element of |a - b|.
pub(super) fn distance(a: &[Complex64], b: &[Complex64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max)
}

/// A device with these tolerances.
pub(super) fn device(n: usize, tolerances: Tolerances, seed: u64) -> Imperfections {
    Imperfections::draw(n, &tolerances, &mut draws(seed, 1)).unwrap()
}
