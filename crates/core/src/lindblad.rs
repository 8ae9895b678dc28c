//! Open systems in Lindblad form and their master equation.
//!
//! d rho/dt = -i[H(t), rho] + s(t)^2 sum_k ( L_k rho L_k^dag - (1/2){L_k^dag L_k, rho} ),  H(t) = sum_j g_j(t) H_j.
//!
//! The amplitude s(t) multiplies all jump operators; it is 1 unless set. Below, L_k is without it.
//!
//! A jump operator carries the square root of its rate, so no rate convention is hidden here: a field decay rate kappa
//! enters as L = sqrt(2 kappa) a, an energy decay rate as L = sqrt(kappa_energy) a.

use crate::ode::Generator;
use crate::operator::{Collective, Diagonal, Operator, PauliSum, SpinOperator, SpinPairs, SpinVector, Sum};
use crate::schedule::CompiledSchedule;
use num_complex::Complex64;
use std::sync::Arc;

mod hermitian;
mod spectrum;
mod spins;
mod window;

pub(crate) use hermitian::adjoint_into;
use hermitian::{add_adjoint, pack_with_adjoint};
pub use hermitian::{pack, unpack};
pub use spectrum::SpectrumEquation;
use spins::{CollectiveSpins, Paulis};
pub(crate) use window::Window;

const MINUS_I: Complex64 = Complex64::new(0.0, -1.0);
const MINUS_HALF: Complex64 = Complex64::new(-0.5, 0.0);

/// H(t) and the jump operators of an open system on D amplitudes.
#[derive(Clone, Debug)]
pub struct Lindbladian {
    dim: usize,
    hamiltonian: Vec<(CompiledSchedule, Arc<dyn Operator>)>,
    jumps: Vec<Arc<dyn Operator>>,
    amplitude: CompiledSchedule,
    /// Hamiltonian and jump operators of spins, where they were given as Pauli sums: sums of their products are compiled from these.
    paulis: Option<Paulis>,
    /// The same of spins of any length.
    collective: Option<CollectiveSpins>,
    /// sum_k L_k^dag L_k.
    damping: Arc<dyn Operator>,
}

impl Lindbladian {
    /// The system with Hamiltonian sum_j g_j(t) H_j (each H_j Hermitian, not checked) and jump operators L_k.
    pub fn new(
        dim: usize,
        hamiltonian: Vec<(CompiledSchedule, Arc<dyn Operator>)>,
        jumps: Vec<Arc<dyn Operator>>,
    ) -> Self {
        let damping = Arc::new(Sum::new(dim, jumps.iter().map(|l| (Complex64::ONE, l.gram())).collect()));
        Self {
            dim,
            hamiltonian,
            jumps,
            amplitude: CompiledSchedule::constant(1.0),
            paulis: None,
            collective: None,
            damping,
        }
    }

    /// The same for spins 1/2, all operators given as Pauli sums; sum_k L_k^dag L_k is summed before it is compiled.
    pub fn spins(sites: usize, hamiltonian: Vec<(CompiledSchedule, PauliSum)>, jumps: Vec<PauliSum>) -> Self {
        let compile = |p: &PauliSum| -> Arc<dyn Operator> { Arc::new(SpinOperator::new(sites, p.clone())) };
        let (schedules, hamiltonian): (Vec<_>, Vec<_>) = hamiltonian.into_iter().unzip();
        let paulis = Paulis { sites, hamiltonian, jumps };
        Self {
            dim: 1 << sites,
            damping: compile(&paulis.damping()),
            hamiltonian: schedules.into_iter().zip(paulis.hamiltonian.iter().map(compile)).collect(),
            jumps: paulis.jumps.iter().map(compile).collect(),
            amplitude: CompiledSchedule::constant(1.0),
            paulis: Some(paulis),
            collective: None,
        }
    }

    /// The same for `sites` sites of `states` states each, a spin of any length, without a matrix.
    pub fn collective(
        sites: usize,
        states: usize,
        hamiltonian: Vec<(CompiledSchedule, SpinPairs)>,
        jumps: Vec<SpinVector>,
    ) -> Self {
        let compile = |p: &SpinPairs| -> Arc<dyn Operator> { Arc::new(Collective::new(p.clone())) };
        let (schedules, hamiltonian): (Vec<_>, Vec<_>) = hamiltonian.into_iter().unzip();
        let spins = CollectiveSpins { sites, states, hamiltonian, jumps };
        let jump = |l: &SpinVector| -> Arc<dyn Operator> { Arc::new(Collective::vector(states, l.clone())) };
        Self {
            dim: states.pow(sites as u32),
            damping: compile(&spins.damping()),
            hamiltonian: schedules.into_iter().zip(spins.hamiltonian.iter().map(compile)).collect(),
            jumps: spins.jumps.iter().map(jump).collect(),
            amplitude: CompiledSchedule::constant(1.0),
            paulis: None,
            collective: Some(spins),
        }
    }

