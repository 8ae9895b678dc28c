//! Stochastic differential equations with known answers.
//!
//! A path is given by its cells: dW and the space-time Levy area H of every process over a small part of the interval [0, 1]. A solution that is
//! a functional of the path is summed over them, exact to the third power of their length.

use lightfall_core::rng::Streams;
use lightfall_core::sde::{BrownianTree, Calculus, Langevin, Node, NoiseKind, Sde, Underdamped};
use num_complex::Complex64;

/// Increments (dW, H) of each cell, processes innermost.
pub(crate) struct Cells {
    pub(crate) noises: usize,
    pub(crate) length: f64,
    pub(crate) dw: Vec<f64>,
    pub(crate) area: Vec<f64>,
}

impl Cells {
    /// W_k(1).
    fn end(&self, k: usize) -> f64 {
        self.dw.iter().skip(k).step_by(self.noises).sum()
    }

    /// (start time, dW, H) of process k, cell by cell.
    fn process(&self, k: usize) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let pairs = self.dw.iter().zip(&self.area).skip(k).step_by(self.noises);
        pairs.enumerate().map(|(c, (w, a))| (c as f64 * self.length, *w, *a))
    }
}

/// The path of `trajectory` over [0, 1] in 2^depth cells.
pub(crate) fn cells(seed: u64, noises: usize, finest: usize, trajectory: u64) -> Cells {
    fn walk(tree: &mut BrownianTree, node: Node, left: usize, out: &mut Cells) {
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
    let mut tree = BrownianTree::new(noises);
    tree.start(&Streams::new(seed, 0), trajectory);
    tree.next_root(1.0);
    let length = 0.5_f64.powi(finest as i32);
    let mut out = Cells { noises, length, dw: Vec::new(), area: Vec::new() };
    walk(&mut tree, Node::ROOT, finest, &mut out);
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

const fn calculus(ito: bool) -> Calculus {
    if ito { Calculus::Ito } else { Calculus::Stratonovich }
}

/// Geometric Brownian motion in two components, dy_k = m_k y_k dt + s_k y_k dW_k:
/// y_k = exp((m_k - s_k^2/2) t + s_k W_k) (Ito), exp(m_k t + s_k W_k) (Stratonovich).
#[derive(Clone)]
pub(crate) struct Geometric<const ITO: bool>;

const GROWTH: [f64; 2] = [0.5, -0.8];
const SPREAD: [f64; 2] = [0.5, 0.7];

impl<const ITO: bool> Sde for Geometric<ITO> {
    const CALCULUS: Calculus = calculus(ITO);
    const NOISE: NoiseKind = NoiseKind::Diagonal;
    fn dim(&self) -> usize {
        2
    }
    fn noises(&self) -> usize {
        2
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        (0..2).for_each(|k| out[k] = GROWTH[k] * y[k]);
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        (0..2).for_each(|k| out[k] += SPREAD[k] * y[k] * dw[k]);
    }
}

impl<const ITO: bool> Problem for Geometric<ITO> {
    const NAME: &'static str = if ITO { "geometric, Ito" } else { "geometric, Stratonovich" };
    fn initial(&self) -> Vec<f64> {
        vec![1.0, 1.0]
    }
    fn exact(&self, path: &Cells) -> Option<Vec<f64>> {
        let rate = |k: usize| GROWTH[k] - if ITO { 0.5 * SPREAD[k] * SPREAD[k] } else { 0.0 };
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
    fn dim(&self) -> usize {
        1
    }
    fn noises(&self) -> usize {
        1
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        out[0] = -RETURN * y[0];
    }
    fn diffuse(&mut self, _: f64, _: &[f64], dw: &[f64], out: &mut [f64]) {
        out[0] += 0.8 * dw[0];
    }
}

impl Problem for OrnsteinUhlenbeck {
    const NAME: &'static str = "Ornstein-Uhlenbeck";
    /// What is left at order 3/2 holds f''.
    fn better(method: &str) -> [Option<f64>; 2] {
        [matches!(method, "sra1" | "sosra").then_some(2.0), (method == "midpoint").then_some(2.0)]
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
    fn dim(&self) -> usize {
        1
    }
    fn noises(&self) -> usize {
        1
    }
    fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        out[0] = 2.0 / (1.0 + t).sqrt() - y[0] / (2.0 * (1.0 + t));
    }
    fn diffuse(&mut self, t: f64, _: &[f64], dw: &[f64], out: &mut [f64]) {
        out[0] += 1.4 / (1.0 + t).sqrt() * dw[0];
    }
}

impl Problem for FadingNoise {
    const NAME: &'static str = "fading additive noise";
    /// As above; and f' g - dg/dt, which multiplies the area that the others leave out, vanishes here.
    fn better(method: &str) -> [Option<f64>; 2] {
        let second = matches!(method, "sra1" | "sosra" | "platen2" | "stochastic-heun" | "midpoint");
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
    fn dim(&self) -> usize {
        2
    }
    fn noises(&self) -> usize {
        3
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        (out[0], out[1]) = (2.0 * y[1].sin() + 0.5, -3.0 * y[0].sin());
    }
    fn diffuse(&mut self, _: f64, _: &[f64], dw: &[f64], out: &mut [f64]) {
        out[0] += 1.1 * dw[0] + 0.7 * dw[2];
        out[1] += 1.2 * dw[1] - 0.8 * dw[2];
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
    fn dim(&self) -> usize {
        1
    }
    fn noises(&self) -> usize {
        1
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        out[0] = if ITO { -y[0] * (1.0 - y[0] * y[0]) } else { 0.0 };
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        out[0] += (1.0 - y[0] * y[0]) * dw[0];
    }
}

impl<const ITO: bool> Problem for Tanh<ITO> {
    const NAME: &'static str = if ITO { "tanh, Ito" } else { "tanh, Stratonovich" };
    const DISSIPATIVE: bool = false;
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
    fn dim(&self) -> usize {
        1
    }
    fn noises(&self) -> usize {
        1
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        out[0] = (self.mu - y[0] * y[0]) * y[0];
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        out[0] += self.zeta * y[0] * dw[0];
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

/// Two channels that commute: dz = a z dt + b z dW_1 + c z dW_2 for complex z,
/// z = exp((a - (b^2 + c^2)/2) t + b W_1 + c W_2) (Ito), exp(a t + b W_1 + c W_2) (Stratonovich).
#[derive(Clone)]
pub(crate) struct Commuting<const ITO: bool>;

const TURN: [Complex64; 3] = [Complex64::new(-0.3, 0.9), Complex64::new(0.5, 0.3), Complex64::new(-0.2, 0.6)];

impl<const ITO: bool> Sde for Commuting<ITO> {
    const CALCULUS: Calculus = calculus(ITO);
    const NOISE: NoiseKind = NoiseKind::Commutative;
    fn dim(&self) -> usize {
        2
    }
    fn noises(&self) -> usize {
        2
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        let d = TURN[0] * Complex64::new(y[0], y[1]);
        (out[0], out[1]) = (d.re, d.im);
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        let d = (TURN[1] * dw[0] + TURN[2] * dw[1]) * Complex64::new(y[0], y[1]);
        (out[0], out[1]) = (out[0] + d.re, out[1] + d.im);
    }
}

impl<const ITO: bool> Problem for Commuting<ITO> {
    const NAME: &'static str = if ITO { "two commuting channels, Ito" } else { "two commuting channels, Stratonovich" };
    fn initial(&self) -> Vec<f64> {
        vec![1.0, 0.0]
    }
    fn exact(&self, path: &Cells) -> Option<Vec<f64>> {
        let [a, b, c] = TURN;
        let shift = if ITO { 0.5 * (b * b + c * c) } else { Complex64::ZERO };
        let z = (a - shift + b * path.end(0) + c * path.end(1)).exp();
        Some(vec![z.re, z.im])
    }
}

/// Two channels that do not commute: dy = A y dt + B y dW_1 + C y dW_2 with B along sigma_z, C along sigma_x. No closed form on a path;
/// the first two moments obey linear equations, see [`NonCommuting::moments`].
#[derive(Clone)]
pub(crate) struct NonCommuting<const ITO: bool> {
    /// Factor on B and C.
    pub(crate) spread: f64,
}

/// A, B, C row-major.
const LINEAR: [[f64; 4]; 3] = [[-0.7, 2.2, -2.0, -0.4], [0.8, 0.0, 0.0, -0.8], [0.0, 0.7, 0.7, 0.0]];

fn multiply(m: &[f64; 4], y: &[f64]) -> [f64; 2] {
    [m[0] * y[0] + m[1] * y[1], m[2] * y[0] + m[3] * y[1]]
}

impl<const ITO: bool> Sde for NonCommuting<ITO> {
    const CALCULUS: Calculus = calculus(ITO);
    const NOISE: NoiseKind = NoiseKind::General;
    fn dim(&self) -> usize {
        2
    }
    fn noises(&self) -> usize {
        2
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&multiply(&LINEAR[0], y));
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        for (m, w) in LINEAR[1..].iter().zip(dw) {
            let (d, w) = (multiply(m, y), self.spread * w);
            (out[0], out[1]) = (out[0] + w * d[0], out[1] + w * d[1]);
        }
    }
}

impl<const ITO: bool> Problem for NonCommuting<ITO> {
    const NAME: &'static str = if ITO { "two general channels, Ito" } else { "two general channels, Stratonovich" };
    fn initial(&self) -> Vec<f64> {
        vec![1.0, 0.5]
    }
}

impl<const ITO: bool> NonCommuting<ITO> {
    /// M[y_1], M[y_2], M[y_1^2], M[y_2^2] at t = 1, from the matrix exponentials of their linear equations.
    pub(crate) fn moments(&self) -> [f64; 4] {
        let c = |m: &[f64; 4]| m.map(Complex64::from);
        let [a, b1, b2] = LINEAR;
        let [b1, b2] = [b1, b2].map(|m| m.map(|v| self.spread * v));
        // The Ito drift of a Stratonovich equation has (B^2 + C^2)/2 more.
        let mut drift = a;
        if !ITO {
            for m in [b1, b2] {
                for (k, d) in drift.iter_mut().enumerate() {
                    *d += 0.5 * (m[k / 2 * 2] * m[k % 2] + m[k / 2 * 2 + 1] * m[2 + k % 2]);
                }
            }
        }
        let e = lightfall_linalg::expm(2, &c(&drift));
        let y = [1.0, 0.5];
        let mean = |r: usize| (e[2 * r] * y[0] + e[2 * r + 1] * y[1]).re;
        // d M[y (x) y] = (D (x) 1 + 1 (x) D + B (x) B + C (x) C) M[y (x) y].
        let mut generator = [Complex64::ZERO; 16];
        for (k, g) in generator.iter_mut().enumerate() {
            let (row, col) = ([k / 8, k / 4 % 2], [k / 2 % 2, k % 2]);
            let same = |side: usize| if row[side] == col[side] { 1.0 } else { 0.0 };
            let at = |m: &[f64; 4], side: usize| m[2 * row[side] + col[side]];
            *g =
                (at(&drift, 0) * same(1) + same(0) * at(&drift, 1) + at(&b1, 0) * at(&b1, 1) + at(&b2, 0) * at(&b2, 1))
                    .into();
        }
        let e = lightfall_linalg::expm(4, &generator);
        let pair = [y[0] * y[0], y[0] * y[1], y[1] * y[0], y[1] * y[1]];
        let second = |r: usize| (0..4).map(|k| (e[4 * r + k] * pair[k]).re).sum::<f64>();
        [mean(0), mean(1), second(0), second(3)]
    }
}

/// A particle with friction in the double well q^4/4 - q^2/2 at temperature 0.6.
#[derive(Clone)]
pub(crate) struct DoubleWell;

impl Langevin for DoubleWell {
    fn coordinates(&self) -> usize {
        1
    }
    fn force(&mut self, _: f64, q: &[f64], out: &mut [f64]) {
        out[0] = q[0] - q[0] * q[0] * q[0];
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
