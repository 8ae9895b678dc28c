//! What a stepper declares of itself, and how it refuses what it cannot integrate.

use super::{Calculus, METHODS, NoiseKind};

/// Orders of convergence in the step h: E|y_h - y| = O(h^strong) along a path, |E phi(y_h) - E phi(y)| = O(h^weak) in law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orders {
    /// Strong order.
    pub strong: f64,
    /// Weak order.
    pub weak: f64,
}

/// Declaration of a stepper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Method {
    /// Name as written in model files and tables.
    pub name: &'static str,
    /// The calculus integrated. With additive noise the two are the same, and any is accepted.
    pub calculus: Calculus,
    /// Orders for additive noise; `None` if it is refused.
    pub additive: Option<Orders>,
    /// Orders for diagonal noise.
    pub diagonal: Option<Orders>,
    /// Orders for commutative noise.
    pub commutative: Option<Orders>,
    /// Orders for general noise.
    pub general: Option<Orders>,
    /// Whether it reads the space-time Levy areas of the path.
    pub needs_area: bool,
    /// What it is for, in a line.
    pub about: &'static str,
}

/// Shorthand for tables of declarations.
pub(super) const fn orders(strong: f64, weak: f64) -> Option<Orders> {
    Some(Orders { strong, weak })
}

impl Method {
    /// Declared orders for noise of kind `noise`.
    pub const fn orders(&self, noise: NoiseKind) -> Option<Orders> {
        match noise {
            NoiseKind::Additive => self.additive,
            NoiseKind::Diagonal => self.diagonal,
            NoiseKind::Commutative => self.commutative,
            NoiseKind::General => self.general,
        }
    }

    /// Whether equations of this calculus and noise are integrated.
    pub const fn accepts(&self, calculus: Calculus, noise: NoiseKind) -> bool {
        let same = matches!(
            (self.calculus, calculus),
            (Calculus::Ito, Calculus::Ito) | (Calculus::Stratonovich, Calculus::Stratonovich)
        );
        (same || matches!(noise, NoiseKind::Additive)) && self.orders(noise).is_some()
    }

    /// Refuses an equation that is not accepted.
    ///
    /// # Errors
    ///
    /// [`Refusal`], with the methods that do accept it.
    pub fn check(&self, calculus: Calculus, noise: NoiseKind) -> Result<(), Refusal> {
        if self.accepts(calculus, noise) {
            return Ok(());
        }
        Err(Refusal { method: Box::new(*self), calculus, noise })
    }

    fn noises(&self) -> String {
        let kinds: Vec<_> = NoiseKind::ALL.into_iter().filter(|k| self.orders(*k).is_some()).collect();
        kinds.iter().map(|k| k.name()).collect::<Vec<_>>().join(", ")
    }
}

/// A stepper asked for what it cannot do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{} integrates {} equations with {} noise, and this one is {} with {} noise; use {}",
    method.name, method.calculus.name(), method.noises(), calculus.name(), noise.name(), able(*calculus, *noise))]
pub struct Refusal {
    /// The stepper.
    pub method: Box<Method>,
    /// Calculus of the equation.
    pub calculus: Calculus,
    /// Noise of the equation.
    pub noise: NoiseKind,
}

/// Names of the methods that integrate equations of this kind.
fn able(calculus: Calculus, noise: NoiseKind) -> String {
    // The splitting of a Langevin equation needs its force and friction apart.
    let names: Vec<_> =
        METHODS.iter().filter(|m| m.accepts(calculus, noise) && m.name != super::baoab::NAME).map(|m| m.name).collect();
    names.join(", ")
}
