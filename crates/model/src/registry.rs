//! The registry of topologies: names in model files and what they build.

use crate::{ModelError, Source};
use lightfall_couplings::{File, FormulaTopology, InlineMatrix, InlinePairs, Sk, Topology};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::DeValue;

type Parse = fn(&Source, Spanned<DeValue<'_>>) -> Result<Box<dyn Topology>, ModelError>;

/// A registered topology.
#[derive(Clone, Copy, Debug)]
pub struct TopologyEntry {
    /// One line about it.
    pub about: &'static str,
    pub(crate) parse: Parse,
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
}

/// Names that a model file may use. A user's own topology is one call to [`Registry::register`].
#[derive(Clone, Debug)]
pub struct Registry {
    topologies: BTreeMap<String, TopologyEntry>,
}

impl Default for Registry {
    /// The built-in topologies: one line each.
    fn default() -> Self {
        let mut r = Self { topologies: BTreeMap::new() };
        r.register::<Sk>("sk", "Sherrington-Kirkpatrick: independent Gaussian couplings of variance scale^2/n");
        r.register::<InlineMatrix>("dense", "a matrix written out: values = [[0, 1], [1, 0]]");
        r.register::<InlinePairs>("sparse", "pairs written out: n = 3, pairs = [[0, 1, 0.5], [1, 2, -1.0]]");
        r.register::<File>("file", "a matrix file: npy, Matrix Market, CSV, or rudy/Gset (MaxCut weights, J = -w)");
        r.register::<FormulaTopology>(
            "formula",
            "a formula for J_ij over indices i, j and positions xi, yi, xj, yj, r",
        );
        r
    }
}

impl Registry {
    /// Makes `[couplings.NAME]` build a `T`; replaces an earlier topology of that name.
    pub fn register<T: Topology + DeserializeOwned + JsonSchema + 'static>(&mut self, name: &str, about: &'static str) {
        let entry = TopologyEntry {
            about,
            parse: |source, value| Ok(Box::new(source.value::<T>(value)?)),
            schema: |generator| generator.subschema_for::<T>(),
        };
        self.topologies.insert(name.to_owned(), entry);
    }

    /// Names and entries, sorted by name.
    pub fn topologies(&self) -> impl Iterator<Item = (&str, &TopologyEntry)> {
        self.topologies.iter().map(|(k, v)| (k.as_str(), v))
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.topologies.keys().cloned().collect()
    }

    pub(crate) fn topology(&self, name: &str) -> Option<&TopologyEntry> {
        self.topologies.get(name)
    }
}
