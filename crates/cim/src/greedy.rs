//! Descent by single flips: the steepest first.

use crate::Instance;

/// A flip that lowers the energy by less than this part of |h_i| + sum_j |J_ij| is rounding.
const ROUNDING: f64 = 1e-12;

/// Flips, one after the other, the spin that lowers the energy most, until none does. Returns the number of flips.
///
/// In f64. O(n) per flip and one row of J.
pub fn polish(instance: &Instance, spins: &mut [i8]) -> usize {
    let n = spins.len();
    if n == 0 {
        return 0;
    }
    let couplings = instance.couplings();
    let (mut fields, mut sizes) = (vec![0.0; n], vec![0.0; n]);
    for i in 0..n {
        let h = instance.fields().get(i).copied().unwrap_or(0.0);
        let (mut field, mut size) = (h, h.abs());
        couplings.visit_row(i, &mut |j, value| {
            if i != j {
                field += value * f64::from(spins[j]);
                size += value.abs();
            }
        });
        (fields[i], sizes[i]) = (field, size);
    }
    let mut flips = 0;
    loop {
        // The energy changes by 2 s_i f_i.
        let gain = |i: usize| -f64::from(spins[i]) * fields[i];
        let Some(i) = (0..n).max_by(|a, b| gain(*a).total_cmp(&gain(*b))) else { break };
        if gain(i) <= ROUNDING * sizes[i] {
            break;
        }
        spins[i] = -spins[i];
        let change = 2.0 * f64::from(spins[i]);
        couplings.visit_row(i, &mut |j, value| {
            if i != j {
                fields[j] += change * value;
            }
        });
        flips += 1;
    }
    flips
}
