//! Errors of meshes on Haar-random matrices against their laws, each within 4 standard errors, which are at most 3 % of eps^2.

use super::*;

type Built<'a> = &'a dyn Fn(&[Complex64], &Imperfections) -> Result<Mesh, MeshError>;

/// Mean of eps^2 over `devices` pairs of a matrix and a device, over `law`, is 1.
fn follows(what: &str, n: usize, tolerances: Tolerances, devices: u64, law: f64, built: Built<'_>) {
    let (mut sum, mut squares) = (0.0, 0.0);
    for device in 0..devices {
        let mut draws = draws(11, device);
        let unitary = haar(n, false, &mut draws);
        let imperfections = Imperfections::draw(n, &tolerances, &mut draws).unwrap();
        let mesh = built(&unitary, &imperfections).unwrap();
        let ratio = error(&mesh.matrix(&imperfections).unwrap(), &unitary) / law;
        sum += ratio;
        squares += ratio * ratio;
    }
    let mean = sum / devices as f64;
    let standard = ((squares / devices as f64 - mean * mean) / devices as f64).sqrt();
    println!("{what}, N = {n}: eps^2 = {mean:.4} +- {standard:.4} of the law");
    assert!(standard < 0.03, "{what}, N = {n}: standard error {standard}");
    assert!((mean - 1.0).abs() < 4.0 * standard, "{what}, N = {n}: {mean} +- {standard}");
}

fn splitters(sigma: f64) -> Tolerances {
    Tolerances { splitter: sigma, ..Tolerances::default() }
}

#[test]
fn uncorrected_errors_follow_their_linear_laws() {
    for layout in LAYOUTS {
        for (n, sigma, devices) in [(8, 0.01, 1000), (32, 0.005, 60), (64, 0.0025, 25)] {
            let (size, built): (f64, Built<'_>) = (n as f64, &|u, _| Mesh::decompose(u, n, layout));
            let law = 2.0 * (size - 1.0) * sigma * sigma;
            follows(&format!("splitters, {layout:?}"), n, splitters(sigma), devices, law, built);
            let phases = Tolerances { phase: sigma, ..Tolerances::default() };
            follows(&format!("phases, {layout:?}"), n, phases, devices, 0.5 * law, built);
        }
    }
}

/// (N, sigma, devices) of corrected meshes: N sigma^2 is at most 0.026.
const CORRECTED: [(usize, f64, u64); 4] = [(4, 0.08, 40_000), (8, 0.05, 20_000), (16, 0.035, 6000), (32, 0.025, 1500)];

#[test]
fn nulling_follows_its_quadratic_law() {
    for (n, sigma, devices) in CORRECTED {
        let size = n as f64;
        let harmonic: f64 = (2..=n).map(|k| 1.0 / k as f64).sum();
        let law = (2.0 / 9.0 * (size - 1.0) * (2.0 * size + 5.0) + 8.0 / size * harmonic) * sigma.powi(4);
        follows("nulling", n, splitters(sigma), devices, law, &|u, device| Mesh::self_configured(u, n, device));
    }
}

#[test]
fn local_correction_follows_its_quadratic_law() {
    for layout in LAYOUTS {
        for (n, sigma, devices) in CORRECTED {
            let size = n as f64;
            let law = (2.0 / 3.0 * (size * size - 1.0) + 4.0 * (1.0 - 1.0 / size)) * sigma.powi(4);
            let built: Built<'_> = &|u, device| Mesh::decompose(u, n, layout)?.corrected(device);
            follows(&format!("local, {layout:?}"), n, splitters(sigma), devices, law, built);
        }
    }
}
