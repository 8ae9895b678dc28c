//! Dormand and Prince's embedded pair of order 5(4) with its continuous extension.
//!
//! Source: Dormand and Prince (1980), table 2; continuous extension as in Hairer, Norsett, Wanner, Solving Ordinary
//! Differential Equations I, section II.6.

use crate::simd::madd;

/// Relative stretch of the last step, so that a step lands on the end of its interval exactly.
const STRETCH: f64 = 1e-9;
const STAGES: usize = 7;
const NODES: [f64; STAGES] = [0.0, 1.0 / 5.0, 3.0 / 10.0, 4.0 / 5.0, 8.0 / 9.0, 1.0, 1.0];
const TABLEAU: [[f64; 6]; STAGES] = [
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [1.0 / 5.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [3.0 / 40.0, 9.0 / 40.0, 0.0, 0.0, 0.0, 0.0],
    [44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0, 0.0, 0.0, 0.0],
    [19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0, 0.0, 0.0],
    [9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0, 0.0],
    [35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Fifth-order minus fourth-order weights.
const ERROR: [f64; STAGES] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0];
/// Weights of the stages in the last coefficient of the continuous extension.
const DENSE: [f64; STAGES] = [
    -12715105075.0 / 11282082432.0,
    0.0,
    87487479700.0 / 32700410799.0,
    -10690763975.0 / 1880347072.0,
    701980252875.0 / 199316789632.0,
    -1453857185.0 / 822651844.0,
    69997945.0 / 29380423.0,
];

/// Error tolerances: a step is accepted when the root mean square of e_k / (atol + rtol max|y_k|) is at most 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Relative to the size of each component.
    pub relative: f64,
    /// Absolute.
    pub absolute: f64,
}

impl Tolerance {
    /// `relative`, with an absolute part a thousand times smaller.
    pub fn relative(relative: f64) -> Self {
        Self { relative, absolute: 1e-3 * relative }
    }
}

/// Why an integration stopped.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OdeError {
    /// The controller asked for a step that no longer changes the time.
    #[error("step size fell below {h:.1e} at t = {t:.6e} (dopri5); loosen the tolerance")]
    StepTooSmall {
        /// Time reached.
        t: f64,
        /// Step asked for.
        h: f64,
    },
    /// The state or its derivative is not finite.
    #[error("the state is not finite at t = {t:.6e} (dopri5)")]
    NotFinite {
        /// Time reached.
        t: f64,
    },
}

/// The integrator: its stages, controller and continuous extension. Allocates when made, never in a step.
#[derive(Clone, Debug)]
pub struct Dopri5 {
    tolerance: Tolerance,
    stages: [Vec<f64>; STAGES],
    trial: Vec<f64>,
    /// State at the start of the last accepted step.
    before: Vec<f64>,
    last_stage_is_first: bool,
    step: Option<f64>,
    last_h: f64,
    last_error: f64,
    evaluations: u64,
}

impl Dopri5 {
    /// An integrator of `dim` real components.
    pub fn new(dim: usize, tolerance: Tolerance) -> Self {
        let zero = || vec![0.0; dim];
        Self {
            tolerance,
            stages: std::array::from_fn(|_| zero()),
            trial: zero(),
            before: zero(),
            last_stage_is_first: false,
            step: None,
            last_h: 0.0,
            last_error: 1e-4,
            evaluations: 0,
        }
    }

    /// Forgets the cached derivative: to be called after any edit of the state. The step size is kept.
    pub fn reset(&mut self) {
        self.last_stage_is_first = false;
    }

    /// Forgets derivative and step size: to be called before an unrelated initial state, so that a trajectory does not
    /// depend on the one before it.
    pub fn restart(&mut self) {
        self.reset();
        self.step = None;
        self.last_error = 1e-4;
    }

    /// Number of evaluations of the derivative so far.
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// Integrates `y` from `from` to `to`; `rhs(t, y, dy)` overwrites `dy`.
    pub fn integrate(
        &mut self,
        rhs: &mut impl FnMut(f64, &[f64], &mut [f64]),
        from: f64,
        to: f64,
        y: &mut [f64],
    ) -> Result<(), OdeError> {
        let mut t = from;
        while t < to {
            t = self.advance(rhs, t, to, y)?;
        }
        Ok(())
    }

