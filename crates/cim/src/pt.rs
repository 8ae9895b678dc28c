//! Parallel tempering: replicas at a ladder of temperatures, exchanged by Metropolis' rule, with cluster moves on sparse graphs.
//!
//! Replicas at neighbouring temperatures T_k, T_l change places with probability min(1, exp[(1/T_k - 1/T_l)(E_k - E_l)]). The ladder is geometric between `cold` and `hot`, in units of the rms field of random spins.
//!
//! With cluster moves there are two replicas at each temperature. The sites where they differ fall into clusters that couplings connect; the two change places on one cluster, drawn at random, which keeps the sum of their energies.
//! That pays where clusters do not percolate: in few dimensions. `clusters` = 0 never, 1 always, 2 where spins have at most 6 neighbours on average; a rung where clusters grow too large rests from them for a while.
//!
//! Sources: Hukushima and Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996); Houdayer, Eur. Phys. J. B 22, 479 (2001); Zhu, Ochoa and Katzgraber, Phys. Rev. Lett. 115, 077201 (2015).

use crate::sa::{DenseState, Entry, REPLICAS, RealState, WholeState, bounds};
use crate::{Machine, Network, Outcome, Parameter, Rows, SearchError, SparseRows, Trial, WholeRows};
use lightfall_core::rng::{LANES, LaneWords};

/// `pt`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ParallelTempering;

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "hot", default: 0.6, low: 1e-3, high: 100.0, about: "highest temperature over the rms field" },
    Parameter { name: "cold", default: 0.1, low: 1e-4, high: 10.0, about: "lowest temperature over the rms field" },
    Parameter { name: "clusters", default: 2.0, low: 0.0, high: 2.0, about: "cluster moves: 0 no, 1 yes, 2 if sparse" },
];

/// Neighbours per spin up to which clusters may pay.
const FEW: usize = 6;

/// A cluster of more than this part of the spins is given up: the move would be one of names, and growing it takes long.
const LARGE: usize = 4;

/// Sweeps without cluster moves at a rung after one was given up, doubled each time to at most so many.
const REST: u64 = 64;

/// Sweeps between two readouts of all replicas, with a descent of copies.
const LOOK: u64 = 50;

/// Sweeps between two computations of real fields from scratch.
const REFRESH: u64 = 1000;

impl Machine for ParallelTempering {
    fn name(&self) -> &'static str {
        "pt"
    }

    fn about(&self) -> &'static str {
        "parallel tempering with cluster moves (Hukushima and Nemoto 1996, Houdayer 2001)"
    }

    fn unit(&self) -> &'static str {
        "sweep"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn first_steps(&self) -> u64 {
        1000
    }

    fn run(&self, trial: &Trial<'_>) -> Result<Outcome, SearchError> {
        let network = trial.problem.network();
        let mut words = trial.lane_words();
        Ok(match (&network.rows, &network.whole) {
            (Rows::Sparse(rows), Some(whole)) => {
                let state = WholeState::random(rows, whole, &mut words);
                Tempering::new(trial, Whole { rows, whole, state, table: Vec::new() }).run(trial, &mut words)
            }
            (Rows::Sparse(rows), None) => {
                let states = [0, 1].map(|_| RealState::random(rows, &network.fields, &mut words));
                Tempering::new(trial, Reals { rows, network, states }).run(trial, &mut words)
            }
            (Rows::Dense(full), _) => match &network.short {
                Some(short) => temper_full(trial, full, (&short.values, &short.fields, short.unit), &mut words),
                None => temper_full(trial, full, (full, &network.fields, 1.0), &mut words),
            },
        })
    }
}

/// Tempering on `rows` and `h` in units.
fn temper_full<E: Entry>(
    trial: &Trial<'_>,
    full: &[f32],
    (rows, h, unit): (&[E], &[f32], f64),
    words: &mut LaneWords,
) -> Outcome {
    let states = (0..LANES).map(|_| DenseState::random(rows, h, words)).collect();
    Tempering::new(trial, Full { full, network: trial.problem.network(), rows, h, unit, states }).run(trial, words)
}

/// Replicas of one kind.
trait Replicas: Clone {
    fn count(&self) -> usize;
    fn sweep(&mut self, temperatures: &[f64], words: &mut LaneWords);
    /// One energy of each.
    fn energies(&self, out: &mut [f64]);
    fn spin(&self, r: usize, i: usize) -> bool;
    fn spins(&self, r: usize) -> Vec<i8>;
    fn flip(&mut self, r: usize, i: usize);
    fn refresh(&mut self) {}
    fn quench(&mut self);
}

