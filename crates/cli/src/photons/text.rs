//! The report of a photon budget for people.

use crate::table::{aligned, with_error};
use lightfall_core::stats::Estimate;
use lightfall_model::photons::{CurvePoint, PhotonReport, Required};

/// Four digits.
pub(super) fn short(v: f64) -> String {
    if v == 0.0 || (1e-3..1e4).contains(&v.abs()) {
        let places = (3 - v.abs().max(1e-9).log10().floor() as i32).clamp(0, 6) as usize;
        format!("{v:.places$}")
    } else {
        format!("{v:.3e}")
    }
}

/// What the numbers of `[photons]` are, by [`lightfall_optics::Setting::name`].
pub(super) fn unit(setting: &str) -> &'static str {
    match setting {
        "shots" => "exposures",
        "photons-into-mask" => "into the mask/MAC",
        _ => "photons/MAC",
    }
}

fn open(v: Option<f64>) -> String {
    v.map_or_else(|| "..".into(), short)
}

pub(super) fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

pub(super) fn estimate(e: Estimate) -> String {
    with_error(e.mean, e.stderr)
}

/// A table after an empty line.
fn table(rows: &[Vec<String>]) -> String {
    format!("\n{}", aligned(rows))
}

/// Photons and their interval over noise seeds.
fn photons(r: Option<&Required>) -> String {
    r.map_or_else(
        || "not reached".into(),
        |r| format!("{} [{}, {}]", short(r.photons_per_mac), open(r.low), open(r.high)),
    )
}

/// The whole report.
pub(super) fn text(r: &PhotonReport) -> String {
    let parts = [
        head(r),
        curve(r),
        required(r),
        layers(r),
        split(r),
        noise(r),
        bits(r),
        alternatives(r),
        adaptive(r),
        light(r),
        energy(r),
    ];
    parts.concat()
}

fn head(r: &PhotonReport) -> String {
    let mut out = if r.title.is_empty() { String::new() } else { format!("{}\n", r.title) };
    let devices = if r.devices > 1 { format!("{} devices, ", r.devices) } else { String::new() };
    let arms = if r.arms == "both" { "both arms" } else { "signal arm alone" };
    let error = if r.devices > 1 { "devices" } else { "noise seeds" };
    out.push_str(&format!(
        "engine {}, {} test samples, {devices}{} noise seeds, seed {}; accuracy without noise {:.4}\nphotons are detected ones per MAC, {arms}; (n): standard error over {error}; [..]: 95 % interval of the test set;\npreview: variances through the layers, nothing drawn\n\n",
        r.engine, r.samples, r.seeds, r.seed, r.noiseless,
    ));
    out
}

fn curve(r: &PhotonReport) -> String {
    // The setting has a column of its own where it is not the photons themselves.
    let setting = Some(unit(&r.setting)).filter(|unit| *unit != "photons/MAC");
    let mut head: Vec<String> = setting.into_iter().chain(["photons/MAC"]).map(str::to_owned).collect();
    head.extend(row(["accuracy", "test set", "preview"]));
    if r.devices > 1 {
        head.extend(row(["between devices", "worst", "best"]));
    }
    let mut rows = vec![head];
    for p in &r.curve {
        let mut cells = if setting.is_some() { vec![format!("{}", p.setting)] } else { Vec::new() };
        cells.push(short(p.photons_per_mac));
        cells.push(estimate(p.accuracy));
        cells.push(format!("[{:.3}, {:.3}]", p.of_samples.low, p.of_samples.high));
        cells.push(format!("{:.3}", p.preview));
        if let Some(s) = p.spread {
            cells.push(format!("{:.4}", s.of_devices));
            cells.push(format!("{:.3}", s.worst_device));
            cells.push(format!("{:.3}", s.best_device));
        }
        rows.push(cells);
    }
    aligned(&rows)
}

