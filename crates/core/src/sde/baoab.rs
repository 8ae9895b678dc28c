//! Underdamped Langevin dynamics and its BAOAB step.
//!
//! dq = v dt, dv = (F(q) - gamma v) dt + sqrt(2 gamma T) dW, unit masses. Source: Leimkuhler and Matthews (2013), Appl. Math. Res. Express
//! 2013, 34.

use super::method::orders;
use super::{Calculus, Increments, Method, NoiseKind, Sde, SdeError, Stepper};

/// A force, a friction and a temperature.
pub trait Langevin {
    /// Whether `force` takes several trajectories as columns, as [`Sde::COLUMNS`].
    const COLUMNS: bool = false;

    /// Number of coordinates.
    fn coordinates(&self) -> usize;

    /// out = F(q) at time t, minus the gradient of the potential.
    fn force(&mut self, t: f64, q: &[f64], out: &mut [f64]);

    /// Friction rate gamma at time t, at least 0.
    fn friction(&self, t: f64) -> f64;

    /// Temperature T at time t in units of energy, at least 0.
    fn temperature(&self, t: f64) -> f64;
}

/// The equation of a [`Langevin`] system; the state holds q, then v. Its noise is additive, so that [`Baoab`] and every stepper for
/// additive noise integrate it.
#[derive(Clone, Debug)]
pub struct Underdamped<L>(pub L);

impl<L: Langevin> Sde for Underdamped<L> {
    const CALCULUS: Calculus = Calculus::Ito;
    const NOISE: NoiseKind = NoiseKind::Additive;
    const COLUMNS: bool = L::COLUMNS;

    fn dim(&self) -> usize {
        2 * self.0.coordinates()
    }

    fn noises(&self) -> usize {
        self.0.coordinates()
    }

    fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        let gamma = self.0.friction(t);
        let (q, v) = y.split_at(y.len() / 2);
        let (dq, dv) = out.split_at_mut(v.len());
        dq.copy_from_slice(v);
        self.0.force(t, q, dv);
        for (d, v) in dv.iter_mut().zip(v) {
            *d -= gamma * v;
        }
    }

    fn diffuse(&mut self, t: f64, _y: &[f64], dw: &[f64], out: &mut [f64]) {
        let spread = (2.0 * self.0.friction(t) * self.0.temperature(t)).sqrt();
        let half = out.len() / 2;
        for (d, w) in out[half..].iter_mut().zip(dw) {
            *d += spread * w;
        }
    }
}

/// Half a kick, half a drift, the exact Ornstein-Uhlenbeck step of the velocities, half a drift, half a kick.
///
/// Strong order 1, weak order 2; positions of a harmonic well have no error in law at equilibrium. The Gaussian of the middle step is
/// dW scaled to its exact variance T (1 - exp(-2 gamma h)). Friction and temperature are taken at the middle of the step.
#[derive(Clone, Debug)]
pub struct Baoab {
    force: Vec<f64>,
    /// Where `force` was taken: the end of one step is the start of the next.
    place: Vec<f64>,
    time: f64,
}

impl<L: Langevin + Send> Stepper<Underdamped<L>> for Baoab {
    const METHOD: Method = BAOAB;

    fn new(sde: &Underdamped<L>, columns: usize) -> Self {
        let n = sde.0.coordinates() * columns;
        Self { force: vec![0.0; n], place: vec![f64::NAN; n], time: f64::NAN }
    }

    #[inline(always)]
    fn step(
        &mut self,
        sde: &mut Underdamped<L>,
        t: f64,
        h: f64,
        path: Increments<'_>,
        y: &mut [f64],
    ) -> Result<(), SdeError> {
        let (gamma, temperature) = (sde.0.friction(t + 0.5 * h), sde.0.temperature(t + 0.5 * h));
        let kept = (-gamma * h).exp();
        let spread = (temperature * -(-2.0 * gamma * h).exp_m1() / h).sqrt();
        let (q, v) = y.split_at_mut(self.force.len());
        // Times of a grid differ by rounding.
        if self.place != q || (self.time - t).abs() > 1e-9 * h || self.time.is_nan() {
            sde.0.force(t, q, &mut self.force);
        }
        for k in 0..v.len() {
            v[k] += 0.5 * h * self.force[k];
            q[k] += 0.5 * h * v[k];
            v[k] = kept * v[k] + spread * path.dw[k];
            q[k] += 0.5 * h * v[k];
        }
        sde.0.force(t + h, q, &mut self.force);
        self.place.copy_from_slice(q);
        self.time = t + h;
        for (v, f) in v.iter_mut().zip(&self.force) {
            *v += 0.5 * h * f;
        }
        Ok(())
    }
}

pub(super) const NAME: &str = "baoab";

pub(super) const BAOAB: Method = Method {
    name: NAME,
    calculus: Calculus::Ito,
    additive: orders(1.0, 2.0),
    diagonal: None,
    commutative: None,
    general: None,
    needs_area: false,
    about: "underdamped Langevin equations: one force a step, nearly unbiased positions",
};
