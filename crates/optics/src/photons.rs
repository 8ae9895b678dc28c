//! A number of photons says where they are counted, in which arms, and per what.
//!
//! "Photons per MAC" has several meanings in the literature, a factor of ten apart. Here none can be mistaken for another: a
//! [`PhotonCount`] is made with its meaning and converted by a [`Link`], which says by which factors.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Planck's constant times the speed of light, J m (both exact in the SI).
const PLANCK_LIGHT: f64 = 6.626_070_15e-34 * 299_792_458.0;

/// Where photons are counted, from the detector back to the wall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Plane {
    /// Photo-electrons: photons that a detector has counted.
    #[default]
    Detected,
    /// Photons that arrive at the detectors: detected over the efficiency.
    Incident,
    /// Photons that enter the weight mask: incident over its mean transmission.
    IntoMask,
    /// Photons that leave the laser: those into the mask over the loss of the path.
    Source,
    /// Wall-plug energy in units of h nu: photons of the source over the efficiency of the laser.
    WallPlug,
}

impl Plane {
    /// All planes in their order.
    pub const ALL: [Self; 5] = [Self::Detected, Self::Incident, Self::IntoMask, Self::Source, Self::WallPlug];

    /// As written in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Detected => "detected",
            Self::Incident => "incident",
            Self::IntoMask => "into-mask",
            Self::Source => "source",
            Self::WallPlug => "wall-plug",
        }
    }
}

/// Whether all light that the method needs is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Arms {
    /// Both rails of a differential pair; signal and weight arm of a homodyne receiver.
    #[default]
    Both,
    /// One of them: the signal arm alone, or a single rail.
    One,
}

impl Arms {
    /// As written in files.
    pub fn name(self) -> &'static str {
        if self == Self::Both { "both" } else { "one" }
    }
}

/// What photons are counted per.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// Multiplication and accumulation, of which a layer of m outputs and n inputs has m n.
    #[default]
    Mac,
    /// Output of a layer.
    Output,
    /// Inference: all layers.
    Inference,
}

/// Multiplications and outputs of the optical layers of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// sum_l m_l n_l.
    pub macs: u64,
    /// sum_l m_l.
    pub outputs: u64,
}

/// A number of photons with its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotonCount {
    /// The number.
    pub value: f64,
    /// Where.
    pub plane: Plane,
    /// In which arms.
    pub arms: Arms,
    /// Per what.
    pub per: Per,
}

impl PhotonCount {
    /// Detected photons per MAC in both arms, the meaning of every number without another one.
    pub fn detected_per_mac(value: f64) -> Self {
        Self { value, plane: Plane::Detected, arms: Arms::Both, per: Per::Mac }
    }

    /// The same light per something else in a network of `work`.
    pub fn per(self, per: Per, work: Work) -> Self {
        let each = |per: Per| match per {
            Per::Mac => work.macs as f64,
            Per::Output => work.outputs as f64,
            Per::Inference => 1.0,
        };
        Self { value: self.value * each(self.per) / each(per), per, ..self }
    }
}

impl fmt::Display for PhotonCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per = match self.per {
            Per::Mac => "MAC",
            Per::Output => "output",
            Per::Inference => "inference",
        };
        let arms = if self.arms == Arms::One { ", one arm" } else { "" };
        write!(f, "{:.4} photons per {per} ({}{arms})", self.value, self.plane.name())
    }
}

/// Something on the path that takes light.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// What it is.
    pub name: String,
    /// Its loss, dB.
    pub db: f64,
}

/// What lies between the wall and the detectors' electrons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Wavelength, nm.
    #[serde(default = "telecom")]
    pub wavelength_nm: f64,
    /// Detector efficiency, electrons a photon.
    #[serde(default = "whole")]
    pub efficiency: f64,
    /// Mean transmission of the weight mask. None: that of weights and training data, light behind the mask over that in front of it, where weights are a mask, else 1.
    #[serde(default)]
    pub mask_transmission: Option<f64>,
    /// Loss from the laser to the mask, dB.
    #[serde(default)]
    pub loss_db: f64,
    /// What else takes light between laser and mask, in the order that light meets it: a line each.
    #[serde(default)]
    pub losses: Vec<Loss>,
    /// Wall-plug efficiency of the laser.
    #[serde(default = "whole")]
    pub wall_plug_efficiency: f64,
}

