//! Sites of several atoms, and atoms with modes, against what shares no code with them: spins 1/2 as Pauli sums, and averages of trajectories against
//! the master equation.

use lightfall_cavity::multimode::{Limit, Mode, Multimode, build_composite};
use lightfall_cavity::open_ising::{LevelKind, Observable, PathChoice, Selection, Settings, build_level};
use lightfall_cavity::{Description, LevelName};
use lightfall_core::ensemble::{BlockRunner, Level, Plan, Silent, StopRule, run};
use lightfall_core::rng::Streams;
use lightfall_core::schedule::{Ramp, Schedule};
use lightfall_core::unravel::{Detection, Detector, Output};
use std::sync::Arc;

fn settings(dt: f64) -> Settings {
    Settings {
        tolerance: 1e-10,
        homodyne_phase: 0.4,
        path: PathChoice::General,
        ..Settings::new(dt, Streams::new(11, 0))
    }
}

/// `sites` of `atoms` atoms in two modes under a ramp; every spin couples by the G of its site.
fn device(g: &[[f64; 2]], atoms: usize, pump: f64) -> Multimode {
    let coupling: Vec<f64> = g.iter().flatten().copied().collect();
    let dot = |a: &[f64; 2], b: &[f64; 2]| a[0] * b[0] + a[1] * b[1];
    Multimode {
        sites: g.len(),
        atoms,
        wz: 1.0,
        g: Schedule::Linear(Ramp { from: 0.2, to: pump, start: 0.0, end: 2.0 }).compile().unwrap(),
        modes: vec![Mode { detuning: 3.0, kappa: 0.8 }, Mode { detuning: 4.0, kappa: 1.3 }],
        energy: g.iter().flat_map(|a| g.iter().map(|b| dot(a, b)).collect::<Vec<_>>()).collect(),
        coupling,
    }
}

const LINEAR: [Observable; 5] = [Observable::Energy, Observable::Sx, Observable::Sy, Observable::Sz, Observable::Sxsx];

fn selection(observables: &[Observable]) -> Selection {
    Selection { observables: observables.to_vec(), ..Selection::default() }
}

fn rows(level: &dyn Level, times: &[f64], trajectory: u64) -> Vec<f64> {
    BlockRunner::new(level, times, false).trajectory(trajectory).unwrap().to_vec()
}

fn composite(
    device: &Multimode,
    cuts: &[usize],
    level: LevelName,
    settings: &Settings,
    o: &[Observable],
) -> Box<dyn Level> {
    build_composite(device, cuts, &device.atom_only(Limit::None), level, settings, &selection(o), None).unwrap()
}

#[test]
fn sites_of_one_atom_are_the_spins_of_the_glass() {
    // The literal H_eff on matrices against the expanded one on Pauli sums; a trajectory under the same noise as well.
    let device = device(&[[0.9, 0.4], [-0.5, 0.8], [0.3, -0.7]], 1, 1.5);
    let times = [0.0, 0.7, 2.5];
    for (kind, observables, tolerance) in [
        (LevelKind::Master, LINEAR.to_vec(), 1e-7),
        (LevelKind::Heterodyne, [&LINEAR[..], &[Observable::Entropy, Observable::HalfEntropy]].concat(), 1e-6),
        (LevelKind::Homodyne, [&LINEAR[..], &[Observable::SignEnergy]].concat(), 1e-6),
    ] {
        let settings = settings(0.02);
        let glass = device.atom_only(Limit::None);
        let spins = build_level(&glass, kind, &settings, &selection(&observables), None).unwrap();
        let sites = composite(&device, &[], kind.into(), &settings, &observables);
        let (a, b) = (rows(spins.as_ref(), &times, 3), rows(sites.as_ref(), &times, 3));
        let error = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(a.len() == b.len() && error < tolerance, "{}: {error:e}", kind.name());
    }
}

