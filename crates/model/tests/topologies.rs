//! Properties that every registered topology has, over sizes and seeds, from one table.

use lightfall_couplings::{Couplings, extreme_eigenvalues};
use lightfall_linalg::symmetric_eigen;
use lightfall_model::Registry;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Every topology with keys that make about `n` elements, in the variants that differ in code.
fn table(n: usize) -> Vec<(&'static str, String)> {
    let weights =
        ["uniform = -0.7", "plus-minus = { magnitude = 0.5, positive = 0.3 }", "gaussian = { mean = 0.2 }"][n % 3];
    let weights = format!("weights = {{ {weights} }}");
    let (side, even) = (2 + n % 5, n + n % 2);
    let drawn = format!("n = {n}\npositions = {{ drawn = {{ sigma = 1.3 }} }}");
    let periodic = n.is_multiple_of(2);
    let numbers =
        |count: usize| (0..count).map(|k| format!("{:.3}", (1.7 * k as f64).sin())).collect::<Vec<_>>().join(", ");
    let rows = (0..n).map(|i| {
        let row = (0..n).map(|j| format!("{:.3}", ((i * j) as f64 + 0.3 * (i + j) as f64).cos()));
        format!("[{}]", row.collect::<Vec<_>>().join(", "))
    });
    vec![
        ("sk", format!("n = {n}")),
        ("dense", format!("values = [{}]", rows.collect::<Vec<_>>().join(", "))),
        ("sparse", format!("n = {}\npairs = [[0, {n}, 1.5], [1, 1, -0.5]]", n + 1)),
        ("file", format!("path = \"{}/tests/couplings.csv\"\nscale = -0.5", env!("CARGO_MANIFEST_DIR"))),
        ("formula", format!("{drawn}\nentry = \"exp(-r)*(xi*xj + yi*yj)\"\ndiagonal = {periodic}")),
        ("low-rank", format!("n = {n}\npatterns = {{ drawn = {{ count = 3 }} }}\nzero_diagonal = {periodic}")),
        ("low-rank", format!("n = {n}\npatterns.drawn.count = {}\nrule = \"pseudoinverse\"\nscale = 0.8", 1 + n % 7)),
        ("low-rank", format!("n = {n}\npatterns.drawn.count = 2\nrule = \"pseudoinverse\"\nzero_diagonal = true")),
        ("circulant", format!("n = {n}\nvalues = [{}]", numbers(n / 2 + 1))),
        ("circulant", format!("n = {even}\nentry = \"cos(k*d)/d^2\"\nparameters.k = 1.1\ndiagonal = 0.4")),
        ("circulant", format!("sizes = [3, {side}, 4]\nentry = \"1/(d + d1 + 2*d2) - 0.1*d3\"")),
        ("circulant", format!("sizes = [2, {side}]\nentry = \"-1/d\"")),
        ("lattice", format!("sizes = [{n}]\nperiodic = {periodic}\n{weights}")),
        ("lattice", format!("sizes = [{side}, 3, 2]\nperiodic = true\n{weights}")),
        ("lattice", format!("sizes = [1, {side}, 2, 2]\nperiodic = {periodic}\nn = {}", 4 * side)),
        ("plus-minus", format!("n = {n}\npositive = 0.4")),
        ("gaussian", format!("n = {n}\nmean = -1.0\nstd = 0.6")),
        ("levy", format!("n = {n}\nalpha = 1.3")),
        ("wishart", format!("n = {}\nalpha = 0.2", n + 1)),
        ("wishart", format!("n = {}\nalpha = 1.1\nscale = 2.0", n + 1)),
        ("tile", format!("rows = 4\ncolumns = {}\nclasses = [0.3, 0.3, 0.2]\nscale = 0.5", 4 + 2 * (n % 4))),
        ("random-regular", format!("n = {}\ndegree = 3\n{weights}", even + 4)),
        ("random-regular", format!("n = {}\ndegree = {}\n{weights}", even + 10, 5 + n % 6)),
        ("erdos-renyi", format!("n = {n}\nprobability = 0.3\n{weights}")),
        ("erdos-renyi", format!("n = {}\nmean_degree = 2.5", n + 4)),
        ("small-world", format!("n = {}\nneighbours = 4\nrewire = 0.4\n{weights}", n + 5)),
        ("chimera", format!("rows = {}\ncolumns = 2\nshore = {}\n{weights}", 1 + n % 3, 1 + n % 4)),
        ("king", format!("rows = {side}\ncolumns = 3\nperiodic = {periodic}\n{weights}")),
        ("king", format!("rows = {}\ncolumns = 2\nperiodic = true", 1 + n % 3)),
        ("power-law", format!("n = {n}\nalpha = 1.5\n{weights}")),
        ("power-law", format!("{drawn}\nalpha = 3.0")),
        ("confocal", format!("{drawn}\nw0 = 0.9\nbeta = 1.5\nscale = -0.4")),
        ("confocal", format!("{drawn}\nkernel = {{ nonlocal = {{ quadrature = \"sine\" }} }}")),
        ("confocal", format!("{drawn}\nkernel = {{ finite = {{ rho = 0.9 }} }}")),
        ("four-sevenths", format!("{drawn}\nn0 = {}", n % 7)),
        ("four-sevenths", format!("{drawn}\nn0 = {}\nrho = 0.95\nbeta = 0.0", n % 7)),
    ]
}

