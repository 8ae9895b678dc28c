//! `photons`: accuracy against photons, photons for a target, the weak layer, a better split of the light, the link.

use crate::args::{CheckArgs, Format, PhotonsArgs};
use crate::chart::{Chart, Figure, Intervals, LineChart, Series};
use crate::command::{draw, out_folder, overrides, print};
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Bars;
use crate::table::{aligned, with_error};
use lightfall_core::stats::Estimate;
use lightfall_model::compare::Watch;
use lightfall_model::photons::{PhotonModel, PhotonReport, PhotonsError, budget};
use std::cell::RefCell;

impl From<PhotonsError> for Failure {
    fn from(e: PhotonsError) -> Self {
        match e {
            PhotonsError::Model(e) => e.into(),
            PhotonsError::Interrupted => Failure::Interrupted("interrupted: nothing is written".into()),
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
    let report = budget(&model, seed, a.threads, &watch)?;
    bars.finish();
    let json = serde_json::to_string_pretty(&report).map_err(|e| Failure::Run(e.to_string()))?;
    match a.format {
        Format::Text => print(&text(&report))?,
        Format::Json => print(&format!("{json}\n"))?,
        Format::Csv => print(&csv(&report))?,
    }
    let out = out_folder(a.out.as_ref(), &a.model);
    let path = out.join("photons.json");
    let cannot = |e: std::io::Error| Failure::Input(format!("cannot write {}: {e}", path.display()));
    std::fs::create_dir_all(&out).map_err(cannot)?;
    std::fs::write(&path, json).map_err(cannot)?;
    let files = draw(&figure(&report), &out, "photons")?;
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

/// Four digits.
fn short(v: f64) -> String {
    if v == 0.0 || (1e-3..1e4).contains(&v.abs()) {
        let places = (3 - v.abs().max(1e-9).log10().floor() as i32).clamp(0, 6) as usize;
        format!("{v:.places$}")
    } else {
        format!("{v:.3e}")
    }
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn estimate(e: Estimate) -> String {
    with_error(e.mean, e.stderr)
}

/// The report for people.
fn text(r: &PhotonReport) -> String {
    let mut out = if r.title.is_empty() { String::new() } else { format!("{}\n", r.title) };
    out.push_str(&format!(
        "engine {}, {} test samples, {} noise seeds, seed {}; accuracy without noise {:.4}\nphotons are detected ones per MAC, {}; (n): standard error over noise seeds; [..]: 95 % interval of the test set;\npreview: variances through the layers, nothing drawn\n\n",
        r.engine,
        r.samples,
        r.seeds,
        r.seed,
        r.noiseless,
        if r.arms == "both" { "both arms" } else { "signal arm alone" }
    ));
    let mut rows = vec![row(["photons/MAC", "accuracy", "test set", "preview"])];
    for p in &r.curve {
        let of_samples = format!("[{:.3}, {:.3}]", p.of_samples.low, p.of_samples.high);
        rows.push(vec![short(p.photons_per_mac), estimate(p.accuracy), of_samples, format!("{:.3}", p.preview)]);
    }
    out.push_str(&aligned(&rows));
    if !r.required.is_empty() {
        let mut rows = vec![row(["target", "photons/MAC", "noise seeds", "test set"])];
        for q in &r.required {
            let open = |v: Option<f64>| v.map_or_else(|| "..".into(), short);
            rows.push(vec![
                format!("{}", q.target),
                short(q.photons_per_mac),
                format!("[{}, {}]", open(q.low), open(q.high)),
                format!("[{}, {}]", open(q.low_of_samples), open(q.high_of_samples)),
            ]);
        }
        out.push_str(&format!("\n{}", aligned(&rows)));
    }
    if let Some(at) = r.at {
        let title = format!("layer at {} photons/MAC", short(at));
        let mut rows = vec![row([title.as_str(), "MACs", "dAcc/dlnP", "light here alone"])];
        for s in &r.sensitivities {
            let share = format!("{:.1} %", 100.0 * s.share_of_macs);
            rows.push(vec![s.layer.clone(), share, estimate(s.per_log_photons), estimate(s.alone)]);
        }
        out.push_str(&format!("\n{}", aligned(&rows)));
    }
    if let Some(a) = &r.allocation {
        let title = format!("split of {} photons/MAC", short(a.mean_photons_per_mac));
        let mut head = vec![title];
        head.extend(r.layers.iter().map(|l| l.name.clone()));
        head.push("accuracy".into());
        let uniform = r.layers.iter().map(|l| if l.optical { short(a.mean_photons_per_mac) } else { "-".into() });
        let mut same = vec!["the same everywhere".to_owned()];
        same.extend(uniform);
        same.push(estimate(a.uniform));
        let mut better = vec![format!("best of {} on the training split", a.tried)];
        better.extend(a.photons_per_mac.iter().map(|p| p.map_or_else(|| "-".into(), short)));
        better.push(estimate(a.allocated));
        out.push_str(&format!("\n{}", aligned(&[head, same, better])));
    }
    if !r.energy.is_empty() {
        let mut rows = vec![row(["plane", "then through", "passes", "photons/MAC", "J/MAC", "J/inference"])];
        for e in &r.energy {
            rows.push(vec![
                e.plane.clone(),
                e.stage.clone(),
                if e.stage.is_empty() { String::new() } else { format!("{:.3}", e.transmission) },
                short(e.photons_per_mac),
                format!("{:.2e}", e.joules_per_mac),
                format!("{:.2e}", e.joules_per_inference),
            ]);
        }
        out.push_str(&format!("\n{}", aligned(&rows)));
    }
    out
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

fn figure(r: &PhotonReport) -> Figure {
    let x: Vec<f64> = r.curve.iter().map(|p| p.photons_per_mac.log10()).collect();
    let y: Vec<f64> = r.curve.iter().map(|p| p.accuracy.mean).collect();
    let half = |of: &dyn Fn(&lightfall_model::photons::CurvePoint) -> f64| r.curve.iter().map(of).collect();
    let series = |name: &str, half_width: Vec<f64>| Series {
        name: name.into(),
        x: x.clone(),
        y: y.clone(),
        half_width: Some(half_width),
        ..Series::default()
    };
    let ends = |v: f64| Series {
        name: "without noise".into(),
        x: vec![x[0], x[x.len() - 1]],
        y: vec![v; 2],
        dashed: true,
        ..Series::default()
    };
    let mut panels = vec![Chart::Line(LineChart {
        title: "Accuracy against light".into(),
        x_label: "log10 of detected photons per MAC".into(),
        y_label: "accuracy".into(),
        series: vec![
            series("test set, 95 %", half(&|p| 0.5 * (p.of_samples.high - p.of_samples.low))),
            series("noise seeds, two standard errors", half(&|p| 2.0 * p.accuracy.stderr.unwrap_or(0.0))),
            ends(r.noiseless),
        ],
        zero_line: false,
        note: None,
    })];
    let two = |name: &String, e: Estimate| {
        let half = 2.0 * e.stderr.unwrap_or(0.0);
        (name.clone(), e.mean, e.mean - half, e.mean + half)
    };
    if !r.sensitivities.is_empty() {
        let at = r.at.map_or_else(String::new, |p| format!(" at {} photons/MAC", short(p)));
        panels.push(Chart::Intervals(Intervals {
            title: format!("What more light in a layer buys{at}"),
            x_label: "d accuracy/d ln photons, two standard errors".into(),
            rows: r.sensitivities.iter().map(|s| two(&s.layer, s.per_log_photons)).collect(),
        }));
    }
    Figure {
        title: if r.title.is_empty() { r.model.clone() } else { r.title.clone() },
        subtitle: Some(format!(
            "engine {}, {} test samples, {} noise seeds, seed {}, lightfall {}",
            r.engine, r.samples, r.seeds, r.seed, r.version
        )),
        columns: if panels.len() > 1 { 2 } else { 1 },
        panels,
    }
}
