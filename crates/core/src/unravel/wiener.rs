//! Wiener increments on a grid of steps, refined by Brownian bridges so that halving the step keeps the path.

use crate::rng::{Normals, Purpose, Streams};

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

/// The Wiener paths of consecutive trajectories in columns: coarse increments from one stream, bridge midpoints from one stream a halving.
///
/// Process c of trajectory r stands at c * columns + r of a row; with one column a row is one number a process.
#[derive(Debug)]
pub struct WienerPath {
    channels: usize,
    refinement: u32,
    noise: Normals,
    bridges: Vec<Normals>,
    /// 2^refinement rows of increments of the current coarse step.
    increments: Vec<f64>,
    /// Normals of a row of midpoints.
    midpoints: Vec<f64>,
}

impl WienerPath {
    /// A path of `channels` independent real Wiener processes, refined `refinement` times.
    pub fn new(channels: usize, refinement: u32) -> Self {
        Self {
            channels,
            refinement,
            noise: Normals::new(1),
            bridges: vec![Normals::new(1); refinement as usize],
            increments: vec![0.0; channels << refinement],
            midpoints: vec![0.0; channels],
        }
    }

    /// Moves to the path of trajectory `trajectory`.
    pub fn start(&mut self, streams: &Streams, trajectory: u64) {
        self.start_columns(streams, trajectory, 1);
    }

    /// Moves to the paths of the `columns` trajectories from `first` on.
    pub fn start_columns(&mut self, streams: &Streams, first: u64, columns: usize) {
        if columns != self.noise.columns() {
            self.noise.set_columns(columns);
            self.bridges.iter_mut().for_each(|b| b.set_columns(columns));
            self.increments.resize((self.channels * columns) << self.refinement, 0.0);
            self.midpoints.resize(self.channels * columns, 0.0);
        }
        self.open(Purpose::Noise, Purpose::Bridge, streams, first);
    }

    /// As [`WienerPath::start`] for the path of outputs that no detector sees.
    pub(super) fn start_discarded(&mut self, streams: &Streams, trajectory: u64) {
        self.open(Purpose::Discarded, Purpose::DiscardedBridge, streams, trajectory);
    }

    fn open(&mut self, noise: Purpose, bridge: Purpose, streams: &Streams, first: u64) {
        self.noise.start(streams, noise, 0, first);
        for (halving, normals) in (1..).zip(&mut self.bridges) {
            normals.start(streams, bridge, halving, first);
        }
    }

    /// Draws the next coarse step of length `h`; returns its 2^refinement rows of increments, each over
    /// h / 2^refinement, with variance equal to that length.
    pub fn next_step(&mut self, h: f64) -> &[f64] {
        let width = self.midpoints.len();
        self.noise.fill(h.sqrt(), &mut self.increments[..width]);
        let mut rows = 1;
        for normals in &mut self.bridges {
            let spread = 0.5 * (h / rows as f64).sqrt();
            // Spread from the last row to the first, so that row r can move to row 2 r in place.
            for row in (0..rows).rev() {
                self.increments.copy_within(row * width..(row + 1) * width, 2 * row * width);
            }
            for pair in self.increments[..2 * rows * width].chunks_exact_mut(2 * width.max(1)) {
                normals.fill(spread, &mut self.midpoints);
                let (left, right) = pair.split_at_mut(width);
                for ((left, right), z) in left.iter_mut().zip(right).zip(&self.midpoints) {
                    let whole = *left;
                    *left = 0.5 * whole + z;
                    *right = whole - *left;
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
