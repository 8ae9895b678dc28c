//! Measured orders of convergence: the general diffusive path (weak) and the steppers of the SDE module (strong).

mod systems;

use lightfall_core::lindblad::Lindbladian;
use lightfall_core::operator::{Axis, PauliSum, site_expectations};
use lightfall_core::rng::Streams;
use lightfall_core::schedule::CompiledSchedule;
use lightfall_core::sde::{Calculus, EulerMaruyama, Integrator, NoiseKind, Sde, Stepper, StochasticHeun};
use lightfall_core::stats::Covariance;
use lightfall_core::unravel::{Diffusion, Diffusive, Grid, Unravelling, WienerPath};
use systems::basis_ket;

/// How far the errors at the steps h and h/2 are from those of an order.
struct OrderTest {
    /// Order from their ratio.
    order: f64,
    /// |e(h) - ratio e(h/2)| in standard errors for the ratio of order 1 and of order 2.
    off: [f64; 2],
}

/// The weak order of the homodyne path of a spin with H = (0.9 sigma^x + 0.3 sigma^z) `turn` watched through `jumps`, from one Bloch
/// component at t = 1.6.
///
/// e(h) = E[O_h - O_ref] on the same Brownian paths, h = 0.4, 0.2 and the reference 0.05: the scatter is that of a difference of paths.
/// With errors C h^p the reference makes the ratio e(0.4)/e(0.2) = (1 - 8^-p)/(2^-p - 8^-p).
fn weak_order(turn: f64, jumps: Vec<PauliSum>, component: usize) -> OrderTest {
    let [x, z] = [Axis::X, Axis::Z].map(|a| PauliSum::site(a, 0));
    let hamiltonian = vec![(CompiledSchedule::constant(1.0), 0.9 * turn * &x + 0.3 * turn * &z)];
    let system = Lindbladian::spins(1, hamiltonian, jumps);
    let at =
        |refinement| Diffusive::new(&system, Diffusion::Homodyne { phase: 0.0 }, Grid { dt: 0.4, refinement }, false);
    let mut levels = [0, 1, 3].map(at);
    let (streams, trajectories) = (Streams::new(16, 0), 30_000);
    let ratio = [1, 2].map(|p| (1.0 - 0.125_f64.powi(p)) / (0.5_f64.powi(p) - 0.125_f64.powi(p)));
    let mut sample = Covariance::new(4);
    for trajectory in 0..trajectories {
        let [coarse, half, reference] = levels.each_mut().map(|path| {
            path.start(&streams, trajectory, &basis_ket(2, 0));
            path.advance(0.0, 1.6).unwrap();
            let mut spin = [[0.0; 3]];
            site_expectations(path.state(), true, &mut spin);
            spin[0][component]
        });
        let (e, e_half) = (coarse - reference, half - reference);
        sample.push(&[e, e_half, e - ratio[0] * e_half, e - ratio[1] * e_half]);
    }
    let error = |k: usize| (sample.matrix()[5 * k] / trajectories as f64).sqrt();
    println!("e = {:.5}({:.5}), {:.5}({:.5})", sample.mean[0], error(0), sample.mean[1], error(1));
    OrderTest { order: (sample.mean[0] / sample.mean[1]).log2(), off: [2, 3].map(|k| sample.mean[k].abs() / error(k)) }
}

#[test]
fn general_diffusive_path_has_weak_order_two_for_one_jump_operator() {
    let test = weak_order(1.0, vec![0.7 * &PauliSum::site(Axis::Z, 0)], 1);
    println!(
        "order {:.2}, off order 1 by {:.1}, off order 2 by {:.1} standard errors",
        test.order, test.off[0], test.off[1]
    );
    // N = 30000. Order 2 within 4 standard errors (false alarm 6e-5), order 1 refused by as many.
    assert!(test.off[1] < 4.0 && test.off[0] > 4.0, "order {}, off by {:?}", test.order, test.off);
}

#[test]
fn general_diffusive_path_has_weak_order_one_where_jump_operators_do_not_commute() {
    // Without a Hamiltonian: one of the two alone would be stepped exactly, so all of the error is theirs together.
    let jumps = [Axis::Z, Axis::X].map(|a| 0.8 * &PauliSum::site(a, 0)).to_vec();
    let test = weak_order(0.0, jumps, 2);
    println!(
        "order {:.2}, off order 1 by {:.1}, off order 2 by {:.1} standard errors",
        test.order, test.off[0], test.off[1]
    );
    // N = 30000. Order 1 within 4 standard errors (false alarm 6e-5), order 2 refused by as many.
    assert!(test.off[0] < 4.0 && test.off[1] > 4.0, "order {}, off by {:?}", test.order, test.off);
}

const RATE: f64 = 0.5;
const NOISE: f64 = 0.8;

/// dy = a y dt + b y dW, Ito or Stratonovich: y = y0 e^{(a - b^2/2) t + b W} or y0 e^{a t + b W}.
struct Geometric<const ITO: bool>;

impl<const ITO: bool> Sde for Geometric<ITO> {
    const CALCULUS: Calculus = if ITO { Calculus::Ito } else { Calculus::Stratonovich };
    const NOISE: NoiseKind = NoiseKind::Diagonal;

    fn dim(&self) -> usize {
        1
    }

