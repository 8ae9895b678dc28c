//! Product-state trajectories: their drift is that of the master equation on product states, and without interactions they are
//! the exact trajectories.

mod systems;

use lightfall_cavity::open_ising::{EliminatedCavity, Glass, Jump, ProductState};
use lightfall_core::operator::site_expectations;
use lightfall_core::rng::{Purpose, Rng, Streams};
use lightfall_core::schedule::Schedule;
use lightfall_core::sde::{Advance, Calculus, Increments, Integrator, NoiseKind, Sde, StochasticHeun, noise_drift};
use lightfall_core::unravel::{Diffusion, Diffusive, Grid, Unravelling, WienerPath};
use num_complex::Complex64;
use rand_distr::{Distribution, StandardNormal};
use systems::dense::Dense;

const SITES: usize = 3;
/// Pump g(t) = 0.4 + 0.3 t.
const TIME: f64 = 0.7;
const PUMP: f64 = 0.4 + 0.3 * TIME;
/// Amplitude s(t) = 1.1 - 0.2 t.
const AMPLITUDE: f64 = 1.1 - 0.2 * TIME;

fn normal(rng: &mut Rng) -> f64 {
    StandardNormal.sample(rng)
}

fn complex(rng: &mut Rng) -> Complex64 {
    Complex64::new(normal(rng), normal(rng))
}

/// Three spins, two channels with complex u and v on all spins, random couplings, decay and dephasing, and what a cavity adds.
fn random_glass(rng: &mut Rng) -> Glass {
    let n = SITES;
    let mut couplings = vec![0.0; n * n];
    for i in 0..n {
        for j in i + 1..n {
            let v = normal(rng);
            (couplings[i * n + j], couplings[j * n + i]) = (v, v);
        }
    }
    let mut row = || (0..n).map(|_| 0.7 * complex(rng)).collect();
    let jumps = (0..2).map(|_| Jump { u: row(), v: row() }).collect();
    let schedule = |text: &str| Schedule::Formula(text.into()).compile().unwrap();
    let mixed = (0..n * n).map(|_| normal(rng)).collect();
    let shifts = (0..n).map(|_| normal(rng)).collect();
    let cavity = Some(EliminatedCavity { amplitude: schedule("1.1-0.2*t"), mixed, shifts, atoms: 1, measured: None });
    Glass { sites: n, wz: 1.3, pump: schedule("0.4+0.3*t"), couplings, jumps, decay: 0.35, dephasing: 0.6, cavity }
}

fn random_bloch_vectors(rng: &mut Rng) -> Vec<f64> {
    (0..SITES)
        .flat_map(|_| {
            let s: [f64; 3] = std::array::from_fn(|_| normal(rng));
            let norm = s.iter().map(|v| v * v).sum::<f64>().sqrt();
            s.map(|v| v / norm)
        })
        .collect()
}

