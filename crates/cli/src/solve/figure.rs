//! The figure of a search.

use super::report::Report;
use crate::chart::{Chart, Figure, Histogram, LineChart, Series};
use lightfall_cim::Found;

/// Bins of the distribution of results.
const BINS: usize = 40;

/// The best so far against time, and what the replicas came to.
pub(super) fn figure(r: &Report, found: &Found) -> Figure {
    let mut panels = vec![history(r)];
    panels.extend(along(r));
    let groups = groups(r, found);
    if !groups.is_empty() {
        panels.push(Chart::Histogram(Histogram {
            title: "Results of the replicas".into(),
            x_label: r.measure.into(),
            groups,
            bins: BINS,
            marks: vec![("best".into(), r.value())],
        }));
    }
    let (title, columns) =
        (format!("{}: {} {}", r.instance, r.measure, super::text::number(r.value())), panels.len().min(2));
    let subtitle =
        format!("{}, {} runs, {} threads, seed {}, lightfall {}", r.about, r.runs.len(), r.threads, r.seed, r.version);
    Figure { title, subtitle: Some(subtitle), columns, panels }
}

/// Stairs over the logarithm of the time.
fn history(r: &Report) -> Chart {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    let mut last = None;
    for (t, value) in &r.history {
        let t = t.max(1e-4).log10();
        if let Some(last) = last {
            x.push(t);
            y.push(last);
        }
        x.push(t);
        y.push(*value);
        last = Some(*value);
    }
    if let Some(last) = last {
        x.push(r.wall_seconds.max(1e-4).log10());
        y.push(last);
    }
    Chart::Line(LineChart {
        title: "Best so far".into(),
        x_label: "log10 of the time in seconds".into(),
        y_label: r.measure.into(),
        series: vec![Series { name: "best".into(), x, y, ..Series::default() }],
        ..LineChart::default()
    })
}

/// The mean over replicas along the longest run of each machine, if it was kept.
fn along(r: &Report) -> Option<Chart> {
    let longest = |m: &super::report::MachineReport| {
        r.runs.iter().filter(|run| run.machine == m.name && !run.history.is_empty()).max_by_key(|run| run.done)
    };
    let curve = |run: &super::report::RunReport| Series {
        name: format!("{}, run {}", run.machine, run.run),
        x: run.history.iter().map(|(step, ..)| *step as f64 / run.steps as f64).collect(),
        y: run.history.iter().map(|(_, _, mean)| *mean).collect(),
        ..Series::default()
    };
    let series: Vec<Series> = r.machines.iter().filter_map(longest).map(curve).collect();
    (!series.is_empty()).then(|| {
        Chart::Line(LineChart {
            title: "Along the longest run of each machine".into(),
            x_label: "part of the run".into(),
            y_label: format!("{}, mean of the replicas", r.measure),
            series,
            ..LineChart::default()
        })
    })
}

/// The results of each machine and length.
fn groups(r: &Report, found: &Found) -> Vec<(String, Vec<f64>)> {
    let scale = |energy: f64| r.value() + (energy - r.best.energy) * if r.measure == "cut" { -0.5 } else { 1.0 };
    found
        .groups
        .iter()
        .zip(&r.success)
        .map(|(group, about)| {
            let of = found
                .runs
                .iter()
                .filter(|run| run.outcome.finished && (run.entry, run.steps) == (group.entry, group.steps));
            let values = of.flat_map(|run| run.outcome.energies.iter().map(|e| scale(*e))).collect();
            (format!("{} {}", about.machine, about.steps), values)
        })
        .collect()
}