    fn noises(&self) -> usize {
        1
    }

    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        out[0] = RATE * y[0];
    }

    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        out[0] += NOISE * y[0] * dw[0];
    }
}

/// dy = -a y dt + b dW.
struct OrnsteinUhlenbeck;

impl Sde for OrnsteinUhlenbeck {
    const CALCULUS: Calculus = Calculus::Ito;
    const NOISE: NoiseKind = NoiseKind::Additive;

    fn dim(&self) -> usize {
        1
    }

    fn noises(&self) -> usize {
        1
    }

    fn drift(&mut self, _: f64, y: &[f64], out: &mut [f64]) {
        out[0] = -RATE * y[0];
    }

    fn diffuse(&mut self, _: f64, _: &[f64], dw: &[f64], out: &mut [f64]) {
        out[0] += NOISE * dw[0];
    }
}

/// dy = b (A y o dW_1 + B y o dW_2), A a rotation and B a squeeze of the plane: [A, B] is not zero.
struct Shaken;

impl Sde for Shaken {
    const CALCULUS: Calculus = Calculus::Stratonovich;
    const NOISE: NoiseKind = NoiseKind::General;

    fn dim(&self) -> usize {
        2
    }

    fn noises(&self) -> usize {
        2
    }

    fn drift(&mut self, _: f64, _: &[f64], out: &mut [f64]) {
        out.fill(0.0);
    }

    fn diffuse(&mut self, _: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        out[0] += NOISE * (-y[1] * dw[0] + y[0] * dw[1]);
        out[1] += NOISE * (y[0] * dw[0] - y[1] * dw[1]);
    }
}

/// y(1) from y(0) = (1, ..) on the path of `trajectory` with 8 * 2^refinement steps, and W(1).
fn solve<S: Sde, M: Stepper>(sde: S, refinement: u32, trajectory: u64) -> (Vec<f64>, f64) {
    let mut path = WienerPath::new(sde.noises(), refinement);
    path.start(&Streams::new(17, 0), trajectory);
    let (mut y, noises, rows) = (vec![1.0; sde.dim()], sde.noises(), path.rows());
    let mut integrator = Integrator::<S, M>::new(sde);
    let h = 0.125 / rows as f64;
    let mut w = 0.0;
    for step in 0..8 {
        let increments = path.next_step(0.125);
        for row in 0..rows {
            let dw = &increments[row * noises..(row + 1) * noises];
            w += dw[0];
            integrator.step((step * rows + row) as f64 * h, h, dw, &mut y);
        }
    }
    (y, w)
}

/// Slope of log2 of the root mean square error at t = 1 over steps of 2^-4 to 2^-8, against `exact(trajectory)`.
fn strong_order<S: Sde, M: Stepper>(sde: impl Fn() -> S, exact: impl Fn(u64, f64) -> Vec<f64>) -> f64 {
    let errors: Vec<f64> = (1..=5)
        .map(|refinement| {
            let square = |trajectory| {
                let (y, w) = solve::<S, M>(sde(), refinement, trajectory);
                y.iter().zip(exact(trajectory, w)).map(|(a, b)| (a - b).powi(2)).sum::<f64>()
            };
            ((0..1000).map(square).sum::<f64>() / 1000.0).sqrt().log2()
        })
        .collect();
    let slope = (0..5).map(|k| (k as f64 - 2.0) * errors[k]).sum::<f64>() / -10.0;
    println!("{} on {:?} noise: order {slope:.2}, errors 2^{errors:?}", M::NAME, S::NOISE);
    slope
}

/// N = 1000 paths: the slope of rms errors on common paths scatters by about 0.03.
#[test]
fn steppers_have_their_declared_strong_orders() {
    let ito = |_, w: f64| vec![((RATE - 0.5 * NOISE * NOISE) + NOISE * w).exp()];
    let stratonovich = |_, w: f64| vec![(RATE + NOISE * w).exp()];
    // Where there is no closed form in W(1): the same path with steps of 2^-12, 16 times finer than the finest.
    let fine_additive: Vec<Vec<f64>> =
        (0..1000).map(|k| solve::<_, EulerMaruyama>(OrnsteinUhlenbeck, 9, k).0).collect();
    let fine_general: Vec<Vec<f64>> = (0..1000).map(|k| solve::<_, StochasticHeun>(Shaken, 9, k).0).collect();
    let table = [
        (
            strong_order::<_, EulerMaruyama>(|| Geometric::<true>, ito),
            EulerMaruyama::strong_order(NoiseKind::Diagonal),
            0.5,
        ),
        (
            strong_order::<_, EulerMaruyama>(|| OrnsteinUhlenbeck, |k, _| fine_additive[k as usize].clone()),
            EulerMaruyama::strong_order(NoiseKind::Additive),
            1.0,
        ),
        (
            strong_order::<_, StochasticHeun>(|| Geometric::<false>, stratonovich),
            StochasticHeun::strong_order(NoiseKind::Diagonal),
            1.0,
        ),
        (
            strong_order::<_, StochasticHeun>(|| Shaken, |k, _| fine_general[k as usize].clone()),
            StochasticHeun::strong_order(NoiseKind::General),
            0.5,
        ),
    ];
    for (measured, declared, theory) in table {
        assert_eq!(declared, theory);
        assert!((measured - theory).abs() < 0.2, "measured {measured}, theory {theory}");
    }
}
