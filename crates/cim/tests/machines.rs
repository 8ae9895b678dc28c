//! Machines against exact ground states, and what every search promises.

use lightfall_cim::{
    Entry, Found, Instance, MACHINES, Measure, Problem, Search, SearchError, Settings, machine, portfolio,
};
use lightfall_core::rng::Streams;
use lightfall_couplings::{BuildSite, Sk, Sparse, Topology, ground_state};
use std::sync::Arc;
use std::time::Duration;

fn site(seed: u64) -> BuildSite<'static> {
    BuildSite { streams: Streams::new(seed, 0), folder: ".".as_ref() }
}

fn number(k: usize) -> f64 {
    (1.7 * k as f64 + 0.3).sin()
}

/// Spins of the sparse instances: five rings with chords, not coupled to each other.
const SPARSE: usize = 80;

/// Spins of a ring.
const RING: usize = 16;

/// A dense glass, a sparse one with whole couplings, a sparse one with real couplings and fields.
fn instances() -> Vec<(&'static str, Instance)> {
    let dense = Sk { n: 20, scale: 1.0 }.build(&site(1)).unwrap();
    let (mut whole, mut real) = (Vec::new(), Vec::new());
    for ring in 0..SPARSE / RING {
        for i in 0..RING {
            for step in [1, 5] {
                let (u, v) = (ring * RING + i, ring * RING + (i + step) % RING);
                let k = whole.len();
                whole.push((u, v, if number(k) > 0.0 { 1.0 } else { -1.0 }));
                real.push((u, v, number(3 * k + 1)));
            }
        }
    }
    let fields = (0..SPARSE).map(|i| 0.4 * number(7 * i)).collect();
    let sparse = |pairs: &[(usize, usize, f64)]| Arc::new(Sparse::from_pairs(SPARSE, pairs).unwrap());
    vec![
        ("dense", Instance::new(dense)),
        ("whole", Instance::new(sparse(&whole))),
        ("real with fields", Instance::new(sparse(&real)).with_fields(fields)),
    ]
}

/// The lowest energy, by enumeration of the parts that are not coupled, fields as couplings to one more spin.
fn lowest(instance: &Instance) -> f64 {
    let n = instance.len();
    let part = if n == SPARSE { RING } else { n };
    let of = |k: usize| {
        let mut pairs = Vec::new();
        for i in 0..part {
            for j in i + 1..part {
                pairs.push((i, j, instance.couplings().entry(k * part + i, k * part + j)));
            }
            pairs.push((i, part, instance.fields().get(k * part + i).copied().unwrap_or(0.0)));
        }
        ground_state(&Sparse::from_pairs(part + 1, &pairs).unwrap()).unwrap().energy
    };
    (0..n / part).map(of).sum()
}

fn plan(name: &str, runs: u64, threads: usize) -> Search<'static> {
    let m = machine(name).unwrap();
    let entries = vec![Entry { machine: m, settings: Settings::of(m), turns: 1 }];
    Search {
        entries,
        seed: 5,
        first: 0,
        runs: Some(runs),
        steps: None,
        limit: None,
        target: None,
        success: None,
        history: 0,
        threads,
    }
}

fn search(problem: &Problem, name: &str, runs: u64, threads: usize) -> Found {
    plan(name, runs, threads).run(problem, &|_, _| {}, &|| false).unwrap()
}

#[test]
fn machines_reach_the_ground_states_of_small_glasses() {
    // Of those that follow one minimum or stop at the first, no more is asked than to come near.
    let near = ["spectral", "greedy", "adiabatic", "langevin", "bsb", "bsb-heated", "simcim", "sfc"];
    for (what, instance) in instances() {
        let expected = lowest(&instance);
        let problem = Problem::new(instance);
        for m in MACHINES {
            if m.name() == "exact" && problem.len() > 28 {
                continue;
            }
            let found = search(&problem, m.name(), 8, 2);
            let (energy, name) = (found.best.energy, m.name());
            let gap = (energy - expected) / expected.abs();
            println!("{what}: {name} {energy:.4}, {expected:.4}, {gap:.4}");
            // Nothing is below the ground state, and the energy is that of the spins.
            assert!(energy > expected - 1e-9, "{name}, {what}: {energy} below {expected}");
            assert_eq!(energy, problem.instance().energy(&found.best.spins), "{name}, {what}");
            assert!(gap < if near.contains(&name) { 0.2 } else { 1e-9 }, "{name}, {what}: {energy}, not {expected}");
        }
    }
}

#[test]
fn runs_are_the_same_for_any_number_of_threads() {
    let problem = Problem::new(instances().swap_remove(2).1);
    for name in ["sa", "dsb", "cac", "langevin", "pt", "tabu"] {
        let of = |threads| {
            let found = search(&problem, name, 5, threads);
            let runs: Vec<_> = found.runs.iter().map(|r| (r.index, r.steps, r.outcome.clone())).collect();
            (runs, found.best.energy)
        };
        let one = of(1);
        assert_eq!(one, of(2), "{name}");
        assert_eq!(one, of(3), "{name}");
    }
}

