//! The eliminated cavity against the full model, and its operators against those made by hand.

mod systems;

use lightfall_cavity::multimode::{Limit, Mode, Multimode};
use lightfall_core::lindblad::{Lindbladian, pure_density};
use lightfall_core::ode::{Dop853, Tolerance};
use lightfall_core::operator::Sparse;
use lightfall_core::schedule::CompiledSchedule;
use lightfall_linalg::{expm, hermitian_eigenvalues};
use num_complex::Complex64;
use systems::dense::Dense;

/// Delta, kappa; trace distance to the full model of the atom-only equation, of the Redfield equation, of its first order in wz and of its S^x limit, each the
/// largest on 41 times and that at t = 20.
const DISTANCES: [[f64; 10]; 12] = [
    [3.0, 0.2, 0.109, 0.041, 0.109, 0.042, 0.116, 0.068, 0.137, 0.137],
    [3.0, 1.0, 0.083, 0.026, 0.080, 0.026, 0.092, 0.033, 0.290, 0.290],
    [3.0, 5.0, 0.021, 0.007, 0.020, 0.007, 0.026, 0.007, 0.088, 0.088],
    [5.0, 0.2, 0.103, 0.037, 0.103, 0.038, 0.104, 0.048, 0.101, 0.052],
    [5.0, 1.0, 0.083, 0.014, 0.082, 0.014, 0.084, 0.023, 0.168, 0.168],
    [5.0, 5.0, 0.018, 0.005, 0.016, 0.005, 0.018, 0.005, 0.103, 0.103],
    [10.0, 0.2, 0.048, 0.028, 0.047, 0.028, 0.048, 0.030, 0.044, 0.017],
    [10.0, 1.0, 0.034, 0.012, 0.034, 0.012, 0.035, 0.016, 0.063, 0.063],
    [10.0, 5.0, 0.022, 0.002, 0.022, 0.002, 0.023, 0.002, 0.081, 0.081],
    [20.0, 0.2, 0.028, 0.017, 0.028, 0.017, 0.028, 0.018, 0.028, 0.015],
    [20.0, 1.0, 0.022, 0.011, 0.022, 0.011, 0.022, 0.012, 0.021, 0.017],
    [20.0, 5.0, 0.017, 0.002, 0.017, 0.002, 0.017, 0.002, 0.044, 0.044],
];
/// <S^z_1>, <S^x_1 S^x_2> at t = 20: full model, then atom-only.
const MEANS: [[f64; 4]; 12] = [
    [-0.35763, -0.01192, -0.38140, -0.01659],
    [-0.25619, -0.00946, -0.27484, -0.01121],
    [-0.08029, -0.00260, -0.08632, -0.00236],
    [-0.37213, -0.01076, -0.39406, -0.01256],
    [-0.21488, -0.01216, -0.22485, -0.01364],
    [-0.09362, -0.00317, -0.09804, -0.00311],
    [-0.41403, -0.01530, -0.42968, -0.01521],
    [-0.24555, -0.01905, -0.25362, -0.01973],
    [-0.08094, -0.00403, -0.08289, -0.00412],
    [-0.44958, -0.01706, -0.45905, -0.01667],
    [-0.32589, -0.02261, -0.33241, -0.02263],
    [-0.09105, -0.01047, -0.09245, -0.01064],
];

/// Two atoms in two modes, g^2 Delta/(Delta^2 + kappa^2) = 1/2.
fn two_atoms(detuning: f64, kappa: f64) -> Multimode {
    let modes = vec![Mode { detuning, kappa }, Mode { detuning: 1.1 * detuning, kappa }];
    let g = (0.5 / modes[0].attraction()).sqrt();
    Multimode {
        sites: 2,
        atoms: 1,
        wz: 1.0,
        g: CompiledSchedule::constant(g),
        modes,
        coupling: vec![0.9, 0.4, -0.5, 0.8],
        energy: vec![0.0; 4],
    }
}

