//! How each output of a system is watched: detectors, their efficiency, their dark counts.
//!
//! A detector of efficiency eta sees sqrt(eta) L_k; the rest, sqrt(1 - eta) L_k, is lost. Records:
//! * homodyne: dI_k = sqrt(eta) <L_k e^{-i phi} + h.c.> dt + dW_k;
//! * heterodyne: dJ_k = sqrt(eta) <L_k>^* dt + dxi_k;
//! * counting: clicks at rate eta <L_k^dag L_k> + d, d the rate of dark counts.

use super::Diffusion;
use super::split::Watch;
use num_complex::Complex64;

/// What stands behind an output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detector {
    /// Nothing: all of the output is lost.
    None,
    /// A photon counter.
    Counting {
        /// Rate of clicks that no photon causes.
        dark_rate: f64,
    },
    /// One quadrature.
    Homodyne {
        /// Local-oscillator phase phi in radians.
        phase: f64,
    },
    /// Both quadratures with half the light each.
    Heterodyne,
}

impl From<Diffusion> for Detector {
    fn from(d: Diffusion) -> Self {
        match d {
            Diffusion::Homodyne { phase } => Detector::Homodyne { phase },
            Diffusion::Heterodyne => Detector::Heterodyne,
        }
    }
}

impl From<Watch> for Detector {
    fn from(w: Watch) -> Self {
        match w {
            Watch::Counting => Detector::Counting { dark_rate: 0.0 },
            Watch::Diffusive(d) => d.into(),
        }
    }
}

/// One output: its detector and the fraction of the light that the detector sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Output {
    /// The detector.
    pub detector: Detector,
    /// Efficiency eta in [0, 1]; not read without a detector.
    pub efficiency: f64,
}

impl Output {
    /// A detector that sees everything.
    pub fn perfect(detector: Detector) -> Self {
        Self { detector, efficiency: 1.0 }
    }

    /// Efficiency, 0 without a detector.
    pub(super) fn seen(&self) -> f64 {
        if self.detector == Detector::None { 0.0 } else { self.efficiency }
    }

    /// Real currents of the output.
    fn width(&self) -> usize {
        match self.detector {
            Detector::None | Detector::Counting { .. } => 0,
            Detector::Homodyne { .. } => 1,
            Detector::Heterodyne => 2,
        }
    }

    pub(super) fn is_counted(&self) -> bool {
        matches!(self.detector, Detector::Counting { .. })
    }

    fn dark_rate(&self) -> f64 {
        if let Detector::Counting { dark_rate } = self.detector { dark_rate } else { 0.0 }
    }
}

/// A detector that cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DetectionError {
    /// An efficiency outside [0, 1].
    #[error("efficiency = {value} in channel {channel}, expected a number from 0 to 1")]
    Efficiency {
        /// Channel.
        channel: usize,
        /// The value.
        value: f64,
    },
    /// A phase that is not finite.
    #[error("phase = {value} in channel {channel}, expected a finite number of radians")]
    Phase {
        /// Channel.
        channel: usize,
        /// The value.
        value: f64,
    },
    /// A rate of dark counts below zero or not finite.
    #[error("dark_counts = {value} in channel {channel}, expected a finite rate of at least 0")]
    DarkRate {
        /// Channel.
        channel: usize,
        /// The value.
        value: f64,
    },
}

/// The detectors of all outputs, in the order of the jump operators.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    outputs: Vec<Output>,
}

impl Detection {
    /// The detectors `outputs`, one per jump operator.
    pub fn new(outputs: Vec<Output>) -> Result<Self, DetectionError> {
        for (channel, o) in outputs.iter().enumerate() {
            if !(0.0..=1.0).contains(&o.efficiency) {
                return Err(DetectionError::Efficiency { channel, value: o.efficiency });
            }
            match o.detector {
                Detector::Homodyne { phase } if !phase.is_finite() => {
                    return Err(DetectionError::Phase { channel, value: phase });
                }
                Detector::Counting { dark_rate } if !(dark_rate >= 0.0 && dark_rate.is_finite()) => {
                    return Err(DetectionError::DarkRate { channel, value: dark_rate });
                }
                _ => {}
            }
        }
        Ok(Self { outputs })
    }

    /// The same detector with efficiency 1 at each of `channels` outputs.
    pub fn uniform(detector: Detector, channels: usize) -> Self {
        Self { outputs: vec![Output::perfect(detector); channels] }
    }

    /// The outputs.
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// Rate of the dark counts of all counters together.
    pub fn dark_rate(&self) -> f64 {
        let rate = |o: &Output| if let Detector::Counting { dark_rate } = o.detector { dark_rate } else { 0.0 };
        self.outputs.iter().map(rate).sum()
    }

    /// True if nothing is lost and no click is dark: a ket stays a ket under the record.
    pub fn is_perfect(&self) -> bool {
        self.outputs.iter().all(|o| o.seen() == 1.0 && o.dark_rate() == 0.0)
    }

    /// The detector of all outputs, if they share one.
    pub fn common_detector(&self) -> Option<Detector> {
        let first = self.outputs.first()?.detector;
        self.outputs.iter().all(|o| o.detector == first).then_some(first)
    }

    /// True if an output is counted.
    pub fn has_clicks(&self) -> bool {
        self.outputs.iter().any(Output::is_counted)
    }

    /// Real currents of a record.
    pub fn width(&self) -> usize {
        self.outputs.iter().map(Output::width).sum()
    }

