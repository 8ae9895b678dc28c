//! Photons for an accuracy.

use super::Programmed;
use crate::engine::Setting;
use crate::{Dataset, EngineError};
use lightfall_core::stats::{Estimate, wilson};
use serde::{Deserialize, Serialize};

/// Photons that reach a target, as an interval. Bounds are `None` outside the range that is searched: below its least or above its most photons.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Required {
    /// Accuracy to reach.
    pub target: f64,
    /// What the light of every layer is set by, where the mean over devices and noise seeds reaches it.
    pub setting: f64,
    /// Detected photons per MAC there.
    pub photons_per_mac: f64,
    /// Photons per MAC below which it is missed by more than two standard errors of the noise seeds (or devices).
    pub low: Option<f64>,
    /// Photons per MAC above which it is passed by more than two standard errors.
    pub high: Option<f64>,
    /// As `low`, with the samples as a draw from more: the 95 % interval of the test set.
    pub low_of_samples: Option<f64>,
    /// As `high`, with the samples as a draw from more; `None` where the noiseless accuracy leaves no room.
    pub high_of_samples: Option<f64>,
}

/// Why there is no such number.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RequiredError {
    /// A target above what the network reaches without noise.
    #[error(
        "target = {target} is above the accuracy without noise, {ceiling:.4}, which no number of photons is sure to pass; ask for {ceiling:.4} or less"
    )]
    Ceiling {
        /// Target.
        target: f64,
        /// Accuracy without noise.
        ceiling: f64,
    },
    /// A target that chance reaches.
    #[error("target = {target} is reached at {photons:.2e} photons per MAC already; ask for more")]
    Chance {
        /// Target.
        target: f64,
        /// Fewest photons tried.
        photons: f64,
    },
    /// A target that is not reached though the noiseless network reaches it: electronics or errors of making in the way.
    #[error(
        "target = {target} is not reached with {photons:.2e} photons per MAC, though it is without noise: read noise, intensity noise, converters or errors of making are in the way"
    )]
    Unreached {
        /// Target.
        target: f64,
        /// Most photons tried.
        photons: f64,
    },
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The user stopped it.
    #[error("interrupted")]
    Interrupted,
}

/// Relative width at which a bisection ends.
const WIDTH: f64 = 0.002;

impl Setting {
    /// Least and most that is searched.
    fn range(self) -> [f64; 2] {
        match self {
            Self::PhotonsPerMac | Self::PhotonsIntoMask => [1e-4, 1e7],
            Self::Shots => [1.0, 65_536.0],
        }
    }

    /// A value between two others, `None` where they are as near as they need be.
    fn between(self, low: f64, high: f64) -> Option<f64> {
        let middle = f64::sqrt(low * high);
        match self {
            Self::PhotonsPerMac | Self::PhotonsIntoMask => (high > low * (1.0 + WIDTH)).then_some(middle),
            Self::Shots => (high > low + 1.0).then(|| middle.round().clamp(low + 1.0, high - 1.0)),
        }
    }

    /// The answer between two neighbours: the upper one of whole numbers.
    fn answer(self, low: f64, high: f64) -> f64 {
        if self == Self::Shots { high } else { f64::sqrt(low * high) }
    }
}

/// Where a quantity that grows with the light reaches the target.
enum Reached {
    /// Below the least light.
    Below,
    At(f64),
    /// Not with the most light.
    Never,
}

/// Accuracies that are known.
struct Search<'a> {
    programmed: &'a Programmed,
    data: &'a Dataset,
    seeds: u64,
    known: Vec<(f64, Estimate)>,
    /// Where the search begins.
    start: f64,
    go_on: &'a dyn Fn() -> bool,
}

