//! Parallel tempering: replicas at a ladder of temperatures, exchanged by Metropolis' rule, with cluster moves on sparse graphs.
//!
//! Replicas at neighbouring temperatures T_k, T_l change places with probability min(1, exp[(1/T_k - 1/T_l)(E_k - E_l)]). The ladder is geometric between `cold` and `hot`, in units of the rms field of random spins.
//!
//! With cluster moves there are two replicas at each temperature. The sites where they differ fall into clusters that couplings connect; the two change places on one cluster, drawn at random, which keeps the sum of their energies.
//! That pays where clusters do not percolate: in few dimensions. `clusters` = 0 never, 1 always, 2 where spins have at most 6 neighbours on average; a rung where clusters grow too large rests from them for a while.
//!
//! Sources: Hukushima and Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996); Houdayer, Eur. Phys. J. B 22, 479 (2001); Zhu, Ochoa and Katzgraber, Phys. Rev. Lett. 115, 077201 (2015).

mod clusters;
mod replicas;

use crate::sa::{DenseState, Entry, RealState, WholeState};
use crate::{Machine, Outcome, Parameter, Rows, SearchError, Trial};
use clusters::Clusters;
use lightfall_core::rng::{LANES, LaneWords};
use replicas::{Full, Reals, Replicas, Whole};

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
