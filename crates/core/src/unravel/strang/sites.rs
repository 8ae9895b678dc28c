//! The parts of a drift on sites of any number of states.

use super::half_mixed;
use super::quadratic::multiply;
use crate::operator::collective::levels;
use crate::operator::pairs::{SpinPairs, spin_axes};
use crate::operator::small::{ExpWork, apply, exponential, product_into};
use crate::simd::madd;
use lightfall_linalg::symmetric_eigen;
use num_complex::Complex64;

/// Tables and gates of one step.
#[derive(Debug)]
pub(super) struct SiteParts {
    states: usize,
    z: Vec<f64>,
    /// Row, column and value of Y beside its diagonal.
    y: Vec<(usize, usize, f64)>,
    /// U with Y = U^dag Z U, and U^dag.
    to_y: [Vec<Complex64>; 2],
    diagonal: Vec<f64>,
    across: Vec<f64>,
    mixed: Mixed,
    gates: [Vec<Vec<Complex64>>; 2],
    half: Vec<Complex64>,
    work: ExpWork,
    scratch: Vec<f64>,
}

impl SiteParts {
    /// For `sites` sites of `states` states; `None` if Y cannot be diagonalised.
    pub(super) fn new(sites: usize, states: usize) -> Option<Self> {
        let (d, dim) = (states, states.pow(sites as u32));
        let [x, y, _] = spin_axes(d);
        // Y = D X D^dag with D = diag(i^k), and X real: its eigenvectors, the largest first.
        let real: Vec<f64> = x.iter().map(|v| v.re).collect();
        let (_, vectors) = symmetric_eigen(d, &real).ok()?;
        let to = |k: usize| vectors[k % d * d + (d - 1 - k / d)] * Complex64::new(0.0, -1.0).powu((k % d) as u32);
        let to: Vec<Complex64> = (0..d * d).map(to).collect();
        let from = (0..d * d).map(|k| to[k % d * d + k / d].conj()).collect();
        let beside = y.iter().enumerate().filter(|(_, v)| v.im != 0.0).map(|(k, v)| (k / d, k % d, v.im));
        let table = || vec![0.0; 2 * dim];
        let gates = || vec![vec![Complex64::ZERO; d * d]; sites];
        Some(Self {
            states,
            z: levels(d),
            y: beside.collect(),
            to_y: [to, from],
            diagonal: table(),
            across: table(),
            mixed: Mixed { states: d, weights: vec![Vec::new(); sites] },
            gates: [gates(), gates()],
            half: vec![Complex64::ZERO; d * d],
            work: ExpWork::new(d),
            scratch: table(),
        })
    }

    /// psi <- the step of `total`.
    pub(super) fn step(&mut self, total: &SpinPairs, psi: &mut [f64], term: &mut [f64], next: &mut [f64]) {
        let d = self.states;
        let Self {
            z, y, to_y: [to, from], diagonal, across, mixed, gates: [before, after], half, work, scratch, ..
        } = self;
        set_exponential(z, 0.5 * total.constant, 0.5, &total.zz, diagonal);
        set_exponential(z, Complex64::ZERO, 1.0, &total.yy, across);
        mixed.set(z, &total.zy);
        for (m, (before, after)) in total.site.iter().zip(before.iter_mut().zip(after.iter_mut())) {
            half.iter_mut().zip(m).for_each(|(h, m)| *h = 0.5 * m);
            exponential(d, half, work);
            product_into(d, to, half, before);
            product_into(d, half, from, after);
        }
        let mut turn = |gates: &[Vec<Complex64>], psi: &mut [f64]| {
            let mut stride = 1;
            for g in gates {
                apply(d, g, stride, psi, scratch);
                stride *= d;
            }
        };
        let nothing = mixed.is_zero();
        let mut mix = |psi: &mut [f64]| half_mixed(nothing, |s, x, to| mixed.apply_add(s, y, x, to), psi, term, next);
        multiply(diagonal, psi);
        mix(psi);
        turn(before, psi);
        multiply(across, psi);
        turn(after, psi);
        mix(psi);
        multiply(diagonal, psi);
    }
}

