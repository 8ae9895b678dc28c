//! One calculus into the other: the drift that the noise makes.
//!
//! y solves dy = f dt + sum_k g_k o dW_k (Stratonovich) where it solves dy = (f + c) dt + sum_k g_k dW_k (Ito) with
//! c = (1/2) sum_k (g_k . grad) g_k. Source: Kloeden and Platen (1992), section 4.9.

use super::{Calculus, NoiseKind, Sde};

/// Displacement of the differences, relative to 1 + |y|: the third root of the rounding balances it against the cut series.
const WIDTH: f64 = 6e-6;

/// Workspace for c.
#[derive(Clone, Debug)]
struct NoiseDrift {
    weights: Vec<f64>,
    column: Vec<f64>,
    moved: Vec<f64>,
    width: Option<f64>,
}

impl NoiseDrift {
    fn new<S: Sde>(sde: &S) -> Self {
        let buffer = || vec![0.0; sde.dim()];
        Self { weights: vec![0.0; sde.noises()], column: buffer(), moved: buffer(), width: None }
    }

    /// out += scale c, by central differences. One pass for diagonal noise, one a noise otherwise.
    fn add<S: Sde>(&mut self, sde: &mut S, t: f64, y: &[f64], scale: f64, out: &mut [f64]) {
        let passes = match S::NOISE {
            NoiseKind::Additive => 0,
            NoiseKind::Diagonal => 1,
            NoiseKind::Commutative | NoiseKind::General => self.weights.len(),
        };
        for k in 0..passes {
            let set = |weights: &mut [f64], value: f64| match S::NOISE {
                NoiseKind::Diagonal => weights.fill(value),
                _ => weights[k] = value,
            };
            self.weights.fill(0.0);
            set(&mut self.weights, 1.0);
            self.column.fill(0.0);
            sde.diffuse(t, y, &self.weights, &mut self.column);
            let width = self.width.unwrap_or_else(|| {
                let size = self.column.iter().map(|g| g * g).sum::<f64>().sqrt();
                let place = y.iter().map(|y| y * y).sum::<f64>().sqrt();
                if size > 0.0 { WIDTH * (1.0 + place) / size } else { 1.0 }
            });
            for sign in [1.0, -1.0] {
                for (m, (y, g)) in self.moved.iter_mut().zip(y.iter().zip(&self.column)) {
                    *m = y + sign * width * g;
                }
                set(&mut self.weights, sign * scale / (4.0 * width));
                sde.diffuse(t, &self.moved, &self.weights, out);
            }
        }
    }
}

/// (1/2) sum_k (g_k . grad) g_k at (t, y): what turns a Stratonovich drift into the Ito drift of the same process.
///
/// Central differences between y +- `width` g_k; exact up to rounding for any `width` where every g_k is at most quadratic in y.
pub fn noise_drift<S: Sde>(sde: &mut S, t: f64, y: &[f64], width: f64) -> Vec<f64> {
    let mut out = vec![0.0; sde.dim()];
    let mut drift = NoiseDrift::new(sde);
    drift.width = Some(width);
    drift.add(sde, t, y, 1.0, &mut out);
    out
}

/// The same process as an Ito equation, for the steppers of that calculus; the equation itself if it is one.
#[derive(Clone, Debug)]
pub struct AsIto<S> {
    sde: S,
    noise: NoiseDrift,
}

/// The same process as a Stratonovich equation, for the steppers of that calculus; the equation itself if it is one.
#[derive(Clone, Debug)]
pub struct AsStratonovich<S> {
    sde: S,
    noise: NoiseDrift,
}

macro_rules! convert {
    ($name:ident, $calculus:expr, $sign:expr) => {
        impl<S: Sde> $name<S> {
            /// The process of `sde`. The noise's drift is taken by differences, to some 1e-10 of its size.
            pub fn new(sde: S) -> Self {
                Self { noise: NoiseDrift::new(&sde), sde }
            }
        }

        impl<S: Sde> Sde for $name<S> {
            const CALCULUS: Calculus = $calculus;
            const NOISE: NoiseKind = S::NOISE;

            fn dim(&self) -> usize {
                self.sde.dim()
            }

            fn noises(&self) -> usize {
                self.sde.noises()
            }

            fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
                self.sde.drift(t, y, out);
                if S::CALCULUS != $calculus {
                    self.noise.add(&mut self.sde, t, y, $sign, out);
                }
            }

            fn diffuse(&mut self, t: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
                self.sde.diffuse(t, y, dw, out);
            }

            fn project(&self, y: &mut [f64]) {
                self.sde.project(y);
            }
        }
    };
}

convert!(AsIto, Calculus::Ito, 1.0);
convert!(AsStratonovich, Calculus::Stratonovich, -1.0);
