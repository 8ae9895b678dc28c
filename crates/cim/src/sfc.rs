//! Coherent Ising machine with separated feedback control: saturated feedback, and a slow error that follows it.
//!
//! z_i = xi sum_j J_ij x_j,   dx_i/dt = (p - 1) x_i - x_i^3 + tanh(c z_i) + k (z_i - e_i),   de_i/dt = -beta (e_i - z_i)
//!
//! Explicit Euler steps; |x_i| is kept below 1.5. xi = `coupling`/lambda_max(J); tanh u is taken as u (27 + u^2)/(27 + 9 u^2) up to |u| = 3, within 0.024 of it. The pump p rises linearly from `pump_start` to
//! `pump_end`, and c from 1 to 3 times `gain`, over nine tenths of the run.
//!
//! Source: Reifenstein et al., Adv. Quantum Technol. 4, 2100077 (2021), whose feedback has the opposite sign of J.

use crate::Parameter;
use crate::feedback::{DT, Drive, FeedbackMachine, PUMP_END, PUMP_START};
use crate::lanes::{LANES, Lane};

/// `sfc`.
pub const SFC: FeedbackMachine = FeedbackMachine {
    name: "sfc",
    about: "coherent Ising machine, separated feedback control (Reifenstein et al. 2021)",
    parameters: &[
        DT,
        Parameter { name: "coupling", default: 1.4, low: 1e-3, high: 100.0, about: "xi times lambda_max(J)" },
        PUMP_START,
        PUMP_END,
        Parameter {
            name: "gain",
            default: 1.5,
            low: 1e-3,
            high: 100.0,
            about: "first gain c of the saturated feedback",
        },
        Parameter { name: "k", default: 0.2, low: 0.0, high: 100.0, about: "strength of the error" },
        Parameter { name: "beta", default: 0.1, low: 0.0, high: 100.0, about: "rate of the errors" },
    ],
    tuned: 0.14,
    error: 0.0,
    strength: |settings| settings.get("coupling") * (3.0 * settings.get("gain") + settings.get("k")),
    law: |settings, dt| {
        let [gain, k, beta] = ["gain", "k", "beta"].map(|name| settings.get(name) as f32);
        Box::new(move |x, e, f, drive| advance(x, e, f, drive, [dt, gain * (1.0 + 2.0 * drive.part), k, beta]))
    },
};

lightfall_core::dispatch! {
    /// A step; constants dt, c, k, beta.
    fn advance(x: &mut [Lane<f32>], e: &mut [Lane<f32>], f: &[Lane<f32>], drive: Drive, constants: [f32; 4]) = advance_kernel;
}

#[inline(always)]
fn advance_kernel<const FMA: bool>(
    x: &mut [Lane<f32>],
    e: &mut [Lane<f32>],
    f: &[Lane<f32>],
    drive: Drive,
    constants: [f32; 4],
) {
    let [dt, gain, k, beta] = constants;
    for ((x, e), f) in x.iter_mut().zip(e).zip(f) {
        for l in 0..LANES {
            let (amplitude, error) = (x[l], e[l]);
            let z = drive.coupling * f[l];
            let u = (gain * z).clamp(-3.0, 3.0);
            let saturated = u * (27.0 + u * u) / (27.0 + 9.0 * u * u);
            let rate = (drive.pump - 1.0 - amplitude * amplitude) * amplitude + saturated + k * (z - error);
            x[l] = (amplitude + dt * rate).clamp(-1.5, 1.5);
            e[l] = error - dt * beta * (error - z);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_settles_where_the_error_has_caught_up() {
        let drive = Drive { pump: 0.5, coupling: 1.0, part: 0.0, energies: [0.0; LANES] };
        let (mut x, mut e) = (vec![[0.1; LANES]; 2], vec![[0.0; LANES]; 2]);
        for _ in 0..8000 {
            let f = vec![x[1], x[0]];
            advance(&mut x, &mut e, &f, drive, [0.05, 1.2, 0.2, 0.1]);
        }
        // e = z = xi x and x^3 + (1 - p) x = tanh(c z), within what stands for tanh.
        let (x, e) = (x[0][2], e[0][2]);
        assert!((e - x).abs() < 1e-4 && (x * x * x + 0.5 * x - (1.2 * x).tanh()).abs() < 0.025, "{x} {e}");
    }
}
