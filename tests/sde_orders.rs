//! Strong and weak orders of every stepper, measured on equations with known solutions, against what it declares.

mod systems;

use lightfall_core::rng::Streams;
use lightfall_core::sde::{
    Advance, Baoab, BindError, BrownianTree, Calculus, Control, Driver, Integrator, METHODS, Method, Node, NoiseKind,
    Underdamped, bind,
};
use lightfall_core::unravel::Grid;
use rayon::prelude::*;
use systems::sde::*;

const SEED: u64 = 2024;
/// Cells of a path: 2^-11.
const FINEST: usize = 11;

type Make = Box<dyn Fn(&str) -> Result<Box<dyn Advance>, BindError> + Sync>;
type Exact = Box<dyn Fn(&Cells) -> Option<Vec<f64>> + Sync>;

/// A problem, bound to steppers by name.
struct Case {
    name: &'static str,
    calculus: Calculus,
    noise: NoiseKind,
    noises: usize,
    strong: [u32; 2],
    weak: [u32; 2],
    dissipative: bool,
    better: fn(&str) -> Option<f64>,
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
        weak: P::WEAK,
        dissipative: P::DISSIPATIVE,
        better: P::better,
        initial: problem.initial(),
        make,
        exact,
    }
}

fn cases() -> Vec<Case> {
    let langevin = || Underdamped(DoubleWell);
    let baoab = move |name: &str| -> Result<Box<dyn Advance>, BindError> {
        if name == "baoab" { Ok(Box::new(Integrator::<_, Baoab>::new(langevin()))) } else { bind("baoab", langevin()) }
    };
    vec![
        case(Geometric::<true>),
        case(OrnsteinUhlenbeck),
        case(FadingNoise),
        case(NoisyPendulum),
        case(Tanh::<true>),
        case(QuarticWell::<true>::default()),
        case(Commuting::<true>),
        case(NonCommuting::<true>),
        case(Geometric::<false>),
        case(Tanh::<false>),
        case(QuarticWell::<false>::default()),
        case(Commuting::<false>),
        case(NonCommuting::<false>),
        with(langevin(), Box::new(baoab), Box::new(|_| None)),
    ]
}

impl Case {
    /// Whether `method` is measured here: it accepts the equation, which does not leave the domain of an implicit step.
    fn takes(&self, method: &Method) -> bool {
        let implicit = method.name == "drift-implicit-euler";
        (self.make)(method.name).is_ok() && (self.dissipative || !implicit)
    }

    /// Final states with steps of 2^-level on the path of `trajectory`.
    fn solve(&self, method: &str, levels: [u32; 2], trajectory: u64) -> Vec<Vec<f64>> {
        let one = |refinement| {
            let equation = (self.make)(method).unwrap();
            let mut driver = Driver::new(equation, Control::Fixed(Grid { dt: 1.0, refinement })).unwrap();
            driver.start(&Streams::new(SEED, 0), trajectory, &self.initial);
            driver.advance(0.0, 1.0).unwrap();
            driver.state().to_vec()
        };
        (levels[0]..=levels[1]).map(one).collect()
    }

    /// Root mean square error over `trajectories` paths, level by level: against the solution where it is known, else between a level
    /// and the next, which falls at the same rate.
    fn strong_errors(&self, method: &str, trajectories: u64) -> Vec<f64> {
        let one = |trajectory| -> Vec<f64> {
            match (self.exact)(&cells(self.noises, trajectory)) {
                Some(exact) => {
                    let states = self.solve(method, self.strong, trajectory);
                    states.iter().map(|y| squared_distance(y, &exact)).collect()
                }
                None => {
                    let states = self.solve(method, [self.strong[0], self.strong[1] + 1], trajectory);
                    states.windows(2).map(|pair| squared_distance(&pair[0], &pair[1])).collect()
                }
            }
        };
        let rows: Vec<Vec<f64>> = (0..trajectories).into_par_iter().map(one).collect();
        let mean = |k: usize| (rows.iter().map(|r| r[k]).sum::<f64>() / trajectories as f64).sqrt();
        (0..rows[0].len()).map(mean).collect()
    }

    /// Differences between the means of y_k and y_k^2 at a level and the next on the same paths, as one length, with its standard error.
    fn weak_errors(&self, method: &str, trajectories: u64) -> (Vec<f64>, Vec<f64>) {
        let (levels, width) = ((self.weak[1] - self.weak[0] + 1) as usize, 2 * self.initial.len());
        let functions = |y: &Vec<f64>| -> Vec<f64> { y.iter().flat_map(|v| [*v, v * v]).collect() };
        let block = 1000;
        let one = |first: u64| {
            let mut sums = vec![[0.0; 2]; levels * width];
            for trajectory in first * block..(first + 1) * block {
                let states = self.solve(method, [self.weak[0], self.weak[1] + 1], trajectory);
                let values: Vec<Vec<f64>> = states.iter().map(functions).collect();
                for (l, pair) in values.windows(2).enumerate() {
                    for k in 0..width {
                        let (d, s) = (pair[0][k] - pair[1][k], &mut sums[l * width + k]);
                        *s = [s[0] + d, s[1] + d * d];
                    }
                }
            }
            sums
        };
        // Blocks of fixed size: the order of summation does not depend on the threads.
        let blocks: Vec<Vec<[f64; 2]>> = (0..trajectories.div_ceil(block)).into_par_iter().map(one).collect();
        let n = (blocks.len() as u64 * block) as f64;
        let total = |l: usize, k: usize, part: usize| blocks.iter().map(|b| b[l * width + k][part]).sum::<f64>() / n;
        let pair = |l: usize| {
            let means: Vec<f64> = (0..width).map(|k| total(l, k, 0)).collect();
            let variance: f64 = (0..width).map(|k| (total(l, k, 1) - means[k] * means[k]) / n).sum();
            // The square of a noisy mean is too large by its variance.
            let square = means.iter().map(|m| m * m).sum::<f64>() - variance;
            (square.max(0.0).sqrt(), variance.sqrt())
        };
        (0..levels).map(pair).unzip()
    }
}