#[test]
fn a_site_of_two_atoms_is_two_spins_at_one_place() {
    let (a, b) = ([0.9, 0.4], [-0.5, 0.8]);
    let (collective, apart) = (device(&[a, b], 2, 1.1), device(&[a, a, b, b], 1, 1.1));
    let (times, settings) = ([0.0, 0.7, 2.5], settings(0.02));
    let j = collective.atom_only(Limit::None).couplings[1];
    for limit in [Limit::None, Limit::X] {
        let description = if limit == Limit::X { Description::X } else { Description::Atom };
        let level = LevelName { description, kind: LevelKind::Master };
        let sites = rows(composite(&collective, &[], level, &settings, &LINEAR).as_ref(), &times, 0);
        let glass = apart.atom_only(limit);
        let spins = build_level(&glass, LevelKind::Master, &settings, &selection(&LINEAR), None).unwrap();
        let spins = rows(spins.as_ref(), &times, 0);
        for (two, four) in sites.chunks_exact(1 + 6 + 4).zip(spins.chunks_exact(1 + 12 + 16)) {
            for axis in 0..3 {
                for site in 0..2 {
                    let mean = 0.5 * (four[1 + 4 * axis + 2 * site] + four[2 + 4 * axis + 2 * site]);
                    assert!((two[1 + 2 * axis + site] - mean).abs() < 1e-8, "axis {axis}, site {site}");
                }
            }
            let pair = |i: usize, j: usize| four[13 + 4 * i + j];
            let mean = 0.25 * (pair(0, 2) + pair(0, 3) + pair(1, 2) + pair(1, 3));
            assert!((two[1 + 6 + 1] - mean).abs() < 1e-8);
            assert!((two[0] + j * mean).abs() < 1e-8);
        }
        // The comparison is about something: the spins have turned and correlated.
        let last = &sites[2 * 11..];
        assert!(last[5].abs() < 0.97 && last[8].abs() > 0.01, "{last:?}");
    }
}

