//! Settings found on the instance, and files of them.

use crate::args::SolveArgs;
use crate::command::{out_folder, print};
use crate::failure::{Failure, tell};
use crate::interrupt;
use lightfall_cim::{Entry, Problem, Tuning};
use lightfall_model::read_settings;
use std::path::Path;
use std::time::Duration;

/// Settings of a file: machine, name, value.
pub(super) fn read(path: Option<&Path>) -> Result<Vec<(String, String, f64)>, Failure> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let found = read_settings(path)?;
    for (machine, ..) in &found {
        lightfall_cim::machine(machine).map_err(|e| Failure::Input(format!("{}: {e}", path.display())))?;
    }
    Ok(found)
}

/// Tunes the machines that take part, an equal time each, and writes their settings.
pub(super) fn tune(
    problems: &[Problem],
    entries: &mut [Entry<'static>],
    time: Duration,
    a: &SolveArgs,
) -> Result<(), Failure> {
    interrupt::listen();
    let mut text = format!(
        "# lightfall {}: settings tuned on {} in {:.1} s, seed {}\n",
        env!("CARGO_PKG_VERSION"),
        a.file.as_deref().unwrap_or(Path::new("")).display(),
        time.as_secs_f64(),
        a.seed
    );
    let share = time.div_f64(entries.len() as f64);
    let (measure, n) = (problems[0].instance().measure(), problems[0].len() as f64);
    for e in entries {
        if e.machine.parameters().is_empty() {
            continue;
        }
        let tuning = Tuning {
            machine: e.machine,
            start: e.settings.clone(),
            steps: a.steps.unwrap_or_else(|| e.machine.first_steps()),
            seed: a.seed,
            part: 0.25,
            generations: None,
            limit: Some(share),
            threads: a.threads.max(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)),
        };
        let quiet = a.quiet;
        let watch = |generation: u64, score: f64| {
            if !quiet && generation.is_multiple_of(8) {
                tell(&format!("tuning {}: generation {generation}, {}", e.machine.name(), measure.of(n * score)));
            }
        };
        let tuned = tuning.run(problems, &watch, &interrupt::pressed)?;
        text.push_str(&format!(
            "# {}: {} settings tried at {} {}s, mean of the better quarter {} -> {}\n[{}]\n",
            e.machine.name(),
            tuned.tried,
            tuning.steps,
            e.machine.unit(),
            measure.of(n * tuned.before),
            measure.of(n * tuned.score),
            e.machine.name()
        ));
        for (name, value) in tuned.settings.iter() {
            text.push_str(&format!("{name} = {value:?}\n"));
        }
        e.settings = tuned.settings;
    }
    let out = out_folder(a.out.as_ref(), a.file.as_deref().unwrap_or(Path::new("run")));
    let path = out.join("settings.toml");
    let cannot = |e: std::io::Error| Failure::Input(format!("cannot write {}: {e}", path.display()));
    std::fs::create_dir_all(&out).map_err(cannot)?;
    std::fs::write(&path, &text).map_err(cannot)?;
    if a.quiet { Ok(()) } else { print(&format!("{text}settings {}\n\n", path.display())) }
}
