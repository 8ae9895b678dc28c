//! Spins of any length acting on kets without a matrix.

use super::diagonal::axpy;
use super::pairs::{SpinPairs, SpinVector, spin_axes};
use super::{Diagonal, Operator, Sparse};
use num_complex::Complex64;
use std::sync::Arc;

/// A [`SpinPairs`] ready to act: its diagonal as a table, the rest by its structure. O((N + pairs of Y_i Y_j) d^N), no allocation.
#[derive(Debug)]
pub struct Collective {
    pairs: SpinPairs,
    dim: usize,
    diagonal: Diagonal,
    /// Elements beside the diagonal of each site: row, column, value.
    beside: Vec<Vec<Element>>,
    /// Those of Y.
    y: Vec<Element>,
    /// For each j with any, sum_i e_ij z_i of every configuration.
    weights: Vec<Option<Vec<Complex64>>>,
    /// The jump operator it was made from.
    vector: Option<SpinVector>,
}

type Element = (usize, usize, Complex64);

fn elements(d: usize, matrix: &[Complex64]) -> Vec<Element> {
    let all = matrix.iter().enumerate().map(|(k, v)| (k / d, k % d, *v));
    all.filter(|(r, c, v)| r != c && *v != Complex64::ZERO).collect()
}

/// z of every state of a site: the diagonal of Z.
pub(crate) fn levels(states: usize) -> Vec<f64> {
    (0..states).map(|k| (states - 1) as f64 - 2.0 * k as f64).collect()
}

impl Collective {
    /// Compiles `pairs`.
    pub fn new(pairs: SpinPairs) -> Self {
        let (n, d) = (pairs.sites, pairs.states);
        let dim = d.pow(n as u32);
        let z = levels(d);
        let digit = |x: usize, i: usize| x / d.pow(i as u32) % d;
        let entry = |x: usize| {
            let mut sum = pairs.constant;
            for i in 0..n {
                let k = digit(x, i);
                sum += pairs.site[i][k * (d + 1)];
                sum += (0..i).map(|j| pairs.zz[i * n + j] * (z[k] * z[digit(x, j)])).sum::<Complex64>();
            }
            sum
        };
        let diagonal = Diagonal::new(&(0..dim).map(entry).collect::<Vec<_>>());
        let weights = |j: usize| {
            let e = |i: usize| pairs.zy[i * n + j];
            let any = (0..n).any(|i| i != j && e(i) != Complex64::ZERO);
            let of = |x: usize| (0..n).filter(|i| *i != j).map(|i| e(i) * z[digit(x, i)]).sum();
            any.then(|| (0..dim).map(of).collect())
        };
        Self {
            dim,
            diagonal,
            beside: pairs.site.iter().map(|m| elements(d, m)).collect(),
            y: elements(d, &spin_axes(d)[1]),
            weights: (0..n).map(weights).collect(),
            vector: None,
            pairs,
        }
    }

    /// Compiles a vector of spins on sites of `states` states.
    pub fn vector(states: usize, vector: SpinVector) -> Self {
        let pairs = SpinPairs { site: vector.matrices(states), ..SpinPairs::zero(vector.z.len(), states) };
        Self { vector: Some(vector), ..Self::new(pairs) }
    }
}

impl Operator for Collective {
    fn dim(&self) -> usize {
        self.dim
    }

    fn apply_add(&self, scale: Complex64, x: &[f64], y: &mut [f64], columns: usize) {
        let (n, d) = (self.pairs.sites, self.pairs.states);
        self.diagonal.apply_add(scale, x, y, columns);
        let half = self.dim * columns;
        let ((xr, xi), (yr, yi)) = (x.split_at(half), y.split_at_mut(half));
        let mut add = |s: Complex64, to: usize, from: usize, length: usize| {
            let (to, from) = (to..to + length, from..from + length);
            axpy(s.re, s.im, &xr[from.clone()], &xi[from], &mut yr[to.clone()], &mut yi[to]);
        };
        for i in 0..n {
            let stride = d.pow(i as u32);
            for block in (0..self.dim).step_by(stride * d) {
                for &(r, c, v) in &self.beside[i] {
                    add(scale * v, (block + r * stride) * columns, (block + c * stride) * columns, stride * columns);
                }
                let Some(weights) = &self.weights[i] else { continue };
                for &(r, c, v) in &self.y {
                    for k in block + r * stride..block + (r + 1) * stride {
                        let from = k + c * stride - r * stride;
                        add(scale * v * weights[k], k * columns, from * columns, columns);
                    }
                }
            }
            for j in (0..i).filter(|j| self.pairs.yy[i * n + j] != Complex64::ZERO) {
                let (own, s) = (d.pow(j as u32), scale * self.pairs.yy[i * n + j]);
                for &(r, c, v) in &self.y {
                    for &(p, q, w) in &self.y {
                        for block in (0..self.dim).step_by(stride * d) {
                            for inner in (0..stride).step_by(own * d) {
                                let at = |a: usize, b: usize| (block + a * stride + inner + b * own) * columns;
                                add(s * v * w, at(r, p), at(c, q), own * columns);
                            }
                        }
                    }
                }
            }
        }
    }

