//! The record of one step of the split step: drawn with its exact law, or taken from a recording.

use super::{Diffusion, Split, Watch, kernel, plain};
use crate::operator::{norm_sqr, normalise};
use crate::unravel::step::DARK;
use crate::unravel::{Click, UnravelError};
use num_complex::Complex64;
use rand::RngExt;
use rand_distr::{Distribution, Exp1};

impl Split<'_> {
    /// Draws a configuration with probability |psi(x)|^2 / sum, in two stages: its bin, then itself.
    pub(super) fn draw_configuration(&mut self, row: usize) -> usize {
        let total: f64 = self.bins.iter().sum();
        let mut left = self.back_action[row.min(1)].random::<f64>() * total;
        let mut bin = 0;
        while bin + 1 < self.bins.len() && left >= self.bins[bin] {
            left -= self.bins[bin];
            bin += 1;
        }
        let dim = 1usize << self.system.sites;
        let range = bin * kernel::BIN..((bin + 1) * kernel::BIN).min(dim);
        let mut last = range.start;
        for x in range {
            let p = match &self.fast {
                Some((rows, _)) => rows.weight(x),
                None => self.psi[x] * self.psi[x] + self.psi[dim + x] * self.psi[dim + x],
            };
            if p > 0.0 {
                last = x;
            }
            left -= p;
            if left < 0.0 {
                break;
            }
        }
        last
    }

    /// Draws the record of one step at the configuration `x` and sets the linear exponents from it.
    pub(super) fn measure(&mut self, x: usize, t: f64, h: f64, increments: &[f64]) {
        let n = self.system.sites;
        self.linear.fill(Complex64::ZERO);
        let diffusion = match self.watch {
            Watch::Counting => return self.click(x, t, h),
            Watch::Diffusive(d) => d,
        };
        let amplitude = self.system.amplitude.value(t);
        for (k, u) in self.system.jumps.chunks_exact(n).enumerate() {
            let l = amplitude * self.system.eigenvalue(k, x);
            let weight = match diffusion {
                Diffusion::Homodyne { phase } => {
                    let turn = Complex64::from_polar(1.0, -phase);
                    let di = 2.0 * (l * turn).re * h + increments[k];
                    if self.keep_record {
                        self.record.push(di);
                    }
                    turn * di
                }
                Diffusion::Heterodyne => {
                    let dxi = Complex64::new(increments[2 * k], increments[2 * k + 1]);
                    let dj = l.conj() * h + dxi * std::f64::consts::FRAC_1_SQRT_2;
                    if self.keep_record {
                        self.record.extend([dj.re, dj.im]);
                    }
                    dj
                }
            };
            add_linear(amplitude * weight, u, &mut self.linear);
        }
    }

    /// Takes the record of one step from the recording and sets the linear exponents from it.
    pub(super) fn measure_again(&mut self, t: f64, h: f64) -> Result<(), UnravelError> {
        let Some(r) = &mut self.replay else { return Ok(()) };
        let (system, recording) = (self.system, r.recording);
        self.linear.fill(Complex64::ZERO);
        let Watch::Diffusive(diffusion) = self.watch else {
            let left = &recording.clicks()[r.click..];
            let now = &left[..left.iter().take_while(|c| c.time <= t + 0.5 * h).count()];
            r.click += now.len();
            self.step_clicks.clear();
            self.step_clicks.extend_from_slice(now);
            return self.apply_clicks(t, h);
        };
        let amplitude = system.amplitude.value(t);
        let row = recording.row(r.step);
        r.step += 1;
        for (k, u) in system.jumps.chunks_exact(system.sites).enumerate() {
            let weight = match diffusion {
                Diffusion::Homodyne { phase } => Complex64::from_polar(1.0, -phase) * row[k],
                Diffusion::Heterodyne => Complex64::new(row[2 * k], row[2 * k + 1]),
            };
            add_linear(amplitude * weight, u, &mut self.linear);
        }
        Ok(())
    }

    /// Draws the clicks of one step: a Poisson process of rate sum_k |l_k(x)|^2, and multiplies by l_k for each.
    fn click(&mut self, x: usize, t: f64, h: f64) {
        let system = self.system;
        let intensity = system.amplitude.value(t).powi(2);
        let rate = |k: usize| intensity * system.eigenvalue(k, x).norm_sqr();
        let total: f64 = (0..system.channels()).map(rate).sum();
        self.step_clicks.clear();
        let mut elapsed = 0.0;
        // A dark configuration waits for ever; so does one without channels, whose sum is -0.
        loop {
            let wait: f64 = Exp1.sample(&mut self.clicks_rng);
            elapsed += if total > 0.0 { wait / total } else { f64::INFINITY };
            if elapsed >= h {
                break;
            }
            let mut left = self.clicks_rng.random::<f64>() * total;
            let mut channel = 0;
            for k in 0..system.channels() {
                let r = rate(k);
                if r > 0.0 {
                    channel = k;
                }
                left -= r;
                if left < 0.0 {
                    break;
                }
            }
            self.step_clicks.push(Click { time: t - 0.5 * h + elapsed, channel: channel as u32 });
        }
        // A click that was drawn is possible.
        let _ = self.apply_clicks(t, h);
        self.clicks.extend_from_slice(&self.step_clicks);
    }

    /// Multiplies by l_k for each click of the step around `t`.
    fn apply_clicks(&mut self, t: f64, h: f64) -> Result<(), UnravelError> {
        let system = self.system;
        let intensity = system.amplitude.value(t).powi(2);
        for click in &self.step_clicks {
            let k = click.channel as usize;
            if let Some((rows, _)) = &self.fast {
                rows.store(&mut self.psi);
            }
            let before = norm_sqr(&self.psi);
            plain::multiply_linear(&system.jumps[k * system.sites..(k + 1) * system.sites], &mut self.psi);
            // Many clicks in one step would overflow otherwise.
            let rate = intensity * normalise(&mut self.psi) / before;
            if let Some((rows, _)) = &mut self.fast {
                rows.load(&self.psi);
            }
            if rate * h <= DARK {
                return Err(UnravelError::ImpossibleClick { channel: k, t: click.time });
            }
        }
        Ok(())
    }
}

/// b += w u.
fn add_linear(weight: Complex64, row: &[Complex64], linear: &mut [Complex64]) {
    for (b, u) in linear.iter_mut().zip(row) {
        *b += weight * u;
    }
}
