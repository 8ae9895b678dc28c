//! Spin-flip Monte Carlo: spins along x that flip one at a time, at the golden-rule rates of [`FlipRate`](super::FlipRate).
//!
//! The energies are those of spins at rest, J = g^2 sum_m G_im G_jm Delta_m/(Delta_m^2 + kappa_m^2), with a site's own -J_ii m^2. Rates are taken in the middle of each
//! step of length dt; within it waiting times are exponential. Spins down start with independent signs of S^x for each atom.
//!
//! Valid in the ordered phase, where spins turn slower than the cavity blurs them. Early in a ramp the rule gives rates above wz, at which a spin cannot flip: they are
//! held at wz, and spins are random there in any case.

use super::{FlipRate, Limit, Multimode};
use crate::open_ising::{Glass, LevelKind, Probe, Selection, Settings};
use lightfall_core::ensemble::{Layout, Level, Process, ProcessError};
use lightfall_core::rng::{Purpose, Rng, Streams};
use lightfall_core::unravel::Grid;
use lightfall_couplings::GroundState;
use rand::RngExt;

/// The level `spin-flip`.
#[derive(Debug)]
pub struct SpinFlipLevel {
    device: Multimode,
    /// Spins at rest.
    glass: Glass,
    probe: Probe,
    grid: Grid,
    streams: Streams,
}

impl SpinFlipLevel {
    /// Flips of the spins of `device`.
    pub fn new(device: &Multimode, settings: &Settings, selection: &Selection, ground: Option<&GroundState>) -> Self {
        let cooled = device.atom_only(Limit::None);
        let mut probe = Probe::new(&cooled, LevelKind::SpinFlip, selection, ground);
        probe.leave_out_of_large_spins(device.atoms as f64);
        Self {
            probe,
            glass: device.atom_only(Limit::X),
            device: device.clone(),
            grid: settings.grid,
            streams: settings.streams,
        }
    }
}

impl Level for SpinFlipLevel {
    fn layout(&self) -> &Layout {
        &self.probe.layout
    }

    fn process(&self) -> Box<dyn Process + '_> {
        let sites = self.device.sites;
        let [rng, sampler] = [Purpose::Clicks, Purpose::Sampling].map(|purpose| self.streams.open(purpose, 0));
        let (values, bloch) = (vec![0.0; sites], vec![0.0; 3 * sites]);
        let rates = vec![[0.0; 2]; sites];
        let spins = vec![[0.0; 3]; sites];
        Box::new(Flips { level: self, steps: Vec::new(), next: 0, rng, sampler, values, rates, bloch, spins })
    }
}

/// What a step needs: the pump, and the rate of each site.
type Step = (f64, Vec<FlipRate>);

struct Flips<'a> {
    level: &'a SpinFlipLevel,
    /// Steps of a trajectory so far: all trajectories take the same.
    steps: Vec<Step>,
    next: usize,
    rng: Rng,
    /// Draws configurations.
    sampler: Rng,
    /// 2 m_i.
    values: Vec<f64>,
    /// Rates down and up.
    rates: Vec<[f64; 2]>,
    bloch: Vec<f64>,
    spins: Vec<[f64; 3]>,
}

impl Flips<'_> {
    /// The next step, with its rates at time `t`.
    fn step(&mut self, t: f64) -> Result<usize, ProcessError> {
        if self.next == self.steps.len() {
            let device = &self.level.device;
            let g = device.g.value(t);
            let rate = |i: usize| {
                device.flip_rate(i, g).ok_or_else(|| {
                    format!(
                        "site {i} at t = {t}: the golden rule needs a mode that loses photons and shifts by less than sqrt(10) photons; g = {g}"
                    )
                })
            };
            // Without light nothing turns the spins but their random start.
            let rates =
                if g == 0.0 { Vec::new() } else { (0..device.sites).map(rate).collect::<Result<Vec<_>, _>>()? };
            self.steps.push((self.level.glass.pump.value(t), rates));
        }
        self.next += 1;
        Ok(self.next - 1)
    }

    /// Sets the rates of all flips in step `step`; returns their sum.
    fn set_rates(&mut self, step: usize) -> f64 {
        let Self { level, steps, values, rates, .. } = self;
        let SpinFlipLevel { device, glass, .. } = level;
        let (pump, of_sites) = &steps[step];
        let (n, spin) = (device.sites, 0.5 * device.atoms as f64);
        let mut total = 0.0;
        for (i, (rates, flip)) in rates.iter_mut().zip(of_sites).enumerate() {
            let field: f64 = (0..n).filter(|j| *j != i).map(|j| glass.coupling(i, j) * values[j]).sum();
            for (rate, change) in rates.iter_mut().zip([-2.0, 2.0]) {
                let to = values[i] + change;
                let own = 0.5 * glass.coupling(i, i) * (to * to - values[i] * values[i]);
                let gained = -pump * (field * change + own);
                let (m, to) = (0.5 * values[i], 0.5 * to);
                let allowed = to.abs() <= spin;
                *rate =
                    if allowed { flip.rate(device.wz, spin, m, to, gained).clamp(0.0, device.wz.abs()) } else { 0.0 };
                total += *rate;
            }
        }
        total
    }
}

impl Process for Flips<'_> {
    fn start(&mut self, trajectory: u64, _: usize) {
        let mut rng = self.level.streams.open(Purpose::InitialState, trajectory);
        for v in &mut self.values {
            *v = (0..self.level.device.atoms).map(|_| if rng.random::<bool>() { 1.0 } else { -1.0 }).sum();
        }
        self.rng = self.level.streams.open(Purpose::Clicks, trajectory);
        self.sampler = self.level.streams.open(Purpose::Sampling, trajectory);
        self.next = 0;
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), ProcessError> {
        let (count, h) = self.level.grid.steps(from, to);
        for k in 0..count {
            let step = self.step(from + (k as f64 + 0.5) * h)?;
            if self.steps[step].1.is_empty() {
                continue;
            }
            let mut left = h;
            loop {
                let total = self.set_rates(step);
                let wait = -(1.0 - self.rng.random::<f64>()).ln() / total;
                // Also where no rate is above 0: the time is infinite or not a number.
                if wait.is_nan() || wait >= left {
                    break;
                }
                left -= wait;
                let mut drawn = self.rng.random::<f64>() * total;
                let all = self.rates.iter().enumerate().flat_map(|(i, r)| [(i, -2.0, r[0]), (i, 2.0, r[1])]);
                let hit = all.filter(|(_, _, r)| *r > 0.0).find(|(_, _, r)| {
                    drawn -= r;
                    drawn < 0.0
                });
                if let Some((i, change, _)) = hit {
                    self.values[i] += change;
                }
            }
        }
        Ok(())
    }

    fn observe(&mut self, _: usize, row: &mut [f64]) -> Result<(), ProcessError> {
        let length = self.level.device.atoms as f64;
        for (b, v) in self.bloch.chunks_exact_mut(3).zip(&self.values) {
            b.copy_from_slice(&[v / length, 0.0, 0.0]);
        }
        self.level.probe.product(&self.bloch, &mut self.spins, &mut self.sampler, row)
    }
}
