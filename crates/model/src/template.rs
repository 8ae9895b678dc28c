//! Whole model files with every default written out.

/// Kinds `lightfall new` knows.
pub const KINDS: [&str; 2] = ["open-ising", "cavity"];

/// A model file of `kind`, all defaults written out.
pub fn template(kind: &str) -> Option<&'static str> {
    let texts = [include_str!("open-ising.toml"), include_str!("cavity.toml")];
    KINDS.iter().position(|k| *k == kind).map(|at| texts[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Model, Registry, Run, Source};

    #[test]
    fn the_template_parses_and_its_run_table_states_the_defaults() {
        for kind in KINDS {
            let source = Source { name: "template".into(), folder: ".".into(), text: template(kind).unwrap().into() };
            let model = Model::parse(source, &Registry::default()).unwrap();
            assert_eq!(model.device.name(), kind);
            let least: Run = toml::from_str(&format!("end = {:?}", model.run.end)).unwrap();
            assert_eq!(model.run, least);
        }
        assert!(template("no-such-kind").is_none());
    }
}
