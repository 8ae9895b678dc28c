//! Machines by name.

use crate::sa::SimulatedAnnealing;
use crate::soft_spin::{Adiabatic, LangevinMachine};
use crate::{
    AHC, BSB, BSB_HEATED, CAC, CFC, DSB, DSB_HEATED, Entry, GeneralisedBifurcation, Machine, Problem, SFC, SearchError,
    Settings, SimCim,
};
use crate::{Exact, Greedy, ParallelTempering, Rows, Spectral, Tabu};
use lightfall_core::formula::nearest;

/// All machines, in the order of the documentation.
pub const MACHINES: &[&dyn Machine] = &[
    &AHC,
    &CAC,
    &CFC,
    &SFC,
    &SimCim,
    &BSB,
    &DSB,
    &BSB_HEATED,
    &DSB_HEATED,
    &GeneralisedBifurcation,
    &LangevinMachine,
    &Adiabatic,
    &Spectral,
    &Greedy,
    &Tabu,
    &SimulatedAnnealing,
    &ParallelTempering,
    &Exact,
];

/// The name that stands for [`portfolio`].
pub const PORTFOLIO: &str = "portfolio";

/// The machine `name`.
///
/// # Errors
///
/// [`SearchError::UnknownMachine`] with the nearest name.
pub fn machine(name: &str) -> Result<&'static dyn Machine, SearchError> {
    if let Some(found) = MACHINES.iter().find(|m| m.name() == name) {
        return Ok(*found);
    }
    let names: Vec<&'static str> = MACHINES.iter().map(|m| m.name()).chain([PORTFOLIO]).collect();
    let near = nearest(name, names.iter().copied()).map_or_else(String::new, |n| format!("did you mean `{n}`? "));
    Err(SearchError::UnknownMachine { name: name.to_owned(), near, names })
}

/// Spins to which the portfolio proves its answer.
const PROVEN: usize = 22;

/// Neighbours per spin, as on a torus, up to which cluster moves pay most.
const FEW: usize = 4;

/// The machines that take turns where none is named: enumeration of few spins; parallel tempering with cluster moves and annealing, in equal parts, where spins have few neighbours;
/// else mostly annealing, which reaches low energies first on all kinds of instances that were measured, with parallel tempering for those that it does not suit.
pub fn portfolio(problem: &Problem) -> Vec<Entry<'static>> {
    let entry = |machine: &'static dyn Machine, turns| Entry { machine, settings: Settings::of(machine), turns };
    if problem.len() <= PROVEN {
        return vec![entry(&Exact, 1)];
    }
    let network = problem.network();
    let few = matches!(&network.rows, Rows::Sparse(rows) if rows.columns.len() <= FEW * network.n);
    if matches!(network.rows, Rows::Dense(_)) {
        vec![entry(&SimulatedAnnealing, 24), entry(&ParallelTempering, 1)]
    } else if few {
        vec![entry(&ParallelTempering, 2), entry(&SimulatedAnnealing, 2)]
    } else {
        vec![entry(&SimulatedAnnealing, 6), entry(&ParallelTempering, 1)]
    }
}
