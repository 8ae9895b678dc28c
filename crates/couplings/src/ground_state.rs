//! Exact ground states by enumeration.

use rayon::prelude::*;

use crate::{Couplings, CouplingsError};

/// Largest number of spins that [`ground_state`] enumerates.
pub const SPIN_LIMIT: usize = 30;

/// Largest number of configurations that [`GroundState::configurations`] lists.
pub const CONFIGURATION_LIMIT: usize = 1024;

/// Energies closer than this, over the sum of all |J_ij|, are the same.
const TOLERANCE: f64 = 1e-9;

/// Spins whose 2^10 configurations are one block: two tables of 8 kB, which stay in the first-level cache.
const BLOCK_SPINS: usize = 10;

/// The lowest energy of a network and where it is reached.
#[derive(Clone, Debug, PartialEq)]
pub struct GroundState {
    /// E = -(1/2) sum_{i != j} J_ij s_i s_j of `spins`.
    pub energy: f64,
    /// The ground state of the smallest number in `configurations`; its last spin is +1.
    pub spins: Vec<i8>,
    /// Number of configurations with an energy within 1e-9 sum_{i<j} |J_ij| of the lowest one, Z2 partners included.
    pub degeneracy: u64,
    /// One configuration of each Z2 pair of ground states, the one whose last spin is +1: bit i is 1 where s_i = -1.
    ///
    /// In ascending order, the first [`CONFIGURATION_LIMIT`] of them.
    pub configurations: Vec<u64>,
}

/// The ground state of at most [`SPIN_LIMIT`] spins, by enumeration of all 2^(n-1) pairs {s, -s}.
///
/// A block holds the configurations of the low spins under one configuration of the high ones. Its energies are
/// E(high) - sum_l h_l(high) s_l + E(low): the middle term is built by doubling over the low spins and the last one is a
/// table, so that a configuration costs two additions and one comparison. Each block is computed from J alone, so the
/// result has the same bits for any number of threads. Time O(2^n), memory 8 bytes x 2^(n - 11).
///
/// # Errors
///
/// If there are no spins or more than [`SPIN_LIMIT`], or J is not finite and symmetric.
pub fn ground_state(couplings: &dyn Couplings) -> Result<GroundState, CouplingsError> {
    let n = couplings.len();
    if n == 0 {
        return Err(CouplingsError::NoElements);
    }
    if n > SPIN_LIMIT {
        let limit = SPIN_LIMIT;
        return Err(CouplingsError::TooManySpins { n, limit });
    }
    couplings.check()?;
    let blocks = Blocks::new(n, couplings.to_dense());
    let minima: Vec<f64> = (0..blocks.count())
        .into_par_iter()
        .with_min_len(64)
        .map_init(
            || blocks.workspace(),
            |energies, block| {
                blocks.energies(block, energies);
                minimum(energies)
            },
        )
        .collect();
    let threshold = minimum(&minima) + TOLERANCE * blocks.scale();
    let near: Vec<usize> = (0..blocks.count()).filter(|&block| minima[block] <= threshold).collect();
    let pairs: u64 = near
        .par_iter()
        .with_min_len(64)
        .map_init(
            || blocks.workspace(),
            |energies, &block| {
                blocks.energies(block, energies);
                energies.iter().map(|&energy| u64::from(energy <= threshold)).sum::<u64>()
            },
        )
        .sum();
    let configurations = blocks.list(&near, threshold);
    let first = configurations.first().copied().unwrap_or_default();
    let spins: Vec<i8> = (0..n).map(|i| if first >> i & 1 == 1 { -1 } else { 1 }).collect();
    let real: Vec<f64> = spins.iter().map(|&spin| f64::from(spin)).collect();
    Ok(GroundState { energy: couplings.energy(&real), spins, degeneracy: 2 * pairs, configurations })
}

/// The configurations with last spin +1, in blocks that share their high spins.
struct Blocks {
    n: usize,
    /// Number of low spins.
    low: usize,
    /// J row-major.
    j: Vec<f64>,
    /// Energy of the low spins among themselves, by the bits of their configuration.
    table: Vec<f64>,
}