/// rho at t = 0.5, 1, .., 20.
fn evolve(system: &Lindbladian, psi: &[f64]) -> Vec<Vec<f64>> {
    let mut rho = pure_density(psi);
    let mut equation = system.master();
    let mut solver = Dop853::new(rho.len(), Tolerance::norm(1e-7, rho.len()).unwrap());
    let step = |k: u32| {
        let from = 0.5 * f64::from(k);
        solver.integrate(&mut |t, y, dy| equation.rhs(t, y, dy), from, from + 0.5, &mut rho).unwrap();
        rho.clone()
    };
    (0..40).map(step).collect()
}

/// (1/2) sum |eigenvalues of a - b|.
fn trace_distance(dim: usize, a: &[f64], b: &[f64]) -> f64 {
    let entry = |k: usize| Complex64::new(a[k] - b[k], a[dim * dim + k] - b[dim * dim + k]);
    let difference: Vec<Complex64> = (0..dim * dim).map(entry).collect();
    0.5 * hermitian_eigenvalues(dim, &difference).unwrap().iter().map(|v| v.abs()).sum::<f64>()
}

/// <S^z_0> and <S^x_0 S^x_1> of two spins; index bit 0 is S^x = 1/2.
fn means(rho: &[f64]) -> [f64; 2] {
    [rho[1] + rho[2 * 4 + 3], 0.25 * (rho[0] - rho[5] - rho[10] + rho[15])]
}

/// S^a of `site` in the basis of the library: S^x -> Z/2, S^z -> X/2, S^y -> -Y/2.
fn spin(axis: usize, site: usize, sites: usize) -> Dense {
    let (axis, sign) = [(2, 0.5), (1, -0.5), (0, 0.5)][axis];
    Dense::zero(1 << sites).plus(Complex64::from(sign), &Dense::sigma(axis, site, sites))
}

/// alpha_+-(Delta +- wz) of the literal operators, or their first order in wz: -1/z +- wz/z^2 with z = Delta - i kappa.
fn alpha(mode: &Mode, w: f64, first_order: bool) -> Complex64 {
    let z = Complex64::new(mode.detuning, -mode.kappa);
    if first_order { -1.0 / z + w / (z * z) } else { -1.0 / (z + w) }
}

/// V_m and B_m of section 2 by hand, with g = `g`.
fn literal(device: &Multimode, g: f64, first_order: bool) -> Vec<[Dense; 2]> {
    let (n, modes, half) = (device.sites, device.modes.len(), Complex64::from(0.5));
    let of_mode = |(m, mode): (usize, &Mode)| {
        let zero = Dense::zero(1 << n);
        (0..n).fold([zero.clone(), zero], |[v, b], i| {
            let weight = Complex64::from(g * device.coupling[i * modes + m]);
            let raise = spin(0, i, n).plus(Complex64::I, &spin(1, i, n));
            let b = b
                .plus(half * weight * alpha(mode, device.wz, first_order), &raise)
                .plus(half * weight * alpha(mode, -device.wz, first_order), &raise.adjoint());
            [v.plus(weight, &spin(0, i, n)), b]
        })
    };
    device.modes.iter().enumerate().map(of_mode).collect()
}

/// wz sum_i S^z_i.
fn field(device: &Multimode) -> Dense {
    let n = device.sites;
    (0..n).fold(Dense::zero(1 << n), |h, i| h.plus(Complex64::from(device.wz), &spin(2, i, n)))
}

/// H_eff and L_m.
fn eliminated(device: &Multimode, operators: &[[Dense; 2]]) -> (Dense, Vec<Dense>) {
    let half = Complex64::from(0.5);
    let hamiltonian =
        operators.iter().fold(field(device), |h, [v, b]| h.plus(half, &v.times(b)).plus(half, &b.adjoint().times(v)));
    let jump = |(mode, [_, b]): (&Mode, &[Dense; 2])| Dense::zero(b.n).plus((2.0 * mode.kappa).sqrt().into(), b);
    (hamiltonian, device.modes.iter().zip(operators).map(jump).collect())
}

