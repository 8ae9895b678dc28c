//! Exponentials on Krylov spaces against dense matrix exponentials.

mod systems;

use lightfall_core::lindblad::{Lindbladian, NoJump, pack, pure_density, unpack};
use lightfall_core::ode::{Dop853, Generator, Magnus, Tolerance};
use lightfall_core::operator::{Axis, PauliSum, norm_sqr};
use lightfall_core::schedule::{CompiledSchedule, Ramp, Schedule};
use lightfall_linalg::expm;
use num_complex::Complex64;
use systems::rabi::distance;
use systems::{basis_ket, four_spins, split};

/// Six spins in a field with couplings sin(3i + 7j), and N collective jump operators if `damped`.
fn glass(damped: bool, pump: Schedule) -> Lindbladian {
    let n = 6;
    let (mut field, mut coupling) = (PauliSum::zero(), PauliSum::zero());
    for i in 0..n {
        field = field + 0.5 * &PauliSum::site(Axis::Z, i);
        for j in 0..i {
            let pair = &PauliSum::site(Axis::X, i) * &PauliSum::site(Axis::X, j);
            coupling.add_scaled(((3 * i + 7 * j) as f64).sin().into(), &pair);
        }
    }
    let jump = |k: usize| {
        (0..n).fold(PauliSum::zero(), |sum, i| sum + (0.2 * ((i * k) as f64).cos()) * &PauliSum::site(Axis::X, i))
    };
    let jumps = if damped { (0..n).map(jump).collect() } else { vec![] };
    let pump = pump.compile().unwrap();
    Lindbladian::spins(n, vec![(CompiledSchedule::constant(1.0), field), (pump, coupling)], jumps)
}

/// The complex matrix of a generator on kets of `dim` amplitudes.
fn dense(generator: &mut impl Generator, dim: usize) -> Vec<Complex64> {
    let mut matrix = vec![Complex64::ZERO; dim * dim];
    let mut column = vec![0.0; 2 * dim];
    for c in 0..dim {
        generator.apply(&[(0.0, 1.0)], &basis_ket(dim, c), &mut column);
        (0..dim).for_each(|r| matrix[r * dim + c] = Complex64::new(column[r], column[dim + r]));
    }
    matrix
}

fn times(matrix: &[Complex64], ket: &[f64]) -> Vec<f64> {
    let dim = ket.len() / 2;
    let amplitude = |k: usize| Complex64::new(ket[k], ket[dim + k]);
    split(&(0..dim).map(|r| (0..dim).map(|c| matrix[r * dim + c] * amplitude(c)).sum()).collect::<Vec<_>>())
}

/// A ket with all amplitudes different from zero.
fn start(dim: usize) -> Vec<f64> {
    let mut psi: Vec<f64> = (0..2 * dim).map(|k| (0.7 * k as f64 + 0.2).sin()).collect();
    let norm = norm_sqr(&psi).sqrt();
    psi.iter_mut().for_each(|v| *v /= norm);
    psi
}

#[test]
fn a_krylov_step_is_the_dense_exponential_to_its_tolerance() {
    for damped in [false, true] {
        let system = glass(damped, Schedule::Constant(1.0));
        for t in [0.05, 1.0, 20.0] {
            let scaled: Vec<Complex64> = dense(&mut NoJump(&system), 64).iter().map(|v| v * t).collect();
            let expected = times(&expm(64, &scaled), &start(64));
            for tolerance in [1e-3, 1e-6, 1e-9, 1e-12] {
                let mut solver = Magnus::new(128, tolerance).unwrap();
                let mut y = start(64);
                solver.integrate(&mut NoJump(&system), 0.0, t, &mut y).unwrap();
                let off = distance(&y, &expected);
                println!("damped {damped}, t {t}, {tolerance:.0e}: {off:.1e} by {} applications", solver.evaluations());
                // The dense exponential and a dozen spaces of 30 vectors round to some 1e-13.
                assert!(off < tolerance + 1e-12, "damped {damped}, t {t}, {tolerance:e}: {off:e}");
            }
        }
    }
}

