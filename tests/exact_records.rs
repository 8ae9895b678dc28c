//! Without a transverse field the couplings and jump operators commute, so the law of the record and the state given the record are
//! closed forms: Bayes' rule on the configurations x, with l_k(x) the eigenvalues of the jump operators.
//!
//! Given the total record up to T and p(x) = |psi_0(x)|^2, |psi_T(x)|^2 is proportional to p(x) times
//! * homodyne: prod_k exp(m_k I_k - m_k^2 T/2), m_k = 2 Re(l_k e^{-i phi});
//! * heterodyne: prod_k exp(2 Re(l_k J_k) - |l_k|^2 T);
//! * counting: prod_k |l_k|^{2 n_k} exp(-|l_k|^2 T).
//!
//! The record itself is a mixture over x of drift and noise: M[I_k I_k] = sum_x p m_k^2 T^2 + T, M[|J_k|^2] = sum_x p |l_k|^2 T^2 + T,
//! M[n_k] = sum_x p |l_k|^2 T.

mod systems;

use lightfall_cavity::open_ising::{Glass, Jump};
use lightfall_core::rng::Streams;
use lightfall_core::schedule::CompiledSchedule;
use lightfall_core::stats::Covariance;
use lightfall_core::unravel::split::{Split, Watch};
use lightfall_core::unravel::{Counting, Diffusion, Diffusive, Grid, Measured, Unravelling};
use num_complex::Complex64;
use systems::assert_within;

const PHASE: f64 = 0.5;
const CHANNELS: usize = 2;
const SPAN: f64 = 60.0;
const HOMODYNE: Diffusion = Diffusion::Homodyne { phase: PHASE };

/// Spins without a field, two channels with complex rows; seven spins take the fast kernel of the split step, three do not.
fn glass(sites: usize) -> Glass {
    let jumps = (0..CHANNELS)
        .map(|k| Jump {
            u: (0..sites).map(|i| Complex64::from_polar(0.24, (1.7 * i as f64 + 2.3 * k as f64).sin())).collect(),
            v: vec![Complex64::ZERO; sites],
        })
        .collect();
    let couplings =
        (0..sites * sites).map(|k| if k / sites == k % sites { 0.0 } else { ((k / sites + k % sites) as f64).sin() });
    Glass {
        sites,
        wz: 0.0,
        pump: CompiledSchedule::constant(0.7),
        couplings: couplings.collect(),
        jumps,
        decay: 0.0,
        dephasing: 0.0,
        cavity: None,
    }
}

/// l_k(x) = sum_i u_ki s_i / 2.
fn eigenvalue(glass: &Glass, k: usize, x: usize) -> Complex64 {
    (0..glass.sites).map(|i| 0.5 * glass.jumps[k].u[i] * if x >> i & 1 == 0 { 1.0 } else { -1.0 }).sum()
}

/// Totals of the record: I_k, (Re J_k, Im J_k) or n_k.
fn totals(measured: Measured) -> Vec<f64> {
    match measured {
        Measured::Increments { width, rows } => (0..width).map(|c| rows.iter().skip(c).step_by(width).sum()).collect(),
        Measured::Clicks(clicks) | Measured::Both { clicks, .. } => {
            (0..CHANNELS).map(|k| clicks.iter().filter(|c| c.channel as usize == k).count() as f64).collect()
        }
    }
}

/// ln of the factor of |psi(x)|^2 from channel k, given the totals.
fn likelihood(watch: Watch, l: Complex64, record: &[f64], k: usize) -> f64 {
    match watch {
        Watch::Diffusive(Diffusion::Homodyne { .. }) => {
            let m = 2.0 * (l * Complex64::from_polar(1.0, -PHASE)).re;
            m * record[k] - 0.5 * m * m * SPAN
        }
        Watch::Diffusive(Diffusion::Heterodyne) => {
            let j = Complex64::new(record[2 * k], record[2 * k + 1]);
            2.0 * (l * j).re - l.norm_sqr() * SPAN
        }
        Watch::Counting => record[k] * l.norm_sqr().ln() - l.norm_sqr() * SPAN,
    }
}

