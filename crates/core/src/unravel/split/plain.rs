//! The split step written plainly: for fewer than six spins, for exponents too large for running factors, and as the
//! reference of the fast kernel.

use super::{SplitSystem, kernel};
use num_complex::Complex64;

/// s_i of the configuration with bits `x`.
fn spin(x: usize, site: usize) -> f64 {
    if x >> site & 1 == 0 { 1.0 } else { -1.0 }
}

/// psi(x) *= exp(sum_{i<j} (i g h J_ij + h decay_ij) s_i s_j + sum_i b_i s_i) up to a common factor, O(N^2 2^N). `h` of the decay has the
/// squared amplitude in it.
pub(super) fn multiply(
    system: &SplitSystem,
    gh: f64,
    h: f64,
    decay: &[Complex64],
    linear: &[Complex64],
    psi: &mut [f64],
) {
    let n = system.sites;
    let (re, im) = psi.split_at_mut(1 << n);
    let exponent = |x: usize| -> Complex64 {
        let mut sum: Complex64 = (0..n).map(|i| linear[i] * spin(x, i)).sum();
        for i in 0..n {
            for j in i + 1..n {
                let q = Complex64::new(0.0, gh * system.couplings[i * n + j]) + h * decay[i * n + j];
                sum += q * spin(x, i) * spin(x, j);
            }
        }
        sum
    };
    // In logarithms, so that the largest amplitude afterwards is 1: a factor alone may be as far off scale as the amplitude it
    // belongs to. Amplitudes that are zero stay so, however large their factor.
    let mut top = f64::NEG_INFINITY;
    for x in 0..re.len() {
        let size = re[x].hypot(im[x]);
        if size > 0.0 {
            top = top.max(exponent(x).re + size.ln());
        }
    }
    for x in 0..re.len() {
        let size = re[x].hypot(im[x]);
        if size > 0.0 {
            let v = Complex64::new(re[x] / size, im[x] / size) * (exponent(x) + size.ln() - top).exp();
            (re[x], im[x]) = (v.re, v.im);
        }
    }
}

/// psi <- prod_i (1 - i t X_i) psi, then the weights per bin.
pub(super) fn turn(sites: usize, t: f64, psi: &mut [f64], bins: &mut [f64]) {
    let (re, im) = psi.split_at_mut(1 << sites);
    for site in 0..sites {
        for x in (0..re.len()).filter(|x| x >> site & 1 == 0) {
            let y = x | 1 << site;
            let (a, b) = (Complex64::new(re[x], im[x]), Complex64::new(re[y], im[y]));
            let minus_it = Complex64::new(0.0, -t);
            let (a, b) = (a + minus_it * b, b + minus_it * a);
            (re[x], im[x], re[y], im[y]) = (a.re, a.im, b.re, b.im);
        }
    }
    for (bin, (r, i)) in bins.iter_mut().zip(re.chunks(kernel::BIN).zip(im.chunks(kernel::BIN))) {
        *bin = r.iter().zip(i).map(|(r, i)| r * r + i * i).sum();
    }
}

/// psi(x) *= sum_i u_i s_i(x): a click of the channel with row `u`.
pub(super) fn multiply_linear(u: &[Complex64], psi: &mut [f64]) {
    const LOW: usize = 6;
    let low = u.len().min(LOW);
    let block = 1usize << low;
    let value = |u: &[Complex64], x: usize| -> Complex64 { u.iter().enumerate().map(|(i, u)| u * spin(x, i)).sum() };
    let mut table = [Complex64::ZERO; 1 << LOW];
    for (x, t) in table[..block].iter_mut().enumerate() {
        *t = value(&u[..low], x);
    }
    let (re, im) = psi.split_at_mut(psi.len() / 2);
    for (b, (r, i)) in re.chunks_exact_mut(block).zip(im.chunks_exact_mut(block)).enumerate() {
        let high = value(&u[low..], b);
        for k in 0..block {
            let v = (table[k] + high) * Complex64::new(r[k], i[k]);
            (r[k], i[k]) = (v.re, v.im);
        }
    }
}
