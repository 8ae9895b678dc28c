//! `photons`: accuracy against photons, photons for a target, the weak layer, a better split of the light, the link.

mod figure;
mod text;
pub(crate) mod train;

use crate::args::{CheckArgs, Format, PhotonsArgs};
use crate::command::{draw, out_folder, overrides, print};
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Bars;
use figure::figure;
use lightfall_model::compare::Watch;
use lightfall_model::photons::{Journal, PhotonModel, PhotonReport, PhotonsError, budget};
use std::cell::RefCell;
use text::text;

impl From<PhotonsError> for Failure {
    fn from(e: PhotonsError) -> Self {
        match e {
            PhotonsError::Model(e) => e.into(),
            PhotonsError::Interrupted => Failure::Interrupted("interrupted".into()),
            e => Failure::Input(e.to_string()),
        }
    }
}

pub(crate) fn run(a: &PhotonsArgs) -> Result<(), Failure> {
    let model = PhotonModel::read(&a.model, &overrides(&a.set)?)?;
    let seed = a.seed.unwrap_or(model.question.seed);
    interrupt::listen();
    let bars = Bars::new(a.quiet);
    let last = RefCell::new(String::new());
    let watch = |name: &str, done: usize, of: usize| {
        if *last.borrow() != name {
            bars.start(name.to_owned(), "figures");
            name.clone_into(&mut last.borrow_mut());
        }
        bars.progress(done as u64, of as u64);
        !interrupt::pressed()
    };
    let out = out_folder(a.out.as_ref(), &a.model);
    let kept = out.join("photons.partial");
    if kept.exists() && !a.resume && !a.quiet {
        eprintln!(
            "note: {} has figures of a run that was cut off; they start anew, --resume would take them over",
            kept.display()
        );
    }
    let journal = Journal::open(&kept, &model.source.text, seed, a.resume);
    let mut journal = journal.map_err(PhotonsError::from)?;
    let report = budget(&model, seed, a.threads, &mut journal, &watch).map_err(|e| match e {
        PhotonsError::Interrupted if !journal.is_empty() => Failure::Interrupted(format!(
            "interrupted: {} figures are kept in {}; the same command with --resume goes on",
            journal.len(),
            kept.display()
        )),
        PhotonsError::Interrupted => Failure::Interrupted("interrupted: nothing is written".into()),
        e => e.into(),
    })?;
    bars.finish();
    let json = serde_json::to_string_pretty(&report).map_err(|e| Failure::Run(e.to_string()))?;
    match a.format {
        Format::Text => print(&text(&report))?,
        Format::Json => print(&format!("{json}\n"))?,
        Format::Csv => print(&csv(&report))?,
    }
    let path = out.join("photons.json");
    let cannot = |e: std::io::Error| Failure::Input(format!("cannot write {}: {e}", path.display()));
    std::fs::create_dir_all(&out).map_err(cannot)?;
    std::fs::write(&path, json).map_err(cannot)?;
    let files = draw(&figure(&report), &out, "photons")?;
    journal.finish().map_err(PhotonsError::from)?;
    if a.format == Format::Text && !a.quiet {
        print(&format!("\nresult  {}\nfigures {files}\n", path.display()))?;
    }
    Ok(())
}

/// What is known of a photon model before any light is drawn.
pub(crate) fn check(a: &CheckArgs) -> Result<(), Failure> {
    let model = PhotonModel::read(&a.model, &overrides(&a.set)?)?;
    let loaded = model.load(model.question.seed)?;
    let (programmed, test) = (&loaded.programmed, &loaded.test);
    let work = programmed.work();
    let mut out = format!(
        "{}: ok\nengine {}, {} training and {} test samples, {} optical MACs per inference\n",
        a.model.display(),
        model.device.engine().name(),
        loaded.training.len(),
        test.len(),
        work.macs
    );
    for (l, layer) in programmed.network().layers().iter().enumerate() {
        let way = if programmed.is_optical(l) { "optical" } else { "digital" };
        let dense = &layer.dense;
        out.push_str(&format!("  {:8} {} x {}, {way}\n", dense.name, dense.outputs, dense.inputs));
    }
    out.push_str(&format!("accuracy without noise {:.4}\n", programmed.noiseless(test)));
    print(&out)
}

/// Rows of photons, mean, stderr, n, low and high of the test set.
fn csv(r: &PhotonReport) -> String {
    let mut out = "photons_per_mac,accuracy,stderr,n,test_low,test_high,preview\n".to_owned();
    for p in &r.curve {
        let stderr = p.accuracy.stderr.map_or_else(String::new, |e| e.to_string());
        let of = p.of_samples;
        out.push_str(&format!(
            "{},{},{stderr},{},{},{},{}\n",
            p.photons_per_mac, p.accuracy.mean, p.accuracy.n, of.low, of.high, p.preview
        ));
    }
    out
}
