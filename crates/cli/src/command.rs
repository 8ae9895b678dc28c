//! What each command does.

use crate::args::{
    CheckArgs, Cli, CompareArgs, CompletionsArgs, Format, NewArgs, PlotArgs, RecordArgs, SchemaArgs, SchemaKind,
};
use crate::failure::{Failure, tell};
use crate::progress::Bars;
use crate::{annealing, chart, figure, interrupt, photons, sweep, table};
use clap::CommandFactory;
use lightfall_cavity::LevelName;
use lightfall_cavity::open_ising::{LevelKind, split_path_applies};
use lightfall_core::ensemble::{Stopped, Target};
use lightfall_core::record::Record;
use lightfall_model::annealing::AnnealingModel;
use lightfall_model::compare::{self, CompareError, Options, Pairing, available_memory};
use lightfall_model::photons::PhotonModel;
use lightfall_model::{KINDS, Model, Override, Registry, Source, template};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) fn overrides(set: &[String]) -> Result<Vec<Override>, Failure> {
    set.iter().map(|s| Override::parse(s).map_err(Failure::from)).collect()
}

/// Writes to stdout; a closed pipe is the reader's choice, not an error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Run(format!("cannot write to stdout: {e}")))
        }
        _ => Ok(()),
    }
}

fn level(name: &str) -> Result<LevelName, Failure> {
    LevelName::try_from(name.to_owned()).map_err(Failure::Input)
}

pub(crate) fn seconds(text: &str) -> Result<Duration, Failure> {
    let wrong =
        || Failure::Input(format!("--time-limit {text}: expected seconds, or a number with s, m or h, such as 30s"));
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, text.chars().last()),
        None => (text, None),
    };
    let scale = match unit {
        Some('m') => 60.0,
        Some('h') => 3600.0,
        _ => 1.0,
    };
    let value: f64 = number.parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(value * scale).ok().filter(|d| !d.is_zero()).ok_or_else(wrong)
}

fn target(text: &str) -> Result<Target, Failure> {
    let wrong = || Failure::Input(format!("--target {text}: expected OBSERVABLE=STDERR, such as energy=0.01"));
    let (quantity, stderr) = text.split_once('=').ok_or_else(wrong)?;
    let stderr: f64 = stderr.parse().map_err(|_| wrong())?;
    if !(stderr > 0.0 && stderr.is_finite()) {
        return Err(wrong());
    }
    Ok(Target { quantity: quantity.into(), stderr })
}

pub(crate) fn options(a: &CompareArgs, record: PathBuf) -> Result<Options, Failure> {
    if a.trajectories == Some(0) {
        return Err(Failure::Input("--trajectories 0: expected at least 1".into()));
    }
    let levels = match &a.levels {
        Some(names) => Some(names.iter().map(|n| level(n.trim())).collect::<Result<Vec<_>, _>>()?),
        None => None,
    };
    let pairing = match a.pair.as_str() {
        "auto" => Pairing::Auto,
        "noise" => Pairing::Noise,
        other => {
            return Err(Failure::Input(format!("--pair {other}: expected auto or noise")));
        }
    };
    Ok(Options {
        seed: a.seed,
        trajectories: a.trajectories,
        levels,
        threads: a.threads,
        record: Some(record),
        resume: a.resume,
        force: a.force,
        reference: a.reference.as_deref().map(level).transpose()?,
        pairing,
        target: a.target.as_deref().map(target).transpose()?,
        wall_clock: a.time_limit.as_deref().map(seconds).transpose()?,
    })
}

/// What the command line sets.
pub(crate) fn overrides_of(a: &CompareArgs) -> Result<Vec<Override>, Failure> {
    let mut set = a.set.clone();
    if a.pair == "noise" {
        // Part of the model's identity: a record of split trajectories is not continued with general ones.
        set.push("run.path=general".into());
    }
    overrides(&set)
}

/// Where a run is written.
pub(crate) fn out_folder(out: Option<&PathBuf>, model: &Path) -> PathBuf {
    out.cloned().unwrap_or_else(|| Path::new("out").join(model.file_stem().unwrap_or_else(|| "run".as_ref())))
}

