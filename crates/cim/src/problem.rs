//! An instance made ready for machines.

use crate::homogeneous::Homogeneous;
use crate::{Instance, Network, SearchError};
use lightfall_couplings::{Extremes, extreme_eigenvalues};
use std::sync::OnceLock;

/// Chance that the interval of the spectrum is too narrow.
const FAILURE: f64 = 1e-6;

/// An instance, its kernel form, and what machines scale themselves by.
pub struct Problem {
    instance: Instance,
    network: Network,
    enlarged: OnceLock<Network>,
    extremes: OnceLock<Result<Extremes, String>>,
}

impl Problem {
    /// Makes `instance` ready.
    pub fn new(instance: Instance) -> Self {
        let network = Network::new(instance.couplings().as_ref(), instance.fields());
        Self { instance, network, enlarged: OnceLock::new(), extremes: OnceLock::new() }
    }

    /// The instance.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Its kernel form.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The kernel form without fields: the same if there are none, else with one more spin, the last, that is coupled by them.
    pub fn homogeneous(&self) -> &Network {
        if self.instance.fields().is_empty() {
            return &self.network;
        }
        let make = || Network::new(&Homogeneous::new(self.instance.couplings().as_ref(), self.instance.fields()), &[]);
        self.enlarged.get_or_init(make)
    }

    /// Number of spins.
    pub fn len(&self) -> usize {
        self.network.n
    }

    /// Whether there are no spins.
    pub fn is_empty(&self) -> bool {
        self.network.n == 0
    }

    /// The ends of the spectrum of J, fields as couplings to one more spin included, by Lanczos' method, once.
    ///
    /// # Errors
    ///
    /// If the iteration fails.
    pub fn extremes(&self) -> Result<Extremes, SearchError> {
        let find = || {
            let network = Homogeneous::new(self.instance.couplings().as_ref(), self.instance.fields());
            extreme_eigenvalues(&network, FAILURE).map_err(|e| e.to_string())
        };
        self.extremes.get_or_init(find).clone().map_err(SearchError::Spectrum)
    }

    /// Largest eigenvalue, and the modulus of the smallest; 1 in place of what is not above 0.
    ///
    /// # Errors
    ///
    /// If the iteration fails.
    pub fn spectrum(&self) -> Result<(f64, f64), SearchError> {
        let e = self.extremes()?;
        let positive = |v: f64| if v > 0.0 { v } else { 1.0 };
        Ok((positive(e.highest), positive(-e.lowest.min(0.0))))
    }
}
