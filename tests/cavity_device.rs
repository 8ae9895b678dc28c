//! A device given by its K: the modes that are made of it, its operators against dense matrices by hand, and the known values of three spins.

mod systems;

use lightfall_cavity::multimode::{Cavity, Limit, Multimode};
use lightfall_core::lindblad::pure_density;
use lightfall_core::ode::{Dop853, Tolerance};
use lightfall_couplings::Dense as DenseCouplings;
use lightfall_linalg::symmetric_eigen;
use num_complex::Complex64;
use std::path::Path;
use systems::dense::Dense;
use systems::three_spins::{TABLE, TIMES};

/// K of section 4 of the notes: indefinite off its diagonal, positive with it.
const K: [f64; 9] = [1.3, 0.6, -0.5, 0.6, 1.1, 0.4, -0.5, 0.4, 0.9];

fn device(n: usize, k: &[f64]) -> Multimode {
    let keys = r#"{ "wz": 1.0, "ramp": { "g": 1.5 }, "detuning": 4.0, "kappa": 1.0, "self_term": "given" }"#;
    let cavity: Cavity = serde_json::from_str(keys).unwrap();
    let couplings = DenseCouplings::new(n, k.to_vec()).unwrap();
    cavity.build(Some(&couplings), Path::new(".")).unwrap()
}

/// G^T G of the columns of `device.coupling` and G G^T.
fn products(device: &Multimode) -> (Vec<f64>, Vec<f64>) {
    let (n, m, g) = (device.sites, device.modes.len(), &device.coupling);
    let gram = |k: usize| (0..n).map(|i| g[i * m + k / m] * g[i * m + k % m]).sum();
    let kernel = |k: usize| (0..m).map(|a| g[k / n * m + a] * g[k % n * m + a]).sum();
    ((0..m * m).map(gram).collect(), (0..n * n).map(kernel).collect())
}

#[test]
fn modes_are_the_principal_axes_of_k() {
    let device = device(3, &K);
    let (gram, kernel) = products(&device);
    assert!(kernel.iter().zip(K).all(|(a, b)| (a - b).abs() < 1e-12), "{kernel:?}");
    let (eigenvalues, _) = symmetric_eigen(3, &K).unwrap();
    for (at, found) in gram.iter().enumerate() {
        // Strongest first, orthogonal.
        let expected = if at % 4 == 0 { eigenvalues[2 - at / 4] } else { 0.0 };
        assert!((found - expected).abs() < 1e-12, "{gram:?}");
    }
    // K = a a^T + b b^T of four sites: two modes are enough.
    let (a, b) = ([1.0, -0.5, 0.2, 0.7], [0.3, 0.9, -0.4, 0.1]);
    let k: Vec<f64> = (0..16).map(|at| a[at / 4] * a[at % 4] + b[at / 4] * b[at % 4]).collect();
    let device = self::device(4, &k);
    assert_eq!(device.modes.len(), 2);
    assert!(products(&device).1.iter().zip(&k).all(|(a, b)| (a - b).abs() < 1e-12));
}

/// S^a of `site` in the basis of the library, where bit 0 is S^x = 1/2: S^x -> Z/2, S^z -> X/2, S^y -> -Y/2.
fn spin(axis: usize, site: usize) -> Dense {
    let (axis, sign) = [(2, 0.5), (1, -0.5), (0, 0.5)][axis];
    Dense::zero(8).plus(Complex64::from(sign), &Dense::sigma(axis, site, 3))
}

/// The atom-only equation in its form with K: H_eff = wz sum S^z_i + (g^2/2) sum_ij K_ij (S^x_i l_j + l_j^dag S^x_i) and the dissipator
/// 2 kappa g^2 sum_ij K_ij (l_i rho l_j^dag - {l_j^dag l_i, rho}/2), l = (alpha_+ S^+ + alpha_- S^-)/2; needs no root of K.
fn by_hand(rho: &Dense) -> Dense {
    let [plus, minus] = [1.0, -1.0].map(|w| -1.0 / Complex64::new(4.0 + w, -1.0));
    let (g2, half) = (Complex64::from(2.25), Complex64::from(0.5));
    let lowering = |i: usize| {
        let raise = spin(0, i).plus(Complex64::I, &spin(1, i));
        Dense::zero(8).plus(half * plus, &raise).plus(half * minus, &raise.adjoint())
    };
    let l: Vec<Dense> = (0..3).map(lowering).collect();
    let mut hamiltonian = (0..3).fold(Dense::zero(8), |h, i| h.plus(Complex64::ONE, &spin(2, i)));
    let mut out = Dense::zero(8);
    for (i, j) in (0..9).map(|k| (k / 3, k % 3)) {
        let weight = K[3 * i + j] * g2;
        let product = spin(0, i).times(&l[j]);
        hamiltonian = hamiltonian.plus(half * weight, &product).plus(half * weight, &product.adjoint());
        let gram = l[j].adjoint().times(&l[i]);
        out = out
            .plus(2.0 * weight, &l[i].times(rho).times(&l[j].adjoint()))
            .plus(-weight, &gram.times(rho))
            .plus(-weight, &rho.times(&gram));
    }
    let turn = hamiltonian.times(rho).plus(-Complex64::ONE, &rho.times(&hamiltonian));
    out.plus(-Complex64::I, &turn)
}

#[test]
fn only_k_matters_to_averages_of_degenerate_modes() {
    let system = device(3, &K).atom_only(Limit::None).lindbladian();
    // A Hermitian matrix without symmetry.
    let entry = |r: usize, c: usize| Complex64::new((1.7 * (r * 8 + c) as f64).sin(), (0.9 * (r + 8 * c) as f64).cos());
    let rho = Dense::new(8, |r, c| entry(r, c) + entry(c, r).conj());
    let split: Vec<f64> = rho.entries.iter().map(|v| v.re).chain(rho.entries.iter().map(|v| v.im)).collect();
    let mut drift = vec![0.0; 128];
    system.master().rhs(0.0, &split, &mut drift);
    for (k, expected) in by_hand(&rho).entries.iter().enumerate() {
        assert!((Complex64::new(drift[k], drift[64 + k]) - expected).norm() < 1e-12, "{k}: {} {expected}", drift[k]);
    }
}

#[test]
fn three_spins_given_by_k_have_the_known_values() {
    let glass = device(3, &K).atom_only(Limit::None);
    let (system, mut rho) = (glass.lindbladian(), pure_density(&glass.initial_ket()));
    let (mut equation, mut from) = (system.master(), 0.0);
    let mut solver = Dop853::new(rho.len(), Tolerance::norm(1e-10, rho.len()).unwrap());
    let observables =
        [spin(2, 0), spin(0, 0).times(&spin(0, 1)), spin(0, 0).times(&spin(0, 2)), spin(0, 1).times(&spin(0, 2))];
    for (to, expected) in TIMES.into_iter().zip(TABLE) {
        solver.integrate(&mut |t, y, dy| equation.rhs(t, y, dy), from, to, &mut rho).unwrap();
        from = to;
        let state = Dense::new(8, |r, c| Complex64::new(rho[8 * r + c], rho[64 + 8 * r + c]));
        for (observable, expected) in observables.iter().zip(expected) {
            let found = observable.times(&state).trace().re;
            // Half a unit of the last printed digit, and the solver's error.
            assert!((found - expected).abs() < 5.1e-7, "t = {to}: {found} {expected}");
        }
    }
}
