//! Whole model files with every default written out.

/// Kinds `lightfall new` knows.
pub const KINDS: [&str; 3] = ["open-ising", "cavity", "cim"];

/// A model file of `kind`, all defaults written out.
pub fn template(kind: &str) -> Option<&'static str> {
    let texts = [include_str!("open-ising.toml"), include_str!("cavity.toml"), include_str!("cim.toml")];
    KINDS.iter().position(|k| *k == kind).map(|at| texts[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annealing::{AnnealingModel, AnnealingRun, Cim};
    use crate::{Model, Registry, Run, Source};

    fn source(kind: &str) -> Source {
        Source { name: "template".into(), folder: ".".into(), text: template(kind).unwrap().into() }
    }

    #[test]
    fn the_template_parses_and_its_run_table_states_the_defaults() {
        for kind in KINDS.into_iter().filter(|kind| *kind != "cim") {
            let model = Model::parse(source(kind), &Registry::default()).unwrap();
            assert_eq!(model.device.name(), kind);
            let least: Run = toml::from_str(&format!("end = {:?}", model.run.end)).unwrap();
            assert_eq!(model.run, least);
        }
        assert!(template("no-such-kind").is_none());
    }

    #[test]
    fn the_template_of_a_coherent_ising_machine_states_all_defaults() {
        let model = AnnealingModel::parse(source("cim"), &Registry::default()).unwrap();
        assert_eq!((model.device, model.run), (Cim::default(), AnnealingRun::default()));
        // Every key is there: with the search, which is off by default, as comments.
        let text = template("cim").unwrap();
        let keys = serde_json::to_value(Cim::default()).unwrap();
        for (key, value) in keys.as_object().unwrap() {
            let inner = value.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
            for key in inner.iter().chain([key]) {
                assert!(text.contains(key.as_str()), "{key}");
            }
        }
        let search = text.lines().filter_map(|line| line.strip_prefix("# ")).skip_while(|line| !line.starts_with('['));
        let with = text.to_owned() + "\n" + &search.collect::<Vec<_>>().join("\n");
        let model = AnnealingModel::parse(Source { text: with, ..source("cim") }, &Registry::default()).unwrap();
        assert_eq!(model.device.optimise.unwrap().generations, 20);
    }
}
