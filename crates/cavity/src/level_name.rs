//! Names of levels as users write them: what is kept of the cavity, and the level, such as `full/master`.

use crate::open_ising::LevelKind;
use schemars::JsonSchema;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// What is kept of a cavity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Description {
    /// The cavity eliminated: spins with S^x and S^y in the jump operators, cooling included.
    #[default]
    Atom,
    /// Atoms and modes, `full/`.
    Full,
    /// The response to spins at rest, `x/`: S^x only, which heats.
    X,
}

/// A level of one description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "String")]
pub struct LevelName {
    /// What is kept of the cavity.
    pub description: Description,
    /// The level.
    pub kind: LevelKind,
}

/// The names of one level.
macro_rules! names {
    ($self:expr, $($kind:ident: $name:literal,)*) => {
        match ($self.description, $self.kind) {
            $(
                (Description::Atom, LevelKind::$kind) => $name,
                (Description::Full, LevelKind::$kind) => concat!("full/", $name),
                (Description::X, LevelKind::$kind) => concat!("x/", $name),
            )*
        }
    };
}

impl From<LevelKind> for LevelName {
    fn from(kind: LevelKind) -> Self {
        Self { description: Description::Atom, kind }
    }
}

impl LevelName {
    /// All levels that can be asked for.
    pub fn all() -> impl Iterator<Item = Self> {
        [Description::Atom, Description::Full, Description::X]
            .into_iter()
            .flat_map(|description| LevelKind::ALL.into_iter().map(move |kind| Self { description, kind }))
            .filter(|l| match l.description {
                Description::Full => l.kind.has_ket() || matches!(l.kind, LevelKind::Master | LevelKind::Wigner),
                Description::Atom => l.kind != LevelKind::Wigner,
                Description::X => !matches!(l.kind, LevelKind::Wigner | LevelKind::SpinFlip),
            })
    }

    /// Name, the same everywhere.
    pub fn name(self) -> &'static str {
        names!(self,
            Master: "master",
            Counting: "counting",
            Homodyne: "homodyne",
            Heterodyne: "heterodyne",
            Monitored: "monitored",
            Filter: "filter",
            Product: "product",
            Dtwa: "dtwa",
            Wigner: "wigner",
            MeanField: "mean-field",
            SpinFlip: "spin-flip",
        )
    }

    /// The level named `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|l| l.name() == name)
    }
}

impl fmt::Display for LevelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for LevelName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::from_name(&name).ok_or_else(|| {
            let names: Vec<&str> = Self::all().map(Self::name).collect();
            let prefixed = names.iter().copied().find(|n| n.split_once('/').is_some_and(|(_, kind)| kind == name));
            let near = prefixed.or_else(|| lightfall_core::formula::nearest(&name, names.iter().copied()));
            let near = near.map_or(String::new(), |n| format!("did you mean `{n}`? "));
            format!("unknown level `{name}`; {near}levels: {}", names.join(", "))
        })
    }
}

/// By a visitor: its errors point at the name itself.
impl<'de> Deserialize<'de> for LevelName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = LevelName;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a level, such as \"heterodyne\" or \"full/master\"")
            }
            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<LevelName, E> {
                LevelName::try_from(name.to_owned()).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Name)
    }
}

impl From<LevelName> for String {
    fn from(level: LevelName) -> String {
        level.name().into()
    }
}

impl JsonSchema for LevelName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LevelName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": Self::all().map(Self::name).collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for level in LevelName::all() {
            assert_eq!(LevelName::from_name(level.name()), Some(level));
        }
        let full = LevelName { description: Description::Full, kind: LevelKind::Master };
        assert_eq!(full.name(), "full/master");
        // Product states have no modes.
        assert_eq!(LevelName::from_name("full/product"), None);
        let error = LevelName::try_from("ful/master".to_owned()).unwrap_err();
        assert!(error.contains("did you mean `full/master`"), "{error}");
    }
}
