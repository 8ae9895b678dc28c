//! The result of a search.

use super::input::{Input, description};
use crate::args::SolveArgs;
use lightfall_cim::{CERTAINTY, Found, Group, Measure, Search};
use lightfall_core::stats::Interval;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Everything that a search found, as written to solve.json.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) schema: u32,
    pub(super) version: &'static str,
    pub(super) instance: String,
    pub(super) about: String,
    pub(super) n: usize,
    pub(super) measure: &'static str,
    pub(super) seed: u64,
    pub(super) threads: usize,
    pub(super) isa: &'static str,
    pub(super) machines: Vec<MachineReport>,
    pub(super) best: BestReport,
    /// What a replica has to reach to count as a success: the target, or the best found.
    pub(super) success_at: f64,
    /// Whether that was asked for.
    pub(super) success_asked: bool,
    pub(super) target: Option<f64>,
    pub(super) target_reached: Option<bool>,
    pub(super) success: Vec<GroupReport>,
    pub(super) time_to_target: Option<Time>,
    pub(super) runs: Vec<RunReport>,
    /// Improvements: seconds and measure.
    pub(super) history: Vec<(f64, f64)>,
    pub(super) cpu_seconds: f64,
    pub(super) wall_seconds: f64,
    pub(super) interrupted: bool,
    pub(super) warnings: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct MachineReport {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) settings: BTreeMap<&'static str, f64>,
}

#[derive(Serialize)]
pub(super) struct BestReport {
    pub(super) energy: f64,
    /// The measure of the file under its own name, `cut` or `objective`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cut: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) objective: Option<f64>,
    pub(super) machine: &'static str,
    pub(super) run: u64,
    pub(super) steps: u64,
    pub(super) seconds: f64,
    /// Single flips after the run.
    pub(super) polished_flips: usize,
    pub(super) spins_file: String,
}

#[derive(Serialize)]
pub(super) struct GroupReport {
    pub(super) machine: &'static str,
    pub(super) steps: u64,
    pub(super) runs: u64,
    pub(super) replicas: u64,
    pub(super) successes: u64,
    pub(super) probability: f64,
    pub(super) interval: Interval,
    pub(super) best: f64,
    pub(super) mean: f64,
    pub(super) seconds_per_replica: f64,
    pub(super) time_to_target: Option<Time>,
}

/// Seconds of one core; an end that is not known is null.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Time {
    pub(super) seconds: f64,
    pub(super) low: f64,
    pub(super) high: Option<f64>,
    pub(super) certainty: f64,
    pub(super) confidence: f64,
}

#[derive(Serialize)]
pub(super) struct RunReport {
    pub(super) run: u64,
    pub(super) machine: &'static str,
    pub(super) steps: u64,
    pub(super) done: u64,
    pub(super) finished: bool,
    pub(super) replicas: usize,
    pub(super) best: f64,
    pub(super) mean: f64,
    pub(super) seconds: f64,
    /// Step, best and mean over replicas at points of the run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) history: Vec<(u64, f64, f64)>,
}