    /// One accepted step from `t` towards `end` (never past it); returns the time reached.
    pub fn advance(
        &mut self,
        rhs: &mut impl FnMut(f64, &[f64], &mut [f64]),
        t: f64,
        end: f64,
        y: &mut [f64],
    ) -> Result<f64, OdeError> {
        if self.last_stage_is_first {
            self.stages.swap(0, STAGES - 1);
        } else {
            rhs(t, y, &mut self.stages[0]);
            self.evaluations += 1;
        }
        let mut h = self.step.unwrap_or_else(|| self.first_step(y, end - t));
        let mut rejected = false;
        loop {
            let lands = t + h * (1.0 + STRETCH) >= end;
            let used = if lands { end - t } else { h };
            if used <= 4.0 * f64::EPSILON * t.abs().max(f64::MIN_POSITIVE) && !lands {
                return Err(OdeError::StepTooSmall { t, h: used });
            }
            self.stages_of(rhs, t, used, y);
            let error = self.error(used, y);
            if !error.is_finite() {
                if self.stages[0].iter().chain(y.iter()).any(|v| !v.is_finite()) {
                    return Err(OdeError::NotFinite { t });
                }
                h = 0.1 * used;
                rejected = true;
                continue;
            }
            // PI controller; Hairer and Wanner's exponents for this pair.
            let factor = 0.9 * error.max(1e-10).powf(-0.17) * self.last_error.powf(0.04);
            if error <= 1.0 {
                self.before.copy_from_slice(y);
                y.copy_from_slice(&self.trial);
                self.last_h = used;
                self.last_error = error.max(1e-4);
                self.last_stage_is_first = true;
                let grown = used * factor.clamp(0.2, if rejected { 1.0 } else { 10.0 });
                // A step cut short by the end of the interval says nothing against the step size.
                self.step = Some(if lands { grown.max(h) } else { grown });
                return Ok(if lands { end } else { t + used });
            }
            rejected = true;
            h = used * factor.clamp(0.1, 0.9);
        }
    }

    fn stages_of(&mut self, rhs: &mut impl FnMut(f64, &[f64], &mut [f64]), t: f64, h: f64, y: &[f64]) {
        for s in 1..STAGES {
            let (done, rest) = self.stages.split_at_mut(s);
            combine(TABLEAU[s].map(|a| h * a), done, y, &mut self.trial);
            rhs(t + NODES[s] * h, &self.trial, &mut rest[0]);
        }
        self.evaluations += STAGES as u64 - 1;
    }

    /// Scaled error norm of the trial step.
    fn error(&self, h: f64, y: &[f64]) -> f64 {
        let k: [&[f64]; STAGES] = std::array::from_fn(|s| self.stages[s].as_slice());
        let total = scaled_error(h, self.tolerance.absolute, self.tolerance.relative, k, y, &self.trial);
        (total / y.len().max(1) as f64).sqrt()
    }

    /// Hairer's first guess without a second evaluation: 1 % of |y|/|y'| in the scaled norm.
    fn first_step(&self, y: &[f64], span: f64) -> f64 {
        let Tolerance { relative, absolute } = self.tolerance;
        let scaled = |v: &[f64]| -> f64 {
            v.iter().zip(y).map(|(v, y)| (v / (absolute + relative * y.abs())).powi(2)).sum::<f64>().sqrt()
        };
        let (d0, d1) = (scaled(y), scaled(&self.stages[0]));
        let h = if d0 < 1e-5 || d1 < 1e-5 { 1e-6 } else { 0.01 * d0 / d1 };
        h.min(span)
    }

    /// Prepares the continuous extension of the last accepted step, which ended in the state `after`.
    ///
    /// To be called once, before [`Dopri5::interpolate`]; the stages are overwritten by the coefficients, so the
    /// derivative cache is dropped.
    pub fn prepare_interpolation(&mut self, after: &[f64]) {
        let h = self.last_h;
        let n = after.len();
        for k in 0..n {
            let stage = |s: usize| self.stages[s][k];
            let dense: f64 = (0..STAGES).map(|s| DENSE[s] * stage(s)).sum();
            let difference = after[k] - self.before[k];
            let slope = h * stage(0) - difference;
            let curvature = difference - h * stage(6) - slope;
            self.stages[1][k] = difference;
            self.stages[2][k] = slope;
            self.stages[3][k] = curvature;
            self.stages[4][k] = h * dense;
        }
        self.reset();
    }

    /// State at the fraction `theta` in [0, 1] of the last accepted step, after [`Dopri5::prepare_interpolation`].
    pub fn interpolate(&self, theta: f64, out: &mut [f64]) {
        let rest = 1.0 - theta;
        let [_, c1, c2, c3, c4, ..] = &self.stages;
        for k in 0..out.len() {
            out[k] = self.before[k] + theta * (c1[k] + rest * (c2[k] + theta * (c3[k] + rest * c4[k])));
        }
    }

    /// Length of the last accepted step.
    pub fn last_step(&self) -> f64 {
        self.last_h
    }
}

crate::dispatch! {
    /// out = y + sum_s a_s stage_s over the stages given.
    fn combine(a: [f64; STAGES - 1], stages: &[Vec<f64>], y: &[f64], out: &mut [f64]) = combine_kernel;
}