fn required(r: &PhotonReport) -> String {
    if r.required.is_empty() {
        return String::new();
    }
    let mut rows =
        vec![row(["target", "photons/MAC", if r.devices > 1 { "devices" } else { "noise seeds" }, "test set"])];
    for q in &r.required {
        rows.push(vec![
            format!("{}", q.target),
            short(q.photons_per_mac),
            format!("[{}, {}]", open(q.low), open(q.high)),
            format!("[{}, {}]", open(q.low_of_samples), open(q.high_of_samples)),
        ]);
    }
    table(&rows)
}

fn layers(r: &PhotonReport) -> String {
    let Some(at) = r.at else { return String::new() };
    let title = format!("layer at {} {}", short(at), unit(&r.setting));
    let mut rows = vec![row([title.as_str(), "MACs", "dAcc/dlnP", "light here alone"])];
    for s in &r.sensitivities {
        let share = format!("{:.1} %", 100.0 * s.share_of_macs);
        rows.push(vec![s.layer.clone(), share, estimate(s.per_log_photons), estimate(s.alone)]);
    }
    table(&rows)
}

fn split(r: &PhotonReport) -> String {
    let Some(a) = &r.allocation else { return String::new() };
    let mut head = vec![format!("split of {} photons/MAC", short(a.mean_photons_per_mac))];
    head.extend(r.layers.iter().map(|l| l.name.clone()));
    head.push("accuracy".into());
    let cells =
        |photons: &[Option<f64>]| photons.iter().map(|p| p.map_or_else(|| "-".into(), short)).collect::<Vec<_>>();
    let mut same = vec!["the same everywhere".to_owned()];
    same.extend(cells(&a.uniform_photons_per_mac));
    same.push(estimate(a.uniform));
    let mut better = vec![format!("best of {} on the training split", a.tried)];
    better.extend(cells(&a.photons_per_mac));
    better.push(estimate(a.allocated));
    table(&[head, same, better])
}

fn noise(r: &PhotonReport) -> String {
    let Some(first) = r.noise.first() else { return String::new() };
    let mut rows = vec![vec!["noise of a layer".to_owned(), "rms".to_owned()]];
    rows[0].extend(first.shares.iter().map(|s| s.source.to_string()));
    rows[0].push("limited by".into());
    for l in &r.noise {
        let mut cells = vec![l.layer.clone(), short(l.rms)];
        cells.extend(l.shares.iter().map(|s| format!("{:.1} %", 100.0 * s.share)));
        cells.push(l.limiting.to_string());
        rows.push(cells);
    }
    table(&rows)
}

fn bits(r: &PhotonReport) -> String {
    if r.bits.is_empty() {
        return String::new();
    }
    let mut head = vec!["bits".to_owned()];
    head.extend(r.required.iter().map(|q| format!("photons/MAC for {}", q.target)));
    head.push("few bits and few photons".into());
    let mut rows = vec![head];
    let enough = r.bits.iter().find(|b| b.enough).and_then(|b| b.bits);
    for b in &r.bits {
        let mut cells = vec![b.bits.map_or_else(|| "none".into(), |b| b.to_string())];
        cells.extend(b.required.iter().map(|q| photons(q.as_ref())));
        let wasted = enough.is_some_and(|e| b.bits.is_none_or(|b| b > e));
        cells.push(
            if wasted {
                "bits wasted"
            } else if b.on_front {
                "on the front"
            } else {
                ""
            }
            .into(),
        );
        rows.push(cells);
    }
    table(&rows)
}

