//! Many runs of one or several machines on all cores, until the time, the target, the number of runs or the user ends it.

use crate::incumbent::lock;
use crate::success::{Group, groups, reaches};
use crate::{Best, Clock, History, Incumbent, Machine, Problem, Run, SearchError, Settings, Trial};
use lightfall_core::rng::Streams;
use std::cell::Cell;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A machine of a search with its settings.
#[derive(Clone)]
pub struct Entry<'a> {
    /// The machine.
    pub machine: &'a dyn Machine,
    /// Its settings.
    pub settings: Settings,
    /// Runs that this machine gets before the next one has its turn.
    pub turns: u64,
}

/// What to run, and until when.
pub struct Search<'a> {
    /// Machines, in turn. Run k belongs to the machine whose turn it is, whatever the threads.
    pub entries: Vec<Entry<'a>>,
    /// Seed of all runs.
    pub seed: u64,
    /// The first run.
    pub first: u64,
    /// Runs, if not as many as the time allows.
    pub runs: Option<u64>,
    /// Steps of every run, instead of the machines' own.
    pub steps: Option<u64>,
    /// Wall-clock time.
    pub limit: Option<Duration>,
    /// Energy at or below which the search ends.
    pub target: Option<f64>,
    /// Energy that counts as success; the target, or else the best found, if there is none.
    pub success: Option<f64>,
    /// Points of the energy kept of each run; 0 keeps none.
    pub history: u64,
    /// Worker threads; 0 means one per processor.
    pub threads: usize,
}

/// What a search came to.
#[derive(Clone, Debug)]
pub struct Found {
    /// The best state.
    pub best: Best,
    /// Spins flipped one by one after the search, each lowering the energy of the best state.
    pub polished: usize,
    /// Its runs, in their order.
    pub runs: Vec<Run>,
    /// Runs of a kind together, and how often they reached the target, or else the best energy.
    pub groups: Vec<Group>,
    /// Energy that counts as success.
    pub success: f64,
    /// Wall-clock time.
    pub wall_seconds: f64,
    /// Processor time of all runs.
    pub cpu_seconds: f64,
    /// Whether the user ended it.
    pub interrupted: bool,
    /// Whether the target was reached.
    pub reached: bool,
}

/// A run shorter than its machine's first by more than this factor is not worth starting.
const SHORTEST: u64 = 2;

