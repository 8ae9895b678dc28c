//! Real matrices on two meshes.

use super::*;

fn weights(m: usize, n: usize, seed: u64) -> Vec<f64> {
    let mut draws = draws(seed, 0);
    (0..m * n).map(|_| 3.0 * normal(&mut draws)).collect()
}

fn complex(w: &[f64], factor: f64) -> Vec<Complex64> {
    w.iter().map(|w| (factor * w).into()).collect()
}

#[test]
fn chips_rebuild_matrices_of_every_shape_to_1e_12() {
    for (m, n) in [(1, 1), (1, 4), (4, 1), (5, 9), (9, 5), (6, 6), (10, 64), (64, 10)] {
        let w = weights(m, n, 20);
        for layout in LAYOUTS {
            let chip = Chip::decompose(&w, m, n, layout).unwrap();
            assert_eq!((chip.output().modes(), chip.input().modes(), chip.amplitudes().len()), (m, n, m.min(n)));
            assert!(chip.amplitudes()[0] == 1.0 && chip.amplitudes().iter().all(|a| (0.0..=1.0).contains(a)));
            let built = chip.matrix(&Imperfections::none(n), &Imperfections::none(m)).unwrap();
            assert!(distance(&built, &complex(&w, 1.0)) < 1e-12 * chip.scale());
        }
    }
}

#[test]
fn the_scale_of_a_chip_is_the_largest_gain_of_its_matrix() {
    // The matrix a b^T has the gain |a| |b|, here 5 * 3.
    let (a, b) = ([3.0, 4.0], [1.0, 2.0, 2.0]);
    let w: Vec<f64> = a.iter().flat_map(|a| b.iter().map(move |b| a * b)).collect();
    let chip = Chip::decompose(&w, 2, 3, Layout::Clements).unwrap();
    assert!((chip.scale() - 15.0).abs() < 1e-13 && chip.amplitudes()[1] < 1e-15);
    let dark = Chip::decompose(&[0.0; 6], 2, 3, Layout::Clements).unwrap();
    let built = dark.matrix(&Imperfections::none(3), &Imperfections::none(2)).unwrap();
    assert_eq!(built, [Complex64::ZERO; 6]);
}

#[test]
fn light_passes_both_meshes_of_a_chip() {
    let (m, n, loss_db) = (5, 8, 0.3);
    let w = weights(m, n, 21);
    let lossy = |modes| Imperfections { loss_db, padded: true, ..Imperfections::none(modes) };
    let chip = Chip::decompose(&w, m, n, Layout::Reck).unwrap();
    let columns = (2 * m - 3 + 2 * n - 3) as f64;
    let expected = complex(&w, 10.0_f64.powf(-loss_db * columns / 20.0));
    assert!(distance(&chip.matrix(&lossy(n), &lossy(m)).unwrap(), &expected) < 1e-12 * chip.scale());
}

#[test]
fn corrected_meshes_make_a_corrected_chip() {
    let (m, n) = (4, 7);
    let w = weights(m, n, 22);
    let spread = Tolerances { splitter: 1e-3, phase: 0.2, ..Tolerances::default() };
    let (input, output) = (device(n, spread, 23), device(m, spread, 24));
    let chip = Chip::decompose(&w, m, n, Layout::Clements).unwrap();
    let target = complex(&w, 1.0);
    assert!(distance(&chip.matrix(&input, &output).unwrap(), &target) > 0.1);
    let meshes = (chip.input().corrected(&input).unwrap(), chip.output().corrected(&output).unwrap());
    let corrected = chip.clone().with_meshes(meshes.0.clone(), meshes.1.clone()).unwrap();
    assert!(distance(&corrected.matrix(&input, &output).unwrap(), &target) < 1e-12 * chip.scale());
    assert!(matches!(chip.with_meshes(meshes.1, meshes.0), Err(MeshError::Modes { got: 4, expected: 7, .. })));
}

#[test]
fn weights_without_shape_or_number_are_refused() {
    assert!(matches!(Chip::decompose(&[1.0], 0, 1, Layout::Reck), Err(MeshError::Empty { .. })));
    assert!(matches!(Chip::decompose(&[1.0], 1, 2, Layout::Reck), Err(MeshError::Length { got: 1, expected: 2, .. })));
    assert!(matches!(Chip::decompose(&[f64::NAN], 1, 1, Layout::Reck), Err(MeshError::Linalg(_))));
}
