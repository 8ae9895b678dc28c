//! What can be observed, by name, and which of it a level has.

use super::{Glass, LevelKind};
use lightfall_core::ensemble::{Layout, Quantity, Shape};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An observable of the open Ising glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Observable {
    /// E = -(1/2) sum_{i != j} J_ij <sigma^x_i sigma^x_j>.
    Energy,
    /// E over the exact ground energy: 1 is the ground state.
    EnergyRatio,
    /// Energy of the configuration sign(<sigma^x_i>) of each trajectory; a spin with |<sigma^x_i>| < 1e-9 counts as 0.
    SignEnergy,
    /// Energy of that configuration over the exact ground energy.
    SignRatio,
    /// Probability of the ground configurations, both Z2 partners; product of site probabilities for product states.
    GroundProbability,
    /// Fraction of trajectories whose configuration sign(<sigma^x_i>) has the ground energy.
    GroundFraction,
    /// m = (1/N) sum_i <sigma^x_i>.
    Magnetisation,
    /// (1/N) sum_i <sigma^x_i>^2 of a trajectory: the Edwards-Anderson parameter.
    QEa,
    /// <sigma^x_i>.
    Sx,
    /// <sigma^y_i>.
    Sy,
    /// <sigma^z_i>.
    Sz,
    /// <sigma^x_i sigma^x_j>.
    Sxsx,
    /// Entropy of each spin along a trajectory, -tr rho_i log2 rho_i, in bits.
    Entropy,
    /// Entropy of sites 0 .. N/2 - 1 along a trajectory, in bits.
    HalfEntropy,
    /// The same averaged over ten random cuts into equal parts, drawn once for each N.
    CutEntropy,
    /// (||rho^T||_1 - 1)/2 with the partial transpose over sites 0 .. N/2 - 1.
    Negativity,
    /// log2 ||rho^T||_1 of it.
    LogNegativity,
    /// A configuration sigma^x_i = +-1 drawn from the state, anew at every save time.
    Sample,
    /// Clicks of each channel so far.
    Jumps,
    /// Rate s(t)^2 <L_k^dag L_k> at which photons leave through each channel.
    Emission,
    /// S_k(nu) of the light of each channel, at the frequencies of the selection, over the interval that ends at the save time.
    Spectrum,
    /// tr rho^2: 1 for a pure state.
    Purity,
}

impl Observable {
    /// All observables in their order in a row.
    pub const ALL: [Observable; 22] = [
        Observable::Energy,
        Observable::EnergyRatio,
        Observable::SignEnergy,
        Observable::SignRatio,
        Observable::GroundProbability,
        Observable::GroundFraction,
        Observable::Magnetisation,
        Observable::QEa,
        Observable::Sx,
        Observable::Sy,
        Observable::Sz,
        Observable::Sxsx,
        Observable::Entropy,
        Observable::HalfEntropy,
        Observable::CutEntropy,
        Observable::Negativity,
        Observable::LogNegativity,
        Observable::Sample,
        Observable::Jumps,
        Observable::Emission,
        Observable::Spectrum,
        Observable::Purity,
    ];

