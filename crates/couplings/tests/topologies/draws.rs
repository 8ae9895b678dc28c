//! Drawn couplings against their laws and against the raw stream.

use lightfall_core::rng::{Purpose, Streams};
use lightfall_couplings::{Couplings, Gaussian, Lattice, Levy, PlusMinus, Sk};
use rand::RngExt;

use crate::{build, pairs};

/// Whether `count` of `n` trials with probability p is within four standard errors: a false alarm in 16 000.
fn binomial(count: usize, n: usize, p: f64) -> bool {
    (count as f64 / n as f64 - p).abs() <= 4.0 * (p * (1.0 - p) / n as f64).sqrt()
}

#[test]
fn plus_minus_couplings_are_the_signs_of_the_stream() {
    let n = 300;
    let j = build::<PlusMinus>(&format!("n = {n}\nscale = 2.0\npositive = 0.3"), 8);
    let mut rng = Streams::new(8, 0).open(Purpose::Couplings, 0);
    let magnitude = 2.0 / (n as f64).sqrt();
    let mut positive = 0;
    for value in pairs(j.as_ref()) {
        let up = rng.random::<f64>() < 0.3;
        assert_eq!(value, if up { magnitude } else { -magnitude });
        positive += usize::from(value > 0.0);
    }
    assert!(binomial(positive, n * (n - 1) / 2, 0.3));
    assert!((0..n).all(|i| j.entry(i, i) == 0.0));
}

#[test]
fn gaussian_couplings_have_bias_and_variance() {
    let (n, mean, std) = (500, -3.0, 0.7);
    let j = build::<Gaussian>(&format!("n = {n}\nmean = {mean}\nstd = {std}"), 8);
    let count = (n * (n - 1) / 2) as f64;
    let (mean, variance) = (mean / n as f64, std * std / n as f64);
    let found = pairs(j.as_ref()).sum::<f64>() / count;
    assert!((found - mean).abs() < 4.0 * (variance / count).sqrt(), "{found} {mean}");
    let spread = pairs(j.as_ref()).map(|v| (v - mean).powi(2)).sum::<f64>() / count;
    assert!((spread / variance - 1.0).abs() < 4.0 * (2.0 / count).sqrt(), "{spread} {variance}");
    // Without bias these are the couplings of sk.
    let unbiased = build::<Gaussian>("n = 30\nstd = 1.5", 4);
    assert_eq!(unbiased.to_dense(), build::<Sk>("n = 30\nscale = 1.5", 4).to_dense());
}

#[test]
fn levy_couplings_have_the_tail() {
    let n = 700;
    let count = n * (n - 1) / 2;
    for alpha in [0.6, 1.0, 1.7] {
        let j = build::<Levy>(&format!("n = {n}\nalpha = {alpha}\nscale = 1.4"), 5);
        let least = 1.4 * (n as f64).powf(-1.0 / alpha);
        assert!(pairs(j.as_ref()).all(|v| v.abs() >= least * (1.0 - 1e-12)));
        for factor in [1.5, 4.0, 20.0] {
            let beyond = pairs(j.as_ref()).filter(|v| v.abs() > factor * least).count();
            assert!(binomial(beyond, count, f64::powf(factor, -alpha)), "{alpha} {factor}: {beyond} of {count}");
        }
        // scale^alpha couplings per element are larger than 1.
        let large = pairs(j.as_ref()).filter(|v| v.abs() > 1.0).count();
        assert!(binomial(large, count, 1.4f64.powf(alpha) / n as f64), "{alpha}: {large}");
        assert!(binomial(pairs(j.as_ref()).filter(|v| *v > 0.0).count(), count, 0.5));
    }
}

#[test]
fn weights_follow_their_laws_and_leave_the_graph_alone() {
    let lattice = |weights: &str| build::<Lattice>(&format!("sizes = [150, 160]\n{weights}"), 6);
    let bonds = |j: &dyn Couplings| -> Vec<f64> {
        // Right and down of each element of the torus.
        (0..24_000)
            .flat_map(|i| [(i, i - i % 160 + (i + 1) % 160), (i, (i + 160) % 24_000)])
            .map(|(i, k)| j.entry(i, k))
            .collect()
    };
    let uniform = lattice("weights.uniform = -0.25");
    assert!(bonds(uniform.as_ref()).iter().all(|&v| v == -0.25));
    let signs = bonds(lattice("weights = { plus-minus = { magnitude = 0.5, positive = 0.2 } }").as_ref());
    assert!(signs.iter().all(|v| v.abs() == 0.5));
    assert!(binomial(signs.iter().filter(|&&v| v > 0.0).count(), signs.len(), 0.2));
    let normal = bonds(lattice("weights = { gaussian = { mean = 0.3, std = 2.0 } }").as_ref());
    let count = normal.len() as f64;
    let mean = normal.iter().sum::<f64>() / count;
    let variance = normal.iter().map(|v| (v - 0.3).powi(2)).sum::<f64>() / count;
    assert!((mean - 0.3).abs() < 4.0 * 2.0 / count.sqrt(), "{mean}");
    assert!((variance / 4.0 - 1.0).abs() < 4.0 * (2.0 / count).sqrt(), "{variance}");
}

#[test]
fn jittered_positions_scatter_about_their_places() {
    use lightfall_couplings::{BuildSite, Positions};
    let of = |instance: u64, sigma: f64| {
        let positions = Positions::Jittered { of: Box::new(Positions::Grid { columns: 40, spacing: 2.0 }), sigma };
        positions
            .place(Some(2000), &BuildSite { streams: Streams::new(4, instance), folder: std::path::Path::new(".") })
    };
    let (still, moved, other) = (of(0, 0.0).unwrap(), of(0, 0.3).unwrap(), of(1, 0.3).unwrap());
    assert_eq!(still[41], (2.0, 2.0));
    assert_ne!(moved, other);
    // 4000 displacements: mean and variance within 4 standard errors.
    let shifts: Vec<f64> = moved.iter().zip(&still).flat_map(|(m, s)| [m.0 - s.0, m.1 - s.1]).collect();
    let count = shifts.len() as f64;
    let mean = shifts.iter().sum::<f64>() / count;
    let variance = shifts.iter().map(|v| v * v).sum::<f64>() / count;
    assert!(mean.abs() < 4.0 * 0.3 / count.sqrt(), "{mean}");
    assert!((variance / 0.09 - 1.0).abs() < 4.0 * (2.0 / count).sqrt(), "{variance}");
    assert!(of(0, -1.0).is_err());
}
