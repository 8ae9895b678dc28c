//! Loss, crosstalk, and what is refused.

use super::*;

/// 10^(-dB/20).
fn amplitude(db: f64) -> f64 {
    10.0_f64.powf(-db / 20.0)
}

#[test]
fn light_loses_what_the_interferometers_on_its_path_take() {
    // All interferometers of the identity are in the bar state: mode j passes those that touch it.
    let (n, loss_db) = (8, 0.4);
    let reck = |j: usize| if j == 0 { n - 1 } else { 2 * n - 1 - 2 * j };
    let clements = |j: usize| if j == 0 || j == n - 1 { n / 2 } else { n };
    for padded in [false, true] {
        let imperfections = Imperfections { loss_db, padded, ..Imperfections::none(n) };
        for layout in LAYOUTS {
            let mesh = Mesh::decompose(&unitary::identity(n), n, layout).unwrap();
            let u = mesh.matrix(&imperfections).unwrap();
            for j in 0..n {
                let passed = match (padded, layout) {
                    (false, Layout::Reck) => reck(j),
                    (true, Layout::Reck) => 2 * n - 3,
                    (false, Layout::Clements) => clements(j),
                    (true, Layout::Clements) => n,
                };
                let expected = 10.0_f64.powf(-loss_db * passed as f64 / 10.0);
                assert!(
                    (u[j * n + j].norm_sqr() - expected).abs() < 1e-14,
                    "{layout:?}, mode {j}: {} against {expected}",
                    u[j * n + j].norm_sqr()
                );
            }
        }
    }
}

#[test]
fn a_padded_mesh_only_dims_its_matrix() {
    let (n, loss_db) = (11, 0.25);
    let u = haar(n, false, &mut draws(8, 0));
    let padded = Imperfections { loss_db, padded: true, ..Imperfections::none(n) };
    let bare = Imperfections { padded: false, ..padded.clone() };
    for (layout, columns) in [(Layout::Reck, 2 * n - 3), (Layout::Clements, n)] {
        let mesh = Mesh::decompose(&u, n, layout).unwrap();
        let dim: Vec<Complex64> = u.iter().map(|u| amplitude(loss_db * columns as f64) * u).collect();
        assert!(distance(&mesh.matrix(&padded).unwrap(), &dim) < 1e-14);
        assert!(distance(&mesh.matrix(&bare).unwrap(), &dim) > 1e-3);
    }
}

#[test]
fn crosstalk_is_that_of_heaters_at_their_places() {
    let (n, crosstalk) = (3, Crosstalk { coupling: 0.1, reach: 0.8 });
    let imperfections = Imperfections { crosstalk: Some(crosstalk), ..Imperfections::none(n) };
    let mesh = Mesh::decompose(&haar(n, false, &mut draws(9, 0)), n, Layout::Reck).unwrap();
    // theta and phi of (0, 1), (1, 2), (0, 1), in pitches.
    let places: [(f64, f64); 6] = [(0.5, 0.0), (0.0, 0.0), (1.5, 0.5), (1.0, 0.5), (2.5, 0.0), (2.0, 0.0)];
    let phases = mesh.phases();
    let effective: Vec<f64> = places
        .iter()
        .enumerate()
        .map(|(i, at)| {
            let heat = |j: usize| {
                let (x, y) = (at.0 - places[j].0, at.1 - places[j].1);
                0.1 * (-(x * x + y * y).sqrt() / 0.8).exp() * phases[j]
            };
            phases[i] + (0..6).filter(|j| *j != i).map(heat).sum::<f64>()
        })
        .collect();
    let expected = mesh.with_phases(&effective).matrix(&Imperfections::none(n)).unwrap();
    assert!(distance(&mesh.matrix(&imperfections).unwrap(), &expected) < 1e-14);
}

