//! What the coherent Ising machines with error variables have in common: amplitudes, errors, a ramp of the pump, readouts.

use crate::amplitudes::{Coupled, evolve, small};
use crate::lanes::{LANES, Lane};
use crate::machine::{AUTOMATIC, need_stable, time_step};
use crate::{Machine, Outcome, Parameter, Problem, SearchError, Settings, Trial};

/// Time step.
pub(crate) const DT: Parameter = Parameter { name: "dt", default: 0.0, low: 0.0, high: 1.0, about: AUTOMATIC };

/// First pump.
pub(crate) const PUMP_START: Parameter =
    Parameter { name: "pump_start", default: -1.0, low: -20.0, high: 20.0, about: "pump over threshold at first" };
/// Last pump.
pub(crate) const PUMP_END: Parameter =
    Parameter { name: "pump_end", default: 0.6, low: -20.0, high: 20.0, about: "pump over threshold at last" };

/// Steps between two readouts.
const LOOK: u64 = 4;

/// Part of the run over which the pump rises.
const RAMP: f64 = 0.9;

/// An automatic time step keeps so far from the stability limit.
const SAFE: f64 = 0.6;

/// What drives a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drive {
    /// Pump p.
    pub(crate) pump: f32,
    /// xi.
    pub(crate) coupling: f32,
    /// Part of the ramp that has gone by.
    pub(crate) part: f32,
    /// Ising energies at the last readout.
    pub(crate) energies: Lane<f32>,
}

/// A step of amplitudes and errors under the fields J x.
pub(crate) type Law = Box<dyn Fn(&mut [Lane<f32>], &mut [Lane<f32>], &[Lane<f32>], Drive)>;

/// `ahc`, `cac`, `cfc` or `sfc`.
pub struct FeedbackMachine {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// Automatic time step, in field lifetimes, where it is far from the stability limit: the best in tuning on G22 and on a glass.
    pub(crate) tuned: f64,
    /// All errors at first.
    pub(crate) error: f32,
    /// Feedback over amplitude in the stiffest mode at e = 1, in units of |lambda_min|/lambda_max, at its strongest.
    pub(crate) strength: fn(&Settings) -> f64,
    /// The equations with these settings and time step.
    pub(crate) law: fn(&Settings, f32) -> Law,
}

impl Machine for FeedbackMachine {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn parameters(&self) -> &'static [Parameter] {
        self.parameters
    }

    fn first_steps(&self) -> u64 {
        2000
    }

    fn check(&self, problem: &Problem, settings: &Settings) -> Result<(), SearchError> {
        need_stable(self.name, settings.get("dt"), self.limit(problem, settings)?)
    }

    fn run(&self, trial: &Trial<'_>) -> Result<Outcome, SearchError> {
        let n = trial.problem.homogeneous().n;
        let get = |name| trial.settings.get(name);
        let limit = self.limit(trial.problem, trial.settings)?;
        let dt = time_step(trial.settings, 1.0, self.tuned.min(SAFE * limit)) as f32;
        let advance = (self.law)(trial.settings, dt);
        let coupling = (get("coupling") / trial.problem.spectrum()?.0) as f32;
        let (start, end) = (get("pump_start"), get("pump_end"));
        let mut errors = vec![[self.error; LANES]; n];
        let x = small(n, &mut trial.lane_words());
        Ok(evolve(trial, Coupled::Amplitudes(LOOK), x, |x, f, stage| {
            let part = (stage.part / RAMP).min(1.0);
            let pump = (start + (end - start) * part) as f32;
            let energies = stage.energies.map(|e| e as f32);
            advance(x, &mut errors, f, Drive { pump, coupling, part: part as f32, energies });
        }))
    }
}

impl FeedbackMachine {
    /// Largest stable Euler step: the stiffest mode decays at the rate 1 - p + strength |lambda_min|/lambda_max.
    fn limit(&self, problem: &Problem, settings: &Settings) -> Result<f64, SearchError> {
        let (highest, lowest) = problem.spectrum()?;
        let pump = settings.get("pump_start").min(settings.get("pump_end"));
        Ok(2.0 / (1.0 - pump + (self.strength)(settings) * lowest / highest).max(1e-9))
    }
}