impl Search<'_> {
    /// The machine of run k, and how many runs it had before.
    fn turn(&self, k: u64) -> (usize, u64) {
        let round: u64 = self.entries.iter().map(|e| e.turns).sum();
        let mut left = k % round;
        for (at, e) in self.entries.iter().enumerate() {
            if left < e.turns {
                return (at, k / round * e.turns + left);
            }
            left -= e.turns;
        }
        (0, 0)
    }

    /// Steps of run k unless the time is short: those of the machine's first run, doubled every few runs if longer runs are better ones.
    pub fn planned(&self, problem: &Problem, k: u64) -> u64 {
        let (at, before) = self.turn(k);
        let machine = self.entries[at].machine;
        let doublings = if machine.grows() { (before / machine.repeats(problem).max(1)).min(32) } else { 0 };
        self.steps.unwrap_or_else(|| machine.first_steps() << doublings)
    }

    /// Number of threads: as asked for, or one per processor.
    pub fn worker_threads(&self) -> usize {
        if self.threads > 0 {
            return self.threads;
        }
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }

    /// Runs the search. `watch` is told the number of finished runs and the best energy, and may be called from any thread; `interrupted` ends the search once true.
    ///
    /// # Errors
    ///
    /// If a machine refuses the problem or its settings, or a run fails.
    pub fn run(
        &self,
        problem: &Problem,
        watch: &(dyn Fn(u64, f64) + Sync),
        interrupted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Found, SearchError> {
        let clock = Clock::start(self.limit, interrupted);
        for e in &self.entries {
            e.machine.check(problem, &e.settings)?;
        }
        let incumbent = Incumbent::default();
        let shared = Mutex::new(Shared { next: self.first, ..Shared::default() });
        std::thread::scope(|scope| {
            for _ in 0..self.worker_threads() {
                scope.spawn(|| self.work(problem, &clock, &incumbent, &shared, watch));
            }
        });
        let shared = shared.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(e) = shared.failed {
            return Err(e);
        }
        Ok(self.found(problem, &clock, &incumbent, shared.runs, interrupted()))
    }

    /// Takes run after run until none is left.
    fn work(
        &self,
        problem: &Problem,
        clock: &Clock<'_>,
        incumbent: &Incumbent,
        shared: &Mutex<Shared>,
        watch: &(dyn Fn(u64, f64) + Sync),
    ) {
        while let Some((index, steps)) = self.take(problem, clock, shared) {
            let (entry, _) = self.turn(index);
            let e = &self.entries[entry];
            let streams = Streams::new(self.seed, 0);
            let (settings, target) = (&e.settings, self.target);
            let (history, offered) = (History::new(self.history, steps), Cell::default());
            let trial = Trial { problem, settings, streams, index, steps, clock, target, incumbent, offered, history };
            let (start, before) = (Instant::now(), thread_seconds());
            let outcome = e.machine.run(&trial);
            let wall = start.elapsed().as_secs_f64();
            let seconds = thread_seconds().zip(before).map_or(wall, |(after, before)| after - before);
            let history = trial.history.into_points();
            let mut shared = lock(shared);
            match outcome {
                Ok(outcome) => shared.add(Run { index, entry, steps, outcome, seconds, wall_seconds: wall, history }),
                Err(failed) => {
                    clock.stop();
                    shared.failed.get_or_insert(failed);
                }
            }
            watch(shared.runs.len() as u64, incumbent.energy());
        }
    }

    /// The next run and its steps: fewer than planned where the time left would not do.
    fn take(&self, problem: &Problem, clock: &Clock<'_>, shared: &Mutex<Shared>) -> Option<(u64, u64)> {
        let mut shared = lock(shared);
        let index = shared.next;
        let once = self.entries.iter().all(|e| e.machine.once());
        let runs = if once { Some(self.entries.len() as u64) } else { self.runs };
        if clock.expired() || runs.is_some_and(|runs| index >= self.first + runs) {
            return None;
        }
        let mut steps = self.planned(problem, index);
        let (entry, _) = self.turn(index);
        if let (Some(left), Some(pace), None) = (clock.left(), shared.pace(entry), self.steps) {
            // A tenth is left for what the pace does not foresee.
            let possible = 0.9 * left.as_secs_f64() / pace;
            let shortest = (self.entries[entry].machine.first_steps() / SHORTEST).max(1);
            while steps as f64 > possible {
                steps /= 2;
                if steps < shortest {
                    return None;
                }
            }
        }
        shared.next += 1;
        Some((index, steps.max(1)))
    }

    fn found(
        &self,
        problem: &Problem,
        clock: &Clock<'_>,
        incumbent: &Incumbent,
        mut runs: Vec<Run>,
        interrupted: bool,
    ) -> Found {
        runs.sort_by_key(|run| run.index);
        let mut best = incumbent.best(problem);
        let polished = crate::greedy::polish(problem.instance(), &mut best.spins);
        if polished > 0 {
            best.energy = problem.instance().energy(&best.spins);
        }
        let success = self.success.or(self.target).unwrap_or(best.energy);
        Found {
            polished,
            groups: groups(&runs, success),
            success,
            wall_seconds: clock.elapsed().as_secs_f64(),
            cpu_seconds: runs.iter().map(|run| run.seconds).sum(),
            interrupted,
            reached: self.target.is_some_and(|target| reaches(best.energy, target)),
            best,
            runs,
        }
    }
}

/// Processor time of this thread so far, where the system tells it (Linux, to the nanosecond).
fn thread_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds as f64 * 1e-9)
}

#[derive(Default)]
struct Shared {
    next: u64,
    runs: Vec<Run>,
    failed: Option<SearchError>,
}

impl Shared {
    fn add(&mut self, run: Run) {
        self.runs.push(run);
    }

    /// Seconds of a step of the machine at `entry`, from its last run.
    fn pace(&self, entry: usize) -> Option<f64> {
        let of = self.runs.iter().rev().find(|run| run.entry == entry && run.outcome.steps > 0)?;
        Some(of.wall_seconds / of.outcome.steps as f64)
    }
}
