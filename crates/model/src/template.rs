//! Whole model files with every default written out.

/// Kinds `lightfall new` knows.
pub const KINDS: [&str; 1] = ["open-ising"];

/// A model file of `kind`, all defaults written out.
pub fn template(kind: &str) -> Option<&'static str> {
    (kind == KINDS[0]).then_some(OPEN_ISING)
}

const OPEN_ISING: &str = include_str!("open-ising.toml");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Model, Registry, Run, Source};

    #[test]
    fn the_template_parses_and_its_run_table_states_the_defaults() {
        let source =
            Source { name: "template".into(), folder: ".".into(), text: template("open-ising").unwrap().into() };
        let model = Model::parse(source, &Registry::default()).unwrap();
        let least: Run = toml::from_str(&format!("end = {:?}", model.run.end)).unwrap();
        assert_eq!(model.run, least);
        assert!(template("no-such-kind").is_none());
    }
}
