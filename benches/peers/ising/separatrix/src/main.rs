//! Times simulated annealing of the crate separatrix: `peer-separatrix GRAPH.txt REPLICAS SWEEPS` or `peer-separatrix J.f64 ..` for n^2 doubles.

use separatrix::{IsingModel, SaConfig, Solver};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |k: usize| arguments[k].parse::<usize>().expect("a number");
    let (replicas, sweeps) = (number(2), number(3));
    let mut model;
    let mut total = 0.0;
    if arguments[1].ends_with(".f64") {
        let bytes = std::fs::read(&arguments[1]).expect("a file");
        let values: Vec<f64> = bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect();
        let n = (values.len() as f64).sqrt() as usize;
        model = IsingModel::<f64>::new(n);
        for i in 0..n {
            for j in i + 1..n {
                model.set_coupling(i, j, values[i * n + j]);
            }
        }
    } else {
        let text = std::fs::read_to_string(&arguments[1]).expect("a file");
        let mut words = text.split_whitespace().map(|w| w.parse::<f64>().expect("a number"));
        let (n, edges) = (words.next().unwrap() as usize, words.next().unwrap() as usize);
        model = IsingModel::<f64>::new(n);
        for _ in 0..edges {
            let [i, j, w] = [(); 3].map(|()| words.next().unwrap());
            model.set_coupling(i as usize - 1, j as usize - 1, -w);
            total += w;
        }
    }
    let n = model.n();
    let config = SaConfig { restarts: replicas, sweeps, seed: 1, ..SaConfig::default() };
    let start = Instant::now();
    let result = Solver::Sa(config).solve(&model).expect("a result");
    let seconds = start.elapsed().as_secs_f64();
    // E(s) = -(1/2) sum J s s of what it returns, whatever its own convention.
    let mut energy = 0.0;
    for i in 0..n {
        for (j, v) in model.j_row(i).iter().enumerate().skip(i + 1) {
            energy -= v * f64::from(result.spins[i] * result.spins[j]);
        }
    }
    let flips = (replicas * sweeps * n) as f64 / seconds;
    println!(
        "{{\"seconds\": {seconds}, \"flips_per_second\": {flips}, \"energy\": {energy}, \"cut\": {}}}",
        0.5 * (total - energy)
    );
}