pub(crate) fn compare(a: &CompareArgs) -> Result<(), Failure> {
    if AnnealingModel::is_meant(&Source::read(&a.model)?) {
        return annealing::run(a);
    }
    if !a.sweep.is_empty() {
        return sweep::run(a);
    }
    let model = Model::read(&a.model, &overrides_of(a)?, &Registry::default())?;
    let out = out_folder(a.out.as_ref(), &a.model);
    let options = options(a, out.join("record.zarr"))?;
    std::fs::create_dir_all(&out).map_err(|e| Failure::Input(format!("cannot write {}: {e}", out.display())))?;
    interrupt::listen();
    let bars = Bars::new(a.quiet);
    let compared = compare::compare(&model, &options, &bars).inspect_err(|_| {
        // Only a folder that nothing was written to: refused input leaves no trace.
        let _ = std::fs::remove_dir(&out);
    })?;
    bars.finish();
    let c = &compared.comparison;
    match a.format {
        Format::Text => print(&table::text(c))?,
        Format::Json => {
            let json = serde_json::to_string_pretty(c).map_err(|e| Failure::Run(e.to_string()))?;
            print(&format!("{json}\n"))?;
        }
        Format::Csv => print(&table::csv(c))?,
    }
    if compared.stopped == Stopped::Interrupted {
        let how = format!(
            "interrupted: finished blocks are in {}; continue with\n  {}",
            out.join("record.zarr").display(),
            resume_command()
        );
        return Err(Failure::Interrupted(how));
    }
    let files = draw(&figure::comparison(c, &compared.samples), &out, "compare")?;
    if a.format == Format::Text && !a.quiet {
        print(&format!("\nrecord  {}\nfigures {}\n", out.join("record.zarr").display(), files))?;
    }
    Ok(())
}

/// This command line again, with --resume.
pub(crate) fn resume_command() -> String {
    let quoted = |a: String| {
        let plain = a.chars().all(|c| c.is_alphanumeric() || "-_=./,:".contains(c));
        if plain { a } else { format!("'{}'", a.replace('\'', "'\\''")) }
    };
    let kept = std::env::args_os()
        .skip(1)
        .map(|a| a.to_string_lossy().into_owned())
        .filter(|a| a != "--force" && a != "--resume")
        .map(quoted);
    let parts: Vec<String> = std::iter::once("lightfall".to_owned()).chain(kept).collect();
    format!("{} --resume", parts.join(" "))
}

/// Writes the figure as SVG and PNG called `name`; returns the names.
pub(crate) fn draw(figure: &chart::Figure, out: &Path, name: &str) -> Result<String, Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::Run(format!("cannot draw the figure: {e}"));
    let svg = chart::svg(figure).map_err(|e| failed(&e))?;
    let png = chart::png(figure, 2.0).map_err(|e| failed(&e))?;
    let (svg_path, png_path) = (out.join(format!("{name}.svg")), out.join(format!("{name}.png")));
    for (path, bytes) in [(&svg_path, svg.as_bytes()), (&png_path, &png[..])] {
        std::fs::write(path, bytes).map_err(|e| Failure::Input(format!("cannot write {}: {e}", path.display())))?;
    }
    Ok(format!("{} {}", svg_path.display(), png_path.display()))
}

/// The record of a run, given its folder or the record itself.
fn record_of(result: &Path) -> PathBuf {
    let inner = result.join("record.zarr");
    if inner.is_dir() { inner } else { result.to_owned() }
}

pub(crate) fn record(a: &RecordArgs) -> Result<(), Failure> {
    let input = |e: &dyn std::fmt::Display| Failure::Input(e.to_string());
    let level = level(&a.level)?;
    let record = Record::open(&record_of(&a.result)).map_err(|e| input(&e))?;
    let track = record.track(level.name(), a.instance, a.trajectory).map_err(|e| input(&e))?;
    let currents = if a.clicks { None } else { track.currents_text() };
    if currents.is_some() && track.is_irregular() {
        tell("the steps differ in length: the filter needs spacing = \"irregular\"");
    }
    let text = currents
        .or_else(|| track.clicks_text())
        .ok_or_else(|| Failure::Input(format!("level {}: nothing is counted; leave --clicks out", level.name())))?;
    match &a.out {
        None => print(&text),
        Some(path) => {
            std::fs::write(path, text).map_err(|e| Failure::Input(format!("cannot write {}: {e}", path.display())))
        }
    }
}

