//! Simulated bifurcation: classical oscillators that bifurcate as their detuning falls to zero, with walls at |x| = 1.
//!
//! y_i <- y_i + dt [ -(1 - a) x_i + c sum_j J_ij g(x_j) ] (+ dt gamma y_i, the old y_i, if heated)
//! x_i <- x_i + dt y_i;  where |x_i| > 1: x_i <- sign(x_i), y_i <- 0
//!
//! a rises linearly from 0 to 1; g(x) = x (ballistic, `bsb`) or sign(x) (discrete, `dsb`); c = `coupling`/lambda_max(J).
//!
//! A symplectic Euler step of an oscillator of frequency w is stable for w dt < 2, and the stiffest mode of the ballistic machine has w^2 = 1 + c |lambda_min(J)|: a step beyond that is refused.
//!
//! Sources: Goto et al., Sci. Adv. 7, eabe7953 (2021); heating: Kanao and Goto, Commun. Phys. 5, 153 (2022).

use crate::amplitudes::{Coupled, evolve, small};
use crate::lanes::{LANES, Lane};
use crate::machine::{AUTOMATIC, need_stable, time_step};
use crate::{Machine, Outcome, Parameter, Problem, SearchError, Settings, Trial};

/// `bsb`, `dsb` and their heated forms.
#[derive(Clone, Copy, Debug)]
pub struct SimulatedBifurcation {
    discrete: bool,
    heated: bool,
}

/// The four machines.
pub const BSB: SimulatedBifurcation = SimulatedBifurcation { discrete: false, heated: false };
/// Discrete.
pub const DSB: SimulatedBifurcation = SimulatedBifurcation { discrete: true, heated: false };
/// Ballistic, heated.
pub const BSB_HEATED: SimulatedBifurcation = SimulatedBifurcation { discrete: false, heated: true };
/// Discrete, heated.
pub const DSB_HEATED: SimulatedBifurcation = SimulatedBifurcation { discrete: true, heated: true };

const DT: Parameter = Parameter { name: "dt", default: 0.0, low: 0.0, high: 2.0, about: AUTOMATIC };
const COUPLING: Parameter =
    Parameter { name: "coupling", default: 1.25, low: 1e-3, high: 100.0, about: "c times lambda_max(J)" };
const HEAT: Parameter = Parameter { name: "heat", default: 0.03, low: 0.0, high: 1.0, about: "rate gamma of heating" };
const COLD: &[Parameter] = &[DT, COUPLING];
const HEATED: &[Parameter] = &[DT, COUPLING, HEAT];

/// Automatic time steps over the stability limit: what tuning finds best on sparse graphs and on the Sherrington-Kirkpatrick glass alike.
const SAFE_DISCRETE: f64 = 0.82;
/// The same where amplitudes are coupled.
const SAFE_BALLISTIC: f64 = 0.3;

/// Steps between two readouts where amplitudes are coupled.
const LOOK: u64 = 10;

impl Machine for SimulatedBifurcation {
    fn name(&self) -> &'static str {
        match (self.discrete, self.heated) {
            (false, false) => "bsb",
            (true, false) => "dsb",
            (false, true) => "bsb-heated",
            (true, true) => "dsb-heated",
        }
    }

    fn about(&self) -> &'static str {
        match (self.discrete, self.heated) {
            (false, false) => "ballistic simulated bifurcation (Goto et al. 2021)",
            (true, false) => "discrete simulated bifurcation (Goto et al. 2021)",
            (false, true) => "ballistic simulated bifurcation, heated (Kanao and Goto 2022)",
            (true, true) => "discrete simulated bifurcation, heated (Kanao and Goto 2022)",
        }
    }

    fn parameters(&self) -> &'static [Parameter] {
        if self.heated { HEATED } else { COLD }
    }

    fn first_steps(&self) -> u64 {
        1000
    }

    fn check(&self, problem: &Problem, settings: &Settings) -> Result<(), SearchError> {
        need_stable(self.name(), settings.get("dt"), limit(problem, settings)?)
    }

    fn run(&self, trial: &Trial<'_>) -> Result<Outcome, SearchError> {
        let n = trial.problem.homogeneous().n;
        let mut words = trial.lane_words();
        let (x, mut y) = (small(n, &mut words), small(n, &mut words));
        let (safe, coupled) = coupling_of(self.discrete);
        let dt = time_step(trial.settings, safe, limit(trial.problem, trial.settings)?) as f32;
        let heat = if self.heated { trial.settings.get("heat") as f32 } else { 0.0 };
        let c = (trial.settings.get("coupling") / trial.problem.spectrum()?.0) as f32;
        Ok(evolve(trial, coupled, x, |x, f, stage| advance(x, &mut y, f, [dt, 1.0 - stage.part as f32, c, heat])))
    }
}