/// The Redfield equation, -i [H_S, rho] + sum_m ( -i [V_m, B_m rho] + h.c. ), on row-major rho: A rho B is A (x) B^T.
fn redfield(device: &Multimode, operators: &[[Dense; 2]]) -> Dense {
    let (one, i) = (Dense::identity(1 << device.sites), Complex64::I);
    operators.iter().fold(Dense::liouvillian(&field(device), &[]), |sum, [v, b]| {
        sum.plus(-i, &v.times(b).kron(&one))
            .plus(i, &b.kron(&v.transpose()))
            .plus(i, &one.kron(&b.adjoint().times(v).transpose()))
            .plus(-i, &v.kron(&b.adjoint().transpose()))
    })
}

/// rho at t = 0.5, 1, .., 20 under the matrix `generator`, from all spins down, in the storage of the library.
fn evolve_by_hand(device: &Multimode, generator: &Dense) -> Vec<Vec<f64>> {
    let size = generator.n;
    let map = Dense { n: size, entries: expm(size, &generator.entries.iter().map(|v| 0.5 * v).collect::<Vec<_>>()) };
    let start = pure_density(&device.atom_only(Limit::None).initial_ket());
    let mut rho: Vec<Complex64> = (0..size).map(|k| Complex64::new(start[k], start[size + k])).collect();
    let step = |_| {
        rho = (0..size).map(|r| (0..size).map(|k| map.at(r, k) * rho[k]).sum()).collect();
        rho.iter().map(|v| v.re).chain(rho.iter().map(|v| v.im)).collect()
    };
    (0..40).map(step).collect()
}

#[test]
fn elimination_is_as_far_from_the_full_model_as_tabulated() {
    for ([detuning, kappa, distances @ ..], means_expected) in DISTANCES.iter().zip(MEANS) {
        let device = two_atoms(*detuning, *kappa);
        let cut = if *detuning == 3.0 { 7 } else { 5 };
        let full = device.full(&[cut, cut]);
        let states = evolve(&full.lindbladian, &full.initial_ket());
        let worst_top = states.iter().flat_map(|rho| full.top_populations(rho)).fold(0.0, f64::max);
        assert!(worst_top < 1e-5, "Delta = {detuning}, kappa = {kappa}: top population {worst_top:e}");
        let atoms: Vec<Vec<f64>> = states.iter().map(|rho| full.atoms(rho)).collect();
        let g = device.g.value(0.0);
        let [exact, first] = [false, true].map(|first_order| literal(&device, g, first_order));
        let (hamiltonian, jumps) = eliminated(&device, &first);
        let of_library = |limit| {
            let glass = device.atom_only(limit);
            evolve(&glass.lindbladian(), &glass.initial_ket())
        };
        let columns = [
            ("atom-only", of_library(Limit::None)),
            ("Redfield", evolve_by_hand(&device, &redfield(&device, &exact))),
            ("first order", evolve_by_hand(&device, &Dense::liouvillian(&hamiltonian, &jumps))),
            ("S^x", of_library(Limit::X)),
        ];
        for ((name, reduced), expected) in columns.iter().zip(distances.chunks_exact(2)) {
            let distances: Vec<f64> = atoms.iter().zip(reduced).map(|(a, b)| trace_distance(4, a, b)).collect();
            let (largest, last) = (distances.iter().copied().fold(0.0, f64::max), distances[39]);
            println!("Delta {detuning} kappa {kappa} {name}: {largest:.4} {last:.4}, top {worst_top:.1e}");
            for (found, expected) in [largest, last].iter().zip(expected) {
                let off = (found - expected).abs();
                assert!(off < 2e-3, "Delta = {detuning}, kappa = {kappa}, {name}: {found} {expected}");
            }
        }
        let found = [means(&atoms[39]), means(&columns[0].1[39])].concat();
        for (found, expected) in found.iter().zip(means_expected) {
            // Half a unit of the last digit, and the solvers.
            assert!((found - expected).abs() < 7e-6, "Delta = {detuning}, kappa = {kappa}: {found} {expected}");
        }
    }
}

