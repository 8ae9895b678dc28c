//! Named ways to make couplings.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lightfall_core::rng::Streams;

use crate::{Couplings, CouplingsError};

/// A named way to make couplings, deserialised from `[couplings.<name>]` of a model file.
pub trait Topology: Send + Sync + std::fmt::Debug {
    /// Makes the couplings of one device instance.
    ///
    /// # Errors
    ///
    /// If a parameter is out of range, a file cannot be used, or the couplings are not finite and symmetric.
    fn build(&self, site: &BuildSite<'_>) -> Result<Arc<dyn Couplings>, CouplingsError>;

    /// Whether the couplings differ between instances.
    fn is_random(&self) -> bool {
        false
    }

    /// The lines of `[couplings.<name>]` that make a small instance, for `lightfall topologies`.
    fn example() -> Option<&'static str>
    where
        Self: Sized,
    {
        None
    }
}

/// Where and for which instance couplings are made.
#[derive(Clone, Copy, Debug)]
pub struct BuildSite<'a> {
    /// Random streams of the device instance.
    pub streams: Streams,
    /// The folder that relative file names refer to.
    pub folder: &'a Path,
}

impl BuildSite<'_> {
    /// `path` as seen from the folder; an absolute path stays as it is.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}
