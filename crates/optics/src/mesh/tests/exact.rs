//! Meshes without errors, or with errors that can be undone, against the matrices they stand for.

use super::*;
use std::f64::consts::{FRAC_PI_2, PI};

/// The matrix of a mesh without imperfections.
fn ideal(mesh: &Mesh) -> Vec<Complex64> {
    mesh.matrix(&Imperfections::none(mesh.modes())).unwrap()
}

#[test]
fn meshes_rebuild_their_matrices_to_1e_12() {
    let mut draws = draws(3, 0);
    for n in [1, 2, 3, 5, 8, 64] {
        // 5 is coprime to all but the order 5, where every column but one would be dark.
        let step = if n == 5 { 2 } else { 5 };
        let permutation = (0..n * n).map(|k| f64::from((k / n * step + 1) % n == k % n).into()).collect();
        let reversal = (0..n * n).map(|k| f64::from(k / n + k % n == n - 1).into()).collect();
        let (unitary, orthogonal) = (haar(n, false, &mut draws), haar(n, true, &mut draws));
        for (k, u) in [unitary, orthogonal, unitary::identity(n), permutation, reversal].iter().enumerate() {
            for layout in LAYOUTS {
                let mesh = Mesh::decompose(u, n, layout).unwrap();
                let far = distance(&ideal(&mesh), u);
                assert!(far < 1e-12, "{layout:?}, N = {n}, matrix {k}: {far:e}");
                assert!(mesh.mzis().iter().all(|t| (0.0..=PI).contains(&t.theta) && (0.0..=TAU).contains(&t.phi)));
            }
        }
    }
}

#[test]
fn layouts_have_their_numbers_of_interferometers_and_columns() {
    for n in 3..12 {
        let u = haar(n, false, &mut draws(4, n as u64));
        for (layout, depth) in [(Layout::Reck, 2 * n - 3), (Layout::Clements, n)] {
            let mesh = Mesh::decompose(&u, n, layout).unwrap();
            assert_eq!((mesh.mzis().len(), mesh.depth(), mesh.layout()), (n * (n - 1) / 2, depth, layout));
            // Two of one column share no mode, and light passes columns in their order.
            for (k, second) in mesh.mzis().iter().enumerate() {
                for first in mesh.mzis()[..k].iter().filter(|first| first.mode.abs_diff(second.mode) < 2) {
                    assert!(first.column < second.column);
                }
            }
            // A rectangle is a chequerboard.
            assert!(layout == Layout::Reck || mesh.mzis().iter().all(|t| (t.mode + t.column) % 2 == 0));
        }
    }
}

#[test]
fn amplitudes_are_those_of_the_matrix() {
    let (n, mut draws) = (9, draws(5, 0));
    let u = haar(n, false, &mut draws);
    let tolerances = Tolerances { splitter: 0.1, phase: 0.2, loss_db: 0.3, ..Tolerances::default() };
    let imperfections = Imperfections::draw(n, &tolerances, &mut draws).unwrap();
    for layout in LAYOUTS {
        let mesh = Mesh::decompose(&u, n, layout).unwrap();
        let matrix = mesh.matrix(&imperfections).unwrap();
        let x: Vec<Complex64> = (0..n).map(|_| Complex64::new(normal(&mut draws), normal(&mut draws))).collect();
        let expected: Vec<Complex64> =
            matrix.chunks_exact(n).map(|row| row.iter().zip(&x).map(|(u, x)| u * x).sum()).collect();
        let mut y = x.clone();
        mesh.apply(&mut y, &imperfections).unwrap();
        assert!(distance(&y, &expected) < 1e-14);
    }
}

#[test]
fn errors_without_loss_keep_a_mesh_unitary() {
    let n = 16;
    let crosstalk = Some(Crosstalk { coupling: 0.05, reach: 1.5 });
    let imperfections = device(n, Tolerances { splitter: 0.2, phase: 0.5, crosstalk, ..Tolerances::default() }, 6);
    for layout in LAYOUTS {
        let u = haar(n, false, &mut draws(6, 2));
        let built = Mesh::decompose(&u, n, layout).unwrap().matrix(&imperfections).unwrap();
        assert!(error(&built, &u) > 0.1);
        for (k, row) in built.chunks_exact(n).enumerate() {
            for (l, other) in built.chunks_exact(n).enumerate() {
                let product: Complex64 = row.iter().zip(other).map(|(a, b)| a * b.conj()).sum();
                assert!((product - f64::from(k == l)).norm() < 1e-14);
            }
        }
    }
}

#[test]
fn errors_within_the_range_of_the_splitters_are_corrected_exactly() {
    // 2 sigma^2 N^3/6 = 2e-4 interferometers of a device are out of range.
    let (n, sigma) = (8, 1e-3);
    let crosstalk = Some(Crosstalk { coupling: 0.02, reach: 1.0 });
    let tolerances = Tolerances { splitter: sigma, phase: 0.3, crosstalk, ..Tolerances::default() };
    for seed in 0..20 {
        let imperfections = device(n, tolerances, seed);
        let u = haar(n, false, &mut draws(seed, 2));
        let nulled = Mesh::self_configured(&u, n, &imperfections).unwrap();
        assert!(distance(&nulled.matrix(&imperfections).unwrap(), &u) < 1e-12);
        for layout in LAYOUTS {
            let mesh = Mesh::decompose(&u, n, layout).unwrap();
            assert!(error(&mesh.matrix(&imperfections).unwrap(), &u) > 0.01);
            let corrected = mesh.corrected(&imperfections).unwrap();
            assert!(distance(&corrected.matrix(&imperfections).unwrap(), &u) < 1e-12);
        }
    }
}

#[test]
fn one_interferometer_is_off_by_what_its_range_lacks() {
    let (alpha, beta) = (0.09, -0.03);
    let mut imperfections = Imperfections::none(2);
    imperfections.mzis[0] = MziErrors { alpha, beta, ..MziErrors::default() };
    let (low, high) = (f64::abs(alpha + beta), FRAC_PI_2 - f64::abs(alpha - beta));
    for k in 0..=100 {
        let half = FRAC_PI_2 * f64::from(k) / 100.0;
        let u = Splitters::ideal().matrix(2.0 * half, 1.0 + f64::from(k)).concat();
        // Two elements of cos and two of sin, phases right: |dU|_F^2/2 = 2 (1 - cos(lack)).
        let expected = 4.0 * (0.5 * (half - half.clamp(low, high))).sin().powi(2);
        let nulled = Mesh::self_configured(&u, 2, &imperfections).unwrap();
        let corrected = Mesh::decompose(&u, 2, Layout::Clements).unwrap().corrected(&imperfections).unwrap();
        for mesh in [nulled, corrected] {
            let eps2 = error(&mesh.matrix(&imperfections).unwrap(), &u);
            assert!((eps2 - expected).abs() < 1e-15, "theta = {}: {eps2} against {expected}", 2.0 * half);
        }
    }
}
