//! `lightfall topologies`: the list, and portraits of single topologies.

use crate::args::{Format, TopologiesArgs};
use crate::chart::{self, Chart, Figure, HeatMap, Histogram};
use crate::command::print;
use crate::failure::Failure;
use lightfall_core::formula::nearest;
use lightfall_couplings::{Couplings, eigenvalues, extreme_eigenvalues};
use lightfall_model::{Key, Model, Registry};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// Up to this many elements every eigenvalue is computed, about 3 s; beyond, the ends alone.
const SPECTRUM_LIMIT: usize = 2048;
/// Up to this many elements the picture shows the whole matrix; beyond, its upper left corner.
const PICTURE_LIMIT: usize = 4096;
/// Most rows of a picture on the terminal and in a figure.
const TERMINAL_ROWS: usize = 36;
const FIGURE_ROWS: usize = 128;
/// Bins of the spectrum on the terminal and in a figure, and the longest bar.
const TERMINAL_BINS: usize = 12;
const FIGURE_BINS: usize = 24;
const BAR: usize = 40;
/// Chance that the ends of a large spectrum are missed.
const FAILURE: f64 = 1e-6;

/// A topology with what there is to show of it.
struct Portrait {
    name: String,
    about: String,
    keys: Vec<Key>,
    /// TOML that makes `network`.
    snippet: String,
    /// The network, or why there is none.
    network: Result<Network, String>,
}

struct Network {
    couplings: Arc<dyn Couplings>,
    /// Every eigenvalue, in nondecreasing order, if they are not too many.
    eigenvalues: Vec<f64>,
    /// Ends of the spectrum.
    ends: (f64, f64),
    /// How the ends were found.
    how: String,
}

impl Network {
    fn new(couplings: Arc<dyn Couplings>) -> Result<Self, Failure> {
        let failed = |e: lightfall_couplings::CouplingsError| Failure::Run(e.to_string());
        let n = couplings.len();
        if n <= SPECTRUM_LIMIT {
            let values = eigenvalues(couplings.as_ref()).map_err(failed)?;
            let ends = (values[0], values[n - 1]);
            return Ok(Self { couplings, eigenvalues: values, ends, how: "all eigenvalues".into() });
        }
        let found = extreme_eigenvalues(couplings.as_ref(), FAILURE).map_err(failed)?;
        let (lo, hi) = found.interval;
        let how = format!("{} Lanczos steps; within [{lo:.5}, {hi:.5}] but for a chance of {FAILURE:e}", found.steps);
        Ok(Self { couplings, eigenvalues: Vec::new(), ends: (found.lowest, found.highest), how })
    }
}

pub(crate) fn run(a: &TopologiesArgs) -> Result<(), Failure> {
    let registry = Registry::default();
    let names: Vec<String> = match (a.names.is_empty(), &a.out, a.format) {
        (false, ..) => a.names.clone(),
        (true, None, Format::Text | Format::Csv) => return print(&list(&registry)),
        (true, ..) => registry.topologies().map(|(name, _)| name.to_owned()).collect(),
    };
    let portraits = names.iter().map(|name| portrait(&registry, name, a.seed)).collect::<Result<Vec<_>, _>>()?;
    if let Some(out) = &a.out {
        let files = portraits.iter().map(|p| draw(p, out)).collect::<Result<Vec<_>, _>>()?;
        if a.format == Format::Text {
            return print(&files.concat());
        }
    }
    match a.format {
        Format::Json => print(&format!("{:#}\n", Value::from(portraits.iter().map(as_json).collect::<Vec<_>>()))),
        Format::Csv => Err(Failure::Input("--format csv: topologies are shown as text or json".into())),
        Format::Text => print(&portraits.iter().map(text).collect::<Vec<_>>().join("\n")),
    }
}

fn list(registry: &Registry) -> String {
    let width = registry.topologies().map(|(n, _)| n.len()).max().unwrap_or(0);
    let mut out = String::from("Topologies of [couplings.NAME] in a model file.\n\n");
    for (name, e) in registry.topologies() {
        out.push_str(&format!("  {name:width$}  {}\n", e.about));
    }
    out.push_str(
        "\n`lightfall topologies NAME` shows one: keys, an example, a picture of J and its spectrum.\n\
         Your own: implement lightfall_couplings::Topology and register it (examples/custom_topology.rs).\n",
    );
    out
}

