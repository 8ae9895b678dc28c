//! What the coherent Ising machines with error variables have in common: amplitudes, errors, a ramp of the pump, readouts.

use crate::bifurcation::small;
use crate::lanes::{LANES, Lane, Real};
use crate::machine::time_step;
use crate::readout::Readout;
use crate::{Outcome, Parameter, Problem, SearchError, Settings, Trial};

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

/// Largest stable Euler step: the stiffest mode decays at the rate 1 - p + `feedback` |lambda_min|/lambda_max.
pub(crate) fn limit(problem: &Problem, settings: &Settings, feedback: f64) -> Result<f64, SearchError> {
    let (highest, lowest) = problem.spectrum()?;
    let pump = settings.get("pump_start").min(settings.get("pump_end"));
    Ok(2.0 / (1.0 - pump + feedback * lowest / highest).max(1e-9))
}

/// The time step set, or `tuned` where that is far enough from `limit`.
pub(crate) fn automatic(settings: &Settings, tuned: f64, limit: f64) -> f64 {
    time_step(settings, 1.0, tuned.min(SAFE * limit))
}

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

/// Amplitudes and errors of sixteen replicas.
pub(crate) struct Feedback {
    x: Vec<Lane<f32>>,
    e: Vec<Lane<f32>>,
    f: Vec<Lane<f32>>,
    coupling: f32,
}

impl Feedback {
    /// Small random amplitudes, errors 1.
    pub(crate) fn new(trial: &Trial<'_>) -> Result<Self, SearchError> {
        let n = trial.problem.homogeneous().n;
        let (highest, _) = trial.problem.spectrum()?;
        Ok(Self {
            x: small(n, &mut trial.lane_words()),
            e: vec![[1.0; LANES]; n],
            f: vec![[0.0; LANES]; n],
            coupling: (trial.settings.get("coupling") / highest) as f32,
        })
    }

    /// Errors 0.
    pub(crate) fn clear_errors(&mut self) {
        self.e.fill([0.0; LANES]);
    }

    /// Steps by `advance(x, e, J x, drive)` to the end of the schedule.
    pub(crate) fn run(
        mut self,
        trial: &Trial<'_>,
        mut advance: impl FnMut(&mut [Lane<f32>], &mut [Lane<f32>], &[Lane<f32>], Drive),
    ) -> Result<Outcome, SearchError> {
        let network = trial.problem.homogeneous();
        let mut out = Readout::new(network);
        let (start, end) = (trial.settings.get("pump_start"), trial.settings.get("pump_end"));
        let steps = trial.each_step(|k, part| {
            if k % LOOK == 0 {
                out.look(trial, network, &self.x);
            }
            f32::product(&network.rows, &self.x, &mut self.f);
            let part = (part / RAMP).min(1.0);
            let drive = Drive {
                pump: (start + (end - start) * part) as f32,
                coupling: self.coupling,
                part: part as f32,
                energies: out.last.map(|e| e as f32),
            };
            advance(&mut self.x, &mut self.e, &self.f, drive);
            trial.history.note(k, || out.last.to_vec());
        });
        out.look(trial, network, &self.x);
        Ok(Outcome { energies: out.lowest.to_vec(), steps, finished: steps == trial.steps })
    }
}
