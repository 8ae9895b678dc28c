//! The tables of `compare` on stdout.

use lightfall_model::compare::{Comparison, Figure, LevelReport, Overlaps, PairedBy, PairedReport};

/// A number with its error in brackets, in units of its last digit: -8.413(21).
pub(crate) fn with_error(mean: f64, stderr: Option<f64>) -> String {
    match stderr {
        Some(e) if e > 0.0 && e.is_finite() => {
            // Two digits of the error, at most nine places.
            let places = (1 - e.log10().floor() as i32).clamp(0, 9) as usize;
            let scaled = (e * 10.0_f64.powi(places as i32)).round();
            if places == 0 { format!("{mean:.0}({scaled:.0})") } else { format!("{mean:.places$}({scaled:.0})") }
        }
        _ => format!("{mean:.5}"),
    }
}

fn cell(e: Option<Figure>) -> String {
    e.map_or_else(|| "-".into(), |e| with_error(e.mean, e.stderr))
}

/// Aligns columns: the first to the left, the others to the right.
pub(crate) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|s| s.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(c, (s, w))| {
            let space = " ".repeat(w - s.chars().count());
            if c == 0 { format!("{s}{space}") } else { format!("{space}{s}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn level_row(l: &LevelReport) -> Vec<String> {
    let f = &l.last;
    let step = l.step_error.as_ref().map_or_else(
        || "-".into(),
        |s| match s.stderr {
            None => format!("{:.1e}", s.mean),
            Some(e) => format!("{:.1e}±{e:.0e}", s.mean),
        },
    );
    let instances = f.energy.and_then(|e| e.stderr_instances).map_or_else(String::new, |e| format!("{e:.3}"));
    vec![
        l.name.clone(),
        l.path.clone(),
        l.trajectories.to_string(),
        cell(f.energy),
        instances,
        cell(f.energy_ratio),
        cell(f.sign_energy),
        cell(f.ground_probability),
        cell(f.ground_fraction),
        step,
        format!("{:.2} s", l.wall_seconds),
    ]
}

fn paired_row(p: &PairedReport) -> Vec<String> {
    let by = match p.paired_by {
        PairedBy::Noise => "same noise",
        PairedBy::Instance => "same instances",
        PairedBy::None => "not paired",
    };
    vec![
        format!("{} - {}", p.level, p.reference),
        p.observable.clone(),
        format!("{:+.4}", p.difference),
        format!("[{:+.4}, {:+.4}]", p.interval[0], p.interval[1]),
        by.into(),
    ]
}

/// The report for people.
pub(crate) fn text(c: &Comparison) -> String {
    let last = c.times.last().copied().unwrap_or(0.0);
    let mut out = String::new();
    if !c.title.is_empty() {
        out.push_str(&format!("{}\n", c.title));
    }
    let ground = c.ground_energy.map_or_else(String::new, |e| format!(", ground energy {e:.5}"));
    let instances = if c.instances > 1 { format!(", {} instances", c.instances) } else { String::new() };
    out.push_str(&format!("N = {}{instances}{ground}, seed {}; values at t = {last}\n", c.sites, c.seed));
    if let Some(ramp) = &c.ramp {
        out.push_str(&format!("{ramp}\n"));
    }
    out.push('\n');
    let head = [
        "level",
        "path",
        "n",
        "energy",
        "± inst.",
        "E/E0",
        "sign energy",
        "P(ground)",
        "f(ground)",
        "step error",
        "wall",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(c.levels.iter().map(level_row));
    if c.instances == 1 {
        rows.iter_mut().for_each(|r| drop(r.remove(4)));
    }
    out.push_str(&aligned(&rows));
    out.push_str(&replicas(c));
    for l in &c.levels {
        if let Some(p) = l.highest_fock_state {
            out.push_str(&format!("\n{}: the highest Fock state kept holds at most {p:.1e}", l.name));
        }
    }
    if c.levels.iter().any(|l| l.highest_fock_state.is_some()) {
        out.push('\n');
    }
    if let Some(first) = c.paired.first() {
        let percent = 100.0 * first.confidence;
        let mut rows = vec![vec![
            "difference".into(),
            "observable".into(),
            "value".into(),
            format!("{percent:.0} % interval"),
            "paired".into(),
        ]];
        // The same as the sign energy, in another unit.
        rows.extend(c.paired.iter().filter(|p| p.observable != "sign_ratio").map(paired_row));
        out.push('\n');
        out.push_str(&aligned(&rows));
    }
    out
}

/// Trajectories as replicas, where they were asked for.
fn replicas(c: &Comparison) -> String {
    let head = ["replicas", "q_EA", "<q^2>", "K", "frustrated", "sampled <q^2>", "K", "distinct", "frozen at"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let cell = |f: Figure| with_error(f.mean, f.stderr_instances);
    for l in &c.levels {
        let Some(r) = &l.replicas else { continue };
        let sampled = |of: fn(&Overlaps) -> Figure| r.sampled.as_ref().map_or_else(|| "-".into(), |o| cell(of(o)));
        rows.push(vec![
            l.name.clone(),
            cell(r.q_ea),
            cell(r.expectation.q_squared),
            cell(r.expectation.ultrametricity),
            cell(r.expectation.frustrated),
            sampled(|o| o.q_squared),
            sampled(|o| o.ultrametricity),
            cell(r.distinct),
            cell(r.frozen_at),
        ]);
    }
    if rows.len() == 1 { String::new() } else { format!("\n{}", aligned(&rows)) }
}

/// Rows of level, observable, index, time, mean, stderr, n.
pub(crate) fn csv(c: &Comparison) -> String {
    let mut out = String::from("level,observable,index,time,mean,stderr,n\n");
    for l in &c.levels {
        for (name, series) in &l.observables {
            for (t, at) in c.times.iter().zip(series.as_array().into_iter().flatten()) {
                estimates(at, &mut String::new(), &mut |index, e| {
                    let number = |key: &str| {
                        e.get(key).map_or(String::new(), |v| if v.is_null() { String::new() } else { v.to_string() })
                    };
                    out.push_str(&format!(
                        "{},{name},{index},{t},{},{},{}\n",
                        l.name,
                        number("mean"),
                        number("stderr"),
                        number("n")
                    ));
                });
            }
        }
    }
    out
}

/// Calls `f` for every estimate in nested arrays, with its index such as `3` or `3 5`.
fn estimates(value: &serde_json::Value, index: &mut String, f: &mut impl FnMut(&str, &serde_json::Value)) {
    match value.as_array() {
        None => f(index.trim(), value),
        Some(items) => {
            for (k, item) in items.iter().enumerate() {
                let length = index.len();
                index.push_str(&format!(" {k}"));
                estimates(item, index, f);
                index.truncate(length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_in_units_of_the_last_digit() {
        assert_eq!(with_error(-8.4132, Some(0.0214)), "-8.413(21)");
        assert_eq!(with_error(0.5, Some(0.25)), "0.50(25)");
        assert_eq!(with_error(123.4, Some(12.0)), "123(12)");
        assert_eq!(with_error(1.25, None), "1.25000");
    }
}
