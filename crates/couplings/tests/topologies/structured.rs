//! Low-rank and circulant couplings against explicit matrices and known spectra.

use lightfall_couplings::{CirculantTopology, LowRankTopology};

use crate::build;

#[test]
fn hebb_and_projector_of_patterns_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    // The third pattern is the sum of the others: it adds to Hebb's rule and nothing to the projector.
    std::fs::write(&path, "1, -1, 1, 1, 0.5\n1, 1, -1, 1, 2\n2, 0, 0, 2, 2.5\n").unwrap();
    let x = [[1.0, -1.0, 1.0, 1.0, 0.5], [1.0, 1.0, -1.0, 1.0, 2.0], [2.0, 0.0, 0.0, 2.0, 2.5]];
    let of = |more: &str| build::<LowRankTopology>(&format!("patterns.file = {path:?}\n{more}"), 0);
    let hebb = of("scale = 2.0");
    let hollow = of("scale = 2.0\nzero_diagonal = true");
    for i in 0..5 {
        for k in 0..5 {
            let sum: f64 = x.iter().map(|x| x[i] * x[k]).sum();
            assert!((hebb.entry(i, k) - 0.4 * sum).abs() < 1e-14);
            assert_eq!(hollow.entry(i, k), if i == k { 0.0 } else { hebb.entry(i, k) });
        }
    }
    let projector = of("rule = \"pseudoinverse\"");
    let trace: f64 = (0..5).map(|i| projector.entry(i, i)).sum();
    assert!((trace - 2.0).abs() < 1e-14, "rank {trace}");
    for x in x {
        let mut y = [0.0; 5];
        projector.apply(&x, &mut y, 1);
        assert!(y.iter().zip(x).all(|(y, x)| (y - x).abs() < 1e-14));
    }
    // P^2 = P.
    let dense = projector.to_dense();
    let mut square = vec![0.0; 25];
    projector.apply(&dense, &mut square, 5);
    assert!(square.iter().zip(&dense).all(|(a, b)| (a - b).abs() < 1e-14));
    let (lo, hi) = projector.spectral_bounds();
    assert!(lo.abs() < 1e-13 && (hi - 1.0).abs() < 1e-13);
}

#[test]
fn one_drawn_pattern_is_the_mattis_model() {
    // E(x) = -(1/2)(n - 1) at the pattern itself, and x_i x_j = n J_ij.
    let n = 50;
    let j = build::<LowRankTopology>(&format!("n = {n}\npatterns.drawn.count = 1"), 3);
    let x: Vec<f64> = (0..n).map(|i| if i == 0 { 1.0 } else { n as f64 * j.entry(0, i) }).collect();
    assert!(x.iter().all(|x| x.abs() == 1.0) && x.iter().any(|&x| x < 0.0));
    assert!((j.energy(&x) + 0.5 * (n - 1) as f64).abs() < 1e-12);
}

#[test]
fn a_million_elements_on_a_ring_are_filtered_in_fourier_space() {
    let n = 1 << 20;
    let j = build::<CirculantTopology>(&format!("n = {n}\nvalues = [0.5, 1.0, 0.0, -0.25]"), 0);
    // cos(2 pi k i/n) is an eigenvector of 1/2 + 2 cos(q) - cos(3q)/2, q = 2 pi k/n.
    let angle = |k: usize, i: usize| std::f64::consts::TAU * ((k * i) % n) as f64 / n as f64;
    let modes = [0, 1, 77_777, n / 2];
    let x: Vec<f64> = (0..n).flat_map(|i| modes.map(|k| angle(k, i).cos())).collect();
    let mut y = vec![f64::NAN; x.len()];
    j.apply(&x, &mut y, modes.len());
    for (column, k) in modes.into_iter().enumerate() {
        let q = angle(k, 1);
        let lambda = 0.5 + 2.0 * q.cos() - 0.5 * (3.0 * q).cos();
        let worst = (0..n).map(|i| (y[4 * i + column] - lambda * x[4 * i + column]).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-12, "k = {k}: {worst}");
    }
    let (lo, hi) = j.spectral_bounds();
    // d lambda/dq = 0 at q = 0, pi and where 2 sin q = (3/2) sin 3q, that is sin^2 q = 5/12: cos q = +-sqrt(7/12).
    let at = |c: f64| 0.5 + 2.0 * c - 0.5 * (4.0 * c * c * c - 3.0 * c);
    let inner = (7.0f64 / 12.0).sqrt();
    assert!((hi - at(inner)).abs() < 1e-9 && (lo - at(-inner)).abs() < 1e-9, "{lo} {hi}");
}

#[test]
fn a_torus_takes_the_shorter_way_round() {
    let j = build::<CirculantTopology>("sizes = [4, 5]\nentry = \"d + 100*d1 + 1e4*d2\"\ndiagonal = -3.0", 0);
    let way = |a: usize, b: usize, side: usize| (a.abs_diff(b)).min(side - a.abs_diff(b)) as f64;
    for i in 0..20 {
        for k in 0..20 {
            let (d1, d2) = (way(i / 5, k / 5, 4), way(i % 5, k % 5, 5));
            let expected = if i == k { -3.0 } else { d1.hypot(d2) + 100.0 * d1 + 1e4 * d2 };
            assert!((j.entry(i, k) - expected).abs() < 1e-11, "{i} {k}");
        }
    }
}
