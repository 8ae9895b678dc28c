//! Random regular graphs.

use std::collections::HashSet;
use std::sync::Arc;

use lightfall_core::rng::{Purpose, Rng};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Edges, Weights};
use crate::parameter::elements;
use crate::{BuildSite, Couplings, CouplingsError, Topology};

/// Largest degree that is drawn by pairing with restarts: a pairing is simple with probability about exp(-(d^2 - 1)/4), 1 in 43
/// at d = 4 and 1 in 400 at d = 5.
const PAIRING_DEGREE: usize = 4;

/// Switches proposed per edge before a graph of higher degree is taken.
const SWITCHES: usize = 20;

/// Random graph in which every element has the same number of neighbours.
///
/// Up to degree 4 the law is exactly uniform over all such graphs: n `degree` half-edges are paired at random, again from the
/// start if a pair is a loop or occurs twice. For higher degrees a pairing is made simple by switches of its bad pairs
/// and then shuffled by 20 proposed switches per edge. A switch replaces edges (a, b), (c, d) by (a, d), (c, b); the
/// chain of switches has the uniform law as its stationary one, but how close it is after 20 is not proved. Degrees above
/// (n - 1)/2 are drawn as the complement of a graph of degree n - 1 - `degree`.
///
/// Source: Bollobas, Eur. J. Combin. 1, 311 (1980), for the pairing; Cooper, Dyer and Greenhill, Comb. Probab. Comput. 16, 557
/// (2007), for the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomRegular {
    /// Number of elements, at least 1.
    #[schemars(range(min = 1))]
    pub n: usize,
    /// Neighbours of every element: below n, and n * degree is even.
    pub degree: usize,
    /// Couplings on the edges.
    #[serde(default)]
    pub weights: Weights,
}

impl Topology for RandomRegular {
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError> {
        let Self { n, degree, .. } = *self;
        elements(n)?;
        if !possible(n, degree) {
            return Err(CouplingsError::Degree { n, degree, nearest: nearest(n, degree) });
        }
        self.weights.check()?;
        let mut edges = Edges::new(n, 0.5 * n as f64 * degree as f64)?;
        let mut rng = site.streams.open(Purpose::Couplings, 0);
        if degree <= (n - 1) / 2 {
            draw(n, degree, &mut rng).into_iter().for_each(|(i, j)| edges.add(i, j));
        } else {
            let absent: HashSet<_> = draw(n, n - 1 - degree, &mut rng).into_iter().map(sorted).collect();
            for i in 0..n {
                (i + 1..n).filter(|&j| !absent.contains(&(i, j))).for_each(|j| edges.add(i, j));
            }
        }
        edges.weighted(&self.weights, site)
    }

    fn is_random(&self) -> bool {
        true
    }

    fn example() -> Option<&'static str> {
        Some("n = 36\ndegree = 3\nweights = { uniform = -1.0 }")
    }
}

/// Whether there is a graph on n elements of this degree.
fn possible(n: usize, degree: usize) -> bool {
    degree < n && (n.is_multiple_of(2) || degree.is_multiple_of(2))
}

/// The largest possible degree below `degree` and the smallest above.
fn nearest(n: usize, degree: usize) -> Vec<usize> {
    // Of two successive degrees below n one is possible.
    let below = (degree.min(n).saturating_sub(2)..degree.min(n)).rev().find(|&d| possible(n, d));
    let above = (degree.saturating_add(1)..=degree.saturating_add(2)).find(|&d| possible(n, d));
    below.into_iter().chain(above).collect()
}

fn sorted((a, b): (usize, usize)) -> (usize, usize) {
    (a.min(b), a.max(b))
}

/// A simple graph of `degree` up to (n - 1)/2.
fn draw(n: usize, degree: usize, rng: &mut Rng) -> Vec<(usize, usize)> {
    let mut halves: Vec<usize> = (0..n * degree).map(|k| k / degree).collect();
    let mut present = HashSet::with_capacity(n * degree / 2);
    loop {
        present.clear();
        let simple = pair(&mut halves, rng, |edge| edge.0 != edge.1 && present.insert(sorted(edge)));
        if simple {
            return halves.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        }
        if degree > PAIRING_DEGREE {
            return by_switches(n, &mut halves, rng);
        }
    }
}

/// A simple graph on n elements with the half-edges `halves`: a pairing, made simple and shuffled by switches.
fn by_switches(n: usize, halves: &mut [usize], rng: &mut Rng) -> Vec<(usize, usize)> {
    let mut graph = loop {
        pair(halves, rng, |_| true);
        let mut graph = Switched::new(n, halves.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect());
        if graph.repair(rng) {
            break graph;
        }
    };
    for _ in 0..SWITCHES * graph.edges.len() {
        let (a, b) = (rng.random_range(0..graph.edges.len()), rng.random_range(0..graph.edges.len()));
        let turn = rng.random::<bool>();
        graph.switch(a, b, turn);
    }
    graph.edges
}