fn alternatives(r: &PhotonReport) -> String {
    if r.alternatives.is_empty() {
        return String::new();
    }
    let own = ("this device", r.arms.as_str(), &r.setting, &r.curve, r.required.iter().map(Some).collect::<Vec<_>>());
    let others = r.alternatives.iter().map(|c| {
        let required = c.required.iter().map(Option::as_ref).collect::<Vec<_>>();
        (c.name.as_str(), c.arms.as_str(), &c.setting, &c.curve, required)
    });
    let all: Vec<_> = std::iter::once(own).chain(others).collect();
    let mut head = vec![unit(&r.setting).to_owned()];
    head.extend(all.iter().map(|(name, ..)| (*name).to_owned()));
    let mut rows = vec![head];
    let mut arms = vec!["arms counted".to_owned()];
    arms.extend(all.iter().map(|(_, arms, ..)| (*arms).to_owned()));
    rows.push(arms);
    for (k, p) in r.curve.iter().enumerate() {
        let mut cells = vec![if r.setting == "photons-per-mac" { short(p.setting) } else { p.setting.to_string() }];
        // Numbers that mean something else are not set side by side.
        let at = |setting: &String, curve: &Vec<CurvePoint>| {
            let same = |q: &&CurvePoint| q.setting == p.setting && *setting == r.setting;
            curve.get(k).filter(same).map_or_else(String::new, |q| estimate(q.accuracy))
        };
        cells.extend(all.iter().map(|(_, _, setting, curve, _)| at(setting, curve)));
        rows.push(cells);
    }
    for (k, q) in r.required.iter().enumerate() {
        let mut cells = vec![format!("for {}", q.target)];
        cells.extend(all.iter().map(|(.., required)| photons(required.get(k).copied().flatten())));
        rows.push(cells);
    }
    table(&rows)
}

fn adaptive(r: &PhotonReport) -> String {
    let Some(a) = &r.adaptive else { return String::new() };
    format!(
        "\nmeasured again where the margin is below {}: {} photons/MAC first, {} more for {:.1} % of the inputs, so {} on average for an accuracy of {};\nthe same light for all inputs needs {} for that, {} times as many\n",
        short(a.threshold),
        short(a.first),
        short(a.again),
        100.0 * a.share_measured_again,
        estimate(a.photons_per_mac),
        estimate(a.accuracy),
        short(a.uniform_photons_per_mac),
        short(a.saving),
    )
}

fn light(r: &PhotonReport) -> String {
    if r.link.is_empty() {
        return String::new();
    }
    let mut rows =
        vec![row(["plane", "then through", "passes", "photons/MAC", "/output", "/inference", "J/MAC", "J/inference"])];
    for e in &r.link {
        rows.push(vec![
            e.plane.clone(),
            e.stage.clone(),
            if e.stage.is_empty() { String::new() } else { format!("{:.3}", e.transmission) },
            short(e.photons_per_mac),
            short(e.photons_per_output),
            short(e.photons_per_inference),
            format!("{:.2e}", e.joules_per_mac),
            format!("{:.2e}", e.joules_per_inference),
        ]);
    }
    table(&rows)
}

fn energy(r: &PhotonReport) -> String {
    if r.energy.is_empty() {
        return String::new();
    }
    let mut rows = vec![row(["component", "uses/inference", "J/use", "J/MAC", "J/inference", "share"])];
    for e in &r.energy {
        rows.push(vec![
            e.component.clone(),
            short(e.uses),
            format!("{:.2e}", e.joules),
            format!("{:.2e}", e.joules_per_mac),
            format!("{:.2e}", e.joules_per_inference),
            format!("{:.1} %", 100.0 * e.share),
        ]);
    }
    let total = |of: fn(&lightfall_model::photons::EnergyPart) -> f64| r.energy.iter().map(of).sum::<f64>();
    let (mac, inference) = (total(|e| e.joules_per_mac), total(|e| e.joules_per_inference));
    rows.push(row(["all", "", "", &format!("{mac:.2e}"), &format!("{inference:.2e}"), "100.0 %"]));
    let mut out = table(&rows);
    for e in &r.energy {
        out.push_str(&format!("  {}: {}\n", e.component, e.source));
    }
    if r.link.is_empty() {
        out.push_str("  light is not in this table: that of the local oscillator is not known\n");
    }
    out
}
