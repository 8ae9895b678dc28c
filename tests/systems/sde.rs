//! Stochastic differential equations with known answers.
//!
//! A path is given by its cells: dW and the space-time Levy area H of every process over a small part of the interval [0, 1]. A solution that is
//! a functional of the path is summed over them, exact to the third power of their length.

use lightfall_core::rng::Streams;
use lightfall_core::sde::{BrownianTree, Calculus, Langevin, Node, NoiseKind, Sde, Underdamped};

/// Increments (dW, H) of each cell, processes innermost.
pub(crate) struct Cells {
    pub(crate) noises: usize,
    pub(crate) length: f64,
    pub(crate) dw: Vec<f64>,
    pub(crate) area: Vec<f64>,
}

impl Cells {
    /// W_k(1).
    pub(crate) fn end(&self, k: usize) -> f64 {
        self.dw.iter().skip(k).step_by(self.noises).sum()
    }

    /// (start time, dW, H) of process k, cell by cell.
    fn process(&self, k: usize) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let pairs = self.dw.iter().zip(&self.area).skip(k).step_by(self.noises);
        pairs.enumerate().map(|(c, (w, a))| (c as f64 * self.length, *w, *a))
    }
}

/// The path of `trajectory` over [0, 1]: `roots` steps, each of 2^depth cells.
pub(crate) fn cells(streams: &Streams, noises: usize, roots: u32, depth: u32, trajectory: u64) -> Cells {
    fn walk(tree: &mut BrownianTree, node: Node, left: u32, out: &mut Cells) {
        if left == 0 {
            out.dw.extend(tree.over(node).dw);
            out.area.extend(tree.over(node).area);
            return;
        }
        tree.split(node);
        for half in node.halves() {
            walk(tree, half, left - 1, out);
        }
    }
    let step = 1.0 / f64::from(roots);
    let length = step / f64::from(1u32 << depth);
    let mut tree = BrownianTree::new(noises);
    tree.start(streams, trajectory);
    let mut out = Cells { noises, length, dw: Vec::new(), area: Vec::new() };
    for _ in 0..roots {
        tree.next_root(step);
        walk(&mut tree, Node::ROOT, depth, &mut out);
    }
    out
}

/// An equation on [0, 1] with what is known of it.
pub(crate) trait Problem: Sde + Clone + Send + Sync {
    const NAME: &'static str;
    /// Levels of refinement at which strong orders are read: steps 2^-l.
    const STRONG: [u32; 2] = [6, 9];
    /// Halvings more at which weak orders are read: a cubic drift throws rare coarse steps out for good.
    const SAFE: u32 = 0;
    /// Whether the drift pulls inwards far out, so that coarse steps have moments and an implicit step always has a solution.
    const DISSIPATIVE: bool = true;

    fn initial(&self) -> Vec<f64>;

    /// Strong and weak orders above the declared ones that a stepper has on this equation, for a reason of the equation.
    fn better(_method: &str) -> [Option<f64>; 2] {
        [None, None]
    }

    /// y(1) on a path.
    fn exact(&self, _: &Cells) -> Option<Vec<f64>> {
        None
    }
}

pub(crate) const fn calculus(ito: bool) -> Calculus {
    if ito { Calculus::Ito } else { Calculus::Stratonovich }
}

/// Geometric Brownian motion in two components, dy_k = m_k y_k dt + s_k y_k dW_k:
/// y_k = exp((m_k - s_k^2/2) t + s_k W_k) (Ito), exp(m_k t + s_k W_k) (Stratonovich).
#[derive(Clone)]
pub(crate) struct Geometric<const ITO: bool> {
    pub(crate) growth: [f64; 2],
}

impl<const ITO: bool> Default for Geometric<ITO> {
    fn default() -> Self {
        Self { growth: GROWTH }
    }
}

const GROWTH: [f64; 2] = [0.5, -0.8];
const SPREAD: [f64; 2] = [0.5, 0.7];

