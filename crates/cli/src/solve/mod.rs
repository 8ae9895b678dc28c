//! `solve`: low-energy spins of an instance with a chosen machine.

mod figure;
mod input;
mod report;
mod text;
mod tuning;

use crate::args::{Format, SolveArgs};
use crate::command::{draw, out_folder, print, seconds};
use crate::failure::{Failure, tell};
use crate::interrupt;
use crate::progress::shared_bar;
use input::{Input, read};
use lightfall_cim::{Entry, Found, MACHINES, Measure, PORTFOLIO, Problem, Search, SearchError, Settings};
use report::Report;
use std::path::Path;
use std::time::Duration;

/// Wall-clock time of a search that nothing else ends.
const DEFAULT_LIMIT: Duration = Duration::from_secs(10);

impl From<SearchError> for Failure {
    fn from(e: SearchError) -> Self {
        Failure::Input(e.to_string())
    }
}

pub(crate) fn run(a: &SolveArgs) -> Result<(), Failure> {
    if a.list {
        return print(&text::machines());
    }
    let Some(file) = &a.file else { return Err(Failure::Input("FILE is missing".into())) };
    for (flag, value) in [("--runs", a.runs), ("--steps", a.steps)] {
        if value == Some(0) {
            return Err(Failure::Input(format!("{flag} 0: expected at least 1")));
        }
    }
    for (flag, value) in [("--target", a.target), ("--success", a.success)] {
        if let Some(value) = value.filter(|value| !value.is_finite()) {
            return Err(Failure::Input(format!("{flag} {value}: expected a finite number")));
        }
    }
    let limit = a.time_limit.as_deref().map(seconds).transpose()?;
    let input = read(file, a)?;
    if let Some(spins) = &a.verify {
        return verify(&input, spins, a);
    }
    if let Some(path) = &a.export {
        return input::export(&input, path);
    }
    let problem = Problem::new(input.instance.clone());
    let mut entries = entries(&problem, a)?;
    if let Some(time) = &a.tune {
        tuning::tune(std::slice::from_ref(&problem), &mut entries, seconds(time)?, a)?;
    }
    let limit = limit.or_else(|| (a.runs.is_none() && a.target.is_none()).then_some(DEFAULT_LIMIT));
    let target = a.target.map(|value| input.instance.measure().energy(value));
    let success = a.success.map(|value| input.instance.measure().energy(value));
    let search = Search {
        success,
        history: a.history,
        entries,
        seed: a.seed,
        first: a.first_run,
        runs: a.runs,
        steps: a.steps,
        limit,
        target,
        threads: a.threads,
    };
    let found = watched(&search, &problem, a.quiet || a.format != Format::Text)?;
    finish(&input, &search, &found, a)
}

/// The machines asked for, with their settings.
fn entries(problem: &Problem, a: &SolveArgs) -> Result<Vec<Entry<'static>>, Failure> {
    let mut entries = Vec::new();
    for name in &a.machine {
        if name == PORTFOLIO {
            entries.extend(lightfall_cim::portfolio(problem));
        } else {
            let machine = lightfall_cim::machine(name)?;
            entries.push(Entry { machine, settings: Settings::of(machine), turns: 1 });
        }
    }
    let mut given = tuning::read(a.settings.as_deref())?;
    given.extend(input::settings(&a.set)?);
    for (machine, name, value) in given {
        let mut used = false;
        for e in entries.iter_mut().filter(|e| e.machine.name() == machine) {
            e.settings.set(e.machine, &name, value)?;
            used = true;
        }
        if !used {
            return Err(Failure::Input(format!("--set {machine}.{name}={value}: {machine} does not take part")));
        }
    }
    Ok(entries)
}

