//! The figures of a comparison.

use crate::chart::{Chart, Figure, Histogram, Intervals, LineChart, Series};
use lightfall_model::compare::{Comparison, LevelReport, Samples};

/// Mean and twice the standard error of a scalar, or of the mean over sites of a site-resolved observable, at every time.
fn curve(c: &Comparison, level: &LevelReport, observable: &str) -> Option<Series> {
    let per_time = level.observables.get(observable)?.as_array()?;
    let number = |v: &serde_json::Value, key: &str| v.get(key).and_then(serde_json::Value::as_f64);
    let (mut y, mut width) = (Vec::new(), Vec::new());
    for at in per_time {
        match at.as_array() {
            None => {
                y.push(number(at, "mean")?);
                width.push(2.0 * number(at, "stderr").unwrap_or(0.0));
            }
            Some(sites) => {
                let means: Option<Vec<f64>> = sites.iter().map(|s| number(s, "mean")).collect();
                let means = means?;
                y.push(means.iter().sum::<f64>() / means.len().max(1) as f64);
                // Sites of one trajectory are correlated: the mean of the errors bounds the error of the mean.
                let errors = sites.iter().map(|s| number(s, "stderr").unwrap_or(0.0)).sum::<f64>();
                width.push(2.0 * errors / sites.len().max(1) as f64);
            }
        }
    }
    Some(Series {
        name: level.name.clone(),
        x: c.times.clone(),
        y,
        half_width: Some(width),
        dashed: matches!(level.name.as_str(), "master" | "mean-field"),
    })
}

fn lines(c: &Comparison, observable: &str, title: &str, y_label: &str, note: Option<&str>) -> Option<Chart> {
    let series: Vec<Series> = c.levels.iter().filter_map(|l| curve(c, l, observable)).collect();
    (!series.is_empty()).then(|| {
        Chart::Line(LineChart {
            title: title.into(),
            x_label: "time t".into(),
            y_label: y_label.into(),
            series,
            zero_line: false,
            note: note.map(str::to_owned),
        })
    })
}

/// Energy descent, final energies, entropy along the ramp, differences: the panels there is data for.
pub(crate) fn comparison(c: &Comparison, samples: &Samples) -> Figure {
    let mut panels = Vec::new();
    let ground = c.ground_energy.map(|e| ("ground".to_owned(), e));
    let note = ground.as_ref().map(|(_, e)| format!("bands: two standard errors; exact ground energy {e:.4}"));
    panels.extend(lines(
        c,
        "energy",
        "Energy descent",
        "energy E",
        note.as_deref().or(Some("bands: two standard errors")),
    ));
    let groups: Vec<_> = samples.energies.iter().filter(|(_, v)| v.len() > 1).cloned().collect();
    if !groups.is_empty() {
        panels.push(Chart::Histogram(Histogram {
            title: "Final energies of trajectories".into(),
            x_label: "energy E".into(),
            groups,
            bins: 40,
            marks: ground.into_iter().collect(),
        }));
    }
    let entropy = "mean over spins; depends on how the outputs are watched";
    panels.extend(lines(c, "entropy", "Single-spin entropy along trajectories", "entropy (bit)", Some(entropy)));
    panels.extend(lines(c, "half_entropy", "Half-cut entropy along trajectories", "entropy (bit)", None));
    let rows: Vec<_> = c
        .paired
        .iter()
        .filter(|p| p.observable == "energy")
        .map(|p| (p.level.clone(), p.difference, p.interval[0], p.interval[1]))
        .collect();
    if let Some(first) = c.paired.first().filter(|_| !rows.is_empty()) {
        panels.push(Chart::Intervals(Intervals {
            title: format!("Final energy minus {}, 95 % intervals", first.reference),
            x_label: "energy difference".into(),
            rows,
        }));
    }
    Figure {
        title: if c.title.is_empty() { c.model.clone() } else { c.title.clone() },
        subtitle: Some(format!("N = {}, seed {}, lightfall {}, {} path", c.sites, c.seed, c.version, c.isa)),
        columns: if panels.len() > 1 { 2 } else { 1 },
        panels,
    }
}