#[test]
fn the_glass_has_the_literal_operators_of_section_2() {
    // Four atoms, three modes, all different, g(t) = 0.3 + 0.2 t at t = 2.
    let (n, modes, t): (usize, usize, f64) = (4, 3, 2.0);
    let g_of_t: f64 = 0.7;
    let draw = |k: usize| (1.3 * k as f64 + 0.4).sin();
    let device = Multimode {
        atoms: 1,
        sites: n,
        wz: 0.8,
        g: lightfall_core::schedule::Schedule::Formula("0.3 + 0.2*t".into()).compile().unwrap(),
        modes: (0..modes).map(|m| Mode { detuning: 3.0 - 2.2 * m as f64, kappa: 0.5 + 0.3 * m as f64 }).collect(),
        coupling: (0..n * modes).map(draw).collect(),
        energy: vec![0.0; n * n],
    };
    let dim = 1 << n;
    let (hamiltonian, jumps) = eliminated(&device, &literal(&device, g_of_t, false));
    // H_eff of the glass may differ by a multiple of the identity.
    let system = device.atom_only(Limit::None).lindbladian();
    let amplitude = system.amplitude(t);
    for (found, expected) in system.jumps().iter().zip(&jumps) {
        let found = Sparse::from_operator(found.as_ref()).to_dense();
        for (a, b) in found.iter().zip(&expected.entries) {
            assert!((amplitude * a - b).norm() < 1e-12);
        }
    }
    let damping = jumps.iter().fold(Dense::zero(dim), |sum, l| sum.plus(Complex64::from(0.5), &l.adjoint().times(l)));
    let mut shift = None;
    for column in 0..dim {
        let (mut x, mut y) = (vec![0.0; 2 * dim], vec![0.0; 2 * dim]);
        x[column] = 1.0;
        system.no_jump(t, 1.0, &x, &mut y, 1);
        for r in 0..dim {
            let found = Complex64::I * (Complex64::new(y[r], y[dim + r]) + damping.at(r, column));
            let difference = found - hamiltonian.at(r, column);
            let expected = if r == column { *shift.get_or_insert(difference) } else { Complex64::ZERO };
            assert!((difference - expected).norm() < 1e-12, "{r} {column}: {difference}");
        }
    }
    assert!(shift.unwrap().im.abs() < 1e-12);
}

#[test]
fn the_x_limit_does_not_cool() {
    // Every jump turns the parity over, so dephasing along x ends in the fully mixed state of all four; the response along y does not.
    let device = two_atoms(3.0, 1.0);
    let last = |limit| {
        let glass = device.atom_only(limit);
        let (system, mut rho) = (glass.lindbladian(), pure_density(&glass.initial_ket()));
        let (mut equation, tolerance) = (system.master(), Tolerance::norm(1e-9, rho.len()).unwrap());
        let mut solver = Dop853::new(rho.len(), tolerance);
        solver.integrate(&mut |t, y, dy| equation.rhs(t, y, dy), 0.0, 1000.0, &mut rho).unwrap();
        (means(&rho), rho.iter().map(|v| v * v).sum::<f64>())
    };
    let ([sz, xx], purity) = last(Limit::X);
    assert!(sz.abs() < 1e-6 && xx.abs() < 1e-6 && (purity - 0.25).abs() < 1e-6, "{sz} {xx} {purity}");
    let ([sz, _], purity) = last(Limit::None);
    assert!(sz < -0.2 && purity > 0.3, "{sz} {purity}");
}
