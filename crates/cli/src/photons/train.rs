//! `train`: the network of a photon model, trained further with the noise of its device.

use super::text::{estimate, row, short, unit};
use crate::args::TrainArgs;
use crate::command::{overrides, print};
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Bars;
use crate::table::aligned;
use lightfall_model::compare::Watch;
use lightfall_model::photons::{PhotonModel, train_model, write_npz};
use std::cell::RefCell;

pub(crate) fn run(a: &TrainArgs) -> Result<(), Failure> {
    let model = PhotonModel::read(&a.model, &overrides(&a.set)?)?;
    if a.out.exists() && !a.force {
        return Err(Failure::Input(format!("{} exists; --force replaces it", a.out.display())));
    }
    interrupt::listen();
    let bars = Bars::new(a.quiet);
    let last = RefCell::new(String::new());
    let watch = |name: &str, done: usize, of: usize| {
        // One bar for a stage; the loss is part of its name.
        let stage = name.split(',').next().unwrap_or(name);
        if *last.borrow() != stage {
            bars.start(stage.to_owned(), "epochs");
            stage.clone_into(&mut last.borrow_mut());
        }
        bars.progress(done as u64, of as u64);
        !interrupt::pressed()
    };
    let trained = train_model(&model, a.seed.unwrap_or(model.question.seed), &watch)?;
    bars.finish();
    let cannot = |e: std::io::Error| Failure::Input(format!("cannot write {}: {e}", a.out.display()));
    write_npz(&a.out, &trained.arrays).map_err(cannot)?;
    let mut rows = vec![row([unit(model.device.engine().setting().name()), "before", "after"])];
    for (photons, before, after) in &trained.points {
        rows.push(vec![short(*photons), estimate(*before), estimate(*after)]);
    }
    let [before, after] = trained.noiseless.map(|v| format!("{v:.4}"));
    rows.push(vec!["without noise".into(), before, after]);
    print(&aligned(&rows))?;
    if !a.quiet {
        let file = a.out.file_name().unwrap_or_default().to_string_lossy();
        print(&format!("\nweights {}\n\n[network]\nweights = \"{file}\"\n{}", a.out.display(), trained.layers))?;
    }
    Ok(())
}