impl Report {
    pub(super) fn new(input: &Input, search: &Search<'_>, found: &Found, spins: &Path, a: &SolveArgs) -> Self {
        let measure = input.instance.measure();
        let name = |entry: usize| search.entries[entry].machine.name();
        let of = |energy: f64| measure.of(energy);
        let best_run = found.runs.iter().find(|run| run.index == found.best.run);
        let energy = found.best.energy;
        let (mut cut, mut objective) = (None, None);
        match measure {
            Measure::Cut { .. } => cut = Some(of(energy)),
            Measure::Objective { .. } => objective = Some(of(energy)),
            _ => {}
        }
        let run = |run: &lightfall_cim::Run| {
            let e = &run.outcome.energies;
            RunReport {
                run: run.index,
                machine: name(run.entry),
                steps: run.steps,
                done: run.outcome.steps,
                finished: run.outcome.finished,
                replicas: e.len(),
                best: of(e.iter().copied().fold(f64::INFINITY, f64::min)),
                mean: of(e.iter().sum::<f64>() / e.len() as f64),
                seconds: run.seconds,
                history: run.history.iter().map(|p| (p.step, of(p.lowest), of(p.mean))).collect(),
            }
        };
        let machine = |e: &lightfall_cim::Entry<'_>| MachineReport {
            name: e.machine.name(),
            unit: e.machine.unit(),
            settings: e.settings.iter().collect(),
        };
        let success: Vec<GroupReport> = found.groups.iter().map(|g| group(g, name(g.entry), &of)).collect();
        let fastest = success.iter().filter_map(|g| g.time_to_target).min_by(|a, b| a.seconds.total_cmp(&b.seconds));
        Self {
            schema: 1,
            version: env!("CARGO_PKG_VERSION"),
            instance: input.path.display().to_string(),
            about: description(&input.instance),
            n: input.instance.len(),
            measure: measure.name(),
            seed: search.seed,
            threads: search.worker_threads(),
            isa: lightfall_core::simd::isa().name(),
            machines: search.entries.iter().map(machine).collect(),
            best: BestReport {
                energy,
                cut,
                objective,
                machine: best_run.map_or("", |run| name(run.entry)),
                run: found.best.run,
                steps: best_run.map_or(0, |run| run.steps),
                seconds: found.best.at.as_secs_f64(),
                polished_flips: found.polished,
                spins_file: spins.display().to_string(),
            },
            success_at: of(found.success),
            success_asked: search.success.or(search.target).is_some(),
            target: a.target,
            target_reached: a.target.map(|_| found.reached),
            success,
            time_to_target: fastest,
            runs: found.runs.iter().map(run).collect(),
            history: found.best.history.iter().map(|(t, e)| (t.as_secs_f64(), of(*e))).collect(),
            cpu_seconds: found.cpu_seconds,
            wall_seconds: found.wall_seconds,
            interrupted: found.interrupted,
            warnings: warnings(search, found),
        }
    }

    /// The value that counts.
    pub(super) fn value(&self) -> f64 {
        self.best.cut.or(self.best.objective).unwrap_or(self.best.energy)
    }

    /// Comments of the file of spins.
    pub(super) fn header(&self) -> Vec<String> {
        let value =
            if self.measure == "energy" { String::new() } else { format!(", {} {}", self.measure, self.value()) };
        vec![
            format!("solution of {}: {}", self.instance, self.about),
            format!("energy {}{value}", self.best.energy),
            format!("lightfall {}, {} run {}, seed {}", self.version, self.best.machine, self.best.run, self.seed),
        ]
    }

    /// The runs as CSV.
    pub(super) fn csv(&self) -> String {
        let mut out = String::from("run,machine,steps,done,finished,replicas,best,mean,seconds\n");
        for r in &self.runs {
            out.push_str(&format!(
                "{},{},{},{},{},{},{},{},{}\n",
                r.run, r.machine, r.steps, r.done, r.finished, r.replicas, r.best, r.mean, r.seconds
            ));
        }
        out
    }
}

fn group(g: &Group, machine: &'static str, of: &dyn Fn(f64) -> f64) -> GroupReport {
    let (seconds, interval) = g.time_to_target();
    let finite = |v: f64| v.is_finite().then_some(v);
    let time = finite(seconds).map(|seconds| Time {
        seconds,
        low: interval.low,
        high: finite(interval.high),
        certainty: CERTAINTY,
        confidence: interval.confidence,
    });
    GroupReport {
        machine,
        steps: g.steps,
        runs: g.runs,
        replicas: g.replicas,
        successes: g.successes,
        probability: g.successes as f64 / g.replicas as f64,
        interval: g.probability,
        best: of(g.best),
        mean: of(g.mean),
        seconds_per_replica: g.seconds,
        time_to_target: time,
    }
}

/// What a reader has to know before trusting the result.
fn warnings(search: &Search<'_>, found: &Found) -> Vec<String> {
    let mut all = Vec::new();
    let finished = found.runs.iter().filter(|run| run.outcome.finished).count();
    let name = |run: &lightfall_cim::Run| search.entries[run.entry].machine.name();
    if finished == 0
        && !found.reached
        && let Some(run) = found.runs.iter().max_by_key(|run| run.outcome.steps)
    {
        all.push(format!(
            "no run came to its end: the longest, of {}, was cut off after {} of {} {}s, inside its ramp; \
             the state below is what it had by then. Give more time, or fewer steps (--steps)",
            name(run),
            run.outcome.steps,
            run.steps,
            search.entries[run.entry].machine.unit()
        ));
    } else if let Some(run) = found.runs.iter().find(|run| run.index == found.best.run && !run.outcome.finished)
        && !found.reached
    {
        all.push(format!("the best state is of a run of {} that was cut off inside its ramp", name(run)));
    }
    all
}