pub(crate) fn plot(a: &PlotArgs) -> Result<(), Failure> {
    let folder = a.out.as_ref().unwrap_or(&a.result);
    if let Some(files) = sweep::redraw(&a.result, folder)? {
        return print(&format!("{files}\n"));
    }
    let record = record_of(&a.result);
    let (c, samples) = compare::read_comparison(&record).map_err(|e| Failure::Input(e.to_string()))?;
    let out = a.out.clone().unwrap_or_else(|| record.parent().unwrap_or(Path::new(".")).to_owned());
    std::fs::create_dir_all(&out).map_err(|e| Failure::Input(format!("cannot write {}: {e}", out.display())))?;
    let files = draw(&figure::comparison(&c, &samples), &out, "compare")?;
    print(&format!("{files}\n"))
}

pub(crate) fn new(a: &NewArgs) -> Result<(), Failure> {
    let text = template(&a.kind)
        .ok_or_else(|| Failure::Input(format!("unknown kind `{}`; kinds: {}", a.kind, KINDS.join(", "))))?;
    match &a.out {
        None => print(text),
        Some(path) if path.exists() && !a.force => {
            Err(Failure::Input(format!("{} exists; overwrite it with --force", path.display())))
        }
        Some(path) => {
            std::fs::write(path, text).map_err(|e| Failure::Input(format!("cannot write {}: {e}", path.display())))
        }
    }
}

pub(crate) fn check(a: &CheckArgs) -> Result<(), Failure> {
    const MIB: f64 = 1024.0 * 1024.0;
    let source = Source::read(&a.model)?;
    if PhotonModel::is_meant(&source) {
        return photons::check(a);
    }
    if AnnealingModel::is_meant(&source) {
        return annealing::check(a);
    }
    let model = Model::read(&a.model, &overrides(&a.set)?, &Registry::default())?;
    let (couplings, glass) = model.glass(model.run.seed, 0)?;
    let run = &model.run;
    let (low, high) = couplings.spectral_bounds();
    let split = split_path_applies(&glass);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut out = format!(
        "{}: ok\nN = {}, {} jump operators, spectrum of J within [{low:.3}, {high:.3}]\n{} trajectories, {} save times to t = {}, dt = {}\n",
        a.model.display(),
        glass.sites,
        glass.channels(),
        run.trajectories,
        run.times().len(),
        run.end,
        run.dt
    );
    out.push_str(if split { "the exact split step applies\n" } else { "the exact split step does not apply\n" });
    for &l in &run.levels {
        match compare::estimate(&model, l, workers) {
            Err(e @ (CompareError::Memory { .. } | CompareError::CompositeMemory { .. })) => {
                out.push_str(&format!("  {:16} does not fit: {e}\n", l.name()));
            }
            Err(e) => return Err(e.into()),
            Ok(e) => {
                let once = matches!(l.kind, LevelKind::Master | LevelKind::Filter);
                let total = if once { e.seconds } else { e.seconds * run.trajectories as f64 / workers as f64 };
                let (need, path) = (e.bytes / MIB, e.path);
                out.push_str(&format!(
                    "  {:16} {path}: about {need:.1} MiB, about {total:.1} s on {workers} threads\n",
                    l.name()
                ));
            }
        }
    }
    if let Some(free) = available_memory() {
        out.push_str(&format!("{:.0} MiB of memory are free\n", free / MIB));
    }
    print(&out)
}

pub(crate) fn schema(a: &SchemaArgs) -> Result<(), Failure> {
    let schema = match a.kind {
        SchemaKind::Compare => lightfall_model::schema(&Registry::default()),
        SchemaKind::Photons => lightfall_model::photon_schema(),
        SchemaKind::Cim => lightfall_model::annealing_schema(&Registry::default()),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(|e| Failure::Run(e.to_string()))?;
    print(&format!("{text}\n"))
}

pub(crate) fn completions(a: &CompletionsArgs) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(a.shell, &mut Cli::command(), "lightfall", &mut text);
    print(&String::from_utf8_lossy(&text))
}