#[derive(Clone)]
struct Whole<'a> {
    rows: &'a SparseRows,
    whole: &'a WholeRows,
    state: WholeState,
    table: Vec<[i16; REPLICAS]>,
}

impl Replicas for Whole<'_> {
    fn count(&self) -> usize {
        REPLICAS
    }
    fn sweep(&mut self, temperatures: &[f64], words: &mut LaneWords) {
        bounds(&std::array::from_fn(|r| temperatures[r]), self.whole.unit, &mut self.table);
        self.state.sweep(self.rows, self.whole, &self.table, words);
    }
    fn energies(&self, out: &mut [f64]) {
        out.copy_from_slice(&self.state.energies(self.whole));
    }
    fn spin(&self, r: usize, i: usize) -> bool {
        self.state.spins[i][r] > 0
    }
    fn spins(&self, r: usize) -> Vec<i8> {
        self.state.replica(r)
    }
    fn flip(&mut self, r: usize, i: usize) {
        let s = &mut self.state.spins[i][r];
        *s = -*s;
        let change = 2 * *s;
        for at in self.rows.starts[i] as usize..self.rows.starts[i + 1] as usize {
            self.state.fields[self.rows.columns[at] as usize][r] += self.whole.values[at] * change;
        }
    }
    fn quench(&mut self) {
        self.state.quench(self.rows, self.whole);
    }
}

#[derive(Clone)]
struct Reals<'a> {
    rows: &'a SparseRows,
    network: &'a Network,
    states: [RealState; 2],
}

impl Replicas for Reals<'_> {
    fn count(&self) -> usize {
        2 * LANES
    }
    fn sweep(&mut self, temperatures: &[f64], words: &mut LaneWords) {
        for (state, temperatures) in self.states.iter_mut().zip(temperatures.chunks_exact(LANES)) {
            state.sweep(self.rows, &std::array::from_fn(|r| temperatures[r] as f32), words);
        }
    }
    fn energies(&self, out: &mut [f64]) {
        for (state, out) in self.states.iter().zip(out.chunks_exact_mut(LANES)) {
            out.copy_from_slice(&state.energies(&self.network.fields));
        }
    }
    fn spin(&self, r: usize, i: usize) -> bool {
        self.states[r / LANES].spins[i][r % LANES] > 0.0
    }
    fn spins(&self, r: usize) -> Vec<i8> {
        self.states[r / LANES].replica(r % LANES)
    }
    fn flip(&mut self, r: usize, i: usize) {
        let (state, r) = (&mut self.states[r / LANES], r % LANES);
        let s = &mut state.spins[i][r];
        *s = -*s;
        let change = 2.0 * *s;
        for at in self.rows.starts[i] as usize..self.rows.starts[i + 1] as usize {
            state.fields[self.rows.columns[at] as usize][r] += self.rows.values[at] * change;
        }
    }
    fn refresh(&mut self) {
        self.states.iter_mut().for_each(|state| state.refresh(self.rows, &self.network.fields));
    }
    fn quench(&mut self) {
        self.refresh();
        self.states.iter_mut().for_each(|state| state.quench(self.rows, self.network.scale as f32));
    }
}

#[derive(Clone)]
struct Full<'a, E> {
    /// J itself.
    full: &'a [f32],
    network: &'a Network,
    /// J and h in units, for sweeps.
    rows: &'a [E],
    h: &'a [f32],
    unit: f64,
    states: Vec<DenseState>,
}

impl<E: Entry> Replicas for Full<'_, E> {
    fn count(&self) -> usize {
        self.states.len()
    }
    fn sweep(&mut self, temperatures: &[f64], words: &mut LaneWords) {
        for (state, temperature) in self.states.iter_mut().zip(temperatures) {
            state.sweep(self.rows, (*temperature / self.unit) as f32, words);
        }
    }
    fn energies(&self, out: &mut [f64]) {
        for (state, out) in self.states.iter().zip(out) {
            *out = self.unit * state.energy(self.h);
        }
    }
    fn spin(&self, r: usize, i: usize) -> bool {
        self.states[r].spin(i) > 0.0
    }
    fn spins(&self, r: usize) -> Vec<i8> {
        self.states[r].spins()
    }
    fn flip(&mut self, r: usize, i: usize) {
        self.states[r].flip(self.rows, i);
    }
    fn refresh(&mut self) {
        self.states.iter_mut().for_each(|state| state.refresh(self.rows, self.h));
    }
    /// On J itself: what is read out is exact.
    fn quench(&mut self) {
        (self.h, self.unit) = (&self.network.fields, 1.0);
        for state in &mut self.states {
            state.refresh(self.full, self.h);
            state.quench(self.full, self.network.scale as f32);
        }
    }
}

