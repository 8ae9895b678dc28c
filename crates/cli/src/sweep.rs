//! `compare --sweep`: a comparison at every point of a grid, its tables and files.

use crate::args::{CompareArgs, Format};
use crate::command::{draw, options, out_folder, overrides_of, print, resume_command};
use crate::failure::Failure;
use crate::progress::Bars;
use crate::table::{aligned, with_error};
use crate::{figure, interrupt};
use lightfall_core::ensemble::Stopped;
use lightfall_model::Registry;
use lightfall_model::compare::{self, Axis, FailedPoint, Figure, Swept, SweptPoint, last_part};
use std::path::{Path, PathBuf};

/// What a finished sweep is kept as.
fn file(out: &Path) -> PathBuf {
    out.join("sweep.json")
}

pub(crate) fn run(a: &CompareArgs) -> Result<(), Failure> {
    let axes = a.sweep.iter().map(|s| Axis::parse(s)).collect::<Result<Vec<_>, _>>()?;
    for (k, axis) in axes.iter().enumerate() {
        if axes[..k].iter().any(|b| b.key == axis.key) {
            return Err(Failure::Input(format!("--sweep: {} is swept twice; give each key once", axis.key)));
        }
    }
    let out = out_folder(a.out.as_ref(), &a.model);
    let options = options(a, out.clone())?;
    std::fs::create_dir_all(&out).map_err(|e| Failure::Input(format!("cannot write {}: {e}", out.display())))?;
    // What an earlier sweep left says nothing about this one until it is done.
    let _ = std::fs::remove_file(file(&out));
    interrupt::listen();
    let bars = Bars::new(a.quiet);
    let swept = compare::sweep(&a.model, &overrides_of(a)?, &axes, &Registry::default(), &options, &bars);
    let (swept, stopped) = swept.inspect_err(|_| {
        // Only a folder that nothing was written to: refused input leaves no trace.
        let _ = std::fs::remove_dir(&out);
    })?;
    bars.finish();
    let json = serde_json::to_string_pretty(&swept).map_err(|e| Failure::Run(e.to_string()))?;
    match a.format {
        Format::Text => print(&text(&swept))?,
        Format::Json => print(&format!("{json}\n"))?,
        Format::Csv => print(&csv(&swept))?,
    }
    if stopped == Stopped::Interrupted {
        let done = swept.sweep.len();
        let how = format!(
            "interrupted after {done} points: finished blocks are in {}; continue with\n  {}",
            out.display(),
            resume_command()
        );
        return Err(Failure::Interrupted(how));
    }
    if swept.sweep.is_empty() {
        return Err(Failure::Run(failures(&swept).unwrap_or_default()));
    }
    let path = file(&out);
    std::fs::write(&path, json).map_err(|e| Failure::Input(format!("cannot write {}: {e}", path.display())))?;
    let files = draw(&figure::sweep(&swept), &out, "sweep")?;
    if a.format == Format::Text && !a.quiet {
        print(&format!("\nresult  {}\nfigures {files}\n", path.display()))?;
    }
    failures(&swept).map_or(Ok(()), |text| Err(Failure::Run(text)))
}

/// The points that ended in an error, one a line.
fn failures(swept: &Swept) -> Option<String> {
    let line = |p: &FailedPoint| {
        let at: Vec<String> = p.at.iter().map(|(key, v)| format!("{}={v}", last_part(key))).collect();
        format!("\n  {}: {}", at.join(" "), p.error)
    };
    let (failed, all) = (swept.failed.len(), swept.failed.len() + swept.sweep.len());
    let lines: String = swept.failed.iter().map(line).collect();
    (failed > 0).then(|| format!("{failed} of {all} points ended in an error:{lines}"))
}

/// Draws the figure of a finished sweep again, if `folder` holds one; returns the names.
pub(crate) fn redraw(folder: &Path, out: &Path) -> Result<Option<String>, Failure> {
    let path = file(folder);
    if !path.is_file() {
        return Ok(None);
    }
    let wrong = |e: &dyn std::fmt::Display| Failure::Input(format!("{}: {e}", path.display()));
    let json = std::fs::read_to_string(&path).map_err(|e| wrong(&e))?;
    let swept: Swept = serde_json::from_str(&json).map_err(|e| wrong(&format!("not the result of a sweep: {e}")))?;
    std::fs::create_dir_all(out).map_err(|e| Failure::Input(format!("cannot write {}: {e}", out.display())))?;
    draw(&figure::sweep(&swept), out, "sweep").map(Some)
}

/// Short names of the keys.
fn names(swept: &Swept) -> Vec<String> {
    swept.keys.iter().map(|k| last_part(k).to_owned()).collect()
}