/// The topology `name` by its example, or the couplings of the model file `name`.
fn portrait(registry: &Registry, name: &str, seed: u64) -> Result<Portrait, Failure> {
    if let Some(entry) = registry.topology(name) {
        let example = entry.example.unwrap_or_default();
        let network = match registry.build(name, example, seed) {
            Ok(couplings) => Ok(Network::new(couplings)?),
            Err(error) => Err(error.message),
        };
        let snippet = format!("[couplings.{name}]\n{example}\n");
        let (about, keys) = (entry.about.to_owned(), entry.keys());
        return Ok(Portrait { name: name.to_owned(), about, keys, snippet, network });
    }
    let path = Path::new(name);
    if !(path.is_file() || path.extension().is_some_and(|e| e == "toml")) {
        let names = || registry.topologies().map(|(name, _)| name);
        let near = nearest(name, names()).map_or(String::new(), |n| format!("did you mean `{n}`? "));
        let list = names().collect::<Vec<_>>().join(", ");
        return Err(Failure::Input(format!(
            "unknown topology `{name}`; {near}topologies: {list}; or give a model file"
        )));
    }
    let model = Model::read(path, &[], registry)?;
    let (what, couplings) = match (model.topology_name(), model.couplings(model.run.seed, 0)?) {
        (Some(topology), Some(couplings)) => (format!("couplings.{topology}"), couplings),
        _ => ("K = G G^T".to_owned(), model.glass(model.run.seed, 0)?.0),
    };
    let stem = path.file_stem().map_or_else(|| name.to_owned(), |s| s.to_string_lossy().into_owned());
    Ok(Portrait {
        name: stem,
        about: format!("{what} of {name}, seed {}, instance 0", model.run.seed),
        keys: Vec::new(),
        snippet: String::new(),
        network: Ok(Network::new(couplings)?),
    })
}

/// At most `rows` x `rows` means of blocks of J, row by row, and what a cell stands for.
fn picture(couplings: &dyn Couplings, rows: usize) -> (usize, Vec<f64>, String) {
    let all = couplings.len();
    let n = if all > PICTURE_LIMIT { rows } else { all };
    let block = n.div_ceil(rows);
    let size = n.div_ceil(block);
    let mut cells = vec![0.0; size * size];
    let mut row = vec![0.0; all];
    for i in 0..n {
        couplings.row(i, &mut row);
        for (j, value) in row[..n].iter().enumerate() {
            cells[i / block * size + j / block] += value;
        }
    }
    let extent = |k: usize| (n - k * block).min(block) as f64;
    for (at, cell) in cells.iter_mut().enumerate() {
        *cell /= extent(at / size) * extent(at % size);
    }
    let what = match (all > n, block) {
        (true, _) => format!("the first {n} of {all} elements"),
        (false, 1) => String::new(),
        _ => format!("each cell is the mean of {block} x {block} entries"),
    };
    (size, cells, what)
}

/// The text of a portrait.
fn text(p: &Portrait) -> String {
    let mut out = format!("{}: {}\n", p.name, p.about);
    if !p.snippet.is_empty() {
        out.push_str(&format!("\n{}\n", p.snippet));
        out.push_str(&keys(&p.keys));
    }
    match &p.network {
        Err(why) => out.push_str(&format!("\nno picture: {why}\n")),
        Ok(network) => out.push_str(&network_text(network)),
    }
    out
}

fn keys(keys: &[Key]) -> String {
    let default = |k: &Key| match (&k.default, k.required) {
        (_, true) => "required".to_owned(),
        (Value::Null, _) => "-".to_owned(),
        (value, _) => value.to_string(),
    };
    let width = keys.iter().map(|k| k.name.len()).max().unwrap_or(0);
    let second = keys.iter().map(|k| default(k).len()).max().unwrap_or(0);
    keys.iter().map(|k| format!("  {:width$}  {:second$}  {}\n", k.name, default(k), k.about)).collect()
}

fn network_text(network: &Network) -> String {
    let j = network.couplings.as_ref();
    let (size, cells, what) = picture(j, TERMINAL_ROWS);
    let largest = cells.iter().fold(0.0, |a: f64, v| a.max(v.abs()));
    let (lo, hi) = network.ends;
    let mut out = format!("\nn = {}, spectrum [{lo:.5}, {hi:.5}] ({})\n", j.len(), network.how);
    if let Some(spins) = j.planted() {
        let s: Vec<f64> = spins.iter().map(|&s| f64::from(s)).collect();
        out.push_str(&format!("planted ground state, energy {:.6}\n", j.energy(&s)));
    }
    let what = if what.is_empty() { what } else { format!("; {what}") };
    out.push_str(&format!("\nJ: positive ░▒▓█, negative ·-=#, full at |J| = {largest:.4}{what}\n\n"));
    for row in cells.chunks_exact(size) {
        let line: String = row.iter().flat_map(|&v| [shade(v, largest); 2]).collect();
        out.push_str(&format!("  {}\n", line.trim_end()));
    }
    if !network.eigenvalues.is_empty() {
        out.push_str(&format!("\nspectrum\n\n{}", bars(&network.eigenvalues)));
    }
    out
}

