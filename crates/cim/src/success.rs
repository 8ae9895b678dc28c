//! How often runs succeed, and the time to a target that follows.

use crate::Run;
use lightfall_core::stats::{Interval, wilson};

/// Confidence of all intervals.
pub const CONFIDENCE: f64 = 0.95;

/// Certainty with which a target is to be reached.
pub const CERTAINTY: f64 = 0.99;

/// Finished runs of one machine and one length.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Place of the machine in the search.
    pub entry: usize,
    /// Steps of a run.
    pub steps: u64,
    /// Runs.
    pub runs: u64,
    /// Replicas of all runs.
    pub replicas: u64,
    /// Replicas that reached the energy of success.
    pub successes: u64,
    /// Interval of the probability of success of one replica.
    pub probability: Interval,
    /// Best energy.
    pub best: f64,
    /// Mean energy of the replicas.
    pub mean: f64,
    /// Seconds of one core for one replica.
    pub seconds: f64,
}

impl Group {
    /// Seconds of one core after which the target has been reached with [`CERTAINTY`]: t ln(1 - certainty)/ln(1 - p), at least t; infinite for p = 0.
    ///
    /// The number of replicas is taken as a real number. Source: Ronnow et al., Science 345, 420 (2014), eq. (1).
    pub fn time_to_target(&self) -> (f64, Interval) {
        let time = |p: f64| {
            if p >= CERTAINTY { self.seconds } else { self.seconds * (1.0 - CERTAINTY).ln() / (-p).ln_1p() }
        };
        let p = self.successes as f64 / self.replicas as f64;
        let bound = |p: f64| if p > 0.0 { time(p) } else { f64::INFINITY };
        let interval = Interval {
            low: bound(self.probability.high),
            high: bound(self.probability.low),
            confidence: self.probability.confidence,
        };
        (bound(p), interval)
    }
}

/// The finished runs by machine and length, in the order of their first runs.
pub(crate) fn groups(runs: &[Run], success: f64) -> Vec<Group> {
    let mut keys: Vec<(usize, u64)> = Vec::new();
    for run in runs.iter().filter(|run| run.outcome.finished) {
        if !keys.contains(&(run.entry, run.steps)) {
            keys.push((run.entry, run.steps));
        }
    }
    keys.sort_unstable();
    let group = |(entry, steps): (usize, u64)| {
        let of: Vec<&Run> =
            runs.iter().filter(|r| r.outcome.finished && (r.entry, r.steps) == (entry, steps)).collect();
        let energies: Vec<f64> = of.iter().flat_map(|run| run.outcome.energies.iter().copied()).collect();
        let (replicas, successes) =
            (energies.len() as u64, energies.iter().filter(|e| reaches(**e, success)).count() as u64);
        Group {
            entry,
            steps,
            runs: of.len() as u64,
            replicas,
            successes,
            probability: wilson(successes, replicas, CONFIDENCE),
            best: energies.iter().copied().fold(f64::INFINITY, f64::min),
            mean: energies.iter().sum::<f64>() / replicas as f64,
            seconds: of.iter().map(|run| run.seconds).sum::<f64>() / replicas as f64,
        }
    };
    keys.into_iter().map(group).collect()
}

/// Whether `energy` is at or below `target`, up to rounding in single precision.
pub(crate) fn reaches(energy: f64, target: f64) -> bool {
    energy <= target + 1e-6 * target.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Outcome;

    #[test]
    fn time_to_target_is_that_of_independent_tries() {
        let outcome = Outcome { energies: vec![-3.0, -1.0, -2.0, -3.0], steps: 10, finished: true };
        let unfinished = Outcome { finished: false, ..outcome.clone() };
        let run = |index, outcome| Run {
            index,
            entry: 0,
            steps: 10,
            outcome,
            seconds: 8.0,
            wall_seconds: 9.0,
            history: Vec::new(),
        };
        let found = groups(&[run(0, outcome), run(1, unfinished)], -3.0);
        let [g] = &found[..] else { panic!("{found:?}") };
        assert_eq!((g.replicas, g.successes, g.best, g.mean, g.seconds), (4, 2, -3.0, -2.25, 2.0));
        // 1 - 2^-k = 0.99 for k = 6.644 tries of 2 s.
        let (time, interval) = g.time_to_target();
        assert!((time - 2.0 * 100f64.log2()).abs() < 1e-12, "{time}");
        assert!(interval.low < time && time < interval.high);
        let never = &groups(&[run(0, Outcome { energies: vec![-1.0], steps: 10, finished: true })], -3.0)[0];
        assert_eq!(never.time_to_target().0, f64::INFINITY);
    }
}