/// The statistic of channel k: I_k^2, |J_k|^2 or n_k.
fn statistic(watch: Watch, record: &[f64], k: usize) -> f64 {
    match watch {
        Watch::Diffusive(Diffusion::Homodyne { .. }) => record[k].powi(2),
        Watch::Diffusive(Diffusion::Heterodyne) => record[2 * k].powi(2) + record[2 * k + 1].powi(2),
        Watch::Counting => record[k],
    }
}

/// Its mean over the noise at eigenvalue l.
fn mean_statistic(watch: Watch, l: Complex64) -> f64 {
    match watch {
        Watch::Diffusive(Diffusion::Homodyne { .. }) => {
            (2.0 * (l * Complex64::from_polar(1.0, -PHASE)).re * SPAN).powi(2) + SPAN
        }
        Watch::Diffusive(Diffusion::Heterodyne) => l.norm_sqr() * SPAN * SPAN + SPAN,
        Watch::Counting => l.norm_sqr() * SPAN,
    }
}

/// 2000 trajectories to T = 60: the state is Bayes' rule on its record within `tolerance`, and the record has its law.
fn check(glass: &Glass, watch: Watch, unravelling: &mut dyn Unravelling, tolerance: f64) {
    let dim = 1usize << glass.sites;
    let l: Vec<Vec<Complex64>> = (0..CHANNELS).map(|k| (0..dim).map(|x| eigenvalue(glass, k, x)).collect()).collect();
    let psi = glass.initial_ket();
    let mut sample = Covariance::new(CHANNELS);
    let mut worst = 0.0_f64;
    for trajectory in 0..2000 {
        unravelling.start(&Streams::new(20, 0), trajectory, &psi);
        unravelling.advance(0.0, SPAN).unwrap();
        let record = totals(unravelling.measured());
        let logs: Vec<f64> =
            (0..dim).map(|x| (0..CHANNELS).map(|k| likelihood(watch, l[k][x], &record, k)).sum()).collect();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = logs.iter().map(|v| (v - top).exp()).sum();
        let state = unravelling.state();
        for x in 0..dim {
            let weight = state[x].powi(2) + state[dim + x].powi(2);
            worst = worst.max((weight - (logs[x] - top).exp() / total).abs());
        }
        sample.push(&(0..CHANNELS).map(|k| statistic(watch, &record, k)).collect::<Vec<_>>());
    }
    println!("{watch:?}, N = {}: weights within {worst:.1e}", glass.sites);
    assert!(worst < tolerance, "{watch:?}: {worst:e}");
    let expected: Vec<f64> =
        l.iter().map(|l| l.iter().map(|l| mean_statistic(watch, *l)).sum::<f64>() / dim as f64).collect();
    // N = 2000, 4 standard errors of 2 to 3 %, false alarm 2 x 6e-5.
    assert_within(&format!("{watch:?}"), &sample, &expected, 4.0, 0.0);
}

fn check_split(watch: Watch) {
    for glass in [glass(3), glass(7)] {
        let system = glass.split_system().unwrap();
        // Rounding only: nothing is split where everything commutes, whatever the step.
        check(&glass, watch, &mut Split::new(&system, watch, Grid::new(1.0), true), 1e-10);
    }
}

#[test]
fn split_counting_is_bayes_rule_on_its_clicks() {
    check_split(Watch::Counting);
}

#[test]
fn split_homodyne_is_bayes_rule_on_its_record() {
    check_split(Watch::Diffusive(HOMODYNE));
}

#[test]
fn split_heterodyne_is_bayes_rule_on_its_record() {
    check_split(Watch::Diffusive(Diffusion::Heterodyne));
}

#[test]
fn general_counting_is_bayes_rule_on_its_clicks() {
    let glass = glass(3);
    // The solver's error is 1e-9 in each of some hundred steps.
    check(&glass, Watch::Counting, &mut Counting::new(&glass.lindbladian(), 1e-9).unwrap(), 1e-6);
}

#[test]
fn general_diffusive_path_is_bayes_rule_on_its_record() {
    let glass = glass(3);
    let system = glass.lindbladian();
    for diffusion in [HOMODYNE, Diffusion::Heterodyne] {
        // The drift is exact to 1e-9 in each of 300 steps. The law of the record has the weak error of the step, 1e-3.
        let mut unravelling = Diffusive::new(&system, diffusion, Grid::new(0.2), true);
        check(&glass, Watch::Diffusive(diffusion), &mut unravelling, 1e-6);
    }
}
