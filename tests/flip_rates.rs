//! Golden-rule rates of a spin in a lossy mode, against the exact Liouvillian, a quadrature and known values.

use lightfall_cavity::multimode::{FlipRate, Mode};
use lightfall_linalg::expm;
use num_complex::Complex64;

/// Delta, kappa, g, wz, h; exact rates down and up; golden rule down and up; weak coupling down and up (cavity-qed section 3 of the notes).
const TABLE: [[f64; 11]; 6] = [
    [1.0, 0.3, 0.4, 0.02, 0.3, 1.5893e-4, 5.1863e-5, 1.5940e-4, 5.1994e-5, 1.8391e-4, 5.9925e-5],
    [1.0, 0.3, 0.4, 0.02, 1.0, 8.9791e-5, 2.0970e-6, 8.9811e-5, 2.0898e-6, 1.0667e-4, 2.3472e-6],
    [1.0, 0.3, 0.4, 0.02, 2.5, 1.9706e-6, 1.1332e-7, 1.9711e-6, 1.1330e-7, 6.5641e-7, 1.2447e-7],
    [2.0, 0.5, 0.6, 0.02, 1.0, 2.6640e-5, 3.6128e-6, 2.6645e-5, 3.6124e-6, 2.8800e-5, 3.8919e-6],
    [2.0, 0.5, 0.6, 0.02, 2.5, 1.2405e-5, 2.6297e-7, 1.2407e-5, 2.6282e-7, 1.1520e-5, 2.8098e-7],
    [1.0, 0.3, 0.8, 0.02, 1.5, 1.0875e-4, 1.7441e-6, 1.0877e-4, 1.7411e-6, 5.0196e-5, 2.6919e-6],
];

fn golden_rule(row: &[f64; 11]) -> [f64; 2] {
    let [detuning, kappa, g, wz, h, ..] = *row;
    let rate = FlipRate::new(&[Mode { detuning, kappa }], &[g * g]).unwrap();
    [-h, h].map(|de| rate.rate(wz, 0.5, 0.5, -0.5, de))
}

#[test]
fn golden_rule_has_the_known_values() {
    for row in &TABLE {
        for (found, expected) in golden_rule(row).iter().zip(&row[7..9]) {
            assert!((found / expected - 1.0).abs() < 2e-4, "{row:?}: {found:e}");
        }
        // Weak coupling: (g wz/(2 de))^2 2 kappa/((Delta + de)^2 + kappa^2), reached as g -> 0.
        let [detuning, kappa, g, wz, h, ..] = *row;
        let weak =
            |g: f64, de: f64| (g * wz / (2.0 * de)).powi(2) * 2.0 * kappa / ((detuning + de).powi(2) + kappa * kappa);
        let small = FlipRate::new(&[Mode { detuning, kappa }], &[1e-8]).unwrap();
        for (de, expected) in [(-h, row[9]), (h, row[10])] {
            assert!((weak(g, de) / expected - 1.0).abs() < 5e-4, "{row:?}: {:e}", weak(g, de));
            let ratio = small.rate(wz, 0.5, 0.5, -0.5, de) / weak(1e-4, de);
            assert!((ratio - 1.0).abs() < 1e-5, "{row:?}: {ratio}");
        }
    }
}

#[test]
fn rates_are_the_integral() {
    // Three modes, two of them alike; trapezoids of a smooth integrand that has decayed by 1e-16 at the end.
    let mode = |detuning, kappa| Mode { detuning, kappa };
    let modes = [mode(1.0, 0.3), mode(-0.7, 0.5), mode(1.0, 0.3)];
    let strengths = [0.2, 0.3, 0.15];
    let rate = FlipRate::new(&modes, &strengths).unwrap();
    for de in [-2.1, -0.6, 0.0, 0.9] {
        let exponent = |t: f64| -> Complex64 {
            let of = |(m, s): (&Mode, &f64)| {
                let lambda = Complex64::new(m.kappa, m.detuning);
                *s * m.kappa * t / lambda.norm_sqr() - *s / (lambda * lambda) * (1.0 - (-lambda * t).exp())
            };
            Complex64::new(0.0, -de * t) - modes.iter().zip(&strengths).map(of).sum::<Complex64>()
        };
        // Richardson's extrapolation of the trapezoidal rule: fourth order.
        let trapezoid = |steps: u32| -> f64 {
            let h = 200.0 / f64::from(steps);
            let inner: f64 = (1..steps).map(|k| exponent(h * f64::from(k)).exp().re).sum();
            2.0 * h * (inner + 0.5 * exponent(0.0).exp().re)
        };
        let expected = (4.0 * trapezoid(400_000) - trapezoid(200_000)) / 3.0;
        assert!((rate.spectrum(de) - expected).abs() < 1e-9, "{de}: {} {expected}", rate.spectrum(de));
    }
    // The matrix element of a large spin.
    let flip = |spin: f64, m: f64, to: f64| rate.rate(0.1, spin, m, to, -0.6);
    assert!((flip(5.0, 4.0, 3.0) / flip(0.5, 0.5, -0.5) - (30.0 - 12.0)).abs() < 1e-12);
    assert!(FlipRate::new(&[mode(1.0, 0.0)], &[0.3]).is_none());
    assert!(FlipRate::new(&[mode(1.0, 0.1)], &[0.0]).is_none());
    assert!(
        FlipRate::new(&[mode(0.0, 1e-3)], &[0.3]).is_none() && FlipRate::new(&[mode(1.0, 0.1)], &[f64::NAN]).is_none()
    );
}

