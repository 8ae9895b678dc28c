//! Stochastic differential equations: what is integrated, how, along which path, with which steps, each kept apart.
//!
//! An [`Sde`] declares its calculus and the structure of its noise; a [`Stepper`] declares in its [`Method`] which of them it
//! integrates and at what orders. [`Integrator::new`] compares the two when the program is built, [`Integrator::checked`] and
//! [`bind`] while it runs, with a message that names a stepper that can. The noise is a [`BrownianTree`], a function of the
//! interval, so that every step size and every rejection sees the same path. Trajectories of an equation that takes columns are
//! integrated side by side.

mod baoab;
mod control;
mod convert;
mod drift_implicit;
mod driver;
mod ensemble;
mod equation;
mod euler_maruyama;
mod heun;
mod method;
mod midpoint;
mod milstein;
mod named;
mod newton;
mod platen;
mod slow_rk;
mod sosra;
mod sosri;
mod sra;
mod sra1;
mod sri;
mod sriw1;
mod stepper;
mod tamed;
mod tree;

pub use baoab::{Baoab, Langevin, Underdamped};
pub use control::{Control, ControlError};
pub use convert::{AsIto, AsStratonovich, noise_drift};
pub use drift_implicit::DriftImplicitEuler;
pub use driver::{Driver, Report};
pub use ensemble::{SdeLevel, SdeLevelError};
pub use equation::{Calculus, NoiseKind, Sde, columns_of, get_column, set_column};
pub use euler_maruyama::EulerMaruyama;
pub use heun::StochasticHeun;
pub use method::{Method, Orders, Refusal};
pub use midpoint::StochasticMidpoint;
pub use milstein::Milstein;
pub use named::{BindError, METHODS, bind};
pub use platen::Platen2;
pub use slow_rk::SlowRk;
pub use sosra::Sosra;
pub use sosri::Sosri;
pub use sra1::Sra1;
pub use sriw1::Sriw1;
pub use stepper::{Advance, Increments, Integrator, SdeError, Stepper};
pub use tamed::TamedEuler;
pub use tree::{BrownianTree, Node};
