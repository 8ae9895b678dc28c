//! Kernels of cavities against published values, mode sums and moments.

use lightfall_couplings::{Confocal, FourSevenths, ModeKernel, PowerLaw, Residue};

use crate::build;

const R: (f64, f64) = (0.7, -0.3);
const S: (f64, f64) = (-0.2, 1.1);

fn kernel(modulus: u32, class: u32, rho: Option<f64>) -> f64 {
    ModeKernel::new(Residue { modulus, class }, 1.0, rho).at(R, S)
}

/// Reference values of the cavity notes, computed there by summing modes.
#[test]
fn mehler_kernels_have_the_reference_values() {
    for (modulus, class, rho, expected) in [
        (4, 0, 0.97, 0.0915380703),
        (4, 2, 0.97, -0.0915380703),
        (7, 0, 0.97, 0.1761090382),
        (7, 3, 0.97, 0.1509251404),
        (4, 0, 0.9999, 0.0938598886),
    ] {
        let found = kernel(modulus, class, Some(rho));
        assert!((found - expected).abs() < 1e-9, "q = {modulus}, class {class}, rho = {rho}: {found}");
    }
    assert!((kernel(4, 0, None) - 0.0938676796).abs() < 1e-9);
    assert!((kernel(4, 2, None) + 0.0938676796).abs() < 1e-9);
    let families = [0.202500791, -0.310958494, -0.091508161, 0.148285124, -0.061162351, 0.219853007, -0.107009917];
    for (n0, expected) in (0..).zip(families) {
        // The references carry nine places.
        let found = kernel(7, n0, None);
        assert!((found - expected).abs() < 1e-9, "n0 = {n0}: {found}");
    }
}

/// The normalised Hermite functions of order 0 .. n at u.
fn hermite(n: usize, u: f64) -> Vec<f64> {
    let mut h = vec![std::f64::consts::PI.powf(-0.25) * (-0.5 * u * u).exp()];
    for k in 0..n {
        let order = k as f64;
        let before = if k > 0 { (order / (order + 1.0)).sqrt() * h[k - 1] } else { 0.0 };
        h.push((2.0 / (order + 1.0)).sqrt() * u * h[k] - before);
    }
    h
}

/// sum_n rho^n sum_{l+m=n} u_lm(r) u_lm(s) over n = class mod q, term by term.
fn mode_sum(residue: Residue, w0: f64, rho: f64, r: (f64, f64), s: (f64, f64)) -> f64 {
    let most = 400;
    let unit = 2f64.sqrt() / w0;
    let product = |a: f64, b: f64| -> Vec<f64> {
        hermite(most, unit * a).iter().zip(hermite(most, unit * b)).map(|(a, b)| a * b).collect()
    };
    let (x, y) = (product(r.0, s.0), product(r.1, s.1));
    let mut sum = 0.0;
    for n in (residue.class as usize..=most).step_by(residue.modulus as usize) {
        sum += rho.powi(n as i32) * (0..=n).map(|l| x[l] * y[n - l]).sum::<f64>();
    }
    unit * unit * sum
}

#[test]
fn finite_kernels_are_sums_over_their_modes() {
    for (modulus, class) in [(2, 1), (3, 0), (4, 0), (4, 2), (7, 0), (7, 1), (7, 6), (8, 4)] {
        for (r, s) in [(R, S), (S, R), ((0.4, 0.1), (0.4, 0.1)), ((0.9, -0.5), (-0.9, 0.5)), ((1.3, 0.0), (0.2, 2.0))] {
            let residue = Residue { modulus, class };
            let found = ModeKernel::new(residue, 1.3, Some(0.92)).at(r, s);
            let expected = mode_sum(residue, 1.3, 0.92, r, s);
            // Modes above 400 weigh less than 0.92^400 = 3e-15.
            assert!((found - expected).abs() < 1e-12, "{residue:?} {r:?} {s:?}: {found} {expected}");
        }
    }
}

