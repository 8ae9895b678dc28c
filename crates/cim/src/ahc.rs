//! Coherent Ising machine with amplitude heterogeneity correction: errors drive all intensities to one target, which follows the state.
//!
//! dx_i/dt = (p - 1) x_i - x_i^3 + e_i xi sum_j J_ij x_j,   de_i/dt = -beta e_i (x_i^2 - a),   a = max(p - 1 + (xi/N) sum_ij J_ij s_i s_j, `least`)
//!
//! with s_i = sign(x_i): a is the intensity that pulses of one amplitude would have at e = 1. Explicit Euler steps; |x_i| is kept below 1.5 and e_i below 32.
//! xi = `coupling`/lambda_max(J). The pump p rises linearly from `pump_start` to `pump_end` over nine tenths of the run.
//!
//! Source: Leleu, Yamamoto, McMahon and Aihara, Phys. Rev. Lett. 122, 040607 (2019).

use crate::Parameter;
use crate::feedback::{DT, Drive, FeedbackMachine, PUMP_END, PUMP_START};
use crate::lanes::{LANES, Lane};

/// `ahc`.
pub const AHC: FeedbackMachine = FeedbackMachine {
    name: "ahc",
    about: "coherent Ising machine, amplitude heterogeneity correction (Leleu et al. 2019)",
    parameters: &[
        DT,
        Parameter { name: "coupling", default: 2.5, low: 1e-3, high: 100.0, about: "xi times lambda_max(J)" },
        PUMP_START,
        PUMP_END,
        Parameter { name: "beta", default: 1.2, low: 0.0, high: 100.0, about: "rate of the errors" },
        Parameter { name: "least", default: 0.3, low: 1e-3, high: 100.0, about: "least target intensity" },
    ],
    tuned: 0.15,
    error: 1.0,
    strength: |settings| settings.get("coupling"),
    law: |settings, dt| {
        let (beta, least) = (settings.get("beta") as f32, settings.get("least") as f32);
        Box::new(move |x, e, f, drive| {
            // sum_ij J_ij s_i s_j = -2 E.
            let alignment = drive.energies.map(|energy| -2.0 * energy / x.len() as f32);
            let target = alignment.map(|a| least.max(drive.pump - 1.0 + drive.coupling * a));
            advance(x, e, f, drive, &target, [dt, beta]);
        })
    },
};

lightfall_core::dispatch! {
    /// A step towards the intensities `target`; constants dt, beta.
    fn advance(x: &mut [Lane<f32>], e: &mut [Lane<f32>], f: &[Lane<f32>], drive: Drive, target: &Lane<f32>, constants: [f32; 2]) = advance_kernel;
}

#[inline(always)]
fn advance_kernel<const FMA: bool>(
    x: &mut [Lane<f32>],
    e: &mut [Lane<f32>],
    f: &[Lane<f32>],
    drive: Drive,
    target: &Lane<f32>,
    constants: [f32; 2],
) {
    let [dt, beta] = constants;
    for ((x, e), f) in x.iter_mut().zip(e).zip(f) {
        for l in 0..LANES {
            let (amplitude, error) = (x[l], e[l]);
            let square = amplitude * amplitude;
            let rate = (drive.pump - 1.0 - square) * amplitude + error * drive.coupling * f[l];
            x[l] = (amplitude + dt * rate).clamp(-1.5, 1.5);
            e[l] = (error - dt * beta * error * (square - target[l])).clamp(0.0, 32.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_settles_at_the_target_with_errors_of_one() {
        // Aligned spins with J = 1: E = -1, so a = p - 1 + xi = 0.5, and at x^2 = a the error is 1.
        let drive = Drive { pump: 0.5, coupling: 1.0, part: 0.0, energies: [-1.0; LANES] };
        let (mut x, mut e) = (vec![[0.3; LANES]; 2], vec![[1.2; LANES]; 2]);
        for _ in 0..8000 {
            let f = vec![x[1], x[0]];
            advance(&mut x, &mut e, &f, drive, &[0.5; LANES], [0.05, 0.4]);
        }
        assert!((x[0][2] * x[0][2] - 0.5).abs() < 1e-4 && (e[1][9] - 1.0).abs() < 1e-3, "{} {}", x[0][2], e[1][9]);
    }
}
