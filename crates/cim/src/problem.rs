//! An instance made ready for machines.

use crate::{Instance, Network, SearchError};
use lightfall_couplings::{Extremes, extreme_eigenvalues};
use std::sync::OnceLock;

/// Chance that the interval of the spectrum is too narrow.
const FAILURE: f64 = 1e-6;

/// An instance, its kernel form, and what machines scale themselves by.
pub struct Problem {
    instance: Instance,
    network: Network,
    extremes: OnceLock<Result<Extremes, String>>,
}

impl Problem {
    /// Makes `instance` ready.
    pub fn new(instance: Instance) -> Self {
        let network = Network::new(&instance);
        Self { instance, network, extremes: OnceLock::new() }
    }

    /// The instance.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Its kernel form.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Number of spins.
    pub fn len(&self) -> usize {
        self.network.n
    }

    /// Whether there are no spins.
    pub fn is_empty(&self) -> bool {
        self.network.n == 0
    }

    /// The ends of the spectrum of J, by Lanczos' method, once.
    ///
    /// # Errors
    ///
    /// If the iteration fails.
    pub fn extremes(&self) -> Result<Extremes, SearchError> {
        let found = self.extremes.get_or_init(|| {
            extreme_eigenvalues(self.instance.couplings().as_ref(), FAILURE).map_err(|e| e.to_string())
        });
        found.clone().map_err(SearchError::Spectrum)
    }
}
