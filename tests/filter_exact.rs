//! The filter against references that share no code with it: Bayes' rule where all operators commute, and a stochastic master equation of
//! dense matrices integrated by Milstein's method with small steps.
//!
//! Without a transverse field every matrix element evolves on its own. With a = l_k(x), b = l_k(y), a' = a e^{-i phi} and likewise b',
//! rho(x, y) gains exp(-i g (E(x) - E(y)) T) and from each channel exp(-(|a|^2 + |b|^2) T/2) times
//! * homodyne: exp(a b* T - (eta/2)(a' + b'*)^2 T + sqrt(eta)(a' + b'*) I);
//! * heterodyne: exp((1 - eta) a b* T + sqrt(eta)(a J + b* J*));
//! * counting: exp((1 - eta) a b* T) (eta a b* + d)^n;
//! * nothing: exp(a b* T).
//!
//! On the diagonal this is Bayes' rule. The record is a mixture over x: I normal of mean sqrt(eta) m T and variance T, m = 2 Re a';
//! M[|J|^2] = eta |a|^2 T^2 + T; n Poisson of mean (eta |a|^2 + d) T.

mod systems;

use lightfall_cavity::open_ising::{Glass, Jump};
use lightfall_core::rng::Streams;
use lightfall_core::schedule::CompiledSchedule;
use lightfall_core::stats::Covariance;
use lightfall_core::unravel::{Detection, Detector, Filter, Grid, Measured, Monitored, Output, Unravelling};
use num_complex::Complex64;
use systems::{assert_within, recording};

const SITES: usize = 3;
const DIM: usize = 1 << SITES;
const SPAN: f64 = 6.0;
const GRID: Grid = Grid { dt: 0.3, refinement: 0 };
const PUMP: f64 = 0.7;
const PHASES: [f64; 2] = [0.5, -1.1];
/// Efficiency and rate of dark counts of the counted channel.
const COUNTER: [f64; 2] = [0.6, 0.3];

/// Spins without a field under five channels with complex rows.
fn glass() -> Glass {
    let row =
        |k: usize| (0..SITES).map(|i| Complex64::from_polar(0.4, (1.7 * i as f64 + 2.3 * k as f64).sin())).collect();
    let jumps = (0..5).map(|k| Jump { u: row(k), v: vec![Complex64::ZERO; SITES] }).collect();
    let couplings = (0..9).map(|k| if k % 4 == 0 { 0.0 } else { ((k / 3 + k % 3) as f64).sin() }).collect();
    let pump = CompiledSchedule::constant(PUMP);
    Glass { sites: SITES, wz: 0.0, pump, couplings, jumps, decay: 0.0, dephasing: 0.0, cavity: None }
}

/// Two homodyne channels with their own phases, heterodyne, counting with dark counts, nothing.
fn detection() -> Detection {
    let output = |detector, efficiency| Output { detector, efficiency };
    Detection::new(vec![
        output(Detector::Homodyne { phase: PHASES[0] }, 0.5),
        output(Detector::Heterodyne, 0.3),
        output(Detector::Counting { dark_rate: COUNTER[1] }, COUNTER[0]),
        output(Detector::None, 0.9),
        output(Detector::Homodyne { phase: PHASES[1] }, 1.0),
    ])
    .unwrap()
}

/// l_k(x) = sum_i u_ki s_i / 2.
fn eigenvalue(glass: &Glass, k: usize, x: usize) -> Complex64 {
    (0..SITES).map(|i| 0.5 * glass.jumps[k].u[i] * if x >> i & 1 == 0 { 1.0 } else { -1.0 }).sum()
}

/// I_0, Re J_1, Im J_1, I_4 and the clicks of channel 2, over the whole span.
fn totals(measured: Measured) -> [f64; 5] {
    let (width, rows) = measured.increments();
    assert_eq!(width, 4);
    let current = |c: usize| rows.iter().skip(c).step_by(4).sum();
    assert!(measured.clicks().iter().all(|c| c.channel == 2));
    [current(0), current(1), current(2), current(3), measured.clicks().len() as f64]
}

/// The factor of rho(x, y) from all channels, up to one that x and y share.
fn factor(glass: &Glass, [i0, re, im, i4, clicks]: [f64; 5], x: usize, y: usize) -> Complex64 {
    let [a, b]: [Vec<Complex64>; 2] = [x, y].map(|x| (0..5).map(|k| eigenvalue(glass, k, x)).collect());
    let keep: Complex64 =
        (0..5).map(|k| a[k] * b[k].conj() - 0.5 * (a[k].norm_sqr() + b[k].norm_sqr())).sum::<Complex64>() * SPAN;
    let homodyne = |k: usize, phase: f64, eta: f64, i: f64| {
        let turn = Complex64::cis(-phase);
        let sum = a[k] * turn + (b[k] * turn).conj();
        eta.sqrt() * sum * i - 0.5 * eta * sum * sum * SPAN
    };
    let j = Complex64::new(re, im);
    let heterodyne = 0.3_f64.sqrt() * (a[1] * j + (b[1] * j).conj()) - 0.3 * a[1] * b[1].conj() * SPAN;
    let [eta, dark] = COUNTER;
    let counted = a[2] * b[2].conj();
    let phase = Complex64::new(0.0, -PUMP * (glass.energy(x) - glass.energy(y)) * SPAN);
    let exponent = keep + phase + homodyne(0, PHASES[0], 0.5, i0) + homodyne(4, PHASES[1], 1.0, i4) + heterodyne
        - eta * counted * SPAN;
    exponent.exp() * (eta * counted + dark).powi(clicks as i32)
}

