//! One timed run on the instance of benches/peers/quantum/problem.py; prints one JSON line.
//!
//! `--error` prints the largest weak error at N <= 8 instead: max over save times of the error of the mean of <sigma^z_i> and
//! <sigma^x_i sigma^x_j> against the master equation, estimated on refined noise paths.

use lightfall::cavity::open_ising::{
    Glass, Jump, KetLevel, LevelKind, MasterLevel, Observable, PathChoice, Selection, Settings,
};
use lightfall::core::ensemble::{BlockRunner, Level};
use lightfall::core::schedule::{Ramp, Schedule};
use lightfall::core::stats::{Moments, merge_tree};
use lightfall::core::unravel::Grid;
use lightfall::couplings::read_matrix;
use lightfall::prelude::Streams;
use num_complex::Complex64;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

fn glass(n: usize, data: &Path) -> Result<Glass, Box<dyn std::error::Error>> {
    let j = read_matrix(&data.join(format!("J_N{n}.npy")), None)?;
    let c = read_matrix(&data.join(format!("c_N{n}.npy")), None)?;
    let jump = |row: &[Complex64]| Jump {
        u: row.iter().map(|c| 2.0 * 0.05_f64.sqrt() * c).collect(),
        v: vec![Complex64::ZERO; n],
    };
    Ok(Glass {
        sites: n,
        wz: 1.0,
        pump: Schedule::Linear(Ramp { from: 0.0, to: 2.0, start: 0.0, end: 20.0 }).compile()?,
        couplings: j.values.iter().map(|v| v.re).collect(),
        jumps: c.values.chunks_exact(n).map(jump).collect(),
        decay: 0.0,
        dephasing: 0.0,
        cavity: None,
    })
}

/// Largest |mean difference| between two settings over the rows, and the standard error there.
fn weak_error(
    coarse: &dyn Level,
    fine: &dyn Level,
    times: &[f64],
    n: u64,
) -> Result<(f64, f64), Box<dyn std::error::Error>> {
    let (mut a, mut b) = (BlockRunner::new(coarse, times, false), BlockRunner::new(fine, times, false));
    let mut leaves = Vec::new();
    for k in 0..n {
        let (x, y) = (a.trajectory(k)?.to_vec(), b.trajectory(k)?);
        leaves.push(Moments::leaf(&x.iter().zip(y).map(|(x, y)| x - y).collect::<Vec<_>>()));
    }
    let m = merge_tree(&leaves).ok_or("no trajectories")?;
    let worst = (0..m.mean.len()).max_by(|i, j| m.mean[*i].abs().total_cmp(&m.mean[*j].abs())).unwrap_or(0);
    Ok((m.mean[worst].abs(), m.estimate(worst).stderr.unwrap_or(0.0)))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        println!(
            "usage: peer_quantum --solver split|general --unravelling counting|homodyne|heterodyne|master --n N --data FOLDER"
        );
        println!("       [--dt 0.1] [--tolerance 1e-6] [--trajectories 1] [--tend 20] [--error 1]");
        return Ok(());
    }
    let given: BTreeMap<&str, &str> = arguments.chunks_exact(2).map(|a| (a[0].as_str(), a[1].as_str())).collect();
    let get = |key: &str, default: &'static str| given.get(key).copied().unwrap_or(default).to_owned();
    let n: usize = get("--n", "6").parse()?;
    let (dt, tolerance): (f64, f64) = (get("--dt", "0.1").parse()?, get("--tolerance", "1e-6").parse()?);
    let (tend, trajectories): (f64, u64) = (get("--tend", "20").parse()?, get("--trajectories", "1").parse()?);
    let solver = get("--solver", "split");
    let kind = LevelKind::from_name(&get("--unravelling", "homodyne")).ok_or("unknown unravelling")?;
    let glass = glass(n, Path::new(&get("--data", "benches/peers/quantum/data")))?;
    let settings = Settings {
        tolerance,
        path: if solver == "split" { PathChoice::Split } else { PathChoice::General },
        ..Settings::new(dt, Streams::new(7, 0))
    };
    let with_error = given.contains_key("--error");
    // The C reference reads the energy only; the error and the other peers are about these means.
    let observables = match get("--watch", if with_error { "means" } else { "energy" }).as_str() {
        "means" => vec![Observable::Sz, Observable::Sxsx],
        _ => vec![Observable::Energy],
    };
    let selection = Selection { observables, ..Selection::default() };
    let level = |settings: &Settings| -> Result<Box<dyn Level>, &'static str> {
        Ok(match kind {
            LevelKind::Master => Box::new(MasterLevel::new(&glass, settings, &selection, None)),
            _ => Box::new(
                KetLevel::new(&glass, kind, settings, &selection, None).ok_or("the split step does not apply")?,
            ),
        })
    };
    let save = ((tend + 1e-9).floor() as u64).max(1);
    let times: Vec<f64> = (0..=save).map(|k| tend * k as f64 / save as f64).collect();
    let coarse = level(&settings)?;
    if with_error {
        let fine = Settings { grid: Grid { dt, refinement: 3 }, tolerance: 1e-3 * tolerance, ..settings.clone() };
        let (error, stderr) = weak_error(coarse.as_ref(), level(&fine)?.as_ref(), &times, trajectories)?;
        println!(
            "{{\"tool\":\"lightfall\",\"solver\":\"{solver}\",\"unravelling\":\"{}\",\"n\":{n},\"dt\":{dt},\"tolerance\":{tolerance:e},\"error\":{error:.2e},\"stderr\":{stderr:.1e}}}",
            kind.name()
        );
        return Ok(());
    }
    let mut runner = BlockRunner::new(coarse.as_ref(), &times, false);
    runner.trajectory(0)?;
    let begin = Instant::now();
    for k in 0..trajectories {
        runner.trajectory(k)?;
    }
    // One thread, so wall time of this loop is processor time on a quiet machine.
    let each = begin.elapsed().as_secs_f64() / trajectories as f64 * 20.0 / tend;
    println!(
        "{{\"tool\":\"lightfall\",\"solver\":\"{solver}\",\"unravelling\":\"{}\",\"n\":{n},\"dt\":{dt},\"tolerance\":{tolerance:e},\"cpu_s_per_traj_T20\":{each:.6}}}",
        kind.name()
    );
    Ok(())
}
