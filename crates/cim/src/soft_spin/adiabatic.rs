//! Adiabatic evolution: the pump rises slowly and the state follows a minimum of E(x).
//!
//! At each pump a, in steps of 0.05 from -2 to 3: a kick by normal numbers of 1e-3, then heavy balls v <- 0.9 v - eta grad E, x <- x + v with eta = 0.8/(2 + 3 max x^2 - min(a, 0)), from rest, for at least 51 and at most 400 steps or until the
//! root mean square gradient is below 1e-4. The kick matters: without noise the state stays at the unstable origin where an early stage ends by the gradient.
//!
//! Source: the procedure of S. Ganguli's lectures on annealing on geometric landscapes; Yamamura, Mabuchi and Ganguli, arXiv 2309.08119.

use super::kernels::SoftReal;
use super::normalisation;
use crate::lanes::{LANES, Lane};
use crate::local::LocalFields;
use crate::readout::Readout;
use crate::{Machine, Outcome, Parameter, Rows, SearchError, Trial};
use lightfall_core::rng::LaneWords;

/// How the pump rises and how far each descent goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// First pump.
    pub start: f64,
    /// Last pump.
    pub end: f64,
    /// Stages after the first.
    pub stages: usize,
    /// Standard deviation of the kick at the start of each stage.
    pub kick: f64,
    /// Least steps of a stage.
    pub least: usize,
    /// Most steps of a stage.
    pub most: usize,
    /// Root mean square gradient at which a stage ends.
    pub tolerance: f64,
}

impl Default for Ramp {
    fn default() -> Self {
        Self { start: -2.0, end: 3.0, stages: 100, kick: 1e-3, least: 51, most: 400, tolerance: 1e-4 }
    }
}

impl Ramp {
    /// The pump of stage k.
    pub fn pump(&self, k: usize) -> f64 {
        self.start + (self.end - self.start) * k as f64 / self.stages.max(1) as f64
    }
}

/// Momentum of the heavy balls.
const MOMENTUM: f64 = 0.9;

/// Sixteen replicas on their way.
#[derive(Clone, Debug)]
pub struct Adiabats<T> {
    /// Amplitudes.
    pub x: Vec<Lane<T>>,
    v: Vec<Lane<T>>,
    f: Vec<Lane<T>>,
    /// Curvature that -factor J has beyond 2.
    stiffer: f64,
}

impl<T: SoftReal> Adiabats<T> {
    /// All at the origin, of n spins whose couplings have no eigenvalue below -`stiffest`.
    pub fn new(n: usize, stiffest: f64) -> Self {
        let zeros = vec![[T::default(); LANES]; n];
        Self { x: zeros.clone(), v: zeros.clone(), f: zeros, stiffer: (stiffest - 2.0).max(0.0) }
    }

    /// Kick and descent at pump `a`, with couplings `factor` J. A replica whose gradient is small enough rests while the others go on. `expired` ends the descent.
    pub fn stage(
        &mut self,
        rows: &Rows<T>,
        factor: f64,
        a: f64,
        ramp: &Ramp,
        words: &mut LaneWords,
        expired: &dyn Fn() -> bool,
    ) {
        let largest = T::kick(&mut self.x, words, T::of(ramp.kick));
        let floor = 2.0 + self.stiffer - a.min(0.0);
        let mut eta = largest.map(|square| T::of(0.8 / (floor + 3.0 * square.double())));
        self.v.fill([T::default(); LANES]);
        let enough = ramp.tolerance * ramp.tolerance * self.x.len() as f64;
        let constants = [a, factor, MOMENTUM].map(T::of);
        for k in 0..ramp.most {
            T::product(rows, &self.x, &mut self.f);
            let squares = T::heavy_ball(&mut self.x, &mut self.v, &self.f, &eta, constants);
            if k + 1 >= ramp.least {
                for l in 0..LANES {
                    if squares[l].double() < enough {
                        eta[l] = T::default();
                        self.v.iter_mut().for_each(|v| v[l] = T::default());
                    }
                }
                if eta.iter().all(|e| *e == T::default()) {
                    return;
                }
            }
            if k % 16 == 15 && expired() {
                return;
            }
        }
    }
}

/// `adiabatic`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Adiabatic;

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "pump_start", default: -2.0, low: -20.0, high: 20.0, about: "pump a at first" },
    Parameter { name: "pump_end", default: 0.0, low: -20.0, high: 20.0, about: "pump a at last; signs freeze by 0" },
    Parameter { name: "kick", default: 1e-3, low: 1e-9, high: 1.0, about: "noise at each stage" },
    Parameter { name: "descent", default: 51.0, low: 1.0, high: 10_000.0, about: "least steps of a stage" },
    Parameter { name: "greedy", default: 1.0, low: 0.0, high: 1.0, about: "1: descend from the signs by single flips" },
];

impl Machine for Adiabatic {
    fn name(&self) -> &'static str {
        "adiabatic"
    }

    fn about(&self) -> &'static str {
        "soft spins that follow a minimum while the pump rises (Yamamura, Mabuchi and Ganguli 2023)"
    }

    fn unit(&self) -> &'static str {
        "stage"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn first_steps(&self) -> u64 {
        40
    }

    fn run(&self, trial: &Trial<'_>) -> Result<Outcome, SearchError> {
        let network = trial.problem.homogeneous();
        let (_, lowest) = trial.problem.spectrum()?;
        let factor = normalisation(trial.problem)?;
        let get = |name| trial.settings.get(name);
        let least = get("descent") as usize;
        let ramp = Ramp {
            start: get("pump_start"),
            end: get("pump_end"),
            stages: (trial.steps.max(2) - 1) as usize,
            kick: get("kick"),
            least,
            most: 8 * least,
            ..Ramp::default()
        };
        let mut words = trial.lane_words();
        let mut state = Adiabats::<f32>::new(network.n, factor * lowest);
        let mut out = Readout::new(network);
        let steps = trial.each_step(|k, _| {
            let a = ramp.pump(k as usize);
            state.stage(&network.rows, factor, a, &ramp, &mut words, &|| trial.clock.expired());
            out.look(trial, network, &state.x);
            trial.history.note(k, || out.last.to_vec());
        });
        let mut energies = out.last.to_vec();
        if get("greedy") >= 0.5 {
            for (l, energy) in energies.iter_mut().enumerate() {
                let signs = out.replica(trial, l).iter().map(|s| f32::from(*s)).collect();
                let mut descent = LocalFields::new(trial.problem.network(), signs);
                descent.descend();
                *energy = descent.energy();
                trial.offer(*energy, || descent.whole());
            }
        }
        Ok(Outcome { energies, steps, finished: steps == trial.steps })
    }
}
