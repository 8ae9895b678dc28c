//! Photon budgets: a trained network on an optical device, and what accuracy costs.

mod model;
mod report;

pub use lightfall_optics::budget::CurvePoint;
pub use model::{DataTable, LayerTable, NetworkTable, OpticalDevice, PerMac, PhotonModel, Question};
pub use report::{Energy, LayerReport, PhotonReport, PhotonsError, budget};
