//! An ensemble of any stochastic differential equation, with its statistical and its step error.

use super::{Advance, BindError, Control, ControlError, Driver, Sde, bind, get_column, set_column};
use crate::ensemble::{Layout, Level, Process, ProcessError, Quantity, Shape};
use crate::rng::{Purpose, Rng, Streams};

/// Writes an initial state; its random numbers are the trajectory's own.
type Start<'a> = Box<dyn Fn(&mut Rng, &mut [f64]) + Sync + 'a>;
/// Writes the observables of a state.
type Observe<'a> = Box<dyn Fn(f64, &[f64], &mut [f64]) + Sync + 'a>;

/// What a worker is given.
type Made<'a> = Result<Driver<Box<dyn Advance + 'a>>, SdeLevelError>;

/// An equation, a stepper and steps that do not go together.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SdeLevelError {
    /// The stepper.
    #[error(transparent)]
    Stepper(#[from] BindError),
    /// The steps.
    #[error(transparent)]
    Control(#[from] ControlError),
}

/// A stochastic differential equation as a level that [`crate::ensemble::run`] runs.
///
/// With fixed steps every observable X comes with `X_step`, its value with half the steps minus that with the steps asked for, on the same
/// path: the mean of that column is the step error of the mean, with an error bar of its own, and some 2^weak - 1 times the error left in
/// X. `path_error` is the root mean square over the components of the difference between the two states.
pub struct SdeLevel<'a> {
    make: Box<dyn Fn() -> Made<'a> + Sync + 'a>,
    start: Start<'a>,
    observe: Observe<'a>,
    layout: Layout,
    streams: Streams,
    time: f64,
}

impl<'a> SdeLevel<'a> {
    /// Trajectories of `sde` by the stepper called `stepper`, from y = 0 at time 0.
    ///
    /// # Errors
    ///
    /// [`SdeLevelError`] if the stepper does not integrate such equations or the steps cannot be taken.
    pub fn new<S: Sde + Clone + Send + Sync + 'a>(
        stepper: &str,
        sde: S,
        control: Control,
        streams: Streams,
    ) -> Result<Self, SdeLevelError> {
        let name = stepper.to_owned();
        Self::with(move || bind(&name, sde.clone()), control, streams)
    }

    /// The same for a stepper of your own, or [`Baoab`](super::Baoab): `equation` makes it, once a worker.
    ///
    /// # Errors
    ///
    /// What `equation` returns, or [`SdeLevelError::Control`].
    pub fn with(
        equation: impl Fn() -> Result<Box<dyn Advance + 'a>, BindError> + Sync + 'a,
        control: Control,
        streams: Streams,
    ) -> Result<Self, SdeLevelError> {
        let make = move || Ok(Driver::new(equation()?, control)?.with_coarse());
        make()?;
        Ok(Self {
            make: Box::new(make),
            start: Box::new(|_, y| y.fill(0.0)),
            observe: Box::new(|_, _, _| {}),
            layout: Layout::default(),
            streams,
            time: 0.0,
        })
    }

    /// The same from the states that `start` writes at time `time`, the first of the save times; what it does not write is 0.
    pub fn starting(mut self, time: f64, start: impl Fn(&mut Rng, &mut [f64]) + Sync + 'a) -> Self {
        (self.time, self.start) = (time, Box::new(start));
        self
    }

    /// The same with the observables `names`, which `observe(t, y, out)` writes in this order.
    pub fn observing(mut self, names: &[&str], observe: impl Fn(f64, &[f64], &mut [f64]) + Sync + 'a) -> Self {
        let quantity = |name: String| Quantity { name, shape: Shape::Scalar, store: false };
        let mut quantities: Vec<Quantity> = names.iter().map(|n| quantity((*n).to_owned())).collect();
        let has_coarse = (self.make)().is_ok_and(|d| d.coarse().is_some());
        if has_coarse {
            quantities.extend(names.iter().map(|n| quantity(format!("{n}_step"))));
            quantities.push(quantity("path_error".into()));
        }
        self.layout = Layout { quantities };
        self.observe = Box::new(observe);
        self
    }
}

impl Level for SdeLevel<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn process(&self) -> Box<dyn Process + '_> {
        let driver = (self.make)();
        let dim = driver.as_ref().map_or(0, |d| d.equation().dim());
        let pair = [vec![0.0; dim], vec![0.0; dim]];
        Box::new(Trajectories { level: self, driver, initial: Vec::new(), count: 1, pair, time: self.time })
    }
}

struct Trajectories<'a, 'b> {
    level: &'a SdeLevel<'b>,
    driver: Made<'b>,
    initial: Vec<f64>,
    /// Trajectories side by side.
    count: usize,
    /// The state of one of them, and its coarse state.
    pair: [Vec<f64>; 2],
    time: f64,
}

impl Process for Trajectories<'_, '_> {
    fn columns(&self) -> usize {
        self.driver.as_ref().map_or(1, Driver::columns)
    }

    fn start(&mut self, first: u64, count: usize) {
        let (level, one) = (self.level, &mut self.pair[0]);
        self.count = count;
        self.initial.resize(one.len() * count, 0.0);
        for column in 0..count {
            let mut rng = level.streams.open(Purpose::InitialState, first + column as u64);
            one.fill(0.0);
            (level.start)(&mut rng, one);
            set_column(&mut self.initial, count, column, one);
        }
        if let Ok(driver) = &mut self.driver {
            driver.start(&level.streams, first, &self.initial);
        }
        self.time = level.time;
    }

    fn advance(&mut self, from: f64, to: f64) -> Result<(), ProcessError> {
        self.time = to;
        self.driver.as_mut().map_err(|e| e.clone())?.advance(from, to)?;
        Ok(())
    }

    fn observe(&mut self, column: usize, row: &mut [f64]) -> Result<(), ProcessError> {
        if row.is_empty() {
            return Ok(());
        }
        let driver = self.driver.as_ref().map_err(|e| e.clone())?;
        let (observe, [state, coarse]) = (&self.level.observe, &mut self.pair);
        get_column(driver.state(), self.count, column, state);
        let Some(coarse_states) = driver.coarse() else {
            observe(self.time, state, row);
            return Ok(());
        };
        get_column(coarse_states, self.count, column, coarse);
        let count = (row.len() - 1) / 2;
        let (means, rest) = row.split_at_mut(count);
        observe(self.time, state, means);
        observe(self.time, coarse, &mut rest[..count]);
        for (step, mean) in rest.iter_mut().zip(means) {
            *step = *mean - *step;
        }
        let squares: f64 = state.iter().zip(coarse.iter()).map(|(a, b)| (a - b) * (a - b)).sum();
        rest[count] = (squares / coarse.len().max(1) as f64).sqrt();
        Ok(())
    }
}
