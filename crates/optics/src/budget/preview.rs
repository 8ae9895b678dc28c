//! Accuracy without drawing: variances through the layers.
//!
//! Every number before an activation is taken as a Gaussian with the mean mu and the variance v of its layer, independent of its neighbours:
//!
//!   mu_i = sum_j W_ij E[x_j] + b_i,      v_i = Var_i(E[x]) + sum_j W_ij^2 Var[x_j],
//!
//! with Var_i the engine's own variance. After a ReLU, with t = mu/sqrt(v), E[x] = mu Phi(t) + sqrt(v) phi(t) and E[x^2] = (mu^2 + v) Phi(t) + mu sqrt(v) phi(t); other activations by
//! quadrature. A largest pool takes the first two moments of the larger of two Gaussians in turn (Clark 1961, Oper. Res. 9, 145); softmax goes by its derivative, and is left out at the end, where it changes nothing. The chance that output c is the
//! largest is the integral over its own Gaussian of the product of Phi((y - mu_k)/sqrt(v_k)). Converters, correlations and what is not Gaussian at few photons are left out, and so are errors of
//! making but for those of the first device: a preview, to be read beside the Monte Carlo figure.

use super::Programmed;
use crate::engine::Sample;
use crate::network::pool;
use crate::{Activation, Dataset, Step};
use lightfall_core::stats::normal_probability as below;
use rayon::prelude::*;

/// Nodes of the quadrature, equally spaced from -6 to 6 standard deviations: the trapezoidal rule is exact to rounding for a Gaussian.
const NODES: usize = 49;
const REACH: f64 = 6.0;

/// Density of the standard normal law.
fn density(t: f64) -> f64 {
    (-0.5 * t * t).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// A number with an error.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Gaussian {
    mean: f64,
    variance: f64,
}

impl Gaussian {
    fn with_noise(self, variance: f64) -> Self {
        Self { variance: self.variance + variance, ..self }
    }

    /// Mean and variance after an activation.
    fn activated(self, activation: Activation) -> Self {
        let Self { mean, variance } = self;
        let value = |y: f64| {
            let mut value = [y];
            activation.apply(&mut value);
            value[0]
        };
        if activation == Activation::None || variance <= 0.0 {
            return Self { mean: value(mean), variance };
        }
        let sigma = variance.sqrt();
        let (first, second) = if activation == Activation::Relu {
            let t = mean / sigma;
            let (p, d) = (below(t), density(t));
            (mean * p + sigma * d, (mean * mean + variance) * p + mean * sigma * d)
        } else {
            nodes().fold((0.0, 0.0), |(first, second), (t, weight)| {
                let v = value(mean + sigma * t);
                (first + weight * v, second + weight * v * v)
            })
        };
        Self { mean: first, variance: (second - first * first).max(0.0) }
    }

    /// Mean and variance of the larger of two independent numbers.
    fn larger(self, other: Self) -> Self {
        let width = (self.variance + other.variance).sqrt();
        if width == 0.0 {
            return if other.mean > self.mean { other } else { self };
        }
        let t = (self.mean - other.mean) / width;
        let (p, q, d) = (below(t), below(-t), density(t));
        let mean = self.mean * p + other.mean * q + width * d;
        let square = |g: Self| g.mean * g.mean + g.variance;
        let second = square(self) * p + square(other) * q + (self.mean + other.mean) * width * d;
        Self { mean, variance: (second - mean * mean).max(0.0) }
    }
}

/// Nodes and weights of a mean over the standard normal law.
fn nodes() -> impl Iterator<Item = (f64, f64)> {
    let step = 2.0 * REACH / (NODES - 1) as f64;
    (0..NODES).map(move |k| {
        let t = -REACH + step * k as f64;
        (t, step * density(t))
    })
}

/// Chance that output `label` is the largest.
fn chance(label: usize, y: &[Gaussian]) -> f64 {
    let sigma = |g: &Gaussian| g.variance.max(1e-300).sqrt();
    let own = y[label];
    let others = |v: f64| -> f64 {
        let others = y.iter().enumerate().filter(|(k, _)| *k != label);
        others.map(|(_, g)| below((v - g.mean) / sigma(g))).product()
    };
    nodes().map(|(t, weight)| weight * others(own.mean + sigma(&own) * t)).sum()
}

