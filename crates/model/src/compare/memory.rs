//! Memory: what is free, what a level takes, what would fit.

use super::CompareError;
use lightfall_cavity::open_ising::{LevelKind, memory_bytes};

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// Bytes the system says are available, where it says so.
pub fn available_memory() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib * 1024.0)
}

/// Refuses a level of `sites` spins that does not fit, with the estimate and the largest N that does; `pure` is whether a filter has
/// a ket.
pub fn check_memory(
    level: LevelKind,
    split: bool,
    pure: bool,
    sites: usize,
    workers: usize,
) -> Result<(), CompareError> {
    let Some(free) = available_memory() else {
        return Ok(());
    };
    let need = |n: usize| memory_bytes(level, split, pure, n, workers);
    if need(sites) <= free {
        return Ok(());
    }
    let largest = (1..sites).take_while(|&n| need(n) <= free).last().unwrap_or(0);
    let (needed, available) = (need(sites) / GIB, free / GIB);
    Err(CompareError::Memory { level: level.name(), sites, needed, available, largest })
}