#[test]
fn a_run_is_the_same_whatever_goes_before_it() {
    let problem = Problem::new(instances().swap_remove(0).1);
    let from = |first, runs| {
        let plan = Search { first, steps: Some(40), ..plan("sa", runs, 1) };
        plan.run(&problem, &|_, _| {}, &|| false).unwrap().runs
    };
    let (all, last) = (from(0, 6), from(5, 1));
    assert_eq!((last[0].index, &last[0].outcome), (5, &all[5].outcome));
}

#[test]
fn a_target_ends_the_search_and_a_limit_cuts_a_run_off() {
    let problem = Problem::new(instances().swap_remove(1).1);
    let easy = search(&problem, "greedy", 1, 1).best.energy;
    let limit = Some(Duration::from_secs(20));
    let to_target = Search { runs: None, limit, target: Some(easy), ..plan("sa", 1, 1) };
    let found = to_target.run(&problem, &|_, _| {}, &|| false).unwrap();
    assert!(found.reached && found.best.energy <= easy && found.wall_seconds < 10.0);
    // So long a run does not end in time: it is told to be unfinished, and its state is a local minimum all the same.
    let limit = Some(Duration::from_millis(50));
    let cut = Search { steps: Some(1 << 40), limit, target: None, ..to_target };
    let found = cut.run(&problem, &|_, _| {}, &|| false).unwrap();
    assert!(!found.runs[0].outcome.finished && found.groups.is_empty());
    let mut spins = found.best.spins.clone();
    assert_eq!(lightfall_cim::polish(problem.instance(), &mut spins), 0);
}

#[test]
fn unstable_steps_and_unknown_names_are_refused_with_the_reason() {
    // The star of an antiferromagnet: lambda_min = -lambda_max.
    let n = 101;
    let pairs: Vec<_> = (1..n).map(|i| (0, i, -1.0)).collect();
    let problem = Problem::new(Instance::new(Arc::new(Sparse::from_pairs(n, &pairs).unwrap())));
    let m = machine("dsb").unwrap();
    let mut settings = Settings::of(m);
    // w^2 = 1 + 1.25, so dt < 2/1.5.
    settings.set(m, "dt", 1.32).unwrap();
    m.check(&problem, &settings).unwrap();
    settings.set(m, "dt", 1.34).unwrap();
    let message = m.check(&problem, &settings).unwrap_err().to_string();
    assert!(message.starts_with("dsb: dt = 1.34 is unstable on these couplings"), "{message}");
    assert!(message.contains("less than 1.333") && message.contains("--set dsb.dt=0.67"), "{message}");
    let message = machine("simcin").map(|_| ()).unwrap_err().to_string();
    assert!(message.starts_with("unknown machine `simcin`; did you mean `simcim`? machines: ahc, cac"), "{message}");
    let message = settings.set(m, "dx", 1.0).unwrap_err().to_string();
    assert_eq!(message, "dsb has no setting `dx`; it has dt, coupling");
    let message = settings.set(m, "dt", -1.0).unwrap_err().to_string();
    assert!(message.starts_with("dsb: dt = -1, expected 0 to 2"), "{message}");
    let exact = machine("exact").unwrap();
    let refused = exact.check(&problem, &Settings::of(exact));
    assert!(matches!(refused, Err(SearchError::TooLarge { limit: 28, n: 101, .. })));
}

#[test]
fn the_portfolio_proves_small_instances() {
    let (_, instance) = instances().swap_remove(0);
    let expected = lowest(&instance);
    let problem = Problem::new(instance);
    let entries = portfolio(&problem);
    assert_eq!(entries[0].machine.name(), "exact");
    let plan = Search { entries, runs: None, ..plan("sa", 1, 1) };
    let found = plan.run(&problem, &|_, _| {}, &|| false).unwrap();
    assert!(found.runs.len() == 1 && (found.best.energy - expected).abs() < 1e-9);
}

#[test]
fn measures_are_those_of_the_file() {
    // A triangle of weights 1, 2, 4: the best cut leaves out the lightest edge.
    let couplings = Arc::new(Sparse::from_pairs(3, &[(0, 1, -1.0), (1, 2, -2.0), (0, 2, -4.0)]).unwrap());
    let instance = Instance::new(couplings).counted_by(Measure::Cut { total_weight: 7.0 });
    let problem = Problem::new(instance);
    let found = search(&problem, "exact", 1, 1);
    assert_eq!(problem.instance().measure().of(found.best.energy), 6.0);
    assert_eq!(problem.instance().measure().energy(6.0), found.best.energy);
}
