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
    /// Trajectories run together.
    columns: usize,
    /// (trajectory, time, column).
    rows: Vec<f64>,
}

/// Numbers of rows up to which trajectories are run together: 32 MB.
const TOGETHER: usize = 1 << 22;

impl<'a> BlockRunner<'a> {
    /// A worker for `level` observed at `times` (at least one, increasing; the state starts at the first).
    pub fn new(level: &'a dyn Level, times: &'a [f64], keep_tracks: bool) -> Self {
        let layout = level.layout();
        let (process, length) = (level.process(), times.len() * layout.width());
        let columns = process.columns().clamp(1, (TOGETHER / length.max(1)).max(1));
        Self { process, layout, times, keep_tracks, columns, rows: vec![0.0; columns * length] }
    }

    /// Trajectories that are run together.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Runs one trajectory; returns its rows, (time, column).
    pub fn trajectory(&mut self, trajectory: u64) -> Result<&[f64], EnsembleError> {
        self.together(trajectory, 1)?;
        Ok(self.rows_of(0))
    }

    fn rows_of(&self, column: usize) -> &[f64] {
        let length = self.times.len() * self.layout.width();
        &self.rows[column * length..(column + 1) * length]
    }

    /// Runs the `count` trajectories from `first` on side by side; errors name the first of them.
    fn together(&mut self, first: u64, count: usize) -> Result<(), EnsembleError> {
        let failed =
            |column: usize| move |source| EnsembleError::Trajectory { trajectory: first + column as u64, source };
        let width = self.layout.width();
        self.process.start(first, count);
        for (k, &t) in self.times.iter().enumerate() {
            if k > 0 {
                self.process.advance(self.times[k - 1], t).map_err(failed(0))?;
            }
            for column in 0..count {
                let at = (column * self.times.len() + k) * width;
                let row = &mut self.rows[at..at + width];
                self.process.observe(column, row).map_err(failed(column))?;
                if let Some(bad) = row.iter().position(|v| !v.is_finite()) {
                    let quantity = self.layout.columns().take_while(|(c, _)| *c <= bad).last();
                    let quantity = quantity.map_or(String::new(), |(_, q)| q.name.clone());
                    let trajectory = first + column as u64;
                    return Err(EnsembleError::NotFinite { trajectory, quantity, value: row[bad], t });
                }
            }
        }
        Ok(())
    }

    /// As `together`; after a failure one by one, to find the trajectory to blame: the first in order, whoever its neighbours are.
    fn group(&mut self, first: u64, count: usize) -> Result<(), EnsembleError> {
        let error = match self.together(first, count) {
            Err(error) if count > 1 => error,
            outcome => return outcome,
        };
        for trajectory in first..first + count as u64 {
            self.together(trajectory, 1)?;
        }
        Err(error)
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
        let end = first + count;
        for start in (first..end).step_by(self.columns) {
            let together = self.columns.min((end - start) as usize);
            self.group(start, together)?;
            for column in 0..together {
                let rows = self.rows_of(column);
                leaves.push(Moments::leaf(rows));
                for ((column, len), out) in stored_columns.iter().zip(&mut stored) {
                    rows.chunks_exact(width).for_each(|row| out.extend_from_slice(&row[*column..column + len]));
                }
                if let Some(last) = rows.chunks_exact(width.max(1)).last() {
                    finals.extend(scalars.iter().map(|(_, c)| last[*c]));
                }
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
