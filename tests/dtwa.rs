//! The discrete truncated Wigner level: its equation is the classical one, and its means are as close to exact ones as they should be.

mod systems;

use lightfall_cavity::open_ising::{
    Bloch, BlochLevel, Glass, Jump, LevelKind, Observable, PhaseSpace, ProductState, Selection, Settings,
};
use lightfall_core::ensemble::{Level, Plan, Silent, StopRule, run};
use lightfall_core::lindblad::Lindbladian;
use lightfall_core::rng::{Purpose, Rng, Streams};
use lightfall_core::schedule::{CompiledSchedule, Schedule};
use lightfall_core::sde::{AsIto, Calculus, NoiseKind, Sde};
use num_complex::Complex64;
use rand_distr::{Distribution, StandardNormal};
use systems::{basis_ket, master, means, three_spins};

fn normal(rng: &mut Rng) -> f64 {
    StandardNormal.sample(rng)
}

const SITES: usize = 3;
const TIME: f64 = 0.6;

fn random_glass(rng: &mut Rng) -> Glass {
    let mut couplings = vec![0.0; 9];
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        let v = normal(rng);
        (couplings[3 * i + j], couplings[3 * j + i]) = (v, v);
    }
    let mut row = || (0..3).map(|_| Complex64::new(normal(rng), normal(rng))).collect();
    let jumps = (0..2).map(|_| Jump { u: row(), v: row() }).collect();
    let pump = Schedule::Formula("0.5 + t".into()).compile().unwrap();
    Glass { sites: SITES, wz: 1.3, pump, couplings, jumps, decay: 0.4, dephasing: 0.7, cavity: None }
}

/// All L_k as functions of the classical spins, S_i = s_i/2.
fn outputs(glass: &Glass, s: &[f64]) -> Vec<Complex64> {
    let spin = |i: usize, a: usize| 0.5 * s[3 * i + a];
    let collective = glass.jumps.iter().map(|l| (0..SITES).map(|i| l.u[i] * spin(i, 0) + l.v[i] * spin(i, 1)).sum());
    // sigma^- = S^x - i S^y, sigma^z = 2 S^z.
    let decay = (0..SITES).map(|i| glass.decay.sqrt() * Complex64::new(spin(i, 0), -spin(i, 1)));
    let dephasing = (0..SITES).map(|i| Complex64::from((2.0 * glass.dephasing).sqrt() * spin(i, 2)));
    collective.chain(decay).chain(dephasing).collect()
}

/// ds_i/dt = (dH/dS_i) x s_i by central differences of H, which is at most quadratic: exact up to rounding.
fn precession(s: &[f64], hamiltonian: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let gradient = |k: usize| {
        let moved = |sign: f64| {
            let mut there = s.to_vec();
            there[k] += sign;
            hamiltonian(&there)
        };
        // By s; S = s/2.
        moved(1.0) - moved(-1.0)
    };
    let field: Vec<f64> = (0..s.len()).map(gradient).collect();
    (0..s.len())
        .map(|k| {
            let (site, b, c) = (k / 3 * 3, (k + 1) % 3, (k + 2) % 3);
            field[site + b] * s[site + c] - field[site + c] * s[site + b]
        })
        .collect()
}

