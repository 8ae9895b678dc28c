//! `compare` of a coherent Ising machine: annealing beside solvers and theory.

mod figure;
mod text;

use crate::args::{CheckArgs, CompareArgs, Format};
use crate::command::{draw, out_folder, overrides, print};
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::shared_bar;
use lightfall_model::annealing::{AnnealingError, AnnealingModel, anneal};
use lightfall_model::{Override, Registry};

impl From<AnnealingError> for Failure {
    fn from(e: AnnealingError) -> Self {
        match e {
            AnnealingError::Model(e) => e.into(),
            AnnealingError::Interrupted => Failure::Interrupted("interrupted: nothing is written".into()),
            AnnealingError::Threads(text) => Failure::Run(text),
            e => Failure::Input(e.to_string()),
        }
    }
}

fn read(model: &std::path::Path, set: &[String], a: Option<&CompareArgs>) -> Result<AnnealingModel, Failure> {
    let mut set: Vec<Override> = overrides(set)?;
    if let Some(a) = a {
        let quoted =
            |names: &[String]| names.iter().map(|name| format!("{:?}", name.trim())).collect::<Vec<_>>().join(", ");
        if let Some(levels) = &a.levels {
            set.push(Override { key: "run.levels".into(), value: format!("[{}]", quoted(levels)) });
        }
        if let Some(reference) = &a.reference {
            set.push(Override { key: "run.reference".into(), value: format!("{reference:?}") });
        }
    }
    Ok(AnnealingModel::read(model, &set, &Registry::default())?)
}

/// Flags of `compare` that mean nothing here.
fn refuse(a: &CompareArgs) -> Result<(), Failure> {
    let given = [
        ("--trajectories", a.trajectories.is_some(), "every level has 16 starts an instance; set run.instances"),
        ("--target", a.target.is_some(), "set run.instances"),
        ("--time-limit", a.time_limit.is_some(), "Ctrl-C reports the instances done by then"),
        ("--sweep", !a.sweep.is_empty(), "run it once for each value, with --set"),
        ("--resume", a.resume, "instances are fixed by the seed; run it again with more of them"),
    ];
    match given.into_iter().find(|(_, given, _)| *given) {
        Some((flag, _, instead)) => {
            Err(Failure::Input(format!("{flag} does not apply to a model with [device.cim]; {instead}")))
        }
        None => Ok(()),
    }
}

pub(crate) fn run(a: &CompareArgs) -> Result<(), Failure> {
    refuse(a)?;
    let model = read(&a.model, &a.set, Some(a))?;
    let seed = a.seed.unwrap_or(model.run.seed);
    interrupt::listen();
    let bar = shared_bar(a.quiet, "{bar:32} {pos}/{len} parts, {elapsed} gone, {eta} left");
    let watch = |done: u64, of: u64| {
        bar.set_length(of);
        bar.set_position(done);
        bar.tick();
        !interrupt::pressed()
    };
    let report = anneal(&model, seed, a.threads, &watch)?;
    bar.finish_and_clear();
    let json = serde_json::to_string_pretty(&report).map_err(|e| Failure::Run(e.to_string()))?;
    match a.format {
        Format::Text => print(&text::text(&report))?,
        Format::Json => print(&format!("{json}\n"))?,
        Format::Csv => print(&text::csv(&report))?,
    }
    let out = out_folder(a.out.as_ref(), &a.model);
    let path = out.join("compare.json");
    let cannot = |e: std::io::Error| Failure::Input(format!("cannot write {}: {e}", path.display()));
    std::fs::create_dir_all(&out).map_err(cannot)?;
    std::fs::write(&path, json).map_err(cannot)?;
    let files = draw(&figure::figure(&report), &out, "compare")?;
    if a.format == Format::Text && !a.quiet {
        print(&format!("\nresult  {}\nfigures {files}\n", path.display()))?;
    }
    if report.instances < model.run.instances {
        return Err(Failure::Interrupted(format!(
            "interrupted: {} of {} instances are reported",
            report.instances, model.run.instances
        )));
    }
    Ok(())
}

/// What is known of a model before a run.
pub(crate) fn check(a: &CheckArgs) -> Result<(), Failure> {
    let model = read(&a.model, &a.set, None)?;
    let couplings = model.couplings(model.run.seed, 0)?;
    let (low, high) = couplings.spectral_bounds();
    print(&format!(
        "{}: ok\nN = {}, spectrum of J within [{low:.3}, {high:.3}]\n{} instances, 16 starts each; levels: {}\n",
        a.model.display(),
        couplings.len(),
        model.run.instances,
        model.run.levels.join(", ")
    ))
}
