//! Random streams: counter-based, keyed by (seed, instance, trajectory, purpose).
//!
//! Trajectory k of an instance draws the same numbers whatever the thread count, the block size or the number of
//! trajectories asked for. A stream serves one purpose only, so that turning one feature on does not shift the draws
//! of another; two levels of one device that name the same purpose are driven by the same noise.

mod chacha;
mod draws;
mod lanes;
mod normals;

pub use draws::Draws;
pub use lanes::{LANES, LaneWords};
pub use normals::Normals;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// The generator behind every stream: ChaCha with 8 rounds, exact to checkpoint by (seed, stream, word position).
pub type Rng = ChaCha8Rng;

/// What a stream is for. The number is part of a run's identity: never reuse or reorder it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Purpose {
    /// Quenched disorder of a device instance: couplings.
    Couplings = 0,
    /// Quenched disorder of a device instance: jump operators.
    Jumps = 1,
    /// Initial state of a trajectory (tilts, phase-space sampling).
    InitialState = 2,
    /// Wiener increments at the run's own step.
    Noise = 3,
    /// As [`Purpose::BackAction`] for the later parts of a refined step.
    BackActionFine = 8,
    /// Brownian-bridge midpoints of [`Purpose::Noise`]; part k of the stream for the k-th halving.
    Bridge = 32,
    /// Configurations drawn for exactly sampled back-action.
    BackAction = 5,
    /// Waiting times, channels and click times of counting.
    Clicks = 6,
    /// Resampling for bootstrap errors.
    Bootstrap = 7,
    /// Space-time Levy areas of the run's own steps.
    Area = 16,
    /// Halves of a step: part k for nodes of depth k, read at the place of the node.
    Split = 17,
    /// Start vectors of Lanczos iterations.
    Lanczos = 18,
    /// Cuts of a network into two parts.
    Cuts = 22,
    /// Configurations drawn from a state, as by a projective measurement.
    Sampling = 23,
    /// Wiener increments of outputs that no detector sees, at the run's own step.
    Discarded = 20,
    /// Clicks of detectors that nothing has hit.
    DarkCounts = 21,
    /// Photons that a detector counts in one inference; the trajectory is (noise seed, sample, layer).
    Shots = 24,
    /// Errors of a device's making, once for all inferences; the trajectory is the layer.
    Fabrication = 25,
    /// Order of the samples and photons of the batches of a training; the trajectory is the epoch.
    Training = 26,
    /// Everything that one run of a search draws; the trajectory is the run.
    Search = 27,
    /// Settings that a tuning tries.
    Tuning = 28,
    /// Paths of a dynamical mean field theory; the trajectory is the path.
    Paths = 29,
    /// As [`Purpose::Bridge`] for [`Purpose::Discarded`].
    DiscardedBridge = 96,
}

/// The random streams of one device instance.
///
/// The 256-bit key is (seed, instance, part, 0), part 0 but for halves of steps and for bridges; the 64-bit stream number is
/// `trajectory << 8 | purpose`, so there is room for 2^56 trajectories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    /// Seed of the run.
    pub seed: u64,
    /// Index of the device instance (a draw of the disorder).
    pub instance: u64,
}

impl Streams {
    /// Streams of instance `instance` under `seed`.
    pub fn new(seed: u64, instance: u64) -> Self {
        Self { seed, instance }
    }

    /// The stream of `purpose` for trajectory `trajectory`, at its first word.
    pub fn open(&self, purpose: Purpose, trajectory: u64) -> Rng {
        let mut rng = ChaCha8Rng::from_seed(self.key(0));
        rng.set_stream((trajectory << 8) | purpose as u64);
        rng
    }

    /// (seed, instance, part, 0).
    fn key(&self, part: u64) -> [u8; 32] {
        let mut key = [0u8; 32];
        for (bytes, word) in key.chunks_exact_mut(8).zip([self.seed, self.instance, part]) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn streams_differ_by_purpose_trajectory_and_instance_and_repeat() {
        let draw = |seed, instance, purpose, trajectory| -> u64 {
            Streams::new(seed, instance).open(purpose, trajectory).random()
        };
        let first = draw(7, 0, Purpose::Noise, 3);
        assert_eq!(first, draw(7, 0, Purpose::Noise, 3));
        for other in [
            draw(8, 0, Purpose::Noise, 3),
            draw(7, 1, Purpose::Noise, 3),
            draw(7, 0, Purpose::Bridge, 3),
            draw(7, 0, Purpose::Noise, 4),
        ] {
            assert_ne!(first, other);
        }
    }
}
