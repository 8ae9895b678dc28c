//! The frame of machines made of amplitudes: sixteen replicas of x, driven by J x or by J sign(x), and read out as spins on the way.

use crate::lanes::{LANES, Lane, Real};
use crate::readout::Readout;
use crate::{Outcome, Trial};
use lightfall_core::rng::LaneWords;

/// What drives the amplitudes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Coupled {
    /// J x. Spins are read out every so many steps.
    Amplitudes(u64),
    /// J sign(x), the fields of a readout: one at every step.
    Signs,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage {
    /// Steps before this one.
    pub(crate) step: u64,
    /// Part of the schedule that has gone by, from 0 to 1.
    pub(crate) part: f64,
    /// Ising energies at the last readout.
    pub(crate) energies: [f64; LANES],
}

/// Steps of `x` by `advance(x, fields, stage)` to the end of the schedule.
pub(crate) fn evolve(
    trial: &Trial<'_>,
    coupled: Coupled,
    mut x: Vec<Lane<f32>>,
    mut advance: impl FnMut(&mut [Lane<f32>], &[Lane<f32>], &Stage),
) -> Outcome {
    let network = trial.problem.homogeneous();
    let mut out = Readout::new(network);
    let (every, mut fields) = match coupled {
        Coupled::Amplitudes(every) => (every, vec![[0.0; LANES]; network.n]),
        Coupled::Signs => (1, Vec::new()),
    };
    let steps = trial.each_step(|step, part| {
        if step % every == 0 {
            out.look(trial, network, &x);
        }
        let stage = Stage { step, part, energies: out.last };
        match coupled {
            Coupled::Amplitudes(_) => {
                f32::product(&network.rows, &x, &mut fields);
                advance(&mut x, &fields, &stage);
            }
            Coupled::Signs => advance(&mut x, &out.fields, &stage),
        }
        trial.history.note(step, || out.last.to_vec());
    });
    out.look(trial, network, &x);
    Outcome { energies: out.lowest.to_vec(), steps, finished: steps == trial.steps }
}

/// Numbers from -0.1 to 0.1.
pub(crate) fn small(n: usize, words: &mut LaneWords) -> Vec<Lane<f32>> {
    let number = |word: u32| 0.1 * (word as i32 as f32) / 2_147_483_648.0;
    (0..n).map(|_| words.words().map(number)).collect()
}