fn telecom() -> f64 {
    1550.0
}

fn whole() -> f64 {
    1.0
}

impl Default for Link {
    fn default() -> Self {
        Self {
            wavelength_nm: telecom(),
            efficiency: 1.0,
            mask_transmission: None,
            loss_db: 0.0,
            losses: Vec::new(),
            wall_plug_efficiency: 1.0,
        }
    }
}

/// A number outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{key} = {value}, expected {expected}")]
pub struct LinkError {
    /// Key of the link.
    pub key: &'static str,
    /// The value.
    pub value: f64,
    /// What would be right.
    pub expected: &'static str,
}

/// A step between neighbouring planes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// What takes light.
    pub name: String,
    /// The plane after it, seen from the detector.
    pub plane: Plane,
    /// Share that passes.
    pub transmission: f64,
}

impl Link {
    /// Checks the numbers.
    ///
    /// # Errors
    ///
    /// [`LinkError`] for a share outside (0, 1], a loss below 0 or a wavelength that is none.
    pub fn validate(&self) -> Result<(), LinkError> {
        let shares = [
            ("efficiency", self.efficiency),
            ("mask_transmission", self.mask_transmission.unwrap_or(1.0)),
            ("wall_plug_efficiency", self.wall_plug_efficiency),
        ];
        if let Some((key, value)) = shares.into_iter().find(|(_, v)| !(*v > 0.0 && *v <= 1.0)) {
            return Err(LinkError { key, value, expected: "a number above 0 and at most 1" });
        }
        let losses = self.losses.iter().map(|l| ("losses", l.db)).chain([("loss_db", self.loss_db)]);
        if let Some((key, value)) = losses.into_iter().find(|(_, db)| !(0.0..=300.0).contains(db)) {
            return Err(LinkError { key, value, expected: "a loss of 0 to 300 dB" });
        }
        if !(self.wavelength_nm > 0.0 && self.wavelength_nm.is_finite()) {
            let expected = "a wavelength above 0 nm";
            return Err(LinkError { key: "wavelength_nm", value: self.wavelength_nm, expected });
        }
        Ok(())
    }

    /// h nu, J.
    pub fn photon_energy(&self) -> f64 {
        PLANCK_LIGHT / (self.wavelength_nm * 1e-9)
    }

    /// What light passes from each plane to the one before it, detector first.
    pub fn stages(&self) -> Vec<Stage> {
        let stage = |name: &str, plane, transmission| Stage { name: name.into(), plane, transmission };
        let mut all = vec![
            stage("detector efficiency", Plane::Incident, self.efficiency),
            stage("mask transmission", Plane::IntoMask, self.mask_transmission.unwrap_or(1.0)),
        ];
        let passed = |db: f64| 10.0_f64.powf(-0.1 * db);
        all.extend(self.losses.iter().rev().map(|l| stage(&l.name, Plane::Source, passed(l.db))));
        if self.losses.is_empty() || self.loss_db > 0.0 {
            all.push(stage("path", Plane::Source, passed(self.loss_db)));
        }
        all.push(stage("laser, wall plug to light", Plane::WallPlug, self.wall_plug_efficiency));
        all
    }

    /// `count` at another plane.
    pub fn at(&self, count: PhotonCount, plane: Plane) -> PhotonCount {
        let passed =
            |to: Plane| -> f64 { self.stages().iter().filter(|s| s.plane <= to).map(|s| s.transmission).product() };
        PhotonCount { value: count.value * passed(count.plane) / passed(plane), plane, ..count }
    }

    /// `count`, of detected light, after each of the [`Link::stages`] in turn.
    pub fn along(&self, count: PhotonCount) -> Vec<(Stage, PhotonCount)> {
        let mut value = count.value;
        let passed = |stage: Stage| {
            value /= stage.transmission;
            let count = PhotonCount { value, plane: stage.plane, ..count };
            (stage, count)
        };
        self.stages().into_iter().map(passed).collect()
    }