#[test]
fn the_drift_by_parts_of_large_spins_is_that_of_the_general_path() {
    // Three sites of spin 3/2 under one noise path: the difference falls as the square of the step.
    let device = device(&[[0.5, 0.2], [-0.3, 0.4], [0.2, -0.4]], 3, 0.9);
    let observables = [&LINEAR[..], &[Observable::Entropy]].concat();
    for kind in [LevelKind::Heterodyne, LevelKind::Homodyne] {
        let difference = |dt: f64| {
            let paths = [PathChoice::General, PathChoice::Auto].map(|path| {
                let settings = Settings { path, ..settings(dt) };
                rows(composite(&device, &[], kind.into(), &settings, &observables).as_ref(), &[0.0, 1.0, 2.0], 3)
            });
            paths[0].iter().zip(&paths[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
        };
        let [coarse, fine] = [difference(0.04), difference(0.01)];
        assert!(coarse < 2e-2 && fine < coarse / 8.0 && fine > 1e-9, "{}: {coarse:e} {fine:e}", kind.name());
    }
}

#[test]
fn trajectories_of_atoms_and_modes_average_to_their_master_equation() {
    // 600 trajectories of three unravellings, 3 numbers: 4 standard errors, a false alarm in 1700.
    let mut device = device(&[[0.9, 0.0], [-0.5, 0.0]], 1, 1.5);
    device.modes.truncate(1);
    device.coupling = vec![0.9, -0.5];
    let (times, cuts, settings) = ([0.0, 3.0], [7], settings(0.05));
    let observables = [Observable::Energy, Observable::Sz];
    let level = |kind| LevelName { description: Description::Full, kind };
    let exact = rows(composite(&device, &cuts, level(LevelKind::Master), &settings, &observables).as_ref(), &times, 0);
    // Energy, two S^z, the highest Fock state.
    let exact = &exact[4..];
    assert!(exact[3] < 1e-5 && exact[1] > -0.97, "{exact:?}");
    for kind in [LevelKind::Counting, LevelKind::Homodyne, LevelKind::Heterodyne] {
        let settings = Settings { tolerance: 1e-6, ..settings.clone() };
        let built = composite(&device, &cuts, level(kind), &settings, &observables);
        let plan = Plan { trajectories: 600, block: 64, threads: 2, stop: StopRule::default(), keep_tracks: false };
        let moments = run(built.as_ref(), &times, &plan, &mut (), &Silent).unwrap().moments;
        for (column, expected) in exact[..3].iter().enumerate() {
            let found = moments.estimate(4 + column);
            let error = found.stderr.unwrap();
            let off = (found.mean - expected).abs();
            assert!(off < 4.0 * error + 2e-3, "{}, {column}: {} {error}, {expected}", kind.name(), found.mean);
        }
    }
}

#[test]
fn light_that_is_lost_does_not_change_means() {
    // Two sites of two atoms under heterodyne detection of efficiency 0.4: 800 trajectories against the master equation, 4 standard errors of 3 numbers.
    let device = device(&[[0.9, 0.4], [-0.5, 0.8]], 2, 1.1);
    let observables = [Observable::Energy, Observable::Sz];
    let times = [0.0, 2.5];
    let exact =
        rows(composite(&device, &[], LevelKind::Master.into(), &settings(0.05), &observables).as_ref(), &times, 0);
    let output = Output { detector: Detector::Heterodyne, efficiency: 0.4 };
    let detection = Some(Arc::new(Detection::new(vec![output; 2]).unwrap()));
    let settings = Settings { detection, path: PathChoice::Auto, ..settings(0.05) };
    let level = composite(&device, &[], LevelKind::Monitored.into(), &settings, &observables);
    let plan = Plan { trajectories: 800, block: 64, threads: 2, stop: StopRule::default(), keep_tracks: false };
    let moments = run(level.as_ref(), &times, &plan, &mut (), &Silent).unwrap().moments;
    for column in 0..3 {
        let (found, expected) = (moments.estimate(3 + column), exact[3 + column]);
        let off = (found.mean - expected).abs();
        assert!(off < 4.0 * found.stderr.unwrap() + 2e-3, "{column}: {found:?}, {expected}");
    }
}

#[test]
fn photons_that_are_counted_are_those_emitted() {
    // Clicks of 1500 trajectories until t = 3 against the integral of the master equation's emission (trapezoids of 60), with modes and without; 4 standard errors of
    // 2 numbers each, and the cut's share.
    let device = device(&[[0.9, 0.4], [-0.5, 0.8]], 1, 1.5);
    let settings = Settings { tolerance: 1e-7, ..settings(0.05) };
    let times: Vec<f64> = (0..=60).map(|k| 0.05 * f64::from(k)).collect();
    let glass = device.atom_only(Limit::None);
    let level = |kind, o: &[Observable], full: bool| -> Box<dyn Level> {
        let description = if full { Description::Full } else { Description::Atom };
        match full {
            true => composite(&device, &[5, 5], LevelName { description, kind }, &settings, o),
            false => build_level(&glass, kind, &settings, &selection(o), None).unwrap(),
        }
    };
    for full in [false, true] {
        let master = level(LevelKind::Master, &[Observable::Emission], full);
        let (all, width) = (rows(master.as_ref(), &times, 0), master.layout().width());
        let emitted =
            |k: usize| -> f64 { (0..60).map(|t| 0.025 * (all[t * width + k] + all[(t + 1) * width + k])).sum() };
        let counting = level(LevelKind::Counting, &[Observable::Jumps], full);
        let plan = Plan { trajectories: 1500, block: 64, threads: 2, stop: StopRule::default(), keep_tracks: false };
        let moments = run(counting.as_ref(), &[0.0, 3.0], &plan, &mut (), &Silent).unwrap().moments;
        let at = counting.layout().width();
        for k in 0..2 {
            let (clicks, expected) = (moments.estimate(at + k), emitted(k));
            println!("full {full}, channel {k}: {} clicks, {expected} photons", clicks.mean);
            assert!((clicks.mean - expected).abs() < 4.0 * clicks.stderr.unwrap() + 2e-3, "{clicks:?} {expected}");
            assert!(expected > 0.05);
        }
    }
}

#[test]
fn too_few_fock_states_are_refused() {
    let device = device(&[[0.9, 0.4]], 3, 6.0);
    let level = LevelName { description: Description::Full, kind: LevelKind::Master };
    let built = composite(&device, &[2, 2], level, &settings(0.05), &[Observable::Sz]);
    let error = BlockRunner::new(built.as_ref(), &[0.0, 2.0], false).trajectory(0).unwrap_err().to_string();
    assert!(error.contains("the highest of the 2 Fock states of mode 0"), "{error}");
}
