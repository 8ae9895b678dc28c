//! One timed ensemble of a problem of benches/peers/sde/problem.py on one thread; prints one JSON line.
//!
//! At most `--columns` trajectories are integrated side by side, each on its own streams; adaptive steps take one at a time.
//!
//! The error is the root mean square over the trajectories of |y(1) - exact(1)| on the same path; `ticks` counts the steps of a
//! trajectory, refused ones included. CPU seconds are those of the integration of the whole ensemble, all streams opened anew.

use lightfall::core::ode::Tolerance;
use lightfall::core::rng::Streams;
use lightfall::core::sde::{Advance, Calculus, Control, Driver, METHODS, bind};
use lightfall::core::unravel::Grid;
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

#[allow(dead_code, reason = "the tests use the rest of this list")]
#[path = "../tests/systems/sde.rs"]
mod systems;

use systems::{Geometric, OrnsteinUhlenbeck, Problem, QuarticWell, cells};

/// Cells of a path for its exact solution, at least.
const CELLS: u32 = 2048;

/// What to run.
struct Task {
    stepper: String,
    control: Control,
    roots: u32,
    trajectories: usize,
    columns: usize,
    repeats: u32,
    seconds: f64,
    streams: Streams,
}

/// CPU seconds of this process while it has one thread; wall time where the kernel does not say. Good to a scheduler's tick.
fn clock(origin: Instant) -> f64 {
    let kernel = std::fs::read_to_string("/proc/self/schedstat").ok();
    let spent = kernel.and_then(|s| s.split(' ').next()?.parse::<u64>().ok());
    spent.map_or_else(|| origin.elapsed().as_secs_f64(), |ns| 1e-9 * ns as f64)
}

/// Looks at a driver that has integrated `count` trajectories from `first` on.
type Seen<'a> = dyn FnMut(&Driver<Box<dyn Advance>>, usize, usize) + 'a;

fn run<P: Problem + 'static>(problem: P, task: &Task) -> Result<(), Box<dyn Error>> {
    let (noises, streams) = (problem.noises(), &task.streams);
    let mut driver = Driver::new(bind(&task.stepper, problem.clone())?, task.control)?;
    let columns = task.columns.min(driver.columns());
    let initial: Vec<f64> = problem.initial().iter().flat_map(|y| vec![*y; columns]).collect();
    let depth = CELLS.div_ceil(task.roots).next_power_of_two().ilog2();
    // The last trajectories are fewer than the columns.
    let groups = |driver: &mut Driver<Box<dyn Advance>>, seen: &mut Seen<'_>| -> Result<(), Box<dyn Error>> {
        for first in (0..task.trajectories).step_by(columns) {
            let count = columns.min(task.trajectories - first);
            let short: Vec<f64>;
            let start = if count == columns {
                &initial
            } else {
                short = problem.initial().iter().flat_map(|y| vec![*y; count]).collect();
                &short
            };
            driver.start(streams, first as u64, start);
            driver.advance(0.0, 1.0)?;
            seen(driver, first, count);
        }
        Ok(())
    };
    let (mut squares, mut ends, mut steps) = (Vec::new(), Vec::new(), 0);
    groups(&mut driver, &mut |driver, first, count| {
        steps += (driver.report().steps + driver.report().rejected) * count as u64;
        for column in 0..count {
            let path = cells(streams, noises, task.roots, depth, (first + column) as u64);
            let exact = problem.exact(&path).unwrap_or_default();
            let state = driver.state().iter().skip(column).step_by(count);
            squares.push(exact.iter().zip(state).map(|(a, b)| (a - b) * (a - b)).sum::<f64>());
            ends.push(exact[0]);
        }
    })?;
    let n = squares.len() as f64;
    let mean = |v: &[f64]| v.iter().sum::<f64>() / n;
    let spread = |v: &[f64]| (v.iter().map(|x| (x - mean(v)).powi(2)).sum::<f64>()).sqrt() / n;
    let error = mean(&squares).sqrt();
    // One ensemble may take less than the clock resolves.
    let (origin, mut best) = (Instant::now(), f64::INFINITY);
    for _ in 0..task.repeats {
        let (begin, mut ensembles) = (clock(origin), 0);
        let spent = loop {
            groups(&mut driver, &mut |_, _, _| ())?;
            ensembles += 1;
            let spent = clock(origin) - begin;
            if spent >= task.seconds {
                break spent;
            }
        };
        best = best.min(spent / f64::from(ensembles));
    }
    println!(
        "{{\"tool\":\"lightfall\",\"method\":\"{}\",\"error\":{error:.4e},\"stderr\":{:.1e},\"mean\":{:.6},\"mean_stderr\":{:.1e},\
         \"ticks\":{:.2},\"trajectories\":{},\"cpu_s\":{best:.4e}}}",
        task.stepper,
        spread(&squares) / (2.0 * error),
        mean(&ends),
        spread(&ends),
        steps as f64 / n,
        squares.len()
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|a| a == "--help") {
        println!(
            "usage: peer_sde [--problem geometric|well|ornstein|wall] [--stepper sriw1] [--steps 16 | --tolerance 1e-2]"
        );
        println!("       [--trajectories 1000] [--columns 64] [--seed 7] [--repeats 1] [--seconds 0.05]");
        return Ok(());
    }
    let given: BTreeMap<&str, &str> = arguments.chunks_exact(2).map(|a| (a[0].as_str(), a[1].as_str())).collect();
    let get = |key: &str, default: &'static str| given.get(key).copied().unwrap_or(default).to_owned();
    let roots: u32 = get("--steps", if given.contains_key("--tolerance") { "1" } else { "16" }).parse()?;
    let grid = Grid::new(1.0 / f64::from(roots.max(1)));
    let control = match given.get("--tolerance") {
        Some(text) => {
            let tolerance = text.parse()?;
            Control::Adaptive { grid, tolerance: Tolerance::new(tolerance, tolerance)? }
        }
        None => Control::Fixed(grid),
    };
    let problem = get("--problem", "geometric");
    let task = Task {
        stepper: get("--stepper", if problem == "ornstein" { "sra1" } else { "sriw1" }),
        control,
        roots: roots.max(1),
        trajectories: get("--trajectories", "1000").parse()?,
        columns: get("--columns", "64").parse()?,
        repeats: get("--repeats", "1").parse()?,
        seconds: get("--seconds", "0.05").parse()?,
        streams: Streams::new(get("--seed", "7").parse()?, 0),
    };
    if task.columns == 0 {
        return Err("--columns 0, expected at least 1".into());
    }
    // A stepper of the other calculus integrates the equation of the same process in it.
    let stratonovich = METHODS.iter().any(|m| m.name == task.stepper && m.calculus == Calculus::Stratonovich);
    let (geometric, mut well) = (Geometric::<true>::default(), QuarticWell::<true>::default());
    if problem == "wall" {
        well.start = 20.0;
    }
    match problem.as_str() {
        "geometric" if stratonovich => run(geometric.converted(), &task),
        "geometric" => run(geometric, &task),
        "well" | "wall" if stratonovich => run(well.converted(), &task),
        "well" | "wall" => run(well, &task),
        "ornstein" => run(OrnsteinUhlenbeck, &task),
        other => Err(format!("unknown problem `{other}`; problems: geometric, well, ornstein, wall").into()),
    }
}
