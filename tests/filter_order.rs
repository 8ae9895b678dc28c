//! Measured order of the filter in the step of the record, against a stochastic master equation of dense matrices integrated by
//! Milstein's method on the same record known finely: the reference makes the record, too, and shares no code with the filter.
//!
//! Linear form, c = L e^{-i phi}: r <- r + L[r] h + M[r] dI + (1/2) M[M[r]] (dI^2 - h), M[r] = sqrt(eta)(c r + r c^dag), then r / tr r;
//! dI = sqrt(eta) tr(c r + r c^dag) h + dW. Source: Milstein (1974); Kloeden and Platen, section 10.3.

mod systems;

use lightfall_core::lindblad::Lindbladian;
use lightfall_core::operator::{Axis, PauliSum};
use lightfall_core::rng::{Purpose, Rng, Streams};
use lightfall_core::schedule::CompiledSchedule;
use lightfall_core::unravel::recording::Spacing;
use lightfall_core::unravel::{Detection, Detector, Filter, Grid, Monitored, Output, Recording, Unravelling};
use num_complex::Complex64;
use rand_distr::{Distribution, StandardNormal};
use systems::dense::Dense;
use systems::driven_atom::DrivenAtom;
use systems::{all, basis_ket};

const SPAN: f64 = 2.0;
const FINE: usize = 8192;
const ETA: f64 = 0.6;
const PHASE: f64 = 0.7;
const ATOM: DrivenAtom = DrivenAtom { rabi: 1.3, detuning: 0.4, gamma: 1.0 };

/// One record in FINE increments and the state at its end, from the ground state.
fn milstein(rng: &mut Rng) -> (Vec<f64>, Dense) {
    let real = |v: f64| Complex64::from(v);
    let hamiltonian = Dense::zero(2)
        .plus(real(0.5 * ATOM.rabi), &Dense::sigma(0, 0, 1))
        .plus(real(0.5 * ATOM.detuning), &Dense::sigma(2, 0, 1));
    let lower = Dense::new(2, |r, c| real(if (r, c) == (1, 0) { ATOM.gamma.sqrt() } else { 0.0 }));
    let turned = Dense::zero(2).plus(ETA.sqrt() * Complex64::cis(-PHASE), &lower);
    let measured = |r: &Dense| {
        let half = turned.times(r);
        half.plus(Complex64::ONE, &half.adjoint())
    };
    let h = SPAN / FINE as f64;
    let mut rho = Dense::new(2, |r, c| real(if (r, c) == (1, 1) { 1.0 } else { 0.0 }));
    let mut record = Vec::with_capacity(FINE);
    for _ in 0..FINE {
        let noise: f64 = StandardNormal.sample(rng);
        let once = measured(&rho);
        let di = once.trace().re * h + h.sqrt() * noise;
        let next = rho
            .plus(real(h), &rho.lindblad(&hamiltonian, std::slice::from_ref(&lower)))
            .plus(real(di), &once)
            .plus(real(0.5 * (di * di - h)), &measured(&once));
        let trace = next.trace();
        rho = Dense::zero(2).plus(1.0 / trace, &next);
        record.push(di);
    }
    (record, rho)
}

/// Sums of neighbouring rows of `width` numbers, `factor` of them each.
fn coarsened(rows: &[f64], width: usize, factor: usize) -> Vec<f64> {
    let sum = |group: &[f64], c: usize| group.iter().skip(c).step_by(width).sum::<f64>();
    rows.chunks_exact(width * factor).flat_map(|group| (0..width).map(move |c| sum(group, c))).collect()
}

/// The filter at the end of a record of `rows` over equal steps.
fn filtered(system: &Lindbladian, detection: &Detection, rows: Vec<f64>, psi: &[f64]) -> Vec<f64> {
    let steps = rows.len() / detection.width();
    let starts: Vec<f64> = (0..steps).map(|k| SPAN * k as f64 / steps as f64).collect();
    let spacing = Spacing::Irregular { end: SPAN };
    let recording = Recording::new(detection, &starts, rows, spacing, vec![]).unwrap();
    let mut filter = Filter::new(system, detection, Grid::new(1.0), &recording);
    filter.start(psi);
    filter.advance(0.0, SPAN).unwrap();
    filter.state().to_vec()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// The slope of log2 of the root mean squares over halvings of the step, by least squares.
fn slope(squares: &[f64]) -> f64 {
    let n = squares.len() as f64;
    let mean = 0.5 * (n - 1.0);
    let (mut cross, mut weight) = (0.0, 0.0);
    for (k, s) in squares.iter().enumerate() {
        cross += (k as f64 - mean) * -0.5 * s.log2();
        weight += (k as f64 - mean).powi(2);
    }
    cross / weight
}

#[test]
fn the_filter_of_one_channel_converges_to_the_stochastic_master_equation_with_order_one() {
    let (system, psi) = (ATOM.system(), DrivenAtom::ground());
    let detection = all(Detector::Homodyne { phase: PHASE }, ETA, 1);
    let mut rng = Streams::new(33, 0).open(Purpose::Noise, 0);
    let (paths, steps) = (60, [16, 32, 64, 128]);
    let mut squares = [0.0; 4];
    for _ in 0..paths {
        let (record, rho) = milstein(&mut rng);
        let reference: Vec<f64> = rho.entries.iter().map(|e| e.re).chain(rho.entries.iter().map(|e| e.im)).collect();
        for (square, n) in squares.iter_mut().zip(steps) {
            let rows = coarsened(&record, 1, FINE / n);
            *square += distance(&filtered(&system, &detection, rows, &psi), &reference) / paths as f64;
        }
    }
    let order = slope(&squares);
    println!(
        "root mean square error {:.2e}, order {order:.2}",
        squares.map(f64::sqrt).map(|e| (e * 1e6).round() / 1e6)[3]
    );
    println!("{squares:?}");
    assert!((order - 1.0).abs() < 0.2, "{order}, {squares:?}");
    // A wrong term would leave an error that does not go away.
    assert!(squares[3].sqrt() < 0.01, "{squares:?}");
}

#[test]
fn the_filter_of_two_channels_that_do_not_commute_converges_with_order_one_half() {
    let jumps = [Axis::X, Axis::Z].map(|a| 0.8 * &PauliSum::site(a, 0));
    let hamiltonian = vec![(CompiledSchedule::constant(1.0), 0.6 * &PauliSum::site(Axis::Y, 0))];
    let system = Lindbladian::spins(1, hamiltonian, jumps.to_vec());
    let output = |phase| Output { detector: Detector::Homodyne { phase }, efficiency: ETA };
    let detection = Detection::new(vec![output(0.0), output(0.2)]).unwrap();
    let (fine, paths, steps) = (2048, 100, [8, 16, 32, 64]);
    let psi = basis_ket(2, 0);
    let mut trajectory = Monitored::new(&system, &detection, Grid::new(SPAN / fine as f64), true);
    let mut squares = [0.0; 4];
    for k in 0..paths {
        trajectory.start(&Streams::new(34, 0), k, &psi);
        trajectory.advance(0.0, SPAN).unwrap();
        let rows = trajectory.measured().increments().1.to_vec();
        for (square, n) in squares.iter_mut().zip(steps) {
            let coarse = filtered(&system, &detection, coarsened(&rows, 2, fine / n), &psi);
            *square += distance(&coarse, &filtered(&system, &detection, rows.clone(), &psi)) / paths as f64;
        }
    }
    let order = slope(&squares);
    println!("root mean square errors {:.4?}, order {order:.2}", squares.map(f64::sqrt));
    assert!((order - 0.5).abs() < 0.2, "{order}, {squares:?}");
}
