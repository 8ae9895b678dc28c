//! Photon budgets: a trained network on an optical device, and what accuracy costs.

mod model;
mod report;
mod tables;

pub use lightfall_optics::budget::CurvePoint;
pub use model::{Loaded, PhotonModel};
pub use report::{Energy, LayerReport, PhotonReport, PhotonsError, budget};
pub use tables::{DataTable, LayerTable, NetworkTable, OpticalDevice, PerMac, Question};
