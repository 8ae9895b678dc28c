//! The steppers by name.

use super::{
    Advance, DriftImplicitEuler, EulerMaruyama, Integrator, Method, Milstein, Platen2, Refusal, Sde, SlowRk, Sosra,
    Sosri, Sra1, Sriw1, StochasticHeun, StochasticMidpoint, TamedEuler,
};
use super::{
    baoab, drift_implicit, euler_maruyama, heun, midpoint, milstein, platen, slow_rk, sosra, sosri, sra1, sriw1, tamed,
};
use crate::formula::nearest;

/// What every stepper declares, in the order of the book.
pub const METHODS: [Method; 13] = [
    euler_maruyama::EULER_MARUYAMA,
    milstein::MILSTEIN,
    sriw1::SRIW1,
    sosri::SOSRI,
    sra1::SRA1,
    sosra::SOSRA,
    platen::PLATEN2,
    tamed::TAMED_EULER,
    drift_implicit::DRIFT_IMPLICIT_EULER,
    baoab::BAOAB,
    heun::STOCHASTIC_HEUN,
    midpoint::STOCHASTIC_MIDPOINT,
    slow_rk::SLOW_RK,
];

/// A stepper that does not exist, or does not fit.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// No stepper of this name.
    #[error("unknown stepper `{name}`; {}steppers: {}", near(name), names().join(", "))]
    Unknown {
        /// The name.
        name: String,
    },
    /// It does not integrate such equations.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// BAOAB splits force from friction.
    #[error("baoab integrates underdamped Langevin equations, with their force apart; use {}", refused_names())]
    Baoab,
}

fn names() -> Vec<&'static str> {
    METHODS.iter().map(|m| m.name).collect()
}

fn near(name: &str) -> String {
    nearest(name, names()).map_or(String::new(), |n| format!("did you mean `{n}`? "))
}

fn refused_names() -> String {
    let strong = METHODS.iter().filter(|m| m.additive.is_some_and(|o| o.strong > 1.0));
    strong.map(|m| m.name).collect::<Vec<_>>().join(" or ")
}

/// Binds the stepper called `name` to `sde`.
///
/// # Errors
///
/// [`BindError`] if there is none of that name, or it does not integrate such equations; the message names one that does.
pub fn bind<'a, S: Sde + Send + 'a>(name: &str, sde: S) -> Result<Box<dyn Advance + 'a>, BindError> {
    Ok(match name {
        "euler-maruyama" => Box::new(Integrator::<S, EulerMaruyama>::checked(sde)?),
        "milstein" => Box::new(Integrator::<S, Milstein>::checked(sde)?),
        "sriw1" => Box::new(Integrator::<S, Sriw1>::checked(sde)?),
        "sosri" => Box::new(Integrator::<S, Sosri>::checked(sde)?),
        "sra1" => Box::new(Integrator::<S, Sra1>::checked(sde)?),
        "sosra" => Box::new(Integrator::<S, Sosra>::checked(sde)?),
        "platen2" => Box::new(Integrator::<S, Platen2>::checked(sde)?),
        "tamed-euler" => Box::new(Integrator::<S, TamedEuler>::checked(sde)?),
        "drift-implicit-euler" => Box::new(Integrator::<S, DriftImplicitEuler>::checked(sde)?),
        "stochastic-heun" => Box::new(Integrator::<S, StochasticHeun>::checked(sde)?),
        "midpoint" => Box::new(Integrator::<S, StochasticMidpoint>::checked(sde)?),
        "slow-rk" => Box::new(Integrator::<S, SlowRk>::checked(sde)?),
        baoab::NAME => {
            baoab::BAOAB.check(S::CALCULUS, S::NOISE)?;
            return Err(BindError::Baoab);
        }
        _ => return Err(BindError::Unknown { name: name.to_owned() }),
    })
}
