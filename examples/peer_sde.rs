//! One timed ensemble of a problem of benches/peers/sde/problem.py on one thread; prints one JSON line.
//!
//! `--copies` trajectories are integrated as one equation of that many independent parts, as array libraries do; 1 is a trajectory
//! of its own streams each. Adaptive steps are then those of the worst copy.
//!
//! The error is the root mean square over the trajectories of |y(1) - exact(1)| on the same path; `ticks` counts the steps of a
//! trajectory, refused ones included. CPU seconds are those of the integration of the whole ensemble, all streams opened anew.

use lightfall::core::ode::Tolerance;
use lightfall::core::rng::Streams;
use lightfall::core::sde::{Calculus, Control, Driver, NoiseKind, Sde, bind};
use lightfall::core::unravel::Grid;
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

#[allow(dead_code, reason = "the tests use the rest of this list")]
#[path = "../tests/systems/sde.rs"]
mod systems;

use systems::{Cells, Geometric, OrnsteinUhlenbeck, Problem, QuarticWell, cells};

/// Cells of a path for its exact solution, at least.
const CELLS: u32 = 2048;

/// What to run.
struct Task {
    stepper: String,
    control: Control,
    roots: u32,
    trajectories: usize,
    copies: usize,
    repeats: u32,
    seconds: f64,
    streams: Streams,
}

/// Independent copies of an equation, as one.
#[derive(Clone)]
struct Copies<S> {
    one: S,
    count: usize,
}

impl<S: Sde> Sde for Copies<S> {
    const CALCULUS: Calculus = S::CALCULUS;
    const NOISE: NoiseKind = S::NOISE;

    fn dim(&self) -> usize {
        self.count * self.one.dim()
    }

    fn noises(&self) -> usize {
        self.count * self.one.noises()
    }

    fn drift(&mut self, t: f64, y: &[f64], out: &mut [f64]) {
        let dim = self.one.dim();
        for (y, out) in y.chunks_exact(dim).zip(out.chunks_exact_mut(dim)) {
            self.one.drift(t, y, out);
        }
    }

    fn diffuse(&mut self, t: f64, y: &[f64], dw: &[f64], out: &mut [f64]) {
        let (dim, noises) = (self.one.dim(), self.one.noises());
        for ((y, dw), out) in y.chunks_exact(dim).zip(dw.chunks_exact(noises)).zip(out.chunks_exact_mut(dim)) {
            self.one.diffuse(t, y, dw, out);
        }
    }
}

/// The path of copy `copy` of an equation of `noises` processes.
fn part(all: &Cells, noises: usize, copy: usize) -> Cells {
    let pick = |from: &[f64]| -> Vec<f64> {
        from.chunks_exact(all.noises).flat_map(|row| &row[copy * noises..(copy + 1) * noises]).copied().collect()
    };
    Cells { noises, length: all.length, dw: pick(&all.dw), area: pick(&all.area) }
}

/// CPU seconds of this process while it has one thread; wall time where the kernel does not say. Good to a scheduler's tick.
fn clock(origin: Instant) -> f64 {
    let kernel = std::fs::read_to_string("/proc/self/schedstat").ok();
    let spent = kernel.and_then(|s| s.split(' ').next()?.parse::<u64>().ok());
    spent.map_or_else(|| origin.elapsed().as_secs_f64(), |ns| 1e-9 * ns as f64)
}

fn run<P: Problem>(problem: P, task: &Task) -> Result<(), Box<dyn Error>> {
    let (dim, noises, blocks) = (problem.dim(), problem.noises(), task.trajectories / task.copies);
    let initial = problem.initial().repeat(task.copies);
    let equation = Copies { one: problem.clone(), count: task.copies };
    let mut driver = Driver::new(bind(&task.stepper, equation)?, task.control)?;
    let depth = CELLS.div_ceil(task.roots).next_power_of_two().ilog2();
    let (mut squares, mut ends, mut steps) = (Vec::new(), Vec::new(), 0);
    for block in 0..blocks as u64 {
        driver.start(&task.streams, block, &initial);
        driver.advance(0.0, 1.0)?;
        steps += driver.report().steps + driver.report().rejected;
        let path = cells(&task.streams, noises * task.copies, task.roots, depth, block);
        for (copy, y) in driver.state().chunks_exact(dim).enumerate() {
            let exact = problem.exact(&part(&path, noises, copy)).ok_or("no exact solution")?;
            squares.push(exact.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum::<f64>());
            ends.push(exact[0]);
        }
    }
    let n = squares.len() as f64;
    let mean = |v: &[f64]| v.iter().sum::<f64>() / n;
    let spread = |v: &[f64]| (v.iter().map(|x| (x - mean(v)).powi(2)).sum::<f64>()).sqrt() / n;
    let error = mean(&squares).sqrt();
    // One ensemble may take less than the clock resolves.
    let (origin, mut best) = (Instant::now(), f64::INFINITY);
    for _ in 0..task.repeats {
        let (begin, mut ensembles) = (clock(origin), 0);
        let spent = loop {
            for block in 0..blocks as u64 {
                driver.start(&task.streams, block, &initial);
                driver.advance(0.0, 1.0)?;
            }
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
        steps as f64 / blocks as f64,
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
        println!("       [--trajectories 1000] [--copies 1] [--seed 7] [--repeats 1] [--seconds 0.05]");
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
        copies: get("--copies", "1").parse()?,
        repeats: get("--repeats", "1").parse()?,
        seconds: get("--seconds", "0.05").parse()?,
        streams: Streams::new(get("--seed", "7").parse()?, 0),
    };
    if task.copies == 0 || !task.trajectories.is_multiple_of(task.copies) {
        return Err(format!("--copies {} does not divide --trajectories {}", task.copies, task.trajectories).into());
    }
    match problem.as_str() {
        "geometric" => run(Geometric::<true>, &task),
        "well" => run(QuarticWell::<true>::default(), &task),
        "ornstein" => run(OrnsteinUhlenbeck, &task),
        "wall" => run(QuarticWell::<true> { start: 20.0, ..QuarticWell::default() }, &task),
        other => Err(format!("unknown problem `{other}`; problems: geometric, well, ornstein, wall").into()),
    }
}