#[test]
fn drift_and_noise_are_those_of_the_classical_hamiltonian() {
    let mut rng = Streams::new(3, 0).open(Purpose::Couplings, 0);
    for _ in 0..10 {
        let glass = random_glass(&mut rng);
        let s: Vec<f64> = (0..9).map(|_| normal(&mut rng)).collect();
        let mut equation = PhaseSpace::new(&glass);
        let start = outputs(&glass, &s);
        let couplings = |s: &[f64]| -> f64 {
            let pair = |(i, j): (usize, usize)| -(0.5 + TIME) * glass.couplings[3 * i + j] * s[3 * i] * s[3 * j];
            (0..SITES).map(|i| 0.5 * glass.wz * s[3 * i + 2]).sum::<f64>()
                + [(0, 1), (0, 2), (1, 2)].into_iter().map(pair).sum::<f64>()
        };
        // H_k = i (F^* L - F L^*) = -2 Im(F^* L), with F = L/2 at the spins where the force acts.
        let fields = |s: &[f64], f: &[Complex64]| -> f64 {
            f.iter().zip(outputs(&glass, s)).map(|(f, l)| -2.0 * (f.conj() * l).im).sum()
        };
        let halves: Vec<Complex64> = start.iter().map(|l| 0.5 * l).collect();
        let expected = precession(&s, |s| couplings(s) + fields(s, &halves));
        let mut drift = vec![0.0; 9];
        equation.drift(TIME, &s, &mut drift);
        assert_close(&drift, &expected);
        // Noise: F dt = dbeta, dbeta^* = dxi/sqrt(2), dxi = (dW_1 + i dW_2)/sqrt(2).
        let dw: Vec<f64> = (0..equation.noises()).map(|_| normal(&mut rng)).collect();
        let beta: Vec<Complex64> = dw.chunks_exact(2).map(|w| Complex64::new(0.5 * w[0], -0.5 * w[1])).collect();
        assert_eq!(beta.len(), start.len());
        let expected = precession(&s, |s| fields(s, &beta));
        let mut noise = vec![0.0; 9];
        equation.diffuse(TIME, &s, &dw, &mut noise);
        assert_close(&noise, &expected);
    }
}

fn assert_close(a: &[f64], b: &[f64]) {
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() < 1e-12 * (1.0 + b.abs()), "{a} and {b}");
    }
}

#[test]
fn spins_that_all_point_down_stay_so_in_the_mean_under_decay_alone() {
    // d<s^z> = -gamma s^z - (gamma/2)(s^x^2 + s^y^2) vanishes at s^z = -1, s^x^2 + s^y^2 = 2: noise and damping balance.
    let mut rng = Streams::new(4, 0).open(Purpose::Couplings, 0);
    let mut glass = random_glass(&mut rng);
    glass.jumps.clear();
    glass.dephasing = 0.0;
    let s: Vec<f64> = [[1.0, -1.0, -1.0], [1.0, 1.0, -1.0], [-1.0, 1.0, -1.0]].concat();
    let mut drift = vec![0.0; 9];
    glass.couplings.fill(0.0);
    AsIto::new(PhaseSpace::new(&glass)).drift(TIME, &s, &mut drift);
    for z in drift.iter().skip(2).step_by(3) {
        assert!(z.abs() < 1e-9, "{drift:?}");
    }
}

/// Means of S^z_1, S^x_1 S^x_2, S^x_1 S^x_3, S^x_2 S^x_3 and their standard errors, time by time.
fn sampled(level: &dyn Level, times: &[f64], trajectories: u64) -> Vec<[(f64, f64); 4]> {
    let plan = Plan { trajectories, block: 64, threads: 0, stop: StopRule::default(), keep_tracks: false };
    let outcome = run(level, times, &plan, &mut (), &Silent).unwrap();
    let (z, xx) = (level.layout().column("sz").unwrap(), level.layout().column("sxsx").unwrap());
    let width = level.layout().width();
    let n = outcome.moments.count as f64;
    let at = |row: usize, column: usize, scale: f64| {
        let k = row * width + column;
        (scale * outcome.moments.mean[k], scale * (outcome.moments.m2[k] / (n * (n - 1.0))).sqrt())
    };
    let row = |r| [at(r, z, 0.5), at(r, xx + 1, 0.25), at(r, xx + 2, 0.25), at(r, xx + 5, 0.25)];
    (0..times.len()).map(row).collect()
}

/// Largest |error| over the times for each observable, and the largest standard error.
fn worst(sample: &[[(f64, f64); 4]], exact: &[f64]) -> [(f64, f64); 4] {
    std::array::from_fn(|k| {
        let pairs = sample.iter().zip(exact.chunks_exact(4)).map(|(s, e)| ((s[k].0 - e[k]).abs(), s[k].1));
        pairs.fold((0.0, 0.0), |a, b| (f64::max(a.0, b.0), f64::max(a.1, b.1)))
    })
}

/// Phase space with the action of a spin on itself, H = -(c_ii/2) (s^x_i)^2 - (Q_ii/4) s^x_i s^y_i with c_ii the diagonal of the couplings: spurious for spins 1/2.
#[derive(Clone)]
struct OnItself {
    inner: PhaseSpace,
    glass: Glass,
}