impl<const ITO: bool> Sde for Geometric<ITO> {
    const CALCULUS: Calculus = calculus(ITO);
    const NOISE: NoiseKind = NoiseKind::Diagonal;
    const COLUMNS: bool = true;
    fn dim(&self) -> usize {
        2
    }
    fn noises(&self) -> usize {
        2
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        let columns = y.len() / 2;
        for ((y, out), growth) in y.chunks_exact(columns).zip(out.chunks_exact_mut(columns)).zip(self.growth) {
            out.iter_mut().zip(y).for_each(|(out, y)| *out = growth * y);
        }
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        let columns = y.len() / 2;
        for (k, spread) in SPREAD.into_iter().enumerate() {
            let (y, dw) = (&y[k * columns..(k + 1) * columns], &dw[k * columns..(k + 1) * columns]);
            let out = &mut out[k * columns..(k + 1) * columns];
            for r in 0..columns {
                out[r] += spread * y[r] * dw[r];
            }
        }
    }
}

impl Geometric<true> {
    /// The Stratonovich equation of the same process.
    pub(crate) fn converted(&self) -> Geometric<false> {
        let mut growth = self.growth;
        growth.iter_mut().zip(SPREAD).for_each(|(g, s)| *g -= 0.5 * s * s);
        Geometric { growth }
    }
}

impl<const ITO: bool> Problem for Geometric<ITO> {
    const NAME: &'static str = if ITO { "geometric, Ito" } else { "geometric, Stratonovich" };
    fn initial(&self) -> Vec<f64> {
        vec![1.0, 1.0]
    }
    fn exact(&self, path: &Cells) -> Option<Vec<f64>> {
        let rate = |k: usize| self.growth[k] - if ITO { 0.5 * SPREAD[k] * SPREAD[k] } else { 0.0 };
        Some((0..2).map(|k| (rate(k) + SPREAD[k] * path.end(k)).exp()).collect())
    }
}

/// dy = -theta y dt + s dW: y = exp(-theta t) y_0 + s int exp(-theta (t - u)) dW(u).
#[derive(Clone)]
pub(crate) struct OrnsteinUhlenbeck;

const RETURN: f64 = 1.5;

impl Sde for OrnsteinUhlenbeck {
    const CALCULUS: Calculus = Calculus::Ito;
    const NOISE: NoiseKind = NoiseKind::Additive;
    const COLUMNS: bool = true;
    fn dim(&self) -> usize {
        1
    }
    fn noises(&self) -> usize {
        1
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(y).for_each(|(out, y)| *out = -RETURN * y);
    }
    fn diffuse(&mut self, _: f64, _: &[f64], dw: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(dw).for_each(|(out, dw)| *out += 0.8 * dw);
    }
}

impl Problem for OrnsteinUhlenbeck {
    const NAME: &'static str = "Ornstein-Uhlenbeck";
    /// What is left at order 3/2 holds f''.
    fn better(method: &str) -> [Option<f64>; 2] {
        [matches!(method, "sra1" | "sosra" | "slow-rk").then_some(2.0), (method == "midpoint").then_some(2.0)]
    }
    fn initial(&self) -> Vec<f64> {
        vec![1.0]
    }
    fn exact(&self, path: &Cells) -> Option<Vec<f64>> {
        let h = path.length;
        // int exp(theta u) dW over a cell by its moments int dW, int u dW = h (dW/2 - H), int u^2 dW = h^2 (dW/3 - H) in the mean.
        let cell = |(t, w, a): (f64, f64, f64)| {
            let moments = w + RETURN * h * (0.5 * w - a) + 0.5 * RETURN * RETURN * h * h * (w / 3.0 - a);
            (-RETURN * (1.0 - t)).exp() * moments
        };
        Some(vec![(-RETURN).exp() + 0.8 * path.process(0).map(cell).sum::<f64>()])
    }
}

/// Time-dependent additive noise, dy = (b/sqrt(1 + t) - y/(2 (1 + t))) dt + a b/sqrt(1 + t) dW:
/// y = (y_0 + b (t + a W))/sqrt(1 + t). Source: Kloeden and Platen (1992), eq. (4.4.3) family.
#[derive(Clone)]
pub(crate) struct FadingNoise;

