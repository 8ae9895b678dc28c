//! Filters that are diagonal in Fourier space.

use std::sync::{Arc, Mutex, PoisonError};

use lightfall_core::simd::{Isa, isa};
use num_complex::Complex64;
use rustfft::{Fft, FftPlanner, FftPlannerScalar};

/// Elements of a block that is transposed at a time: 16 x 16 complex numbers, 4 kB.
const TILE: usize = 16;

/// y = F^-1 lambda F x for real x on a torus, with F the Fourier transform and lambda real and even.
///
/// On a ring of even length the transform is complex of half the length (even and odd elements as real and imaginary part);
/// otherwise it is complex of the full length. Sequential; the bits depend on the instruction set as stated in
/// [`lightfall_core::simd`], and on nothing else.
pub(crate) struct Filter {
    plan: Plan,
    spare: Mutex<Vec<Workspace>>,
}

enum Plan {
    Ring(Ring),
    Torus(Torus),
}

#[derive(Default)]
struct Workspace {
    values: Vec<Complex64>,
    turned: Vec<Complex64>,
    scratch: Vec<Complex64>,
}

type Transform = Arc<dyn Fft<f64>>;

/// Forward and inverse plans of `length`.
fn plan(length: usize) -> (Transform, Transform) {
    // LIGHTFALL_ISA=baseline asks for the bits of the portable path.
    if isa() == Isa::Baseline {
        let mut planner = FftPlannerScalar::new();
        (planner.plan_fft_forward(length), planner.plan_fft_inverse(length))
    } else {
        let mut planner = FftPlanner::new();
        (planner.plan_fft_forward(length), planner.plan_fft_inverse(length))
    }
}

impl Filter {
    /// The filter of the even sequence `c` on a torus of `sizes`, last side fastest, and the eigenvalues lambda.
    ///
    /// (y)_i = sum_j c_(j - i mod sizes) x_j.
    pub(crate) fn new(sizes: &[usize], c: &[f64]) -> (Self, Vec<f64>) {
        let mut torus = Torus::new(sizes);
        let mut workspace = Workspace { values: c.iter().map(|&c| c.into()).collect(), ..Workspace::default() };
        torus.transform(&mut workspace, true);
        // lambda_k of an even sequence is real: its imaginary part is rounding.
        let lambda: Vec<f64> = workspace.values.iter().map(|value| value.re).collect();
        let plan = match *sizes {
            [n] if n.is_multiple_of(2) => Plan::Ring(Ring::new(&lambda)),
            _ => {
                torus.gains = lambda.iter().map(|value| value / lambda.len() as f64).collect();
                Plan::Torus(torus)
            }
        };
        (Self { plan, spare: Mutex::default() }, lambda)
    }

    /// y <- J x for row-major `x` and `y` of `columns` columns.
    pub(crate) fn apply(&self, x: &[f64], y: &mut [f64], columns: usize) {
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut workspace = spare().pop().unwrap_or_default();
        for column in 0..columns {
            match &self.plan {
                Plan::Ring(ring) => ring.apply(&mut workspace, &x[column..], &mut y[column..], columns),
                Plan::Torus(torus) => torus.apply(&mut workspace, &x[column..], &mut y[column..], columns),
            }
        }
        spare().push(workspace);
    }
}

/// A ring of even length n = 2m.
///
/// With z_j = x_2j + i x_(2j+1), Z its transform of length m, and E, O the transforms of the even and odd elements:
/// E_k = (Z_k + Z*_(m-k))/2, O_k = -i (Z_k - Z*_(m-k))/2. The filter makes of them
/// Z_k <- a_k Z_k + g_k O_k + i g_k* E_k, a_k = (lambda_k + lambda_(k+m))/2, g_k = e^(-2 pi i k/n) (lambda_k - lambda_(k+m))/2.
struct Ring {
    forward: Transform,
    inverse: Transform,
    /// a_k/m and g_k/m, k = 0 .. floor(m/2).
    gains: Vec<(f64, Complex64)>,
}

