//! One comparison at every point of a grid of model keys: a map of where which level ends lower.
//!
//! All points share the seed: the same instances of the couplings and the same streams of noise.

use super::{CompareError, LevelReport, Options, PairedReport, Watch, compare};
use crate::{Model, Override, Registry};
use lightfall_core::ensemble::Stopped;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Most values of an axis.
const MOST: usize = 1000;

/// A key of the model and the values it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Dotted key, such as `device.cavity.kappa`.
    pub key: String,
    /// Values in their order.
    pub values: Vec<f64>,
}

/// Most points of a grid.
const MOST_POINTS: usize = 10_000;

impl Axis {
    /// Reads `key=from:to:n`, n values at equal distances with both ends, `key=from:to:n:log`, at equal ratios, or `key=a,b,c`.
    ///
    /// # Errors
    ///
    /// [`CompareError::Option`] that says what was found and what would be right.
    pub fn parse(text: &str) -> Result<Self, CompareError> {
        let wrong = |what: &str| {
            CompareError::Option(format!(
                "--sweep {text}: {what}; expected KEY=FROM:TO:N, KEY=FROM:TO:N:log or KEY=A,B,C, such as device.cavity.kappa=0.1:5:6:log"
            ))
        };
        let (key, range) = text.split_once('=').ok_or_else(|| wrong("there is no `=`"))?;
        let number = |s: &str| {
            let value = s.trim().parse::<f64>().ok().filter(|v| v.is_finite());
            value.ok_or_else(|| wrong(&format!("`{s}` is not a finite number")))
        };
        let parts: Vec<&str> = range.split(':').collect();
        let values = match parts.as_slice() {
            [list] => list.split(',').map(number).collect::<Result<Vec<_>, _>>()?,
            [from, to, n, rest @ ..] => {
                let (from, to) = (number(from)?, number(to)?);
                let count = n.trim().parse::<usize>().ok().filter(|n| (2..=MOST).contains(n));
                let count = count.ok_or_else(|| wrong(&format!("N = `{n}` is not a number from 2 to {MOST}")))?;
                let geometric = match rest {
                    [] => false,
                    ["log"] => true,
                    _ => return Err(wrong(&format!("`{}` after N", rest.join(":")))),
                };
                if geometric && !(from > 0.0 && to > 0.0) {
                    return Err(wrong("equal ratios need both ends above 0"));
                }
                (0..count).map(|k| between(from, to, k, count - 1, geometric)).collect()
            }
            _ => return Err(wrong("FROM:TO has no N")),
        };
        let key = key.trim();
        if key.is_empty() {
            return Err(wrong("the key is empty"));
        }
        Ok(Self { key: key.to_owned(), values })
    }
}

/// Value `k` of `last` + 1; the ends are hit exactly.
fn between(from: f64, to: f64, k: usize, last: usize, geometric: bool) -> f64 {
    let s = k as f64 / last as f64;
    match k {
        0 => from,
        _ if k == last => to,
        _ if geometric => from * (to / from).powf(s),
        _ => from + (to - from) * s,
    }
}

/// `v` as TOML: whole numbers without a point, so that keys of counts take them, but no integer of more digits than TOML has.
fn toml_number(v: f64) -> String {
    if v.abs() < 1e15 { format!("{v}") } else { format!("{v:e}") }
}

/// All points of the grid, the last axis fastest.
fn points(axes: &[Axis]) -> Vec<Vec<(&str, f64)>> {
    axes.iter().fold(vec![vec![]], |points, axis| {
        let with = |point: Vec<(_, _)>| {
            axis.values.iter().map(move |v| point.iter().copied().chain([(axis.key.as_str(), *v)]).collect::<Vec<_>>())
        };
        points.into_iter().flat_map(with).collect()
    })
}

/// What a sweep reports, in the layout of `--format json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Swept {
    /// Name and version of this layout.
    pub schema: String,
    /// Name of the model file.
    pub model: String,
    /// Title of the model.
    pub title: String,
    /// Seed of all points.
    pub seed: u64,
    /// Version of lightfall.
    pub version: String,
    /// Instruction-set path of the kernels.
    pub isa: String,
    /// How the pump is given: what is held fixed where the cavity changes.
    pub ramp: Option<String>,
    /// The keys that are swept, the last one fastest.
    pub keys: Vec<String>,
    /// The points.
    pub sweep: Vec<SweptPoint>,
    /// Points that ended in an error.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<FailedPoint>,
}

/// A point of a sweep that ended in an error while it ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailedPoint {
    /// Value of each key.
    pub at: BTreeMap<String, f64>,
    /// What happened.
    pub error: String,
}

/// One point of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweptPoint {
    /// Value of each key.
    pub at: BTreeMap<String, f64>,
    /// Number of spins.
    pub sites: usize,
    /// Instances of the device.
    pub instances: u64,
    /// Exact ground energy, averaged over instances.
    pub ground_energy: Option<f64>,
    /// Levels, without their time series.
    pub levels: Vec<LevelReport>,
    /// Differences to the reference level.
    pub paired: Vec<PairedReport>,
}

