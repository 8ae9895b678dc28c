use super::*;
use crate::lindblad::{Lindbladian, pure_density};
use crate::ode::{Dopri5, Tolerance};
use crate::operator::{Axis, PauliSum, norm_sqr};
use crate::rng::Purpose;
use crate::schedule::{Ramp, Schedule};
use rand_distr::Distribution;

fn normals(seed: u64, count: usize) -> Vec<f64> {
    let mut rng = Streams::new(seed, 0).open(Purpose::Couplings, 0);
    (0..count).map(|_| rand_distr::StandardNormal.sample(&mut rng)).collect()
}

/// A random glass with complex jump rows, pumped from 0 to 2 over t = 20.
fn glass(sites: usize, strength: f64) -> SplitSystem {
    let draws = normals(5, sites * sites * 3);
    let scale = 1.0 / (sites as f64).sqrt();
    let mut couplings = vec![0.0; sites * sites];
    for i in 0..sites {
        for j in i + 1..sites {
            let v = scale * draws[i * sites + j];
            (couplings[i * sites + j], couplings[j * sites + i]) = (v, v);
        }
    }
    let jump = |k: usize| {
        let at = sites * sites + 2 * k;
        strength * scale * Complex64::new(draws[at], 0.3 * draws[at + 1])
    };
    SplitSystem {
        sites,
        field: 1.0,
        couplings,
        pump: Schedule::Linear(Ramp { from: 0.0, to: 2.0, start: 0.0, end: 20.0 }).compile().unwrap(),
        jumps: (0..sites * sites).map(jump).collect(),
        amplitude: CompiledSchedule::constant(1.0),
    }
}

/// All spins down along the turned axis: psi(x) = (-1)^popcount(x) / sqrt(2^N).
fn all_down(sites: usize) -> Vec<f64> {
    let dim = 1usize << sites;
    let amplitude = 1.0 / (dim as f64).sqrt();
    let mut psi = vec![0.0; 2 * dim];
    for (x, p) in psi[..dim].iter_mut().enumerate() {
        *p = if x.count_ones() % 2 == 0 { amplitude } else { -amplitude };
    }
    psi
}

const WATCHES: [Watch; 3] =
    [Watch::Counting, Watch::Diffusive(Diffusion::Homodyne { phase: 0.4 }), Watch::Diffusive(Diffusion::Heterodyne)];

#[test]
fn fast_kernel_equals_the_plain_step_for_every_unravelling_and_tiling() {
    // One row up to 13 sites, strips that fit the first cache up to 18, and strips that do not.
    for (sites, span, watches) in [
        (6, 4.0, &WATCHES[..]),
        (7, 4.0, &WATCHES),
        (9, 4.0, &WATCHES),
        (12, 1.0, &WATCHES),
        (13, 1.0, &WATCHES),
        (14, 1.0, &WATCHES),
        (16, 0.5, &WATCHES),
        (19, 0.2, &WATCHES[1..2]),
        (20, 0.1, &WATCHES[2..]),
    ] {
        let system = glass(sites, 0.3);
        for &watch in watches {
            let mut fast = Split::new(&system, watch, Grid::new(0.1), false);
            let mut plain = Split::new(&system, watch, Grid::new(0.1), false);
            plain.fast = None;
            let psi = all_down(sites);
            for s in [&mut fast, &mut plain] {
                s.start(&Streams::new(3, 0), 17, &psi);
                s.advance(3.0, 3.0 + span).unwrap();
            }
            let error = fast.psi.iter().zip(&plain.psi).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            // Phases differ by the all-up weight, which the fast kernel leaves out: compare up to one phase.
            let overlap = crate::operator::inner(&fast.psi, &plain.psi).norm();
            assert!((overlap - 1.0).abs() < 1e-10, "N = {sites}, {watch:?}: overlap {overlap}, error {error:e}");
            assert!((norm_sqr(&fast.psi) - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn averaged_split_channel_is_second_order() {
    let system = glass(4, 0.3);
    let master = {
        let site = |axis, i| PauliSum::site(axis, i);
        let mut field = PauliSum::zero();
        let mut coupling = PauliSum::zero();
        for i in 0..4 {
            field.add_scaled(Complex64::from(0.5), &site(Axis::X, i));
            for j in i + 1..4 {
                let pair = &site(Axis::Z, i) * &site(Axis::Z, j);
                coupling.add_scaled(Complex64::from(-system.couplings[4 * i + j]), &pair);
            }
        }
        let jumps = (0..4)
            .map(|k| (0..4).fold(PauliSum::zero(), |sum, i| sum + system.jumps[4 * k + i] * &site(Axis::Z, i)))
            .collect();
        Lindbladian::spins(4, vec![(CompiledSchedule::constant(1.0), field), (system.pump.clone(), coupling)], jumps)
    };
    let mut exact = pure_density(&all_down(4));
    let mut rhs = master.master();
    Dopri5::new(exact.len(), Tolerance::new(0.0, 1e-12).unwrap())
        .integrate(&mut |t, y, dy| rhs.rhs(t, y, dy), 0.0, 10.0, &mut exact)
        .unwrap();
    let error = |dt: f64| {
        let mut rho = pure_density(&all_down(4));
        averaged_channel(&system, Grid::new(dt), 0.0, 10.0, &mut rho);
        rho.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    let errors = [0.2, 0.1, 0.05].map(error);
    for pair in errors.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        assert!((order - 2.0).abs() < 0.2, "order {order}, errors {errors:?}");
    }
    // Hermitian to the last bit.
    let n = 16 * 16;
    for r in 0..16 {
        for c in 0..16 {
            assert_eq!(exact[16 * r + c].to_bits(), exact[16 * c + r].to_bits());
            assert_eq!(exact[n + 16 * r + c], -exact[n + 16 * c + r]);
        }
    }
}

#[test]
fn huge_exponents_take_the_plain_path_and_stay_finite() {
    let system = glass(7, 40.0);
    for watch in WATCHES {
        let mut split = Split::new(&system, watch, Grid::new(0.5), false);
        split.start(&Streams::new(3, 0), 0, &all_down(7));
        split.advance(0.0, 1.0).unwrap();
        assert!((norm_sqr(split.state()) - 1.0).abs() < 1e-9);
    }
}

#[test]
fn refined_steps_use_the_same_coarse_noise() {
    let system = glass(4, 0.0);
    let watch = Watch::Diffusive(Diffusion::Homodyne { phase: 0.0 });
    let record = |refinement| {
        let mut split = Split::new(&system, watch, Grid { dt: 0.1, refinement }, true);
        split.start(&Streams::new(9, 0), 4, &all_down(4));
        split.advance(0.0, 1.0).unwrap();
        match split.measured() {
            Measured::Increments { rows, width } => {
                (0..width).map(|c| rows.iter().skip(c).step_by(width).sum()).collect::<Vec<f64>>()
            }
            _ => unreachable!("a diffusive unravelling has increments"),
        }
    };
    // Without coupling to the spins the record is the noise itself.
    for (a, b) in record(0).iter().zip(record(2)) {
        assert!((a - b).abs() < 1e-14);
    }
}