impl Search<'_> {
    fn at(&mut self, setting: f64) -> Result<Estimate, RequiredError> {
        if let Some((_, e)) = self.known.iter().find(|(p, _)| *p == setting) {
            return Ok(*e);
        }
        let uniform = self.programmed.uniform(setting);
        let found = self.programmed.accuracy_while(self.data, &uniform, 0..self.seeds, self.go_on)?;
        let e = found.ok_or(RequiredError::Interrupted)?.estimate();
        self.known.push((setting, e));
        Ok(e)
    }

    /// Bisection in the logarithm.
    fn reach(&mut self, target: f64, value: &dyn Fn(Estimate) -> f64) -> Result<Reached, RequiredError> {
        let setting = self.programmed.setting();
        let [least, most] = setting.range();
        let start = self.start.clamp(least, most);
        let (mut low, mut high) = (start, start);
        while value(self.at(high)?) < target {
            low = high;
            if high >= most {
                return Ok(Reached::Never);
            }
            high = (4.0 * high).min(most);
        }
        while value(self.at(low)?) >= target {
            high = low;
            if low <= least {
                return Ok(Reached::Below);
            }
            low = (0.25 * low).max(least);
        }
        while let Some(middle) = setting.between(low, high) {
            if value(self.at(middle)?) < target { low = middle } else { high = middle }
        }
        Ok(Reached::At(setting.answer(low, high)))
    }
}

/// The setting at which the mean accuracy on `data` over `seeds` noise seeds is `target`.
///
/// # Errors
///
/// As for [`required`].
pub(super) fn setting_for(
    programmed: &Programmed,
    data: &Dataset,
    target: f64,
    seeds: u64,
    go_on: &dyn Fn() -> bool,
) -> Result<f64, RequiredError> {
    mean_setting(&mut Search { programmed, data, seeds, known: Vec::new(), start: 1.0, go_on }, target)
}

fn mean_setting(search: &mut Search<'_>, target: f64) -> Result<f64, RequiredError> {
    let programmed = search.programmed;
    let ceiling = programmed.noiseless(search.data);
    if target > ceiling {
        return Err(RequiredError::Ceiling { target, ceiling });
    }
    let photons = |setting: f64| programmed.mean_photons(&programmed.uniform(setting));
    let [least, most] = programmed.setting().range();
    match search.reach(target, &|e| e.mean)? {
        Reached::At(setting) => Ok(setting),
        // One exposure is an answer; almost no light is not.
        Reached::Below if programmed.setting() == Setting::Shots => Ok(least),
        Reached::Below => Err(RequiredError::Chance { target, photons: photons(least) }),
        Reached::Never => Err(RequiredError::Unreached { target, photons: photons(most) }),
    }
}

/// The light, the same in all optical layers, at which the accuracy on `data` over `seeds` noise seeds is `target`: bisection in the logarithm under common random
/// numbers, from `start` on (1 where nothing is known). `go_on` is asked before every accuracy.
///
/// # Errors
///
/// [`RequiredError`], which says what is in the way.
pub fn required(
    programmed: &Programmed,
    data: &Dataset,
    target: f64,
    seeds: u64,
    start: f64,
    go_on: &dyn Fn() -> bool,
) -> Result<Required, RequiredError> {
    let n = data.len() as u64;
    let photons = |setting: f64| programmed.mean_photons(&programmed.uniform(setting));
    let mut search = Search { programmed, data, seeds, known: Vec::new(), start, go_on };
    let setting = mean_setting(&mut search, target)?;
    let two = |e: Estimate| 2.0 * e.stderr.unwrap_or(0.0);
    let samples = |e: Estimate| wilson((e.mean * n as f64).round() as u64, n, 0.95);
    let mut bound = |value: &dyn Fn(Estimate) -> f64| -> Result<Option<f64>, RequiredError> {
        Ok(match search.reach(target, value)? {
            Reached::At(setting) => Some(photons(setting)),
            Reached::Below | Reached::Never => None,
        })
    };
    Ok(Required {
        target,
        setting,
        photons_per_mac: photons(setting),
        low: bound(&|e| e.mean + two(e))?,
        high: bound(&|e| e.mean - two(e))?,
        low_of_samples: bound(&|e| samples(e).high)?,
        high_of_samples: bound(&|e| samples(e).low)?,
    })
}
