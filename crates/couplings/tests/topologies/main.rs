//! Topologies against closed forms, brute force and enumeration.

mod draws;
mod graphs;
mod kernels;
mod planted;
mod refusals;
mod structured;

use lightfall_core::rng::Streams;
use lightfall_couplings::{BuildSite, Couplings, CouplingsError, Topology};
use serde::de::DeserializeOwned;
use std::path::Path;
use std::sync::Arc;

fn try_build<T: Topology + DeserializeOwned>(text: &str, seed: u64) -> Result<Arc<dyn Couplings>, CouplingsError> {
    let topology: T = toml::from_str(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    topology.build(&BuildSite { streams: Streams::new(seed, 0), folder: Path::new(".") })
}

fn build<T: Topology + DeserializeOwned>(text: &str, seed: u64) -> Arc<dyn Couplings> {
    try_build::<T>(text, seed).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// J_ij over all i < j.
fn pairs(j: &dyn Couplings) -> impl Iterator<Item = f64> + '_ {
    (0..j.len()).flat_map(move |i| (i + 1..j.len()).map(move |k| j.entry(i, k)))
}
