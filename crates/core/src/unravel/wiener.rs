//! Wiener increments on a grid of steps, refined by Brownian bridges so that halving the step keeps the path.

use crate::rng::{Purpose, Rng, Streams};
use rand_distr::{Distribution, StandardNormal};

/// Steps of a run: the longest step, and how often each is halved.
///
/// An interval between two save times is cut into the fewest equal steps not longer than `dt`, so `dt` need not divide it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Longest step.
    pub dt: f64,
    /// Each step is cut into 2^refinement parts on the same noise path.
    pub refinement: u32,
}

impl Grid {
    /// Steps of at most `dt`, not refined.
    pub fn new(dt: f64) -> Self {
        Self { dt, refinement: 0 }
    }

    /// Number of (coarse) steps in an interval and their length.
    pub fn steps(&self, from: f64, to: f64) -> (usize, f64) {
        // The slack keeps an interval of 10 dt from becoming 11 steps by rounding.
        let steps = (((to - from) / self.dt) * (1.0 - 1e-9)).ceil().max(1.0);
        (steps as usize, (to - from) / steps)
    }
}

/// The Wiener path of one trajectory: coarse increments from one stream, bridge midpoints from one stream a level.
#[derive(Debug)]
pub struct WienerPath {
    channels: usize,
    refinement: u32,
    noise: Rng,
    bridges: Vec<Rng>,
    /// 2^refinement rows of `channels` increments of the current coarse step.
    increments: Vec<f64>,
}

impl WienerPath {
    /// A path of `channels` independent real Wiener processes, refined `refinement` times.
    pub fn new(channels: usize, refinement: u32) -> Self {
        let unused = Streams::new(0, 0);
        Self {
            channels,
            refinement,
            noise: unused.open(Purpose::Noise, 0),
            bridges: (1..=refinement).map(|level| unused.open_bridge(level, 0)).collect(),
            increments: vec![0.0; channels << refinement],
        }
    }

    /// Moves to the path of trajectory `trajectory`.
    pub fn start(&mut self, streams: &Streams, trajectory: u64) {
        self.start_for(Purpose::Noise, Purpose::Bridge, streams, trajectory);
    }

    /// The same for the path of outputs that no detector sees.
    pub(super) fn start_discarded(&mut self, streams: &Streams, trajectory: u64) {
        self.start_for(Purpose::Discarded, Purpose::DiscardedBridge, streams, trajectory);
    }

    fn start_for(&mut self, noise: Purpose, bridge: Purpose, streams: &Streams, trajectory: u64) {
        self.noise = streams.open(noise, trajectory);
        for (level, rng) in (1..).zip(&mut self.bridges) {
            *rng = streams.open_refined(bridge, level, trajectory);
        }
    }

    /// Draws the next coarse step of length `h`; returns its 2^refinement rows of increments, each over
    /// h / 2^refinement, with variance equal to that length.
    pub fn next_step(&mut self, h: f64) -> &[f64] {
        let channels = self.channels;
        let root = h.sqrt();
        for w in &mut self.increments[..channels] {
            *w = root * normal(&mut self.noise);
        }
        let mut rows = 1;
        for rng in &mut self.bridges {
            let spread = 0.5 * (h / rows as f64).sqrt();
            // Spread from the last row to the first, so that row r can move to row 2 r in place.
            for row in (0..rows).rev() {
                for c in 0..channels {
                    let whole = self.increments[row * channels + c];
                    self.increments[2 * row * channels + c] = whole;
                }
            }
            for row in 0..rows {
                for c in 0..channels {
                    let whole = self.increments[2 * row * channels + c];
                    let left = 0.5 * whole + spread * normal(rng);
                    self.increments[2 * row * channels + c] = left;
                    self.increments[(2 * row + 1) * channels + c] = whole - left;
                }
            }
            rows *= 2;
        }
        &self.increments
    }

    /// Lends out the increments of the current coarse step, to be returned by [`WienerPath::put_back`] before the next:
    /// they are read while the rest of a workspace is written.
    pub(super) fn lend(&mut self) -> Vec<f64> {
        std::mem::take(&mut self.increments)
    }

    /// Takes back what [`WienerPath::lend`] gave.
    pub(super) fn put_back(&mut self, increments: Vec<f64>) {
        self.increments = increments;
    }

    /// Number of real Wiener processes.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Number of rows a coarse step has.
    pub fn rows(&self) -> usize {
        1 << self.refinement
    }
}

fn normal<R: rand::Rng>(rng: &mut R) -> f64 {
    StandardNormal.sample(rng)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refinement_keeps_the_coarse_path_and_has_the_right_variance() {
        let streams = Streams::new(11, 0);
        let mut paths: Vec<WienerPath> = (0..4).map(|r| WienerPath::new(3, r)).collect();
        let mut squares = [0.0; 4];
        for trajectory in 0..500 {
            for p in &mut paths {
                p.start(&streams, trajectory);
            }
            for _ in 0..2 {
                let rows: Vec<Vec<f64>> = paths.iter_mut().map(|p| p.next_step(0.1).to_vec()).collect();
                for r in 1..4 {
                    for (k, coarse) in rows[r - 1].iter().enumerate() {
                        let (row, c) = (k / 3, k % 3);
                        let sum = rows[r][2 * row * 3 + c] + rows[r][(2 * row + 1) * 3 + c];
                        assert!((sum - coarse).abs() < 1e-15);
                    }
                }
                for (total, r) in squares.iter_mut().zip(&rows) {
                    *total += r.iter().map(|w| w * w).sum::<f64>();
                }
            }
        }
        // 3000 independent coarse increments of variance 0.1 in total length 300: relative standard error
        // sqrt(2/3000) = 2.6 % and less when refined; 4 standard errors.
        for total in squares {
            assert!((total / 300.0 - 1.0).abs() < 0.105, "{total}");
        }
    }

    #[test]
    fn steps_divide_the_interval() {
        let grid = Grid::new(0.1);
        assert_eq!(grid.steps(0.0, 1.0).0, 10);
        assert_eq!(grid.steps(2.0, 3.0).0, 10);
        let (steps, h) = Grid::new(0.3).steps(0.0, 1.0);
        assert_eq!(steps, 4);
        assert!((h - 0.25).abs() < 1e-15);
    }
}
