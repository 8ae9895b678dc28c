//! Strong and weak orders of every stepper, measured on equations with known solutions, against what it declares.

mod systems;

use lightfall_core::rng::Streams;
use lightfall_core::sde::{
    Advance, Baoab, BindError, Calculus, Control, Driver, Integrator, METHODS, Method, NoiseKind, Underdamped, bind,
};
use lightfall_core::unravel::Grid;
use rayon::prelude::*;
use systems::sde::*;
use systems::two_channels::{Commuting, NonCommuting};

const SEED: u64 = 2024;
/// Cells of a path: 2^-11.
const FINEST: u32 = 11;
/// Paths of a block of a weak error.
const BLOCK: u64 = 250;
/// Fewest and most rounds of 16 blocks.
const ROUNDS: [u64; 2] = [10, 1600];
/// Standard errors that a weak error must be long: a slope over two halvings then scatters by 0.17.
const CLEAR: f64 = 6.0;
/// The same for explicit steps, whose paths cost less: 0.07.
const CLEARER: f64 = 15.0;

type Make = Box<dyn Fn(&str) -> Result<Box<dyn Advance>, BindError> + Sync>;
type Exact = Box<dyn Fn(&Cells) -> Option<Vec<f64>> + Sync>;

/// A problem, bound to steppers by name.
struct Case {
    name: &'static str,
    calculus: Calculus,
    noise: NoiseKind,
    noises: usize,
    strong: [u32; 2],
    safe: u32,
    dissipative: bool,
    better: fn(&str) -> [Option<f64>; 2],
    initial: Vec<f64>,
    make: Make,
    exact: Exact,
}

fn case<P: Problem + 'static>(problem: P) -> Case {
    let (copy, other) = (problem.clone(), problem.clone());
    with(problem, Box::new(move |name| bind(name, copy.clone())), Box::new(move |cells| other.exact(cells)))
}

fn with<P: Problem>(problem: P, make: Make, exact: Exact) -> Case {
    Case {
        name: P::NAME,
        calculus: P::CALCULUS,
        noise: P::NOISE,
        noises: problem.noises(),
        strong: P::STRONG,
        safe: P::SAFE,
        dissipative: P::DISSIPATIVE,
        better: P::better,
        initial: problem.initial(),
        make,
        exact,
    }
}

/// Every problem; `spread` scales the noise of the two general channels: much for strong orders, little for weak ones.
fn cases(spread: f64) -> Vec<Case> {
    let langevin = || Underdamped(DoubleWell);
    let baoab = move |name: &str| -> Result<Box<dyn Advance>, BindError> {
        if name == "baoab" { Ok(Box::new(Integrator::<_, Baoab>::new(langevin()))) } else { bind("baoab", langevin()) }
    };
    vec![
        case(Geometric::<true>::default()),
        case(OrnsteinUhlenbeck),
        case(FadingNoise),
        case(NoisyPendulum),
        case(Tanh::<true>),
        case(QuarticWell::<true>::default()),
        case(Commuting::<true>),
        case(NonCommuting::<true> { spread }),
        case(Geometric::<false>::default()),
        case(Tanh::<false>),
        case(QuarticWell::<false>::default()),
        case(Commuting::<false>),
        case(NonCommuting::<false> { spread }),
        with(langevin(), Box::new(baoab), Box::new(|_| None)),
    ]
}

impl Case {
    /// Whether `method` is measured here: it accepts the equation, which does not leave the domain of an implicit step.
    fn takes(&self, method: &Method) -> bool {
        let implicit = method.name == "drift-implicit-euler";
        (self.make)(method.name).is_ok() && (self.dissipative || !implicit)
    }

    /// Drivers with steps of 2^-level.
    fn drivers(&self, method: &str, levels: [u32; 2]) -> Vec<Driver<Box<dyn Advance>>> {
        let steps = |refinement| Control::Fixed(Grid { dt: 1.0, refinement });
        let driver = |level| Driver::new((self.make)(method).unwrap(), steps(level)).unwrap();
        (levels[0]..=levels[1]).map(driver).collect()
    }