impl Sde for FadingNoise {
    const CALCULUS: Calculus = Calculus::Stratonovich;
    const NOISE: NoiseKind = NoiseKind::Additive;
    const COLUMNS: bool = true;
    fn dim(&self) -> usize {
        1
    }
    fn noises(&self) -> usize {
        1
    }
    fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        let (push, rate) = (2.0 / (1.0 + t).sqrt(), 0.5 / (1.0 + t));
        out.iter_mut().zip(y).for_each(|(out, y)| *out = push - rate * y);
    }
    fn diffuse(&mut self, t: f64, _: &[f64], dw: &[f64], out: &mut [f64]) {
        let spread = 1.4 / (1.0 + t).sqrt();
        out.iter_mut().zip(dw).for_each(|(out, dw)| *out += spread * dw);
    }
}

impl Problem for FadingNoise {
    const NAME: &'static str = "fading additive noise";
    /// As above; and f' g - dg/dt, which multiplies the area that the others leave out, vanishes here.
    fn better(method: &str) -> [Option<f64>; 2] {
        let second = matches!(method, "sra1" | "sosra" | "slow-rk" | "platen2" | "stochastic-heun" | "midpoint");
        [second.then_some(2.0), (method == "midpoint").then_some(2.0)]
    }
    fn initial(&self) -> Vec<f64> {
        vec![0.5]
    }
    fn exact(&self, path: &Cells) -> Option<Vec<f64>> {
        Some(vec![(0.5 + 2.0 * (1.0 + 0.7 * path.end(0))) / 2.0_f64.sqrt()])
    }
}

/// Two coupled pendulum phases under three noises that do not depend on them:
/// dy_1 = sin(y_2) dt + .., dy_2 = -2 sin(y_1) dt + ... No closed form.
#[derive(Clone)]
pub(crate) struct NoisyPendulum;

impl Sde for NoisyPendulum {
    const CALCULUS: Calculus = Calculus::Ito;
    const NOISE: NoiseKind = NoiseKind::Additive;
    const COLUMNS: bool = true;
    fn dim(&self) -> usize {
        2
    }
    fn noises(&self) -> usize {
        3
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        let columns = y.len() / 2;
        for r in 0..columns {
            (out[r], out[columns + r]) = (2.0 * y[columns + r].sin() + 0.5, -3.0 * y[r].sin());
        }
    }
    fn diffuse(&mut self, _: f64, _: &[f64], dw: &[f64], out: &mut [f64]) {
        let columns = out.len() / 2;
        for r in 0..columns {
            out[r] += 1.1 * dw[r] + 0.7 * dw[2 * columns + r];
            out[columns + r] += 1.2 * dw[columns + r] - 0.8 * dw[2 * columns + r];
        }
    }
}

impl Problem for NoisyPendulum {
    const NAME: &'static str = "noisy pendulum";
    const SAFE: u32 = 1;
    fn initial(&self) -> Vec<f64> {
        vec![0.9, 0.4]
    }
}

/// dy = -a^2 y (1 - y^2) dt + a (1 - y^2) dW (Ito), dy = a (1 - y^2) o dW (Stratonovich): y = tanh(a W + artanh y_0).
/// Source: Kloeden and Platen (1992), eq. (4.4.46).
#[derive(Clone)]
pub(crate) struct Tanh<const ITO: bool>;

impl<const ITO: bool> Sde for Tanh<ITO> {
    const CALCULUS: Calculus = calculus(ITO);
    const NOISE: NoiseKind = NoiseKind::Diagonal;
    const COLUMNS: bool = true;
    fn dim(&self) -> usize {
        1
    }
    fn noises(&self) -> usize {
        1
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(y).for_each(|(out, y)| *out = if ITO { -y * (1.0 - y * y) } else { 0.0 });
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(y.iter().zip(dw)).for_each(|(out, (y, dw))| *out += (1.0 - y * y) * dw);
    }
}

