//! Jump operators that are vectors of spins of any length: their means, and the exponential of a weighted sum of them.

use crate::operator::collective::levels;
use crate::operator::pairs::spin_axes;
use crate::operator::small::{ExpWork, apply, exponential};
use crate::operator::{Operator, SpinVector};
use num_complex::Complex64;
use std::sync::Arc;

/// The jump operators with their workspace.
#[derive(Debug)]
pub(super) struct Vectors {
    states: usize,
    vectors: Vec<SpinVector>,
    z: Vec<f64>,
    /// Y and Z of a site, row-major.
    axes: [Vec<Complex64>; 2],
    /// <Z_i> and <Y_i>.
    spins: Vec<[f64; 2]>,
    gate: Vec<Complex64>,
    work: ExpWork,
    scratch: Vec<f64>,
}

impl Vectors {
    /// The jump operators, if there are any and all are vectors of spins.
    pub(super) fn new(jumps: &[Arc<dyn Operator>]) -> Option<Self> {
        let all: Vec<(usize, &SpinVector)> = jumps.iter().map(|l| l.spin_vector()).collect::<Option<_>>()?;
        let (states, first) = *all.first()?;
        let (sites, [_, y, z]) = (first.z.len(), spin_axes(states));
        Some(Self {
            states,
            vectors: all.into_iter().map(|(_, v)| v.clone()).collect(),
            z: levels(states),
            axes: [y, z],
            spins: vec![[0.0; 2]; sites],
            gate: vec![Complex64::ZERO; states * states],
            work: ExpWork::new(states),
            scratch: vec![0.0; 2 * states.pow(sites as u32)],
        })
    }

    /// <L_k> of the ket `psi` divided by its squared norm, which is returned.
    pub(super) fn means(&mut self, psi: &[f64], out: &mut [Complex64]) -> f64 {
        let norm = crate::operator::norm_sqr(psi);
        let (re, im) = psi.split_at(psi.len() / 2);
        let (d, y) = (self.states, &self.axes[0]);
        let mut stride = 1;
        for spin in &mut self.spins {
            let (mut along, mut across) = (0.0, 0.0);
            for block in (0..re.len()).step_by(stride * d) {
                for k in 0..d {
                    let own = block + k * stride..block + (k + 1) * stride;
                    along +=
                        self.z[k] * (dot(&re[own.clone()], &re[own.clone()]) + dot(&im[own.clone()], &im[own.clone()]));
                    if k + 1 < d {
                        // 2 Re( conj(psi_k) Y_{k,k+1} psi_{k+1} ), Y_{k,k+1} = -i e.
                        let above = block + (k + 1) * stride..block + (k + 2) * stride;
                        let imaginary = dot(&re[own.clone()], &im[above.clone()]) - dot(&im[own], &re[above]);
                        across -= 2.0 * y[k * d + k + 1].im * imaginary;
                    }
                }
            }
            *spin = [along / norm, across / norm];
            stride *= d;
        }
        for (v, o) in self.vectors.iter().zip(out) {
            *o = self.spins.iter().zip(v.z.iter().zip(&v.y)).map(|([z, y], (a, b))| a * z + b * y).sum();
        }
        norm
    }

    /// psi <- exp(s sum_k w_k L_k) psi.
    pub(super) fn kick(&mut self, s: f64, weights: &[Complex64], psi: &mut [f64]) {
        let Self { states, vectors, axes: [y, z], gate, work, scratch, spins, .. } = self;
        let mut stride = 1;
        for i in 0..spins.len() {
            let sum = |of: fn(&SpinVector) -> &[Complex64]| -> Complex64 {
                s * weights.iter().zip(vectors.iter()).map(|(w, v)| w * of(v)[i]).sum::<Complex64>()
            };
            let (a, b) = (sum(|v| &v.z), sum(|v| &v.y));
            gate.iter_mut().zip(z.iter().zip(y.iter())).for_each(|(g, (z, y))| *g = a * z + b * y);
            exponential(*states, gate, work);
            apply(*states, gate, stride, psi, scratch);
            stride *= *states;
        }
    }
}

crate::dispatch! {
    fn dot(a: &[f64], b: &[f64]) -> f64 = dot_kernel;
}

#[inline(always)]
fn dot_kernel<const FMA: bool>(a: &[f64], b: &[f64]) -> f64 {
    let ((rows, rest), (others, more)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut lanes = [0.0; 8];
    for (a, b) in rows.iter().zip(others) {
        for l in 0..8 {
            lanes[l] = crate::simd::madd::<FMA>(a[l], b[l], lanes[l]);
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().zip(more).map(|(a, b)| a * b).sum::<f64>()
}
