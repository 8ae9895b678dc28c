//! Simulated annealing by Metropolis' rule, with local fields kept up to date flip by flip.
//!
//! In a sweep every spin in turn flips with probability min(1, exp(-2 s_i f_i/T)), f_i = h_i + sum_j J_ij s_j. The temperature falls linearly from `hot` to `cold`,
//! both in units of the root mean square field of random spins; at the end spins flip one by one while that lowers the energy.
//!
//! Source: Kirkpatrick, Gelatt and Vecchi, Science 220, 671 (1983).

mod dense;
mod real;
mod whole;

pub use dense::{DenseState, Entry};
pub use real::RealState;
pub use whole::{REPLICAS, WholeState, bounds};

use crate::{Machine, Outcome, Parameter, Problem, Rows, SearchError, SparseRows, Trial, WholeRows};
use lightfall_core::rng::LANES;

/// `sa`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SimulatedAnnealing;

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "hot",
        default: 0.0,
        low: 0.0,
        high: 100.0,
        about: "first temperature over the rms field; 0 means 0.8 on sparse couplings and 0.7 on full ones",
    },
    Parameter { name: "cold", default: 0.07, low: 1e-4, high: 10.0, about: "last temperature over the rms field" },
];

/// Sweeps between two computations of the fields from scratch, and between looks at the energy.
const REFRESH: u64 = 1000;

impl Machine for SimulatedAnnealing {
    fn name(&self) -> &'static str {
        "sa"
    }

    fn about(&self) -> &'static str {
        "simulated annealing: single flips at a falling temperature (Kirkpatrick, Gelatt and Vecchi 1983)"
    }

    fn unit(&self) -> &'static str {
        "sweep"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn first_steps(&self) -> u64 {
        500
    }

    fn repeats(&self, problem: &Problem) -> u64 {
        if matches!(problem.network().rows, Rows::Dense(_)) { 32 } else { 2 }
    }

    fn run(&self, trial: &Trial<'_>) -> Result<Outcome, SearchError> {
        let network = trial.problem.network();
        Ok(match (&network.rows, &network.whole) {
            (Rows::Sparse(rows), Some(whole)) => anneal_whole(trial, rows, whole),
            (Rows::Sparse(rows), None) => anneal_real(trial, rows),
            (Rows::Dense(rows), _) => match &network.short {
                Some(short) => anneal_dense(trial, rows, (&short.values, &short.fields, short.unit)),
                None => anneal_dense(trial, rows, (rows, &network.fields, 1.0)),
            },
        })
    }
}

/// The temperature after a part of the schedule.
fn cooling(trial: &Trial<'_>) -> impl Fn(f64) -> f64 {
    let network = trial.problem.network();
    let (hot, cold, scale) = (trial.settings.get("hot"), trial.settings.get("cold"), network.scale);
    // On full couplings a flip costs a row, and most are flips to and fro in the heat.
    let suits = if matches!(network.rows, Rows::Dense(_)) { 0.7 } else { 0.8 };
    let hot = if hot > 0.0 { hot } else { suits };
    move |part| scale * (hot + (cold - hot) * part)
}

fn anneal_whole(trial: &Trial<'_>, rows: &SparseRows, whole: &WholeRows) -> Outcome {
    let mut words = trial.lane_words();
    let mut state = WholeState::random(rows, whole, &mut words);
    let mut table = Vec::new();
    let temperature = cooling(trial);
    let steps = trial.each_step(|k, part| {
        bounds(&[temperature(part); REPLICAS], whole.unit, &mut table);
        state.sweep(rows, whole, &table, &mut words);
        trial.history.note(k, || state.energies(whole).to_vec());
    });
    state.quench(rows, whole);
    let energies = state.energies(whole);
    trial.offer_replicas(&energies, |r| state.replica(r));
    Outcome { energies: energies.to_vec(), steps, finished: steps == trial.steps }
}

fn anneal_real(trial: &Trial<'_>, rows: &SparseRows) -> Outcome {
    let network = trial.problem.network();
    let mut words = trial.lane_words();
    let mut state = RealState::random(rows, &network.fields, &mut words);
    let temperature = cooling(trial);
    let steps = trial.each_step(|k, part| {
        state.sweep(rows, &[temperature(part) as f32; LANES], &mut words);
        if k % REFRESH == 0 {
            state.refresh(rows, &network.fields);
        }
        trial.history.note(k, || state.energies(&network.fields).to_vec());
    });
    state.refresh(rows, &network.fields);
    state.quench(rows, network.scale as f32);
    let energies = state.energies(&network.fields);
    trial.offer_replicas(&energies, |r| state.replica(r));
    Outcome { energies: energies.to_vec(), steps, finished: steps == trial.steps }
}

/// Anneals on `rows` and `h` in units; the end is on the couplings `full` themselves.
fn anneal_dense<E: Entry>(trial: &Trial<'_>, full: &[f32], (rows, h, unit): (&[E], &[f32], f64)) -> Outcome {
    let network = trial.problem.network();
    let mut words = trial.lane_words();
    let mut state = DenseState::random(rows, h, &mut words);
    let temperature = cooling(trial);
    let steps = trial.each_step(|k, part| {
        state.sweep(rows, (temperature(part) / unit) as f32, &mut words);
        if k % REFRESH == 0 {
            state.refresh(rows, h);
        }
        trial.history.note(k, || vec![unit * state.energy(h)]);
    });
    state.refresh(full, &network.fields);
    state.quench(full, network.scale as f32);
    let energy = state.energy(&network.fields);
    trial.offer(energy, || state.spins());
    Outcome { energies: vec![energy], steps, finished: steps == trial.steps }
}