    /// Names of the currents of a record in their order: `I2` for homodyne of channel 2, `ReJ2` and `ImJ2` for heterodyne.
    pub fn currents(&self) -> Vec<String> {
        let names = |(k, o): (usize, &Output)| match o.detector {
            Detector::None | Detector::Counting { .. } => vec![],
            Detector::Homodyne { .. } => vec![format!("I{k}")],
            Detector::Heterodyne => vec![format!("ReJ{k}"), format!("ImJ{k}")],
        };
        self.outputs.iter().enumerate().flat_map(names).collect()
    }

    /// Channels that are counted.
    pub fn counted(&self) -> impl Iterator<Item = usize> + '_ {
        self.outputs.iter().enumerate().filter(|(_, o)| o.is_counted()).map(|(k, _)| k)
    }
}

/// The numbers a step needs of one output.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port {
    kind: Kind,
    /// sqrt(eta).
    seen: f64,
    /// First column in the record.
    column: usize,
    /// sqrt(1 - eta) and the first column of the discarded noise, if something is lost.
    lost: Option<(f64, usize)>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Dark,
    /// e^{-i phi}.
    Homodyne(Complex64),
    Heterodyne,
}

/// dxi from two real increments.
fn complex_noise(increments: &[f64], column: usize) -> Complex64 {
    Complex64::new(increments[column], increments[column + 1]) * std::f64::consts::FRAC_1_SQRT_2
}

impl Port {
    /// The ports of a detection, and the width of the discarded noise.
    pub(super) fn all(detection: &Detection) -> (Vec<Port>, usize) {
        let (mut column, mut discarded) = (0, 0);
        let mut port = |o: &Output| {
            let eta = o.seen();
            let kind = match o.detector {
                Detector::None | Detector::Counting { .. } => Kind::Dark,
                Detector::Homodyne { phase } => Kind::Homodyne(Complex64::from_polar(1.0, -phase)),
                Detector::Heterodyne => Kind::Heterodyne,
            };
            let lost = (eta < 1.0).then(|| ((1.0 - eta).sqrt(), discarded));
            let p = Port { kind, seen: eta.sqrt(), column, lost };
            column += o.width();
            discarded += if lost.is_some() { 2 } else { 0 };
            p
        };
        (detection.outputs.iter().map(&mut port).collect(), discarded)
    }

    /// -(1/2) eta e^{-2 i phi} for homodyne, else 0: the weight of L^2 in the drift of the linear Stratonovich form.
    pub(super) fn square(&self) -> Complex64 {
        match self.kind {
            Kind::Homodyne(turn) => -0.5 * self.seen * self.seen * turn * turn,
            _ => Complex64::ZERO,
        }
    }

    /// Writes the record of a step of length `h` in which <L> is `mean`: dI, or Re dJ and Im dJ.
    pub(super) fn measure(&self, mean: Complex64, h: f64, increments: &[f64], record: &mut [f64]) {
        match self.kind {
            Kind::Dark => {}
            Kind::Homodyne(turn) => {
                record[self.column] = 2.0 * self.seen * (mean * turn).re * h + increments[self.column];
            }
            Kind::Heterodyne => {
                let dj = self.seen * mean.conj() * h + complex_noise(increments, self.column);
                (record[self.column], record[self.column + 1]) = (dj.re, dj.im);
            }
        }
    }

    /// The weight of L in the exponent of the step: sqrt(eta) e^{-i phi} dI or sqrt(eta) dJ.
    pub(super) fn weight(&self, record: &[f64]) -> Complex64 {
        match self.kind {
            Kind::Dark => Complex64::ZERO,
            Kind::Homodyne(turn) => self.seen * record[self.column] * turn,
            Kind::Heterodyne => self.seen * Complex64::new(record[self.column], record[self.column + 1]),
        }
    }

    /// The weight of L from what is lost, unravelled by heterodyne noise: sqrt(1 - eta) dJ' with
    /// dJ' = sqrt(1 - eta) <L>^* h + dxi'.
    pub(super) fn discarded_weight(&self, mean: Complex64, h: f64, increments: &[f64]) -> Complex64 {
        match self.lost {
            None => Complex64::ZERO,
            Some((root, column)) => root * (root * mean.conj() * h + complex_noise(increments, column)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_widths_and_flaws_of_a_mixed_detection() {
        let half = |detector| Output { detector, efficiency: 0.5 };
        let mixed = Detection::new(vec![
            half(Detector::Heterodyne),
            Output::perfect(Detector::None),
            half(Detector::Counting { dark_rate: 0.1 }),
            Output::perfect(Detector::Homodyne { phase: 0.3 }),
        ])
        .unwrap();
        assert_eq!(mixed.currents(), ["ReJ0", "ImJ0", "I3"]);
        assert_eq!(mixed.width(), 3);
        assert_eq!(mixed.counted().collect::<Vec<_>>(), [2]);
        assert!(!mixed.is_perfect() && mixed.common_detector().is_none());
        // Half of two outputs and all of one are lost.
        assert_eq!(Port::all(&mixed).1, 6);
        assert!(Detection::uniform(Detector::Heterodyne, 3).is_perfect());
        assert!(!Detection::uniform(Detector::Counting { dark_rate: 0.1 }, 3).is_perfect());
        for bad in [-0.1, 1.1, f64::NAN] {
            let output = Output { detector: Detector::Heterodyne, efficiency: bad };
            let error = Detection::new(vec![output]).unwrap_err().to_string();
            assert_eq!(error, format!("efficiency = {bad} in channel 0, expected a number from 0 to 1"));
        }
        let phase = Detection::new(vec![Output::perfect(Detector::Homodyne { phase: f64::INFINITY })]);
        assert!(matches!(phase, Err(DetectionError::Phase { channel: 0, .. })));
        let dark = Detection::new(vec![Output::perfect(Detector::Counting { dark_rate: -1.0 })]);
        assert!(matches!(dark, Err(DetectionError::DarkRate { channel: 0, .. })));
    }
}