/// Small networks, and some large enough to be stored sparse.
fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 1usize..26, 1 => 64usize..90]
}

fn each(n: usize, seed: u64, mut check: impl FnMut(&str, Arc<dyn Couplings>)) {
    let registry = Registry::default();
    for (name, text) in table(n) {
        let couplings = registry.build(name, &text, seed).unwrap_or_else(|error| panic!("{name}, n = {n}: {error}"));
        check(&format!("{name}, seed {seed}\n{text}\n"), couplings);
    }
}

/// Numbers in (-1, 1) of a fixed recipe.
fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed | 1;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// max_i sum_j |J_ij|, which bounds every eigenvalue, and at least 1: couplings of the table are of order 1, but J without the
/// diagonal of a projector may be the small rest of two matrices of norm 1.
fn norm(j: &dyn Couplings, dense: &[f64]) -> f64 {
    dense.chunks_exact(j.len()).map(|row| row.iter().map(|v| v.abs()).sum::<f64>()).fold(1.0, f64::max)
}

#[test]
fn the_table_holds_every_registered_topology() {
    let registry = Registry::default();
    let known: BTreeSet<&str> = registry.topologies().map(|(name, _)| name).collect();
    let tested: BTreeSet<&str> = table(5).into_iter().map(|(name, _)| name).collect();
    assert_eq!(known, tested);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn entries_rows_and_the_dense_form_agree_and_are_symmetric(n in sizes(), seed in any::<u64>()) {
        each(n, seed, |what, j| {
            let n = j.len();
            let dense = j.to_dense();
            assert!(j.check().is_ok(), "{what}");
            let mut row = vec![f64::NAN; n];
            for i in 0..n {
                j.row(i, &mut row);
                assert_eq!(&row[..], &dense[i * n..(i + 1) * n], "{what}");
                for k in 0..n {
                    assert_eq!(j.entry(i, k).to_bits(), j.entry(k, i).to_bits(), "{what}");
                    assert_eq!(j.entry(i, k), row[k], "{what}");
                }
            }
        });
    }

    #[test]
    fn apply_is_the_dense_product_and_a_batch_changes_no_bit(n in sizes(), seed in any::<u64>()) {
        each(n, seed, |what, j| {
            let n = j.len();
            let dense = j.to_dense();
            for columns in [1, 3, 11] {
                let x = numbers(n * columns, seed);
                let mut y = vec![f64::NAN; n * columns];
                j.apply(&x, &mut y, columns);
                for c in 0..columns {
                    let column: Vec<f64> = (0..n).map(|i| x[i * columns + c]).collect();
                    let mut alone = vec![f64::NAN; n];
                    j.apply(&column, &mut alone, 1);
                    for i in 0..n {
                        let expected: f64 = (0..n).map(|k| dense[i * n + k] * column[k]).sum();
                        let error = (y[i * columns + c] - expected).abs();
                        assert!(error <= 1e-12 * norm(j.as_ref(), &dense), "{what}{error}");
                        assert_eq!(alone[i].to_bits(), y[i * columns + c].to_bits(), "{what}");
                    }
                }
            }
        });
    }

    #[test]
    fn a_flip_costs_twice_the_spin_times_its_local_field(n in sizes(), seed in any::<u64>()) {
        each(n, seed, |what, j| {
            let n = j.len();
            let dense = j.to_dense();
            let mut s: Vec<f64> = numbers(n, seed).into_iter().map(f64::signum).collect();
            let pairs = |s: &[f64]| -> f64 {
                (0..n).map(|i| (0..i).map(|k| -dense[i * n + k] * s[i] * s[k]).sum::<f64>()).sum()
            };
            let tolerance = 1e-12 * n as f64 * norm(j.as_ref(), &dense);
            let before = pairs(&s);
            assert!((j.energy(&s) - before).abs() <= tolerance, "{what}");
            for i in (0..n).step_by(1 + n / 20) {
                let cost = 2.0 * s[i] * j.local_field(i, &s);
                s[i] = -s[i];
                assert!((pairs(&s) - before - cost).abs() <= tolerance, "{what}");
                s[i] = -s[i];
            }
        });
    }

    #[test]
    fn bounds_hold_the_dense_spectrum_and_lanczos_finds_its_ends(n in sizes(), seed in any::<u64>()) {
        each(n, seed, |what, j| {
            let n = j.len();
            let dense = j.to_dense();
            let (values, _) = symmetric_eigen(n, &dense).unwrap();
            let rounding = 1e-13 * n as f64 * norm(j.as_ref(), &dense);
            let (least, most) = (values[0], values[n - 1]);
            let (lo, hi) = j.spectral_bounds();
            assert!(lo <= least + rounding && most <= hi + rounding, "{what}{lo} {hi} {least} {most}");
            let found = extreme_eigenvalues(j.as_ref(), 1e-6).unwrap();
            // n is at most the number of steps, so the space is exhausted.
            assert!((found.lowest - least).abs() <= 1e-11 * norm(j.as_ref(), &dense) + rounding, "{what}{found:?} {least}");
            assert!((found.highest - most).abs() <= 1e-11 * norm(j.as_ref(), &dense) + rounding, "{what}{found:?} {most}");
            let (lo, hi) = found.interval;
            assert!(lo <= least + rounding && most <= hi + rounding, "{what}{found:?}");
        });
    }

    #[test]
    fn a_seed_gives_one_network(n in sizes(), seed in any::<u64>()) {
        let mut first = Vec::new();
        each(n, seed, |_, j| first.push(j.to_dense()));
        let mut again = first.into_iter();
        each(n, seed, |what, j| assert_eq!(Some(j.to_dense()), again.next(), "{what}"));
    }
}