    /// The same with jump operators s(t) L_k.
    pub fn with_amplitude(mut self, amplitude: CompiledSchedule) -> Self {
        self.amplitude = amplitude;
        self
    }

    /// s(t): what the jump operators are multiplied by.
    pub fn amplitude(&self, t: f64) -> f64 {
        self.amplitude.value(t)
    }

    /// s(t)^2: what rates are multiplied by.
    pub(crate) fn intensity(&self, t: f64) -> f64 {
        self.amplitude.value(t).powi(2)
    }

    /// Number of amplitudes D.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The jump operators L_k, without the amplitude.
    pub fn jumps(&self) -> &[Arc<dyn Operator>] {
        &self.jumps
    }

    /// y += scale (-iH(t) - (1/2) s(t)^2 sum_k L_k^dag L_k) x: the generator of the evolution without jumps.
    pub fn no_jump(&self, t: f64, scale: f64, x: &[f64], y: &mut [f64], columns: usize) {
        self.rotate(&[(t, 1.0)], scale, x, y, columns);
        self.damping.apply_add(scale * self.intensity(t) * MINUS_HALF, x, y, columns);
    }

    /// sum_k w_k s(t_k)^2 over the pairs (t_k, w_k) of `mean`.
    fn mean_intensity(&self, mean: &[(f64, f64)]) -> f64 {
        mean.iter().map(|(t, weight)| weight * self.intensity(*t)).sum()
    }

    /// y += scale (-i sum_k w_k H(t_k)) x over the pairs (t_k, w_k) of `mean`.
    fn rotate(&self, mean: &[(f64, f64)], scale: f64, x: &[f64], y: &mut [f64], columns: usize) {
        for (g, h) in &self.hamiltonian {
            let g: f64 = mean.iter().map(|(t, weight)| weight * g.value(*t)).sum();
            h.apply_add(scale * g * MINUS_I, x, y, columns);
        }
    }

    fn is_constant(&self) -> bool {
        self.amplitude.is_constant() && self.hamiltonian.iter().all(|(g, _)| g.is_constant())
    }

    /// The terms H_j and -(1/2) sum_k L_k^dag L_k + sum_k w_k L_k^2, if this is a system of spins and none of them touches more than two sites.
    pub(crate) fn spin_pairs(&self, squares: &[Complex64]) -> Option<(Vec<SpinPairs>, SpinPairs)> {
        if let Some(s) = &self.collective {
            let mut damping = SpinPairs::zero(s.sites, s.states);
            damping.add_scaled(MINUS_HALF, &s.damping());
            for (l, w) in s.jumps.iter().zip(squares).filter(|(_, w)| **w != Complex64::ZERO) {
                let conjugate = |v: &[Complex64]| v.iter().map(|c| c.conj()).collect();
                let adjoint = SpinVector { z: conjugate(&l.z), y: conjugate(&l.y) };
                damping.add_scaled(*w, &SpinPairs::product(s.states, &adjoint, l));
            }
            return Some((s.hamiltonian.clone(), damping));
        }
        let p = self.paulis.as_ref()?;
        let used = p.jumps.iter().zip(squares).filter(|(_, w)| **w != Complex64::ZERO);
        let damping = used.fold(MINUS_HALF * &p.damping(), |sum, (l, w)| sum + *w * &(l * l));
        let hamiltonian: Option<Vec<SpinPairs>> =
            p.hamiltonian.iter().map(|h| SpinPairs::of_paulis(p.sites, h)).collect();
        Some((hamiltonian?, SpinPairs::of_paulis(p.sites, &damping)?))
    }

