//! The driver of an ensemble: workers on rayon, blocks delivered to one place, stop rules at fixed numbers of trajectories.

use super::{Block, BlockRunner, EnsembleError, Level};
use crate::record::RecordError;
use crate::stats::{Moments, merge_tree};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

/// Stop rules are looked at only at multiples of this many trajectories, so that they do not depend on the block size.
const STRIDE: u64 = 64;

/// Stop once a scalar quantity at the last time has a standard error of at most `stderr`.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Name of the quantity.
    pub quantity: String,
    /// Standard error wanted.
    pub stderr: f64,
}

/// When to stop before all trajectories are done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StopRule {
    /// By statistical error.
    pub target: Option<Target>,
    /// By wall-clock.
    pub wall_clock: Option<Duration>,
}

/// How to run an ensemble.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Trajectories to run at most.
    pub trajectories: u64,
    /// Trajectories per block: 1, 2, 4, .. 64.
    pub block: u64,
    /// Worker threads; 0 means one per processor.
    pub threads: usize,
    /// Early stop.
    pub stop: StopRule,
    /// Keep measurement records.
    pub keep_tracks: bool,
}

/// Why an ensemble ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// All trajectories were run.
    Complete,
    /// The standard error asked for was reached.
    Target,
    /// The time was up.
    WallClock,
    /// The user interrupted; finished blocks are kept.
    Interrupted,
}

/// What an ensemble yields. It covers trajectories 0 to `moments.count` - 1.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Moments of every (time, column).
    pub moments: Moments,
    /// Scalar quantities at the last time: (trajectory, scalar).
    pub finals: Vec<f64>,
    /// Why it ended.
    pub stopped: Stopped,
    /// Thread time of the blocks counted, including those read back, seconds.
    pub cpu_seconds: f64,
    /// Wall time of this call, seconds.
    pub wall_seconds: f64,
}

/// Watches a run and may interrupt it.
pub trait Monitor {
    /// Called after each block with the trajectories done and planned.
    fn progress(&self, done: u64, planned: u64);
    /// Whether the user wants the run to end.
    fn interrupted(&self) -> bool {
        false
    }
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Monitor for Silent {
    fn progress(&self, _: u64, _: u64) {}
}

/// Where blocks are kept.
pub trait Sink {
    /// Keeps a finished block.
    fn keep(&mut self, block: &Block) -> Result<(), RecordError>;
    /// A block kept earlier, if it is whole and has `count` trajectories.
    fn recall(&mut self, index: u64, count: u64) -> Option<Block>;
}

impl Sink for () {
    fn keep(&mut self, _: &Block) -> Result<(), RecordError> {
        Ok(())
    }
    fn recall(&mut self, _: u64, _: u64) -> Option<Block> {
        None
    }
}

/// What is kept of a block in memory.
struct Summary {
    moments: Moments,
    finals: Vec<f64>,
    seconds: f64,
}

impl From<Block> for Summary {
    fn from(b: Block) -> Self {
        Self { moments: b.moments, finals: b.finals, seconds: b.seconds }
    }
}

/// Runs `level` at `times` as `plan` says. Blocks that `sink` recalls are not run again.
///
/// A deterministic level runs one trajectory. Memory: the moments of every block, 16 bytes per (time, column).
pub fn run(
    level: &dyn Level,
    times: &[f64],
    plan: &Plan,
    sink: &mut dyn Sink,
    monitor: &dyn Monitor,
) -> Result<Outcome, EnsembleError> {
    if !plan.block.is_power_of_two() || plan.block > STRIDE {
        return Err(EnsembleError::BlockSize(plan.block));
    }
    let planned = if level.is_deterministic() { plan.trajectories.min(1) } else { plan.trajectories };
    if planned == 0 {
        return Err(EnsembleError::NoTrajectories);
    }
    let begin = Instant::now();
    let blocks = planned.div_ceil(plan.block);
    let count = |index: u64| plan.block.min(planned - index * plan.block);
    let mut done = BTreeMap::<u64, Summary>::new();
    for index in 0..blocks {
        if monitor.interrupted() {
            break;
        }
        if let Some(block) = sink.recall(index, count(index)) {
            done.insert(index, block.into());
        }
    }
    let mut goal = Goal::new(level, times, plan);
    let mut stopped = goal.reached(&done, planned);
    if stopped.is_none() {
        stopped = work(level, times, plan, planned, &mut done, sink, monitor, &mut goal, begin)?;
    }
    let whole = contiguous(&done);
    // Stopped while the last blocks were in flight: nothing is missing.
    let stopped = stopped.filter(|s| *s == Stopped::Target || whole < blocks).unwrap_or(Stopped::Complete);
    let kept = match (stopped, goal.at) {
        (Stopped::Target, Some(n)) => n / plan.block,
        _ => whole,
    };
    let summaries: Vec<&Summary> = done.range(..kept).map(|(_, s)| s).collect();
    let moments: Vec<Moments> = summaries.iter().map(|s| s.moments.clone()).collect();
    let empty = Moments { count: 0, mean: vec![], m2: vec![] };
    Ok(Outcome {
        moments: merge_tree(&moments).unwrap_or(empty),
        finals: summaries.iter().flat_map(|s| s.finals.iter().copied()).collect(),
        stopped,
        cpu_seconds: summaries.iter().map(|s| s.seconds).sum(),
        wall_seconds: begin.elapsed().as_secs_f64(),
    })
}

/// Number of finished blocks before the first gap.
fn contiguous(done: &BTreeMap<u64, Summary>) -> u64 {
    done.keys().zip(0..).take_while(|(k, n)| **k == *n).count() as u64
}

/// The statistical stop rule, looked at in order of trajectories.
struct Goal {
    target: Option<(usize, f64)>,
    block: u64,
    looked: u64,
    /// Number of trajectories at which the target was reached.
    at: Option<u64>,
}

impl Goal {
    fn new(level: &dyn Level, times: &[f64], plan: &Plan) -> Self {
        let layout = level.layout();
        let target = plan.stop.target.as_ref().and_then(|t| {
            let last_row = (times.len() - 1) * layout.width();
            Some((last_row + layout.column(&t.quantity)?, t.stderr))
        });
        Self { target, block: plan.block, looked: 0, at: None }
    }

