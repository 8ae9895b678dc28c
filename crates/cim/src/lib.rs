//! Coherent Ising machines: networks of soft spins, the machines built on them, and the solvers they are measured against.

mod clock;
mod greedy;
mod instance;
pub mod lanes;
mod machine;
mod network;
mod problem;
mod registry;
pub mod sa;
mod search;
mod solution;
mod success;

pub use clock::Clock;
pub use greedy::polish;
pub use instance::Instance;
pub use lightfall_couplings::Measure;
pub use machine::{Best, Incumbent, Machine, Outcome, Parameter, SearchError, Settings, Trial};
pub use network::{Network, Rows, SparseRows, WholeRows};
pub use problem::Problem;
pub use registry::{MACHINES, PORTFOLIO, machine, portfolio};
pub use search::{Entry, Found, Run, Search};
pub use solution::{SolutionError, read_solution, write_solution};
pub use success::{CERTAINTY, CONFIDENCE, Group};
