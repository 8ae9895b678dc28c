//! Steps of soft spins in both precisions.

use crate::lanes::{LANES, Lane, Real};
use crate::numbers::normals;
use lightfall_core::rng::LaneWords;

/// Precision in which soft spins can be stepped.
pub trait SoftReal: Real {
    /// x <- (x + dt (a x + g f) + amplitude xi)/(1 + dt x^2) with f = J x; `constants` are dt, a, g and the amplitude sqrt(2 T dt). Semi-implicit: the cubic force is taken at the new x times the old x^2, so that no
    /// step overflows. Draws nothing if the amplitude is 0.
    fn langevin(x: &mut [Lane<Self>], f: &[Lane<Self>], words: &mut LaneWords, constants: [Self; 4]);
    /// A step of heavy balls down the gradient: v <- m v - eta (x^3 - a x - g f), x <- x + v, eta by replica; `constants` are a, g, m. Returns the sums of the squared gradients.
    fn heavy_ball(
        x: &mut [Lane<Self>],
        v: &mut [Lane<Self>],
        f: &[Lane<Self>],
        eta: &Lane<Self>,
        constants: [Self; 3],
    ) -> Lane<Self>;
    /// x += amplitude xi, and the largest x^2 of every replica.
    fn kick(x: &mut [Lane<Self>], words: &mut LaneWords, amplitude: Self) -> Lane<Self>;
}

macro_rules! soft {
    ($t:ty, $langevin:ident, $langevin_kernel:ident, $ball:ident, $ball_kernel:ident, $kick:ident, $kick_kernel:ident) => {
        impl SoftReal for $t {
            fn langevin(x: &mut [Lane<Self>], f: &[Lane<Self>], words: &mut LaneWords, constants: [Self; 4]) {
                $langevin(x, f, words, constants);
            }
            fn heavy_ball(
                x: &mut [Lane<Self>],
                v: &mut [Lane<Self>],
                f: &[Lane<Self>],
                eta: &Lane<Self>,
                constants: [Self; 3],
            ) -> Lane<Self> {
                $ball(x, v, f, eta, constants)
            }
            fn kick(x: &mut [Lane<Self>], words: &mut LaneWords, amplitude: Self) -> Lane<Self> {
                $kick(x, words, amplitude)
            }
        }
        lightfall_core::dispatch! {
            fn $langevin(x: &mut [Lane<$t>], f: &[Lane<$t>], words: &mut LaneWords, constants: [$t; 4]) = $langevin_kernel;
        }
        #[inline(always)]
        fn $langevin_kernel<const FMA: bool>(x: &mut [Lane<$t>], f: &[Lane<$t>], words: &mut LaneWords, constants: [$t; 4]) {
            let [dt, a, g, amplitude] = constants;
            for (x, f) in x.chunks_mut(2).zip(f.chunks(2)) {
                let drawn = if amplitude > 0.0 { normals(words.words(), words.words()) } else { [[0.0; LANES]; 2] };
                for ((x, f), drawn) in x.iter_mut().zip(f).zip(&drawn) {
                    for l in 0..LANES {
                        let force = dt * (a * x[l] + g * f[l]) + amplitude * <$t>::from(drawn[l]);
                        x[l] = (x[l] + force) / (1.0 + dt * x[l] * x[l]);
                    }
                }
            }
        }
        lightfall_core::dispatch! {
            fn $ball(x: &mut [Lane<$t>], v: &mut [Lane<$t>], f: &[Lane<$t>], eta: &Lane<$t>, constants: [$t; 3]) -> Lane<$t> = $ball_kernel;
        }
        #[inline(always)]
        fn $ball_kernel<const FMA: bool>(
            x: &mut [Lane<$t>],
            v: &mut [Lane<$t>],
            f: &[Lane<$t>],
            eta: &Lane<$t>,
            constants: [$t; 3],
        ) -> Lane<$t> {
            let [a, g, momentum] = constants;
            let mut squares = [0.0; LANES];
            for ((x, v), f) in x.iter_mut().zip(v).zip(f) {
                for l in 0..LANES {
                    let gradient = (x[l] * x[l] - a) * x[l] - g * f[l];
                    squares[l] += gradient * gradient;
                    v[l] = momentum * v[l] - eta[l] * gradient;
                    x[l] += v[l];
                }
            }
            squares
        }
        lightfall_core::dispatch! {
            fn $kick(x: &mut [Lane<$t>], words: &mut LaneWords, amplitude: $t) -> Lane<$t> = $kick_kernel;
        }
        #[inline(always)]
        fn $kick_kernel<const FMA: bool>(x: &mut [Lane<$t>], words: &mut LaneWords, amplitude: $t) -> Lane<$t> {
            let mut largest = [0.0; LANES];
            for x in x.chunks_mut(2) {
                let drawn = normals(words.words(), words.words());
                for (x, drawn) in x.iter_mut().zip(&drawn) {
                    for l in 0..LANES {
                        x[l] += amplitude * <$t>::from(drawn[l]);
                        let square = x[l] * x[l];
                        largest[l] = if square > largest[l] { square } else { largest[l] };
                    }
                }
            }
            largest
        }
    };
}
soft!(f32, langevin_single, langevin_single_kernel, ball_single, ball_single_kernel, kick_single, kick_single_kernel);
soft!(f64, langevin_double, langevin_double_kernel, ball_double, ball_double_kernel, kick_double, kick_double_kernel);
