//! The kernels of annealing sample Boltzmann's law; products are those of the couplings.

use lightfall_cim::lanes::{LANES, Lane, Real};
use lightfall_cim::sa::{DenseState, REPLICAS, RealState, WholeState, bounds};
use lightfall_cim::{Network, Rows};
use lightfall_core::rng::{LaneWords, Purpose, Streams};
use lightfall_couplings::{Couplings, Dense, Sparse};

const TEMPERATURE: f64 = 1.7;

/// Sweeps between two counts: correlations have died out.
const APART: usize = 12;

/// Coupled spins, and all: rows of so many are read as sparse.
const COUPLED: usize = 6;
const ALL: usize = 80;

fn number(k: usize) -> f64 {
    (1.7 * k as f64 + 0.3).sin()
}

/// Six coupled spins among eighty with fields, and the probabilities of their 64 states.
fn network(whole: bool) -> (Network, Vec<f64>) {
    let mut pairs = Vec::new();
    for i in 0..COUPLED {
        for j in i + 1..COUPLED {
            let value = number(7 * i + j);
            pairs.push((i, j, if whole { value.signum() } else { value }));
        }
    }
    let mut h = vec![0.0; ALL];
    for i in 0..COUPLED {
        h[i] = if whole { (i % 3) as f64 - 1.0 } else { 0.5 * number(90 + i) };
    }
    let energy = |state: usize| {
        let s = |i: usize| if state >> i & 1 == 0 { 1.0 } else { -1.0 };
        let of_pairs: f64 = pairs.iter().map(|&(i, j, v)| v * s(i) * s(j)).sum();
        -of_pairs - (0..COUPLED).map(|i| h[i] * s(i)).sum::<f64>()
    };
    let weights: Vec<f64> = (0..1 << COUPLED).map(|state| (-energy(state) / TEMPERATURE).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let couplings = Sparse::from_pairs(ALL, &pairs).unwrap();
    (Network::new(&couplings, &h), weights.iter().map(|w| w / sum).collect())
}

/// chi^2 of counts of independent states; 63 degrees of freedom.
fn check(counts: &[u64], probabilities: &[f64], what: &str) {
    let n = counts.iter().sum::<u64>() as f64;
    let chi2: f64 = counts.iter().zip(probabilities).map(|(c, p)| (*c as f64 - n * p).powi(2) / (n * p)).sum();
    println!("{what}: chi^2 {chi2}");
    // Mean 63, standard deviation 11.2: a false alarm of 2e-4.
    assert!(chi2 < 110.0, "{what}: {chi2}");
}

fn words(seed: u64) -> LaneWords {
    LaneWords::new(&Streams::new(seed, 0), Purpose::Search, 0)
}

#[test]
fn whole_number_sweeps_sample_the_law_of_boltzmann() {
    let (network, probabilities) = network(true);
    let (Rows::Sparse(rows), Some(whole)) = (&network.rows, &network.whole) else { panic!("sparse and whole") };
    let mut words = words(1);
    let mut state = WholeState::random(rows, whole, &mut words);
    let mut table = Vec::new();
    bounds(&[TEMPERATURE; REPLICAS], whole.unit, &mut table);
    let mut counts = vec![0; 1 << COUPLED];
    for k in 0..6000 {
        (0..APART).for_each(|_| state.sweep(rows, whole, &table, &mut words));
        for r in 0..if k > 10 { REPLICAS } else { 0 } {
            counts[(0..COUPLED).map(|i| usize::from(state.spins[i][r] < 0) << i).sum::<usize>()] += 1;
        }
    }
    check(&counts, &probabilities, "whole");
    // Fields and energies kept up to date are those computed anew.
    let energies = state.energies(whole);
    for r in [0, 17, 31] {
        let s = state.replica(r);
        let mut twice = 0.0;
        for i in 0..ALL {
            let range = rows.starts[i] as usize..rows.starts[i + 1] as usize;
            let h = f64::from(network.fields[i]);
            let of_row = range.map(|at| f64::from(rows.values[at]) * f64::from(s[rows.columns[at] as usize]));
            let f = h + of_row.sum::<f64>();
            assert_eq!(f64::from(state.fields[i][r]), f);
            twice -= f64::from(s[i]) * (f + h);
        }
        assert_eq!(0.5 * twice, energies[r]);
    }
}

#[test]
fn real_sweeps_sample_the_law_of_boltzmann() {
    let (network, probabilities) = network(false);
    let Rows::Sparse(rows) = &network.rows else { panic!("sparse") };
    let mut words = words(2);
    let mut state = RealState::random(rows, &network.fields, &mut words);
    let mut counts = vec![0; 1 << COUPLED];
    for k in 0..12_000 {
        (0..APART).for_each(|_| state.sweep(rows, &[TEMPERATURE as f32; LANES], &mut words));
        for r in 0..if k > 10 { LANES } else { 0 } {
            counts[(0..COUPLED).map(|i| usize::from(state.spins[i][r] < 0.0) << i).sum::<usize>()] += 1;
        }
    }
    check(&counts, &probabilities, "real");
}

#[test]
fn dense_sweeps_sample_the_law_of_boltzmann() {
    // The same six spins and fields in a full matrix of their own.
    let (sparse, probabilities) = network(false);
    let Rows::Sparse(rows) = &sparse.rows else { panic!("sparse") };
    let mut full = vec![0.0; COUPLED * COUPLED];
    for i in 0..COUPLED {
        for at in rows.starts[i] as usize..rows.starts[i + 1] as usize {
            full[i * COUPLED + rows.columns[at] as usize] = rows.values[at];
        }
    }
    let mut words = words(3);
    let mut state = DenseState::random(&full, &sparse.fields[..COUPLED], &mut words);
    let mut counts = vec![0; 1 << COUPLED];
    for k in 0..200_000 {
        for _ in 0..APART {
            state.sweep(&full, TEMPERATURE as f32, &mut words);
        }
        if k > 10 {
            counts[state.spins().iter().enumerate().map(|(i, s)| usize::from(*s < 0) << i).sum::<usize>()] += 1;
        }
    }
    check(&counts, &probabilities, "dense");
}

#[test]
fn products_of_both_kinds_and_precisions_are_those_of_the_couplings() {
    for n in [65, 71, 96] {
        let mut values = vec![0.0; n * n];
        let mut pairs = Vec::new();
        for i in 0..n {
            for j in i + 1..n {
                let value = number(n * i + j);
                (values[i * n + j], values[j * n + i]) = (value, value);
                if (i + j) % 11 == 0 {
                    pairs.push((i, j, value));
                }
            }
        }
        let networks: [Box<dyn Couplings>; 2] =
            [Box::new(Dense::new(n, values).unwrap()), Box::new(Sparse::from_pairs(n, &pairs).unwrap())];
        for (kind, couplings) in networks.iter().enumerate() {
            let network = Network::new(couplings.as_ref(), &[]);
            assert_eq!(matches!(network.rows, Rows::Dense(_)), kind == 0);
            let x: Vec<Lane<f64>> = (0..n).map(|i| std::array::from_fn(|l| number(31 * i + 7 * l))).collect();
            let mut expected = vec![0.0; n * LANES];
            couplings.apply(x.as_flattened(), &mut expected, LANES);
            let mut double = vec![[0.0; LANES]; n];
            f64::product(&network.rows.double(), &x, &mut double);
            let narrow: Vec<Lane<f32>> = x.iter().map(|x| x.map(|x| x as f32)).collect();
            let mut single = vec![[0.0; LANES]; n];
            f32::product(&network.rows, &narrow, &mut single);
            for (at, expected) in expected.iter().enumerate() {
                let (i, l) = (at / LANES, at % LANES);
                // Couplings are rounded to single precision in both.
                assert!((double[i][l] - expected).abs() < 1e-5, "{n} {kind} {i} {l}");
                assert!((f64::from(single[i][l]) - expected).abs() < 2e-5, "{n} {kind} {i} {l}");
            }
        }
    }
}

#[test]
fn sweeps_over_sixteen_bits_take_the_same_flips() {
    // Whole couplings: both kinds of rows are exact, and so are the fields.
    let n = 75;
    let value = |i: usize, j: usize| (3.0 * number(i.min(j) * n + i.max(j))).round();
    let all: Vec<f64> = (0..n * n).map(|k| if k / n == k % n { 0.0 } else { 0.5 * value(k / n, k % n) }).collect();
    let h: Vec<f64> = (0..n).map(|i| (4.0 * number(7 * i)).round()).collect();
    let network = Network::new(&Dense::new(n, all).unwrap(), &h);
    let (Rows::Dense(rows), Some(short)) = (&network.rows, &network.short) else { panic!("full and short") };
    assert_eq!(short.unit, 0.5);
    let (mut a_words, mut b_words) = (words(5), words(5));
    let mut a = DenseState::random(rows, &network.fields, &mut a_words);
    let mut b = DenseState::random(&short.values, &short.fields, &mut b_words);
    let mut flips = 0;
    for k in 0..200 {
        let temperature = 12.0 - 0.05 * k as f32;
        let of_a = a.sweep(rows, temperature, &mut a_words);
        assert_eq!(of_a, b.sweep(&short.values, 2.0 * temperature, &mut b_words));
        assert_eq!((a.spins(), a.energy(&network.fields)), (b.spins(), 0.5 * b.energy(&short.fields)));
        flips += of_a;
    }
    assert!(flips > 1000);
}

#[test]
fn couplings_of_many_orders_are_not_cut_to_sixteen_bits() {
    let n = 70;
    let of = |largest: f64| {
        let value = |i: usize, j: usize| if i + j == 1 { largest } else { number(i.min(j) * n + i.max(j)) };
        let all = (0..n * n).map(|k| if k / n == k % n { 0.0 } else { value(k / n, k % n) }).collect();
        Network::new(&Dense::new(n, all).unwrap(), &[])
    };
    let (fine, coarse) = (of(1.0), of(1e5));
    assert!(coarse.short.is_none());
    let (Rows::Dense(rows), Some(short)) = (&fine.rows, &fine.short) else { panic!("full and short") };
    for (v, q) in rows.iter().zip(&short.values) {
        assert!((f64::from(*v) - short.unit * f64::from(*q)).abs() <= 0.51 * short.unit);
    }
}
