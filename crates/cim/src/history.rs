//! Energies along a run, as many points as are asked for.

use std::cell::RefCell;

/// A point of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Steps done.
    pub step: u64,
    /// Lowest energy of the replicas at their last readout.
    pub lowest: f64,
    /// Its mean over the replicas.
    pub mean: f64,
}

/// Points of one run, evenly spaced over its steps: O(points) memory, whatever the steps.
#[derive(Debug, Default)]
pub struct History {
    /// Steps between points; 0: none are kept.
    every: u64,
    points: RefCell<Vec<Point>>,
}

impl History {
    /// About `points` points of a run of `steps` steps; none for 0.
    pub fn new(points: u64, steps: u64) -> Self {
        let every = steps.checked_div(points).map_or(0, |every| every.max(1));
        Self { every, points: RefCell::default() }
    }

    /// Keeps the energies after step k, if it is time for them.
    pub fn note(&self, k: u64, energies: impl FnOnce() -> Vec<f64>) {
        if self.every == 0 || !(k + 1).is_multiple_of(self.every) {
            return;
        }
        let energies = energies();
        let lowest = energies.iter().copied().fold(f64::INFINITY, f64::min);
        let mean = energies.iter().sum::<f64>() / energies.len() as f64;
        self.points.borrow_mut().push(Point { step: k + 1, lowest, mean });
    }

    /// The points.
    pub fn into_points(self) -> Vec<Point> {
        self.points.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_spread_over_the_run() {
        let history = History::new(4, 100);
        (0..100).for_each(|k| history.note(k, || vec![-(k as f64), 0.0]));
        let points = history.into_points();
        assert_eq!(points.iter().map(|p| p.step).collect::<Vec<_>>(), [25, 50, 75, 100]);
        assert_eq!((points[1].lowest, points[1].mean), (-49.0, -24.5));
        let none = History::new(0, 100);
        none.note(0, || unreachable!("not asked for"));
        assert!(none.into_points().is_empty());
    }
}