#[test]
fn the_norm_of_a_closed_system_is_kept_and_that_of_an_open_one_is_not() {
    for damped in [false, true] {
        let system = glass(damped, Schedule::Constant(1.0));
        let mut y = start(64);
        Magnus::new(128, 1e-4).unwrap().integrate(&mut NoJump(&system), 0.0, 100.0, &mut y).unwrap();
        let norm = norm_sqr(&y).sqrt();
        // The orthonormal basis keeps the norm better than the state: only the residual is not a rotation.
        assert_eq!((norm - 1.0).abs() < 1e-6, !damped, "damped {damped}: {norm}");
    }
}

#[test]
fn spaces_that_close_are_exact() {
    // A basis state of a field along z stays where it is, and two coupled states take two dimensions.
    let field = Lindbladian::spins(3, vec![(CompiledSchedule::constant(0.8), PauliSum::site(Axis::Z, 1))], vec![]);
    let turn = Lindbladian::spins(3, vec![(CompiledSchedule::constant(0.8), PauliSum::site(Axis::X, 1))], vec![]);
    let mut solver = Magnus::new(16, 1e-6).unwrap();
    let (mut still, mut turned) = (basis_ket(8, 0), basis_ket(8, 0));
    solver.integrate(&mut NoJump(&field), 0.0, 50.0, &mut still).unwrap();
    solver.integrate(&mut NoJump(&turn), 0.0, 50.0, &mut turned).unwrap();
    let (s, c) = 40.0_f64.sin_cos();
    assert!((still[0] - c).abs() < 1e-12 && (still[8].abs() - s.abs()).abs() < 1e-12);
    assert!((turned[0] - c).abs() < 1e-12 && (turned[8 + 2] + s).abs() < 1e-12, "{turned:?}");
    let mut nothing = vec![0.0; 16];
    solver.integrate(&mut NoJump(&turn), 0.0, 1.0, &mut nothing).unwrap();
    assert!(nothing.iter().all(|v| *v == 0.0));
}

#[test]
fn a_pumped_ket_and_a_pumped_density_matrix_agree_with_dop853_at_each_tolerance() {
    let pump = Schedule::Linear(Ramp { from: 0.0, to: 2.0, start: 0.0, end: 5.0 });
    let system = glass(true, pump);
    type Rhs<'a> = &'a mut dyn FnMut(f64, &[f64], &mut [f64]);
    let reference = |rhs: Rhs<'_>, start: &[f64]| {
        let mut y = start.to_vec();
        let mut solver = Dop853::new(y.len(), Tolerance::norm(1e-12, y.len()).unwrap());
        solver.integrate(&mut |t, y, dy| rhs(t, y, dy), 0.0, 5.0, &mut y).unwrap();
        y
    };
    let mut no_jump = NoJump(&system);
    let expected = reference(&mut |t, y, dy| no_jump.apply(&[(t, 1.0)], y, dy), &start(64));
    for tolerance in [1e-4, 1e-6, 1e-8] {
        let mut y = start(64);
        Magnus::new(128, tolerance).unwrap().integrate(&mut NoJump(&system), 0.0, 5.0, &mut y).unwrap();
        let off = distance(&y, &expected);
        println!("ket at {tolerance:.0e}: {off:.1e}");
        assert!(off < 100.0 * tolerance, "{tolerance:e}: {off:e}");
    }
    let glass = four_spins::glass();
    let system = glass.lindbladian();
    let mut equation = system.master();
    let rho = pure_density(&glass.initial_ket());
    let mut packed = vec![0.0; rho.len() / 2];
    pack(&rho, &mut packed);
    // The reference moves the whole matrix.
    let expected = reference(&mut |t, y, dy| equation.rhs(t, y, dy), &rho);
    Magnus::new(packed.len(), 1e-7).unwrap().integrate(&mut equation, 0.0, 5.0, &mut packed).unwrap();
    let mut rho = vec![0.0; rho.len()];
    unpack(&packed, &mut rho);
    let off = distance(&rho, &expected);
    println!("density matrix: {off:.1e}");
    assert!(off < 1e-5, "{off:e}");
}
