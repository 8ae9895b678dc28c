//! The noise average of the split step, as a map on the density matrix: the same for all three unravellings.

use super::{Grid, SplitSystem, Watch};
use num_complex::Complex64;

/// Evolves `rho` (2^N x 2^N, split row-major) from `from` to `to` by the averaged split step with the steps of `grid`.
///
/// Turns of every spin on both sides, then rho(x, y) *= exp(-i g h (E(x) - E(y)) - (1/2) sum_k (|l_k(x)|^2 + |l_k(y)|^2 - 2 l_k(x)
/// l_k(y)^*) h). Its difference from the master equation is the weak error of the split step, with no sampling noise.
/// O(N 4^N) per step.
pub fn averaged_channel(system: &SplitSystem, grid: Grid, from: f64, to: f64, rho: &mut [f64]) {
    let dim = 1usize << system.sites;
    let (steps, coarse) = grid.steps(from, to);
    let rows = 1usize << grid.refinement;
    let (total, h) = (steps * rows, coarse / rows as f64);
    let (energy, dephasing) = tables(system, dim);
    let mut decay: (f64, Vec<Complex64>) = (f64::NAN, Vec::new());
    turn(system, 0.5 * h, rho);
    for step in 0..total {
        let t = from + (step as f64 + 0.5) * h;
        let (gh, sh) = (system.pump.value(t) * h, system.amplitude.value(t).powi(2) * h);
        let phase: Vec<Complex64> = energy.iter().map(|e| Complex64::cis(-gh * e)).collect();
        if decay.0 != sh {
            decay = (sh, dephasing.iter().map(|d| (sh * d).exp()).collect());
        }
        let (re, im) = rho.split_at_mut(dim * dim);
        for x in 0..dim {
            for y in 0..dim {
                let k = x * dim + y;
                let v = decay.1[k] * phase[x] * phase[y].conj() * Complex64::new(re[k], im[k]);
                (re[k], im[k]) = (v.re, v.im);
            }
        }
        turn(system, if step + 1 < total { h } else { 0.5 * h }, rho);
    }
}

/// E(x) without g, and the exponent of the dephasing per unit time at (x, y).
fn tables(system: &SplitSystem, dim: usize) -> (Vec<f64>, Vec<Complex64>) {
    let n = system.sites;
    let spin = |x: usize, i: usize| if x >> i & 1 == 0 { 1.0 } else { -1.0 };
    let energy = |x: usize| -> f64 {
        let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
        -pairs.map(|(i, j)| system.couplings[i * n + j] * spin(x, i) * spin(x, j)).sum::<f64>()
    };
    let l: Vec<Vec<Complex64>> =
        (0..system.channels()).map(|k| (0..dim).map(|x| system.eigenvalue(k, x)).collect()).collect();
    let mut dephasing = vec![Complex64::ZERO; dim * dim];
    for l in &l {
        for x in 0..dim {
            for y in 0..dim {
                dephasing[x * dim + y] += l[x] * l[y].conj() - 0.5 * (l[x].norm_sqr() + l[y].norm_sqr());
            }
        }
    }
    ((0..dim).map(energy).collect(), dephasing)
}

/// rho <- U rho U^dag with U = prod_i exp(-i w h X_i / 2).
fn turn(system: &SplitSystem, h: f64, rho: &mut [f64]) {
    let n = system.sites;
    let (sin, cos) = (0.5 * system.field * h).sin_cos();
    let (re, im) = rho.split_at_mut(rho.len() / 2);
    // Bits 0..n are the column (ket conjugated), bits n..2n the row.
    for bit in 0..2 * n {
        let s = if bit < n { sin } else { -sin };
        let half = 1usize << bit;
        for (re, im) in re.chunks_exact_mut(2 * half).zip(im.chunks_exact_mut(2 * half)) {
            let ((ar, br), (ai, bi)) = (re.split_at_mut(half), im.split_at_mut(half));
            for k in 0..half {
                let (a, b) = (Complex64::new(ar[k], ai[k]), Complex64::new(br[k], bi[k]));
                // cos a + i s b and the same with a and b exchanged.
                (ar[k], ai[k]) = (cos * a.re - s * b.im, cos * a.im + s * b.re);
                (br[k], bi[k]) = (cos * b.re - s * a.im, cos * b.im + s * a.re);
            }
        }
    }
}

impl Watch {
    /// Name of the unravelling, as in the list of levels.
    pub fn name(self) -> &'static str {
        match self {
            Watch::Counting => "counting",
            Watch::Diffusive(super::Diffusion::Homodyne { .. }) => "homodyne",
            Watch::Diffusive(super::Diffusion::Heterodyne) => "heterodyne",
        }
    }
}