/// The search under a bar: of the time where there is a limit, of the runs otherwise.
fn watched(search: &Search<'_>, problem: &Problem, quiet: bool) -> Result<Found, Failure> {
    interrupt::listen();
    let template = match (search.limit, search.runs) {
        (Some(_), _) => "{bar:32} {elapsed} gone, {eta} left, {msg}",
        (None, Some(_)) => "{bar:32} {pos}/{len} runs, {elapsed} gone, {eta} left, {msg}",
        (None, None) => "{spinner} {elapsed} gone, {msg}",
    };
    let bar = shared_bar(quiet, template);
    let limit = search.limit.map(|l| l.as_millis() as u64);
    bar.set_length(limit.or(search.runs).unwrap_or(1));
    let start = std::time::Instant::now();
    let measure = problem.instance().measure();
    let watch = |runs: u64, energy: f64| {
        let place = limit.map_or(runs, |limit| limit.min(start.elapsed().as_millis() as u64));
        bar.set_position(place);
        bar.set_message(format!("{runs} runs, best {} {}", measure.name(), text::number(measure.of(energy))));
    };
    let found = search.run(problem, &watch, &interrupt::pressed);
    bar.finish_and_clear();
    Ok(found?)
}

fn finish(input: &Input, search: &Search<'_>, found: &Found, a: &SolveArgs) -> Result<(), Failure> {
    if found.best.spins.is_empty() {
        return Err(Failure::Run("the search ended before any run had a state; give it more time".into()));
    }
    let out = out_folder(a.out.as_ref(), &input.path);
    let cannot = |path: &Path, e: std::io::Error| Failure::Input(format!("cannot write {}: {e}", path.display()));
    std::fs::create_dir_all(&out).map_err(|e| cannot(&out, e))?;
    let spins_file = out.join("spins.txt");
    let report = Report::new(input, search, found, &spins_file, a);
    let binary = matches!(input.instance.measure(), Measure::Objective { .. }) && input.binary;
    let solution = lightfall_cim::write_solution(&report.header(), &found.best.spins, binary);
    std::fs::write(&spins_file, solution).map_err(|e| cannot(&spins_file, e))?;
    let json = serde_json::to_string_pretty(&report).map_err(|e| Failure::Run(e.to_string()))?;
    let path = out.join("solve.json");
    std::fs::write(&path, &json).map_err(|e| cannot(&path, e))?;
    let figures = draw(&figure::figure(&report, found), &out, "solve")?;
    match a.format {
        Format::Json => print(&format!("{json}\n"))?,
        Format::Csv => print(&report.csv())?,
        Format::Text => {
            print(&text::text(&report))?;
            if !a.quiet {
                print(&format!("\nspins   {}\nresult  {}\nfigures {figures}\n", spins_file.display(), path.display()))?;
            }
        }
    }
    if !a.quiet {
        report.warnings.iter().for_each(|w| tell(&format!("warning: {w}")));
    }
    if found.interrupted {
        return Err(Failure::Interrupted(format!(
            "interrupted: the best state so far is in {}; the same command starts anew",
            spins_file.display()
        )));
    }
    Ok(())
}

/// Checks a file of spins against the instance.
fn verify(input: &Input, path: &Path, a: &SolveArgs) -> Result<(), Failure> {
    let wrong = |e: &dyn std::fmt::Display| Failure::Input(format!("{}: {e}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| wrong(&format!("cannot be read: {e}")))?;
    let spins = lightfall_cim::read_solution(&text, input.instance.len()).map_err(|e| wrong(&e))?;
    let energy = input.instance.energy(&spins);
    let measure = input.instance.measure();
    let (name, value) = (measure.name(), measure.of(energy));
    let mut polished = spins.clone();
    let flips = lightfall_cim::polish(&input.instance, &mut polished);
    let stated = input::stated(&text, name);
    if let Some(stated) = stated.filter(|stated| (stated - value).abs() > 1e-9 * stated.abs().max(1.0)) {
        let (stated, found) = (text::number(stated), text::number(value));
        return Err(wrong(&format!("states {name} {stated}, its spins have {found}")));
    }
    if a.format == Format::Json {
        let json = serde_json::json!({"energy": energy, name: value, "stated": stated, "local_minimum": flips == 0});
        print(&format!("{json:#}\n"))?;
    } else {
        let local = if flips == 0 {
            "no single flip lowers the energy".to_owned()
        } else {
            format!("{flips} single flips lower the energy to {}", text::number(input.instance.energy(&polished)))
        };
        print(&format!("{name} {}\nenergy {}\n{local}\n", text::number(value), text::number(energy)))?;
    }
    Ok(())
}

/// Whether anything is named so, for messages.
pub(crate) fn is_machine(name: &str) -> bool {
    MACHINES.iter().any(|m| m.name() == name)
}
