//! Schedules: a scalar as a function of time, such as the pump g(t).

use crate::formula::{Formula, FormulaError};
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A scalar function of time. Before `start` it keeps its first value, after `end` its last one.
///
/// In a model file: a plain number, or one of the tables below, such as `{ linear = { to = 2.0, end = 20.0 } }`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same value at all times.
    Constant(f64),
    /// from + (to - from) s, s = (t - start)/(end - start).
    Linear(Ramp),
    /// from (to/from)^s: equal ratios in equal times. `from` and `to` have the same sign and are not zero.
    Geometric(Ramp),
    /// from + (to - from) s^2 (3 - 2 s): no kink at either end.
    Smooth(Ramp),
    /// Straight lines through points [t, value], times increasing.
    Piecewise(Vec<[f64; 2]>),
    /// A formula in t, such as `"2*t/20"`.
    Formula(String),
}

/// Ends of a ramp.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// Value at and before `start`.
    #[serde(default)]
    pub from: f64,
    /// Value at and after `end`.
    pub to: f64,
    /// Time at which the ramp starts.
    #[serde(default)]
    pub start: f64,
    /// Time at which the ramp ends.
    pub end: f64,
}

/// The tables a schedule may be written as; a plain number is read before this.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Table {
    Constant(f64),
    Linear(Ramp),
    Geometric(Ramp),
    Smooth(Ramp),
    Piecewise(Vec<[f64; 2]>),
    Formula(String),
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrTable;
        impl<'de> Visitor<'de> for NumberOrTable {
            type Value = Schedule;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a number or one of { linear = .. }, { geometric = .. }, { smooth = .. }, { piecewise = .. }, { formula = .. }")
            }
            fn visit_f64<E>(self, value: f64) -> Result<Schedule, E> {
                Ok(Schedule::Constant(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Schedule, E> {
                Ok(Schedule::Constant(value as f64))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Schedule, E> {
                Ok(Schedule::Constant(value as f64))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Schedule, A::Error> {
                Ok(match Table::deserialize(MapAccessDeserializer::new(map))? {
                    Table::Constant(v) => Schedule::Constant(v),
                    Table::Linear(r) => Schedule::Linear(r),
                    Table::Geometric(r) => Schedule::Geometric(r),
                    Table::Smooth(r) => Schedule::Smooth(r),
                    Table::Piecewise(p) => Schedule::Piecewise(p),
                    Table::Formula(f) => Schedule::Formula(f),
                })
            }
        }
        deserializer.deserialize_any(NumberOrTable)
    }
}

/// What is wrong with a schedule.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// `end` does not lie after `start`.
    #[error("the ramp ends at {end} but starts at {start}; end must be larger than start")]
    EmptyRamp {
        /// Start time given.
        start: f64,
        /// End time given.
        end: f64,
    },
    /// A geometric ramp through zero.
    #[error("a geometric ramp needs from and to of one sign and not zero, got from = {from} and to = {to}; use linear")]
    GeometricSign {
        /// First value given.
        from: f64,
        /// Last value given.
        to: f64,
    },
    /// Piecewise points out of order or missing.
    #[error("piecewise point {index} has time {time}, which is not after the one before it; times must increase")]
    NotIncreasing {
        /// Index of the point, from 0.
        index: usize,
        /// Its time.
        time: f64,
    },
    /// No points at all.
    #[error("a piecewise schedule needs at least one point [t, value]")]
    NoPoints,
    /// A number that is not finite.
    #[error("a schedule has a value that is not finite ({0}); give finite numbers")]
    NotFinite(f64),
    /// The formula does not parse.
    #[error("{0}")]
    Formula(#[from] FormulaError),
}

/// A schedule checked and ready to evaluate.
#[derive(Clone, Debug)]
pub struct CompiledSchedule(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Plain(Schedule),
    Formula(Formula),
    /// factor v^2.
    Square(f64, Box<Kind>),
    /// sqrt(factor v).
    Root(f64, Box<Kind>),
}

impl Schedule {
    /// Checks the schedule and compiles its formula, if it is one.
    pub fn compile(&self) -> Result<CompiledSchedule, ScheduleError> {
        let finite = |values: &[f64]| match values.iter().find(|v| !v.is_finite()) {
            Some(&v) => Err(ScheduleError::NotFinite(v)),
            None => Ok(()),
        };
        match self {
            Schedule::Constant(v) => finite(&[*v])?,
            Schedule::Linear(r) | Schedule::Geometric(r) | Schedule::Smooth(r) => {
                finite(&[r.from, r.to, r.start, r.end])?;
                if r.end <= r.start {
                    return Err(ScheduleError::EmptyRamp { start: r.start, end: r.end });
                }
                if matches!(self, Schedule::Geometric(_)) && r.from * r.to <= 0.0 {
                    return Err(ScheduleError::GeometricSign { from: r.from, to: r.to });
                }
            }
            Schedule::Piecewise(points) => {
                if points.is_empty() {
                    return Err(ScheduleError::NoPoints);
                }
                points.iter().try_for_each(|p| finite(p))?;
                if let Some(k) = points.windows(2).position(|w| w[1][0] <= w[0][0]) {
                    return Err(ScheduleError::NotIncreasing { index: k + 1, time: points[k + 1][0] });
                }
            }
            Schedule::Formula(text) => {
                return Ok(CompiledSchedule(Kind::Formula(Formula::parse(text, &["t"])?)));
            }
        }
        Ok(CompiledSchedule(Kind::Plain(self.clone())))
    }
}

impl CompiledSchedule {
    /// The constant schedule.
    pub fn constant(value: f64) -> Self {
        Self(Kind::Plain(Schedule::Constant(value)))
    }

    /// True where the schedule was given as a constant, or is made of one.
    pub fn is_constant(&self) -> bool {
        self.0.is_constant()
    }

    /// `factor` times the square of the schedule.
    pub fn squared(&self, factor: f64) -> Self {
        Self(Kind::Square(factor, Box::new(self.0.clone())))
    }

    /// The square root of `factor` times the schedule; not a number where that is negative.
    pub fn root(&self, factor: f64) -> Self {
        Self(Kind::Root(factor, Box::new(self.0.clone())))
    }

    /// The value at time `t`.
    pub fn value(&self, t: f64) -> f64 {
        self.0.value(t)
    }
}

impl Kind {
    fn is_constant(&self) -> bool {
        match self {
            Kind::Plain(s) => matches!(s, Schedule::Constant(_)),
            Kind::Formula(_) => false,
            Kind::Square(_, of) | Kind::Root(_, of) => of.is_constant(),
        }
    }

    fn value(&self, t: f64) -> f64 {
        let fraction = |r: &Ramp| ((t - r.start) / (r.end - r.start)).clamp(0.0, 1.0);
        match self {
            Kind::Formula(f) => f.eval(&[t]),
            Kind::Square(factor, of) => factor * of.value(t).powi(2),
            Kind::Root(factor, of) => (factor * of.value(t)).sqrt(),
            Kind::Plain(Schedule::Linear(r)) => r.from + (r.to - r.from) * fraction(r),
            Kind::Plain(Schedule::Geometric(r)) => r.from * (r.to / r.from).powf(fraction(r)),
            Kind::Plain(Schedule::Smooth(r)) => {
                let s = fraction(r);
                r.from + (r.to - r.from) * s * s * (3.0 - 2.0 * s)
            }
            Kind::Plain(Schedule::Piecewise(points)) => interpolate(points, t),
            Kind::Plain(Schedule::Constant(v)) => *v,
            // `compile` turns every formula into its parsed form.
            Kind::Plain(Schedule::Formula(_)) => f64::NAN,
        }
    }
}

fn interpolate(points: &[[f64; 2]], t: f64) -> f64 {
    let after = points.partition_point(|p| p[0] <= t);
    if after == 0 {
        return points[0][1];
    }
    let [t0, v0] = points[after - 1];
    match points.get(after) {
        Some(&[t1, v1]) => v0 + (v1 - v0) * (t - t0) / (t1 - t0),
        None => v0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(schedule: Schedule, t: f64) -> f64 {
        schedule.compile().unwrap().value(t)
    }

    #[test]
    fn ramps_take_their_ends_and_midpoints() {
        let ramp = Ramp { from: 1.0, to: 4.0, start: 2.0, end: 6.0 };
        for (schedule, middle) in
            [(Schedule::Linear(ramp), 2.5), (Schedule::Geometric(ramp), 2.0), (Schedule::Smooth(ramp), 2.5)]
        {
            let at = |t| value(schedule.clone(), t);
            assert_eq!((at(0.0), at(2.0), at(6.0), at(9.0)), (1.0, 1.0, 4.0, 4.0));
            assert!((at(4.0) - middle).abs() < 1e-14);
        }
        let slope = |t: f64| value(Schedule::Smooth(ramp), t + 1e-6) - value(Schedule::Smooth(ramp), t);
        assert!(slope(2.0).abs() < 1e-11 && slope(5.999_998).abs() < 1e-11);
    }

    #[test]
    fn piecewise_and_formula_agree_on_a_straight_line() {
        let points = Schedule::Piecewise(vec![[0.0, 0.0], [5.0, 0.5], [20.0, 2.0]]);
        for t in [0.0, 3.0, 5.0, 11.0, 20.0] {
            let formula = value(Schedule::Formula("2*t/20".into()), t);
            assert!((value(points.clone(), t) - formula).abs() < 1e-15);
        }
    }

    #[test]
    fn bad_schedules_are_refused_with_their_numbers() {
        let ramp = |from, to, start, end| Ramp { from, to, start, end };
        let message = |s: Schedule| s.compile().unwrap_err().to_string();
        assert!(message(Schedule::Linear(ramp(0.0, 1.0, 3.0, 3.0))).contains("ends at 3 but starts at 3"));
        assert!(message(Schedule::Geometric(ramp(0.0, 1.0, 0.0, 3.0))).contains("use linear"));
        assert!(message(Schedule::Piecewise(vec![[1.0, 0.0], [0.5, 1.0]])).contains("point 1 has time 0.5"));
        assert!(message(Schedule::Constant(f64::NAN)).contains("not finite"));
        assert!(message(Schedule::Formula("2*x".into())).contains('x'));
    }
}
