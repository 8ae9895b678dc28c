//! The emission spectrum by the quantum regression theorem.
//!
//! S_k(nu) = (1/T) int int dt ds w(t) w(s) e^{-i nu (t - s)} <L_k^dag(t) L_k(s)> over a window of length T, w the window of von Hann with mean square 1: photons
//! through output k per unit time and per unit of nu/(2 pi), so that int S dnu/(2 pi) is the mean rate at which they leave, weighted with w^2. L_k has the
//! amplitude s(t) in it. Light that turns as e^{-i nu t} stands at +nu.
//!
//! With Y(t) = int^t ds w(s) e^{i nu s} V(t, s) L_k rho(s), V the evolution of the master equation,
//!
//!   dY/dt = (Lindblad generator) Y + w e^{i nu t} L_k rho,      S = (2/T) Re int dt w e^{-i nu t} tr(L_k^dag Y).
//!
//! Y is not Hermitian, but it is Y_1 + i Y_2 of two matrices that are, which the generator leaves so.
//!
//! Source of the theorem: Lax (1963), Phys. Rev. 129, 2342.

use super::hermitian::adjoint_into;
use super::window::Window;
use super::{Lindbladian, MasterEquation, pack, unpack};
use crate::operator::Operator;
use num_complex::Complex64;

/// The master equation together with the spectra of all outputs at given frequencies.
///
/// The state is one vector: rho packed (see [`pack`]), then Y_1 and Y_2 packed for each output and frequency, then S for each output and frequency.
#[derive(Debug)]
pub struct SpectrumEquation<'a> {
    system: &'a Lindbladian,
    master: MasterEquation<'a>,
    frequencies: Vec<f64>,
    window: Window,
    /// Packed Hermitian parts A, B of L_k = A + iB.
    parts: Vec<[Vec<f64>; 2]>,
    /// The same of L_k rho, and workspace.
    source: [Vec<f64>; 2],
    full: [Vec<f64>; 3],
    /// rho unpacked.
    rho: Vec<f64>,
}

impl<'a> SpectrumEquation<'a> {
    /// The equation of `system` at `frequencies`; the window is set by [`SpectrumEquation::open`].
    pub fn new(system: &'a Lindbladian, frequencies: &[f64]) -> Self {
        let (dim, size) = (system.dim, system.dim * system.dim);
        let mut identity = vec![0.0; 2 * size];
        (0..dim).for_each(|k| identity[k * dim + k] = 1.0);
        let matrix = || vec![0.0; 2 * size];
        let mut equation = Self {
            system,
            master: system.master(),
            frequencies: frequencies.to_vec(),
            window: Window::new(0.0, 1.0),
            parts: Vec::new(),
            source: [vec![0.0; size], vec![0.0; size]],
            full: [matrix(), matrix(), matrix()],
            rho: matrix(),
        };
        for l in &system.jumps {
            let mut parts = [vec![0.0; size], vec![0.0; size]];
            equation.hermitian_parts(l.as_ref(), &identity, &mut parts);
            equation.parts.push(parts);
        }
        equation
    }

    /// Length of the state.
    pub fn size(&self) -> usize {
        let spectra = self.spectra();
        self.system.dim.pow(2) * (1 + 2 * spectra) + spectra
    }

    /// Outputs times frequencies.
    fn spectra(&self) -> usize {
        self.system.jumps.len() * self.frequencies.len()
    }

    /// Begins the window `[from, to]` in `state`, whose rho stays.
    pub fn open(&mut self, from: f64, to: f64, state: &mut [f64]) {
        self.window = Window::new(from, to);
        state[self.system.dim.pow(2)..].fill(0.0);
    }

    /// S of `state` at the end of the window, output by output.
    pub fn spectrum<'s>(&self, state: &'s [f64]) -> &'s [f64] {
        &state[state.len() - self.spectra()..]
    }

    /// Packed Hermitian parts of X = L `rho`: X = parts[0] + i parts[1].
    fn hermitian_parts(&mut self, l: &dyn Operator, rho: &[f64], parts: &mut [Vec<f64>; 2]) {
        let dim = self.system.dim;
        let [x, adjoint, half] = &mut self.full;
        x.fill(0.0);
        l.apply_add(Complex64::ONE, rho, x, dim);
        adjoint_into(dim, x, adjoint);
        for ((h, x), a) in half.iter_mut().zip(x.iter()).zip(adjoint.iter()) {
            *h = 0.5 * (x + a);
        }
        pack(half, &mut parts[0]);
        // (X - X^dag)/(2i): the real part is half the difference of the imaginary ones.
        let size = dim * dim;
        for k in 0..size {
            half[k] = 0.5 * (x[size + k] - adjoint[size + k]);
            half[size + k] = -0.5 * (x[k] - adjoint[k]);
        }
        pack(half, &mut parts[1]);
    }

    /// The right-hand side at time `t`.
    pub fn rhs(&mut self, t: f64, state: &[f64], out: &mut [f64]) {
        let size = self.system.dim.pow(2);
        let (count, spectra) = (self.frequencies.len(), self.spectra());
        let (rho, rest) = state.split_at(size);
        let (d_rho, d_rest) = out.split_at_mut(size);
        self.master.packed_rhs(t, rho, d_rho);
        let (d_y, d_s) = d_rest.split_at_mut(2 * size * spectra);
        let weight = self.system.amplitude(t) * self.window.weight(t);
        let mut full = std::mem::take(&mut self.rho);
        unpack(rho, &mut full);
        for k in 0..self.parts.len() {
            let mut source = std::mem::take(&mut self.source);
            self.hermitian_parts(self.system.jumps[k].as_ref(), &full, &mut source);
            for (f, nu) in self.frequencies.iter().enumerate() {
                let at = (k * count + f) * 2 * size;
                let (sin, cos) = (nu * (t - self.window.start)).sin_cos();
                let (y1, y2) = rest[at..at + 2 * size].split_at(size);
                let (d1, d2) = d_y[at..at + 2 * size].split_at_mut(size);
                self.master.packed_rhs(t, y1, d1);
                self.master.packed_rhs(t, y2, d2);
                for (j, (x1, x2)) in source[0].iter().zip(&source[1]).enumerate() {
                    d1[j] += weight * (cos * x1 - sin * x2);
                    d2[j] += weight * (sin * x1 + cos * x2);
                }
                let [a, b] = &self.parts[k];
                // tr(L^dag Y); the product of packed Hermitian matrices is the trace of theirs.
                let (re, im) = (dot(a, y1) + dot(b, y2), dot(a, y2) - dot(b, y1));
                d_s[k * count + f] = 2.0 / self.window.length * weight * (re * cos + im * sin);
            }
            self.source = source;
        }
        self.rho = full;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
