//! A comparison of a coherent Ising machine for people, and as CSV.

use crate::table::{aligned, with_error};
use lightfall_core::stats::Estimate;
use lightfall_model::annealing::{AnnealingReport, LevelResult};

/// Rows of the table along the ramp.
const RAMP_ROWS: usize = 11;

fn estimate(e: Estimate) -> String {
    with_error(e.mean, e.stderr)
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

pub(super) fn text(r: &AnnealingReport) -> String {
    let title = if r.title.is_empty() { &r.model } else { &r.title };
    let mut out = format!(
        "{title}\nN = {}, {} instances, {} starts each, seed {}, {:.1} s\n\n",
        r.n, r.instances, r.replicas, r.seed, r.wall_seconds
    );
    let mut rows =
        vec![row(["E/N of the signs", "signs", "+ single flips", "best start", "less reference [95 %]", "s/instance"])];
    rows.extend(r.levels.iter().map(level));
    out.push_str(&aligned(&rows));
    for (what, value) in &r.limits {
        out.push_str(&format!("N to infinity: {what} {value:.5}\n"));
    }
    if let Some(s) = &r.optimised {
        let knots = |knots: &[[f64; 2]]| {
            knots.iter().map(|[part, value]| format!("{value:.3} at {part}")).collect::<Vec<_>>().join(", ")
        };
        out.push_str(&format!(
            "optimised on other instances: {} steps, dt {:.3}, pump {}; temperature {}\n",
            s.steps,
            s.dt,
            knots(&s.pump),
            knots(&s.temperature)
        ));
    }
    if !r.ramp.is_empty() {
        let mut rows = vec![row(["pump a", "E(x)/N", "q", "E/N of the signs"])];
        let every = (r.ramp.len() / (RAMP_ROWS - 1)).max(1);
        for p in r.ramp.iter().step_by(every) {
            rows.push(vec![format!("{:.2}", p.pump), estimate(p.energy), estimate(p.overlap), estimate(p.sign_energy)]);
        }
        out.push_str(&format!("\nadiabatic evolution\n{}", aligned(&rows)));
    }
    if !r.relaxation.is_empty() {
        let mut rows = vec![row(["time", "E(x)/N", "theory", "q", "theory"])];
        let theory = |v: Option<f64>| v.map_or_else(|| "-".into(), |v| format!("{v:.4}"));
        let every = (r.relaxation.len() / (RAMP_ROWS - 1)).max(1);
        for p in r.relaxation.iter().step_by(every) {
            rows.push(vec![
                format!("{:.2}", p.time),
                estimate(p.energy),
                theory(p.theory),
                estimate(p.overlap),
                theory(p.theory_overlap),
            ]);
        }
        out.push_str(&format!("\nrelaxation, and dynamical mean field theory\n{}", aligned(&rows)));
    }
    out
}

fn level(l: &LevelResult) -> Vec<String> {
    let difference = l.difference.map_or_else(
        || "-".into(),
        |d| format!("{:+.5} [{:+.5}, {:+.5}]", d.difference, d.interval.low, d.interval.high),
    );
    vec![
        l.name.clone(),
        estimate(l.sign_energy),
        estimate(l.greedy_energy),
        estimate(l.best_energy),
        difference,
        format!("{:.2}", l.seconds),
    ]
}

/// Rows of level, observable, x, mean, stderr, n.
pub(super) fn csv(r: &AnnealingReport) -> String {
    let mut out = String::from("level,observable,x,mean,stderr,n\n");
    let mut add = |level: &str, observable: &str, x: String, e: Estimate| {
        let stderr = e.stderr.map_or_else(String::new, |s| s.to_string());
        out.push_str(&format!("{level},{observable},{x},{},{stderr},{}\n", e.mean, e.n));
    };
    for l in &r.levels {
        add(&l.name, "sign_energy", String::new(), l.sign_energy);
        add(&l.name, "greedy_energy", String::new(), l.greedy_energy);
        add(&l.name, "best_energy", String::new(), l.best_energy);
    }
    for p in &r.ramp {
        add("adiabatic", "energy", p.pump.to_string(), p.energy);
        add("adiabatic", "overlap", p.pump.to_string(), p.overlap);
        add("adiabatic", "sign_energy_along", p.pump.to_string(), p.sign_energy);
    }
    let exact = |mean: f64| Estimate { mean, stderr: None, n: 0 };
    for p in &r.relaxation {
        add("relaxation", "energy", p.time.to_string(), p.energy);
        add("relaxation", "overlap", p.time.to_string(), p.overlap);
        if let (Some(energy), Some(overlap)) = (p.theory, p.theory_overlap) {
            add("dmft", "energy", p.time.to_string(), exact(energy));
            add("dmft", "overlap", p.time.to_string(), exact(overlap));
        }
    }
    out
}