impl Blocks {
    fn new(n: usize, j: Vec<f64>) -> Self {
        let low = BLOCK_SPINS.min(n - 1);
        let mut table = vec![0.0; 1 << low];
        for (configuration, energy) in table.iter_mut().enumerate() {
            for a in 0..low {
                for b in a + 1..low {
                    *energy -= j[a * n + b] * spin(configuration, a) * spin(configuration, b);
                }
            }
        }
        Self { n, low, j, table }
    }

    /// Number of blocks: the spins between the low ones and the last are free.
    fn count(&self) -> usize {
        1 << (self.n - 1 - self.low)
    }

    /// The largest energy that couplings of these sizes can have.
    fn scale(&self) -> f64 {
        let mut scale = 0.0;
        for a in 0..self.n {
            for b in a + 1..self.n {
                scale += self.j[a * self.n + b].abs();
            }
        }
        scale
    }

    fn workspace(&self) -> Vec<f64> {
        vec![0.0; self.table.len()]
    }

    /// Overwrites `energies` with those of all configurations of block `block`, in the order of their low bits.
    fn energies(&self, block: usize, energies: &mut [f64]) {
        let (n, low) = (self.n, self.low);
        // The last spin has no bit in `block` and so is +1.
        let high = |a: usize| spin(block, a - low);
        let mut base = 0.0;
        for a in low..n {
            for b in a + 1..n {
                base -= self.j[a * n + b] * high(a) * high(b);
            }
        }
        let mut fields = [0.0; BLOCK_SPINS];
        for (l, field) in fields[..low].iter_mut().enumerate() {
            for a in low..n {
                *field += self.j[l * n + a] * high(a);
            }
            base -= *field;
        }
        energies[0] = base;
        for (l, field) in fields[..low].iter().enumerate() {
            let (up, down) = energies.split_at_mut(1 << l);
            for (down, up) in down.iter_mut().zip(up) {
                *down = *up + 2.0 * field;
            }
        }
        for (energy, own) in energies.iter_mut().zip(&self.table) {
            *energy += own;
        }
    }

    /// The first configurations at or below `threshold` in the ascending blocks `near`.
    fn list(&self, near: &[usize], threshold: f64) -> Vec<u64> {
        let mut listed = Vec::new();
        let mut energies = self.workspace();
        for &block in near {
            self.energies(block, &mut energies);
            for (configuration, &energy) in energies.iter().enumerate() {
                if energy <= threshold {
                    // At most 30 bits.
                    listed.push((block << self.low | configuration) as u64);
                    if listed.len() == CONFIGURATION_LIMIT {
                        return listed;
                    }
                }
            }
        }
        listed
    }
}

/// s_i = -1 where bit i of `configuration` is set, otherwise +1.
fn spin(configuration: usize, i: usize) -> f64 {
    if configuration >> i & 1 == 1 { -1.0 } else { 1.0 }
}