/// The Liouvillian on row-major rho of H = h S^x + wz S^z + Delta a^dag a + g (a + a^dag) S^x with L = sqrt(2 kappa) a, for a spin of `states` states in the basis
/// of S^x and `levels` Fock states; index n `states` + k with S^x = S - k.
fn liouvillian([detuning, kappa, g, wz, h]: [f64; 5], states: usize, levels: usize) -> Vec<Complex64> {
    let (dim, spin) = (states * levels, 0.5 * (states - 1) as f64);
    let sx = |k: usize| spin - k as f64;
    let ladder = |n: usize, m: usize| if m == n + 1 { (m as f64).sqrt() } else { 0.0 };
    // S^z has half the elements of S_+- beside its diagonal.
    let beside = |k: usize, l: usize| {
        let m = sx(k.min(l));
        if k.abs_diff(l) == 1 { 0.5 * (spin * (spin + 1.0) - m * (m - 1.0)).sqrt() } else { 0.0 }
    };
    let hamiltonian = |r: usize, c: usize| {
        let (n, k, m, l) = (r / states, r % states, c / states, c % states);
        let diagonal = if r == c { h * sx(k) + detuning * n as f64 } else { 0.0 };
        let field = if n == m { wz * beside(k, l) } else { 0.0 };
        let coupling = if k == l { g * sx(k) * (ladder(n, m) + ladder(m, n)) } else { 0.0 };
        diagonal + field + coupling
    };
    let lower = |r: usize, c: usize| if r % states == c % states { ladder(r / states, c / states) } else { 0.0 };
    let number = |r: usize| (r / states) as f64;
    let size = dim * dim;
    let entry = |at: usize| {
        let (to, from) = (at / size, at % size);
        let (r, c, p, q) = (to / dim, to % dim, from / dim, from % dim);
        let mut value = Complex64::from(2.0 * kappa * lower(r, p) * lower(c, q));
        if c == q {
            value -= Complex64::I * hamiltonian(r, p);
        }
        if r == p {
            value += Complex64::I * hamiltonian(q, c);
        }
        if to == from {
            value -= kappa * (number(r) + number(c));
        }
        value
    };
    (0..size * size).map(entry).collect()
}

/// Rates down and up of H = h S^x + wz S^z + Delta a^dag a + g (a + a^dag) S^x with L = sqrt(2 kappa) a, from the slow mode of the exact
/// Liouvillian on `levels` Fock states.
fn exact(row: &[f64; 11], levels: usize) -> [f64; 2] {
    let [detuning, kappa, g, wz, h, ..] = *row;
    let dim = 2 * levels;
    let size = dim * dim;
    let sx = |s: usize| 0.5 - s as f64;
    let liouvillian = liouvillian([detuning, kappa, g, wz, h], 2, levels);
    // Polarisation <2 S^x> at t = T, 2T, 3T, when all but the slow mode is gone.
    let time = 0.5 / (row[5] + row[6]);
    let map = expm(size, &liouvillian.iter().map(|v| time * v).collect::<Vec<_>>());
    let mut rho = vec![Complex64::ZERO; size];
    rho[0] = Complex64::ONE;
    let polarisation: Vec<f64> = (0..4)
        .map(|_| {
            rho = (0..size).map(|r| (0..size).map(|k| map[r * size + k] * rho[k]).sum()).collect();
            (0..dim).map(|k| 2.0 * sx(k % 2) * rho[k * dim + k].re).sum()
        })
        .collect();
    let [p, q, r] = [polarisation[1], polarisation[2], polarisation[3]];
    let factor = (r - q) / (q - p);
    let relaxation = -factor.ln() / time;
    let steady = (r - factor * q) / (1.0 - factor);
    // Up is S^x = 1/2 for h > 0: its share is up/(up + down).
    [0.5 * relaxation * (1.0 - steady), 0.5 * relaxation * (1.0 + steady)]
}

