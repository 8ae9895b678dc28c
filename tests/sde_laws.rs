//! Stationary laws and growth exponents of equations with multiplicative noise, in both calculi.

mod systems;

use lightfall_core::ensemble::{Level, Outcome, Plan, Silent, StopRule, run};
use lightfall_core::rng::Streams;
use lightfall_core::sde::{AsIto, AsStratonovich, Calculus, Control, NoiseKind, Sde, SdeLevel};
use lightfall_core::unravel::Grid;
use statrs::distribution::{ContinuousCDF, Gamma};
use systems::sde::{Geometric, QuarticWell};

/// `sde` by the stepper `name` with steps of `dt`, from the state `start`; f is observed.
fn ensemble<'a, S: Sde + Clone + Send + Sync + 'a>(
    name: &str,
    sde: S,
    start: Vec<f64>,
    dt: f64,
    f: impl Fn(&[f64]) -> f64 + Sync + 'a,
) -> SdeLevel<'a> {
    SdeLevel::new(name, sde, Control::Fixed(Grid::new(dt)), Streams::new(77, 0))
        .unwrap()
        .starting(0.0, move |_, y| y.copy_from_slice(&start))
        .observing(&["f"], move |_, y, out| out[0] = f(y))
}

fn outcome(level: &dyn Level, end: f64, trajectories: u64, block: u64, threads: usize) -> Outcome {
    let plan = Plan { trajectories, block, threads, stop: StopRule::default(), keep_tracks: false };
    run(level, &[0.0, end], &plan, &mut (), &Silent).unwrap()
}

/// Means and standard errors of the columns at the last time: f, f_step, path_error.
fn last(outcome: &Outcome) -> Vec<(f64, f64)> {
    let (m, width) = (&outcome.moments, 3);
    let n = m.count as f64;
    let at = m.mean.len() - width;
    (at..at + width).map(|k| (m.mean[k], (m.m2[k] / (n * (n - 1.0))).sqrt())).collect()
}

#[test]
fn quartic_well_settles_into_its_gamma_law() {
    // theta^2 ~ Gamma(mu/zeta^2 - 1/2, scale zeta^2). 2000 walkers at t = 20 from theta = 1: Kolmogorov-Smirnov at 1 in 1000, the mean
    // within 4 standard errors; the step error is read off the run itself.
    let (mu, walkers) = (1.5, 2000);
    for zeta in [0.5, 1.0, 1.4] {
        let well = QuarticWell::<true> { mu, zeta, start: 1.0 };
        let level = ensemble("sriw1", well, vec![1.0], 0.02, |y| y[0] * y[0]);
        let run = outcome(&level, 20.0, walkers, 64, 2);
        let [(mean, error), (step, step_error), _] = last(&run)[..] else { panic!("three columns") };
        let exact = mu - 0.5 * zeta * zeta;
        assert!(
            (mean - exact).abs() < 4.0 * error + step.abs() + step_error,
            "zeta {zeta}: {mean} +- {error}, {exact}"
        );
        assert!(step.abs() < 0.01, "zeta {zeta}: step error {step} +- {step_error}");
        let mut squares: Vec<f64> = run.finals.chunks_exact(3).map(|row| row[0]).collect();
        squares.sort_by(f64::total_cmp);
        let law = Gamma::new(mu / (zeta * zeta) - 0.5, 1.0 / (zeta * zeta)).unwrap();
        let n = squares.len() as f64;
        let distance =
            squares.iter().enumerate().map(|(k, s)| ((k as f64 + 0.5) / n - law.cdf(*s)).abs()).fold(0.0, f64::max);
        println!("zeta {zeta}: mean {mean:.4} +- {error:.4}, exact {exact:.4}, sqrt(n) D {:.2}", distance * n.sqrt());
        assert!(distance * n.sqrt() < 1.95, "zeta {zeta}: {distance}");
    }
}

/// Growth exponent (ln|y(T)| - ln|y(0)|)/T of a small start, with its standard error.
fn exponent<S: Sde + Clone + Send + Sync>(name: &str, sde: S) -> (f64, f64) {
    let (end, small) = (10.0, 1e-40_f64);
    let log = move |y: &[f64]| (y.iter().map(|v| v * v).sum::<f64>().ln() * 0.5 - small.ln()) / end;
    let mut start = vec![0.0; sde.dim()];
    start[0] = small;
    last(&outcome(&ensemble(name, sde, start, 0.01, log), end, 400, 64, 2))[0]
}