    /// Looks at every multiple of the stride that has become complete, lowest first.
    fn reached(&mut self, done: &BTreeMap<u64, Summary>, planned: u64) -> Option<Stopped> {
        let (column, wanted) = self.target.filter(|_| self.at.is_none())?;
        let whole = (contiguous(done) * self.block).min(planned);
        while self.looked + STRIDE <= whole {
            self.looked += STRIDE;
            let column: Vec<Moments> = done
                .range(..self.looked / self.block)
                .map(|(_, s)| Moments {
                    count: s.moments.count,
                    mean: vec![s.moments.mean[column]],
                    m2: vec![s.moments.m2[column]],
                })
                .collect();
            let stderr = merge_tree(&column).and_then(|m| m.estimate(0).stderr);
            if stderr.is_some_and(|e| e <= wanted) {
                self.at = Some(self.looked);
                return Some(Stopped::Target);
            }
        }
        None
    }
}

/// Runs the blocks that are not in `done`; returns early if a stop rule or the user says so.
#[allow(clippy::too_many_arguments, reason = "the state of one run, split from `run` for length")]
fn work(
    level: &dyn Level,
    times: &[f64],
    plan: &Plan,
    planned: u64,
    done: &mut BTreeMap<u64, Summary>,
    sink: &mut dyn Sink,
    monitor: &dyn Monitor,
    goal: &mut Goal,
    begin: Instant,
) -> Result<Option<Stopped>, EnsembleError> {
    let blocks = planned.div_ceil(plan.block);
    let todo: Vec<u64> = (0..blocks).filter(|k| !done.contains_key(k)).collect();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(plan.threads)
        .build()
        .map_err(|source| EnsembleError::Threads { threads: plan.threads, source })?;
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let (send, receive) = mpsc::channel::<Result<Block, EnsembleError>>();
    let send = Mutex::new(send);
    let mut outcome = Ok(None);
    let finished = |done: &BTreeMap<u64, Summary>| done.values().map(|s| s.moments.count).sum::<u64>();
    pool.in_place_scope(|scope| {
        for _ in 0..pool.current_num_threads().min(todo.len()) {
            let (todo, next, stop) = (&todo, &next, &stop);
            let send = match send.lock() {
                Ok(s) => s.clone(),
                Err(poisoned) => poisoned.into_inner().clone(),
            };
            scope.spawn(move |_| {
                let mut runner = BlockRunner::new(level, times, plan.keep_tracks);
                while !stop.load(Ordering::Relaxed) {
                    let Some(&index) = todo.get(next.fetch_add(1, Ordering::Relaxed) as usize) else {
                        break;
                    };
                    let first = index * plan.block;
                    let block = runner.block(index, first, plan.block.min(planned - first));
                    let failed = block.is_err();
                    if send.send(block).is_err() || failed {
                        break;
                    }
                }
            });
        }
        drop(send);
        loop {
            let message = receive.recv_timeout(Duration::from_millis(50));
            match message {
                Ok(Ok(block)) => {
                    if let Err(e) = sink.keep(&block) {
                        outcome = Err(e.into());
                        stop.store(true, Ordering::Relaxed);
                    }
                    done.insert(block.index, block.into());
                    monitor.progress(finished(done), planned);
                    if let (Ok(None), Some(s)) = (&outcome, goal.reached(done, planned)) {
                        outcome = Ok(Some(s));
                    }
                }
                Ok(Err(e)) => outcome = Err(e),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                // All workers have left: what they sent has been received.
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
            let complete = finished(done) == planned;
            if matches!(outcome, Ok(None)) && !complete {
                if monitor.interrupted() {
                    outcome = Ok(Some(Stopped::Interrupted));
                } else if plan.stop.wall_clock.is_some_and(|limit| begin.elapsed() >= limit) {
                    outcome = Ok(Some(Stopped::WallClock));
                }
            }
            if !matches!(outcome, Ok(None)) {
                stop.store(true, Ordering::Relaxed);
            }
        }
    });
    outcome
}
