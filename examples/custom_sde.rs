//! A stochastic differential equation of your own, with the statistical and the step error of every mean.
//!
//! A laser above threshold, one complex field E: dE = ((p - |E|^2) E) dt + sqrt(d) dZ, with its real and imaginary parts as components.
//! At t -> infinity the intensity |E|^2 has the density exp(-(I - p)^2/(2 d)) up to a factor, on I > 0.

use lightfall::core::ensemble::{Plan, Silent, StopRule, run};
use lightfall::core::rng::Streams;
use lightfall::core::sde::{Calculus, Control, NoiseKind, Sde, SdeLevel, bind};
use lightfall::core::unravel::Grid;

/// Pump over threshold and noise power.
#[derive(Clone)]
struct Laser {
    pump: f64,
    noise: f64,
}

impl Sde for Laser {
    const CALCULUS: Calculus = Calculus::Ito;
    const NOISE: NoiseKind = NoiseKind::Additive;
    // Many trajectories at once, as columns: real parts first, imaginary parts in the second half.
    const COLUMNS: bool = true;

    fn dim(&self) -> usize {
        2
    }

    fn noises(&self) -> usize {
        2
    }

    fn drift(&mut self, _t: f64, y: &[f64], out: &mut [f64]) {
        let (re, im) = y.split_at(y.len() / 2);
        let (d_re, d_im) = out.split_at_mut(re.len());
        for k in 0..re.len() {
            let gain = self.pump - (re[k] * re[k] + im[k] * im[k]);
            (d_re[k], d_im[k]) = (gain * re[k], gain * im[k]);
        }
    }

    fn diffuse(&mut self, _t: f64, _y: &[f64], dw: &[f64], out: &mut [f64]) {
        let root = self.noise.sqrt();
        out.iter_mut().zip(dw).for_each(|(out, dw)| *out += root * dw);
    }
}

/// Mean of I under exp(-(I - p)^2/(2 d)) on I > 0, by the midpoint rule.
fn exact_intensity(laser: &Laser) -> f64 {
    let (mut top, mut bottom) = (0.0, 0.0);
    for k in 0..20_000 {
        let i = (f64::from(k) + 0.5) * 1e-3;
        let weight = (-(i - laser.pump).powi(2) / (2.0 * laser.noise)).exp();
        (top, bottom) = (top + i * weight, bottom + weight);
    }
    top / bottom
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let laser = Laser { pump: 1.0, noise: 0.5 };
    // A stepper that does not fit says which do.
    if let Err(refusal) = bind("sosri", laser.clone()) {
        println!("{refusal}\n");
    }
    let level = SdeLevel::new("sosra", laser.clone(), Control::Fixed(Grid::new(0.1)), Streams::new(1, 0))?
        .observing(&["intensity"], |_t, y, out| out[0] = y[0] * y[0] + y[1] * y[1]);
    let plan = Plan { trajectories: 20_000, block: 64, threads: 0, stop: StopRule::default(), keep_tracks: false };
    let times = [0.0, 0.5, 1.0, 2.0, 5.0, 10.0];
    let outcome = run(&level, &times, &plan, &mut (), &Silent)?;
    println!("  t    intensity  +- stderr   half step - step +- stderr");
    for (row, t) in times.iter().enumerate() {
        let (mean, step) = (outcome.moments.estimate(3 * row), outcome.moments.estimate(3 * row + 1));
        let error = |e: Option<f64>| e.unwrap_or(f64::NAN);
        let (stderr, step_stderr) = (error(mean.stderr), error(step.stderr));
        println!("{t:5.1}  {:.4}     {stderr:.4}      {:+.5}  {step_stderr:.5}", mean.mean, step.mean);
    }
    let (last, exact) = (outcome.moments.estimate(3 * (times.len() - 1)), exact_intensity(&laser));
    println!("exact at t -> infinity: {exact:.4}");
    assert!((last.mean - exact).abs() < 4.0 * last.stderr.unwrap_or(f64::NAN) + 1e-3);
    Ok(())
}
