//! Coherent Ising machine with chaotic feedback control: an error variable for each pulse drives the intensity of its feedback to a target.
//!
//! z_i = e_i xi sum_j J_ij x_j,   dx_i/dt = (p - 1) x_i - x_i^3 + z_i,   de_i/dt = -beta e_i (z_i^2 - alpha)
//!
//! Explicit Euler steps; |x_i| is kept below 1.5 and e_i between 0.01 and 32. xi = `coupling`/lambda_max(J). The pump p rises linearly from `pump_start` to `pump_end` over nine tenths of the run.
//!
//! Source: Reifenstein et al., Adv. Quantum Technol. 4, 2100077 (2021).

use crate::Parameter;
use crate::feedback::{DT, Drive, FeedbackMachine, PUMP_END, PUMP_START};
use crate::lanes::{LANES, Lane};

/// `cfc`.
pub const CFC: FeedbackMachine = FeedbackMachine {
    name: "cfc",
    about: "coherent Ising machine, chaotic feedback control (Reifenstein et al. 2021)",
    parameters: &[
        DT,
        Parameter { name: "coupling", default: 1.5, low: 1e-3, high: 100.0, about: "xi times lambda_max(J)" },
        PUMP_START,
        PUMP_END,
        Parameter { name: "alpha", default: 1.0, low: 1e-3, high: 100.0, about: "target intensity of the feedback" },
        Parameter { name: "beta", default: 0.2, low: 0.0, high: 100.0, about: "rate of the errors" },
    ],
    tuned: 0.2,
    error: 1.0,
    strength: |settings| settings.get("coupling"),
    law: |settings, dt| {
        let (alpha, beta) = (settings.get("alpha") as f32, settings.get("beta") as f32);
        Box::new(move |x, e, f, drive| advance(x, e, f, drive, [dt, alpha, beta]))
    },
};

lightfall_core::dispatch! {
    /// A step; constants dt, alpha, beta.
    fn advance(x: &mut [Lane<f32>], e: &mut [Lane<f32>], f: &[Lane<f32>], drive: Drive, constants: [f32; 3]) = advance_kernel;
}

#[inline(always)]
fn advance_kernel<const FMA: bool>(
    x: &mut [Lane<f32>],
    e: &mut [Lane<f32>],
    f: &[Lane<f32>],
    drive: Drive,
    constants: [f32; 3],
) {
    let [dt, alpha, beta] = constants;
    for ((x, e), f) in x.iter_mut().zip(e).zip(f) {
        for l in 0..LANES {
            let (amplitude, error) = (x[l], e[l]);
            let z = error * drive.coupling * f[l];
            let rate = (drive.pump - 1.0 - amplitude * amplitude) * amplitude + z;
            x[l] = (amplitude + dt * rate).clamp(-1.5, 1.5);
            e[l] = (error - dt * beta * error * (z * z - alpha)).clamp(0.01, 32.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_settles_at_the_target_feedback() {
        let drive = Drive { pump: 0.5, coupling: 1.0, part: 0.0, energies: [0.0; LANES] };
        let (mut x, mut e) = (vec![[0.1; LANES]; 2], vec![[1.0; LANES]; 2]);
        for _ in 0..8000 {
            let f = vec![x[1], x[0]];
            advance(&mut x, &mut e, &f, drive, [0.05, 0.64, 0.2]);
        }
        // z = e xi x = sqrt(alpha) and x^3 + (1 - p) x = z.
        let (x, e) = (x[0][5], e[0][5]);
        assert!((e * x - 0.8).abs() < 1e-3 && (x * x * x + 0.5 * x - 0.8).abs() < 1e-3, "{x} {e}");
    }
}
