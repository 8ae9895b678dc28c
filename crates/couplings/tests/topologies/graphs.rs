//! Graphs against brute force, counts of edges, and the laws they are drawn from.

use lightfall_couplings::{Chimera, Couplings, ErdosRenyi, King, Lattice, RandomRegular, SmallWorld};

use crate::{build, pairs};

fn edges(j: &dyn Couplings) -> usize {
    pairs(j).filter(|&v| v != 0.0).count()
}

fn degree(j: &dyn Couplings, i: usize) -> usize {
    (0..j.len()).filter(|&k| k != i && j.entry(i, k) != 0.0).count()
}

/// Digits of i in the mixed base `sizes`, the last one fastest.
fn digits(mut i: usize, sizes: &[usize]) -> Vec<usize> {
    let mut digits = vec![0; sizes.len()];
    for (digit, size) in digits.iter_mut().zip(sizes).rev() {
        (*digit, i) = (i % size, i / size);
    }
    digits
}

#[test]
fn lattices_couple_what_differs_by_one_step() {
    for sizes in [&[7][..], &[2], &[1], &[3, 4], &[1, 5], &[2, 2], &[2, 3, 4], &[3, 3, 3], &[5, 1, 2, 3], &[9, 9]] {
        for periodic in [false, true] {
            let j = build::<Lattice>(&format!("sizes = {sizes:?}\nperiodic = {periodic}"), 0);
            assert_eq!(j.len(), sizes.iter().product::<usize>());
            for i in 0..j.len() {
                for k in 0..j.len() {
                    let (a, b) = (digits(i, sizes), digits(k, sizes));
                    let step = |axis: usize| {
                        let (d, side) = (a[axis].abs_diff(b[axis]), sizes[axis]);
                        d == 1 || periodic && side > 1 && d == side - 1
                    };
                    let differ: Vec<usize> = (0..sizes.len()).filter(|&axis| a[axis] != b[axis]).collect();
                    let coupled = differ.len() == 1 && step(differ[0]);
                    assert_eq!(j.entry(i, k), if coupled { 1.0 } else { 0.0 }, "{sizes:?} {periodic} {i} {k}");
                }
            }
        }
    }
}

#[test]
fn chimera_graphs_have_the_edges_of_the_machines() {
    // Qubits and couplers of D-Wave's C8 (Two), C12 (2X) and C16 (2000Q).
    for (side, n, couplers) in [(8, 512, 1472), (12, 1152, 3360), (16, 2048, 6016)] {
        let j = build::<Chimera>(&format!("rows = {side}\ncolumns = {side}"), 0);
        assert_eq!((j.len(), edges(j.as_ref())), (n, couplers));
    }
    let (rows, columns, shore) = (2, 3, 2);
    let j = build::<Chimera>(&format!("rows = {rows}\ncolumns = {columns}\nshore = {shore}"), 0);
    for i in 0..j.len() {
        for k in 0..j.len() {
            let (a, b) = (digits(i, &[rows, columns, 2, shore]), digits(k, &[rows, columns, 2, shore]));
            let inside = a[..2] == b[..2] && a[2] != b[2];
            let along = |axis: usize| a[axis].abs_diff(b[axis]) == 1 && a[1 - axis] == b[1 - axis] && a[2..] == b[2..];
            let coupled = inside || a[2] == 0 && along(0) || a[2] == 1 && along(1);
            assert_eq!(j.entry(i, k) != 0.0, coupled, "{a:?} {b:?}");
        }
    }
}

#[test]
fn kings_move_one_square_in_any_direction() {
    for (rows, columns) in [(1, 1), (1, 4), (2, 2), (3, 5), (6, 4)] {
        let j = build::<King>(&format!("rows = {rows}\ncolumns = {columns}"), 0);
        assert_eq!(edges(j.as_ref()), 4 * rows * columns + 2 - 3 * (rows + columns));
        for i in 0..j.len() {
            for k in 0..j.len() {
                let (a, b) = ((i / columns, i % columns), (k / columns, k % columns));
                let near = i != k && a.0.abs_diff(b.0) <= 1 && a.1.abs_diff(b.1) <= 1;
                assert_eq!(j.entry(i, k) != 0.0, near);
            }
        }
    }
    let torus = build::<King>("rows = 4\ncolumns = 5\nperiodic = true", 0);
    assert!((0..20).all(|i| degree(torus.as_ref(), i) == 8));
    // On a torus of side 2 a step forth and a step back are one edge: every pair of four is coupled once.
    let small = build::<King>("rows = 2\ncolumns = 2\nperiodic = true", 0);
    assert!(pairs(small.as_ref()).all(|v| v == 1.0));
}

#[test]
fn regular_graphs_are_regular_for_every_possible_degree() {
    for n in [1, 2, 5, 8, 13, 20, 64, 101] {
        for d in (0..n).filter(|d| n * d % 2 == 0) {
            let j = build::<RandomRegular>(&format!("n = {n}\ndegree = {d}"), 9 + d as u64);
            assert!((0..n).all(|i| degree(j.as_ref(), i) == d), "n = {n}, degree = {d}");
        }
    }
    let large = build::<RandomRegular>("n = 20000\ndegree = 8", 1);
    let mut field = vec![0.0; 20000];
    large.apply(&vec![1.0; 20000], &mut field, 1);
    assert!(field.iter().all(|&v| v == 8.0));
}