#[test]
fn inverted_crosstalk_gives_the_matrix_back() {
    let n = 16;
    let u = haar(n, false, &mut draws(10, 0));
    // The second is out of reach of 1 - K + K^2 - ...: the rows of K sum up to about 4 pi k d0^2 = 14.
    for (coupling, reach) in [(0.01, 1.0), (0.5, 1.5), (0.0, 1.0)] {
        let crosstalk = Some(Crosstalk { coupling, reach });
        let phases = device(n, Tolerances { phase: 0.1, ..Tolerances::default() }, 12);
        let warm = Imperfections { crosstalk, ..Imperfections::none(n) };
        let both = Imperfections { crosstalk, ..phases.clone() };
        for layout in LAYOUTS {
            let mesh = Mesh::decompose(&u, n, layout).unwrap();
            assert!(coupling == 0.0 || error(&mesh.matrix(&warm).unwrap(), &u) > 0.05);
            let compensated = mesh.compensated(&warm).unwrap();
            assert!(distance(&compensated.matrix(&warm).unwrap(), &u) < 1e-12);
            // Errors of the phases stay as they are.
            let without = mesh.matrix(&phases).unwrap();
            assert!(distance(&compensated.matrix(&both).unwrap(), &without) < 1e-12);
        }
    }
}

#[test]
fn one_seed_is_one_device_whatever_the_tolerances() {
    let coarse = device(5, Tolerances { splitter: 0.02, phase: 0.1, ..Tolerances::default() }, 13);
    let fine = device(5, Tolerances { splitter: 0.01, ..Tolerances::default() }, 13);
    assert_eq!(coarse.mzis.len(), 10);
    for (coarse, fine) in coarse.mzis.iter().zip(&fine.mzis) {
        assert!((coarse.alpha - 2.0 * fine.alpha).abs() < 1e-17 && (coarse.beta - 2.0 * fine.beta).abs() < 1e-17);
        assert!(fine.theta == 0.0 && coarse.theta != coarse.phi && coarse.alpha != coarse.beta);
    }
}

#[test]
fn what_is_no_unitary_matrix_is_refused_with_its_deviation() {
    let mut u = unitary::identity(3);
    u[7] = Complex64::new(0.0, 1e-3);
    for layout in LAYOUTS {
        let refused = Mesh::decompose(&u, 3, layout).unwrap_err();
        let MeshError::NotUnitary { row: 2, column: 1, deviation, .. } = refused else { panic!("{refused}") };
        assert!((deviation - 1e-3).abs() < 1e-15);
        assert!(refused.to_string().contains("[2,1]| = 1.0e-3"), "{refused}");
    }
    u[4].re = f64::NAN;
    let refused = Mesh::self_configured(&u, 3, &Imperfections::none(3)).unwrap_err();
    assert!(matches!(refused, MeshError::NotUnitary { row: 1, column: 1, .. }), "{refused}");
    let refused = Mesh::decompose(&u, 4, Layout::Reck).unwrap_err();
    assert_eq!(refused, MeshError::Length { what: "the matrix", got: 9, expected: 16 });
    assert!(matches!(Mesh::decompose(&[], 0, Layout::Reck), Err(MeshError::Empty { .. })));
    assert!(matches!(Mesh::decompose(&u, usize::MAX, Layout::Reck), Err(MeshError::Length { .. })));
}

#[test]
fn imperfections_that_do_not_fit_are_refused() {
    let number = |tolerances: Tolerances| match Imperfections::draw(2, &tolerances, &mut draws(0, 0)) {
        Err(MeshError::Number { key, .. }) => key,
        other => panic!("{other:?}"),
    };
    let ok = Tolerances::default();
    let crosstalk = |coupling, reach| Tolerances { crosstalk: Some(Crosstalk { coupling, reach }), ..ok };
    assert_eq!(number(Tolerances { splitter: -0.1, ..ok }), "splitter");
    assert_eq!(number(Tolerances { phase: f64::NAN, ..ok }), "phase");
    assert_eq!(number(Tolerances { loss_db: f64::INFINITY, ..ok }), "loss_db");
    assert_eq!(number(crosstalk(1.0, 1.0)), "coupling");
    assert_eq!(number(crosstalk(0.1, 0.0)), "reach");
    let mesh = Mesh::decompose(&unitary::identity(4), 4, Layout::Clements).unwrap();
    assert!(matches!(mesh.built(&Imperfections::none(3)), Err(MeshError::Modes { got: 3, expected: 4, .. })));
    let mut broken = Imperfections::none(4);
    broken.mzis[5].beta = f64::NAN;
    assert!(matches!(mesh.corrected(&broken), Err(MeshError::Number { key: "beta", .. })));
    broken.mzis.pop();
    assert!(matches!(mesh.matrix(&broken), Err(MeshError::Length { got: 5, expected: 6, .. })));
    let mut short = [Complex64::ONE; 3];
    assert!(matches!(mesh.apply(&mut short, &Imperfections::none(4)), Err(MeshError::Length { .. })));
}