#[test]
fn the_origin_attracts_by_its_ito_exponent_and_never_by_the_stratonovich_one() {
    // mu - zeta^2/2 and mu; sixteen exponents with errors of zeta/63, 4 standard errors: a false alarm in 1000. The printed condition
    // L'' + D'' > 0 would put the first at mu - zeta^2.
    let mu = 1.5;
    for zeta in [1.0, 1.5, 2.0, 2.5] {
        let ito = QuarticWell::<true> { mu, zeta, start: 1.0 };
        let stratonovich = QuarticWell::<false> { mu, zeta, start: 1.0 };
        let rows = [
            ("Ito", exponent("sriw1", ito.clone()), mu - 0.5 * zeta * zeta),
            ("Stratonovich", exponent("stochastic-heun", stratonovich.clone()), mu),
            ("as Stratonovich", exponent("midpoint", AsStratonovich::new(ito)), mu - 0.5 * zeta * zeta),
            ("as Ito", exponent("milstein", AsIto::new(stratonovich)), mu),
        ];
        for (name, (mean, error), exact) in rows {
            println!("zeta {zeta}, {name}: {mean:.4} +- {error:.4}, exact {exact}");
            // First-order steps of 0.005 are off by up to zeta^4 h/8.
            let bias = zeta.powi(4) * 0.005 / 8.0;
            assert!((mean - exact).abs() < 4.0 * error + bias, "zeta {zeta}, {name}: {mean} +- {error}, {exact}");
        }
    }
}

/// dy = -h y dt + zeta |y| dB in d dimensions: the exponent of ln|y| is -h + (d - 2) zeta^2/2.
#[derive(Clone)]
struct Isotropic {
    dim: usize,
    h: f64,
    zeta: f64,
}

impl Sde for Isotropic {
    const CALCULUS: Calculus = Calculus::Ito;
    const NOISE: NoiseKind = NoiseKind::General;
    fn dim(&self) -> usize {
        self.dim
    }
    fn noises(&self) -> usize {
        self.dim
    }
    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(y).for_each(|(o, y)| *o = -self.h * y);
    }
    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        let length = y.iter().map(|v| v * v).sum::<f64>().sqrt();
        out.iter_mut().zip(dw).for_each(|(o, w)| *o += self.zeta * length * w);
    }
}

#[test]
fn isotropic_noise_attracts_on_a_line_and_repels_in_space() {
    for (dim, h, zeta) in [(1, -0.5, 1.2), (2, 0.3, 1.0), (3, 0.3, 1.0), (3, 0.7, 1.0), (5, 1.0, 1.0)] {
        let exact = -h + 0.5 * (dim as f64 - 2.0) * zeta * zeta;
        for name in ["platen2", "euler-maruyama", "drift-implicit-euler"] {
            let (mean, error) = exponent(name, Isotropic { dim, h, zeta });
            println!("d {dim}, h {h}: {name} {mean:.4} +- {error:.4}, exact {exact}");
            // First-order steps of 0.005: growth by 1 + a h instead of exp(a h) in each direction.
            let bias = if name == "platen2" { 0.002 } else { 0.005 * (h * h + dim as f64 * zeta.powi(4)) };
            assert!((mean - exact).abs() < 4.0 * error + bias, "d {dim}, {name}: {mean} +- {error}, {exact}");
        }
    }
}

#[test]
fn step_error_of_a_mean_is_that_of_the_known_recursion() {
    // Euler-Maruyama on geometric Brownian motion: M[y_h] = (1 + m h)^(t/h) exactly.
    let level = ensemble("euler-maruyama", Geometric::<true>::default(), vec![1.0, 1.0], 0.1, |y| y[0]);
    let run = outcome(&level, 1.0, 20_000, 64, 2);
    let [(mean, error), (step, step_error), (path, _)] = last(&run)[..] else { panic!("three columns") };
    let of = |h: f64| (1.0 + 0.5 * h).powf(1.0 / h);
    assert!((mean - of(0.05)).abs() < 4.0 * error, "{mean} +- {error}");
    assert!((step - (of(0.05) - of(0.1))).abs() < 4.0 * step_error, "{step} +- {step_error}");
    assert!(
        step_error < 0.3 * error && path > step.abs(),
        "the two runs share their path: {step_error} against {error}"
    );
}

#[test]
fn an_ensemble_is_the_same_for_any_threads_and_blocks() {
    let level = ensemble("sosri", Geometric::<true>::default(), vec![1.0, 1.0], 0.1, |y| y[1]);
    let first = outcome(&level, 1.0, 200, 64, 1);
    for (block, threads) in [(64, 2), (1, 2), (8, 1)] {
        let other = outcome(&level, 1.0, 200, block, threads);
        assert_eq!(first.moments, other.moments, "block {block}, {threads} threads");
        assert_eq!(first.finals, other.finals);
    }
}