fn cells(noises: usize, trajectory: u64) -> Cells {
    fn walk(tree: &mut BrownianTree, node: Node, depth: usize, out: &mut Cells) {
        if depth == FINEST {
            out.dw.extend(tree.over(node).dw);
            out.area.extend(tree.over(node).area);
            return;
        }
        tree.split(node);
        for half in node.halves() {
            walk(tree, half, depth + 1, out);
        }
    }
    let mut tree = BrownianTree::new(noises);
    tree.start(&Streams::new(SEED, 0), trajectory);
    tree.next_root(1.0);
    let length = 0.5_f64.powi(FINEST as i32);
    let mut out = Cells { noises, length, dw: Vec::new(), area: Vec::new() };
    walk(&mut tree, Node::ROOT, 0, &mut out);
    out
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

/// Measures every method on every case it takes; `measure` returns errors level by level and the order expected.
fn table(kind: &str, measure: impl Fn(&Case, &Method) -> (Vec<f64>, f64)) {
    let cases = cases();
    let mut off = Vec::new();
    println!("| stepper | equation | noise | {kind} order | measured | errors |\n|---|---|---|---|---|---|");
    for method in &METHODS {
        let mut measured = 0;
        for case in cases.iter().filter(|c| c.takes(method)) {
            let (errors, expected) = measure(case, method);
            let order = slope(&errors);
            let said: Vec<String> = errors.iter().map(|e| format!("{e:.1e}")).collect();
            let (name, noise) = (method.name, case.noise.name());
            println!("| {name} | {} | {noise} | {expected} | {order:.2} | {} |", case.name, said.join(" "));
            if (order - expected).abs() > 0.2 {
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
    table("strong", |case, method| {
        let declared = method.orders(case.noise).unwrap().strong;
        (case.strong_errors(method.name, 300), (case.better)(method.name).unwrap_or(declared))
    });
}

#[test]
#[ignore = "slow: a minute of paths for means of second order"]
fn weak_orders_are_as_declared() {
    table("weak", |case, method| {
        let (errors, noise) = case.weak_errors(method.name, 40_000);
        for (e, s) in errors.iter().zip(&noise) {
            let clear = *e > 6.0 * s;
            assert!(clear, "{} on {}: {errors:?} drown in the noise {noise:?}", method.name, case.name);
        }
        (errors, method.orders(case.noise).unwrap().weak)
    });
}

#[test]
fn a_refusal_names_steppers_that_can() {
    let mut refused = 0;
    for case in cases() {
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
    let said = bind("sosri", NonCommuting::<false>).err().unwrap().to_string();
    assert_eq!(
        said,
        "sosri integrates Ito equations with diagonal noise, not a Stratonovich equation with general noise; \
         use stochastic-heun, midpoint"
    );
    let said = bind("milstien", OrnsteinUhlenbeck).err().unwrap().to_string();
    assert!(said.starts_with("unknown stepper `milstien`; did you mean `milstein`? steppers: euler-maruyama,"), "{said}");
}

#[test]
fn means_of_two_general_channels_are_those_of_their_linear_equations() {
    // Steps of 1/64, 20000 paths: statistical errors of 0.4 to 1.5 %, step errors of some 0.5 %; 4 standard errors and that bias,
    // four means and four steppers of two calculi: a false alarm in 1000.
    let expected = [NonCommuting::<true>::moments(), NonCommuting::<false>::moments()];
    assert!((expected[0][2] - expected[1][2]).abs() > 0.3, "the calculi differ: {expected:?}");
    for (name, ito) in [("euler-maruyama", true), ("platen2", true), ("stochastic-heun", false), ("midpoint", false)] {
        let case = if ito { case(NonCommuting::<true>) } else { case(NonCommuting::<false>) };
        let rows: Vec<Vec<f64>> =
            (0..20_000).into_par_iter().map(|k| case.solve(name, [6, 6], k).swap_remove(0)).collect();
        for (k, expected) in expected[usize::from(!ito)].iter().enumerate() {
            let values: Vec<f64> = rows.iter().map(|y| y[k % 2].powi(1 + k as i32 / 2)).collect();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let error = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>()).sqrt() / n;
            assert!(
                (mean - expected).abs() < 4.0 * error + 0.015 * expected.abs(),
                "{name}: {mean} +- {error}, {expected}"
            );
        }
    }
}