impl<const ITO: bool> Problem for Tanh<ITO> {
    const NAME: &'static str = if ITO { "tanh, Ito" } else { "tanh, Stratonovich" };
    const DISSIPATIVE: bool = false;
    /// Without a drift all that is left is the quadrature along the noise.
    fn better(method: &str) -> [Option<f64>; 2] {
        [(method == "slow-rk").then_some(2.0), None]
    }
    fn initial(&self) -> Vec<f64> {
        vec![0.3]
    }
    fn exact(&self, path: &Cells) -> Option<Vec<f64>> {
        Some(vec![(path.end(0) + 0.3_f64.atanh()).tanh()])
    }
}

/// The quartic well with multiplicative noise, dy = (mu y - y^3) dt + zeta y dW:
/// y = E/sqrt(1/y_0^2 + 2 int E^2 dt), E = exp((mu - zeta^2/2) t + zeta W) (Ito), exp(mu t + zeta W) (Stratonovich).
#[derive(Clone)]
pub(crate) struct QuarticWell<const ITO: bool> {
    pub(crate) mu: f64,
    pub(crate) zeta: f64,
    pub(crate) start: f64,
}

impl<const ITO: bool> Default for QuarticWell<ITO> {
    fn default() -> Self {
        Self { mu: 1.5, zeta: 1.0, start: 1.2 }
    }
}

impl<const ITO: bool> Sde for QuarticWell<ITO> {
    const CALCULUS: Calculus = calculus(ITO);
    const NOISE: NoiseKind = NoiseKind::Diagonal;
    const COLUMNS: bool = true;
    fn dim(&self) -> usize {
        1
    }
    fn noises(&self) -> usize {
        1
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(y).for_each(|(out, y)| *out = (self.mu - y * y) * y);
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(y.iter().zip(dw)).for_each(|(out, (y, dw))| *out += self.zeta * y * dw);
    }
}

impl QuarticWell<true> {
    /// The Stratonovich equation of the same process.
    pub(crate) fn converted(&self) -> QuarticWell<false> {
        let Self { mu, zeta, start } = *self;
        QuarticWell { mu: mu - 0.5 * zeta * zeta, zeta, start }
    }
}

impl<const ITO: bool> Problem for QuarticWell<ITO> {
    const NAME: &'static str = if ITO { "quartic well, Ito" } else { "quartic well, Stratonovich" };
    const SAFE: u32 = 2;
    fn initial(&self) -> Vec<f64> {
        vec![self.start]
    }
    fn exact(&self, path: &Cells) -> Option<Vec<f64>> {
        let h = path.length;
        let (rate, z) = (2.0 * (self.mu - if ITO { 0.5 * self.zeta * self.zeta } else { 0.0 }), 2.0 * self.zeta);
        let (mut log, mut integral) = (0.0_f64, 0.0);
        for (_, w, a) in path.process(0) {
            // ln E^2 less its value at the start of the cell: mean and mean square over the cell, given dW and H.
            let mean = 0.5 * rate * h + z * (0.5 * w + a);
            let square = z * z * (w * w / 3.0 + w * a + 1.2 * a * a + h / 15.0) + rate * z * h * (w / 1.5 + a) * 0.5;
            integral += h * log.exp() * (1.0 + mean + 0.5 * square);
            log += rate * h + z * w;
        }
        Some(vec![(0.5 * log).exp() / (1.0 / (self.start * self.start) + 2.0 * integral).sqrt()])
    }
}

/// A particle with friction in the double well q^4/4 - q^2/2 at temperature 0.6.
#[derive(Clone)]
pub(crate) struct DoubleWell;

impl Langevin for DoubleWell {
    const COLUMNS: bool = true;
    fn coordinates(&self) -> usize {
        1
    }
    fn force(&mut self, _: f64, q: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(q).for_each(|(out, q)| *out = q - q * q * q);
    }
    fn friction(&self, _: f64) -> f64 {
        1.3
    }
    fn temperature(&self, _: f64) -> f64 {
        0.6
    }
}

impl Problem for Underdamped<DoubleWell> {
    const NAME: &'static str = "underdamped double well";
    fn initial(&self) -> Vec<f64> {
        vec![1.6, -0.5]
    }
}