#[test]
fn golden_rule_is_as_close_to_the_exact_liouvillian_as_tabulated() {
    for row in &TABLE {
        let found = exact(row, 8);
        for ((found, expected), golden) in found.iter().zip(&row[5..7]).zip(golden_rule(row)) {
            println!("{row:?}: {found:.5e}, golden rule {golden:.5e}");
            assert!((found / expected - 1.0).abs() < 2e-4, "{row:?}: {found:e}");
            assert!((golden / found - 1.0).abs() < 5e-3, "{row:?}: {golden:e} {found:e}");
        }
    }
}

/// Rates `rates[to][from]` between the states of S^x of a spin of `states` states in the Hamiltonian of [`liouvillian`], from the populations of the exact
/// evolution after `time` and twice as long: p(2 `time`) = exp(R `time`) p(`time`), once the mode has settled
/// and the coherences are gone, which decay at (g/lambda)^2 kappa.
fn exact_rates(parameters: [f64; 5], states: usize, levels: usize, time: f64) -> Vec<Vec<f64>> {
    let (dim, size) = (states * levels, (states * levels).pow(2));
    let map = expm(size, &liouvillian(parameters, states, levels).iter().map(|v| time * v).collect::<Vec<_>>());
    let mut after = [vec![vec![0.0; states]; states], vec![vec![0.0; states]; states]];
    for from in 0..states {
        let mut rho = vec![Complex64::ZERO; size];
        rho[from * (dim + 1)] = Complex64::ONE;
        for populations in &mut after {
            rho = (0..size).map(|r| (0..size).map(|k| map[r * size + k] * rho[k]).sum()).collect();
            for k in 0..dim {
                populations[k % states][from] += rho[k * (dim + 1)].re;
            }
        }
    }
    // X = after[1] after[0]^-1 - 1 by X <- X + (after[1] - after[0] - X after[0]), as after[0] is nearly 1; then the logarithm's series.
    let product = |a: &[Vec<f64>], b: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let entry = |r: usize, c: usize| (0..states).map(|k| a[r][k] * b[k][c]).sum();
        (0..states).map(|r| (0..states).map(|c| entry(r, c)).collect()).collect()
    };
    let mut step = vec![vec![0.0; states]; states];
    for _ in 0..40 {
        let reached = product(&step, &after[0]);
        for (r, row) in step.iter_mut().enumerate() {
            (0..states).for_each(|c| row[c] += after[1][r][c] - after[0][r][c] - reached[r][c]);
        }
    }
    let (mut power, mut rates) = (step.clone(), vec![vec![0.0; states]; states]);
    for order in 1..12 {
        let weight = if order % 2 == 1 { 1.0 } else { -1.0 } / f64::from(order) / time;
        for (row, add) in rates.iter_mut().zip(&power) {
            row.iter_mut().zip(add).for_each(|(rate, value)| *rate += weight * value);
        }
        power = product(&power, &step);
    }
    rates
}

#[test]
fn rates_of_large_spins_are_those_of_the_exact_liouvillian() {
    // Two and three atoms: S = 1 and 3/2; energies h m - J m^2 with the spin's action on itself.
    for (parameters, states, levels) in
        [([1.5, 0.4, 0.35, 0.01, 0.8], 3_usize, 7_usize), ([1.5, 0.4, 0.25, 0.01, 0.8], 4, 6)]
    {
        let [detuning, kappa, g, wz, h] = parameters;
        let rates = exact_rates(parameters, states, levels, 1000.0);
        let golden = FlipRate::new(&[Mode { detuning, kappa }], &[g * g]).unwrap();
        let j = g * g * detuning / (detuning * detuning + kappa * kappa);
        let spin = 0.5 * (states - 1) as f64;
        let energy = |m: f64| h * m - j * m * m;
        for k in 1..states {
            for (from, to) in [(k - 1, k), (k, k - 1)] {
                let [m, n] = [from, to].map(|k| spin - k as f64);
                let (found, expected) = (rates[to][from], golden.rate(wz, spin, m, n, energy(n) - energy(m)));
                println!("S = {spin}, {m} -> {n}: {found:.5e}, golden rule {expected:.5e}");
                assert!((found / expected - 1.0).abs() < 5e-3, "S = {spin}, {m} -> {n}: {found:e} {expected:e}");
            }
        }
        // The self-energy tells the flips downhill apart: S(S+1) - m(m-1) is the same for the first and the last.
        assert!((rates[1][0] / rates[states - 1][states - 2] - 1.0).abs() > 0.03, "{rates:?}");
    }
}
