//! The emission spectrum from heterodyne trajectories.
//!
//! The record of a heterodyne detector and the state it leaves are correlated as the light is: M[dJ_k^*(s) <L_k^dag>(t)] = sqrt(eta_k) <L_k^dag(t) L_k(s)> ds for
//! t > s, since dJ^* acts on the later state as L does. So
//!
//!   S_k(nu) = (2/T) Re int dt w(t) e^{-i nu t} <L_k>^*(t) Y(t) / sqrt(eta_k),      Y(t) = int^t w(s) e^{i nu s} dJ_k^*(s),
//!
//! has the spectrum of [`SpectrumEquation`](crate::lindblad::SpectrumEquation) as its mean. Against the power of the record, whose shot noise is 1 at every frequency and must be taken off,
//! the noise of the later factor is averaged over already: where little light is emitted the error is smaller by its square root.

use super::channels::Channels;
use crate::lindblad::{Lindbladian, Window};
use num_complex::Complex64;

/// Gathers the spectra of the outputs of one trajectory over one window after the other.
#[derive(Debug)]
pub struct Spectrometer {
    frequencies: Vec<f64>,
    /// 1/sqrt(eta_k); 0 where nothing is seen.
    gains: Vec<f64>,
    window: Window,
    /// Y, output by output.
    gathered: Vec<Complex64>,
    spectrum: Vec<f64>,
}

impl Spectrometer {
    /// Spectra at `frequencies` of outputs watched by heterodyne detectors of these `efficiencies`.
    pub fn new(frequencies: &[f64], efficiencies: &[f64]) -> Self {
        let spectra = frequencies.len() * efficiencies.len();
        Self {
            frequencies: frequencies.to_vec(),
            gains: efficiencies.iter().map(|e| if *e > 0.0 { 1.0 / e.sqrt() } else { 0.0 }).collect(),
            window: Window::new(0.0, 1.0),
            gathered: vec![Complex64::ZERO; spectra],
            spectrum: vec![0.0; spectra],
        }
    }

    /// Begins the window `[from, to]`.
    pub fn open(&mut self, from: f64, to: f64) {
        self.window = Window::new(from, to);
        self.gathered.fill(Complex64::ZERO);
        self.spectrum.fill(0.0);
    }

    /// Takes the increments dJ_k of the step of length `h` that ends at `t`, as Re and Im in turn.
    pub fn take(&mut self, t: f64, h: f64, increments: &[f64]) {
        let middle = t - 0.5 * h;
        let weight = self.window.weight(middle);
        let count = self.frequencies.len();
        for (f, nu) in self.frequencies.iter().enumerate() {
            // Light at nu turns during the step and its increment is shorter by sinc(nu h/2).
            let half = 0.5 * nu * h;
            let shortened = if half == 0.0 { 1.0 } else { half.sin() / half };
            let phase = Complex64::from_polar(weight / shortened, nu * (middle - self.window.start));
            for (k, dj) in increments.chunks_exact(2).enumerate() {
                self.gathered[k * count + f] += phase * Complex64::new(dj[0], -dj[1]);
            }
        }
    }

    /// Takes the means <L_k> at `t`, where a step of length `h` has ended and another begins.
    pub fn read(&mut self, t: f64, h: f64, means: &[Complex64]) {
        let weight = 2.0 / self.window.length * h * self.window.weight(t);
        let count = self.frequencies.len();
        for (f, nu) in self.frequencies.iter().enumerate() {
            let phase = Complex64::from_polar(weight, -nu * (t - self.window.start));
            for (k, (mean, gain)) in means.iter().zip(&self.gains).enumerate() {
                self.spectrum[k * count + f] += gain * (phase * mean.conj() * self.gathered[k * count + f]).re;
            }
        }
    }

    /// S of the window, output by output.
    pub fn spectrum(&self) -> &[f64] {
        &self.spectrum
    }
}

/// The means <L_k> of kets.
#[derive(Debug)]
pub struct Amplitudes<'a> {
    system: &'a Lindbladian,
    channels: Channels,
    means: Vec<Complex64>,
}

impl<'a> Amplitudes<'a> {
    /// Those of the jump operators of `system`.
    pub fn new(system: &'a Lindbladian) -> Self {
        Self { system, channels: Channels::new(system), means: vec![Complex64::ZERO; system.jumps().len()] }
    }

    /// s(t) <L_k> of the ket `psi` at time `t`.
    pub fn of(&mut self, t: f64, psi: &[f64]) -> &[Complex64] {
        self.channels.means(psi, &mut self.means);
        let amplitude = self.system.amplitude(t);
        self.means.iter_mut().for_each(|m| *m *= amplitude);
        &self.means
    }
}
