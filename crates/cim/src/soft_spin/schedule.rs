//! Pump and temperature along a run.

use super::Langevin;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A pump and a temperature as broken lines over the part of the run that has gone by, from 0 to 1.
///
/// Before its first knot and after its last a line is constant; two knots at one place make a jump, and the later one holds there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnealingSchedule {
    /// Gradient steps.
    pub steps: u64,
    /// Time step at a <= 0; dt/(1 + a/4) above.
    #[serde(default = "time_step")]
    pub dt: f64,
    /// Knots [part, a] of the pump.
    pub pump: Vec<[f64; 2]>,
    /// Knots [part, T] of the temperature; none means 0.
    #[serde(default)]
    pub temperature: Vec<[f64; 2]>,
}

fn time_step() -> f64 {
    0.2
}

impl AnnealingSchedule {
    /// Constant knots and a line between: pump from `pump[0]` to `pump[1]`, temperature from `temperature` to 0.
    pub fn linear(steps: u64, pump: [f64; 2], temperature: f64) -> Self {
        let line = |ends: [f64; 2]| vec![[0.0, ends[0]], [1.0, ends[1]]];
        let temperature = if temperature > 0.0 { line([temperature, 0.0]) } else { Vec::new() };
        Self { steps, dt: time_step(), pump: line(pump), temperature }
    }

    /// What is wrong with it, and in which key.
    pub fn problem(&self) -> Option<(&'static str, String)> {
        if self.steps == 0 {
            return Some(("steps", "steps = 0, expected at least 1".into()));
        }
        if !(self.dt > 0.0 && self.dt <= 1.0) {
            return Some(("dt", format!("dt = {}, expected a number above 0, at most 1", self.dt)));
        }
        if self.pump.is_empty() {
            return Some(("pump", "pump has no knots, expected at least one [part, a]".into()));
        }
        for (key, knots) in [("pump", &self.pump), ("temperature", &self.temperature)] {
            for [part, value] in knots {
                if !(0.0..=1.0).contains(part) {
                    return Some((key, format!("{key}: a knot at {part}, expected a part of the run, from 0 to 1")));
                }
                let positive = key == "pump" || *value >= 0.0;
                if !(value.is_finite() && value.abs() <= 1000.0 && positive) {
                    let least = if key == "pump" { "from -1000 to 1000" } else { "from 0 to 1000" };
                    return Some((key, format!("{key}: {value} at {part}, expected a number {least}")));
                }
            }
            if let Some(pair) = knots.windows(2).find(|pair| pair[1][0] < pair[0][0]) {
                let (before, after) = (pair[0][0], pair[1][0]);
                return Some((key, format!("{key}: a knot at {after} after one at {before}, expected rising parts")));
            }
        }
        None
    }

    /// The step after this part of the run.
    pub fn at(&self, part: f64) -> Langevin {
        Langevin { dt: self.dt, pump: line(&self.pump, part), temperature: line(&self.temperature, part) }
    }

    /// The lowest pump of all knots.
    pub fn lowest_pump(&self) -> f64 {
        self.pump.iter().map(|knot| knot[1]).fold(f64::INFINITY, f64::min)
    }

    /// Step k of all.
    pub fn step(&self, k: u64) -> Langevin {
        self.at(if self.steps > 1 { k as f64 / (self.steps - 1) as f64 } else { 1.0 })
    }
}

/// The broken line through `knots` at `part`; 0 without knots.
fn line(knots: &[[f64; 2]], part: f64) -> f64 {
    let after = knots.partition_point(|knot| knot[0] <= part);
    match (after.checked_sub(1).map(|k| knots[k]), knots.get(after).copied()) {
        (Some([from, low]), Some([to, high])) => low + (high - low) * (part - from) / (to - from),
        (Some([_, value]), None) | (None, Some([_, value])) => value,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_through_their_knots_and_jump_where_two_meet() {
        let knots = [[0.25, -2.0], [0.75, 0.0], [0.75, 1.0]];
        for (part, value) in [(0.0, -2.0), (0.25, -2.0), (0.5, -1.0), (0.75, 1.0), (1.0, 1.0)] {
            assert_eq!(line(&knots, part), value, "{part}");
        }
        assert_eq!(line(&[], 0.3), 0.0);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_key() {
        let good = AnnealingSchedule::linear(10, [-2.0, 1.0], 0.1);
        assert_eq!(good.problem(), None);
        let bad = |change: &dyn Fn(&mut AnnealingSchedule)| {
            let mut schedule = good.clone();
            change(&mut schedule);
            schedule.problem().unwrap().1
        };
        assert_eq!(bad(&|s| s.steps = 0), "steps = 0, expected at least 1");
        assert!(bad(&|s| s.dt = f64::NAN).starts_with("dt = NaN, expected"));
        assert!(bad(&|s| s.pump[1][0] = 1.5).starts_with("pump: a knot at 1.5"));
        assert!(bad(&|s| s.temperature[0][1] = -1.0).starts_with("temperature: -1 at 0"));
        assert!(bad(&|s| s.pump = vec![[0.5, 0.0], [0.2, 1.0]]).contains("a knot at 0.2 after one at 0.5"));
    }
}
