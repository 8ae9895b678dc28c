//! A coupling topology of your own: a Rust type, registered under a name, run at several levels by `compare`.

use lightfall::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A Moebius ladder: a ring of n spins, each also coupled to the one opposite.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MoebiusLadder {
    n: usize,
    rung: f64,
}

impl Couplings for MoebiusLadder {
    fn len(&self) -> usize {
        self.n
    }
    fn entry(&self, i: usize, j: usize) -> f64 {
        let apart = i.abs_diff(j).min(self.n - i.abs_diff(j));
        if apart == 1 {
            -1.0
        } else if 2 * apart == self.n {
            self.rung
        } else {
            0.0
        }
    }
}

impl Topology for MoebiusLadder {
    fn build(&self, _: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        Ok(Arc::new(self.clone()))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut registry = Registry::default();
    registry.register::<MoebiusLadder>("moebius-ladder", "a ring with rungs to the opposite site");
    let text = include_str!("../models/cavity/open-ising-4.toml")
        .replace("[couplings.sk]\nn = 4", "[couplings.moebius-ladder]\nn = 6\nrung = -0.7");
    let model = Model::parse(Source { name: "moebius".into(), folder: ".".into(), text }, &registry)?;
    let options = Options { trajectories: Some(64), ..Options::default() };
    for level in compare(&model, &options, &Quiet)?.comparison.levels {
        println!("{:12} E/E0 = {:.3}", level.name, level.last.energy_ratio.map_or(f64::NAN, |e| e.mean));
    }
    Ok(())
}