/// Runs the model of `file` at every point of `axes` on top of `overrides`. Every point has a record of its own in the folder of
/// `options.record`. The second value tells whether the user stopped it: then the points that are done are there.
///
/// # Errors
///
/// As for [`compare`], for what can be known before a point runs: all points are checked before the first one. What happens while a point runs is told in
/// [`Swept::failed`], and the others are run all the same.
pub fn sweep(
    file: &Path,
    overrides: &[Override],
    axes: &[Axis],
    registry: &Registry,
    options: &Options,
    watch: &dyn Watch,
) -> Result<(Swept, Stopped), CompareError> {
    let grid: usize = axes.iter().map(|a| a.values.len()).fold(1, usize::saturating_mul);
    if grid > MOST_POINTS {
        return Err(CompareError::Option(format!("--sweep asks for {grid} points, expected at most {MOST_POINTS}")));
    }
    let points = points(axes);
    let at = |point: &[(&str, f64)]| {
        let swept = point.iter().map(|(key, v)| Override { key: (*key).to_owned(), value: toml_number(*v) });
        let all: Vec<Override> = overrides.iter().cloned().chain(swept).collect();
        Model::read(file, &all, registry)
    };
    let models: Vec<Model> = points.iter().map(|p| at(p)).collect::<Result<_, _>>()?;
    for model in &models {
        super::driver::check(model, options)?;
    }
    let mut swept = Swept {
        schema: "lightfall/sweep/1".into(),
        model: file.display().to_string(),
        title: models.first().map_or_else(String::new, |m| m.title.clone()),
        seed: options.seed.or(models.first().map(|m| m.run.seed)).unwrap_or_default(),
        version: env!("CARGO_PKG_VERSION").into(),
        isa: lightfall_core::simd::isa().name().into(),
        ramp: models.first().and_then(|m| m.device.ramp()).map(str::to_owned),
        keys: axes.iter().map(|a| a.key.clone()).collect(),
        sweep: Vec::new(),
        failed: Vec::new(),
    };
    for (k, (point, model)) in points.iter().zip(&models).enumerate() {
        let record = options.record.as_ref().map(|folder| folder.join(format!("point-{k:03}.zarr")));
        let options = Options { record, ..options.clone() };
        let label = point.iter().map(|(key, v)| format!("{}={v:.4}", last_part(key))).collect::<Vec<_>>().join(" ");
        let at: BTreeMap<String, f64> = point.iter().map(|(key, v)| ((*key).to_owned(), *v)).collect();
        let done = match compare(model, &options, &Labelled { inner: watch, label }) {
            Ok(done) => done,
            Err(e) if e.is_of_the_run() => {
                swept.failed.push(FailedPoint { at, error: e.to_string() });
                continue;
            }
            Err(e) => return Err(e),
        };
        if done.stopped == Stopped::Interrupted {
            return Ok((swept, Stopped::Interrupted));
        }
        let mut c = done.comparison;
        c.levels.iter_mut().for_each(|l| l.observables.clear());
        swept.sweep.push(SweptPoint {
            at,
            sites: c.sites,
            instances: c.instances,
            ground_energy: c.ground_energy,
            levels: c.levels,
            paired: c.paired,
        });
    }
    Ok((swept, Stopped::Complete))
}

/// The part of a dotted key after its last dot.
pub fn last_part(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// Says which point a level belongs to.
struct Labelled<'a> {
    inner: &'a dyn Watch,
    label: String,
}

impl Watch for Labelled<'_> {
    fn level(&self, name: &str, instance: u64, instances: u64) {
        self.inner.level(&format!("{} {name}", self.label), instance, instances);
    }
    fn progress(&self, done: u64, planned: u64) {
        self.inner.progress(done, planned);
    }
    fn note(&self, text: &str) {
        self.inner.note(&format!("{}: {text}", self.label));
    }
    fn interrupted(&self) -> bool {
        self.inner.interrupted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hit_their_ends_at_equal_distances_or_ratios() {
        let axis = Axis::parse("device.cavity.kappa=0.1:5:6:log").unwrap();
        assert_eq!((axis.key.as_str(), axis.values[0], axis.values[5]), ("device.cavity.kappa", 0.1, 5.0));
        for pair in axis.values.windows(2) {
            assert!((pair[1] / pair[0] - 50.0_f64.powf(0.2)).abs() < 1e-12);
        }
        assert_eq!(Axis::parse("a.b=1:2:5").unwrap().values, [1.0, 1.25, 1.5, 1.75, 2.0]);
        assert_eq!(Axis::parse("a=3,-1,2e2").unwrap().values, [3.0, -1.0, 200.0]);
    }

    #[test]
    fn a_grid_has_every_pair_the_last_key_fastest() {
        let axes = [Axis::parse("a=1,2").unwrap(), Axis::parse("b=3,4,5").unwrap()];
        let all = points(&axes);
        assert_eq!(all.len(), 6);
        assert_eq!(all[1], [("a", 1.0), ("b", 4.0)]);
        assert_eq!(all[3], [("a", 2.0), ("b", 3.0)]);
    }

    #[test]
    fn a_bad_range_is_told_what_is_wrong_with_it() {
        for (text, part) in [
            ("kappa", "no `=`"),
            ("kappa=1:2", "has no N"),
            ("kappa=1:2:1", "N = `1`"),
            ("kappa=1:x:3", "`x` is not"),
            ("kappa=0:2:3:log", "above 0"),
            ("kappa=1:2:3:lin", "`lin` after N"),
            ("=1,2", "key is empty"),
        ] {
            let message = Axis::parse(text).unwrap_err().to_string();
            assert!(message.contains(part) && message.contains(text), "{message}");
        }
    }
}