/// The smallest value, compared in eight independent lanes so that it vectorises.
fn minimum(values: &[f64]) -> f64 {
    let mut lanes = [f64::INFINITY; 8];
    let mut chunks = values.chunks_exact(8);
    for chunk in &mut chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = if value < *lane { value } else { *lane };
        }
    }
    let rest = chunks.remainder().iter();
    lanes.iter().chain(rest).copied().fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BuildSite, Dense, Sk, Sparse, Topology};
    use lightfall_core::rng::Streams;
    use std::path::Path;
    use std::sync::Arc;

    fn sk(n: usize, instance: u64) -> Arc<dyn Couplings> {
        let site = BuildSite { streams: Streams::new(3, instance), folder: Path::new(".") };
        Sk { n, scale: 1.0 }.build(&site).unwrap()
    }

    /// All configurations, last spin included, one energy at a time.
    fn brute_force(j: &dyn Couplings) -> (f64, Vec<u64>) {
        let n = j.len();
        let energies: Vec<f64> = (0..1usize << n)
            .map(|c| {
                let s: Vec<f64> = (0..n).map(|i| spin(c, i)).collect();
                j.energy(&s)
            })
            .collect();
        let lowest = energies.iter().copied().fold(f64::INFINITY, f64::min);
        let ground = (0..1u64 << n).filter(|&c| energies[c as usize] < lowest + 1e-9);
        (lowest, ground.collect())
    }

    /// Checks the whole answer against the enumeration of all 2^n energies.
    fn agrees(j: &dyn Couplings) {
        let n = j.len();
        let found = ground_state(j).unwrap();
        let (energy, all) = brute_force(j);
        assert!((found.energy - energy).abs() < 1e-12 * n as f64, "n = {n}");
        assert_eq!(found.degeneracy, all.len() as u64, "n = {n}");
        let last_up: Vec<u64> = all.into_iter().filter(|c| c >> (n - 1) & 1 == 0).collect();
        let listed = last_up.len().min(CONFIGURATION_LIMIT);
        assert_eq!(found.configurations, last_up[..listed], "n = {n}");
        for (i, &s) in found.spins.iter().enumerate() {
            assert_eq!(s == -1, found.configurations[0] >> i & 1 == 1);
        }
    }

    #[test]
    fn gaussian_couplings_agree_with_brute_force() {
        for n in 1..=15 {
            agrees(sk(n, n as u64).as_ref());
        }
    }

    #[test]
    fn degenerate_couplings_agree_with_brute_force() {
        for n in 1..=13 {
            // +1, 0 and -1 in a fixed irregular pattern, and a diagonal that must not count.
            let sign = |i: usize, j: usize| ((i * i + j * j + i * j) % 3) as f64 - 1.0;
            let values = (0..n * n).map(|at| sign(at / n, at % n)).collect();
            agrees(&Dense::new(n, values).unwrap());
        }
    }

    #[test]
    fn ferromagnet_has_two_ground_states() {
        for n in [2, 11, 12, 16] {
            let j = Dense::new(n, vec![0.5; n * n]).unwrap();
            let found = ground_state(&j).unwrap();
            assert_eq!(found.energy, -0.5 * (n * (n - 1) / 2) as f64);
            assert_eq!((found.degeneracy, found.configurations), (2, vec![0]));
            assert_eq!(found.spins, vec![1; n]);
        }
    }

    #[test]
    fn antiferromagnet_splits_in_halves() {
        // E = (M^2 - n)/2 with M = sum s = 0 for even n: C(n, n/2) ground states.
        let j = Dense::new(16, vec![-1.0; 256]).unwrap();
        let found = ground_state(&j).unwrap();
        assert_eq!((found.energy, found.degeneracy), (-8.0, 12_870));
        assert_eq!(found.configurations.len(), CONFIGURATION_LIMIT);
        let halves = |c: &u64| c.count_ones() == 8;
        assert!(found.configurations.iter().all(halves));
        assert!(found.configurations.is_sorted());
    }

    #[test]
    fn without_couplings_every_configuration_is_a_ground_state() {
        let j = Sparse::from_pairs(14, &[]).unwrap();
        let found = ground_state(&j).unwrap();
        assert_eq!((found.energy, found.degeneracy), (0.0, 1 << 14));
        assert_eq!(found.configurations, (0..1024).collect::<Vec<u64>>());
    }

    #[test]
    fn gauge_transformation_moves_the_ground_state() {
        let n = 14;
        let j = sk(n, 0);
        let gauge: Vec<f64> = (0..n).map(|i| if i % 3 == 1 { -1.0 } else { 1.0 }).collect();
        let turned = (0..n * n).map(|at| {
            let (a, b) = (at / n, at % n);
            gauge[a] * gauge[b] * j.entry(a, b)
        });
        let turned = ground_state(&Dense::new(n, turned.collect()).unwrap()).unwrap();
        let plain = ground_state(j.as_ref()).unwrap();
        assert!((turned.energy - plain.energy).abs() < 1e-13);
        // s -> xi s, up to the sign that makes the last spin +1.
        let overlap: f64 = (0..n).map(|i| gauge[i] * f64::from(plain.spins[i]) * f64::from(turned.spins[i])).sum();
        assert_eq!(overlap.abs(), n as f64);
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let j = sk(19, 1);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(|| ground_state(j.as_ref()).unwrap())
        };
        let (one, three) = (with(1), with(3));
        assert_eq!(one, three);
        assert_eq!(one.energy.to_bits(), three.energy.to_bits());
    }

    #[test]
    fn too_many_spins_are_refused() {
        let j = Sparse::from_pairs(31, &[]).unwrap();
        assert_eq!(
            ground_state(&j).unwrap_err().to_string(),
            "the ground state of 31 spins cannot be enumerated; the limit is 30"
        );
    }
}
