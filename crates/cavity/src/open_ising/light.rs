//! Levels that also gather the spectrum of the light: what listens to a trajectory, and the master equation with its regression.

use super::levels::{MasterLevel, Refused};
use super::reader::Workspace;
use lightfall_core::ensemble::{Process, ProcessError};
use lightfall_core::lindblad::{Lindbladian, SpectrumEquation, pack, pure_density, unpack};
use lightfall_core::ode::{Dop853, Tolerance};
use lightfall_core::unravel::{Amplitudes, Detection, Grid, Spectrometer, UnravelError, Unravelling};
use std::ops::Range;

/// What the spectra of a level of heterodyne trajectories are made with.
#[derive(Debug)]
pub(super) struct Light {
    pub(super) system: Lindbladian,
    pub(super) frequencies: Vec<f64>,
    pub(super) detection: std::sync::Arc<Detection>,
    pub(super) columns: Range<usize>,
}

/// What listens to one trajectory after the other.
pub(super) struct Listener<'a> {
    amplitudes: Amplitudes<'a>,
    spectrometer: Spectrometer,
    grid: Grid,
    columns: Range<usize>,
}

impl<'a> Listener<'a> {
    pub(super) fn new(light: &'a Light, grid: Grid) -> Self {
        let efficiencies: Vec<f64> = light.detection.outputs().iter().map(|o| o.efficiency).collect();
        Self {
            amplitudes: Amplitudes::new(&light.system),
            spectrometer: Spectrometer::new(&light.frequencies, &efficiencies),
            grid,
            columns: light.columns.clone(),
        }
    }

    /// Moves `unravelling`, which keeps its record, from `from` to `to` step by step: the window of the spectrum.
    pub(super) fn advance(
        &mut self,
        unravelling: &mut dyn Unravelling,
        from: f64,
        to: f64,
    ) -> Result<(), UnravelError> {
        self.spectrometer.open(from, to);
        let (steps, h) = self.grid.steps(from, to);
        let at = |k: usize| if k == steps { to } else { from + k as f64 * h };
        for k in 0..steps {
            let before = unravelling.measured().increments().1.len();
            unravelling.advance(at(k), at(k + 1))?;
            let (width, rows) = unravelling.measured().increments();
            let fine = rows[before..].chunks_exact(width.max(1));
            let part = h / fine.len().max(1) as f64;
            for (row, r) in fine.zip(1..) {
                self.spectrometer.take(at(k) + f64::from(r) * part, part, row);
            }
            self.spectrometer.read(at(k + 1), h, self.amplitudes.of(at(k + 1), unravelling.state()));
        }
        Ok(())
    }

    /// Forgets the trajectory before.
    pub(super) fn start(&mut self) {
        self.spectrometer.open(0.0, 1.0);
    }

    /// Writes the spectra of the last window.
    pub(super) fn write(&self, row: &mut [f64]) {
        row[self.columns.clone()].copy_from_slice(self.spectrometer.spectrum());
    }
}

/// The process of a master equation whose spectra are observed.
pub(super) fn master_with_spectrum<'a>(
    level: &'a MasterLevel,
    frequencies: &[f64],
    columns: Range<usize>,
) -> Box<dyn Process + 'a> {
    let equation = SpectrumEquation::new(&level.system, frequencies);
    let state = vec![0.0; equation.size()];
    match Tolerance::norm(level.tolerance, state.len()) {
        Ok(tolerance) => Box::new(Regression {
            level,
            solver: Dop853::new(state.len(), tolerance),
            equation,
            state,
            rho: pure_density(&level.initial),
            columns,
            work: level.reader.workspace(),
        }),
        Err(error) => Box::new(Refused(error)),
    }
}

struct Regression<'a> {
    level: &'a MasterLevel,
    equation: SpectrumEquation<'a>,
    solver: Dop853,
    state: Vec<f64>,
    rho: Vec<f64>,
    columns: Range<usize>,
    work: Workspace,
}

impl Process for Regression<'_> {
    fn start(&mut self, _: u64, _: usize) {
        let size = self.rho.len() / 2;
        self.equation.open(0.0, 1.0, &mut self.state);
        pack(&pure_density(&self.level.initial), &mut self.state[..size]);
        self.work.time = 0.0;
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), ProcessError> {
        let equation = &mut self.equation;
        equation.open(from, to, &mut self.state);
        // The state jumps where a window opens.
        self.solver.restart();
        self.solver.integrate(&mut |t, y, dy| equation.rhs(t, y, dy), from, to, &mut self.state)?;
        self.work.time = to;
        Ok(())
    }

    fn observe(&mut self, _: usize, row: &mut [f64]) -> Result<(), ProcessError> {
        unpack(&self.state[..self.rho.len() / 2], &mut self.rho);
        self.level.reader.density(&self.rho, &mut self.work, row)?;
        row[self.columns.clone()].copy_from_slice(self.equation.spectrum(&self.state));
        Ok(())
    }
}
