//! Entropies and negativities that levels report, against density matrices by hand.

mod systems;

use lightfall_cavity::multimode::{Limit, Mode, Multimode, build_composite};
use lightfall_cavity::open_ising::{LevelKind, Observable, Selection, Settings, build_level};
use lightfall_cavity::{Description, LevelName};
use lightfall_core::ensemble::{BlockRunner, Level};
use lightfall_core::lindblad::{Lindbladian, pure_density};
use lightfall_core::ode::{Dop853, Tolerance};
use lightfall_core::rng::Streams;
use lightfall_core::schedule::CompiledSchedule;
use lightfall_linalg::hermitian_eigenvalues;
use num_complex::Complex64;
use systems::dense::Dense;

const END: f64 = 3.0;

fn device(sites: usize) -> Multimode {
    let modes = vec![Mode { detuning: 2.0, kappa: 0.3 }, Mode { detuning: 2.6, kappa: 0.4 }];
    Multimode {
        sites,
        atoms: 1,
        wz: 1.0,
        g: CompiledSchedule::constant(1.3),
        modes,
        coupling: [0.9, 0.4, -0.5, 0.8, 0.7, 0.6, 0.3, -0.9][..2 * sites].to_vec(),
        energy: vec![0.0; sites * sites],
    }
}

/// rho at the end.
fn evolved(system: &Lindbladian, psi: &[f64]) -> Dense {
    let mut rho = pure_density(psi);
    let mut equation = system.master();
    let mut solver = Dop853::new(rho.len(), Tolerance::norm(1e-10, rho.len()).unwrap());
    solver.integrate(&mut |t, y, dy| equation.rhs(t, y, dy), 0.0, END, &mut rho).unwrap();
    let n = (rho.len() / 2).isqrt();
    Dense::new(n, |r, c| Complex64::new(rho[r * n + c], rho[n * n + r * n + c]))
}

/// ||rho^T||_1 with the transpose over the first `sites` of `all` spins, each by rho^T = (rho + X rho X - Y rho Y + Z rho Z)/2; `rest` is the dimension of what is
/// beyond the spins.
fn trace_norm(rho: Dense, sites: usize, all: usize, rest: usize) -> f64 {
    let beyond = Dense::identity(rest);
    let transposed = (0..sites).fold(rho, |rho, site| {
        [1.0, -1.0, 1.0].into_iter().enumerate().fold(
            Dense::zero(rho.n).plus(Complex64::from(0.5), &rho),
            |sum, (axis, sign)| {
                let pauli = beyond.kron(&Dense::sigma(axis, site, all));
                sum.plus(Complex64::from(0.5 * sign), &pauli.times(&rho).times(&pauli))
            },
        )
    });
    hermitian_eigenvalues(transposed.n, &transposed.entries).unwrap().iter().map(|v| v.abs()).sum()
}

fn settings() -> Settings {
    Settings { tolerance: 1e-10, ..Settings::new(0.01, Streams::new(5, 0)) }
}

/// The numbers of `names` at the end of trajectory `k`.
fn last<const K: usize>(level: &dyn Level, k: u64, names: [&str; K]) -> [f64; K] {
    let rows = BlockRunner::new(level, &[0.0, END], false).trajectory(k).unwrap().to_vec();
    names.map(|name| rows[level.layout().width() + level.layout().column(name).unwrap()])
}

fn selection(observables: &[Observable]) -> Selection {
    Selection { observables: observables.to_vec(), ..Selection::default() }
}

const NEGATIVITIES: [Observable; 2] = [Observable::Negativity, Observable::LogNegativity];

fn assert_is(found: [f64; 2], norm: f64) {
    println!("negativity {:.6}, log-negativity {:.6}, by hand {:.6}", found[0], found[1], 0.5 * (norm - 1.0));
    assert!((found[0] - 0.5 * (norm - 1.0)).abs() < 1e-7 && (found[1] - norm.log2()).abs() < 1e-7, "{found:?} {norm}");
    // There is something to find.
    assert!(norm > 1.01, "{norm}");
}

#[test]
fn negativities_of_the_master_equation_are_those_of_its_density_matrix() {
    let glass = device(4).atom_only(Limit::None);
    let level = build_level(&glass, LevelKind::Master, &settings(), &selection(&NEGATIVITIES), None).unwrap();
    let rho = evolved(&glass.lindbladian(), &glass.initial_ket());
    assert_is(last(level.as_ref(), 0, ["negativity", "log_negativity"]), trace_norm(rho, 2, 4, 1));
}

#[test]
fn negativities_with_modes_are_those_of_sites_against_all_else() {
    let (device, cuts) = (device(2), [4, 4]);
    let (full, glass) = (device.full(&cuts), device.atom_only(Limit::None));
    let name = LevelName { description: Description::Full, kind: LevelKind::Master };
    let level = build_composite(&device, &cuts, &glass, name, &settings(), &selection(&NEGATIVITIES), None).unwrap();
    let rho = evolved(&full.lindbladian, &full.initial_ket());
    assert_is(last(level.as_ref(), 0, ["negativity", "log_negativity"]), trace_norm(rho, 1, 2, 16));
}

#[test]
fn a_spin_of_a_pure_trajectory_is_entangled_as_much_as_it_is_short() {
    // Of a pure state, ||rho^T||_1 = 1 + sqrt(1 - |s|^2) with s the Bloch vector of the one spin, and S is the entropy of (1 +- |s|)/2.
    let device = device(2);
    let glass = device.atom_only(Limit::None);
    let observed = [Observable::Sx, Observable::Sy, Observable::Sz, Observable::Entropy, Observable::HalfEntropy];
    let selection = selection(&[NEGATIVITIES.as_slice(), &observed].concat());
    for description in [Description::Atom, Description::Full] {
        for kind in [LevelKind::Heterodyne, LevelKind::Counting] {
            let name = LevelName { description, kind };
            let level = if description == Description::Full {
                build_composite(&device, &[7, 7], &glass, name, &settings(), &selection, None).unwrap()
            } else {
                build_level(&glass, kind, &settings(), &selection, None).unwrap()
            };
            for k in 0..5 {
                let names = ["negativity", "log_negativity", "sx", "sy", "sz", "entropy", "half_entropy"];
                let [negativity, log, x, y, z, entropy, half] = last(level.as_ref(), k, names);
                let length = (x * x + y * y + z * z).sqrt();
                let of = |p: f64| -p * p.log2();
                let expected = of(0.5 * (1.0 + length)) + of(0.5 * (1.0 - length));
                assert!(
                    (entropy - expected).abs() < 1e-7 && (half - expected).abs() < 1e-7,
                    "{entropy} {half} {expected}"
                );
                assert_is([negativity, log], 1.0 + (1.0 - length * length).sqrt());
            }
        }
    }
}
