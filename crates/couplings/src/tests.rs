//! Properties that every representation of a network shares.

use proptest::prelude::*;

use crate::{Asymmetry, Couplings, CouplingsError, Dense, Sparse};

/// A network that has nothing but the required methods.
#[derive(Debug)]
struct Bare(Vec<f64>, usize);

impl Couplings for Bare {
    fn len(&self) -> usize {
        self.1
    }

    fn entry(&self, i: usize, j: usize) -> f64 {
        self.0[i * self.1 + j]
    }
}

/// One network in three representations.
#[derive(Debug)]
struct Networks(Dense, Sparse, Bare);

impl Networks {
    fn all(&self) -> [&dyn Couplings; 3] {
        [&self.0, &self.1, &self.2]
    }
}

/// Networks of 1 to 8 elements with a few zeros.
fn networks() -> impl Strategy<Value = Networks> {
    let value = prop_oneof![Just(0.0), -2.0..2.0f64];
    (1usize..9).prop_flat_map(move |n| (Just(n), prop::collection::vec(value.clone(), n * (n + 1) / 2))).prop_map(
        |(n, upper)| {
            let mut pairs = Vec::new();
            let mut values = vec![0.0; n * n];
            let mut upper = upper.into_iter();
            for i in 0..n {
                for j in i..n {
                    let value = upper.next().unwrap_or(0.0);
                    values[i * n + j] = value;
                    values[j * n + i] = value;
                    if value != 0.0 {
                        // Either order of the indices is the same pair.
                        pairs.push(if (i + j) % 2 == 0 { (i, j, value) } else { (j, i, value) });
                    }
                }
            }
            Networks(Dense::new(n, values.clone()).unwrap(), Sparse::from_pairs(n, &pairs).unwrap(), Bare(values, n))
        },
    )
}

/// Spins and real vectors, more than any network above needs.
fn vectors() -> impl Strategy<Value = (Vec<bool>, Vec<f64>)> {
    (prop::collection::vec(any::<bool>(), 8), prop::collection::vec(-3.0..3.0f64, 24))
}

fn spins(signs: &[bool], n: usize) -> Vec<f64> {
    signs[..n].iter().map(|&up| if up { 1.0 } else { -1.0 }).collect()
}

