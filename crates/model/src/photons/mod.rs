//! Photon budgets: a trained network on an optical device, and what accuracy costs.

mod answer;
mod data;
mod device;
mod energy;
mod journal;
mod model;
mod network;
mod question;
mod report;
mod training;

pub use answer::budget;
pub use data::DataTable;
pub use device::OpticalDevice;
pub use energy::{Component, EnergyPart, EnergyTable, Use};
pub use journal::{Journal, JournalError};
pub use lightfall_optics::budget::{CurvePoint, Required, Sensitivity};
pub use lightfall_optics::{NamedArray, write_npz};
pub use model::{Alternative, Loaded, PhotonModel};
pub use network::{Kind, LayerTable, NetworkTable, Numbers};
pub use question::{PerMac, Question, Ratios};
pub use report::{Choice, LayerReport, PhotonReport, PhotonsError, PlaneLight, WithBits};
pub use training::{Trained, train_model};
