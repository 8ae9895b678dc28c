//! Jump operators that follow a ramp: the master equation against a Liouvillian made by hand, and every unravelling against the master equation.

mod systems;

use lightfall_cavity::multimode::{Limit, Mode, Multimode};
use lightfall_cavity::open_ising::Glass;
use lightfall_core::operator::Axis;
use lightfall_core::schedule::{Ramp, Schedule};
use lightfall_core::unravel::split::{Split, Watch};
use lightfall_core::unravel::{Detector, Diffusion, Filter, Grid, Unravelling};
use num_complex::Complex64;
use systems::dense::Dense;
use systems::{Ensemble, Observed, all, assert_within, general_paths, master, means, recording, spins};

const TIMES: [f64; 3] = [1.0, 2.0, 4.0];

/// Two atoms in two modes, g(t) from 0 to 2.4 in a time of 3.
fn device() -> Multimode {
    Multimode {
        sites: 2,
        atoms: 1,
        wz: 1.0,
        g: Schedule::Linear(Ramp { from: 0.0, to: 2.4, start: 0.0, end: 3.0 }).compile().unwrap(),
        modes: vec![Mode { detuning: 3.0, kappa: 1.2 }, Mode { detuning: 3.6, kappa: 0.9 }],
        coupling: vec![0.9, 0.4, -0.5, 0.8],
        energy: vec![0.0; 4],
    }
}

fn observed() -> Vec<Observed> {
    use lightfall_core::operator::PauliSum;
    let one = |axis, site| PauliSum::site(axis, site);
    // The algebra's X is sigma^z, its Z sigma^x.
    vec![spins(2, one(Axis::X, 0)), spins(2, one(Axis::X, 1)), spins(2, &one(Axis::Z, 0) * &one(Axis::Z, 1))]
}

fn reference(glass: &Glass) -> Vec<f64> {
    means(&observed(), &master(&glass.lindbladian(), &glass.initial_ket(), &TIMES, 1e-10))
}

/// The means of `observed` by fourth-order Runge-Kutta steps with dense matrices made by hand.
fn by_hand(device: &Multimode) -> Vec<f64> {
    let c = Complex64::from;
    let spin = |axis: usize, site| {
        let (axis, sign) = [(2, 0.5), (1, -0.5), (0, 0.5)][axis];
        Dense::zero(4).plus(c(sign), &Dense::sigma(axis, site, 2))
    };
    let operators = |t: f64| {
        let g = 2.4 * (t / 3.0).min(1.0);
        let mut hamiltonian = spin(2, 0).plus(c(1.0), &spin(2, 1));
        let mut jumps = Vec::new();
        for (m, mode) in device.modes.iter().enumerate() {
            let alpha = |w: f64| -1.0 / Complex64::new(mode.detuning + w, -mode.kappa);
            let (mut v, mut b) = (Dense::zero(4), Dense::zero(4));
            for i in 0..2 {
                let weight = c(g * device.coupling[2 * i + m]);
                let raise = spin(0, i).plus(Complex64::I, &spin(1, i));
                v = v.plus(weight, &spin(0, i));
                b = b.plus(0.5 * weight * alpha(1.0), &raise).plus(0.5 * weight * alpha(-1.0), &raise.adjoint());
            }
            hamiltonian = hamiltonian.plus(c(0.5), &v.times(&b)).plus(c(0.5), &b.adjoint().times(&v));
            jumps.push(Dense::zero(4).plus(c((2.0 * mode.kappa).sqrt()), &b));
        }
        (hamiltonian, jumps)
    };
    // All down: (|+> - |->)/sqrt(2) on each atom.
    let mut rho = Dense::new(4, |r, k| c(0.25 * if (r.count_ones() + k.count_ones()) % 2 == 0 { 1.0 } else { -1.0 }));
    let slope = |t: f64, rho: &Dense| {
        let (h, jumps) = operators(t);
        rho.lindblad(&h, &jumps)
    };
    let (steps, mut out) = (400, Vec::new());
    for k in 0..steps {
        let h = 4.0 / f64::from(steps);
        let t = h * f64::from(k);
        let a = slope(t, &rho);
        let b = slope(t + 0.5 * h, &rho.plus(c(0.5 * h), &a));
        let d = slope(t + 0.5 * h, &rho.plus(c(0.5 * h), &b));
        let e = slope(t + h, &rho.plus(c(h), &d));
        rho = rho.plus(c(h / 6.0), &a).plus(c(h / 3.0), &b).plus(c(h / 3.0), &d).plus(c(h / 6.0), &e);
        if [99, 199, 399].contains(&k) {
            let sz = |i| 2.0 * spin(2, i).times(&rho).trace().re;
            out.extend([sz(0), sz(1), 4.0 * spin(0, 0).times(&spin(0, 1)).times(&rho).trace().re]);
        }
    }
    out
}

