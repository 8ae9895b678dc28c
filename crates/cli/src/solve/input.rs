//! Instances from files and to files.

use super::is_machine;
use crate::args::{InputFormat, InputReading, SolveArgs};
use crate::command::print;
use crate::failure::Failure;
use lightfall_cim::Instance;
use lightfall_couplings::{FileFormat, Measure, Reading, read_problem, write_problem};
use lightfall_model::{Override, Registry, read_couplings};
use std::path::{Path, PathBuf};

/// An instance and where it came from.
pub(super) struct Input {
    pub(super) path: PathBuf,
    pub(super) instance: Instance,
    /// Whether its variables are 0 and 1.
    pub(super) binary: bool,
}

pub(super) fn read(file: &Path, a: &SolveArgs) -> Result<Input, Failure> {
    let path = file.to_owned();
    if file.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) {
        let of_couplings = |s: &&String| !is_machine(s.split('.').next().unwrap_or_default());
        let set: Result<Vec<Override>, _> = a.set.iter().filter(of_couplings).map(|s| Override::parse(s)).collect();
        let couplings = read_couplings(file, &set?, a.seed, &Registry::default())?;
        return Ok(Input { path, instance: Instance::new(couplings), binary: false });
    }
    let format = a.input.map(|f| match f {
        InputFormat::Npy => FileFormat::Npy,
        InputFormat::Npz => FileFormat::Npz,
        InputFormat::MatrixMarket => FileFormat::MatrixMarket,
        InputFormat::Csv => FileFormat::Csv,
        InputFormat::Rudy => FileFormat::Rudy,
        InputFormat::DimodCoo => FileFormat::DimodCoo,
        InputFormat::Qubo => FileFormat::Qubo,
    });
    let reading = a.reading.map(|r| match r {
        InputReading::Ising => Reading::Ising,
        InputReading::MaxCut => Reading::MaxCut,
        InputReading::Qubo => Reading::Qubo,
    });
    let problem = read_problem(file, format, reading).map_err(|e| Failure::Input(e.to_string()))?;
    let binary = problem.binary;
    Ok(Input { path, instance: Instance::from_file(problem), binary })
}

/// `MACHINE.SETTING=VALUE` of machines.
pub(super) fn settings(set: &[String]) -> Result<Vec<(String, String, f64)>, Failure> {
    let mut found = Vec::new();
    for text in set {
        let Some((key, value)) = text.split_once('=') else {
            return Err(Failure::Input(format!("--set {text}: expected MACHINE.SETTING=VALUE, such as sa.cold=0.1")));
        };
        let Some((machine, name)) = key.trim().split_once('.') else {
            return Err(Failure::Input(format!("--set {text}: expected MACHINE.SETTING=VALUE, such as sa.cold=0.1")));
        };
        if machine == "couplings" {
            continue;
        }
        lightfall_cim::machine(machine)?;
        let number = value.trim().parse().ok().filter(|v: &f64| v.is_finite());
        let number = number.ok_or_else(|| Failure::Input(format!("--set {text}: `{value}` is not a number")))?;
        found.push((machine.to_owned(), name.to_owned(), number));
    }
    Ok(found)
}

/// The value of `name` that a comment of a solution states, such as `# cut 13359`.
pub(super) fn stated(text: &str, name: &str) -> Option<f64> {
    text.lines().filter_map(|line| line.strip_prefix('#')).find_map(|comment| {
        let mut words = comment.split_whitespace();
        words.find(|w| *w == name)?;
        words.next()?.parse().ok()
    })
}

pub(super) fn export(input: &Input, path: &Path) -> Result<(), Failure> {
    let i = &input.instance;
    let mut fields = i.fields().to_vec();
    fields.resize(i.len(), 0.0);
    let (text, remark) = write_problem(i.couplings().as_ref(), &fields, i.measure(), path)
        .map_err(|e| Failure::Input(format!("{}: {e}", path.display())))?;
    std::fs::write(path, text).map_err(|e| Failure::Input(format!("cannot write {}: {e}", path.display())))?;
    print(&format!("{}: {remark}\n", path.display()))
}

/// `MaxCut of 2000 vertices, 19990 edges`.
pub(super) fn description(i: &Instance) -> String {
    let (n, mut pairs) = (i.len(), 0usize);
    for k in 0..n {
        i.couplings().visit_row(k, &mut |j, _| pairs += usize::from(k < j));
    }
    let fields = if i.fields().is_empty() { "" } else { " and fields" };
    match i.measure() {
        Measure::Cut { .. } => format!("MaxCut of {n} vertices, {pairs} edges{fields}"),
        Measure::Objective { .. } => format!("objective of {n} variables, {pairs} pairs{fields}"),
        _ => format!("{n} spins, {pairs} couplings{fields}"),
    }
}
