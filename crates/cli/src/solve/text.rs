//! The result of a search for people.

use super::report::{GroupReport, Report, Time};
use crate::table::aligned;
use lightfall_cim::MACHINES;

/// A number as short as it is exact, at most ten digits.
pub(crate) fn number(v: f64) -> String {
    if v == v.round() && v.abs() < 1e15 { format!("{v:.0}") } else { format!("{v:.6}") }
}

fn short_time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.3} ms", 1e3 * s),
        s if s < 1.0 => format!("{:.3} s", s),
        s if s < 100.0 => format!("{s:.2} s"),
        s if s < 1e4 => format!("{s:.0} s"),
        s => format!("{:.1} h", s / 3600.0),
    }
}

fn time(t: Option<Time>) -> String {
    let Some(t) = t else { return "-".into() };
    let high = t.high.map_or_else(|| "..".into(), short_time);
    format!("{} [{}, {high}]", short_time(t.seconds), short_time(t.low))
}

pub(super) fn text(r: &Report) -> String {
    let (name, value) = (r.measure, number(r.value()));
    let energy = if name == "energy" {
        format!(", {:.6} per spin", r.best.energy / r.n as f64)
    } else {
        format!(" (energy {})", number(r.best.energy))
    };
    let mut out = format!("{}: {}\nbest {name} {value}{energy}\n", r.instance, r.about);
    let polished = match r.best.polished_flips {
        0 => String::new(),
        k => format!(", and {k} single flips after it"),
    };
    out.push_str(&format!(
        "found by {} run {} of {} {}s after {}{polished}\n",
        r.best.machine,
        r.best.run,
        r.best.steps,
        r.machines.iter().find(|m| m.name == r.best.machine).map_or("step", |m| m.unit),
        short_time(r.best.seconds)
    ));
    if let (Some(target), Some(reached)) = (r.target, r.target_reached) {
        out.push_str(&format!("target {} {}\n", number(target), if reached { "reached" } else { "NOT reached" }));
    }
    out.push_str(&success(r));
    out.push_str(&format!(
        "\n{} runs in {}, {} of processor time on {} threads, seed {}\n",
        r.runs.len(),
        short_time(r.wall_seconds),
        short_time(r.cpu_seconds),
        r.threads,
        r.seed
    ));
    out
}

/// The table of success by machine and length.
fn success(r: &Report) -> String {
    if r.success.is_empty() {
        return String::new();
    }
    let head =
        ["machine", "steps", "replicas", "mean", "best", "reached", "probability [95 %]", "time to target, one core"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for g in &r.success {
        rows.push(row(g));
    }
    let asked = r.success_asked;
    let what = if asked { "as asked" } else { "the best found" };
    let mut out = format!("\n{}", aligned(&rows));
    out.push_str(&format!(
        "reached: {} {} or better, {what}; time: until then with 99 % certainty\n",
        r.measure,
        number(r.success_at)
    ));
    out
}

fn row(g: &GroupReport) -> Vec<String> {
    vec![
        g.machine.to_owned(),
        g.steps.to_string(),
        g.replicas.to_string(),
        format!("{:.2}", g.mean),
        number(g.best),
        g.successes.to_string(),
        format!("{:.4} [{:.4}, {:.4}]", g.probability, g.interval.low, g.interval.high),
        time(g.time_to_target),
    ]
}

/// The list of machines.
pub(super) fn machines() -> String {
    let mut out =
        String::from("Machines of `lightfall solve --machine NAME`; settings by `--set NAME.SETTING=VALUE`.\n");
    for m in MACHINES {
        out.push_str(&format!("\n{}: {}\n", m.name(), m.about()));
        let rows: Vec<Vec<String>> = m
            .parameters()
            .iter()
            .map(|p| {
                vec![format!("    {}", p.name), p.default.to_string(), format!("{} to {}  {}", p.low, p.high, p.about)]
            })
            .collect();
        out.push_str(&aligned(&rows));
    }
    out.push_str("\nportfolio: machines that take turns, a choice that suits most instances\n");
    out
}
