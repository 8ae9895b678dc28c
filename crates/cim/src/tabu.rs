//! Tabu search: always the best single flip that is not forbidden, up or down.
//!
//! A spin that has flipped may not flip again for `tenure` n + a random number of up to 10 moves, unless that gives the lowest energy so far. After `patience` n moves without a new lowest energy the search goes
//! back to its best state with a random tenth of the spins flipped.
//!
//! Sources: Glover and Laguna, Tabu Search (1997); restarts as in Palubeckis, Informatica 17, 279 (2006).

use crate::local::{LocalFields, random_spins};
use crate::{Machine, Outcome, Parameter, Problem, SearchError, Trial};

/// `tabu`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tabu;

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "tenure", default: 0.01, low: 0.0, high: 0.5, about: "moves a spin rests, over n" },
    Parameter { name: "patience", default: 10.0, low: 0.1, high: 1000.0, about: "moves without gain, over n" },
    Parameter { name: "kick", default: 0.1, low: 0.0, high: 0.5, about: "part of the spins flipped at a restart" },
];

/// Moves between two looks at the clock, and a thousand of them between two computations of the fields.
const LOOK: u64 = 256;

impl Machine for Tabu {
    fn name(&self) -> &'static str {
        "tabu"
    }

    fn about(&self) -> &'static str {
        "tabu search with restarts from the best state (Glover; Palubeckis 2006)"
    }

    fn unit(&self) -> &'static str {
        "move"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn first_steps(&self) -> u64 {
        20_000
    }

    fn repeats(&self, _problem: &Problem) -> u64 {
        8
    }

    fn run(&self, trial: &Trial<'_>) -> Result<Outcome, SearchError> {
        let network = trial.problem.network();
        let n = network.n;
        let mut draws = trial.draws();
        let mut state = LocalFields::new(network, random_spins(n, &mut draws));
        let tenure = (trial.settings.get("tenure") * n as f64) as u64;
        let patience = (trial.settings.get("patience") * n as f64).max(1.0) as u64;
        let kick = trial.settings.get("kick");
        let mut free = vec![0u64; n];
        let mut energy = state.energy();
        let (mut lowest, mut best, mut since) = (energy, state.spins.clone(), 0u64);
        let mut steps = 0;
        while steps < trial.steps {
            if steps % LOOK == 0 {
                if trial.clock.expired() {
                    break;
                }
                trial.offer(lowest, || best.iter().map(|s| *s as i8).collect());
                if steps % (1000 * LOOK) == 0 {
                    state.refresh();
                    energy = state.energy();
                }
            }
            let aspiration = (0.5 * (lowest - energy)) as f32;
            // The first at or after a random place: equal moves are many where couplings are whole numbers.
            let from = ((draws.word() >> 32) as usize * n) >> 32;
            let i = best_move(&state.spins, &state.fields, &free, steps, aspiration, from);
            energy += 2.0 * f64::from(state.spins[i] * state.fields[i]);
            state.flip(i);
            trial.history.note(steps, || vec![energy]);
            free[i] = steps + 1 + tenure + draws.word() % 10;
            steps += 1;
            since += 1;
            if energy < lowest - 1e-6 * network.scale {
                (lowest, since) = (energy, 0);
                best.copy_from_slice(&state.spins);
            } else if since >= patience {
                state.spins.copy_from_slice(&best);
                for spin in &mut state.spins {
                    if ((draws.word() >> 11) as f64) < kick * (1u64 << 53) as f64 {
                        *spin = -*spin;
                    }
                }
                state.refresh();
                (energy, since) = (state.energy(), 0);
                free.fill(steps);
            }
        }
        trial.offer(lowest, || best.iter().map(|s| *s as i8).collect());
        Ok(Outcome { energies: vec![lowest], steps, finished: steps == trial.steps })
    }
}

lightfall_core::dispatch! {
    /// The spin with the lowest s f of those that are free at move `now`, or whose s f is below `aspiration`; of equals the first at or after `from`, which is also the answer if there is none.
    fn best_move(s: &[f32], f: &[f32], free: &[u64], now: u64, aspiration: f32, from: usize) -> usize = best_move_kernel;
}

#[inline(always)]
fn best_move_kernel<const FMA: bool>(
    s: &[f32],
    f: &[f32],
    free: &[u64],
    now: u64,
    aspiration: f32,
    from: usize,
) -> usize {
    const LANES: usize = 8;
    let open = |gain: f32, free: u64| if free <= now || gain < aspiration { gain } else { f32::INFINITY };
    let blocks = (s.as_chunks::<LANES>().0, f.as_chunks::<LANES>().0, free.as_chunks::<LANES>().0);
    let mut lowest = [f32::INFINITY; LANES];
    for ((s, f), free) in blocks.0.iter().zip(blocks.1).zip(blocks.2) {
        for l in 0..LANES {
            let gain = s[l] * f[l];
            let gain = if free[l] <= now || gain < aspiration { gain } else { f32::INFINITY };
            lowest[l] = if gain < lowest[l] { gain } else { lowest[l] };
        }
    }
    let mut least = f32::INFINITY;
    for value in lowest {
        least = least.min(value);
    }
    for i in s.len() / LANES * LANES..s.len() {
        least = least.min(open(s[i] * f[i], free[i]));
    }
    for i in (from..s.len()).chain(0..from) {
        if open(s[i] * f[i], free[i]) == least {
            return i;
        }
    }
    from
}