    /// g_j(t) of every term of the Hamiltonian.
    pub(crate) fn hamiltonian_at(&self, t: f64) -> impl Iterator<Item = f64> + '_ {
        self.hamiltonian.iter().map(move |(g, _)| g.value(t))
    }

    /// sum_k w_k L_k^2, or `None` if all weights are zero.
    pub(crate) fn weighted_squares(&self, weights: &[Complex64]) -> Option<Arc<dyn Operator>> {
        self.weighted(weights, |l| l * l, |l| l.square())
    }

    /// sum_k w_k L_k^dag L_k, or `None` if all weights are zero.
    pub(crate) fn weighted_grams(&self, weights: &[Complex64]) -> Option<Arc<dyn Operator>> {
        self.weighted(weights, |l| &l.adjoint() * l, |l| l.gram())
    }

    fn weighted(
        &self,
        weights: &[Complex64],
        of_sum: impl Fn(&PauliSum) -> PauliSum,
        of_operator: impl Fn(&dyn Operator) -> Arc<dyn Operator>,
    ) -> Option<Arc<dyn Operator>> {
        let used = || weights.iter().enumerate().filter(|(_, w)| **w != Complex64::ZERO);
        used().next()?;
        Some(match &self.paulis {
            Some(Paulis { sites, jumps, .. }) => {
                let sum = used().fold(PauliSum::zero(), |sum, (k, w)| sum + *w * &of_sum(&jumps[k]));
                Arc::new(SpinOperator::new(*sites, sum))
            }
            None => {
                let parts = used().map(|(k, w)| (*w, of_operator(self.jumps[k].as_ref()))).collect();
                Arc::new(Sum::new(self.dim, parts))
            }
        })
    }

    /// The right-hand side of the master equation with its workspace.
    pub fn master(&self) -> MasterEquation<'_> {
        MasterEquation::new(self, &vec![1.0; self.jumps.len()], None)
    }

    /// The generator between the events of a conditional evolution,
    /// -i[H, rho] + s^2 (-(1/2) sum_k {L_k^dag L_k, rho} + (B rho + h.c.) + sum_k w_k L_k rho L_k^dag):
    /// the master equation if all weights `lost` are 1 and `extra`, B, is absent.
    pub(crate) fn conditional(&self, lost: &[f64], extra: Option<Arc<dyn Operator>>) -> MasterEquation<'_> {
        MasterEquation::new(self, lost, extra)
    }
}

/// Right-hand side of the Lindblad equation on a density matrix in split row-major storage (D^2 real, D^2 imaginary).
///
/// The derivative is formed as A + A^dag, so it is Hermitian to the last bit and rho stays so under any Runge-Kutta step:
/// integrating with a rounded anti-Hermitian part amplifies it exponentially.
#[derive(Debug)]
pub struct MasterEquation<'a> {
    system: &'a Lindbladian,
    /// What multiplies rho entry by entry: sum_k l_k(x) conj(l_k(y)) over the diagonal jump operators, and the damping
    /// if that is diagonal. D^2 real parts, and D^2 imaginary ones unless all are zero.
    elementwise: Option<Vec<f64>>,
    damped: bool,
    /// Jump operators that are not diagonal, each with its weight.
    others: Vec<(f64, &'a dyn Operator)>,
    extra: Option<Arc<dyn Operator>>,
    half: Vec<f64>,
    /// rho of a packed matrix.
    full: Vec<f64>,
    scratch: [Vec<f64>; 2],
}

impl<'a> MasterEquation<'a> {
    fn new(system: &'a Lindbladian, weights: &[f64], extra: Option<Arc<dyn Operator>>) -> Self {
        let dim = system.dim;
        let kept = || weights.iter().zip(&system.jumps).filter(|(w, _)| **w != 0.0);
        let diagonals: Vec<(f64, &Diagonal)> = kept().filter_map(|(w, l)| Some((*w, l.diagonal()?))).collect();
        let others: Vec<(f64, &dyn Operator)> =
            kept().filter(|(_, l)| l.diagonal().is_none()).map(|(w, l)| (*w, l.as_ref())).collect();
        let damping = system.damping.diagonal().map(Diagonal::entries);
        let damped = damping.is_some();
        let elementwise = (!diagonals.is_empty() || damped).then(|| {
            let entries: Vec<(f64, Vec<Complex64>)> = diagonals.iter().map(|(w, d)| (*w, d.entries())).collect();
            let damping = damping.unwrap_or_else(|| vec![Complex64::ZERO; dim]);
            let mut table = vec![0.0; 2 * dim * dim];
            for (k, (a, b)) in (0..dim).flat_map(|x| (0..dim).map(move |y| (x, y))).enumerate() {
                let kept: Complex64 = entries.iter().map(|(w, l)| w * l[a] * l[b].conj()).sum();
                let w = kept - 0.5 * (damping[a] + damping[b].conj());
                (table[k], table[dim * dim + k]) = (w.re, w.im);
            }
            if table[dim * dim..].iter().all(|v| *v == 0.0) {
                table.truncate(dim * dim);
            }
            table
        });
        let matrix = || vec![0.0; 2 * dim * dim];
        let scratch = if others.is_empty() { [Vec::new(), Vec::new()] } else { [matrix(), matrix()] };
        Self { system, elementwise, damped, others, extra, half: matrix(), full: matrix(), scratch }
    }

    /// d rho/dt at time `t` into `out`; both have length 2 D^2. O(D^2) per Pauli string of H and per jump operator.
    pub fn rhs(&mut self, t: f64, rho: &[f64], out: &mut [f64]) {
        self.half(&[(t, 1.0)], rho);
        add_adjoint(self.system.dim, &self.half, out);
    }

    /// d R/dt at time `t` of the packed matrix R (see [`pack`]) into `out`; both have length D^2, which halves what an
    /// integrator moves through the caches.
    pub fn packed_rhs(&mut self, t: f64, packed: &[f64], out: &mut [f64]) {
        self.packed_mean(&[(t, 1.0)], packed, out);
    }

