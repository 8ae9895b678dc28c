//! Houdayer's cluster moves.

use super::replicas::Replicas;
use crate::{Network, Rows};
use lightfall_core::rng::LaneWords;

/// A cluster of more than this part of the spins is given up: the move would be one of names, and growing it takes long.
const LARGE: usize = 4;

/// Sweeps without cluster moves at a rung after one was given up, doubled each time to at most so many.
const REST: u64 = 64;

/// What cluster moves remember.
pub(super) struct Clusters<'a> {
    network: &'a Network,
    /// Round in which a site was last seen.
    seen: Vec<u64>,
    round: u64,
    cluster: Vec<usize>,
    /// For each rung the sweep of its next move, and the length of its last rest.
    rests: Vec<(u64, u64)>,
}

impl<'a> Clusters<'a> {
    pub(super) fn new(network: &'a Network, rungs: usize) -> Self {
        Self { network, seen: vec![0; network.n], round: 0, cluster: Vec::new(), rests: vec![(0, 1); rungs] }
    }

    /// In sweep `now`, unless the rung rests, grows the cluster of sites where replicas `pair` differ around a random one of them, and lets them change places there.
    pub(super) fn exchange<R: Replicas>(
        &mut self,
        replicas: &mut R,
        pair: [usize; 2],
        (rung, now): (usize, u64),
        words: &mut LaneWords,
    ) {
        let Rows::Sparse(rows) = &self.network.rows else { return };
        let n = self.network.n;
        let (due, rest) = &mut self.rests[rung];
        if now < *due {
            return;
        }
        let differ = |replicas: &R, i: usize| replicas.spin(pair[0], i) != replicas.spin(pair[1], i);
        let start = ((u64::from(words.words()[0]) * n as u64) >> 32) as usize;
        let Some(first) = (0..n).map(|k| (start + k) % n).find(|i| differ(replicas, *i)) else { return };
        self.round += 1;
        self.cluster.clear();
        self.cluster.push(first);
        self.seen[first] = self.round;
        let mut next = 0;
        while let Some(&i) = self.cluster.get(next) {
            next += 1;
            for at in rows.starts[i] as usize..rows.starts[i + 1] as usize {
                let j = rows.columns[at] as usize;
                if self.seen[j] != self.round && differ(replicas, j) {
                    self.seen[j] = self.round;
                    self.cluster.push(j);
                }
            }
            if self.cluster.len() > n / LARGE {
                *rest = (2 * *rest).min(REST);
                *due = now + *rest;
                return;
            }
        }
        *rest = 1;
        for i in &self.cluster {
            replicas.flip(pair[0], *i);
            replicas.flip(pair[1], *i);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pt::replicas::Whole;
    use crate::sa::{REPLICAS, WholeState};
    use lightfall_core::rng::{Purpose, Streams};
    use lightfall_couplings::Sparse;

    #[test]
    fn cluster_moves_keep_the_sum_of_the_energies_and_move_both() {
        // A ladder of 100 spins with signs of both kinds.
        let sign = |k: usize| if (1.7 * k as f64).sin() > 0.0 { 1.0 } else { -1.0 };
        let mut pairs: Vec<(usize, usize, f64)> = (0..98).map(|i| (i, i + 2, sign(i))).collect();
        pairs.extend((0..50).map(|i| (2 * i, 2 * i + 1, sign(200 + i))));
        let network = Network::new(&Sparse::from_pairs(100, &pairs).unwrap(), &[]);
        let (Rows::Sparse(rows), Some(whole)) = (&network.rows, &network.whole) else { panic!("sparse and whole") };
        let mut words = LaneWords::new(&Streams::new(1, 0), Purpose::Search, 0);
        let state = WholeState::random(rows, whole, &mut words);
        let mut replicas = Whole { rows, whole, state, table: Vec::new() };
        let mut clusters = Clusters::new(&network, 1);
        let mut moved = 0;
        for sweep in 0..200 {
            let (mut before, mut after) = ([0.0; REPLICAS], [0.0; REPLICAS]);
            replicas.energies(&mut before);
            let spins = replicas.spins(0);
            clusters.exchange(&mut replicas, [0, 16], (0, sweep), &mut words);
            replicas.energies(&mut after);
            assert_eq!(before[0] + before[16], after[0] + after[16]);
            assert_eq!(before[1], after[1]);
            moved += usize::from(spins != replicas.spins(0));
            let temperatures = [3.0; REPLICAS];
            replicas.sweep(&temperatures, &mut words);
        }
        assert!(moved > 50, "{moved} of 200");
    }
}
