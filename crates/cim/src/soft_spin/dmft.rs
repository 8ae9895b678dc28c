//! Dynamical mean field theory of soft spins: infinitely many spins with Gaussian couplings, J_ij of variance 1/N, as one spin in its own noise and memory.
//!
//! x_{n+1} = F(x_n, h_n),   h_n = eta_n + sum_{m<n} R_nm x_m,   <eta_n eta_m> = C_nm = <x_n x_m>,   R_nm = <d x_n/d eta_m>
//!
//! F is a step of the simulation: explicit Euler, x + dt (-x^3 + a x + h) + sqrt(2 T dt) xi, or the semi-implicit one. For the same F the average over N -> infinity spins and over couplings is exactly this. R holds the factor dt.
//! E_n/N = <x^4/4 - a x^2/2> - sum_{m<n} R_nm C_nm.
//!
//! Many paths go on together: C and R up to now are their averages, and one new row of the Cholesky factor of C gives the noise. C is nearly singular; pivots below 1e-7 C_nn are dropped, since a floor in their place overflows. The derivatives have heavy
//! tails: beyond t = 6 five thousand paths are too few. Time O(steps^3 paths), memory steps^2 paths/2 numbers.
//!
//! Sources: Sompolinsky and Zippelius, Phys. Rev. B 25, 6860 (1982); sampled paths: Eissfeller and Opper, Phys. Rev. Lett. 68, 2094 (1992).

use super::langevin::Langevin;
use lightfall_core::rng::{Draws, Purpose, Streams};

/// The step whose limit is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// x + dt (-x^3 + a x + h) + sqrt(2 T dt) xi.
    Euler,
    /// (x + dt (a x + h) + sqrt(2 T dt) xi)/(1 + dt x^2), as [`super::langevin_step`].
    SemiImplicit,
}

/// Paths of the theory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathSampler {
    /// Step of the simulation.
    pub scheme: Scheme,
    /// Paths.
    pub paths: usize,
    /// Variance of the Gaussian start.
    pub start_variance: f64,
    /// Seed.
    pub seed: u64,
}

/// Averages after n steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanField {
    /// E/N with the pump of the next step, or of the last where there is none.
    pub energy: f64,
    /// q = <x^2>.
    pub overlap: f64,
    /// C(n, 0) = <x_n x_0>.
    pub correlation: f64,
}

/// Pivots below this part of C_nn are dropped.
const PIVOT: f64 = 1e-7;

impl PathSampler {
    /// Averages before each of the steps and after the last. Each step has its own dt, as it is (not shortened), pump and temperature.
    pub fn run(&self, steps: &[Langevin]) -> Vec<MeanField> {
        let paths = self.paths;
        let mut draws = Draws::new(&Streams::new(self.seed, 0), Purpose::Paths, 0);
        let mut normals = |out: &mut [f64]| draws.normals(out);
        let mut x = vec![vec![0.0; paths]];
        normals(&mut x[0]);
        x[0].iter_mut().for_each(|x| *x *= self.start_variance.sqrt());
        let mut deviates: Vec<Vec<f64>> = Vec::new();
        let mut cholesky = Cholesky::default();
        // Derivatives of x_n by eta_m of every path, and their means: [n][m], m < n.
        let mut derivatives: Vec<Vec<Vec<f64>>> = vec![Vec::new()];
        let mut response: Vec<Vec<f64>> = vec![Vec::new()];
        let mut correlation: Vec<Vec<f64>> = Vec::new();
        let mut out = Vec::with_capacity(steps.len() + 1);
        for n in 0..=steps.len() {
            correlation.push((0..=n).map(|m| mean_product(&x[n], &x[m])).collect());
            let pump = steps.get(n).or(steps.last()).map_or(0.0, |s| s.pump);
            let local = x[n].iter().map(|x| x * x * (0.25 * x * x - 0.5 * pump)).sum::<f64>() / paths as f64;
            let memory: f64 = response[n].iter().zip(&correlation[n]).map(|(r, c)| r * c).sum();
            out.push(MeanField { energy: local - memory, overlap: correlation[n][n], correlation: correlation[n][0] });
            let Some(step) = steps.get(n) else { break };
            cholesky.extend(&correlation[n]);
            let mut fresh = vec![0.0; paths];
            normals(&mut fresh);
            deviates.push(fresh);
            let mut thermal = vec![0.0; paths];
            if step.temperature > 0.0 {
                normals(&mut thermal);
                let amplitude = (2.0 * step.temperature * step.dt).sqrt();
                thermal.iter_mut().for_each(|xi| *xi *= amplitude);
            }
            let mut field = vec![0.0; paths];
            for (l, z) in cholesky.rows[n].iter().zip(&deviates) {
                add(&mut field, *l, z);
            }
            for (r, x) in response[n].iter().zip(&x) {
                add(&mut field, *r, x);
            }
            let (next, by_x, by_field) = self.step(step, &x[n], &field, &thermal);
            derivatives.push(chain(&derivatives, &response[n], &by_x, by_field));
            response.push(derivatives[n + 1].iter().map(|d| d.iter().sum::<f64>() / paths as f64).collect());
            x.push(next);
        }
        out
    }

