//! Entropies and negativities of spins.

use lightfall_core::ensemble::ProcessError;
use lightfall_core::rng::{Purpose, Streams};
use lightfall_linalg::hermitian_eigenvalues;
use num_complex::Complex64;
use rand::RngExt;

/// Equal cuts over which an entropy is averaged, at most.
const CUTS: usize = 10;

pub(super) fn entropy_term(p: f64) -> f64 {
    if p > 0.0 { -p * p.log2() } else { 0.0 }
}

/// -p log2 p - q log2 q with p, q = (1 +- |s|)/2.
pub(super) fn spin_entropy(s: &[f64; 3]) -> f64 {
    let length = (s[0] * s[0] + s[1] * s[1] + s[2] * s[2]).sqrt().min(1.0);
    entropy_term(0.5 * (1.0 + length)) + entropy_term(0.5 * (1.0 - length))
}

/// Eigenvalues of the reduced density matrix of the least significant factor, of `a` states, of a pure state. O(a D).
pub(super) fn half_spectrum(a: usize, psi: &[f64]) -> Result<Vec<f64>, ProcessError> {
    spectrum(a, psi, |row, rest| rest * a + row)
}

/// Entropy of that factor in bits.
pub(super) fn half_entropy(a: usize, psi: &[f64]) -> Result<f64, ProcessError> {
    Ok(half_spectrum(a, psi)?.into_iter().map(entropy_term).sum())
}

/// Eigenvalues of the reduced density matrix of a factor of `a` states; `index(row, rest)` is the amplitude of its state `row` and the state `rest` of all others.
fn spectrum(a: usize, psi: &[f64], index: impl Fn(usize, usize) -> usize) -> Result<Vec<f64>, ProcessError> {
    let dim = psi.len() / 2;
    let rest = dim / a;
    // Rows of the factor side by side: every amplitude is looked up once.
    let amplitude = |at: usize| {
        let k = index(at / rest, at % rest);
        Complex64::new(psi[k], psi[dim + k])
    };
    let rows: Vec<Complex64> = (0..dim).map(amplitude).collect();
    let row = |r: usize| &rows[r * rest..(r + 1) * rest];
    let mut rho = vec![Complex64::ZERO; a * a];
    for r in 0..a {
        for s in 0..=r {
            rho[r * a + s] = row(r).iter().zip(row(s)).map(|(x, y)| x * y.conj()).sum();
        }
    }
    Ok(hermitian_eigenvalues(a, &rho)?)
}

/// The cuts into N/2 and the other sites over which entropies are averaged, as masks of the first part: drawn once for each N.
pub(super) fn cuts(sites: usize) -> Vec<usize> {
    let mut rng = Streams::new(sites as u64, 0).open(Purpose::Cuts, 0);
    let mut found: Vec<usize> = Vec::new();
    // A few sites have fewer cuts than are drawn.
    for _ in 0..CUTS {
        let mut order: Vec<usize> = (0..sites).collect();
        for k in 0..sites / 2 {
            order.swap(k, k + rng.random_range(0..sites - k));
        }
        let mask: usize = order[..sites / 2].iter().map(|i| 1 << i).sum();
        if !found.contains(&mask) {
            found.push(mask);
        }
    }
    found
}

/// The bits of `x` at the set bits of `mask`.
fn spread(x: usize, mask: usize) -> usize {
    let (mut left, mut out, mut k) = (mask, 0, 0);
    while left != 0 {
        let bit = left & left.wrapping_neg();
        if x >> k & 1 == 1 {
            out |= bit;
        }
        left ^= bit;
        k += 1;
    }
    out
}

/// Mean over `cuts` of the entropy between the two parts of a pure state of spins 1/2, in bits.
pub(super) fn cut_entropy(cuts: &[usize], psi: &[f64]) -> Result<f64, ProcessError> {
    let all = psi.len() / 2 - 1;
    let mut sum = 0.0;
    for mask in cuts {
        let values = spectrum(1 << mask.count_ones(), psi, |r, rest| spread(r, *mask) | spread(rest, all & !mask))?;
        sum += values.into_iter().map(entropy_term).sum::<f64>();
    }
    Ok(sum / cuts.len().max(1) as f64)
}

/// ||rho^{T_A}||_1 of a pure state from its Schmidt spectrum: (sum sqrt p)^2.
pub(super) fn pure_trace_norm(spectrum: &[f64]) -> f64 {
    spectrum.iter().map(|p| p.max(0.0).sqrt()).sum::<f64>().powi(2)
}

/// ||rho^{T_A}||_1 for the least significant factor, of `a` states, of a density matrix in split row-major storage. O(D^3).
pub(super) fn trace_norm(a: usize, rho: &[f64]) -> Result<f64, ProcessError> {
    let dim = (rho.len() / 2).isqrt();
    let transposed = |k: usize| {
        let (r, c) = (k / dim, k % dim);
        let (r, c) = (r / a * a + c % a, c / a * a + r % a);
        Complex64::new(rho[r * dim + c], rho[dim * dim + r * dim + c])
    };
    let matrix: Vec<Complex64> = (0..dim * dim).map(transposed).collect();
    Ok(hermitian_eigenvalues(dim, &matrix)?.into_iter().map(f64::abs).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use lightfall_core::lindblad::pure_density;

    /// cos |00..> + sin |11..> on the first two of `sites` spins.
    fn bell(sites: usize, angle: f64) -> Vec<f64> {
        let mut psi = vec![0.0; 2 << sites];
        (psi[0], psi[3]) = (angle.cos(), angle.sin());
        psi
    }

    #[test]
    fn two_spins_of_one_bit_have_the_negativity_of_a_textbook() {
        // N = sin(2 a)/2 and S = H(cos^2 a).
        for angle in [0.0, 0.3, std::f64::consts::FRAC_PI_4] {
            let psi = bell(2, angle);
            let spectrum = half_spectrum(2, &psi).unwrap();
            let expected = 1.0 + (2.0 * angle).sin();
            assert!((pure_trace_norm(&spectrum) - expected).abs() < 1e-12);
            assert!((trace_norm(2, &pure_density(&psi)).unwrap() - expected).abs() < 1e-7);
            let entropy = entropy_term(angle.cos().powi(2)) + entropy_term(angle.sin().powi(2));
            assert!((half_entropy(2, &psi).unwrap() - entropy).abs() < 1e-12);
        }
        // The mixture of |00> and |11> is separable.
        let mut rho = vec![0.0; 32];
        (rho[0], rho[15]) = (0.5, 0.5);
        assert!((trace_norm(2, &rho).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn entropy_over_cuts_counts_those_that_part_the_pair() {
        let (sites, psi) = (6, bell(6, std::f64::consts::FRAC_PI_4));
        let cuts = cuts(sites);
        assert!(cuts.len() > 5 && cuts.iter().all(|m| m.count_ones() == 3));
        let parting = cuts.iter().filter(|m| matches!(*m & 3, 1 | 2)).count();
        let expected = parting as f64 / cuts.len() as f64;
        assert!(parting > 0 && parting < cuts.len());
        assert!((cut_entropy(&cuts, &psi).unwrap() - expected).abs() < 1e-12);
    }
}
