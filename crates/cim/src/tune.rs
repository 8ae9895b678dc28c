//! Search for settings of a machine on one instance or several.
//!
//! From the settings given, in generations: copies with one to three settings changed at random run on the same random numbers as the best so far, and the best of all goes on. Each generation draws
//! new numbers, so that luck does not last. The score of settings is the mean energy per spin of the better replicas, a quarter of them or another part: lower for machines that often come near the ground state.

use crate::incumbent::lock;
use crate::{Clock, History, Incumbent, Machine, Parameter, Problem, SearchError, Settings, Trial};
use lightfall_core::rng::{Draws, Purpose, Streams};
use std::cell::Cell;
use std::sync::Mutex;
use std::time::Duration;

/// What to tune, and for how long.
pub struct Tuning<'a> {
    /// The machine.
    pub machine: &'a dyn Machine,
    /// Settings to start from.
    pub start: Settings,
    /// Steps of each run.
    pub steps: u64,
    /// Seed.
    pub seed: u64,
    /// Part of the replicas that counts, the better ones.
    pub part: f64,
    /// Generations, if not as many as the time allows.
    pub generations: Option<u64>,
    /// Wall-clock time.
    pub limit: Option<Duration>,
    /// Worker threads.
    pub threads: usize,
}

/// Better settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// The settings.
    pub settings: Settings,
    /// Their score on random numbers that the search did not see.
    pub score: f64,
    /// The score of the settings at the start on the same numbers.
    pub before: f64,
    /// Settings tried.
    pub tried: u64,
    /// Generations.
    pub generations: u64,
}

/// Settings that run against each other in a generation, whatever the threads.
const CANDIDATES: usize = 7;

/// Runs of each candidate in a generation.
const RUNS: u64 = 2;

/// Runs of the last comparison.
const LAST_RUNS: u64 = 4;

/// Part of the time that is kept for the last comparison.
const KEPT: f64 = 0.15;

impl Tuning<'_> {
    /// Tunes. `watch` is told generations and the best score; `interrupted` ends it once true.
    ///
    /// # Errors
    ///
    /// If the machine refuses the problem with the settings at the start, or a run fails.
    pub fn run(
        &self,
        problems: &[Problem],
        watch: &dyn Fn(u64, f64),
        interrupted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Tuned, SearchError> {
        for problem in problems {
            self.machine.check(problem, &self.start)?;
        }
        let clock = Clock::start(self.limit.map(|limit| limit.mul_f64(1.0 - KEPT)), interrupted);
        let mut draws = Draws::new(&Streams::new(self.seed, 0), Purpose::Tuning, 0);
        let mut best = self.start.clone();
        let (mut tried, mut generations) = (0, 0);
        while !clock.expired() && self.generations.is_none_or(|most| generations < most) {
            let mut candidates = vec![best.clone()];
            let wanted = CANDIDATES;
            while candidates.len() < wanted {
                let changed = self.changed(&best, &mut draws);
                if problems.iter().all(|problem| self.machine.check(problem, &changed).is_ok()) {
                    candidates.push(changed);
                }
            }
            let first = 1 + generations * RUNS;
            let scores = self.scores(problems, &candidates, [first, RUNS], &clock)?;
            if clock.expired() && generations > 0 {
                break;
            }
            let at = (0..scores.len()).min_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(0);
            best = candidates.swap_remove(at);
            tried += scores.len() as u64;
            generations += 1;
            watch(generations, scores[at]);
        }
        let open = Clock::start(None, interrupted);
        let pair = [best, self.start.clone()];
        let scores = self.scores(problems, &pair, [u64::MAX >> 16, LAST_RUNS], &open)?;
        let [best, start] = pair;
        // What is not better on fresh numbers is not kept.
        let settings = if scores[0] <= scores[1] { best } else { start };
        Ok(Tuned { settings, score: scores[0].min(scores[1]), before: scores[1], tried, generations })
    }

    /// Mean of the better part. In sorted order: the same bits whatever the threads.
    fn score(&self, energies: &mut [f64]) -> f64 {
        energies.sort_by(f64::total_cmp);
        let count = ((self.part * energies.len() as f64).ceil() as usize).clamp(1, energies.len().max(1));
        energies.iter().take(count).sum::<f64>() / count as f64
    }

    /// `settings` with one to three of them changed.
    fn changed(&self, settings: &Settings, draws: &mut Draws) -> Settings {
        let parameters = self.machine.parameters();
        let mut changed = settings.clone();
        for _ in 0..1 + draws.word() % 3 {
            let p = &parameters[(draws.word() % parameters.len() as u64) as usize];
            let mut normal = [0.0];
            draws.normals(&mut normal);
            // In range after clamping, so that it cannot fail.
            let _ = changed.set(self.machine, p.name, moved(p, changed.get(p.name), normal[0]));
        }
        changed
    }

    /// Scores of candidates, on all threads.
    fn scores(
        &self,
        problems: &[Problem],
        candidates: &[Settings],
        [first, runs]: [u64; 2],
        clock: &Clock<'_>,
    ) -> Result<Vec<f64>, SearchError> {
        let each = runs * problems.len() as u64;
        let jobs = candidates.len() as u64 * each;
        let next = Mutex::new(0u64);
        let results = Mutex::new(vec![Vec::new(); candidates.len()]);
        let failed = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..self.threads.max(1) {
                scope.spawn(|| {
                    loop {
                        let job = {
                            let mut next = lock(&next);
                            *next += 1;
                            *next - 1
                        };
                        if job >= jobs {
                            return;
                        }
                        let (at, run) = ((job / each) as usize, job % each);
                        let problem = &problems[(run / runs) as usize];
                        let trial = Trial {
                            problem,
                            settings: &candidates[at],
                            streams: Streams::new(self.seed, 1),
                            index: first + run % runs,
                            steps: self.steps,
                            clock,
                            target: None,
                            incumbent: &Incumbent::default(),
                            offered: Cell::default(),
                            history: History::default(),
                        };
                        match self.machine.run(&trial) {
                            Ok(outcome) => {
                                let n = problem.len() as f64;
                                lock(&results)[at].extend(outcome.energies.iter().map(|e| e / n));
                            }
                            Err(e) => {
                                lock(&failed).get_or_insert(e);
                            }
                        }
                    }
                });
            }
        });
        if let Some(e) = lock(&failed).take() {
            return Err(e);
        }
        Ok(lock(&results).iter_mut().map(|energies| self.score(energies)).collect())
    }
}

/// A value some way off: by a factor where a setting is positive, by a part of its size or of one where it may be negative.
fn moved(p: &Parameter, value: f64, normal: f64) -> f64 {
    let next = if p.low < 0.0 {
        value + 0.4 * normal
    } else if value == 0.0 {
        0.1 * p.high.min(1.0) * normal.abs()
    } else {
        value * (0.35 * normal).exp()
    };
    next.clamp(p.low, p.high)
}