    /// F and its derivatives by x and by h, of every path.
    fn step(&self, step: &Langevin, x: &[f64], h: &[f64], thermal: &[f64]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let (dt, a) = (step.dt, step.pump);
        let mut out = (Vec::with_capacity(x.len()), Vec::with_capacity(x.len()), Vec::with_capacity(x.len()));
        for ((x, h), thermal) in x.iter().zip(h).zip(thermal) {
            let (next, by_x, by_field) = match self.scheme {
                Scheme::Euler => (x + dt * ((a - x * x) * x + h) + thermal, 1.0 + dt * (a - 3.0 * x * x), dt),
                Scheme::SemiImplicit => {
                    let below = 1.0 + dt * x * x;
                    let next = (x + dt * (a * x + h) + thermal) / below;
                    (next, (1.0 + dt * a - 2.0 * dt * x * next) / below, dt / below)
                }
            };
            out.0.push(next);
            out.1.push(by_x);
            out.2.push(by_field);
        }
        out
    }
}

/// d x_{n+1}/d eta_m = F_x d x_n/d eta_m + F_h sum_k R_nk d x_k/d eta_m for m < n, and F_h for m = n.
fn chain(derivatives: &[Vec<Vec<f64>>], response: &[f64], by_x: &[f64], by_field: Vec<f64>) -> Vec<Vec<f64>> {
    let n = derivatives.len() - 1;
    let mut all = Vec::with_capacity(n + 1);
    for m in 0..n {
        let mut sum = vec![0.0; by_x.len()];
        for k in m + 1..n {
            add(&mut sum, response[k], &derivatives[k][m]);
        }
        for (((sum, by_x), by_field), d) in sum.iter_mut().zip(by_x).zip(&by_field).zip(&derivatives[n][m]) {
            *sum = by_x * d + by_field * *sum;
        }
        all.push(sum);
    }
    all.push(by_field);
    all
}

/// Rows of the lower Cholesky factor, one after the other.
#[derive(Default)]
struct Cholesky {
    rows: Vec<Vec<f64>>,
}

impl Cholesky {
    /// The row that belongs to the next row of the matrix, diagonal last.
    fn extend(&mut self, matrix: &[f64]) {
        let n = matrix.len() - 1;
        let mut row: Vec<f64> = Vec::with_capacity(n + 1);
        for m in 0..n {
            let dot: f64 = row.iter().zip(&self.rows[m]).map(|(a, b)| a * b).sum();
            let pivot = self.rows[m][m];
            row.push(if pivot > 0.0 { (matrix[m] - dot) / pivot } else { 0.0 });
        }
        let rest = matrix[n] - row.iter().map(|a| a * a).sum::<f64>();
        row.push(if rest > PIVOT * matrix[n] { rest.sqrt() } else { 0.0 });
        self.rows.push(row);
    }
}

fn mean_product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64
}

fn add(out: &mut [f64], factor: f64, x: &[f64]) {
    if factor != 0.0 {
        out.iter_mut().zip(x).for_each(|(out, x)| *out += factor * x);
    }
}