#[test]
fn the_master_equation_follows_the_ramp() {
    let device = device();
    let (found, expected) = (reference(&device.atom_only(Limit::None)), by_hand(&device));
    for (a, b) in found.iter().zip(&expected) {
        assert!((a - b).abs() < 1e-7, "{found:?} {expected:?}");
    }
    // Without the ramp of the jump operators the answer is another one.
    let mut still = device.atom_only(Limit::None);
    still.cavity.as_mut().unwrap().amplitude = lightfall_core::schedule::CompiledSchedule::constant(2.4);
    assert!((reference(&still)[0] - expected[0]).abs() > 0.1);
}

#[test]
fn every_unravelling_averages_to_the_ramped_master_equation() {
    // 3000 trajectories, 9 numbers and 4 unravellings: 4 standard errors, a false alarm in 400; weak errors of dt = 0.02 below 0.003.
    let glass = device().atom_only(Limit::None);
    let (system, psi, observed, expected) = (glass.lindbladian(), glass.initial_ket(), observed(), reference(&glass));
    let ensemble = Ensemble { seed: 61, trajectories: 3000, psi: &psi, times: &TIMES, observed: &observed };
    for (name, mut unravelling) in general_paths(&system, 0.02, false) {
        let sample = ensemble.run(unravelling.as_mut(), |_, _| {});
        assert_within(name, &sample, &expected, 4.0, 0.003);
    }
}

#[test]
fn the_split_step_averages_to_the_ramped_master_equation() {
    let glass = device().atom_only(Limit::X);
    let (system, psi, observed, expected) =
        (glass.split_system().unwrap(), glass.initial_ket(), observed(), reference(&glass));
    let ensemble = Ensemble { seed: 62, trajectories: 3000, psi: &psi, times: &TIMES, observed: &observed };
    let watches = [
        Watch::Counting,
        Watch::Diffusive(Diffusion::Homodyne { phase: 0.4 }),
        Watch::Diffusive(Diffusion::Heterodyne),
    ];
    for watch in watches {
        let mut split = Split::new(&system, watch, Grid::new(0.05), false);
        let sample = ensemble.run(&mut split, |_, _| {});
        assert_within(watch.name(), &sample, &expected, 4.0, 0.003);
    }
}

#[test]
fn the_density_filter_of_a_ramped_record_is_the_trajectory() {
    let glass = device().atom_only(Limit::None);
    let (system, psi, grid) = (glass.lindbladian(), glass.initial_ket(), Grid::new(0.01));
    let streams = lightfall_core::rng::Streams::new(63, 0);
    let detection = all(Detector::Heterodyne, 1.0, system.jumps().len());
    for trajectory in 0..5 {
        let mut path = lightfall_core::unravel::Monitored::new(&system, &detection, grid, true);
        path.start(&streams, trajectory, &psi);
        let mut from = 0.0;
        TIMES.iter().for_each(|&to| {
            path.advance(from, to).unwrap();
            from = to;
        });
        let record = recording(&detection, grid, &TIMES, path.measured());
        let mut filter = Filter::new(&system, &detection, grid, &record);
        filter.start(&psi);
        let mut from = 0.0;
        TIMES.iter().for_each(|&to| {
            filter.advance(from, to).unwrap();
            from = to;
        });
        let ket = path.state();
        let overlap: f64 = (0..16)
            .map(|k| {
                let a = |x: usize| Complex64::new(ket[x], ket[4 + x]);
                (a(k / 4).conj() * a(k % 4) * Complex64::new(filter.state()[k], filter.state()[16 + k])).re
            })
            .sum();
        assert!((overlap - 1.0).abs() < 1e-9, "{overlap}");
    }
}