/// d<sigma_i>/dt = Tr(sigma_i L[rho]) at rho = (x)_i (1 + s_i . sigma)/2, by dense matrices in the basis of sigma^z.
fn exact_drift(glass: &Glass, s: &[f64]) -> Vec<f64> {
    let n = SITES;
    let sigma = |axis, site| Dense::sigma(axis, site, n);
    let zero = || Dense::zero(1 << n);
    let c = Complex64::from;
    let mut hamiltonian = zero();
    for i in 0..n {
        hamiltonian = hamiltonian.plus(c(0.5 * glass.wz), &sigma(2, i));
        for j in i + 1..n {
            let pair = sigma(0, i).times(&sigma(0, j));
            hamiltonian = hamiltonian.plus(c(-PUMP * glass.couplings[i * n + j]), &pair);
        }
    }
    if let Some(cavity) = &glass.cavity {
        let intensity = AMPLITUDE * AMPLITUDE;
        for k in (0..n * n).filter(|k| k / n != k % n) {
            let pair = sigma(0, k / n).times(&sigma(1, k % n));
            hamiltonian = hamiltonian.plus(c(-0.25 * intensity * cavity.mixed[k]), &pair);
        }
        for i in 0..n {
            hamiltonian = hamiltonian.plus(c(0.5 * intensity * cavity.shifts[i]), &sigma(2, i));
        }
    }
    let mut jumps: Vec<Dense> = Vec::new();
    for l in &glass.jumps {
        // S = sigma/2.
        jumps.push((0..n).fold(zero(), |sum, i| sum.plus(0.5 * l.u[i], &sigma(0, i)).plus(0.5 * l.v[i], &sigma(1, i))));
    }
    for i in 0..n {
        let lower = zero().plus(c(0.5), &sigma(0, i)).plus(Complex64::new(0.0, -0.5), &sigma(1, i));
        jumps.push(zero().plus(c(glass.decay.sqrt()), &lower));
        jumps.push(zero().plus(c((0.5 * glass.dephasing).sqrt()), &sigma(2, i)));
    }
    let jumps: Vec<Dense> = jumps.iter().map(|l| zero().plus(c(AMPLITUDE), l)).collect();
    let one = Dense::identity(1 << n);
    let rho = (0..n).fold(one.clone(), |rho, i| {
        let spin = (0..3).fold(zero(), |sum, a| sum.plus(c(0.5 * s[3 * i + a]), &sigma(a, i)));
        rho.times(&spin.plus(c(0.5), &one))
    });
    let slope = rho.lindblad(&hamiltonian, &jumps);
    (0..3 * n).map(|k| sigma(k % 3, k / 3).times(&slope).trace().re).collect()
}

/// Largest |drift - exact| over 20 random instances and states.
fn worst_drift<S: Sde>(equation: impl Fn(&Glass) -> S) -> f64 {
    let mut rng = Streams::new(13, 0).open(Purpose::Couplings, 0);
    let mut worst = 0.0_f64;
    for _ in 0..20 {
        let glass = random_glass(&mut rng);
        let s = random_bloch_vectors(&mut rng);
        let mut equation = equation(&glass);
        let mut drift = vec![0.0; s.len()];
        equation.drift(TIME, &s, &mut drift);
        drift.iter_mut().zip(noise_drift(&mut equation, TIME, &s, 1.0)).for_each(|(d, c)| *d += c);
        let exact = exact_drift(&glass, &s);
        worst = drift.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(worst, f64::max);
    }
    worst
}

#[test]
fn mean_drift_of_product_states_is_that_of_the_master_equation() {
    // The noise is quadratic in s, so central differences are exact: rounding of sums of some hundred terms of order 10.
    let worst = worst_drift(ProductState::new);
    println!("largest difference {worst:.1e}");
    assert!(worst < 1e-12, "{worst:e}");
}

/// The product-state equation with the sign of its dissipative mean-field term, h_i = -sum_k Im((E_k - e_ki)^* lambda_ki), turned.
struct Flipped {
    right: ProductState,
    glass: Glass,
}

impl Sde for Flipped {
    const CALCULUS: Calculus = Calculus::Stratonovich;
    const NOISE: NoiseKind = NoiseKind::General;

    fn dim(&self) -> usize {
        self.right.dim()
    }

    fn noises(&self) -> usize {
        self.right.noises()
    }

    fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        self.right.drift(t, y, out);
        for l in &self.glass.jumps {
            let mean = |j: usize| 0.5 * (l.u[j] * y[3 * j] + l.v[j] * y[3 * j + 1]);
            for i in 0..SITES {
                let others: Complex64 = (0..SITES).filter(|j| *j != i).map(mean).sum();
                let h = [l.u[i], l.v[i]].map(|lambda| -AMPLITUDE * AMPLITUDE * (others.conj() * 0.5 * lambda).im);
                // out - 2 (2 h x s).
                let s = &y[3 * i..3 * i + 3];
                out[3 * i] -= 4.0 * h[1] * s[2];
                out[3 * i + 1] += 4.0 * h[0] * s[2];
                out[3 * i + 2] -= 4.0 * (h[0] * s[1] - h[1] * s[0]);
            }
        }
    }

    fn diffuse(&mut self, t: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        self.right.diffuse(t, y, dw, out);
    }
}