/// The automatic time step over the stability limit, and what drives the oscillators.
pub(crate) fn coupling_of(discrete: bool) -> (f64, Coupled) {
    if discrete { (SAFE_DISCRETE, Coupled::Signs) } else { (SAFE_BALLISTIC, Coupled::Amplitudes(LOOK)) }
}

/// Largest stable time step: the stiffest mode has the frequency sqrt(1 + c |lambda_min(J)|).
pub(crate) fn limit(problem: &Problem, settings: &Settings) -> Result<f64, SearchError> {
    let (highest, lowest) = problem.spectrum()?;
    Ok(2.0 / (1.0 + settings.get("coupling") * lowest / highest).sqrt())
}

lightfall_core::dispatch! {
    /// A step with the fields `f`; constants dt, 1 - a, c, gamma.
    fn advance(x: &mut [Lane<f32>], y: &mut [Lane<f32>], f: &[Lane<f32>], constants: [f32; 4]) = advance_kernel;
}

#[inline(always)]
fn advance_kernel<const FMA: bool>(x: &mut [Lane<f32>], y: &mut [Lane<f32>], f: &[Lane<f32>], constants: [f32; 4]) {
    let [dt, detuning, c, heat] = constants;
    for ((x, y), f) in x.iter_mut().zip(y).zip(f) {
        for l in 0..LANES {
            let old = y[l];
            let momentum = old + dt * (c * f[l] - detuning * x[l]);
            let position = x[l] + dt * momentum;
            let inside = position.abs() <= 1.0;
            x[l] = position.clamp(-1.0, 1.0);
            y[l] = if inside { momentum } else { 0.0 } + dt * heat * old;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_walls_and_ramp_the_energy_of_the_oscillators_stays() {
        // Two oscillators below the walls: H = sum (y^2 + d x^2)/2 - c x_1 x_2, kept by a symplectic step to order dt.
        let (mut x, mut y) = (vec![[0.3; LANES], [-0.1; LANES]], vec![[0.05; LANES], [0.2; LANES]]);
        let energy = |x: &[Lane<f32>], y: &[Lane<f32>]| {
            let single = |k: usize| 0.5 * (y[k][4] * y[k][4] + x[k][4] * x[k][4]);
            single(0) + single(1) - 0.4 * x[0][4] * x[1][4]
        };
        let start = energy(&x, &y);
        let mut range = (start, start);
        for _ in 0..50_000 {
            let f = vec![x[1], x[0]];
            advance(&mut x, &mut y, &f, [0.05, 1.0, 0.4, 0.0]);
            let now = energy(&x, &y);
            range = (range.0.min(now), range.1.max(now));
        }
        assert!(range.1 - range.0 < 0.06 * start, "{range:?}");
        // A hotter machine gains energy.
        for _ in 0..2000 {
            let f = vec![x[1], x[0]];
            advance(&mut x, &mut y, &f, [0.05, 1.0, 0.4, 0.01]);
        }
        assert!(energy(&x, &y) > 1.3 * start);
    }
}
