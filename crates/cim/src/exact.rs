//! The ground state by enumeration of all spins.

use crate::homogeneous::Homogeneous;
use crate::{Machine, Outcome, Parameter, Problem, SearchError, Settings, Trial};
use lightfall_couplings::ground_state;

/// `exact`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exact;

/// Most spins: 2^28 states take some seconds.
pub const EXACT_LIMIT: usize = 28;

impl Machine for Exact {
    fn name(&self) -> &'static str {
        "exact"
    }

    fn about(&self) -> &'static str {
        "the ground state by enumeration, to 28 spins"
    }

    fn unit(&self) -> &'static str {
        "enumeration"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    fn first_steps(&self) -> u64 {
        1
    }

    fn once(&self) -> bool {
        true
    }

    fn check(&self, problem: &Problem, _settings: &Settings) -> Result<(), SearchError> {
        let n = problem.len();
        if n <= EXACT_LIMIT {
            return Ok(());
        }
        Err(SearchError::TooLarge { machine: self.name(), limit: EXACT_LIMIT, n })
    }

    fn run(&self, trial: &Trial<'_>) -> Result<Outcome, SearchError> {
        let instance = trial.problem.instance();
        let network = Homogeneous::new(instance.couplings().as_ref(), instance.fields());
        let found = ground_state(&network).map_err(|e| SearchError::Enumeration(e.to_string()))?;
        let n = instance.len();
        let frame = found.spins.get(n).copied().unwrap_or(1);
        trial.offer(found.energy, || found.spins[..n].iter().map(|s| s * frame).collect());
        Ok(Outcome { energies: vec![found.energy], steps: 1, finished: true })
    }
}