    fn packed_mean(&mut self, mean: &[(f64, f64)], packed: &[f64], out: &mut [f64]) {
        let mut full = std::mem::take(&mut self.full);
        unpack(packed, &mut full);
        self.half(mean, &full);
        self.full = full;
        pack_with_adjoint(self.system.dim, &self.half, out);
    }

    /// A of d rho/dt = A + A^dag into `half`, with H averaged over the pairs (time, weight) of `mean`.
    fn half(&mut self, mean: &[(f64, f64)], rho: &[f64]) {
        let dim = self.system.dim;
        let half = &mut self.half;
        let intensity = self.system.mean_intensity(mean);
        match &self.elementwise {
            Some(w) => scaled_product(0.5 * intensity, w, rho, half),
            None => half.fill(0.0),
        }
        self.system.rotate(mean, 1.0, rho, half, dim);
        if !self.damped {
            self.system.damping.apply_add(intensity * MINUS_HALF, rho, half, dim);
        }
        if let Some(extra) = &self.extra {
            extra.apply_add(Complex64::from(intensity), rho, half, dim);
        }
        for (weight, l) in &self.others {
            // L rho L^dag = L (L rho)^dag for Hermitian rho.
            let [a, b] = &mut self.scratch;
            a.fill(0.0);
            l.apply_add(Complex64::ONE, rho, a, dim);
            adjoint_into(dim, a, b);
            l.apply_add(Complex64::from(0.5 * intensity * weight), b, half, dim);
        }
    }
}

/// On packed matrices.
impl Generator for MasterEquation<'_> {
    fn apply(&mut self, mean: &[(f64, f64)], x: &[f64], out: &mut [f64]) {
        self.packed_mean(mean, x, out);
    }

    fn is_constant(&self) -> bool {
        self.system.is_constant()
    }
}

/// The generator of a ket without jumps, -iH(t) - (1/2) s(t)^2 sum_k L_k^dag L_k.
#[derive(Clone, Copy, Debug)]
pub struct NoJump<'a>(pub &'a Lindbladian);

impl Generator for NoJump<'_> {
    fn apply(&mut self, mean: &[(f64, f64)], x: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        self.0.rotate(mean, 1.0, x, out, 1);
        if !self.0.jumps.is_empty() {
            self.0.damping.apply_add(self.0.mean_intensity(mean) * MINUS_HALF, x, out, 1);
        }
    }

    fn is_skew(&self) -> bool {
        self.0.jumps.is_empty()
    }

    fn is_constant(&self) -> bool {
        self.0.is_constant()
    }
}

crate::dispatch! {
    /// out = s w rho elementwise, split storage; w real (as many entries as rho) or complex (twice as many).
    fn scaled_product(s: f64, w: &[f64], rho: &[f64], out: &mut [f64]) = scaled_product_kernel;
}

#[inline(always)]
fn scaled_product_kernel<const FMA: bool>(s: f64, w: &[f64], rho: &[f64], out: &mut [f64]) {
    let n = rho.len() / 2;
    let ((wr, wi), (pr, pi)) = (w.split_at(n), rho.split_at(n));
    let (or, oi) = out.split_at_mut(n);
    let (pi, oi) = (&pi[..n], &mut oi[..n]);
    if wi.is_empty() {
        for k in 0..n {
            (or[k], oi[k]) = (s * wr[k] * pr[k], s * wr[k] * pi[k]);
        }
        return;
    }
    for k in 0..n {
        or[k] = s * crate::simd::madd::<FMA>(wr[k], pr[k], -wi[k] * pi[k]);
        oi[k] = s * crate::simd::madd::<FMA>(wr[k], pi[k], wi[k] * pr[k]);
    }
}

/// rho = |psi><psi| in split row-major storage.
pub fn pure_density(psi: &[f64]) -> Vec<f64> {
    let dim = psi.len() / 2;
    let amplitude = |k: usize| Complex64::new(psi[k], psi[dim + k]);
    let mut rho = vec![0.0; 2 * dim * dim];
    for r in 0..dim {
        for c in 0..dim {
            let v = amplitude(r) * amplitude(c).conj();
            (rho[r * dim + c], rho[dim * dim + r * dim + c]) = (v.re, v.im);
        }
    }
    rho
}

/// Tr(A rho); `scratch` (length 2 D^2) is overwritten.
pub fn trace_product(operator: &dyn Operator, rho: &[f64], scratch: &mut [f64]) -> Complex64 {
    let dim = operator.dim();
    scratch.fill(0.0);
    operator.apply_add(Complex64::ONE, rho, scratch, dim);
    (0..dim).map(|k| Complex64::new(scratch[k * dim + k], scratch[dim * dim + k * dim + k])).sum()
}