#[test]
fn seeds_differ_where_something_is_drawn() {
    let registry = Registry::default();
    for (name, text) in table(20) {
        let dense = |seed| registry.build(name, &text, seed).unwrap().to_dense();
        let fixed = ["dense", "sparse", "file", "circulant"].contains(&name) || text.contains("periodic = true\nn =");
        let fixed = fixed || (name == "lattice" && !text.contains("weights"));
        let fixed =
            fixed || (["king", "power-law"].contains(&name) && !text.contains("weights") && !text.contains("drawn"));
        assert_eq!(dense(1) == dense(2), fixed, "{name}\n{text}");
    }
}

#[test]
fn every_example_makes_a_network_or_needs_a_file() {
    let registry = Registry::default();
    for (name, entry) in registry.topologies() {
        let example = entry.example.unwrap_or_else(|| panic!("{name} has no example"));
        match registry.build(name, example, 0) {
            Ok(j) => assert!((3..=64).contains(&j.len()), "{name}: {}", j.len()),
            Err(error) => assert!(name == "file" && error.message.contains("couplings.csv"), "{name}: {error}"),
        }
    }
}

/// The same positions, once through the parsed formula and once through the kernel.
#[test]
fn the_confocal_kernel_is_its_formula() {
    let registry = Registry::default();
    let drawn = "n = 12\npositions = { drawn = { sigma = 1.4 } }";
    let formula = format!("{drawn}\nentry = \"0.3*cos(2*(xi*xj + yi*yj)/w^2)\"\nparameters.w = 0.8\ndiagonal = true");
    let kernel = registry.build("confocal", &format!("{drawn}\nw0 = 0.8\nscale = 0.3"), 5).unwrap();
    let formula = registry.build("formula", &formula, 5).unwrap();
    for (a, b) in kernel.to_dense().iter().zip(formula.to_dense()) {
        // Arguments of the cosine reach 50, so rounding reaches 1e-14.
        assert!((a - b).abs() < 1e-13);
    }
}

