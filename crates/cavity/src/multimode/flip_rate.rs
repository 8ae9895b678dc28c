//! The rate at which a spin ordered along x flips: golden rule for the transverse field between states dressed by the cavity (polarons).
//!
//! A flip m -> m' = m +- 1 that changes the energy by de = E_final - E_initial has the rate
//!
//!   Gamma = (wz^2/4) (S(S+1) - m m') 2 Re int_0^inf dt exp{ -i de t - sum_m [ g^2 G_m^2 kappa_m t/(Delta_m^2 + kappa_m^2)
//!           - c_m (1 - e^{-lambda_m t}) ] },  lambda_m = kappa_m + i Delta_m,  c_m = (g G_m/lambda_m)^2.
//!
//! With e^{-c e^{-lambda t}} = sum_n (-c)^n/n! e^{-n lambda t} the integral is a sum of a/(i de + r) over products of one term a mode. Modes of
//! one lambda count as one with the sum of their G^2. de contains the self-energy -J_ii (m'^2 - m^2) of a spin above 1/2.
//!
//! wz^2 small against the square of every other rate. kappa is the FIELD decay rate. Source: derived, see the book; the exact Liouvillian is the
//! test.

use super::{Mode, Multimode};
use num_complex::Complex64;

/// Terms below this fraction of the largest are left out.
const SMALL: f64 = 1e-18;

/// Most terms of the sum.
const MOST: usize = 100_000;

/// Largest sum |c_m|.
const LARGEST: f64 = 10.0;

/// What the rate of a spin is made of, at one g.
#[derive(Clone, Debug)]
pub struct FlipRate {
    /// a and r.
    terms: Vec<[Complex64; 2]>,
}

impl FlipRate {
    /// A spin with (g G_m)^2 = `strengths[m]` in each of `modes`. `None` where no mode both couples and loses photons, and a flip has no
    /// width; and where sum |c_m| is above 10 (or not a number): the series alternates and loses a factor e^(2 |c|) in accuracy, 5e-8 there; and where many different modes make more than 10^5 terms.
    pub fn new(modes: &[Mode], strengths: &[f64]) -> Option<Self> {
        let mut groups: Vec<(Mode, f64)> = Vec::new();
        for (mode, strength) in modes.iter().zip(strengths) {
            match groups.iter_mut().find(|(m, _)| m == mode) {
                Some((_, sum)) => *sum += strength,
                None => groups.push((*mode, *strength)),
            }
        }
        let lambda = |m: &Mode| Complex64::new(m.kappa, m.detuning);
        let dephasing: f64 = groups.iter().map(|(m, s)| s * m.kappa / lambda(m).norm_sqr()).sum();
        let displacement: f64 = groups.iter().map(|(m, s)| s / lambda(m).norm_sqr()).sum();
        if !(dephasing > 0.0 && displacement <= LARGEST) {
            return None;
        }
        let mut terms = vec![[Complex64::ONE, Complex64::from(dephasing)]];
        for (mode, strength) in &groups {
            let lambda = lambda(mode);
            let c = *strength / (lambda * lambda);
            let mut series = Vec::new();
            let (mut a, mut largest) = (c.exp(), 0.0_f64);
            for n in 0_u32.. {
                largest = largest.max(a.norm());
                series.push([a, f64::from(n) * lambda]);
                a *= -c / f64::from(n + 1);
                // Beyond n = |c| the terms only fall.
                if f64::from(n) > c.norm() && a.norm() < SMALL * largest {
                    break;
                }
            }
            terms = terms.iter().flat_map(|[a, r]| series.iter().map(move |[b, s]| [a * b, r + s])).collect();
            let top = terms.iter().map(|[a, _]| a.norm()).fold(0.0, f64::max);
            terms.retain(|[a, _]| a.norm() > SMALL * top);
            if terms.len() > MOST {
                return None;
            }
        }
        Some(Self { terms })
    }

    /// 2 Re of the integral: the spectrum of the bath at `de`, per squared matrix element.
    pub fn spectrum(&self, de: f64) -> f64 {
        self.terms.iter().map(|[a, r]| 2.0 * (a / (r + Complex64::new(0.0, de))).re).sum()
    }

    /// Gamma of the flip from `m` to `to` of a spin `spin` under `wz`, with the energy `de` gained.
    pub fn rate(&self, wz: f64, spin: f64, m: f64, to: f64, de: f64) -> f64 {
        0.25 * wz * wz * (spin * (spin + 1.0) - m * to) * self.spectrum(de)
    }
}

impl Multimode {
    /// What the flip rates of `site` are made of while the coupling is `g`.
    pub fn flip_rate(&self, site: usize, g: f64) -> Option<FlipRate> {
        let modes = self.modes.len();
        let row = &self.coupling[site * modes..(site + 1) * modes];
        FlipRate::new(&self.modes, &row.iter().map(|c| (g * c).powi(2)).collect::<Vec<_>>())
    }
}
