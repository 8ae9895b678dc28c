//! The registry of topologies: names in model files and what they build.

use crate::{ModelError, Source};
use lightfall_core::rng::Streams;
use lightfall_couplings::{
    BuildSite, Chimera, CirculantTopology, Confocal, Couplings, ErdosRenyi, File, FormulaTopology, FourSevenths,
    Gaussian, InlineMatrix, InlinePairs, King, Lattice, Levy, LowRankTopology, PlusMinus, PowerLaw, RandomRegular, Sk,
    SmallWorld, Tile, Topology, Wishart,
};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::Spanned;
use toml::de::DeValue;

type Parse = fn(&Source, Spanned<DeValue<'_>>) -> Result<Box<dyn Topology>, ModelError>;

/// A registered topology.
#[derive(Clone, Copy, Debug)]
pub struct TopologyEntry {
    /// One line about it.
    pub about: &'static str,
    /// The lines of its table that make a small instance.
    pub example: Option<&'static str>,
    pub(crate) parse: Parse,
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
}

/// A key of a topology's table.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// What it means.
    pub about: String,
    /// Whether it must be there.
    pub required: bool,
    /// Its default as JSON; null if absent means something else.
    pub default: serde_json::Value,
}

impl TopologyEntry {
    /// The keys of the table, those that must be there first, then by name.
    pub fn keys(&self) -> Vec<Key> {
        let mut generator = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true).into_generator();
        let schema = (self.schema)(&mut generator).to_value();
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
        let mut keys: Vec<Key> = Vec::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            keys.push(Key {
                name: name.clone(),
                about: property["description"].as_str().unwrap_or_default().replace('\n', " "),
                required: required.contains(&name.as_str()),
                default: property["default"].clone(),
            });
        }
        keys.sort_by(|a, b| b.required.cmp(&a.required).then_with(|| a.name.cmp(&b.name)));
        keys
    }
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
        r.register::<LowRankTopology>(
            "low-rank",
            "P patterns stored by Hebb's rule or as a projector; O(P n) per product",
        );
        r.register::<CirculantTopology>("circulant", "a function of the distance on a ring or torus; products by FFT");
        r.register::<Lattice>("lattice", "nearest neighbours on a hypercubic lattice of any dimension");
        r.register::<PlusMinus>("plus-minus", "all pairs, J_ij = +-scale/sqrt(n)");
        r.register::<Gaussian>("gaussian", "all pairs, Gaussian with a ferromagnetic bias: mean J_0/n, variance J^2/n");
        r.register::<Levy>("levy", "all pairs, heavy-tailed: P(|J| > x) falls as x^-alpha");
        r.register::<Wishart>("wishart", "all pairs with a planted ground state, hardness set by alpha");
        r.register::<Tile>("tile", "periodic square lattice of frustrated plaquettes with a planted ground state");
        r.register::<RandomRegular>("random-regular", "a random graph in which every element has `degree` neighbours");
        r.register::<ErdosRenyi>("erdos-renyi", "a random graph in which every pair is an edge with one probability");
        r.register::<SmallWorld>("small-world", "a ring with some edges rewired (Watts and Strogatz)");
        r.register::<Chimera>("chimera", "a grid of complete bipartite cells (D-Wave 2X)");
        r.register::<King>("king", "a square lattice with diagonals: eight neighbours");
        r.register::<PowerLaw>("power-law", "1/r^alpha over positions, optionally with random factors");
        r.register::<Confocal>("confocal", "cos(2 r_i.r_j/w0^2): atoms in a confocal cavity");
        r.register::<FourSevenths>("four-sevenths", "one family of modes of a 4/7-degenerate cavity");
        r
    }
}

impl Registry {
    /// Makes `[couplings.NAME]` build a `T`; replaces an earlier topology of that name.
    pub fn register<T: Topology + DeserializeOwned + JsonSchema + 'static>(&mut self, name: &str, about: &'static str) {
        let entry = TopologyEntry {
            about,
            example: T::example(),
            parse: |source, value| Ok(Box::new(source.value::<T>(value)?)),
            schema: |generator| generator.subschema_for::<T>(),
        };
        self.topologies.insert(name.to_owned(), entry);
    }

    /// Names and entries, sorted by name.
    pub fn topologies(&self) -> impl Iterator<Item = (&str, &TopologyEntry)> {
        self.topologies.iter().map(|(k, v)| (k.as_str(), v))
    }

    /// The couplings of the topology `name` with the keys in `text`, for instance 0 under `seed`.
    ///
    /// `text` holds the lines of its table without the header, such as `n = 8`. Relative file names refer to the working folder.
    ///
    /// # Errors
    ///
    /// If there is no such topology, the text is not TOML, or the couplings cannot be made.
    pub fn build(&self, name: &str, text: &str, seed: u64) -> Result<Arc<dyn Couplings>, ModelError> {
        let text = format!("[couplings.{name}]\n{text}\n");
        let source = Source { name: name.to_owned(), folder: ".".into(), text };
        let topology = crate::model::lone_topology(&source, self)?;
        let site = BuildSite { streams: Streams::new(seed, 0), folder: &source.folder };
        topology.build(&site).map_err(|e| crate::model::couplings_error(&source, name, &e))
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.topologies.keys().cloned().collect()
    }

    /// The entry of `name`.
    pub fn topology(&self, name: &str) -> Option<&TopologyEntry> {
        self.topologies.get(name)
    }
}
