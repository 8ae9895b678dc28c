//! Coherent Ising machine with chaotic amplitude control: an error variable for each pulse drives its intensity to a target.
//!
//! dx_i/dt = (p - 1) x_i - x_i^3 + e_i xi sum_j J_ij x_j,   de_i/dt = -beta e_i (x_i^2 - alpha)
//!
//! Explicit Euler steps; |x_i| is kept below 1.5 sqrt(alpha) and e_i between 0 and 32. xi = `coupling`/lambda_max(J). The pump p rises linearly from `pump_start` to `pump_end` over nine tenths of the run.
//!
//! Sources: Leleu et al., Commun. Phys. 4, 266 (2021); Reifenstein et al., Adv. Quantum Technol. 4, 2100077 (2021).

use crate::Parameter;
use crate::feedback::{DT, Drive, FeedbackMachine, PUMP_END, PUMP_START};
use crate::lanes::{LANES, Lane};

/// `cac`.
pub const CAC: FeedbackMachine = FeedbackMachine {
    name: "cac",
    about: "coherent Ising machine, chaotic amplitude control (Leleu et al. 2021, Reifenstein et al. 2021)",
    parameters: &[
        DT,
        Parameter { name: "coupling", default: 1.5, low: 1e-3, high: 100.0, about: "xi times lambda_max(J)" },
        PUMP_START,
        PUMP_END,
        Parameter { name: "alpha", default: 1.5, low: 1e-3, high: 100.0, about: "target intensity" },
        Parameter { name: "beta", default: 0.8, low: 0.0, high: 100.0, about: "rate of the errors" },
    ],
    tuned: 0.12,
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
    let most = 1.5 * alpha.sqrt();
    for ((x, e), f) in x.iter_mut().zip(e).zip(f) {
        for l in 0..LANES {
            let (amplitude, error) = (x[l], e[l]);
            let square = amplitude * amplitude;
            let rate = (drive.pump - 1.0 - square) * amplitude + error * drive.coupling * f[l];
            x[l] = (amplitude + dt * rate).clamp(-most, most);
            e[l] = (error - dt * beta * error * (square - alpha)).clamp(0.0, 32.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two spins, J = 1: each has the other's amplitude as its field.
    fn swapped(x: &[Lane<f32>]) -> Vec<Lane<f32>> {
        vec![x[1], x[0]]
    }

    #[test]
    fn a_pair_settles_at_the_target_intensity() {
        let drive = Drive { pump: 0.5, coupling: 1.0, part: 0.0, energies: [0.0; LANES] };
        let (mut x, mut e) = (vec![[0.1; LANES]; 2], vec![[1.0; LANES]; 2]);
        for _ in 0..4000 {
            let f = swapped(&x);
            advance(&mut x, &mut e, &f, drive, [0.05, 0.8, 0.3]);
        }
        // x^2 = alpha and (p - 1 - alpha) + e xi = 0.
        assert!((x[0][3] * x[0][3] - 0.8).abs() < 1e-4 && (e[1][7] - 1.3).abs() < 1e-3, "{} {}", x[0][3], e[1][7]);
    }
}