/// A character for `v` in quarters of `largest`.
fn shade(v: f64, largest: f64) -> char {
    if v == 0.0 {
        return ' ';
    }
    let quarter = ((v.abs() / largest * 4.0).ceil() as usize).clamp(1, 4) - 1;
    let shades = if v > 0.0 { ['░', '▒', '▓', '█'] } else { ['·', '-', '=', '#'] };
    shades[quarter]
}

/// A histogram of `values` in nondecreasing order, one line per bin.
fn bars(values: &[f64]) -> String {
    let (lo, hi) = (values[0], values[values.len() - 1]);
    // Equal up to rounding counts as one value.
    let bins = if hi - lo > 1e-9 * lo.abs().max(hi.abs()) { TERMINAL_BINS } else { 1 };
    let mut counts = vec![0usize; bins];
    for v in values {
        let at = if bins > 1 { ((v - lo) / (hi - lo) * bins as f64) as usize } else { 0 };
        counts[at.min(bins - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    let edge = |k: usize| lo + (hi - lo) * k as f64 / bins as f64;
    let line = |(k, &count): (usize, &usize)| {
        let bar = "█".repeat((count * BAR).div_ceil(most));
        format!("  {:>9.4} .. {:>9.4}  {bar}{}{count}\n", edge(k), edge(k + 1), if count > 0 { " " } else { "" })
    };
    counts.iter().enumerate().map(line).collect()
}

fn as_json(p: &Portrait) -> Value {
    let keys: Vec<Value> = p
        .keys
        .iter()
        .map(|k| json!({"name": k.name, "about": k.about, "required": k.required, "default": k.default}))
        .collect();
    let mut value = json!({"name": p.name, "about": p.about, "keys": keys, "example": p.snippet});
    if let Ok(network) = &p.network {
        value["n"] = network.couplings.len().into();
        value["spectrum"] = json!([network.ends.0, network.ends.1]);
        value["eigenvalues"] = json!(network.eigenvalues);
        if let Some(spins) = network.couplings.planted() {
            value["planted"] = json!(spins);
        }
    }
    value
}

/// Writes the figure of a portrait as SVG and PNG; returns a line with their names, or why there are none.
fn draw(p: &Portrait, out: &Path) -> Result<String, Failure> {
    let network = match &p.network {
        Ok(network) => network,
        Err(why) => return Ok(format!("{}: no figure: {why}\n", p.name)),
    };
    let failed = |e: &dyn std::fmt::Display| Failure::Run(format!("cannot draw the figure: {e}"));
    std::fs::create_dir_all(out).map_err(|e| Failure::Input(format!("cannot write {}: {e}", out.display())))?;
    let figure = figure(p, network);
    let svg = chart::svg(&figure).map_err(|e| failed(&e))?;
    let png = chart::png(&figure, 2.0).map_err(|e| failed(&e))?;
    let mut line = String::new();
    for (extension, bytes) in [("svg", svg.as_bytes()), ("png", &png[..])] {
        let path = out.join(format!("{}.{extension}", p.name));
        std::fs::write(&path, bytes).map_err(|e| Failure::Input(format!("cannot write {}: {e}", path.display())))?;
        line.push_str(&format!("{} ", path.display()));
    }
    Ok(format!("{}\n", line.trim_end()))
}

fn figure(p: &Portrait, network: &Network) -> Figure {
    let (size, values, what) = picture(network.couplings.as_ref(), FIGURE_ROWS);
    let note = (!what.is_empty()).then_some(what);
    let mut panels = vec![Chart::HeatMap(HeatMap { title: "J".into(), note, size, values })];
    if !network.eigenvalues.is_empty() {
        panels.push(Chart::Histogram(Histogram {
            title: "Spectrum of J".into(),
            x_label: "eigenvalue".into(),
            groups: vec![(String::new(), network.eigenvalues.clone())],
            bins: FIGURE_BINS,
            marks: Vec::new(),
        }));
    }
    let lines: Vec<&str> = p.snippet.lines().skip(1).collect();
    let keys = if lines.is_empty() { p.about.clone() } else { lines.join(", ") };
    Figure { title: p.name.clone(), subtitle: Some(keys), columns: panels.len(), panels }
}
