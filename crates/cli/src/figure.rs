//! The figures of a comparison.

use crate::chart::{Chart, Figure, Histogram, Intervals, LineChart, Series};
use lightfall_model::compare::{self, Comparison, LevelReport, Samples, Swept, SweptPoint, last_part};
use std::collections::BTreeMap;

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
    panels.extend(overlaps(c));
    panels.extend(spectra(c));
    let rows: Vec<_> = c
        .paired
        .iter()
        .filter(|p| p.observable == "energy")
        .map(|p| (p.level.clone(), p.difference, p.interval[0], p.interval[1]))
        .collect();
    if let Some(first) = c.paired.first().filter(|_| !rows.is_empty()) {
        panels.push(Chart::Intervals(Intervals {
            marks: Vec::new(),
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

/// P(q) of expectation values (solid) and of drawn configurations (dashed).
fn overlaps(c: &Comparison) -> Option<Chart> {
    let curve = |level: &LevelReport, o: &compare::Overlaps, dashed: bool| Series {
        name: level.name.clone(),
        x: o.q.clone(),
        y: o.density.iter().map(|f| f.mean).collect(),
        half_width: (!dashed).then(|| o.density.iter().map(|f| 2.0 * f.stderr_instances.unwrap_or(0.0)).collect()),
        dashed,
    };
    let of_level = |l: &LevelReport| {
        let r = l.replicas.as_ref()?;
        let sampled = r.sampled.as_ref().map(|o| curve(l, o, true));
        Some(std::iter::once(curve(l, &r.expectation, false)).chain(sampled).collect::<Vec<_>>())
    };
    let series: Vec<Series> = c.levels.iter().filter_map(of_level).flatten().collect();
    (!series.is_empty()).then(|| {
        Chart::Line(LineChart {
            title: "Overlaps of trajectories at the end".into(),
            x_label: "overlap q".into(),
            y_label: "P(q)".into(),
            series,
            zero_line: true,
            note: Some("solid: of expectation values; dashed: of drawn configurations".into()),
        })
    })
}

/// Spectra of the light over the last interval, summed over the outputs.
fn spectra(c: &Comparison) -> Option<Chart> {
    let of_level = |level: &LevelReport| {
        let outputs = level.observables.get("spectrum")?.as_array()?.last()?.as_array()?;
        let number = |k: usize, f: usize, key: &str| outputs[k][f].get(key).and_then(serde_json::Value::as_f64);
        let sum = |f: usize| (0..outputs.len()).map(|k| number(k, f, "mean").unwrap_or(f64::NAN)).sum();
        // Outputs of one trajectory are correlated: the sum of the errors bounds the error of the sum.
        let error = |f: usize| (0..outputs.len()).map(|k| 2.0 * number(k, f, "stderr").unwrap_or(0.0)).sum();
        Some(Series {
            name: level.name.clone(),
            x: c.frequencies.clone(),
            y: (0..c.frequencies.len()).map(sum).collect(),
            half_width: Some((0..c.frequencies.len()).map(error).collect()),
            dashed: level.name.ends_with("master"),
        })
    };
    let series: Vec<Series> = c.levels.iter().filter_map(of_level).collect();
    (!series.is_empty()).then(|| {
        Chart::Line(LineChart {
            title: "Light that leaves, over the last interval".into(),
            x_label: "frequency from the pump".into(),
            y_label: "S, all outputs".into(),
            series,
            zero_line: true,
            note: Some("above 0: photons that carry energy away; bands: two standard errors".into()),
        })
    })
}

/// A number of a point with half the width of its band, by curve.
type Read<'a> = &'a dyn Fn(&SweptPoint) -> Vec<(String, f64, f64)>;

/// A sweep along its first key; values of the other keys tell curves apart.
pub(crate) fn sweep(swept: &Swept) -> Figure {
    let (key, others) = swept.keys.split_first().map_or((String::new(), &[][..]), |(k, o)| (k.clone(), o));
    let at = |p: &SweptPoint, key: &String| p.at.get(key).copied().unwrap_or(f64::NAN);
    // Keys that were swept in equal ratios are drawn so.
    let x: Vec<f64> = swept.sweep.iter().map(|p| at(p, &key)).collect();
    let (low, high) = x.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(*v), h.max(*v)));
    let logarithmic = low > 0.0 && high / low >= 10.0;
    let x_label = if logarithmic { format!("log10 of {}", last_part(&key)) } else { last_part(&key).to_owned() };
    let curves = |title: &str, y_label: &str, note: &str, zero_line: bool, read: Read<'_>| -> Option<Chart> {
        let mut series: BTreeMap<String, Series> = BTreeMap::new();
        for point in &swept.sweep {
            let which: Vec<String> = others.iter().map(|k| format!("{} = {}", last_part(k), at(point, k))).collect();
            for (level, y, half) in read(point) {
                let name = std::iter::once(level).chain(which.iter().cloned()).collect::<Vec<_>>().join(", ");
                let s = series.entry(name.clone()).or_insert_with(|| Series { name, ..Series::default() });
                let v = at(point, &key);
                s.x.push(if logarithmic { v.log10() } else { v });
                s.y.push(y);
                s.half_width.get_or_insert_default().push(half);
            }
        }
        (!series.is_empty()).then(|| {
            Chart::Line(LineChart {
                title: title.into(),
                x_label: x_label.clone(),
                y_label: y_label.into(),
                series: series.into_values().collect(),
                zero_line,
                note: Some(note.into()),
            })
        })
    };
    let bands = "bands: two standard errors over instances, or of the trajectories where there is one";
    let of_levels = |pick: fn(&compare::Final) -> Option<compare::Figure>| {
        move |p: &SweptPoint| {
            let read = |l: &LevelReport| {
                let f = pick(&l.last)?;
                Some((l.name.clone(), f.mean, 2.0 * f.stderr_instances.or(f.stderr).unwrap_or(0.0)))
            };
            p.levels.iter().filter_map(read).collect::<Vec<_>>()
        }
    };
    let differences = |observable: &'static str| {
        move |p: &SweptPoint| {
            let these = p.paired.iter().filter(|d| d.observable == observable);
            let half = |d: &compare::PairedReport| 0.5 * (d.interval[1] - d.interval[0]);
            these.map(|d| (d.level.clone(), d.difference, half(d))).collect::<Vec<_>>()
        }
    };
    let reference = swept.sweep.first().and_then(|p| p.paired.first()).map_or("", |d| d.reference.as_str());
    let panels: Vec<Chart> = [
        curves("Energy at the end", "E/E0, 1 in the ground state", bands, false, &of_levels(|f| f.energy_ratio)),
        curves("Energy of sign configurations", "E/E0", bands, false, &of_levels(|f| f.sign_ratio)),
        curves("Probability of the ground state", "P(ground)", bands, false, &of_levels(|f| f.ground_probability)),
        curves(
            &format!("Energy at the end minus {reference}"),
            "difference of E/E0",
            "above 0: lower energy than the reference; bands: 95 % intervals over instances",
            true,
            &differences("energy_ratio"),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    let size = crate::sweep::sizes(swept);
    let ramp = swept.ramp.as_ref().map_or_else(String::new, |r| format!(", {r}"));
    Figure {
        title: if swept.title.is_empty() { swept.model.clone() } else { swept.title.clone() },
        subtitle: Some(format!("{size}seed {}{ramp}, lightfall {}", swept.seed, swept.version)),
        columns: if panels.len() > 1 { 2 } else { 1 },
        panels,
    }
}