    /// Final states of the drivers on the path of `trajectory`.
    fn solve(&self, drivers: &mut [Driver<Box<dyn Advance>>], trajectory: u64) -> Vec<Vec<f64>> {
        self.solve_columns(drivers, trajectory, 1)
    }

    /// The same for the `count` trajectories from `first` on, in columns.
    fn solve_columns(&self, drivers: &mut [Driver<Box<dyn Advance>>], first: u64, count: usize) -> Vec<Vec<f64>> {
        let initial: Vec<f64> = self.initial.iter().flat_map(|y| vec![*y; count]).collect();
        let one = |driver: &mut Driver<Box<dyn Advance>>| {
            driver.start(&Streams::new(SEED, 0), first, &initial);
            driver.advance(0.0, 1.0).unwrap();
            driver.state().to_vec()
        };
        drivers.iter_mut().map(one).collect()
    }

    /// Root mean square error over `trajectories` paths, level by level: against the solution where it is known, else between a level
    /// and the next, which falls at the same rate.
    fn strong_errors(&self, method: &str, trajectories: u64) -> Vec<f64> {
        let one = |trajectory| -> Vec<f64> {
            match (self.exact)(&cells(&Streams::new(SEED, 0), self.noises, 1, FINEST, trajectory)) {
                Some(exact) => {
                    let states = self.solve(&mut self.drivers(method, self.strong), trajectory);
                    states.iter().map(|y| squared_distance(y, &exact)).collect()
                }
                None => {
                    let finer = [self.strong[0], self.strong[1] + 1];
                    let states = self.solve(&mut self.drivers(method, finer), trajectory);
                    states.windows(2).map(|pair| squared_distance(&pair[0], &pair[1])).collect()
                }
            }
        };
        let rows: Vec<Vec<f64>> = (0..trajectories).into_par_iter().map(one).collect();
        let mean = |k: usize| (rows.iter().map(|r| r[k]).sum::<f64>() / trajectories as f64).sqrt();
        (0..rows[0].len()).map(mean).collect()
    }

    /// Differences between the means of y_k and y_k^2 at a level and the next on the same paths, as one length, with its standard error.
    /// Paths are added until every difference is `clear` standard errors long, looked at after each round of 16 blocks.
    fn weak_errors(&self, method: &str, from: [u32; 2], clear: f64) -> (Vec<f64>, Vec<f64>) {
        let (levels, width) = ((from[1] - from[0] + 1) as usize, 2 * self.initial.len());
        let one = |block: u64| {
            let mut sums = vec![[0.0; 2]; levels * width];
            let mut drivers = self.drivers(method, [from[0], from[1] + 1]);
            let (columns, end) = (drivers[0].columns() as u64, (block + 1) * BLOCK);
            for first in (block * BLOCK..end).step_by(columns as usize) {
                let count = columns.min(end - first) as usize;
                let states = self.solve_columns(&mut drivers, first, count);
                for (pair, sums) in states.windows(2).zip(sums.chunks_exact_mut(width)) {
                    for (at, (a, b)) in pair[0].iter().zip(&pair[1]).enumerate() {
                        let k = at / count;
                        for (d, s) in [a - b, a * a - b * b].into_iter().zip(&mut sums[2 * k..2 * k + 2]) {
                            *s = [s[0] + d, s[1] + d * d];
                        }
                    }
                }
            }
            sums
        };
        let (mut total, total_indices) = (vec![[0.0; 2]; levels * width], 0..levels * width);
        let (mut errors, mut noise) = (vec![0.0; levels], vec![0.0; levels]);
        for round in 0..ROUNDS[1] {
            let blocks: Vec<Vec<[f64; 2]>> = (16 * round..16 * (round + 1)).into_par_iter().map(one).collect();
            for (t, s) in blocks.iter().flat_map(|sums| total_indices.clone().zip(sums)) {
                total[t] = [total[t][0] + s[0], total[t][1] + s[1]];
            }
            let n = (16 * (round + 1) * BLOCK) as f64;
            for l in 0..levels {
                let rows = &total[l * width..(l + 1) * width];
                let square: f64 = rows.iter().map(|s| s[0] * s[0] / (n * n)).sum();
                let variance: f64 = rows.iter().map(|s| (s[1] / n - s[0] * s[0] / (n * n)) / n).sum();
                // The square of a noisy mean is too large by its variance.
                (errors[l], noise[l]) = ((square - variance).max(0.0).sqrt(), variance.sqrt());
            }
            if round + 1 >= ROUNDS[0] && errors.iter().zip(&noise).all(|(e, s)| *e > clear * s) {
                break;
            }
        }
        (errors, noise)
    }
}