impl Sde for OnItself {
    const CALCULUS: Calculus = PhaseSpace::CALCULUS;
    const NOISE: NoiseKind = PhaseSpace::NOISE;

    fn dim(&self) -> usize {
        self.inner.dim()
    }

    fn noises(&self) -> usize {
        self.inner.noises()
    }

    fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        self.inner.drift(t, y, out);
        let mixed = &self.glass.cavity.as_ref().unwrap().mixed;
        let energy = |y: &[f64]| -> f64 {
            let of = |i: usize| {
                let (c, q) = (self.glass.couplings[4 * i], mixed[4 * i]);
                -0.5 * c * y[3 * i].powi(2) - 0.25 * q * y[3 * i] * y[3 * i + 1]
            };
            (0..SITES).map(of).sum()
        };
        out.iter_mut().zip(precession(y, energy)).for_each(|(out, own)| *out += own);
    }

    fn diffuse(&mut self, t: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        self.inner.diffuse(t, y, dw, out);
    }

    fn project(&self, y: &mut [f64]) {
        self.inner.project(y);
    }
}

impl Bloch for OnItself {
    const LEVEL: LevelKind = LevelKind::Dtwa;

    fn start(&self, rng: &mut Rng, y: &mut [f64]) {
        self.inner.start(rng, y);
    }
}

#[test]
fn dtwa_and_product_states_are_as_accurate_on_three_spins_as_published() {
    // Largest errors over t in [0, 6] against the exact Lindblad equation, cavity-qed section 5 of the notes (4000 samples): S^z_1, S^x_1 S^x_2, S^x_1 S^x_3,
    // S^x_2 S^x_3. Here 8000 samples: the error of the published figures, sqrt(2) times ours, is what is left; 4 of the combined ones.
    let glass = three_spins::expanded();
    let times: Vec<f64> = (0..=24).map(|k| 0.25 * f64::from(k)).collect();
    let (hamiltonian, jumps) = three_spins::operators();
    let system = Lindbladian::spins(3, vec![(CompiledSchedule::constant(1.0), hamiltonian)], jumps);
    // Bit 0 means up there.
    let exact = means(&three_spins::observed(), &master(&system, &basis_ket(8, 7), &times[1..], 1e-9));
    let settings = Settings::new(0.1, Streams::new(8, 0));
    let selection = Selection { observables: vec![Observable::Sz, Observable::Sxsx], ..Selection::default() };
    fn boxed<E: Bloch + 'static>(e: E, glass: &Glass, settings: &Settings, selection: &Selection) -> Box<dyn Level> {
        Box::new(BlochLevel::new(e, glass, settings, selection, None).unwrap())
    }
    let on_itself = OnItself { inner: PhaseSpace::new(&glass), glass: glass.clone() };
    let levels = [
        ("dtwa", boxed(PhaseSpace::new(&glass), &glass, &settings, &selection), [0.019, 0.014, 0.018, 0.017]),
        ("dtwa with self term", boxed(on_itself, &glass, &settings, &selection), [0.068, 0.047, 0.042, 0.036]),
        ("product", boxed(ProductState::new(&glass), &glass, &settings, &selection), [0.044, 0.059, 0.046, 0.031]),
    ];
    for (name, level, published) in &levels {
        let found = worst(&sampled(level.as_ref(), &times, 8000)[1..], &exact);
        println!("{name}: {found:.4?}, published {published:?}");
        for (k, ((error, noise), published)) in found.into_iter().zip(*published).enumerate() {
            let slack = 4.0 * noise * 3.0_f64.sqrt();
            assert!(
                (error - published).abs() < slack,
                "{name}, observable {k}: {error} +- {noise}, published {published}"
            );
        }
    }
}

#[test]
fn a_point_of_phase_space_has_no_ground_probability() {
    assert!(!Observable::GroundProbability.applies_to(LevelKind::Dtwa));
    assert!(!Observable::Entropy.applies_to(LevelKind::Dtwa));
    assert!(Observable::SignEnergy.applies_to(LevelKind::Dtwa));
}
