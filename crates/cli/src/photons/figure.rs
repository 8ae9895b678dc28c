//! The figure of a photon budget.

use super::text::{short, unit};
use crate::chart::{Chart, Figure, Intervals, LineChart, Series};
use lightfall_core::stats::Estimate;
use lightfall_model::photons::{CurvePoint, PhotonReport, PlaneLight, Sensitivity};

/// All panels.
pub(super) fn figure(r: &PhotonReport) -> Figure {
    let mut panels = vec![accuracy(r)];
    panels.extend(alternatives(r));
    panels.extend(layers(r));
    panels.extend(noise(r));
    panels.extend(bits(r));
    panels.extend(planes(r));
    panels.extend(energy(r));
    let devices = if r.devices > 1 { format!("{} devices, ", r.devices) } else { String::new() };
    Figure {
        title: if r.title.is_empty() { r.model.clone() } else { r.title.clone() },
        subtitle: Some(format!(
            "engine {}, {} test samples, {devices}{} noise seeds, seed {}, lightfall {}",
            r.engine, r.samples, r.seeds, r.seed, r.version
        )),
        columns: if panels.len() > 1 { 2 } else { 1 },
        panels,
    }
}

fn two(e: Estimate) -> f64 {
    2.0 * e.stderr.unwrap_or(0.0)
}

/// A curve with its band, from few photons to many.
fn series(name: &str, curve: &[CurvePoint], half: &dyn Fn(&CurvePoint) -> f64) -> Series {
    let mut sorted: Vec<&CurvePoint> = curve.iter().filter(|p| p.photons_per_mac > 0.0).collect();
    sorted.sort_by(|a, b| a.photons_per_mac.total_cmp(&b.photons_per_mac));
    Series {
        name: name.into(),
        x: sorted.iter().map(|p| p.photons_per_mac.log10()).collect(),
        y: sorted.iter().map(|p| p.accuracy.mean).collect(),
        half_width: Some(sorted.iter().map(|p| half(p)).collect()),
        ..Series::default()
    }
}

fn line(title: &str, series: Vec<Series>) -> Chart {
    Chart::Line(LineChart {
        title: title.into(),
        x_label: "log10 of detected photons per MAC".into(),
        y_label: "accuracy".into(),
        series,
        zero_line: false,
        note: None,
    })
}

fn accuracy(r: &PhotonReport) -> Chart {
    let seeds = if r.devices > 1 { "devices" } else { "noise seeds" };
    let mut all = vec![
        series("test set, 95 %", &r.curve, &|p| 0.5 * (p.of_samples.high - p.of_samples.low)),
        series(&format!("{seeds}, two standard errors"), &r.curve, &|p| two(p.accuracy)),
    ];
    let x = all[0].x.clone();
    if let (Some(first), Some(last)) = (x.first(), x.last()) {
        let name = "without noise".into();
        all.push(Series { name, x: vec![*first, *last], y: vec![r.noiseless; 2], dashed: true, ..Series::default() });
    }
    line("Accuracy against light", all)
}

fn alternatives(r: &PhotonReport) -> Option<Chart> {
    if r.alternatives.is_empty() {
        return None;
    }
    let own = series("this device", &r.curve, &|p| two(p.accuracy));
    let others = r.alternatives.iter().map(|c| series(&c.name, &c.curve, &|p| two(p.accuracy)));
    Some(line("The same network on other devices, two standard errors", std::iter::once(own).chain(others).collect()))
}

fn layers(r: &PhotonReport) -> Option<Chart> {
    if r.sensitivities.is_empty() {
        return None;
    }
    let at = r.at.map_or_else(String::new, |p| format!(" at {} {}", short(p), unit(&r.setting)));
    let each = |s: &Sensitivity| {
        let e = s.per_log_photons;
        (s.layer.clone(), e.mean, e.mean - two(e), e.mean + two(e))
    };
    Some(Chart::Intervals(Intervals {
        marks: Vec::new(),
        title: format!("What more light in a layer buys{at}"),
        x_label: "d accuracy/d ln photons, two standard errors".into(),
        rows: r.sensitivities.iter().map(each).collect(),
    }))
}

/// Bars from zero.
fn shares(title: &str, x_label: &str, rows: Vec<(String, f64)>) -> Option<Chart> {
    let rows: Vec<_> = rows.into_iter().map(|(name, share)| (name, share, 0.0, share)).collect();
    (!rows.is_empty())
        .then(|| Chart::Intervals(Intervals { title: title.into(), x_label: x_label.into(), rows, marks: Vec::new() }))
}

fn noise(r: &PhotonReport) -> Option<Chart> {
    let rows = r.noise.iter().flat_map(|l| {
        let shown = l.shares.iter().filter(|s| s.share > 1e-3);
        shown.map(move |s| (format!("{}: {}", l.layer, s.source), s.share))
    });
    shares("Where the noise comes from", "share of the variance of a layer", rows.collect())
}

/// One light, from the wall to the detectors: what "photons per MAC" means at each plane.
fn planes(r: &PhotonReport) -> Option<Chart> {
    let row = |p: &PlaneLight| {
        let x = p.photons_per_mac.log10();
        (format!("{}: {}", p.plane, short(p.photons_per_mac)), x, x, x)
    };
    let rows: Vec<_> = r.link.iter().rev().map(row).collect();
    (!rows.is_empty()).then(|| {
        let title = "Photons per MAC from the wall to the detectors".into();
        Chart::Intervals(Intervals { title, x_label: "log10 of photons per MAC".into(), rows, marks: Vec::new() })
    })
}

fn energy(r: &PhotonReport) -> Option<Chart> {
    let rows = r.energy.iter().map(|e| (e.component.clone(), e.share)).collect();
    shares("Where the energy goes", "share of the energy of an inference", rows)
}

fn bits(r: &PhotonReport) -> Option<Chart> {
    let known: Vec<_> =
        r.bits.iter().filter_map(|b| Some((f64::from(b.bits?), b.required.first().copied().flatten()?))).collect();
    let first = r.required.first()?;
    if known.is_empty() {
        return None;
    }
    let x: Vec<f64> = known.iter().map(|(b, _)| *b).collect();
    let y = known.iter().map(|(_, q)| q.photons_per_mac.log10()).collect();
    let ends = vec![x[0], x[x.len() - 1]];
    let unconverted = r.bits.last().and_then(|b| b.required.first().copied().flatten());
    let mut series = vec![Series { name: format!("accuracy {}", first.target), x, y, ..Series::default() }];
    if let Some(q) = unconverted {
        let y = vec![q.photons_per_mac.log10(); 2];
        series.push(Series { name: "not converted".into(), x: ends, y, dashed: true, ..Series::default() });
    }
    Some(Chart::Line(LineChart {
        title: "Bits against light".into(),
        x_label: "bits of the converters".into(),
        y_label: "log10 of photons per MAC".into(),
        series,
        zero_line: false,
        note: None,
    }))
}
