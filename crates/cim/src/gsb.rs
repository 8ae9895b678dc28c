//! Generalised simulated bifurcation: every oscillator has a detuning of its own, which stops falling where the oscillator is large.
//!
//! y_i <- y_i - dt [ p_i x_i - c sum_j J_ij g(x_j) ];  x_i <- x_i + dt y_i, with the walls of simulated bifurcation
//! p_i <- p_i - (1 - A x_i^2) p_i/(M - m), p_i = 1 at first, in step m of M
//!
//! A = 0 is simulated bifurcation; near a certain A the network is at the edge of chaos, where it is most successful. g(x) = x, or sign(x) if `discrete` is 1; c = `coupling`/lambda_max(J).
//!
//! Source: Goto et al., arXiv 2508.17655 (2025), eqs. (3) to (7) as far as public text gives them. The best A there was found by scanning, and so was ours.

use crate::amplitudes::{evolve, small};
use crate::bifurcation::{coupling_of, limit};
use crate::lanes::{LANES, Lane};
use crate::machine::{AUTOMATIC, need_stable, time_step};
use crate::{Machine, Outcome, Parameter, Problem, SearchError, Settings, Trial};

/// `gsb`.
#[derive(Clone, Copy, Debug, Default)]
pub struct GeneralisedBifurcation;

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "dt", default: 0.0, low: 0.0, high: 2.0, about: AUTOMATIC },
    Parameter { name: "coupling", default: 1.3, low: 1e-3, high: 100.0, about: "c times lambda_max(J)" },
    Parameter { name: "control", default: 0.17, low: 0.0, high: 10.0, about: "strength A of the nonlinear control" },
    Parameter { name: "discrete", default: 1.0, low: 0.0, high: 1.0, about: "1: signs are coupled, 0: amplitudes" },
];

impl Machine for GeneralisedBifurcation {
    fn name(&self) -> &'static str {
        "gsb"
    }

    fn about(&self) -> &'static str {
        "generalised simulated bifurcation: a detuning for each spin, at the edge of chaos (Goto et al. 2025)"
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
        let n = trial.problem.homogeneous().n;
        let mut words = trial.lane_words();
        let (x, mut y) = (small(n, &mut words), small(n, &mut words));
        let mut p = vec![[1.0; LANES]; n];
        let get = |name| trial.settings.get(name);
        let (safe, coupled) = coupling_of(get("discrete") >= 0.5);
        let dt = time_step(trial.settings, safe, limit(trial.problem, trial.settings)?) as f32;
        let (c, control) = ((get("coupling") / trial.problem.spectrum()?.0) as f32, get("control") as f32);
        Ok(evolve(trial, coupled, x, |x, f, stage| {
            let rate = 1.0 / (trial.steps - stage.step) as f32;
            advance(x, &mut y, &mut p, f, [dt, c, control, rate]);
        }))
    }
}

lightfall_core::dispatch! {
    /// A step with the fields `f`; constants dt, c, A, 1/(M - m).
    fn advance(x: &mut [Lane<f32>], y: &mut [Lane<f32>], p: &mut [Lane<f32>], f: &[Lane<f32>], constants: [f32; 4]) = advance_kernel;
}

#[inline(always)]
fn advance_kernel<const FMA: bool>(
    x: &mut [Lane<f32>],
    y: &mut [Lane<f32>],
    p: &mut [Lane<f32>],
    f: &[Lane<f32>],
    constants: [f32; 4],
) {
    let [dt, c, control, rate] = constants;
    for (((x, y), p), f) in x.iter_mut().zip(y).zip(p).zip(f) {
        for l in 0..LANES {
            let momentum = y[l] + dt * (c * f[l] - p[l] * x[l]);
            let position = x[l] + dt * momentum;
            let inside = position.abs() <= 1.0;
            x[l] = position.clamp(-1.0, 1.0);
            y[l] = if inside { momentum } else { 0.0 };
            p[l] = p[l] - (1.0 - control * x[l] * x[l]) * p[l] * rate;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_control_the_detuning_falls_linearly_and_with_it_more_slowly() {
        let steps = 400;
        let last = |control: f32| {
            let (mut x, mut y, mut p) = (vec![[0.5; LANES]], vec![[0.0; LANES]], vec![[1.0; LANES]]);
            for k in 0..steps / 2 {
                advance(&mut x, &mut y, &mut p, &[[0.0; LANES]], [0.1, 0.0, control, 1.0 / (steps - k) as f32]);
            }
            p[0][6]
        };
        assert!((last(0.0) - 0.5).abs() < 1e-5, "{}", last(0.0));
        assert!(last(1.0) > 0.52, "{}", last(1.0));
    }
}
