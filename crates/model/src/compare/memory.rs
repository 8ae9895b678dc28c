//! Memory: what is free, what a level takes, what would fit.

use super::CompareError;
use lightfall_cavity::open_ising::{LevelKind, memory_bytes};
use lightfall_cavity::{Description, LevelName};

pub(super) const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// Bytes the system says are available, where it says so.
pub fn available_memory() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib * 1024.0)
}

/// Bytes of a level of `sites` spins; refuses one that does not fit, with the estimate and the largest N that does; `pure` is whether a filter has
/// a ket.
pub(super) fn check_memory(
    level: LevelName,
    split: bool,
    pure: bool,
    sites: usize,
    workers: usize,
) -> Result<f64, CompareError> {
    let need = |n: usize| memory_bytes(level.kind, split, pure, n, workers);
    let free = available_memory().unwrap_or(f64::INFINITY);
    if need(sites) <= free {
        return Ok(need(sites));
    }
    let largest = (1..sites).take_while(|&n| need(n) <= free).last().unwrap_or(0);
    let (needed, available) = (need(sites) / GIB, free / GIB);
    Err(CompareError::Memory { level: level.name(), sites, needed, available, largest })
}

/// Bytes of a level of `dim` amplitudes of sites of `states` states, held as sparse matrices; refuses one that does not fit.
pub(super) fn check_composite_memory(
    level: LevelName,
    dim: f64,
    [sites, states]: [usize; 2],
    workers: usize,
) -> Result<f64, CompareError> {
    // Some hundred entries of 24 bytes a row in all matrices of a cavity while they are made, and tables of spins; then kets, or density
    // matrices of the integrator.
    let operators = if level.description == Description::Full { 4800.0 * dim } else { 800.0 * dim };
    let kets =
        if level.kind == LevelKind::Master { 14.0 * 16.0 * dim * dim } else { 11.0 * 16.0 * dim * workers as f64 };
    // Matrices of a site: those of the axes, one for each of the operators, and what is read.
    let of_sites = 16.0 * (states as f64).powi(2) * (4.0 * sites as f64 + 6.0);
    let needed = operators + kets + of_sites;
    let free = available_memory().unwrap_or(f64::INFINITY);
    if needed <= free {
        return Ok(needed);
    }
    let (needed, available) = (needed / GIB, free / GIB);
    Err(CompareError::CompositeMemory { level: level.name(), amplitudes: dim, needed, available })
}

/// Refuses a master equation of `bytes` whose regression, two matrices for each of `spectra` outputs and frequencies, does not fit.
pub(super) fn check_spectrum_memory(level: LevelName, bytes: f64, spectra: usize) -> Result<(), CompareError> {
    let (needed, free) = (bytes * (1.0 + 2.0 * spectra as f64), available_memory().unwrap_or(f64::INFINITY));
    if level.kind != LevelKind::Master || needed <= free {
        return Ok(());
    }
    let (needed, free) = (needed / GIB, free / GIB);
    let reason = format!(
        "its spectrum needs {needed:.1} GiB but {free:.1} GiB are free; ask for fewer points, or leave the level out"
    );
    Err(CompareError::Level { level: level.name(), reason })
}