#[test]
fn lanczos_bounds_a_network_larger_than_its_space() {
    // The ring of n: eigenvalues 2 cos(2 pi k/n), from -2 to 2 for even n.
    let j = Registry::default().build("lattice", "sizes = [3000]", 0).unwrap();
    let found = extreme_eigenvalues(j.as_ref(), 1e-6).unwrap();
    assert_eq!(found.steps, 100);
    assert!(found.lowest > -2.0 && found.highest < 2.0 && found.highest > 1.99);
    assert!(found.interval.0 <= -2.0 && found.interval.1 >= 2.0);
    // Never wider than Gershgorin's circles, here exact.
    assert_eq!(found.interval, (-2.0, 2.0));
}

/// FNV-1a over the bits of J.
fn hash(dense: &[f64]) -> u64 {
    let bytes = dense.iter().flat_map(|v| v.to_bits().to_le_bytes());
    bytes.fold(0xcbf29ce484222325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100000001b3))
}

/// A snapshot: these draws never change, or runs of earlier versions could not be repeated.
#[test]
fn snapshot_of_draws_that_use_no_elementary_function() {
    let registry = Registry::default();
    let found = SNAPSHOT.map(|(name, text, _)| hash(&registry.build(name, text, 12345).unwrap().to_dense()));
    assert_eq!(found, SNAPSHOT.map(|(_, _, expected)| expected), "{found:#018x?}");
}

const SNAPSHOT: [(&str, &str, u64); 8] = [
    ("plus-minus", "n = 16", 0x8b78_07bc_516d_d525),
    ("low-rank", "n = 16\npatterns.drawn.count = 3", 0x778f_738d_42b2_c0a5),
    ("tile", "rows = 6\nclasses = [0.2, 0.5, 0.2]", 0xeaa7_6a14_f8cf_5205),
    ("random-regular", "n = 20\ndegree = 3", 0xb89b_d158_ab3a_a1e5),
    ("random-regular", "n = 20\ndegree = 6", 0xa2f8_decd_4271_71e5),
    ("small-world", "n = 20\nneighbours = 4\nrewire = 0.3", 0xe891_19bf_d29c_2d25),
    ("lattice", "sizes = [4, 5]\nweights = { plus-minus = {} }", 0x166a_39ef_6ea8_8825),
    ("chimera", "rows = 2\ncolumns = 2\nweights = { plus-minus = { positive = 0.2 } }", 0x352b_72a4_02d9_bf25),
];
