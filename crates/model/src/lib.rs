//! Model files: TOML with exact error positions, the registry of topologies and devices, and the runs a file stands for.
//!
//! [`Model::read`] turns a file into a checked model; [`compare::compare`] runs it at several levels of description.

#![forbid(unsafe_code)]

pub mod annealing;
pub mod compare;
mod detection;
mod device;
mod error;
mod keys;
mod model;
pub mod photons;
mod registry;
mod run;
mod schema;
mod settings;
mod source;
mod template;

pub use detection::{DetectionTable, FilterTable, Paths, PerChannel, Steps};
pub use device::Device;
pub use error::ModelError;
pub use model::{Model, read_couplings};
pub use registry::{Key, Registry, TopologyEntry};
pub use run::{Run, SaveTimes};
pub use schema::{annealing_schema, photon_schema, schema};
pub use settings::read_settings;
pub use source::{Override, Source};
pub use template::{KINDS, template};