#[inline(always)]
fn combine_kernel<const FMA: bool>(a: [f64; STAGES - 1], stages: &[Vec<f64>], y: &[f64], out: &mut [f64]) {
    const CHUNK: usize = 16;
    for (c, (y, out)) in y.chunks(CHUNK).zip(out.chunks_mut(CHUNK)).enumerate() {
        let at = c * CHUNK..c * CHUNK + y.len();
        if let Some(y) = y.first_chunk::<CHUNK>() {
            let mut sum = *y;
            for (a, stage) in a.iter().zip(stages) {
                for (s, k) in sum.iter_mut().zip(&stage[at.clone()]) {
                    *s = madd::<FMA>(*a, *k, *s);
                }
            }
            out.copy_from_slice(&sum);
        } else {
            out.copy_from_slice(y);
            for (a, stage) in a.iter().zip(stages) {
                for (s, k) in out.iter_mut().zip(&stage[at.clone()]) {
                    *s = madd::<FMA>(*a, *k, *s);
                }
            }
        }
    }
}

crate::dispatch! {
    fn scaled_error(h: f64, atol: f64, rtol: f64, k: [&[f64]; STAGES], y: &[f64], new: &[f64]) -> f64 = scaled_error_kernel;
}

#[inline(always)]
fn scaled_error_kernel<const FMA: bool>(
    h: f64,
    atol: f64,
    rtol: f64,
    k: [&[f64]; STAGES],
    y: &[f64],
    new: &[f64],
) -> f64 {
    let n = y.len();
    let k: [&[f64]; STAGES] = std::array::from_fn(|s| &k[s][..n]);
    let new = &new[..n];
    let mut lanes = [0.0; 8];
    for j in 0..n {
        let mut e = ERROR[0] * k[0][j];
        for s in 2..STAGES {
            e = madd::<FMA>(ERROR[s], k[s][j], e);
        }
        let scaled = h * e / madd::<FMA>(rtol, y[j].abs().max(new[j].abs()), atol);
        lanes[j & 7] = madd::<FMA>(scaled, scaled, lanes[j & 7]);
    }
    lanes.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oscillator(_t: f64, y: &[f64], dy: &mut [f64]) {
        dy[0] = y[1];
        dy[1] = -y[0];
    }

    /// Global error at t = 10 with every step of length h.
    fn fixed_step_error(h: f64) -> f64 {
        let mut solver = Dopri5::new(2, Tolerance { relative: 1e9, absolute: 1e9 });
        let mut y = [1.0, 0.0];
        let steps = (10.0 / h).round() as usize;
        for k in 0..steps {
            solver.step = Some(h);
            solver.advance(&mut oscillator, k as f64 * h, (k + 1) as f64 * h, &mut y).unwrap();
        }
        (y[0] - 10.0_f64.cos()).hypot(y[1] + 10.0_f64.sin())
    }

    #[test]
    fn global_order_is_five() {
        let order = (fixed_step_error(0.2) / fixed_step_error(0.1)).log2();
        assert!((order - 5.0).abs() < 0.2, "order {order}");
    }

    #[test]
    fn continuous_extension_is_fourth_order_between_the_ends() {
        let error = |h: f64| {
            let mut solver = Dopri5::new(2, Tolerance { relative: 1e9, absolute: 1e9 });
            solver.step = Some(h);
            let mut y = [1.0, 0.0];
            solver.advance(&mut oscillator, 0.0, h, &mut y).unwrap();
            solver.prepare_interpolation(&y);
            let mut mid = [0.0; 2];
            [0.3, 0.5, 0.8]
                .iter()
                .map(|&theta| {
                    solver.interpolate(theta, &mut mid);
                    (mid[0] - (theta * h).cos()).hypot(mid[1] + (theta * h).sin())
                })
                .fold(0.0, f64::max)
        };
        let order = (error(0.4) / error(0.2)).log2();
        assert!((order - 5.0).abs() < 0.4, "local order {order}");
    }

    #[test]
    fn tolerance_controls_the_error_and_the_end_is_hit_exactly() {
        for tolerance in [1e-5, 1e-8, 1e-11] {
            let mut solver = Dopri5::new(2, Tolerance::relative(tolerance));
            let mut y = [1.0, 0.0];
            for k in 0..20 {
                solver.integrate(&mut oscillator, f64::from(k), f64::from(k + 1), &mut y).unwrap();
            }
            let error = (y[0] - 20.0_f64.cos()).hypot(y[1] + 20.0_f64.sin());
            assert!(error < 100.0 * tolerance, "{tolerance:e}: {error:e}");
        }
    }

    #[test]
    fn a_pole_is_reported_not_stepped_over() {
        let mut solver = Dopri5::new(1, Tolerance::relative(1e-8));
        let mut y = [1.0];
        let result = solver.integrate(&mut |_, y, dy| dy[0] = y[0] * y[0], 0.0, 2.0, &mut y);
        assert!(matches!(result, Err(OdeError::StepTooSmall { .. } | OdeError::NotFinite { .. })), "{result:?}");
    }
}