proptest! {
    #[test]
    fn representations_agree(networks in networks(), (signs, x) in vectors()) {
        let n = networks.0.len();
        let s = spins(&signs, n);
        let values = networks.2.to_dense();
        let bounds = networks.2.spectral_bounds();
        let mut expected = vec![0.0; 3 * n];
        networks.2.apply(&x[..3 * n], &mut expected, 3);
        for j in networks.all() {
            prop_assert!(j.check().is_ok());
            prop_assert_eq!(j.len(), n);
            prop_assert_eq!(j.to_dense(), values.clone());
            let mut row = vec![f64::NAN; n];
            let mut y = vec![f64::NAN; 3 * n];
            j.apply(&x[..3 * n], &mut y, 3);
            for (y, expected) in y.iter().zip(&expected) {
                prop_assert!((y - expected).abs() < 1e-13);
            }
            let found = j.spectral_bounds();
            prop_assert!((found.0 - bounds.0).abs() < 1e-13 && (found.1 - bounds.1).abs() < 1e-13);
            for i in 0..n {
                j.row(i, &mut row);
                prop_assert_eq!(&row[..], &values[i * n..(i + 1) * n]);
                for k in 0..n {
                    prop_assert_eq!(j.entry(i, k), j.entry(k, i));
                }
                let field = networks.2.local_field(i, &s);
                prop_assert!((j.local_field(i, &s) - field).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn energy_is_the_sum_over_pairs(networks in networks(), (signs, _) in vectors()) {
        let n = networks.0.len();
        let s = spins(&signs, n);
        let mut expected = 0.0;
        for i in 0..n {
            for k in i + 1..n {
                expected -= networks.0.entry(i, k) * s[i] * s[k];
            }
        }
        for j in networks.all() {
            prop_assert!((j.energy(&s) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn a_flip_costs_twice_the_spin_times_its_local_field(networks in networks(), (signs, _) in vectors()) {
        for j in networks.all() {
            let mut s = spins(&signs, j.len());
            let before = j.energy(&s);
            for i in 0..j.len() {
                let cost = 2.0 * s[i] * j.local_field(i, &s);
                s[i] = -s[i];
                prop_assert!((j.energy(&s) - before - cost).abs() < 1e-12);
                s[i] = -s[i];
            }
        }
    }

    #[test]
    fn apply_is_linear_and_batches_change_nothing(networks in networks(), (_, x) in vectors(), a in -2.0..2.0f64) {
        for j in networks.all() {
            let n = j.len();
            let (u, v) = (&x[..n], &x[8..8 + n]);
            let single = |x: &[f64]| {
                let mut y = vec![f64::NAN; n];
                j.apply(x, &mut y, 1);
                y
            };
            let sum: Vec<f64> = u.iter().zip(v).map(|(u, v)| u + a * v).collect();
            let (ju, jv, jsum) = (single(u), single(v), single(&sum));
            let pair: Vec<f64> = u.iter().zip(v).flat_map(|(&u, &v)| [u, v]).collect();
            let mut batch = vec![f64::NAN; 2 * n];
            j.apply(&pair, &mut batch, 2);
            for i in 0..n {
                prop_assert!((jsum[i] - ju[i] - a * jv[i]).abs() < 1e-12);
                prop_assert_eq!([batch[2 * i], batch[2 * i + 1]], [ju[i], jv[i]]);
            }
            // v.Ju = u.Jv by symmetry.
            let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
            prop_assert!((dot(v, &ju) - dot(u, &jv)).abs() < 1e-12);
        }
    }

    #[test]
    fn spectral_bounds_hold_every_rayleigh_quotient(networks in networks(), (_, x) in vectors()) {
        for j in networks.all() {
            let n = j.len();
            let mut y = vec![0.0; n];
            j.apply(&x[..n], &mut y, 1);
            let norm: f64 = x[..n].iter().map(|x| x * x).sum();
            let quotient = x.iter().zip(&y).map(|(x, y)| x * y).sum::<f64>() / norm;
            let (lo, hi) = j.spectral_bounds();
            prop_assert!(norm == 0.0 || (lo - 1e-12..=hi + 1e-12).contains(&quotient));
        }
    }
}

#[test]
fn gershgorin_is_attained_by_a_ferromagnet() {
    // J = 1 everywhere but 2 on the diagonal: eigenvalues 1 (n - 1 times) and n + 1.
    let mut values = vec![1.0; 25];
    values.iter_mut().step_by(6).for_each(|value| *value = 2.0);
    let j = Dense::new(5, values).unwrap();
    assert_eq!(j.spectral_bounds(), (-2.0, 6.0));
    assert_eq!(Bare(Vec::new(), 0).spectral_bounds(), (0.0, 0.0));
    assert!(Bare(Vec::new(), 0).is_empty() && !j.is_empty());
}

#[test]
fn check_names_the_entry() {
    let refuse = |values: [f64; 4]| Bare(values.to_vec(), 2).check().unwrap_err();
    assert!(matches!(
        refuse([0.0, 1.0, 0.5, 0.0]),
        CouplingsError::Asymmetric(Asymmetry { i: 0, j: 1, forward: 1.0, backward: 0.5 })
    ));
    assert!(matches!(refuse([0.0, 0.0, f64::NEG_INFINITY, 0.0]), CouplingsError::NotFinite { i: 1, j: 0, .. }));
}

#[test]
fn no_columns_leave_nothing_to_do() {
    let dense = Dense::new(1, vec![1.0]).unwrap();
    let sparse = Sparse::from_pairs(1, &[(0, 0, 1.0)]).unwrap();
    dense.apply(&[], &mut [], 0);
    sparse.apply(&[], &mut [], 0);
    Bare(vec![1.0], 1).apply(&[], &mut [], 0);
}