/// Slope of -log2(error) against the level, least squares.
fn slope(errors: &[f64]) -> f64 {
    let n = errors.len() as f64;
    let middle = 0.5 * (n - 1.0);
    let (mut top, mut bottom) = (0.0, 0.0);
    for (k, e) in errors.iter().enumerate() {
        let x = k as f64 - middle;
        (top, bottom) = (top - x * e.log2(), bottom + x * x);
    }
    top / bottom
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Measures every method on every case it takes; `measure` returns errors and their noise, level by level, and the order expected.
fn table(kind: &str, cases: &[Case], measure: impl Fn(&Case, &Method) -> (Vec<f64>, Vec<f64>, f64)) {
    let mut off = Vec::new();
    println!("| stepper | equation | noise | {kind} order | measured | errors |\n|---|---|---|---|---|---|");
    for method in &METHODS {
        let mut measured = 0;
        for case in cases.iter().filter(|c| c.takes(method)) {
            let (errors, noise_of_errors, expected) = measure(case, method);
            let order = slope(&errors);
            let said: Vec<String> = errors.iter().map(|e| format!("{e:.1e}")).collect();
            let (name, noise) = (method.name, case.noise.name());
            println!("| {name} | {} | {noise} | {expected} | {order:.2} | {} |", case.name, said.join(" "));
            if errors.iter().zip(&noise_of_errors).any(|(e, s)| *e < CLEAR * s) {
                off.push(format!("{name} on {}: {errors:?} drown in {noise_of_errors:?}", case.name));
            } else if (order - expected).abs() > 0.2 {
                off.push(format!("{name} on {}: {order:.2}, expected {expected}", case.name));
            }
            measured += 1;
        }
        assert!(measured > 0, "{} was not measured", method.name);
    }
    assert!(off.is_empty(), "{off:#?}");
}

#[test]
fn strong_orders_are_as_declared() {
    // The slope of four levels over 300 paths scatters by some 0.04.
    table("strong", &cases(1.0), |case, method| {
        let declared = method.orders(case.noise).unwrap().strong;
        let errors = case.strong_errors(method.name, 300);
        let noise = vec![0.0; errors.len()];
        (errors, noise, (case.better)(method.name)[0].unwrap_or(declared))
    });
}

/// Levels at which a weak error falls as it ends to, and standard errors that it must be long there.
fn weak_levels(case: &Case, method: &str, expected: f64) -> ([u32; 2], f64) {
    let well = case.name.starts_with("quartic well");
    // Errors of second order drown at small steps.
    let levels = if expected > 1.0 { [2, 4] } else { [4, 6] };
    let (finer, clear) = match method {
        // Its term of order 3/2 outweighs that of order 2, of other sign, only below steps of 1/64, and then by sqrt(h).
        "sosri" if well => (8, 2.0 * CLEARER),
        // Its terms of higher order are large.
        "slow-rk" if well => (5, 2.0 * CLEARER),
        // Its large coefficients bring its own order in late.
        "sosra" => (case.safe + 1, CLEARER),
        "drift-implicit-euler" => (case.safe, CLEAR),
        _ => (case.safe, CLEARER),
    };
    (levels.map(|l| l + finer), clear)
}

#[test]
#[ignore = "slow: three minutes of paths for means of second order"]
fn weak_orders_are_as_declared() {
    let cases: Vec<Case> = cases(0.5).into_iter().filter(|c| c.dissipative).collect();
    table("weak", &cases, |case, method| {
        let declared = method.orders(case.noise).unwrap().weak;
        let expected = (case.better)(method.name)[1].unwrap_or(declared);
        let (levels, clear) = weak_levels(case, method.name, expected);
        let (errors, noise) = case.weak_errors(method.name, levels, clear);
        (errors, noise, expected)
    });
}

#[test]
#[ignore = "slow: means at steps down to 1/512"]
fn sosri_has_weak_order_three_halves() {
    // Its library documents 2. Errors at steps of 1/32 to 1/256, each clear of its noise.
    let case = case(Geometric::<true>::default());
    let (errors, noise) = case.weak_errors("sosri", [5, 8], CLEARER);
    assert!(errors.iter().zip(&noise).all(|(e, s)| *e > CLEAR * s), "{errors:?} drown in {noise:?}");
    let order = slope(&errors);
    println!("order {order:.3}, errors {errors:?}");
    assert!((order - 1.5).abs() < 0.15, "order {order}");
}

#[test]
fn a_refusal_names_steppers_that_can() {
    let mut refused = 0;
    for case in cases(1.0) {
        for method in METHODS.iter().filter(|m| !m.accepts(case.calculus, case.noise)) {
            let message = (case.make)(method.name).err().unwrap().to_string();
            let (_, able) = message.split_once("; use ").unwrap();
            for name in able.split(", ").flat_map(|n| n.split(" or ")) {
                let named = METHODS.iter().find(|m| m.name == name).unwrap();
                assert!(named.accepts(case.calculus, case.noise), "{message}");
            }
            refused += 1;
        }
    }
    assert!(refused > 50, "{refused}");
    let said = bind("sosri", NonCommuting::<false> { spread: 1.0 }).err().unwrap().to_string();
    assert_eq!(
        said,
        "sosri integrates Ito equations with diagonal noise, and this one is Stratonovich with general noise; \
         use stochastic-heun, midpoint"
    );
    let said = bind("milstien", OrnsteinUhlenbeck).err().unwrap().to_string();
    assert!(
        said.starts_with("unknown stepper `milstien`; did you mean `milstein`? steppers: euler-maruyama,"),
        "{said}"
    );
}

#[test]
fn means_of_two_general_channels_are_those_of_their_linear_equations() {
    // Steps of 1/64 and 1/128 on the same 20000 paths, extrapolated to none: 2 y(1/128) - y(1/64) leaves errors of second order, below 0.005.
    // 4 standard errors and that bias, four means and four steppers of two calculi: a false alarm in 1000.
    let (one, other) = (NonCommuting::<true> { spread: 1.0 }, NonCommuting::<false> { spread: 1.0 });
    let expected = [one.moments(), other.moments()];
    assert!((expected[0][2] - expected[1][2]).abs() > 0.3, "the calculi differ: {expected:?}");
    for (name, ito) in [("euler-maruyama", true), ("platen2", true), ("stochastic-heun", false), ("midpoint", false)] {
        let case = if ito { case(one.clone()) } else { case(other.clone()) };
        let group = |first: u64| {
            let states = case.solve_columns(&mut case.drivers(name, [6, 7]), 50 * first, 50);
            let moment = |k: usize, c: usize, l: usize| states[l][50 * (k % 2) + c].powi(1 + k as i32 / 2);
            let row = move |c: usize| -> [f64; 4] { std::array::from_fn(|k| 2.0 * moment(k, c, 1) - moment(k, c, 0)) };
            (0..50).map(row).collect::<Vec<_>>()
        };
        let rows: Vec<[f64; 4]> = (0..400).into_par_iter().flat_map_iter(group).collect();
        for (k, expected) in expected[usize::from(!ito)].iter().enumerate() {
            let values: Vec<f64> = rows.iter().map(|m| m[k]).collect();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let error = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>()).sqrt() / n;
            assert!((mean - expected).abs() < 4.0 * error + 0.005, "{name}: {mean} +- {error}, {expected}");
        }
    }
}