    /// Name as in model files and records.
    pub fn name(self) -> &'static str {
        match self {
            Observable::Energy => "energy",
            Observable::EnergyRatio => "energy_ratio",
            Observable::SignEnergy => "sign_energy",
            Observable::SignRatio => "sign_ratio",
            Observable::GroundProbability => "ground_probability",
            Observable::GroundFraction => "ground_fraction",
            Observable::Magnetisation => "magnetisation",
            Observable::QEa => "q_ea",
            Observable::Sx => "sx",
            Observable::Sy => "sy",
            Observable::Sz => "sz",
            Observable::Sxsx => "sxsx",
            Observable::Entropy => "entropy",
            Observable::HalfEntropy => "half_entropy",
            Observable::CutEntropy => "cut_entropy",
            Observable::Negativity => "negativity",
            Observable::LogNegativity => "log_negativity",
            Observable::Sample => "sample",
            Observable::Jumps => "jumps",
            Observable::Emission => "emission",
            Observable::Spectrum => "spectrum",
            Observable::Purity => "purity",
        }
    }

    /// The observable named `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.name() == name)
    }

    fn shape(self, glass: &Glass, frequencies: usize) -> Shape {
        match self {
            Observable::Sx | Observable::Sy | Observable::Sz | Observable::Entropy | Observable::Sample => {
                Shape::Site(glass.sites)
            }
            Observable::Sxsx => Shape::Pair(glass.sites),
            Observable::Jumps | Observable::Emission => Shape::Channel(glass.channels()),
            Observable::Spectrum => Shape::Spectrum(glass.channels(), frequencies),
            _ => Shape::Scalar,
        }
    }

    /// Whether the level has it: sign configurations and entropies belong to single trajectories, clicks to counting, the purity to
    /// states that may be mixed.
    pub fn applies_to(self, level: LevelKind) -> bool {
        match self {
            // A configuration is drawn from one state of a trajectory; the mean over trajectories has lost its q_EA.
            Observable::SignEnergy | Observable::SignRatio | Observable::GroundFraction | Observable::QEa => {
                !matches!(level, LevelKind::Master | LevelKind::Filter)
            }
            Observable::Sample => {
                level.has_ket() || matches!(level, LevelKind::Product | LevelKind::MeanField | LevelKind::SpinFlip)
            }
            Observable::Entropy | Observable::HalfEntropy | Observable::CutEntropy => level.has_ket(),
            Observable::Negativity | Observable::LogNegativity => level.has_amplitudes(),
            // A point of phase space has no probabilities.
            Observable::GroundProbability => !matches!(level, LevelKind::Dtwa | LevelKind::Wigner),
            Observable::Emission => level.has_ket() || level == LevelKind::Master,
            // From the heterodyne record, or by regression.
            Observable::Spectrum => matches!(level, LevelKind::Master | LevelKind::Heterodyne),
            Observable::Jumps => matches!(level, LevelKind::Counting | LevelKind::Monitored),
            Observable::Purity => matches!(level, LevelKind::Master | LevelKind::Filter),
            _ => true,
        }
    }

    /// Whether it is one number per time.
    pub fn is_scalar(self) -> bool {
        !matches!(
            self,
            Observable::Sx
                | Observable::Sy
                | Observable::Sz
                | Observable::Entropy
                | Observable::Sample
                | Observable::Sxsx
                | Observable::Jumps
                | Observable::Emission
                | Observable::Spectrum
        )
    }

    /// Whether it needs the exact ground state.
    pub fn needs_ground_state(self) -> bool {
        matches!(
            self,
            Observable::EnergyRatio
                | Observable::SignRatio
                | Observable::GroundProbability
                | Observable::GroundFraction
        )
    }
}

/// Which observables are computed and which of them are kept per trajectory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Computed.
    pub observables: Vec<Observable>,
    /// Kept per trajectory.
    pub store: Vec<Observable>,
    /// Frequencies nu of the spectrum, from that of the pump.
    pub frequencies: Vec<f64>,
}

impl Selection {
    /// Numbers of a row of `level`, at most.
    pub fn width(&self, glass: &Glass, level: LevelKind) -> usize {
        self.layout(glass, level, true).1.width()
    }

    /// The observables `level` has, in row order, and the layout of its rows.
    pub(super) fn layout(&self, glass: &Glass, level: LevelKind, ground_known: bool) -> (Vec<Observable>, Layout) {
        let chosen: Vec<Observable> = Observable::ALL
            .into_iter()
            .filter(|o| self.observables.contains(o) && o.applies_to(level))
            .filter(|o| ground_known || !o.needs_ground_state())
            .collect();
        let quantities = chosen
            .iter()
            .map(|o| Quantity {
                name: o.name().into(),
                shape: o.shape(glass, self.frequencies.len()),
                store: self.store.contains(o),
            })
            .collect();
        (chosen, Layout { quantities })
    }
}
