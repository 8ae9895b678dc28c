//! What the file of a problem counts.

/// What the file of a problem counts, as a function of the Ising energy E.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// The energy E itself, to be made small.
    Energy,
    /// The weight of the edges that are cut, (W - E)/2, to be made large.
    Cut {
        /// Sum W of the weights.
        total_weight: f64,
    },
    /// An objective E + offset, to be made small.
    Objective {
        /// The difference.
        offset: f64,
    },
}

impl Measure {
    /// The measure of a state of energy `energy`.
    pub fn of(&self, energy: f64) -> f64 {
        match self {
            Measure::Energy => energy,
            Measure::Cut { total_weight } => 0.5 * (total_weight - energy),
            Measure::Objective { offset } => energy + offset,
        }
    }

    /// The energy of a state of measure `value`.
    pub fn energy(&self, value: f64) -> f64 {
        match self {
            Measure::Energy => value,
            Measure::Cut { total_weight } => total_weight - 2.0 * value,
            Measure::Objective { offset } => value - offset,
        }
    }

    /// Its name: `energy`, `cut` or `objective`.
    pub fn name(&self) -> &'static str {
        match self {
            Measure::Energy => "energy",
            Measure::Cut { .. } => "cut",
            Measure::Objective { .. } => "objective",
        }
    }
}