/// A ket without symmetry.
fn start() -> Vec<f64> {
    let mut psi: Vec<f64> = (0..2 * DIM).map(|k| (1.3 * k as f64 + 0.4).cos()).collect();
    let norm = psi.iter().map(|v| v * v).sum::<f64>().sqrt();
    psi.iter_mut().for_each(|v| *v /= norm);
    psi
}

#[test]
fn the_filter_of_commuting_operators_is_bayes_rule() {
    let (glass, psi) = (glass(), start());
    let (system, detection) = (glass.lindbladian(), detection());
    let mut trajectory = Monitored::new(&system, &detection, GRID, true);
    let amplitude = |x: usize| Complex64::new(psi[x], psi[DIM + x]);
    let (mut worst, mut clicks) = (0.0_f64, 0.0);
    for k in 0..20 {
        trajectory.start(&Streams::new(31, 0), k, &psi);
        trajectory.advance(0.0, SPAN).unwrap();
        let record = totals(trajectory.measured());
        clicks += record[4];
        let recording = recording(&detection, GRID, &[SPAN], trajectory.measured());
        let mut filter = Filter::new(&system, &detection, GRID, &recording);
        filter.start(&psi);
        filter.advance(0.0, SPAN).unwrap();
        let entry = |x, y| amplitude(x) * amplitude(y).conj() * factor(&glass, record, x, y);
        let trace: f64 = (0..DIM).map(|x| entry(x, x).re).sum();
        for (at, (x, y)) in (0..DIM).flat_map(|x| (0..DIM).map(move |y| (x, y))).enumerate() {
            let found = Complex64::new(filter.state()[at], filter.state()[DIM * DIM + at]);
            worst = worst.max((found - entry(x, y) / trace).norm());
        }
    }
    println!("{worst:.1e} over 20 records with {clicks} clicks");
    // All factors commute, so the step is exact at any length; the series are summed to 1e-13 in each of 20 steps.
    assert!(clicks > 20.0 && worst < 1e-11, "{worst:e}");
}

#[test]
fn records_of_commuting_operators_have_their_mixture_law() {
    let (glass, psi) = (glass(), start());
    let (system, detection) = (glass.lindbladian(), detection());
    // The law of the record is exact in the limit of small steps; the drift by the trapezoidal rule leaves an error O(h^2).
    let mut trajectory = Monitored::new(&system, &detection, Grid::new(0.05), true);
    let p = |x: usize| psi[x].powi(2) + psi[DIM + x].powi(2);
    let mean = |f: &dyn Fn(usize) -> f64| (0..DIM).map(|x| p(x) * f(x)).sum::<f64>();
    let quadrature = |k: usize, phase: f64, x: usize| 2.0 * (eigenvalue(&glass, k, x) * Complex64::cis(-phase)).re;
    let drift = |k: usize, phase: f64, eta: f64, x: usize| eta.sqrt() * quadrature(k, phase, x) * SPAN;
    let rate = |x: usize| (COUNTER[0] * eigenvalue(&glass, 2, x).norm_sqr() + COUNTER[1]) * SPAN;
    let exact = [
        mean(&|x| drift(0, PHASES[0], 0.5, x)),
        mean(&|x| drift(0, PHASES[0], 0.5, x).powi(2)) + SPAN,
        mean(&|x| 0.3_f64.sqrt() * eigenvalue(&glass, 1, x).re * SPAN),
        mean(&|x| -(0.3_f64.sqrt()) * eigenvalue(&glass, 1, x).im * SPAN),
        mean(&|x| 0.3 * eigenvalue(&glass, 1, x).norm_sqr() * SPAN * SPAN) + SPAN,
        mean(&|x| drift(4, PHASES[1], 1.0, x).powi(2)) + SPAN,
        // The two currents are correlated through x alone.
        mean(&|x| drift(0, PHASES[0], 0.5, x) * drift(4, PHASES[1], 1.0, x)),
        mean(&rate),
        mean(&|x| rate(x) + rate(x).powi(2)),
        mean(&|x| rate(x) * drift(4, PHASES[1], 1.0, x)),
    ];
    let mut sample = Covariance::new(exact.len());
    for k in 0..4000 {
        trajectory.start(&Streams::new(32, 0), k, &psi);
        trajectory.advance(0.0, SPAN).unwrap();
        let [i, re, im, j, n] = totals(trajectory.measured());
        sample.push(&[i, i * i, re, im, re * re + im * im, j * j, i * j, n, n * n, n * j]);
    }
    // N = 4000; 4 standard errors, ten numbers: false alarm 6e-4.
    assert_within("record", &sample, &exact, 4.0, 0.0);
}