/// Expected accuracy on `data` with `settings` in each layer (`None`: without noise), on the first device.
pub fn preview(programmed: &Programmed, data: &Dataset, settings: &[Option<f64>]) -> f64 {
    let one = |k: usize| {
        let mut x = data.sample(k).to_vec();
        programmed.network().begin(&mut x);
        let mut y: Vec<Gaussian> = x.into_iter().map(|mean| Gaussian { mean, variance: 0.0 }).collect();
        for l in 0..settings.len() {
            y = programmed.propagated(l, settings[l], &y);
        }
        chance(data.labels[k], &y)
    };
    let all: Vec<f64> = programmed.on_workers(|| (0..data.len()).into_par_iter().map(one).collect());
    all.iter().sum::<f64>() / data.len() as f64
}

impl Programmed {
    /// Numbers after layer `l`.
    fn propagated(&self, l: usize, setting: Option<f64>, x: &[Gaussian]) -> Vec<Gaussian> {
        let (network, device) = (self.network(), &self.devices[0]);
        let dense = &network.layers()[l].dense;
        let (m, n) = (dense.outputs, dense.inputs);
        let (means, variances): (Vec<f64>, Vec<f64>) = x.iter().map(|g| (g.mean, g.variance)).unzip();
        let (mut patches, mut spreads) = (Vec::new(), Vec::new());
        let means = network.gather(l, &means, &mut patches);
        let variances = network.gather(l, &variances, &mut spreads);
        let mut y = vec![0.0; means.len() / n * m];
        network.product(l, means, &mut y);
        network.add_bias(l, &mut y);
        let hardware = device.layers[l].as_deref().zip(setting);
        let own = hardware.and(device.activation);
        let (mut noise, mut light) = (vec![0.0; m], Vec::new());
        let mut out = Vec::with_capacity(y.len());
        for ((x, v), y) in means.chunks_exact(n).zip(variances.chunks_exact(n)).zip(y.chunks_exact_mut(m)) {
            if let Some((hardware, setting)) = hardware {
                light.resize(hardware.width(), 0.0);
                hardware.expose(x, &mut light);
                let sample = Sample { x, light: &light, calibration: &device.calibrations[l] };
                if own.is_none() {
                    hardware.mean(sample, setting, y);
                    network.add_bias(l, y);
                }
                hardware.variance(sample, setting, &mut noise);
            }
            for (i, row) in dense.weights.chunks_exact(n).enumerate() {
                let carried: f64 = row.iter().zip(v).map(|(w, v)| w * w * v).sum();
                let product = Gaussian { mean: y[i], variance: carried };
                // Noise of the readout comes before the activation, unless the hardware makes it.
                out.push(match own {
                    Some(own) => product.activated(own).with_noise(noise[i]),
                    None => product.with_noise(noise[i]),
                });
            }
        }
        network.arrange(l, &mut out);
        let done = usize::from(own.is_some());
        network.steps(l).take(network.deciding(l)).skip(done).for_each(|(step, shape)| passed(step, shape, &mut out));
        out
    }
}

