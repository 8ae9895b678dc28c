//! Trajectories side by side come out as they would alone, bit for bit, by every stepper and in every ensemble.

mod systems;

use lightfall_core::ensemble::{BlockRunner, EnsembleError, Plan, Silent, StopRule, run};
use lightfall_core::rng::Streams;
use lightfall_core::sde::{
    Advance, Baoab, Calculus, Control, Driver, Integrator, METHODS, NoiseKind, Sde, SdeError, SdeLevel, Underdamped,
    bind, columns_of, get_column,
};
use lightfall_core::unravel::Grid;
use systems::sde::*;
use systems::two_channels::{Commuting, NonCommuting};

/// Groups of trajectories whose numbers divide nothing.
const GROUPS: [usize; 4] = [1, 3, 11, 64];

/// Checks one equation by every stepper that `make` binds; returns how many there were.
fn compare<P: Problem>(problem: &P, make: impl Fn(&str) -> Option<Box<dyn Advance>>) -> usize {
    assert!(P::COLUMNS);
    let (streams, control) = (Streams::new(5, 1), Control::Fixed(Grid { dt: 0.3, refinement: 1 }));
    let mut checked = 0;
    for (method, made) in METHODS.iter().filter_map(|m| Some((m, make(m.name)?))) {
        // Some start apart, so that implicit steps take their own numbers of iterations.
        let initial = |trajectory: u64| -> Vec<f64> {
            problem.initial().iter().map(|y| y + 0.05 * (trajectory % 5) as f64).collect()
        };
        let mut driver = Driver::new(made, control).unwrap().with_coarse();
        assert_eq!(driver.columns(), columns_of(problem.dim()));
        let mut alone = Vec::new();
        for trajectory in 0..GROUPS.iter().sum::<usize>() as u64 {
            driver.start(&streams, trajectory, &initial(trajectory));
            driver.advance(0.0, 1.0).unwrap();
            alone.push([driver.state().to_vec(), driver.coarse().unwrap().to_vec()]);
        }
        let mut first = 0;
        for count in GROUPS {
            let starts: Vec<Vec<f64>> = (0..count).map(|c| initial((first + c) as u64)).collect();
            let y: Vec<f64> = (0..problem.dim()).flat_map(|k| starts.iter().map(move |y| y[k])).collect();
            driver.start(&streams, first as u64, &y);
            driver.advance(0.0, 1.0).unwrap();
            for c in 0..count {
                for (states, alone) in [driver.state(), driver.coarse().unwrap()].into_iter().zip(&alone[first + c]) {
                    let mut one = vec![0.0; problem.dim()];
                    get_column(states, count, c, &mut one);
                    assert_eq!(&one, alone, "{} on {}, column {c} of {count}", method.name, P::NAME);
                }
            }
            first += count;
        }
        checked += 1;
    }
    checked
}

fn all<P: Problem + 'static>(problem: P) -> usize {
    compare(&problem, |name| bind(name, problem.clone()).ok())
}

#[test]
fn columns_are_trajectories_alone_by_every_stepper() {
    let langevin = || Underdamped(DoubleWell);
    let baoab = |name: &str| -> Option<Box<dyn Advance>> {
        (name == "baoab").then(|| Box::new(Integrator::<_, Baoab>::new(langevin())) as Box<dyn Advance>)
    };
    let checked = all(Geometric::<true>::default())
        + all(OrnsteinUhlenbeck)
        + all(NoisyPendulum)
        + all(QuarticWell::<true>::default())
        + all(Commuting::<true>)
        + all(NonCommuting::<true> { spread: 1.0 })
        + all(Geometric::<false>::default())
        + all(QuarticWell::<false>::default())
        + all(Commuting::<false>)
        + all(NonCommuting::<false> { spread: 1.0 })
        + compare(&langevin(), baoab);
    assert!(checked > 50, "{checked}");
}

