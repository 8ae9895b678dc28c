//! Soft spins at a temperature: Langevin dynamics, and gradient flow at T = 0, along a ramp of the pump.
//!
//! dx_i = -(dE/dx_i) dt + sqrt(2 T) dW_i (additive noise: Ito and Stratonovich agree), by the semi-implicit step
//! x <- (x + dt (a x + J x) + sqrt(2 T dt) xi)/(1 + dt x^2), dt = `dt`/(1 + max(a, 0)/4).
//! An explicit Euler step overflows on the cubic force (seen at T >= 0.5, dt = 0.2).

use super::kernels::SoftReal;
use super::normalisation;
use super::schedule::AnnealingSchedule;
use crate::amplitudes::{Coupled, evolve, small};
use crate::lanes::Lane;
use crate::machine::{AUTOMATIC, need_stable, time_step};
use crate::{Machine, Outcome, Parameter, Problem, Rows, SearchError, Settings, Trial};
use lightfall_core::rng::LaneWords;

/// Pump and temperature of one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Langevin {
    /// Time step at a <= 0.
    pub dt: f64,
    /// Pump a.
    pub pump: f64,
    /// Temperature T.
    pub temperature: f64,
}

impl Langevin {
    /// dt/(1 + max(a, 0)/4).
    pub fn time_step(&self) -> f64 {
        self.dt / (1.0 + 0.25 * self.pump.max(0.0))
    }

    /// Time step, pump, `factor` and sqrt(2 T dt).
    fn constants<T: SoftReal>(&self, factor: f64) -> [T; 4] {
        let dt = self.time_step();
        [dt, self.pump, factor, (2.0 * self.temperature * dt).sqrt()].map(T::of)
    }
}

/// One step of sixteen replicas with couplings `factor` J; `fields` is overwritten by J x.
pub fn langevin_step<T: SoftReal>(
    rows: &Rows<T>,
    factor: f64,
    x: &mut [Lane<T>],
    fields: &mut [Lane<T>],
    words: &mut LaneWords,
    step: Langevin,
) {
    T::product(rows, x, fields);
    T::langevin(x, fields, words, step.constants(factor));
}

/// The schedule of the machine `langevin` with these settings: the pump in two lines that meet at half the time.
///
/// # Panics
///
/// If they are settings of another machine.
pub fn schedule(settings: &Settings, steps: u64) -> AnnealingSchedule {
    let get = |name| settings.get(name);
    let (start, end, hot) = (get("pump_start"), get("pump_end"), get("hot"));
    let middle = 0.5 * (start + end) + 0.5 * get("bend") * (end - start);
    AnnealingSchedule {
        steps,
        dt: if get("dt") > 0.0 { get("dt") } else { TIME_STEP },
        pump: vec![[0.0, start], [0.5, middle], [1.0, end]],
        temperature: if hot > 0.0 { vec![[0.0, hot], [1.0, 0.0]] } else { Vec::new() },
    }
}

/// `langevin`.
#[derive(Clone, Copy, Debug, Default)]
pub struct LangevinMachine;

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "dt", default: 0.0, low: 0.0, high: 1.0, about: AUTOMATIC },
    Parameter { name: "pump_start", default: -2.0, low: -20.0, high: 20.0, about: "pump a at first" },
    Parameter { name: "pump_end", default: 1.0, low: -20.0, high: 20.0, about: "pump a at last" },
    Parameter { name: "bend", default: 0.0, low: -1.0, high: 1.0, about: "1: the pump rises at first, -1: at last" },
    Parameter { name: "hot", default: 0.1, low: 0.0, high: 10.0, about: "temperature at first; it falls to 0" },
];

/// Time step at a <= 0 where it is far enough from the stability limit.
const TIME_STEP: f64 = 0.2;

/// An automatic time step keeps so far from that limit.
const SAFE: f64 = 0.8;

/// Largest stable time step at pumps from `pump` on, with couplings `factor` J: at the origin x is multiplied by 1 + dt (a + lambda), which is above -1 for the lowest lambda.
///
/// # Errors
///
/// If the spectrum cannot be found.
pub fn stable_step(problem: &Problem, factor: f64, pump: f64) -> Result<f64, SearchError> {
    let (_, lowest) = problem.spectrum()?;
    Ok(2.0 / (factor * lowest - pump).max(1e-9))
}

fn limit(problem: &Problem, settings: &Settings) -> Result<f64, SearchError> {
    stable_step(problem, normalisation(problem)?, settings.get("pump_start").min(settings.get("pump_end")))
}

/// Steps between two readouts.
const LOOK: u64 = 10;

impl Machine for LangevinMachine {
    fn name(&self) -> &'static str {
        "langevin"
    }

    fn about(&self) -> &'static str {
        "soft spins in contact with a bath, pump rising and temperature falling"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn first_steps(&self) -> u64 {
        1000
    }

    fn check(&self, problem: &Problem, settings: &Settings) -> Result<(), SearchError> {
        need_stable(self.name(), settings.get("dt"), limit(problem, settings)?)
    }

    fn run(&self, trial: &Trial<'_>) -> Result<Outcome, SearchError> {
        let factor = normalisation(trial.problem)?;
        let mut words = trial.lane_words();
        let x = small(trial.problem.homogeneous().n, &mut words);
        let mut schedule = schedule(trial.settings, trial.steps);
        schedule.dt = time_step(trial.settings, 1.0, TIME_STEP.min(SAFE * limit(trial.problem, trial.settings)?));
        Ok(evolve(trial, Coupled::Amplitudes(LOOK), x, |x, f, stage| {
            f32::langevin(x, f, &mut words, schedule.at(stage.part).constants(factor));
        }))
    }
}
