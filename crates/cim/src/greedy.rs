//! Descent by single flips, the steepest first, from random spins.
//!
//! In every step the spin with the lowest s_i f_i, f_i = h_i + sum_j J_ij s_j, flips, which changes the energy by 2 s_i f_i, until no s_i f_i is negative.

use crate::local::{LocalFields, random_spins};
use crate::{Instance, Machine, Outcome, Parameter, SearchError, Trial};

/// `greedy`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Greedy;

impl Machine for Greedy {
    fn name(&self) -> &'static str {
        "greedy"
    }

    fn about(&self) -> &'static str {
        "steepest descent by single flips from random spins"
    }

    fn unit(&self) -> &'static str {
        "start"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    fn first_steps(&self) -> u64 {
        16
    }

    fn grows(&self) -> bool {
        false
    }

    fn run(&self, trial: &Trial<'_>) -> Result<Outcome, SearchError> {
        let network = trial.problem.network();
        let mut draws = trial.draws();
        let mut energies = Vec::new();
        let steps = trial.each_step(|_, _| {
            let mut state = LocalFields::new(network, random_spins(network.n, &mut draws));
            state.descend();
            energies.push(state.energy());
            trial.offer(state.energy(), || state.whole());
        });
        Ok(Outcome { energies, steps, finished: steps == trial.steps })
    }
}

/// A flip that lowers the energy by less than this part of |h_i| + sum_j |J_ij| is rounding.
const ROUNDING: f64 = 1e-12;

/// Flips, one after the other, the spin that lowers the energy most, until none does. Returns the number of flips.
///
/// In f64. O(n) per flip and one row of J.
pub fn polish(instance: &Instance, spins: &mut [i8]) -> usize {
    let n = spins.len();
    if n == 0 {
        return 0;
    }
    let couplings = instance.couplings();
    let (mut fields, mut sizes) = (vec![0.0; n], vec![0.0; n]);
    for i in 0..n {
        let h = instance.fields().get(i).copied().unwrap_or(0.0);
        let (mut field, mut size) = (h, h.abs());
        couplings.visit_row(i, &mut |j, value| {
            if i != j {
                field += value * f64::from(spins[j]);
                size += value.abs();
            }
        });
        (fields[i], sizes[i]) = (field, size);
    }
    let mut flips = 0;
    loop {
        // The energy changes by 2 s_i f_i.
        let gain = |i: usize| -f64::from(spins[i]) * fields[i];
        let Some(i) = (0..n).max_by(|a, b| gain(*a).total_cmp(&gain(*b))) else { break };
        if gain(i) <= ROUNDING * sizes[i] {
            break;
        }
        spins[i] = -spins[i];
        let change = 2.0 * f64::from(spins[i]);
        couplings.visit_row(i, &mut |j, value| {
            if i != j {
                fields[j] += change * value;
            }
        });
        flips += 1;
    }
    flips
}
