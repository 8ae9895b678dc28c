//! The best state of a search so far, whichever thread found it.

use crate::{Clock, Problem};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The best state of a search so far.
///
/// Machines know the energies of their states in single precision, and an exact energy takes a look at all couplings: it is computed only where it decides. That leaves the outcome as if all energies were exact:
/// of all states offered the lowest stands, and of equal ones that of the run with the smallest number.
#[derive(Debug, Default)]
pub struct Incumbent {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    best: Best,
    /// Whether its energy is more than an estimate.
    exact: bool,
}

/// A state, and when it was found.
#[derive(Clone, Debug, Default)]
pub struct Best {
    /// Spins; empty while there are none.
    pub spins: Vec<i8>,
    /// Energy in f64.
    pub energy: f64,
    /// Run that found it.
    pub run: u64,
    /// Time from the start of the search.
    pub at: Duration,
    /// Times and energies of all improvements; the last energy is exact.
    pub history: Vec<(Duration, f64)>,
}

/// A state on offer.
pub(crate) struct Offer<'a> {
    pub(crate) problem: &'a Problem,
    /// Number of the run.
    pub(crate) run: u64,
    /// About its energy, see [`ESTIMATE`].
    pub(crate) energy: f64,
    /// Energy at or below which the search ends.
    pub(crate) target: Option<f64>,
    pub(crate) clock: &'a Clock<'a>,
}

/// Energies on offer are off by less than half of this part of [`crate::Network::weight`]: of the terms, not of what is left of them where they cancel.
const ESTIMATE: f64 = 2e-6;

impl Held {
    fn make_exact(&mut self, problem: &Problem) {
        if self.exact || self.best.spins.is_empty() {
            return;
        }
        self.exact = true;
        self.best.energy = problem.instance().energy(&self.best.spins);
        if let Some(last) = self.best.history.last_mut() {
            last.1 = self.best.energy;
        }
    }
}

impl Incumbent {
    /// A copy of the best state, of a search of `problem`.
    pub fn best(&self, problem: &Problem) -> Best {
        let mut held = lock(&self.held);
        held.make_exact(problem);
        held.best.clone()
    }

    /// About the lowest energy so far; 0 while there is none.
    pub fn energy(&self) -> f64 {
        lock(&self.held).best.energy
    }

    /// Takes the state on offer if it is better. `spins` are asked for only if it may be.
    pub(crate) fn offer(&self, offer: &Offer<'_>, spins: impl FnOnce() -> Vec<i8>) {
        let tolerance = ESTIMATE * offer.problem.network().weight;
        let at = offer.clock.elapsed();
        let ends = offer.target.is_some_and(|target| offer.energy <= target + tolerance);
        {
            let held = lock(&self.held);
            let best = &held.best;
            let tie = held.exact && offer.energy == best.energy && offer.run >= best.run;
            if !best.spins.is_empty() && (offer.energy >= best.energy + tolerance || tie) {
                return;
            }
        }
        let spins = spins();
        let mut held = lock(&self.held);
        let clear = held.best.spins.is_empty() || offer.energy < held.best.energy - tolerance;
        if clear && !ends {
            held.exact = false;
            held.best.history.push((at, offer.energy));
            (held.best.spins, held.best.energy, held.best.run, held.best.at) = (spins, offer.energy, offer.run, at);
            return;
        }
        held.make_exact(offer.problem);
        let energy = offer.problem.instance().energy(&spins);
        let best = &mut held.best;
        let lower = best.spins.is_empty() || energy < best.energy;
        if lower || (energy == best.energy && offer.run < best.run) {
            if lower {
                best.history.push((at, energy));
            }
            (best.spins, best.energy, best.run, best.at) = (spins, energy, offer.run, at);
            held.exact = true;
            if offer.target.is_some_and(|target| energy <= target + 1e-9 * target.abs()) {
                offer.clock.stop();
            }
        }
    }
}

/// The value behind `mutex`, whatever became of the threads that held it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Instance;
    use lightfall_couplings::Sparse;
    use std::sync::Arc;

    /// The best of the states `order` of `problem`, with estimates off by up to a quarter of the tolerance in either direction.
    fn best_of(problem: &Problem, order: &[usize], state: impl Fn(usize) -> Vec<i8>) -> Best {
        let (clock, incumbent) = (Clock::start(None, &|| false), Incumbent::default());
        for (place, k) in order.iter().enumerate() {
            let error = 0.25 * ESTIMATE * problem.network().weight * (2.0 * place as f64 + 1.0).sin();
            let energy = problem.instance().energy(&state(*k)) + error;
            incumbent.offer(&Offer { problem, run: *k as u64, energy, target: None, clock: &clock }, || state(*k));
        }
        incumbent.best(problem)
    }

    const ORDERS: [&[usize]; 3] = [&[7, 3, 1, 5, 2], &[1, 7, 2, 5, 3], &[5, 3, 2, 1, 7]];

    #[test]
    fn estimates_decide_nothing_that_exact_energies_would_not() {
        // Pairs that are alike to 1e-8: estimates cannot tell which of them is broken.
        let pairs: Vec<_> = (0..8).map(|k| (2 * k, 2 * k + 1, 1.0 + 1e-8 * k as f64)).collect();
        let problem = Problem::new(Instance::new(Arc::new(Sparse::from_pairs(16, &pairs).unwrap())));
        let broken = |k: usize| -> Vec<i8> { (0..16).map(|i| if i == 2 * k { -1 } else { 1 }).collect() };
        for order in ORDERS {
            let best = best_of(&problem, order, broken);
            assert_eq!((best.run, best.energy), (1, problem.instance().energy(&broken(1))));
            assert_eq!((best.spins, best.history.last().unwrap().1), (broken(1), best.energy));
        }
    }

    #[test]
    fn estimates_do_not_decide_where_large_terms_cancel() {
        // Two pairs of 1e4, one satisfied and one not, leave an energy of a few hundredths: the estimates are off by more.
        let mut pairs = vec![(16, 17, 1e4), (17, 18, -1e4)];
        pairs.extend((0..8).map(|k| (2 * k, 2 * k + 1, 1e-3 * (1 + k) as f64)));
        let problem = Problem::new(Instance::new(Arc::new(Sparse::from_pairs(19, &pairs).unwrap())));
        let broken = |k: usize| -> Vec<i8> { (0..19).map(|i| if i == 2 * k { -1 } else { 1 }).collect() };
        for order in ORDERS {
            assert_eq!(best_of(&problem, order, broken).run, 1);
        }
    }

    #[test]
    fn of_equal_states_that_of_the_first_run_stands() {
        let pair = Sparse::from_pairs(2, &[(0, 1, 1.0)]).unwrap();
        let problem = Problem::new(Instance::new(Arc::new(pair)));
        for order in [[2, 0, 4], [0, 4, 2], [4, 2, 0]] {
            let best = best_of(&problem, &order, |k| if k == 0 { vec![-1, -1] } else { vec![1, 1] });
            assert_eq!((best.run, best.spins), (0, vec![-1, -1]));
        }
    }
}
