//! Accuracy without drawing: variances through the layers.
//!
//! Every number before an activation is taken as a Gaussian with the mean mu and the variance v of its layer, independent of its neighbours:
//!
//!   mu_i = sum_j W_ij E[x_j] + b_i,      v_i = Var_i(E[x]) + sum_j W_ij^2 Var[x_j],
//!
//! with Var_i the engine's own variance. After a ReLU, with t = mu/sqrt(v), E[x] = mu Phi(t) + sqrt(v) phi(t) and E[x^2] = (mu^2 + v) Phi(t) + mu sqrt(v) phi(t); other activations by
//! quadrature. The chance that output c is the largest is the integral over its own Gaussian of the product of Phi((y - mu_k)/sqrt(v_k)). Converters, correlations and what is
//! not Gaussian at few photons are left out: a preview, to be read beside the Monte Carlo figure.

use super::Programmed;
use crate::engine::Sample;
use crate::{Activation, Dataset, Dense};
use lightfall_core::stats::normal_probability as below;
use rayon::prelude::*;

/// Nodes of the quadrature, equally spaced from -6 to 6 standard deviations: the trapezoidal rule is exact to rounding for a Gaussian.
const NODES: usize = 49;
const REACH: f64 = 6.0;

/// Density of the standard normal law.
fn density(t: f64) -> f64 {
    (-0.5 * t * t).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Mean and variance of an activation of a Gaussian number.
fn activated(activation: Activation, mean: f64, variance: f64) -> (f64, f64) {
    if activation == Activation::None {
        return (mean, variance);
    }
    if variance <= 0.0 {
        let mut value = [mean];
        activation.apply(&mut value);
        return (value[0], 0.0);
    }
    let sigma = variance.sqrt();
    let (first, second) = if activation == Activation::Relu {
        let t = mean / sigma;
        let (p, d) = (below(t), density(t));
        (mean * p + sigma * d, (mean * mean + variance) * p + mean * sigma * d)
    } else {
        let mut sums = (0.0, 0.0);
        for (t, weight) in nodes() {
            let mut value = [mean + sigma * t];
            activation.apply(&mut value);
            sums = (sums.0 + weight * value[0], sums.1 + weight * value[0] * value[0]);
        }
        sums
    };
    (first, (second - first * first).max(0.0))
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
fn chance(label: usize, means: &[f64], variances: &[f64]) -> f64 {
    let sigma = |k: usize| variances[k].max(1e-300).sqrt();
    let others = |y: f64| -> f64 {
        (0..means.len()).filter(|k| *k != label).map(|k| below((y - means[k]) / sigma(k))).product()
    };
    nodes().map(|(t, weight)| weight * others(means[label] + sigma(label) * t)).sum()
}

/// Expected accuracy on `data` with `photons` in each layer (`None`: without noise).
pub fn preview(programmed: &Programmed, data: &Dataset, photons: &[Option<f64>]) -> f64 {
    let one = |k: usize| {
        let (mut means, mut variances) = (data.sample(k).to_vec(), vec![0.0; data.inputs]);
        for l in 0..photons.len() {
            (means, variances) = programmed.propagated(l, photons[l], &means, &variances);
        }
        chance(data.labels[k], &means, &variances)
    };
    let all: Vec<f64> = programmed.on_workers(|| (0..data.len()).into_par_iter().map(one).collect());
    all.iter().sum::<f64>() / data.len() as f64
}

impl Programmed {
    /// Means and variances after layer `l`.
    fn propagated(&self, l: usize, photons: Option<f64>, means: &[f64], variances: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let layer = &self.network().layers()[l];
        let Dense { outputs, inputs, weights, bias, .. } = &layer.dense;
        let mut y = vec![0.0; *outputs];
        self.network().product(l, means, &mut y);
        let mut noise = vec![0.0; *outputs];
        if let (Some(hardware), Some(photons)) = (&self.layers[l], photons) {
            let mut light = vec![0.0; hardware.width()];
            hardware.expose(means, &mut light);
            let sample = Sample { x: means, light: &light, calibration: &self.calibrations[l] };
            hardware.variance(sample, photons, &mut noise);
        }
        let row = |i: usize| weights[i * inputs..(i + 1) * inputs].iter().zip(variances);
        let each = (0..*outputs).map(|i| {
            let carried: f64 = row(i).map(|(w, v)| w * w * v).sum();
            activated(layer.activation, y[i] + bias[i], noise[i] + carried)
        });
        each.unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_activations_are_those_of_their_integrals() {
        // Fine trapezoids over the law, cut at nine standard deviations.
        for (mean, variance) in [(0.4, 0.3), (-1.2, 0.8), (2.0, 0.05)] {
            for activation in [Activation::Relu, Activation::Tanh, Activation::Sigmoid] {
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
                let (first, second) = activated(activation, mean, variance);
                assert!((first - sums[0]).abs() < 1e-6, "{activation:?}: {first} {}", sums[0]);
                assert!((second - (sums[1] - sums[0] * sums[0])).abs() < 1e-6, "{activation:?}: {second}");
            }
        }
    }

    #[test]
    fn the_largest_of_equal_outputs_is_each_as_often() {
        assert!((chance(1, &[0.3; 4], &[0.5; 4]) - 0.25).abs() < 1e-6);
        // Two outputs: Phi of the difference over its width.
        let found = chance(0, &[1.0, 0.4], &[0.3, 0.6]);
        assert!((found - below(0.6 / f64::sqrt(0.9))).abs() < 1e-6, "{found}");
    }
}
