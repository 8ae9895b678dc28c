//! When the counters of a trajectory click: true clicks by their rates, dark ones by themselves.

use super::detection::{Detection, Detector, Output};
use super::step::{DARK, KetStep};
use super::{Click, UnravelError};
use crate::lindblad::Lindbladian;
use crate::operator::Operator;
use crate::rng::{Purpose, Rng, Streams};
use num_complex::Complex64;
use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use std::sync::Arc;

/// The clicks of a trajectory: true ones by their rates, dark ones by themselves.
#[derive(Debug)]
pub(super) struct Counters {
    /// Counted channels with their efficiency and dark rate.
    channels: Vec<(usize, f64, f64)>,
    rates: Vec<f64>,
    /// sum_k eta_k L_k^dag L_k.
    pub(super) total: Option<Arc<dyn Operator>>,
    rng: Rng,
    /// The next click comes when the integral of the rate reaches this.
    pub(super) left: f64,
    dark_rng: Rng,
    dark_total: f64,
    next_dark: f64,
    pub(super) of_step: Vec<Click>,
}

impl Counters {
    pub(super) fn new(system: &Lindbladian, detection: &Detection) -> Self {
        let unused = |purpose| Streams::new(0, 0).open(purpose, 0);
        let counted = |(k, o): (usize, &Output)| match o.detector {
            Detector::Counting { dark_rate } => Some((k, o.efficiency, dark_rate)),
            _ => None,
        };
        let channels: Vec<_> = detection.outputs().iter().enumerate().filter_map(counted).collect();
        let mut weights = vec![Complex64::ZERO; system.jumps().len()];
        channels.iter().for_each(|&(k, eta, _)| weights[k] = eta.into());
        Self {
            rates: vec![0.0; channels.len()],
            total: system.weighted_grams(&weights),
            rng: unused(Purpose::Clicks),
            left: f64::INFINITY,
            dark_rng: unused(Purpose::DarkCounts),
            dark_total: channels.iter().map(|c| c.2).sum(),
            next_dark: f64::INFINITY,
            of_step: Vec::new(),
            channels,
        }
    }

    pub(super) fn start(&mut self, streams: &Streams, trajectory: u64) {
        self.rng = streams.open(Purpose::Clicks, trajectory);
        self.left = if self.total.is_some() { Exp1.sample(&mut self.rng) } else { f64::INFINITY };
        self.dark_rng = streams.open(Purpose::DarkCounts, trajectory);
        self.next_dark = self.dark_wait();
    }

    /// Time to the next dark count; infinite without any.
    fn dark_wait(&mut self) -> f64 {
        if self.dark_total == 0.0 {
            return f64::INFINITY;
        }
        let wait: f64 = Exp1.sample(&mut self.dark_rng);
        wait / self.dark_total
    }

    /// True if no output is counted.
    pub(super) fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    /// The rate of true clicks.
    pub(super) fn rate(&self, step: &mut KetStep<'_>) -> f64 {
        self.total.as_ref().map_or(0.0, |r| step.intensity() * step.mean(r.as_ref()).max(0.0))
    }

    /// Draws the channel of a true click at time `t`.
    pub(super) fn draw_channel(&mut self, step: &mut KetStep<'_>, t: f64, h: f64) -> Result<u32, UnravelError> {
        for (r, &(k, eta, _)) in self.rates.iter_mut().zip(&self.channels) {
            *r = eta * step.rate(k);
        }
        let total: f64 = self.rates.iter().sum();
        let at = pick(&self.rates, self.rng.random::<f64>() * total);
        self.left = Exp1.sample(&mut self.rng);
        match at {
            Some(at) if total * h > DARK => Ok(self.channels[at].0 as u32),
            _ => Err(UnravelError::Norm { norm: total, t }),
        }
    }

    /// Adds the dark counts up to time `to` to the clicks of the step and puts them in order.
    pub(super) fn add_dark(&mut self, to: f64) {
        while self.next_dark <= to {
            let at = self.dark_rng.random::<f64>() * self.dark_total;
            let mut left = at;
            let hit = self.channels.iter().find(|c| {
                left -= c.2;
                left < 0.0
            });
            if let Some(&(channel, ..)) = hit.or(self.channels.iter().rfind(|c| c.2 > 0.0)) {
                self.of_step.push(Click { time: self.next_dark, channel: channel as u32 });
            }
            self.next_dark += self.dark_wait();
        }
        self.of_step.sort_unstable_by(|a, b| a.time.total_cmp(&b.time));
    }
}

/// The index at which `left` is used up; the last with a weight if rounding leaves a remainder.
fn pick(weights: &[f64], mut left: f64) -> Option<usize> {
    let last = weights.iter().rposition(|w| *w > 0.0);
    for (k, w) in weights.iter().enumerate() {
        left -= w;
        if left < 0.0 && *w > 0.0 {
            return Some(k);
        }
    }
    last
}

/// Time at which the integral of a rate that goes linearly from `first` to `last` over `h` reaches `left`.
pub(super) fn crossing(first: f64, last: f64, h: f64, left: f64) -> f64 {
    let root = (first * first + 2.0 * (last - first) * left / h).max(0.0).sqrt();
    (2.0 * left / (first + root)).min(h)
}