#[test]
fn the_ideal_confocal_kernel_is_a_cosine_and_the_limit_of_finite_ones() {
    for k in 0..40 {
        let place = |k: i32| (f64::from(k * k % 17) / 9.0 - 0.8, f64::from(k * 7 % 13) / 6.0 - 1.1);
        let (r, s, w0) = (place(k), place(k + 5), 0.8 + 0.01 * f64::from(k));
        let area = w0 * w0;
        let expected = (2.0 * (r.0 * s.0 + r.1 * s.1) / area).cos() / (std::f64::consts::TAU * area);
        let ideal = ModeKernel::new(Residue { modulus: 4, class: 0 }, w0, None).at(r, s);
        assert!((ideal - expected).abs() < 1e-14);
        // 1 + F + F^2 + F^3 less its delta functions: far from r' = +-r they have decayed.
        if (r.0 - s.0).hypot(r.1 - s.1) > 0.5 && (r.0 + s.0).hypot(r.1 + s.1) > 0.5 {
            let finite = ModeKernel::new(Residue { modulus: 4, class: 0 }, w0, Some(1.0 - 1e-7)).at(r, s);
            assert!((finite - expected).abs() < 1e-5);
        }
    }
}

/// Modes of even n are even: K(r, -s) = K(r, s). At this resolution K(r, r) and K(r, -r) are both of order 1e8, and the exponents
/// of Mehler's formula as printed cancel to leave one of them wrong by a factor.
#[test]
fn finite_kernels_keep_their_parity_up_to_the_highest_resolution() {
    for class in [0, 2] {
        let kernel = ModeKernel::new(Residue { modulus: 4, class }, 1.0, Some(1.0 - 1e-10));
        for (x, y) in [R, S, (1.9, 0.4)] {
            let (direct, mirrored) = (kernel.at((x, y), (x, y)), kernel.at((x, y), (-x, -y)));
            assert!(direct > 1e7 && (mirrored / direct - 1.0).abs() < 1e-9, "{direct} {mirrored}");
        }
    }
}

#[test]
fn networks_hold_the_kernels_over_their_positions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    std::fs::write(&path, "0.7, -0.3\n-0.2, 1.1\n").unwrap();
    let file = format!("positions.file = {path:?}");
    let confocal = |more: &str| build::<Confocal>(&format!("{file}\n{more}"), 0);
    let cosine = (2.0 * (0.7 * -0.2 - 0.3 * 1.1) / 1.44f64).cos();
    let j = confocal("w0 = 1.2\nbeta = 3.0\nscale = -0.5");
    assert!((j.entry(0, 1) + 0.5 * cosine).abs() < 1e-15 && j.entry(1, 1) == 3.0);
    let own = confocal("w0 = 1.2").entry(0, 0);
    assert!((own - (2.0 * 0.58 / 1.44f64).cos()).abs() < 1e-15);
    let sine = confocal("kernel = { finite = { rho = 0.97, quadrature = \"sine\" } }");
    assert!((sine.entry(1, 0) + 0.0915380703).abs() < 1e-9);
    let nonlocal = confocal("kernel = { nonlocal = {} }");
    assert!((nonlocal.entry(1, 0) - 0.0938676796).abs() < 1e-9);
    let family = build::<FourSevenths>(&format!("{file}\nn0 = 5\nscale = 2.0"), 0);
    assert!((family.entry(0, 1) - 2.0 * 0.219853007).abs() < 2e-9);
    let finite = build::<FourSevenths>(&format!("{file}\nn0 = 3\nrho = 0.97"), 0);
    assert!((finite.entry(0, 1) - 0.1509251404).abs() < 1e-9);
}

