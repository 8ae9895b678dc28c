//! Linear equations dy/dt = A(t) y by exponentials of A, each on a Krylov space.
//!
//! A step is the commutator-free method of order 4 with two exponentials,
//! y <- exp(h/2 (c_2 A_1 + c_1 A_2)) exp(h/2 (c_1 A_1 + c_2 A_2)) y, A_k = A(t + (1/2 -+ sqrt(3)/6) h), c_{1,2} = 1/2 +- sqrt(3)/3. It is
//! exact for a constant A. Source: Blanes and Moan (2006), eq. (34); Alvermann and Fehske (2011), eq. (43).

use super::krylov::Krylov;
use super::{OdeError, STRETCH};
use crate::operator::norm_sqr;

const NAME: &str = "magnus";
/// sqrt(3)/6 and sqrt(3)/3.
const NODE: f64 = 0.288_675_134_594_812_9;
const WEIGHTS: [f64; 2] = [0.5 + 2.0 * NODE, 0.5 - 2.0 * NODE];
/// Part of the error allowed per step that goes to the exponentials.
const SHARE: f64 = 0.1;

/// A(t) of a linear equation dy/dt = A(t) y on real vectors; applied, never formed.
pub trait Generator {
    /// out = sum_k w_k A(t_k) x over the pairs (t_k, w_k) of `mean`, whose weights sum to 1.
    fn apply(&mut self, mean: &[(f64, f64)], x: &[f64], out: &mut [f64]);

    /// That A^T = -A at all times, as for -iH on a ket in split storage.
    fn is_skew(&self) -> bool {
        false
    }

    /// That A does not depend on time.
    fn is_constant(&self) -> bool {
        false
    }
}

/// The integrator: order 4 in the change of A, any step where A is constant. Allocates when made, never in a step.
///
/// The step is halved to estimate the error of the splitting, and the two halves are kept; exponentials of a constant A need none
/// of this. Error per step at most `error` in the Euclidean norm.
#[derive(Clone, Debug)]
pub struct Magnus {
    error: f64,
    krylov: Krylov,
    whole: Vec<f64>,
    halves: Vec<f64>,
    step: Option<f64>,
}

impl Magnus {
    /// An integrator of `dim` real components.
    ///
    /// # Errors
    /// [`OdeError::Tolerance`] if `error` is not finite and positive.
    pub fn new(dim: usize, error: f64) -> Result<Self, OdeError> {
        if !(error.is_finite() && error > 0.0) {
            return Err(OdeError::Tolerance { part: "norm", value: error });
        }
        Ok(Self { error, krylov: Krylov::new(dim), whole: vec![0.0; dim], halves: vec![0.0; dim], step: None })
    }

    /// Forgets the step size: to be called before an unrelated initial state.
    pub fn restart(&mut self) {
        self.step = None;
        self.krylov.restart();
    }

    /// Number of applications of A so far.
    pub fn evaluations(&self) -> u64 {
        self.krylov.applications
    }

    /// Integrates `y` from `from` to `to`.
    ///
    /// # Errors
    /// [`OdeError::StepTooSmall`] where no step that changes the time meets the tolerance, [`OdeError::NotFinite`] where the
    /// state or A y is not finite.
    pub fn integrate(&mut self, a: &mut impl Generator, from: f64, to: f64, y: &mut [f64]) -> Result<(), OdeError> {
        if a.is_constant() {
            return self.exponential(a, &[(from, 1.0)], to - from, self.error, y, from);
        }
        let mut t = from;
        while t < to {
            t = self.advance(a, t, to, y)?;
        }
        Ok(())
    }

    fn advance(&mut self, a: &mut impl Generator, t: f64, end: f64, y: &mut [f64]) -> Result<f64, OdeError> {
        let mut h = self.step.unwrap_or(end - t);
        let (mut whole, mut halves) = (std::mem::take(&mut self.whole), std::mem::take(&mut self.halves));
        let outcome = loop {
            let lands = t + h * (1.0 + STRETCH) >= end;
            let used = if lands { end - t } else { h };
            if used <= 4.0 * f64::EPSILON * t.abs().max(f64::MIN_POSITIVE) && !lands {
                break Err(OdeError::StepTooSmall { integrator: NAME, t, h: used });
            }
            whole.copy_from_slice(y);
            halves.copy_from_slice(y);
            let share = 0.5 * SHARE * self.error;
            let steps = self
                .step_of_order_4(a, t, used, share, &mut whole)
                .and_then(|()| self.step_of_order_4(a, t, 0.5 * used, share, &mut halves))
                .and_then(|()| self.step_of_order_4(a, t + 0.5 * used, 0.5 * used, share, &mut halves));
            if let Err(error) = steps {
                break Err(error);
            }
            // The halves err 2^4 times less than the whole.
            whole.iter_mut().zip(&halves).for_each(|(w, h)| *w -= h);
            let error = norm_sqr(&whole).sqrt() / 15.0 / self.error;
            let factor = 0.9 * error.max(1e-10).powf(-0.2);
            if error <= 1.0 {
                y.copy_from_slice(&halves);
                let grown = used * factor.clamp(0.2, 5.0);
                self.step = Some(if lands { grown.max(h) } else { grown });
                break Ok(if lands { end } else { t + used });
            }
            h = used * factor.clamp(0.1, 0.9);
        };
        (self.whole, self.halves) = (whole, halves);
        outcome
    }

    /// One step of order 4 and length `h` from time `t`, with at most `error` from the exponentials; nothing is estimated but that.
    ///
    /// # Errors
    /// [`OdeError::NotFinite`] where the state or A y is not finite.
    pub fn step_of_order_4(
        &mut self,
        a: &mut impl Generator,
        t: f64,
        h: f64,
        error: f64,
        y: &mut [f64],
    ) -> Result<(), OdeError> {
        let times = [t + (0.5 - NODE) * h, t + (0.5 + NODE) * h];
        let [first, second] = WEIGHTS;
        self.exponential(a, &[(times[0], first), (times[1], second)], 0.5 * h, 0.5 * error, y, t)?;
        self.exponential(a, &[(times[0], second), (times[1], first)], 0.5 * h, 0.5 * error, y, t)
    }

    fn exponential(
        &mut self,
        a: &mut impl Generator,
        mean: &[(f64, f64)],
        length: f64,
        error: f64,
        y: &mut [f64],
        t: f64,
    ) -> Result<(), OdeError> {
        let skew = a.is_skew();
        self.krylov
            .exponential(&mut |x, out| a.apply(mean, x, out), skew, length, error, y)
            .ok_or(OdeError::NotFinite { integrator: NAME, t })
    }
}
