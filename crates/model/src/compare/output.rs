//! The record of a comparison: made, continued, or refused.

use super::{CompareError, Comparison, Options, Samples};
use crate::Model;
use lightfall_cavity::open_ising::Glass;
use lightfall_core::record::{LevelRecord, Record, RecordError};
use lightfall_core::simd::isa;
use serde_json::{Map, Value, json};
use std::path::Path;

/// The record at `path` that a run of `model` under `seed` goes on with, if there is one; refuses what another run left unless told to replace it.
pub(super) fn standing(
    model: &Model,
    seed: u64,
    options: &Options,
    path: &Path,
) -> Result<Option<Record>, CompareError> {
    let occupied = |what: String, remedy| CompareError::Occupied { path: path.to_owned(), what, remedy };
    if !path.exists() {
        return Ok(None);
    }
    match Record::open(path) {
        Ok(record) if !options.force => {
            same_run(model, seed, &record)
                .map_err(|what| occupied(what, "choose another --out, or replace it with --force"))?;
            let finished = record.attributes().contains_key("comparison");
            if !finished && !options.resume {
                return Err(occupied(
                    "an unfinished run of this model".into(),
                    "finish it with --resume, or start over with --force",
                ));
            }
            Ok(Some(record))
        }
        Ok(_) => Ok(None),
        Err(_) if is_empty(path) => Ok(None),
        Err(_) => Err(occupied("something that is not a lightfall record".into(), "choose another --out")),
    }
}

/// Opens the record of `model` under `seed`, or makes it in the place of what may be replaced.
pub(super) fn open(model: &Model, seed: u64, options: &Options, path: &Path) -> Result<Record, CompareError> {
    if let Some(record) = standing(model, seed, options, path)? {
        return Ok(record);
    }
    if Record::open(path).is_ok() {
        remove_record(path)?;
    }
    let mut attributes = Map::new();
    attributes.insert("lightfall".into(), json!(env!("CARGO_PKG_VERSION")));
    attributes.insert("model".into(), json!(model.source.name));
    attributes.insert("model_text".into(), json!(model.source.text));
    attributes.insert("identity".into(), identity(model, seed));
    attributes.insert("seed".into(), json!(seed));
    attributes.insert("isa".into(), json!(isa().name()));
    Ok(Record::create(path, attributes)?)
}

fn is_empty(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// What makes two runs share their trajectories: the model, the seed, and what its files hold.
fn identity(model: &Model, seed: u64) -> Value {
    let numbers = model.glass(seed, 0).map(|(_, glass)| fingerprint(&glass)).unwrap_or_default();
    json!({"model": model.identity().map(|t| t.to_string()), "seed": seed, "numbers": numbers, "draws": DRAWS})
}

/// How random numbers are made of the streams: a record is only continued with the same. 2: Box and Muller at fixed places.
const DRAWS: u32 = 2;

/// FNV-1a over the bits of the couplings and jump operators.
fn fingerprint(glass: &Glass) -> String {
    let jumps = glass.jumps.iter().flat_map(|l| l.u.iter().chain(&l.v)).flat_map(|c| [c.re, c.im]);
    let hash = glass
        .couplings
        .iter()
        .copied()
        .chain(jumps)
        .flat_map(|v| v.to_bits().to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

/// What the record is, if it is not of this model, seed and instruction set.
fn same_run(model: &Model, seed: u64, record: &Record) -> Result<(), String> {
    let a = record.attributes();
    let name = a.get("model").and_then(Value::as_str).unwrap_or("another model");
    if a.get("identity") != Some(&identity(model, seed)) {
        return Err(format!("a run of {name} with other parameters, another seed or another way of drawing numbers"));
    }
    let theirs = a.get("isa").and_then(Value::as_str).unwrap_or("unknown");
    if theirs != isa().name() {
        return Err(format!("a run on the {theirs} instruction set, this is {}", isa().name()));
    }
    Ok(())
}

/// Removes a record of ours, and nothing else.
pub fn remove_record(path: &Path) -> Result<(), RecordError> {
    Record::open(path)?;
    std::fs::remove_dir_all(path).map_err(|e| RecordError::Unwritable { path: path.to_owned(), reason: e.to_string() })
}

/// The finished comparison of a record, with its samples.
pub fn read_comparison(path: &Path) -> Result<(Comparison, Samples), RecordError> {
    let record = Record::open(path)?;
    let not = |reason: &str| RecordError::NotARecord { path: path.to_owned(), reason: reason.into() };
    let value = record
        .attributes()
        .get("comparison")
        .ok_or_else(|| not("the run is not finished; continue it with `lightfall compare MODEL --resume`"))?;
    let comparison: Comparison =
        serde_json::from_value(value.clone()).map_err(|e| not(&format!("its comparison cannot be read: {e}")))?;
    let mut samples = Samples::default();
    for level in &comparison.levels {
        let energies = LevelRecord::read_final(&record, &level.name, "energy", level.trajectories)?;
        samples.energies.push((level.name.clone(), energies));
    }
    Ok((comparison, samples))
}