/// exp(c + s sum_{i<j} a_ij z_i z_j) of every configuration.
fn set_exponential(z: &[f64], constant: Complex64, scale: f64, matrix: &[Complex64], out: &mut [f64]) {
    let (d, n) = (z.len(), matrix.len().isqrt());
    let (re, im) = out.split_at_mut(out.len() / 2);
    (re[0], im[0]) = (constant.re, constant.im);
    let mut below = 1;
    for i in 0..n {
        // The largest z of site i last: its part holds the exponents of the sites below until then.
        for k in (0..d).rev() {
            for x in 0..below {
                let (mut field, mut rest) = (Complex64::ZERO, x);
                for a in &matrix[i * n..i * n + i] {
                    field += a * z[rest % d];
                    rest /= d;
                }
                let add = scale * z[k] * field;
                (re[k * below + x], im[k * below + x]) = (re[x] + add.re, im[x] + add.im);
            }
        }
        below *= d;
    }
    for (r, i) in re.iter_mut().zip(im) {
        let value = Complex64::new(*r, *i).exp();
        (*r, *i) = (value.re, value.im);
    }
}

/// sum_{i != j} e_ij Z_i Y_j.
#[derive(Debug)]
struct Mixed {
    states: usize,
    /// For each j, sum_{i != j} e_ij z_i of every configuration; empty where all e_ij are zero.
    weights: Vec<Vec<f64>>,
}

impl Mixed {
    fn set(&mut self, z: &[f64], e: &[Complex64]) {
        let (n, d) = (self.weights.len(), self.states);
        let dim = d.pow(n as u32);
        for (j, weights) in self.weights.iter_mut().enumerate() {
            let of = |i: usize| if i == j { Complex64::ZERO } else { e[i * n + j] };
            if (0..n).all(|i| of(i) == Complex64::ZERO) {
                weights.clear();
                continue;
            }
            weights.resize(2 * dim, 0.0);
            let (re, im) = weights.split_at_mut(dim);
            (re[0], im[0]) = (0.0, 0.0);
            let mut below = 1;
            for i in 0..n {
                for k in (0..d).rev() {
                    let add = of(i) * z[k];
                    for x in 0..below {
                        (re[k * below + x], im[k * below + x]) = (re[x] + add.re, im[x] + add.im);
                    }
                }
                below *= d;
            }
        }
    }

    fn is_zero(&self) -> bool {
        self.weights.iter().all(Vec::is_empty)
    }

    /// y += s A x.
    fn apply_add(&self, s: f64, of_y: &[(usize, usize, f64)], x: &[f64], y: &mut [f64]) {
        let (d, half) = (self.states, x.len() / 2);
        let ((xr, xi), (yr, yi)) = (x.split_at(half), y.split_at_mut(half));
        let mut stride = 1;
        for weights in &self.weights {
            if !weights.is_empty() {
                let (wr, wi) = weights.split_at(half);
                for block in (0..half).step_by(stride * d) {
                    for &(r, c, v) in of_y {
                        let (to, from) = (block + r * stride, block + c * stride);
                        let (to, from) = (to..to + stride, from..from + stride);
                        let w = [&wr[to.clone()], &wi[to.clone()]];
                        let x = [&xr[from.clone()], &xi[from]];
                        add_weighted(s * v, w[0], w[1], x[0], x[1], &mut yr[to.clone()], &mut yi[to]);
                    }
                }
            }
            stride *= d;
        }
    }
}

crate::dispatch! {
    /// y += i s w x, entry by entry.
    fn add_weighted(s: f64, wr: &[f64], wi: &[f64], xr: &[f64], xi: &[f64], yr: &mut [f64], yi: &mut [f64]) = add_weighted_kernel;
}

#[inline(always)]
fn add_weighted_kernel<const FMA: bool>(
    s: f64,
    wr: &[f64],
    wi: &[f64],
    xr: &[f64],
    xi: &[f64],
    yr: &mut [f64],
    yi: &mut [f64],
) {
    let n = xr.len();
    let (wr, wi, xi, yr, yi) = (&wr[..n], &wi[..n], &xi[..n], &mut yr[..n], &mut yi[..n]);
    for k in 0..n {
        let (a, b) = (s * wr[k], s * wi[k]);
        // i (a + i b)(x + i y) = -(a y + b x) + i (a x - b y).
        yr[k] = madd::<FMA>(-a, xi[k], madd::<FMA>(-b, xr[k], yr[k]));
        yi[k] = madd::<FMA>(a, xr[k], madd::<FMA>(-b, xi[k], yi[k]));
    }
}
