//! Optical matrix multipliers: how they multiply, what noise their light and electronics add, and what accuracy costs in photons.
//!
//! A [`Network`] has layers, some of them optical. An [`Engine`] says how a layer is multiplied with light: it is programmed with the weights and
//! then reads out noisy products at a given number of detected photons per MAC. [`photons`] makes such a number a type. Questions about a network on a device (accuracy
//! against photons, photons for a target, sensitivities, allocation) are in [`budget`]. Meshes of interferometers, and what their errors make of a matrix, are in [`mesh`].

pub mod budget;
mod data;
mod detector;
mod engine;
mod fan_out;
mod homodyne;
mod idx;
mod intensity;
mod interferometers;
pub mod mesh;
mod microrings;
mod network;
mod npz_write;
mod onnx;
pub mod photons;
mod poisson;
mod single_photon;
mod sums;
mod weights;

pub use data::{DataError, Dataset, NamedArray, read_csv, read_idx_pair, read_npy_pair, read_npz_pair, read_rows};
pub use detector::Detector;
pub use engine::{Calibration, Engine, EngineError, Exposure, Multiplier, Sample, Scratch, Setting, Slopes};
pub use fan_out::{FanOut, fan_out_energy};
pub use homodyne::{Homodyne, Receiver};
pub use idx::{IdxError, read_idx};
pub use intensity::{Encoding, Intensity};
pub use interferometers::{Configuration, Interferometers, Quadrature};
pub use lightfall_core::npz::{Npz, NpzError};
pub use microrings::Microrings;
pub use network::{Activation, Dense, Layer, Network, NetworkError, Patches, Step, Window};
pub use npz_write::write_npz;
pub use onnx::{OnnxError, OnnxFault, read_onnx};
pub use poisson::Shots;
pub use single_photon::{Light, SinglePhoton};
pub use weights::WeightControl;