fn values(swept: &Swept, point: &SweptPoint) -> Vec<String> {
    swept.keys.iter().map(|k| format!("{:.5}", point.at.get(k).copied().unwrap_or(f64::NAN))).map(trimmed).collect()
}

/// Without zeros at the end.
fn trimmed(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Mean, error of the trajectories in brackets, error over instances after the sign.
fn cell(figure: Option<Figure>) -> String {
    figure.map_or_else(
        || "-".into(),
        |f| {
            let over = f.stderr_instances.map_or_else(String::new, |e| format!(" ±{e:.3}"));
            match f.stderr {
                Some(_) => with_error(f.mean, f.stderr) + &over,
                None => format!("{:.4}{over}", f.mean),
            }
        },
    )
}

/// Number of spins and of instances, where all points have the same.
pub(crate) fn sizes(swept: &Swept) -> String {
    let same = |of: fn(&SweptPoint) -> u64| {
        let first = of(swept.sweep.first()?);
        swept.sweep.iter().all(|p| of(p) == first).then_some(first)
    };
    let sites = same(|p| p.sites as u64).map_or_else(String::new, |n| format!("N = {n}, "));
    sites + &same(|p| p.instances).map_or_else(String::new, |n| format!("{n} instances, "))
}

/// The report for people.
fn text(swept: &Swept) -> String {
    let mut out = String::new();
    if !swept.title.is_empty() {
        out.push_str(&format!("{}\n", swept.title));
    }
    let sizes = sizes(swept);
    out.push_str(&format!("{sizes}seed {}, the same at every point; values at the last time\n", swept.seed));
    if let Some(ramp) = &swept.ramp {
        out.push_str(&format!("{ramp}\n"));
    }
    out.push_str("(n): standard error of the trajectories; ±: standard error over instances\n\n");
    let mut head = names(swept);
    head.extend(["level", "path", "n", "E/E0", "sign E/E0", "P(ground)", "energy"].map(str::to_owned));
    let mut rows = vec![head];
    for point in &swept.sweep {
        for level in &point.levels {
            let last = &level.last;
            let cells = [last.energy_ratio, last.sign_ratio, last.ground_probability, last.energy].map(cell);
            let mut row = values(swept, point);
            row.extend([level.name.clone(), level.path.clone(), level.trajectories.to_string()]);
            row.extend(cells);
            rows.push(row);
        }
    }
    out.push_str(&aligned(&rows));
    let mut head = names(swept);
    head.extend(["difference", "observable", "value", "± traj.", "± inst.", "95 % interval"].map(str::to_owned));
    let mut rows = vec![head];
    for point in &swept.sweep {
        for p in &point.paired {
            let error = |e: Option<f64>| e.map_or_else(|| "-".into(), |e| format!("{e:.4}"));
            let mut row = values(swept, point);
            row.extend([
                format!("{} - {}", p.level, p.reference),
                p.observable.clone(),
                format!("{:+.4}", p.difference),
                error(p.stderr),
                error(p.stderr_instances),
                format!("[{:+.4}, {:+.4}]", p.interval[0], p.interval[1]),
            ]);
            rows.push(row);
        }
    }
    if rows.len() > 1 {
        out.push('\n');
        out.push_str(&aligned(&rows));
    }
    out
}

/// Rows of the keys, level, observable, mean, stderr, stderr_instances, n; differences are `level - reference`.
fn csv(swept: &Swept) -> String {
    let number = |v: Option<f64>| v.map_or_else(String::new, |v| v.to_string());
    let mut out = format!("{},level,observable,mean,stderr,stderr_instances,n\n", swept.keys.join(","));
    for point in &swept.sweep {
        let at: Vec<String> = swept.keys.iter().map(|k| number(point.at.get(k).copied())).collect();
        let at = at.join(",");
        for level in &point.levels {
            let last = &level.last;
            let figures = [
                ("energy", last.energy),
                ("energy_ratio", last.energy_ratio),
                ("sign_energy", last.sign_energy),
                ("sign_ratio", last.sign_ratio),
                ("ground_probability", last.ground_probability),
                ("ground_fraction", last.ground_fraction),
            ];
            for (name, figure) in figures {
                if let Some(f) = figure {
                    let errors = format!("{},{}", number(f.stderr), number(f.stderr_instances));
                    out.push_str(&format!("{at},{},{name},{},{errors},{}\n", level.name, f.mean, f.n));
                }
            }
        }
        for p in &point.paired {
            let errors = format!("{},{}", number(p.stderr), number(p.stderr_instances));
            out.push_str(&format!("{at},{} - {},{},{},{errors},\n", p.level, p.reference, p.observable, p.difference));
        }
    }
    out
}
