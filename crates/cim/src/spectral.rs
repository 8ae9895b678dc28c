//! Rounding of the top eigenvector: s_i = sign(v_i), J v = lambda_max v; then descent by single flips if `greedy` is 1.
//!
//! For the Sherrington-Kirkpatrick glass, E/N of the signs tends to -2/pi.

use crate::homogeneous::Homogeneous;
use crate::local::LocalFields;
use crate::{Machine, Outcome, Parameter, SearchError, Trial};
use lightfall_couplings::top_eigenvector;

/// `spectral`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spectral;

const PARAMETERS: &[Parameter] = &[Parameter {
    name: "greedy",
    default: 1.0,
    low: 0.0,
    high: 1.0,
    about: "1: descend from the signs by single flips",
}];

impl Machine for Spectral {
    fn name(&self) -> &'static str {
        "spectral"
    }

    fn about(&self) -> &'static str {
        "signs of the top eigenvector of J, then steepest descent"
    }

    fn unit(&self) -> &'static str {
        "eigenvector"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn first_steps(&self) -> u64 {
        1
    }

    fn once(&self) -> bool {
        true
    }

    fn run(&self, trial: &Trial<'_>) -> Result<Outcome, SearchError> {
        let instance = trial.problem.instance();
        let network = Homogeneous::new(instance.couplings().as_ref(), instance.fields());
        let vector = top_eigenvector(&network).map_err(|e| SearchError::Spectrum(e.to_string()))?;
        let frame = vector.get(instance.len()).map_or(1.0, |v| v.signum());
        let signs = vector[..instance.len()].iter().map(|v| if v * frame < 0.0 { -1.0 } else { 1.0 }).collect();
        let mut state = LocalFields::new(trial.problem.network(), signs);
        if trial.settings.get("greedy") >= 0.5 {
            state.descend();
        }
        trial.offer(state.energy(), || state.whole());
        Ok(Outcome { energies: vec![state.energy()], steps: 1, finished: true })
    }
}