/// Replicas and the rungs of the ladder that they stand on.
struct Tempering<R> {
    replicas: R,
    /// Temperatures of the rungs, from cold to hot.
    ladder: Vec<f64>,
    /// Replicas at each rung: one, or two.
    at: Vec<Vec<usize>>,
    /// Lowest energy that was read out.
    lowest: f64,
}

impl<R: Replicas> Tempering<R> {
    fn new(trial: &Trial<'_>, replicas: R) -> Self {
        let network = trial.problem.network();
        let count = replicas.count();
        let paired = match (trial.settings.get("clusters"), &network.rows) {
            (c, Rows::Sparse(rows)) if c > 1.5 => rows.columns.len() <= FEW * network.n,
            (c, _) => c > 0.5 && c < 1.5,
        };
        let copies = if paired { 2 } else { 1 };
        let rungs = count / copies;
        let (hot, cold) = (trial.settings.get("hot"), trial.settings.get("cold"));
        let part = |k: usize| k as f64 / (rungs - 1) as f64;
        let ladder = (0..rungs).map(|k| network.scale * cold * (hot / cold).powf(part(k))).collect();
        let at = (0..rungs).map(|k| (0..copies).map(|c| k + c * rungs).collect()).collect();
        Self { replicas, ladder, at, lowest: f64::INFINITY }
    }

    fn run(mut self, trial: &Trial<'_>, words: &mut LaneWords) -> Outcome {
        let mut temperatures = vec![0.0; self.replicas.count()];
        let mut energies = temperatures.clone();
        let mut clusters = Clusters::new(trial.problem.network(), self.ladder.len());
        let steps = trial.each_step(|k, _| {
            for (rung, temperature) in self.at.iter().zip(&self.ladder) {
                rung.iter().for_each(|r| temperatures[*r] = *temperature);
            }
            self.replicas.sweep(&temperatures, words);
            if k % REFRESH == REFRESH - 1 {
                self.replicas.refresh();
            }
            if self.at[0].len() == 2 {
                for (rung, at) in self.at.iter().enumerate() {
                    clusters.exchange(&mut self.replicas, [at[0], at[1]], (rung, k), words);
                }
            }
            self.replicas.energies(&mut energies);
            self.exchange(&energies, k, words);
            trial.history.note(k, || energies.clone());
            if k % LOOK == LOOK - 1 {
                self.look(trial, &mut energies);
            }
        });
        self.look(trial, &mut energies);
        Outcome { energies: vec![self.lowest], steps, finished: steps == trial.steps }
    }

    /// Replicas of neighbouring rungs, every second pair of rungs in turn.
    fn exchange(&mut self, energies: &[f64], k: u64, words: &mut LaneWords) {
        for copy in 0..self.at[0].len() {
            let uniform = words.words().map(|w| (f64::from(w) + 0.5) / 4_294_967_296.0);
            for cold in ((k % 2) as usize..self.ladder.len() - 1).step_by(2) {
                let (a, b) = (self.at[cold][copy], self.at[cold + 1][copy]);
                let exponent = (1.0 / self.ladder[cold] - 1.0 / self.ladder[cold + 1]) * (energies[a] - energies[b]);
                if uniform[cold / 2 % LANES].ln() < exponent {
                    (self.at[cold][copy], self.at[cold + 1][copy]) = (b, a);
                }
            }
        }
    }

    /// Reads out copies that have descended to local minima.
    fn look(&mut self, trial: &Trial<'_>, energies: &mut [f64]) {
        let mut copies = self.replicas.clone();
        copies.quench();
        copies.energies(energies);
        self.lowest = energies.iter().copied().fold(self.lowest, f64::min);
        trial.offer_replicas(energies, |r| copies.spins(r));
    }
}

/// Houdayer's cluster moves.
struct Clusters<'a> {
    network: &'a Network,
    /// Round in which a site was last seen.
    seen: Vec<u64>,
    round: u64,
    cluster: Vec<usize>,
    /// For each rung the sweep of its next move, and the length of its last rest.
    rests: Vec<(u64, u64)>,
}

impl<'a> Clusters<'a> {
    fn new(network: &'a Network, rungs: usize) -> Self {
        Self { network, seen: vec![0; network.n], round: 0, cluster: Vec::new(), rests: vec![(0, 1); rungs] }
    }

    /// In sweep `now`, unless the rung rests, grows the cluster of sites where replicas `pair` differ around a random one of them, and lets them change places there.
    fn exchange<R: Replicas>(
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