#[test]
fn wrong_sign_of_the_dissipative_mean_field_is_seen_by_the_drift() {
    let worst = worst_drift(|glass| Flipped { right: ProductState::new(glass), glass: glass.clone() });
    assert!(worst > 0.5, "{worst:e}");
}

/// Spins that do not interact: J = 0 and channel k touches spin k alone.
fn independent_spins(local: bool) -> Glass {
    let mut rng = Streams::new(14, 0).open(Purpose::Couplings, 0);
    let mut glass = random_glass(&mut rng);
    glass.couplings.fill(0.0);
    if let Some(cavity) = &mut glass.cavity {
        cavity.mixed.fill(0.0);
    }
    glass.jumps = (0..SITES)
        .map(|k| {
            let mut jump = Jump { u: vec![Complex64::ZERO; SITES], v: vec![Complex64::ZERO; SITES] };
            (jump.u[k], jump.v[k]) = (0.4 * complex(&mut rng), 0.4 * complex(&mut rng));
            jump
        })
        .collect();
    if !local {
        (glass.decay, glass.dephasing) = (0.0, 0.0);
    }
    glass
}

/// Root mean square over trajectories, spins and axes of the difference at t = 4 between product-state and exact heterodyne Bloch
/// vectors on one noise path, with steps of 0.1 / 2^refinement.
fn path_difference(glass: &Glass, refinement: u32) -> f64 {
    let system = glass.lindbladian();
    let grid = Grid { dt: 0.1, refinement };
    let mut exact = Diffusive::new(&system, Diffusion::Heterodyne, grid, false);
    let mut product = Integrator::<_, StochasticHeun>::new(ProductState::new(glass));
    let noises = product.sde.noises();
    let mut path = WienerPath::new(noises, refinement);
    let rows = path.rows();
    let (streams, trajectories, steps) = (Streams::new(15, 0), 40, 40);
    let h = grid.dt / rows as f64;
    let mut total = 0.0;
    for trajectory in 0..trajectories {
        exact.start(&streams, trajectory, &glass.initial_ket());
        exact.advance(0.0, 4.0).unwrap();
        let mut z_axis = [[0.0; 3]; SITES];
        site_expectations(exact.state(), true, &mut z_axis);
        let mut s = product.sde.initial();
        path.start(&streams, trajectory);
        for step in 0..steps {
            let increments = path.next_step(grid.dt);
            for row in 0..rows {
                let t = (step * rows + row) as f64 * h;
                let increments = Increments { dw: &increments[row * noises..(row + 1) * noises], area: &[] };
                product.advance(t, h, increments, &mut s).unwrap();
            }
        }
        for (s, [x, y, z]) in s.chunks_exact(3).zip(z_axis) {
            // In the basis of the device sigma^x is Z, sigma^y is -Y, sigma^z is X.
            for (a, b) in s.iter().zip([z, -y, x]) {
                total += (a - b).powi(2);
            }
        }
    }
    (total / (trajectories as usize * 3 * SITES) as f64).sqrt()
}

#[test]
fn product_states_without_interactions_follow_the_exact_trajectories_path_by_path() {
    for local in [false, true] {
        let glass = independent_spins(local);
        let differences: Vec<f64> = (1..=5).map(|r| path_difference(&glass, r)).collect();
        println!("decay and dephasing {local}: {differences:?}");
        // Both methods have the same limit, also where the noises of a spin do not commute (both leave out the Levy area):
        // their difference is of first order. Over four halvings, within the 0.2 of the house.
        let order = (differences[0] / differences[4]).log2() / 4.0;
        assert!((order - 1.0).abs() < 0.2, "order {order}: {differences:?}");
        assert!(differences[4] < 2e-2, "{differences:?}");
    }
}

#[test]
fn product_states_with_interactions_do_not_follow_the_exact_trajectories() {
    let mut glass = independent_spins(false);
    for (k, j) in glass.couplings.iter_mut().enumerate() {
        *j = if k % (SITES + 1) == 0 { 0.0 } else { 1.0 };
    }
    assert!(path_difference(&glass, 5) > 0.1);
}
