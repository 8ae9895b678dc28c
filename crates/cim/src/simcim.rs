//! SimCIM: the coherent Ising machine below threshold, with noise and saturation in place of the cubic loss.
//!
//! x_i <- clip[ x_i + dt ( v x_i + xi sum_j J_ij x_j ) + noise N(0, 1) sqrt(dt) ],  |x_i| <= 1
//!
//! The noise falls linearly to 0. v, the pump less the loss, rises from -1 to 0 as (tanh(`steepness` (2 t/T - 1)) - tanh(steepness))/2; xi = `coupling`/lambda_max(J), so that at coupling 1 the first mode grows as soon as v rises.
//!
//! Source: Tiunov, Ulanov and Lvovsky, Opt. Express 27, 10288 (2019).

use crate::amplitudes::{Coupled, evolve, small};
use crate::lanes::{LANES, Lane};
use crate::machine::{AUTOMATIC, need_stable, time_step};
use crate::numbers::normals;
use crate::{Machine, Outcome, Parameter, Problem, SearchError, Settings, Trial};
use lightfall_core::rng::LaneWords;

/// `simcim`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SimCim;

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "dt", default: 0.0, low: 0.0, high: 2.0, about: AUTOMATIC },
    Parameter { name: "coupling", default: 1.0, low: 1e-3, high: 100.0, about: "xi times lambda_max(J)" },
    Parameter { name: "noise", default: 0.33, low: 0.0, high: 10.0, about: "amplitude of the noise" },
    Parameter { name: "steepness", default: 1.2, low: 0.1, high: 20.0, about: "steepness of the pump" },
];

/// Automatic time step over the stability limit.
const SAFE: f64 = 0.85;

/// Steps between two readouts.
const LOOK: u64 = 10;

impl Machine for SimCim {
    fn name(&self) -> &'static str {
        "simcim"
    }

    fn about(&self) -> &'static str {
        "SimCIM: linear gain, noise and clipped amplitudes (Tiunov, Ulanov and Lvovsky 2019)"
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
        let mut words = trial.lane_words();
        let x = small(trial.problem.homogeneous().n, &mut words);
        let get = |name| trial.settings.get(name);
        let dt = time_step(trial.settings, SAFE, limit(trial.problem, trial.settings)?);
        let (coupling, steepness) = (get("coupling") / trial.problem.spectrum()?.0, get("steepness"));
        let noise = get("noise") * dt.sqrt();
        Ok(evolve(trial, Coupled::Amplitudes(LOOK), x, |x, f, stage| {
            let gain = 0.5 * ((steepness * (2.0 * stage.part - 1.0)).tanh() - steepness.tanh());
            // Without noise at the end, the state settles.
            let constants = [dt, gain, coupling, noise * (1.0 - stage.part)].map(|c| c as f32);
            advance(x, f, &mut words, constants);
        }))
    }
}

/// Largest stable time step: the stiffest mode decays at the rate 1 + xi |lambda_min(J)|.
fn limit(problem: &Problem, settings: &Settings) -> Result<f64, SearchError> {
    let (highest, lowest) = problem.spectrum()?;
    Ok(2.0 / (1.0 + settings.get("coupling") * lowest / highest))
}

lightfall_core::dispatch! {
    /// A step; constants dt, v, xi, noise times sqrt(dt).
    fn advance(x: &mut [Lane<f32>], f: &[Lane<f32>], words: &mut LaneWords, constants: [f32; 4]) = advance_kernel;
}

#[inline(always)]
fn advance_kernel<const FMA: bool>(x: &mut [Lane<f32>], f: &[Lane<f32>], words: &mut LaneWords, constants: [f32; 4]) {
    let [dt, gain, coupling, noise] = constants;
    for (x, f) in x.chunks_mut(2).zip(f.chunks(2)) {
        let drawn = normals(words.words(), words.words());
        for ((x, f), drawn) in x.iter_mut().zip(f).zip(&drawn) {
            for l in 0..LANES {
                let next = x[l] + dt * (gain * x[l] + coupling * f[l]) + noise * drawn[l];
                x[l] = next.clamp(-1.0, 1.0);
            }
        }
    }
}