/// Numbers after a step.
fn passed(step: &Step, shape: &[usize], y: &mut Vec<Gaussian>) {
    match step {
        Step::Activation(a) => y.iter_mut().for_each(|g| *g = g.activated(*a)),
        Step::Reshape(_) => {}
        Step::Scale { scale, shift } => {
            let each: usize = shape[1..].iter().product();
            for (k, channel) in y.chunks_exact_mut(each).enumerate() {
                let (a, b) = (scale[k % scale.len()], shift[k % scale.len()]);
                channel.iter_mut().for_each(|g| *g = Gaussian { mean: a * g.mean + b, variance: a * a * g.variance });
            }
        }
        Step::AveragePool { window, count_padding } => pool(*window, shape, y, |seen| {
            let n = if *count_padding { seen.len() } else { seen.iter().flatten().count() }.max(1) as f64;
            let sum = |of: fn(&Gaussian) -> f64| seen.iter().flatten().map(of).sum::<f64>();
            Gaussian { mean: sum(|g| g.mean) / n, variance: sum(|g| g.variance) / (n * n) }
        }),
        Step::MaxPool(window) => pool(*window, shape, y, |seen| {
            let larger = seen.iter().flatten().copied().reduce(Gaussian::larger);
            larger.unwrap_or(Gaussian { mean: f64::NEG_INFINITY, variance: 0.0 })
        }),
        Step::Softmax => {
            for sample in y.chunks_exact_mut(shape.iter().product()) {
                let mut p: Vec<f64> = sample.iter().map(|g| g.mean).collect();
                step.run(shape, &mut p);
                // dp_i/dy_k = p_i (delta_ik - p_k).
                let all: f64 = sample.iter().zip(&p).map(|(g, p)| g.variance * p * p).sum();
                for (g, p) in sample.iter_mut().zip(&p) {
                    *g = Gaussian { mean: *p, variance: p * p * (all + g.variance * (1.0 - 2.0 * p)) };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dense, Intensity, Layer, Network};
    use lightfall_core::rng::Streams;

    #[test]
    fn a_softmax_at_the_end_changes_nothing() {
        let weights = (0..12).map(|k| f64::from(k % 5) - 1.5).collect();
        let dense = Dense { name: "d".into(), outputs: 3, inputs: 4, weights, bias: vec![0.3, 0.0, -0.2] };
        let values = (0..80).map(|k| f64::from(k * 7 % 11)).collect();
        let data = Dataset { inputs: 4, values, labels: (0..20).map(|k| k % 3).collect() };
        let accuracy = |then: Vec<Step>| {
            let network = Network::new(vec![Layer { dense: dense.clone(), patches: None, then }]).unwrap();
            let streams = Streams::new(0, 0);
            let programmed = Programmed::new(network, &Intensity::default(), &[true], &data, streams).unwrap();
            preview(&programmed, &data, &[Some(0.2)])
        };
        let plain = accuracy(Vec::new());
        assert!(plain > 0.2 && plain < 0.9, "{plain}");
        assert_eq!(accuracy(vec![Step::Softmax]), plain);
        assert_eq!(accuracy(vec![Step::Softmax, Step::Reshape(vec![3, 1])]), plain);
        let relu = accuracy(vec![Step::Activation(Activation::Relu), Step::Softmax]);
        assert_eq!(relu, accuracy(vec![Step::Activation(Activation::Relu)]));
    }

    #[test]
    fn moments_of_activations_are_those_of_their_integrals() {
        // Fine trapezoids over the law, cut at nine standard deviations.
        for (mean, variance) in [(0.4, 0.3), (-1.2, 0.8), (2.0, 0.05)] {
            for activation in [Activation::Relu, Activation::Tanh, Activation::ClickCoherent] {
                let (steps, sigma) = (200_000, f64::sqrt(variance));
                let h = 18.0 / f64::from(steps);
                let mut sums = [0.0; 2];
                for k in 0..=steps {
                    let t = -9.0 + h * f64::from(k);
                    let mut value = [mean + sigma * t];
                    activation.apply(&mut value);
                    sums[0] += h * density(t) * value[0];
                    sums[1] += h * density(t) * value[0] * value[0];
                }
                let found = Gaussian { mean, variance }.activated(activation);
                assert!((found.mean - sums[0]).abs() < 1e-6, "{activation:?}: {found:?} {}", sums[0]);
                let expected = sums[1] - sums[0] * sums[0];
                assert!((found.variance - expected).abs() < 1e-6, "{activation:?}: {found:?} {expected}");
            }
        }
    }

    #[test]
    fn the_largest_of_equal_outputs_is_each_as_often() {
        let g = |mean, variance| Gaussian { mean, variance };
        assert!((chance(1, &[g(0.3, 0.5); 4]) - 0.25).abs() < 1e-6);
        // Two outputs: Phi of the difference over its width.
        let found = chance(0, &[g(1.0, 0.3), g(0.4, 0.6)]);
        assert!((found - below(0.6 / f64::sqrt(0.9))).abs() < 1e-6, "{found}");
    }

    #[test]
    fn the_larger_of_two_gaussians_has_the_moments_of_the_integral() {
        let (a, b) = (Gaussian { mean: 0.3, variance: 0.5 }, Gaussian { mean: 0.7, variance: 0.2 });
        let (steps, h) = (2000, 18.0 / 2000.0);
        let at = |k: i32| -9.0 + h * f64::from(k);
        let mut sums = [0.0; 2];
        for j in 0..=steps {
            for k in 0..=steps {
                let (s, t) = (at(j), at(k));
                let v = (a.mean + a.variance.sqrt() * s).max(b.mean + b.variance.sqrt() * t);
                let weight = h * h * density(s) * density(t);
                sums = [sums[0] + weight * v, sums[1] + weight * v * v];
            }
        }
        let found = a.larger(b);
        let expected = sums[1] - sums[0] * sums[0];
        assert!((found.mean - sums[0]).abs() < 1e-5 && (found.variance - expected).abs() < 1e-5, "{found:?}");
    }
}