#[test]
fn an_ensemble_does_not_depend_on_who_runs_together() {
    let level =
        SdeLevel::new("slow-rk", QuarticWell::<false>::default(), Control::Fixed(Grid::new(0.1)), Streams::new(2, 0));
    let level = level.unwrap().starting(0.0, |_, y| y[0] = 1.2).observing(&["y"], |_, y, out| out[0] = y[0]);
    let plan =
        |block, threads| Plan { trajectories: 150, block, threads, stop: StopRule::default(), keep_tracks: false };
    let outcome = |block, threads| run(&level, &[0.0, 0.5, 1.0], &plan(block, threads), &mut (), &Silent).unwrap();
    let (one, other) = (outcome(1, 1), outcome(64, 2));
    assert_eq!((one.moments, one.finals), (other.moments, other.finals));
}

/// dy_0 = -y_0 dt + y_1 dW_0, dy_1 = dW_1.
#[derive(Clone)]
struct Driven;

impl Sde for Driven {
    const CALCULUS: Calculus = Calculus::Ito;
    const NOISE: NoiseKind = NoiseKind::General;
    fn dim(&self) -> usize {
        2
    }
    fn noises(&self) -> usize {
        2
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        (out[0], out[1]) = (-y[0], 0.0);
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        (out[0], out[1]) = (out[0] + y[1] * dw[0], out[1] + dw[1]);
    }
}

#[test]
fn what_a_start_does_not_write_is_zero_for_every_trajectory() {
    let level = SdeLevel::new("euler-maruyama", Driven, Control::Fixed(Grid::new(0.1)), Streams::new(2, 0)).unwrap();
    let level = level.starting(0.0, |_, y| y[0] = 1.0).observing(&["y"], |_, y, out| out[0] = y[1]);
    let mut runner = BlockRunner::new(&level, &[0.0, 1.0], false);
    for trajectory in 0..3 {
        let row = runner.trajectory(trajectory).unwrap();
        assert!(row[0] == 0.0 && row[row.len() / 2] != 0.0, "{row:?}");
    }
}

#[test]
fn an_ensemble_of_nothing_observed_runs() {
    let level = SdeLevel::new("euler-maruyama", Driven, Control::Fixed(Grid::new(0.1)), Streams::new(2, 0)).unwrap();
    assert_eq!(BlockRunner::new(&level, &[0.0, 1.0], false).block(0, 0, 4).unwrap().moments.count, 4);
}

#[test]
fn a_start_of_another_length_is_refused() {
    let mut driver = Driver::new(bind("milstein", Driven).unwrap(), Control::Fixed(Grid::new(0.1))).unwrap();
    for y in [&[1.0][..], &[1.0; 3], &[1.0; 4], &[]] {
        driver.start(&Streams::new(2, 0), 0, y);
        assert_eq!(driver.advance(0.0, 1.0), Err(SdeError::StateLength { found: y.len(), expected: 2 }));
    }
    driver.start(&Streams::new(2, 0), 0, &[1.0, 0.0]);
    driver.advance(0.0, 1.0).unwrap();
}

#[test]
fn a_failure_among_many_names_its_trajectory() {
    // Far out, the explicit step of a cubic drift runs away; trajectory 37 alone starts there.
    let level = SdeLevel::new(
        "stochastic-heun",
        QuarticWell::<false>::default(),
        Control::Fixed(Grid::new(0.1)),
        Streams::new(2, 0),
    );
    let seen = std::sync::atomic::AtomicU64::new(0);
    let far = |rng: &mut lightfall_core::rng::Rng, y: &mut [f64]| {
        let own = rng.get_stream() >> 8;
        seen.fetch_max(own, std::sync::atomic::Ordering::Relaxed);
        y[0] = if own == 37 { 1e6 } else { 1.2 };
    };
    let level = level.unwrap().starting(0.0, far).observing(&["y"], |_, y, out| out[0] = y[0]);
    let mut runner = BlockRunner::new(&level, &[0.0, 1.0], false);
    assert_eq!(runner.columns(), 64);
    let error = runner.block(0, 0, 64).unwrap_err();
    assert!(matches!(error, EnsembleError::Trajectory { trajectory: 37, .. }), "{error}");
    assert_eq!(seen.load(std::sync::atomic::Ordering::Relaxed), 63);
    // The worker is fit for the next block.
    let block = runner.block(1, 64, 64).unwrap();
    assert_eq!(block.moments.count, 64);
}