/// The number of triangles tends to a Poisson number of mean (d - 1)^3/6 (Bollobas 1980).
#[test]
fn regular_graphs_have_the_triangles_of_the_uniform_law() {
    let (n, draws) = (400, 300);
    for d in [3usize, 6] {
        let mut count = 0;
        for seed in 0..draws {
            let j = build::<RandomRegular>(&format!("n = {n}\ndegree = {d}"), seed);
            let near: Vec<Vec<usize>> = (0..n).map(|i| (0..n).filter(|&k| j.entry(i, k) != 0.0).collect()).collect();
            for (i, list) in near.iter().enumerate() {
                for &a in list.iter().filter(|&&a| a > i) {
                    count += list.iter().filter(|&&b| b > a && near[a].contains(&b)).count();
                }
            }
        }
        let mean = count as f64 / draws as f64;
        let expected = ((d - 1) as f64).powi(3) / 6.0;
        // Corrections are of order d/n of the mean; four standard errors beyond: a false alarm in 16 000.
        let tolerance = expected * d as f64 / n as f64 + 4.0 * (expected / draws as f64).sqrt();
        assert!((mean - expected).abs() < tolerance, "d = {d}: {mean}, expected {expected} +- {tolerance}");
    }
}

#[test]
fn erdos_renyi_edges_are_independent_with_the_given_probability() {
    let (n, p, draws) = (6, 0.3, 20_000);
    let count = n * (n - 1) / 2;
    let mut present = vec![0.0; count];
    let (mut sum, mut squares) = (0.0, 0.0);
    for seed in 0..draws {
        let j = build::<ErdosRenyi>(&format!("n = {n}\nprobability = {p}"), seed);
        let mut edges = 0.0;
        for (present, value) in present.iter_mut().zip(pairs(j.as_ref())) {
            *present += value;
            edges += value;
        }
        sum += edges;
        squares += edges * edges;
    }
    let draws = draws as f64;
    // 15 pairs, four standard errors each: a false alarm in 1000.
    for present in present {
        assert!((present / draws - p).abs() < 4.0 * (p * (1.0 - p) / draws).sqrt());
    }
    // The variance of the number of edges is that of independent pairs; its estimate has relative error sqrt(2/draws).
    let variance = squares / draws - (sum / draws).powi(2);
    let expected = count as f64 * p * (1.0 - p);
    assert!((variance / expected - 1.0).abs() < 4.0 * (2.0 / draws).sqrt(), "{variance} {expected}");
}

#[test]
fn large_sparse_random_graphs_have_poisson_degrees() {
    let (n, c) = (200_000, 3.0);
    let j = build::<ErdosRenyi>(&format!("n = {n}\nmean_degree = {c}"), 4);
    let mut degrees = vec![0.0; n];
    j.apply(&vec![1.0; n], &mut degrees, 1);
    let mut poisson = f64::exp(-c);
    for d in 0..9 {
        let share = degrees.iter().filter(|&&degree| degree == f64::from(d)).count() as f64 / n as f64;
        // Nine shares, four standard errors each: a false alarm in 1700; the degrees of two elements are correlated by 1/n only.
        assert!((share - poisson).abs() < 4.0 * (poisson / n as f64).sqrt(), "{d}: {share} {poisson}");
        poisson *= c / f64::from(d + 1);
    }
    assert!(pairs(build::<ErdosRenyi>("n = 7\nprobability = 1.0", 0).as_ref()).all(|v| v == 1.0));
    assert!(pairs(build::<ErdosRenyi>("n = 7\nprobability = 0.0", 0).as_ref()).all(|v| v == 0.0));
    assert_eq!(build::<ErdosRenyi>("n = 1\nmean_degree = 0.0", 0).len(), 1);
}

#[test]
fn small_worlds_keep_their_edges_and_rewire_a_share() {
    let (n, k) = (2000, 4);
    let ring = |i: usize, j: usize| (i.abs_diff(j)).min(n - i.abs_diff(j));
    for rewire in [0.0, 0.15, 1.0] {
        let j = build::<SmallWorld>(&format!("n = {n}\nneighbours = {k}\nrewire = {rewire}"), 2);
        let (mut far, mut all) = (0.0, 0.0);
        for i in 0..n {
            for other in (0..i).filter(|&other| j.entry(i, other) != 0.0) {
                all += 1.0;
                far += if ring(i, other) > k / 2 { 1.0 } else { 0.0 };
            }
            // Each element keeps its own ends of k/2 edges.
            assert!(degree(j.as_ref(), i) >= k / 2);
        }
        let edges = (n * k / 2) as f64;
        assert_eq!(all, edges);
        // A rewired edge lands on the ring again with probability below k/n.
        let tolerance = 4.0 * (rewire * (1.0 - rewire) / edges).sqrt() + rewire * k as f64 / n as f64;
        assert!((far / edges - rewire).abs() <= tolerance, "{rewire}: {}", far / edges);
    }
    // With as many neighbours as there are there is nowhere to go.
    let full = build::<SmallWorld>("n = 5\nneighbours = 4\nrewire = 1.0", 0);
    assert!(pairs(full.as_ref()).all(|v| v == 1.0));
}