impl Ring {
    fn new(lambda: &[f64]) -> Self {
        let (n, m) = (lambda.len(), lambda.len() / 2);
        let (forward, inverse) = plan(m);
        let gain = |k: usize| {
            let (sum, difference) = (lambda[k] + lambda[k + m], lambda[k] - lambda[k + m]);
            let turn = Complex64::cis(-std::f64::consts::TAU * k as f64 / n as f64);
            let half = 0.5 / m as f64;
            (half * sum, half * difference * turn)
        };
        Self { forward, inverse, gains: (0..=m / 2).map(gain).collect() }
    }

    fn apply(&self, workspace: &mut Workspace, x: &[f64], y: &mut [f64], stride: usize) {
        let m = self.forward.len();
        let Workspace { values, scratch, .. } = workspace;
        values.resize(m, Complex64::ZERO);
        scratch.resize(
            self.forward.get_inplace_scratch_len().max(self.inverse.get_inplace_scratch_len()),
            Complex64::ZERO,
        );
        for (j, z) in values.iter_mut().enumerate() {
            *z = Complex64::new(x[2 * j * stride], x[(2 * j + 1) * stride]);
        }
        self.forward.process_with_scratch(values, scratch);
        for (k, &(a, g)) in self.gains.iter().enumerate() {
            let mirror = if k == 0 { 0 } else { m - k };
            let (z, w) = (values[k], values[mirror].conj());
            let (even, odd) = (0.5 * (z + w), (z - w) * Complex64::new(0.0, -0.5));
            values[k] = a * z + g * odd + Complex64::I * (g.conj() * even);
            if mirror != k {
                // a is even about m/2; g becomes its conjugate, E and O theirs.
                values[mirror] = a * w.conj() + g.conj() * odd.conj() + Complex64::I * (g * even.conj());
            }
        }
        self.inverse.process_with_scratch(values, scratch);
        for (j, z) in values.iter().enumerate() {
            y[2 * j * stride] = z.re;
            y[(2 * j + 1) * stride] = z.im;
        }
    }
}

/// A torus of any sides.
struct Torus {
    n: usize,
    /// Side, stride and transforms of each axis.
    axes: Vec<(usize, usize, Transform, Transform)>,
    /// lambda_k/n.
    gains: Vec<f64>,
}

impl Torus {
    fn new(sizes: &[usize]) -> Self {
        let n = sizes.iter().product();
        let mut stride = n;
        let axis = |&side: &usize| {
            stride /= side;
            let (forward, inverse) = plan(side);
            (side, stride, forward, inverse)
        };
        Self { n, axes: sizes.iter().map(axis).collect(), gains: Vec::new() }
    }

    /// Transforms along every axis in place, without a factor.
    fn transform(&self, workspace: &mut Workspace, forward: bool) {
        let Workspace { values, turned, scratch } = workspace;
        for (side, stride, there, back) in &self.axes {
            let fft = if forward { there } else { back };
            scratch.resize(fft.get_inplace_scratch_len(), Complex64::ZERO);
            if *stride == 1 {
                fft.process_with_scratch(values, scratch);
                continue;
            }
            turned.resize(side * stride, Complex64::ZERO);
            for block in values.chunks_exact_mut(side * stride) {
                transpose(block, turned, *side, *stride);
                fft.process_with_scratch(turned, scratch);
                transpose(turned, block, *stride, *side);
            }
        }
    }

    fn apply(&self, workspace: &mut Workspace, x: &[f64], y: &mut [f64], stride: usize) {
        workspace.values.resize(self.n, Complex64::ZERO);
        for (j, z) in workspace.values.iter_mut().enumerate() {
            *z = x[j * stride].into();
        }
        self.transform(workspace, true);
        for (z, gain) in workspace.values.iter_mut().zip(&self.gains) {
            *z *= *gain;
        }
        self.transform(workspace, false);
        for (j, z) in workspace.values.iter().enumerate() {
            y[j * stride] = z.re;
        }
    }
}

/// b <- a^T for row-major a of `rows` x `columns`.
fn transpose(a: &[Complex64], b: &mut [Complex64], rows: usize, columns: usize) {
    for row in (0..rows).step_by(TILE) {
        for column in (0..columns).step_by(TILE) {
            for r in row..rows.min(row + TILE) {
                for c in column..columns.min(column + TILE) {
                    b[c * rows + r] = a[r * columns + c];
                }
            }
        }
    }
}