/// E cos(c r.r') over Gaussian r, r' of deviation x per coordinate is 1/(1 + c^2 x^4).
#[test]
fn confocal_moments_over_drawn_positions_match_the_closed_form() {
    let draws = 40_000;
    for x in [0.3f64, 0.67, 1.5] {
        let text = format!("n = 2\nw0 = 0.5\npositions.drawn.sigma = {}", 0.5 * x);
        let (mut first, mut second) = (0.0, 0.0);
        for seed in 0..draws {
            let k = build::<Confocal>(&text, seed).entry(0, 1);
            first += k / draws as f64;
            second += k * k / draws as f64;
        }
        let mean = |c: f64| 1.0 / (1.0 + c * c * x.powi(4));
        let (e1, e2) = (mean(2.0), 0.5 * (1.0 + mean(4.0)));
        let e4 = 0.375 + 0.5 * mean(4.0) + 0.125 * mean(8.0);
        // One network per draw, so draws are independent; four standard errors: a false alarm in 16 000 each.
        let error = |variance: f64| 4.0 * (variance / draws as f64).sqrt();
        assert!((first - e1).abs() < error(e2 - e1 * e1), "{x}: {first} {e1}");
        assert!((second - e2).abs() < error(e4 - e2 * e2), "{x}: {second} {e2}");
    }
}

#[test]
fn a_kernel_too_large_to_store_gives_the_same_products() {
    // 2048 elements are stored, 2050 are not; elements stand on a circle.
    let (n, radius) = (2050, 1.7);
    let j = build::<Confocal>(&format!("n = {n}\npositions.circle.radius = {radius}\nbeta = 2.0"), 0);
    let place = |k: usize| {
        let angle = std::f64::consts::TAU * k as f64 / n as f64;
        (radius * angle.cos(), radius * angle.sin())
    };
    let x: Vec<f64> = (0..2 * n).map(|k| (k as f64 * 0.37).sin()).collect();
    let mut y = vec![f64::NAN; 2 * n];
    j.apply(&x, &mut y, 2);
    let first: Vec<f64> = x.iter().step_by(2).copied().collect();
    let mut alone = vec![f64::NAN; n];
    j.apply(&first, &mut alone, 1);
    for i in (0..n).step_by(41) {
        let row: Vec<f64> = (0..n)
            .map(|k| {
                let (a, b) = (place(i), place(k));
                if i == k { 2.0 } else { (2.0 * (a.0 * b.0 + a.1 * b.1)).cos() }
            })
            .collect();
        for column in 0..2 {
            let expected: f64 = row.iter().enumerate().map(|(k, v)| v * x[2 * k + column]).sum();
            assert!((y[2 * i + column] - expected).abs() < 1e-12 * n as f64);
        }
        assert_eq!(alone[i], y[2 * i]);
        let field: f64 = row.iter().enumerate().filter(|(k, _)| *k != i).map(|(k, v)| v * first[k]).sum();
        assert!((j.local_field(i, &first) - field).abs() < 1e-12 * n as f64);
    }
}

#[test]
fn power_laws_on_line_and_chord() {
    let j = build::<PowerLaw>("n = 9\nalpha = 3.0\nweights.uniform = -2.0", 0);
    let ring = build::<PowerLaw>("n = 8\nalpha = 1.5\npositions.circle.radius = 2.0", 0);
    for i in 0..8usize {
        for k in 0..i {
            assert!((j.entry(i, k) + 2.0 / ((i - k) as f64).powi(3)).abs() < 1e-15);
            let chord = 4.0 * (std::f64::consts::PI * (i - k) as f64 / 8.0).sin();
            assert!((ring.entry(i, k) - chord.powf(-1.5)).abs() < 1e-14);
        }
        assert_eq!(j.entry(i, i), 0.0);
    }
    // Signs of the pairs of a line, each scaled by its distance.
    let signs = build::<PowerLaw>("n = 40\nalpha = 1.0\nweights = { plus-minus = {} }", 3);
    for i in 0..40usize {
        for k in 0..i {
            assert!((signs.entry(i, k).abs() * (i - k) as f64 - 1.0).abs() < 1e-15);
        }
    }
}
