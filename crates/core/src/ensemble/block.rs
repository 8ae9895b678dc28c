//! A block of consecutive trajectories: how it is run and what it leaves.

use super::{EnsembleError, Layout, Level, Process};
use crate::stats::{Moments, merge_tree};
use crate::unravel::{Click, Measured};

/// Measurement records of the trajectories of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Tracks {
    /// The level has none, or they are not kept.
    None,
    /// Clicks of each trajectory.
    Clicks(Vec<Vec<Click>>),
    /// Increments of each trajectory, `width` per step.
    Increments {
        /// Numbers per step.
        width: usize,
        /// One vector per trajectory.
        rows: Vec<Vec<f64>>,
    },
    /// Both.
    Both {
        /// Clicks of each trajectory.
        clicks: Vec<Vec<Click>>,
        /// Numbers per step.
        width: usize,
        /// Increments, one vector per trajectory.
        rows: Vec<Vec<f64>>,
    },
}

/// The outcome of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Index of the block; its first trajectory is index times block size.
    pub index: u64,
    /// Moments over the block of every (time, column), time-major.
    pub moments: Moments,
    /// For each stored quantity: (trajectory, time, element).
    pub stored: Vec<Vec<f64>>,
    /// Scalar quantities at the last time: (trajectory, scalar).
    pub finals: Vec<f64>,
    /// Measurement records.
    pub tracks: Tracks,
    /// Thread time spent, seconds.
    pub seconds: f64,
}

/// Runs blocks of one level on one worker, reusing its workspace.
pub struct BlockRunner<'a> {
    process: Box<dyn Process + 'a>,
    layout: &'a Layout,
    times: &'a [f64],
    keep_tracks: bool,
    /// One trajectory: (time, column).
    rows: Vec<f64>,
}

impl<'a> BlockRunner<'a> {
    /// A worker for `level` observed at `times` (at least one, increasing; the state starts at the first).
    pub fn new(level: &'a dyn Level, times: &'a [f64], keep_tracks: bool) -> Self {
        let layout = level.layout();
        Self { process: level.process(), layout, times, keep_tracks, rows: vec![0.0; times.len() * layout.width()] }
    }

    /// Runs one trajectory; returns its rows, (time, column).
    pub fn trajectory(&mut self, trajectory: u64) -> Result<&[f64], EnsembleError> {
        let failed = |source| EnsembleError::Trajectory { trajectory, source };
        let width = self.layout.width();
        self.process.start(trajectory);
        for (k, &t) in self.times.iter().enumerate() {
            if k > 0 {
                self.process.advance(self.times[k - 1], t).map_err(failed)?;
            }
            let row = &mut self.rows[k * width..(k + 1) * width];
            self.process.observe(row).map_err(failed)?;
            if let Some(bad) = row.iter().position(|v| !v.is_finite()) {
                let quantity = self.layout.columns().take_while(|(c, _)| *c <= bad).last();
                let quantity = quantity.map_or(String::new(), |(_, q)| q.name.clone());
                return Err(EnsembleError::NotFinite { trajectory, quantity, value: row[bad], t });
            }
        }
        Ok(&self.rows)
    }

    /// Runs block `index`, the `count` trajectories from `first`.
    pub fn block(&mut self, index: u64, first: u64, count: u64) -> Result<Block, EnsembleError> {
        let begin = std::time::Instant::now();
        let (width, layout) = (self.layout.width(), self.layout);
        let stored_columns: Vec<(usize, usize)> =
            layout.columns().filter(|(_, q)| q.store).map(|(c, q)| (c, q.shape.width())).collect();
        let scalars = layout.scalars();
        let mut leaves = Vec::with_capacity(count as usize);
        let mut stored = vec![Vec::new(); stored_columns.len()];
        let mut finals = Vec::new();
        let mut tracks = Tracks::None;
        for trajectory in first..first + count {
            let rows = self.trajectory(trajectory)?;
            leaves.push(Moments::leaf(rows));
            for ((column, len), out) in stored_columns.iter().zip(&mut stored) {
                rows.chunks_exact(width).for_each(|row| out.extend_from_slice(&row[*column..column + len]));
            }
            if let Some(last) = rows.chunks_exact(width.max(1)).last() {
                finals.extend(scalars.iter().map(|(_, c)| last[*c]));
            }
            if self.keep_tracks {
                keep(self.process.measured(), &mut tracks);
            }
        }
        let moments = merge_tree(&leaves).unwrap_or(Moments { count: 0, mean: vec![], m2: vec![] });
        Ok(Block { index, moments, stored, finals, tracks, seconds: begin.elapsed().as_secs_f64() })
    }
}

fn keep(measured: Option<Measured<'_>>, tracks: &mut Tracks) {
    let Some(measured) = measured else { return };
    if *tracks == Tracks::None {
        let (width, _) = measured.increments();
        *tracks = match measured {
            Measured::Clicks(_) => Tracks::Clicks(vec![]),
            Measured::Increments { .. } => Tracks::Increments { width, rows: vec![] },
            Measured::Both { .. } => Tracks::Both { clicks: vec![], width, rows: vec![] },
        };
    }
    let (seen, increments) = (measured.clicks(), measured.increments().1);
    if let Tracks::Clicks(clicks) | Tracks::Both { clicks, .. } = tracks {
        clicks.push(seen.to_vec());
    }
    if let Tracks::Increments { rows, .. } | Tracks::Both { rows, .. } = tracks {
        rows.push(increments.to_vec());
    }
}
