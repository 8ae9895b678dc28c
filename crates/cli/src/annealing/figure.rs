//! The figure of a comparison of a coherent Ising machine.

use crate::chart::{Chart, Figure, Intervals, LineChart, Series};
use lightfall_core::stats::Estimate;
use lightfall_model::annealing::{AnnealingReport, PumpPoint, RelaxationPoint};

pub(super) fn figure(r: &AnnealingReport) -> Figure {
    let mut panels = Vec::new();
    if !r.levels.is_empty() {
        panels.push(ranking(r));
    }
    if !r.ramp.is_empty() {
        panels.push(signs(r));
        panels.push(soft(r));
    }
    if !r.relaxation.is_empty() {
        panels.push(relaxation(r));
    }
    let title = if r.title.is_empty() { r.model.clone() } else { r.title.clone() };
    let subtitle = format!(
        "N = {}, {} instances of {} starts, bands and bars two standard errors, seed {}, lightfall {}",
        r.n, r.instances, r.replicas, r.seed, r.version
    );
    Figure { title, subtitle: Some(subtitle), columns: panels.len().min(2), panels }
}

fn two(e: Estimate) -> f64 {
    2.0 * e.stderr.unwrap_or(0.0)
}

/// Energies of the levels, before and after descent, with what is known.
fn ranking(r: &AnnealingReport) -> Chart {
    let mut rows = Vec::new();
    for l in &r.levels {
        let e = l.sign_energy;
        rows.push((l.name.clone(), e.mean, e.mean - two(e), e.mean + two(e)));
        if l.greedy_energy != e {
            let g = l.greedy_energy;
            rows.push((format!("{} + flips", l.name), g.mean, g.mean - two(g), g.mean + two(g)));
        }
    }
    Chart::Intervals(Intervals {
        title: "Ising energy of the signs".into(),
        x_label: "E/N".into(),
        rows,
        marks: r.limits.clone(),
    })
}

fn curve(name: &str, points: &[PumpPoint], of: &dyn Fn(&PumpPoint) -> Estimate) -> Series {
    Series {
        name: name.into(),
        x: points.iter().map(|p| p.pump).collect(),
        y: points.iter().map(|p| of(p).mean).collect(),
        half_width: Some(points.iter().map(|p| two(of(p))).collect()),
        ..Series::default()
    }
}

fn signs(r: &AnnealingReport) -> Chart {
    let mut series = vec![curve("adiabatic", &r.ramp, &|p| p.sign_energy)];
    let ends = [r.ramp.first(), r.ramp.last()].into_iter().flatten().map(|p| p.pump).collect::<Vec<_>>();
    for (name, value) in &r.limits {
        series.push(Series {
            name: format!("{name}, N to infinity"),
            x: ends.clone(),
            y: vec![*value; ends.len()],
            dashed: true,
            ..Series::default()
        });
    }
    Chart::Line(LineChart {
        title: "Ising energy of the signs along the ramp".into(),
        x_label: "pump a".into(),
        y_label: "E/N".into(),
        series,
        ..LineChart::default()
    })
}

fn soft(r: &AnnealingReport) -> Chart {
    Chart::Line(LineChart {
        title: "Soft spins along the ramp".into(),
        x_label: "pump a".into(),
        y_label: "E(x)/N, q".into(),
        series: vec![curve("E(x)/N", &r.ramp, &|p| p.energy), curve("q = |x|^2/N", &r.ramp, &|p| p.overlap)],
        zero_line: true,
        ..LineChart::default()
    })
}

fn relaxation(r: &AnnealingReport) -> Chart {
    let points = &r.relaxation;
    let times: Vec<f64> = points.iter().map(|p| p.time).collect();
    let found = |name: &str, of: &dyn Fn(&RelaxationPoint) -> Estimate| Series {
        name: name.into(),
        x: times.clone(),
        y: points.iter().map(|p| of(p).mean).collect(),
        half_width: Some(points.iter().map(|p| two(of(p))).collect()),
        ..Series::default()
    };
    let theory = |name: &str, of: &dyn Fn(&RelaxationPoint) -> Option<f64>| Series {
        name: name.into(),
        x: times.clone(),
        y: points.iter().map(|p| of(p).unwrap_or(f64::NAN)).collect(),
        dashed: true,
        ..Series::default()
    };
    Chart::Line(LineChart {
        title: "Relaxation from noise".into(),
        x_label: "time".into(),
        y_label: "E(x)/N, q".into(),
        series: vec![
            found("E(x)/N", &|p| p.energy),
            theory("E/N, mean field theory", &|p| p.theory),
            found("q = |x|^2/N", &|p| p.overlap),
            theory("q, mean field theory", &|p| p.theory_overlap),
        ],
        zero_line: true,
        ..LineChart::default()
    })
}
