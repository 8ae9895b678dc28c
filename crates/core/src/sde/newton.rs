//! z = b + h f(t, z) by Newton's method with GMRES: the Jacobian is only applied, by differences of the drift.

use super::Sde;

/// Newton iterations before the step is given up.
const NEWTON_LIMIT: usize = 20;
/// Dimension of the Krylov space of a correction.
const KRYLOV: usize = 20;
/// Residual, relative to the right-hand side, at which a step counts as solved.
const TOLERANCE: f64 = 1e-12;
/// Residual that is taken where the iteration can go no further.
const ROUNDING: f64 = 1e-9;

/// Workspace of the solver.
#[derive(Clone, Debug)]
pub(super) struct Newton {
    slope: Vec<f64>,
    residual: Vec<f64>,
    moved: Vec<f64>,
    correction: Vec<f64>,
    trial: Vec<f64>,
    basis: Vec<Vec<f64>>,
    hessenberg: [[f64; KRYLOV]; KRYLOV + 1],
}

impl Newton {
    pub(super) fn new(dim: usize) -> Self {
        let buffer = || vec![0.0; dim];
        let basis = (0..=KRYLOV.min(dim)).map(|_| buffer()).collect();
        Self {
            slope: buffer(),
            residual: buffer(),
            moved: buffer(),
            correction: buffer(),
            trial: buffer(),
            basis,
            hessenberg: [[0.0; KRYLOV]; KRYLOV + 1],
        }
    }

    /// Solves for z, which holds the first guess; false if the iteration stalls.
    pub(super) fn solve<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, b: &[f64], z: &mut [f64]) -> bool {
        let mut size = self.residual(sde, t, h, b, z);
        // Of the sizes that the step deals with, so that a state near 0 is solved for as any other.
        let scale = norm(b) + h * norm(&self.slope);
        for _ in 0..NEWTON_LIMIT {
            if size <= TOLERANCE * scale {
                return true;
            }
            if !size.is_finite() {
                return false;
            }
            self.correct(sde, t, h, z, scale);
            let before = size;
            let mut part = 1.0;
            // Halved until the residual falls: a cubic drift throws a full first correction far out.
            while part > 1e-6 {
                let mut trial = std::mem::take(&mut self.trial);
                for (m, (z, c)) in trial.iter_mut().zip(z.iter().zip(&self.correction)) {
                    *m = z + part * c;
                }
                size = self.residual(sde, t, h, b, &trial);
                self.trial = trial;
                if size < before {
                    break;
                }
                part *= 0.5;
            }
            if size.is_nan() || size >= before {
                // At the rounding of the drift itself nothing falls any more.
                return before <= ROUNDING * scale;
            }
            z.copy_from_slice(&self.trial);
        }
        size <= ROUNDING * scale
    }

    /// residual = b + h f(t, z) - z; its norm.
    fn residual<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, b: &[f64], z: &[f64]) -> f64 {
        sde.drift(t, z, &mut self.slope);
        for k in 0..z.len() {
            self.residual[k] = b[k] + h * self.slope[k] - z[k];
        }
        norm(&self.residual)
    }

    /// correction = (1 - h f'(z))^-1 residual, to the accuracy of differences: `slope` holds f(t, z).
    fn correct<S: Sde>(&mut self, sde: &mut S, t: f64, h: f64, z: &[f64], scale: f64) {
        let beta = norm(&self.residual);
        for (v, r) in self.basis[0].iter_mut().zip(&self.residual) {
            *v = r / beta;
        }
        // Width of the differences: half the digits.
        let width = f64::EPSILON.sqrt() * (scale + norm(z));
        let mut rotations = [(1.0, 0.0); KRYLOV];
        let mut target = [0.0; KRYLOV + 1];
        target[0] = beta;
        let most = self.basis.len() - 1;
        let mut used = 0;
        for j in 0..most {
            for (m, (z, v)) in self.moved.iter_mut().zip(z.iter().zip(&self.basis[j])) {
                *m = z + width * v;
            }
            let (known, new) = self.basis.split_at_mut(j + 1);
            let next = &mut new[0];
            sde.drift(t, &self.moved, next);
            for k in 0..z.len() {
                next[k] = known[j][k] - h * (next[k] - self.slope[k]) / width;
            }
            for (i, v) in known.iter().enumerate() {
                let overlap = dot(v, next);
                self.hessenberg[i][j] = overlap;
                for (n, v) in next.iter_mut().zip(v) {
                    *n -= overlap * v;
                }
            }
            let length = norm(next);
            for (i, (c, s)) in rotations[..j].iter().enumerate() {
                let (a, b) = (self.hessenberg[i][j], self.hessenberg[i + 1][j]);
                (self.hessenberg[i][j], self.hessenberg[i + 1][j]) = (c * a + s * b, c * b - s * a);
            }
            let top = self.hessenberg[j][j];
            let radius = top.hypot(length);
            if radius == 0.0 {
                break;
            }
            rotations[j] = (top / radius, length / radius);
            self.hessenberg[j][j] = radius;
            (target[j], target[j + 1]) = (rotations[j].0 * target[j], -rotations[j].1 * target[j]);
            used = j + 1;
            if target[used].abs() <= 1e-6 * beta || length <= 1e-13 * radius {
                break;
            }
            next.iter_mut().for_each(|v| *v /= length);
        }
        self.combine(used, &mut target);
    }

    /// correction = sum_j x_j v_j with the triangular system R x = target of the first `used` columns.
    fn combine(&mut self, used: usize, target: &mut [f64; KRYLOV + 1]) {
        self.correction.fill(0.0);
        for j in (0..used).rev() {
            let known: f64 = (j + 1..used).map(|k| self.hessenberg[j][k] * target[k]).sum();
            target[j] = (target[j] - known) / self.hessenberg[j][j];
            for (c, v) in self.correction.iter_mut().zip(&self.basis[j]) {
                *c += target[j] * v;
            }
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
