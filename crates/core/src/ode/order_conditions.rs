//! The order conditions of the coefficients, all of them, from rooted trees.
//!
//! A method has order p where sum_j b_j Phi_j(tree) = 1/gamma(tree) for every rooted tree of at most p nodes; a continuous
//! extension where sum_j b_j(theta) Phi_j(tree) = theta^nodes/gamma(tree). Source: Hairer, Norsett, Wanner, Solving Ordinary
//! Differential Equations I (1993), section II.2 and (II.6.11).

use super::tableau::{Pair, Row, Tableau};
use super::{Embedded, Tolerance};

/// A rooted tree: the subtrees at its root, in nonincreasing order.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
struct Tree(Vec<Tree>);

impl Tree {
    fn nodes(&self) -> u32 {
        1 + self.0.iter().map(Tree::nodes).sum::<u32>()
    }

    fn density(&self) -> f64 {
        f64::from(self.nodes()) * self.0.iter().map(Tree::density).product::<f64>()
    }

    /// Phi_j of every stage.
    fn weights(&self, a: &[Vec<f64>]) -> Vec<f64> {
        let mut product = vec![1.0; a.len()];
        for subtree in &self.0 {
            let inner = subtree.weights(a);
            for (p, row) in product.iter_mut().zip(a) {
                *p *= row.iter().zip(&inner).map(|(a, w)| a * w).sum::<f64>();
            }
        }
        product
    }
}

/// All trees of `nodes` nodes.
fn trees(nodes: u32) -> Vec<Tree> {
    fn forests(nodes: u32, most: Option<&Tree>) -> Vec<Vec<Tree>> {
        if nodes == 0 {
            return vec![vec![]];
        }
        let first = (1..=nodes).flat_map(trees).filter(|t| most.is_none_or(|m| t <= m));
        first
            .flat_map(|t| {
                let rest = forests(nodes - t.nodes(), Some(&t));
                rest.into_iter().map(move |mut forest| {
                    forest.insert(0, t.clone());
                    forest
                })
            })
            .collect()
    }
    forests(nodes - 1, None).into_iter().map(Tree).collect()
}

/// Every stage in order, each slot holding one stage at a time.
struct Stages {
    /// Row j: the a_ij.
    a: Vec<Vec<f64>>,
    nodes: Vec<f64>,
    /// Stage that each slot holds at the end.
    holds: Vec<usize>,
    /// Stage that each slot held when the error was computed.
    held: Vec<usize>,
}

fn stages(tableau: &Tableau) -> Stages {
    let end = super::tableau::Stage { slot: tableau.end_slot, node: 1.0, row: tableau.weights };
    let between = if tableau.first_same_as_last { vec![] } else { vec![end] };
    let count = 1 + tableau.stages.len() + between.len() + tableau.dense_stages.len();
    let mut s = Stages { a: vec![vec![0.0; count]], nodes: vec![0.0], holds: vec![0; tableau.slots], held: vec![] };
    for (k, stage) in tableau.stages.iter().chain(&between).chain(tableau.dense_stages).enumerate() {
        s.a.push(unfold(stage.row, &s.holds, count));
        s.nodes.push(stage.node);
        s.holds[stage.slot] = k + 1;
        if k + 1 == tableau.stages.len() {
            s.held = s.holds.clone();
        }
    }
    s
}

fn unfold(row: Row, holds: &[usize], count: usize) -> Vec<f64> {
    let mut all = vec![0.0; count];
    row.iter().for_each(|(slot, a)| all[holds[*slot]] += a);
    all
}

/// Largest |sum_j b_j Phi_j(tree) - theta^nodes/gamma(tree)| over the trees of `nodes` nodes.
fn residual(a: &[Vec<f64>], b: &[f64], nodes: u32, theta: f64) -> f64 {
    trees(nodes)
        .iter()
        .map(|tree| {
            let sum: f64 = tree.weights(a).iter().zip(b).map(|(w, b)| w * b).sum();
            (sum - theta.powi(nodes as i32) / tree.density()).abs()
        })
        .fold(0.0, f64::max)
}

/// Asserts that the weights `b` have order `order`, and not one more.
fn assert_order(name: &str, a: &[Vec<f64>], b: &[f64], order: u32, theta: f64) {
    for nodes in 1..=order {
        let off = residual(a, b, nodes, theta);
        assert!(off < 2e-14, "{name}: condition of order {nodes} misses by {off:e}");
    }
    let next = residual(a, b, order + 1, theta);
    assert!(next > 1e-9, "{name}: order {} as well, {next:e}", order + 1);
}

fn check<P: Pair>(estimators: &[u32]) {
    let tableau = P::TABLEAU;
    let s = stages(&tableau);
    let count = s.a.len();
    for (row, node) in s.a.iter().zip(&s.nodes) {
        let sum: f64 = row.iter().sum();
        assert!((sum - node).abs() < 1e-14, "{}: row sum {sum}, node {node}", tableau.name);
    }
    let b = unfold(tableau.weights, &s.held, count);
    assert_order(tableau.name, &s.a, &b, tableau.order, 1.0);
    for (row, order) in tableau.errors.iter().zip(estimators) {
        let lower: Vec<f64> = b.iter().zip(unfold(row, &s.held, count)).map(|(b, e)| b - e).collect();
        assert_order("the estimator", &s.a, &lower, *order, 1.0);
    }
    for theta in [0.2, 0.55, 0.9] {
        let b = extension_weights::<P>(&s, &b, theta);
        assert_order("the extension", &s.a, &b, tableau.dense_order, theta);
    }
}

/// b_j(theta) from the continuous extension itself: a step of length 1 on which stage j is the unit vector j.
fn extension_weights<P: Pair>(s: &Stages, b: &[f64], theta: f64) -> Vec<f64> {
    let count = s.a.len();
    let mut solver = Embedded::<P>::new(count, Tolerance::new(0.0, 1e30).unwrap());
    let (mut next, mut y) = (0, vec![0.0; count]);
    let mut unit = |_: f64, _: &[f64], dy: &mut [f64]| {
        dy.fill(0.0);
        dy[next] = 1.0;
        next += 1;
    };
    solver.step = Some(1.0);
    solver.advance(&mut unit, 0.0, 1.0, &mut y).unwrap();
    assert!(y.iter().zip(b).all(|(y, b)| (y - b).abs() < 1e-14));
    solver.prepare_interpolation(&mut unit, 1.0, &y);
    let mut weights = vec![0.0; count];
    solver.interpolate(theta, &mut weights);
    weights
}

#[test]
fn there_are_as_many_trees_as_cayley_counted() {
    assert_eq!((1..=9).map(|n| trees(n).len()).collect::<Vec<_>>(), [1, 1, 2, 4, 9, 20, 48, 115, 286]);
}

#[test]
fn coefficients_of_dopri5_satisfy_their_order_conditions() {
    check::<super::DormandPrince54>(&[4]);
}

#[test]
fn coefficients_of_dop853_satisfy_their_order_conditions() {
    check::<super::DormandPrince853>(&[5, 3]);
}
