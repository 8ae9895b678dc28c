//! Systems with known answers, each documented with its equations, and the few tools that every method is run with.

#![allow(dead_code, reason = "every test file uses a part of this list")]

pub(crate) mod damped_mode;
pub(crate) mod dense;
pub(crate) mod driven_atom;
pub(crate) mod four_spins;
pub(crate) mod ladder_pair;
pub(crate) mod rabi;
pub(crate) mod sde;
pub(crate) mod three_spins;
pub(crate) mod two_channels;

use lightfall_core::lindblad::{Lindbladian, pure_density, trace_product};
use lightfall_core::ode::{Dopri5, Tolerance};
use lightfall_core::operator::{Operator, PauliSum, SpinOperator, expectation};
use lightfall_core::rng::Streams;
use lightfall_core::stats::Covariance;
use lightfall_core::unravel::recording::Spacing;
use lightfall_core::unravel::{
    Counting, Detection, Detector, Diffusion, Diffusive, Grid, Measured, Output, Recording, Unravelling,
};
use num_complex::Complex64;
use std::sync::Arc;

/// An observable, shared by kets and density matrices.
pub(crate) type Observed = Arc<dyn Operator>;

/// A spin observable.
pub(crate) fn spins(sites: usize, sum: PauliSum) -> Observed {
    Arc::new(SpinOperator::new(sites, sum))
}

/// A ket in the split storage of the library: real parts, then imaginary parts.
pub(crate) fn split(amplitudes: &[Complex64]) -> Vec<f64> {
    amplitudes.iter().map(|a| a.re).chain(amplitudes.iter().map(|a| a.im)).collect()
}

/// The ket of the basis state `index`.
pub(crate) fn basis_ket(dim: usize, index: usize) -> Vec<f64> {
    let mut psi = vec![0.0; 2 * dim];
    psi[index] = 1.0;
    psi
}

/// 1 - |<reference|psi>|^2 of two normalised kets: blind to a global phase.
pub(crate) fn infidelity(psi: &[f64], reference: &[Complex64]) -> f64 {
    let dim = reference.len();
    let overlap: Complex64 = (0..dim).map(|k| reference[k].conj() * Complex64::new(psi[k], psi[dim + k])).sum();
    1.0 - overlap.norm_sqr()
}

/// The density matrix at each of `times`, from the pure state `psi` at time 0; error per step at most `tolerance` in every entry.
pub(crate) fn master(system: &Lindbladian, psi: &[f64], times: &[f64], tolerance: f64) -> Vec<Vec<f64>> {
    let mut rho = pure_density(psi);
    let mut equation = system.master();
    let mut solver = Dopri5::new(rho.len(), Tolerance::new(0.0, tolerance).unwrap());
    let mut from = 0.0;
    times
        .iter()
        .map(|&to| {
            solver.integrate(&mut |t, y, dy| equation.rhs(t, y, dy), from, to, &mut rho).unwrap();
            from = to;
            rho.clone()
        })
        .collect()
}

/// Tr(A rho), real part: A is Hermitian.
pub(crate) fn mean(observed: &Observed, rho: &[f64]) -> f64 {
    trace_product(observed.as_ref(), rho, &mut vec![0.0; rho.len()]).re
}

/// Tr(A rho) of every observable at every time, time by time.
pub(crate) fn means(observed: &[Observed], states: &[Vec<f64>]) -> Vec<f64> {
    states.iter().flat_map(|rho| observed.iter().map(|a| mean(a, rho))).collect()
}

/// What an ensemble of trajectories is run with.
pub(crate) struct Ensemble<'a> {
    pub(crate) seed: u64,
    pub(crate) trajectories: u64,
    pub(crate) psi: &'a [f64],
    pub(crate) times: &'a [f64],
    pub(crate) observed: &'a [Observed],
}

impl Ensemble<'_> {
    /// Means and covariances of all observables at all times (time by time) over the trajectories; `last` sees every record.
    pub(crate) fn run(&self, unravelling: &mut dyn Unravelling, mut last: impl FnMut(&[f64], Measured)) -> Covariance {
        let streams = Streams::new(self.seed, 0);
        let mut sample = Covariance::new(self.observed.len() * self.times.len());
        let mut scratch = vec![0.0; self.psi.len()];
        for trajectory in 0..self.trajectories {
            unravelling.start(&streams, trajectory, self.psi);
            let mut from = 0.0;
            let mut row = Vec::with_capacity(sample.mean.len());
            for &to in self.times {
                unravelling.advance(from, to).unwrap();
                from = to;
                row.extend(self.observed.iter().map(|a| expectation(a.as_ref(), unravelling.state(), &mut scratch).re));
            }
            sample.push(&row);
            last(unravelling.state(), unravelling.measured());
        }
        sample
    }
}

/// Asserts that every mean is within `errors` standard errors of its reference, plus `bias` for the step error.
pub(crate) fn assert_within(name: &str, sample: &Covariance, reference: &[f64], errors: f64, bias: f64) {
    let (p, n) = (reference.len(), sample.count as f64);
    let covariance = sample.matrix();
    let mut worst = 0.0_f64;
    for k in 0..p {
        let error = (covariance[k * p + k] / n).sqrt();
        let off = (sample.mean[k] - reference[k]).abs();
        worst = worst.max(off / error.max(1e-12));
        assert!(
            off <= errors * error + bias,
            "{name}, component {k}: {} +- {error}, expected {}",
            sample.mean[k],
            reference[k]
        );
    }
    println!("{name}: largest deviation {worst:.2} standard errors");
}

/// Counting, homodyne at two phases and heterodyne by the general path, with their names.
pub(crate) fn general_paths(
    system: &Lindbladian,
    dt: f64,
    keep_record: bool,
) -> Vec<(&'static str, Box<dyn Unravelling + '_>)> {
    let diffusive = |d| -> Box<dyn Unravelling> { Box::new(Diffusive::new(system, d, Grid::new(dt), keep_record)) };
    vec![
        ("counting", Box::new(Counting::new(system, 1e-8).unwrap())),
        ("homodyne, phase 0", diffusive(Diffusion::Homodyne { phase: 0.0 })),
        ("homodyne, phase 0.9", diffusive(Diffusion::Homodyne { phase: 0.9 })),
        ("heterodyne", diffusive(Diffusion::Heterodyne)),
    ]
}

/// Starts of the steps of `grid` between `times`, 0 first.
pub(crate) fn step_starts(grid: Grid, times: &[f64]) -> Vec<f64> {
    let mut from = 0.0;
    let mut starts = Vec::new();
    for &to in times {
        let (steps, h) = grid.steps(from, to);
        starts.extend((0..steps).map(|k| from + k as f64 * h));
        from = to;
    }
    starts
}

/// What a trajectory of `detection` on `grid` has measured up to the last of `times`, as input.
pub(crate) fn recording(detection: &Detection, grid: Grid, times: &[f64], measured: Measured) -> Recording {
    let end = times[times.len() - 1];
    let (width, rows) = measured.increments();
    let starts = if width > 0 { step_starts(grid, times) } else { vec![] };
    Recording::new(detection, &starts, rows.to_vec(), Spacing::Irregular { end }, measured.clicks().to_vec()).unwrap()
}

/// `detector` of `efficiency` at every one of `channels` outputs.
pub(crate) fn all(detector: Detector, efficiency: f64, channels: usize) -> Detection {
    Detection::new(vec![Output { detector, efficiency }; channels]).unwrap()
}
