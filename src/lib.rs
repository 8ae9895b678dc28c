//! lightfall simulates quantum and optical hardware that computes by falling down energy landscapes.
//!
//! A device is a network with couplings between its elements. The same device is described at several levels: master
//! equation, quantum trajectories (counting, homodyne, heterodyne), product state, mean field. A level turns the device into a
//! process; an ensemble runs many trajectories of it and keeps what is observed.
//!
//! This crate re-exports the parts; each is documented where it lives:
//! * [`model`]: model files, the registry of topologies, comparisons of levels;
//! * [`cavity`]: the open Ising glass;
//! * [`cim`]: coherent Ising machines, their soft spins, and solvers;
//! * [`optics`]: optical matrix multipliers, their noise, photon budgets;
//! * [`couplings`]: networks and exact ground states;
//! * [`core`]: integrators, operators, unravellings, ensembles, statistics, records;
//! * [`linalg`]: dense linear algebra.
//!
//! ```
//! use lightfall::prelude::*;
//!
//! let source = Source { name: "example".into(), folder: ".".into(), text: lightfall::model::template("open-ising").unwrap().into() };
//! let overrides = [Override::parse("couplings.sk.n=3")?, Override::parse("run.trajectories=16")?];
//! let model = Model::parse(source.with(&overrides)?, &Registry::default())?;
//! let compared = compare(&model, &Options::default(), &Quiet).unwrap();
//! let master = compared.comparison.levels[0].last.energy.unwrap();
//! assert!(master.mean < 0.0);
//! # Ok::<(), lightfall::model::ModelError>(())
//! ```

#![forbid(unsafe_code)]

pub use lightfall_cavity as cavity;
pub use lightfall_cim as cim;
pub use lightfall_core as core;
pub use lightfall_couplings as couplings;
pub use lightfall_linalg as linalg;
pub use lightfall_model as model;
pub use lightfall_optics as optics;

/// What most programs need.
pub mod prelude {
    pub use lightfall_cavity::open_ising::{Glass, LevelKind, Observable, OpenIsing};
    pub use lightfall_core::rng::Streams;
    pub use lightfall_couplings::{BuildSite, Couplings, CouplingsError, Topology, ground_state};
    pub use lightfall_model::compare::{Options, Quiet, compare};
    pub use lightfall_model::{Model, Override, Registry, Source};
}
