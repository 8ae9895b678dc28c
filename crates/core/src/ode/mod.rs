//! Embedded Runge-Kutta integration of real vectors; kets and density matrices are real vectors in split storage.

mod dopri5;

pub use dopri5::{Dopri5, OdeError, Tolerance};