/// Pairs half-edges uniformly, two after two in `halves`, until one pair is not `good`; returns whether all are.
fn pair(halves: &mut [usize], rng: &mut Rng, mut good: impl FnMut((usize, usize)) -> bool) -> bool {
    let count = halves.len();
    for k in (0..count).step_by(2) {
        // Any half-edge may begin a pair; only its partner is drawn.
        let partner = rng.random_range(k + 1..count);
        halves.swap(k + 1, partner);
        if !good((halves[k], halves[k + 1])) {
            return false;
        }
    }
    true
}

/// A regular multigraph under switches.
struct Switched {
    edges: Vec<(usize, usize)>,
    degree: usize,
    /// The `degree` neighbours of each element in turn, in any order; a loop counts twice.
    near: Vec<usize>,
}

impl Switched {
    fn new(n: usize, edges: Vec<(usize, usize)>) -> Self {
        let degree = 2 * edges.len() / n;
        let (mut near, mut filled) = (vec![0; n * degree], vec![0; n]);
        for &(a, b) in &edges {
            for (from, to) in [(a, b), (b, a)] {
                near[from * degree + filled[from]] = to;
                filled[from] += 1;
            }
        }
        Self { edges, degree, near }
    }

    /// How often b is a neighbour of a.
    fn occurs(&self, (a, b): (usize, usize)) -> usize {
        self.near[a * self.degree..(a + 1) * self.degree].iter().filter(|&&c| c == b).count()
    }

    /// Makes `new` the neighbour of a that `old` was, once.
    fn replace(&mut self, a: usize, old: usize, new: usize) {
        let near = &mut self.near[a * self.degree..(a + 1) * self.degree];
        if let Some(slot) = near.iter_mut().find(|c| **c == old) {
            *slot = new;
        }
    }

    /// Replaces edges a = (p, q) and b = (r, s) by (p, s) and (r, q), b turned first if `turn`, unless that makes a loop or an
    /// edge that is there.
    fn switch(&mut self, a: usize, b: usize, turn: bool) -> bool {
        let ((p, q), (r, s)) = (self.edges[a], self.edges[b]);
        let (r, s) = if turn { (s, r) } else { (r, s) };
        let (first, second) = ((p, s), (r, q));
        if a == b || p == s || r == q || sorted(first) == sorted(second) {
            return false;
        }
        if self.occurs(first) > 0 || self.occurs(second) > 0 {
            return false;
        }
        for (end, old, new) in [(p, q, s), (q, p, r), (r, s, q), (s, r, p)] {
            self.replace(end, old, new);
        }
        (self.edges[a], self.edges[b]) = (first, second);
        true
    }

    /// Switches loops and repeated edges away with edges drawn at random; false if one stays, as in a pairing of loops only.
    fn repair(&mut self, rng: &mut Rng) -> bool {
        let bad = |graph: &Self, a: usize| {
            let edge = graph.edges[a];
            edge.0 == edge.1 || graph.occurs(edge) > 1
        };
        for a in 0..self.edges.len() {
            let mut tries = 100 * self.edges.len();
            while bad(self, a) {
                if tries == 0 {
                    return false;
                }
                tries -= 1;
                let b = rng.random_range(0..self.edges.len());
                let turn = rng.random::<bool>();
                self.switch(a, b, turn);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lightfall_core::rng::Streams;
    use std::collections::BTreeMap;

    /// Chi-squared of the frequencies of the 70 labelled 2-regular graphs on 6 elements: 60 hexagons, 10 pairs of triangles.
    fn chi_squared(mut graph: impl FnMut(&mut Rng) -> Vec<(usize, usize)>) -> f64 {
        let draws = 14_000;
        let mut rng = Streams::new(5, 0).open(Purpose::Couplings, 0);
        let mut counts: BTreeMap<Vec<(usize, usize)>, f64> = BTreeMap::new();
        for _ in 0..draws {
            let mut edges: Vec<_> = graph(&mut rng).into_iter().map(sorted).collect();
            edges.sort_unstable();
            *counts.entry(edges).or_insert(0.0) += 1.0;
        }
        assert_eq!(counts.len(), 70);
        let expected = f64::from(draws) / 70.0;
        counts.values().map(|count| (count - expected).powi(2) / expected).sum()
    }

    #[test]
    fn pairing_and_switches_are_uniform_over_labelled_graphs() {
        // 69 degrees of freedom, standard deviation 11.7: 4 of them above the mean is passed by chance once in 3000.
        let limit = 69.0 + 4.0 * 138f64.sqrt();
        let paired = chi_squared(|rng| draw(6, 2, rng));
        assert!(paired < limit, "{paired}");
        let switched = chi_squared(|rng| by_switches(6, &mut (0..12).map(|k| k / 2).collect::<Vec<_>>(), rng));
        assert!(switched < limit, "{switched}");
    }
}
