//! What is asked of a photon model.

use lightfall_optics::Setting;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Numbers of photons per MAC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected { from = .., to = .., points = .. } or a list of numbers")]
pub enum PerMac {
    /// In equal ratios.
    Range(Ratios),
    /// One by one.
    List(Vec<f64>),
}

/// Numbers in equal ratios.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ratios {
    /// First.
    pub from: f64,
    /// Last.
    pub to: f64,
    /// How many.
    pub points: usize,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Question {
    /// Detected photons per MAC, of the arms that the device counts, at which the accuracy is found; 13 from 0.03 to 30 by default.
    pub per_mac: Option<PerMac>,
    /// Exposures at which the accuracy is found, for devices whose weights set the light; 1, 2, 3, 5, 10, 30 by default.
    pub shots: Option<Vec<u32>>,
    /// Accuracies to reach.
    pub targets: Vec<f64>,
    /// Photons per MAC around which layers are compared and light is shared out; none: neither is done.
    pub at: Option<f64>,
    /// Bits of the converters (of the operands of a fan-out) for which the photons of every target are found, beside those of the device.
    pub bits: Vec<u32>,
    /// Whether inputs that are uncertain are measured again, for the first target.
    pub adaptive: bool,
    /// Noise seeds of every figure.
    pub seeds: u64,
    /// Devices, each with errors of its own making; every one is used under every noise seed.
    pub devices: usize,
    /// Noise seeds of every split that is tried.
    pub search_seeds: u64,
    /// Seed of all noise.
    pub seed: u64,
}

impl Default for Question {
    fn default() -> Self {
        Self {
            per_mac: None,
            shots: None,
            targets: Vec::new(),
            at: None,
            bits: Vec::new(),
            adaptive: false,
            seeds: 40,
            devices: 1,
            search_seeds: 4,
            seed: 0,
        }
    }
}

/// What is wrong, as (key, message).
type Problem = Option<(&'static str, String)>;

/// Beyond, nothing is left of the noise.
fn is_light(p: f64) -> bool {
    p > 0.0 && p <= 1e9
}

impl PerMac {
    fn numbers(&self) -> Vec<f64> {
        match self {
            Self::List(all) => all.clone(),
            Self::Range(Ratios { from, to, points }) => {
                let last = (*points - 1) as f64;
                let at = |k: usize| if k + 1 == *points { *to } else { from * (to / from).powf(k as f64 / last) };
                (0..*points).map(at).collect()
            }
        }
    }

    fn problem(&self) -> Problem {
        let dark = |p: &f64| ("per_mac", format!("per_mac has {p} photons, expected numbers above 0 and at most 1e9"));
        match self {
            Self::List(all) if all.is_empty() => {
                Some(("per_mac", "per_mac is empty, expected a number of photons".into()))
            }
            Self::List(all) => all.iter().find(|p| !is_light(**p)).map(dark),
            Self::Range(r) => [r.from, r.to].iter().find(|p| !is_light(**p)).map(dark).or_else(|| {
                let bad = !(2..=1000).contains(&r.points);
                bad.then(|| ("per_mac", format!("per_mac has {} points, expected 2 to 1000", r.points)))
            }),
        }
    }
}

impl Question {
    /// Photons per MAC, or exposures.
    pub fn settings(&self, setting: Setting) -> Vec<f64> {
        match setting {
            Setting::Shots => {
                let usual = || vec![1, 2, 3, 5, 10, 30];
                self.shots.clone().unwrap_or_else(usual).into_iter().map(f64::from).collect()
            }
            _ => {
                let decades = PerMac::Range(Ratios { from: 0.03, to: 30.0, points: 13 });
                self.per_mac.as_ref().unwrap_or(&decades).numbers()
            }
        }
    }

    /// What is wrong, as (key, message), for a device whose light is set by `setting`.
    pub(super) fn problem(&self, setting: Setting) -> Problem {
        self.per_mac.as_ref().and_then(PerMac::problem).or_else(|| self.of_setting(setting)).or_else(|| self.counts())
    }

    fn of_setting(&self, setting: Setting) -> Problem {
        let shots = setting == Setting::Shots;
        if let Some(list) = &self.shots {
            if !shots {
                return Some((
                    "shots",
                    "shots belongs to devices whose weights set the light; expected per_mac".into(),
                ));
            }
            let bad = list.iter().find(|k| !(1..=65_536).contains(*k));
            if list.is_empty() || bad.is_some() {
                let found = bad.map_or_else(|| "is empty".to_owned(), |k| format!("has {k}"));
                return Some(("shots", format!("shots {found}, expected exposures from 1 to 65536")));
            }
        }
        let only_photons = [
            ("per_mac", self.per_mac.is_some()),
            ("at", self.at.is_some()),
            ("adaptive", self.adaptive),
            ("bits", !self.bits.is_empty()),
        ];
        let (key, _) = only_photons.into_iter().find(|(_, given)| *given && shots)?;
        Some((key, format!("{key} has no meaning here: the weights set the light of an exposure; expected shots")))
    }

    fn counts(&self) -> Problem {
        if let Some(bad) = self.targets.iter().find(|t| !(**t > 0.0 && **t <= 1.0)) {
            return Some(("targets", format!("targets has {bad}, expected accuracies above 0 and at most 1")));
        }
        if let Some(at) = self.at.filter(|p| !is_light(*p)) {
            return Some(("at", format!("at = {at} photons, expected a number above 0 and at most 1e9")));
        }
        let counts = [("seeds", self.seeds), ("search_seeds", self.search_seeds)];
        if let Some((key, n)) = counts.into_iter().find(|(_, n)| !(1..=1 << 20).contains(n)) {
            return Some((key, format!("{key} = {n}, expected at least 1 and at most {}", 1 << 20)));
        }
        if let Some(bits) = self.bits.iter().find(|b| !(2..=16).contains(*b)) {
            return Some(("bits", format!("bits has {bits}, expected 2 to 16")));
        }
        let needs = [("bits", !self.bits.is_empty()), ("adaptive", self.adaptive)];
        if let Some((key, _)) = needs.into_iter().find(|(_, asked)| *asked && self.targets.is_empty()) {
            return Some((key, format!("{key} is asked for without targets, expected targets = [..]")));
        }
        if self.seeds * self.devices as u64 == 1 && !self.targets.is_empty() {
            let message = "seeds = 1, but the photons for a target are an interval over noise seeds; give at least 2";
            return Some(("seeds", message.into()));
        }
        None
    }
}