    /// Joules from the wall for `count`.
    pub fn wall_plug_energy(&self, count: PhotonCount) -> f64 {
        self.at(count, Plane::WallPlug).value * self.photon_energy()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_energy_of_a_photon_is_that_of_its_wavelength() {
        // 525 nm 3.78e-19 J, 532 nm 3.73e-19, 850 nm 2.34e-19, 1550 nm 1.282e-19.
        for (wavelength_nm, expected) in
            [(525.0, 3.784e-19), (532.0, 3.734e-19), (850.0, 2.337e-19), (1550.0, 1.2816e-19)]
        {
            let link = Link { wavelength_nm, ..Link::default() };
            assert!((link.photon_energy() / expected - 1.0).abs() < 2e-4, "{wavelength_nm}");
        }
        // Wang et al.: 0.66 photons at 525 nm are 2.5e-19 J; Hamerly et al.: 50 zJ are 0.39 photons at 1550 nm.
        let at = |nm: f64| Link { wavelength_nm: nm, ..Link::default() };
        assert!((at(525.0).wall_plug_energy(PhotonCount::detected_per_mac(0.66)) - 2.5e-19).abs() < 1e-21);
        assert!((50e-21 / at(1550.0).photon_energy() - 0.39).abs() < 1e-3);
    }

    #[test]
    fn planes_convert_by_the_stages_between_them_and_back() {
        let link = Link {
            efficiency: 0.8,
            mask_transmission: Some(0.472),
            loss_db: 3.0,
            wall_plug_efficiency: 0.2,
            ..Link::default()
        };
        let count = PhotonCount::detected_per_mac(0.66);
        assert!((link.at(count, Plane::Incident).value - 0.66 / 0.8).abs() < 1e-12);
        assert!((link.at(count, Plane::IntoMask).value - 0.66 / 0.8 / 0.472).abs() < 1e-12);
        let wall = link.at(count, Plane::WallPlug);
        let expected = 0.66 / (0.8 * 0.472 * 10.0_f64.powf(-0.3) * 0.2);
        assert!((wall.value / expected - 1.0).abs() < 1e-12);
        assert!((link.at(wall, Plane::Detected).value - 0.66).abs() < 1e-12);
        let work = Work { macs: 17_400, outputs: 210 };
        assert!((count.per(Per::Inference, work).value - 0.66 * 17_400.0).abs() < 1e-9);
        assert!((count.per(Per::Output, work).per(Per::Mac, work).value - 0.66).abs() < 1e-12);
    }

    #[test]
    fn every_loss_of_the_path_is_a_stage() {
        let loss = |name: &str, db| Loss { name: name.into(), db };
        let losses = vec![loss("modulator", 4.0), loss("grating coupler", 2.8)];
        let link = Link { losses, ..Link::default() };
        let names: Vec<String> = link.stages().into_iter().map(|s| s.name).collect();
        let expected = ["detector efficiency", "mask transmission", "grating coupler", "modulator"];
        assert_eq!(names[..4], expected);
        assert_eq!(names.len(), 5);
        // Each line has the light that everything before it has taken.
        let along = link.along(PhotonCount::detected_per_mac(1.0));
        assert!((along[2].1.value - 10.0_f64.powf(0.28)).abs() < 1e-12);
        assert!(
            along
                .iter()
                .all(|(s, c)| s.name == "grating coupler" || (link.at(*c, Plane::Detected).value - 1.0).abs() < 1e-12)
        );
        // 6.8 dB in all, on the way to the source and no earlier.
        let at = |plane| link.at(PhotonCount::detected_per_mac(1.0), plane).value;
        assert!((at(Plane::IntoMask) - 1.0).abs() < 1e-12 && (at(Plane::Source) - 10.0_f64.powf(0.68)).abs() < 1e-12);
        let both = Link { loss_db: 1.2, ..link.clone() };
        assert!((both.at(PhotonCount::detected_per_mac(1.0), Plane::Source).value - 10.0_f64.powf(0.8)).abs() < 1e-12);
        let bad = Link { losses: vec![loss("gain", -3.0)], ..link };
        assert_eq!(bad.validate().unwrap_err().to_string(), "losses = -3, expected a loss of 0 to 300 dB");
    }

    #[test]
    fn shares_above_one_are_no_shares() {
        let bad = Link { efficiency: 1.2, ..Link::default() };
        assert!(bad.validate().unwrap_err().to_string().contains("efficiency = 1.2"));
        assert!(Link { loss_db: -1.0, ..Link::default() }.validate().is_err());
        assert!(Link::default().validate().is_ok());
    }
}