    fn adjoint(&self) -> Arc<dyn Operator> {
        Arc::new(Collective::new(self.pairs.adjoint()))
    }

    /// Of a vector of spins in closed form.
    fn gram(&self) -> Arc<dyn Operator> {
        match &self.vector {
            Some(v) => Arc::new(Collective::new(SpinPairs::product(self.pairs.states, v, v))),
            None => {
                let a = Sparse::from_operator(self);
                Arc::new(a.adjoint_matrix().product(&a))
            }
        }
    }

    fn spin_vector(&self) -> Option<(usize, &SpinVector)> {
        Some((self.pairs.states, self.vector.as_ref()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{Axis, PauliSum, SpinOperator};

    fn number(k: usize) -> Complex64 {
        Complex64::new((1.3 * k as f64 + 0.2).sin(), (0.7 * k as f64).cos())
    }

    fn vector(sites: usize, first: usize) -> SpinVector {
        let numbers = |at: usize| (at..at + sites).map(number).collect();
        SpinVector { z: numbers(first), y: numbers(first + 20) }
    }

    fn largest_difference(a: &dyn Operator, b: &dyn Operator) -> f64 {
        let columns = 3;
        let x: Vec<f64> = (0..2 * a.dim() * columns).map(|k| (0.9 * k as f64).sin()).collect();
        let (mut p, mut q) = (x.clone(), x.clone());
        a.apply_add(Complex64::new(0.3, 0.8), &x, &mut p, columns);
        b.apply_add(Complex64::new(0.3, 0.8), &x, &mut q, columns);
        p.iter().zip(&q).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn two_states_are_pauli_matrices() {
        let sites = 4;
        let (a, b) = (vector(sites, 0), vector(sites, 50));
        let paulis = |v: &SpinVector| {
            let mut sum = PauliSum::zero();
            for i in 0..sites {
                sum.add_scaled(v.z[i], &PauliSum::site(Axis::Z, i));
                sum.add_scaled(v.y[i], &PauliSum::site(Axis::Y, i));
            }
            sum
        };
        let product = &paulis(&a).adjoint() * &paulis(&b);
        let expected = SpinOperator::new(sites, product.clone());
        let pairs = SpinPairs::product(2, &a, &b);
        assert!(largest_difference(&Collective::new(pairs), &expected) < 1e-13);
        // Up to what 1 is called: m_i or c.
        let read = SpinPairs::of_paulis(sites, &product).unwrap();
        assert!(largest_difference(&Collective::new(read), &expected) < 1e-13);
    }

    #[test]
    fn a_product_is_the_product_of_its_matrices() {
        let (sites, states) = (3, 4);
        let (a, b) = (vector(sites, 0), vector(sites, 50));
        let matrix = |v: &SpinVector| Sparse::from_operator(&Collective::vector(states, v.clone()));
        let expected = matrix(&a).adjoint_matrix().product(&matrix(&b));
        let product = SpinPairs::product(states, &a, &b);
        assert!(largest_difference(&Collective::new(product.clone()), &expected) < 1e-11);
        let adjoint = Collective::new(product).adjoint();
        assert!(largest_difference(adjoint.as_ref(), &expected.adjoint_matrix()) < 1e-11);
        // [X, Y] = 2 i Z of the matrices that all this is made of.
        let [x, y, z] = spin_axes(states);
        let product = |a: &[Complex64], b: &[Complex64]| {
            let mut out = vec![Complex64::ZERO; states * states];
            crate::operator::small::product_into(states, a, b, &mut out);
            out
        };
        let (xy, yx) = (product(&x, &y), product(&y, &x));
        for k in 0..states * states {
            assert!((xy[k] - yx[k] - Complex64::new(0.0, 2.0) * z[k]).norm() < 1e-13);
        }
    }
}
